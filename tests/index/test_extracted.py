"""Documents whose files are not text: read when they have changed, cited by page, refused once."""

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest
from fake_encoder import FakeEncoder
from small_index import build, generation_bytes, write_corpus

from index.errors import CorpusError, DamagedIndexError
from index.reading import formats
from index.reading.content import Content, ReadingFailedError, UnreadableError
from index.reading.text_writer import TextWriter
from index.store.catalog import Catalog
from index.store.folder_now import FolderNow
from index.store.open_index import OpenIndex
from index.store.verification import verify
from index.types import Refusal
from query import Retriever, SourceDocument, verify_citations
from query.adapters import metadata_of
from query.citing.context import build_context

PAGES = (
    "The river rises in the hills. It is cold there.\fThe mill stands at the second bridge.\f"
    "Nobody lives in the mill today."
)


class Pages:
    """A format of tests: pages parted by form feeds; what begins with "locked" is refused."""

    suffixes = (".pages",)
    max_bytes = 1000
    isolated = False
    version = "pages 1"

    def __init__(self) -> None:
        self.read_so_far: list[bytes] = []
        self.is_busy = True

    def read(self, data: bytes, encoding: str = "") -> Content:
        self.read_so_far.append(data)
        if data.startswith(b"locked"):
            raise UnreadableError("is locked")
        if data.startswith(b"slow") and self.is_busy:
            raise ReadingFailedError("took too long")
        writer = TextWriter()
        for number, page in enumerate(data.decode().split("\f"), start=1):
            writer.at_page(number, "i" if number == 1 else "")
            writer.write(page)
            writer.end_paragraph()
        if b"picture" in data:
            writer.notes.append("1 of 3 pages is a picture")
        return writer.content()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    module = ModuleType("index.reading.pages")
    module.FORMAT = Pages()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "index.reading.pages", module)
    monkeypatch.setitem(formats._MODULES, "pages", (".pages",))
    monkeypatch.setitem(formats._BY_SUFFIX, ".pages", "pages")
    monkeypatch.setattr(formats, "SUFFIXES", (*formats.SUFFIXES, ".pages"))
    return module.FORMAT  # type: ignore[no-any-return]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    files = {
        "a.pages": PAGES,
        "b.txt": "The town lies on the hill. It is warm there.",
        "locked.pages": "locked",
        "poor.pages": "A picture hangs there. Nobody sees it.",
    }
    return write_corpus(tmp_path / "corpus", files)


def test_a_build_reads_what_has_changed_and_nothing_else(
    corpus: Path, tmp_path: Path, pages: Pages
) -> None:
    first = build(corpus, tmp_path / "i")
    assert len(pages.read_so_far) == 3
    told = (first.left_out, dict(first.notes))
    assert [(entry.path, entry.reason) for entry in first.left_out] == [
        ("locked.pages", "is locked")
    ]
    assert told[1] == {"poor.pages": ("1 of 3 pages is a picture",)}
    pages.read_so_far.clear()
    second = build(corpus, tmp_path / "i")
    assert (second.changed, pages.read_so_far) == (False, [])
    assert (second.left_out, dict(second.notes)) == told
    # Another file has changed: what was read is taken over, and what was refused stays so.
    (corpus / "b.txt").write_text("Another text. It is new.")
    (corpus / "a.pages").rename(corpus / "c.pages")
    third = build(corpus, tmp_path / "i")
    assert (third.changed, pages.read_so_far) == (True, [])
    assert (third.left_out, dict(third.notes)) == told
    build(corpus, tmp_path / "fresh")
    assert generation_bytes(tmp_path / "i") == generation_bytes(tmp_path / "fresh")


