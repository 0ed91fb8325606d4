"""The characters of a page, one by one, as the library gives them.

Its calls for whole stretches of text disagree with those for single characters, so that only the
latter are used.
"""

from __future__ import annotations

import ctypes
import math
import re
from typing import TYPE_CHECKING

from index.reading.pdf.elements import Glyph, Style

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

_MOST_CHARACTERS = 400_000
"""The most characters that are read of one page; a page of a newspaper has a tenth of it."""

_LINE_END_HYPHEN = "\u00ad"
"""Stands for a hyphen at the end of a line that the library takes for the mark of a break."""

_HYPHEN_CODE = 2
_LINE_ENDS = frozenset((10, 13))
_SPACES = frozenset((9, 10, 13, 32, 0xA0, 0x202F, 0x3000, *range(0x2000, 0x200B)))
_INVISIBLE = frozenset((0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_EDGE = 2.0
"""How far a character may hang over the edge of its page."""

_SMALLEST, _LARGEST = 0.1, 2000.0
_BOLD_WEIGHT = 600
_BOLD_NAME = re.compile(
    r"bold|black|heavy|semibold|demi|nimbus\w*-medi|(?:^|[-+])(?:cmbx|cmssbx|sfbx|ecbx|ecsx|lmbx)",
    re.IGNORECASE,
)
_MONO_NAME = re.compile(
    r"mono|courier|consol|menlo|fixed|typewriter|code|cmtt|sftt|lmtt|ectt|inconsolata|cour(?:$|-)"
    r"|t1xtt|txtt|pcr[rb]|zi4|beratt|fvm",
    re.IGNORECASE,
)
_FIXED_PITCH, _FORCE_BOLD = 1, 1 << 18
_SYMBOL_BULLETS = {
    0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF076: "❖", 0xF0A8: "□", 0xF06F: "o",
    0xF06E: "■", 0xF071: "❑", 0xF0E0: "→", 0xF0B0: "°", 0xF02D: "-", 0xF0AE: "→", 0xF0D2: "®",
}  # fmt: skip
"""What the codes of common symbol fonts show, which the file maps to a private area."""

_TEX_CODES = {
    0x0B: "ff", 0x0C: "fi", 0x0E: "ffi", 0x0F: "ffl", 0x10: "“", 0x11: "”", 0x12: "„", 0x13: "«",
    0x14: "»", 0x15: "–", 0x16: "—", 0x1B: "ff", 0x1C: "fi", 0x1D: "fl", 0x1E: "ffi", 0x1F: "ffl",
    0x88: "•", 0xBF: "£",
}  # fmt: skip
"""What the fonts of TeX that are drawn dot by dot show for codes that are not text elsewhere."""

Place = tuple[float, float, float, float, float, float]
"""A matrix from the coordinates of the file to those of the page as shown."""


class CharacterReader:
    """Reads the characters of the pages of one document."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self._fonts: dict[int, tuple[bool, bool, bool]] = {}
        self._is_nameless = False
        self.box = library.FS_RECTF()
        """The box of the character that was read last, in the coordinates of the file."""

        # Pointers as numbers, since two pointers of ctypes do not compare.
        number = ctypes.c_void_p
        whole = ctypes.c_int
        self._object_of = _as_type(library.FPDFText_GetTextObject, number, number, whole)
        self._font_of = _as_type(library.FPDFTextObj_GetFont, number, number)
        self._code_of = _as_type(library.FPDFText_GetUnicode, ctypes.c_uint, number, whole)
        self._origin_of = _as_type(
            library.FPDFText_GetCharOrigin, whole, number, whole, number, number
        )
        self._box_of = _as_type(library.FPDFText_GetLooseCharBox, whole, number, whole, number)

    def read(self, text_page: object, place: Place, width: float, height: float) -> Iterator[Glyph]:
        """Yield the characters that stand on the page, in the order of the file."""
        library = self._library
        code_of, object_of = self._code_of, self._object_of
        origin_of, box_of = self._origin_of, self._box_of
        is_generated = library.FPDFText_IsGenerated
        x, y, box = ctypes.c_double(), ctypes.c_double(), self.box
        x_address, y_address, box_address = map(ctypes.addressof, (x, y, box))
        address = ctypes.cast(text_page, ctypes.c_void_p).value  # type: ignore[arg-type]
        a, b, _, d, e, f = place
        is_upright = b == 0 and a > 0
        last_object, style = None, Style(0)
        spaced, high = 0, 0
        for index in range(min(library.FPDFText_CountChars(text_page), _MOST_CHARACTERS)):
            code = code_of(address, index) or 0
            if code in _SPACES:
                if code in _LINE_ENDS:
                    # The library guesses them at raised marks too.
                    continue
                spaced = 1 if spaced < 2 and is_generated(text_page, index) else 2
                continue
            if code >= 0xD800:
                if code < 0xDC00:
                    high = code
                    continue
                if code < 0xE000 and high:
                    code += 0x10000 + ((high - 0xD800) << 10) - 0xDC00
                    high = 0
            found = object_of(address, index)
            if found != last_object or found is None:
                last_object = found
                style = self._style(text_page, index, found, place)
            origin_of(address, index, x_address, y_address)
            box_of(address, index, box_address)
            left, right, base = box.left, box.right, y.value
            if is_upright and style.angle == 0:
                # The box of a slanted letter begins before its place on the line.
                x0, x1, line = max(left, x.value) + e, right + e, d * base + f
                shown = x0 >= -_EDGE and x1 <= width + _EDGE and -_EDGE <= line <= height + _EDGE
            else:
                x0, x1, line, shown = _turned(
                    (left, box.bottom, right, box.top),
                    (x.value, base),
                    place,
                    (width, height),
                    style.angle,
                )
            if shown and code not in _INVISIBLE:
                text = (
                    chr(code)
                    if 32 < code < 0x7F
                    else _shown_as(code, is_nameless=self._is_nameless)
                )
                yield Glyph(text, x0, x1, line, style, spaced)
            spaced = 0

    def _style(self, text_page: object, index: int, found: int | None, place: Place) -> Style:
        """Return the look of the text object that a character belongs to."""
        library = self._library
        matrix = library.FS_MATRIX()
        size = library.FPDFText_GetFontSize(text_page, index)
        scale, along_x, along_y = 1.0, 1.0, 0.0
        if library.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix)):
            scale = math.hypot(matrix.c, matrix.d) or 1.0
            along_x = place[0] * matrix.a + place[2] * matrix.b
            along_y = place[1] * matrix.a + place[3] * matrix.b
        font = self._font_of(found) if found else None
        bold, mono, self._is_nameless = False, False, False
        if font is not None:
            if font not in self._fonts:
                self._fonts[font] = self._look_up(text_page, index)
            bold, mono, self._is_nameless = self._fonts[font]
        shown = min(max(abs(size * scale), _SMALLEST), _LARGEST)
        return Style(shown, bold, mono, _quarter(along_x, along_y))

    def _look_up(self, text_page: object, index: int) -> tuple[bool, bool, bool]:
        """Return whether the font of a character is bold, of fixed width, and without a name."""
        library = self._library
        flags, buffer = ctypes.c_int(), ctypes.create_string_buffer(256)
        length = library.FPDFText_GetFontInfo(text_page, index, buffer, 256, ctypes.byref(flags))
        name = buffer.raw[: max(0, min(length, 256) - 1)].decode("utf-8", "replace")
        weight = library.FPDFText_GetFontWeight(text_page, index)
        bold = bool(
            _BOLD_NAME.search(name)
            or weight >= _BOLD_WEIGHT
            or (weight <= 0 and flags.value & _FORCE_BOLD)
        )
        mono = bool(_MONO_NAME.search(name) or flags.value & _FIXED_PITCH)
        return bold, mono, not name


class InkReader(CharacterReader):
    """Reads characters with what is seen of them, which may be far from where they stand."""

    def __init__(self, library: ModuleType) -> None:
        super().__init__(library)
        self.ink = (ctypes.c_double * 4)()
        """Left, right, bottom and top of what is seen of the character that was read last."""

        number, whole = ctypes.c_void_p, ctypes.c_int
        self._ink_of = _as_type(library.FPDFText_GetCharBox, whole, number, whole, *[number] * 4)
        first, step = ctypes.addressof(self.ink), ctypes.sizeof(ctypes.c_double)
        self._edges = tuple(range(first, first + 4 * step, step))
        self._loose_box_of, self._box_of = self._box_of, self._both_of

    def _both_of(self, address: int, index: int, box_address: int) -> int | None:
        self._ink_of(address, index, *self._edges)
        return self._loose_box_of(address, index, box_address)


def _as_type(function: object, *types: type) -> Callable[..., int | None]:
    """Return a function of the library that takes and returns other types than are declared."""
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]
    typed: Callable[..., int | None] = ctypes.CFUNCTYPE(*types)(address or 0)
    return typed


def _turned(
    box: tuple[float, float, float, float],
    origin: tuple[float, float],
    place: Place,
    size: tuple[float, float],
    angle: int,
) -> tuple[float, float, float, bool]:
    """Return the extent along the line, the baseline, and whether it stands on the page."""
    first, second = _apply(place, box[0], box[1]), _apply(place, box[2], box[3])
    left, right = sorted((first[0], second[0]))
    top, bottom = sorted((first[1], second[1]))
    base = _apply(place, *origin)
    shown = left >= -_EDGE and right <= size[0] + _EDGE
    shown = shown and top >= -_EDGE and bottom <= size[1] + _EDGE
    if angle == 1:
        return -bottom, -top, base[0], shown
    if angle == 2:
        return -right, -left, -base[1], shown
    if angle == 3:
        return top, bottom, -base[0], shown
    return left, right, base[1], shown


def _apply(place: Place, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = place
    return a * x + c * y + e, b * x + d * y + f


def _quarter(along_x: float, along_y: float) -> int:
    """Return the quarter turns of a direction (y downwards), or -1."""
    if abs(along_y) <= 0.1 * abs(along_x):
        return 0 if along_x >= 0 else 2
    if abs(along_x) <= 0.1 * abs(along_y):
        return 1 if along_y < 0 else 3
    return -1


def _shown_as(code: int, *, is_nameless: bool) -> str:
    """Return what a reader sees for a code; `is_nameless` says that its font has no name."""
    if code == _HYPHEN_CODE:
        return _LINE_END_HYPHEN
    if is_nameless and code in _TEX_CODES:
        return _TEX_CODES[code]
    if 0xE000 <= code < 0xF900:
        return _SYMBOL_BULLETS.get(code) or (chr(code - 0xF000) if 0xF021 <= code < 0xF07F else "�")
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "�"
    return chr(code)
