"""The parts of a Word file: XML, found by the relations between them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from lxml import etree

from index.reading.archive import Archive
from index.reading.content import UnreadableError

_OLD_FILE = b"\xd0\xcf\x11\xe0"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
# The strict variant of the format has other names for the same things.
_STRICT = {
    b"http://purl.oclc.org/ooxml/wordprocessingml/main": _MAIN.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument": _OFFICE.encode(),
    b"http://purl.oclc.org/ooxml/drawingml": b"http://schemas.openxmlformats.org/drawingml/2006",
}

W = f"{{{_MAIN}}}"
"""What the names of elements of a Word file begin with."""

M = f"{{{_OFFICE}/math}}"
"""What the names of elements of an equation begin with."""

R = f"{{{_OFFICE}/relationships}}"
"""What the names of attributes begin with that name a relation."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: `kind` is as "footnotes", `target` the name of the other part."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of one file; `main` is the name of the part that holds the text."""

    main: str
    _archive: Archive
    _members: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, data: bytes) -> Package:
        """Open a file; raises UnreadableError if it is not one of Word, or too large unpacked."""
        if data.startswith(_OLD_FILE):
            raise UnreadableError(
                "is encrypted, or an older Word file: save it as .docx without a password"
            )
        archive = Archive.of(data)
        # Names count as equal in upper and lower case.
        members = {name.lower(): name for name in archive.names}
        package = cls("", archive, members)
        kinds = {relation.kind: relation.target for relation in package.relations("").values()}
        main = kinds.get("officeDocument", "word/document.xml")
        if main.lower() not in members:
            raise UnreadableError("holds no Word document")
        return cls(main, archive, members)

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part; None if there is no such part."""
        member = self._members.get(name.lower())
        return None if member is None else _parse(self._archive.read(member))

    def relations(self, name: str) -> dict[str, Relation]:
        """Return what a part refers to by identifier; what lies outside the file is left out."""
        folder, own = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{own}.rels"))
        found: dict[str, Relation] = {}
        if root is None:
            return found
        for element in root.iter(f"{{{_RELATIONS}}}Relationship"):
            if element.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))
                kind = element.get("Type", "").rpartition("/")[2]
                found[element.get("Id", "")] = Relation(kind, target.lstrip("/"))
        return found

    def first(self, kind: str) -> etree._Element | None:
        """Return the root of the part of a kind that the main part, or the file, refers to."""
        for name in (self.main, ""):
            for relation in self.relations(name).values():
                if relation.kind == kind:
                    return self.xml(relation.target)
        return None


def _parse(data: bytes) -> etree._Element:
    """Parse a part: no entities, nothing from outside, no deeper than the parser's own limit."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
        if "http://purl.oclc.org/ooxml/wordprocessingml/main" in root.nsmap.values():
            for strict, usual in _STRICT.items():
                data = data.replace(strict, usual)
            root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("is damaged: its XML cannot be read") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableError("declares a document type, which no Word file does")
    return root


def setting(element: etree._Element | None, name: str) -> str | None:
    """Return the value of a property of Word below an element; None if it is not there."""
    found = None if element is None else element.find(W + name)
    return None if found is None else found.get(W + "val", "")


def is_on(element: etree._Element | None, name: str) -> bool | None:
    """Return whether a property that is on or off is on; None if it is not there."""
    value = setting(element, name)
    return None if value is None else value not in {"0", "false", "off", "none"}


def number(text: str | None, otherwise: int = 0) -> int:
    """Return the whole number that a text states, or `otherwise`."""
    try:
        return int(text or "")
    except ValueError:
        return otherwise
