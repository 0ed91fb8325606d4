"""The front matter of a Markdown file: YAML between lines of `---`, TOML, or JSON.

TOML stands between `+++`. JSON stands between `;;;`, after `---json`, or in braces that have lines
of their own. `---toml` and `---yaml` are read too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from index.splitting.line_cues import trim
from index.splitting.paragraphs import Kind, Paragraph
from index.splitting.structure import FoundHead, Omission
from index.types import HeadSpan

# Atomic: as two ends of lines a "\r\n" would double the ways to read each line.
_LINE_END = r"(?>\r\n|\r|\n)"
_CLOSING = rf"(?:(?P=mark)|\.\.\.)[ \t]*(?:{_LINE_END}|\Z)"
_BLOCK = re.compile(
    rf"(?P<mark>---|\+\+\+|;;;)[ \t]*(?P<language>json|toml|yaml)?[ \t]*{_LINE_END}"
    rf"(?P<inside>(?:(?!{_CLOSING})[^\r\n]*{_LINE_END})*){_CLOSING}"
)
_CLOSING_BRACE = rf"\}}[ \t]*(?:{_LINE_END}|\Z)"
_BRACES = re.compile(
    rf"(?P<mark>\{{)[ \t]*(?P<language>){_LINE_END}"
    rf"(?P<inside>(?:(?!{_CLOSING_BRACE})[^\r\n]*{_LINE_END})*){_CLOSING_BRACE}"
)
_LANGUAGES = {"---": "yaml", "+++": "toml", ";;;": "json", "{": "json"}
_KEY = re.compile(
    r"(?<![^\r\n])(?:[ \t]*\"[^\"\r\n]*\"[ \t]*:|[^\s#\-:=\[][^:=\r\n]*[:=]|\[\[?[^\]\r\n]+\]\]?)"
)
_OWN_KEY = re.compile(r"(?<![^\r\n])([^\W\d_][\w -]{0,40}):(?=[ \t]|[\r\n]|\Z)")
_ITEM = re.compile(r"(?<![^\r\n])[ \t]*-[ \t]+(\S[^\r\n]*)")
_LIST = re.compile(r"\[([^\]]*)\][ \t]*(?:#.*)?")
_COMMA_PARTED = re.compile(r"\"[^\"]*\"|'[^']*'|[^,\"'\s][^,]*")
_NAMES = {
    "title": "title",
    "subtitle": "subtitle",
    "author": "byline",
    "authors": "byline",
    "byline": "byline",
    "date": "date",
    "published": "date",
}
_LONGEST = 100_000
_MOST_VALUES = 10_000


def find_front_matter(text: str) -> re.Match[str] | None:
    """Return the front matter that a text opens with; the group "inside" is what it holds."""
    end = min(len(text), _LONGEST)
    if match := _BLOCK.match(text, 0, end):
        return match
    match = _BRACES.match(text, 0, end)
    # Braces may be anything else, so they have to hold what they should.
    return match if match and _load(match) else None


def take_front_matter(
    head: FoundHead, text: str, match: re.Match[str]
) -> tuple[list[Paragraph], list[Omission]]:
    """Take what the front matter states; return it as a paragraph if it is more than a title.

    If it cannot be read, it is a paragraph, and states nothing. The name of its language is left
    out as the marks beside it are, unless it cannot be read.
    """
    values = _load(match)
    start, end = match.span("inside")
    omissions = []
    if match["language"]:
        if values is None:
            start = match.start("language")
        else:
            omissions.append(Omission(*match.span("language"), "markup"))
    start, end = trim(text, start, end)
    if start >= end:
        return [], omissions
    if values is None:
        return [_paragraph(text, start, end)], omissions
    for key, value in values.items():
        _take(head, str(key), tuple(_texts(value)))
    head.spans.append(HeadSpan("front matter", start, end))
    return [_paragraph(text, start, end)] if head.fields else [], omissions


def _paragraph(text: str, start: int, end: int) -> Paragraph:
    breaks = (key.start() for key in _KEY.finditer(text, start, end) if key.start() > start)
    return Paragraph(start, end, Kind.LINES, tuple(breaks))


def _take(head: FoundHead, key: str, texts: tuple[str, ...]) -> None:
    name = _NAMES.get(key.lower())
    if not texts:
        return
    if name is None:
        head.fields.setdefault(key, texts)
    elif not getattr(head, name):
        setattr(head, name, ", ".join(texts))


def _load(match: re.Match[str]) -> Mapping[str, Any] | None:
    """Return what the front matter holds; None if it is not a mapping, or cannot be read."""
    inside = match["inside"]
    match match["language"] or _LANGUAGES[match["mark"]]:
        case "json":
            return _json(inside.strip())
        case "toml":
            return _toml(inside)
    return _yaml(inside)


def _json(inside: str) -> Mapping[str, Any] | None:
    """Return what JSON holds, whether its braces are there or stand outside."""
    import json

    try:
        # Numbers as they are written.
        values = json.loads(
            inside if inside.startswith("{") else f"{{{inside}}}", parse_int=str, parse_float=str
        )
    except (RecursionError, ValueError):
        return None
    return values if isinstance(values, Mapping) else None


def _toml(inside: str) -> Mapping[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(inside.replace("\r\n", "\n").replace("\r", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return None


def _yaml(inside: str) -> Mapping[str, Any] | None:
    import yaml

    try:
        # Every value as it is written: a date, a number or "no" is what the author typed. The base
        # loader makes nothing but texts, lists and mappings.
        values = yaml.load(inside, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        # Such as "title: Part 1: the sea", which is no YAML. People write it all the same.
        return {key: value for key, value in _entries(inside) if value} or None
    return values if isinstance(values, Mapping) else None


def _entries(inside: str) -> Iterator[tuple[Any, Any]]:
    """Yield what each key states by itself, as YAML if it is, or else as it is written."""
    import yaml

    keys = list(_OWN_KEY.finditer(inside))
    ends = [*(key.start() for key in keys[1:]), len(inside)]
    for key, end in zip(keys, ends, strict=False):
        try:
            stated = yaml.load(inside[key.start() : end], Loader=yaml.BaseLoader)
        except (yaml.YAMLError, RecursionError, ValueError):
            stated = {key[1]: _as_written(inside[key.end() : end])}
        if isinstance(stated, Mapping):
            yield from stated.items()


def _as_written(text: str) -> str | list[str]:
    """Return a text, the items of a list, or nothing if its brackets are not closed."""
    first, *others = text.splitlines() or [""]
    first = first.strip()
    if not first:
        return [_unquoted(item) for item in _ITEM.findall(text)]
    if not first.startswith(("[", "{")):
        further = itertools.takewhile(lambda line: line.startswith((" ", "\t")), others)
        return _unquoted(" ".join([first, *map(str.strip, further)]))
    items = _LIST.fullmatch(text.strip())
    return [_unquoted(item) for item in _COMMA_PARTED.findall(items[1])] if items else ""


def _unquoted(text: str) -> str:
    """Return a text without the quotation marks around it."""
    text = text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted and text[0] not in text[1:-1] else text


def _texts(value: object) -> Iterator[str]:
    """Yield every value in a value as text, on one line each."""
    left = _MOST_VALUES  # aliases may repeat a value without end
    values = [value]
    while values and left:
        left -= 1
        inner = values.pop()
        if isinstance(inner, Mapping):
            values += reversed(list(inner.values()))
        elif isinstance(inner, list):
            values += reversed(inner)
        elif isinstance(inner, bool):
            yield str(inner).lower()
        elif inner is not None and (text := " ".join(_whole(str(inner)).split())):
            yield text


def _whole(text: str) -> str:
    """Return a text without lone surrogates, which an escape may write and no store takes."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
