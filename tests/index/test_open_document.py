"""OpenDocument texts: as a reader sees them, in the order of reading, with their structure."""

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_odt import NAMESPACES, fodt, frame, h, items, odt, p, part, row, table
from told import DOCUMENTS, check_damaged, every_word, headed, left_out, structure, told

from index.reading.content import Content, UnreadableError
from index.reading.open_document import FORMAT

META = (
    "<dc:title>Fees</dc:title><meta:initial-creator>Ann Boyd</meta:initial-creator>"
    "<dc:creator>Tom</dc:creator><meta:creation-date>2021-05-12T08:00:00</meta:creation-date>"
    "<meta:keyword>boats</meta:keyword><meta:keyword>locks</meta:keyword>"
)


def read(body: str, pages: str = "") -> Content:
    return FORMAT.read(odt(body, pages=pages))


@pytest.mark.parametrize("make", [odt, fodt])
def test_headings_paragraphs_and_properties_are_read(make: Callable[..., bytes]) -> None:
    body = p("The harbour", "P1") + h("Fees") + p("A boat\n   pays five.") + h("Fines", 3)
    content = FORMAT.read(make(body, meta=META))
    assert told(content) == ["Fees", "A boat pays five.", "Fines"]
    assert headed(content) == [(1, "Fees"), (3, "Fines")]
    head = structure(content).head
    assert (head.title, head.byline, head.date) == ("The harbour", "Ann Boyd", "2021-05-12")
    assert head.fields == {"keywords": ("boats", "locks")}


def test_what_stands_in_a_paragraph_is_text_in_its_place() -> None:
    body = p(
        'One<text:s text:c="3"/>two<text:tab/>three<text:line-break/>four'
        '<text:a xlink:href="http://a.example">five</text:a><text:bookmark text:name="b"/>'
        '<text:span>six<text:span text:style-name="circle"> seven</text:span></text:span> m'
        '<text:span text:style-name="up">2</text:span><text:soft-page-break/>'
        "<text:ruby><text:ruby-base>字</text:ruby-base><text:ruby-text>ji</text:ruby-text>"
        "</text:ruby><text:page-number>3</text:page-number>"
    )
    assert told(read(body)) == ["One two three\nfourfivesix seven m²字(ji)3"]


def test_deleted_text_is_left_out_and_inserted_text_is_read() -> None:
    changes = (
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info>"
        f"<dc:creator>Tom</dc:creator></office:change-info>{p('four')}</text:deletion>"
        "</text:changed-region></text:tracked-changes>"
    )
    marks = '<text:change text:change-id="a"/><text:change-start text:change-id="b"/>five'
    assert told(read(changes + p(f"The fee is {marks}."))) == ["The fee is five."]


def test_hidden_text_is_in_no_passage() -> None:
    content = read(
        p('Shown<text:span text:style-name="gone"> not this</text:span>.')
        + p("Hidden.", "Gone")
        + p('Hidden too.<text:hidden-paragraph text:is-hidden="true"/>')
        + f'<text:section text:display="none">{p("In a section.")}</text:section>'
        + f"<text:section>{p('In another.')}</text:section>"
    )
    assert told(content) == ["Shown.", "In another."]
    assert left_out(content) == [
        ("hidden", "Hidden."),
        ("hidden", "Hidden too."),
        ("hidden", "In a section."),
    ]


def test_lists_are_counted_as_they_are_shown() -> None:
    deep = items(p("deep") + p("goes on"), p("deeper"))
    content = read(
        items(p("one") + deep, p("two"), items(p("again")), style="L1")
        + items(p("point"), style="L2")
        + items(p("three"), style="L1", attributes='text:continue-numbering="true"')
        + items(p("anew"), style="L1")
        + '<text:list text:style-name="L1"><text:list-header>'
        + f"{p('head')}</text:list-header><text:list-item text:start-value='7'>{p('seven')}"
        + f"</text:list-item><text:list-item><text:number>8-</text:number>{p('eight')}"
        + "</text:list-item></text:list>"
        + h("Part", 2)
        + h("Part", 2)
    )
    assert told(content) == [
        *("1. one", "1.a) deep", "goes on", "1.b) deeper", "2. two", "2.a) again", "• point"),
        *("3. three", "1. anew", "head", "7. seven", "8- eight", "I Part", "II Part"),
    ]


