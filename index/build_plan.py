"""What a build is told: sources, patterns, model and limits, given by a person or remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from embed.model import PACKAGED_NAME
from index.errors import NoIndexError
from index.listing import remember_index
from index.reading.selection import EVERYTHING, FolderSelection
from index.reading.sources import locate_sources
from index.store.build_command import BuildSettings
from index.store.locating import has_current

if TYPE_CHECKING:
    from embed import TextEncoder
    from embed.model import Model
    from index.build import BuildReport, Progress


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """All that decides what an index holds, beside the files themselves.

    `model` is None for the packaged one, `max_bytes` None for the limit of each format, and
    `encoding` "" if it is to be found for each file.
    """

    folder: Path
    selection: FolderSelection = EVERYTHING
    model: str | None = None
    precision: str = "fp32"
    max_bytes: int | None = None
    encoding: str = ""

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
        found = BuildSettings.read(directory)
        if not found.repeats or found.folder is None or found.selection is None:
            from index.store.checked_files import damaged_file
            from index.store.generation import Generation
            from index.store.layout import CURRENT

            Generation.look(directory)  # which says what is wrong
            raise damaged_file(directory / CURRENT, "does not lead to what it was built from")
        return cls(
            Path(found.folder),
            found.selection,
            None if found.model == PACKAGED_NAME else found.model,
            found.precision or "fp32",
            found.max_bytes,
            found.encoding or "",
        )

    def build(
        self,
        directory: Path,
        *,
        wait: float = 0.0,
        replace_other: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        on_open: Callable[[], None] | None = None,
        on_export: Callable[[Model], None] | None = None,
    ) -> BuildReport:
        """Build the index in `directory`, and add it to the list of those on this machine.

        `on_open` is called before the model is opened, if it has to be, and `on_export` with the
        model before it is exported. Errors are those of `build_index`.
        """
        from embed.cache import fingerprint_with
        from embed.model import announced_model
        from index.build import EncoderSource, build_index, check_same_sources

        if self.model is not None and not replace_other:  # before it is looked for, or fetched
            check_same_sources(self.folder, self.selection, directory)
        announced = announced_model(self.model)
        fingerprint = fingerprint_with(announced.fingerprint, self.precision)

        def load() -> TextEncoder:
            from embed.encoder import Encoder

            if on_open is not None:
                on_open()
            return Encoder.load(self.model, precision=self.precision, on_export=on_export)

        report = build_index(
            self.folder,
            directory,
            EncoderSource(announced.name, fingerprint, self.precision, load),
            selection=self.selection,
            max_bytes=self.max_bytes,
            encoding=self.encoding,
            wait=wait,
            replace_other=replace_other,
            on_progress=on_progress,
        )
        remember_index(directory)
        return report
