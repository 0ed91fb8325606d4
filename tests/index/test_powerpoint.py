"""PowerPoint files: the slides in order, each cited by its number, read as a person sees them."""

import io
import re
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_deck import (
    SmallSlide,
    deck,
    graphic,
    group,
    p,
    page,
    part,
    picture,
    shape,
    table,
    title,
)
from told import DOCUMENTS, check_damaged, every_word, headed, left_out, structure, told

from index.reading.content import Content, UnreadableError
from index.reading.powerpoint import FORMAT
from index.types import Locator

BODY = 'idx="1"'
FURNITURE = ("page furniture", "Strictly confidential")


def read(*slides: SmallSlide | str, more: str = "") -> Content:
    return FORMAT.read(deck(slides, more=more))


def pages(content: Content) -> list[tuple[int, str]]:
    return [
        (own.page, content.text[own.start : own.end].strip()) for own in structure(content).anchors
    ]


def test_slides_come_in_the_order_of_the_show_under_their_titles() -> None:
    content = read(
        title("The harbour", "ctrTitle"),
        title("Fees") + shape(p("A boat pays five."), BODY),
        SmallSlide(title("Times") + shape(p("From nine."), BODY), attributes='show="0"'),
    )
    assert told(content) == ["Fees", "• A boat pays five.", "Times", "• From nine."]
    assert headed(content) == [(1, "Fees"), (1, "Times")]
    assert structure(content).head.title == "The harbour"
    assert pages(content)[:2] == [(1, "The harbour"), (2, "Fees\n\n• A boat pays five.")]


def test_a_passage_is_cited_by_its_slide() -> None:
    content = read(title("One", "ctrTitle"), title("Two") + shape(p("A boat pays five."), BODY))
    last = structure(content).paragraphs[-1]
    anchors = [own for own in structure(content).anchors if own.start < last.end]
    locator = Locator.of(anchors[-1:], 0)
    assert locator.after("harbour.pptx") == "harbour.pptx slide 2"
    assert locator.fragment == ""
    assert (locator.page, locator.label) == (2, "slide 2")


def test_the_title_of_the_first_slide_is_that_of_the_deck_unless_another_is_stated() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title>'
        "<dc:creator>Ann Boyd</dc:creator></cp:coreProperties>"
    )
    for stated, expected in (("PowerPoint Presentation", "Agenda"), ("Harbour", "Harbour")):
        content = FORMAT.read(deck([title("Agenda")], core=core.format(stated)))
        head = structure(content).head
        assert (head.title, head.byline) == (expected, "Ann Boyd")
        assert ("Agenda" in told(content)) is (expected == "Harbour")


def test_a_slide_without_a_title_does_not_stand_under_that_of_the_one_before() -> None:
    content = read(title("One", "ctrTitle"), title("Two"), shape(p("Alone.")), picture())
    assert told(content) == ["Two", "Slide 3", "Alone."]
    assert content.notes == ("1 of 4 slides has pictures and no text: it needs OCR first",)


def test_what_stands_on_every_slide_is_in_no_passage() -> None:
    content = read(
        title("One")
        + shape(p("Harbour board"), 'type="ftr" idx="11"')
        + shape("<a:p><a:fld type='slidenum'><a:t>1</a:t></a:fld></a:p>", 'type="sldNum" idx="12"')
        + shape(p("Not to be seen"), properties='hidden="1"')
        + shape(p("Text."))
    )
    assert told(content) == ["Text."]
    assert sorted(left_out(content)) == [
        ("hidden", "Not to be seen"),
        ("page furniture", "1"),
        ("page furniture", "Harbour board"),
        FURNITURE,
    ]


def test_shapes_are_read_by_rows_and_what_belongs_together_is_kept_together() -> None:
    content = read(
        shape(p("right"), box=(500, 190, 400, 100))
        + shape(p("foot"), box=(0, 800, 900, 50))
        + group(
            shape(p("inner low"), box=(0, 90, 9, 9)) + shape(p("inner high"), box=(0, 0, 9, 9)),
            (0, 400, 100, 300),
        )
        + shape(p("left"), box=(0, 200, 400, 100))
        + title("Title"),
        shape(p("Gains"), 'type="body" idx="3"', (0, 0, 400, 50))
        + shape(p("more boats"), 'idx="4"', (0, 100, 400, 400))
        + shape(p("Losses"), 'type="body" idx="5"', (500, 0, 400, 50))
        + shape(p("less quiet"), 'idx="6"', (500, 100, 400, 400)),
    )
    assert told(content) == [
        *("left", "right", "inner high", "inner low", "foot"),
        *("Slide 2", "• Gains", "• more boats", "• Losses", "• less quiet"),
    ]


