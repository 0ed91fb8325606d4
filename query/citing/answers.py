"""An answer with `[n]` marks held against the hits it was made from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from embed.wording import listed
from index import STOP_WORDS, words_of
from query.citing.claims import claim_of
from query.citing.marked_sentences import (
    MARK,
    Mark,
    marked_segments,
    marks_in,
    numbers_in,
    sentence_spans,
)
from query.citing.numbered_hits import NumberedHits
from query.citing.numbers_and_names import (
    ClaimedNumber,
    KnownText,
    names_missing,
    names_of,
    numbers_missing,
    numbers_of,
)
from query.citing.quotations import Quotation, quotations_in
from query.citing.support import (
    LEAST_SUPPORT,
    Support,
    WordCounts,
    find_supports,
    headings_of,
    sentences_of,
)
from query.showing.safe_text import shown

if TYPE_CHECKING:
    from embed import TextEncoder
    from query.hits import Hit

_CLEARLY_BETTER = 0.1
_TABLE_WIDTH = 80
_WORDS_NAMED = 5
_WORDS_OF_A_CLAUSE = 3
_NOT_JUDGED = "Whether the sentences mean the same was not judged."


@dataclass(frozen=True, slots=True)
class Missing:
    """A number, name or quotation of a sentence, as it is written, that is in nothing it cites.

    `found_in` are the other hits in which it stands.
    """

    text: str
    kind: Literal["number", "name", "quotation"]
    found_in: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of the answer, `answer[start:end]`, and what stands behind it.

    `numbers` are those it cites; one without a mark is held against all that the answer cites.
    `claim` is what was held against them. It is "" for a refusal and for talk of the answer itself,
    which count as supported. `support`, 1 at most, is 0.6 of `cosine` and 0.4 of `coverage`, those
    of the nearest run of up to three sentences, which is in passage `nearest`. All four are None if
    there is no claim, or if nothing is cited. `absent` are the words of the claim that are not in
    that run. `supported` says that `support` is above 0.6 and that no number is `missing`. `better`
    is a hit that the sentence does not cite, and that supports it clearly better.
    """

    text: str
    start: int
    end: int
    numbers: tuple[int, ...]
    support: float | None
    nearest: int | None
    supported: bool
    claim: str
    cosine: float | None
    coverage: float | None
    absent: tuple[str, ...]
    missing: tuple[Missing, ...]
    better: int | None


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """What was found in an answer; `str()` of it is a table for people.

    That a sentence is supported means that what it cites has its words and is about the same thing.
    It does not mean that it says the same: "Russia attacked Ukraine" supports "Ukraine attacked
    Russia" as well.
    """

    answer: str
    sentences: tuple[AnswerSentence, ...]
    marks: tuple[Mark, ...]
    marks_citing_nothing: tuple[Mark, ...]
    quotations: tuple[Quotation, ...]

    @property
    def unsupported(self) -> tuple[AnswerSentence, ...]:
        """The sentences whose claims nothing that they cite supports."""
        return tuple(sentence for sentence in self.sentences if not sentence.supported)

    @property
    def misquotations(self) -> tuple[Quotation, ...]:
        """The quotations that are not in a passage cited beside them."""
        return tuple(quotation for quotation in self.quotations if not quotation.ok)

    @property
    def ok(self) -> bool:
        """Whether every quotation and mark stands, and every claim is supported."""
        return not (self.marks_citing_nothing or self.misquotations or self.unsupported)

    def to_dict(self) -> dict[str, Any]:
        """Everything by name, for JSON."""
        quotations = [{**asdict(quotation), "ok": quotation.ok} for quotation in self.quotations]
        return {**asdict(self), "quotations": quotations, "ok": self.ok}

    def __str__(self) -> str:
        lines = ["      support  cites     sentence"]
        for sentence in self.sentences:
            lines += _sentence_lines(sentence)
        for said in self._said_below():
            lines += textwrap.wrap(said, _TABLE_WIDTH)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from query.showing.notebook import table_html

        rows = [
            (
                _mark_of(sentence),
                "-" if sentence.support is None else f"{sentence.support:.2f}",
                _bracketed(sentence.numbers),
                "\n→ ".join([_line(sentence.text), *_notes(sentence)]),
            )
            for sentence in self.sentences
        ]
        return table_html(("", "support", "cites", "sentence"), rows, self._said_below())

    def _said_below(self) -> Iterator[str]:
        """Yield what is said below the sentences: marks, quotations and the verdict."""
        if self.marks_citing_nothing:
            numbers = dict.fromkeys(mark.number for mark in self.marks_citing_nothing)
            yield f"Marks that cite nothing: {_bracketed(numbers)}"
        for quotation in self.misquotations:
            elsewhere = _bracketed(quotation.found_in)
            where = f"it stands in {elsewhere}" if elsewhere else "it stands in no passage"
            yield f"Not in the passage cited: {_line(quotation.text)!r}; {where}"
        yield f"{self._verdict()} {_NOT_JUDGED}"

    def _verdict(self) -> str:
        numbers = sum(one.kind == "number" for s in self.sentences for one in s.missing)
        fallen = {
            "quotation": len(self.misquotations),
            "mark": len(self.marks_citing_nothing),
            "number": numbers,
        }
        said = []
        if self.unsupported:
            claims = sum(bool(sentence.claim) for sentence in self.sentences)
            said.append(f"Not supported: {len(self.unsupported)} of {claims} claims.")
        if any(fallen.values()):
            counts = [f"{n} {what}{'s' * (n > 1)}" for what, n in fallen.items() if n]
            said.append(f"Do not stand: {', '.join(counts)}.")
        # The numbers of a claim that cites nothing were held against nothing.
        unheld = any(sentence.claim and sentence.support is None for sentence in self.sentences)
        kinds = [what for what, n in fallen.items() if not n and not (what == "number" and unheld)]
        if standing := [f"{what}s" for what in kinds]:
            said.append(f"{listed(standing).capitalize()} stand.")
        return " ".join(said)


