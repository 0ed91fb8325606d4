"""Where the characters of a PDF stand: the library itself finds the same letters there."""

import os
import random
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from seen_letters import SeenPages, plain
from small_pdf import Placed, paragraph, small_pdf

from index.reading.content import Content, UnreadableError
from index.reading.pdf import FORMAT
from index.reading.pdf.placed_text import NOWHERE, PlacedText, joined, places_of
from index.reading.pdf.places import Places
from index.reading.pdf.reading import read_pdf
from index.reading.views import PageBox

PAGES = Path(__file__).parent.parent / "pages"
DOCUMENTS = Path(
    os.environ.get("PASSAGE_SEARCH_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)
PROSE = [
    "The harbour was built in the year of the great storm and",
    "has been in use ever since, though its walls were re-",
    "paired twice. Ships of every size come here to load their",
    "grain and to wait for better weather in the spring¹.",
]
MORE = [
    "A second paragraph speaks of other things, among them the",
    "price of timber and the wages of those who carry it to the",
    "yards, which rose in each of the last five years.",
]
ROWS = [("Name", "Ships", "Grain"), ("Lübeck", "120", "4.5"), ("Wismar", "88", "3.1")]


def table(x: float, y: float) -> list[Placed]:
    """A table with wide white between its cells."""
    return [
        (x + 90 * column, y - 14 * row, 10, cell)
        for row, cells in enumerate([*ROWS, ("Rostock", "67", "2.0"), ("Kiel", "54", "1.8")])
        for column, cell in enumerate(cells)
    ]


def everything() -> list[list[Placed]]:
    """Pages with columns, hyphens, a table, a footnote, code and a running head on each."""
    page = [
        (50, 570, 8, "The harbours of the north"),
        (50, 540, 18, "*On harbours"),
        *paragraph(30, 500, PROSE, 6),
        *paragraph(230, 500, MORE, 6),
        *table(50, 440),
        *paragraph(50, 340, ["`for ship in harbour:", "`    ship.load(grain)"]),
        *paragraph(50, 280, [*PROSE, *MORE]),
        (50, 40, 7, "1 In the spring of the year that followed, as is said."),
        (200, 20, 8, "12"),
    ]
    return [page, page, page]


TURNED = "BT /F0 10 Tf 0 1 -1 0 400 100 Tm (A stamp that stands in the margin) Tj ET"
LIGATURE = b"/Encoding<</Type/Encoding/BaseEncoding/WinAnsiEncoding/Differences[128/fi]>>"
FIELD = [
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Ada Byron)/Rect[150 495 300 510]"
    "/AP<</N 101 0 R>>/F 4>>",
    "<</Type/XObject/Subtype/Form/BBox[0 0 150 15]/Resources<</Font<</F0 3 0 R>>>>/Length 42>>"
    "\nstream\nBT /F0 10 Tf 2 5 Td (Ada Byron) Tj ET      \nendstream",
]


def made(page_entries: str = "", media: bytes = b"[0 0 420 595]") -> bytes:
    data = small_pdf(everything(), page_entries=page_entries, drawn=TURNED)
    return data.replace(b"/MediaBox[0 0 420 595]", b"/MediaBox" + media)


def ligatures() -> bytes:
    lines = paragraph(50, 500, ["The of\u20acce is \u20acne, and \u20acfty men are in it.", *MORE])
    return small_pdf([lines]).replace(b"/Encoding/WinAnsiEncoding", LIGATURE)


MADE = {
    "plain": made(),
    "right": made("/Rotate 90"),
    "upside down": made("/Rotate 180"),
    "left": made("/Rotate 270"),
    "cropped": made("/CropBox[20 10 415 590]"),
    "cropped and turned": made("/CropBox[20 10 415 590]/Rotate 90"),
    "media box elsewhere": made("/Rotate 270", b"[-40 -30 430 600]"),
    "cropped beyond": made("/CropBox[10 10 900 900]"),
    "scaled": made("/UserUnit 2"),
    "ligatures": ligatures(),
    "filled in": small_pdf(
        [[(50, 500, 10, "Name of the owner:")]], page_entries="/Annots[100 0 R]", objects=FIELD
    ),
}


def placed(data: bytes) -> tuple[Content, Places]:
    places = Places()
    content = read_pdf(data, places)
    places.close(content.text)
    return content, places


def spans_of(content: Content, number: int = 60) -> Iterator[tuple[int, int]]:
    """The paragraphs of a text, and stretches of some words anywhere in it."""
    assert content.structure
    yield from ((own.start, own.end) for own in content.structure.paragraphs)
    chance = random.Random(content.text)
    ends = [0, *(n for n, char in enumerate(content.text) if char.isspace()), len(content.text)]
    for _ in range(number if content.text else 0):
        first = chance.randrange(len(ends) - 1)
        yield ends[first], ends[min(first + chance.randrange(1, 40), len(ends) - 1)]


def compared(data: bytes) -> tuple[int, Counter[str], Counter[str]]:
    """How many letters were looked for, which are missing in their boxes, and which are foreign."""
    content, places = placed(data)
    seen = SeenPages(data)
    count, missing, foreign = 0, Counter[str](), Counter[str]()
    for start, end in spans_of(content):
        wanted = Counter(plain(content.text[start:end]))
        found = seen.inside(places.boxes(start, end))
        count += wanted.total()
        missing += wanted - found
        foreign += found - wanted
    return count, missing, foreign


@pytest.mark.parametrize("name", MADE)
def test_the_boxes_of_a_passage_hold_its_letters_and_no_others(name: str) -> None:
    count, missing, foreign = compared(MADE[name])
    assert count > 20
    assert (missing, foreign) == (Counter(), Counter())


HARD = {
    # Formulas have limits and accents that stand in the boxes of others.
    "book-117-pages-german": (0.0003, 0.005),
    # All letters of a word have one place, since the file says what it means as a whole.
    "arabic": (0.0, 0.1),
}
"""The parts of the letters that are missing in their boxes, and that are foreign, at most."""


def known() -> list[Path]:
    return [*sorted(PAGES.glob("*.pdf")), *sorted(DOCUMENTS.glob("*.pdf"))]


@pytest.mark.slow
@pytest.mark.parametrize("path", known(), ids=lambda path: path.stem)
def test_the_boxes_of_real_files_hold_their_letters(path: Path) -> None:
    try:
        count, missing, foreign = compared(path.read_bytes())
    except UnreadableError:
        pytest.skip("is encrypted")
    most_missing, most_foreign = HARD.get(path.stem, (0.0, 0.0))
    assert missing.total() <= most_missing * count, missing
    assert foreign.total() <= most_foreign * count, foreign


@pytest.mark.parametrize("data", [*MADE.values(), (PAGES / "latex-two.pdf").read_bytes()])
def test_reading_with_places_reads_the_same_and_places_all_letters(data: bytes) -> None:
    content, places = placed(data)
    assert content == FORMAT.read(data)
    lost = [
        char
        for number, char in enumerate(content.text)
        if not char.isspace() and not places.boxes(number, number + 1)
    ]
    assert not lost


def only_box(places: Places, start: int, end: int) -> PageBox:
    [box] = places.boxes(start, end)
    return box


def test_a_line_is_one_box_and_a_hyphen_that_is_not_read_is_not_in_it() -> None:
    content, places = placed(small_pdf([paragraph(50, 500, PROSE)]))
    assert "were repaired twice" in content.text
    boxes = places.boxes(0, len(content.text))
    assert len(boxes) == 4
    assert all(above.bottom < below.bottom for above, below in pairwise(boxes))
    whole = only_box(places, 0, content.text.index("has") - 1)
    assert whole.left == pytest.approx(50 / 420, abs=1e-4)
    assert whole.top < 1 - 500 / 595 < whole.bottom
    word = content.text.index("repaired")
    first, second = places.boxes(word, word + len("repaired"))
    assert second.left == pytest.approx(50 / 420, abs=1e-4)
    hyphen = content.text[word : word + 2]
    assert hyphen == "re" and only_box(places, word, word + 2) == first


def test_a_hyphen_that_is_read_is_in_the_box() -> None:
    lines = ["The well-known ships and those that are not well-", "known were in the harbour."]
    content, places = placed(small_pdf([paragraph(50, 500, lines)]))
    at = content.text.index("well-known were") + len("well")
    assert only_box(places, at, at + 1).right == places.boxes(0, at + 1)[-1].right


def test_lines_of_two_pages_have_boxes_of_their_own() -> None:
    pages = [
        [
            (50, 300, 10, "The first page."),
        ],
        [(50, 300, 10, "And the second one.")],
    ]
    content, places = placed(small_pdf(pages))
    assert [box.page for box in places.boxes(0, len(content.text))] == [1, 2]


HIGH = (
    b"/BaseFont/Unheard/FirstChar 32/LastChar 126/Widths[" + b"556 " * 95 + b"]"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/Unheard/Flags 32"
    b"/FontBBox[-500 -3000 2000 4000]/Ascent 4000/Descent -3000>>"
)
"""A font that says that its letters are four times as high as they are."""


def lines_in_direction(a: int, b: int, x: int, y: int) -> str:
    """Three lines of a text that runs in a direction, 12 points apart, the first at a place."""
    return "\n".join(
        f"BT /F0 10 Tf {a} {b} {-b} {a} {x + 12 * b * n} {y - 12 * a * n} Tm ({line}) Tj ET"
        for n, line in enumerate(["One stamp stands here", "Quickly going on", "up to end"])
    )


@pytest.mark.parametrize(
    ("a", "b", "x", "y"), [(1, 0, 100, 400), (0, 1, 200, 200), (-1, 0, 300, 300), (0, -1, 200, 400)]
)
def test_a_font_does_not_say_how_high_a_line_is(a: int, b: int, x: int, y: int) -> None:
    data = small_pdf([[]], drawn=lines_in_direction(a, b, x, y))
    data = data.replace(b"/BaseFont/Helvetica/", HIGH + b"/")
    count, missing, foreign = compared(data)
    assert count > 20
    assert (missing, foreign) == (Counter(), Counter())


HANGING = (
    "<</Type/Font/Subtype/Type3/FontBBox[0 -3000 1000 1000]/FontMatrix[.001 0 0 .001 0 0]"
    "/FirstChar 120/LastChar 120/Widths[1000]/CharProcs<</x 101 0 R>>"
    "/Encoding<</Type/Encoding/Differences[120/x]>>/Resources<<>>>>",
    "<</Length 53>>\nstream\n1000 0 0 -3000 900 -1200 d1 0 -3000 900 1800 re f    \nendstream",
)


def test_a_sign_that_hangs_below_its_line_has_its_box_there() -> None:
    data = small_pdf(
        [[(50, 400, 10, "A sum")]],
        drawn="BT /F9 10 Tf 90 400 Td (x) Tj ET",
        objects=HANGING,
    ).replace(b"/Font<<", b"/Font<</F9 100 0 R")
    content, places = placed(data)
    at = content.text.index("x")
    assert SeenPages(data).inside(places.boxes(at, at + 1)) == Counter("x")


def test_cells_have_boxes_of_their_own() -> None:
    content, places = placed(small_pdf([table(50, 400)]))
    row = content.text.index("Lübeck")
    assert len(places.boxes(row, content.text.index("Wismar"))) == 3


def test_a_box_ends_at_the_edge_of_the_page() -> None:
    content, places = placed(small_pdf([[(-1, 590, 10, "Outermost words of a page")]]))
    box = only_box(places, 0, len(content.text))
    assert (box.left, box.top) == (0, 0)


def test_a_text_that_is_turned_about_keeps_its_places() -> None:
    text = PlacedText.of("co\u0301ﬁx", (1, 2, 3, 4, 5))
    assert places_of(text.normalized()) == (1, 2, 4, 4, 5)
    assert text.normalized() == unicodedata.normalize("NFKC", text)
    arabic = PlacedText.of("\ufefb\ufe8d", (1, 2))
    assert (arabic.normalized(), places_of(arabic.normalized())) == (
        "\u0644\u0627\u0627",
        (1, 1, 2),
    )


TEXT = PlacedText.of("ab-c ", (4, 5, 6, 7, 8))


@pytest.mark.parametrize(
    ("text", "wanted", "places"),
    [
        (TEXT[1], "b", (5,)),
        (TEXT[-1], " ", (8,)),
        (TEXT[1:-2], "b-", (5, 6)),
        (TEXT[:-1] + "x", "ab-cx", (4, 5, 6, 7, NOWHERE)),
        ("x" + TEXT[:1], "xa", (NOWHERE, 4)),
        (TEXT[:1] + TEXT[1:2], "ab", (4, 5)),
        (TEXT.replace("-", "~"), "ab~c ", (4, 5, 6, 7, 8)),
        (TEXT.translate({97: "A"}), "Ab-c ", (4, 5, 6, 7, 8)),
        (TEXT.rstrip(), "ab-c", (4, 5, 6, 7)),
        (joined(["", TEXT[:2], "y"], "\t"), "\tab\ty", (NOWHERE, 4, 5, NOWHERE, NOWHERE)),
        (TEXT.replace("b", "bb"), "abb-c ", (NOWHERE,) * 6),
        (TEXT.upper(), "AB-C ", (NOWHERE,) * 5),
    ],
)
def test_what_is_done_to_a_text_keeps_the_places(
    text: str, wanted: str, places: Sequence[int]
) -> None:
    assert (text, places_of(text)) == (wanted, places)


def test_plain_texts_stay_plain() -> None:
    assert type(joined(["a", "b"], " ")) is str
