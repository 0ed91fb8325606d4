"""Quality of retrieval, measured: the two articles, and any collection in BEIR layout.

    python -m benchmarks.quality [--runs DIR] [--plot FILE] [--values FILE] [--against FILE]
        [COLLECTION ...]

A collection is a folder in BEIR layout, or one with whole articles in `articles/` and questions
with the spans that answer them in `questions.jsonl`. `--values` writes the measure of each
question, and `--against` compares with the values of another run, by another version for one.

Every entry of a collection goes through the same splitting, embedding and ranking as any article;
an entry is scored by its best passage. The run called "whole" is no mode of ours: one vector an
entry, cut off at the model's limit, as the published figures of the model are measured.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.metrics import (
    MEASURES,
    Collection,
    Entry,
    JudgedSpan,
    Judgements,
    Question,
    Run,
    Span,
    Values,
    bar_plot,
    evaluate,
    load_answers,
    load_collection,
    load_questions,
    mean,
    overlap_relevance,
    paired_bootstrap,
    passage_relevance,
    write_run,
)
from embed import Encoder
from index.build import EncoderSource, build_index
from index.scoring.parts import Selection, find_candidates
from index.scoring.ranking import descending, totals
from index.types import MODES, Mode
from query import Hit, Retriever
from query.index_searcher import IndexSearcher

HERE = Path(__file__).parent
DEPTH = 100

# Passages asked for, so that `DEPTH` different entries are among them.
_PASSAGES = 4 * DEPTH

# The measure that the differences between modes are shown in, and the plot.
_MAIN = "nDCG@10"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The runs on one collection, by name, and what they are judged by.

    `refused` is the share of the questions of a kind that nothing is found to be about, and
    `refused_though_right` the share of the answerable ones to which that happens with a relevant
    passage in the first place.
    """

    name: str
    runs: dict[str, Run]
    judgements: Judgements
    refused: dict[str, float]
    refused_though_right: float


@contextmanager
def indexed(documents: Iterable[tuple[str, str]], encoder: Encoder) -> Iterator[Retriever]:
    """A retriever over texts, written out as files under their names."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "corpus"
        folder.mkdir()
        for name, text in documents:
            (folder / name).write_text(text, encoding="utf-8", newline="")
        directory = Path(scratch) / "index"
        build_index(folder, directory, EncoderSource.of(encoder))
        with Retriever.open(directory, encoder=encoder) as retriever:
            yield retriever


def evaluate_articles(encoder: Encoder) -> Evaluated:
    """Return the runs of our own questions on the two articles, judged by the spans they share."""
    questions = load_questions(HERE / "articles.jsonl")
    return evaluate_spans(
        "two articles", HERE.parent / "seeds", questions, passage_relevance, encoder
    )


def evaluate_answers(folder: Path, encoder: Encoder) -> Evaluated:
    """Whole articles and questions; a passage is relevant if it overlaps a span of an answer."""
    questions = load_answers(folder / "questions.jsonl")
    return evaluate_spans(folder.name, folder / "articles", questions, overlap_relevance, encoder)


def evaluate_spans(
    name: str,
    folder: Path,
    questions: Sequence[Question],
    relevance_of: Callable[[Iterable[JudgedSpan], Span], int],
    encoder: Encoder,
) -> Evaluated:
    """Return the runs on the documents of a folder; their passages are judged by spans."""
    texts = [(path.name, path.read_bytes().decode()) for path in sorted(folder.iterdir())]
    with indexed(texts, encoder) as retriever:
        searcher = retriever.searcher
        passages = {
            record.doc_id: searcher.passages_of(record, 1, record.passages)
            for record in retriever.documents()
        }
        judgements = {
            question.query_id: {
                passage.passage_id: relevance
                for doc_id in {span.doc_id for span in question.relevant}
                for passage in passages[doc_id]
                if (relevance := relevance_of(question.relevant, passage))
            }
            for question in questions
        }
        queries = {question.query_id: question.text for question in questions}
        runs: dict[str, Run] = {
            mode: {
                query_id: [(hit.passage.passage_id, hit.score) for hit in ranking]
                for query_id, ranking in zip(
                    queries,
                    retriever.retrieve_batch([*queries.values()], DEPTH, mode=mode),
                    strict=True,
                )
            }
            for mode in MODES
        }
        refused = refusals(retriever, queries.values())
        though_right = refused_though_right(
            retriever,
            queries,
            lambda query_id, hit: judgements[query_id].get(hit.passage.passage_id, 0),
        )
    return Evaluated(name, runs, judgements, refused, though_right)


def evaluate_collection(collection: Collection, encoder: Encoder) -> Evaluated:
    """Return a collection in BEIR layout."""
    names = {f"{row:07}.txt": entry.doc_id for row, entry in enumerate(collection.entries)}
    texts = [(name, joined(entry)) for name, entry in zip(names, collection.entries, strict=True)]
    with indexed(texts, encoder) as retriever:
        runs: dict[str, Run] = {
            mode: entry_run(retriever, collection, names, mode) for mode in MODES
        }
        refused = refusals(retriever, collection.queries.values())
        though_right = refused_though_right(
            retriever,
            collection.queries,
            lambda query_id, hit: collection.judgements[query_id].get(names[hit.passage.doc_id], 0),
        )
    runs = {"whole": whole_entries(collection, encoder), **runs}
    return Evaluated(collection.name, runs, collection.judgements, refused, though_right)


def joined(entry: Entry) -> str:
    """Title and text of an entry, joined by a space as the published figures have it."""
    return f"{entry.title} {entry.text}".strip()


def entry_run(
    retriever: Retriever, collection: Collection, names: dict[str, str], mode: Mode
) -> Run:
    """Return the ranking of entries for each query, an entry by its best passage."""
    searcher = retriever.searcher
    assert isinstance(searcher, IndexSearcher)
    index = searcher.index
    entry_of = {
        row: names[record.doc_id] for record in index.catalog.documents() for row in record.rows
    }
    everything = Selection.everything(index)
    vectors = retriever.encoder.encode_queries([*collection.queries.values()])
    run: dict[str, list[tuple[str, float]]] = {}
    for (query_id, query), vector in zip(collection.queries.items(), vectors, strict=True):
        scores = totals(find_candidates(index, everything, query, vector), mode)
        best: dict[str, float] = {}
        for row in descending(scores, _PASSAGES):
            if len(best) == DEPTH:
                break
            best.setdefault(entry_of[row], float(scores[row]))
        run[query_id] = [*best.items()]
    return run


def whole_entries(collection: Collection, encoder: Encoder) -> Run:
    """One vector an entry, title and text joined by a space: the model's published setting."""
    texts = [joined(entry) for entry in collection.entries]
    doc_ids = [entry.doc_id for entry in collection.entries]
    scores = encoder.encode_queries([*collection.queries.values()]) @ encoder.encode(texts).T
    return {
        query_id: [(doc_ids[row], float(line[row])) for row in np.argsort(-line)[:DEPTH]]
        for query_id, line in zip(collection.queries, scores, strict=True)
    }


