"""The workers of a Dask cluster, as a build sees them: documents and texts go out in portions."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.build_workers import Answered, Asked
from index.distributing.worker_tasks import (
    Assignment,
    Embedded,
    Failed,
    check,
    embed_texts,
    end_build,
    read_document,
)
from index.errors import WorkersError
from index.names import printable
from index.reading.document_reader import SourceFile
from index.reading.folder import LeftOut, NotReadNow
from index.splitting.split_document import SplitDocument
from index.types import DocumentRecord

if TYPE_CHECKING:
    from distributed import Client, Future

# Documents that are sent before the first of them is back, for each thread of the workers, and
# bytes of them. A larger document is sent when no other one is on its way.
_DOCUMENTS_AHEAD = 4
_BYTES_AHEAD = 64 << 20

# Portions of texts for each thread, so that all end at about the same time; and the most characters
# of one: what a worker that is lost has to be done again for.
_PORTIONS = 4
_MOST_CHARACTERS = 1 << 16

# Seconds between two looks at whether there are workers, and how long a build goes on without any.
_LOOK = 1.0
_WAIT = 30.0


_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class _Sent:
    """A document, without its bytes: what is known of it, or a future that will tell."""

    source: SourceFile
    size: int
    known: DocumentRecord | LeftOut | None
    future: Future[LeftOut | SplitDocument | Failed] | None


class DaskWorkers:
    """Workers behind a scheduler; `on_wait` is called with a line if the build waits for them.

    A lost worker's tasks are done again by others, as Dask does. Raises WorkersError if all of them
    are gone and none comes back, if the scheduler is gone, and if a worker differs from this
    process.
    """

    def __init__(
        self,
        client: Client,
        address: str,
        assignment: Assignment,
        dim: int,
        on_wait: Callable[[str], None],
    ) -> None:
        self.dim = dim
        self._client = client
        self._address = address
        self._assignment = assignment
        self._on_wait = on_wait
        self._sent = 0
        self._without_since: float | None = None

    @property
    def portions(self) -> int:
        """How many times as much as usual is embedded together."""
        return min(max(self._threads() // 4, 1), 16)

    def start(self) -> None:
        """Wait for the first worker, and check that each is like this process."""
        while not self._threads():
            self._look()
            time.sleep(_LOOK / 10)
        answers = self._asked(lambda: self._client.run(check, self._assignment, on_error="return"))
        for address, answer in answers.items():
            if isinstance(answer, OSError):  # it is gone, and another one may come
                continue
            if isinstance(answer, Exception):
                raise WorkersError(
                    f"the worker {address} has no passage-search that is like the one here "
                    f"({type(answer).__name__}: {answer})"
                )
            if answer:
                raise WorkersError(f"the worker {address} {answer}")

    def end(self) -> None:
        """Let the workers close what they have opened; errors are ignored."""
        with contextlib.suppress(Exception):
            self._client.run(end_build, self._assignment.build, on_error="ignore", wait=False)

    def read(self, documents: Iterable[Asked]) -> Iterator[Answered]:
        """Have documents read and split; a bounded number of them is on its way at a time."""
        sent: deque[_Sent] = deque()
        held = 0
        most = _DOCUMENTS_AHEAD * max(self._threads(), 1)
        for asked in documents:
            size = len(asked.source.data)
            while sent and (len(sent) >= most or held + size > _BYTES_AHEAD):
                held -= sent[0].size
                yield self._answer(sent.popleft())
            sent.append(self._send(asked))
            held += size
        while sent:
            yield self._answer(sent.popleft())

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Have texts embedded, each portion by one worker; float32 (len(texts), dim)."""
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        rows_of = {
            self._submit(embed_texts, [texts[row] for row in rows], urgent=True): rows
            for rows in _portions(texts, _PORTIONS * max(self._threads(), 1))
        }
        while rows_of:
            for future in self._first_done(list(rows_of)):
                rows = rows_of.pop(future)
                embedded = self._embedded(future)
                vectors[rows] = embedded.vectors
                if on_batch is not None:
                    on_batch(len(rows), embedded.tokens)
        return vectors

    def _send(self, asked: Asked) -> _Sent:
        source, size = asked.source, len(asked.source.data)
        future = None if asked.known else self._submit(read_document, source)
        return _Sent(replace(source, data=b""), size, asked.known, future)

    def _answer(self, sent: _Sent) -> Answered:
        found = sent.known or self._read(sent.source, sent.future)
        return Answered(sent.source, sent.size, found)

    def _read(
        self, source: SourceFile, future: Future[LeftOut | SplitDocument | Failed] | None
    ) -> LeftOut | SplitDocument:
        from distributed import KilledWorker

        assert future is not None
        self._first_done([future])
        try:
            found: LeftOut | SplitDocument | Failed = self._result(future)
        except KilledWorker:
            reason = "reading it ended every worker that tried"
            return NotReadNow(printable(source.doc_id), reason)
        if isinstance(found, Failed):
            raise WorkersError(found.reason)
        return found

    def _embedded(self, future: Future[Embedded | Failed]) -> Embedded:
        from distributed import KilledWorker

        try:
            embedded: Embedded | Failed = self._result(future)
        except KilledWorker as error:
            raise WorkersError(
                "one worker after the other ended while it embedded the same texts: "
                "have they enough memory?"
            ) from error
        if isinstance(embedded, Failed):
            raise WorkersError(embedded.reason)
        return embedded

    def _submit(
        self, task: Callable[[Assignment, _Given], _Made], value: _Given, *, urgent: bool = False
    ) -> Future[_Made]:
        """Send a task, which the scheduler keeps until it is done, whatever becomes of workers."""
        self._sent += 1
        future: Future[_Made] = self._asked(
            lambda: self._client.submit(
                task,
                self._assignment,
                value,
                key=f"{task.__name__}-{self._assignment.build}-{self._sent}",
                pure=False,
                priority=int(urgent),
            )
        )
        return future

    def _first_done(self, futures: list[Future[Any]]) -> list[Future[Any]]:
        """Wait until one of them is done at least, and return those that are."""
        from distributed import wait

        def look() -> set[Future[Any]]:
            with contextlib.suppress(TimeoutError), self._client.as_current():
                done: set[Future[Any]]
                done = wait(futures, timeout=_LOOK, return_when="FIRST_COMPLETED").done
                return done
            return set()

        while not (done := self._asked(look)):
            self._look()
        self._without_since = None
        return [future for future in futures if future in done]

    def _result(self, future: Future[Any]) -> Any:  # noqa: ANN401  (of each task another one)
        """Return what a task gave.

        If the worker that has it goes meanwhile, the task is done again, and there may be nobody to
        do it.
        """
        loop = self._client.loop.asyncio_loop
        answer = self._client.gather(future, asynchronous=True)
        pending = asyncio.run_coroutine_threadsafe(answer, loop)
        while not concurrent.futures.wait([pending], timeout=_LOOK).done:
            self._look()
        return self._asked(pending.result)

    def _look(self) -> None:
        """Tell if there are no workers; WorkersError if there have been none for long."""
        if self._threads():
            self._without_since = None
            return
        now = time.monotonic()
        if self._without_since is None:
            self._without_since = now
        self._on_wait(f"Waiting for workers of {self._address}")
        if now - self._without_since > _WAIT:
            raise WorkersError(
                f"the scheduler {self._address} has had no workers for {_WAIT:g} s: start some, "
                "and build again"
            )

    def _threads(self) -> int:
        """Return how many tasks the workers that there are can do at once."""
        return sum(self._asked(self._client.nthreads).values())

    def _asked(self, ask: Callable[[], _Made]) -> _Made:
        """Return what the cluster answers; WorkersError if the scheduler is gone."""
        try:
            return ask()
        except Exception as error:
            # If the connection is lost, Dask cancels what is on its way, and connects anew.
            is_lost = isinstance(error, (CancelledError, OSError))
            if is_lost or self._client.status != "running":
                raise self._lost() from error
            raise

    def _lost(self) -> WorkersError:
        return WorkersError(
            f"the connection to the scheduler {self._address} was lost: build again when it runs"
        )


def _portions(texts: Sequence[str], least: int) -> Iterator[list[int]]:
    """Yield rows in portions of about equal work, texts of about equal length together.

    The longest come first. There are at least so many portions, if there are so many texts.
    """
    characters = sum(map(len, texts))
    most = min(characters / least, _MOST_CHARACTERS)
    rows: list[int] = []
    filled = 0
    for row in sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row)):
        if rows and filled + len(texts[row]) > most:
            yield rows
            rows, filled = [], 0
        rows.append(row)
        filled += len(texts[row])
    if rows:
        yield rows
