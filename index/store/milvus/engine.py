"""Milvus as it is spoken to: each call has a deadline, and what goes wrong is one line.

A file of milvus-lite is served by threads of this process, at a free TCP port of 127.0.0.1 that
anybody on this machine can connect to. The threads end with the last engine that uses the file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embed.errors import PassageSearchError
from index.errors import (
    ClosedIndexError,
    DamagedIndexError,
    EngineError,
    MissingExtraError,
    NoIndexError,
)
from index.store.milvus.address import TOKEN, MilvusAddress
from index.store.milvus.schema import Fields

CONNECT_SECONDS = 5.0
DEADLINE_SECONDS = 30.0
_SLOW_SECONDS = 600.0
"""How long to wait for a server, for an answer, and for what changes or loads a collection."""

_SLOW = {
    "create_collection",
    "create_index",
    "drop_collection",
    "flush",
    "insert",
    "load_collection",
    "upsert",
}

MOST_RESULTS = 16_384
"""The most that a server gives for one search or query."""

_AT_ONCE = 1000
_TEXTS_AT_ONCE = 200
"""Rows that are asked for by their keys in one call, and such rows with long texts."""

_MISSING = {100, 1600}
"""The codes of errors about a collection, or an alias, that is not there."""

_SILENT = logging.CRITICAL + 1


class Engine:
    """A connection to Milvus. Threads share it.

    Every method raises EngineError if the engine is down, slow or unwilling, and ClosedIndexError
    after `close`. What it answers may be anything: types and shapes are checked here, values where
    they are known.
    """

    def __init__(self, client: Any, address: MilvusAddress) -> None:  # noqa: ANN401  (no types)
        self._client = client
        self._served = address.file
        self._closed = False
        self._lock = threading.Lock()
        self.address = address

    @classmethod
    def connect(cls, address: MilvusAddress, *, to_write: bool = False) -> Engine:
        """Connect to a server, or serve a file, which is made only `to_write`.

        Raises MissingExtraError without `pymilvus`, NoIndexError if there is no such file, and
        EngineError if it cannot be opened or nobody answers.
        """
        library = _library()
        if address.file is None:
            uri = address.uri
        else:
            _check_file(address, to_write=to_write)
            uri = _serve(address.file)
        try:
            client = library.MilvusClient(
                uri=uri, token=os.environ.get(TOKEN, ""), timeout=CONNECT_SECONDS
            )
        except BaseException as error:
            if address.file is not None:
                _leave(address.file)
            if not isinstance(error, Exception):
                raise
            raise EngineError(
                f"no Milvus answers at {_place(address)} within {CONNECT_SECONDS:.0f} seconds: is "
                f"it running, and is {TOKEN} right if it wants one?"
            ) from error
        return cls(client, address)

    def close(self) -> None:
        """Close the connection; the file is served no more if nobody else here uses it."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with contextlib.suppress(Exception):
            self._client.close()
        if self._served is not None:
            _leave(self._served)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_open(self) -> None:
        """Raise ClosedIndexError after `close`."""
        if self._closed:
            raise ClosedIndexError("the index was closed: open it again")

    def target(self, alias: str) -> str | None:
        """Return the collection that an alias stands for; None if there is no such alias."""
        found = self._call("describe_alias", alias, missing=None)
        if found is None:
            return None
        name = found.get("collection_name") if isinstance(found, dict) else None
        return str(self._checked(name, str, "an alias"))

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return [self._checked(name, str, "a name") for name in self._call("list_collections")]

    def has(self, collection: str) -> bool:
        """Return whether there is such a collection."""
        return bool(self._call("has_collection", collection))

    def load(self, collection: str) -> None:
        """Make a collection ready to be read; it may be already."""
        self._call("load_collection", collection)

    def count(self, collection: str) -> int:
        """Return how many rows a collection has."""
        found = self._call("query", collection, filter="", output_fields=["count(*)"])
        values = [row.get("count(*)") for row in self._rows(found)]
        return int(self._checked(values[0] if len(values) == 1 else None, int, "a count"))

    def rows(self, collection: str, key: str, keys: Sequence[Any], field: str) -> dict[Any, Any]:
        """Return a field of the rows that have these keys, by key; DamagedIndexError if any is not.

        The keys are different ones, and plain: numbers, or texts without quotes.
        """
        rows = self.whole_rows(collection, key, keys, [key, field])
        return {row[key]: row.get(field) for row in rows}

    def whole_rows(
        self, collection: str, key: str, keys: Sequence[Any], fields: Sequence[str]
    ) -> list[dict[Any, Any]]:
        """Return some fields of the rows that have these keys; raises as `rows` does."""
        found: list[dict[Any, Any]] = []
        at_once = _AT_ONCE if {*fields} <= {"row", "document", "vector"} else _TEXTS_AT_ONCE
        for start in range(0, len(keys), at_once):
            some = [*keys[start : start + at_once]]
            answer = self._call("get", collection, ids=some, output_fields=[*fields])
            found += self._rows(answer)
        self.check_open()
        came = [row.get(key) for row in found]
        if len(came) != len(keys) or {*came} != {*keys}:
            raise self.damaged(f"{len(keys)} rows of {collection} are asked for, {len(came)} come")
        return found

    def search(
        self, collection: str, vector: NDArray[np.float32], most: int, condition: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the keys of the `most` rows nearest to a vector, and their products with it.

        `condition` tells which rows may be; "" stands for all. Both arrays have shape (n,).
        """
        answer = self._call(
            "search",
            collection,
            data=[vector],
            anns_field="vector",
            limit=most,
            filter=condition,
            output_fields=["row"],
            search_params={"metric_type": "IP"},
        )
        try:
            [hits] = answer
            keys = np.array(hits.ids, dtype=np.int64)
            products = np.array(hits.distances, dtype=np.float64)
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise self.damaged(f"a search of {collection} gives no list of rows") from error
        descends = keys.shape == products.shape == (len(keys),) and (np.diff(products) <= 0).all()
        if not descends or len(keys) > most or len(np.unique(keys)) < len(keys):
            raise self.damaged(f"a search of {collection} gives no rows in order")
        return keys, products

    def create(self, collection: str, fields: Fields, dim: int) -> None:
        """Create an empty collection with some fields, the first of which is the key.

        It has a field `vector` of a dimension too, which is searched flat, by inner product. It is
        ready to be read.
        """
        library = _library()
        schema = library.MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        for place, (name, values) in enumerate(fields.items()):
            kinds = {"datatype": library.DataType[values["kind"]]}
            sizes = {key: value for key, value in values.items() if key != "kind"}
            schema.add_field(name, **kinds, **sizes, is_primary=place == 0)
        schema.add_field("vector", library.DataType.FLOAT_VECTOR, dim=dim)
        flat = library.MilvusClient.prepare_index_params()
        flat.add_index("vector", index_type="FLAT", metric_type="IP")
        # A reader must see all that was there when the alias came to stand for it.
        self._call("create_collection", collection, schema=schema, consistency_level="Strong")
        # Nothing is there yet that an index would have to be made of.
        self._call("create_index", collection, flat, sync=False)
        self.load(collection)

    def insert(self, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows to a collection."""
        self._call("insert", collection, [*rows])

    def put(self, collection: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append rows to a collection, in place of those that have the same keys."""
        self._call("upsert", collection, [*rows])

    def flush(self, collection: str) -> None:
        """Wait until the engine keeps what was appended to a collection."""
        self._call("flush", collection)

    def drop(self, collection: str) -> None:
        """Remove a collection, if it is there."""
        if self.has(collection):
            self._call("drop_collection", collection)

    def point(self, alias: str, collection: str) -> None:
        """Let an alias stand for a collection from now on."""
        before = self.target(alias)
        self._call("alter_alias" if before is not None else "create_alias", collection, alias)

    def forget(self, alias: str) -> None:
        """Let an alias stand for nothing any more."""
        self._call("drop_alias", alias)

    def damaged(self, how: str) -> DamagedIndexError:
        """Return the error for what is not as it was pushed."""
        how = " ".join(how.split())
        return DamagedIndexError(
            f"the index at {self.address} is damaged: {how}; push it again: "
            f"{push_command(self.address, '--again')}"
        )

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Turn every error about a value into a DamagedIndexError."""
        try:
            yield
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            OverflowError,
            RecursionError,
        ) as error:
            raise self.damaged(f"a value cannot be read ({error})") from error

    def _checked(self, value: Any, kind: type, what: str) -> Any:  # noqa: ANN401
        if type(value) is not kind:
            raise self.damaged(f"{what} is a {type(value).__name__}")
        return value

    def _rows(self, answer: object) -> list[dict[Any, Any]]:
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
            raise self.damaged("an answer has no rows")
        return [*answer]

    def _call(self, method: str, *values: Any, **named: Any) -> Any:  # noqa: ANN401
        """Call a method of the client; with `missing`, return that if there is no such thing."""
        self.check_open()
        is_known = "missing" in named
        missing = named.pop("missing", None)
        function: Callable[..., Any] = getattr(self._client, method)
        deadline = _SLOW_SECONDS if method in _SLOW else DEADLINE_SECONDS
        try:
            return function(*values, **named, timeout=deadline)
        except PassageSearchError:
            raise
        except Exception as error:
            self.check_open()
            code = getattr(error, "code", None)
            if is_known and code in _MISSING:
                return missing
            raise self._failed(method, error) from error

    def _failed(self, method: str, error: Exception) -> PassageSearchError:
        """Return the error for a call that failed."""
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        said = " ".join(str(said).split())
        return EngineError(
            f"Milvus at {_place(self.address)} does not do what is asked ({method}: {said[:200]}): "
            "is it running, and has it room and time?"
        )


def push_command(address: MilvusAddress, *options: str) -> str:
    """Return the command that pushes an index to an address."""
    return shlex.join(["index", "push", *options, str(address)])


def _place(address: MilvusAddress) -> str:
    return str(address.file or address.uri)


def _library() -> Any:  # noqa: ANN401  (it has no types)
    """Import `pymilvus`, which then reads no `.env` file and writes nothing on standard error."""
    # Without a variable of its own, gRPC writes on standard error too.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    asked = os.environ.get("PYTHON_DOTENV_DISABLED")
    os.environ["PYTHON_DOTENV_DISABLED"] = "1"
    try:
        import pymilvus
    except ImportError as error:
        raise _missing_milvus(error) from error
    finally:
        if asked is None:
            del os.environ["PYTHON_DOTENV_DISABLED"]
        else:
            os.environ["PYTHON_DOTENV_DISABLED"] = asked
    for name in ("pymilvus", "milvus_lite"):
        logging.getLogger(name).setLevel(_SILENT)
    return pymilvus


def _missing_milvus(error: ImportError) -> MissingExtraError:
    """Return the error for a library that an index in Milvus needs."""
    return MissingExtraError(
        f"pymilvus or milvus-lite cannot be imported ({error}): pip install -e '.[milvus]'"
    )


def _check_file(address: MilvusAddress, *, to_write: bool) -> None:
    """Raise unless a file of milvus-lite is there, or can be made."""
    file = address.file
    assert file is not None
    try:
        there, folder = os.path.lexists(file), file.parent.is_dir()
    except (OSError, ValueError) as error:
        raise EngineError(f"{file} cannot be looked at: {error}") from error
    if not there and not to_write:
        raise NoIndexError(f"there is no {file}: make it with {push_command(address)}")
    if not folder:
        raise EngineError(f"there is no folder {file.parent}: make it, or name another file")


_serving: dict[str, int] = {}
_serving_lock = threading.Lock()


def _serve(file: Path) -> str:
    """Serve a file of milvus-lite from this process, and return where."""
    try:
        from milvus_lite.server_manager import (  # type: ignore[import-untyped]
            server_manager_instance,
        )
    except ImportError as error:
        raise _missing_milvus(error) from error
    path = os.path.realpath(file)
    with _serving_lock:
        uri = server_manager_instance.start_and_get_uri(path)
        if uri is None:
            raise EngineError(
                f"{file} cannot be opened: another process has it open, it may not be written, or "
                "it is not a file of milvus-lite"
            )
        _serving[path] = _serving.get(path, 0) + 1
    return str(uri)


def _leave(file: Path) -> None:
    """Serve a file no more, if nobody else in this process uses it."""
    from milvus_lite.server_manager import server_manager_instance

    path = os.path.realpath(file)
    with _serving_lock:
        _serving[path] -= 1
        if not _serving[path]:
            del _serving[path]
            server_manager_instance.release_server(path)
