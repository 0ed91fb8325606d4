"""Who does the work of a build: reads documents, splits them, and embeds their passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.reading.folder import LeftOut
from index.splitting.split_document import SplitDocument
from index.types import DocumentRecord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed import TextEncoder
    from index.reading.corpus import Corpus
    from index.reading.document_reader import SourceFile


@dataclass(frozen=True, slots=True)
class Asked:
    """A document of the folder, and what the generation before knows of it.

    That is a record if its vectors can be taken over, why it could not be read, or None: then it
    has to be read.
    """

    source: SourceFile
    known: DocumentRecord | LeftOut | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What is known of a document now. `size` is that of its file; `source` may have no bytes."""

    source: SourceFile
    size: int
    found: DocumentRecord | LeftOut | SplitDocument


class BuildWorkers(Protocol):
    """What a build leaves to others; all else, and all writing, it does itself."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    @property
    def portions(self) -> int:
        """How many times as much as usual is embedded together, to have work for all."""

    def read(self, documents: Iterable[Asked]) -> Iterator[Answered]:
        """Read and split the documents of which nothing is known; yield all, in their order."""

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return vectors as a `TextEncoder` does."""


class WorkersSource(Protocol):
    """Where the workers of a build come from."""

    def workers(
        self, corpus: Corpus, encoder: TextEncoder, directory: Path
    ) -> AbstractContextManager[BuildWorkers]:
        """Return workers that give what this encoder gives; `directory` is that of the index."""


class ThisProcess:
    """A build that does all its work itself, which is the usual one."""

    def workers(
        self, corpus: Corpus, encoder: TextEncoder, _directory: Path
    ) -> AbstractContextManager[BuildWorkers]:
        """Return what reads with the corpus's own reader and embeds with this encoder."""
        return nullcontext(_Alone(corpus, encoder))


class _Alone:
    portions = 1

    def __init__(self, corpus: Corpus, encoder: TextEncoder) -> None:
        self.dim = encoder.dim
        self._corpus = corpus
        self._encoder = encoder

    def read(self, documents: Iterable[Asked]) -> Iterator[Answered]:
        for asked in documents:
            found = asked.known or self._read(asked.source)
            yield Answered(asked.source, len(asked.source.data), found)

    def _read(self, source: SourceFile) -> LeftOut | SplitDocument:
        document = self._corpus.read(source)
        if isinstance(document, LeftOut):
            return document
        return SplitDocument.of(document, self._encoder, keep_text=self._corpus.in_memory)

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        return self._encoder.encode_passages(texts, on_batch=on_batch)
