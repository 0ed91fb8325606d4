"""Quotations in an answer, held word for word against what is cited."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from index import words_of
from query.citing.marked_sentences import MARK
from query.citing.numbered_hits import NumberedHits
from query.citing.telling_words import TELLING

if TYPE_CHECKING:
    from query.hits import Hit

QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_ELLIPSIS = re.compile(r"\[\s*(?:\.{3}|…)\s*\]|\(\s*(?:\.{3}|…)\s*\)|\.{3}|…")

# The marks of Markdown in a quotation, and marks of notes.
_QUOTED_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_QUOTED_MARKUP = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)|</?[A-Za-z][^<>]*>")
_NOTE = re.compile(r"\[\^?\w{1,4}\]|[†‡]")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words of the answer in quotation marks, `answer[start:end]` without these.

    `numbers` are those cited beside it, `found_in` those of all the hits whose text has the
    words in that order, as a reader sees them; case, punctuation, white space and marks of notes
    do not count. An ellipsis stands for words within one sentence, but not for a negation or a
    number.
    """

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    found_in: tuple[int, ...]

    @property
    def ok(self) -> bool:
        """Whether a passage that is cited beside it has the words."""
        return not set(self.numbers).isdisjoint(self.found_in)


def quotations_in(
    answer: str,
    spans: Sequence[tuple[int, int]],
    numbers: Sequence[tuple[int, ...]],
    cited: tuple[int, ...],
    hits: NumberedHits,
) -> Iterator[Quotation]:
    """Yield the quotations of an answer, with the marks of the sentence that each ends in."""
    for match in QUOTATION.finditer(answer):
        group = match.lastindex or 0
        text = match[group]
        if _BLANK_LINE.search(text) or not words_of(text):
            continue
        own = [n for (start, end), n in zip(spans, numbers, strict=True) if start < match.end()]
        yield Quotation(
            text=text,
            start=match.start(group),
            end=match.end(group),
            numbers=(own[-1] if own else ()) or cited,
            found_in=_numbers_saying(text, hits),
        )


def _numbers_saying(quotation: str, hits: NumberedHits) -> tuple[int, ...]:
    """Return the numbers whose text has the words of a quotation in that order."""
    parts = [words_of(_as_shown(part)) for part in _ELLIPSIS.split(MARK.sub(" ", quotation))]
    parts = [part for part in parts if part]
    return tuple(
        number
        for number in hits.numbers()
        if any(says(text, parts) for text in _spoken(hits.of(number)))
    )


def _spoken(hits: Sequence[Hit]) -> Iterator[list[tuple[str, int]]]:
    """Yield the words of some passages, each with the number of its sentence.

    A word that a hyphen breaks at the end of a line is read whole first, and then in two.
    """
    sentences = [
        hit.passage.shown_of(sentence.start, sentence.end)
        for hit in hits
        for sentence in hit.passage.sentences
    ]
    for keep_hyphens in (False, True):
        yield [
            (word, place)
            for place, sentence in enumerate(sentences)
            for word in words_of(_NOTE.sub(" ", sentence), keep_hyphens=keep_hyphens)
        ]


def _as_shown(quotation: str) -> str:
    """Return a quotation without the marks of Markdown, in which answers are often written."""
    return _NOTE.sub(" ", _QUOTED_LINK.sub(r"\1", _QUOTED_MARKUP.sub("", unescape(quotation))))


def says(text: Sequence[tuple[str, int]], parts: Sequence[Sequence[str]]) -> bool:
    """Check that the parts of a quotation stand in a text in order.

    `text` has words, each with the number of its sentence. What is left out between two parts
    stands within one sentence, and has neither a negation nor a number in it.

    >>> text = [("he", 0), ("did", 0), ("not", 0), ("come", 0)]
    >>> says(text, [["not", "come"]]), says(text, [["did"], ["come"]])
    (True, False)
    """
    words = [word for word, _ in text]
    ends = {0} if parts else set()
    for number, part in enumerate(parts):
        starts = (s for s in range(len(words)) if words[s : s + len(part)] == list(part))
        ends = {
            start + len(part)
            for start in starts
            if number == 0
            or any(_may_leave_out(text[end - 1 : start + 1]) for end in ends if end <= start)
        }
    return bool(ends)


def _may_leave_out(stretch: Sequence[tuple[str, int]]) -> bool:
    """Return whether an ellipsis may stand for what lies between the ends of a stretch."""
    return len({place for _, place in stretch}) == 1 and not any(
        word in TELLING or word[0].isdigit() for word, _ in stretch[1:-1]
    )
