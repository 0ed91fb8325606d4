"""Pages as pictures, the size of those that cannot be read included."""

from __future__ import annotations

import ctypes
import io
from types import ModuleType

from index.reading.content import UnreadableError
from index.reading.pdf.document import MOST_PAGES, load_page
from index.reading.views import PageSize

_MOST_PIXELS = 16_000_000
_MOST_HIGH = 16_000
"""The most pixels of a picture, and the most that it is high: pages may be long strips."""

_WHITE = 0xFFFFFFFF
_COMPRESSION = 2
"""As fast as it can be seen to be: higher levels take twice the time for a tenth of the bytes."""

_LETTER = PageSize(612.0, 792.0)
"""The size of a page that is too broken to have one, as programs that show PDFs have it."""

_LARGEST = 1e6


def sizes_of(library: ModuleType, document: object) -> tuple[PageSize, ...]:
    """Return the sizes of all pages as they are shown, of as many as are ever read."""
    size = library.FS_SIZEF()
    sizes: list[PageSize] = []
    for index in range(min(library.FPDF_GetPageCount(document), MOST_PAGES)):
        is_known = library.FPDF_GetPageSizeByIndexF(document, index, ctypes.byref(size))
        fits = 0 < size.width <= _LARGEST and 0 < size.height <= _LARGEST
        sizes.append(PageSize(size.width, size.height) if is_known and fits else _LETTER)
    return tuple(sizes)


def png_of(library: ModuleType, document: object, number: int, width: int) -> bytes:
    """Return the page `number`, from 1, as a PNG so many pixels wide.

    It is less wide if it would have too many pixels. Annotations and what forms hold are drawn. No
    script is run: the library is built without an interpreter, and no form is ever opened.

    Raises UnreadableError if there is no such page, or it is broken.
    """
    if not 1 <= number <= library.FPDF_GetPageCount(document):
        raise UnreadableError(f"has no page {number}")
    page, _ = load_page(library, document, number - 1)
    if not page:
        raise UnreadableError(f"is broken on page {number}")
    try:
        size = PageSize(library.FPDF_GetPageWidthF(page), library.FPDF_GetPageHeightF(page))
        return _drawn(library, page, *_pixels(size, width))
    finally:
        library.FPDF_ClosePage(page)


def _pixels(size: PageSize, width: int) -> tuple[int, int]:
    """Return width and height of the picture of a page."""
    if not (0 < size.width <= _LARGEST and 0 < size.height <= _LARGEST):
        size = _LETTER
    ratio = size.height / size.width
    fitting = min(width, (_MOST_PIXELS / ratio) ** 0.5, _MOST_HIGH / ratio)
    return max(1, int(fitting)), max(1, min(_MOST_HIGH, round(fitting * ratio)))


def _drawn(library: ModuleType, page: object, width: int, height: int) -> bytes:
    """Draw a page, and return it as a PNG. Raises MemoryError if there is too little of it."""
    from PIL import Image

    pixels = bytearray(3 * width * height)
    buffer = (ctypes.c_ubyte * len(pixels)).from_buffer(pixels)
    bitmap = library.FPDFBitmap_CreateEx(width, height, library.FPDFBitmap_BGR, buffer, 3 * width)
    if not bitmap:
        raise MemoryError
    try:
        library.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, _WHITE)
        flags = library.FPDF_ANNOT | library.FPDF_REVERSE_BYTE_ORDER
        library.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    finally:
        library.FPDFBitmap_Destroy(bitmap)
    picture = Image.frombuffer("RGB", (width, height), pixels, "raw", "RGB", 0, 1)
    png = io.BytesIO()
    picture.save(png, "PNG", compress_level=_COMPRESSION)
    return png.getvalue()
