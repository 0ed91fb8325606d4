"""Measures, intervals, run files and the plot of benchmarks/metrics.py."""

import json
import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.metrics import (
    MEASURES,
    JudgedSpan,
    bar_plot,
    evaluate,
    load_collection,
    load_questions,
    mean,
    paired_bootstrap,
    passage_relevance,
    write_run,
)

ROOT = Path(__file__).parents[1]


def by_hand(ranked: Sequence[str], judged: Mapping[str, int]) -> dict[str, float]:
    def dcg(gains: Sequence[int]) -> float:
        return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))

    gains = [judged.get(doc_id, 0) for doc_id in ranked]
    found = [rank for rank, gain in enumerate(gains, start=1) if gain > 0]
    relevant = sum(gain > 0 for gain in judged.values())
    return {
        "nDCG@10": dcg(gains[:10]) / dcg(sorted(judged.values(), reverse=True)[:10]),
        "recall@100": sum(rank <= 100 for rank in found) / relevant,
        "MRR@10": 1 / found[0] if found and found[0] <= 10 else 0.0,
        "success@1": float(bool(found) and found[0] == 1),
    }


def test_the_measures_agree_with_their_definitions() -> None:
    generator = random.Random(7)
    docs = [f"d{i}" for i in range(150)]
    judgements: dict[str, dict[str, int]] = {}
    run: dict[str, list[tuple[str, float]]] = {}
    for i in range(40):
        judgements[f"q{i}"] = {d: generator.choice([0, 1, 2]) for d in generator.sample(docs, 6)}
        judgements[f"q{i}"]["d0"] = 2
        ranked = generator.sample(docs, 120)
        run[f"q{i}"] = [(doc_id, 1 - rank / 1000) for rank, doc_id in enumerate(ranked)]
    values = evaluate(run, judgements)
    for query_id, judged in judgements.items():
        expected = by_hand([doc_id for doc_id, _ in run[query_id]], judged)
        assert {name: values[name][query_id] for name in MEASURES} == pytest.approx(expected)


def test_a_query_that_the_run_lacks_earns_nothing() -> None:
    values = evaluate({"q1": [("a", 1.0)]}, {"q1": {"a": 1}, "q2": {"a": 1}})
    assert values["success@1"] == {"q1": 1.0, "q2": 0.0}
    assert mean(values["success@1"]) == 0.5


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_tied_scores_keep_the_order_of_the_ranking(order: tuple[str, str], tmp_path: Path) -> None:
    run = {"q": [(doc_id, 0.5) for doc_id in order]}
    assert evaluate(run, {"q": {"a": 1}})["success@1"]["q"] == (order[0] == "a")
    write_run(tmp_path / "run", run, "hybrid")
    rows = [line.split() for line in (tmp_path / "run").read_text().splitlines()]
    assert [row[:4] for row in rows] == [["q", "Q0", order[0], "1"], ["q", "Q0", order[1], "2"]]
    assert float(rows[0][4]) > float(rows[1][4])
    assert rows[0][5] == "hybrid"


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    generator = random.Random(3)
    held = 0
    for trial in range(100):
        baseline = {f"q{i}": generator.random() for i in range(60)}
        values = {query_id: v + generator.gauss(0.1, 0.3) for query_id, v in baseline.items()}
        interval = paired_bootstrap(values, baseline, resamples=400, seed=trial)
        assert interval.low <= interval.mean <= interval.high
        held += interval.low <= 0.1 <= interval.high
    assert 86 <= held <= 100


def test_the_interval_is_paired_and_repeatable() -> None:
    baseline = {f"q{i}": i / 100 for i in range(50)}
    values = {query_id: v + 0.25 for query_id, v in reversed(baseline.items())}
    interval = paired_bootstrap(values, baseline, resamples=100)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((0.25, 0.25, 0.25))
    generator = random.Random(5)
    values = {query_id: generator.random() for query_id in baseline}
    intervals = [paired_bootstrap(values, baseline, resamples=200, seed=s) for s in (1, 1, 2)]
    assert intervals[0] == intervals[1] != intervals[2]
    with pytest.raises(ValueError, match="same queries"):
        paired_bootstrap({"q1": 1.0}, {"q2": 1.0})


