"""The characters of a page, one by one, as the library gives them.

Its calls for whole stretches of text disagree with those for single characters, so that only the
latter are used.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import TYPE_CHECKING, Any

from index.reading.pdf.elements import Glyph, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_CHARACTERS = 400_000
"""The most characters that are read of one page; a page of a newspaper has a tenth of it."""

LINE_END_HYPHEN = "\u00ad"
"""Stands for a hyphen at the end of a line that the library takes for the mark of a break."""

_HYPHEN_CODE = 2
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(
    r"bold|black|heavy|semibold|demi|(?:^|[-+])(?:CMBX|SFBX|LMRomanCaps10B)", re.I
)
_MEDIUM_NAME = re.compile(r"nimbus\w*-(?:medi|bold)", re.I)
_MONO_NAME = re.compile(
    r"mono|courier|consol|menlo|fixed|typewriter|code|cmtt|sftt|lmtt|ectt|inconsolata|cour(?:$|-)"
    r"|t1xtt|txtt|pcr[rb]|zi4|beratt|fvm",
    re.I,
)
_ITALIC_NAME = re.compile(r"ital|obli|cmti|sfti", re.I)
_FIXED_PITCH, _ITALIC_FLAG, _FORCE_BOLD = 1, 1 << 6, 1 << 18
_SYMBOL_BULLETS = {
    0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF076: "❖", 0xF0A8: "□", 0xF06F: "o",
    0xF06E: "■", 0xF071: "❑", 0xF0E0: "→", 0xF0B0: "°", 0xF02D: "-", 0xF0AE: "→", 0xF0D2: "®",
}  # fmt: skip
"""What the codes of common symbol fonts show, which the file maps to a private area."""

_Place = tuple[float, float, float, float, float, float]
"""A matrix from the coordinates of the file to those of the page as shown."""


class CharacterReader:
    """Reads the characters of the pages of one document."""

    def __init__(self) -> None:
        import pypdfium2.raw as library

        self._library = library
        self._fonts: dict[int, tuple[bool, bool, bool]] = {}
        # As a number, since two pointers of ctypes do not compare.
        prototype = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        address = ctypes.cast(library.FPDFText_GetTextObject, ctypes.c_void_p).value
        self._object_of = prototype(address)

    def read(self, text_page: Any, place: _Place, width: float, height: float) -> Iterator[Glyph]:
        """Yield the characters that stand on the page, in the order of the file."""
        library = self._library
        count = min(library.FPDFText_CountChars(text_page), MOST_CHARACTERS)
        code_of: Callable[..., int] = library.FPDFText_GetUnicode
        object_of = self._object_of
        is_generated = library.FPDFText_IsGenerated
        origin_of, box_of = library.FPDFText_GetCharOrigin, library.FPDFText_GetLooseCharBox
        x, y, box = ctypes.c_double(), ctypes.c_double(), library.FS_RECTF()
        x_reference, y_reference, box_reference = map(ctypes.byref, (x, y, box))
        a, b, c, d, e, f = place
        last_object, style = None, Style(0)
        spaced, high = 0, 0
        for index in range(count):
            code = code_of(text_page, index)
            if code in (32, 10, 13, 9, 0xA0) or 0x2000 <= code <= 0x200A:
                spaced = 1 if spaced < 2 and is_generated(text_page, index) else 2
                continue
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
            high = 0
            if code in (0xAD, 0x200B, 0xFEFF) and code != 0xAD:
                continue
            found = object_of(text_page, index)
            if found != last_object or found is None:
                last_object = found
                style = self._style(text_page, index, place)
            origin_of(text_page, index, x_reference, y_reference)
            box_of(text_page, index, box_reference)
            left, right, base = box.left, box.right, y.value
            if style.angle == 0 and b == 0 and a > 0:
                # The box of a slanted letter begins before its place on the line.
                x0, x1, line = max(left, x.value) + e, right + e, d * base + f
                shown = -2 <= x0 <= width and -2 <= line <= height + 2 and x1 <= width + 2
            else:
                x0, x1, line, shown = self._turned(
                    (left, box.bottom, right, box.top),
                    (x.value, base),
                    place,
                    (width, height),
                    style,
                )
            if shown:
                yield Glyph(_shown_as(code), x0, x1, line, style, spaced)
            spaced = 0

    def _turned(
        self,
        box: tuple[float, float, float, float],
        origin: tuple[float, float],
        place: _Place,
        size: tuple[float, float],
        style: Style,
    ) -> tuple[float, float, float, bool]:
        """Return the extent along the line, the baseline, and whether it stands on the page."""
        first, second = _apply(place, box[0], box[1]), _apply(place, box[2], box[3])
        left, right = sorted((first[0], second[0]))
        top, bottom = sorted((first[1], second[1]))
        base = _apply(place, *origin)
        shown = left >= -2 and right <= size[0] + 2 and top >= -2 and bottom <= size[1] + 2
        if style.angle == 1:
            return -bottom, -top, base[0], shown
        if style.angle == 2:
            return -right, -left, -base[1], shown
        if style.angle == 3:
            return top, bottom, -base[0], shown
        return left, right, base[1], shown

    def _style(self, text_page: Any, index: int, place: _Place) -> Style:
        """Return the look of the text object that a character belongs to."""
        library = self._library
        matrix = library.FS_MATRIX()
        size = library.FPDFText_GetFontSize(text_page, index)
        if library.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix)):
            scale = math.hypot(matrix.c, matrix.d) or 1.0
            along_x = place[0] * matrix.a + place[2] * matrix.b
            along_y = place[1] * matrix.a + place[3] * matrix.b
        else:
            scale, along_x, along_y = 1.0, 1.0, 0.0
        bold, mono, italic = self._font(text_page, index)
        return Style(abs(size * scale), bold, mono, italic, _quarter(along_x, along_y))

    def _font(self, text_page: Any, index: int) -> tuple[bool, bool, bool]:
        """Return whether the font of a character is bold, of fixed width, and italic."""
        library = self._library
        text_object = library.FPDFText_GetTextObject(text_page, index)
        font = library.FPDFTextObj_GetFont(text_object) if text_object else None
        key = ctypes.cast(font, ctypes.c_void_p).value if font else None
        if key is None:
            return False, False, False
        known = self._fonts.get(key)
        if known is None:
            known = self._fonts[key] = self._look_up(text_page, index)
        return known

    def _look_up(self, text_page: Any, index: int) -> tuple[bool, bool, bool]:
        library = self._library
        flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(256)
        length = library.FPDFText_GetFontInfo(text_page, index, buffer, 256, ctypes.byref(flags))
        name = buffer.raw[: max(0, min(length, 256) - 1)].decode("utf-8", "replace")
        weight = library.FPDFText_GetFontWeight(text_page, index)
        bold = bool(
            _BOLD_NAME.search(name)
            or _MEDIUM_NAME.search(name)
            or weight >= _BOLD_WEIGHT
            or (weight <= 0 and flags.value & _FORCE_BOLD)
        )
        mono = bool(_MONO_NAME.search(name) or flags.value & _FIXED_PITCH)
        return bold, mono, bool(_ITALIC_NAME.search(name) or flags.value & _ITALIC_FLAG)


def _apply(place: _Place, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = place
    return a * x + c * y + e, b * x + d * y + f


def _quarter(along_x: float, along_y: float) -> int:
    """Return the quarter turns of a direction (y downwards), or -1."""
    if abs(along_y) <= 0.1 * abs(along_x):
        return 0 if along_x >= 0 else 2
    if abs(along_x) <= 0.1 * abs(along_y):
        return 1 if along_y < 0 else 3
    return -1


def _shown_as(code: int) -> str:
    """Return what a reader sees for a code."""
    if code == _HYPHEN_CODE:
        return LINE_END_HYPHEN
    if 0xE000 <= code < 0xF900:
        return _SYMBOL_BULLETS.get(code) or (chr(code - 0xF000) if 0xF021 <= code < 0xF07F else "�")
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "�"
    return chr(code)