def test_notes_and_comments_come_after_their_paragraph() -> None:
    def note(kind: str, mark: str, text: str) -> str:
        return (
            f'<text:note text:note-class="{kind}"><text:note-citation>{mark}'
            f"</text:note-citation><text:note-body>{p(text)}</text:note-body></text:note>"
        )

    comment = (
        "<office:annotation><dc:creator>Ann Boyd</dc:creator><dc:date>2021-05-12</dc:date>"
        f"{p('Is it?')}{p('It is.')}</office:annotation>"
    )
    content = read(
        h("Fees" + note("footnote", "1", "By law."))
        + p(f"A fee{note('endnote', 'i', 'Some say.')} is {comment}due.")
        + p("Next.")
    )
    assert told(content) == [
        *("A fee[i] is due.", "¹ By law.", "[i] Some say."),
        *("Comment by Ann Boyd: Is it?", "It is.", "Next."),
    ]
    assert structure(content).head.title == "Fees¹"


def test_text_boxes_and_descriptions_are_read_after_the_paragraph() -> None:
    box = frame(f"<draw:text-box>{p('In a box.')}</draw:text-box>")
    photo = frame("<draw:image/><svg:title>A lock</svg:title><svg:desc>a.png</svg:desc>")
    shape = f"<draw:custom-shape>{p('In a shape.')}</draw:custom-shape>"
    content = read(p(f"Text {box}goes {photo}on.{shape}") + p("Next."))
    assert told(content) == ["Text goes on.", "In a box.", "A lock", "In a shape.", "Next."]
    assert left_out(content) == [("names of files", "a.png")]


def test_a_table_is_a_line_for_each_row() -> None:
    merged = (
        '<table:table-row><table:table-cell table:number-columns-repeated="2">'
        f"{p('both')}{p('of them')}</table:table-cell><table:covered-table-cell>{p('covered')}"
        "</table:covered-table-cell></table:table-row>"
    )
    content = read(table(row("Ann", "5"), merged, header=row("Name", "Fee")))
    assert content.text == "Name\tFee\nAnn\t5\nboth of them\tboth of them"
    assert structure(content).paragraphs[0].header == (0, 8)
    bold = row("x", "y").replace('style-name=""', 'style-name="Bold"')
    assert structure(read(table(bold, row("1", "2")))).paragraphs[0].header == (0, 3)
    assert structure(read(table(row("x", "y"), row("1", "2")))).paragraphs[0].header is None


def test_a_table_that_arranges_text_is_read_as_text() -> None:
    inner = table(row("a", "b"))
    cell = f"<table:table-cell>{p('One.')}{inner}</table:table-cell>"
    assert told(read(table(f"<table:table-row>{cell}</table:table-row>"))) == ["One.", "a\tb"]


def test_furniture_and_contents_are_in_no_passage() -> None:
    contents = (
        "<text:table-of-content><text:table-of-content-source><text:index-title-template>No"
        "</text:index-title-template></text:table-of-content-source><text:index-body>"
        f"{p('Fees 3')}</text:index-body></text:table-of-content>"
    )
    pages = (
        f"<style:header>{p('Annual report')}</style:header>"
        f"<style:footer>{p('Page 3')}</style:footer>"
        f'<style:footer-left style:display="false">{p("No")}</style:footer-left>'
    )
    content = read(contents + p("Text."), pages)
    assert told(content) == ["Text."]
    assert left_out(content) == [
        ("navigation", "Fees 3"),
        ("page furniture", "Annual report"),
        ("page furniture", "Page 3"),
    ]


