"""Quality of retrieval, measured: the two articles, and any collection in BEIR layout.

    python -m benchmarks.quality [--runs DIR] [--plot FILE] [COLLECTION ...]

Every entry of a collection goes through the same splitting, embedding and ranking as any article;
an entry is scored by its best passage. The run called "whole" is no mode of ours: one vector an
entry, cut off at the model's limit, as the published figures of the model are measured.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.metrics import (
    MEASURES,
    Collection,
    Entry,
    Judgements,
    Run,
    Values,
    bar_plot,
    evaluate,
    load_collection,
    load_questions,
    mean,
    paired_bootstrap,
    passage_relevance,
    write_run,
)
from embed import Encoder
from index.build import EncoderSource, build_index
from index.scoring.parts import Selection, find_candidates
from index.scoring.ranking import descending, totals
from index.types import MODES, Mode
from query import Retriever
from query.local_searcher import LocalSearcher

HERE = Path(__file__).parent
DEPTH = 100

# Passages asked for, so that `DEPTH` different entries are among them.
_PASSAGES = 4 * DEPTH

# The measure that the differences between modes are shown in, and the plot.
_MAIN = "nDCG@10"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The runs on one collection, by name, and what they are judged by."""

    name: str
    runs: dict[str, Run]
    judgements: Judgements
    refused: dict[str, float]


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
    """Our own questions on the two articles; a passage is relevant by the spans it shares."""
    questions = load_questions(HERE / "articles.jsonl")
    seeds = HERE.parent / "seeds"
    texts = [(path.name, path.read_bytes().decode()) for path in sorted(seeds.iterdir())]
    with indexed(texts, encoder) as retriever:
        passages = [hit.passage for hit in retriever.retrieve("war", k=10**6)]
        judgements = {
            question.query_id: {
                passage.passage_id: relevance
                for passage in passages
                if (relevance := passage_relevance(question.relevant, passage))
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
    return Evaluated("two articles", runs, judgements, refused)


def evaluate_collection(collection: Collection, encoder: Encoder) -> Evaluated:
    """Return a collection in BEIR layout."""
    names = {f"{row:07}.txt": entry.doc_id for row, entry in enumerate(collection.entries)}
    texts = [(name, joined(entry)) for name, entry in zip(names, collection.entries, strict=True)]
    with indexed(texts, encoder) as retriever:
        runs: dict[str, Run] = {
            mode: entry_run(retriever, collection, names, mode) for mode in MODES
        }
        refused = refusals(retriever, collection.queries.values())
    whole = whole_entries(collection, encoder)
    return Evaluated(collection.name, {"whole": whole, **runs}, collection.judgements, refused)


def joined(entry: Entry) -> str:
    """Title and text of an entry, joined by a space as the published figures have it."""
    return f"{entry.title} {entry.text}".strip()


def entry_run(
    retriever: Retriever, collection: Collection, names: dict[str, str], mode: Mode
) -> Run:
    """Return the ranking of entries for each query, an entry by its best passage."""
    searcher = retriever.searcher
    assert isinstance(searcher, LocalSearcher)
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


def report(evaluated: Evaluated) -> dict[str, float]:
    """Print the table of a collection; gives the main measure of each run."""
    values = {name: evaluate(run, evaluated.judgements) for name, run in evaluated.runs.items()}
    print(f"\n## {evaluated.name} ({len(evaluated.judgements)} questions)\n")
    print(f"| | {' | '.join(MEASURES)} | {_MAIN}: hybrid minus this, 95 % interval |")
    print(f"|---|{'---|' * (len(MEASURES) + 1)}")
    for name, of_run in values.items():
        means = " | ".join(f"{mean(of_run[measure]):.4f}" for measure in MEASURES)
        print(f"| {name} | {means} | {difference(values['hybrid'], of_run, name)} |")
    refused = ", ".join(f"{share:.1%} of {kind}" for kind, share in evaluated.refused.items())
    print(f"\nRefused as no match: {refused}.")
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
    given = parser.parse_args(arguments)
    encoder = Encoder.load()
    groups = {}
    for evaluated in evaluations(given.collections, encoder):
        groups[evaluated.name] = report(evaluated)
        if given.runs:
            given.runs.mkdir(parents=True, exist_ok=True)
            for name, run in evaluated.runs.items():
                write_run(given.runs / f"{evaluated.name}.{name}.run", run, name)
    if given.plot:
        given.plot.write_text(bar_plot(f"{_MAIN} by mode", groups), encoding="utf-8")


def evaluations(folders: Iterable[Path], encoder: Encoder) -> Iterator[Evaluated]:
    yield evaluate_articles(encoder)
    for folder in folders:
        yield evaluate_collection(load_collection(folder), encoder)


if __name__ == "__main__":
    main()
