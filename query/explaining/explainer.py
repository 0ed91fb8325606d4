"""Explains the hits of a ranking: the parts of a score, divided among tokens and words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from index import (
    DENSE,
    HYBRID,
    DocumentRecord,
    ExactParts,
    Mode,
    Passage,
    PlacedReading,
    Weights,
    WordFind,
)
from query.errors import QueryError
from query.explaining.explanation import ExplainedVerdict, Explanation
from query.explaining.placed_words import fields_with, header_with, spans_of_words
from query.explaining.shares import (
    ExplainedPart,
    PartName,
    PassageShare,
    TokenShare,
    WordShare,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed import ExplainingEncoder, TextEncoder
    from embed.shares import TokenShares
    from embed.tokens import TokenPlace
    from query.ranking import Ranking
    from query.searcher import Searcher

_WEIGHTS: dict[Mode, Weights] = {"hybrid": HYBRID, "dense": DENSE, "lexical": Weights(words=1.0)}
_NO_METHOD = "this encoder does not tell the shares of tokens"


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that was embedded, and where it stands."""

    reading: PlacedReading
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class _Explained:
    """What is known of a passage before its cosines are divided."""

    document: DocumentRecord
    passage: Passage
    parts: ExactParts
    whole: _Text
    sentence: _Text


@dataclass(frozen=True, slots=True, eq=False)
class Explainer:
    """Explains passages for one question and its vector, float32 (dim,), in a mode."""

    searcher: Searcher
    encoder: TextEncoder
    asked: str
    vector: NDArray[np.float32]
    mode: Mode

    @classmethod
    def of(cls, searcher: Searcher, encoder: TextEncoder, ranking: Ranking) -> Self:
        """Return what explains the hits of a ranking.

        Raises QueryError if the ranking is of another generation of the index.
        """
        if ranking.generation != searcher.generation:
            raise QueryError(
                "the index has changed since the question was answered: ask it again to have it "
                "explained"
            )
        asked = ranking.asked or ranking.query
        [vector] = encoder.encode_queries([asked])
        return cls(searcher, encoder, asked, vector, ranking.mode)

    def explain(self, passages: Iterable[tuple[DocumentRecord, Passage]]) -> list[Explanation]:
        """Return why passages have their scores, given each with its document, in that order."""
        given = list(passages)
        rows = [document.first_row + passage.number - 1 for document, passage in given]
        exact = self.searcher.parts_at(self.asked, self.vector, rows)
        explained = [
            self._explained(document, passage, parts)
            for (document, passage), parts in zip(given, exact, strict=True)
        ]
        shares, reason = self._shares(explained)
        return [self._explanation(each, shares, reason) for each in explained]

    def _explained(
        self, document: DocumentRecord, passage: Passage, parts: ExactParts
    ) -> _Explained:
        whole = _Text(PlacedReading.of(passage))
        if parts.sentence < 0:
            title = document.title_at(parts.row)
            sentence = _Text(PlacedReading(title, (None,) * len(title)), is_title=True)
        else:
            span = passage.sentences[parts.sentence]
            sentence = _Text(PlacedReading.of_stretch(passage, span.start, span.end))
        return _Explained(document, passage, parts, whole, sentence)

    def _shares(self, explained: Sequence[_Explained]) -> tuple[Mapping[str, TokenShares], str]:
        """Return the shares of tokens by text; without them, why there are none."""
        encoder: ExplainingEncoder | None = (
            self.encoder if hasattr(self.encoder, "token_shares") else None  # type: ignore[assignment]
        )
        reason = _NO_METHOD if encoder is None else encoder.no_token_shares
        if encoder is None or reason or self.mode == "lexical":
            return {}, "" if self.mode == "lexical" else reason
        texts = [each.whole.reading.text for each in explained]
        if self.mode == "hybrid":
            texts += [each.sentence.reading.text for each in explained]
        different = list(dict.fromkeys(texts))
        return dict(zip(different, encoder.token_shares(self.vector, different), strict=True)), ""

    def _explanation(
        self, each: _Explained, shares: Mapping[str, TokenShares], reason: str
    ) -> Explanation:
        parts = self._dense_parts(each, shares) + self._lexical_parts(each)
        return Explanation(
            each.passage,
            self.asked,
            self.mode,
            each.parts.score(self.mode),
            tuple(parts),
            reason,
        )

    def _dense_parts(
        self, each: _Explained, shares: Mapping[str, TokenShares]
    ) -> list[ExplainedPart]:
        if self.mode == "lexical":
            return []
        weights, exact = _WEIGHTS[self.mode], each.parts
        candidate = exact.candidate
        cosine = float(candidate.passage[0])
        parts = [_of_cosine("passage", weights.passage, cosine, each.whole, shares)]
        if self.mode == "dense":
            return parts
        own = next(inside for inside in exact.window if inside.row == exact.row)
        context = _of_cosine("context", weights.context * own.weight, cosine, each.whole, shares)
        others = tuple(
            PassageShare(
                _id_at(each.document, inside.row), weights.context * inside.weight * inside.cosine
            )
            for inside in exact.window
            if len(exact.window) > 1 and not (inside is own and context.tokens)
        )
        parts.append(
            ExplainedPart(
                "context",
                weights.context * float(candidate.context[0]),
                context.tokens,
                passages=others,
                note="" if others else "as the passage, which stands alone",
            )
        )
        best = float(candidate.sentence[0])
        parts.append(_of_cosine("sentence", weights.sentence, best, each.sentence, shares))
        return parts

    def _lexical_parts(self, each: _Explained) -> list[ExplainedPart]:
        if self.mode == "dense":
            return []
        exact, candidate = each.parts, each.parts.candidate
        own, window = float(candidate.bm25_share[0]), float(candidate.context_share[0])
        if self.mode == "lexical":
            factors = {exact.row: 1.0}
            return [ExplainedPart("words", own, words=self._words(each, factors))]
        weights = _WEIGHTS[self.mode]
        found = 0.5 * (own + window)
        capped = min(found, 1.0)
        scale = weights.words * (capped / found if found else 0.0)
        factors = {
            inside.row: 0.5 * scale * (inside.weight + (inside.row == exact.row))
            for inside in exact.window
        }
        note = f"{found:.2f} of what the words are worth, which counts as 1" if found > 1 else ""
        complete, verbatim = float(candidate.complete[0]), float(candidate.verbatim[0])
        return [
            ExplainedPart(
                "words", weights.words * capped, words=self._words(each, factors), note=note
            ),
            ExplainedPart("complete", weights.complete * complete, note=_completeness(exact)),
            ExplainedPart(
                "verbatim",
                weights.verbatim * verbatim,
                note="word for word"
                if verbatim
                else "the question, or what it quotes, is not there word for word",
            ),
        ]

    def _words(self, each: _Explained, factors: Mapping[int, float]) -> tuple[WordShare, ...]:
        """Return the words that are found, given what a share in each row counts."""
        finds = [find for find in each.parts.finds if find.row in factors]
        own = [find for find in finds if find.row == each.parts.row]
        spans = spans_of_words(
            each.passage, each.whole.reading, [(find.word, find.stem) for find in own]
        )
        shares: list[WordShare] = []
        for find in finds:
            passage = self._passage_at(each, find.row)
            is_own = find.row == each.parts.row
            of_text = spans.get(find.stem, ()) if is_own else ()
            if find.in_body:
                share = factors[find.row] * find.of_body
                field = header_with(passage, find.stem) if is_own and not of_text else ""
                shares.append(_word(find, passage, share, find.in_body, field, of_text))
            if find.in_head:
                share = factors[find.row] * find.of_head
                field = fields_with(each.document, passage, find.stem)
                shares.append(_word(find, passage, share, find.in_head, field, ()))
        return tuple(shares)

    def _passage_at(self, each: _Explained, row: int) -> Passage:
        """Return a passage of the window, which stands in the same document."""
        if row == each.parts.row:
            return each.passage
        number = row - each.document.first_row + 1
        [passage] = self.searcher.passages_of(each.document, number, number)
        return passage


