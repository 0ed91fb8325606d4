"""Hostile indexes whose hashes fit, opened and asked under a memory limit: one error, and no more.

    python tests/promises/hostile.py ROOT COUNT SEED

Makes COUNT indexes of one that is sound, each with some bytes, numbers or pages of its files put
wrong, or an SQL statement run on its catalog, and with manifest and hashes made to fit as an
attacker would. Each is opened, asked and verified, and into each tenth one a corpus is built that
has an article more. Anything but an answer or a PassageSearchError, a run of more than some
seconds, more memory than the limit, or a build that is not sound, is a failure. Prints a JSON
object.
"""

import faulthandler
import json
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

# This is run as a program, which finds only what lies beside it.
sys.path.append(str(Path(__file__).parents[1] / "support"))

from fake_encoder import FakeEncoder
from small_index import CORPUS, build, current_folder, index_of, rehash, write_corpus

from embed import PassageSearchError
from index.errors import DamagedIndexError
from index.store.layout import CATALOG, MANIFEST, PASSAGES, SENTENCES
from index.store.open_index import OpenIndex
from index.store.staleness import staleness_note
from index.store.verification import verify
from query import Retriever

SECONDS = 20
MEMORY = 512 << 20
PAGE = 4096
INTERESTING = [
    b"\0", b"\xff", b"\x7f", b"\x80", b"\x01", b"\0\0\0\0", b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff" * 8, b"\x7f" + b"\xff" * 7,
    b"\x81\x80\x80\x80\x00", b"\0\0\0\x01",
]  # fmt: skip
STATEMENTS = [
    "UPDATE {table} SET {column} = {value} WHERE rowid % 3 = {n}",
    "DELETE FROM {table} WHERE rowid % 5 = {n}",
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE rowid % 3 = {n}",
    "UPDATE words_data SET block = {value} WHERE id % 3 = {n}",
    "UPDATE postings SET data = {value} WHERE rowid % 3 = {n}",
    "UPDATE postings SET first_row = {value} WHERE rowid % 3 = {n}",
    "UPDATE words_config SET v = {value}",
    "INSERT INTO words_config VALUES ('rank', {value})",
    "UPDATE words_idx SET pgno = {value}, term = {value}",
    "DELETE FROM words_data WHERE id % 3 = {n}",
    "UPDATE arrays SET data = {value}",
]
VALUES = [
    "NULL", "''", "'x'", "x'00'", "x'ffffffffffffffff'", "zeroblob(100000)", "-1", "0", "1e308",
    "9223372036854775807", "-9223372036854775808", "1 << 40", "randomblob(64)",
    "'../../etc/passwd'", "hex(randomblob(2000))", "char(27) || '[2J'",
]  # fmt: skip
COLUMNS = {
    "documents": "document doc_id sha256 title subtitle byline date tokens first_row passages",
    "passages": 'row document number start "end" line text digest first_sentence sentences',
    "sentences": 'row start "end"',
}
QUESTIONS = ["river", '"the river at night"', "terms of the ceasefire", "\x1b[2J" + "x " * 300]


