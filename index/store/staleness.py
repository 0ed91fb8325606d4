"""Whether the folder may have changed since it was indexed: a cheap look, which every query takes.

A build leaves a note of the size and time of every source in the index directory, outside the
generation, which depends on contents alone. The note is advice: if it is missing, damaged or of
another generation, nothing is said.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from embed import PassageSearchError
from index.errors import CorpusError
from index.names import is_plain, leads_inside
from index.store.checked_files import open_regular
from index.store.generation import Generation
from index.store.layout import SOURCES, is_index_folder

# Few queries find that something was touched, so what looks closer is imported inside functions.
if TYPE_CHECKING:
    from index.reading.document_reader import SourceFile
    from index.reading.selection import Selector

MOST_CHECKED = 2048
"""Sources that a query looks at: the folders, then the files changed last before the build."""

# What a query reads at most to tell a changed file from one that only has another time.
_MOST_BYTES_READ = 1 << 20
_COST_OF_OPENING = 1 << 15
_LONGEST_LINE = 1 << 16


class _FileNote(NamedTuple):
    """A line of the note: a file as it was."""

    doc_id: str
    size: int
    modified: int
    sha256: str


class Note:
    """Collects the note while a build reads the articles."""

    def __init__(self, selector: Selector, directory: Path) -> None:
        # Taken before the folder is listed: what comes later makes it look changed, not unchanged.
        self._folder = selector.root
        self._folders = list(_folder_lines(selector, os.path.realpath(directory)))
        self._ignore_files = [
            f"patterns {file.size} {file.modified} {file.sha256} {file.path}"
            for file in selector.ignore_files
        ]
        self._files: dict[str, _FileNote] = {}

    def stamp(self, doc_id: str) -> tuple[int, int] | None:
        """Return size and time of a file, to be taken before it is read; None if it is missing."""
        return _stamp(self._folder / doc_id)

    def add(self, source: SourceFile, stamp: tuple[int, int] | None) -> None:
        """Note a file that was read, with its stamp from before."""
        if stamp is not None:
            self._files[source.doc_id] = _FileNote(source.doc_id, *stamp, source.sha256)

    def write(self, generation: Generation) -> None:
        """Write the note if it differs from the one that is there; errors are ignored."""
        newest_first = sorted(self._files.values(), key=lambda file: (-file.modified, file.doc_id))
        lines = [
            generation.name,
            *self._ignore_files,
            *self._folders,
            *(f"file {f.size} {f.modified} {f.sha256} {f.doc_id}" for f in newest_first),
        ]
        data = ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")
        path = generation.path.parent / SOURCES
        with contextlib.suppress(OSError, PassageSearchError):
            if os.path.lexists(path):
                with open_regular(path) as file:
                    if file.read() == data:
                        return
            new = path.with_name(SOURCES + ".new")
            with new.open("xb") as new_file:  # which follows no link
                new_file.write(data)
            new.replace(path)


def staleness_note(generation: Generation) -> str | None:
    """Return one line if the articles have changed since they were indexed, else None.

    It looks at the size and time of `MOST_CHECKED` folders and files at most. If only the time is
    another one, the file is read, up to 1 MiB and 32 files in all; more count as changed.
    """
    if generation.corpus_is_gone:
        # An index of texts never had a folder, nor a note.
        has_note = os.path.lexists(generation.path.parent / SOURCES)
        return _how_to_build_again(generation) if has_note else None
    try:
        name = _first_change(generation)
    except (PassageSearchError, OSError, ValueError, IndexError):
        return None
    if name is None:
        return None
    if generation.settings.gone:
        return _how_to_build_again(generation)
    where = "" if name == "." else f" ({name})"
    return (
        f"the articles in {os.path.relpath(generation.corpus)} have changed since they were "
        f"indexed{where}: run {generation.build_command}"
    )


def _how_to_build_again(generation: Generation) -> str:
    from index.store.build_command import how_to_build_again

    return how_to_build_again(generation.path.parent, generation.settings)


def _first_change(generation: Generation) -> str | None:
    """Return the first source on the note that is not as it was."""
    comparison = _Comparison(generation)
    with open_regular(generation.path.parent / SOURCES) as file:
        if file.readline(_LONGEST_LINE) != f"{generation.name}\n".encode():
            return None
        for line in islice(iter(lambda: file.readline(_LONGEST_LINE), b""), MOST_CHECKED):
            kind, rest = line.decode("utf-8").rstrip("\n").split(" ", 1)
            if kind == "folder":
                modified, listing, path = rest.split(" ", 2)
                if comparison.folder_differs(_inside(path), int(modified), listing):
                    return path
            else:  # an article, or a file of patterns
                size, modified, sha256, doc_id = rest.split(" ", 3)
                note = _FileNote(_inside(doc_id), int(size), int(modified), sha256)
                if comparison.differs(note):
                    return doc_id
    return None


class _Comparison:
    """Compares files and folders with their notes; it reads no more than a query has time for."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._folder = generation.corpus
        self._root = str(self._folder)
        self._bytes = _MOST_BYTES_READ

    @cached_property
    def _selector(self) -> Selector:
        from index.reading.selection import Selector

        return Selector(self._folder, self._generation.manifest.selection)

    def folder_differs(self, path: str, modified: int, listing: str) -> bool:
        """Return whether a folder lists other names than before; its time alone does not tell."""
        stamp = _stamp(self._folder / path)
        if stamp is None:
            return True
        if stamp[1] == modified:
            return False
        own = os.path.realpath(self._generation.path.parent)
        try:
            return _listing(self._selector, path, own)[0] != listing
        except CorpusError:  # a file of patterns that a build would refuse
            return True

    def differs(self, note: _FileNote) -> bool:
        """Return whether a file has changed since it was noted, or may have."""
        stamp = _stamp(f"{self._root}/{note.doc_id}")
        if stamp == (note.size, note.modified):
            return False
        if stamp is None or stamp[0] != note.size:
            return True
        # Opening a file takes as long as reading so many bytes.
        self._bytes -= max(note.size, _COST_OF_OPENING)
        if self._bytes < 0:
            return True
        from index.reading.folder import LeftOut, read_file

        data = read_file(self._folder, note.doc_id, max_bytes=note.size)
        return isinstance(data, LeftOut) or hashlib.sha256(data).hexdigest() != note.sha256


