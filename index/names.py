"""Names of documents, files and folders: which may be indexed, and how they are shown."""

from __future__ import annotations

import re
import unicodedata


def is_plain(name: str) -> bool:
    """Return whether a name has no control characters, and no bytes that are not text."""
    return name.isprintable() or not any(
        unicodedata.category(char) in {"Cc", "Cs"} for char in name
    )


def is_doc_id(name: str) -> bool:
    """Return whether a document may have this name: it is plain, and stays inside a folder.

    >>> is_doc_id("2023/article.txt"), is_doc_id("https://example.org/a"), is_doc_id("../a")
    (True, True, False)
    """
    return bool(name.strip()) and is_plain(name) and leads_inside(name)


def leads_inside(path: str) -> bool:
    """Return whether a path, read as it is written, stays in the folder that it is joined to.

    Links are not looked at: the code that opens a file has to check each part.

    >>> leads_inside("2023/article.txt"), leads_inside("../article.txt"), leads_inside("/etc")
    (True, False, False)
    """
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path


def printable(text: str) -> str:
    r"""Return `text` with everything that could act on a terminal written out.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


_SUFFIX = re.compile(r"(?<=.)\.[A-Za-z]\w{0,9}$")
_TELLING = re.compile(r"(?<![^\W_])[^\W\d_]{3,}(?![^\W_])|[\u3040-\u9fff]")
_NAME_MARKS = re.compile(r"[\W_]+")


def title_of(doc_id: str) -> str:
    """Return what the name of a document says of it: that of the file, without its suffix.

    An address says nothing, nor do numbers and digests.

    >>> title_of("notes/Closing the lock gates.md"), title_of("https://example.org/a")
    ('Closing the lock gates', '')
    >>> title_of("003_c6ab9badc77dffa3.txt")
    ''
    """
    name = _stem(doc_id)
    return name if _TELLING.search(name) else ""


def _stem(doc_id: str) -> str:
    return "" if "://" in doc_id else _SUFFIX.sub("", doc_id.rsplit("/", 1)[-1])


def name_words(doc_id: str) -> str:
    """Return the words of the name of a document, with spaces between them.

    >>> name_words("notes/meeting_2024-03.md")
    'meeting 2024 03'
    """
    return _NAME_MARKS.sub(" ", _stem(doc_id)).strip()
