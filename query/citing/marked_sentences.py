"""The sentences of an answer, and the marks in them: `[1]`, `[2, 4-6]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from index import find_sentences, words_of

_NUMBERS = r"\d{1,4}(?:\s*[,;\u2013-]\s*\d{1,4})*"
MARK = re.compile(rf"\[\s*({_NUMBERS})\s*\]|【\s*({_NUMBERS})\s*】")
_CLOSING = r"*_\"'”’»)"
_LEADING_MARKS = re.compile(rf"[ \t.,;:{_CLOSING}]*(?:(?:{MARK.pattern})[ \t]*[.,;:]?[ \t]*)+")
# The end of a sentence with its marks, if no letter from a to z follows. The sentence splitter
# misses such an end if quotation marks or brackets stand around it.
_MARKED_END = re.compile(
    rf"[.!?…][{_CLOSING}]*[ \t]*(?:(?:{MARK.pattern})[ \t]*)++[.,;:]?\s*+(?<=\s)"
    r"(?=[^\w\s]*[^\W_a-z])"
)
_LONGEST_RANGE = 100

# A blank line, the beginning of an item, a heading and the line after it begin a sentence.
_BREAK = re.compile(r"\n\s*\n\s*|\n[ \t]*(?=(?:[-*•#]|\d{1,3}[.)])\s)|^#[^\n]*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in brackets: `answer[start:end]` is the whole pair of brackets."""

    number: int
    start: int
    end: int


def marks_in(answer: str) -> Iterator[Mark]:
    """Yield the marks of an answer in order: one for each number in a pair of brackets."""
    for match in MARK.finditer(answer):
        for number in _numbers(match[1] or match[2]):
            yield Mark(number, match.start(), match.end())


def _numbers(text: str) -> Iterator[int]:
    """Yield the numbers of a mark: "1, 3-5" gives 1, 3, 4, 5."""
    for part in re.split(r"[,;]", text):
        ends = [int(end) for end in re.split(r"[\u2013-]", part)]
        first, last = ends[0], ends[-1]
        yield from range(first, last + 1) if 0 <= last - first <= _LONGEST_RANGE else ends


def numbers_in(marks: Iterable[Mark], start: int, end: int) -> tuple[int, ...]:
    """Return the different numbers of the marks that begin in a stretch of the answer."""
    return tuple(dict.fromkeys(m.number for m in marks if start <= m.start < end))


def sentence_spans(answer: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences; marks after a full stop belong to the one before it."""
    breaks = [match.end() for match in _BREAK.finditer(answer) if match.end() < len(answer)]
    spans: list[tuple[int, int]] = []
    for first, last in pairwise([0, *breaks, len(answer)]):
        opening = True
        for start, end in _sentences_between(answer, first, last):
            marks = _LEADING_MARKS.match(answer, start, end)
            has_words = bool(words_of(_without_marks(answer[start:end])))
            if marks and spans and not (opening and has_words):
                spans[-1] = (spans[-1][0], _stripped_end(answer, marks.end()))
                start = marks.end()  # noqa: PLW2901  (what is left of the sentence)
            if has_words:
                spans.append((start, end))
                opening = False
    return spans


def _sentences_between(answer: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a stretch; citation marks alone may end one too."""
    for start, end in find_sentences(answer, first, last):
        ends = [match.end() for match in _MARKED_END.finditer(answer, start, end)]
        for begin, stop in pairwise([start, *ends, end]):
            if begin < stop:
                yield begin, _stripped_end(answer, stop)


def _stripped_end(text: str, end: int) -> int:
    return len(text[:end].rstrip())


def _without_marks(sentence: str) -> str:
    """Return a sentence without its marks and without the marks of emphasis."""
    return " ".join(MARK.sub(" ", sentence).replace("*", " ").split())


def marked_segments(sentence: str) -> list[tuple[str, tuple[int, ...]]]:
    """Return the parts of a sentence that have marks of their own, each with its numbers.

    What follows the last mark belongs to the part before it, and so does a part with the same
    numbers.

    >>> marked_segments("It froze the treaty [1] and seized the town [2][3].")
    [('It froze the treaty', (1,)), ('and seized the town .', (2, 3))]
    """
    segments: list[tuple[str, tuple[int, ...]]] = []
    position = 0
    for mark in MARK.finditer(sentence):
        text = sentence[position : mark.start()]
        numbers = tuple(_numbers(mark[1] or mark[2]))
        if segments and (numbers == segments[-1][1] or not words_of(text)):
            before, others = segments.pop()
            text, numbers = before + text, tuple(dict.fromkeys((*others, *numbers)))
        segments.append((text, numbers))
        position = mark.end()
    if segments:
        segments[-1] = (segments[-1][0] + sentence[position:], segments[-1][1])
    return [(_without_marks(text), numbers) for text, numbers in segments]