def test_a_new_reader_reads_its_files_again(
    corpus: Path, tmp_path: Path, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(corpus, tmp_path / "i")
    pages.read_so_far.clear()
    monkeypatch.setattr(Pages, "version", "pages 2")
    report = build(corpus, tmp_path / "i")
    assert (len(pages.read_so_far), report.changed, report.embedded) == (3, True, 0)


def test_status_names_what_is_refused_and_does_not_call_it_new(
    corpus: Path, tmp_path: Path, pages: Pages
) -> None:
    build(corpus, tmp_path / "i")
    opened = OpenIndex.open(tmp_path / "i")
    [refusal] = opened.catalog.refusals()
    assert isinstance(refusal, Refusal)
    now = FolderNow.read(opened.generation, [refusal])
    assert [(entry.path, entry.reason) for entry in now.not_read] == [("locked.pages", "is locked")]
    assert not now.changes_since(opened.catalog.documents())
    (corpus / "locked.pages").write_text("It is open now.")
    now = FolderNow.read(opened.generation, [refusal])
    assert now.changes_since(opened.catalog.documents()).added == ("locked.pages",)


def test_a_hit_is_cited_by_its_page_everywhere(corpus: Path, tmp_path: Path, pages: Pages) -> None:
    build(corpus, tmp_path / "i")
    with Retriever.open(tmp_path / "i", encoder=FakeEncoder()) as retriever:
        ranking = retriever.retrieve("mill second bridge", k=1)
        [hit] = ranking
        values = json.loads(json.dumps(hit.to_dict()))
        assert (values["page"], values["page_end"], values["page_label"]) == (2, 2, None)
        assert (values["address"], values["time"]) == ("a.pages#page=2", None)
        metadata = metadata_of(hit, ranking, str(corpus / "a.pages"))
        assert (metadata["page"], metadata["address"]) == (2, "a.pages#page=2")
        assert "page_label" not in metadata
        context = build_context([hit], 1000, lambda text: len(text.split()))
        assert 'source="a.pages p. 2"' in context.text
        results = verify_citations(context.citations, corpus)
        assert [result.status for result in results] == ["unchanged"]
        [other] = retriever.retrieve("river hills cold", k=1)
        assert str(other.passage.locator) == "p. 1 (printed i)"
        [line] = retriever.retrieve("town hill warm", k=1)
        assert (line.to_dict()["page"], line.address) == (None, "b.txt")


def test_the_index_keeps_the_text_that_offsets_count_in(
    corpus: Path, tmp_path: Path, pages: Pages
) -> None:
    build(corpus, tmp_path / "i")
    opened = OpenIndex.open(tmp_path / "i")
    for record in opened.catalog.documents():
        text = opened.catalog.extracted_text(record)
        if record.doc_id == "b.txt":
            assert text is None
            continue
        assert text is not None
        for passage in opened.catalog.passages_of(record):
            assert text[passage.start : passage.end] == passage.text


def test_a_retriever_gives_the_text_of_every_document(
    corpus: Path, tmp_path: Path, pages: Pages
) -> None:
    build(corpus, tmp_path / "i")
    texts: dict[str, str | SourceDocument] = {
        "a": "One text is here. It ends.",
        "b": SourceDocument(PAGES.encode(), format="pages"),
    }
    with (
        Retriever.open(tmp_path / "i", encoder=FakeEncoder()) as opened,
        Retriever.from_texts(texts, encoder=FakeEncoder()) as made,
    ):
        for retriever in (opened, made):
            for record in retriever.documents():
                text = retriever.text(record.doc_id)
                for passage in retriever.passages(record.doc_id):
                    assert text[passage.start : passage.end] == passage.text
        (corpus / "b.txt").write_text("Another text. It is new.")
        with pytest.raises(CorpusError, match=r"b\.txt has changed since it was indexed"):
            opened.text("b.txt")
        (corpus / "b.txt").unlink()
        with pytest.raises(CorpusError, match=r"b\.txt cannot be read again: gone"):
            opened.text("b.txt")


def test_verification_extracts_the_text_again(corpus: Path, tmp_path: Path, pages: Pages) -> None:
    build(corpus, tmp_path / "i")
    opened = OpenIndex.open(tmp_path / "i")
    assert verify(opened, FakeEncoder()).moved == ()
    (corpus / "a.pages").write_text(PAGES.replace("cold", "warm"))
    [moved] = verify(opened, FakeEncoder()).moved
    assert (moved.doc_id, moved.numbers, moved.reason) == ("a.pages", (1,), "changed")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET text = replace(text, 'mill', 'milk')",
        "UPDATE refusals SET doc_id = '../x'",
        "UPDATE refusals SET reason = x'00'",
        "UPDATE passages SET anchors = '[[0,5,-1,\"\",null,null]]'",
        "UPDATE passages SET anchors = '[[0,900,1,\"\",null,null]]'",
        "UPDATE passages SET anchors = '[[0,5,1,\"\",-1,null]]'",
        "UPDATE passages SET anchors = '[[0,5,1,\"\"]]'",
        "UPDATE passages SET anchors = '[7]'",
        "UPDATE passages SET anchors = '[[0,5,1,\"\",1e999,null]]'",
        "UPDATE documents SET notes = '[1]'",
        "UPDATE documents SET replaced = -1",
    ],
)
def test_a_catalog_that_nobody_could_have_written_is_damaged(
    corpus: Path, tmp_path: Path, pages: Pages, statement: str
) -> None:
    build(corpus, tmp_path / "i")
    opened = OpenIndex.open(tmp_path / "i")
    path = opened.generation.file("catalog.sqlite")
    opened.close()
    database = sqlite3.connect(path)
    database.executescript(statement)
    database.close()
    with closing(Catalog.open(path)) as catalog, pytest.raises(DamagedIndexError):
        catalog.check()


