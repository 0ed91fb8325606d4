"""A small corpus, and indexes of it made with the deterministic encoder."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from fake_encoder import FakeEncoder
from numpy.typing import NDArray

from embed import TextEncoder
from index.build import BuildReport, EncoderSource, build_index
from index.document import Document
from index.reading.formats import structure_of
from index.scoring.lexical import frequencies, usual_length
from index.scoring.weights import HEAD_WEIGHT
from index.splitting.passages import Article, split_passages
from index.store.catalog import Catalog
from index.store.layout import CURRENT, MANIFEST
from index.store.open_index import OpenIndex
from index.store.stems import stems_of
from query import Retriever
from query.index_searcher import IndexSearcher

CORPUS = {
    "east/river.txt": "The army crossed the river at night. It was cold.\n\n"
    "Nobody spoke of the bank. Money was short.\n",
    "east/bread.txt": "Bread and salt were all they had. They shared it.\n",
    "talks.md": "# Talks\n\nThe terms of the ceasefire are unknown. Talks go on.\n\n"
    "The truce held for a week. Then it ended.\n",
    "winter.txt": "Winter came early that year. The tanks stood still.\n\n"
    "Caf\u00e9s closed \u2014 \u201call of them\u201d. Snow fell.\n",
}


def write_corpus(folder: Path, files: Mapping[str, str | bytes] = CORPUS) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def bm25_of(
    catalog: Catalog, word: str, head_weight: float = HEAD_WEIGHT
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """The rows that hold a word, its weight there without the IDF, and whether the body has it."""
    where, lengths = catalog.occurrences(stems_of([word])[word]), catalog.lengths()
    weights = frequencies(where, lengths[where.rows], usual_length(lengths), head_weight)
    return where.rows, weights, where.in_body > 0


FEW = ["how to bake bread", "the price of a bank", "when did winter begin", "who crossed it"]


def build(
    folder: Path,
    directory: Path,
    encoder: FakeEncoder | None = None,
    *,
    source: EncoderSource | None = None,
    questions: Sequence[str] = FEW,
    wait: float = 0.0,
    replace_other: bool = False,
) -> BuildReport:
    """A build that asks only a few unrelated questions, since many would take most of its time."""
    source = source or EncoderSource.of(encoder or FakeEncoder())
    with patch("index.scoring.calibration.unrelated_questions", lambda: list(questions)):
        return build_index(folder, directory, source, wait=wait, replace_other=replace_other)


@contextmanager
def retriever_over(scratch: Path, files: Mapping[str, str | bytes]) -> Iterator[Retriever]:
    """A retriever over some files, which are written and indexed in an empty folder."""
    corpus, directory = scratch / "corpus", scratch / "index"
    encoder = FakeEncoder()
    build(write_corpus(corpus, files), directory, encoder)
    with Retriever.open(directory, encoder=encoder) as retriever:
        yield retriever


def generation_bytes(directory: Path) -> dict[str, bytes]:
    """Everything in the generation in use, by name, and CURRENT."""
    current = (directory / CURRENT).read_bytes()
    folder = directory / current.split()[0].decode()
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return {CURRENT: current, **files}


def from_nothing(corpus: Path) -> dict[str, bytes]:
    """The generation that a first build would make, at the same place relative to the corpus."""
    fresh = corpus.parent / ".fresh-index"
    build(corpus, fresh)
    return generation_bytes(fresh)


def current_folder(directory: Path) -> Path:
    return directory / (directory / CURRENT).read_text().split()[0]


def rehash(directory: Path, **changes: object) -> Path:
    """What an attacker does: make manifest and CURRENT agree with the files as they are now.

    ``changes`` are put into the manifest; gives the generation's new folder.
    """
    folder = current_folder(directory)
    values = json.loads((folder / MANIFEST).read_bytes())
    for name, stamp in values["files"].items():
        data = (folder / name).read_bytes()
        stamp.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    values.update(changes)
    data = (json.dumps(values, sort_keys=True, indent=1) + "\n").encode()
    return publish_manifest(directory, data)


def publish_manifest(directory: Path, data: bytes) -> Path:
    """Put any bytes in the manifest's place, and its hash in CURRENT."""
    folder = current_folder(directory)
    digest = hashlib.sha256(data).hexdigest()
    (folder / MANIFEST).write_bytes(data)
    target = directory / f"g-{digest[:16]}"
    if target != folder:
        folder.rename(target)
    (directory / CURRENT).write_text(f"{target.name} {digest}\n")
    return target


def index_of(retriever: Retriever) -> OpenIndex:
    """The open index behind a retriever on this machine."""
    searcher = retriever.searcher
    assert isinstance(searcher, IndexSearcher)
    assert isinstance(searcher.index, OpenIndex)
    return searcher.index


def split_document(document: Document, encoder: TextEncoder) -> Article:
    """A document taken apart as a build does it."""
    return split_passages(document, structure_of(document), encoder)
