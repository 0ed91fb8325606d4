"""Small sound files of every kind, which the fuzzer alters. The same ones each time."""

import base64
import datetime
import io
import json as json_module
import zipfile
from collections.abc import Callable, Mapping

import small_deck
import small_odt
import small_rtf
from small_deck import SmallSlide
from small_sheet import Rows, Value, excel, ods

MOST_BYTES = 200_000
"""Larger files are not altered: most of what is hit would be pictures and fonts."""

PARAGRAPHS = (
    "The river rises in the night, and the lower lock is closed until the pumps have run.",
    "Nobody crosses after six. A notice is posted at both ends of the bridge (see page 3).",
    "Costs were 1,250 in the first year and 980 in the second; naïve façades – “quoted” – cost.",
)


def plain_text() -> list[bytes]:
    """A plain text with a head, headings, verse, a list and a table."""
    text = (
        "The lower lock\nby A. Luzin\n12 May 2021\n\n1. Water\n\n"
        + "\n\n".join(PARAGRAPHS)
        + "\n\n- one\n- two\n\nname      cost   year\n"
        "lock      1250   2020\nbridge     980   2021\n"
    )
    return [text.encode(), text.encode("utf-16"), text.replace("\n", "\r\n").encode("cp1252")]


def markdown() -> list[bytes]:
    """A Markdown text with front matter, nested blocks, a table and HTML."""
    return [
        (
            "---\ntitle: The lower lock\ntags: [water, night]\ndate: 2021-05-12\n---\n\n# Water\n\n"
            + "\n\n".join(PARAGRAPHS)
            + "\n\n> > - one\n> >   1. *two* **three** `four` [five](http://a.example 'x')\n\n"
            "| name | cost |\n|---|--:|\n| lock | 1250 |\n\n```python\nprint(1)\n```\n\n"
            "<div><b>six</b></div>\n\nSetext\n======\n\n![picture](a.png) <http://b.example>\n"
        ).encode()
    ]


def restructured_text() -> list[bytes]:
    """Text with the marks of reStructuredText and Org."""
    rst = (
        "=====\nWater\n=====\n\n:Author: A. Luzin\n\n.. note:: A note.\n\n"
        + "\n\n".join(PARAGRAPHS)
        + "\n\nPart\n----\n\n.. code-block:: python\n\n   print(1)\n\n+----+----+\n| a  | b  |\n"
        "+====+====+\n| 1  | 2  |\n+----+----+\n\n`link <http://a.example>`_ ``code`` |sub|\n"
    )
    org = (
        "#+TITLE: Water\n* TODO One :tag:\n** Two\n- item\n| a | b |\n|---+---|\n| 1 | 2 |\n"
        "#+BEGIN_SRC sh\nls\n#+END_SRC\n" + "\n\n".join(PARAGRAPHS)
    )
    return [rst.encode(), org.encode()]


HTML = (
    "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'><title>The lower lock</title>"
    "<meta name='author' content='A. Luzin'><meta name='date' content='2021-05-12'>"
    "<style>p {{ color: red }}</style><script>var a = '<p>no</p>';</script></head><body>"
    "<header><h1>Harbour news</h1></header><nav><ul><li><a href='/a'>Home</a></li>"
    "<li><a href='/b'>Boats</a></li></ul></nav><main><article><h2 id='w'>Water</h2>{}"
    "<table><caption>Costs</caption><thead><tr><th>name<th>cost</tr></thead>"
    "<tr><td rowspan=2>lock<td>1250</tr><tr><td colspan='2'>980</tr></table>"
    "<ol start=3 reversed><li>one<ol type=a><li>two</ol><li value=9>three</ol>"
    "<dl><dt>term<dd>meaning</dl><pre>  code\n    more</pre><blockquote><p>Said.</blockquote>"
    "<p hidden>no</p><p style='display:none'>no</p><ruby>字<rt>ji</rt></ruby>H<sub>2</sub>O&nbsp;"
    "&copy;&#x1F600;&#55296;<svg><text>s</text></svg><math><mi>x</mi></math><img alt='A lock'>"
    "<template>t</template><noscript>n</noscript><select><option>o</select><br>a<wbr>b&shy;c"
    "</article></main><aside>Also</aside><footer>© 2021</footer></body></html>"
)
XHTML = (
    '<?xml version="1.0" encoding="utf-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
    'xmlns:epub="http://www.idpf.org/2007/ops"><head><title>{title}</title></head><body>'
    '<section epub:type="chapter"><h1 id="a">{title}</h1>{body}<p>A note<a epub:type="noteref" '
    'href="#n">1</a>.</p><aside epub:type="footnote" id="n"><p>The note.</p></aside>'
    '<span epub:type="pagebreak" id="p3" title="3"/><![CDATA[x]]><!-- c --></section></body></html>'
)


