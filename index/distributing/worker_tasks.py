"""What runs on a worker: documents and texts come in as values, and what is made of them goes out.

A worker needs no folder of documents. It opens its own model when the first task asks for it.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from embed.errors import ModelError, PassageSearchError
from index.distributing.in_common import difference, in_common
from index.errors import WorkersError, system_message
from index.reading.document_reader import DocumentReader, SourceFile
from index.reading.folder import LeftOut
from index.reading.formats import reader_of
from index.splitting.split_document import SplitDocument

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from embed import Encoder

# Builds whose model stays open in a process: one whose caller was killed is never ended.
_MOST_BUILDS = 2


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker is told of a build: its id, its model, and what both must have in common."""

    build: str
    model: str
    fingerprint: str
    precision: str
    encoding: str
    in_common: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of texts, float32 (n, dim), and the word pieces that the model was fed."""

    vectors: NDArray[np.float32]
    tokens: int


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a worker could not do its work: a sentence, without its end, that names the worker."""

    reason: str


_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


def check(assignment: Assignment) -> str:
    """Return in what this process differs from the one that builds, or ""."""
    return difference(in_common(), assignment.in_common)


def read_document(assignment: Assignment, source: SourceFile) -> SplitDocument | LeftOut | Failed:
    """Read and split a document."""
    return _tried(_read, assignment, source)


def embed_texts(assignment: Assignment, texts: Sequence[str]) -> Embedded | Failed:
    """Embed texts as passages."""
    return _tried(_embed, assignment, texts)


def _read(assignment: Assignment, source: SourceFile) -> SplitDocument | LeftOut:
    post = _post(assignment)
    reader = reader_of(source.reader.format)
    if reader != source.reader:
        raise WorkersError(
            f"reads {reader.format} with {reader.version!r}, and this process with "
            f"{source.reader.version!r}"
        )
    document = post.reader().read(source)
    if isinstance(document, LeftOut):
        return document
    return SplitDocument.of(document, post.encoder())


def _embed(assignment: Assignment, texts: Sequence[str]) -> Embedded:
    fed: list[int] = []
    encoder = _post(assignment).encoder()
    vectors = encoder.encode_passages(texts, on_batch=lambda _, tokens: fed.append(tokens))
    return Embedded(vectors, sum(fed))


async def end_build(build: str) -> None:
    """Close what a build has opened here, when the tasks that may still run are done.

    It is a coroutine, so that nobody has to wait for it.
    """
    with _lock:
        post = _posts.pop(build, None)
    if post is not None:
        threading.Thread(target=post.close, daemon=True).start()


class _Post:
    """What a process has opened for a build: its model, and a reader for each thread."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._readers: dict[int, DocumentReader] = {}

    def reader(self) -> DocumentReader:
        """Return the reader of this thread, which may have a process of its own."""
        with self._lock:
            thread = threading.get_ident()
            if thread not in self._readers:
                self._readers[thread] = DocumentReader(encoding=self._assignment.encoding)
            return self._readers[thread]

    def encoder(self) -> Encoder:
        """Return the model; each task is given one thread by Dask, and takes no more."""
        with self._lock:
            if self._encoder is None:
                self._encoder = _open_model(self._assignment)
            return self._encoder

    def close(self) -> None:
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()
            self._encoder = None


_posts: OrderedDict[str, _Post] = OrderedDict()
_lock = threading.Lock()


def _post(assignment: Assignment) -> _Post:
    """Return what is open for a build; WorkersError if this process differs from its caller."""
    with _lock:
        post = _posts.get(assignment.build)
    if post is not None:
        return post
    if found := check(assignment):  # a worker may have come after the build began
        raise WorkersError(found)
    with _lock:
        post = _posts.setdefault(assignment.build, _Post(assignment))
        left = [_posts.popitem(last=False)[1] for _ in range(len(_posts) - _MOST_BUILDS)]
    for other in left:
        other.close()
    return post


def _open_model(assignment: Assignment) -> Encoder:
    """Open the model of a build: what is here of it is used, and nothing is downloaded."""
    from embed.cache import fingerprint_with
    from embed.encoder import Encoder
    from embed.model import find_model

    meant, precision = assignment.fingerprint, assignment.precision
    try:
        return Encoder.open(meant, assignment.model, precision, threads=1)
    except ModelError:
        try:
            found = find_model(assignment.model, download=False)
        except ModelError as error:
            raise WorkersError(
                f"cannot find the model {assignment.model}: copy its folder there, or name it "
                f"there once with index build --model ({error})"
            ) from error
        fingerprint = fingerprint_with(found.fingerprint, precision)
        if fingerprint != meant:
            raise WorkersError(
                f"has another model {assignment.model} ({precision}, {fingerprint[:12]}) than "
                f"this process ({meant[:12]})"
            ) from None
        return Encoder.load(assignment.model, precision=precision, threads=1)


def _tried(
    work: Callable[[Assignment, _Given], _Made], assignment: Assignment, given: _Given
) -> _Made | Failed:
    """Do work; what is wrong comes back as a value, since not every error can be sent."""
    try:
        return work(assignment, given)
    except WorkersError as error:
        return Failed(f"the worker {_address()} {error}")
    except (PassageSearchError, OSError) as error:
        return Failed(f"the worker {_address()} cannot go on: {system_message(error)}")
    except MemoryError:
        return Failed(f"the worker {_address()} has not enough memory")
    except Exception as error:
        return Failed(f"the worker {_address()} failed ({type(error).__name__}: {error})")


def _address() -> str:
    with contextlib.suppress(ImportError, ValueError):
        from distributed import get_worker

        return str(get_worker().address)
    return "of this process"
