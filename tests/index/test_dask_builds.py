"""Builds by the workers of a Dask scheduler: the same bytes, and one line if they cannot."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from dask_processes import dying, scheduler, workers
from seed_index import SEEDS
from small_deck import deck, title
from small_index import CORPUS, generation_bytes, write_corpus
from small_odt import odt
from small_odt import p as text_line
from small_pdf import paragraph, small_pdf
from small_rtf import p as rtf_line
from small_rtf import rtf
from small_sheet import excel

from embed import Encoder
from index.build import BuildReport, EncoderSource, Progress, build_index
from index.build_workers import Asked
from index.distributing.dask_cluster import DaskCluster
from index.distributing.in_common import in_common
from index.distributing.worker_tasks import Assignment, Failed, check, embed_texts, read_document
from index.errors import WorkersError
from index.reading.corpus import Folder
from index.reading.document_reader import SourceFile
from index.store.kept import kept_in
from index.store.layout import KEPT
from index.types import Reader

pytestmark = pytest.mark.slow

SAID = ["The lower lock is closed until the pumps have run.", "Nobody crosses after six."]


def word_file() -> bytes:
    document = docx.Document()
    for sentence in SAID:
        document.add_paragraph(sentence)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


SEVERAL_KINDS: dict[str, str | bytes] = {
    **CORPUS,
    "page.html": f"<title>A page</title><p>{'<p>'.join(SAID)}",
    "notice.pdf": small_pdf([paragraph(72, 700, SAID), paragraph(72, 700, ["A second page."])]),
    "letter.docx": word_file(),
    "letter.odt": odt("".join(map(text_line, SAID))),
    "letter.rtf": rtf([*map(rtf_line, SAID)]),
    "slides.pptx": deck([title("A slide of the lock")]),
    "table.xlsx": excel({"Costs": [["year", "said"], [2021.0, SAID[0]]]}),
    "latin.txt": "Fa\u00e7ades co\u00fbtent cher. Personne ne le sait.".encode("latin-1"),
    "broken.pdf": b"%PDF-1.7\nnothing else",
    "empty.epub": b"",
    "picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(200),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers, for the tests in which none is killed."""
    folder = tmp_path_factory.mktemp("dask")
    with scheduler(folder) as (address, _), workers(folder, address):
        yield address


