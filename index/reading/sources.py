"""The files and folders that a person names, and the one folder that holds them all."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from embed.operating_system import open_plain_file
from index.errors import CorpusError
from index.names import printable
from index.reading.formats import KINDS, is_article

_SUFFIX = re.compile(r"\.\w{1,10}")


def locate_sources(paths: Sequence[Path]) -> tuple[Path, tuple[str, ...]]:
    """Return the deepest folder that holds all of `paths`, and their POSIX paths in it, in order.

    A single folder is that folder, and has no paths in it. Links are resolved, and what is named
    twice counts once. Raises CorpusError if one of them is missing, cannot be read, or is a file
    of a kind that is not read.
    """
    found = {check_source(path): path for path in paths}
    if len(found) == 1:
        [(real, path)] = found.items()
        if real.is_dir():
            return path, ()
    try:
        common = os.path.commonpath([real if real.is_dir() else real.parent for real in found])
    except ValueError as error:  # on Windows
        raise CorpusError(
            "these folders have no folder in common: give those of each drive an index of its own"
        ) from error
    return Path(common), tuple(sorted(real.relative_to(common).as_posix() for real in found))


def check_source(path: Path) -> Path:
    """Return the real path of a file or folder; raise CorpusError if it cannot be read."""
    shown = printable(str(path))
    try:
        real = Path(os.path.realpath(path, strict=True))
        mode = real.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(real).close()
            return real
        if stat.S_ISREG(mode) and is_article(real.name):
            open_plain_file(real).close()
            return real
    except (FileNotFoundError, NotADirectoryError):
        raise CorpusError(
            f"no such file or folder: {shown}: give files, or folders that hold them"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CorpusError(f"cannot open {shown}: {reason}") from error
    if stat.S_ISREG(mode):
        raise CorpusError(
            f"{shown} is of a kind that is not read ({kind_of(real.name)}): give {KINDS}"
        )
    raise CorpusError(f"{shown} is neither a file nor a folder: give files, or folders of files")


def kind_of(path: str) -> str:
    """Return the suffix of a file in lower case, or "without suffix".

    >>> kind_of("a/Report.PDF"), kind_of("a/Makefile"), kind_of("Dr. Smith")
    ('.pdf', 'without suffix', 'without suffix')
    """
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else "without suffix"
