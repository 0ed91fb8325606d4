"""A place means the passage there; the neighbours of a hit stand around it and can be cited."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_deck import deck, p, shape, title
from small_index import build, write_corpus
from small_pdf import small_pdf
from small_sheet import excel

from index.build import EncoderSource, build_index
from query.citing.citations import Citation, verify_citations
from query.places import NoSuchPassageError, place_named
from query.retriever import Retriever
from query.showing.terminal import Page, render

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


def test_places_can_be_cited(retriever: Retriever, corpus: Path) -> None:
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


def words(page: int, name: str) -> str:
    return f"The {name} paragraph of page {page} says that the ferry sank in the harbour."


# The second paragraph of page 2 goes on on page 3.
PDF = small_pdf(
    [
        [(50, 500, 10, words(1, "only")), (50, 485, 10, "It was a long and cold night there.")],
        [(50, 500, 10, words(2, "first")), (50, 400, 10, words(2, "second")[:-1]),
         (50, 388, 10, "and that the crew of the ferry, which nobody had seen since,")],
        [(50, 500, 10, "was saved in the morning by a ship of the navy of another country."),
         (50, 400, 10, words(3, "last"))],
    ]
)  # fmt: skip
NUMBERED = list(enumerate(("opening", "middle", "closing"), start=1))
HTML = (
    "<html><body><h1>Ferries</h1><p>"
    + "</p><p>".join(
        f"Paragraph {n} of the page says that the ferry sank in the harbour at night."
        for n in (1, 2)
    )
    + "</p><h2>Later</h2><p>Nobody was saved from it until the late morning came.</p></body></html>"
)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    files: dict[str, str | bytes] = {
        "a.txt": "The first are here.\n\nThe second go\nover two lines.\n\nThe third end it.\n",
        "b/a:3.txt": "A name with a colon.\n\nAnd a second paragraph.\n",
        "head.md": "# A title\n\nThe words under it.\n",
        "talk.srt": "1\n00:00:03,000 --> 00:00:05,000\nThe ferry sinks.\n",
        "long.vtt": f"WEBVTT\n\n01:00:03.500 --> 01:00:07.000\n<v Ada>{words(1, 'spoken')}\n\n"
        f"01:12:33.700 --> 01:12:39.000\n<v Jo>{words(2, 'said')}\n",
        "report.pdf": PDF,
        "page.html": HTML,
        "talk.pptx": deck([title(word) + shape(p(words(n, word))) for n, word in NUMBERED]),
        "list.xlsx": excel({"Ships": [["name", "year"], ["ferry", 1912], ["paragraph", 1953]]}),
        "notes.ipynb": json.dumps(
            {"cells": [{"cell_type": "markdown", "source": words(n, w)} for n, w in NUMBERED[1:]]}
        ),
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
        (".:3", "means 10 documents"),
        ("a.txt:7", "ends on line 6"),
        ("talk.srt:1", "no lines"),
        ("a.txt p. 2", r"a\.txt has no pages: name a passage, such as a\.txt#1"),
        ("a.txt 0:00:03", "no times"),
        ("report.pdf p. 9", "no passage on page 9 of report.pdf: .* is 3$"),
        ("talk.srt 0:00:06", r"talk\.srt ends at 0:00:05"),
        ("page.html · Ferries · paragraph 99", "from 1 to"),
        ("a.txt row 2", r"a\.txt has no rows: name a passage"),
        ("talk.pptx slide 9", "no passage on slide 9 of talk.pptx: the nearest slide .* is 3$"),
    ],
)
def test_what_is_no_place_is_refused(places: Retriever, text: str, message: str) -> None:
    with pytest.raises(NoSuchPassageError, match=message):
        place_named(places.searcher, text)


def test_every_place_that_is_printed_finds_its_passage(
    places: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole line under a hit finds that very passage, and file and place one that has it."""
    monkeypatch.chdir(places.corpus.parent)
    page = Page(None, styled=False, corpus=places.corpus)
    ranking = places.retrieve("ferry paragraph", 50)
    assert len(ranking) == sum(record.passages for record in places.documents())
    for hit in ranking:
        lines = render(ranking.reordered([hit]), page).splitlines()
        assert place_named(places.searcher, lines[-1].strip())[1] == hit.passage
        place = hit.passage.locator.after(page.path(hit.passage.doc_id))
        if str(hit.passage.locator):
            found = place_named(places.searcher, place)[1]
            assert found.locator.after(page.path(found.doc_id)) == place


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("report.pdf p. 1", "The only paragraph of page 1"),
        ("report.pdf p. 2", "The first paragraph of page 2"),
        ("report.pdf p. 2-3", "The second paragraph of page 2"),
        ("report.pdf p. 3 (printed iii)", "The last paragraph of page 3"),
        ("long.vtt 1:00:03", "The spoken paragraph"),
        ("long.vtt 0:00:01", "The spoken paragraph"),
        ("long.vtt 1:10:00", "The spoken paragraph"),
        ("long.vtt 1:12:33", "The said paragraph"),
        ("page.html · Later · paragraph 3 of 3 · 0.50", "Nobody was saved"),
        ("talk.pptx slide 2", "The middle paragraph of page 2"),
        ("notes.ipynb cell 2", "The closing paragraph of page 3"),
        ("list.xlsx row 3", "paragraph"),
    ],
)
def test_a_page_and_a_time_mean_a_passage(places: Retriever, text: str, begins: str) -> None:
    assert begins in place_named(places.searcher, text)[1].reading[:50]
