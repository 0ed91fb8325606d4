"""The files of a folder: which are articles, and reading them safely."""

import os
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from embed.operating_system import open_file_inside
from index.errors import CorpusError
from index.names import is_plain, printable
from index.reading.formats import KINDS, is_article, size_limit
from index.reading.selection import Selector
from index.reading.sources import check_source, kind_of
from index.store.layout import is_index_folder

GONE = "gone before it was read"
"""Why a file is left out that was listed, and then removed."""

_PIECE = 1 << 20
_MOST_KINDS = 10


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not read, and why. `path` is safe to print."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotReadNow(LeftOut):
    """A file that could not be read this time, and may be readable the next time."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a folder holds, each in code-point order.

    `doc_ids` are the articles. `left_out` are articles and folders that are not read, and why.
    `other_kinds` are the paths of files whose suffix is not that of an article, safe to print;
    `hidden` are those of them that are hidden. `ignored` are articles and folders that a pattern
    leaves out, or that no pattern of --include names.
    """

    doc_ids: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    other_kinds: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    ignored: tuple[LeftOut, ...] = ()

    @property
    def not_read(self) -> list[LeftOut]:
        """Every file that is not read, and why."""
        others = [LeftOut(path, f"of another kind ({kind_of(path)})") for path in self.other_kinds]
        hidden = [LeftOut(path, "hidden") for path in self.hidden]
        return sorted([*self.left_out, *self.ignored, *others, *hidden], key=_path_of)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """How many files there are of each other kind, the most frequent first."""
        counts = Counter(map(kind_of, self.other_kinds))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _path_of(entry: LeftOut) -> str:
    return entry.path


def describe_kinds(kinds: Sequence[tuple[str, int]]) -> str:
    """Return counts by kind on one line.

    >>> describe_kinds([(".pdf", 3), (".html", 2)])
    '3 .pdf, 2 .html'
    """
    parts = [f"{count:,} {kind}" for kind, count in kinds[:_MOST_KINDS]]
    if more := kinds[_MOST_KINDS:]:
        parts.append(f"{sum(count for _, count in more):,} of {len(more):,} more kinds")
    return ", ".join(parts)


def describe_ignored(ignored: Sequence[LeftOut]) -> str:
    """Return how many files and folders a pattern leaves out.

    >>> describe_ignored([LeftOut("a.txt", "x"), LeftOut("b.txt", "x"), LeftOut("c/", "x")])
    '2 files, 1 folder'
    """
    folders = sum(entry.path.endswith("/") for entry in ignored)
    counts = ((len(ignored) - folders, "file"), (folders, "folder"))
    return ", ".join(
        f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count
    )


def list_files(
    root: Path,
    *,
    max_bytes: int | None = None,
    index_directory: Path | None = None,
    selector: Selector | None = None,
) -> Listing:
    """As `list_folder`; raises `CorpusError` also if a source is missing or no article is there."""
    _check_folder(root)
    for source in selector.sources if selector else ():
        if source:
            check_source(root / source)
    listing = list_folder(
        root, max_bytes=max_bytes, index_directory=index_directory, selector=selector
    )
    if not listing.doc_ids:
        raise CorpusError(_nothing_to_read(root, listing))
    return listing


def list_folder(
    root: Path,
    *,
    max_bytes: int | None = None,
    index_directory: Path | None = None,
    selector: Selector | None = None,
) -> Listing:
    """List the articles under `root`, what is left out, and the files of other kinds.

    An article has the suffix of a format that is read. `selector` says which files and folders are
    looked at, by default all. Files larger than `max_bytes` are left out;
    None stands for the limit of each format. Links are never followed: what they lead to is read
    under its own name, or is not part of the folder. `index_directory`, which may lie in the
    folder, is passed over, and other indexes there are left out.

    Raises `CorpusError` if `root` is not a folder or cannot be listed, or if a `.passageignore`
    cannot be read.
    """
    _check_folder(root)
    walk = _Walk(root, max_bytes, index_directory, selector or Selector(root))
    walk.go()
    return walk.listing()