def test_bullets_and_numbers_are_those_that_are_shown() -> None:
    numbered = '<a:pPr{}><a:buAutoNum type="{}"{}/></a:pPr><a:r><a:t>{}</a:t></a:r>'
    lines = [
        numbered.format("", "arabicPeriod", "", "one"),
        numbered.format(' lvl="1"', "alphaLcParenR", "", "deep"),
        numbered.format("", "arabicPeriod", "", "two"),
        numbered.format(' lvl="1"', "alphaLcParenR", "", "again"),
        '<a:pPr lvl="1"/><a:r><a:t>dash</a:t></a:r>',
        "<a:pPr><a:buNone/></a:pPr><a:r><a:t>none</a:t></a:r>",
        numbered.format("", "romanUcParenBoth", ' startAt="4"', "four"),
    ]
    body = "".join(f"<a:p>{line}</a:p>" for line in lines)
    assert told(read(title("T") + shape(body, BODY))) == [
        "1. one",
        "a) deep",
        "2. two",
        "a) again",
        "- dash",
        "none",
        "(IV) four",
    ]


def test_lines_signs_and_equations_are_text() -> None:
    inside = (
        "<a:p><a:r><a:t>x</a:t></a:r><a:r><a:rPr baseline='30000'/><a:t>2</a:t></a:r><a:br/>"
        "<a:fld type='datetime'><a:t>May 12</a:t></a:fld>"
        "<mc:AlternateContent><mc:Choice Requires='a14'><a14:m><m:oMath><m:f><m:num><m:r><m:t>a"
        "</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></a14:m>"
        "</mc:Choice><mc:Fallback><a:r><a:t>picture</a:t></a:r></mc:Fallback>"
        "</mc:AlternateContent></a:p>"
    )
    assert told(read(title("T") + shape(inside))) == ["x²\nMay 12a/b"]


def test_tables_diagrams_and_charts_are_read() -> None:
    point = '<dgm:pt modelId="{0}" type="{1}"><dgm:t>{2}</dgm:t></dgm:pt>'
    link = '<dgm:cxn modelId="9" srcId="{}" destId="{}" srcOrd="{}"/>'
    model = part(
        "dgm:dataModel",
        f"<dgm:ptLst>{point.format(0, 'doc', '')}{point.format(1, 'node', p('Sell'))}"
        f"{point.format(2, 'node', p('Plan'))}{point.format(3, 'pres', p('No'))}"
        f"{point.format(4, 'node', p('Draw'))}</dgm:ptLst><dgm:cxnLst>{link.format(0, 2, 0)}"
        f"{link.format(0, 1, 1)}{link.format(2, 4, 0)}{link.format(4, 2, 0)}</dgm:cxnLst>",
    )
    values = "<c:pt idx='0'><c:v>{}</c:v></c:pt><c:pt idx='1'><c:v>{}</c:v></c:pt>"
    chart = part(
        "c:chartSpace",
        f"<c:chart><c:title><c:tx><c:rich>{p('Boats')}</c:rich></c:tx></c:title><c:ser><c:tx>"
        "<c:strRef><c:strCache><c:pt idx='0'><c:v>Ferries</c:v></c:pt></c:strCache></c:strRef>"
        f"</c:tx><c:cat><c:numRef><c:numCache><c:formatCode>yyyy</c:formatCode>"
        f"{values.format(44197, 44562)}</c:numCache></c:numRef></c:cat><c:val><c:numRef>"
        f"<c:numCache>{values.format('4.2999999999999998', 5)}</c:numCache></c:numRef></c:val>"
        "</c:ser></c:chart>",
    )
    slide = SmallSlide(
        title("T")
        + table([["Day", "Hours"], ["Mon", "9"]])
        + graphic('<dgm:relIds r:dm="diagramData"/>')
        + graphic('<c:chart r:id="chart"/>')
        + picture("A lock in winter&#10;Description automatically generated")
        + picture("IMG_1.JPG"),
        {"diagramData": model, "chart": chart},
    )
    content = read(slide)
    assert told(content) == [
        "Day\tHours\nMon\t9",
        *("Plan", "Draw", "Sell"),
        "Boats",
        "\tFerries\n2021-01-01\t4.3\n2022-01-01\t5",
        "A lock in winter",
    ]
    assert structure(content).paragraphs[0].header is not None
    assert ("names of files", "IMG_1.JPG") in left_out(content)


