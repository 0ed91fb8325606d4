"""What a build keeps that is stopped, and what the next one makes of it."""

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from numpy.typing import NDArray
from small_index import build, from_nothing, generation_bytes, write_corpus
from stopped_builds import StoppedError, Stopping, keeping_at_once, stop_build

from index.errors import BuildError
from index.store import kept as module
from index.store.kept import SENTENCE, Kept, kept_in, remove_kept
from index.store.layout import KEPT

TEXTS = 22
"""The texts that a build of the corpus embeds: 7 passages, a title, and 14 sentences."""

PASSAGES = 7
RECORD = 16 + 4 + 4 + 4 * 64 + 8


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / ".passage-index"


def test_the_corpus_has_as_many_texts_as_these_tests_say(corpus: Path, directory: Path) -> None:
    encoder = FakeEncoder()
    build(corpus, directory, encoder)
    assert len(encoder.encoded) == TEXTS == len(set(encoder.encoded))


@pytest.mark.parametrize("texts", range(1, TEXTS))
def test_a_build_goes_on_where_one_was_stopped(corpus: Path, directory: Path, texts: int) -> None:
    first = stop_build(corpus, directory, texts)
    encoder = FakeEncoder()
    report = build(corpus, directory, encoder)
    assert not set(first) & set(encoder.encoded)
    assert len(first) + len(encoder.encoded) == TEXTS
    assert (report.kept, report.kept + report.embedded) == (min(texts, PASSAGES), PASSAGES)
    assert report.tokens_read == report.tokens_embedded == report.generation.manifest.tokens
    assert generation_bytes(directory) == from_nothing(corpus)
    assert not (directory / KEPT).exists()


def test_a_build_may_be_stopped_again_and_again(corpus: Path, directory: Path) -> None:
    embedded: list[str] = []
    for _ in range(TEXTS - 1):
        embedded += stop_build(corpus, directory, 1)
    assert len(set(embedded)) == len(embedded) == TEXTS - 1
    found = kept_in(directory)
    assert found is not None
    assert found.passages == PASSAGES
    assert build(corpus, directory).embedded == 0
    assert generation_bytes(directory) == from_nothing(corpus)


def test_a_build_that_brings_up_to_date_is_gone_on_with(corpus: Path, directory: Path) -> None:
    build(corpus, directory)
    (corpus / "new.txt").write_text("A new one.\n\nA second paragraph.\n\nAnd a third one here.")
    old = generation_bytes(directory)
    stop_build(corpus, directory, 2)
    assert generation_bytes(directory) == old
    report = build(corpus, directory)
    assert (report.kept, report.embedded) == (2, 1)
    assert generation_bytes(directory) == from_nothing(corpus)


def test_equal_texts_are_taken_over_in_whatever_file_they_are(
    corpus: Path, directory: Path
) -> None:
    stop_build(corpus, directory, TEXTS - 1)
    (corpus / "winter.txt").rename(corpus / "a.txt")
    (corpus / "talks.md").write_text("Something else stands here.")
    report = build(corpus, directory)
    assert (report.kept, report.embedded) == (5, 1)
    assert generation_bytes(directory) == from_nothing(corpus)


def test_a_build_that_finds_nothing_changed_keeps_nothing(corpus: Path, directory: Path) -> None:
    build(corpus, directory)
    (corpus / "new.txt").write_text("A new one.")
    (corpus / "newer.txt").write_text("A newer one. It is longer.")
    stop_build(corpus, directory, 1)
    (corpus / "new.txt").unlink()
    (corpus / "newer.txt").unlink()
    assert (directory / KEPT).exists()
    assert not build(corpus, directory).changed
    assert not (directory / KEPT).exists()


def test_a_short_build_keeps_nothing(corpus: Path, directory: Path) -> None:
    with pytest.raises(StoppedError):
        build(corpus, directory, Stopping(PASSAGES))
    assert not (directory / KEPT).exists()
    assert kept_in(directory) is None


