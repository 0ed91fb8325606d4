"""An OpenDocument: its parts, packed or flat; its properties to the head, its body to text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from index.reading.archive import Archive
from index.reading.content import Content, UnreadableError
from index.reading.office import parse_xml, stated_date, stated_name, stated_title
from index.reading.open_document.body import Body
from index.reading.open_document.names import DC, MANIFEST, META, OFFICE, STYLE
from index.reading.text_writer import TextWriter
from index.splitting.structure import FoundHead

_PACKED = b"PK\x03\x04"
_FURNITURE = frozenset(
    STYLE + name
    for place in ("header", "footer")
    for name in (place, f"{place}-left", f"{place}-first")
)
# Pictures of a flat file: no text, and longer than the parser takes.
_PICTURE = re.compile(rb"<office:binary-data>[^<]*</office:binary-data>")


def read_open_document(data: bytes) -> Content:
    """Read a file; raises UnreadableError if it is encrypted, damaged, or no OpenDocument text."""
    parts = _Parts.of(data)
    content = parts.content.find(f"{OFFICE}body/{OFFICE}text")
    if content is None:
        raise UnreadableError("holds no OpenDocument text")
    writer = TextWriter()
    if parts.meta is not None:
        _take_properties(writer.head, parts.meta)
    styles = [root for root in (parts.styles, parts.content) if root is not None]
    body = Body(writer, styles, parts.formula)
    body.read(content)
    pages = [page for root in styles for page in root.iter(STYLE + "master-page")]
    for page in pages:
        for part in page:
            if part.tag in _FURNITURE and part.get(STYLE + "display") != "false":
                body.read_furniture(part)
    if body.other_files:
        one = body.other_files == 1
        what = "a part of another kind" if one else f"{body.other_files} parts of other kinds"
        writer.notes.append(f"holds {what}, which {'is' if one else 'are'} not read")
    return writer.content()


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a file: those of a flat one have the same root."""

    content: etree._Element
    styles: etree._Element | None
    meta: etree._Element | None
    archive: Archive | None = None

    @classmethod
    def of(cls, data: bytes) -> _Parts:
        if not data.startswith(_PACKED) and data.lstrip(b"\xef\xbb\xbf\t\r\n ")[:1] == b"<":
            root = _parse(_PICTURE.sub(b"", data))
            return cls(root, None, root)
        archive = Archive.of(data)
        names = set(archive.names)
        if "META-INF/manifest.xml" in names:
            manifest = _parse(archive.read("META-INF/manifest.xml"))
            if next(manifest.iter(MANIFEST + "encryption-data"), None) is not None:
                raise UnreadableError("is encrypted: save it without a password")
        if "content.xml" not in names:
            raise UnreadableError("holds no OpenDocument text")
        styles, meta = (
            _parse(archive.read(name)) if name in names else None
            for name in ("styles.xml", "meta.xml")
        )
        return cls(_parse(archive.read("content.xml")), styles, meta, archive)

    def formula(self, reference: str) -> etree._Element | None:
        """Return the root of an object of the file, if it is there."""
        name = f"{reference.removeprefix('./').rstrip('/')}/content.xml"
        if self.archive is None or name not in self.archive.names:
            return None
        return _parse(self.archive.read(name))


def _parse(data: bytes) -> etree._Element:
    root = parse_xml(data)
    if root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in data:
        raise UnreadableError("declares entities, which no OpenDocument does")
    return root


def _take_properties(head: FoundHead, root: etree._Element) -> None:
    """Take the title, the author, the date and the keywords that the properties state."""
    meta = root if root.tag == OFFICE + "meta" else root.find(OFFICE + "meta")
    if meta is None:
        return

    def value(name: str) -> str:
        return " ".join((meta.findtext(name) or "").split())

    head.title = stated_title(value(DC + "title"))
    author = stated_name(value(META + "initial-creator"))
    head.byline = author or stated_name(value(DC + "creator"))
    head.date = stated_date(value(META + "creation-date"), value(DC + "date"))
    if subject := value(DC + "subject"):
        head.fields["subject"] = (subject,)
    keywords = (" ".join((own.text or "").split()) for own in meta.iter(META + "keyword"))
    if found := tuple(filter(None, keywords)):
        head.fields["keywords"] = found
