"""What the routes of the page give, of an index that changes, vanishes and comes back."""

import asyncio
import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from page_client import COOKIE, POST, Page, app_over, ask, asked, client_of, page_over
from selectolax.lexbor import LexborHTMLParser
from small_index import CORPUS, build, current_folder, write_corpus
from small_pdf import paragraph, small_pdf

from index.store.publishing import locked_for_writing
from query import Retriever, SearchOptions
from query.answering import AnswerOptions, answer
from query.errors import QueryError
from query.page.asked import Asked
from query.page.pdf_pages import PdfPages
from query.page.recent import Recent
from query.page.service import MOST_IN_STRETCH, PART, MovedError, PageService

pytestmark = pytest.mark.slow

LONG = "\n\n".join(f"Paragraph {n} is about the river. It has number {n}." for n in range(1, 901))
SAID_TWICE = (
    "# Tides\n\nThe tide rises at noon. It falls at six.\n\nSalt was dear.\n\n"
    "The tide rises at noon. It falls at six.\n\nBread was cheap.\n"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    files = CORPUS | {"long.txt": LONG, "tides.md": SAID_TWICE}
    with page_over(tmp_path_factory.mktemp("page"), files) as opened:
        yield opened


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Page]:
    with page_over(tmp_path) as opened:
        yield opened


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# JSON


@pytest.mark.parametrize("explained", [False, True])
@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"q": "who crossed the river"}, SearchOptions(10, matches_only=True)),
        (
            {"q": "bread", "k": 2, "all": 1, "mode": "lexical"},
            SearchOptions(2, mode="lexical"),
        ),
        (
            {"q": "river", "doc": ["east/*", "long.txt"], "where": ["format = txt"]},
            SearchOptions(10, ["east/*", "long.txt"], matches_only=True, where=["format = txt"]),
        ),
        ({"q": "xylophone quartz"}, SearchOptions(10, matches_only=True)),
        (
            {"q": "who crossed the river", "p": "1", "min_score": "0.6"},
            SearchOptions(10, min_score=0.6, most_chance=1, matches_only=True),
        ),
    ],
)
def test_a_search_is_what_the_command_prints_as_json(
    page: Page,
    capsys: pytest.CaptureFixture[str],
    asked: dict[str, str],
    options: SearchOptions,
    explained: bool,
) -> None:
    printed = AnswerOptions(options, True, None, explained=explained)
    answer(page.retriever, asked["q"], printed)
    expected = json.loads(capsys.readouterr().out)
    assert page.json("/api/search", **asked, explain=int(explained)) == expected
    assert ("explain" in expected) == explained


def test_more_like_a_passage_is_ranked_as_for_its_text(page: Page) -> None:
    found = page.json("/api/search", like="long.txt#5", all=1)
    options = SearchOptions(10)
    expected = page.retriever.like("long.txt#5", options).to_dict()
    assert found == expected
    assert found["hits"]


def test_a_passage_is_read_with_its_neighbours(page: Page) -> None:
    read = page.json("/api/passage", id="long.txt#450", before=2, after=1)
    assert [passage["number"] for passage in read["passages"]] == [448, 449, 450, 451]
    assert read["document"]["passages"] == 900
    text = (page.corpus / "long.txt").read_text()
    for passage in read["passages"]:
        assert text[passage["start"] : passage["end"]] == passage["text"]
    edge = page.json("/api/passage", id="long.txt#1", before=5)
    assert [passage["number"] for passage in edge["passages"]] == [1]


