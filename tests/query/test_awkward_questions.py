"""Questions of awkward kinds, on the two articles and the real model, rank sensibly."""

import re

import pytest
from small_index import index_of

from index.types import Passage
from index.words import words_of
from query import Retriever


def passages(retriever: Retriever) -> list[Passage]:
    catalog = index_of(retriever).catalog
    return [p for record in catalog.documents() for p in catalog.passages_of(record)]


def spoken(text: str) -> str:
    return " ".join(words_of(text)).lower()


def test_every_quotation_finds_its_passage_first(retriever: Retriever) -> None:
    quotations = [
        passage.text[s.start - passage.start : s.end - passage.start]
        for passage in passages(retriever)
        for s in passage.sentences
    ]
    # Six words from the middle of each sentence, as somebody remembers them.
    parts = [words_of(re.sub('[“”"]', "", text)) for text in quotations]
    parts = [words[len(words) // 3 :][:6] for words in parts if len(words) > 8]
    rankings = retriever.retrieve_batch([f"who wrote “{' '.join(words)}”" for words in parts], 1)
    assert len(parts) > 100
    for words, [hit] in zip(parts, rankings, strict=True):
        assert spoken(" ".join(words)) in spoken(hit.text)
    assert {ranking.verdict for ranking in rankings} == {"match"}


@pytest.mark.parametrize(
    "question",
    ["Luzin", "Crocus", "Beslan", "2004", "Donetsk", "Crimea", "ISIS-K", "BESLAN", "ceasefire"],
)
def test_a_word_finds_a_passage_that_holds_it(retriever: Retriever, question: str) -> None:
    ranking = retriever.retrieve(question, 1)
    assert spoken(question) in spoken(ranking[0].text)
    assert ranking.verdict == "match"


@pytest.mark.parametrize(
    "question",
    [
        "NEAR(ceasefire terms)",
        "ceasefire AND NOT terms",
        "text : ceasefire",
        'ceasefire "',
        "^ceasefire*",
        "ceasefire + terms",
        "{text head} : ceasefire",
        "ceasefire'; DROP TABLE passages; --",
    ],
)
def test_operators_are_text(retriever: Retriever, question: str) -> None:
    assert "ceasefire" in retriever.retrieve(question, 1)[0].text


@pytest.mark.parametrize("question", ["the", "of the", "is it", "what is the", "and then", "?!"])
def test_stop_words_and_no_words_are_no_match(retriever: Retriever, question: str) -> None:
    ranking = retriever.retrieve(question)
    assert len(ranking) == 5
    assert ranking.verdict == "no_match"


@pytest.mark.parametrize(
    "question", ["прекращение огня", "停火谈判", "وقف إطلاق النار", "🕊", "\u200d"]
)
def test_other_scripts_are_answered_or_refused(retriever: Retriever, question: str) -> None:
    assert len(retriever.retrieve(question)) == 5
