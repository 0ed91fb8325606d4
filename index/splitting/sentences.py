"""Sentences of a paragraph, as spans: found by sentencex, bounded and made safe here."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sentencex import get_sentence_boundaries

from index.splitting.line_cues import has_word, trim

_WINDOW = 2048
"""Code points given to the library at once: on some texts its time grows with the square."""

# The library sees a copy of the same length: every whitespace character as a space, because a
# wrapped line is not the end of a sentence and its parser fails on some of the others, and lone
# surrogates replaced, because it takes only UTF-8.
_ODD = re.compile(r"[^\S ]|[\ud800-\udfff]")
_ITEM_MARK = re.compile(r"[^\w\s]*\s*\(?(?:\d{1,3}|[A-Za-z])[.)]")
_OPENING_AT_END = re.compile(r"(?<=\s)[\"“„«‘(\[]+\s*$")
_TIME_OF_DAY = re.compile(r"\d\s?[ap]\.\s?m\.\s*$", re.IGNORECASE)
_QUOTATION_AFTER_SENTENCE = re.compile(r"(?:\b[^\W\d_A-Z][^\W\d_]+|[^\W\d_]{5})[.!?…]\s+(?=“)")


def find_sentences(
    text: str, start: int, end: int, breaks: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """Return the spans of the sentences in `text[start:end]`, in order.

    They have no whitespace at their ends.

    `breaks` are offsets at which a sentence begins in any case. Together the spans hold every
    character that is not whitespace.
    """
    sentences: list[tuple[int, int]] = []
    for first, last in pairwise([start, *breaks, end]):
        previous = first
        for boundary in _boundaries(text, first, last):
            span = trim(text, previous, max(previous, boundary))
            previous = max(previous, boundary)
            if span[0] == span[1]:
                continue
            before = sentences[-1] if sentences else None
            if before and not (has_word(text[slice(*span)]) and _stands_alone(text, *before)):
                sentences[-1] = (before[0], span[1])
            else:
                sentences.append(span)
    return sentences


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Return whether a span is more than the mark of an item: "-", "1.", "(b)"."""
    sentence = text[start:end]
    return has_word(sentence) and (len(sentence) > 8 or not _ITEM_MARK.fullmatch(sentence))


def _boundaries(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences of `text[start:end]` end, `end` the last of them."""
    while end - start > _WINDOW:
        stop = _last_space(text, start, start + _WINDOW)
        ends = _sentence_ends(text[start:stop])
        for sentence_end in ends[:-1]:
            yield start + sentence_end
        start = start + ends[-2] if len(ends) > 1 else stop
    for sentence_end in _sentence_ends(text[start:end]):
        yield start + sentence_end


def _last_space(text: str, start: int, end: int) -> int:
    """Return the offset after the last space of the span, or its end if it has none."""
    position = text.rfind(" ", start + 1, end)
    return position + 1 if position > 0 else end


def _sentence_ends(text: str) -> list[int]:
    """Return the offsets in `text` at which its sentences end, its length the last of them."""
    plain = _ODD.sub(_plain, text)
    try:
        ends = [int(boundary["end_index"]) for boundary in get_sentence_boundaries("en", plain)]
    except BaseException as error:
        # A panic of the library is no Exception. One unreadable paragraph must stop no build.
        if type(error).__name__ != "PanicException":
            raise
        ends = []
    in_order = all(a < b for a, b in pairwise([0, *ends]))
    if not ends or not in_order or ends[-1] != len(text):
        return [len(text)]
    return list(_at_quotations(plain, [end for end in ends if not _goes_on(plain, end)]))


def _goes_on(text: str, end: int) -> bool:
    """Return whether a sentence does not end here: inside a name, or after a.m. and p.m."""
    if end >= len(text):
        return False
    if text[end - 1] == "." and text[end].isalnum():  # java.lang.Object, www.example.com
        return True
    return _TIME_OF_DAY.search(text, max(0, end - 8), end) is not None


def _at_quotations(text: str, ends: Sequence[int]) -> Iterator[int]:
    """Yield the ends, with two things repaired that the library gets wrong about quotation marks.

    It leaves an opening mark with the sentence before, and it does not end a sentence that ends
    before an opening mark if another quotation stood in it.
    """
    start = 0
    for end in ends:
        first = start
        depth = 0
        for match in _QUOTATION_AFTER_SENTENCE.finditer(text, start, end):
            depth += text.count("“", first, match.end()) - text.count("”", first, match.end())
            first = match.end()
            if depth == 0:
                yield first
        opening = _OPENING_AT_END.search(text, max(start + 1, end - 8), end)
        start = opening.start() if opening and end < len(text) else end
        yield start


def _plain(match: re.Match[str]) -> str:
    return " " if match[0].isspace() else "\ufffd"
