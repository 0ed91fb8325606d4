"""Word files: text as a reader sees it, in the order of reading, with its structure."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest
from docx.enum.text import WD_BREAK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from told import left_out, told

from index.reading.content import Content, UnreadableError
from index.reading.word import FORMAT
from index.splitting.paragraphs import Kind

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="{OFFICE}" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
DOCUMENTS = Path(
    os.environ.get("PASSAGE_SEARCH_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)


def word(body: str, parts: Mapping[str, str] | None = None, *, core: str = "") -> bytes:
    """A file of Word with this body; `parts` are further ones, by kind."""
    parts = parts or {}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        own = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{own}">'
            f'<Relationship Id="a" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
            f'<Relationship Id="b" Type="{own}/metadata/core-properties" Target="core.xml"/>'
            "</Relationships>",
        )
        related = "".join(
            f'<Relationship Id="{kind}" Type="{OFFICE}/{kind.rstrip("0123456789")}"'
            f' Target="{kind}.xml"/>'
            for kind in parts
        )
        archive.writestr(
            "word/_rels/document.xml.rels",
            f'<Relationships xmlns="{own}">{related}</Relationships>',
        )
        archive.writestr(
            "word/document.xml",
            f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        )
        for kind, inside in parts.items():
            archive.writestr(f"word/{kind}.xml", inside)
        if core:
            archive.writestr("core.xml", core)
    return packed.getvalue()


def p(inside: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inside}</w:p>"


def r(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def part(name: str, inside: str) -> str:
    return f"<w:{name} {NAMESPACES}>{inside}</w:{name}>"


def read(body: str, parts: Mapping[str, str] | None = None) -> Content:
    return FORMAT.read(word(body, parts))


def test_what_a_program_wrote_is_read() -> None:
    document = docx.Document()
    document.add_heading("The harbour", 0)
    document.add_heading("Fees", 1)
    paragraph = document.add_paragraph("A boat pays ")
    paragraph.add_run("five").bold = True
    paragraph.add_run(" a day.\tIt pays").add_break(WD_BREAK.LINE)
    paragraph.add_run("in advance.")
    document.add_heading("Times", 2)
    table = document.add_table(2, 2)
    for place, text in enumerate(["Day", "Hours", "Mon", "9"]):
        table.cell(place // 2, place % 2).text = text
    document.core_properties.author = "Ann Boyd"
    file = io.BytesIO()
    document.save(file)
    content = FORMAT.read(file.getvalue())
    assert content.structure is not None
    assert told(content) == [
        "Fees",
        "A boat pays five a day. It pays\nin advance.",
        "Times",
        "Day\tHours\nMon\t9",
    ]
    assert [own.level for own in content.structure.paragraphs] == [1, 0, 2, 0]
    head = content.structure.head
    assert (head.title, head.byline, head.date) == ("The harbour", "Ann Boyd", "2013-12-23")


def test_properties_that_a_program_made_up_are_no_head() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>Microsoft Word - minutes.docx</dc:title><dc:creator>python-docx</dc:creator>"
        "<cp:keywords>ferry</cp:keywords></cp:coreProperties>"
    )
    structure = FORMAT.read(word(p(r("Text.")), core=core)).structure
    assert structure is not None
    head = structure.head
    assert (head.title, head.byline, head.fields) == ("", "", {"keywords": ("ferry",)})


def test_tracked_changes_are_read_as_they_would_be_accepted() -> None:
    body = p(
        r("The fee is ")
        + f'<w:del w:id="1">{r("four").replace("w:t", "w:delText")}</w:del>'
        + '<w:del w:id="9"><w:r><w:noBreakHyphen/></w:r></w:del>'
        + f'<w:ins w:id="2">{r("five")}</w:ins>'
        + f'<w:moveFrom w:id="3">{r(" gone")}</w:moveFrom>'
        + f'<w:moveTo w:id="4">{r(" here")}</w:moveTo>'
    )
    removed_mark = '<w:rPr><w:del w:id="5"/></w:rPr>'
    assert told(read(body + p(r("One "), removed_mark) + p(r("paragraph.")))) == [
        "The fee is five here",
        "One paragraph.",
    ]


def test_what_holds_runs_is_looked_into() -> None:
    body = p(
        f'<w:hyperlink r:id="x">{r("A link")}</w:hyperlink>'
        f"<w:smartTag>{r(' in ')}</w:smartTag>"
        f"<w:sdt><w:sdtPr/><w:sdtContent>{r('a control')}</w:sdtContent></w:sdt>"
        f'<w:fldSimple w:instr="DATE">{r(" today")}</w:fldSimple>'
        f"<w:bdo><w:customXml>{r('.')}</w:customXml></w:bdo>"
    )
    block = f"<w:sdt><w:sdtContent>{p(r('In a block.'))}</w:sdtContent></w:sdt>"
    assert told(read(body + block)) == ["A link in a control today.", "In a block."]


def field(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def test_of_a_field_its_result_is_seen() -> None:
    inner = field("begin") + r("IF inner") + field("separate") + r("hidden") + field("end")
    outer = field("begin") + inner + field("separate") + r("shown") + field("end")
    never_ends = field("begin") + r("PAGE")
    assert told(read(p(r("It is ") + outer + r(".")) + p(never_ends) + p(r("Next.")))) == [
        "It is shown.",
        "Next.",
    ]


def test_signs_that_are_elements_are_text() -> None:
    body = p(
        "<w:r><w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t><w:softHyphen/><w:t>er</w:t><w:tab/>"
        '<w:sym w:font="Symbol" w:char="F061"/><w:cr/><w:t>x</w:t></w:r>'
        + r("2", '<w:vertAlign w:val="superscript"/>')
        + r("secret", "<w:vanish/>")
    )
    assert told(read(body)) == ["e-mailer α\nx²"]


STYLES = part(
    "styles",
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Kapitel"/>'
    '<w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Deep"><w:name w:val="Deep"/>'
    '<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Circle"><w:basedOn w:val="Circle"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="character" w:styleId="Gone"><w:name w:val="Gone"/>'
    "<w:rPr><w:vanish/></w:rPr></w:style>",
)


def styled(text: str, style: str, more: str = "") -> str:
    return p(r(text), f'<w:pStyle w:val="{style}"/>{more}')


def test_headings_are_known_by_their_styles_in_any_language() -> None:
    body = (
        p(r("Before."))
        + styled("Eins", "berschrift1")
        + styled("Zwei", "Own")
        + styled("Drei", "Deep")
        + styled("Vier", "Circle", '<w:outlineLvl w:val="4"/>')
        + styled("No heading here.", "berschrift1", '<w:outlineLvl w:val="9"/>')
        + styled("Round in circles.", "Circle")
        + p(r("Shown.") + r("Hidden.", '<w:rStyle w:val="Gone"/>'))
    )
    content = read(body, {"styles": STYLES})
    assert content.structure is not None
    assert [own.level for own in content.structure.paragraphs] == [0, 1, 1, 3, 5, 0, 0, 0]
    assert told(content)[-1] == "Shown."


def test_the_title_is_what_has_its_style() -> None:
    body = styled("The Title", "Titel") + styled("Eins", "berschrift1") + p(r("Text."))
    content = read(body, {"styles": STYLES})
    assert content.structure is not None
    assert content.structure.head.title == "The Title"
    assert told(content) == ["Eins", "Text."]


def test_a_line_all_bold_is_a_heading() -> None:
    content = read(p(r("Opening hours", "<w:b/>")) + p(r("Nine.", "<w:b/>")) + p(r("Text.")))
    assert content.structure is not None
    kinds = [own.kind for own in content.structure.paragraphs]
    assert content.structure.head.title == "Opening hours"
    assert kinds == [Kind.TEXT, Kind.TEXT]


def test_a_table_of_contents_is_navigation() -> None:
    contents = (
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/>'
        f"</w:docPartObj></w:sdtPr><w:sdtContent>{p(r('Fees 3'))}</w:sdtContent></w:sdt>"
    )
    body = styled("Eins 1", "Verzeichnis1") + contents + p(r("Text."))
    content = read(body, {"styles": STYLES})
    assert told(content) == ["Text."]
    assert left_out(content) == [("navigation", "Eins 1"), ("navigation", "Fees 3")]


LISTS = part(
    "numbering",
    '<w:abstractNum w:abstractNumId="0">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1."/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
    '<w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="&#xF0B7;"/><w:rPr><w:rFonts w:ascii="Symbol"/></w:rPr></w:lvl>'
    "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="7"/></w:lvlOverride></w:num>',
)


def item(text: str, list_id: int, depth: int = 0) -> str:
    return p(
        r(text),
        f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>',
    )


def test_lists_are_counted_as_word_counts() -> None:
    body = (
        item("one", 1)
        + item("deep", 1, 1)
        + item("deeper", 1, 1)
        + item("two", 1)
        + item("again", 1, 1)
        + item("point", 2)
        + item("seven", 3)
        + item("eight", 3)
        + item("none", 0)
    )
    assert told(read(body, {"numbering": LISTS})) == [
        "1. one",
        "1.a) deep",
        "1.b) deeper",
        "2. two",
        "2.a) again",
        "• point",
        "7. seven",
        "8. eight",
        "none",
    ]


def box(text: str) -> str:
    return (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
        f"<w:txbxContent>{p(r(text))}</w:txbxContent></wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox><w:txbxContent>{p(r(text))}</w:txbxContent></v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    body = p(r("The text ") + box("In a box.") + r("goes on.")) + p(r("Next."))
    assert told(read(body)) == ["The text goes on.", "In a box.", "Next."]


def test_of_two_variants_the_one_with_text_is_read() -> None:
    body = p(
        "<w:r><mc:AlternateContent><mc:Choice Requires='x'/><mc:Fallback><w:t>Seen.</w:t>"
        "</mc:Fallback></mc:AlternateContent></w:r>"
    )
    assert told(read(body)) == ["Seen."]


def notes(kind: str, texts: Mapping[int, str]) -> str:
    inside = "".join(
        f'<w:{kind} w:id="{number}">{p(r(text))}</w:{kind}>' for number, text in texts.items()
    )
    separator = f'<w:{kind} w:id="0" w:type="separator">{p(r("-"))}</w:{kind}>'
    return part(f"{kind}s", separator + inside)


def test_notes_come_after_the_paragraph_that_refers_to_them() -> None:
    body = (
        p(r("A fee") + '<w:r><w:footnoteReference w:id="5"/></w:r>' + r(" is due."))
        + p(r("It is high.") + '<w:r><w:endnoteReference w:id="2"/></w:r>')
        + p(r("It is late.") + '<w:r><w:footnoteReference w:id="5"/></w:r>')
    )
    parts = {
        "footnotes": notes("footnote", {5: "By law.", 6: "Not referred to."}),
        "endnotes": notes("endnote", {2: "Some say."}),
    }
    assert told(read(body, parts)) == [
        "A fee¹ is due.",
        "¹ By law.",
        "It is high.[i]",
        "[i] Some say.",
        "It is late.",
    ]


def test_a_note_to_a_heading_does_not_part_it_from_its_text() -> None:
    reference = '<w:r><w:footnoteReference w:id="5"/></w:r>'
    heading = p(r("Fees") + reference, '<w:outlineLvl w:val="1"/>')
    content = read(
        p(r("Before.")) + heading + p(r("Text.")) + p(r("More.")),
        {"footnotes": notes("footnote", {5: "By law."})},
    )
    assert told(content) == ["Before.", "Fees¹", "Text.", "¹ By law.", "More."]


def test_comments_come_after_their_paragraph_with_who_wrote_them() -> None:
    comments = part(
        "comments", f'<w:comment w:id="0" w:author="Ann Boyd">{p(r("Is it?"))}</w:comment>'
    )
    body = p(r("It is so.") + '<w:r><w:commentReference w:id="0"/></w:r>') + p(r("Next."))
    assert told(read(body, {"comments": comments})) == [
        "It is so.",
        "Comment by Ann Boyd: Is it?",
        "Next.",
    ]


def test_heads_and_feet_of_pages_are_in_no_passage() -> None:
    head = part("hdr", p(r("Annual report")))
    body = p(r("Text.")) + (
        '<w:sectPr><w:headerReference w:type="default" r:id="header1"/>'
        '<w:headerReference w:type="first" r:id="header1"/></w:sectPr>'
    )
    content = read(body, {"header1": head})
    assert told(content) == ["Text."]
    assert left_out(content) == [("page furniture", "Annual report")]


def cell(inside: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def test_a_table_is_a_line_for_each_row() -> None:
    body = (
        "<w:tbl>"
        + row(cell(p(r("Name"))), cell(p(r("Fee"))), properties="<w:tblHeader/>")
        + row(
            cell(p(r("Ann")) + p(r("Boyd")), '<w:vMerge w:val="restart"/>'),
            cell(p("<w:r><w:t>5</w:t><w:br/><w:t>pounds</w:t></w:r>")),
        )
        + row(cell(p(""), "<w:vMerge/>"), cell(p(r("6"))))
        + row(cell(p(r("gone"))), properties='<w:del w:id="1"/>')
        + "</w:tbl>"
    )
    content = read(body)
    assert content.structure is not None
    assert content.text == "Name\tFee\nAnn Boyd\t5 pounds\n\t6"
    assert [own.kind for own in content.structure.paragraphs] == [Kind.LINES]
    assert content.structure.paragraphs[0].header == (0, 8)


def test_a_table_that_arranges_text_is_read_as_text() -> None:
    inner = "<w:tbl>" + row(cell(p(r("a"))), cell(p(r("b")))) + "</w:tbl>"
    body = "<w:tbl>" + row(cell(p(r("One.")) + p(r("Two."))), cell(inner + p(""))) + "</w:tbl>"
    frame = "<w:tbl>" + row(cell(p(r("Boxed.")))) + "</w:tbl>"
    assert told(read(body + frame)) == ["One.", "Two.", "a\tb", "Boxed."]


def test_equations_are_on_one_line() -> None:
    def m(name: str, *parts: str) -> str:
        return f"<m:{name}>{''.join(parts)}</m:{name}>"

    def t(text: str) -> str:
        return m("r", m("t", text))

    fraction = m("f", m("num", t("a+b")), m("den", t("c")))
    power = m("sSup", m("e", t("x")), m("sup", t("2")))
    root = m("rad", m("deg"), m("e", t("y")))
    total = m(
        "nary",
        '<m:naryPr><m:chr m:val="∑"/></m:naryPr>',
        m("sub", t("i=1")),
        m("sup", t("n")),
        m("e", t("i")),
    )
    body = p(r("If ") + m("oMath", fraction, t("="), power, t("+"), root, t("+"), total) + r("."))
    assert told(read(body)) == ["If (a+b)/c=x²+√(y)+∑_(i=1)^n i."]


def test_an_empty_line_inside_a_paragraph_parts_it() -> None:
    lines = "<w:r><w:t>One.</w:t><w:br/><w:br/><w:t>Two.</w:t></w:r>"
    assert told(read(p(lines))) == ["One.", "Two."]


def test_a_drop_cap_belongs_to_its_word() -> None:
    body = p(r("T"), '<w:framePr w:dropCap="drop"/>') + p(r("he river."))
    assert told(read(body)) == ["The river."]


def test_the_strict_variant_is_read() -> None:
    data = word(p(r("Text.")))
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            inside = old.read(name).replace(
                W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
            )
            new.writestr(name, inside)
    assert told(FORMAT.read(packed.getvalue())) == ["Text."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted, or an older Word file"),
        (b"PK\x03\x04 but not a ZIP archive", "is damaged"),
        (word("<w:p>").replace(b"<w:p>", b"<w:q>"), "is damaged"),
        (b"", "is not a ZIP archive"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(data)


def packed_document(xml: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", xml)
    return packed.getvalue()


def test_no_entity_is_taken_from_a_file() -> None:
    xml = (
        '<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
        f"<w:document {NAMESPACES}><w:body>{p(r('&secret;'))}</w:body></w:document>"
    )
    with pytest.raises(UnreadableError, match="declares a document type"):
        FORMAT.read(packed_document(xml))


def test_tables_nested_without_end_do_no_harm() -> None:
    depth = 10_000
    body = "<w:tbl><w:tr><w:tc>" * depth + "</w:tc></w:tr></w:tbl>" * depth
    xml = f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
    with pytest.raises(UnreadableError, match="its XML cannot be read"):
        FORMAT.read(packed_document(xml))
    few = 80
    inner = p(r("Inside."))
    for _ in range(few):
        inner = f"<w:tbl><w:tr><w:tc>{inner}</w:tc></w:tr></w:tbl>"
    assert told(read(inner)) == ["Inside."]


def test_a_note_that_refers_to_itself_ends() -> None:
    reference = '<w:r><w:footnoteReference w:id="5"/></w:r>'
    inside = f'<w:footnote w:id="5">{p(r("Itself") + reference)}</w:footnote>'
    content = read(p(r("Text.") + reference), {"footnotes": part("footnotes", inside)})
    assert told(content) == ["Text.¹", "¹ Itself"]


SMALL = word(
    p(r("Some text")) + "<w:tbl>" + row(cell(p(r("a"))), cell(p(r("b")))) + "</w:tbl>",
    {"styles": STYLES, "numbering": LISTS},
)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_gives_text_or_a_reason(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for place, value in changes:
        data[place] = value
    try:
        content = FORMAT.read(bytes(data))
    except UnreadableError as error:
        assert str(error)
    else:
        assert content.structure is not None


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the sample documents are not here")
@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("equations.docx", ["The angle is θ=sin⁻¹ (2.2×10⁻⁴)=2.2×10⁻⁴rad."]),
        ("test.docx", ["AutoGen is an open-source framework that allows developers"]),
        ("test_with_comment.docx", ["Comment by Unknown Author: This is a test comment."]),
    ],
)
def test_real_files_are_read_whole(name: str, sentences: list[str]) -> None:
    paragraphs = told(FORMAT.read((DOCUMENTS / name).read_bytes()))
    for sentence in sentences:
        assert any(sentence in own for own in paragraphs), paragraphs
