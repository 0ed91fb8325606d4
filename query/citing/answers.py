"""An answer with `[n]` marks held against the hits it was made from."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from index import find_sentences, words_of
from query.citing.context import excerpt_of, join_excerpts
from query.citing.telling_words import TELLING
from query.showing.safe_text import shown

if TYPE_CHECKING:
    from embed import TextEncoder
    from index import Calibration
    from query.hits import Hit

USUAL_CHANCE_LEVEL = 0.25
"""The level of an index of two articles, with the packaged model."""

_MORE_THAN_ARE_CITED = 50

_NUMBERS = r"\d{1,4}(?:\s*[,;\u2013-]\s*\d{1,4})*"
_MARK = re.compile(rf"\[\s*({_NUMBERS})\s*\]|【\s*({_NUMBERS})\s*】")
_CLOSING = r"*_\"'”’»)"
_LEADING_MARKS = re.compile(rf"[ \t.,;:{_CLOSING}]*(?:(?:{_MARK.pattern})[ \t]*[.,;:]?[ \t]*)+")
# The end of a sentence with its marks, if no letter from a to z follows. The sentence splitter
# misses such an end if quotation marks or brackets stand around it.
_MARKED_END = re.compile(
    rf"[.!?…][{_CLOSING}]*[ \t]*(?:(?:{_MARK.pattern})[ \t]*)++[.,;:]?\s*+(?<=\s)"
    r"(?=[^\w\s]*[^\W_a-z])"
)
_LONGEST_RANGE = 100

# A blank line, the beginning of an item, a heading and the line after it begin a sentence.
_BREAK = re.compile(r"\n\s*\n\s*|\n[ \t]*(?=(?:[-*•#]|\d{1,3}[.)])\s)|^#[^\n]*\n", re.MULTILINE)

_QUOTATION = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|«([^«»]+)»|„([^„“”]+)[“”]")
_BLANK_LINE = re.compile(r"\n\s*\n")
_ELLIPSIS = re.compile(r"\[\s*(?:\.{3}|…)\s*\]|\(\s*(?:\.{3}|…)\s*\)|\.{3}|…")

_TABLE_WIDTH = 100

# The marks of Markdown in a quotation, and marks of notes.
_QUOTED_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()\s]*\)|\[[^\[\]]*\])")
_QUOTED_MARKUP = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)|</?[A-Za-z][^<>]*>")
_NOTE = re.compile(r"\[\^?\w{1,4}\]|[†‡]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in brackets: `answer[start:end]` is the whole pair of brackets."""

    number: int
    start: int
    end: int


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


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer, `answer[start:end]`, and what stands behind it.

    `numbers` are those it cites; one without a mark is held against all that the answer cites.
    `support` is its best cosine to a sentence of those passages, in passage `nearest`; both
    are None if nothing is cited.
    """

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    support: float | None
    nearest: int | None
    supported: bool


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """What was found in an answer; `str()` of it is a table for people.

    A sentence counts as supported if `support` exceeds `chance_level`. That means that it is about
    the same thing as its source, not that it says the same of it.
    """

    answer: str
    sentences: tuple[AnswerSentence, ...]
    marks: tuple[Mark, ...]
    marks_citing_nothing: tuple[Mark, ...]
    quotations: tuple[Quotation, ...]
    chance_level: float

    @property
    def unsupported(self) -> tuple[AnswerSentence, ...]:
        """The sentences that no cited sentence supports."""
        return tuple(sentence for sentence in self.sentences if not sentence.supported)

    @property
    def misquotations(self) -> tuple[Quotation, ...]:
        """The quotations that are not in a passage cited beside them."""
        return tuple(quotation for quotation in self.quotations if not quotation.ok)

    @property
    def ok(self) -> bool:
        """Whether nothing was found wanting."""
        return not (self.marks_citing_nothing or self.misquotations or self.unsupported)

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, for JSON."""
        quotations = [{**asdict(quotation), "ok": quotation.ok} for quotation in self.quotations]
        return {**asdict(self), "quotations": quotations, "ok": self.ok}

    def __str__(self) -> str:
        lines = ["      support  cites     sentence"]
        for sentence in self.sentences:
            lines += _sentence_lines(sentence)
        if self.marks_citing_nothing:
            numbers = dict.fromkeys(mark.number for mark in self.marks_citing_nothing)
            lines.append(f"Marks that cite nothing: {_bracketed(numbers)}")
        for quotation in self.misquotations:
            elsewhere = _bracketed(quotation.found_in)
            where = f"it stands in {elsewhere}" if elsewhere else "it stands in no passage"
            lines.append(f"Not in the passage cited: {_line(quotation.text)!r}; {where}")
        verdict = "Nothing found wanting." if self.ok else "Check what is marked."
        lines.append(f"{verdict} By chance, support reaches {self.chance_level:.2f}.")
        return "\n".join(lines)


