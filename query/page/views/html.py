"""Markup that is safe by its type: a text that is not `Html` is escaped when it is put in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from query.showing.safe_text import shown

_LAID_OUT = re.compile(r"([\n\t]+)")
# Attributes that a browser shows or a screen reader reads out.
_READ = frozenset({"alt", "aria-label", "aria-valuetext", "content", "placeholder", "title"})
_EMPTY = frozenset({"br", "img", "input", "link", "meta"})


class Html(str):
    """Markup of the page itself, never of a source."""

    __slots__ = ()


def text(content: str) -> Html:
    r"""Return a text that no browser takes for markup, nor for a change of direction.

    >>> text("<b>\u202e")
    '&lt;b&gt;\\u202e'
    """
    if isinstance(content, Html):
        return content
    if not (content.isascii() and content.isprintable()):
        parts = _LAID_OUT.split(content)
        content = "".join(part if number % 2 else shown(part) for number, part in enumerate(parts))
    return Html(escape(content, quote=False))


def joined(parts: Iterable[str]) -> Html:
    """Return parts one after the other, those escaped that are not markup."""
    return Html("".join(map(text, parts)))


def tag(name: str, /, *content: str, **attributes: str | int | bool | None) -> Html:
    """Return an element. `class_` is the attribute "class", and `data_id` is "data-id".

    An attribute that is False or None is left out, and one that is True has no value.

    >>> tag("a", "<", href="/?q=a&k=3", class_="hit", hidden=True)
    '<a href="/?q=a&amp;k=3" class="hit" hidden>&lt;</a>'
    """
    opening = name + "".join(
        _attribute(key.rstrip("_").replace("_", "-"), value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{joined(content)}</{name}>")


def _attribute(name: str, value: str | int | bool) -> str:
    if value is True:
        return f" {name}"
    written = str(value)
    if name in _READ:
        written = shown(" ".join(written.split()))
    return f' {name}="{escape(written.encode("utf-8", "replace").decode())}"'
