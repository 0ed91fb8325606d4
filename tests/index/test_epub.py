"""EPUB: the chapters of a book in the order of its spine."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

import pytest
from told import told

from index.reading.content import UnreadableError
from index.reading.epub import FORMAT
from index.splitting.sections import under_headings

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
METADATA = (
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The &amp; Book</dc:title>'
    "<dc:title>Other</dc:title><dc:creator>A. Luzin</dc:creator><dc:creator>B. Ort</dc:creator>"
    "<dc:date>1999-05-01T00:00:00Z</dc:date><dc:language>en</dc:language>"
    "<dc:subject>Ships</dc:subject><dc:subject>Tea</dc:subject></metadata>"
)
FONT = "http://www.idpf.org/2008/embedding"


def page(body: str) -> str:
    return (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:epub="http://www.idpf.org/2007/ops"><head><title/></head>'
        f"<body>{body}</body></html>"
    )


def book(
    pages: Mapping[str, str], items: str = "", spine: str = "", more: Mapping[str, str] = {}
) -> bytes:
    """A book of pages by reference, in the order in which they are given."""
    manifest = items + "".join(
        f'<item id="i{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(pages)
    )
    refs = spine or "".join(f'<itemref idref="i{number}"/>' for number in range(len(pages)))
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf">{METADATA}<manifest>{manifest}</manifest>'
        f"<spine>{refs}</spine></package>"
    )
    files = {"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": package, **more}
    files |= {f"OEBPS/{name}": page(body) for name, body in pages.items() if body}
    return packed(files)


def packed(files: Mapping[str, str]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_chapters_come_in_the_order_of_the_spine_and_the_metadata_is_the_head() -> None:
    spine = '<itemref idref="i1"/><itemref idref="i0" linear="no"/><itemref idref="i1"/>'
    content = FORMAT.read(book({"a.xhtml": "<p>a</p>", "b.xhtml": "<h1>B</h1><p>b</p>"}, "", spine))
    assert told(content) == ["B", "b", "a"]
    assert content.notes == ()
    assert content.structure is not None
    head = content.structure.head
    assert (head.title, head.byline, head.date) == ("The & Book", "A. Luzin, B. Ort", "1999-05-01")
    assert head.fields == {"language": ("en",), "subject": ("Ships", "Tea")}


def test_a_chapter_without_a_heading_has_the_title_of_the_contents() -> None:
    ncx = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap><navPoint><navLabel><text>One'
        ' </text></navLabel><content src="a.xhtml#top"/></navPoint><navPoint><navLabel><text>Two'
        '</text></navLabel><content src="b.xhtml"/></navPoint></navMap></ncx>'
    )
    items = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    content = FORMAT.read(
        book(
            {"a.xhtml": "<p>a</p>", "b.xhtml": "<h2>Second</h2><p>b</p>", "c.xhtml": "<p>c</p>"},
            items,
            more={"OEBPS/toc.ncx": ncx},
        )
    )
    assert told(content) == ["One", "a", "Two", "Second", "b", "c"]
    assert content.structure is not None
    assert [p.level for p in content.structure.paragraphs] == [1, 0, 1, 2, 0, 0]


def test_the_page_of_contents_is_left_out_and_its_titles_are_used() -> None:
    nav = page(
        '<nav epub:type="toc"><ol><li><a href="text/a%20b.xhtml">One</a></li></ol></nav>'
        '<nav epub:type="landmarks"><a href="text/a%20b.xhtml">Start</a></nav>'
    )
    items = '<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    spine = '<itemref idref="n"/><itemref idref="i0"/>'
    data = book(
        {"text/a%20b.xhtml": ""},
        items,
        spine,
        {"OEBPS/nav.xhtml": nav, "OEBPS/text/a b.xhtml": page("<p>a</p>")},
    )
    content = FORMAT.read(data)
    assert told(content) == ["One", "a"]
    assert content.structure is not None
    omitted = [(o.reason, content.text[o.start : o.end]) for o in content.structure.omissions]
    assert omitted == [("navigation", "One\nStart")]


def test_missing_chapters_are_named() -> None:
    content = FORMAT.read(book({"a.xhtml": "<p>a</p>", "b.xhtml": "", "c.xhtml": "<p>c</p>"}))
    assert told(content) == ["a", "c"]
    assert content.notes == ("1 of 3 chapters is missing or damaged",)
    with pytest.raises(UnreadableError, match="none of its chapters"):
        FORMAT.read(book({"a.xhtml": ""}))


def test_a_damaged_chapter_does_not_spoil_the_book() -> None:
    text = "A sentence that is found again in the file. "
    data = book({"a.xhtml": "<p>a</p>", "b.xhtml": f"<p>{text}</p>", "c.xhtml": "<p>c</p>"})
    content = FORMAT.read(data.replace(b"found again", b"found agaim"))
    assert told(content) == ["a", "c"]
    assert content.notes == ("1 of 3 chapters is missing or damaged",)


def test_references_may_go_up_and_differ_in_case() -> None:
    content = FORMAT.read(
        book({"../Text/A.xhtml": ""}, more={"text/a.xhtml": page("<p>Found.</p>")})
    )
    assert told(content) == ["Found."]


def encryption(algorithm: str, name: str) -> dict[str, str]:
    return {
        "META-INF/encryption.xml": (
            '<encryption xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>'
            f'<e:EncryptionMethod Algorithm="{algorithm}"/><e:CipherData>'
            f'<e:CipherReference URI="{name}"/></e:CipherData></e:EncryptedData></encryption>'
        )
    }


def test_a_protected_book_is_named_but_fonts_may_be_scrambled() -> None:
    pages = {"a.xhtml": "<p>a</p>"}
    protected = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")
    with pytest.raises(UnreadableError, match=r"protected against copying \(DRM\)"):
        FORMAT.read(book(pages, more=protected))
    assert told(FORMAT.read(book(pages, more=encryption(FONT, "OEBPS/f.otf")))) == ["a"]
    fonts = encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/f.otf")
    assert told(FORMAT.read(book(pages, more=fonts))) == ["a"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ZIP"),
        (b"PK\x03\x04 nothing", "is damaged"),
        (packed({"a.txt": "x"}), "not an EPUB"),
        (packed({"META-INF/container.xml": "<container"}), "damaged"),
        (packed({"META-INF/container.xml": CONTAINER, "OEBPS/book.opf": "<a>"}), "damaged"),
        (book({}), "no chapters"),
    ],
)
def test_what_is_no_book_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(data)


def test_a_broken_chapter_is_read_as_html_and_furniture_of_sites_is_text() -> None:
    body = "<p>a<br>b & c</p><footer>End note.</footer><p hidden=''>secret</p><script>x</script>"
    data = book({"a.xhtml": ""}, more={"OEBPS/a.xhtml": f"<html><body>{body}"})
    assert told(FORMAT.read(data)) == ["a\nb & c", "End note."]


@pytest.mark.parametrize("cut", range(0, 1000, 97))
def test_a_damaged_book_is_read_or_named(cut: int) -> None:
    data = bytearray(book({"a.xhtml": "<p>a</p>", "b.xhtml": "<p>b</p>"}))
    data[cut : cut + 5] = b"\xff\x00<&\x7f"
    try:
        FORMAT.read(bytes(data))
    except UnreadableError as error:
        assert str(error)


def test_a_chapter_does_not_stand_under_the_preface_before_it() -> None:
    pages = {
        "a.xhtml": "<p>A preface without a heading.</p>",
        "b.xhtml": "<h2>Chapter 1</h2><p>The first chapter.</p>",
        "c.xhtml": "<h2>Chapter 2</h2><p>The second chapter.</p>",
    }
    titles = ["Preface", "Chapter 1", "Chapter 2"]
    points = "".join(
        f"<navPoint><navLabel><text>{title}</text></navLabel><content src='{name}'/></navPoint>"
        for title, name in zip(titles, pages, strict=True)
    )
    ncx = f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{points}</navMap></ncx>'
    items = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    content = FORMAT.read(book(pages, items, more={"OEBPS/toc.ncx": ncx}))
    structure = content.structure
    assert structure is not None
    found = under_headings(
        structure.paragraphs, lambda heading: content.text[heading.start : heading.end]
    )
    assert [path for _, path in found] == [(title,) for title in titles]


def test_a_chapter_that_begins_with_its_title_has_it_once() -> None:
    pages = {
        "a.xhtml": "<div><p class='chapter'>The Thaw</p><p>It thawed.</p></div>",
        "b.xhtml": "<p>It froze.</p>",
    }
    links = "".join(f"<li><a href='{name}'>{name[0]}</a></li>" for name in pages)
    links = links.replace(">a<", ">The thaw<").replace(">b<", ">The Frost<")
    nav = f"<nav type='toc'><ol>{links}</ol></nav>"
    items = '<item id="n" href="n.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    content = FORMAT.read(book(pages, items, more={"OEBPS/n.xhtml": nav}))
    assert content.structure is not None
    own = [content.text[part.start : part.end] for part in content.structure.paragraphs]
    assert own == ["The Thaw", "It thawed.", "The Frost", "It froze."]
    levels = [part.level for part in content.structure.paragraphs]
    assert levels == [1, 0, 1, 0]
