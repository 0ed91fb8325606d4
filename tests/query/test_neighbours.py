"""Neighbours of a hit are the paragraphs around it, and can be cited."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import build, write_corpus

from index.build import EncoderSource, build_index
from query.citing.citations import Citation, verify_citations
from query.neighbours import NoSuchPassageError, place_named
from query.retriever import Retriever

PARAGRAPHS = [f"Paragraph {word} is about a thing." for word in ("one", "two", "three", "four")]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for name in ("a.txt", "b#2.txt", "c.txt"):
        text = "\n\n".join(f"{paragraph} In {name} it is." for paragraph in PARAGRAPHS)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def retriever(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    directory, encoder = tmp_path_factory.mktemp("index"), FakeEncoder()
    build_index(corpus, directory, EncoderSource.of(encoder))
    with Retriever.open(directory, encoder=encoder) as opened:
        yield opened


def test_expand_gives_the_hit_among_its_neighbours(retriever: Retriever) -> None:
    [hit] = retriever.retrieve("paragraph three", k=1, docs="b*")
    assert hit.passage.number == 3
    assert [passage.number for passage in retriever.expand(hit)] == [2, 3, 4]
    assert [passage.number for passage in retriever.expand(hit, 0, 0)] == [3]
    assert [passage.number for passage in retriever.expand(hit, 9, 9)] == [1, 2, 3, 4]
    assert {passage.doc_id for passage in retriever.expand(hit, 9, 9)} == {"b#2.txt"}
    assert retriever.expand(hit, 0, 0) == (hit.passage,)


def test_neighbours_can_be_cited(retriever: Retriever, corpus: Path) -> None:
    [hit] = retriever.retrieve("paragraph two", k=1)
    citations = [
        Citation.of(number, hit.document, passage.start, passage.text)
        for number, passage in enumerate(retriever.expand(hit, 1, 2), start=1)
    ]
    assert len(citations) == 4
    assert {result.status for result in verify_citations(citations, corpus)} == {"unchanged"}


def test_a_hit_of_another_generation_is_refused(retriever: Retriever) -> None:
    [hit] = retriever.retrieve("paragraph two", k=1)
    other = replace(hit, passage=replace(hit.passage, text="Other words."))
    with pytest.raises(NoSuchPassageError, match="the index has changed"):
        retriever.expand(other)


def test_fewer_than_none_is_refused(retriever: Retriever) -> None:
    [hit] = retriever.retrieve("paragraph two", k=1)
    with pytest.raises(NoSuchPassageError, match="-1 passages before"):
        retriever.expand(hit, before=-1)


def test_read_by_id(retriever: Retriever) -> None:
    document, passages = retriever.read("b#2.txt#4", before=1)
    assert document.doc_id == "b#2.txt"
    assert [passage.passage_id for passage in passages] == ["b#2.txt#3", "b#2.txt#4"]
    assert passages[1].text == "Paragraph four is about a thing. In b#2.txt it is."


@pytest.mark.parametrize("name", ["b#2.txt", "a.txt#0", "a.txt#5", "a.txt#01", "a.txt#²", "", "#1"])
def test_no_such_passage(retriever: Retriever, name: str) -> None:
    with pytest.raises(NoSuchPassageError, match="no passage"):
        retriever.read(name)


def test_documents_in_order(retriever: Retriever) -> None:
    assert [record.doc_id for record in retriever.documents()] == ["a.txt", "b#2.txt", "c.txt"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    files = {
        "a.txt": "The first are here.\n\nThe second go\nover two lines.\n\nThe third end it.\n",
        "b/a:3.txt": "A name with a colon.\n\nAnd a second paragraph.\n",
        "head.md": "# A title\n\nThe words under it.\n",
        "talk.srt": "1\n00:00:03,000 --> 00:00:05,000\nThe ferry sinks.\n",
    }
    folder = write_corpus(tmp_path_factory.mktemp("places"), files)
    directory, encoder = tmp_path_factory.mktemp("index"), FakeEncoder()
    build(folder, directory, encoder)
    with Retriever.open(directory, encoder=encoder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "passage_id"),
    [
        ("a.txt#2", "a.txt#2"),
        ("a.txt:1", "a.txt#1"),
        ("a.txt:2", "a.txt#1"),
        ("a.txt:3", "a.txt#2"),
        ("a.txt:4", "a.txt#2"),
        ("a.txt:6", "a.txt#3"),
        ("b/a:3.txt#2", "b/a:3.txt#2"),
        ("b/a:3.txt:3", "b/a:3.txt#2"),
        ("./b/a:3.txt:1", "b/a:3.txt#1"),
        ("talk.srt#1", "talk.srt#1"),
        ("head.md:1", "head.md#1"),
    ],
)
def test_a_place_means_the_passage_that_stands_there(
    places: Retriever, text: str, passage_id: str
) -> None:
    document, passage = place_named(places.searcher, text)
    assert (passage.passage_id, document.doc_id) == (passage_id, passage.doc_id)


def test_a_place_is_found_by_the_path_that_is_printed(places: Retriever) -> None:
    path = os.path.relpath(places.corpus / "a.txt")
    assert place_named(places.searcher, f"{path}:4")[1].passage_id == "a.txt#2"
    assert place_named(places.searcher, f"{path}#3")[1].passage_id == "a.txt#3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.txt", "FILE:LINE"),
        ("", "FILE:LINE"),
        ("a.txt:0", "FILE:LINE"),
        ("a.txt#9", "from 1 to 3"),
        ("a.tx:3", "their names are like a.txt"),
        ("b/nothing.txt:1", "no document"),
        (".:3", "means 4 documents"),
        ("a.txt:7", "ends on line 6"),
        ("talk.srt:1", "no lines"),
    ],
)
def test_what_is_no_place_is_refused(places: Retriever, text: str, message: str) -> None:
    with pytest.raises(NoSuchPassageError, match=message):
        place_named(places.searcher, text)
