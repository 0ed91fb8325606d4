"""What a program shows of a file beside its text: pages, and where characters stand on them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height of a page in points, as it is shown: cropped, and turned."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PageBox:
    """A rectangle on a page, which counts from 1.

    Its edges are parts of width and height of the page as it is shown, 0 to 1 from its upper left
    corner.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """A question about the file with these bytes.

    If `width` is given, it is the picture of a page, so many pixels wide; if `end` is given, where
    the characters from `start` to `end` of its text stand; else the sizes of its pages.
    """

    sha256: str
    page: int = 0
    width: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """The answer to a ViewRequest. A picture comes beside it.

    `is_open` is false if the worker does not have the file, and needs its bytes. `text_sha256` is
    that of the text which offsets count in, in UTF-8.
    """

    is_open: bool = True
    pages: tuple[PageSize, ...] = ()
    boxes: tuple[PageBox, ...] = ()
    text_sha256: str = ""
