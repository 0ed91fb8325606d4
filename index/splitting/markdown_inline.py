"""The markup inside the blocks of Markdown: what a reader sees in its place, or that it is gone."""

import html
import re
from collections.abc import Iterator, Set

from index.types import Markup

_TAG = r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>"
_COMMENT = r"<!--.*?(?:-->|\Z)"
NOT_SHOWN = re.compile(
    rf"{_COMMENT}|<(script|style)\b.*?(?:</\1>|\Z)|{_TAG}", re.DOTALL | re.IGNORECASE
)
"""Comments and tags; a reader sees none of them."""

_TARGET = r"\((?:[^()\s<>]|\([^()\s]*\)|<[^<>\n]*>)*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
# Such as {#name .class key="value"} of Pandoc and {: .class} of kramdown: names and values,
# nothing else, for braces hold words too, as in {#if it rains} and {x=1, y=2}.
_PLAIN = r"[^\s{},;\"'=]"
_ATTRIBUTE = (
    rf"(?:\#\w{_PLAIN}*|\.[^\W\d]{_PLAIN}*|"
    rf"[^\W\d][\w:-]*=(?:\"[^\"{{}}\n\r]*\"|'[^'{{}}\n\r]*'|{_PLAIN}+))"
)
_ATTRIBUTES = rf"\{{:?[ ]*{_ATTRIBUTE}(?:[ ]+{_ATTRIBUTE})*[ ]*\}}"
# The start and the end of a line, whatever ends it.
_START, _END = r"(?<![^\n\r])", r"(?=[\n\r]|\Z)"
_INLINE = re.compile(
    rf"""
    (?P<code>(?<!`)(`+)(?!`)(?P<inside>.+?)(?<!`)\2(?!`)(?:{_ATTRIBUTES})?)
    |(?P<escape>\\(?:[!-/:-@\[-`{{-~]|(?=[\n\r])))
    |(?P<hidden>{_COMMENT})
    |(?P<superscript>(?<=[^\W\d]|[.,;:!?)”])(?<!\b[^\W\d])(?<!\b[^\W\d]{{2}})<sup>\s*\[?\d{{1,3}}\]?\s*</sup>)
    |(?P<tag>{_TAG})
    |(?P<auto><(?P<address>[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]*|[^<>\s@]+@[^<>\s]+)>)
    |(?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,31}});)
    |(?P<sized>!\[\[(?P<picture>[^\[\]|\n]+)\|\d+(?:x\d+)?\]\])
    |(?P<wiki>!?\[\[(?:[^\[\]|\n]*\|)?(?P<page>[^\[\]|\n]+)\]\])
    |(?P<callout>{_START}[ \t>]*\[![\w-]+\][+-]?[ \t]*)
    |(?P<block_name>(?<=\S)(?<!\b\w)(?<!\b\d\d)[ \t]+\^[\w-]{{4,}}[ \t]*{_END})
    |(?P<fence>{_START}[ \t]*:{{3,}}[ \t]*(?:{_ATTRIBUTES}[ \t]*:*)?)
    |(?P<attributes>(?<=[*_])(?=\{{:){_ATTRIBUTES})
    |(?P<at_end>(?:(?<=\S)[ \t]+|{_START}[ \t]*)(?:{_ATTRIBUTES}|\{{-\}})(?=[ \t#]*{_END}))
    |(?P<note>\[\^[^\]\s]+\]:?)
    |(?P<task>(?<=[-*+.)][ ])\[[ xX]\](?=\s))
    |(?P<open>!?\[)
    |(?P<target>\](?:{_TARGET}(?:{_ATTRIBUTES})?|{_ATTRIBUTES}))
    |(?P<reference>\]\[(?P<label>[^\[\]\n]*)\](?:{_ATTRIBUTES})?)
    |(?P<close>\])
    |(?P<quote>{_START}[ \t]*(?:>[ \t]?)+)
    |(?P<heading>{_START}[ ]{{0,3}}\#{{1,6}}(?:[ \t]+|{_END})|(?<![ \t])[ \t]+\#+[ \t]*{_END})
    |(?P<underline>{_START}[ ]{{0,3}}(?:={{3,}}|-{{3,}})[ \t]*{_END})
    |(?P<strong>\*{{1,3}}|~~|==(?=\S)|(?<=\S)==|(?<!\w)_{{1,3}}(?=\S)|(?<=\S)_{{1,3}}(?!\w))
    """,
    re.VERBOSE | re.DOTALL,
)
_HEADED = re.compile(r"[ >]*(?:#{1,6}[ \t]|:)")
_UNDERLINED = re.compile(rf"[ \t]*(?:\r\n|\r|\n)[ ]{{0,3}}(?:=+|-+)[ \t]*{_END}")
_ROW_RULE = re.compile(rf"{_START}[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*{_END}")
_CELL = re.compile(r"(?<!\\)\|")
_FENCE = re.compile(rf"{_START}[ \t>]*(?:`{{3,}}|~{{3,}})[^\n\r]*")
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|blockquote|br|dd|div|dl|dt|details|figcaption|figure|footer|h\d|header|hr|li|"
    r"main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|title|tr|ul)\b",
    re.IGNORECASE,
)


