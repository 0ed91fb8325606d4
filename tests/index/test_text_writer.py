"""The writer of extracted text: every word is in it once, and stands where it was written."""

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from index.document import Document
from index.reading import text_writer
from index.reading.content import UnreadableError
from index.reading.text_writer import TextWriter
from index.splitting.paragraphs import Kind
from index.splitting.passages import Article, split_passages
from index.splitting.structure import Structure
from index.types import HeadSpan


def structure_and_text(writer: TextWriter) -> tuple[Structure, str]:
    content = writer.content()
    assert content.structure is not None
    return content.structure, content.text


def split(writer: TextWriter) -> Article:
    structure, text = structure_and_text(writer)
    return split_passages(Document("a.pdf", text, ""), structure, FakeEncoder())


# A word, and whether a page, a line, a paragraph, an omission or nothing comes after it.
words = st.text(st.sampled_from("abé \n\t\x00\x0b\ud800-"), min_size=1, max_size=6)
steps = st.lists(
    st.tuples(words, st.sampled_from(["", "page", "line", "end", "heading", "omit"])), max_size=30
)


@settings(max_examples=300)
@given(steps)
def test_every_word_is_in_one_paragraph_head_or_omission(
    written: list[tuple[str, str]],
) -> None:
    writer = TextWriter()
    page, expected = 0, []
    for word, step in written:
        writer.write(word)
        expected.append((word, page))
        if step == "page":
            page += 1
            writer.at_page(page)
        elif step == "line":
            writer.break_line()
        elif step == "omit":
            writer.omit("markup")
        elif step:
            writer.end_paragraph(Kind.HEADING if step == "heading" else Kind.LINES, level=2)
    structure, text = structure_and_text(writer)
    spans = [
        *((paragraph.start, paragraph.end) for paragraph in structure.paragraphs),
        *((span.start, span.end) for span in structure.head.spans),
        *((omission.start, omission.end) for omission in structure.omissions),
    ]
    inside = "".join(text[start:end] for start, end in sorted(spans))
    assert "".join(inside.split()) == "".join(text.split())
    said = "".join(word for word, _ in expected).replace("\x00", "").replace("\ud800", "\ufffd")
    assert "".join(text.split()) == "".join(said.split())
    # Each character stands on the page that it was written for.
    on_page = [0] * len(text)
    for anchor in structure.anchors:
        for offset in range(anchor.start, min(anchor.end, len(text))):
            on_page[offset] = anchor.page
    found = [page for char, page in zip(text, on_page, strict=True) if not char.isspace()]
    assert found == [
        page for word, page in expected for char in word if not char.isspace() and char != "\x00"
    ]


def test_passages_carry_the_pages_that_they_stand_on() -> None:
    writer = TextWriter()
    writer.at_page(1)
    writer.write("A first paragraph stands here. It begins on one page and")
    writer.at_page(2, "ii")
    writer.write(" ends on another.")
    writer.end_paragraph()
    writer.write("The second paragraph is on that page alone. It is short.")
    writer.end_paragraph()
    first, second = split(writer).passages
    assert (first.locator.page, first.locator.page_end, str(first.locator)) == (1, 2, "p. 1-2")
    assert (second.locator.page, second.locator.page_end) == (2, 2)
    assert second.locator.after("a.pdf") == "a.pdf p. 2 (printed ii)"
    assert second.locator.fragment == "page=2"
    # The second sentence of the first ends on the second page; the first does not.
    pages = [first.locator_of(s.start, s.end).page_end for s in first.sentences]
    assert pages == [1, 2]


def test_no_page_ends_behind_the_text() -> None:
    writer = TextWriter()
    writer.at_page(1)
    writer.write("One.")
    writer.end_paragraph()
    writer.at_page(0)
    structure, text = structure_and_text(writer)
    assert [(own.page, own.start, own.end) for own in structure.anchors] == [(1, 0, len(text))]


def test_what_is_left_out_parts_a_heading_from_its_paragraph_without_being_in_it() -> None:
    writer = TextWriter()
    writer.write("Fees")
    writer.end_paragraph(Kind.HEADING, level=2)
    writer.write("Annual report 12")
    writer.omit("page furniture")
    writer.write("The fee is five francs a day. It is due at once.")
    writer.end_paragraph()
    writer.write("Another paragraph follows it. It says nothing.")
    writer.end_paragraph()
    article = split(writer)
    assert article.head.title == "Fees"
    writer = TextWriter()
    writer.write("The opening stands before it. It says nothing.")
    writer.end_paragraph()
    writer.write("Fees")
    writer.end_paragraph(Kind.HEADING, level=2)
    writer.write("Annual report 12")
    writer.omit("page furniture")
    writer.write("The fee is five francs a day. It is due at once.")
    article = split(writer)
    assert article.passages[1].reading == "Fees The fee is five francs a day. It is due at once."
    assert [omission.reason for omission in article.left_out] == ["page furniture"]


def test_a_heading_at_the_beginning_is_the_title_if_no_other_is_stated() -> None:
    for stated, spans in [
        ("", (HeadSpan("title", 0, 6),)),
        ("Relays", (HeadSpan("title", 0, 6),)),
        ("Other", ()),
    ]:
        writer = TextWriter()
        writer.head.title = stated
        writer.write("Relays")
        writer.end_paragraph(Kind.HEADING, level=1)
        writer.write("A paragraph stands here. It has two sentences.")
        head = split(writer).head
        assert (head.title, head.spans) == (stated or "Relays", spans)


def test_a_table_has_lines_and_a_header() -> None:
    writer = TextWriter()
    for row in (["Year", "Fee"], ["1934", "5"], ["1935", "6"]):
        writer.break_line()
        writer.write(row[0])
        writer.next_cell()
        writer.write(f"  {row[1]}")
    writer.end_paragraph(Kind.LINES, has_header=True)
    structure, text = structure_and_text(writer)
    [table] = structure.paragraphs
    assert table.header is not None
    assert text[slice(*table.header)] == "Year\tFee"
    assert [text[point:].split()[0] for point in table.breaks] == ["1934", "1935"]


def test_code_keeps_its_white_space() -> None:
    writer = TextWriter()
    writer.write_verbatim("def f():\r\n    return 1\r\n\r\n")
    writer.end_paragraph(Kind.LINES)
    structure, text = structure_and_text(writer)
    assert text == "def f():\n    return 1"
    assert structure.paragraphs[0].breaks == (9,)


def test_a_text_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_writer, "MOST_CHARACTERS", 10)
    writer = TextWriter()
    writer.write("ten chars.")
    with pytest.raises(UnreadableError, match="more than 10 characters"):
        writer.write("x")


def test_a_paragraph_may_state_a_field_of_the_head() -> None:
    writer = TextWriter()
    writer.head.title = writer.head.byline = "known"
    for name in ("title", "byline", "date"):
        writer.write(f"The {name}")
        writer.state(name, f"new {name}")
    writer.state("subtitle", "of nothing")
    structure, text = structure_and_text(writer)
    head = structure.head
    assert (head.title, head.byline, head.date) == ("new title", "known", "new date")
    stated = [(span.name, text[span.start : span.end]) for span in head.spans]
    assert stated == [("title", "The title"), ("byline", "The byline"), ("date", "The date")]
    assert (head.subtitle, structure.paragraphs) == ("", [])
