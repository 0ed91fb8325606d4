"""The index directory: write a generation aside, publish it, open it, verify it, prune old ones.

A generation is a folder ``g-<id>`` that never changes once ``CURRENT`` names it. ``CURRENT`` holds
the generation's name and the SHA-256 of its manifest; the manifest holds bytes and SHA-256 of every
other file. So nothing is believed that was not hashed, and one ``os.replace`` publishes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeVar

from embed import ModelError, PassageSearchError, TextEncoder
from embed.operating_system import NotPlainFileError, open_plain_file
from index.store.build_command import BuildSettings, build_command
from index.store.layout import (
    ASIDE,
    CURRENT,
    DIRECTORY,
    FILES,
    GENERATION,
    LARGEST_MANIFEST,
    MANIFEST,
)

FORMAT = 2
"""Version of the layout on disk; raised whenever an older reader would misread it."""

ENVIRONMENT = "PASSAGE_INDEX"

HASHED_AT_OPEN = 32 << 20
"""Bytes of a generation that are hashed whenever it is opened, which takes some 40 ms at most."""

_CURRENT_LINE = re.compile(rf"({GENERATION.pattern}) ([0-9a-f]{{64}})\n")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# The fingerprint and the precision name a file in the model cache: no path may hide in them.
_FINGERPRINT = re.compile(r"[0-9a-z]{64}")
_PRECISIONS = ("fp32", "int8")
_LARGEST_DIM = 1 << 16
_LARGEST_COUNT = 1 << 40
LARGEST_SIZE = 1 << 56

_T = TypeVar("_T")


class NoIndexError(PassageSearchError):
    """There is no index where one was looked for."""


class ClosedIndexError(PassageSearchError):
    """The index was closed and is asked all the same."""


class DamagedIndexError(PassageSearchError):
    """The index is not what was written; the message names the file."""


class FormatError(PassageSearchError):
    """The index was written by an older or newer version of this program.

    ``command`` builds it again.
    """

    def __init__(self, version: int, command: str = "index build FOLDER") -> None:
        self.version = version
        self.newer = version > FORMAT
        age, remedy = "older", f"build it again: {command}"
        if self.newer:
            age = "newer"
            remedy = f"use the passage-search that made it, or remove it and {remedy}"
        super().__init__(
            f"the index has the {age} format {version}, this program reads {FORMAT}: {remedy}"
        )


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What a file of a generation must be."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """The stamp of a file as it is read back from disk."""
        with open_regular(path) as file:
            return cls(os.fstat(file.fileno()).st_size, _sha256(file))


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that a generation says about itself.

    ``splitter`` identifies the code that took the articles apart, ``folder`` is the corpus folder
    relative to the index directory, ``chance`` location and scale of what unrelated questions
    score and ``chance_learnt_with`` the digest of these and of how they are scored (see
    ``index.scoring.calibration``), ``files`` the stamps by file name.
    """

    model: str
    fingerprint: str
    precision: str
    dim: int
    splitter: str
    folder: str
    max_bytes: int
    documents: int
    passages: int
    sentences: int
    tokens: int
    chance: tuple[float, float]
    chance_learnt_with: str
    files: dict[str, FileStamp]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Canonical JSON: equal manifests give equal bytes."""
        text = json.dumps(asdict(self), sort_keys=True, indent=1, allow_nan=False)
        return text.encode("ascii") + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read what ``to_bytes`` wrote.

        Raises FormatError for another version's, and for anything else ValueError, TypeError,
        KeyError, AttributeError, OverflowError or RecursionError.
        """
        values: dict[str, Any] = json.loads(data)
        _check_format(values["format"])
        files = {name: FileStamp(**stamp) for name, stamp in values.pop("files").items()}
        location, scale = map(float, values.pop("chance"))
        manifest = cls(**values, files=files, chance=(location, scale))
        if manifest.to_bytes() != data or not manifest._is_plausible():
            raise ValueError("fields of the wrong kind")
        return manifest

    def _is_plausible(self) -> bool:
        """Whether every field is of its type and in its range; the disk holds what anyone put."""
        made_with = (self.model, self.fingerprint, self.precision, self.splitter)
        texts = (*made_with, self.folder, self.chance_learnt_with)
        counts = (self.documents, self.passages, self.sentences, self.tokens)
        stamps = self.files.values()
        return (
            all(isinstance(text, str) and _is_writable(text) for text in texts)
            and _FINGERPRINT.fullmatch(self.fingerprint) is not None
            and self.precision in _PRECISIONS
            and all(_is_count(count, _LARGEST_COUNT) for count in counts)
            and math.isfinite(self.chance[0])
            and 0 < self.chance[1] < math.inf
            and _is_count(self.dim, _LARGEST_DIM)
            and _is_count(self.max_bytes, LARGEST_SIZE)
            and tuple(sorted(self.files)) == FILES
            and all(_is_count(stamp.bytes, LARGEST_SIZE) for stamp in stamps)
            and all(_SHA256.fullmatch(stamp.sha256) for stamp in stamps)
        )


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_writable(text: str) -> bool:
    """Whether the system can take ``text`` as a path."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _check_format(version: object) -> None:
    if type(version) is not int:
        raise ValueError("its format is no number")
    if version != FORMAT:
        raise FormatError(version)


def find_index(path: str | os.PathLike[str] | None = None) -> Path:
    """The index directory to read: ``path``, ``PASSAGE_INDEX``, or ``.passage-index`` upwards.

    Raises NoIndexError if there is none.
    """
    given = _given(path)
    if given:
        directory = Path(given)
        if not _has_current(directory):
            raise _no_index(directory)
        return directory
    here = Path.cwd()
    for folder in (here, *here.parents):
        with contextlib.suppress(PassageSearchError):  # somebody else's, which is not to be read
            if _has_current(folder / DIRECTORY):
                return folder / DIRECTORY
    raise NoIndexError(
        f"no {DIRECTORY} in {here} or above it: "
        "make one with index build FOLDER, or name one with --index"
    )


def _has_current(directory: Path) -> bool:
    try:
        os.lstat(directory / CURRENT)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a NUL in the path
        return False
    except OSError as error:
        raise PassageSearchError(f"cannot read the index: {directory}: {error.strerror}") from error
    return True


def _no_index(directory: Path) -> NoIndexError:
    return NoIndexError(f"no index at {directory}: make one with index build FOLDER")


def index_to_write(path: str | os.PathLike[str] | None = None) -> Path:
    """The index directory to build: ``path``, ``PASSAGE_INDEX``, or ``.passage-index`` here."""
    return Path(_given(path) or DIRECTORY)


def _given(path: str | os.PathLike[str] | None) -> str | None:
    """The path that was given, or that the environment gives; NoIndexError if it is empty."""
    if path is None:
        return os.environ.get(ENVIRONMENT)
    # An empty path would be the working directory: it comes from a variable that is not set.
    if not os.fspath(path):
        raise NoIndexError("the path of the index is empty: name a folder, or leave it out")
    return os.fspath(path)


@dataclass(frozen=True, slots=True)
class Generation:
    """A published generation: its folder and what its manifest says."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """``g-`` and the first 16 hex digits of the manifest's SHA-256."""
        return self.path.name

    @property
    def size(self) -> int:
        """Bytes of all files that the manifest lists."""
        return sum(stamp.bytes for stamp in self.manifest.files.values())

    @property
    def build_command(self) -> str:
        """The command that builds this index again, to be typed in the working directory."""
        manifest = self.manifest
        settings = BuildSettings(
            self.corpus, manifest.model, manifest.precision, manifest.max_bytes
        )
        return build_command(self.path.parent, settings)

    @property
    def corpus_is_gone(self) -> bool:
        """Whether the folder that was indexed is not there any more."""
        try:
            return not stat.S_ISDIR(self.corpus.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:  # it may be there, and may not be looked at
            return False

    @property
    def corpus(self) -> Path:
        """The folder that was indexed."""
        # A Path would raise where links lead in a circle.
        return Path(os.path.realpath(self.path.parent / self.manifest.folder))

    @classmethod
    def open(cls, directory: Path) -> Generation:
        """Open the generation in use and check it as far as ``HASHED_AT_OPEN`` allows.

        Raises NoIndexError where the directory holds no index, DamagedIndexError where a file is
        not what was written, FormatError where another version wrote it.
        """
        return open_current(directory, lambda generation: generation)

    @classmethod
    def read(cls, path: Path, digest: str) -> Generation:
        """The generation in ``path`` whose manifest has this SHA-256; its files are not looked at.

        Raises DamagedIndexError or FormatError.
        """
        with open_regular(path / MANIFEST) as file:
            data = file.read(LARGEST_MANIFEST + 1)
        if hashlib.sha256(data).hexdigest() != digest or not digest.startswith(path.name[2:]):
            raise damaged(path / MANIFEST, "is not the one that was published")
        try:
            return cls(path, Manifest.from_bytes(data))
        except FormatError as error:
            raise FormatError(error.version, build_command(path.parent)) from None
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as error:
            raise damaged(path / MANIFEST, f"cannot be read ({error})") from error

    def check_model(self, encoder: TextEncoder) -> None:
        """Raise ModelError unless ``encoder`` is the model that the index was built with."""
        built = (self.manifest.fingerprint, self.manifest.precision)
        if (encoder.fingerprint, encoder.precision) != built:
            raise ModelError(
                f"the index was built with {self.manifest.model} ({self.manifest.precision}, "
                f"{self.manifest.fingerprint[:12]}), not with {encoder.name} "
                f"({encoder.precision}, {encoder.fingerprint[:12]}): use that model, or build again"
            )
        if encoder.dim != self.manifest.dim:
            raise damaged(self.path, f"has vectors of {self.manifest.dim}, not {encoder.dim}")

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.path / name

    def verify(self, *, up_to: int | None = None) -> None:
        """Raise DamagedIndexError unless every file has its size and its SHA-256.

        With ``up_to``, files are hashed, smallest first, while they are no more bytes together.
        """
        hashed = 0
        stamps = sorted(self.manifest.files.items(), key=lambda item: (item[1].bytes, item[0]))
        for name, stamp in stamps:
            path = self.path / name
            with open_regular(path) as file:
                size = os.fstat(file.fileno()).st_size
                if size != stamp.bytes:
                    raise damaged(path, f"has {size} bytes, {stamp.bytes} were written")
                hashed += size
                if (up_to is None or hashed <= up_to) and _sha256(file) != stamp.sha256:
                    raise damaged(path, "has other content than was written")


def open_current(directory: Path, open_with: Callable[[Generation], _T]) -> _T:
    """What ``open_with`` makes of the generation in use, once that has been checked.

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


def current_name(directory: Path) -> str | None:
    """The name of the generation in use; None where there is none."""
    try:
        return _read_current(directory)[0]
    except PassageSearchError:
        return None


def damaged(path: Path, how: str) -> DamagedIndexError:
    """The error for a file of the index that is not as it was written."""
    how = " ".join(how.split())  # what SQLite says may have several lines
    inside = path.parent.name == ASIDE or GENERATION.fullmatch(path.parent.name)
    command = build_command(path.parent.parent if inside else path.parent)
    return DamagedIndexError(f"the index is damaged: {path} {how}; build it again: {command}")


def _read_current(directory: Path) -> tuple[str, str]:
    path = directory / CURRENT
    if not _has_current(directory):
        raise _no_index(directory)
    with open_regular(path) as file:
        data = file.read(200)
    found = _CURRENT_LINE.fullmatch(data.decode("ascii", "replace"))
    if not found:
        raise damaged(path, "does not name a generation")
    return found[1], found[2]


def open_regular(path: Path) -> BufferedReader:
    """Open a file of the index to read; nothing that blocks, never ends or leads elsewhere.

    Raises DamagedIndexError where it is missing, a link, a pipe, a device ..., and
    PassageSearchError where it may not be read.
    """
    try:
        return open_plain_file(path)
    except NotPlainFileError:
        raise damaged(path, "is not a plain file") from None
    except (FileNotFoundError, NotADirectoryError):
        raise damaged(path, "is missing") from None
    except (PermissionError, InterruptedError) as error:
        raise PassageSearchError(f"cannot read the index: {path}: {error.strerror}") from error
    except OSError as error:
        raise damaged(path, f"cannot be read ({error.strerror})") from error


def _sha256(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def with_stamps(manifest: Manifest, folder: Path) -> Manifest:
    """The manifest with the stamps of the files in ``folder``, read again."""
    return replace(manifest, files={name: FileStamp.of(folder / name) for name in FILES})
