"""EPUB: the chapters of a book in the order of reading."""

from __future__ import annotations

import posixpath
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.reading.content import MAX_PACKED_BYTES, Content, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.reading.archive import Archive
    from index.reading.html.tree import Element
    from index.reading.text_writer import TextWriter
    from index.splitting.structure import FoundHead

_VERSION = "2"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGE_TYPES = (
    "application/xhtml+xml",
    "text/html",
    "application/x-dtbook+xml",
    "text/x-oeb1-document",
)
_PAGE_SUFFIXES = (".xhtml", ".html", ".htm", ".xml")
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_FIELDS = {"language": "language", "publisher": "publisher", "subject": "subject"}


class Epub:
    """Books in EPUB 2 and 3."""

    suffixes = (".epub",)
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of the one that reads the chapters."""
        from index.reading.html import FORMAT as HTML

        return f"epub {_VERSION} of {HTML.version}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Take the text out of each chapter."""
        # Imported late: only the process that reads the book needs it.
        from index.reading.archive import Archive

        return _Book(Archive.of(data), encoding).read()


@dataclass(frozen=True, slots=True)
class _Item:
    """A file of the book, as its package lists it."""

    name: str
    media_type: str
    properties: tuple[str, ...]

    @property
    def is_page(self) -> bool:
        return self.media_type in _PAGE_TYPES or (
            not self.media_type and self.name.lower().endswith(_PAGE_SUFFIXES)
        )


class _Book:
    """A book while it is read."""

    def __init__(self, archive: Archive, encoding: str) -> None:
        self._archive = archive
        self._encoding = encoding
        self._names = {name: name for name in archive.names}
        folded = {name.casefold(): name for name in archive.names}
        self._folded = folded
        self._package_name = self._find_package()
        self._package = self._tree(self._package_name)
        self._items = self._read_manifest()
        self._replaced = 0

    def read(self) -> Content:
        from dataclasses import replace

        from index.reading.text_writer import TextWriter

        writer = TextWriter()
        _read_metadata(self._package, writer.head)
        spine = self._spine()
        self._check_protection({item.name for item in spine})
        titles = self._chapter_titles()
        missing = 0
        pages = [(item, self._page_of(item)) for item in spine]
        level = _chapter_level(pages, titles)
        for item, page in pages:
            if page is None:
                missing += 1
            elif item.is_page:
                _write_chapter(writer, item, page, titles.get(item.name, ""), level)
        if not spine:
            raise UnreadableError("lists no chapters: the EPUB is damaged")
        if missing == len(spine):
            raise UnreadableError("holds none of its chapters: the EPUB is damaged")
        if missing:
            verb = "is" if missing == 1 else "are"
            writer.notes.append(f"{missing} of {len(spine)} chapters {verb} missing or damaged")
        return replace(writer.content(), replaced=self._replaced)

    def _stored(self, name: str) -> str | None:
        """Return the name under which a file is in the archive, whatever its case; None if not."""
        return self._names.get(name) or self._folded.get(name.casefold())

    def _tree(self, name: str) -> Element:
        """Return the tree of a file in XML. Raises UnreadableError if it is missing or not XML."""
        from index.reading.html.page import decode_page
        from index.reading.html.tree import parse_xml

        stored = self._stored(name)
        if stored is None:
            raise UnreadableError(f"has no {name}: the EPUB is damaged")
        try:
            return parse_xml(decode_page(self._archive.read(stored)).text)
        except UnreadableError:
            raise
        except ValueError as error:
            raise UnreadableError(f"has a damaged {name}") from error

    def _find_package(self) -> str:
        """Return the name of the file that lists all others."""
        if self._stored(_CONTAINER):
            for rootfile in self._tree(_CONTAINER).all("rootfile"):
                path = posixpath.normpath(unquote(rootfile.get("full-path")).lstrip("/"))
                if self._stored(path):
                    return path
        for name in self._names:
            if name.lower().endswith(".opf"):
                return name
        raise UnreadableError("not an EPUB: it does not say what it holds")

    def _resolve(self, base: str, reference: str) -> str:
        """Return the name in the archive of a reference in the file `base`."""
        path = unquote(reference.partition("#")[0]).strip()
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        while joined.startswith("../"):
            joined = joined[3:]
        return joined.lstrip("/")

    def _read_manifest(self) -> dict[str, _Item]:
        items: dict[str, _Item] = {}
        for element in self._package.all("item"):
            if element.get("id") and element.get("href"):
                name = self._resolve(self._package_name, element.get("href"))
                properties = tuple(element.get("properties").split())
                items[element.get("id")] = _Item(name, element.get("media-type"), properties)
        return items

    def _spine(self) -> list[_Item]:
        """Return the pages of the book in the order of reading, each once."""
        ids = [element.get("idref") for element in self._package.all("itemref")]
        return [self._items[name] for name in dict.fromkeys(ids) if name in self._items]

    def _check_protection(self, names: set[str]) -> None:
        """Raise UnreadableError if a chapter is encrypted; fonts may be."""
        if self._stored(_ENCRYPTION) is None:
            return
        for part in self._tree(_ENCRYPTION).all("encrypteddata"):
            method = part.first("encryptionmethod")
            if method is not None and method.get("Algorithm") in _FONT_ALGORITHMS:
                continue
            for reference in part.all("cipherreference"):
                if self._resolve("", reference.get("URI")) in names:
                    raise UnreadableError("is protected against copying (DRM)")

    def _chapter_titles(self) -> dict[str, str]:
        """Return the titles of the table of contents by file; of several, the first."""
        titles: dict[str, str] = {}
        for name, label, reference in self._contents():
            target = self._resolve(name, reference)
            if label and reference:
                titles.setdefault(target, label)
        return titles

    def _contents(self) -> list[tuple[str, str, str]]:
        """Return file, label and reference of each entry of the table of contents."""
        entries: list[tuple[str, str, str]] = []
        for item in self._items.values():
            if "nav" in item.properties:
                page = self._page_of(item)
                entries += [
                    (item.name, link.wording(), link.get("href"))
                    for part in (page.all("nav") if page else [])
                    if part.get("type") in ("", "toc")
                    for link in part.all("a")
                ]
            elif item.media_type == "application/x-dtbncx+xml":
                entries += self._ncx_entries(item.name)
        return entries

    def _ncx_entries(self, name: str) -> list[tuple[str, str, str]]:
        try:
            points = self._tree(name).all("navpoint")
        except UnreadableError:
            return []  # the chapters can be read without it
        entries = []
        for point in points:
            label, content = point.first("navlabel"), point.first("content")
            if label is not None and content is not None:
                entries.append((name, label.wording(), content.get("src")))
        return entries

    def _page_of(self, item: _Item) -> Element | None:
        """Return the tree of a page, None if it is missing or damaged."""
        from index.reading.html.page import decode_page, parse_page

        stored = self._stored(item.name)
        if stored is None:
            return None
        try:
            content = decode_page(self._archive.read(stored), self._encoding)
            page = parse_page(content.text, is_xml=True)
        except UnreadableError:
            return None
        self._replaced += content.replaced
        return page


