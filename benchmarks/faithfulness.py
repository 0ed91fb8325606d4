"""Faithfulness of explanations, measured: words with large shares are those that count.

    python -m benchmarks.faithfulness [COLLECTION ...]

A collection is a folder in BEIR layout. From the first hit of each question the three words with
the largest shares are deleted, and how far the passage falls is measured, in score and in places.
Beside it stand three words drawn at random, and the three that fewest passages hold. The passage is
embedded anew without the words; how rare a word is stays as it was.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics import Interval, load_collection, paired_bootstrap
from benchmarks.quality import indexed, joined
from embed import Encoder
from index.placing import PlacedReading
from index.scoring.exact_parts import ExactParts, exact_parts
from index.scoring.lexical import (
    frequencies,
    inverse_document_frequency,
    phrases,
    telling_words,
    usual_length,
)
from index.scoring.parts import Selection, find_candidates
from index.scoring.weights import HYBRID
from index.stop_words import STOP_WORDS
from index.store.postings import Occurrences
from index.store.searched_index import SearchedIndex
from index.store.stems import stems_of
from index.types import DocumentRecord, Passage
from index.words import index_terms, words_of
from query import Hit, Retriever
from query.explaining.explainer import Explainer
from query.explaining.explanation import Explanation
from query.index_searcher import IndexSearcher

DELETED = 3
_CHUNK = re.compile(r"\S*\w\S*")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fall:
    """How far a passage falls: in score, and in places of the ranking of all passages."""

    score: float
    places: float


@dataclass(frozen=True, slots=True, eq=False)
class Deletion:
    """A hit, the question that it was found for, and all that its score is made of."""

    index: SearchedIndex
    encoder: Encoder
    question: str
    vector: NDArray[np.float32]
    document: DocumentRecord
    passage: Passage
    parts: ExactParts

    def scores_without(self, deletions: Sequence[Sequence[Span]]) -> list[float]:
        """Return the hybrid score of the passage without the words of each deletion."""
        texts, plans = [], []
        for gone in deletions:
            whole = _without(PlacedReading.of(self.passage), gone)
            sentences = [
                _without(PlacedReading.of_stretch(self.passage, each.start, each.end), gone)
                for each in self.passage.sentences
            ]
            plans.append((whole, len(sentences)))
            texts += [whole, *sentences]
        cosines = (self.encoder.encode_passages(texts) @ self.vector).tolist()
        title = self.document.title_at(self.parts.row)
        titles = [title] if title else []
        of_title = (self.encoder.encode_passages(titles) @ self.vector).tolist()
        scores = []
        for whole, count in plans:
            own, *of_sentences = cosines[: count + 1]
            del cosines[: count + 1]
            scores.append(self._score(whole, own, max([*of_sentences, *of_title])))
        return scores

    def _score(self, text: str, cosine: float, best: float) -> float:
        share, complete, verbatim = self._lexical(text)
        before = self.parts.candidate
        [weight] = [each.weight for each in self.parts.window if each.row == self.parts.row]
        changed = replace(
            before,
            passage=np.array([cosine], dtype=np.float32),
            context=before.context + weight * (cosine - before.passage),
            sentence=np.array([best], dtype=np.float32),
            bm25_share=np.array([share]),
            context_share=before.context_share + weight * (share - before.bm25_share),
            complete=np.array([complete]),
            verbatim=np.array([verbatim]),
        )
        return float(changed.total(HYBRID)[0])

    def _lexical(self, text: str) -> tuple[float, float, float]:
        """Return BM25 share, completeness and whether the question is there word for word."""
        index, row = self.index, self.parts.row
        words = telling_words(self.question)
        if STOP_WORDS.issuperset(words):
            return 0.0, 0.0, 0.0
        terms = index_terms(text)
        stems = stems_of([*words, *terms])
        found = [stems[term] for term in terms]
        before = len(index_terms(self.passage.reading))
        length = np.array([index.lengths[row] - before + len(terms)])
        worth = share = 0.0
        missing = False
        for word in words:
            where = index.catalog.occurrences(stems[word])
            rarity = inverse_document_frequency(
                int(np.count_nonzero(where.in_body)), len(index.lengths)
            )
            worth += rarity
            count = found.count(stems[word])
            missing |= count == 0
            over = where.in_head[where.rows == row].sum()
            if count or over:
                here = Occurrences(np.array([row]), np.array([float(count)]), np.array([over]))
                share += rarity * float(frequencies(here, length, usual_length(index.lengths))[0])
        return share / (worth or 1.0), float(not missing), float(_has_phrase(self.question, text))


def _has_phrase(question: str, text: str) -> bool:
    """Return whether a question, or what it quotes, stands in a text word for word."""
    words = words_of(text)
    stems = stems_of([*words, *words_of(question)])
    stemmed = " ".join(["", *(stems[word] for word in words), ""])
    return any(
        f" {' '.join(stems.get(word, word) for word in phrase)} " in stemmed
        for phrase in phrases(question)
    )


def _without(reading: PlacedReading, gone: Sequence[Span]) -> str:
    """Return a text without what stands in some stretches of the document."""
    kept = (
        char
        for char, origin in zip(reading.text, reading.origins, strict=True)
        if origin is None or not any(start <= origin[0] < end for start, end in gone)
    )
    return " ".join("".join(kept).split())


def chunks_of(passage: Passage) -> list[Span]:
    """Return the words of a passage, with their punctuation, in offsets of the document."""
    reading = PlacedReading.of(passage)
    found = [reading.place_of(*match.span()) for match in _CHUNK.finditer(reading.text)]
    return [span for span in found if span is not None]


def strongest(chunks: Sequence[Span], explanation: Explanation) -> list[Span]:
    """Return the words with the largest shares."""
    shares = dict.fromkeys(chunks, 0.0)
    for start, _, share in explanation.spans():
        for chunk in chunks:
            if chunk[0] <= start < chunk[1]:
                shares[chunk] += share
    return sorted(chunks, key=lambda chunk: -shares[chunk])[:DELETED]


def rarest(chunks: Sequence[Span], passage: Passage, index: SearchedIndex) -> list[Span]:
    """Return the words that fewest passages hold."""
    terms = {chunk: index_terms(passage.text_of(*chunk)) for chunk in chunks}
    stems = stems_of(term for found in terms.values() for term in found)
    where = {stem: index.catalog.occurrences(stem).in_body for stem in set(stems.values())}
    counts = {stem: int(np.count_nonzero(in_body)) for stem, in_body in where.items()}
    held = {
        chunk: min((counts[stems[term]] for term in found), default=len(index.lengths))
        for chunk, found in terms.items()
    }
    return sorted(chunks, key=lambda chunk: held[chunk])[:DELETED]


def falls_of(retriever: Retriever, question: str, chance: Random) -> dict[str, Fall] | None:
    """Return how far the first hit falls, by what is deleted; None if it is too short."""
    ranking = retriever.retrieve(question, k=1)
    searcher = retriever.searcher
    assert isinstance(searcher, IndexSearcher)
    assert isinstance(retriever.encoder, Encoder)
    hit: Hit = ranking[0]
    chunks = chunks_of(hit.passage)
    if len(chunks) <= 2 * DELETED:
        return None
    explainer = Explainer.of(searcher, retriever.encoder, ranking)
    [explanation] = explainer.explain([(hit.document, hit.passage)])
    row = hit.document.first_row + hit.passage.number - 1
    [parts] = exact_parts(searcher.index, explainer.asked, explainer.vector, [row])
    deletion = Deletion(
        searcher.index,
        retriever.encoder,
        explainer.asked,
        explainer.vector,
        hit.document,
        hit.passage,
        parts,
    )
    deleted = {
        "largest shares": strongest(chunks, explanation),
        "at random": chance.sample(chunks, DELETED),
        "rarest": rarest(chunks, hit.passage, searcher.index),
    }
    unchanged, *scores = deletion.scores_without([[], *deleted.values()])
    if abs(unchanged - hit.score) > 1e-5:
        raise ValueError(f"{hit.passage.passage_id} scores {unchanged}, not {hit.score}")
    everything = Selection.everything(searcher.index)
    candidates = find_candidates(searcher.index, everything, explainer.asked, explainer.vector)
    others = candidates.total(HYBRID)[candidates.rows != row]
    place = int(np.count_nonzero(others > hit.score))
    return {
        name: Fall(hit.score - score, float(np.count_nonzero(others > score) - place))
        for name, score in zip(deleted, scores, strict=True)
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.faithfulness", description=__doc__)
    parser.add_argument("collections", nargs="*", type=Path, help="folders in BEIR layout")
    given = parser.parse_args(arguments)
    encoder = Encoder.load()
    print("| collection | questions | deleted | score falls by | places fallen |")
    print("|---|---|---|---|---|")
    for folder in given.collections:
        if (folder / "corpus.jsonl").exists():
            collection = load_collection(folder)
            texts = [
                (f"{row:07}.txt", joined(entry)) for row, entry in enumerate(collection.entries)
            ]
            with indexed(texts, encoder) as retriever:
                print(report(collection.name, retriever, [*collection.queries.values()]))


def report(name: str, retriever: Retriever, questions: Sequence[str]) -> str:
    """Return a row for each way to delete words, and one for each difference."""
    chance = Random(0)
    found = [falls for question in questions if (falls := falls_of(retriever, question, chance))]
    rows = []
    for way in found[0]:
        score = interval_of([falls[way].score for falls in found])
        places = interval_of([falls[way].places for falls in found])
        rows.append(f"| {name} | {len(found)} | {way} | {told(score, 3)} | {told(places, 1)} |")
    return "\n".join(rows)


def interval_of(values: Sequence[float]) -> Interval:
    """Return the mean of values with its bootstrap interval."""
    numbered = {str(number): value for number, value in enumerate(values)}
    return paired_bootstrap(numbered, dict.fromkeys(numbered, 0.0), resamples=2000)


def told(interval: Interval, digits: int) -> str:
    return f"{interval.mean:.{digits}f} [{interval.low:.{digits}f}, {interval.high:.{digits}f}]"


if __name__ == "__main__":
    main()