def test_a_formula_stands_in_its_sentence_and_other_parts_are_named() -> None:
    formula = (
        f"<math:math {NAMESPACES}><math:semantics><math:mi>x</math:mi><math:annotation>x over y"
        "</math:annotation></math:semantics></math:math>"
    )
    first = frame('<draw:object xlink:href="./Object 1"/><draw:image/>')
    body = p(f"If {first} holds.") + frame('<draw:object xlink:href="./Object 2"/>')
    content = FORMAT.read(odt(body, members={"Object 1/content.xml": formula}))
    assert told(content) == ["If x over y holds."]
    assert content.notes == ("holds a part of another kind, which is not read",)


def test_a_picture_of_any_size_may_stand_in_a_flat_file() -> None:
    data = "A" * (11 << 20)
    body = p("Text.") + frame(
        f"<draw:image><office:binary-data>{data}</office:binary-data></draw:image>"
    )
    assert told(FORMAT.read(fodt(body))) == ["Text."]


MANIFEST = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry>'
    "<m:encryption-data/></m:file-entry></m:manifest>"
)
DEEP = "<text:section>" * 10_000 + "</text:section>" * 10_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (odt("", members={"META-INF/manifest.xml": MANIFEST}), "is encrypted"),
        (odt("")[:300], "is damaged|not a ZIP"),
        (b"", "is not a ZIP archive"),
        (odt("").replace(b"content.xml", b"content.xm_"), "holds no OpenDocument text"),
        (odt("", members={"content.xml": part("document-content", "")}), "no OpenDocument text"),
        (b"<html><body/></html>", "holds no OpenDocument text"),
        (b"<office:document", "its XML cannot be read"),
        (odt(DEEP), "its XML cannot be read"),
        (fodt(DEEP), "its XML cannot be read"),
        (fodt("").replace(b"?>", b"?><!DOCTYPE x [<!ENTITY a 'aa'>]>"), "declares entities"),
        (odt(" " * (40 << 20)), "times its size"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(data)


def test_a_cell_repeated_without_end_does_no_harm() -> None:
    cell = (
        f'<table:table-cell table:number-columns-repeated="999999999">{p("x")}</table:table-cell>'
    )
    content = read(table(f"<table:table-row>{cell}{cell}</table:table-row>", row("a", "b")))
    assert len(content.text) < 1000


words = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8)
line = words.map(" ".join)
block = st.one_of(
    line.map(p),
    line.map(lambda text: p(text.replace(" ", "<text:s/>"))),
    st.builds(h, line, st.sampled_from([1, 3, 10])),
    st.lists(line.map(p), min_size=1, max_size=4).map(lambda own: items(*own)),
    st.lists(line.map(p), min_size=1, max_size=3).map(lambda own: items(items(*own))),
    st.lists(st.tuples(line, line), min_size=1, max_size=4).map(
        lambda rows: table(*(row(*cells) for cells in rows))
    ),
    line.map(lambda text: f"<text:section>{p(text)}</text:section>"),
    line.map(lambda text: frame(f"<draw:text-box>{p(text)}</draw:text-box>")),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(block, max_size=8), st.sampled_from([odt, fodt]))
def test_every_word_is_found_once_and_in_order(
    blocks: list[str], make: Callable[..., bytes]
) -> None:
    body = p("Start here.") + "".join(blocks)
    expected = re.sub(r"<[^>]*>", " ", body).split()
    assert every_word(FORMAT.read(make(body))) == expected


SMALL = odt(p("Text") + h("Head") + items(p("one"), style="L1") + table(row("a", "b")), meta=META)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_gives_text_or_a_reason(changes: list[tuple[int, int]]) -> None:
    check_damaged(FORMAT, SMALL, changes)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the sample documents are not here")
def test_a_real_file_is_read_whole() -> None:
    content = FORMAT.read((DOCUMENTS / "writer.odt").read_bytes())
    assert told(content)[0].startswith("Lorem ipsum dolor sit amet, consetetur sadipscing elitr")
    assert len(every_word(content)) == 100
