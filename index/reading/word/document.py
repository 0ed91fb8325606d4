"""A Word file: its properties to the head, its parts to text."""

from __future__ import annotations

from index.reading.content import Content, UnreadableError
from index.reading.office import R, take_properties
from index.reading.text_writer import TextWriter
from index.reading.word.body import Body
from index.reading.word.package import W, open_package

_FURNITURE = ("headerReference", "footerReference")


def read_word(data: bytes) -> Content:
    """Read a file; raises UnreadableError if it is encrypted, damaged, or not of Word."""
    package = open_package(data)
    root = package.xml(package.main)
    content = None if root is None else root.find(W + "body")
    if root is None or content is None:
        raise UnreadableError("holds no Word document")
    writer = TextWriter()
    take_properties(writer.head, package)
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
