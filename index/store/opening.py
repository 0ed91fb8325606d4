"""Opening an index, or several that are searched as one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.store.generation import open_each_current
from index.store.locating import find_indexes, milvus_address
from index.store.open_index import OpenIndex

if TYPE_CHECKING:
    from index.store.generation import Generation
    from index.store.milvus.pushed_index import PushedIndex
    from index.store.searched_index import SearchedIndex


def open_index(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
) -> SearchedIndex:
    """Open the generation in use of the index at `path`, of each of several, or of one in Milvus.

    Without `path`, the index is the one of `PASSAGE_INDEX`, or `.passage-index` here or above.
    Raises NoIndexError, DamagedIndexError, FormatError if another version wrote one, ModelError if
    they were not made with one model, or EngineError if Milvus does not answer.
    """
    if path is not None and not isinstance(path, str | os.PathLike):
        path = [*path]
    address = milvus_address(path)
    if address is not None:
        return open_pushed(address)
    return open_each_current(find_indexes(path), open_generations)


def open_generations(generations: Sequence[Generation]) -> SearchedIndex:
    """Open the files of a generation, or of each of several."""
    if len(generations) == 1:
        return OpenIndex.of(generations[0])
    # Imported late: most searches are of one index.
    from index.store.joined_index import JoinedIndex

    return JoinedIndex.of(generations)


def open_pushed(address: str) -> PushedIndex:
    """Open the generation in use of an index in Milvus.

    Raises PassageSearchError if the address cannot be read, NoIndexError if there is none,
    DamagedIndexError, FormatError if another version pushed it, or EngineError if Milvus does not
    answer.
    """
    # Imported late: most searches are of files.
    from index.store.milvus.address import MilvusAddress
    from index.store.milvus.pushed_index import PushedIndex

    return PushedIndex.open(MilvusAddress.parse(address))