def check_answer(
    answer: str,
    hits: Iterable[Hit],
    encoder: TextEncoder | None = None,
    *,
    counts: WordCounts | None = None,
) -> AnswerCheck:
    """Hold an answer against the hits that its marks number, `[1]` the first of them.

    Give the hits that the prompt was built from, or better the `hits` of its `Context`, which
    are those that fitted. What is checked:

    - Marks: each stands for a hit.
    - Quotations: they are in a passage cited beside them, word for word. Those of a refusal are
      left out.
    - Numbers and dates, in figures or words: each stands in a passage that the sentence cites, or
      over it (title, byline, date, headings), however it is written. Names too, but a name that is
      missing is told and counts for nothing.
    - Support: the words of the claim stand together in a passage, and the sense is near. 0.6 of
      its cosine with the nearest run of up to three sentences, and 0.4 of the share of its words,
      weighted by IDF, that stand in that run or in the headings over it, are more than 0.6.

    The rule was chosen on the development file of AttributionBench, and its macro-F1 there is 0.75;
    `python -m benchmarks.answers FILE` measures it. The weights are those for the packaged model.

    What is not checked is whether a sentence means what its source says: who did what to whom,
    a negation, what is cause and what is effect. A true sentence in words of its own may be found
    without support. A refusal ("The passages do not answer that") and talk of the answer itself
    ("In summary:") claim nothing, and are not held against anything.

    `encoder` is by default the packaged model; `counts` says in how many passages a word stands, by
    default of the hits alone. `Retriever.check_answer` uses the model and the counts of its index.
    """
    numbered = NumberedHits(tuple(hits))
    marks = tuple(marks_in(answer))
    cited = tuple(dict.fromkeys(m.number for m in marks if m.number in numbered))
    spans = sentence_spans(answer)
    numbers = [numbers_in(marks, *span) for span in spans]
    parts = [
        _Part.of(answer[start:end], own, own or cited)
        for (start, end), own in zip(spans, numbers, strict=True)
    ]
    quotations = tuple(
        quotation
        for quotation in quotations_in(answer, spans, numbers, cited, numbered)
        if not _is_refused(quotation, parts, spans)
    )
    claims = list(dict.fromkeys(text for part in parts for text in part.claims()))
    supports = find_supports(claims, numbered, encoder, counts)
    evidence = _Evidence(numbered, supports, [part.claim for part in parts])
    return AnswerCheck(
        answer=answer,
        sentences=tuple(
            _checked(part, span, evidence, [q for q in quotations if span[0] < q.end <= span[1]])
            for part, span in zip(parts, spans, strict=True)
        ),
        marks=marks,
        marks_citing_nothing=tuple(m for m in marks if m.number not in numbered),
        quotations=quotations,
    )