def _inside(path: str) -> str:
    """Return a path of the note, which may not lead out of the folder."""
    if not leads_inside(path):
        raise ValueError(f"{path!r} is not in the folder")
    return path


def _stamp(path: Path | str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)  # thousands of times: a Path for each would cost more than the call
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _folder_lines(selector: Selector, own: str) -> Iterator[str]:
    """Yield a line for each folder that is read, and let the selector read their patterns."""
    folders: dict[str, None] = dict.fromkeys(
        source or "." for source in selector.sources if (selector.root / source).is_dir()
    )
    left = list(folders)
    for path in left:
        try:
            stamp = _stamp(selector.root / path)
            listing, inside = _listing(selector, path, own)
        except (OSError, ValueError):  # a NUL in the path
            continue
        if stamp is not None:
            yield f"folder {stamp[1]} {listing} {path}"
        new = [name if path == "." else f"{path}/{name}" for name in inside]
        left += [folder for folder in new if folder not in folders]
        folders |= dict.fromkeys(new)


def _listing(selector: Selector, path: str, own: str) -> tuple[str, list[str]]:
    """Return a digest of the names of what is read in a folder, and the names of folders in it.

    It is over the names of articles and folders, and that of a file of patterns. The index itself,
    whose real path is `own`, is left out, and so are other indexes.
    """
    from index.reading.formats import is_article
    from index.reading.selection import IGNORE_FILE

    base = "" if path == "." else f"{path}/"
    articles: list[str] = []
    folders: list[str] = []
    own_name = os.path.basename(own)  # noqa: PTH119  (no Path for each of many folders)
    with os.scandir(selector.root / path) as entries:
        for entry in entries:
            if entry.name == IGNORE_FILE:
                articles.append(entry.name)
            if entry.name.startswith(".") or not is_plain(entry.name):
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and entry.name == own_name and os.path.realpath(entry.path) == own:
                continue
            if is_folder and is_index_folder(entry.path):
                continue
            if (is_folder or is_article(entry.name)) and not selector.left_out_by(
                base + entry.name, is_folder=is_folder
            ):
                (folders if is_folder else articles).append(entry.name)
    names = "\0".join([*sorted(articles), "/", *sorted(folders)])
    return hashlib.sha256(names.encode()).hexdigest()[:16], sorted(folders)
