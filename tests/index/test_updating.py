"""An index is brought up to date as it was built, and with no model that it alone names."""

import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import FEW, current_folder, generation_bytes, rehash

from embed import Encoder, ModelError
from index.build import BuildReport, EncoderSource, build_index
from index.errors import BusyIndexError, CorpusError, NoIndexError
from index.kept_encoder import KeptEncoder
from index.store.generation import Generation
from index.store.publishing import locked_for_writing
from index.updating import update_index


@pytest.fixture(autouse=True)
def few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.scoring.calibration.unrelated_questions", lambda: FEW)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the model was opened with, each time; it is the deterministic one."""
    calls: list[tuple[object, ...]] = []

    def fake(*arguments: object, **_: object) -> FakeEncoder:
        calls.append(arguments)
        return FakeEncoder()

    monkeypatch.setattr(Encoder, "open", fake)
    return calls


def build_with(corpus: Path, directory: Path, **settings: object) -> BuildReport:
    source = EncoderSource.of(FakeEncoder())
    return build_index(corpus, directory, source, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", [{}, {"max_bytes": 90}, {"encoding": "cp1251"}])
def test_it_is_what_a_build_with_the_same_settings_makes(
    corpus: Path, opened: list[tuple[object, ...]], settings: dict[str, object]
) -> None:
    directory, fresh = corpus.parent / "index", corpus.parent / "fresh"
    (corpus / "legacy.txt").write_bytes("Зима пришла рано.".encode("cp1251"))
    (corpus / "talks.md").write_text("# Talks\n\nThey go on.\n")
    build_with(corpus, directory, **settings)
    (corpus / "winter.txt").write_bytes("Лёд тает.".encode("cp1251"))
    (corpus / "long.txt").write_text("It is long. " * 10)
    (corpus / "east" / "bread.txt").unlink()
    report = update_index(directory)
    build_with(corpus, fresh, **settings)
    assert report.changed
    assert generation_bytes(directory) == generation_bytes(fresh)
    assert opened == [("fake" * 16, "fake", "fp32")]


def test_if_nothing_has_changed_no_model_is_opened(
    corpus: Path, opened: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = corpus.parent / "index"
    before = build_with(corpus, directory).generation.name
    monkeypatch.chdir("/")
    report = update_index(directory)
    assert (report.changed, report.generation.name, opened) == (False, before, [])


def test_a_model_is_neither_fetched_nor_loaded_because_an_index_names_it(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = corpus.parent / "index"
    build_with(corpus, directory)
    rehash(directory, model="somebody/model", fingerprint="0" * 64)
    before = generation_bytes(directory)
    (corpus / "new.txt").write_text("A new one.")

    def find(*_: object, **__: object) -> None:
        raise AssertionError("a model was looked for")

    monkeypatch.setattr("embed.model.find_model", find)
    with pytest.raises(ModelError, match=r"never used here.*--model, or build the index again"):
        update_index(directory)
    assert generation_bytes(directory) == before


def test_a_model_that_moved_is_named_and_another_one_is_refused(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = corpus.parent / "index"
    build_with(corpus, directory)
    (corpus / "new.txt").write_text("A new one.")
    models = {"moved": FakeEncoder(name="moved"), "other": FakeEncoder(fingerprint="1" * 64)}
    monkeypatch.setattr(Encoder, "open", lambda *_, model, **__: models[model])
    with pytest.raises(ModelError, match="use that model, or build again"):
        update_index(directory, encoder=KeptEncoder(model="other"))
    report = update_index(directory, encoder=KeptEncoder(model="moved"))
    assert report.generation.manifest.model == "moved"


def test_a_model_is_kept_until_the_index_has_another(
    corpus: Path, opened: list[tuple[object, ...]]
) -> None:
    directory, kept = corpus.parent / "index", KeptEncoder()
    build_with(corpus, directory)
    for text in ("One.", "Another one."):
        (corpus / "new.txt").write_text(text)
        assert update_index(directory, encoder=kept).changed
    assert len(opened) == 1
    (corpus / "new.txt").write_text("A third one.")
    rehash(directory, fingerprint="2" * 64)
    with pytest.raises(ModelError):  # the deterministic one does not fit any more
        update_index(directory, encoder=kept)
    assert len(opened) == 2


def test_a_folder_that_is_gone_is_told_with_the_command(corpus: Path) -> None:
    directory = corpus.parent / "index"
    build_with(corpus, directory)
    before = generation_bytes(directory)
    corpus.rename(corpus.with_name("moved"))
    with pytest.raises(CorpusError, match=r"corpus that was indexed is gone; .* run .*--replace"):
        update_index(directory)
    assert generation_bytes(directory) == before


def test_without_an_index_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError):
        update_index(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_another_writer_is_waited_for_and_its_settings_are_kept(
    corpus: Path, opened: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, other = corpus.parent / "index", corpus.parent / "other"
    build_with(corpus, directory)
    build_with(corpus, other, max_bytes=150)
    assert opened == []
    with locked_for_writing(directory), pytest.raises(BusyIndexError):
        update_index(directory)
    with ThreadPoolExecutor(1) as pool:
        with locked_for_writing(directory):
            waiting = pool.submit(update_index, directory, wait=30.0)
            time.sleep(0.3)
            folder = current_folder(other)
            folder.rename(directory / folder.name)
            (directory / "CURRENT").write_bytes((other / "CURRENT").read_bytes())
        report = waiting.result()
    assert report.generation.manifest.max_bytes == 150
    assert report.generation.name == Generation.open(directory).name


def test_the_progress_is_told(corpus: Path, opened: list[tuple[object, ...]]) -> None:
    directory = corpus.parent / "index"
    build_with(corpus, directory)
    (corpus / "new.txt").write_text("A new one.")
    done: list[int] = []
    tell: Callable[..., None] = lambda progress: done.append(progress.done)  # noqa: E731
    update_index(directory, on_progress=tell)
    assert (done[-1], len(opened)) == (5, 1)


def test_that_it_waits_is_told_once(corpus: Path, opened: list[tuple[object, ...]]) -> None:
    directory = corpus.parent / "index: old"
    build_with(corpus, directory)
    told: list[BusyIndexError] = []
    with locked_for_writing(directory), pytest.raises(BusyIndexError) as refused:
        update_index(directory, wait=0.5, on_busy=told.append)
    assert [error.what for error in told] == [refused.value.what]
    assert refused.value.what.endswith(f" is writing {directory}")
    assert str(refused.value).startswith(f"{refused.value.what}: try again when it is done")
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    update_index(directory, wait=0.5, on_busy=told.append)
    assert len(told) == 1
