"""What a build is told: sources, patterns, model and limits, given by a person or remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from embed.model import PACKAGED_NAME
from embed.operating_system import interrupts_held
from index.errors import CorpusError, NoIndexError
from index.kept_encoder import KeptEncoder
from index.listing import remember_index
from index.reading.selection import EVERYTHING, FolderSelection
from index.reading.sources import locate_sources
from index.store.build_command import BuildSettings, how_to_build_again
from index.store.checked_files import damaged_file
from index.store.generation import Generation
from index.store.layout import CURRENT
from index.store.locating import has_current

if TYPE_CHECKING:
    from embed import TextEncoder
    from embed.model import Model
    from index.build import BuildReport, EncoderSource, Progress
    from index.build_workers import WorkersSource


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """All that decides what an index holds, beside the files themselves.

    `model` is None for the packaged one, `max_bytes` None for the limit of each format, and
    `encoding` "" if it is to be found for each file. `built` is the generation that the plan was
    read from; its model is not looked for by a name that stands there, which may be anybody's.
    """

    folder: Path
    selection: FolderSelection = EVERYTHING
    model: str | None = None
    precision: str = "fp32"
    max_bytes: int | None = None
    encoding: str = ""
    built: Generation | None = field(default=None, compare=False, repr=False)

    @classmethod
    def for_sources(
        cls, paths: Sequence[Path], include: Sequence[str] = (), exclude: Sequence[str] = ()
    ) -> Self:
        """Return the plan for files and folders; CorpusError if one cannot be read."""
        folder, sources = locate_sources(paths)
        return cls(folder, FolderSelection(sources, tuple(include), tuple(exclude)))

    @classmethod
    def remembered(cls, directory: Path) -> Self:
        """Return the plan that the index in `directory` was built by.

        Raises NoIndexError if there is none, FormatError if another version built it, and
        DamagedIndexError if it does not tell its plan any more.
        """
        if not has_current(directory):
            raise NoIndexError(
                f"no index at {directory} that could be brought up to date: "
                "give the files or folders to index: index build FOLDER"
            )
        built = Generation.look(directory)  # which says what is wrong, if something is
        if built.corpus_is_gone or built.settings.gone:
            raise CorpusError(how_to_build_again(directory, built.settings))
        found = BuildSettings.read(directory)
        if not found.repeats or found.folder is None or found.selection is None:
            raise damaged_file(directory / CURRENT, "does not lead to what it was built from")
        return cls(
            Path(found.folder),
            found.selection,
            None if found.model == PACKAGED_NAME else found.model,
            found.precision or "fp32",
            found.max_bytes,
            found.encoding or "",
            built,
        )

    def build(  # noqa: PLR0913
        self,
        directory: Path,
        *,
        wait: float = 0.0,
        replace_other: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        on_open: Callable[[], None] | None = None,
        on_export: Callable[[Model], None] | None = None,
        encoder: KeptEncoder | None = None,
        workers: WorkersSource | None = None,
    ) -> BuildReport:
        """Build the index in `directory`, and add it to the list of those on this machine.

        `on_open` is called before the model is opened, if it has to be, and `on_export` with the
        model before it is exported. `encoder` keeps the model of the index open from one build to
        the next. `workers` and errors are those of `build_index`.
        """
        with interrupts_held():
            from index.build import build_index, check_same_sources

        if self.model is not None and not replace_other:  # before it is looked for, or fetched
            check_same_sources(self.folder, self.selection, directory)
        report = build_index(
            self.folder,
            directory,
            self._encoder_source(encoder, on_open, on_export),
            selection=self.selection,
            max_bytes=self.max_bytes,
            encoding=self.encoding,
            wait=wait,
            replace_other=replace_other,
            on_progress=on_progress,
            workers=workers,
        )
        remember_index(directory)
        return report

    def _encoder_source(
        self,
        kept: KeptEncoder | None,
        on_open: Callable[[], None] | None,
        on_export: Callable[[Model], None] | None,
    ) -> EncoderSource:
        from index.build import EncoderSource

        built = self.built
        if built is not None and self.model is not None:
            kept = kept or KeptEncoder()
            name, fingerprint = built.manifest.model, built.manifest.fingerprint
        else:
            from embed.cache import fingerprint_with
            from embed.model import announced_model

            announced = announced_model(self.model)
            name = announced.name
            fingerprint = fingerprint_with(announced.fingerprint, self.precision)
        made_with = (fingerprint, self.precision)

        def load() -> TextEncoder:
            if on_open is not None:
                on_open()
            if kept is not None and built is not None and built.made_with == made_with:
                return kept.open(built, on_export)
            from embed.encoder import Encoder

            return Encoder.load(self.model, precision=self.precision, on_export=on_export)

        return EncoderSource(name, fingerprint, self.precision, load)
