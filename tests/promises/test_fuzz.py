"""Damaged files, read by each format: a selection of what `fuzz_readers.py` tries."""

import contextlib
import io
import random
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import fuzz_readers
import pytest
from fuzz_mutations import LONGEST, alter
from fuzz_readers import file_of, files_of, formats_by_name, fuzz, other_seeds, seeds_of
from fuzz_seeds import epub

from index.reading.content import Content
from index.reading.formats import format_of
from index.reading.worker import Worker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="needs limits of memory"),
]

INPUTS = 300


@pytest.mark.parametrize("name", [*formats_by_name()])
def test_a_damaged_file_is_text_or_a_named_error(name: str) -> None:
    form = formats_by_name()[name]
    seeds = seeds_of(form)
    limit = fuzz_readers.SECONDS, fuzz_readers.MEMORY
    with Worker(seconds=limit[0], memory=limit[1]) as worker:
        for seed in seeds:
            assert fuzz_readers.read(name, form, seed, worker) == ("read", "")
        result = fuzz(name, form, files_of(seeds, 0, INPUTS, float("inf")), worker)
    assert result.failures == {}
    assert result.counts["read"] > INPUTS // 20
    assert result.counts["crash"] <= INPUTS // 20


FORMATS = """
import os
from index.reading.content import Content, UnreadableError
from index.reading.text_writer import TextWriter

class Format:
    suffixes = (".txt",)

    def read(self, data, encoding=""):
        return eval(data)

FORMAT = Format()
"""


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    folder = tmp_path / "formats_to_fuzz"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "fake.py").write_text(FORMATS)
    monkeypatch.syspath_prepend(tmp_path)
    with Worker(package=folder.name, seconds=0.5, memory=200 << 20) as worker:
        yield worker


@pytest.mark.parametrize(
    ("code", "outcome", "reason"),
    [
        (b"Content('x')", "read", ""),
        (b"exec('raise UnreadableError(\"is damaged\")')", "refused", "is damaged"),
        (b"exec('raise UnreadableError(\"\")')", "failure", "not a short reason: ''"),
        (b"{}['x']", "failure", "KeyError: 'x' at worker_process.py, line"),
        (b"os._exit(3)", "crash", "its reader stopped unexpectedly"),
        (b"exec('while True: pass')", "failure", "reading it took longer than 0.5 s"),
        (b"bytes(1 << 40)", "failure", "reading it takes more than 200 MiB of memory"),
        (b"Content('\\udc80')", "failure", "UnicodeEncodeError"),
    ],
)
def test_each_end_is_told_from_the_others(
    worker: Worker, code: bytes, outcome: str, reason: str
) -> None:
    result = fuzz("fake", format_of("a.txt"), iter([(7, code)]), worker)
    assert result.counts == {outcome: 1}
    told = {
        "failure": [*result.failures],
        "refused": [*result.reasons],
        "crash": ["its reader stopped unexpectedly"] * (result.crashes == [7]),
        "read": [""],
    }[outcome]
    assert [why[: len(reason)] for why in told] == [reason]


STRUCTURE = """Content("A title", structure=Structure(FoundHead(), [{}], True, omissions=[{}]))"""


@pytest.mark.parametrize(
    ("paragraphs", "omissions", "message"),
    [
        ("Paragraph(0, 7)", "", ""),
        ("Paragraph(0, 1)", "Omission(2, 7, 'x')", ""),
        ("Paragraph(2, 7)", "", "text that belongs to nothing"),
        ("Paragraph(0, 5)", "", "text that belongs to nothing"),
        ("Paragraph(0, 3)", "Omission(2, 7, 'x')", "spans overlap"),
        ("Paragraph(0, 8)", "", "a span outside the text"),
        ("Paragraph(0, 7, breaks=(8,))", "", "a break outside its paragraph"),
    ],
)
def test_a_structure_that_does_not_fit_its_text_is_a_failure(
    paragraphs: str, omissions: str, message: str
) -> None:
    from index.splitting.paragraphs import Paragraph
    from index.splitting.structure import FoundHead, Omission, Structure

    names = {kind.__name__: kind for kind in (Content, FoundHead, Omission, Paragraph, Structure)}
    content = eval(STRUCTURE.format(paragraphs, omissions), names)
    try:
        fuzz_readers.check(format_of("a.txt"), content)
    except AssertionError as error:
        assert message in str(error)
        assert message
    else:
        assert not message


def test_the_same_number_gives_the_same_file_and_mostly_another_one_each() -> None:
    others = other_seeds()
    made = [file_of(number, others, others) for number in range(200)]
    assert made == [file_of(number, others, others) for number in range(200)]
    assert len({*made}) > 180
    assert max(map(len, made)) <= 2 * LONGEST


def test_members_of_archives_are_altered_with_their_checksums() -> None:
    (seed,) = epub()
    sound = 0
    for number in range(100):
        data = alter(random.Random(number), seed)
        # Some are altered as bytes: those are not archives any more, or damaged.
        with contextlib.suppress(zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error):
            sound += zipfile.ZipFile(io.BytesIO(data)).testzip() is None and data != seed
    assert sound > 60