def _is_refused(
    quotation: Quotation, parts: Sequence[_Part], spans: Sequence[tuple[int, int]]
) -> bool:
    """Return whether a quotation is of what the passages are said not to tell."""
    for part, (start, end) in zip(parts, spans, strict=True):
        if start <= quotation.start and quotation.end <= end:
            words = words_of(MARK.sub(" ", quotation.text))
            return f" {' '.join(words)} " not in f" {' '.join(words_of(part.claim))} "
    return False


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence of an answer, what it claims, and the numbers that this is held against.

    `segments` are the parts of a sentence with marks in several places, each with its own numbers.
    """

    text: str
    own: tuple[int, ...]
    claim: str
    numbers: tuple[int, ...]
    segments: tuple[tuple[str, tuple[int, ...]], ...]
    claimed_numbers: tuple[ClaimedNumber, ...]

    @classmethod
    def of(cls, text: str, own: tuple[int, ...], numbers: tuple[int, ...]) -> _Part:
        claim = claim_of(text)
        segments = marked_segments(text) if claim else []
        return cls(
            text,
            own,
            claim,
            numbers,
            tuple(segments) if len(segments) > 1 else (),
            tuple(numbers_of(claim)),
        )

    def claims(self) -> Iterator[str]:
        """Yield the texts whose support is asked for."""
        if self.claim:
            yield self.claim
            yield from (text for text, _ in self.segments)


class _Evidence:
    """What the hits say, and how well they support each claim."""

    def __init__(
        self,
        hits: NumberedHits,
        supports: Mapping[str, Mapping[int, Support]],
        claims: Sequence[str],
    ) -> None:
        self.hits = hits
        self._supports = supports
        texts = [_text_of(hits.of(number)) for number in hits.numbers()]
        self._texts = dict(zip(hits.numbers(), KnownText.read_all(texts, claims), strict=True))

    def best(self, claim: str, numbers: Iterable[int]) -> tuple[Support, int] | None:
        """Return the best support of a claim by some numbers, and the number that gives it."""
        found = [
            (support, number)
            for number in numbers
            if (support := self._supports[claim].get(number)) is not None
        ]
        return max(found, key=_degree, default=None)

    def best_of(self, part: _Part) -> tuple[Support, int] | None:
        """Return the best support of a sentence by what it cites.

        A sentence with marks in several places may take each part from another passage. It is
        supported as well as the weakest of them; if not all parts are clauses, then as a whole, if
        that is better.
        """
        whole = self.best(part.claim, part.numbers)
        each = [best for text, own in part.segments if (best := self.best(text, own)) is not None]
        if whole is None or not each or len(each) < len(part.segments):
            return whole
        weakest = min(each, key=_degree)
        are_clauses = all(_telling(text) >= _WORDS_OF_A_CLAUSE for text, _ in part.segments)
        return weakest if are_clauses else max(whole, weakest, key=_degree)

    def better(self, part: _Part, degree: float) -> int | None:
        """Return the number of another hit that supports a sentence clearly better, if any."""
        others = (number for number in self.hits.numbers() if number not in part.numbers)
        best = self.best(part.claim, others)
        if best is None or best[0].degree <= max(degree + _CLEARLY_BETTER, LEAST_SUPPORT):
            return None
        return None if numbers_missing(part.claimed_numbers, [self._texts[best[1]]]) else best[1]

    def missing(self, part: _Part) -> Iterator[Missing]:
        """Yield the numbers and names of a claim that are in nothing that the sentence cites."""
        cited = [self._texts[number] for number in part.numbers if number in self.hits]
        for number in numbers_missing(part.claimed_numbers, cited):
            found_in = (n for n, text in self._texts.items() if text.has_number(number))
            yield Missing(number.text, "number", tuple(found_in))
        for name in names_missing(names_of(part.claim), cited):
            found_in = (n for n, text in self._texts.items() if not names_missing([name], [text]))
            yield Missing(" ".join(name), "name", tuple(found_in))


def _degree(best: tuple[Support, int]) -> float:
    return best[0].degree


def _telling(text: str) -> int:
    """Return how many words of a text are not stop words."""
    return sum(word not in STOP_WORDS for word in words_of(text))


def _text_of(hits: Sequence[Hit]) -> str:
    """Return some hits as a reader sees them, with what a prompt has over them."""
    return "\n".join(
        "\n".join((hit.document.line, headings_of(hit), *sentences_of(hit))) for hit in hits
    )


def _checked(
    part: _Part, span: tuple[int, int], evidence: _Evidence, quotations: Sequence[Quotation]
) -> AnswerSentence:
    best = evidence.best_of(part) if part.claim else None
    support, nearest = best or (None, None)
    missing = list(evidence.missing(part)) if support else []
    has_numbers = not any(one.kind == "number" for one in missing)
    missing += [Missing(q.text, "quotation", q.found_in) for q in quotations if not q.ok]
    return AnswerSentence(
        text=part.text,
        start=span[0],
        end=span[1],
        numbers=part.own,
        support=support.degree if support else None,
        nearest=nearest,
        supported=not part.claim
        or (support is not None and support.degree > LEAST_SUPPORT and has_numbers),
        claim=part.claim,
        cosine=support.cosine if support else None,
        coverage=support.coverage if support else None,
        absent=support.absent if support else (),
        missing=tuple(missing),
        better=evidence.better(part, support.degree if support else 0.0) if part.claim else None,
    )


def _sentence_lines(sentence: AnswerSentence) -> list[str]:
    support = "    -" if sentence.support is None else f"{sentence.support:5.2f}"
    head = f"  {_mark_of(sentence):<2}    {support}  {_bracketed(sentence.numbers):<8}  "
    below = " " * len(head)
    lines = _wrapped(_line(sentence.text), head, below)
    for note in _notes(sentence):
        lines += _wrapped(note, f"{below}→ ", f"{below}  ")
    return lines


def _mark_of(sentence: AnswerSentence) -> str:
    """Return "??" for a sentence that is not supported, and "?" for one with a name missing."""
    is_unsure = sentence.supported and any(one.kind == "name" for one in sentence.missing)
    return "?" if is_unsure else "" if sentence.supported else "??"


def _notes(sentence: AnswerSentence) -> Iterator[str]:
    """Yield what is wanting in a sentence, apart from its quotations, each in some words."""
    for one in sentence.missing:
        if one.kind != "quotation":
            elsewhere = f", but in {_bracketed(one.found_in)}" if one.found_in else ""
            yield f"{_line(one.text)} stands in no cited passage{elsewhere}"
    if not sentence.supported and sentence.nearest is not None:
        told = {word for one in sentence.missing for word in words_of(one.text)}
        words = [_line(word) for word in sentence.absent if word not in told]
        if words:
            named = ", ".join(words[:_WORDS_NAMED])
            yield f"the nearest sentences of [{sentence.nearest}] lack: {named}"
    if sentence.claim and sentence.support is None:
        yield "nothing is cited for it"
    if sentence.better is not None:
        yield f"[{sentence.better}] supports it better"


def _wrapped(text: str, first: str, following: str) -> list[str]:
    return textwrap.wrap(
        text,
        _TABLE_WIDTH,
        initial_indent=first,
        subsequent_indent=following,
        break_on_hyphens=False,
    )


def _bracketed(numbers: Iterable[int]) -> str:
    return "".join(f"[{number}]" for number in numbers)


def _line(text: str) -> str:
    """Return a text on one line, safe to print."""
    return " ".join(shown(" ".join(text.split())).split())