def _chapter_level(pages: Sequence[tuple[_Item, Element | None]], titles: dict[str, str]) -> int:
    """Return the level of headings that most chapters of the table of contents begin with."""
    from index.reading.html.text import headings_of

    levels: Counter[int] = Counter()
    for item, page in pages:
        headings = headings_of(page, {}) if page and titles.get(item.name) else []
        if headings and _says(headings[0][1], titles[item.name]):
            levels[headings[0][0]] += 1
    return levels.most_common(1)[0][0] if levels else 1


def _says(heading: str, title: str) -> bool:
    """Return whether a heading is a title of the table of contents, or a part of it."""
    from index.reading.html.head import folded

    own, whole = folded(heading), folded(title)
    return bool(own) and (own in whole or whole in own)


def _write_chapter(writer: TextWriter, item: _Item, page: Element, title: str, level: int) -> None:
    """Write a page of the book; `title` is that of the table of contents, if it is in it.

    It becomes a heading of the level of chapters if the page itself has none. If the page begins
    with it, in a paragraph, that is the heading.
    """
    from index.reading.html.head import folded
    from index.reading.html.main_text import hidden_parts
    from index.reading.html.text import headings_of, plain_lines, write_text
    from index.splitting.paragraphs import Kind

    if "nav" in item.properties:
        for line in plain_lines(page):
            writer.break_line()
            writer.write(line)
        writer.omit("navigation")
        return
    hidden = hidden_parts(page)
    headings = headings_of(page, hidden)
    is_headed = any(own <= level or _says(heading, title) for own, heading in headings)
    lines = [] if is_headed or not title else plain_lines(page, hidden)
    if lines and not (folded(lines[0]) == folded(title) and _mark_heading(page, lines[0], level)):
        writer.write(title)
        writer.end_paragraph(Kind.HEADING, level=level)
    write_text(writer, page, hidden)


def _mark_heading(page: Element, wording: str, level: int) -> bool:
    """Make the first paragraph of these words a heading; return whether there is one."""
    from index.reading.html.text import is_block

    for part in page.elements():
        if is_block(part) and part.tag not in ("html", "body") and part.wording() == wording:
            part.tag = f"h{level}"
            return True
    return False


def _read_metadata(package: Element, head: FoundHead) -> None:
    """Fill a head from what the package says of the book."""
    metadata = package.first("metadata") or package
    named: dict[str, list[str]] = {}
    for element in metadata.elements():
        if element.tag != "meta" and (wording := element.wording()):
            values = named.setdefault(element.tag, [])
            if wording not in values:
                values.append(wording)
    head.title = named.get("title", [""])[0]
    head.byline = ", ".join(named.get("creator", []))
    date = named.get("date", [""])[0]
    head.date = date[:10] if len(date) > 10 and date[10] == "T" else date
    for name, field in _FIELDS.items():
        if name in named:
            head.fields[field] = tuple(named[name])


FORMAT = Epub()
