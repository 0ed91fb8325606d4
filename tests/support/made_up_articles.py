"""Articles of a few words, so that questions of the same words find many of them."""

from dataclasses import replace
from random import Random

from query import Retriever
from query.ranking import Ranking

WORDS = [
    *("army", "bread", "river", "bank", "truce", "winter", "tank", "snow", "ceasefire", "terms"),
    *("talks", "salt", "night", "money", "cold", "treaty", "harvest", "bridge", "mill", "harbour"),
]


def text_of(chance: Random) -> str:
    """An article: short paragraphs and long ones, headings, and what says the same."""
    parts = [f"# {chance.choice(WORDS).capitalize()}"] if chance.random() < 0.5 else []
    for _ in range(chance.randint(3, 25)):
        if chance.random() < 0.1:
            parts.append("The terms of the truce. The talks go on.")
            continue
        if chance.random() < 0.1:
            parts.append(f"## {' '.join(chance.choices(WORDS, k=2)).capitalize()}")
        sentences = [
            " ".join(chance.choices(WORDS, k=chance.choice([2, 5, 12, 30]))).capitalize() + "."
            for _ in range(chance.randint(1, 4))
        ]
        parts.append(" ".join(sentences))
    return "\n\n".join(parts)


def passages_of(retriever: Retriever, chance: Random) -> list[str]:
    """Some passages, by their ids."""
    records = chance.sample(retriever.documents(), 4)
    return [f"{record.doc_id}#{chance.randint(1, record.passages)}" for record in records]


def counting_as(found: Ranking, expected: Ranking) -> Ranking:
    """What was left out may be unknown, but is never counted wrong."""
    return expected if found.left_out is not None else replace(expected, left_out=None)