class _Walk:
    """Goes through the sources of a folder, and sorts what it finds."""

    def __init__(
        self,
        root: Path,
        max_bytes: int | None,
        index_directory: Path | None,
        selector: Selector,
    ) -> None:
        self._root = root
        self._max_bytes = max_bytes
        self._own = os.path.realpath(index_directory) if index_directory else ""
        self._selector = selector
        self._doc_ids: set[str] = set()
        # By path: several sources may lead to the same place.
        self._left_out: dict[str, LeftOut] = {}
        self._ignored: dict[str, LeftOut] = {}
        self._other_kinds: set[str] = set()
        self._hidden: set[str] = set()

    def listing(self) -> Listing:
        """Return what was found, in order."""
        return Listing(
            tuple(sorted(self._doc_ids)),
            tuple(sorted(self._left_out.values(), key=_path_of)),
            tuple(sorted(self._other_kinds)),
            tuple(sorted(self._hidden)),
            tuple(sorted(self._ignored.values(), key=_path_of)),
        )

    def go(self) -> None:
        """Go through all sources."""
        folders: list[str] = []
        for source in self._selector.sources:
            if os.path.lexists(self._root / source):
                self._add_named(source, folders)
            else:
                self._leave_out(source, "gone")
        seen = set(folders)
        while folders:
            for path in self._inside(folders.pop()):
                if path not in seen:
                    seen.add(path)
                    folders.append(path)

    def _add_named(self, source: str, folders: list[str]) -> None:
        """Take up a file or folder that was named, which may be hidden."""
        path = self._root / source
        is_folder = path.is_dir()
        if is_folder and self._selector.reaches(source):
            folders.append(source)
        elif pattern := self._selector.left_out_by(source, is_folder=is_folder):
            self._ignored[source] = LeftOut(f"{printable(source)}{'/' * is_folder}", pattern)
        elif reason := _reason_against(self._root, path, self._max_bytes, may_be_hidden=True):
            self._leave_out(source, reason)
        else:
            self._doc_ids.add(source)

    def _inside(self, folder: str) -> list[str]:
        """Sort the entries of a folder, and return the folders among them that are read."""
        try:
            with os.scandir(self._root / folder) as scan:
                entries = list(scan)
        except OSError as error:
            if not folder:
                raise CorpusError(
                    f"cannot list the folder {self._root}: {error.strerror}"
                ) from error
            self._leave_out(folder, f"cannot be listed: {error.strerror}")
            return []
        folders = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if self._own.endswith(f"/{entry.name}") and os.path.realpath(entry.path) == self._own:
                continue
            if not self._selector.is_named(path) and self._is_read(path, entry):
                folders.append(path)
        return folders

    def _is_read(self, path: str, entry: os.DirEntry[str]) -> bool:
        """Sort an entry of a folder; return whether it is a folder that is read."""
        is_folder = _is_folder(entry)
        may_hold_articles = _may_hold_articles(entry)
        ignored = ""
        if not entry.name.startswith(".") and is_plain(entry.name):
            ignored = self._selector.left_out_by(path, is_folder=is_folder)
        if ignored:
            if may_hold_articles:
                shown = printable(path)
                self._ignored[path] = LeftOut(f"{shown}/" if is_folder else shown, ignored)
        elif not may_hold_articles:
            others = self._hidden if entry.name.startswith(".") else self._other_kinds
            others.add(printable(path))
        elif reason := _reason_against(self._root, entry, self._max_bytes):
            self._leave_out(path, reason)
        elif is_folder and is_index_folder(entry.path):
            self._leave_out(path, "an index")
        elif is_folder:
            return True
        else:
            self._doc_ids.add(path)
        return False

    def _leave_out(self, path: str, reason: str) -> None:
        self._left_out[path] = LeftOut(printable(path), reason)


