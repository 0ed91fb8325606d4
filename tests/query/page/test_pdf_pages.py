"""PDFs as pages for the reading page: pictures, sizes, and where passages stand."""

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from seen_letters import SeenPages, plain
from small_index import build, retriever_over, write_corpus
from small_pdf import paragraph, small_pdf

pytest.importorskip("PIL")
from PIL import Image

import query.page.pdf_pages as module
from index import (
    DocumentRecord,
    FileViewer,
    IndexedFile,
    MissingExtraError,
    PageSize,
    View,
    ViewRequest,
)
from query import Retriever
from query.page.pdf_pages import WIDTHS, PdfPages
from query.places import document_of
from query.searcher import Searcher

LINES = [
    "The harbour was built in the year of the great storm and",
    "has been in use ever since, though its walls were re-",
    "paired twice. Ships of every size come here to load.",
]
DATA = small_pdf(
    [[*paragraph(50, 500, LINES), *paragraph(50, 300, ["The ceasefire held for a week."])], []],
    page_entries="/Rotate 90",
)
FILES: dict[str, str | bytes] = {
    "deep/harbour.pdf": DATA,
    "river.txt": "The river rises. It is cold.",
}

slow = pytest.mark.slow


@pytest.fixture
def retriever(tmp_path: Path) -> Iterator[Retriever]:
    with retriever_over(tmp_path, FILES) as retriever:
        yield retriever


@pytest.fixture
def searcher(retriever: Retriever) -> Searcher:
    return retriever.searcher


@pytest.fixture
def pages(searcher: Searcher) -> Iterator[PdfPages]:
    with PdfPages.of(searcher) as pages:
        yield pages


@pytest.fixture
def document(searcher: Searcher) -> DocumentRecord:
    return document_of(searcher, "deep/harbour.pdf")


def size_of(png: bytes | None) -> tuple[int, int]:
    assert png
    return Image.open(io.BytesIO(png)).size


@slow
def test_a_pdf_is_shown_as_its_pages(pages: PdfPages, document: DocumentRecord) -> None:
    assert pages.pages(document) == (PageSize(595, 420), PageSize(595, 420))
    assert size_of(pages.image(document, 1, 900)) == (900, 635)
    assert pages.image(document, 3, 900) is None
    assert pages.image(document, 0, 900) is None
    assert pages.image(document, -1, 900) is None


@slow
def test_the_boxes_of_each_passage_hold_its_letters(
    pages: PdfPages, searcher: Searcher, document: DocumentRecord
) -> None:
    seen, text = SeenPages(DATA), searcher.text_of(document)
    passages = searcher.passages_of(document, 1, document.passages)
    assert text and len(passages) == 2
    for passage in passages:
        boxes = pages.boxes(document, passage.start, passage.end)
        assert boxes is not None
        assert sorted(seen.inside(boxes).elements()) == sorted(
            plain(text[passage.start : passage.end])
        )
    assert pages.boxes(document, 5, 5) == pages.boxes(document, 0, 0) == ()
    assert pages.boxes(document, 10**6, 2 * 10**6) == ()
    assert pages.boxes(document, -5, 3) == pages.boxes(document, 0, 3)


@pytest.mark.parametrize(
    ("wanted", "width"),
    [(-1, 200), (200, 200), (201, 300), (900, 900), (2400, 2400), (10**9, 2400)],
)
def test_pictures_have_a_few_widths(
    pages: PdfPages,
    document: DocumentRecord,
    monkeypatch: pytest.MonkeyPatch,
    wanted: int,
    width: int,
) -> None:
    asked: list[ViewRequest] = []

    def view(_: FileViewer, file: IndexedFile, request: ViewRequest) -> None:
        asked.append(request)

    monkeypatch.setattr(FileViewer, "view", view)
    assert pages.image(document, 1, wanted) is None
    assert [request.width for request in asked] == [width]
    assert width in WIDTHS


