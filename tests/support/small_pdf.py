"""Builds small PDFs for tests: text at places, in Helvetica, Helvetica-Bold or Courier."""

from collections.abc import Sequence

Placed = tuple[float, float, float, str]
"""x, y from the lower left corner, font size, and text: "*" before it is bold, "`" code."""


def small_pdf(
    pages: Sequence[Sequence[Placed]],
    *,
    page_entries: str = "",
    catalog: str = "",
    objects: Sequence[str] = (),
    trailer: str = "",
    drawn: str = "",
) -> bytes:
    """Return a PDF of A5 pages. Numbers of `objects` begin with 100, pages are 10, 12, 14 ..."""
    kids = " ".join(f"{10 + 2 * number} 0 R" for number in range(len(pages)))
    parts = [
        f"1 0 obj\n<</Type/Catalog/Pages 2 0 R {catalog}>>\nendobj",
        f"2 0 obj\n<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>\nendobj",
        *(
            f"{number} 0 obj\n<</Type/Font/Subtype/Type1/BaseFont/{name}"
            "/Encoding/WinAnsiEncoding>>\nendobj"
            for number, name in ((3, "Helvetica"), (4, "Helvetica-Bold"), (5, "Courier"))
        ),
    ]
    for number, page in enumerate(pages):
        stream = drawn + "\n" + "\n".join(map(_show, page))
        parts += [
            f"{10 + 2 * number} 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]"
            "/Resources<</Font<</F0 3 0 R/F1 4 0 R/F2 5 0 R>>>>"
            f"/Contents {11 + 2 * number} 0 R {page_entries}>>\nendobj",
            f"{11 + 2 * number} 0 obj\n<</Length {len(stream.encode('cp1252'))}>>\n"
            f"stream\n{stream}\nendstream\nendobj",
        ]
    parts += [f"{100 + number} 0 obj\n{own}\nendobj" for number, own in enumerate(objects)]
    body = "\n".join(["%PDF-1.7", *parts, f"trailer\n<</Root 1 0 R {trailer}>>\n%%EOF\n"])
    return body.encode("cp1252")


def _show(placed: Placed) -> str:
    x, y, size, text = placed
    font = {"*": "F1", "`": "F2"}.get(text[0], "F0")
    shown = text.removeprefix("*").removeprefix("`")
    shown = shown.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"BT /{font} {size} Tf {x} {y} Td ({shown}) Tj ET"


def paragraph(x: float, y: float, lines: Sequence[str], size: float = 10) -> list[Placed]:
    """Lines below one another, at the usual distance."""
    return [(x, y - 1.2 * size * number, size, line) for number, line in enumerate(lines)]
