"""The manifest of a generation: what it says about itself, and the stamps of its files."""

from __future__ import annotations

import json
import math
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FormatError
from index.names import is_plain, leads_inside
from index.store.checked_files import open_regular, sha256_of
from index.store.layout import FILES, FORMAT, ROUNDED

if TYPE_CHECKING:
    from index.reading.selection import FolderSelection

LARGEST_SIZE = 1 << 56
"""The most bytes that a file of an index, or a limit of the size of files, may have."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
# The fingerprint and the precision name a file in the model cache: no path may hide in them.
_FINGERPRINT = re.compile(r"[0-9a-z]{64}")
_PRECISIONS = ("fp32", "int8")
_LISTS = ("sources", "include", "exclude")
_LARGEST_DIM = 1 << 16
# How far the length of a unit vector may be off.
_UNIT = 1e-3
_LARGEST_COUNT = 1 << 40


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a file of a generation must be."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """Return the stamp of a file as it is read back from disk."""
        with open_regular(path) as file:
            return cls(os.fstat(file.fileno()).st_size, sha256_of(file))


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an 8-bit copy was rounded: x8 is `scale` times whole numbers.

    `error` is the largest |x - x8| of its rows, and `length` the largest |x8|.
    """

    scale: float
    error: float
    length: float

    def is_plausible(self, dim: int) -> bool:
        """Return whether these can be the values of a copy of unit vectors of a dimension."""
        most = self.scale * math.sqrt(dim) / 2  # each number is off by half a step at most
        return (
            0 < self.scale <= (1 + _UNIT) / 127
            and 0 <= self.error <= most * (1 + _UNIT)
            and abs(self.length - 1) <= self.error + _UNIT
        )

    def is_near(self, other: Rounding) -> bool:
        """Return whether these are the same values, but for the order in which they were summed."""
        return (
            self.scale == other.scale
            and math.isclose(self.error, other.error, rel_tol=1e-9)
            and math.isclose(self.length, other.length, rel_tol=1e-9)
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that a generation says about itself.

    `splitter` identifies the code that takes texts apart whatever their format, `folder` is the
    corpus folder relative to the index directory, `sources`, `include` and `exclude` are as in a
    `FolderSelection`, `max_bytes` the limit of the size of files (None
    for that of each format), `encoding` that of files which are not in Unicode ("" if it was
    to be found), `chance` location and scale of what unrelated questions
    score and `chance_learnt_with` the digest of these and of how they are scored (see
    `index.scoring.calibration`), `files` the stamps by file name. `rounding` says how the 8-bit
    copies of passages and sentences were rounded; it is empty if there are none.
    """

    model: str
    fingerprint: str
    precision: str
    dim: int
    splitter: str
    folder: str
    sources: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    max_bytes: int | None
    encoding: str
    documents: int
    passages: int
    sentences: int
    tokens: int
    chance: tuple[float, float]
    chance_learnt_with: str
    files: dict[str, FileStamp]
    rounding: tuple[Rounding, ...] = ()
    format: int = FORMAT

    @property
    def selection(self) -> FolderSelection:
        """Which files of the folder it was made from."""
        from index.reading.selection import FolderSelection

        return FolderSelection(self.sources, self.include, self.exclude)

    def to_bytes(self) -> bytes:
        """Return canonical JSON: equal manifests give equal bytes."""
        text = json.dumps(asdict(self), sort_keys=True, indent=1, allow_nan=False)
        return text.encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read what `to_bytes` wrote.

        Raises FormatError for another version's, and for anything else ValueError, TypeError,
        KeyError, AttributeError, OverflowError or RecursionError.
        """
        values: dict[str, Any] = json.loads(data)
        _check_format(values["format"])
        files = {name: FileStamp(**stamp) for name, stamp in values.pop("files").items()}
        location, scale = map(float, values.pop("chance"))
        rounding = tuple(Rounding(**value) for value in values.pop("rounding"))
        values |= {name: tuple(values[name]) for name in _LISTS}
        manifest = cls(**values, files=files, chance=(location, scale), rounding=rounding)
        if manifest.to_bytes() != data or not manifest._is_plausible():
            raise ValueError("fields of the wrong kind")
        return manifest

    def _is_plausible(self) -> bool:
        """Return whether every field has its type and range, since anybody may have written it."""
        made_with = (self.model, self.fingerprint, self.precision, self.splitter)
        patterns = (*self.include, *self.exclude)
        texts = (*made_with, self.folder, self.encoding, self.chance_learnt_with, *patterns)
        counts = (self.documents, self.passages, self.sentences, self.tokens)
        stamps = self.files.values()
        return (
            all(isinstance(text, str) and _is_writable(text) for text in texts)
            and all(isinstance(source, str) and _is_source(source) for source in self.sources)
            and _FINGERPRINT.fullmatch(self.fingerprint) is not None
            and self.precision in _PRECISIONS
            and all(_is_count(count, _LARGEST_COUNT) for count in counts)
            and math.isfinite(self.chance[0])
            and 0 < self.chance[1] < math.inf
            and _is_count(self.dim, _LARGEST_DIM)
            and (self.max_bytes is None or _is_count(self.max_bytes, LARGEST_SIZE))
            and set(self.files) == {*FILES, *(ROUNDED if self.rounding else ())}
            and len(self.rounding) in {0, len(ROUNDED)}
            and all(rounding.is_plausible(self.dim) for rounding in self.rounding)
            and (not self.rounding or min(self.passages, self.sentences) > 0)
            and all(_is_count(stamp.bytes, LARGEST_SIZE) for stamp in stamps)
            and all(_SHA256.fullmatch(stamp.sha256) for stamp in stamps)
        )


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_source(path: str) -> bool:
    """Return whether `path` is that of a source in the folder."""
    return bool(path) and leads_inside(path) and is_plain(path)


def _is_writable(text: str) -> bool:
    """Return whether the system can take `text` as a path."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _check_format(version: object) -> None:
    if type(version) is not int:
        raise ValueError("its format is not a number")
    if version != FORMAT:
        raise FormatError(version, FORMAT)


def with_stamps(manifest: Manifest, folder: Path) -> Manifest:
    """Return the manifest with the stamps of the files in `folder`, read again."""
    names = (*FILES, *ROUNDED) if manifest.rounding else FILES
    return replace(manifest, files={name: FileStamp.of(folder / name) for name in names})