@slow
def test_a_picture_is_drawn_once_as_long_as_the_file_stays(
    pages: PdfPages,
    document: DocumentRecord,
    searcher: Searcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = pages.image(document, 1, 300)
    assert first
    monkeypatch.setattr(FileViewer, "view", None)
    assert pages.image(document, 1, 250) == first
    (searcher.corpus / document.doc_id).write_bytes(DATA + b"%")
    assert pages.image(document, 1, 300) is None


def test_pictures_are_kept_up_to_a_number_of_bytes(
    pages: PdfPages, document: DocumentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def view(_: FileViewer, file: IndexedFile, request: ViewRequest) -> tuple[View, bytes]:
        asked.append(request.page)
        return View(), b"\x89PNG\r\n\x1a\n" + b"x" * 92

    monkeypatch.setattr(FileViewer, "view", view)
    monkeypatch.setattr(module, "_MOST_PICTURE_BYTES", 300)
    for page in (1, 2, 3, 1, 4, 1, 2):
        assert pages.image(document, page, 200)
    assert asked == [1, 2, 3, 4, 2]


def test_what_is_no_picture_is_not_given_on(
    pages: PdfPages, document: DocumentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileViewer, "view", lambda *_: (View(), b"<script>"))
    assert pages.image(document, 1, 200) is None


@slow
def test_a_file_that_has_changed_or_gone_is_shown_as_text(
    pages: PdfPages, document: DocumentRecord, searcher: Searcher
) -> None:
    path = searcher.corpus / document.doc_id
    assert pages.boxes(document, 0, 5)
    for change in (lambda: path.write_bytes(DATA + b"%"), path.unlink):
        change()
        assert pages.pages(document) is None
        assert pages.image(document, 1, 900) is None
        assert pages.boxes(document, 0, 5) is None


def test_what_is_no_pdf_or_is_read_otherwise_now_is_shown_as_text(
    pages: PdfPages,
    document: DocumentRecord,
    searcher: Searcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(FileViewer, "view", None)
    older = replace(document, reader=replace(document.reader, version="pdf 1"))
    unknown = replace(document, doc_id="../harbour.pdf")
    for other in (document_of(searcher, "river.txt"), older):
        assert pages.pages(other) is None
        assert pages.image(other, 1, 900) is None
        assert pages.boxes(other, 0, 5) is None
    monkeypatch.undo()
    assert pages.pages(unknown) is None


def test_a_document_that_an_update_has_removed_is_shown_as_text(
    pages: PdfPages,
    document: DocumentRecord,
    searcher: Searcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def folder_of(*_: object) -> None:
        raise KeyError(document.doc_id)

    monkeypatch.setattr(type(searcher), "folder_of", folder_of)
    assert pages.pages(document) is None


@slow
def test_boxes_are_of_the_very_text_that_was_indexed(
    searcher: Searcher, document: DocumentRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = searcher.text_of(document)
    monkeypatch.setattr(type(searcher), "text_of", lambda *_: f"{text}.")
    with PdfPages.of(searcher) as pages:
        assert pages.boxes(document, 0, 5) is None
        assert pages.pages(document)


@slow
def test_an_update_may_bring_another_searcher(tmp_path: Path) -> None:
    corpus, directory = write_corpus(tmp_path / "corpus", FILES), tmp_path / "index"
    build(corpus, directory)
    with (
        Retriever.open(directory, encoder=FakeEncoder()) as retriever,
        PdfPages(lambda: retriever.searcher) as pages,
    ):
        old = document_of(retriever.searcher, "deep/harbour.pdf")
        (corpus / "deep/harbour.pdf").write_bytes(DATA.replace(b"ceasefire", b"armistice"))
        build(corpus, directory)
        retriever.refresh()
        new = document_of(retriever.searcher, "deep/harbour.pdf")
        assert pages.boxes(old, 0, 5) is None
        assert pages.boxes(new, 0, 5)


@slow
def test_several_threads_ask(pages: PdfPages, document: DocumentRecord) -> None:
    found: list[tuple[int, int]] = []

    def ask(width: int) -> None:
        for page in (1, 2):
            found.append(size_of(pages.image(document, page, width)))
            assert pages.boxes(document, 0, 5)

    threads = [threading.Thread(target=ask, args=(width,)) for width in WIDTHS[:6]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(width for width, _ in found) == sorted([*WIDTHS[:6], *WIDTHS[:6]])


def test_a_missing_library_is_named(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"^page cannot be imported \(.*\): pip install"):
        PdfPages.of(searcher)


def test_no_library_that_draws_is_loaded_here(pages: PdfPages) -> None:
    import subprocess
    import sys

    code = (
        "import sys, query.page.pdf_pages\n"
        "assert not {'PIL', 'pypdfium2', 'starlette'} & {*sys.modules}, sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