def test_a_folder_in_beir_layout_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "1", "title": "T", "text": "Körper"}\n{"_id": "2", "text": "b"}\n',
        encoding="utf-8",
    )
    (folder / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": f"q{i}", "text": f"text {i}"}) + "\n" for i in range(4))
    )
    header = "query-id\tcorpus-id\tscore\n"
    (folder / "qrels" / "train.tsv").write_text(header + "q3\t1\t1\n")
    (folder / "qrels" / "test.tsv").write_text(header + "q0\t1\t2\nq0\t2\t0\nq1\t2\t0\n")
    collection = load_collection(folder)
    assert collection.name == "tiny"
    assert [(e.doc_id, e.title, e.text) for e in collection.entries] == [
        ("1", "T", "Körper"),
        ("2", "", "b"),
    ]
    assert collection.queries == {"q0": "text 0"}
    assert collection.judgements == {"q0": {"1": 2, "2": 0}}
    (folder / "qrels" / "test.tsv").unlink()
    assert load_collection(folder).judgements == {"q3": {"1": 1}}
    (folder / "qrels" / "train.tsv").unlink()
    with pytest.raises(FileNotFoundError, match="no judgements"):
        load_collection(folder)


@pytest.mark.parametrize(
    ("doc_id", "start", "end", "relevance"),
    [
        ("a", 100, 200, 2),  # the span itself
        ("a", 0, 1000, 2),  # a long passage around it
        ("a", 120, 130, 2),  # a short passage inside it
        ("a", 150, 400, 2),  # its second half
        ("a", 151, 299, 0),  # less than half of either
        ("a", 200, 300, 0),  # next to it
        ("a", 300, 320, 1),  # another span, partly
        ("a", 90, 320, 2),  # both: the higher counts
        ("b", 100, 200, 0),  # another document
    ],
)
def test_a_passage_is_worth_the_best_span_it_shares(
    doc_id: str, start: int, end: int, relevance: int
) -> None:
    spans = [JudgedSpan("a", 100, 200, 2), JudgedSpan("a", 300, 320, 1)]
    assert passage_relevance(spans, JudgedSpan(doc_id, start, end, 0)) == relevance


def test_the_questions_about_the_articles_are_sound() -> None:
    questions = load_questions(ROOT / "benchmarks" / "articles.jsonl")
    kinds = [question.kind for question in questions]
    assert {kind: kinds.count(kind) >= 30 for kind in kinds} == {
        "keyword": True,
        "paraphrase": True,
        "name": True,
    }
    for question in questions:
        assert any(span.relevance == 2 for span in question.relevant)
        for span in question.relevant:
            text = (ROOT / "seeds" / span.doc_id).read_bytes().decode("utf-8")
            snippet = text[span.start : span.end]
            assert snippet
            assert snippet == snippet.strip()
            assert text.count(snippet) == 1
            assert span.relevance in (1, 2)


def test_no_question_is_both_used_to_learn_and_to_judge() -> None:
    shipped = (
        (ROOT / "index" / "scoring" / "unrelated_questions.txt").read_text("utf-8").splitlines()
    )
    unrelated = load_questions(ROOT / "benchmarks" / "unrelated.jsonl")
    answerable = load_questions(ROOT / "benchmarks" / "articles.jsonl")
    assert len(unrelated) >= 40
    assert all(question.relevant == () for question in unrelated)
    texts = [question.text.lower() for question in unrelated + answerable]
    texts += [line.lower() for line in shipped]
    assert len(set(texts)) == len(texts)
    assert all(line == line.strip() != "" for line in shipped)


def test_the_plot_draws_every_value_from_zero() -> None:
    groups = {"SciFact": {"dense": 0.645, "hybrid": 0.74}, "A & B": {"dense": 1.0}}
    svg = bar_plot("nDCG@10 <by mode>", groups)
    root = ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    texts = [node.text for node in root.iter(f"{space}text")]
    assert {"nDCG@10 <by mode>", "dense", "hybrid", "SciFact", "A & B"} <= set(texts)
    assert [text for text in texts if text in {".645", ".740", "1.000"}] == [
        ".645",
        ".740",
        "1.000",
    ]
    bars = [node for node in root.iter(f"{space}rect") if node.get("height") != "12.0"]
    heights = [float(node.attrib["height"]) for node in bars]
    assert heights == pytest.approx([240 * v for v in (0.645, 0.74, 1.0)], abs=0.1)
    assert len({float(n.attrib["y"]) + float(n.attrib["height"]) for n in bars}) == 1