def test_texts_at_hand_may_name_their_format_title_and_fields(pages: Pages) -> None:
    head = "---\ntitle: Old\ntags: [ops]\n---\n\n"
    note = f"{head}```sh\nrelay start\n\nrelay stop\n```\n\nThe end is here."
    texts: dict[str, str | SourceDocument] = {
        "plain": note,
        "note-1": SourceDocument(
            note, format="markdown", title="Relay notes", fields={"team": "ops"}
        ),
        "scan": SourceDocument(PAGES.encode(), format="pages"),
    }
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        records = {record.doc_id: record for record in retriever.documents()}
        assert records["note-1"].title == "Relay notes"
        assert records["note-1"].fields == {"tags": ("ops",), "team": ("ops",)}
        assert records["plain"].title != "Relay notes"
        code = "```sh\nrelay start\n\nrelay stop\n```"
        assert code in [passage.text for passage in retriever.passages("note-1")]
        [hit] = retriever.retrieve("mill second bridge", k=1)
        assert hit.address == "scan#page=2"
        [found] = retriever.retrieve("relay start", k=1, fields={"team": "ops"})
        assert found.passage.doc_id == "note-1"
        citations = build_context([hit, found], 1000, len).citations
        assert all(result.ok for result in verify_citations(citations, texts))


def test_a_folder_without_any_text_says_why(tmp_path: Path, pages: Pages) -> None:
    folder = write_corpus(tmp_path / "corpus", {"a.pages": "locked"})
    with pytest.raises(CorpusError, match=r"no text in the file in .* \(a\.pages: is locked\)"):
        build(folder, tmp_path / "i")


def test_a_failure_that_may_pass_is_not_kept(corpus: Path, tmp_path: Path, pages: Pages) -> None:
    (corpus / "slow.pages").write_text("slow and steady. It is read at last.")
    first = build(corpus, tmp_path / "i")
    assert ("slow.pages", "took too long") in [(e.path, e.reason) for e in first.left_out]
    assert [r.doc_id for r in OpenIndex.open(tmp_path / "i").catalog.refusals()] == ["locked.pages"]
    pages.read_so_far.clear()
    second = build(corpus, tmp_path / "i")
    assert (second.changed, len(pages.read_so_far)) == (False, 1)
    assert second.left_out == first.left_out
    pages.is_busy = False
    third = build(corpus, tmp_path / "i")
    assert (third.changed, third.embedded) == (True, 1)


def test_verification_proves_the_page_too(corpus: Path, tmp_path: Path, pages: Pages) -> None:
    one = "The only page says this. It says no more."
    (corpus / "a.pages").write_text(one)
    build(corpus, tmp_path / "i")
    (corpus / "a.pages").write_text(f"\f{one}")
    [moved] = verify(OpenIndex.open(tmp_path / "i"), FakeEncoder()).moved
    assert (moved.doc_id, moved.numbers) == ("a.pages", (1,))


def test_a_text_is_what_it_is_whatever_its_id_ends_in() -> None:
    texts: dict[str, str | SourceDocument] = {
        "https://example.org/report.pdf": "Plain text is at hand. If a<b and c>d, then it stays.",
        "https://example.org/page.html": "If e<f and g>h, then that stays.",
        "b.html": "<p>A paragraph <b>here</b>.</p>",
    }
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        found = [p.text for d in retriever.documents() for p in retriever.passages(d.doc_id)]
        assert found == [
            "A paragraph here.",
            "If e<f and g>h, then that stays.",
            "Plain text is at hand. If a<b and c>d, then it stays.",
        ]


@pytest.mark.parametrize(
    "values",
    [
        {"content": None},
        {"content": bytearray(b"x")},
        {"content": "x", "title": b"a"},
        {"content": "x", "fields": {"n": ["a", 3]}},
        {"content": "x", "format": "pdf2"},
    ],
)
def test_a_document_at_hand_that_is_none_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(CorpusError):
        Retriever.from_texts({"a": SourceDocument(**values)})  # type: ignore[arg-type]
    stated = SourceDocument("A text. It ends.", title="a\ud800\nb").head
    assert stated is not None
    assert stated.title == "a? b"
