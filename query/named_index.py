"""The index that a command names: a directory, several that are searched as one, or Milvus."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from index import (
    announce_export,
    announce_learning,
    complain,
    find_indexes,
    milvus_address,
    open_each_current,
)

if TYPE_CHECKING:
    from pathlib import Path

    from embed import TextEncoder
    from index import Generation
    from query.index_searcher import IndexSearcher
    from query.retriever import Retriever


_BLAS_THREADS = "OPENBLAS_NUM_THREADS"


@dataclass(frozen=True, slots=True)
class NamedIndex:
    """The directories of an index in files, or the address of one in Milvus.

    `is_current` says that they were just brought up to date, so what has changed in their folders
    since is not said on standard error.
    """

    directories: tuple[Path, ...]
    address: str = ""
    is_current: bool = False

    @classmethod
    def find(cls, names: Sequence[str]) -> Self:
        """Find what is named, or else the index of `PASSAGE_INDEX`, of this folder or above it.

        Raises NoIndexError if there is none, and EngineError for Milvus among others.
        """
        address = milvus_address(names or None)
        return cls((), address) if address else cls(tuple(find_indexes(names or None)))

    def retriever(self, model: str | None, *, one_off: bool = False) -> Retriever:
        """Open it with its model; `one_off` for a process that asks a single question."""
        with _without_blas_threads() if one_off else nullcontext():
            opened = self._pushed if self.address else self._opened
            return opened(model, one_off=one_off)

    def _opened(self, model: str | None, *, one_off: bool) -> Retriever:
        def open_with(generations: Sequence[Generation]) -> Retriever:
            first, *others = generations
            if others:
                from index import check_one_model

                check_one_model(generations)
            # The model comes first, and heavy modules last: while they are imported, a thread of
            # the encoder hashes the model's files.
            encoder = first.open_encoder(model, one_off=one_off, on_export=announce_export)
            from query.retriever import Retriever

            # Learnt with an encoder that stays, so that it is the same to the bit.
            searcher = _of_files(generations, lambda: first.open_encoder(model))
            retriever = Retriever(searcher, encoder)
            searcher.learn()
            self._tell_changes(generations)
            return retriever

        return open_each_current(self.directories, open_with)

    def searcher(self, encoder: TextEncoder | None = None) -> IndexSearcher:
        """Open it without its model, or with one that is open."""
        if self.address:
            from index import open_pushed
            from query.index_searcher import IndexSearcher

            return IndexSearcher(open_pushed(self.address))

        def open_with(generations: Sequence[Generation]) -> IndexSearcher:
            self._tell_changes(generations)
            if encoder is None:
                return _of_files(generations, None)
            searcher = _of_files(generations, lambda: encoder)
            searcher.learn()
            return searcher

        return open_each_current(self.directories, open_with)

    def _pushed(self, model: str | None, *, one_off: bool) -> Retriever:
        from index import open_pushed
        from query.index_searcher import IndexSearcher
        from query.retriever import Retriever

        index = open_pushed(self.address)
        try:
            encoder = index.open_encoder(model, one_off=one_off, on_export=announce_export)
            return Retriever(IndexSearcher(index), encoder)
        except BaseException:
            index.close()
            raise

    def _tell_changes(self, generations: Sequence[Generation]) -> None:
        """Say on standard error which of the indexes are older than their articles."""
        if self.is_current:
            return
        from index import staleness_note

        for generation in generations:
            if (note := staleness_note(generation)) is not None:
                complain("query", note)


@contextmanager
def _without_blas_threads() -> Iterator[None]:
    """Let the OpenBLAS of numpy start no threads, if it is loaded meanwhile.

    A question multiplies no large matrices. Before they sleep, threads without work spin for up to
    100 ms on the processors that import and hash.
    """
    if _BLAS_THREADS in os.environ:
        yield
        return
    os.environ[_BLAS_THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[_BLAS_THREADS]  # an editor that is opened later may start what needs them


def _of_files(
    generations: Sequence[Generation], open_encoder: Callable[[], TextEncoder] | None
) -> IndexSearcher:
    """Open the files of generations; what unrelated questions score is learnt by an encoder."""
    from index import open_generations
    from query.index_searcher import IndexSearcher

    joint = None
    if len(generations) > 1 and open_encoder is not None:
        from index import JointCalibration

        joint = JointCalibration(open_encoder, announce_learning)
    return IndexSearcher(open_generations(generations), joint)
