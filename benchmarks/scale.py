"""How an index of many passages is built, opened and asked; with made-up texts and vectors.

    python -m benchmarks.scale --passages 100000 [1000000 ...] [--json] [--plot FILE]

Everything but the model is the real thing: files are written, read, split, indexed and searched.
The vectors are random, so that a million passages do not take a day to embed. The vector part is
compared with what FAISS takes by itself, on the same two flat indexes in the same process.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.curves import Panel, draw_curves

if TYPE_CHECKING:
    from index.store.rounded_vectors import RoundedVectors
    from query import Retriever

DIM = 384
PASSAGES_PER_DOCUMENT = 50
SENTENCES_PER_PASSAGE = 3
WORDS_PER_SENTENCE = 12
QUESTIONS = 50
WORDS_PER_QUESTION = 4
VOCABULARY = 50_000
FIRST = 512  # as many as a shortlist begins with
THREADS = 8
# The commonest words are left out of questions, as stop words are.
ASKED_WORDS = slice(100, 20_000)

_WORD = re.compile(r"\S+")


def vocabulary() -> list[str]:
    """Made-up words of two to five syllables, all different."""
    syllables = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]
    words = []
    for number in range(VOCABULARY):
        word, rest = syllables[number % 7], number
        while rest:
            rest, syllable = divmod(rest, len(syllables))
            word += syllables[syllable]
        words.append(word)
    return words


def word_shares() -> NDArray[np.float64]:
    """Return the share of each word of the vocabulary in a text, by Zipf's law."""
    shares = 1.0 / np.arange(1, VOCABULARY + 1)
    return np.asarray(shares / shares.sum())


class MadeUpEncoder:
    """An encoder whose vectors follow from a checksum of the text and mean nothing."""

    name = "made-up"
    fingerprint = "0" * 64
    precision = "fp32"
    dim = DIM
    token_limit = 254
    max_tokens = 256

    @cached_property
    def _table(self) -> NDArray[np.float32]:
        return np.random.default_rng(7).standard_normal((1 << 13, DIM)).astype(np.float32)

    def count_tokens(self, text: str) -> int:
        """Return how many words a text has."""
        return len(_WORD.findall(text))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the span of each word."""
        return [match.span() for match in _WORD.finditer(text)]

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Unit vectors, float32 (len(texts), 384)."""
        if on_batch is not None:
            on_batch(len(texts), sum(map(self.count_tokens, texts)))
        sums = np.array([zlib.crc32(text.encode()) for text in texts], dtype=np.int64)
        vectors = self._table[sums & 0x1FFF] + self._table[(sums >> 13) & 0x1FFF]
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As passages."""
        return self.encode_passages(texts)


def write_corpus(folder: Path, passages: int) -> None:
    """Write text files with so many passages in all, their words drawn by Zipf's law."""
    words = np.array(vocabulary())
    cumulated = np.cumsum(word_shares())
    chance = np.random.default_rng(1)
    for first in range(0, passages, PASSAGES_PER_DOCUMENT):
        count = min(PASSAGES_PER_DOCUMENT, passages - first)
        shape = (count, SENTENCES_PER_PASSAGE, WORDS_PER_SENTENCE)
        drawn = words[np.searchsorted(cumulated, chance.random(shape)).clip(max=VOCABULARY - 1)]
        text = "\n\n".join(
            " ".join(" ".join(sentence).capitalize() + "." for sentence in passage)
            for passage in drawn
        )
        path = folder / f"{first // 100_000:04}" / f"{first:09}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="ascii")


def questions() -> list[str]:
    """Questions of four words, the commonest ones left out."""
    shares = word_shares()[ASKED_WORDS]
    chance = np.random.default_rng(2)
    chosen = [
        chance.choice(len(shares), WORDS_PER_QUESTION, replace=False, p=shares / shares.sum())
        for _ in range(QUESTIONS)
    ]
    words = vocabulary()[ASKED_WORDS]
    return [" ".join(words[number] for number in numbers) for numbers in chosen]


def private_mebibytes() -> float:
    """Return the memory of this process alone (Private_Dirty) in MiB; 0 if it is not known."""
    try:
        rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"Private_Dirty:\s+(\d+) kB", rollup)
    return int(found[1]) / 1024 if found else 0.0


@contextmanager
def watched_memory() -> Iterator[list[float]]:
    """The private memory of this process in MiB, sampled every half second meanwhile."""
    samples = [private_mebibytes()]
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.5):
            samples.append(private_mebibytes())

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()
        samples.append(private_mebibytes())


def build(corpus: Path, directory: Path) -> dict[str, float]:
    """Build the index; seconds, and the most private memory meanwhile."""
    from index.build import EncoderSource, build_index

    with watched_memory() as samples:
        started = time.perf_counter()
        report = build_index(corpus, directory, EncoderSource.of(MadeUpEncoder()))
        seconds = time.perf_counter() - started
    manifest = report.generation.manifest
    return {
        "passages": manifest.passages,
        "sentences": manifest.sentences,
        "documents": manifest.documents,
        "build_s": seconds,
        "build_private_mib": max(samples),
        "index_mib": report.generation.size / (1 << 20),
    }


