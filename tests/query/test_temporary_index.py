"""Retrievers made on the spot: exact, and leaving nothing behind."""

import gc
import tempfile
import threading
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from index.build import EncoderSource, build_index
from index.errors import CorpusError
from index.types import SourceDocument
from query import build_context, verify_citations
from query.retriever import Retriever

TEXTS = {
    "weather": "Winter came early that year.\n\nSnow lay on the river bank.",
    "food/bread.md": "# Bread\n\nBread and *salt* were on the table.\n",
    "#odd id, with: signs?": "Money is in the bank.",
}


@pytest.fixture(autouse=True)
def few_unrelated_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build asks hundreds of them, which are not what is tested here."""
    monkeypatch.setattr(
        "index.scoring.calibration.unrelated_questions", lambda: ["one two", "three", "four"]
    )


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything temporary goes here, and can be looked at."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_texts_keep_their_ids_and_offsets() -> None:
    with Retriever.from_texts(TEXTS, encoder=FakeEncoder()) as retriever:
        hits = retriever.retrieve("bread salt river bank winter", k=9)
        assert {hit.passage.doc_id for hit in hits} == set(TEXTS)
        for hit in hits:
            text = TEXTS[hit.passage.doc_id]
            assert text[hit.passage.start : hit.passage.end] == hit.text
        assert retriever.retrieve("winter came early", k=1)[0].passage.passage_id == "weather#1"


def test_texts_of_a_list_have_their_numbers_as_ids() -> None:
    texts = [f"Page {number} tells of bread." for number in range(1, 12)]
    texts[9] = "Winter came early.\n\nSnow lay on the river bank."
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        assert {record.doc_id for record in retriever.documents()} == {
            str(number) for number in range(1, 12)
        }
        [hit] = retriever.retrieve("snow river bank", k=1)
        assert hit.passage.passage_id == "10#2"
        assert texts[int(hit.passage.doc_id) - 1][hit.passage.start : hit.passage.end] == hit.text
        assert retriever.text("10") == texts[9]
        context = build_context([hit], max_tokens=200)
    assert 'source="10:3"' in context.text
    [holds] = verify_citations(context.citations, texts)
    [gone] = verify_citations(context.citations, [*texts[:9], "Other words."])
    [missing] = verify_citations(context.citations, texts[:9])
    assert [each.status for each in (holds, gone, missing)] == ["unchanged", "gone", "gone"]
    assert str(holds) == f"[1] 10 {hit.passage.start}..{hit.passage.end}: unchanged"


def test_a_set_of_texts_has_no_numbers() -> None:
    with pytest.raises(CorpusError, match="give a list"):
        Retriever.from_texts({"One text.", "Another text."})  # type: ignore[arg-type]


def test_one_text_is_not_taken_for_a_list_of_characters() -> None:
    with pytest.raises(CorpusError, match="one text and not several"):
        Retriever.from_texts("Winter came early.", encoder=FakeEncoder())


def test_texts_are_read_as_files_of_their_name_would_be(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    for doc_id in ("weather.txt", "food/bread.md"):
        path = folder / doc_id
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXTS[doc_id.removesuffix(".txt")], encoding="utf-8")
    texts = {"weather.txt": TEXTS["weather"], "food/bread.md": TEXTS["food/bread.md"]}
    encoder = FakeEncoder()
    with (
        Retriever.from_texts(texts, encoder=encoder) as made,
        Retriever.from_folder(folder, encoder=encoder) as read,
    ):
        assert made.retrieve("bread bank", k=9).hits == read.retrieve("bread bank", k=9).hits
        assert made.documents() == read.documents()


def test_a_folder_is_not_written_into(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(TEXTS["weather"], encoding="utf-8")
    with Retriever.from_folder(str(folder), encoder=FakeEncoder()) as retriever:
        assert len(retriever) == 2
        assert retriever.corpus == folder.resolve()
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_closing_removes_the_files(temporary: Path) -> None:
    retriever = Retriever.from_texts(TEXTS, encoder=FakeEncoder())
    assert len(list(temporary.iterdir())) == 1
    retriever.close()
    assert list(temporary.iterdir()) == []
    retriever.close()


def test_being_forgotten_removes_the_files(temporary: Path) -> None:
    retriever = Retriever.from_texts(TEXTS, encoder=FakeEncoder())
    assert len(list(temporary.iterdir())) == 1
    del retriever
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "doc_id", ["https://example.org/a?b=c#d", "doi:10.1000/182", "a//b/./c/", " a b ", "#1", "."]
)
def test_an_id_is_any_name(doc_id: str) -> None:
    # Where the id is a glob as well, another that fits it.
    texts = {doc_id.replace("?", "/"): "A river.", doc_id: "A river is a road. It flows."}
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        hits = retriever.retrieve("river road", docs=doc_id)
        assert [hit.passage.passage_id for hit in hits] == [f"{doc_id}#1"]
        record, [passage] = retriever.read(f"{doc_id}#1")
        assert (record.doc_id, passage.text) == (doc_id, texts[doc_id])
        context = build_context(hits, max_tokens=500)
        assert [v.status for v in verify_citations(context.citations, texts)] == ["unchanged"]


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {"a": " \n"},
        {"a": "***"},
        {"a\nb": "Text."},
        {"": "Text."},
        {"/a/b": "Text."},
        {"a/../../b": "Text."},
        {"a.md": "<!-- hello -->"},
        {1: "Text."},
        {"a": b"Text."},
        [],
        ["Text.", b"Text."],
        "One text, whose characters are not meant.",
        b"Bytes.",
        SourceDocument("Text."),
        None,
        7,
    ],
)
def test_what_cannot_be_indexed_leaves_nothing(temporary: Path, texts: dict[str, str]) -> None:
    with pytest.raises(CorpusError) as caught:
        Retriever.from_texts(texts, encoder=FakeEncoder())
    assert str(temporary) not in str(caught.value)
    assert list(temporary.iterdir()) == []


def test_a_folder_without_articles_leaves_nothing(temporary: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "none", temporary):
        with pytest.raises(CorpusError):
            Retriever.from_folder(folder, encoder=FakeEncoder())
    assert list(temporary.iterdir()) == []


def test_lone_surrogates_are_replaced() -> None:
    with Retriever.from_texts({"a": "Snow \ud800 fell."}, encoder=FakeEncoder()) as retriever:
        assert retriever.retrieve("snow", k=1)[0].text == "Snow \ufffd fell."


def test_refresh_moves_to_what_was_published_meanwhile(tmp_path: Path) -> None:
    corpus, directory, encoder = tmp_path / "corpus", tmp_path / "index", FakeEncoder()
    corpus.mkdir()
    (corpus / "a.txt").write_text(TEXTS["weather"], encoding="utf-8")
    build_index(corpus, directory, EncoderSource.of(encoder))
    with Retriever.open(directory, encoder=encoder) as retriever:
        assert not retriever.refresh()
        (corpus / "b.txt").write_text("Money is there.", encoding="utf-8")
        build_index(corpus, directory, EncoderSource.of(encoder))
        assert len(retriever.retrieve("money", k=9)) == 2
        assert retriever.refresh()
        assert len(retriever.retrieve("money", k=9)) == 3
        assert len(retriever) == 3
        assert [record.doc_id for record in retriever.documents()] == ["a.txt", "b.txt"]


def test_threads_share_a_retriever_while_it_is_refreshed(tmp_path: Path) -> None:
    """Every ranking is whole and of one generation, whatever is published meanwhile."""
    corpus, directory, encoder = tmp_path / "corpus", tmp_path / "index", FakeEncoder()
    corpus.mkdir()
    versions = [f"Snow fell in the year {year}.\n\nIt was the year {year}." for year in range(12)]
    (corpus / "a.txt").write_text(versions[0], encoding="utf-8")
    build_index(corpus, directory, EncoderSource.of(encoder))
    wrong: list[object] = []
    done = threading.Event()

    def ask(retriever: Retriever) -> None:
        while not done.is_set():
            try:
                hits = retriever.retrieve("snow year", k=2)
                years = {hit.text.rstrip(".").split()[-1] for hit in hits}
                if len(hits) != 2 or len(years) != 1:
                    wrong.append([hit.text for hit in hits])
            except Exception as error:
                wrong.append(error)

    with Retriever.open(directory, encoder=encoder) as retriever:
        threads = [threading.Thread(target=ask, args=(retriever,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for version in versions[1:]:
            (corpus / "a.txt").write_text(version, encoding="utf-8")
            build_index(corpus, directory, EncoderSource.of(encoder))
            assert retriever.refresh()
        done.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_subtitles_at_hand_are_read_as_subtitles() -> None:
    texts = {"a.srt": "1\n00:00:01,000 --> 00:00:04,000\nSnow fell on the harbour.\n"}
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        [passage] = retriever.passages("a.srt")
    assert (passage.text, passage.locator.time) == ("Snow fell on the harbour.", 1.0)
