"""Opening the files of an index, and the error for one that is not as it was written."""

from __future__ import annotations

import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path

from embed.errors import PassageSearchError
from index.errors import DamagedIndexError
from index.store.build_command import how_to_build_again
from index.store.layout import CURRENT, GENERATION, SOURCES


def damaged_file(path: Path, how: str) -> DamagedIndexError:
    """Return the error for a file of an index that is not as it was written."""
    how = " ".join(how.split())  # what SQLite says may have several lines
    at_top = path.name in (CURRENT, SOURCES) or GENERATION.fullmatch(path.name)
    directory = path.parent if at_top else path.parent.parent
    remedy = how_to_build_again(directory)
    return DamagedIndexError(f"the index is damaged: {path} {how}; {remedy}")


def open_regular(path: Path) -> BufferedReader:
    """Open a file of the index to read; nothing that blocks, never ends or leads elsewhere.

    Raises DamagedIndexError where it is missing, a link, a pipe, a device ..., and
    PassageSearchError where it may not be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    try:
        file = os.fdopen(os.open(path, flags), "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise damaged_file(path, "is missing") from None
    except (PermissionError, InterruptedError) as error:
        raise PassageSearchError(f"cannot read the index: {path}: {error.strerror}") from error
    except OSError as error:
        raise damaged_file(path, f"cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise damaged_file(path, "is not a plain file")
    return file


def sha256_of(file: BufferedReader) -> str:
    """Return the hex SHA-256 of an open file."""
    return hashlib.file_digest(file, "sha256").hexdigest()