def check_answer(
    answer: str,
    hits: Iterable[Hit],
    encoder: TextEncoder | None = None,
    *,
    chance_level: float | None = None,
) -> AnswerCheck:
    """Hold an answer against the hits that its marks number, `[1]` the first of them.

    Give the hits that the prompt was built from, or better the `hits` of its `Context`, which
    are those that fitted. Finds marks that cite nothing, quotations that are not in the passage
    cited, and sentences without support: their best cosine to a cited sentence is no higher than
    chance. `encoder` is by default the packaged model, `chance_level` its usual one;
    `Retriever.check_answer` uses those of the index.
    """
    level = USUAL_CHANCE_LEVEL if chance_level is None else chance_level
    evidence = _Evidence(tuple(hits))
    marks = tuple(_marks(answer))
    cited = tuple(dict.fromkeys(m.number for m in marks if m.number in evidence.texts))
    spans = _sentence_spans(answer)
    numbers = [_numbers_in(marks, *span) for span in spans]
    supports = _supports(answer, spans, [own or cited for own in numbers], evidence, encoder)
    return AnswerCheck(
        answer=answer,
        sentences=tuple(
            AnswerSentence(
                answer[start:end],
                start,
                end,
                own,
                *support,
                supported=support[0] is not None and support[0] > level,
            )
            for (start, end), own, support in zip(spans, numbers, supports, strict=True)
        ),
        marks=marks,
        marks_citing_nothing=tuple(m for m in marks if m.number not in evidence.texts),
        quotations=tuple(_quotations(answer, spans, numbers, cited, evidence)),
        chance_level=level,
    )


def chance_level_of(chance: Calibration, passages: int) -> float:
    """Return the cosine above which a sentence counts as supported, by the index's calibration.

    This is an estimate: the calibration is that of whole passages, which score about as high as
    their best sentences. An unrelated sentence reaches the level once in twenty times if it is
    compared with fifty passages, which is more than an answer cites.
    """
    from index import LEAST_PASSAGES

    # An index of fewer passages judges by chance as if it had so many.
    learnt_from = max(passages, LEAST_PASSAGES)
    return chance.score_at(0.05) - chance.scale * math.log(learnt_from / _MORE_THAN_ARE_CITED)


