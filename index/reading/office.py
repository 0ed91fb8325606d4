"""The parts of a file in Office Open XML, found by the relations between them; its properties."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from lxml import etree

from index.reading.archive import Archive
from index.reading.content import UnreadableError
from index.splitting.structure import FoundHead

_OLD_FILE = b"\xd0\xcf\x11\xe0"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
# The strict variant of the format has other names for the same things.
_STRICT_NAMES = "http://purl.oclc.org/ooxml/"
_STRICT = tuple(
    (f"{_STRICT_NAMES}{name}".encode(), usual.encode())
    for name, usual in (
        ("wordprocessingml/main", "http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
        (
            "presentationml/main",
            "http://schemas.openxmlformats.org/presentationml/2006/main",
        ),
        ("officeDocument", _OFFICE),
        ("drawingml", "http://schemas.openxmlformats.org/drawingml/2006"),
    )
)
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
    r"|(?:microsoft word\s*-\s*|powerpoint).*|.*\.(?:docx?|docm|dotx?|pptx?|rtf|odt|pdf|txt|html?)"
    r"|\W*",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:python-docx|(?:microsoft )?office(?: user)?|(?:windows |default )?user|admin(?:istrator)?"
    r"|author|owner|unknown|apache poi|docx4j|un-named|\W*)",
    re.IGNORECASE,
)

M = f"{{{_OFFICE}/math}}"
"""What the names of elements of an equation begin with."""

R = f"{{{_OFFICE}/relationships}}"
"""What the names of attributes begin with that name a relation."""


@dataclass(frozen=True, slots=True)
class Program:
    """Whose files they are: its name, the suffix of a file, and where the main part usually is."""

    name: str
    suffix: str
    main: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: `kind` is as "footnotes", `target` the name of the other part."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of one file; `main` is the name of the part that holds the text."""

    main: str
    program: Program
    _archive: Archive
    _members: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, data: bytes, program: Program) -> Package:
        """Open a file; raises UnreadableError if it is not the program's, or is too large."""
        if data.startswith(_OLD_FILE):
            raise UnreadableError(
                f"is encrypted, or an older {program.name} file:"
                f" save it as {program.suffix} without a password"
            )
        archive = Archive.of(data)
        # Names count as equal in upper and lower case.
        members = {name.lower(): name for name in archive.names}
        package = cls("", program, archive, members)
        kinds = {relation.kind: relation.target for relation in package.relations("").values()}
        main = kinds.get("officeDocument", program.main)
        if main.lower() not in members:
            raise UnreadableError(f"holds no {program.name} document")
        return cls(main, program, archive, members)

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part; None if there is no such part."""
        member = self._members.get(name.lower())
        return None if member is None else self._parse(self._archive.read(member))

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

    def _parse(self, data: bytes) -> etree._Element:
        root = parse_xml(data)
        if any(name.startswith(_STRICT_NAMES) for name in root.nsmap.values()):
            for strict, usual in _STRICT:
                data = data.replace(strict, usual)
            root = parse_xml(data)
        if root.getroottree().docinfo.internalDTD is not None:
            raise UnreadableError(
                f"declares a document type, which no {self.program.name} file does"
            )
        return root


def parse_xml(data: bytes) -> etree._Element:
    """Parse XML: no entities, nothing from outside, no deeper than the parser's own limit.

    Raises UnreadableError if it is not well-formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError("is damaged: its XML cannot be read") from error


def take_properties(head: FoundHead, package: Package) -> None:
    """Take the title, the author, the date and the keywords that the properties state."""
    root = package.first("core-properties")
    if root is None:
        return
    head.title = stated_title(_value(root, _DUBLIN + "title"))
    head.byline = stated_name(_value(root, _DUBLIN + "creator"))
    head.date = stated_date(*(_value(root, _TERMS + name) for name in ("created", "modified")))
    for name, tag in _FIELDS.items():
        if value := _value(root, tag):
            head.fields[name] = (value,)


def stated_title(title: str) -> str:
    """Return a title that properties state, or "" if a program made it up."""
    return "" if _NO_TITLE.fullmatch(title) else title


def stated_name(name: str) -> str:
    """Return the name of an author that properties state, or "" if a program made it up."""
    return "" if _NO_NAME.fullmatch(name) else name


def stated_date(*dates: str) -> str:
    """Return the day of the first of some times that is one, as "2021-05-12", or ""."""
    return next((match[0] for date in dates if (match := _DATE.match(date))), "")


def _value(root: etree._Element, tag: str) -> str:
    return " ".join((root.findtext(tag) or "").split())