@pytest.fixture(autouse=True)
def few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds ask few unrelated questions, which the process that builds does itself anyway."""
    questions = ["how to bake bread", "the price of a bank", "when did winter begin"]
    monkeypatch.setattr("index.scoring.calibration.unrelated_questions", lambda: questions)


def build(
    folder: Path, directory: Path, encoder: Encoder, address: str | None = None
) -> BuildReport:
    cluster = None if address is None else DaskCluster.of(address)
    return build_index(folder, directory, EncoderSource.of(encoder), workers=cluster)


def told(report: BuildReport) -> BuildReport:
    """A report without what tells two equal builds apart."""
    return replace(report, generation=replace(report.generation, path=Path()), seconds=0.0)


def test_the_articles_give_the_same_generation(
    address: str, encoder: Encoder, tmp_path: Path
) -> None:
    here = build(SEEDS, tmp_path / "here", encoder)
    there = build(SEEDS, tmp_path / "there", encoder, address)
    assert generation_bytes(tmp_path / "there") == generation_bytes(tmp_path / "here")
    assert told(there) == told(here)


def test_files_of_several_kinds_give_the_same_generation(
    address: str, encoder: Encoder, tmp_path: Path
) -> None:
    corpus = write_corpus(tmp_path / "corpus", SEVERAL_KINDS)
    here, there = tmp_path / "here", tmp_path / "there"
    built = build(corpus, here, encoder)
    assert (len(built.left_out), built.generation.manifest.documents) == (3, 12)
    assert told(build(corpus, there, encoder, address)) == told(built)
    assert generation_bytes(there) == generation_bytes(here)
    # What has not changed is taken over, single passages too, and not sent to be embedded.
    changed: dict[str, str | bytes] = {
        "winter.txt": f"{CORPUS['winter.txt']}\n\nA new one.\n",
        "empty.epub": b"x",
    }
    write_corpus(corpus, changed | {"new.txt": "Another text."})
    (corpus / "notice.pdf").rename(corpus / "renamed.pdf")
    built = build(corpus, here, encoder)
    assert 0 < built.embedded < built.generation.manifest.passages
    assert told(build(corpus, there, encoder, address)) == told(built)
    assert generation_bytes(there) == generation_bytes(here)


def test_a_worker_that_is_killed_changes_nothing(encoder: Encoder, tmp_path: Path) -> None:
    build(SEEDS, tmp_path / "here", encoder)
    one_ends = dying(tmp_path, 1, only_one=True)
    with (
        scheduler(tmp_path) as (address, _),
        workers(tmp_path, address, preload=one_ends) as processes,
    ):
        build(SEEDS, tmp_path / "there", encoder, address)
        assert sorted(process.poll() is None for process in processes) == [False, True]
    assert generation_bytes(tmp_path / "there") == generation_bytes(tmp_path / "here")


def test_without_workers_what_was_embedded_is_kept(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(SEEDS, tmp_path / "here", encoder)
    monkeypatch.setattr("index.store.kept._EVERY", 0.0)
    monkeypatch.setattr("index.store.embedding._FIRST_CALL", 1000)
    monkeypatch.setattr("index.store.embedding.Embedding._learn", lambda *_: None)
    monkeypatch.setattr("index.distributing.dask_workers._WAIT", 0.5)
    waited: list[str] = []
    all_end = dying(tmp_path, 20, only_one=False)
    with scheduler(tmp_path) as (address, _), workers(tmp_path, address, preload=all_end):
        cluster = DaskCluster.of(address, waited.append)
        source = EncoderSource.of(encoder)
        with pytest.raises(WorkersError) as failed:
            build_index(SEEDS, tmp_path / "there", source, workers=cluster)
    kept = kept_in(tmp_path / "there")
    assert kept
    assert kept.passages > 0
    assert str(failed.value) == (
        f"the scheduler {address} has had no workers for 0.5 s: start some, and build again, "
        f"and {kept.passages:,} passages are kept for the next build"
    )
    assert set(waited) == {f"Waiting for workers of {address}"}
    assert build(SEEDS, tmp_path / "there", encoder).kept == kept.passages
    assert generation_bytes(tmp_path / "there") == generation_bytes(tmp_path / "here")
    assert not (tmp_path / "there" / KEPT).exists()


def test_a_scheduler_that_goes_is_one_error(encoder: Encoder, tmp_path: Path) -> None:
    with scheduler(tmp_path) as (address, process), workers(tmp_path, address):

        def end_scheduler(progress: Progress) -> None:
            if progress.embedded:
                process.kill()

        with pytest.raises(WorkersError) as failed:
            build_index(
                SEEDS,
                tmp_path / "index",
                EncoderSource.of(encoder),
                workers=DaskCluster.of(address),
                on_progress=end_scheduler,
            )
    assert str(failed.value) == (
        f"the connection to the scheduler {address} was lost: build again when it runs"
    )


def test_a_document_that_ends_every_worker_is_named(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preload = tmp_path / "preload.py"
    preload.write_text(
        "import os\n"
        "from index.reading.plain_text import FORMAT\n"
        "if 'real' not in globals():  # Dask runs this twice\n"
        "    real = type(FORMAT).read\n"
        "def read(self, data, encoding=''):\n"
        "    return os._exit(1) if b'deadly' in data else real(self, data, encoding)\n"
        "type(FORMAT).read = read\n"
    )
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str(preload))
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "1")
    corpus = write_corpus(tmp_path / "corpus", {"good.txt": SAID[0], "z.txt": "This is deadly."})
    report = build(corpus, tmp_path / "index", encoder, "local")
    assert [(entry.path, entry.reason) for entry in report.left_out] == [
        ("z.txt", "reading it ended every worker that tried")
    ]
    assert report.generation.manifest.documents == 1
    monkeypatch.undo()
    assert build(corpus, tmp_path / "index", encoder).generation.manifest.documents == 2


def assignment(encoder: Encoder, **changes: str) -> Assignment:
    meant = Assignment(
        "a build", encoder.name, encoder.fingerprint, encoder.precision, "", in_common()
    )
    return replace(meant, **changes)  # type: ignore[arg-type]


def test_a_worker_of_another_version_is_named(
    address: str, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = in_common()["onnxruntime"]
    monkeypatch.setattr("index.distributing.in_common.ingredients", lambda: {"onnxruntime": "99.9"})
    with pytest.raises(WorkersError) as failed:
        build(SEEDS, tmp_path / "index", encoder, address)
    text = str(failed.value)
    assert text.startswith("the worker tcp://127.0.0.1:")
    assert text.endswith(f" has onnxruntime {theirs}, and this process has 99.9")


def failure(made: object) -> str:
    assert isinstance(made, Failed)
    return made.reason


def test_what_a_worker_checks(encoder: Encoder) -> None:
    same = assignment(encoder)
    assert check(same) == ""
    kind = same.in_common["processor"]
    others = {
        "splitter": ("splitter 1", f"has {same.in_common['splitter']}, and this process has"),
        "Python": ("2.7", "has Python 3."),
        "processor": (f"{kind} extra_flag", "they differ in extra_flag"),
    }
    for number, (name, (value, said)) in enumerate(others.items()):
        other = replace(same, build=str(number), in_common={**same.in_common, name: value})
        assert said in check(other)
        assert "the worker of this process has" in failure(embed_texts(other, ["A text."]))
        assert said in failure(embed_texts(other, ["A text."]))
    another = replace(same, build="another model", fingerprint="0" * 64)
    said = failure(embed_texts(another, ["A text."]))
    assert said.startswith("the worker of this process has another model all-MiniLM-L6-v2 (fp32, ")
    assert said.endswith(" than this process (000000000000)")
    missing = replace(another, build="no model", model="nobody/has-this")
    said = failure(embed_texts(missing, ["A text."]))
    assert said.startswith("the worker of this process cannot find the model nobody/has-this: ")
    source = replace(SourceFile.of("a.txt", b"A text."), reader=Reader("plain_text", "another"))
    said = failure(read_document(same, source))
    assert said.startswith("the worker of this process reads plain_text with '")
    assert said.endswith("', and this process with 'another'")


@pytest.mark.parametrize(("bytes_ahead", "most"), [(50, 2), (1 << 20, 8)])
def test_few_documents_are_on_their_way_at_a_time(
    address: str,
    encoder: Encoder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bytes_ahead: int,
    most: int,
) -> None:
    monkeypatch.setattr("index.distributing.dask_workers._BYTES_AHEAD", bytes_ahead)
    sources = [SourceFile.of(f"{n:02}.txt", f"The text number {n:02}.".encode()) for n in range(20)]
    sources[5] = SourceFile.of("05.txt", b"Longer than what may be on its way. " * 9)
    taken: list[SourceFile] = []

    def asked() -> Iterator[Asked]:
        for source in sources:
            taken.append(source)
            yield Asked(source, None)

    corpus = Folder(write_corpus(tmp_path, CORPUS), tmp_path / "index")
    with DaskCluster.of(address).workers(corpus, encoder, tmp_path / "index") as others:
        ahead = []
        for number, answered in enumerate(others.read(asked()), 1):
            assert answered.source.doc_id == sources[number - 1].doc_id
            assert (answered.source.data, answered.size) == (b"", len(sources[number - 1].data))
            ahead.append(len(taken) - number)
    assert max(ahead) == most
