"""A Word file: its properties to the head, its parts to text."""

from __future__ import annotations

import re

from lxml import etree

from index.reading.content import Content, UnreadableError
from index.reading.text_writer import TextWriter
from index.reading.word.body import Body
from index.reading.word.package import Package, R, W

_DUBLIN = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_CORE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIELDS = {
    "subject": _DUBLIN + "subject",
    "keywords": _CORE + "keywords",
    "category": _CORE + "category",
}
# What programs write if nobody said anything.
_NO_TITLE = re.compile(
    r"(?:microsoft )?word(?:[ -]*document)?|(?:document|dokument|doc|untitled|title)[ -]?\d*"
    r"|(?:microsoft word\s*-\s*|powerpoint).*|.*\.(?:docx?|docm|dotx?|rtf|odt|pdf|txt|html?)"
    r"|\W*",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:python-docx|(?:microsoft )?office(?: user)?|(?:windows |default )?user|admin(?:istrator)?"
    r"|author|owner|unknown|apache poi|docx4j|un-named|\W*)",
    re.IGNORECASE,
)
_FURNITURE = ("headerReference", "footerReference")


def read_word(data: bytes) -> Content:
    """Read a file; raises UnreadableError if it is encrypted, damaged, or not of Word."""
    package = Package.of(data)
    root = package.xml(package.main)
    content = None if root is None else root.find(W + "body")
    if root is None or content is None:
        raise UnreadableError("holds no Word document")
    writer = TextWriter()
    _take_properties(writer, package)
    body = Body(package, writer)
    body.read(content)
    relations = package.relations(package.main)
    parts = {
        relations[element.get(R + "id", "")].target: None
        for kind in _FURNITURE
        for element in root.iter(W + kind)
        if element.get(R + "id", "") in relations
    }
    for part in parts:
        if (page_part := package.xml(part)) is not None:
            body.read_furniture(page_part)
    if next(root.iter(W + "altChunk"), None) is not None:
        writer.notes.append("a part of it is a file of another kind, which is not read")
    return writer.content()


def _take_properties(writer: TextWriter, package: Package) -> None:
    """Take the title, the author, the date and the keywords that the properties state."""
    root = package.first("core-properties")
    if root is None:
        return
    head = writer.head
    title, author = _value(root, _DUBLIN + "title"), _value(root, _DUBLIN + "creator")
    head.title = "" if _NO_TITLE.fullmatch(title) else title
    head.byline = "" if _NO_NAME.fullmatch(author) else author
    dates = (_value(root, _TERMS + name) for name in ("created", "modified"))
    head.date = next((match[0] for date in dates if (match := _DATE.match(date))), "")
    for name, tag in _FIELDS.items():
        if value := _value(root, tag):
            head.fields[name] = (value,)


def _value(root: etree._Element, tag: str) -> str:
    return " ".join((root.findtext(tag) or "").split())