class _Evidence:
    """What each number stands for: the texts of its passage and of those joined to it."""

    def __init__(self, hits: tuple[Hit, ...]) -> None:
        self.texts: dict[int, str] = {}
        self._hits: dict[int, list[Hit]] = {}
        for source in join_excerpts([excerpt_of(hit) for hit in hits]):
            for position in source.positions:
                self.texts[position] = source.text
                self._hits[position] = [hits[other - 1] for other in source.positions]

    def sentences(self, number: int) -> list[str]:
        """Return the sentences of the passages that a number stands for, if it cites any."""
        return [
            hit.passage.reading_of(sentence.start, sentence.end)
            for hit in self._hits.get(number, [])
            for sentence in hit.passage.sentences
        ]

    def numbers_saying(self, quotation: str) -> tuple[int, ...]:
        """Return the numbers whose text has the words of a quotation in that order."""
        parts = [words_of(_as_shown(part)) for part in _ELLIPSIS.split(_MARK.sub(" ", quotation))]
        parts = [part for part in parts if part]
        return tuple(
            number
            for number in sorted(self.texts)
            if any(says(text, parts) for text in self._spoken(number))
        )

    def _spoken(self, number: int) -> Iterator[list[tuple[str, int]]]:
        """Yield the words that a number stands for, each with the number of its sentence.

        A word that a hyphen breaks at the end of a line is read whole first, and then in two.
        """
        for keep_hyphens in (False, True):
            yield [
                (word, place)
                for place, sentence in enumerate(self._readings(number))
                for word in words_of(_NOTE.sub(" ", sentence), keep_hyphens=keep_hyphens)
            ]

    def _readings(self, number: int) -> list[str]:
        """Return the sentences that a number stands for as a reader sees them."""
        return [
            hit.passage.shown_of(sentence.start, sentence.end)
            for hit in sorted(self._hits.get(number, []), key=lambda hit: hit.passage.start)
            for sentence in hit.passage.sentences
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


def _marks(answer: str) -> Iterator[Mark]:
    for match in _MARK.finditer(answer):
        for number in _numbers(match[1] or match[2]):
            yield Mark(number, match.start(), match.end())


def _numbers(text: str) -> Iterator[int]:
    """Yield the numbers of a mark: "1, 3-5" gives 1, 3, 4, 5."""
    for part in re.split(r"[,;]", text):
        ends = [int(end) for end in re.split(r"[\u2013-]", part)]
        first, last = ends[0], ends[-1]
        yield from range(first, last + 1) if 0 <= last - first <= _LONGEST_RANGE else ends


def _sentence_spans(answer: str) -> list[tuple[int, int]]:
    """Sentences of an answer; marks that follow a full stop belong to the sentence before it."""
    breaks = [match.end() for match in _BREAK.finditer(answer) if match.end() < len(answer)]
    spans: list[tuple[int, int]] = []
    for first, last in pairwise([0, *breaks, len(answer)]):
        opening = True
        for start, end in _sentences_between(answer, first, last):
            marks = _LEADING_MARKS.match(answer, start, end)
            has_words = bool(words_of(_plain(answer[start:end])))
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


def _numbers_in(marks: Iterable[Mark], start: int, end: int) -> tuple[int, ...]:
    return tuple(dict.fromkeys(m.number for m in marks if start <= m.start < end))


def _supports(
    answer: str,
    spans: Sequence[tuple[int, int]],
    numbers: Sequence[tuple[int, ...]],
    evidence: _Evidence,
    encoder: TextEncoder | None,
) -> list[tuple[float | None, int | None]]:
    """For each sentence its best cosine to a sentence of the passages cited, and which that is."""
    sources = {
        number: sentences
        for number in dict.fromkeys(number for own in numbers for number in own)
        if (sentences := evidence.sentences(number))
    }
    if not spans or not sources:
        return [(None, None)] * len(spans)
    if encoder is None:
        from embed.encoder import Encoder

        encoder = Encoder.load()
    # As questions, since the chance level of an index is that of questions.
    asked = encoder.encode_queries([_plain(answer[start:end]) for start, end in spans])
    texts = list(dict.fromkeys(text for sentences in sources.values() for text in sentences))
    vectors = dict(zip(texts, encoder.encode_passages(texts), strict=True))
    supports: list[tuple[float | None, int | None]] = []
    for vector, own in zip(asked, numbers, strict=True):
        best = max(
            (
                (float(vector @ vectors[text]), -number)
                for number in own
                for text in sources.get(number, ())
            ),
            default=None,
        )
        supports.append((None, None) if best is None else (best[0], -best[1]))
    return supports


def _plain(sentence: str) -> str:
    """Return a sentence without its marks and without the marks of emphasis."""
    return " ".join(_MARK.sub(" ", sentence).replace("*", " ").split())


def _quotations(
    answer: str,
    spans: Sequence[tuple[int, int]],
    numbers: Sequence[tuple[int, ...]],
    cited: tuple[int, ...],
    evidence: _Evidence,
) -> Iterator[Quotation]:
    """Yield the quotations of an answer, with the marks of the sentence that each ends in."""
    for match in _QUOTATION.finditer(answer):
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
            found_in=evidence.numbers_saying(text),
        )


def _sentence_lines(sentence: AnswerSentence) -> list[str]:
    support = "    -" if sentence.support is None else f"{sentence.support:5.2f}"
    mark = "  " if sentence.supported else "??"
    head = f"  {mark}    {support}  {_bracketed(sentence.numbers):<8}  "
    return textwrap.wrap(
        _line(sentence.text),
        _TABLE_WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_on_hyphens=False,
    )


def _bracketed(numbers: Iterable[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _line(text: str) -> str:
    """Return a text on one line, safe to print."""
    return " ".join(shown(" ".join(text.split())).split())