def html() -> list[bytes]:
    """Two pages of HTML, and one of XHTML."""
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    page = HTML.format(body)
    old = f"<html><body><font size=5>Water</font><br><br>{'<br><br>'.join(PARAGRAPHS)}</html>"
    xhtml = XHTML.format(title="Water", body=body)
    return [page.encode(), old.encode("cp1252"), xhtml.encode(), page.encode("utf-16")]


def subtitles() -> list[bytes]:
    """Subtitles of both kinds."""
    times = [("00:00:01,000", "00:00:03,500"), ("00:00:04,000", "00:00:06,000")]
    cues = list(zip(times, PARAGRAPHS[:2], strict=True))
    srt = "\n\n".join(
        f"{number}\n{start} --> {end}\n<i>{text[:40]}</i>\n{text[40:]}"
        for number, ((start, end), text) in enumerate(cues, 1)
    )
    head = "WEBVTT - water\nKind: captions\n\nNOTE a note\n\nSTYLE\n::cue { color: red }\n\n"
    vtt = head + "".join(
        f"c{number}\n{start.replace(',', '.')} --> {end.replace(',', '.')} align:start line:10%\n"
        f"<v Ann>{text} &amp; <00:00:02.000>so</v>\n\n"
        for number, ((start, end), text) in enumerate(cues)
    )
    return [srt.encode(), srt.replace("\n", "\r\n").encode("utf-8-sig"), vtt.encode()]


def csv() -> list[bytes]:
    """Tables with a header, with cells of several lines, and with none of both."""
    text = 'Costs of 2021,,\r\n\r\nname,"cost, in all",remark\r\n' + "".join(
        f'lock {number},"{number},250","He said ""{text}"".\n\nSo it was."\r\n'
        for number, text in enumerate(PARAGRAPHS)
    )
    tabs = "id\tname\n1\tlock\n2\tbridge\n\n3\t\n"
    return [text.encode(), f"sep=;\n{tabs.replace(chr(9), ';')}".encode("utf-16"), tabs.encode()]


def json() -> list[bytes]:
    """Records with long texts, numbers and encoded data, and such records line by line."""
    records = [
        {"id": number, "text": f"{text}\n\n" * 5, "by": {"name": 'A. "B"', "tags": ["x", None]}}
        for number, text in enumerate(PARAGRAPHS)
    ]
    whole = {"title": "Water", "items": records, "at": [[1.5, -2e9]] * 90, "png": "iVBO" * 300}
    lines = "\n".join(json_module.dumps(record, ensure_ascii=False) for record in records)
    return [
        json_module.dumps(whole).encode(),
        json_module.dumps(whole, indent=2, ensure_ascii=False).encode(),
        lines.encode("utf-16"),
        f"{lines}\n{{damaged\n".encode(),
    ]


def notebook() -> list[bytes]:
    """A notebook with Markdown, code, outputs of every kind and pictures, and one in format 3."""
    plot = {"text/plain": "<Figure>", "image/png": "iVBORw0KGgo="}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["10%\r", "100%\n", "\x1b[1mdone"]},
        {"output_type": "display_data", "data": plot, "metadata": {}},
        {"output_type": "execute_result", "data": {"text/html": "<p>one</p>"}, "metadata": {}},
        {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": ["line 1"]},
    ]
    cells = [
        {"cell_type": "markdown", "source": markdown()[0].decode(), "metadata": {}},
        {"cell_type": "code", "source": ["a = 1\n", "b"], "outputs": outputs, "metadata": {}},
        {"cell_type": "raw", "source": PARAGRAPHS[0], "metadata": {}},
    ]
    old = [
        {"cell_type": "heading", "level": 1, "source": "Water"},
        {"cell_type": "code", "input": "a", "outputs": [{"output_type": "pyout", "text": "1"}]},
    ]
    return [
        json_module.dumps({"nbformat": 4, "metadata": {"title": "A"}, "cells": cells}).encode(),
        json_module.dumps({"nbformat": 3, "worksheets": [{"cells": old}]}, indent=1).encode(),
    ]


