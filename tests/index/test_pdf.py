"""PDFs: characters to paragraphs in the order of reading, each with its page."""

import json
import os
import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import pytest
from small_pdf import Placed, paragraph, small_pdf

from index.reading.content import Content, UnreadableError
from index.reading.pdf import FORMAT
from index.reading.pdf.hyphens import Joiner
from index.splitting.paragraphs import Kind

PAGES = Path(__file__).parent.parent / "pages"
DOCUMENTS = Path(
    os.environ.get("PASSAGE_SEARCH_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)
PROSE = [
    "The harbour was built in the year of the great storm and",
    "has been in use ever since, though its walls were repaired",
    "twice. Ships of every size come here to load their grain",
    "and to wait for better weather in the spring.",
]
MORE = [
    "A second paragraph speaks of other things, among them the",
    "price of timber and the wages of those who carry it to the",
    "yards, which rose in each of the last five years.",
]


def read(pages: Sequence[Sequence[Placed]], **options: str) -> Content:
    return FORMAT.read(small_pdf(pages, **options))


def paragraphs(content: Content, kind: Kind | None = None) -> list[str]:
    assert content.structure
    return [
        content.text[p.start : p.end]
        for p in content.structure.paragraphs
        if kind is None or p.kind is kind
    ]


def omitted(content: Content) -> list[str]:
    assert content.structure
    return [content.text[o.start : o.end] for o in content.structure.omissions]


def page_at(content: Content, offset: int) -> int | None:
    assert content.structure
    anchors = content.structure.anchors
    return anchors[bisect_right([anchor.start for anchor in anchors], offset) - 1].page


def known_pages() -> list[Path]:
    return sorted(PAGES.glob("*.pdf"))


def test_known_texts_come_out_whole_and_on_their_pages() -> None:
    right = total = 0
    for path in known_pages():
        content = FORMAT.read(path.read_bytes())
        assert content.structure
        spans = [(p.start, p.end) for p in content.structure.paragraphs]
        spans += [(part.start, part.end) for part in content.structure.head.spans]
        found = {
            re.sub(r"(?<=[.\w])[¹²³⁰-⁹]+(?= |$)", "", content.text[start:end]): (
                page_at(content, start),
                page_at(content, end - 1),
            )
            for start, end in spans
        }
        for item in json.loads(path.with_suffix(".json").read_text(encoding="utf-8")):
            total += 1
            right += found.get(item["text"]) == (item["page"], item["page_end"])
    assert total > 300
    assert right >= 0.99 * total


def test_lines_of_a_paragraph_are_joined_and_a_gap_parts_two() -> None:
    content = read([[*paragraph(50, 500, PROSE), *paragraph(50, 500 - 48 - 8, MORE)]])
    assert paragraphs(content) == [" ".join(PROSE), " ".join(MORE)]


def test_a_short_last_line_and_an_indent_part_paragraphs() -> None:
    lines = [*PROSE, *MORE]
    page = [
        (62 if line == MORE[0] else 50, y, size, line)
        for _, y, size, line in paragraph(50, 500, lines)
    ]
    assert paragraphs(read([page])) == [" ".join(PROSE), " ".join(MORE)]


def test_two_columns_are_read_one_after_the_other() -> None:
    narrow = [f"left line {n} of a column of words" for n in "abcdefgh"]
    other = [f"right line {n} of a column of words" for n in "abcdefgh"]
    by_column = [*paragraph(40, 500, narrow), *paragraph(205, 500, other)]
    by_line = [
        placed for pair in zip(*[by_column[:8], by_column[8:]], strict=True) for placed in pair
    ]
    whole = " ".join([*narrow, *other])
    assert paragraphs(read([by_column])) == [whole]
    assert paragraphs(read([by_line])) == [whole]


def test_columns_end_at_the_next_heading_if_the_file_says_so() -> None:
    def columns(top: int, name: str) -> list[Placed]:
        lines = [f"{name} line {n} of a column of words" for n in "abcde"]
        return [*paragraph(40, top, lines), *paragraph(205, top, [f"And {s}" for s in lines])]

    content = read([[*columns(500, "upper"), (40, 420, 14, "Lower"), *columns(400, "lower")]])
    assert [text[:7] for text in paragraphs(content)] == ["upper l", "Lower", "lower l"]
    assert paragraphs(content)[0].count("And upper") == 5


def test_a_table_is_read_row_by_row() -> None:
    rows = [("*Name", "*Weight", "*Price"), ("Bolt", "12 g", "1.50"), ("Nut", "7 g", "0.80")]
    page = [
        (50 + 100 * column, 450 - 15 * number, 10, cell)
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    content = read([[*paragraph(50, 520, PROSE), *page]])
    assert paragraphs(content)[1] == "Name\tWeight\tPrice\nBolt\t12 g\t1.50\nNut\t7 g\t0.80"
    assert content.structure
    table = content.structure.paragraphs[1]
    assert table.kind is Kind.LINES
    assert table.header is not None


def test_a_wrapped_cell_stays_whole() -> None:
    page = [
        (50, 500, 10, "Bolt"), (150, 500, 10, "A bar with a thread for"), (320, 500, 10, "1.50"),
        (150, 488, 10, "joining two parts"),
        (50, 470, 10, "Nut"), (150, 470, 10, "Its counterpart"), (320, 470, 10, "0.80"),
    ]  # fmt: skip
    assert paragraphs(read([page])) == [
        "Bolt\tA bar with a thread for joining two parts\t1.50\nNut\tIts counterpart\t0.80"
    ]


def test_running_heads_and_page_numbers_are_in_no_paragraph() -> None:
    pages = [
        [(50, 570, 9, "The Harbour Report"), *paragraph(50, 500, PROSE), (200, 30, 9, str(number))]
        for number in (7, 8, 9)
    ]
    content = read(pages)
    assert paragraphs(content) == [" ".join(PROSE)] * 3
    assert sorted(set(omitted(content))) == ["7", "8", "9", "The Harbour Report"]


def test_a_line_that_two_pages_begin_with_is_not_furniture() -> None:
    pages = [[(50, 570, 10, "Minutes of the meeting"), *paragraph(50, 500, PROSE)]] * 2
    assert omitted(read(pages)) == []


def test_the_header_of_a_table_on_each_page_is_not_furniture() -> None:
    page = [
        (50 + 100 * column, 560 - 15 * number, 10, cell)
        for number, row in enumerate([("Name", "Price"), *[("Bolt", "1.50"), ("Nut", "0.80")] * 9])
        for column, cell in enumerate(row)
    ]
    content = read([page] * 3)
    assert omitted(content) == []
    assert [text.splitlines()[0] for text in paragraphs(content)] == ["Name\tPrice"] * 3


def test_a_paragraph_runs_on_over_a_page_break_past_a_footnote() -> None:
    first = [*paragraph(50, 300, PROSE[:3]), (50, 60, 7, "1 See the chart of the coast.")]
    content = read([first, paragraph(50, 500, PROSE[3:])])
    assert paragraphs(content) == [" ".join(PROSE), "1 See the chart of the coast."]
    assert page_at(content, 0) == 1
    assert page_at(content, content.text.index("and to wait")) == 2
    assert page_at(content, content.text.index("1 See")) == 1


def test_pages_that_end_high_do_not_run_on() -> None:
    sentences = ["This page stands alone.", "The owl sat near the mill.", "Nobody knows why."]
    content = read([[(50, 500, 10, text)] for text in sentences])
    assert paragraphs(content) == sentences


def test_a_running_head_may_change_in_part() -> None:
    pages = [
        [(50, 570, 10, "The Harbour Report"), (300, 570, 10, name), *paragraph(50, 500, PROSE)]
        for name in ("Grain", "Timber", "Wages", "Weather")
    ]
    content = read(pages)
    assert paragraphs(content) == [" ".join(PROSE)] * 4
    assert "The Harbour Report Timber" in omitted(content)


def test_a_line_that_is_too_long_does_not_widen_its_column() -> None:
    even = [f"The line {n} of a paragraph ends at the edge" for n in "abcdefghij"]
    even[4] = "The line e of a paragraph ends far beyond the edge"
    assert paragraphs(read([paragraph(50, 500, even)])) == [" ".join(even)]


def test_a_bold_line_close_above_figures_is_their_header() -> None:
    rows = [("*Year", "*Sales", "*Profit"), ("2019", "120", "12"), ("2020", "140", "15")]
    page = [
        (50 + 32 * column, 450 - 14 * number, 10, cell)
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    content = read([[*paragraph(50, 520, PROSE), *page]])
    assert paragraphs(content)[1] == "Year\tSales\tProfit\n2019\t120\t12\n2020\t140\t15"
    assert content.structure
    assert content.structure.paragraphs[1].header is not None


def test_the_lines_of_a_header_are_one_row() -> None:
    rows = [
        ("", "2024", "2023"), ("", "EUR", "EUR"), ("Revenue", "1,200", "1,100"),
        ("Cost", "(900)", "(850)"), ("Profit", "300", "250"), ("Tax", "(75)", "(60)"),
    ]  # fmt: skip
    page = [
        (50 + 100 * column, 450 - 14 * number, 10, cell)
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
        if cell
    ]
    table = paragraphs(read([page]))[0].splitlines()
    assert table[:2] == ["\t2024 EUR\t2023 EUR", "Revenue\t1,200\t1,100"]


def test_a_turned_table_keeps_its_rows() -> None:
    cells = [("Bolt", "12", "1.50"), ("Nut", "7", "0.80"), ("Nail", "3", "0.20"), ("Pin", "1", "9")]
    stream = " ".join(
        f"BT /F0 10 Tf 0 1 -1 0 {100 + 15 * row} {50 + 100 * column} Tm ({cell}) Tj ET"
        for row, own in enumerate(cells)
        for column, cell in enumerate(own)
    )
    content = read([[(50, 550, 10, "A heading of words.")]], drawn=stream)
    assert paragraphs(content)[1] == "\n".join("\t".join(row) for row in cells)


def test_headings_by_size_and_weight_have_levels() -> None:
    page = [
        (50, 560, 20, "The Harbour"),
        (50, 530, 14, "History"),
        *paragraph(50, 500, PROSE),
        (50, 440, 10, "*Repairs"),
        *paragraph(50, 420, MORE),
    ]
    content = read([page])
    assert content.structure
    assert content.structure.head.title == "The Harbour"
    found = [
        (p.level, content.text[p.start : p.end]) for p in content.structure.paragraphs if p.level
    ]
    assert [text for _, text in found] == ["History", "Repairs"]
    assert found[0][0] < found[1][0]


def test_a_paragraph_runs_on_past_a_table_and_its_caption() -> None:
    table = [
        (50, 520, 10, "Bolt"),
        (200, 520, 10, "1.50"),
        (50, 505, 10, "Nut"),
        (200, 505, 10, "0.80"),
    ]
    second = [(50, 540, 10, "Table 1: Prices"), *table, *paragraph(50, 460, PROSE[2:])]
    content = read([paragraph(50, 100, PROSE[:2]), second])
    assert paragraphs(content)[:2] == [" ".join(PROSE), "Table 1: Prices"]


def test_the_round_marks_of_items_may_be_drawn() -> None:
    dot = "40 502 m 40 504 44 504 44 502 c 44 500 40 500 40 502 c 41 502 l 41 501 l f"
    assert paragraphs(read([[(50, 499, 10, "apples and pears")]], drawn=dot)) == [
        "• apples and pears"
    ]


def test_code_keeps_its_lines_and_indents() -> None:
    code = [(50, 500, 10, "`def add(a, b):"), (74, 488, 10, "`return a + b")]
    assert paragraphs(read([code]), Kind.LINES) == ["def add(a, b):\n    return a + b"]


def test_items_are_paragraphs_of_their_own() -> None:
    page = [
        (50, 500, 10, "\x95 apples and pears"),
        (50, 488, 10, "\x95 plums"),
        (50, 476, 10, "\x95 nuts"),
    ]
    page = [(x, y, size, text.replace("\x95", "•")) for x, y, size, text in page]
    assert paragraphs(read([page])) == ["• apples and pears", "• plums", "• nuts"]


def test_a_raised_mark_does_not_break_its_line() -> None:
    page = [(50, 500, 10, "The wall"), (88, 504, 6, "1"), (95, 500, 10, "was repaired.")]
    assert paragraphs(read([page])) == ["The wall¹ was repaired."]


def test_what_stands_outside_the_crop_box_is_left_out() -> None:
    page = [(50, 500, 10, "Seen by all."), (50, 580, 10, "Cut away by the press.")]
    assert paragraphs(read([page], page_entries="/CropBox[0 0 420 560]")) == ["Seen by all."]


def test_a_turned_page_is_read_as_it_is_shown() -> None:
    stream = "BT /F0 10 Tf 0 1 -1 0 100 50 Tm (First line of a wide page) Tj ET "
    stream += "BT /F0 10 Tf 0 1 -1 0 150 50 Tm (Last line of a wide page) Tj ET"
    content = read([[]], page_entries="/Rotate 90", drawn=stream)
    assert content.text.split("\n\n") == ["First line of a wide page", "Last line of a wide page"]


def test_a_stamp_in_the_margin_stands_apart() -> None:
    stream = "BT /F0 10 Tf 0 1 -1 0 20 200 Tm (Draft of May) Tj ET"
    content = read([paragraph(50, 500, PROSE)], drawn=stream)
    assert paragraphs(content) == [" ".join(PROSE), "Draft of May"]


def test_what_is_filled_in_is_read_and_comments_are_counted() -> None:
    objects = [
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Ada Byron)/Rect[150 495 300 510]"
        "/AP<</N 101 0 R>>/F 4>>",
        "<</Type/XObject/Subtype/Form/BBox[0 0 150 15]/Resources<</Font<</F0 3 0 R>>>>/Length 42>>"
        "\nstream\nBT /F0 10 Tf 2 5 Td (Ada Byron) Tj ET      \nendstream",
        "<</Type/Annot/Subtype/Text/Contents(Is this right?)/Rect[10 10 20 20]>>",
    ]
    content = FORMAT.read(
        small_pdf(
            [[(50, 500, 10, "Name of the owner:")]],
            page_entries="/Annots[100 0 R 102 0 R]",
            objects=objects,
        )
    )
    assert content.text == "Name of the owner: Ada Byron"
    assert content.notes == ("1 comment is left out",)


def test_page_labels_are_kept() -> None:
    labels = "/PageLabels<</Nums[0<</S/r>> 1<</S/D/St 1>>]>>"
    content = read([paragraph(50, 500, PROSE), paragraph(50, 500, MORE)], catalog=labels)
    assert content.structure
    assert [(a.page, a.label) for a in content.structure.anchors] == [(1, "i"), (2, "1")]


def test_the_outline_gives_levels_and_may_run_in_a_circle() -> None:
    outline = [
        "<</Type/Outlines/First 101 0 R/Last 101 0 R>>",
        "<</Title(History)/Dest[10 0 R/Fit]/First 102 0 R/Last 102 0 R/Next 101 0 R>>",
        "<</Title(Repairs)/Parent 101 0 R/Dest[10 0 R/Fit]/First 101 0 R>>",
    ]
    page = [
        (50, 530, 10, "History"),
        *paragraph(50, 500, PROSE),
        (50, 440, 10, "Repairs"),
        *paragraph(50, 420, MORE),
    ]
    content = FORMAT.read(
        small_pdf([[(50, 500, 10, "Cover.")], page], catalog="/Outlines 100 0 R", objects=outline)
    )
    assert content.structure
    levels = {
        content.text[p.start : p.end]: p.level for p in content.structure.paragraphs if p.level
    }
    assert list(levels) == ["History", "Repairs"]
    assert levels["History"] < levels["Repairs"]


def test_the_metadata_fill_the_head_unless_they_are_junk() -> None:
    info = "<</Title(%s)/Author(%s)/CreationDate(D:20240229120000Z)>>"
    good = FORMAT.read(
        small_pdf(
            [paragraph(50, 500, PROSE)],
            objects=[info % ("A Harbour", "Ada Byron")],
            trailer="/Info 100 0 R",
        )
    )
    assert good.structure
    head = good.structure.head
    assert (head.title, head.byline, head.date) == ("A Harbour", "Ada Byron", "2024-02-29")
    junk = FORMAT.read(
        small_pdf(
            [paragraph(50, 500, PROSE)],
            objects=[info % ("Microsoft Word - a.doc", "unknown")],
            trailer="/Info 100 0 R",
        )
    )
    assert junk.structure
    assert (junk.structure.head.title, junk.structure.head.byline) == ("", "")


def test_pages_that_are_pictures_are_named() -> None:
    picture = "q 400 0 0 500 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"
    assert read([[], []], drawn=picture).notes == ("all 2 pages are pictures: they need OCR first",)
    assert read([[], []], drawn=picture).text == ""
    some = read([[], paragraph(50, 500, PROSE), []], drawn=picture)
    assert some.notes == ("2 of 3 pages are pictures: they need OCR first",)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"hello", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj"])
def test_what_is_not_a_pdf_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="is not a PDF that can be read"):
        FORMAT.read(data)


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("the harb\u00ad", "our is old", "the harbour is old"),
        ("the harb-", "our is old", "the harbour is old"),
        ("a well\u00ad", "known sign", "a well-known sign"),
        ("the Debian-", "Project", "the Debian-Project"),
        ("over- ", "and again", "over-  and again"),
        ("two-", "and threefold", "two- and threefold"),
        ("see https://example.org/a-", "b.html for", "see https://example.org/a-b.html for"),
        ("see https://example.org/", "b.html for", "see https://example.org/b.html for"),
        ("in /usr/share/", "doc", "in /usr/share/doc"),
        ("A full stop.", "Then more", "A full stop. Then more"),
        ("日本", "語", "日本語"),
    ],
)
def test_lines_are_joined_as_they_were_parted(before: str, after: str, joined: str) -> None:
    joiner = Joiner(["The harbour stands.", "It is well-known here."])
    assert joiner.join(before, after) == joined


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="no sample documents here")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("latex-two-columns.pdf", "adipiscing elit. Ut purus elit, vestibulum ut"),
        ("google-doc.pdf", "Population\t"),
        ("writer.pdf", "no sea takimata sanctus est Lorem ipsum dolor sit amet."),
        ("invoice-multipage.pdf", "Insured name\tGabriel Diaz"),
        ("borderless-table.pdf", "SKU-9201\tHardware\t$32.50\t$25,285.00\t2024-10-22\tVerified"),
        ("book-117-pages-german.pdf", "Das Skript ist kostenlos"),
    ],
)
def test_real_files_are_read(name: str, wanted: str) -> None:
    assert wanted in FORMAT.read((DOCUMENTS / name).read_bytes()).text


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="no sample documents here")
def test_a_file_with_a_password_is_named() -> None:
    with pytest.raises(UnreadableError, match="is encrypted: save a copy without the password"):
        FORMAT.read((DOCUMENTS / "password.pdf").read_bytes())
