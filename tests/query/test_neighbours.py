"""Neighbours of a hit are the paragraphs around it, and can be cited."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from index.build import EncoderSource, build_index
from query.citing.citations import Citation, verify_citations
from query.neighbours import NoSuchPassageError
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
