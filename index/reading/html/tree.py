"""The elements of a page: one tree, whether it was written as HTML or as XML."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.entities import html5
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError, ParserCreate

from index.reading.content import UnreadableError

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MOST_NODES = 2_000_000
"""Elements and stretches of text that a page may have: each takes some 200 bytes of memory."""

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_WHOLE_TAG = re.compile(r"</?([a-zA-Z][^\s/>]*)[^>]*>?")
_BREAK, _BREAKS = "<br><br>", re.compile(r"<br><br>(?:\s*<br><br>)+")
_LONG_TAG = re.compile(r"(<[a-zA-Z][^\s/<>]*)([^<>]{10000,})")
_MOST_ATTRIBUTES = 500
_DEEPEST = 1000
"""Elements of one page that may be open at a time; beyond, parsing takes time squared."""

_NEVER_DEEP = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"}
    | {"source", "track", "wbr"}
    # A start tag of these ends the one before it.
    | {"a", "dd", "dt", "li", "optgroup", "option", "p", "rp", "rt", "tbody", "td", "tfoot"}
    | {"th", "thead", "tr"}
)
_REFERENCE = re.compile(r"<!\[CDATA\[.*?\]\]>|&(\w+);", re.DOTALL)
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")


@dataclass(slots=True, eq=False)
class Element:
    """An element, with its tag in lower case and without a namespace."""

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return an attribute, "" if it is missing."""
        return self.attributes.get(name, "")

    def elements(self) -> Iterator[Element]:
        """Yield this element and all in it, in order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [child for child in reversed(element.children) if type(child) is Element]

    def first(self, tag: str) -> Element | None:
        """Return the first element of a tag in this one, or None."""
        return next((element for element in self.elements() if element.tag == tag), None)

    def all(self, tag: str) -> list[Element]:
        """Return each element of a tag in this one."""
        return [element for element in self.elements() if element.tag == tag]

    def text(self) -> str:
        """Return all text in this element, white space as it stands."""
        parts: list[str] = []
        waiting: list[Element | str] = [self]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                parts.append(node)
            else:
                waiting += reversed(node.children)
        return "".join(parts)

    def wording(self) -> str:
        """Return all text in this element on one line."""
        return " ".join(self.text().split())


class _Nodes:
    """Counts what is put into a tree."""

    def __init__(self) -> None:
        self._left = _MOST_NODES

    def one_more(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise UnreadableError(f"has more than {_MOST_NODES:,} elements")


def parse_html(text: str) -> Element:
    """Return the tree that a browser without scripts makes of a page, however broken."""
    from selectolax.lexbor import LexborHTMLParser

    root = LexborHTMLParser(_without_excess(text)).root
    return _from_lexbor(root) if root is not None else Element("html")


def _from_lexbor(root: LexborNode) -> Element:
    nodes = _Nodes()
    top = Element("#document")
    open_elements = [top]
    node: LexborNode | None = root
    while node is not None:
        parent = open_elements[-1]
        down = None
        if node.is_text_node:
            nodes.one_more()
            parent.children.append(node.text_content or "")
        elif node.is_element_node:
            nodes.one_more()
            attributes = {name: value or "" for name, value in node.attributes.items()}
            element = Element(node.tag or "", attributes)
            parent.children.append(element)
            down = node.first_child
            if down is not None:
                open_elements.append(element)
        if down is not None:
            node = down
            continue
        while node is not None and node.next is None and len(open_elements) > 1:
            open_elements.pop()
            node = node.parent
        node = node.next if node is not None and len(open_elements) > 1 else None
    first = top.children[0] if top.children else None
    return first if isinstance(first, Element) else Element("html")


def _without_excess(text: str) -> str:
    """Leave out tags with which no page means anything: a thousand deep, a thousand attributes.

    Building the tree of them as the standard says takes time squared. No text is left out.
    """
    text = _LONG_TAG.sub(_without_attributes, text)
    excess = _too_deep(text)
    if not excess:
        return text
    text = _WHOLE_TAG.sub(lambda tag: _BREAK if tag[1].lower() in excess else tag[0], text)
    return _BREAKS.sub(_BREAK, text)


def _without_attributes(tag: re.Match[str]) -> str:
    rest = tag[2]
    if len(rest.split()) <= _MOST_ATTRIBUTES and rest.count("=") <= _MOST_ATTRIBUTES:
        return tag[0]
    return tag[1]


def _too_deep(text: str) -> set[str]:
    """Return the names of the tags that are open most often, if too many are open at a time."""
    open_now: dict[str, int] = defaultdict(int)
    most_open: dict[str, int] = defaultdict(int)
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if name in _NEVER_DEEP:
            continue
        if not tag[1]:
            open_now[name] += 1
            most_open[name] = max(most_open[name], open_now[name])
        elif open_now[name]:
            open_now[name] -= 1
    excess: set[str] = set()
    depth = sum(most_open.values())
    for name in sorted(most_open, key=most_open.__getitem__, reverse=True):
        if depth <= _DEEPEST:
            break
        excess.add(name)
        depth -= most_open[name]
    return excess


def parse_xml(text: str) -> Element:
    """Return the tree of a text in XML. Raises ValueError if it is not well-formed.

    No entity of it is resolved but the characters that HTML has names for, and nothing outside of
    it is read.
    """
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    nodes = _Nodes()
    top = Element("#document")
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        nodes.one_more()
        own = {_local(key): value for key, value in attributes.items()} if attributes else {}
        element = Element(_local(name).lower(), own)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(data: str) -> None:
        nodes.one_more()
        open_elements[-1].children.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(_REFERENCE.sub(_resolved, _DECLARATION.sub("", text, count=1)), True)
    except ExpatError as error:
        raise ValueError(f"not well-formed: {error}") from error
    return next(child for child in top.children if isinstance(child, Element))


def _resolved(reference: re.Match[str]) -> str:
    """Return the character of a named reference; one without a meaning in HTML stays as it is."""
    name = reference[1]
    if name is None or name in _XML_ENTITIES:
        return reference[0]
    characters = html5.get(f"{name};")
    if characters is None:
        return f"&amp;{name};"
    return "".join(f"&#{ord(char)};" for char in characters)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