def test_documents_are_listed_in_parts(page: Page) -> None:
    everything = page.json("/api/documents")
    ids = [document["doc_id"] for document in everything["documents"]]
    assert ids == [record.doc_id for record in page.retriever.documents()]
    part = page.json("/api/documents", first=2, count=3)
    assert part["documents"] == everything["documents"][1:4]
    assert part["total"] == len(ids)


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
@pytest.mark.parametrize("doc_id", ["long.txt", "tides.md", "winter.txt"])
def test_scores_are_those_of_the_article_alone(page: Page, mode: str, doc_id: str) -> None:
    asked = {"q": "the tide at the river, number 7", "mode": mode, "doc": "east/*"}
    scores = page.json("/api/scores", **asked, doc_id=doc_id)["scores"]
    searcher = page.retriever.searcher
    [vector] = page.retriever.encoder.encode_queries([asked["q"]])
    options = SearchOptions(1000, doc_id, mode)  # type: ignore[arg-type]
    alone = searcher.rank(asked["q"], vector, options)
    expected: dict[str, float] = {}
    for hit in alone:
        for passage_id in (hit.passage.passage_id, *hit.also_in):
            expected[passage_id] = round(hit.score, 6)
    count = len(page.retriever.passages(doc_id))
    assert scores == [expected.get(f"{doc_id}#{n}") for n in range(1, count + 1)]
    if mode == "lexical" and doc_id == "winter.txt":
        assert {*scores} == {None}
    if doc_id == "tides.md":
        assert len(alone) < count  # two of them say the same
        assert scores.count(max(filter(None, scores))) == 2


def test_scores_are_those_of_the_hits_of_the_same_words(page: Page) -> None:
    hits = page.json("/api/search", q="According to the passage, who crossed the river?", all=1)
    for hit in hits["hits"]:
        scores = page.json("/api/scores", q=hits["query"], doc_id=hit["doc_id"])["scores"]
        assert scores[hit["number"] - 1] == hit["score"]


def line_in(article: str) -> str:
    [cited] = LexborHTMLParser(article).css(".cited")
    return cited.text().splitlines()[-1]


def test_a_citation_that_is_copied_is_verified(fresh: Page) -> None:
    line = line_in(fresh.get("/part/article", open="winter.txt#1").text)
    assert fresh.json("/api/verify", line=line)["status"] == "unchanged"
    path = fresh.corpus / "winter.txt"
    path.write_text("A word before it.\n\n" + path.read_text())
    assert fresh.json("/api/verify", line=line)["status"] == "moved"
    path.write_text("Nothing of it.\n")
    assert fresh.json("/api/verify", line=line)["ok"] is False
    refused = fresh.get("/api/verify", line="no citation")
    assert refused.status_code == 400
    assert "no citation" in refused.json()["error"]


def test_a_citation_leads_to_its_passage_though_the_file_is_newer_than_the_index(
    fresh: Page,
) -> None:
    path = fresh.corpus / "winter.txt"
    before = path.read_text()
    for passage_id in ("winter.txt#1", "winter.txt#2"):
        path.write_text(before)
        line = line_in(fresh.get("/part/article", open=passage_id).text)
        assert fresh.json("/api/verify", line=line)["passage_id"] == passage_id
        # Now the first passage stands where the second one did, and the second behind the end.
        path.write_text("A word before it. " * 3 + "\n\n" + before)
        found = fresh.json("/api/verify", line=line)
        assert (found["status"], found["passage_id"]) == ("moved", passage_id)
    path.write_text("Nothing of it.\n")
    assert fresh.json("/api/verify", line=line)["passage_id"] is None


# HTML


def test_the_page_holds_what_its_address_asks(page: Page) -> None:
    whole = page.get("/", q="who crossed the river", open="talks.md#2").text
    hits = page.get("/part/hits", q="who crossed the river").text
    article = page.get("/part/article", q="who crossed the river", open="talks.md#2").text
    assert hits in whole
    assert article in whole
    assert "The truce held" in article
    found = page.json("/api/search", q="who crossed the river")
    first = (found["hits"] or found["nearest"])[0]
    opened = page.get("/part/article", q="who crossed the river").text
    assert f'data-document="{first["doc_id"]}"' in opened
    empty = page.get("/")
    assert empty.status_code == 200
    assert "Ask a question" in page.get("/part/hits").text
    assert page.get("/part/hits").text in empty.text


NO_NUMBERS = (
    {"q": "a", "p": "x"},
    {"q": "a", "p": "1.5"},
    {"q": "a", "p": "nan"},
    {"q": "a", "min_score": "inf"},
    {"q": "a", "min_score": "0.3.1"},
)