def put_bytes(chance: random.Random, data: bytearray) -> None:
    """A few bytes, or a number, anywhere; more often in the heads of pages, where structure is."""
    for _ in range(chance.choice([1, 1, 1, 2, 5, 20])):
        if not data:
            return
        position = chance.randrange(len(data))
        if chance.random() < 0.5:
            position = min(position // PAGE * PAGE + chance.randrange(120), len(data) - 1)
        value = chance.choice([*INTERESTING, bytes([chance.randrange(256)])])
        data[position : position + len(value)] = value


def cut_or_grow(chance: random.Random, data: bytearray) -> None:
    """Another length."""
    if chance.random() < 0.5:
        del data[chance.randrange(len(data) + 1) :]
    else:
        data += bytes(chance.choice([1, 4, PAGE]))


def move_pages(chance: random.Random, data: bytearray) -> None:
    """A page in place of another: trees that are none, and that go in circles."""
    pages = max(len(data) // PAGE, 1)
    for _ in range(chance.choice([1, 2, 4])):
        one, two = chance.randrange(pages), chance.randrange(pages)
        data[one * PAGE : one * PAGE + PAGE] = data[two * PAGE : two * PAGE + PAGE]


BYTES = [put_bytes, put_bytes, put_bytes, cut_or_grow, move_pages]


def alter_bytes(chance: random.Random, folder: Path) -> None:
    """Alter a file as bytes."""
    path = folder / chance.choice([CATALOG, CATALOG, CATALOG, CATALOG, PASSAGES, SENTENCES])
    data = bytearray(path.read_bytes())
    chance.choice(BYTES)(chance, data)
    path.write_bytes(data)


def alter_rows(chance: random.Random, folder: Path) -> None:
    """Alter the catalog by SQL: a sound database with wrong contents."""
    import sqlite3

    database = sqlite3.connect(folder / CATALOG)
    for _ in range(chance.choice([1, 1, 2, 4])):
        table = chance.choice(list(COLUMNS))
        statement = chance.choice(STATEMENTS).format(
            table=table,
            column=chance.choice(COLUMNS[table].split()),
            value=chance.choice(VALUES),
            n=chance.randrange(3),
        )
        try:
            database.execute(statement)
        except sqlite3.Error:
            database.rollback()
    database.commit()
    database.close()


def alter_manifest(chance: random.Random, directory: Path) -> None:
    """Alter a field of the manifest."""
    values = json.loads((current_folder(directory) / MANIFEST).read_bytes())
    field = chance.choice(list(values))
    numbers: list[object] = [0, 1, -1, 2**31, 2**63, 10**400, 1.5, True]
    others: list[object] = [None, "", "x", "\ud800", [], {}]
    rehash(directory, **{field: chance.choice(numbers + others)})


def use(directory: Path) -> bool:
    """Open, ask and verify; whether it was refused."""
    encoder = FakeEncoder()
    try:
        with Retriever.open(directory, encoder=encoder) as retriever:
            staleness_note(index_of(retriever).generation)
            for question in QUESTIONS:
                for hit in retriever.retrieve(question, k=3):
                    json.dumps(hit.to_dict())
            retriever.retrieve("river", docs="*river*")
        verify(OpenIndex.open(directory), encoder)
    except PassageSearchError as error:
        assert str(error).count("\n") == 0, error
        return True
    return False


def build_into(directory: Path, corpus: Path) -> None:
    """Build, with whatever can be taken over; what is published is sound."""
    try:
        report = build(corpus, directory, replace_other=True)
    except PassageSearchError as error:
        assert str(error).count("\n") == 0, error
        return
    assert report.changed
    try:
        assert not verify(OpenIndex.open(directory), FakeEncoder()).moved
    except DamagedIndexError as error:
        # Unit vectors of other texts are taken over: only the model can tell, and here it does.
        assert "has other vectors" in str(error), error


def too_long(_: int, frame: FrameType | None) -> None:
    """The alarm: no hostile index may keep a reader for so long."""
    raise AssertionError(f"more than {SECONDS} seconds")


def attempt(seed: int, sound: Path, directory: Path) -> bool:
    """One hostile index; whether it was refused."""
    chance = random.Random(seed)
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(sound, directory)
    folder = current_folder(directory)
    kind = chance.random()
    if kind < 0.05:
        alter_manifest(chance, directory)
    else:
        alter: Callable[[random.Random, Path], None] = alter_bytes if kind < 0.7 else alter_rows
        alter(chance, folder)
        rehash(directory)
    signal.alarm(SECONDS)
    refused = use(directory)
    if seed % 10 == 0:
        build_into(directory, sound.parent / "larger")
    signal.alarm(0)
    return refused


def main(root: Path, count: int, first: int) -> None:
    """Try ``count`` seeds from ``first``; one that crashes this process is left in the log."""
    faulthandler.enable()
    sound, directory = root / "sound", root / "hostile"
    if not sound.exists():
        build(write_corpus(root / "corpus"), sound)
        write_corpus(root / "larger", {**CORPUS, "larger.txt": "An article more. It is short."})
    use(sound)
    resource.setrlimit(resource.RLIMIT_AS, (used() + MEMORY, resource.RLIM_INFINITY))
    signal.signal(signal.SIGALRM, too_long)
    refused, failures = 0, []
    started = time.monotonic()
    with (root / "seed").open("w", buffering=1) as log:
        for seed in range(first, first + count):
            log.seek(0)
            log.write(f"{seed:12}")
            try:
                refused += attempt(seed, sound, directory)
            except (Exception, MemoryError) as failure:
                signal.alarm(0)
                failures.append(f"{seed}: {failure!r}")
    seconds = time.monotonic() - started
    result = {"points": count, "refused": refused, "broken": failures, "seconds": round(seconds)}
    print(json.dumps(result))


def used() -> int:
    """Bytes of address space that this process has already."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
