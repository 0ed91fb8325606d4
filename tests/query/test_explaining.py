"""The score of a hit is the sum that explains it, with the real model and in every mode."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from unittest.mock import patch

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from seed_index import questions, seed_index
from small_index import CORPUS, build, retriever_over, write_corpus

from embed import Encoder
from index import EncoderSource
from query import Hit, QueryError, Ranking, Retriever, SearchOptions
from query.explaining.explanation import Explanation

TOLERANCE = 1e-6

WORDS = [
    *("army", "bread", "crossed the river", "bank", "truce", "winter", "tanks", "snow", "terms"),
    *("refrigera-\ntion", "co-operation", "café", "ﬁnal", "1,250,000", "softLogout", "the WHO"),
    *(
        "**bold**",
        "[a link](https://x.org/y)",
        "`code`",
        "&amp;",
        "停火谈判",
        "R&D",
        "C++",
        "it was",
    ),
]


def text_of(chance: Random) -> str:
    """An article in Markdown: headings, short paragraphs and long ones, lists, tables."""
    parts = [f"# {_some(chance, 2)}"] if chance.random() < 0.6 else []
    for _ in range(chance.randint(3, 12)):
        kind = chance.random()
        if kind < 0.15:
            parts.append(f"## {_some(chance, 2)}")
        elif kind < 0.3:
            parts.append("\n".join(f"- {_some(chance, 5)}" for _ in range(4)))
        elif kind < 0.4:
            rows = "\n".join(f"| {_cell(chance)} | {_cell(chance)} |" for _ in range(40))
            parts.append(f"| {_cell(chance)} | b |\n|---|---|\n{rows}")
        else:
            sentences = [f"{_some(chance, chance.choice([2, 5, 12]))}." for _ in range(3)]
            parts.append(" ".join(sentences))
    return "\n\n".join(parts)


def _some(chance: Random, most: int) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, most))).capitalize()


def _cell(chance: Random) -> str:
    return " ".join(_some(chance, 2).split())


def question_of(chance: Random) -> str:
    words = " ".join(chance.choices([*WORDS, "what", "unheard"], k=chance.randint(1, 6)))
    question = " ".join(words.split())
    return f'who said "{question}"' if chance.random() < 0.2 else question


@pytest.fixture(scope="module")
def searched(
    encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Retriever]]:
    """Two indexes of made-up articles, and both of them joined."""
    folders = []
    for seed in range(2):
        folder, chance = tmp_path_factory.mktemp("random"), Random(seed)
        write_corpus(folder, {f"{number}.md": text_of(chance) for number in range(8)})
        build(folder, folder / ".passage-index", source=EncoderSource.of(encoder))
        folders.append(folder)
    retrievers = [Retriever.open(folder, encoder=encoder) for folder in folders]
    few = patch("index.scoring.calibration.unrelated_questions", lambda: ["how to bake bread"])
    cache = patch.dict("os.environ", PASSAGE_CACHE=str(tmp_path_factory.mktemp("cache")))
    with few, cache:
        retrievers.append(Retriever.open(folders, encoder=encoder))
    yield retrievers
    for retriever in retrievers:
        retriever.close()


def check_sums(hit: Hit, explanation: Explanation) -> None:
    """The parts add up to the score, and what a part is divided into adds up to it."""
    assert explanation.passage_id == hit.passage.passage_id
    assert math.isclose(
        math.fsum(part.share for part in explanation.parts), hit.score, abs_tol=TOLERANCE
    )
    for part in explanation.parts:
        shares = [token.share for token in part.tokens]
        shares += [word.share for word in part.words]
        shares += [other.share for other in part.passages]
        if shares or part.name == "words":
            assert math.isclose(math.fsum(shares), part.share, abs_tol=1e-9)
        rounding = [token.share for token in part.tokens if token.kind == "rounding"]
        # Beside it, the tokens add up to the cosine: it is no more than the rounding of float32.
        assert len(rounding) <= 1
        assert not rounding or abs(rounding[0]) < TOLERANCE


def check_cosines(hit: Hit, explanation: Explanation) -> None:
    """Tokens without the rounding add up to the cosines that are shown with the hit."""
    weights = {"passage": 0.25, "sentence": 0.5} if explanation.mode == "hybrid" else {"passage": 1}
    for name, weight in weights.items():
        tokens = explanation.part(name).tokens  # type: ignore[arg-type]
        cosine = math.fsum(t.share for t in tokens if t.kind != "rounding") / weight
        assert math.isclose(cosine, getattr(hit.scores, name), abs_tol=TOLERANCE)


def check_spans(text: str, hit: Hit, explanation: Explanation) -> None:
    """Tokens and words stand in the passage, and each token covers what it is made of."""
    inside = (hit.passage.start, hit.passage.end)
    for part in explanation.parts:
        for token in part.tokens:
            assert (token.start is None) == (token.end is None)
            if token.start is not None and token.end is not None:
                assert inside[0] <= token.start < token.end <= inside[1]
                if token.text.isalpha() and token.text.isascii():
                    stretch = text[token.start : token.end].replace("ﬁ", "fi")
                    assert token.text in stretch.replace("-\n", "")
        for word in part.words:
            assert word.count > 0
            if word.passage_id != hit.passage.passage_id or word.field:
                assert word.spans == ()
            elif word.count < 100:
                assert word.spans
            for start, end in word.spans:
                assert inside[0] <= start < end <= inside[1]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_part_adds_up_on_random_texts(searched: list[Retriever], mode: str) -> None:
    chance = Random(11)
    seen: set[str] = set()
    for _ in range(60):
        retriever = chance.choice(searched)
        ranking = retriever.retrieve(question_of(chance), k=4, mode=mode)  # type: ignore[arg-type]
        for hit in ranking:
            explanation = retriever.explain(ranking, hit.rank)
            check_sums(hit, explanation)
            check_spans(retriever.text(hit.passage.doc_id), hit, explanation)
            if mode != "lexical":
                check_cosines(hit, explanation)
            seen |= what_is_seen(explanation)
    if mode == "hybrid":
        assert seen >= {"window", "field", "capped", "verbatim", "complete", "header", "title"}


def what_is_seen(explanation: Explanation) -> set[str]:
    """The odd things that a test has to come by, or it tests nothing."""
    words = explanation.part("words")
    found = {
        "window": explanation.part("context").passages,
        "field": any(word.field for word in words.words),
        "capped": "counts as 1" in words.note,
        "verbatim": explanation.part("verbatim").share,
        "complete": explanation.part("complete").share,
        "header": any(t.kind == "header" for t in explanation.part("passage").tokens),
        "title": explanation.part("sentence").note == "the title",
    }
    return {name for name, is_there in found.items() if is_there}


@pytest.fixture(scope="module")
def articles(encoder: Encoder) -> Iterator[Retriever]:
    with Retriever.open(seed_index(), encoder=encoder) as retriever:
        yield retriever


@pytest.mark.slow
def test_it_adds_up_for_real_questions(articles: Retriever) -> None:
    for ranking in articles.retrieve_batch(questions()[::4], k=2):
        for hit in ranking:
            explanation = articles.explain(ranking, hit.rank)
            check_sums(hit, explanation)
            check_cosines(hit, explanation)


@pytest.mark.slow
def test_what_was_asked_is_what_is_explained(articles: Retriever) -> None:
    """Boilerplate and titles are no part of what is looked for, nor of an explanation."""
    ranking = articles.retrieve("According to the passage, what are ceasefire terms?")
    assert articles.explain(ranking, 1).asked == "what are ceasefire terms?"
    for hit in ranking:
        check_sums(hit, articles.explain(ranking, hit.rank))
    like = articles.like(ranking[0].passage.passage_id, SearchOptions(k=2))
    for hit in like:
        check_sums(hit, articles.explain(like, hit.rank))


def shares_of(explanation: Explanation, name: str) -> Sequence[object]:
    return explanation.part(name).tokens  # type: ignore[arg-type]


def test_an_encoder_that_tells_no_shares_leaves_the_other_parts(tmp_path: Path) -> None:
    with retriever_over(tmp_path, CORPUS) as retriever:
        ranking = retriever.retrieve("terms of the ceasefire", k=3)
        for hit in ranking:
            explanation = retriever.explain(ranking, hit.rank)
            check_sums(hit, explanation)
            assert explanation.no_tokens == "this encoder does not tell the shares of tokens"
            assert shares_of(explanation, "passage") == ()
            if explanation.part("context").passages:
                assert hit.passage.passage_id in {
                    each.passage_id for each in explanation.part("context").passages
                }


def test_words_name_their_place_their_field_and_how_rare_they_are(tmp_path: Path) -> None:
    with retriever_over(tmp_path, CORPUS) as retriever:
        ranking = retriever.retrieve("ceasefire talks", k=1)
        words = retriever.explain(ranking, 1).part("words").words
        own = [word for word in words if word.passage_id == ranking[0].passage.passage_id]
        assert {(word.word, word.field, word.count) for word in own} == {
            ("ceasefire", "", 1),
            ("talks", "", 1),
            ("talks", "title, name", 2),
        }
        [talks] = [word for word in own if word.word == "talks" and not word.field]
        text = retriever.text("talks.md")
        assert [text[start:end] for start, end in talks.spans] == ["Talks"]
        assert (talks.stem, talks.passages) == ("talk", 1)


def test_a_ranking_of_another_generation_is_not_explained(tmp_path: Path) -> None:
    with retriever_over(tmp_path, CORPUS) as retriever:
        ranking = retriever.retrieve("bread and salt", k=1)
        with pytest.raises(QueryError, match="there is no hit 2: the ranking has 1"):
            retriever.explain(ranking, 2)
        write_corpus(tmp_path / "corpus", {"new.txt": "Something new.\n"})
        build(tmp_path / "corpus", tmp_path / "index", FakeEncoder())
        assert retriever.refresh()
        with pytest.raises(QueryError, match="the index has changed since"):
            retriever.explain(ranking, 1)


def test_the_evidence_of_the_best_match_is_that_of_its_chance(tmp_path: Path) -> None:
    with retriever_over(tmp_path, CORPUS) as retriever:
        ranking: Ranking = retriever.retrieve("bread and salt")
        assert ranking.evidence is not None
        chance = retriever.searcher.calibration.p_value(ranking.evidence)
        assert np.isclose(chance, ranking.p_chance)
