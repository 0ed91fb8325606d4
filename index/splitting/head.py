"""The head of a file: title, subtitle, byline and date, which are not passages."""

import re
from collections.abc import Sequence

from index.splitting.line_cues import (
    SHORT,
    ends_sentence,
    first_letter,
    has_complete_sentence,
    has_word,
    is_bullet,
    is_fragment,
    is_label,
    is_short,
)
from index.splitting.paragraphs import LONGEST_CHAIN, Kind, Paragraph
from index.splitting.structure import FoundHead
from index.types import HeadSpan

_LONGEST_TITLE = 150
_SHORTEST_LINE = 40
"""Characters of a line of text that goes on after a blank one, at least."""

_ARTICLE = 3
"""Paragraphs that follow a title in its own block, at least."""

# A line of a log, an entry of a note, an address at the end.
_STAMP = re.compile(r"\W*\d{1,4}[-/.:]\d{1,2}[-/.:]\d{1,4}[T ,:]|\W*\d{1,2}:\d{2}\b|\[?\d{9,}")
_ENTRY = re.compile(r"[^:]{1,40}:\s+\S|.*\b\d{3,}\b|.*\d\b")
_WIDE_GAP = re.compile(r"\S(?: {2,}|\t)(?=\S)")
_ADDRESS = re.compile(r"(?:\w+://|www\.)\S+$|\S+@\S+\.\w+$")