def test_a_question_that_cannot_be_meant_is_told_on_the_page(page: Page) -> None:
    for parameters in (
        {"q": "a", "mode": "x"},
        {"q": "a", "doc": "nothing"},
        {"q": " ", "k": "x"},
        *NO_NUMBERS,
    ):
        reply = page.get("/", **parameters)
        assert reply.status_code == 400
        assert "</html>" in reply.text
        assert page.get("/part/hits", **parameters).status_code == 400
        assert page.get("/api/search", **parameters).json().keys() == {"error"}
    assert "nothing" in page.get("/part/hits", q="a", doc="nothing").text
    # What was asked stays there, to be mended.
    assert 'value="ferries"' in page.get("/", q="ferries", doc="nothing").text


@pytest.mark.parametrize("k", ["0", "101", "-1", "1.0", "²", "0000000019999", "1" * 5000])
def test_no_more_hits_are_given_than_a_page_shows(page: Page, k: str) -> None:
    assert page.get("/api/search", q="paragraph", all=1, k=k).status_code == 400
    assert len(page.json("/api/search", q="paragraph", all=1, k="0100")["hits"]) == 100
    assert page.get("/api/documents", count=k).status_code == (200 if k == "101" else 400)


def test_a_long_article_comes_in_stretches(page: Page) -> None:
    whole = page.get("/part/article", open="long.txt#450").text
    assert "Paragraph 450 is" in whole
    assert whole.count("Paragraph ") <= MOST_IN_STRETCH
    parts = [part.css(".passage") for part in LexborHTMLParser(whole).css(".text > .part")]
    assert [len(part) for part in parts] == [0] * 6 + [PART] * 3 + [0] * 6
    assert [*(each.attributes["data-number"] for part in parts for each in part)] == [
        *map(str, range(6 * PART + 1, 9 * PART + 1))
    ]
    stretch = page.get("/part/stretch", doc_id="long.txt", first=301, last=900).text
    assert "Paragraph 301 is" in stretch
    assert stretch.count("Paragraph ") == MOST_IN_STRETCH
    assert "Paragraph 301 is" in page.get("/part/stretch", doc_id="long.txt", first=301).text
    last = page.get("/part/article", open="long.txt#900").text
    assert "Paragraph 900 is" in last
    assert page.get("/part/stretch", doc_id="long.txt", first=901).text == ""
    assert page.get("/part/stretch", doc_id="long.txt", first="x").status_code == 400


def test_an_explanation_is_of_any_passage(page: Page) -> None:
    asked = {"q": "who crossed the river"}
    reply = page.get("/part/explain", **asked, passage="long.txt#7")
    assert reply.status_code == 200
    assert 'data-passage="long.txt#7"' in reply.text
    assert page.get("/part/explain", **asked, passage="long.txt#901").status_code == 404
    assert page.get("/part/explain", passage="long.txt#7").status_code == 400


def test_names_of_documents_are_found_by_their_words(page: Page, tmp_path: Path) -> None:
    assert "east/river.txt" in page.get("/part/documents", like="RIVER east").text
    assert "east/bread.txt" not in page.get("/part/documents", like="east river").text
    assert page.get("/part/documents", like="x" * 5000).text == ""
    files = {f"many/{n}.txt": "One word here.\n" for n in range(120)}
    with page_over(tmp_path, files) as many:
        assert many.get("/part/documents", like="many").text.count("<option") == 50


