"""Opening the files of an index, and the error for one that is not as it was written."""

from __future__ import annotations

import hashlib
from io import BufferedReader
from pathlib import Path

from embed.errors import PassageSearchError
from embed.operating_system import NotPlainFileError, open_plain_file
from index.errors import DamagedIndexError
from index.store.layout import CURRENT, GENERATION, SOURCES


def damaged_file(path: Path, how: str) -> DamagedIndexError:
    """Return the error for a file of an index that is not as it was written."""
    from index.store.build_command import how_to_build_again

    how = " ".join(how.split())  # what SQLite says may have several lines
    at_top = path.name in (CURRENT, SOURCES) or GENERATION.fullmatch(path.name)
    directory = path.parent if at_top else path.parent.parent
    remedy = how_to_build_again(directory)
    return DamagedIndexError(f"the index is damaged: {path} {how}; {remedy}")


def open_regular(path: Path) -> BufferedReader:
    """Open a file of an index to read it; nothing that blocks, never ends or leads elsewhere.

    Raises DamagedIndexError if it is missing, a link, a pipe, a device and the like, and
    PassageSearchError if it may not be read.
    """
    try:
        return open_plain_file(path)
    except NotPlainFileError:
        raise damaged_file(path, "is not a plain file") from None
    except (FileNotFoundError, NotADirectoryError):
        raise damaged_file(path, "is missing") from None
    except (PermissionError, InterruptedError) as error:
        raise PassageSearchError(f"cannot read the index: {path}: {error.strerror}") from error
    except OSError as error:
        raise damaged_file(path, f"cannot be read ({error.strerror})") from error


def sha256_of(file: BufferedReader) -> str:
    """Return the hex SHA-256 of an open file."""
    return hashlib.file_digest(file, "sha256").hexdigest()