def test_notes_and_comments_stand_with_their_slide() -> None:
    notes = page(
        "notes",
        shape("", 'type="sldImg"')
        + shape(p("Say it slowly.") + p("Wait."), 'type="body" idx="1"')
        + shape(p("7"), 'type="sldNum" idx="5"'),
    )
    old = part("p:cmLst", '<p:cm authorId="0"><p:text>Is it five?</p:text></p:cm>')
    new = part(
        "p188:cmLst",
        f'<p188:cm authorId="{{A}}"><p188:replyLst><p188:reply authorId="{{B}}"><p188:txBody>'
        f"{p('It is.')}</p188:txBody></p188:reply></p188:replyLst><p188:txBody>{p('Six?')}"
        "</p188:txBody></p188:cm>",
    )
    authors = part("p:cmAuthorLst", '<p:cmAuthor id="0" name="Ann Boyd"/>')
    named = part("p188:authorLst", '<p188:author id="{B}" name="Tom"/>')
    content = FORMAT.read(
        deck(
            [
                title("T", "ctrTitle"),
                SmallSlide(title("One"), {"notesSlide": notes, "comments": old}),
                SmallSlide(title("Two"), {"comments": new}),
            ],
            parts={"commentAuthors": authors, "authors": named},
        )
    )
    assert told(content) == [
        *("One", "Notes: Say it slowly.", "Wait.", "Comment by Ann Boyd: Is it five?"),
        *("Two", "Comment: Six?", "Comment by Tom: It is."),
    ]
    assert ("page furniture", "7") in left_out(content)


def test_sections_are_over_their_slides() -> None:
    sections = (
        '<p:extLst><p:ext><p14:sectionLst><p14:section name="Default Section"><p14:sldIdLst>'
        '<p14:sldId id="256"/></p14:sldIdLst></p14:section><p14:section name="Money"><p14:sldIdLst>'
        '<p14:sldId id="257"/></p14:sldIdLst></p14:section></p14:sectionLst></p:ext></p:extLst>'
    )
    content = read(title("T"), title("Fees"), title("Fines"), more=sections)
    assert headed(content) == [(1, "Money"), (2, "Fees"), (2, "Fines")]


def test_what_is_not_read_is_named() -> None:
    content = read(title("T") + graphic("<p:oleObj/>"))
    assert content.notes == ("holds a file of another kind, which is not read",)
    packed = io.BytesIO()
    whole = io.BytesIO(deck([title("T"), title("U")]))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            if name != "ppt/slides/slide1.xml":
                new.writestr(name, old.read(name))
    assert FORMAT.read(packed.getvalue()).notes == ("1 of 2 slides is missing or damaged",)


def archive(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, inside in members.items():
            file.writestr(f"ppt/{name}.xml", inside)
    return packed.getvalue()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + part("p:presentation", "&b;")
DEEP = part("p:presentation", "<p:grpSp>" * 10_000 + "</p:grpSp>" * 10_000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or an older PowerPoint"),
        (b"", "is not a ZIP archive"),
        (deck([title("T")])[:900], "is damaged|not a ZIP"),
        (archive(other="<a/>"), "holds no PowerPoint document"),
        (archive(presentation=part("p:other", "")), "holds no PowerPoint document"),
        (archive(presentation=BOMB), "declares a document type, which no PowerPoint file does"),
        (archive(presentation=DEEP), "its XML cannot be read"),
        (archive(presentation=part("p:presentation", " " * (40 << 20))), "times its size"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(data)


def test_groups_in_groups_are_read() -> None:
    inner = shape(p("Inside."))
    for _ in range(80):
        inner = group(inner)
    assert told(read(title("T") + inner)) == ["Inside."]


words = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8)
line = words.map(" ".join)
block = st.one_of(
    st.lists(line, min_size=1, max_size=4).map(lambda own: shape("".join(map(p, own)))),
    st.lists(st.lists(line, min_size=2, max_size=2), min_size=1, max_size=4).map(table),
    line.map(picture),
    st.lists(line, max_size=3).map(lambda own: group("".join(shape(p(text)) for text in own))),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(line, st.lists(block, max_size=4)), min_size=1, max_size=5))
def test_every_word_is_found_once_and_in_order(slides: list[tuple[str, list[str]]]) -> None:
    made = [f"{title(name)}{''.join(blocks)}" for name, blocks in slides]
    content = FORMAT.read(deck(["", *made]))
    source = " ".join(made)
    expected = "".join(f" {text} " for text in _texts(source)).split()
    assert every_word(content) == expected


def _texts(source: str) -> list[str]:
    """What stands in text elements and descriptions, in the order of the file."""
    return [a or b for a, b in re.findall(r'<a:t>(.*?)</a:t>|descr="(.*?)"', source)]


SMALL = deck([title("T"), title("U") + shape(p("Text."), BODY) + table([["a"], ["b"]])])


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_gives_text_or_a_reason(changes: list[tuple[int, int]]) -> None:
    check_damaged(FORMAT, SMALL, changes)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the sample documents are not here")
def test_a_real_file_is_read_whole() -> None:
    content = FORMAT.read((DOCUMENTS / "test.pptx").read_bytes())
    for paragraph in (
        "2cdda5c8-e50e-4db4-b5f0-9722a649f455",
        "The first page of the AutoGen ArXiv paper. 44bf7d06-5e7a-4a40-a2e1-a2e42ef28c8a",
        "\tSeries 1\n2000\t2000\n2001\t2001\n2002\t2002\n2003\t2003",
        "This phrase of the caption is Human-written.",
    ):
        assert any(paragraph in own for own in told(content)), paragraph
    assert structure(content).head.byline == "Adam Fourney"
