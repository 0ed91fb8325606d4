"""Every limit that guards against a hostile file lets an honest index of any size through.

The index has made-up vectors and more sentences than the limits allowed for when they were fixed
numbers. It is written by the code of a build, then opened, asked and verified.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from numpy.typing import NDArray
from small_index import index_of

from index.reading.formats import splitter_id
from index.scoring.calibration import learnt_with
from index.store import catalog
from index.store.catalog import Catalog
from index.store.manifest import Manifest
from index.store.publishing import locked_for_writing, new_generation_folder, publish_generation
from index.store.row_writer import New, RowWriter
from index.types import DocumentRecord, Head, Passage, Sentence
from query import Retriever

pytestmark = pytest.mark.slow

SENTENCES_PER_PASSAGE = 100
PASSAGES_PER_DOCUMENT = 50
DOCUMENTS = 540
WORDS = "river", "army", "bread", "salt"


class MadeUpVectors(FakeEncoder):
    """Gives every text the same vector, since millions are asked for."""

    def encode(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        return np.full((len(texts), self.dim), self.dim**-0.5, dtype=np.float32)


def passages(doc_id: str) -> list[Passage]:
    found = []
    start = 0
    for number in range(1, PASSAGES_PER_DOCUMENT + 1):
        text = " ".join(WORDS[(number + n) % 4] for n in range(SENTENCES_PER_PASSAGE))
        sentences = []
        first = start
        for word in text.split():
            sentences.append(Sentence(first, first + len(word)))
            first += len(word) + 1
        end = start + len(text)
        found.append(Passage(doc_id, number, start, end, number, text, tuple(sentences)))
        start = end + 1
    return found


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 2.7 million sentences."""
    directory = tmp_path_factory.mktemp("large") / "index"
    encoder = MadeUpVectors(dim=4)
    with locked_for_writing(directory), new_generation_folder(directory) as folder:
        rows = RowWriter(folder, encoder)
        for number in range(DOCUMENTS):
            doc_id = f"{number:06}.txt"
            record = DocumentRecord(doc_id, "ab" * 32, Head("A title"), 9, 0, 0)
            found = passages(doc_id)
            titles = ["" if p.number > 1 else "A title" for p in found]
            new = [
                New.of(p, encoder.count_tokens(p.reading), title)
                for p, title in zip(found, titles, strict=True)
            ]
            rows.add(record, found, new, {})
        rows.close()
        manifest = Manifest(
            model=encoder.name,
            fingerprint=encoder.fingerprint,
            precision=encoder.precision,
            dim=encoder.dim,
            splitter=splitter_id(),
            folder="../corpus",
            sources=(),
            include=(),
            exclude=(),
            max_bytes=1 << 24,
            encoding="",
            documents=rows.catalog.documents,
            passages=rows.catalog.passages,
            sentences=rows.catalog.sentences,
            tokens=9,
            chance=(0.0, 1.0),
            chance_learnt_with=learnt_with(),
            files={},
        )
        publish_generation(directory, folder, manifest)
    return directory


@pytest.fixture
def most_steps_used(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The steps that each read took, as a share of what it was allowed."""
    shares: list[float] = []
    rows_of = Catalog._rows

    def counted(self: Catalog, most: int, sql: str, *values: object) -> list[Any]:
        found = rows_of(self, most, sql, *values)
        shares.append(self._steps / self._most_steps)
        return found

    monkeypatch.setattr(catalog, "_TICK", 100)
    monkeypatch.setattr(Catalog, "_rows", counted)
    yield shares


def test_an_index_of_millions_of_sentences_is_opened_and_asked(
    directory: Path, most_steps_used: list[float]
) -> None:
    with Retriever.open(directory, encoder=MadeUpVectors(dim=4)) as retriever:
        manifest = index_of(retriever).generation.manifest
        assert manifest.sentences > 2_600_000
        found = retriever.retrieve("river army", k=3)
        assert [hit.passage.number for hit in found] == [1, 2, 3]
        alike = len(range(1, PASSAGES_PER_DOCUMENT + 1, len(WORDS)))
        assert len(found[0].also_in) == DOCUMENTS * alike - 1
        assert len(retriever.retrieve('"salt river"', k=30_000)) == 4
        index_of(retriever).catalog.check()
        index_of(retriever).generation.verify()
    assert len(most_steps_used) > 100
    assert max(most_steps_used) < 1 / 3