def ask(directory: Path) -> dict[str, float]:
    """Open the index and ask, in turn with FAISS alone: medians over the questions."""
    import faiss

    from index.store.generation import Generation
    from index.store.layout import PASSAGES, SENTENCES
    from query import Retriever

    encoder = MadeUpEncoder()
    started = time.perf_counter()
    retriever = Retriever.open(directory, encoder=encoder)
    opened = time.perf_counter() - started
    generation = Generation.open(directory)
    files = [generation.file(name) for name in (PASSAGES, SENTENCES)]
    flat = [faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC) for file in files]
    faiss.omp_set_num_threads(1)
    copies = rounded_copies(directory)

    def ways(question: str) -> dict[str, Callable[[], object]]:
        vector = encoder.encode_queries([question])
        return {
            "faiss_ms": lambda: [index.search(vector, 10) for index in flat],
            "vectors_ms": lambda: [copy.nearest(vector[0], FIRST) for copy in copies],
            "hybrid_ms": lambda: retriever.retrieve(question, k=10),
            "dense_ms": lambda: retriever.retrieve(question, k=10, mode="dense"),
            "lexical_ms": lambda: retriever.retrieve(question, k=10, mode="lexical"),
        }

    asked = questions()
    for work in ways(asked[0]).values():  # which maps the files into memory, and is not counted
        work()
    private = private_mebibytes()
    times: dict[str, list[float]] = {}
    for question in asked:
        for name, work in ways(question).items():
            times.setdefault(name, []).append(_milliseconds(work))
    found = {name: median(values) for name, values in times.items()}
    if not copies:
        del found["vectors_ms"]
    alone, together = _throughput(retriever, asked, 1), _throughput(retriever, asked, THREADS)
    retriever.close()
    return found | {"open_s": opened, "threads_gain": together / alone, "private_mib": private}


def rounded_copies(directory: Path) -> Sequence[RoundedVectors]:
    """Return the 8-bit copies of an index, if it has such."""
    from index.store.open_index import OpenIndex

    return OpenIndex.open(directory).rounded or ()


def _throughput(retriever: Retriever, asked: Sequence[str], threads: int) -> float:
    """Return how many questions per second are answered if so many threads ask at once."""
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        list(pool.map(lambda question: retriever.retrieve(question, k=10), asked))
        return len(asked) / (time.perf_counter() - started)


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1e3


def in_new_process(function: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:  # noqa: ANN401
    """Return the result of a function that runs in a process of its own, with memory of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def measure(passages: int, scratch: Path) -> dict[str, float]:
    """Everything, in a folder that is empty before."""
    corpus, directory = scratch / "corpus", scratch / "index"
    corpus.mkdir()
    write_corpus(corpus, passages)
    built = in_new_process(build, corpus, directory)
    return built | in_new_process(ask, directory)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure indexes of many passages.")
    parser.add_argument("--passages", type=int, nargs="+", required=True, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each size")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves into this SVG")
    parser.add_argument(
        "--scratch", type=Path, metavar="DIR", help="where to put files (14 KB for each passage)"
    )
    options = parser.parse_args()
    if min(options.passages) < 1:
        parser.error("--passages must be at least 1")
    if options.scratch is not None and not options.scratch.is_dir():
        parser.error(f"--scratch {options.scratch} is not a folder")
    found = []
    for passages in sorted(options.passages):
        found.append(_measure_in(options.scratch, passages))
        rounded = {name: round(value, 3) for name, value in found[-1].items()}
        if options.json:
            print(json.dumps(rounded), flush=True)
        else:
            lines = (f"{name:18} {value:14,.10g}" for name, value in rounded.items())
            print("\n".join(lines), end="\n\n", flush=True)
    if options.plot is not None:
        options.plot.write_text(_curves(found), encoding="utf-8")


def _measure_in(folder: Path | None, passages: int) -> dict[str, float]:
    """Measure in a folder that is removed again."""
    scratch = Path(tempfile.mkdtemp(prefix="scale-", dir=folder))
    try:
        return measure(passages, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _curves(found: Sequence[dict[str, float]]) -> str:
    """Return the curves of all sizes as an SVG."""

    def curve(name: str) -> list[float]:
        return [max(values[name], 0.01) for values in found]

    sizes = [int(values["passages"]) for values in found]
    return draw_curves(
        sizes,
        [
            Panel(
                "Time of a question, ms",
                {
                    "hybrid": curve("hybrid_ms"),
                    "FAISS flat": curve("faiss_ms"),
                    "dense": curve("dense_ms"),
                    "lexical": curve("lexical_ms"),
                },
            ),
            Panel(
                "Private memory, MiB",
                {"build": curve("build_private_mib"), "open": curve("private_mib")},
            ),
            Panel("On disk, MiB", {"index": curve("index_mib")}),
        ],
    )


if __name__ == "__main__":
    main()