def packed(members: Mapping[str, bytes], stored: tuple[str, ...] = ()) -> bytes:
    """A ZIP archive, the same for the same members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            file.writestr(info, data)
    return buffer.getvalue()


def spreadsheet() -> list[bytes]:
    """Two sheets with a header, numbers, dates and a hidden one, and a table of OpenDocument."""
    day = datetime.date(2021, 5, 12)
    costs: list[list[Value]] = [[text, 1250.5, day, True] for text in PARAGRAPHS]
    rows: Rows = [["Costs of 2021"], [], ["name", "cost", "since", "open"], *costs]
    table = [["name", "cost"], *([text, "1250"] for text in PARAGRAPHS)]
    return [
        excel({"Water": rows, "B": [["one", None, 2.0]]}, hidden=["B"], merged="A1:B1"),
        ods({"Water": table, "B": [["one"]]}),
    ]


def epub() -> list[bytes]:
    """A book of two chapters with both kinds of contents."""
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    container = (
        '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
        "</container>"
    )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<dc:identifier id="id">x</dc:identifier><dc:title>Water</dc:title><dc:creator>A. Luzin'
        "</dc:creator><dc:date>2021-05-12</dc:date><dc:language>en</dc:language></metadata>"
        '<manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml" '
        'properties="nav"/><item id="t" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/><item id="b" '
        'href="two%20more.xhtml" media-type="application/xhtml+xml"/></manifest><spine toc="t">'
        '<itemref idref="a"/><itemref idref="b" linear="no"/></spine></package>'
    )
    nav = XHTML.format(
        title="Contents",
        body='<nav epub:type="toc"><ol><li><a href="one.xhtml#a">One</a><ol><li><a '
        'href="two%20more.xhtml">Two</a></li></ol></li></ol></nav>',
    )
    ncx = (
        '<?xml version="1.0"?><ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">'
        '<navMap><navPoint id="p" playOrder="1"><navLabel><text>One</text></navLabel>'
        '<content src="one.xhtml"/></navPoint></navMap></ncx>'
    )
    members = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": container.encode(),
        "OEBPS/book.opf": package.encode(),
        "OEBPS/nav.xhtml": nav.encode(),
        "OEBPS/toc.ncx": ncx.encode(),
        "OEBPS/one.xhtml": XHTML.format(title="One", body=body).encode(),
        "OEBPS/two more.xhtml": XHTML.format(title="Two", body=body).encode("utf-16"),
    }
    return [packed(members, stored=("mimetype",))]


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = ("styles", "numbering", "footnotes", "endnotes", "comments", "header", "footer", "settings")


def word() -> list[bytes]:
    """A Word document with styles, lists, tables, notes, comments, changes and text boxes."""
    wml = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{wml}.{part}+xml"/>' for part in PARTS
    )
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override '
        f'PartName="/word/document.xml" ContentType="{wml}.document.main+xml"/>{overrides}'
        '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-'
        'package.core-properties+xml"/></Types>'
    )
    package = "http://schemas.openxmlformats.org/package/2006"
    root = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{REL}/'
        f'officeDocument" Target="word/document.xml"/><Relationship Id="r2" Type="{package}/'
        'relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
    )
    links = "".join(
        f'<Relationship Id="r{number}" Type="{REL}/{part}" Target="{part}.xml"/>'
        for number, part in enumerate(PARTS)
    )
    links = (
        f'<Relationships xmlns="{package}/relationships">{links}<Relationship Id="r9" '
        f'Type="{REL}/hyperlink" Target="http://a.example" TargetMode="External"/></Relationships>'
    )
    core = (
        f'<cp:coreProperties xmlns:cp="{package}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dc:title>Water</dc:title><dc:creator>A. Luzin</dc:creator><dcterms:created>"
        "2021-05-12T00:00:00Z</dcterms:created></cp:coreProperties>"
    )
    parts = {f"word/{name}.xml": part.encode() for name, part in word_parts().items()}
    members = {
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": root.encode(),
        "docProps/core.xml": core.encode(),
        "word/_rels/document.xml.rels": links.encode(),
        **parts,
    }
    return [packed(members)]


def word_parts() -> dict[str, str]:
    """The parts of a Word document that hold its text and how it looks."""

    def part(name: str, inside: str) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            f'<w:{name} xmlns:w="{W}" xmlns:r="{REL}" xmlns:wp="http://schemas.openxmlformats.org/'
            'drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/'
            'drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:mc="http://schemas.'
            'openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/'
            'office/word/2010/wordprocessingShape" xmlns:m="http://schemas.openxmlformats.org/'
            f'officeDocument/2006/math">{inside}</w:{name}>'
        )

    def paragraph(text: str, properties: str = "") -> str:
        before = f"<w:pPr>{properties}</w:pPr>" if properties else ""
        return f'<w:p>{before}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'

    numbered = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'
    cell = "<w:tc><w:tcPr><w:gridSpan w:val='1'/>{}</w:tcPr>{}</w:tc>"
    merged = '<w:vMerge w:val="restart"/>'
    table = (
        '<w:tbl><w:tblPr><w:tblLook w:firstRow="1"/></w:tblPr><w:tblGrid><w:gridCol/></w:tblGrid>'
        f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{cell.format('', paragraph('name'))}"
        f"{cell.format('', paragraph('cost'))}</w:tr>"
        f"<w:tr>{cell.format(merged, paragraph('lock'))}"
        f"{cell.format('', paragraph('1250'))}</w:tr></w:tbl>"
    )
    box = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:inline><a:graphic>"
        f"<a:graphicData><wps:wsp><wps:txbx><w:txbxContent>{paragraph('In a box')}</w:txbxContent>"
        "</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox><w:txbxContent>{paragraph('In a box')}</w:txbxContent>"
        "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    marks = (
        '<w:p><w:ins w:id="1" w:author="B"><w:r><w:t>put in</w:t></w:r></w:ins><w:del w:id="2">'
        "<w:r><w:delText>taken out</w:delText></w:r></w:del><w:hyperlink r:id='r9'><w:r><w:t>link"
        "</w:t></w:r></w:hyperlink><w:r><w:footnoteReference w:id='2'/><w:endnoteReference "
        "w:id='2'/><w:commentReference w:id='0'/></w:r><w:r><w:fldChar w:fldCharType='begin'/>"
        "<w:instrText>PAGE</w:instrText><w:fldChar w:fldCharType='separate'/><w:t>3</w:t>"
        "<w:fldChar w:fldCharType='end'/><w:tab/><w:br w:type='page'/>"
        "<w:sym w:font='Symbol' w:char='F0B7'/>"
        "<w:noBreakHyphen/></w:r><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r>"
        "<m:t>b</m:t></m:r></m:den></m:f></m:oMath><w:sdt><w:sdtContent><w:r><w:t>field</w:t></w:r>"
        "</w:sdtContent></w:sdt></w:p>"
    )
    body = (
        paragraph("The lower lock", '<w:pStyle w:val="Title"/>')
        + paragraph("Water", '<w:pStyle w:val="Heading1"/>')
        + "".join(map(paragraph, PARAGRAPHS))
        + paragraph("one", numbered.format(0))
        + paragraph("two", numbered.format(1))
        + marks
        + table
        + box
        + '<w:sectPr><w:headerReference w:type="default" r:id="r5"/><w:footerReference '
        'w:type="default" r:id="r6"/><w:cols w:num="2"/></w:sectPr>'
    )
    level = (
        '<w:lvl w:ilvl="{}"><w:start w:val="1"/><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/>'
        "</w:lvl>"
    )
    style = (
        '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/><w:basedOn w:val="{2}"/>'
        '<w:pPr><w:outlineLvl w:val="{3}"/></w:pPr></w:style>'
    )
    note = f'<w:{{0}} w:id="2">{paragraph("A note.")}</w:{{0}}>'
    return {
        "document": part("document", f"<w:body>{body}</w:body>"),
        "styles": part(
            "styles",
            style.format("Normal", "Normal", "", 9)
            + style.format("Heading1", "heading 1", "Normal", 0)
            + style.format("Title", "Title", "Normal", 9),
        ),
        "numbering": part(
            "numbering",
            f'<w:abstractNum w:abstractNumId="0">{level.format(0, "decimal", "%1.")}'
            f'{level.format(1, "lowerRoman", "%1.%2)")}</w:abstractNum><w:num w:numId="1">'
            '<w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="3"/>'
            "</w:lvlOverride></w:num>",
        ),
        "footnotes": part("footnotes", note.format("footnote")),
        "endnotes": part("endnotes", note.format("endnote")),
        "comments": part(
            "comments", f'<w:comment w:id="0" w:author="B">{paragraph("Why?")}</w:comment>'
        ),
        "header": part("hdr", paragraph("Harbour news")),
        "footer": part("ftr", paragraph("Page 3")),
        "settings": part("settings", "<w:trackRevisions/>"),
    }


def powerpoint() -> list[bytes]:
    """A presentation with notes, a comment, a table, a group, a picture, a diagram and a chart."""
    own = small_deck
    point = '<dgm:pt modelId="{0}" type="{1}"><dgm:t>{2}</dgm:t></dgm:pt>'
    parts = {
        "notesSlide": own.page("notes", own.shape(own.p("Say it."), 'type="body" idx="1"')),
        "comments": own.part("p:cmLst", '<p:cm authorId="0"><p:text>Why?</p:text></p:cm>'),
        "diagramData": own.part(
            "dgm:dataModel",
            f"<dgm:ptLst>{point.format(0, 'doc', '')}{point.format(1, 'node', own.p('Plan'))}"
            '</dgm:ptLst><dgm:cxnLst><dgm:cxn srcId="0" destId="1" srcOrd="0"/></dgm:cxnLst>',
        ),
        "chart": own.part(
            "c:chartSpace",
            "<c:ser><c:tx><c:v>Boats</c:v></c:tx><c:val><c:numCache><c:formatCode>0</c:formatCode>"
            "<c:pt idx='0'><c:v>4.5</c:v></c:pt></c:numCache></c:val></c:ser>",
        ),
    }
    body = own.shape("".join(map(own.p, PARAGRAPHS)), 'idx="1"')
    shapes = (
        own.title("Water")
        + body
        + own.table([["name", "cost"], ["lock", "1250"]])
        + own.group(own.shape(own.p("in a group"), box=(1, 2, 3, 4)), (5, 6, 7, 8))
        + own.picture("A lock")
        + own.graphic('<dgm:relIds r:dm="diagramData"/>')
        + own.graphic('<c:chart r:id="chart"/>')
    )
    slides: list[SmallSlide | str] = [
        own.title("The lower lock", "ctrTitle"),
        SmallSlide(shapes, parts),
        body,
    ]
    authors = {"commentAuthors": own.part("p:cmAuthorLst", '<p:cmAuthor id="0" name="B"/>')}
    return [own.deck(slides, parts=authors)]


def open_document() -> list[bytes]:
    """An OpenDocument text, packed and flat: headings, lists, a table, notes, a box, a picture."""
    own = small_odt
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        f"{own.p('A note.')}</text:note-body></text:note>"
    )
    comment = f"<office:annotation><dc:creator>B</dc:creator>{own.p('Why?')}</office:annotation>"
    box = own.frame(f"<draw:text-box>{own.p('In a box')}</draw:text-box>")
    picture = own.frame("<draw:image/><svg:desc>A lock</svg:desc>")
    body = (
        own.p("The lower lock", "P1")
        + own.h("Water")
        + "".join(map(own.p, PARAGRAPHS))
        + own.items(own.p("one") + own.items(own.p("deep")), own.p("two"), style="L1")
        + own.p(f"A{note} text{comment}<text:tab/>with{box}<text:s text:c='2'/>these{picture}")
        + own.p("<text:span text:style-name='up'>2</text:span><text:line-break/>x", "Bold")
        + own.table(own.row("lock", "1250"), header=own.row("name", "cost"))
        + f"<text:section text:display='none'>{own.p('hidden')}</text:section>"
    )
    meta = "<dc:title>Water</dc:title><meta:initial-creator>A. Luzin</meta:initial-creator>"
    pages = f"<style:header>{own.p('Harbour news')}</style:header>"
    return [make(body, meta=meta, pages=pages) for make in (own.odt, own.fodt)]


def mail() -> list[bytes]:
    """Messages: one with a page, attachments and a message in it, and a plain one."""
    inner = (
        "Subject: =?utf-8?q?W=C3=A4rter?=\nFrom: B <b@a.example>\nContent-Type: text/plain; "
        "charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nNa=EFve =\ntext.\n"
    )
    parts = [
        "Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain; "
        f"charset=utf-8; format=flowed\n\n{PARAGRAPHS[0]} \n{PARAGRAPHS[1]}\n\n> Said.\n>> Before."
        f"\n\n--c\nContent-Type: text/html\n\n<p>{PARAGRAPHS[2]}</p>\n--c--\n",
        "Content-Type: text/markdown\nContent-Disposition: attachment; "
        "filename*=utf-8''fe%C3%A9s.md\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(markdown()[0]).decode()}",
        f"Content-Type: message/rfc822\n\n{inner}",
        "Content-Type: image/png; name=a.png\n\nabc",
    ]
    outer = (
        "Subject: The lower lock\nFrom: A. Luzin <a@a.example>\nTo: b@a.example, C <c@a.example>\n"
        "Date: Wed, 12 May 2021 08:00:00 +0200\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + "\n--b\n".join(parts) + "\n--b--\n"
    )
    return [outer.encode(), inner.encode(), outer.replace("\n", "\r\n").encode()]


def rich_text() -> list[bytes]:
    """A text in RTF: styles, code pages, a list, notes, a comment, a box, a table, a field."""
    own = small_rtf
    body = (
        "{\\header Harbour news\\par}"
        + own.p("The lower lock", "\\s3")
        + own.p("Water", "\\s1")
        + "".join(own.p(own.text(text)) for text in PARAGRAPHS)
        + own.p("{\\listtext\\f3\\'b7\\tab}one")
        + own.p("A{\\super\\chftn}{\\footnote{\\super\\chftn} note}")
        + own.p("B{\\*\\atnauthor B}{\\*\\annotation Why?}")
        + own.p("{\\f1\\'cf\\'f0}{\\f2\\'90\\'ec}{\\uc2\\u26085\\'93\\'fa}{\\v no}\\line{\\b bold}")
        + own.row("name", "cost", header=True)
        + own.row("lock", "1250")
        + own.p("{\\field{\\*\\fldinst PAGE}{\\fldrslt 3}}{\\shp{\\*\\shpinst{\\shptxt box\\par}}}")
        + "{\\pict\\pngblip 8950}"
    )
    info = "{\\title Water}{\\author A. Luzin}{\\creatim\\yr2021\\mo5\\dy12}"
    return [own.rtf(body, info=info)]


def pdf() -> list[bytes]:
    """PDF files of two pages: plain, compressed, and encrypted without a password to open."""
    return [one_pdf(compressed=0), one_pdf(compressed=1), one_pdf(compressed=1, encrypted=True)]


def one_pdf(*, compressed: int, encrypted: bool = False) -> bytes:
    """A PDF file with a title, an outline, two columns, a table, a link, a field, turned text."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    encryption = StandardEncryption("", "owner", strength=40) if encrypted else None
    canvas = Canvas(
        buffer, pageCompression=compressed, invariant=1, encrypt=encryption, pagesize=(400, 500)
    )
    canvas.setTitle("The lower lock")
    canvas.setAuthor("A. Luzin")
    for page in (1, 2):
        canvas.bookmarkPage(f"p{page}")
        canvas.addOutlineEntry(f"Part {page}", f"p{page}", level=0)
        canvas.setFont("Times-Bold", 16)
        canvas.drawString(40, 450, f"Part {page}")
        canvas.setFont("Times-Roman", 9)
        for column in (40, 220):
            text = canvas.beginText(column, 420)
            for paragraph in PARAGRAPHS:
                for start in range(0, len(paragraph), 32):
                    text.textLine(paragraph[start : start + 32])
                text.textLine("")
            canvas.drawText(text)
        for row in range(3):
            canvas.drawString(60, 120 - 12 * row, f"name {row}")
            canvas.drawRightString(200, 120 - 12 * row, f"{row * 1250}")
            canvas.rect(55, 117 - 12 * row, 150, 12)
        canvas.saveState()
        canvas.rotate(30)
        canvas.drawString(200, 10, "turned")
        canvas.restoreState()
        canvas.linkURL("http://a.example", (40, 40, 80, 60))
        canvas.acroForm.textfield(name=f"f{page}", x=240, y=80, width=80, height=20, value="filled")
        canvas.drawString(200, 20, str(page))
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


BY_SUFFIX: Mapping[str, Callable[[], list[bytes]]] = {
    ".txt": plain_text,
    ".text": plain_text,
    ".log": plain_text,
    ".md": markdown,
    ".markdown": markdown,
    ".mdx": markdown,
    ".rst": restructured_text,
    ".org": restructured_text,
    ".html": html,
    ".htm": html,
    ".xhtml": html,
    ".srt": subtitles,
    ".vtt": subtitles,
    ".xlsx": spreadsheet,
    ".ods": spreadsheet,
    ".ipynb": notebook,
    ".json": json,
    ".jsonl": json,
    ".ndjson": json,
    ".csv": csv,
    ".tsv": csv,
    ".epub": epub,
    ".docx": word,
    ".eml": mail,
    ".odt": open_document,
    ".pptx": powerpoint,
    ".rtf": rich_text,
    ".pdf": pdf,
}