@pytest.mark.parametrize(
    "other",
    [{"fingerprint": "0" * 64}, {"precision": "int8"}, {"dim": 32}, {}],
    ids=["model", "precision", "dimension", "processor"],
)
def test_vectors_of_another_model_or_processor_are_not_taken_over(
    corpus: Path, directory: Path, other: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_build(corpus, directory, PASSAGES)
    if not other:
        monkeypatch.setattr("embed.same_bits.kind_of_processor", lambda: "another one")
    stopped = Stopping(3, **other)  # type: ignore[arg-type]
    assert len(stop_build(corpus, directory, 3, stopped)) == 3
    encoder = FakeEncoder(**other)  # type: ignore[arg-type]
    report = build(corpus, directory, encoder)
    assert (report.kept, report.embedded, len(encoder.encoded)) == (3, PASSAGES - 3, TEXTS - 3)


def test_every_changed_byte_costs_at_most_what_it_belongs_to(corpus: Path, directory: Path) -> None:
    stop_build(corpus, directory, PASSAGES + 3)
    whole, expected = (directory / KEPT).read_bytes(), from_nothing(corpus)
    header = whole.index(b"\n") + 1
    assert len(whole) == header + (PASSAGES + 3) * RECORD
    for at in [*range(0, header, 7), *range(header, len(whole), 37)]:
        shutil.rmtree(directory)
        directory.mkdir()
        (directory / ".lock").touch()
        data = bytearray(whole)
        data[at] ^= 0x41
        (directory / KEPT).write_bytes(data)
        encoder = FakeEncoder()
        build(corpus, directory, encoder)
        assert generation_bytes(directory) == expected
        lost = PASSAGES + 3 if at < header else 1
        assert len(encoder.encoded) == TEXTS - (PASSAGES + 3) + lost


def test_a_torn_end_is_passed_over_and_written_over(corpus: Path, directory: Path) -> None:
    stop_build(corpus, directory, PASSAGES)
    whole = (directory / KEPT).read_bytes()
    for torn, lost in ((1, 1), (RECORD - 1, 1), (RECORD, 1), (RECORD + 1, 2), (len(whole), 7)):
        (directory / KEPT).write_bytes(whole[: len(whole) - torn])
        assert len(stop_build(corpus, directory, lost)) == lost
        assert (directory / KEPT).read_bytes()[: len(whole)] == whole
    assert build(corpus, directory).kept == PASSAGES


def test_a_sentence_is_not_taken_for_a_passage(corpus: Path, directory: Path) -> None:
    shutil.rmtree(corpus)
    write_corpus(corpus, {"a.txt": "Bread was short. Salt was not.\n\nThey shared all of it."})
    stop_build(corpus, directory, 3)
    (corpus / "a.txt").write_text("Bread was short.\n\nThey shared all of it.")
    report = build(corpus, directory)
    assert (report.kept, report.embedded) == (1, 1)
    assert report.tokens_embedded == 8


def test_what_the_model_was_not_fed_whole_is_not_kept(corpus: Path, directory: Path) -> None:
    class Dropping(FakeEncoder):
        def encode(
            self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
        ) -> NDArray[np.float32]:
            def count(done: int, tokens: int) -> None:
                if on_batch is not None:
                    on_batch(done, tokens - 1)

            return super().encode(texts, on_batch=count)

    with keeping_at_once(), pytest.raises(BuildError, match="tokens were read"):
        build(corpus, directory, Dropping())
    assert kept_in(directory) is None
    assert build(corpus, directory).kept == 0


def test_a_build_goes_on_if_nothing_can_be_kept(corpus: Path, directory: Path) -> None:
    (directory / KEPT).mkdir(parents=True)
    (directory / ".lock").touch()
    with keeping_at_once():
        assert build(corpus, directory).embedded == PASSAGES
    assert generation_bytes(directory) == from_nothing(corpus)


@pytest.mark.parametrize("call", ["os.fsync", "index.store.kept.sync_directory"])
def test_a_disk_that_refuses_what_is_kept_does_not_stop_a_build(
    corpus: Path, directory: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    refused = 0

    def refuse(what: int | Path) -> None:
        nonlocal refused
        if isinstance(what, int) and Path(f"/proc/self/fd/{what}").readlink().name != KEPT:
            return real(what)
        refused += 1
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(call, refuse)
    with keeping_at_once():
        assert build(corpus, directory).embedded == PASSAGES
    assert refused == 1


def test_a_link_in_its_place_is_removed_and_not_followed(
    corpus: Path, directory: Path, tmp_path: Path
) -> None:
    stop_build(corpus, directory, 3)
    mine = tmp_path / "mine"
    (directory / KEPT).rename(mine)
    before = mine.read_bytes()
    (directory / KEPT).symlink_to(mine)
    assert kept_in(directory) is None
    stop_build(corpus, directory, 3)
    assert not (directory / KEPT).is_symlink()
    assert mine.read_bytes() == before


def test_a_vector_that_has_not_length_1_is_not_taken_over(directory: Path) -> None:
    directory.mkdir()
    header = b"KEPT 1 " + b"0" * 64 + b" fp32 2 " + b"0" * 16 + b"\n"
    vectors = np.array([[0.6, 0.8], [0.6, 0.9], [np.nan, 1.0]], dtype=np.float32)
    texts = ["a", "b", "c"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_EVERY", 0.0)
        kept = Kept(directory, header, 2)
        kept.add(texts, [1, 1, 1], vectors)
        kept.close()
    found = np.zeros((3, 2), dtype=np.float32)
    kept = Kept(directory, header, 2)
    assert kept.take(texts, [1, 1, 1], found) == [1, 2]
    np.testing.assert_array_equal(found[0], vectors[0])
    assert kept.take(["a"], [SENTENCE], found) == [0]
    assert kept.take(["a"], [2], found) == [0]
    kept.close()


def test_a_record_of_another_file_counts_for_nothing(directory: Path) -> None:
    directory.mkdir()
    vector = np.array([[0.6, 0.8]], dtype=np.float32)
    headers = [b"KEPT 1 " + name * 64 + b" fp32 2 " + b"0" * 16 + b"\n" for name in (b"0", b"1")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_EVERY", 0.0)
        kept = Kept(directory, headers[0], 2)
        kept.add(["a"], [1], vector)
        kept.close()
    data = (directory / KEPT).read_bytes()
    (directory / KEPT).write_bytes(headers[1] + data[len(headers[0]) :])
    kept = Kept(directory, headers[1], 2)
    assert kept.take(["a"], [1], np.zeros((1, 2), dtype=np.float32)) == [0]
    kept.close()


def test_no_more_is_held_in_memory_than_has_room(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.mkdir()
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setattr(module, "_MOST_HELD", 3)
    header = b"KEPT 1 " + b"0" * 64 + b" fp32 2 " + b"0" * 16 + b"\n"
    vector = np.array([[0.6, 0.8]], dtype=np.float32)
    kept = Kept(directory, header, 2)
    texts = [f"text {number}" for number in range(14)]
    for number, text in enumerate(texts):
        # The first four are too many for a build that is short so far.
        now = 0.0 if number < 4 else 21.0 if number < 13 else 50.0
        kept.add([text], [1], vector)
        assert kept._held_records <= 3
    kept.close()
    kept = Kept(directory, header, 2)
    assert kept.take(texts, [1] * 14, np.zeros((14, 2), np.float32)) == [0, 1, 2, 3]
    kept.close()


def test_what_is_held_is_kept_if_a_long_build_fails(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    class Slow(Stopping):
        def encode_passages(
            self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
        ) -> NDArray[np.float32]:
            nonlocal now
            now += 8.0
            return super().encode_passages(texts, on_batch=on_batch)

    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setattr("index.store.embedding._FIRST_CALL", 1)
    monkeypatch.setattr("index.store.embedding._CALL_SECONDS", 0.0)
    with pytest.raises(StoppedError):
        build(corpus, directory, Slow(5))
    assert build(corpus, directory).kept == 5


def test_a_call_of_the_encoder_takes_some_seconds(
    corpus: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    calls: list[int] = []

    class Timed(FakeEncoder):
        """An encoder that takes a second for a hundred characters."""

        def encode_passages(
            self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
        ) -> NDArray[np.float32]:
            nonlocal now
            calls.append(sum(map(len, texts)))
            now += calls[-1] / 100
            return super().encode_passages(texts, on_batch=on_batch)

    text = "\n\n".join(f"Paragraph {number} has some words. And more." for number in range(900))
    (corpus / "long.txt").write_text(text)
    monkeypatch.setattr("time.monotonic", lambda: now)
    monkeypatch.setattr("index.store.embedding._FIRST_CALL", 100)
    build(corpus, directory, Timed())
    assert calls[0] < 200
    assert max(calls) < 1600
    assert sum(calls) / len(calls) > 1000


def test_what_is_kept_can_be_removed(corpus: Path, directory: Path) -> None:
    stop_build(corpus, directory, 3)
    size = (directory / KEPT).stat().st_size
    assert remove_kept(directory) == size > 0
    assert remove_kept(directory) == 0
    assert build(corpus, directory).kept == 0


def test_a_directory_that_has_only_what_is_kept_is_an_index_directory(
    corpus: Path, directory: Path
) -> None:
    stop_build(corpus, directory, 3)
    assert {path.name for path in directory.iterdir()} == {".lock", KEPT}
    assert build(corpus, directory).kept == 3


def test_the_digest_of_a_text_depends_on_its_use() -> None:
    one, other = module._digests(["a", "a"], [1, SENTENCE])
    assert hashlib.sha256(b"passage\na").digest()[:16] == one.tobytes()
    assert one.tobytes() != other.tobytes()
