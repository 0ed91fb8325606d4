"""Opening the generation of an index that is in use, and verifying it.

A generation is a folder `g-<id>` that never changes once `CURRENT` names it. `CURRENT` holds
the generation's name and the SHA-256 of its manifest; the manifest holds bytes and SHA-256 of every
other file. So nothing is believed that was not hashed, and one `os.replace` publishes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from embed import ModelError, PassageSearchError, TextEncoder
from embed.operating_system import is_folder
from index.errors import DamagedIndexError, FormatError
from index.store.checked_files import damaged_file, open_regular, sha256_of
from index.store.layout import CURRENT, GENERATION, LARGEST_MANIFEST, MANIFEST
from index.store.locating import has_current, no_index
from index.store.manifest import Manifest
from index.types import IndexedFolder

if TYPE_CHECKING:
    from embed.model import Model
    from index.store.build_command import BuildSettings
    from index.types import DocumentRecord

# How an index is built again stands in messages alone. A query imports nothing for it.

HASHED_AT_OPEN = 32 << 20
"""Bytes of a generation that are hashed whenever it is opened, which takes some 40 ms at most."""

_CURRENT_LINE = re.compile(rf"({GENERATION.pattern}) ([0-9a-f]{{64}})\n")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation: its folder and what its manifest says."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """`g-` and the first 16 hex digits of the manifest's SHA-256."""
        return self.path.name

    @property
    def made_with(self) -> tuple[str, str]:
        """The fingerprint and the precision of its model."""
        return self.manifest.fingerprint, self.manifest.precision

    @property
    def size(self) -> int:
        """Bytes of all files that the manifest lists."""
        return sum(stamp.bytes for stamp in self.manifest.files.values())

    @property
    def settings(self) -> BuildSettings:
        """What it was built from, and how."""
        from index.store.build_command import BuildSettings

        manifest = self.manifest
        return BuildSettings(
            str(self.corpus),
            manifest.model,
            manifest.precision,
            manifest.max_bytes,
            manifest.encoding or None,
            manifest.selection,
            holds_index=True,
            repeats=True,
        )

    @property
    def build_command(self) -> str:
        """The command that builds this index again, to be typed in the working directory."""
        from index.store.build_command import build_command

        return build_command(self.path.parent, self.settings)

    @property
    def corpus_is_gone(self) -> bool:
        """True if the folder that was indexed is not there any more."""
        return not is_folder(str(self.corpus))

    @property
    def corpus(self) -> Path:
        """The folder that was indexed."""
        # A Path would raise if links lead in a circle.
        return Path(os.path.realpath(self.path.parent / self.manifest.folder))

    @property
    def sources(self) -> list[Path]:
        """The folders and files that were indexed."""
        return [self.corpus / source for source in self.manifest.sources or (".",)]

    @classmethod
    def open(cls, directory: Path) -> Generation:
        """Open the generation in use and check it as far as `HASHED_AT_OPEN` allows.

        Raises NoIndexError if the directory holds no index, DamagedIndexError if a file is
        not what was written, FormatError if another version wrote it.
        """
        return open_current(directory, lambda generation: generation)

    @classmethod
    def look(cls, directory: Path) -> Generation:
        """Read the manifest of the generation in use, and none of its other files.

        Raises NoIndexError, DamagedIndexError or FormatError, as `open` does.
        """
        while True:
            name, digest = _read_current(directory)
            try:
                return cls.read(directory / name, digest)
            except (DamagedIndexError, FormatError):
                if _read_current(directory) == (name, digest):
                    raise

    @classmethod
    def read(cls, path: Path, digest: str) -> Generation:
        """Read the generation in `path`, whose manifest must have this SHA-256, but not its files.

        Raises DamagedIndexError or FormatError.
        """
        with open_regular(path / MANIFEST) as file:
            data = file.read(LARGEST_MANIFEST + 1)
        if hashlib.sha256(data).hexdigest() != digest or not digest.startswith(path.name[2:]):
            raise damaged_file(path / MANIFEST, "is not the one that was published")
        try:
            return cls(path, Manifest.from_bytes(data))
        except FormatError as error:
            from index.store.build_command import how_to_build_again

            raise FormatError(error.version, error.reads, how_to_build_again(path.parent)) from None
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise damaged_file(path / MANIFEST, f"cannot be read ({error})") from error

    def open_encoder(
        self,
        model: str | None = None,
        *,
        one_off: bool = False,
        on_export: Callable[[Model], None] | None = None,
    ) -> TextEncoder:
        """Open the model that the index was built with, or the one that `model` names.

        `one_off` is for a process that encodes a text or two and ends. `on_export` is called
        with the model if it has to be exported first. Raises ModelError.
        """
        from embed.encoder import Encoder

        built = (self.manifest.fingerprint, self.manifest.model, self.manifest.precision)
        return Encoder.open(*built, model=model, one_off=one_off, on_export=on_export)

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the index was built with."""
        if (encoder.fingerprint, encoder.precision) != self.made_with:
            raise ModelError(
                f"the index was built with {self.manifest.model} ({self.manifest.precision}, "
                f"{self.manifest.fingerprint[:12]}), not with {encoder.name} "
                f"({encoder.precision}, {encoder.fingerprint[:12]}): use that model, or build again"
            )
        if encoder.dim != self.manifest.dim:
            raise damaged_file(self.path, f"has vectors of {self.manifest.dim}, not {encoder.dim}")

    def file(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.path / name

    def verify(self, *, up_to: int | None = None) -> None:
        """Raise DamagedIndexError unless every file has its size and its SHA-256.

        With `up_to`, files are hashed, smallest first, while they are no more bytes together.
        """
        hashed = 0
        stamps = sorted(self.manifest.files.items(), key=lambda item: (item[1].bytes, item[0]))
        for name, stamp in stamps:
            path = self.path / name
            with open_regular(path) as file:
                size = os.fstat(file.fileno()).st_size
                if size != stamp.bytes:
                    raise damaged_file(path, f"has {size} bytes, {stamp.bytes} were written")
                hashed += size
                if (up_to is None or hashed <= up_to) and sha256_of(file) != stamp.sha256:
                    raise damaged_file(path, "has other content than was written")


@dataclass(frozen=True, slots=True, eq=False)
class OpenGeneration:
    """A generation that is open, wherever it is stored, and what its manifest tells of it.

    `corpus` is the folder that was indexed. See `index.store.searched_index.SearchedIndex`.
    """

    generation: Generation
    corpus: Path

    @property
    def name(self) -> str:
        """The name of the generation."""
        return self.generation.name

    @property
    def identity(self) -> str:
        """The same: it tells what rows there are too."""
        return self.name

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that were indexed, relative to `corpus`; "" stands for all of it."""
        return self.generation.manifest.sources or ("",)

    @property
    def chance(self) -> tuple[float, float]:
        """Location and scale of what unrelated questions score."""
        return self.generation.manifest.chance

    def open_encoder(
        self,
        model: str | None = None,
        *,
        one_off: bool = False,
        on_export: Callable[[Model], None] | None = None,
    ) -> TextEncoder:
        """Open the model that the index was built with; see `Generation.open_encoder`."""
        return self.generation.open_encoder(model, one_off=one_off, on_export=on_export)

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless `encoder` is the model that the index was built with."""
        self.generation.check_model(encoder)

    def folder_of(self, _: DocumentRecord) -> IndexedFolder:
        """Return the folder that a document was found in."""
        manifest = self.generation.manifest
        return IndexedFolder(self.corpus, manifest.max_bytes, manifest.encoding)


def open_current(directory: Path, open_with: Callable[[Generation], _T]) -> _T:
    """Check the generation in use, and return what `open_with` makes of it.

    A writer may publish and prune at any time, so an error counts only if the generation is still
    the one in use; otherwise the new one is opened.
    """
    name, digest = _read_current(directory)
    while True:
        try:
            generation = Generation.read(directory / name, digest)
            generation.verify(up_to=HASHED_AT_OPEN)
            return open_with(generation)
        except (DamagedIndexError, FormatError):
            again = _read_current(directory)
            if again == (name, digest):
                raise
            name, digest = again


def open_each_current(
    directories: Sequence[Path], open_with: Callable[[Sequence[Generation]], _T]
) -> _T:
    """Check the generation in use of each index, and return what `open_with` makes of them.

    As `open_current`: if one of them was replaced meanwhile, the new one is opened.
    """

    def with_rest(found: Sequence[Generation], rest: Sequence[Path]) -> _T:
        if not rest:
            return open_with(found)
        return open_current(rest[0], lambda opened: with_rest([*found, opened], rest[1:]))

    return with_rest([], directories)


def check_one_model(generations: Sequence[Generation]) -> None:
    """Raise ModelError unless all generations were made with one model, in one precision."""
    first = generations[0]
    for other in generations[1:]:
        if _made_with(other) != _made_with(first):
            raise ModelError(
                f"{first.path.parent} was built with {_model_of(first)}, and {other.path.parent} "
                f"with {_model_of(other)}: build one of them again with the model of the other "
                "(index build --model), or ask them one by one"
            )


def _made_with(generation: Generation) -> tuple[str, str, int]:
    manifest = generation.manifest
    return manifest.fingerprint, manifest.precision, manifest.dim


def _model_of(generation: Generation) -> str:
    manifest = generation.manifest
    return f"{manifest.model} ({manifest.precision}, {manifest.fingerprint[:12]})"


def current_name(directory: Path) -> str | None:
    """Return the name of the generation in use; None if there is none."""
    try:
        return _read_current(directory)[0]
    except PassageSearchError:
        return None


def _read_current(directory: Path) -> tuple[str, str]:
    path = directory / CURRENT
    if not has_current(directory):
        raise no_index(directory)
    with open_regular(path) as file:
        data = file.read(200)
    found = _CURRENT_LINE.fullmatch(data.decode("ascii", "replace"))
    if not found:
        raise damaged_file(path, "does not name a generation")
    return found[1], found[2]
