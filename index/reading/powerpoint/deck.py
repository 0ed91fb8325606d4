"""A PowerPoint file: its slides in order, and what belongs to each."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from index.reading.content import Content, UnreadableError
from index.reading.laying_out import blocks_of, kind_of, write_lines
from index.reading.office import Package, Program, R, take_properties
from index.reading.powerpoint.names import P
from index.reading.powerpoint.shapes import Layout
from index.reading.powerpoint.slide import Slide
from index.reading.powerpoint.text import plain_text
from index.reading.text_writer import TextWriter
from index.splitting.paragraphs import Kind

_POWERPOINT = Program("PowerPoint", ".pptx", "ppt/presentation.xml")
_P14 = "{http://schemas.microsoft.com/office/powerpoint/2010/main}"
_P188 = "{http://schemas.microsoft.com/office/powerpoint/2018/8/main}"
_UNNAMED = "Default Section"
_MOST_SLIDES = 20_000


def read_deck(data: bytes) -> Content:
    """Read a file; raises UnreadableError if it is encrypted, damaged, or not of PowerPoint."""
    package = Package.of(data, _POWERPOINT)
    root = package.xml(package.main)
    if root is None or root.tag != P + "presentation":
        raise UnreadableError("holds no PowerPoint document")
    return _Deck(package, root).read()


class _Deck:
    """A presentation while it is read."""

    def __init__(self, package: Package, root: etree._Element) -> None:
        self._package = package
        self._root = root
        self._writer = TextWriter()
        self._layouts: dict[str, Layout] = {}
        self._furniture: dict[str, None] = {}
        self._authors = _authors(package)
        self._pictures = 0
        self._other_files = 0

    def read(self) -> Content:
        writer = self._writer
        take_properties(writer.head, self._package)
        sections = _sections(self._root)
        relations = self._package.relations(self._package.main)
        slides = self._root.findall(f"{P}sldIdLst/{P}sldId")[:_MOST_SLIDES]
        missing = 0
        level = 2 if sections else 1
        for number, slide in enumerate(slides, start=1):
            if name := sections.get(slide.get("id", "")):
                writer.write(name)
                writer.end_paragraph(Kind.HEADING, level=1)
            relation = relations.get(slide.get(R + "id", ""))
            root = None if relation is None else self._package.xml(relation.target)
            if root is None or relation is None:
                missing += 1
                continue
            writer.at_page(number, f"slide {number}")
            self._read_slide(relation.target, root, number, level)
        writer.at_page(0)
        self._write_furniture()
        if slides and missing == len(slides):
            raise UnreadableError("holds none of its slides: the file is damaged")
        self._note(len(slides), missing)
        return writer.content(title_first=False)

    def _note(self, slides: int, missing: int) -> None:
        notes = self._writer.notes
        if missing:
            verb = "is" if missing == 1 else "are"
            notes.append(f"{missing} of {slides} slides {verb} missing or damaged")
        if self._pictures:
            verb = (
                "has pictures and no text: it needs"
                if self._pictures == 1
                else ("have pictures and no text: they need")
            )
            notes.append(f"{self._pictures} of {slides} slides {verb} OCR first")
        if self._other_files:
            one = self._other_files == 1
            what = "a file of another kind" if one else f"{self._other_files} files of other kinds"
            notes.append(f"holds {what}, which {'is' if one else 'are'} not read")

    def _read_slide(self, name: str, root: etree._Element, number: int, level: int) -> None:
        writer = self._writer
        relations = self._package.relations(name)
        kinds = {relation.kind: relation.target for relation in relations.values()}
        layout = self._layout(kinds.get("slideLayout", ""))
        slide = Slide(self._package, root, relations, layout)
        notes = self._notes(kinds.get("notesSlide", ""))
        comments = list(self._comments(kinds.get("comments", "")))
        self._pictures += bool(slide.pictures) and not (slide.title or slide.has_text)
        self._other_files += slide.other_files
        if number == 1 and self._is_title(slide):
            writer.write(slide.title)
            writer.state("title", slide.title)
        elif slide.title or slide.has_text or comments or (notes is not None and notes.has_text):
            # A slide without a title would seem to stand under that of the slide before.
            writer.write(slide.title or f"Slide {number}")
            writer.end_paragraph(Kind.HEADING, level=level)
        slide.write(writer)
        if notes is not None:
            notes.write(writer, "Notes: ")
        for comment in comments:
            for lines in blocks_of(comment):
                write_lines(writer, lines)
                kind, own_level = kind_of(lines)
                writer.end_paragraph(kind, level=own_level)

    def _is_title(self, slide: Slide) -> bool:
        """Return whether the title of the first slide is that of the deck."""
        stated = self._writer.head.title.casefold()
        named = slide.has_title_of_deck or stated in ("", slide.title.casefold())
        return bool(slide.title) and named

    def _layout(self, name: str) -> Layout:
        if name not in self._layouts:
            kinds = {own.kind: own.target for own in self._package.relations(name).values()}
            master = kinds.get("slideMaster", "")
            self._furniture |= dict.fromkeys(part for part in (name, master) if part)
            self._layouts[name] = Layout(self._package.xml(name), self._package.xml(master))
        return self._layouts[name]

    def _notes(self, name: str) -> Slide | None:
        root = self._package.xml(name) if name else None
        return None if root is None else Slide(self._package, root, {})

    def _comments(self, name: str) -> Iterator[str]:
        """Yield the comments on a slide, each with who wrote it."""
        root = self._package.xml(name) if name else None
        if root is None:
            return
        for comment in root.iter(P + "cm", _P188 + "cm", _P188 + "reply"):
            author = self._authors.get(comment.get("authorId", ""), "")
            body = comment.find(_P188 + "txBody")
            text = plain_text(body) if body is not None else comment.findtext(P + "text") or ""
            if text.strip():
                yield f"Comment by {author}: {text}" if author else f"Comment: {text}"

    def _write_furniture(self) -> None:
        """Write what stands on the layouts and masters that are used, but for placeholders."""
        for name in self._furniture:
            root = self._package.xml(name)
            if root is None:
                continue
            for shape in list(root.iter(P + "sp")):
                placeholder = shape.find(f"{P}nvSpPr/{P}nvPr/{P}ph")
                parent = shape.getparent()
                if placeholder is not None and parent is not None:
                    parent.remove(shape)
            relations = self._package.relations(name)
            Slide(self._package, root, relations).write_furniture(self._writer)


def _sections(root: etree._Element) -> dict[str, str]:
    """Return the names of the sections of a deck, by the identifier of the first slide of each."""
    found: dict[str, str] = {}
    for section in root.iter(_P14 + "section"):
        first = next(section.iter(_P14 + "sldId"), None)
        name = " ".join(section.get("name", "").split())
        if first is not None and name and name != _UNNAMED:
            found[first.get("id", "")] = name
    return found


def _authors(package: Package) -> dict[str, str]:
    """Return the names of those who wrote comments, by their identifiers."""
    authors: dict[str, str] = {}
    for kind in ("commentAuthors", "authors"):
        root = package.first(kind)
        for author in [] if root is None else root.iter(P + "cmAuthor", _P188 + "author"):
            authors[author.get("id", "")] = " ".join(author.get("name", "").split())
    return authors
