"""The pages of a PDF as pictures, with the places that are lit on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from query.page.views.html import Html, tag

if TYPE_CHECKING:
    from index import PageBox, PageSize, Passage


def sheets(
    passage: Passage,
    pages: Sequence[PageSize],
    boxes: Iterable[PageBox],
    best: Iterable[PageBox],
    picture: dict[str, str | int],
) -> Html:
    """Return all pages of the file of a passage, which is lit on them, and its best sentence too.

    `picture` are the parameters that all pictures are asked for with.
    """
    lit = [*((box, "box") for box in boxes), *((box, "box best") for box in best)]

    def sheets_in_order() -> Iterator[Html]:
        for page, size in enumerate(pages, start=1):
            own = [box_of(box, name) for box, name in lit if box.page == page]
            source = {"doc_id": passage.doc_id, "page": page, **picture}
            yield tag(
                "figure",
                tag(
                    "img", src=f"/pdf/page?{urlencode(source)}", alt="", loading="lazy",
                    width=round(size.width), height=round(size.height),
                ),
                tag("svg", *own) if own else Html(),
                class_="sheet",
                tabindex="-1",
                aria_label=f"Page {page}{f', lit: {passage.text}' if own else ''}",
            )  # fmt: skip

    return tag("div", *sheets_in_order(), class_="sheets")


def changed_file() -> Html:
    """Return what stands over the text if the pages cannot be shown."""
    return tag("p", "The file is not as it was indexed: its text is shown.", class_="note")


def box_of(box: PageBox, name: str) -> Html:
    """Return a place on a page, by shares of the width and the height of the drawing."""
    places = (box.left, box.top, box.right - box.left, box.bottom - box.top)
    x, y, width, height = (f"{100 * place:.3f}%" for place in places)
    return tag("rect", x=x, y=y, width=width, height=height, class_=name)
