"""An index in files, and the same one pushed to a file of milvus-lite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from index.scoring import shortlist
from index.store.milvus import vectors
from index.store.milvus.address import MilvusAddress
from index.store.milvus.engine import Engine
from index.store.milvus.pushing import push
from query import Retriever


@dataclass
class Pair:
    """One generation, opened from files and from Milvus."""

    files: Retriever
    milvus: Retriever

    def close(self) -> None:
        self.files.close()
        self.milvus.close()


def push_to(directory: Path, file: Path) -> MilvusAddress:
    """Push the index in a directory, and return where it is."""
    address = MilvusAddress.parse(f"milvus:{file}/news")
    push(directory, address)
    return address


@contextmanager
def short_lists(first: int, deeper: int) -> Iterator[None]:
    """Short lists, however small the index and the selection are."""
    with (
        patch.multiple(shortlist, _FIRST_OF_ENGINE=first, _NARROW_OF_ENGINE=-1),
        patch.object(vectors, "_DEEPER", deeper),
    ):
        yield


@contextmanager
def fetched_rows() -> Iterator[list[int]]:
    """How many rows are fetched by their keys, each time."""
    counts: list[int] = []
    whole_rows = Engine.whole_rows

    def counting(
        self: Engine, collection: str, key: str, keys: list[int], fields: object
    ) -> object:
        counts.append(len(keys))
        return whole_rows(self, collection, key, keys, fields)  # type: ignore[arg-type]

    with patch.object(Engine, "whole_rows", counting):
        yield counts