def read_file(root: Path, doc_id: str, *, max_bytes: int) -> bytes | LeftOut:
    """Read the bytes of one file, or say why it is left out (gone, too large, not plain, ...).

    `doc_id` may come from anywhere: what does not lie inside `root` is not opened.
    """
    try:
        data = _read_bytes(root, doc_id, max_bytes)
    except FileNotFoundError:
        return LeftOut(printable(doc_id), GONE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return LeftOut(printable(doc_id), f"cannot be read: {reason}")
    if len(data) > max_bytes:
        return LeftOut(printable(doc_id), _too_large(max_bytes))
    return data


def stamp_of(root: Path, doc_id: str) -> tuple[int, ...] | None:
    """Return what changes if somebody writes to a file under `root`; None if it cannot be opened.

    It is opened as `read_file` opens it, and not read.
    """
    try:
        with open_file_inside(root, doc_id.split("/")) as file:
            status = os.fstat(file.fileno())
    except (OSError, ValueError):
        return None
    own = (status.st_dev, status.st_ino, status.st_size)
    return (*own, status.st_mtime_ns, status.st_ctime_ns)


def _check_folder(root: Path) -> None:
    try:
        mode = root.stat().st_mode
    except FileNotFoundError:
        raise CorpusError(
            f"no such folder: {root}: give the folder that holds the articles"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CorpusError(f"cannot open the folder {printable(str(root))}: {reason}") from error
    if not stat.S_ISDIR(mode):
        raise CorpusError(f"not a folder: {root}: give the folder that holds the articles")


def _may_hold_articles(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is an article by its name, a folder, or a link to a folder."""
    if is_article(entry.name):
        return True
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _reason_against(
    root: Path,
    entry: os.DirEntry[str] | Path,
    max_bytes: int | None,
    *,
    may_be_hidden: bool = False,
) -> str:
    """Return why a directory entry is left out; "" if it is not."""
    reason = ""
    try:
        status = entry.stat(follow_symlinks=False)
        if not is_plain(entry.name):
            reason = "its name holds control characters or is not valid UTF-8"
        elif entry.name.startswith(".") and not may_be_hidden:
            reason = "hidden"
        elif stat.S_ISLNK(status.st_mode):
            reason = _link_reason(root, entry)
        elif not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            reason = "not a regular file"
        elif stat.S_ISREG(status.st_mode):
            most = size_limit(entry.name, max_bytes)
            reason = _too_large(most) if status.st_size > most else ""
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    return reason


def _link_reason(root: Path, entry: os.DirEntry[str] | Path) -> str:
    try:
        target = Path(os.fspath(entry)).resolve(strict=True)
    except (OSError, RuntimeError):
        return "a link that leads nowhere"
    if target.is_relative_to(root.resolve()):
        return "a link inside the folder: what it leads to is read under its own name"
    return "a link out of the folder"


def _read_bytes(root: Path, doc_id: str, max_bytes: int) -> bytes:
    """Read at most `max_bytes` + 1 bytes of a regular file; links are not followed."""
    with open_file_inside(root, doc_id.split("/")) as file:
        # In pieces: `read` reserves the memory it is asked for, and an index may name any limit.
        pieces: list[bytes] = []
        room = max_bytes + 1
        while room > 0 and (piece := file.read(min(room, _PIECE))):
            pieces.append(piece)
            room -= len(piece)
        return b"".join(pieces)


def _too_large(max_bytes: int) -> str:
    return f"larger than {max_bytes / (1024 * 1024):g} MiB"


def _nothing_to_read(root: Path, listing: Listing) -> str:
    advice = f"put files there ({KINDS}), or give another folder"
    found = []
    if listing.other_kinds:
        found.append(f"{describe_kinds(listing.kinds)}, which are not read")
    if listing.ignored:
        found.append(f"{describe_ignored(listing.ignored)} left out by patterns")
    if listing.left_out:
        first = listing.left_out[0]
        found.append(f"{len(listing.left_out)} left out, the first: {first.path}: {first.reason}")
    if not found:
        return f"no article in {root}: {advice}"
    if listing.ignored:
        change = "change --include, --exclude or .passageignore"
        if not listing.left_out:
            ignored = describe_ignored(listing.ignored)
            return f"the patterns leave out all articles in {root} ({ignored}): {change}"
        advice = f"{change}, or {advice}"
    return f"{root} holds no article that can be read (found: {'; '.join(found)}): {advice}"
