"""Finding the directory of an index: the one to read, and the one to write."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from embed.errors import PassageSearchError
from index.errors import EngineError, NoIndexError
from index.names import printable
from index.store.layout import CURRENT, DIRECTORY, ENVIRONMENT

# The beginnings of an address in Milvus, which `MilvusAddress` reads.
_SCHEMES = ("milvus:", "milvus+tls:")


def find_index(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the index directory to read: `path`, `PASSAGE_INDEX`, or `.passage-index` upwards.

    A folder that holds a `.passage-index` stands for it. Raises NoIndexError if there is none,
    or none that may be looked into.
    """
    given = _given(path)
    if given:
        directory = _inside(Path(given))
        if not has_current(directory):
            raise no_index(directory)
        return directory
    here = Path.cwd()
    unreadable = ""
    for folder in (here, *here.parents):
        try:
            if has_current(folder / DIRECTORY):
                return folder / DIRECTORY
        except PassageSearchError as error:  # maybe somebody else's: one above may be meant
            unreadable = unreadable or str(error)
    raise NoIndexError(
        unreadable
        or f"no {DIRECTORY} in {here} or above it: "
        "make one with index build FOLDER, or name one with --index"
    )


def find_indexes(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
) -> list[Path]:
    """Return the index directories to read: those of `paths`, or the one that `find_index` finds.

    One that is named twice counts once. Raises NoIndexError if there is none.
    """
    if paths is None or isinstance(paths, str | os.PathLike):
        return [find_index(paths)]
    found = {os.path.realpath(directory): directory for directory in map(find_index, paths)}
    if not found:
        raise NoIndexError("no index is named: name one, or leave the list of them out")
    return [*found.values()]


def milvus_address(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
) -> str | None:
    """Return the address of an index in Milvus, if one is named, here or by `PASSAGE_INDEX`.

    Raises EngineError if it is one of several: it can be searched alone only.
    """
    if paths is None:
        paths = os.environ.get(ENVIRONMENT, "")
    named = [paths] if isinstance(paths, str | os.PathLike) else [*paths]
    addresses = [os.fspath(path) for path in named if _is_milvus_address(path)]
    if addresses and len({os.fspath(path) for path in named}) > 1:
        raise EngineError(f"{printable(addresses[0])} cannot be joined with others: ask it alone")
    return addresses[0] if addresses else None


def _is_milvus_address(path: str | os.PathLike[str]) -> bool:
    """Return whether what names an index is the address of one in Milvus.

    >>> _is_milvus_address("milvus://localhost:19530/news"), _is_milvus_address(".passage-index")
    (True, False)
    """
    return os.fspath(path).startswith(_SCHEMES)


def has_current(directory: Path) -> bool:
    """Check that a directory holds an index, or something in its place."""
    try:
        os.lstat(directory / CURRENT)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a NUL in the path
        return False
    except OSError as error:
        raise PassageSearchError(f"cannot read the index: {directory}: {error.strerror}") from error
    return True


def no_index(directory: Path) -> NoIndexError:
    """Return the error for a directory that holds no index."""
    return NoIndexError(
        f"no index at {directory}: make one with index build FOLDER --index {directory}"
    )


def index_to_write(path: str | os.PathLike[str] | None = None) -> Path:
    """Return the index directory to build: `path`, `PASSAGE_INDEX`, or `.passage-index` here.

    A folder that holds a `.passage-index` stands for it.
    """
    return _inside(Path(_given(path) or DIRECTORY))


def _inside(directory: Path) -> Path:
    """Return the index in a folder that is not one itself, else the folder as it is."""
    inner = directory / DIRECTORY
    with contextlib.suppress(PassageSearchError):
        if not has_current(directory) and has_current(inner):
            return inner
    return directory


def _given(path: str | os.PathLike[str] | None) -> str | None:
    """Return the path given, or that of the environment; raise NoIndexError if it is empty."""
    if path is None:
        kept = os.environ.get(ENVIRONMENT)
        return None if kept is None else _folder(kept)
    # An empty path would be the working directory: it comes from a variable that is not set.
    if not os.fspath(path):
        raise NoIndexError("the path of the index is empty: name a folder, or leave it out")
    return _folder(os.fspath(path))


def _folder(path: str) -> str:
    """Return a path; EngineError if it is an address of Milvus, where a folder is wanted."""
    if _is_milvus_address(path):
        raise EngineError(
            f"{printable(path)} is an index in Milvus, which is read by query, query-mcp and index "
            "status: name the folder of an index"
        )
    return path
