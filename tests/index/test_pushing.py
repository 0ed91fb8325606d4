"""Pushing to Milvus: whole generations or nothing, and one clear line for what goes wrong."""

import contextlib
import hashlib
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner
from fake_encoder import FakeEncoder
from pushed import push_to
from small_index import build, write_corpus

from embed import ModelError, PassageSearchError
from index.cli import index
from index.errors import (
    ClosedIndexError,
    DamagedIndexError,
    EngineError,
    FormatError,
    MissingExtraError,
    NoIndexError,
)
from index.store.milvus import engine as engine_module
from index.store.milvus import pieces, schema
from index.store.milvus.address import MilvusAddress
from index.store.milvus.engine import Engine
from index.store.milvus.pieces import PieceReader, PieceWriter, packed, unpacked
from index.store.milvus.pushed_index import PushedIndex
from index.store.milvus.pushing import push
from index.store.milvus.schema import Collections
from index.store.milvus.stem_table import StemTable, StemTableWriter
from index.store.milvus.words import place_entries, read_counts, read_places
from index.store.open_index import OpenIndex
from query import Retriever

pytest.importorskip("milvus_lite")

ENCODER = FakeEncoder()


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return built_in(tmp_path)


def built_in(folder: Path) -> Path:
    build(write_corpus(folder / "corpus"), folder / "index", ENCODER)
    return folder / "index"


def change(directory: Path, text: str) -> None:
    """Make a new generation."""
    (directory.parent / "corpus" / "new.txt").write_text(text)
    build(directory.parent / "corpus", directory, ENCODER)


def opened_name(address: MilvusAddress) -> str:
    with closing(PushedIndex.open(address)) as opened:
        return opened.name


# Addresses.


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("milvus://localhost/news", "milvus://localhost:19530/news"),
        ("milvus+tls://db.example:443/a_1", "milvus+tls://db.example:443/a_1"),
        ("milvus://[::1]:7/n", "milvus://[::1]:7/n"),
        ("milvus:/kept/a.db", "milvus:/kept/a.db/passages"),
        ("milvus:///kept/a.db/news", "milvus:/kept/a.db/news"),
        ("/kept/a.db/news", "milvus:/kept/a.db/news"),
    ],
)
def test_an_address_is_read(text: str, shown: str) -> None:
    address = MilvusAddress.parse(text)
    assert str(address) == shown
    assert MilvusAddress.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *("milvus://localhost", "milvus://localhost:0/n", "milvus://localhost:65536/n", "milvus:"),
        *(
            "milvus://h/not-a-name",
            "milvus://h/1st",
            "milvus:kept/a.txt",
            "milvus://h/a/b",
            "milvus:a\0.db",
        ),
    ],
)
def test_what_is_no_address_says_how_one_is_written(text: str) -> None:
    with pytest.raises(PassageSearchError, match="names one in a server") as error:
        MilvusAddress.parse(text)
    assert "\n" not in str(error.value)


def test_a_password_in_an_address_is_refused_and_not_printed() -> None:
    with pytest.raises(PassageSearchError, match="MILVUS_TOKEN") as error:
        MilvusAddress.parse("milvus://root:secret@localhost/news")
    assert "secret" not in str(error.value)


# Files in pieces, and what stands in them.


