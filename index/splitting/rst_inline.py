"""The markup inside the blocks of reStructuredText: what a reader sees in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from index.types import Markup

# Inline markup begins after a space or an opening sign, and ends before a space or a closing one.
_BEFORE = r"(?<![^\s\-:/'\"<(\[{|‘“’«—–])"
_AFTER = r"(?![^\s\-.,:;!?\\/'\")\]}>|’”»—–])"
_INLINE = re.compile(
    rf"""
    {_BEFORE}``(?=\S)(?P<literal>(?:[^`]|`(?!`)){{1,2000}}?)(?<=\S)``{_AFTER}
    |{_BEFORE}(?::(?P<role>[\w.:+-]+):)?(?P<target>_)?`(?=[^\s`])(?P<phrase>[^`]{{1,2000}}?)(?<=\S)`
        (?P<suffix>__?(?!\w)|:(?P<after>[\w.:+-]+):)?
    |{_BEFORE}\*\*(?=[^\s*])(?P<strong>(?:[^*]|\*(?!\*)){{1,2000}}?)(?<=[^\s\\])\*\*{_AFTER}
    |{_BEFORE}\*(?=[^\s*])(?P<emphasis>[^*]{{1,2000}}?)(?<=[^\s\\])\*{_AFTER}
    |{_BEFORE}\|(?=[^\s|])(?P<substitution>[^|\n]{{1,200}}?)(?<=\S)\|(?P<link>__?)?{_AFTER}
    |{_BEFORE}\[(?P<note>\d+|\#[\w-]*|\*|[A-Za-z][\w.:-]*)\]_(?!\w)
    |(?<![\w`])(?P<name>\w[\w.+-]{{0,100}}?)__?(?![\w`])
    |(?P<colons>(?<=\S)::\Z|(?<!\s)\s+::\Z|(?<!\S)::\Z)
    |\\(?P<escaped>\s|[^\w\s])
    """,
    re.VERBOSE | re.DOTALL,
)
_ADDRESS = re.compile(r"\s*(?<!\\)<[^<>]*>\Z")
_PATH = re.compile(r"~(?:[\w.]*\.)?(?=\w)|!")
_SUBSTITUTION = re.compile(
    r"^[ \t]*\.\.[ \t]+\|([^|\n]+)\|[ \t]+([\w-]+)::[ \t]*(.*)$", re.MULTILINE
)
_TARGET = re.compile(r"^[ \t]*\.\.[ \t]+_(?:`([^`\n]+)`|((?:[^:\\\n]|\\.)+)):", re.MULTILINE)


def substitutions_of(text: str) -> dict[str, str]:
    """Return what is shown for each name between bars: the text it stands for; a picture is ""."""
    found = {}
    for match in _SUBSTITUTION.finditer(text.replace("\r", "\n")):
        found[match[1]] = match[3].strip() if match[2] == "replace" else ""
    return found


def targets_of(text: str) -> set[str]:
    """Return the names that a text may refer to by an underscore after them."""
    return {
        (match[1] or match[2]).casefold() for match in _TARGET.finditer(text.replace("\r", "\n"))
    }


def find_inline(
    text: str, start: int, end: int, substitutions: Mapping[str, str], targets: Set[str]
) -> Iterator[Markup]:
    """Yield the markup in `text[start:end]`, in order."""
    for match in _INLINE.finditer(text, start, end):
        if match["phrase"] is not None:
            yield from _phrase(text, match)
        elif match["substitution"] is not None:
            shown = substitutions.get(match["substitution"])
            if shown is not None:
                yield Markup(*match.span(), shown)
            elif match["link"]:
                yield from _around(match, "substitution")
        elif match["note"] is not None:
            yield Markup(match.end() - 1, match.end())
        elif match["name"] is not None:
            if match["name"].casefold() in targets:
                yield Markup(match.end("name"), match.end())
        elif match["colons"] is not None:
            yield Markup(*match.span(), ":" if match["colons"] == "::" and _follows(match) else "")
        elif match["escaped"] is not None:
            yield Markup(match.start(), match.start() + 1 + match["escaped"].isspace())
        else:
            yield from _around(match, next(name for name in _NAMES if match[name] is not None))


_NAMES = ("literal", "strong", "emphasis")


def _follows(match: re.Match[str]) -> bool:
    """Return whether two colons stand right after a word, of which one is shown."""
    return match.start() > 0 and not match.string[match.start() - 1].isspace()


def _around(match: re.Match[str], name: str) -> Iterator[Markup]:
    yield Markup(match.start(), match.start(name))
    yield Markup(match.end(name), match.end())


def _phrase(text: str, match: re.Match[str]) -> Iterator[Markup]:
    """Yield the markup around the text of a role or a link, and its address."""
    first, last = match.span("phrase")
    address = _ADDRESS.search(text, first, last)
    if address and address.start() > first:
        last = address.start()
    elif path := _PATH.match(text, first, last) if match["role"] else None:
        first = path.end()
    yield Markup(match.start(), first)
    yield Markup(last, match.end())
