"""The files of a folder: which are articles, and reading them safely."""

import os
import re
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from embed.operating_system import open_file_inside
from index.errors import CorpusError
from index.names import is_plain, printable
from index.reading.formats import is_article, size_limit

_PIECE = 1 << 20
_SUFFIX = re.compile(r"\.\w{1,10}")


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
    `hidden` are those of them that are hidden.
    """

    doc_ids: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    other_kinds: tuple[str, ...]
    hidden: tuple[str, ...] = ()

    @property
    def not_read(self) -> list[LeftOut]:
        """Every file that is not read, and why."""
        others = [LeftOut(path, f"of another kind ({_kind_of(path)})") for path in self.other_kinds]
        hidden = [LeftOut(path, "hidden") for path in self.hidden]
        return sorted([*self.left_out, *others, *hidden], key=lambda entry: entry.path)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """How many files there are of each other kind, the most frequent first."""
        counts = Counter(map(_kind_of, self.other_kinds))
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _kind_of(path: str) -> str:
    """Return the suffix of a file in lower case, or "without suffix".

    >>> _kind_of("a/Report.PDF"), _kind_of("a/Makefile"), _kind_of("Dr. Smith")
    ('.pdf', 'without suffix', 'without suffix')
    """
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else "without suffix"


def describe_kinds(kinds: Sequence[tuple[str, int]], most: int = 10) -> str:
    """Return counts by kind on one line, at most `most` of them.

    >>> describe_kinds([(".pdf", 3), (".html", 2)])
    '3 .pdf, 2 .html'
    """
    parts = [f"{count:,} {kind}" for kind, count in kinds[:most]]
    if len(kinds) > most:
        parts.append(
            f"{sum(count for _, count in kinds[most:]):,} of {len(kinds) - most:,} more kinds"
        )
    return ", ".join(parts)


def list_files(
    root: Path, *, max_bytes: int | None = None, index_directory: Path | None = None
) -> Listing:
    """As `list_folder`; raises `CorpusError` also if there is no article to read."""
    listing = list_folder(root, max_bytes=max_bytes, index_directory=index_directory)
    if not listing.doc_ids:
        raise CorpusError(_nothing_to_read(root, listing))
    return listing


def list_folder(
    root: Path, *, max_bytes: int | None = None, index_directory: Path | None = None
) -> Listing:
    """List the articles under `root`, what is left out, and the files of other kinds.

    An article has the suffix of a format that is read. Files larger than `max_bytes` are left out;
    None stands for the limit of each format. Links are never followed: what they lead to is read
    under its own name, or is not part of the folder. `index_directory`, which may lie in the
    folder, is passed over.

    Raises `CorpusError` if `root` is not a folder or cannot be listed.
    """
    _check_folder(root)
    doc_ids: list[str] = []
    left_out: list[LeftOut] = []
    other_kinds: list[str] = []
    hidden: list[str] = []
    own = os.path.realpath(index_directory) if index_directory else ""
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(root / folder) as scan:
                entries = list(scan)
        except OSError as error:
            if not folder:
                raise CorpusError(f"cannot list the folder {root}: {error.strerror}") from error
            left_out.append(LeftOut(printable(folder), f"cannot be listed: {error.strerror}"))
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if own.endswith(f"/{entry.name}") and os.path.realpath(entry.path) == own:
                continue
            if not _may_hold_articles(entry):
                (hidden if entry.name.startswith(".") else other_kinds).append(printable(path))
            elif reason := _reason_against(root, entry, max_bytes):
                left_out.append(LeftOut(printable(path), reason))
            else:
                (folders if entry.is_dir(follow_symlinks=False) else doc_ids).append(path)
    left_out.sort(key=lambda entry: entry.path)
    return Listing(
        tuple(sorted(doc_ids)), tuple(left_out), tuple(sorted(other_kinds)), tuple(sorted(hidden))
    )


def read_file(root: Path, doc_id: str, *, max_bytes: int) -> bytes | LeftOut:
    """Read the bytes of one file, or say why it is left out (gone, too large, not plain, ...).

    `doc_id` may come from anywhere: what does not lie inside `root` is not opened.
    """
    try:
        data = _read_bytes(root, doc_id, max_bytes)
    except FileNotFoundError:
        return LeftOut(printable(doc_id), "gone before it was read")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return LeftOut(printable(doc_id), f"cannot be read: {reason}")
    if len(data) > max_bytes:
        return LeftOut(printable(doc_id), _too_large(max_bytes))
    return data


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


def _reason_against(root: Path, entry: os.DirEntry[str], max_bytes: int | None) -> str:
    """Return why a directory entry is left out; "" if it is not."""
    reason = ""
    try:
        status = entry.stat(follow_symlinks=False)
        if not is_plain(entry.name):
            reason = "its name holds control characters or is not valid UTF-8"
        elif entry.name.startswith("."):
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


def _link_reason(root: Path, entry: os.DirEntry[str]) -> str:
    try:
        target = Path(entry.path).resolve(strict=True)
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
    advice = "put text, Markdown, HTML, PDF, Office or EPUB files there, or give another folder"
    found = []
    if listing.other_kinds:
        found.append(f"{describe_kinds(listing.kinds)}, which are not read")
    if listing.left_out:
        first = listing.left_out[0]
        found.append(f"{len(listing.left_out)} left out, the first: {first.path}: {first.reason}")
    if not found:
        return f"no article in {root}: {advice}"
    return f"{root} holds no article that can be read (found: {'; '.join(found)}): {advice}"