def refusals(retriever: Retriever, answerable: Iterable[str]) -> dict[str, float]:
    """Return the share of questions with the verdict "no_match", by kind of question."""
    questions = load_questions(HERE / "unrelated.jsonl")
    kinds = {"answerable": list(answerable)} | {
        kind: [question.text for question in questions if question.kind == kind]
        for kind in dict.fromkeys(question.kind for question in questions)
    }
    return {
        kind: sum(ranking.verdict == "no_match" for ranking in retriever.retrieve_batch(texts, 1))
        / len(texts)
        for kind, texts in kinds.items()
    }


def refused_though_right(
    retriever: Retriever, queries: Mapping[str, str], relevance: Callable[[str, Hit], int]
) -> float:
    """Return the share of questions with the verdict "no_match" whose first hit is relevant."""
    rankings = retriever.retrieve_batch([*queries.values()], 1)
    return sum(
        ranking.verdict == "no_match" and any(relevance(query_id, hit) > 0 for hit in ranking)
        for query_id, ranking in zip(queries, rankings, strict=True)
    ) / len(queries)


def report(
    evaluated: Evaluated, values: Mapping[str, Values], before: Mapping[str, Values] | None
) -> dict[str, float]:
    """Print the table of a collection; gives the main measure of each run."""
    print(f"\n## {evaluated.name} ({len(evaluated.judgements)} questions)\n")
    print(f"| | {' | '.join(MEASURES)} | {_MAIN}: hybrid minus this, 95 % interval |")
    print(f"|---|{'---|' * (len(MEASURES) + 1)}")
    for name, of_run in values.items():
        means = " | ".join(f"{mean(of_run[measure]):.4f}" for measure in MEASURES)
        print(f"| {name} | {means} | {difference(values['hybrid'], of_run, name)} |")
    refused = ", ".join(f"{share:.1%} of {kind}" for kind, share in evaluated.refused.items())
    though_right = f"{evaluated.refused_though_right:.1%} of answerable"
    print(f"\nRefused as no match: {refused}; although the first hit was right: {though_right}.")
    if before:
        for name in MODES:
            change = paired_bootstrap(values[name][_MAIN], before[name][_MAIN])
            print(
                f"{name}, {_MAIN} minus that of the other run: {change.mean:+.4f} "
                f"[{change.low:+.4f}, {change.high:+.4f}]"
            )
    return {name: mean(of_run[_MAIN]) for name, of_run in values.items()}


def difference(hybrid: Values, other: Values, name: str) -> str:
    if name == "hybrid":
        return ""
    interval = paired_bootstrap(hybrid[_MAIN], other[_MAIN])
    return f"{interval.mean:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.quality", description=__doc__)
    parser.add_argument("collections", nargs="*", type=Path, help="folders in BEIR layout")
    parser.add_argument("--runs", type=Path, help="write TREC run files into this folder")
    parser.add_argument("--plot", type=Path, help="draw the modes side by side into this SVG file")
    parser.add_argument("--values", type=Path, help="write the measures of each question as JSON")
    parser.add_argument("--against", type=Path, help="compare with values that were written before")
    given = parser.parse_args(arguments)
    encoder = Encoder.load()
    before = json.loads(given.against.read_text(encoding="utf-8")) if given.against else {}
    groups = {}
    all_values: dict[str, dict[str, Values]] = {}
    for evaluated in evaluations(given.collections, encoder):
        values = {name: evaluate(run, evaluated.judgements) for name, run in evaluated.runs.items()}
        all_values[evaluated.name] = values
        groups[evaluated.name] = report(evaluated, values, before.get(evaluated.name))
        if given.values:
            given.values.write_text(json.dumps(all_values), encoding="utf-8")
        if given.runs:
            given.runs.mkdir(parents=True, exist_ok=True)
            for name, run in evaluated.runs.items():
                write_run(given.runs / f"{evaluated.name}.{name}.run", run, name)
    if given.plot:
        given.plot.write_text(bar_plot(f"{_MAIN} by mode", groups), encoding="utf-8")


def evaluations(folders: Iterable[Path], encoder: Encoder) -> Iterator[Evaluated]:
    yield evaluate_articles(encoder)
    for folder in folders:
        if (folder / "articles").is_dir():
            yield evaluate_answers(folder, encoder)
        else:
            yield evaluate_collection(load_collection(folder), encoder)


if __name__ == "__main__":
    main()