def _of_cosine(
    name: PartName, weight: float, cosine: float, text: _Text, shares: Mapping[str, TokenShares]
) -> ExplainedPart:
    """Return a part that is a cosine by a weight, divided among the tokens if that can be."""
    note = "the title" if text.is_title else ""
    found = shares.get(text.reading.text)
    if found is None:
        return ExplainedPart(name, weight * cosine, note=note)
    tokens = [
        _token(text, place, weight * share)
        for place, share in zip(found.places, found.shares.tolist(), strict=True)
    ]
    if found.bias:
        tokens.append(TokenShare("bias", weight * found.bias, kind="bias"))
    rounding = weight * (cosine - found.cosine)
    if rounding:
        tokens.append(TokenShare("rounding", rounding, kind="rounding"))
    return ExplainedPart(name, weight * cosine, tuple(tokens), note=note)


def _token(text: _Text, place: TokenPlace, share: float) -> TokenShare:
    if place.span is None:
        return TokenShare(place.name, share, kind="prompt" if place.is_prompt else "special")
    start, end = place.span
    read = text.reading.text[start:end]
    found = text.reading.place_of(start, end)
    if found is None:
        return TokenShare(read, share, kind="token" if text.is_title else "header")
    return TokenShare(read, share, *found)


def _word(
    find: WordFind,
    passage: Passage,
    share: float,
    count: int,
    field: str,
    spans: tuple[tuple[int, int], ...],
) -> WordShare:
    return WordShare(
        find.word,
        find.stem,
        share,
        count,
        find.passages,
        find.rarity,
        passage.passage_id,
        field,
        spans,
    )


def _completeness(exact: ExactParts) -> str:
    """Return which words of the question are not in the text of the passage, or ""."""
    there = {find.word for find in exact.finds if find.row == exact.row and find.in_body}
    missing = [word.removeprefix("=") for word in exact.words if word not in there]
    if not missing:
        whole = exact.candidate.complete[0]
        return "all words are there" if whole else "the question has stop words alone"
    return f"not there: {', '.join(missing)}"


def _id_at(document: DocumentRecord, row: int) -> str:
    return f"{document.doc_id}#{row - document.first_row + 1}"


def explain_verdict(searcher: Searcher, ranking: Ranking, most_chance: float) -> ExplainedVerdict:
    """Return the evidence of a ranking beside what unrelated questions find."""
    calibration = searcher.calibration
    needed = calibration.score_at(most_chance) if 0 < most_chance < 1 else None
    low, usual, high = map(calibration.score_at, (0.95, 0.5, 0.05))
    return ExplainedVerdict(
        ranking.evidence, low, usual, high, needed, ranking.p_chance, most_chance
    )