class Kept:
    """What a third collection holds, as an engine gives it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.asked: list[str] = []

    def rows(self, _: str, __: str, keys: list[str], ___: str) -> dict[str, str]:
        self.asked += keys
        return {key: self.texts[key] for key in keys}

    reading = Engine.reading

    def damaged(self, how: str) -> DamagedIndexError:
        return DamagedIndexError(how)


def kept_file(data: bytes) -> tuple[Kept, PieceReader]:
    kept = Kept()
    parts = (data[start : start + 7000] for start in range(0, len(data), 7000))
    assert PieceWriter(kept.texts.__setitem__).write("file", parts) == len(data)
    return kept, PieceReader(kept, "data")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 1, pieces.PIECE - 1, pieces.PIECE, 3 * pieces.PIECE + 5])
def test_a_file_comes_back_and_any_stretch_of_it(size: int) -> None:
    data = Random(1).randbytes(size)
    kept, reader = kept_file(data)
    assert all(len(text) <= schema.LONGEST_TEXT for text in kept.texts.values())
    assert reader.read("file", size) == data
    chance = Random(2)
    for _ in range(20):
        start = chance.randint(0, size)
        stop = chance.randint(start, size)
        assert reader.read("file", size, start, stop) == data[start:stop]
    assert len(kept.asked) == len(kept.texts)  # each once


def test_pieces_that_were_read_long_ago_are_forgotten() -> None:
    data = Random(1).randbytes(4 * pieces.PIECE)
    kept, reader = kept_file(data)
    with patch.object(pieces, "_KEPT", 2 * pieces.PIECE):
        for start in (0, pieces.PIECE, 2 * pieces.PIECE, 0):
            assert reader.read("file", len(data), start, start + 9) == data[start : start + 9]
    assert kept.asked == ["file/0", "file/1", "file/2", "file/0"]


@pytest.mark.parametrize(
    "text", [None, 7, "", "!", packed(b"four"), packed(b"sixsix"), packed(b"five!")[:-4], "QUJD"]
)
def test_a_piece_that_is_not_as_it_was_is_refused(text: object) -> None:
    assert unpacked(packed(b"five!"), 5) == b"five!"
    with pytest.raises((ValueError, TypeError)):
        unpacked(text, 5)


def test_a_piece_is_not_unpacked_beyond_its_size() -> None:
    bomb = packed(bytes(1 << 26))
    with (
        patch.object(zlib, "decompress", side_effect=AssertionError),
        pytest.raises(ValueError, match="a piece of 6 bytes, not 5"),
    ):
        unpacked(bomb, 5)


def test_the_bytes_of_each_stem_are_found() -> None:
    chance = Random(3)
    entries = {
        "".join(chance.choices("abcé日😀", k=chance.randint(1, 9))): chance.randbytes(
            chance.choice([0, 3, 500, 2 * pieces.PIECE])
        )
        for _ in range(120)
    }
    table = StemTableWriter()
    data = b"".join(table.parts(sorted(entries.items())))
    _, reader = kept_file(data)
    found = StemTable(reader, "file", len(data), table.starts())
    for stem, own in entries.items():
        assert found.find(stem) == own
        assert found.find(stem + "x") == entries.get(stem + "x", b"")
    assert found.find("") == b""


def test_words_that_do_not_fit_the_passages_are_refused() -> None:
    [(_, places)] = place_entries([("a", 1, 5), ("a", 1, 6), ("a", 3, 0)])
    assert read_places(places, 4).tolist() == [(1 << 32) + 5, (1 << 32) + 6, 3 << 32]
    backwards = np.array([3, 1, 1, 0, 5, 6], "<u4").tobytes()
    for data, passages in ((places, 3), (places[:-4], 4), (backwards, 4)):
        with pytest.raises(ValueError, match="places"):
            read_places(data, passages)
    counts = np.array([1, 3], "<u4").tobytes() + bytes([1, 2, 0, 1])
    assert read_counts(counts, 4).in_head.tolist() == [0, 1]
    for data, passages in (
        (counts, 3),
        (counts[:-1], 4),
        (counts[4:8] + counts[:4] + counts[8:], 4),
    ):
        with pytest.raises(ValueError, match="counts"):
            read_counts(data, passages)


# Pushing.


def test_a_generation_is_pushed_once(built: Path, tmp_path: Path) -> None:
    address = MilvusAddress.parse(str(tmp_path / "store.db"))
    told: list[str] = []
    first = push(built, address, lambda progress: told.append(progress.line))
    assert not first.was_there
    assert told[0].startswith("Pushing, ")
    assert told[-1] == "Reading back, 100%"
    assert push(built, address).was_there
    assert opened_name(address) == first.generation


def test_a_folder_that_was_moved_is_told_by_the_next_push(built: Path, tmp_path: Path) -> None:
    address = push_to(built, tmp_path / "store.db")
    (tmp_path / "moved").mkdir()
    for name in ("corpus", "index"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    assert push(tmp_path / "moved" / "index", address).was_there
    with closing(PushedIndex.open(address)) as reader:
        assert reader.corpus == tmp_path / "moved" / "corpus"
    assert push(tmp_path / "moved" / "index", address).was_there


def test_the_generation_before_stays_for_its_readers_and_no_other(
    built: Path, tmp_path: Path
) -> None:
    names = []
    address = push_to(built, tmp_path / "store.db")
    names.append(opened_name(address))
    with closing(PushedIndex.open(address)) as reader:
        for number in range(2):
            change(built, f"Article number {number}.")
            names.append(push(built, address).generation)
            assert opened_name(address) == names[-1]
            if number == 0:
                assert reader.catalog.passages_at([0])[0].row == 0
    with Engine.connect(address) as engine:
        found = {schema.generation_of("news", name) for name in engine.collections()}
    assert found == {*names[1:]}


def test_two_names_in_one_file_do_not_meet(built: Path, tmp_path: Path) -> None:
    address = push_to(built, tmp_path / "store.db")
    other = MilvusAddress.parse(f"{tmp_path / 'store.db'}/news_g")
    before = opened_name(address)
    change(built, "Another article.")
    push(built, other)
    change(built, "A third article.")
    push(built, other)
    assert opened_name(address) == before


class Killed(BaseException):
    """A process that ends."""


@pytest.mark.slow
def test_a_push_that_dies_leaves_what_was_there(built: Path, tmp_path: Path) -> None:
    address = push_to(built, tmp_path / "store.db")
    before = opened_name(address)
    change(built, "A new article.")
    calls = 0
    # At each call of the engine in turn, until none is left.
    for most in range(1000):
        calls = 0
        call = Engine._call

        def counted(self: Engine, method: str, *values: object, **named: object) -> object:
            nonlocal calls
            calls += 1
            if calls > most:  # noqa: B023
                raise Killed
            return call(self, method, *values, **named)  # noqa: B023

        try:
            with patch.object(Engine, "_call", counted):
                report = push(built, address)
        except Killed:
            assert opened_name(address) in {before, OpenIndex.open(built).name}
        else:
            break
    assert most > 20
    assert opened_name(address) == report.generation != before


def test_what_is_kept_otherwise_than_it_was_sent_is_not_used(built: Path, tmp_path: Path) -> None:
    address = push_to(built, tmp_path / "store.db")
    before = opened_name(address)
    change(built, "A new article.")
    insert = Engine.insert

    def altered(self: Engine, collection: str, rows: list[dict[str, Any]]) -> None:
        insert(self, collection, [{**row, "vector": np.roll(row["vector"], 1)} for row in rows])

    with patch.object(Engine, "insert", altered), pytest.raises(EngineError, match="other values"):
        push(built, address)
    assert opened_name(address) == before
    assert push(built, address).generation == opened_name(address) != before


def test_a_collection_of_somebody_else_is_left_alone(built: Path, tmp_path: Path) -> None:
    address = MilvusAddress.parse(f"{tmp_path / 'store.db'}/news")
    with Engine.connect(address, to_write=True) as engine:
        engine.create("news", schema.DATA, 2)
        with pytest.raises(EngineError, match="push under another name"):
            push(built, address)
        engine.drop("news")
        engine.create("other", schema.DATA, 2)
        engine.point("news", "other")
        with pytest.raises(EngineError, match="push under another name"):
            push(built, address)
        with pytest.raises(NoIndexError, match="is not an index: push under another name"):
            PushedIndex.open(address)


def test_push_without_an_index_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="make one with index build"):
        push(tmp_path, MilvusAddress.parse(str(tmp_path / "store.db")))
    assert not (tmp_path / "store.db").exists()


# What goes wrong.


@pytest.fixture
def pushed(built: Path, tmp_path: Path) -> MilvusAddress:
    return push_to(built, tmp_path / "store.db")


def test_another_model_is_refused(pushed: MilvusAddress) -> None:
    with pytest.raises(ModelError, match="use that model"):
        Retriever.open(str(pushed), encoder=FakeEncoder(fingerprint="0" * 64))


def test_a_file_or_a_name_that_is_not_there_is_not_made(pushed: MilvusAddress) -> None:
    assert pushed.file is not None
    missing = pushed.file.with_name("missing.db")
    with pytest.raises(NoIndexError, match="index push"):
        PushedIndex.open(MilvusAddress.parse(str(missing)))
    assert not missing.exists()
    with pytest.raises(NoIndexError, match="index push"):
        PushedIndex.open(MilvusAddress.parse(f"{pushed.file}/others"))


def test_a_file_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is text.")
    with pytest.raises(EngineError, match="cannot be opened"):
        PushedIndex.open(MilvusAddress.parse(str(tmp_path / "text.db")))


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections, and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_server_that_is_down_or_silent_is_one_line() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with pytest.raises(EngineError, match=f"no Milvus answers at http://127.0.0.1:{port}"):
            PushedIndex.open(MilvusAddress.parse(f"milvus://127.0.0.1:{port}/news"))
    with (
        silent_server() as port,
        patch.object(engine_module, "CONNECT_SECONDS", 0.3),
        pytest.raises(EngineError, match="no Milvus answers"),
    ):
        PushedIndex.open(MilvusAddress.parse(f"milvus://127.0.0.1:{port}/news"))


class Between:
    """A port that leads to a server, until it holds everything back."""

    def __init__(self, server: socket.socket, port: int) -> None:
        self.lets_through = threading.Event()
        self.lets_through.set()
        self._server, self._port = server, port
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._server.accept()
                theirs = socket.create_connection(("127.0.0.1", self._port))
                for ends in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                self.lets_through.wait()
                target.sendall(data)
        for end in (source, target):
            end.close()


@contextmanager
def served(address: MilvusAddress) -> Iterator[tuple[MilvusAddress, Between]]:
    """A file of milvus-lite as a server, at an address of its own."""
    assert address.file is not None
    uri = engine_module._serve(address.file)
    try:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            between = Between(server, int(uri.rsplit(":", 1)[1]))
            port = server.getsockname()[1]
            yield MilvusAddress.parse(f"milvus://127.0.0.1:{port}/{address.name}"), between
            between.lets_through.set()
    finally:
        engine_module._leave(address.file)


def test_a_server_is_pushed_to_and_asked(built: Path, pushed: MilvusAddress) -> None:
    with served(pushed) as (server, _):
        assert push(built, server).was_there
        change(built, "The ferry leaves at noon.")
        push(built, server)
        with (
            Retriever.open(str(server), encoder=ENCODER) as milvus,
            Retriever.open(built, encoder=ENCODER) as files,
        ):
            for question in ("bread and salt", "when does the ferry leave"):
                assert milvus.retrieve(question) == files.retrieve(question)


def test_a_server_that_stops_to_answer_is_one_line(pushed: MilvusAddress) -> None:
    with served(pushed) as (server, between):
        with Retriever.open(str(server), encoder=ENCODER) as retriever:
            between.lets_through.clear()
            # Whoever has no deadline gets an answer in the end.
            late = threading.Timer(20, between.lets_through.set)
            late.start()
            with (
                patch.object(engine_module, "DEADLINE_SECONDS", 0.3),
                pytest.raises(EngineError, match="does not do what is asked") as error,
            ):
                retriever.retrieve("bread and salt")
            assert "\n" not in str(error.value)
            late.cancel()
            between.lets_through.set()
            assert retriever.retrieve("bread and salt")
        with pytest.raises(ClosedIndexError):
            retriever.retrieve("bread and salt")


def test_paths_may_come_one_by_one(built: Path, pushed: MilvusAddress) -> None:
    for path in (built, pushed):
        with Retriever.open(iter([str(path)]), encoder=ENCODER) as retriever:
            assert len(retriever) == 7


def test_without_the_library_it_says_what_to_install(pushed: MilvusAddress) -> None:
    with (
        patch.dict(sys.modules, {"pymilvus": None}),
        pytest.raises(MissingExtraError, match=r"pip install -e '.\[milvus\]'"),
    ):
        PushedIndex.open(pushed)


def alter(address: MilvusAddress, collection: str, key: object, **values: object) -> None:
    """Put other values into a row."""
    name = "row" if collection != "data" else "piece"
    with Engine.connect(address) as engine:
        generation = schema.generation_of("news", engine.target("news") or "")
        assert generation is not None
        own = getattr(Collections.of("news", generation), collection)
        fields = {
            "data": ["piece", "data", "vector"],
            "passages": ["row", "document", "record", "vector"],
            "sentences": ["row", "document", "vector"],
        }[collection]
        engine.load(own)
        [row] = engine.whole_rows(own, name, [key], fields)
        engine._call("upsert", own, [{**row, **values}])


def read_everything(address: MilvusAddress) -> None:
    with Retriever.open(str(address), encoder=ENCODER) as retriever:
        for question in ("bread and salt", '"the terms of the ceasefire"', "bread"):
            retriever.retrieve(question, k=100)
        for record in retriever.documents():
            retriever.searcher.passages_of(record, 1, record.passages)
            retriever.searcher.text_of(record)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("collection", "key", "values"),
    [
        ("passages", 0, {"record": "no JSON"}),
        ("passages", 0, {"record": "[]"}),
        ("passages", 0, {"record": "7"}),
        ("passages", 0, {"record": "9" * 20}),
        ("passages", 0, {"record": "[" * 30_000}),
        ("passages", 0, {"vector": [3.0] * 64}),
        ("sentences", 1, {"vector": [0.0] * 64}),
        *(
            ("data", f"{name}/0", {"data": packed(b"x")})
            for name in schema.FILES
            if name != "shown_under"  # which is empty
        ),
        ("data", "head", {"data": "{}"}),
        ("data", "head", {"data": "no JSON"}),
        ("data", "head", {"data": "[" * 30_000}),
    ],
)
def test_damage_is_one_line_and_mended_by_another_push(
    built: Path, pushed: MilvusAddress, collection: str, key: object, values: dict[str, object]
) -> None:
    read_everything(pushed)
    alter(pushed, collection, key, **values)
    with pytest.raises(DamagedIndexError, match=r"is damaged: .*; push it again") as error:
        read_everything(pushed)
    assert "\n" not in str(error.value)
    push(built, pushed, again=True)
    read_everything(pushed)


def test_rows_that_are_gone_are_found_at_once(built: Path, pushed: MilvusAddress) -> None:
    with Engine.connect(pushed) as engine:
        target = engine.target("news")
        assert target is not None
        engine._call("delete", target.replace("_data", "_sentences"), ids=[3])
        with pytest.raises(DamagedIndexError, match=r"have .* rows, not"):
            PushedIndex.open(pushed)
    assert not push(built, pushed).was_there
    read_everything(pushed)


def test_another_version_is_told_from_this_one(pushed: MilvusAddress) -> None:
    for version, age in ((schema.SCHEMA + 1, "newer"), (0, "older")):
        alter(pushed, "data", "head", data=f'{{"schema": {version}}}')
        with pytest.raises(FormatError, match=f"the {age} format {version}.* index push"):
            PushedIndex.open(pushed)


# The commands.


@pytest.mark.slow
def test_the_command_pushes_and_tells(built: Path, tmp_path: Path) -> None:
    address = f"milvus:{tmp_path / 'store.db'}/news"
    first = CliRunner().invoke(index, ["push", address, "--index", str(built)])
    assert first.exit_code == 0, first.output
    assert first.stdout.startswith("Pushed 7 passages (g-")
    assert f"--index {address}" in first.stdout
    again = CliRunner().invoke(index, ["push", address, "--index", str(built)])
    assert "has 7 passages" in again.stdout
    status = CliRunner().invoke(index, ["status", "--index", address])
    assert "holds    4 articles, 7 passages, 15 sentences" in status.stdout
    for command in (["verify"], ["build", str(built.parent)], ["remove", "--yes"], ["clean"]):
        with pytest.raises(EngineError, match="is an index in Milvus"):
            CliRunner().invoke(
                index, [*command, "--index", address], catch_exceptions=False, standalone_mode=False
            )


@pytest.mark.slow
def test_nothing_but_one_line_comes_on_standard_error(
    built: Path, pushed: MilvusAddress, tmp_path: Path
) -> None:
    def asked(*words: str) -> subprocess.CompletedProcess[str]:
        code = "from query.cli import main; main()"
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    missing = asked("--index", f"milvus:{tmp_path / 'missing.db'}", "bread")
    other = asked("--index", f"milvus:{pushed.file}/others", "bread")
    down = asked("--index", "milvus://127.0.0.1:1/news", "bread")
    both = asked("--index", "milvus://127.0.0.1:1/news", "--index", str(built), "bread")
    for ended in (missing, other, down, both):
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.count("\n") == 1
        assert ended.stderr.startswith("query: ")


def test_what_is_pushed_is_what_the_files_hold(built: Path, pushed: MilvusAddress) -> None:
    files = OpenIndex.open(built)
    with closing(PushedIndex.open(pushed)) as index_:
        assert (
            hashlib.sha256(index_.bounds.tobytes()).digest()
            == hashlib.sha256(files.bounds.tobytes()).digest()
        )
        for name in ("windows", "lengths", "shown_under"):
            assert np.array_equal(getattr(index_, name), getattr(files, name))
        for stem in ["the", "bread", "talk", "ceasefir", "winter", "café", "unheard"]:
            expected, found = (each.catalog.occurrences(stem) for each in (files, index_))
            for name in ("rows", "in_body", "in_head"):
                assert np.array_equal(getattr(found, name), getattr(expected, name))
        phrases: tuple[list[str], ...] = (
            ["the", "terms"],
            ["terms", "the"],
            ["of", "the", "ceasefire"],
            ["the"],
            [],
        )
        for phrase in phrases:
            expected_rows = files.catalog.rows_with_phrase(phrase)
            assert np.array_equal(index_.catalog.rows_with_phrase(phrase), expected_rows)
        digests = [each.digest for each in files.catalog.passages_at(range(7))]
        assert index_.catalog.places_saying(digests) == files.catalog.places_saying(digests)
