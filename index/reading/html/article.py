"""What stands around the text of an article, within it: byline, date, teasers, credits.

It is looked for only in pages that say that they are an article. Each rule is about lines: the
smallest blocks that hold words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.reading.html.head import DAY
from index.reading.html.text import heading_level, is_block
from index.reading.html.tree import Element

if TYPE_CHECKING:
    from index.reading.html.facts import Facts

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STATED = re.compile(r'"@type"\s*:\s*\[?\s*"(?:\w*NewsArticle|Article|\w*BlogPosting)"')
_STATED_IN_TEXT = re.compile(r"schema\.org/(?:\w*Article|\w*BlogPosting)$")

# Words of classes that sites in general give to such a line.
_NAMED_BYLINE = re.compile(
    r"(?:^|[-_\s])(?:by-?lines?|authors?|writers?|attribution|contributors?|(?:entry|post|article)"
    r"[-_]*(?:meta|info))(?:$|[-_\s])"
)
_NAMED_DATE = re.compile(
    r"(?:^|[-_\s])(?:date-?lines?|dates?|time|time-?stamps?|(?:publish|pub|post|update"
    r"|modified)[-_]*(?:ed|d)?[-_]*(?:date|time|on)?)(?:$|[-_\s])"
)
_NAMED_SUBTITLE = re.compile(
    r"(?:^|[-_\s])(?:dek|deck|sub-?titles?|sub-?head(?:ing|er|line)?s?|sub-?line|stand-?first"
    r"|strap-?line|tag-?line)(?:$|[-_\s])"
)
_NAMED_CAPTION = re.compile(r"caption|gallery|credit|slide")
_NAMED_CREDIT = re.compile(r"(?:^|[-_\s])(?:credits?|copyright|photographer)(?:$|[-_\s])")

_BY = re.compile(
    r"(?:(?:written|words|story|text|report(?:ed|ing)?|posted|published)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|author|автор)\s*:?\s+[^\W\d_]",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"\d{1,2}[:.]\d{2}")
_POINTER = re.compile(
    r"\W*(?:(?:read|see|watch|find out|learn|get|view)\s+(?:also|more|next|this|all)|related|also"
    r"|more|next|previous)\b[^:]{0,40}:",
    re.IGNORECASE,
)
"""What stands before a link that leads away from the text."""
_CLOSES = re.compile(
    r"\W*(?:©|copyright|all rights reserved|(?:first |last )?(?:published|updated)"
    r"|filed under|sources?: *\w|tags?:|topics?:|via |share (?:this|on|it)|subscribe"
    r"|sign up (?:for our|here|now)|join the|follow |have your say|read more"
    r"|more (?:in|from|news|on)|you (?:may|might)|about the author|recommended|related"
    r"|post a comment|leave a|view all)",
    re.IGNORECASE,
)
_SOLICITS = re.compile(
    r"\b(?:subscribe|newsletters?|sign up (?:for our|here|now|today)|inbox"
    r"|follow (?:us|me|him|her|them|@|\S+ on )|on (?:facebook|twitter|instagram|youtube)"
    r"|all rights reserved|click here)\b|©",
    re.IGNORECASE,
)
"""What a sentence after the end of an article asks its readers for."""
_SIGNS = re.compile(
    r"\W*(?:share (?:this|it|on) .*|(?:click )?to tweet|advertisement|sponsored(?: content)?"
    r"|(?:story|article) continues .*|continue reading.*|scroll .* to continue.*"
    r"|(?:back|jump) to .*|view (?:all|gallery).*|don.t miss|most read.*"
    r"|(?:leave|post) a (?:comment|reply)"
    r"|add your comment|read more|share|tweet|print|email|\d{4}-\d\d-\d\dT\S+)\W*",
    re.IGNORECASE,
)
"""Signs on buttons: a line of few words that is one of them is not text, anywhere."""
_CREDIT = re.compile(
    r"\W*(?:photos?|images?|pictures?|illustration|credits?|foto|bild)\b\W{0,3}"
    r"(?:credits?|copyright|by|via|from|courtesy|:|©)",
    re.IGNORECASE,
)

# Words of a paragraph that only closes: if it begins as such lines do; if it asks for something.
_FEW_CLOSING, _LONGEST_CLOSING = 8, 30
_LONGEST_TITLE, _LONGEST_CAPTION = 250, 800
_FEWEST_OF_SUBTITLE = 4
_WHOLE = frozenset({"code", "pre", "table"})
_FRONT = 20
"""Lines in which a byline or a date may follow the title."""
_SIGN_WORDS, _FEW_WORDS, _MOST_WORDS, _LONGEST_SUBTITLE = 6, 14, 20, 70
"""Words of a sign; of a byline or credit; of any such line; of a subtitle; at most."""


def hyphened(names: str) -> str:
    """Return the names of classes in lower case, the words of each parted by hyphens."""
    return _HUMP.sub("-", names).lower()


def says_article(root: Element) -> bool:
    """Check that a page says of itself, to other programs, that it is news or a post.

    An encyclopedia that says so has no such parts.
    """
    is_stated = False
    for part in root.elements():
        if part.tag == "script" and part.get("type") == "application/ld+json":
            is_stated = is_stated or _STATED.search(part.text()) is not None
        elif part.tag == "meta":
            if part.get("name") == "generator" and "mediawiki" in part.get("content").lower():
                return False
            is_stated = is_stated or part.get("property") == "article:published_time"
        elif part.tag == "body":
            is_stated = is_stated or "single-post" in part.get("class").split()
        if _STATED_IN_TEXT.search(part.get("itemtype")):
            is_stated = True
    return is_stated


@dataclass(frozen=True, slots=True)
class _Place:
    """What an element stands in: the classes of its holders, a list (by identity), a link."""

    names: str = ""
    list: int = 0
    is_caption: bool = False
    is_in_link: bool = False
    is_kept: bool = False
    """Whether it is part of a table or of code, of which nothing is left out."""

    def within(self, element: Element, facts: Facts) -> _Place:
        """Return the place of what an element holds."""
        named = hyphened(f"{element.get('class')} {element.get('itemprop')}")
        is_caption = element.tag in ("figure", "figcaption") or (
            facts.text < _LONGEST_CAPTION and _NAMED_CAPTION.search(named) is not None
        )
        return _Place(
            f"{self.names}\n{named}",
            id(element) if element.tag in ("ol", "ul") else self.list,
            self.is_caption or is_caption,
            self.is_in_link or (element.tag == "a" and facts.site_links > 0),
            self.is_kept or element.tag in _WHOLE,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """The smallest block that holds words."""

    element: Element
    facts: Facts
    text: str
    place: _Place

    @property
    def is_heading(self) -> bool:
        return heading_level(self.element) > 0

    @property
    def is_prose(self) -> bool:
        return self.facts.prose > 0 and not self.place.is_caption

    @property
    def is_link(self) -> bool:
        """Whether it is nothing but a link within the site, perhaps after a word such as "See"."""
        facts = self.facts
        pointer = _POINTER.match(self.text)
        if self.place.is_in_link or not facts.links:
            return self.place.is_in_link
        if facts.site_links < facts.links and not pointer:
            return False
        led = len("".join(pointer[0].split())) if pointer else 0
        return 10 * (facts.linked + led) >= 9 * facts.text

    @property
    def own_names(self) -> str:
        return self.place.names.rpartition("\n")[2]


def beside_text(
    containers: Sequence[Element], title: Element | None, facts: Mapping[int, Facts]
) -> dict[int, str]:
    """Return what stands beside the text in the containers of an article, with the reasons.

    The reasons "title", "byline", "date" and "subtitle" mean that it belongs to the head.
    """
    lines = [line for container in containers for line in _lines(container, facts)]
    prose = [number for number, line in enumerate(lines) if line.is_prose]
    if not prose:
        return {}
    found: dict[int, str] = {}
    at = _place_of(title, lines)
    _add_front(lines, at, found)
    if title is not None and len(title.wording()) <= _LONGEST_TITLE:
        found[id(title)] = "title"
    for line in lines:
        if line.place.is_caption and _is_credit(line):
            found[id(line.element)] = "picture credit"
        elif _is_sign(line):
            found[id(line.element)] = "navigation"
    _add_links(lines, found)
    _add_end(lines, found)
    kept = {id(line.element) for line in lines if line.place.is_kept}
    return {key: reason for key, reason in found.items() if key not in kept}


def _lines(container: Element, facts: Mapping[int, Facts]) -> Iterator[_Line]:
    """Yield the lines of a container in order; words between blocks are not among them."""
    holders = _holders(container, facts)
    waiting = [(container, _Place())]
    while waiting:
        element, above = waiting.pop()
        own = facts.get(id(element))
        if own is None or not own.text:
            continue
        place = above.within(element, own)
        parts = [child for child in element.children if isinstance(child, Element)]
        if not any(id(part) in holders for part in parts):
            yield _Line(element, own, element.wording(), place)
            continue
        # An inline part among blocks is a line of its own if no words stand beside it.
        has_words = any(isinstance(child, str) and child.strip() for child in element.children)
        kept = [part for part in parts if not has_words or id(part) in holders]
        waiting += ((part, place) for part in reversed(kept))


def _holders(container: Element, facts: Mapping[int, Facts]) -> set[int]:
    """Return the elements that are or hold a block with words, by identity."""
    holders: set[int] = set()
    for element in reversed(list(container.elements())):
        own = facts.get(id(element))
        is_line = own is not None and own.text > 0 and is_block(element)
        if is_line or any(id(child) in holders for child in element.children):
            holders.add(id(element))
    return holders


def _place_of(title: Element | None, lines: Sequence[_Line]) -> int:
    if title is None:
        return -1
    inside = {id(part) for part in title.elements()}
    return next((n for n, line in enumerate(lines) if id(line.element) in inside), -1)


def _add_front(lines: Sequence[_Line], at: int, found: dict[int, str]) -> None:
    """Add byline, date and subtitle after the title, and short lines before it."""
    for line in lines[: max(at, 0)]:
        if id(line.element) not in found and not line.place.is_caption and not line.is_prose:
            found[id(line.element)] = _statement(line) or "navigation"
    front = _front(lines, at)
    is_stated = at < 0
    for line in front:
        if line.place.is_caption:
            continue
        statement = _statement(line)
        is_stated = is_stated or bool(statement)
        is_whole = line.is_prose or len(line.text.split()) >= _FEWEST_OF_SUBTITLE
        is_subtitle = is_whole and not line.is_link and (line.is_prose or not is_stated)
        found[id(line.element)] = statement or ("subtitle" if is_subtitle else "navigation")
    following = lines[at + 1 + len(front) :] if at >= 0 else []
    if following and _is_subtitle(following[0]):
        found[id(following[0].element)] = "subtitle"


def _front(lines: Sequence[_Line], at: int) -> Sequence[_Line]:
    """Return the lines from the title to the last that states a byline or a date.

    One paragraph may stand among them, if they follow the title and the text is longer.
    """
    stated = 0
    prose: list[int] = []
    for number, line in enumerate(lines[at + 1 : at + 1 + _FRONT], start=1):
        if _statement(line):
            stated = number
        elif line.is_prose and not _is_subtitle(line):
            prose.append(number)
            if len(prose) > 1 or len(line.text.split()) > _LONGEST_SUBTITLE:
                break
    front = lines[at + 1 : at + 1 + stated]
    length = sum(line.facts.prose for line in front)
    rest = sum(line.facts.prose for line in lines) - length
    is_part_of_text = at < 0 and bool(prose) and prose[0] <= stated
    return [] if is_part_of_text or rest < 2 * length else front


def _is_subtitle(line: _Line) -> bool:
    is_long = len(line.text.split()) > _LONGEST_SUBTITLE
    return not is_long and _NAMED_SUBTITLE.search(line.own_names) is not None


def _statement(line: _Line) -> str:
    """Return "byline" or "date" if a line states that, and nothing else."""
    words = line.text.split()
    is_heading = heading_level(line.element) in (1, 2, 3)
    if len(words) > _MOST_WORDS or line.place.is_caption or is_heading or _ends_sentence(line):
        return ""
    is_named_date = _NAMED_DATE.search(line.own_names) is not None
    is_named_byline = _NAMED_BYLINE.search(line.own_names) is not None
    is_dated = DAY.search(line.text) and (len(words) <= 10 or is_named_date or is_named_byline)
    is_timed = is_named_date and _CLOCK.search(line.text)
    if _BY.match(line.text):
        return "byline"
    if is_dated or is_timed or line.element.tag == "time":
        return "date"
    return "byline" if is_named_byline and len(words) <= _FEW_WORDS else ""


def _ends_sentence(line: _Line) -> bool:
    words = line.text.split()
    if words[-1].lower() in ("a.m.", "p.m."):
        return False
    return line.facts.last in "!?…:;" or (line.facts.last == "." and len(words) > 8)


def _is_credit(line: _Line) -> bool:
    words = len(line.text.split())
    return words <= _FEW_WORDS and (
        _CREDIT.match(line.text) is not None or _NAMED_CREDIT.search(line.own_names) is not None
    )


def _is_sign(line: _Line) -> bool:
    words = len(line.text.split())
    return words <= _SIGN_WORDS and _SIGNS.fullmatch(line.text) is not None


def _add_links(lines: Sequence[_Line], found: dict[int, str]) -> None:
    """Add the lines that are a link alone, with a heading over several, if they are few.

    An item of a list is one of them if all items of it are.
    """
    mixed = {line.place.list for line in lines if not line.is_link} - {0}
    over: list[_Line] = []
    chosen: list[_Line] = []
    run: list[_Line] = []
    for line in (*lines, None):
        if line is not None and _leads_away(line) and line.place.list not in mixed:
            run.append(line)
            continue
        if len(run) > 1:
            chosen += [*over, *run]
        elif run and not run[0].is_heading:
            chosen += run
        run = []
        over = [line] if line is not None and line.is_heading else []
    linked = sum(line.facts.text for line in chosen)
    if 3 * linked <= sum(line.facts.prose for line in lines):
        found.update((id(line.element), "navigation") for line in chosen)


def _leads_away(line: _Line) -> bool:
    return line.is_link and not line.place.is_caption and not line.is_prose


def _add_end(lines: Sequence[_Line], found: dict[int, str]) -> None:
    """Add what closes an article after the end of its text, and headings over nothing."""
    holds_text = False
    for line in reversed(lines):
        if id(line.element) in found or line.place.is_caption:
            continue
        if (line.is_heading and not holds_text) or _closes(line):
            found[id(line.element)] = "navigation"
        elif line.is_prose:
            break
        else:
            holds_text = not line.is_heading


def _closes(line: _Line) -> bool:
    """Return whether a line at the end says whose the article is, or asks for something."""
    words = len(line.text.split())
    if line.is_prose and (words > _FEW_CLOSING or not _CLOSES.match(line.text)):
        asks = line.facts.links > 0 and _SOLICITS.search(line.text) is not None
        return words <= _LONGEST_CLOSING and asks
    return words <= _MOST_WORDS and (
        _CLOSES.match(line.text) is not None or _SOLICITS.search(line.text) is not None
    )