def test_one_question_is_searched_once(fresh: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[str] = []
    search = Retriever.search

    def counted(self: Retriever, queries: list[str], options: SearchOptions) -> object:
        searched.extend(queries)
        return search(self, queries, options)

    monkeypatch.setattr(Retriever, "search", counted)
    asked = {"q": "who crossed the river"}
    fresh.get("/part/hits", **asked)
    fresh.get("/part/article", **asked, open="talks.md#1")
    fresh.get("/part/explain", **asked, passage="talks.md#1")
    fresh.get("/api/scores", **asked, doc_id="talks.md")
    assert searched == ["who crossed the river"]
    fresh.rebuild(new__txt="Something new.\n")
    fresh.get("/part/hits", **asked)
    assert searched == ["who crossed the river"] * 2


def test_a_browser_that_has_left_is_not_answered(page: Page) -> None:
    asked = "/part/hits?q=who+crossed+the+bank"
    assert ask(page.client.app, asked, ("cookie", COOKIE), gone=True).status == 499
    assert ask(page.client.app, asked, ("cookie", COOKIE)).status == 200


@pytest.mark.parametrize("path", ["/part/hits?q=river+{}", "/pdf/page?doc_id=winter.txt&page={}"])
def test_what_takes_long_does_not_keep_the_rest_waiting(
    fresh: Page, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    goes_on = threading.Event()

    def wait(*_: object) -> None:
        assert goes_on.wait(30)
        raise QueryError("enough")

    monkeypatch.setattr(fresh.service, "ask", wait)
    monkeypatch.setattr(PdfPages, "image", wait)
    app, cookie = fresh.client.app, ("cookie", COOKIE)

    async def several() -> None:
        waiting = [
            asyncio.create_task(asked(app, path.format(number), cookie)) for number in range(1, 40)
        ]
        await asyncio.sleep(0.1)
        status = await asyncio.wait_for(asked(app, "/api/status", cookie), 20)
        assert status.status == 200
        goes_on.set()
        assert {(await task).status for task in waiting} == {400}

    asyncio.run(several())


def test_the_script_is_sent_again_if_it_has_changed(page: Page) -> None:
    first = page.client.get("/assets/page.js")
    assert first.headers["content-type"] == "text/javascript; charset=utf-8"
    again = page.client.get("/assets/page.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    assert page.client.get("/assets/app.py").status_code == 404


# Pages of PDFs

LINES = ["The harbour was built in the year of the great storm.", "It has been in use ever since."]


def test_a_pdf_is_shown_as_pages_with_the_passage_lit(tmp_path: Path) -> None:
    data = small_pdf([[], paragraph(50, 500, LINES)])
    with page_over(tmp_path, {"harbour.pdf": data, "a.txt": "The harbour.\n"}) as page:
        picture = page.get("/pdf/page", doc_id="harbour.pdf", page=2, width=300)
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["cache-control"] == "no-store"
        assert picture.content.startswith(b"\x89PNG")
        asked = {"q": "great storm harbour", "all": "1", "passage": "harbour.pdf#1"}
        first, second = LexborHTMLParser(page.get("/part/sheets", **asked, width=300).text).css(
            ".sheet"
        )
        assert not first.css("rect")
        places = [
            {name: box.attributes[name] for name in ("x", "y", "width", "height")}
            for box in second.css("rect")
        ]
        assert len(places) == 3
        assert second.css("rect.best")[0].attributes["y"] == places[0]["y"] == places[2]["y"]
        shown = second.css("img")[0].attributes["src"] or ""
        assert page.client.get(shown).content == picture.content
        for doc_id, number in (("harbour.pdf", 3), ("a.txt", 1), ("../harbour.pdf", 1)):
            assert page.get("/pdf/page", doc_id=doc_id, page=number).status_code == 404
        assert page.get("/pdf/page", doc_id="harbour.pdf", page="x").status_code == 400
        (page.corpus / "harbour.pdf").write_bytes(small_pdf([paragraph(50, 500, LINES)]))
        assert "its text is shown" in page.get("/part/sheets", **asked).text
        assert page.get("/pdf/page", doc_id="harbour.pdf", page=2, width=300).status_code == 404
    assert page.told == []


# An index that changes


def test_each_answer_is_of_the_newest_generation(fresh: Page) -> None:
    before = fresh.json("/api/status")["generation"]
    assert not fresh.json("/api/search", q="zeppelin", mode="lexical")["hits"]
    fresh.rebuild(new__txt="A zeppelin rose over the bank.\n")
    hits = fresh.json("/api/search", q="zeppelin", mode="lexical", all=1)["hits"]
    assert [hit["doc_id"] for hit in hits] == ["new.txt"]
    assert "zeppelin" in fresh.get("/part/article", open="new.txt#1").text
    now = fresh.json("/api/status")["generation"]
    assert now != before
    for path in ("/part/article", "/part/stretch", "/part/explain", "/api/scores", "/part/hits"):
        asked = {"q": "bank", "open": "new.txt#1", "doc_id": "new.txt", "passage": "new.txt#1"}
        moved = fresh.get(path, **asked, generation=before)
        assert moved.status_code == 409
        assert "ask the question again" in moved.text
        assert fresh.get(path, **asked, generation=now).status_code == 200


def test_an_answer_of_another_generation_is_not_explained(fresh: Page) -> None:
    answered = fresh.service.ask(Asked(question="river"))
    assert fresh.service.values(answered, explained=True)
    fresh.rebuild(new__txt="A zeppelin rose over the bank.\n")
    with pytest.raises(MovedError):
        fresh.service.values(answered, explained=True)
    with pytest.raises(MovedError):
        fresh.service.explain(answered, "east/river.txt#1")


@pytest.mark.parametrize("kind", ["gone", "CURRENT", "MANIFEST.json"])
def test_an_index_that_cannot_be_read_is_told_until_it_is_back(fresh: Page, kind: str) -> None:
    asked = {"q": "who crossed the river"}
    expected = fresh.json("/api/search", **asked)
    away = fresh.directory.with_name("away")
    if kind == "gone":
        fresh.directory.rename(away)
    elif kind == "CURRENT":
        (fresh.directory / "CURRENT").rename(away)
        (fresh.directory / "CURRENT").write_text("garbage")
    else:
        # Another generation is published, and damaged at once.
        fresh.rebuild(new__txt="Something new.\n")
        (fresh.corpus / "new.txt").unlink()
        (current_folder(fresh.directory) / kind).write_text("{}")
    for path in ("/", "/part/hits", "/part/article", "/api/search"):
        reply = fresh.get(path, **asked)
        assert reply.status_code == 503, path
        assert "index" in reply.text
    assert fresh.json("/api/status")["problem"]
    if kind == "gone":
        away.rename(fresh.directory)
    elif kind == "CURRENT":
        away.replace(fresh.directory / "CURRENT")
    else:
        build(fresh.corpus, fresh.directory, replace_other=True)
    assert fresh.json("/api/search", **asked) == expected
    assert fresh.get("/", **asked).status_code == 200
    assert fresh.json("/api/status")["problem"] is None


def test_an_index_that_was_damaged_in_place_works_again_when_it_is_back(tmp_path: Path) -> None:
    with page_over(tmp_path, {"long.txt": LONG}) as page:
        expected = page.json("/api/search", q="number 7")
        kept = page.directory.with_name("kept")
        shutil.copytree(page.directory, kept)
        catalog = current_folder(page.directory) / "catalog.sqlite"
        size = catalog.stat().st_size
        with catalog.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(size - 4096))
        reply = page.get("/api/passage", id="long.txt#800")
        assert reply.status_code == 503
        assert catalog.name in reply.json()["error"]
        # It is the same generation again, in other files.
        shutil.rmtree(page.directory)
        kept.rename(page.directory)
        read = page.json("/api/passage", id="long.txt#800")
        assert read["passages"][0]["text"].startswith("Paragraph 800")
        assert page.json("/api/search", q="number 7") == expected


def test_several_indexes_are_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    encoder, directories = FakeEncoder(), [tmp_path / "i1", tmp_path / "i2"]
    for name, directory in zip(("one", "two"), directories, strict=True):
        build(write_corpus(tmp_path / name, {"a.txt": f"The ferry of {name}.\n"}), directory)
    told: list[str] = []
    with (
        Retriever.open(directories, encoder=encoder) as retriever,
        app_over(retriever, directories, told) as (_, app),
    ):
        client = client_of(app)
        found = client.get("/api/search?q=ferry&all=1").json()
        assert {hit["doc_id"] for hit in found["hits"]} == {"one/a.txt", "two/a.txt"}
        (tmp_path / "two" / "b.txt").write_text("The ferry comes back.\n")
        assert client.get("/api/status").json()["up_to_date"] is False
        client.post("/api/update", headers=POST)
        until(lambda: client.get("/api/status").json()["update"]["done"] == 1)
        found = client.get("/api/search?q=comes+back&all=1&mode=lexical").json()
        assert [hit["doc_id"] for hit in found["hits"]] == ["two/b.txt"]
        assert client.get("/api/status").json()["update"]["problem"] is None
    assert told == []


# The update


def status_of(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.json("/api/status")["update"]
    return found


def test_the_index_is_brought_up_to_date_and_the_page_moves_on(fresh: Page) -> None:
    assert fresh.json("/api/status")["up_to_date"]
    (fresh.corpus / "new.txt").write_text("A zeppelin rose over the bank.\n")
    until(lambda: fresh.json("/api/status")["up_to_date"] is False)
    assert "have changed" in fresh.json("/api/status")["changed"]
    started = fresh.client.post("/api/update", headers=POST)
    assert started.status_code == 202
    until(lambda: status_of(fresh)["done"] == 1)
    assert status_of(fresh) == {"running": False, "progress": "", "problem": None, "done": 1}
    assert fresh.json("/api/status")["up_to_date"]
    assert fresh.json("/api/search", q="zeppelin", mode="lexical", all=1)["hits"]


def test_one_update_runs_at_a_time_and_says_how_far_it_is(
    fresh: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, begun = threading.Event(), []

    def update(*_: object, **__: object) -> None:
        begun.append(1)
        assert goes_on.wait(30)

    monkeypatch.setattr("query.page.index_update.update_index", update)
    for _ in range(3):
        started = fresh.client.post("/api/update", headers=POST).json()["update"]
        assert started["running"]
        assert started["progress"]
    # Questions are answered meanwhile.
    assert fresh.json("/api/search", q="river")
    goes_on.set()
    until(lambda: not status_of(fresh)["running"])
    assert (begun, status_of(fresh)["done"]) == ([1], 1)


@pytest.mark.parametrize("what", ["busy", "folder", "unexpected"])
def test_an_update_that_fails_says_why_in_a_line(
    fresh: Page, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("query.page.index_update._LONGEST_WAIT", 0.1)
    before = fresh.json("/api/status")["generation"]
    if what == "folder":
        fresh.corpus.rename(fresh.corpus.with_name("elsewhere"))
    if what == "unexpected":

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("boom")

        monkeypatch.setattr("query.page.index_update.update_index", fail)

    def update() -> str:
        fresh.client.post("/api/update", headers=POST)
        until(lambda: status_of(fresh)["done"] == 1)
        return str(status_of(fresh)["problem"])

    if what == "busy":
        with locked_for_writing(fresh.directory):
            problem = update()
    else:
        problem = update()
    assert {"busy": "writing", "folder": "corpus", "unexpected": "boom"}[what] in problem
    assert "\n" not in problem
    assert len(fresh.told) == (what == "unexpected")
    assert fresh.json("/api/status")["generation"] == before
    assert fresh.get("/api/search", q="river").status_code == 200


def test_an_index_in_milvus_is_neither_called_up_to_date_nor_updated(page: Page) -> None:
    told: list[str] = []
    with app_over(page.retriever, [], told) as (_, app):  # as `NamedIndex` names one
        client = client_of(app)
        refused = client.post("/api/update", headers=POST)
        assert refused.status_code == 400
        assert "Milvus" in refused.json()["error"]
        status = client.get("/api/status").json()
        assert (status["up_to_date"], status["changed"]) == (None, None)
        assert status["update"]["done"] == 0
        shown = client.get("/").text
        assert "Up to date" not in shown
        assert 'data-do="update" hidden' in shown
    assert told == []


# The editor


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with editors that write their arguments down, and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("vim", "gedit", "emacs", "xdg-open"):
        script = folder / name
        ends = "exit 3" if name == "xdg-open" else ""
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/log\n{ends}\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}")
    monkeypatch.setattr("sys.platform", "linux")
    return folder


def opened(page: Page, passage: str) -> tuple[int, dict[str, str]]:
    reply = page.client.post("/api/open", params={"passage": passage}, headers=POST)
    return reply.status_code, reply.json()


def test_a_file_is_opened_in_an_editor_with_a_window(tmp_path: Path, programs: Path) -> None:
    with page_over(tmp_path, environment={"EDITOR": "gedit"}) as page:
        status, said = opened(page, "winter.txt#2")
        assert (status, said) == (200, {"opened": "winter.txt", "with": "gedit"})
        until((tmp_path / "log").exists)
        until(lambda: bool((tmp_path / "log").read_text()))
        assert (tmp_path / "log").read_text().split() == ["+3", str(page.corpus / "winter.txt")]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"EDITOR": "vim"}, "vim +3 {corpus}/winter.txt"),
        ({"VISUAL": "emacs"}, "emacs +3 {corpus}/winter.txt"),
        ({"VISUAL": "emacs -nw", "DISPLAY": ":0"}, "emacs -nw +3 {corpus}/winter.txt"),
        ({"EDITOR": "nothing"}, "EDITOR names nothing, which is not found"),
        ({}, "xdg-open ended with status 3"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_what_to_type(
    tmp_path: Path, programs: Path, environment: dict[str, str], message: str
) -> None:
    with page_over(tmp_path, environment=environment) as page:
        status, said = opened(page, "winter.txt#2")
        assert status == 400
        assert message.format(corpus=page.corpus) in said["error"]
        assert (tmp_path / "log").exists() == (not environment)


def test_without_a_viewer_it_is_said_what_is_missing(tmp_path: Path, programs: Path) -> None:
    (programs / "xdg-open").unlink()
    with page_over(tmp_path) as page:
        assert (
            "there is nothing to open winter.txt with" in opened(page, "winter.txt#2")[1]["error"]
        )


def test_a_file_that_is_gone_or_a_link_is_not_opened(tmp_path: Path, programs: Path) -> None:
    with page_over(tmp_path, environment={"EDITOR": "gedit"}) as page:
        path = page.corpus / "winter.txt"
        path.unlink()
        assert "not there any more" in opened(page, "winter.txt#1")[1]["error"]
        (tmp_path / "other.txt").write_text("Outside.")
        path.symlink_to(tmp_path / "other.txt")
        assert "leads out of its folder" in opened(page, "winter.txt#1")[1]["error"]
        assert not (tmp_path / "log").exists()


# What is kept


def test_a_value_is_made_once_among_threads() -> None:
    recent: Recent[str, int] = Recent(2)
    made, barrier = [], threading.Barrier(8)

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    found: list[int] = []

    def get() -> None:
        barrier.wait()
        found.append(recent.get("a", make))

    threads = [threading.Thread(target=get) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, made) == ([1] * 8, [1])


def test_the_oldest_value_goes_and_a_failure_is_not_kept() -> None:
    recent: Recent[str, str] = Recent(2)
    assert [recent.get(key, key.upper) for key in "abacba"] == list("ABACBA")
    assert recent.get("a", lambda: "kept?") == "A"
    assert recent.get("c", lambda: "made anew") == "made anew"

    def fail() -> str:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        recent.get("x", fail)
    assert recent.get("x", lambda: "x") == "x"


def test_an_answer_is_another_if_anything_but_what_is_open_is(page: Page) -> None:
    service = PageService(page.retriever)
    asked = Asked(question="who crossed the river")
    first = service.ask(asked)
    assert service.ask(replace(asked, opened="talks.md#1")).ranking is first.ranking
    assert service.ask(replace(asked, opened="talks.md#1")).asked.opened == "talks.md#1"
    assert service.ask(replace(asked, k=2)).ranking is not first.ranking
