"""The open file: its pages, what it says of itself, and what is left alone in it."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType

from index.reading.content import UnreadableError
from index.reading.pdf.characters import CharacterReader, InkReader, Place
from index.reading.pdf.elements import Glyph, Page
from index.reading.pdf.places import Places, Sheet
from index.reading.pdf.rules import rules_of
from index.reading.pdf.words import with_dots, words_of

MOST_PAGES = 20_000
_MOST_HEADINGS = 20_000
_DEEPEST = 12
_PASSWORD_ERROR = 4
_LABEL_LENGTH = 64
_MOST_ANNOTATIONS = 20_000
_FILLED_IN = (3, 13, 20)
"""Kinds of annotations that are part of what is read: text boxes, stamps, fields of a form."""

_COMMENTS = (1, 8, 9, 10, 11, 12)
"""Kinds that hold a remark: notes, and marks on the text."""

_NAMES = {"Title": "title", "Author": "author", "CreationDate": "date"}


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the outline: its text, its page from 1, and its depth from 1."""

    title: str
    page: int
    depth: int


@dataclass(slots=True)
class Opened:
    """What was read of a document, all but its text taken apart."""

    title: str = ""
    author: str = ""
    date: str = ""
    pages: list[Page] = field(default_factory=list)
    outline: list[Bookmark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_document(data: bytes, places: Places | None = None) -> Opened:
    """Read a PDF, and note the places of its characters if they are asked for.

    Raises UnreadableError if it is encrypted or broken.
    """
    import pypdfium2.raw as library

    library.FPDF_InitLibrary()
    with open_document(library, data) as document:
        return _Reader(library, document, places).read()


@contextmanager
def open_document(library: ModuleType, data: bytes) -> Iterator[object]:
    """Open a document, with an empty password if it has one."""
    document = library.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        if library.FPDF_GetLastError() == _PASSWORD_ERROR:
            raise UnreadableError("is encrypted: save a copy without the password")
        raise UnreadableError("is not a PDF that can be read")
    try:
        yield document
    finally:
        library.FPDF_CloseDocument(document)


def load_page(library: ModuleType, document: object, index: int) -> tuple[object, int]:
    """Load a page with what is filled in on it, and count its comments.

    The page is false if it is broken, and else has to be closed.
    """
    page = library.FPDF_LoadPage(document, index)
    if not page:
        return page, 0
    has_filled_in, comments = _annotations_of(library, page)
    if has_filled_in:
        # What is filled in becomes part of the page, which must be loaded anew to show it.
        library.FPDFPage_Flatten(page, library.FLAT_NORMALDISPLAY)
        library.FPDF_ClosePage(page)
        page = library.FPDF_LoadPage(document, index)
    return page, comments


def _annotations_of(library: ModuleType, page: object) -> tuple[bool, int]:
    """Return whether a page has fields of a form or text added to it, and how many comments."""
    has_filled_in, comments = False, 0
    for number in range(min(library.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        annotation = library.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        kind = library.FPDFAnnot_GetSubtype(annotation)
        has_filled_in = has_filled_in or kind in _FILLED_IN
        if kind in _COMMENTS:
            length = library.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
            comments += length > 2
        library.FPDFPage_CloseAnnot(annotation)
    return has_filled_in, comments


class _Reader:
    def __init__(self, library: ModuleType, document: object, places: Places | None) -> None:
        self._library = library
        self._document = document
        self._places = places
        self._characters = CharacterReader(library) if places is None else InkReader(library)
        self._comments = 0

    def read(self) -> Opened:
        opened = Opened()
        for key, name in _NAMES.items():
            setattr(opened, name, self._metadata(key))
        count = self._library.FPDF_GetPageCount(self._document)
        if count <= 0:
            raise UnreadableError("is not a PDF that can be read")
        if count > MOST_PAGES:
            raise UnreadableError(f"has more than {MOST_PAGES:,} pages")
        read = [self._page(index) for index in range(count)]
        opened.pages = [page for page in read if page is not None]
        if not opened.pages:
            raise UnreadableError("is not a PDF that can be read")
        broken = count - len(opened.pages)
        if broken:
            opened.notes.append(f"{broken} of {count} pages are broken: they are left out")
        if self._comments:
            noun = "comment is" if self._comments == 1 else "comments are"
            opened.notes.append(f"{self._comments} {noun} left out")
        attached = self._library.FPDFDoc_GetAttachmentCount(self._document)
        if attached > 0:
            noun = "attached file is" if attached == 1 else "attached files are"
            opened.notes.append(f"{attached} {noun} left out")
        opened.outline = list(self._bookmarks())
        return opened

    def _page(self, index: int) -> Page | None:
        """Read a page, with what is filled in on it. Returns None if it is broken."""
        page, comments = load_page(self._library, self._document, index)
        self._comments += comments
        if not page:
            return None
        try:
            return self._read_page(page, index)
        finally:
            self._library.FPDF_ClosePage(page)

    def _read_page(self, page: object, index: int) -> Page:
        library = self._library
        place, width, height = self._placed(page)
        text_page = library.FPDFText_LoadPage(page)
        upright: list[Glyph] = []
        turned: dict[int, list[Glyph]] = {}
        if text_page:
            try:
                glyphs = self._characters.read(text_page, place, width, height)
                if self._places is not None and isinstance(self._characters, InkReader):
                    sheet = Sheet(index + 1, place, width, height)
                    glyphs = self._places.placed(glyphs, sheet, self._characters)
                for glyph in glyphs:
                    angle = glyph.style.angle
                    (turned.setdefault(angle, []) if angle else upright).append(glyph)
            finally:
                library.FPDFText_ClosePage(text_page)
        glyph_count = len(upright) + sum(map(len, turned.values()))
        rules, dots, pictures = rules_of(library, page, place, with_rules=glyph_count > 0)
        return Page(
            index + 1,
            self._label(index),
            width,
            height,
            with_dots(words_of(upright), dots),
            rules,
            [words_of(glyphs) for _, glyphs in sorted(turned.items())],
            is_picture=glyph_count == 0 and pictures > 0,
            unmapped=sum(glyph.text == "�" for glyph in upright),
        )

    def _placed(self, page: object) -> tuple[Place, float, float]:
        """Return the way from the coordinates of a page to those shown, and its size as shown."""
        left, bottom, right, top = self._box(page)
        width, height = right - left, top - bottom
        turns = self._library.FPDFPage_GetRotation(page) % 4
        if turns == 1:
            return (0.0, 1.0, 1.0, 0.0, -bottom, -left), height, width
        if turns == 2:
            return (-1.0, 0.0, 0.0, 1.0, right, -bottom), width, height
        if turns == 3:
            return (0.0, -1.0, -1.0, 0.0, top, right), height, width
        return (1.0, 0.0, 0.0, -1.0, -left, top), width, height

    def _box(self, page: object) -> tuple[float, float, float, float]:
        """Return the part of the page that is shown."""
        rect = self._library.FS_RECTF()
        if self._library.FPDF_GetPageBoundingBox(page, ctypes.byref(rect)):
            return rect.left, rect.bottom, rect.right, rect.top
        return (
            0.0,
            0.0,
            self._library.FPDF_GetPageWidthF(page),
            self._library.FPDF_GetPageHeightF(page),
        )

    def _label(self, index: int) -> str:
        buffer = ctypes.create_string_buffer(2 * _LABEL_LENGTH)
        length = self._library.FPDF_GetPageLabel(self._document, index, buffer, len(buffer))
        label = _utf_16(buffer.raw[:length]) if 2 < length <= len(buffer) else ""
        return "" if label == str(index + 1) else label

    def _metadata(self, key: str) -> str:
        name = key.encode()
        length = self._library.FPDF_GetMetaText(self._document, name, None, 0)
        if not 2 < length <= 20_000:
            return ""
        buffer = ctypes.create_string_buffer(length)
        self._library.FPDF_GetMetaText(self._document, name, buffer, length)
        return " ".join(_utf_16(buffer.raw).split())

    def _bookmarks(self) -> Iterator[Bookmark]:
        """Yield the outline. One that runs in a circle, or is too deep, is cut."""
        library, document = self._library, self._document
        seen: set[int] = set()
        stack = [(library.FPDFBookmark_GetFirstChild(document, None), 1)]
        while stack and len(seen) < _MOST_HEADINGS:
            bookmark, depth = stack.pop()
            key = ctypes.cast(bookmark, ctypes.c_void_p).value if bookmark else None
            if key is None or key in seen:
                continue
            seen.add(key)
            stack.append((library.FPDFBookmark_GetNextSibling(document, bookmark), depth))
            if depth < _DEEPEST:
                stack.append((library.FPDFBookmark_GetFirstChild(document, bookmark), depth + 1))
            length = library.FPDFBookmark_GetTitle(bookmark, None, 0)
            if 2 < length <= 4000:
                buffer = ctypes.create_string_buffer(length)
                library.FPDFBookmark_GetTitle(bookmark, buffer, length)
                target = library.FPDFBookmark_GetDest(document, bookmark)
                page = library.FPDFDest_GetDestPageIndex(document, target) if target else -1
                yield Bookmark(" ".join(_utf_16(buffer.raw).split()), page + 1, depth)


def _utf_16(data: bytes) -> str:
    return re.sub("\0.*", "", data.decode("utf-16-le", "replace"), flags=re.DOTALL)
