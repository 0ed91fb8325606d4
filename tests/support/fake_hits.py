"""Hits without an index: a paragraph a passage, a full stop and a space end a sentence."""

import hashlib
import re

from index.types import DocumentRecord, Head, Passage, Scores, Sentence, Verdict
from query.hits import Hit
from query.ranking import Ranking

BLOCK = re.compile(r"\S[^\n]*(?:\n[^\n]+)*")
SENTENCE = re.compile(r"\S.*?(?:\.(?=\s)|\Z)", re.DOTALL)


def passages_of(text: str, doc_id: str = "a.txt") -> list[Passage]:
    """The blocks between blank lines."""
    return [
        Passage(
            doc_id=doc_id,
            number=number,
            start=block.start(),
            end=block.end(),
            line=text.count("\n", 0, block.start()) + 1,
            text=block[0],
            sentences=tuple(
                Sentence(block.start() + found.start(), block.start() + found.end())
                for found in SENTENCE.finditer(block[0])
            ),
        )
        for number, block in enumerate(BLOCK.finditer(text), start=1)
    ]


def record_of(text: str, doc_id: str = "a.txt", title: str = "A title") -> DocumentRecord:
    return DocumentRecord(
        doc_id=doc_id,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        head=Head(title),
        tokens=len(text.split()),
        first_row=0,
        passages=len(passages_of(text)),
    )


def hits_of(
    text: str, *numbers: int, doc_id: str = "a.txt", title: str = "A title", best: int = 0
) -> list[Hit]:
    """Hits of the passages of these numbers, in this order; sentence ``best`` of each matched."""
    passages, record = passages_of(text, doc_id), record_of(text, doc_id, title)
    return [
        Hit(
            rank=rank,
            score=1.0 / rank,
            passage=passages[number - 1],
            best=passages[number - 1].sentences[best],
            scores=Scores(passage=0.5, context=0.5, sentence=0.5, lexical=1.0),
            document=record,
            p_chance=0.01,
            matches=True,
        )
        for rank, number in enumerate(numbers, start=1)
    ]


def ranking_of(hits: list[Hit], query: str = "a question", verdict: Verdict = "match") -> Ranking:
    return Ranking(
        hits, query=query, mode="hybrid", verdict=verdict, p_chance=0.25, generation="g-0"
    )
