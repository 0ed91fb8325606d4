"""What an index costs in milvus-lite, beside the same one in files; with made-up texts and vectors.

    python -m benchmarks.milvus --passages 10000 [100000 ...] [--json]

Everything but the model is the real thing, as in `benchmarks.scale`. Each question is asked twice
in turn, of the files and of Milvus, and the answers must be equal.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks.scale import MadeUpEncoder, build, questions, write_corpus
from index.store.milvus.address import MilvusAddress
from index.store.milvus.engine import Engine
from index.store.milvus.pushing import push
from index.types import MODES
from query import Retriever


@contextmanager
def counted_calls() -> Iterator[dict[str, int]]:
    """Count what is asked of the engine: searches, and rows that are fetched by their keys."""
    counts = {"searches": 0, "rows": 0}
    search, whole_rows = Engine.search, Engine.whole_rows

    def searching(*values: object) -> object:
        counts["searches"] += 1
        return search(*values)  # type: ignore[arg-type]

    def fetching(*values: object) -> object:
        counts["rows"] += len(values[3])  # type: ignore[arg-type]
        return whole_rows(*values)  # type: ignore[arg-type]

    with patch.multiple(Engine, search=searching, whole_rows=fetching):
        yield counts


def bytes_in(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(folder: Path, passages: int) -> dict[str, float]:
    """Build, push and ask; sizes, seconds, and medians over the questions."""
    corpus, directory = folder / "corpus", folder / "index"
    write_corpus(corpus, passages)
    built = build(corpus, directory)
    address = MilvusAddress.parse(f"milvus:{folder / 'store.db'}")
    started = time.perf_counter()
    push(directory, address)
    pushed = time.perf_counter()
    encoder = MadeUpEncoder()
    with Retriever.open(str(address), encoder=encoder) as remote:
        opened = time.perf_counter()
        with Retriever.open(directory, encoder=encoder) as local:
            asked = ask(local, remote)
    return {
        "passages": built["passages"],
        "index_mib": built["index_mib"],
        "milvus_mib": bytes_in(folder / "store.db") / (1 << 20),
        "push_s": pushed - started,
        "open_s": opened - pushed,
        **asked,
    }


def ask(local: Retriever, remote: Retriever) -> dict[str, float]:
    """Ask both, and compare."""
    measured: dict[str, float] = {}
    every = questions()
    for retriever in (local, remote):  # what is read once
        retriever.retrieve(every[-1])
    with counted_calls() as counts:
        for mode in MODES:
            seconds: dict[str, list[float]] = {"local": [], "milvus": []}
            for question in every[:-1]:
                rankings = []
                for name, retriever in (("local", local), ("milvus", remote)):
                    started = time.perf_counter()
                    rankings.append(retriever.retrieve(question, k=10, mode=mode))
                    seconds[name].append(time.perf_counter() - started)
                if rankings[0] != rankings[1]:
                    raise SystemExit(f"{question!r} ({mode}) has two answers")
            for name, some in seconds.items():
                measured[f"{name}_{mode}_ms"] = 1000 * median(some)
    asked = len(MODES) * (len(every) - 1)
    return measured | {name: count / asked for name, count in counts.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for passages in options.passages:
        with tempfile.TemporaryDirectory() as folder:
            measured = measure(Path(folder), passages)
        if options.json:
            print(json.dumps(measured), flush=True)
            continue
        print(
            f"{measured['passages']:,.0f} passages: push {measured['push_s']:.0f} s, "
            f"{measured['index_mib']:,.0f} MiB in files, {measured['milvus_mib']:,.0f} in Milvus, "
            f"open {measured['open_s']:.2f} s; a question: {measured['searches']:.1f} searches "
            f"and {measured['rows']:,.0f} rows",
            flush=True,
        )
        for mode in MODES:
            of_files, of_milvus = measured[f"local_{mode}_ms"], measured[f"milvus_{mode}_ms"]
            print(f"  {mode:8} {of_files:6.0f} ms of files, {of_milvus:6.0f} of Milvus", flush=True)


if __name__ == "__main__":
    main()