def find_markup(text: str, start: int, end: int, labels: Set[str]) -> Iterator[Markup]:
    """Yield the markup in `text[start:end]`, in order; `labels` are those of link definitions."""
    start = max(text.rfind(end, 0, start) for end in "\n\r") + 1
    found: list[Markup] = []
    brackets: list[re.Match[str]] = []
    for match in _INLINE.finditer(text, start, end):
        if match["open"]:
            brackets.append(match)
        elif match["close"] or match["target"] or match["reference"]:
            found += _link(text, brackets.pop() if brackets else None, match, labels)
        else:
            found += _mark(text, match)
    yield from _in_order(found)


def code_markup(text: str, start: int, end: int) -> Iterator[Markup]:
    """Yield the lines that fence a block of code, and marks of quotation before its lines."""
    for match in _FENCE.finditer(text, start, end):
        own = match.start() + len(match[0]) - len(match[0].lstrip(" \t>"))
        yield Markup(own, match.end())


def table_markup(text: str, start: int, end: int, labels: Set[str]) -> Iterator[Markup]:
    """Yield the markup of a table: that in its cells, the bars, and the line under its head."""
    rules = [Markup(*match.span()) for match in _ROW_RULE.finditer(text, start, end)]
    cells = [Markup(*match.span(), " ") for match in _CELL.finditer(text, start, end)]
    yield from _in_order([*rules, *cells, *find_markup(text, start, end, labels)])


def _in_order(found: list[Markup]) -> Iterator[Markup]:
    """Yield markup by place; of two that overlap the first, and the longer."""
    position = -1
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if mark.start >= position:
            yield mark
            position = mark.end


def _link(
    text: str, opening: re.Match[str] | None, closing: re.Match[str], labels: Set[str]
) -> Iterator[Markup]:
    """Yield the marks of a link or a picture, of which its text stays."""
    if opening is None:
        return
    inside = text[opening.end() : closing.start()]
    label = label_of(closing["label"] or inside)
    if closing["target"] or label in labels:
        yield Markup(*opening.span())
        yield Markup(*closing.span())


def label_of(text: str) -> str:
    """Return the label of a link definition as labels are compared."""
    return " ".join(text.split()).casefold()


def _mark(text: str, match: re.Match[str]) -> Iterator[Markup]:
    start, end = match.span()
    if match["code"]:
        inside = match.span("inside")
        yield Markup(start, inside[0])
        yield Markup(inside[1], end)
    elif match["escape"]:
        yield Markup(start, start + 1)
    elif match["tag"]:
        yield Markup(start, end, " " if _BLOCK_TAG.match(match["tag"]) else "")
    elif match["auto"]:
        yield Markup(start, start + 1)
        yield Markup(end - 1, end)
    elif match["entity"]:
        shown = html.unescape(match["entity"])
        if shown != match["entity"]:
            yield Markup(start, end, shown)
    elif match["wiki"] or match["sized"]:
        own = match.span("page" if match["wiki"] else "picture")
        yield Markup(start, own[0])
        yield Markup(own[1], end)
    elif match["at_end"]:
        if _may_have_attributes(text, match):
            yield Markup(start, end)
    elif match["strong"]:
        if _marks_emphasis(text, start, end):
            yield Markup(start, end)
    else:
        yield Markup(start, end)


def _may_have_attributes(text: str, match: re.Match[str]) -> bool:
    """Return whether braces at the end of a line stand at what has attributes.

    That is a heading, a formula or the caption of a table. Those of kramdown, and those with a line
    to themselves, may belong to a paragraph. In any other line, they are words.
    """
    first = match[0].lstrip(" \t{")[0]
    before = text[max(text.rfind(end, 0, match.start()) for end in "\n\r") + 1 : match.start()]
    if first == ":" or (first in "#." and not before.strip(" \t>")) or before.endswith("$$"):
        return True
    return bool(_HEADED.match(before) or _UNDERLINED.match(text, match.end()))


def _marks_emphasis(text: str, start: int, end: int) -> bool:
    """Return whether a run of signs is a mark of emphasis and not a sign of its own: 2 * 3."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before.isspace() and after.isspace():
        return False
    return not (before.isdigit() and after.isdigit())
