"""What a ranking is worth: judged collections, measures, intervals, run files and a bar plot."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Protocol, TypeAlias

import ir_measures
import numpy as np

Judgements: TypeAlias = Mapping[str, Mapping[str, int]]
"""query_id -> doc_id -> relevance; 0 is "judged and not relevant"."""

Run: TypeAlias = Mapping[str, Sequence[tuple[str, float]]]
"""query_id -> (doc_id, score) in the order of the ranking, best first."""

Values: TypeAlias = dict[str, dict[str, float]]
"""Measure -> query_id -> value."""

MEASURES = ("nDCG@10", "recall@100", "MRR@10", "success@1")

_IR_MEASURES = dict(
    zip(
        MEASURES,
        (
            ir_measures.nDCG @ 10,
            ir_measures.R @ 100,
            ir_measures.RR @ 10,
            ir_measures.Success @ 1,
        ),
        strict=True,
    )
)

# The step by which a tied score is lowered, so that programs that sort a run by score (all of
# them do, and break ties by doc_id) see the order that the ranking had.
_TIE_STEP = 1e-6


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a collection's corpus."""

    doc_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A judged collection: entries to rank, queries (query_id -> text) and judgements."""

    name: str
    entries: tuple[Entry, ...]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def load_collection(folder: Path) -> Collection:
    """Read a folder in BEIR layout: corpus.jsonl, queries.jsonl and qrels/*.tsv.

    The test split is read if there is one, every split otherwise. Queries without any relevant
    entry are left out, as no ranking could earn anything for them.
    """
    entries = tuple(
        Entry(str(row["_id"]), str(row.get("title") or ""), str(row.get("text") or ""))
        for row in _rows(folder / "corpus.jsonl")
    )
    judgements = _read_judgements(folder / "qrels")
    texts = {str(row["_id"]): str(row["text"]) for row in _rows(folder / "queries.jsonl")}
    queries = {
        query_id: text
        for query_id, text in texts.items()
        if any(relevance > 0 for relevance in judgements.get(query_id, {}).values())
    }
    return Collection(
        name=folder.name,
        entries=entries,
        queries=queries,
        judgements={query_id: judgements[query_id] for query_id in queries},
    )


def _rows(path: Path) -> Iterable[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _read_judgements(folder: Path) -> dict[str, dict[str, int]]:
    test = folder / "test.tsv"
    paths = [test] if test.exists() else sorted(folder.glob("*.tsv"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no judgements (*.tsv)")
    judgements: dict[str, dict[str, int]] = {}
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            next(lines)  # the header
            for line in lines:
                if not line.strip():
                    continue
                query_id, doc_id, relevance = line.rstrip("\n").split("\t")
                judgements.setdefault(query_id, {})[doc_id] = int(relevance)
    return judgements


class Span(Protocol):
    """A stretch of one document, in code points; a passage is one."""

    @property
    def doc_id(self) -> str:
        """The document."""

    @property
    def start(self) -> int:
        """The first code point."""

    @property
    def end(self) -> int:
        """The code point after the last."""


@dataclass(frozen=True, slots=True)
class JudgedSpan:
    """A stretch of a document that answers a question: 2 in full, 1 in part."""

    doc_id: str
    start: int
    end: int
    relevance: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the spans that answer it; without any, nothing in the corpus does."""

    query_id: str
    kind: str
    text: str
    relevant: tuple[JudgedSpan, ...] = ()


def load_questions(path: Path) -> tuple[Question, ...]:
    """Read questions from a file with a JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        Question(
            query_id=row["query_id"],
            kind=row["kind"],
            text=row["query"],
            relevant=tuple(JudgedSpan(**span) for span in row.get("relevant", ())),
        )
        for row in rows
    )


def passage_relevance(spans: Iterable[JudgedSpan], passage: Span) -> int:
    """Return the relevance of a passage: the highest of the judged spans that it overlaps enough.

    Enough is half of the span or half of the passage, so that neither a splitter with long
    passages nor one with short ones is favoured, and a stray word counts for nothing.
    """
    best = 0
    for span in spans:
        shared = min(span.end, passage.end) - max(span.start, passage.start)
        shorter = min(span.end - span.start, passage.end - passage.start)
        if span.doc_id == passage.doc_id and shared > 0 and 2 * shared >= shorter:
            best = max(best, span.relevance)
    return best


def load_answers(path: Path) -> tuple[Question, ...]:
    """Read questions with the spans of their answers: `query`, `doc_id` and `spans` an object."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return tuple(
        Question(
            query_id=str(number),
            kind="answerable",
            text=row["query"],
            relevant=tuple(JudgedSpan(row["doc_id"], start, end, 1) for start, end in row["spans"]),
        )
        for number, row in enumerate(rows)
    )


def overlap_relevance(spans: Iterable[JudgedSpan], passage: Span) -> int:
    """Return 1 if a passage shares a character with any of the spans, else 0."""
    return int(
        any(
            span.doc_id == passage.doc_id and span.start < passage.end and passage.start < span.end
            for span in spans
        )
    )


def evaluate(run: Run, judgements: Judgements) -> Values:
    """Score a run by every measure of MEASURES.

    A query that the run lacks earns 0, as does one to which no passage is relevant.
    """
    values: Values = {name: dict.fromkeys(judgements, 0.0) for name in MEASURES}
    names = {str(measure): name for name, measure in _IR_MEASURES.items()}
    scored = {query_id: dict(_without_ties(ranking)) for query_id, ranking in run.items()}
    for metric in ir_measures.iter_calc(list(_IR_MEASURES.values()), judgements, scored):
        values[names[str(metric.measure)]][metric.query_id] = float(metric.value)
    return values


def mean(values: Mapping[str, float]) -> float:
    """Return the mean over queries."""
    return float(np.mean(list(values.values())))


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference with the bounds of its bootstrap interval."""

    mean: float
    low: float
    high: float


def paired_bootstrap(
    values: Mapping[str, float],
    baseline: Mapping[str, float],
    *,
    resamples: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile interval of the mean of `values - baseline`, resampling queries in pairs.

    Raises ValueError if the two are not about the same queries.
    """
    if values.keys() != baseline.keys():
        raise ValueError("the two runs were not measured on the same queries")
    differences = np.array([values[query_id] - baseline[query_id] for query_id in sorted(values)])
    generator = np.random.default_rng(seed)
    means = np.array(
        [
            differences[generator.integers(0, len(differences), len(differences))].mean()
            for _ in range(resamples)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(differences.mean()), float(low), float(high))


def write_run(path: Path, run: Run, name: str) -> None:
    """Write a run in TREC format: query_id Q0 doc_id rank score name."""
    lines = [
        f"{query_id} Q0 {doc_id} {rank} {score:.6f} {name}\n"
        for query_id, ranking in run.items()
        for rank, (doc_id, score) in enumerate(_without_ties(ranking), start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def _without_ties(ranking: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the ranking with six decimals a score, each lower than the one before it."""
    untied: list[tuple[str, float]] = []
    for doc_id, score in ranking:
        ceiling = untied[-1][1] - _TIE_STEP if untied else score
        untied.append((doc_id, round(min(score, ceiling), 6)))
    return untied


_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .value { font-size: 11px; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
  .axis { stroke: #57606a; }
  .grid { stroke: #57606a; stroke-opacity: 0.25; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .axis, .grid { stroke: #9198a1; }
    .value { stroke: #0d1117; }
  }
"""
# Okabe and Ito's colours, told apart by the colour-blind and legible on white and on black.
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
_PLOT_HEIGHT, _TOP, _LEFT, _BAR, _GAP = 240, 72, 44, 38, 36


def bar_plot(title: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Grouped bars as SVG: groups of bars (collection -> mode -> value from 0 to 1)."""
    modes = list(dict.fromkeys(mode for bars in groups.values() for mode in bars))
    group_width = len(modes) * _BAR
    width = max(_LEFT + len(groups) * (group_width + _GAP) + _GAP, _LEFT + 150 * len(modes))
    base = _TOP + _PLOT_HEIGHT
    parts = [_text(_LEFT, 22, title, "title", "start")]
    for i, mode in enumerate(modes):
        parts.append(_bar(_LEFT + 150 * i, 36, 12, 12, _COLOURS[i % len(_COLOURS)]))
        parts.append(_text(_LEFT + 150 * i + 18, 47, mode, "label", "start"))
    for tenths in range(0, 11, 2):
        y = base - _PLOT_HEIGHT * tenths / 10
        parts.append(_line(_LEFT, y, width, "axis" if tenths == 0 else "grid"))
        parts.append(_text(_LEFT - 8, y + 4, f"{tenths / 10:.1f}", "label", "end"))
    for g, (group, bars) in enumerate(groups.items()):
        left = _LEFT + _GAP + g * (group_width + _GAP)
        parts.append(_text(left + group_width / 2, base + 22, group, "label", "middle"))
        for i, mode in enumerate(modes):
            if mode not in bars:
                continue
            x, height = left + i * _BAR, _PLOT_HEIGHT * bars[mode]
            parts.append(_bar(x + 2, base - height, _BAR - 4, height, _COLOURS[i % len(_COLOURS)]))
            label = f"{bars[mode]:.3f}".removeprefix("0")
            parts.append(_text(x + _BAR / 2, base - height - 5, label, "value", "middle"))
    height_all = base + 40
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height_all}" '
        f'width="{width}" height="{height_all}" role="img" aria-label="{escape(title)}">\n'
        f"<style>{_STYLE}</style>\n{body}\n</svg>\n"
    )


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _line(left: float, y: float, right: float, kind: str) -> str:
    return f'<line x1="{left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" class="{kind}"/>'
