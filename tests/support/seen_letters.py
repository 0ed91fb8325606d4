"""An oracle for boxes: the letters of a PDF that the library itself finds inside of them."""

import ctypes
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pypdfium2.raw as library

from index.reading.views import PageBox

SCALE = 1_000_000
SAME = str.maketrans({"\u00ad": "-", "\u2010": "-", "\x02": "-", "\x1c": "fi"})
"""What the reader writes for hyphens, and for a code of the fonts of TeX."""


@dataclass(frozen=True)
class SeenLetter:
    """A letter on a page, with the middle of its ink in parts of the page as shown."""

    text: str
    page: int
    x: float
    y: float


def plain(text: str) -> str:
    """The letters of a text, however they are written: ligatures as letters, raised ones level."""
    text = unicodedata.normalize("NFKC", text.translate(SAME)).translate(SAME)
    return "".join(
        char for char in text if char.isprintable() and not char.isspace() and char != "\ufffd"
    )


def seen_letters(data: bytes) -> list[SeenLetter]:
    """All letters of a document. Places are those that the library draws at."""
    library.FPDF_InitLibrary()
    document = library.FPDF_LoadMemDocument64(data, len(data), None)
    try:
        return [
            letter
            for index in range(library.FPDF_GetPageCount(document))
            for letter in _letters_of(document, index)
        ]
    finally:
        library.FPDF_CloseDocument(document)


def _letters_of(document: object, index: int) -> Iterable[SeenLetter]:
    page = library.FPDF_LoadPage(document, index)
    # What is filled in on a page is a part of it.
    library.FPDFPage_Flatten(page, library.FLAT_NORMALDISPLAY)
    library.FPDF_ClosePage(page)
    page = library.FPDF_LoadPage(document, index)
    text_page = library.FPDFText_LoadPage(page)
    edges = [ctypes.c_double() for _ in range(4)]
    x, y = ctypes.c_int(), ctypes.c_int()
    high = 0
    try:
        for number in range(library.FPDFText_CountChars(text_page)):
            code = library.FPDFText_GetUnicode(text_page, number)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000:
                code += 0x10000 + ((high - 0xD800) << 10) - 0xDC00
            library.FPDFText_GetCharBox(text_page, number, *edges)
            left, right, bottom, top = (edge.value for edge in edges)
            middle = (left + right) / 2, (bottom + top) / 2
            library.FPDF_PageToDevice(page, 0, 0, SCALE, SCALE, 0, *middle, x, y)
            for char in plain(chr(code)):
                yield SeenLetter(char, index + 1, x.value / SCALE, y.value / SCALE)
    finally:
        library.FPDFText_ClosePage(text_page)
        library.FPDF_ClosePage(page)


class SeenPages:
    """The letters of a document by page."""

    def __init__(self, data: bytes) -> None:
        self._pages: dict[int, list[SeenLetter]] = defaultdict(list)
        for letter in seen_letters(data):
            self._pages[letter.page].append(letter)

    def inside(self, boxes: Iterable[PageBox]) -> Counter[str]:
        """How often each letter stands in one of the boxes."""
        by_page: dict[int, list[PageBox]] = defaultdict(list)
        for box in boxes:
            by_page[box.page].append(box)
        return Counter(
            letter.text
            for page, own in by_page.items()
            for letter in self._pages[page]
            if any(
                box.left <= letter.x <= box.right and box.top <= letter.y <= box.bottom
                for box in own
            )
        )