_BYLINE = re.compile(
    r"(?:(?:written|words|story|text|report)\s+)?(?:by|author|authors)(?:\s*:)?\s+(?P<names>\S.*)",
    re.IGNORECASE,
)
_LINKING = frozenset(
    {"&", "|", "and", "at", "de", "del", "der", "di", "du", "for", "in", "la", "of", "on"}
    | {"the", "van", "von", "with", "y"}
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_TIME = r"(?:,?\s*(?:at\s+)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s*[a-z]{2,4})?)?"
_DATE = re.compile(
    r"(?:(?:first\s+|last\s+)?(?:published|updated|posted|date|dated)(?:\s+on)?\s*:?\s*)?"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
    rf"(?:{_MONTH}\s+{_DAY},?\s+\d{{4}}|(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH},?\s+\d{{4}}"
    rf"|{_MONTH},?\s+\d{{4}}|{_DAY}-{_MONTH}-\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z?)?|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
    rf"|\d{{4}}年\d{{1,2}}月\d{{1,2}}日){_TIME}\.?",
    re.IGNORECASE,
)
_BYLINE_THEN_DATE = re.compile(
    rf"(?P<byline>\S.*?)(?:\s+on\s+|\s*[,|·•–—]\s*|\s+-\s+)(?P<date>{_DATE.pattern})", re.IGNORECASE
)
_DATE_THEN_BYLINE = re.compile(
    rf"(?P<date>{_DATE.pattern})(?:\s*[,|·•–—]\s*|\s+-\s+|\s+)(?P<byline>(?:by|author)\b.*)",
    re.IGNORECASE,
)


def parted_byline(text: str) -> tuple[str, str]:
    """Return a byline without the date that stands beside it on its line, and that date, or "".

    >>> parted_byline("By Ann Luzin on May 6, 2021"), parted_byline("By Ann Luzin")
    (('By Ann Luzin', 'May 6, 2021'), ('By Ann Luzin', ''))
    >>> parted_byline("Posted on 6 May 2021 by Ann Luzin")
    ('by Ann Luzin', 'Posted on 6 May 2021')
    """
    match = _BYLINE_THEN_DATE.fullmatch(text) or _DATE_THEN_BYLINE.fullmatch(text)
    return (match["byline"], match["date"]) if match else (text, "")


def _take_byline_or_date(head: FoundHead, text: str, paragraph: Paragraph) -> bool:
    """Take a paragraph that is a byline, a date, or both; return whether it is."""
    if paragraph.end - paragraph.start > 2 * SHORT:
        return False
    piece = " ".join(text[paragraph.start : paragraph.end].strip("*_ ").split())
    byline, date = ("", "") if head.byline or head.date else parted_byline(piece)
    if date and _is_byline(byline):
        head.take("byline", text, paragraph)
        head.byline, head.date = byline, date
    elif not head.byline and _is_byline(piece):
        head.take("byline", text, paragraph)
    elif not head.date and _is_date(piece):
        head.take("date", text, paragraph)
    else:
        return False
    return True


def _is_byline(text: str) -> bool:
    """Return whether `text` says by whom the article is, and nothing else."""
    match = _BYLINE.fullmatch(text.strip("*_ "))
    if match is None or not is_fragment(text):
        return False
    words = match["names"].split()
    return len(words) <= 14 and all(
        word in _LINKING or not first_letter(word).islower() for word in words
    )


def _is_date(text: str) -> bool:
    """Return whether `text` is a date and nothing else."""
    return len(text) <= 60 and _DATE.fullmatch(text.strip("*_ ")) is not None


def _is_title(text: str, *, is_first: bool) -> bool:
    """Return whether `text` could be a title: short, and not ending as a sentence does.

    The first one of a file may be longer, and a question or an exclamation. The line of a log, an
    address, a sum and an entry such as "Password: abc" are not titles.
    """
    plain = text.rstrip("?!？！") if is_first else text
    most = _LONGEST_TITLE if is_first else SHORT
    is_open = not ends_sentence(plain) and not has_complete_sentence(plain)
    if len(plain) > most or not is_open or not has_word(text) or is_bullet(text):
        return False
    if first_letter(text).islower() or plain[-1] in ",;:，；：、-–—>=|&+/\\":
        return False
    if len(_WIDE_GAP.findall(text)) > 1:  # the head of a table
        return False
    return not (_STAMP.match(text) or _ADDRESS.search(text) or is_label(text))


def take_head(text: str, paragraphs: Sequence[Paragraph]) -> tuple[FoundHead, list[Paragraph]]:
    """Split the paragraphs of a plain text into what its head states and the rest.

    Nothing is taken where no body would be left, and no titles from a chain of short lines that
    is rather a list or verse.
    """
    head = FoundHead()
    titles: list[Paragraph] = []
    position = 0
    for paragraph in paragraphs:
        piece = text[paragraph.start : paragraph.end]
        if paragraph.kind is not Kind.TEXT:
            break
        if _take_byline_or_date(head, text, paragraph):
            pass
        elif _is_title(piece, is_first=not titles):
            titles.append(paragraph)
        else:
            break
        position += 1
    else:
        return FoundHead(), list(paragraphs)
    if not _are_titles(text, titles, paragraphs[position:]):
        if titles:  # a date or a name between lines that are not titles belongs to them
            return FoundHead(), list(paragraphs)
        kept = titles
    else:
        for name, title in zip(("title", "subtitle"), titles, strict=False):
            head.take(name, text, title)
        kept = titles[2:]
    return head, [*kept, *paragraphs[position:]]


def take_title(
    head: FoundHead, text: str, paragraphs: Sequence[Paragraph], title: Paragraph, wording: str
) -> list[Paragraph]:
    """Take a title, and a byline and a date right after it; return the paragraphs left.

    `wording` is the title as it is read. It is taken if `paragraphs` begin with it, something
    follows, and no other title is stated.
    """
    is_new = not head.title or head.title == wording
    head.title = head.title or wording
    if not is_new or title is not paragraphs[0] or len(paragraphs) == 1:
        return list(paragraphs)
    head.spans.append(HeadSpan("title", title.start, title.end))
    position = 1
    while position < len(paragraphs) - 1:
        if not _take_byline_or_date(head, text, paragraphs[position]):
            break
        position += 1
    return list(paragraphs[position:])


def _are_titles(text: str, titles: Sequence[Paragraph], rest: Sequence[Paragraph]) -> bool:
    """Return whether title-like lines are titles of the paragraphs that follow them.

    A blank line must part them from the first one, or else there must be a few of prose, or their
    words must have capitals.
    """
    if not titles or len(titles) > LONGEST_CHAIN:
        return False
    lines = [text[title.start : title.end] for title in titles]
    if len(lines) > 1 and sum(_ENTRY.match(line) is not None for line in lines) > 1:
        return False
    body = rest[0]
    opening = text[body.start : body.end]
    is_long = not is_short(opening)
    is_prose = is_long and (ends_sentence(opening) or has_complete_sentence(opening))
    if not is_prose and not is_short(lines[0]):
        return False
    if _goes_on_below(lines[-1], opening):
        return False
    if titles[-1].block == body.block and body.kind is Kind.TEXT:
        following = [text[part.start : part.end] for part in rest[:_ARTICLE]]
        is_article = len(following) == _ARTICLE and all(map(_is_prose, following))
        return is_article or (is_prose and all(map(_is_title_case, lines)))
    return len(titles) < LONGEST_CHAIN or is_long or has_complete_sentence(opening)


def _goes_on_below(line: str, opening: str) -> bool:
    """Return whether a title is rather a line of text, with a blank one after each line."""
    is_line = len(line) >= _SHORTEST_LINE and not _is_title_case(line)
    return is_line and opening.split(maxsplit=1)[0].islower()  # unlike iPhone


def _is_title_case(text: str) -> bool:
    """Return whether the words of a line begin with capitals, as those of a title may."""
    words = [word for word in text.split() if len(word) > 3 or word is text]
    return not _ENTRY.match(text) and all(first_letter(word).isupper() for word in words)


def _is_prose(text: str) -> bool:
    return not is_short(text) or has_complete_sentence(text)
