"""The HTML of the page: what a reader sees of a passage, and nothing of a source that is live."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from fake_hits import hits_of, passages_of, ranking_of
from small_index import build, write_corpus

from index import Passage
from index.types import Head
from query import Retriever
from query.explaining.explanation import ExplainedVerdict
from query.page import views
from query.page.asked import Asked
from query.page.service import Answered, PageService
from query.page.views.html import Html, tag, text
from query.page.views.passages import Marks, body

VERDICT = ExplainedVerdict(0.5, 0.1, 0.2, 0.4, 0.45, 0.01, 0.05)


class Elements(HTMLParser):
    """Every element of some markup, with its attributes; and all of the text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((name, dict(attributes)))
        if name not in {"br", "img", "input", "link", "meta"}:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.text += data

    def names(self) -> list[str]:
        return [name for name, _ in self.found]


@contextmanager
def passages_in(scratch: Path, files: Mapping[str, str]) -> Iterator[list[Passage]]:
    """All passages of some files."""
    corpus, directory = write_corpus(scratch / "corpus", files), scratch / "index"
    build(corpus, directory, FakeEncoder())
    with Retriever.open(directory, encoder=FakeEncoder()) as retriever:
        searcher = retriever.searcher
        yield [
            passage
            for document in searcher.documents()
            for passage in searcher.passages_of(document, 1, document.passages)
        ]


def plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


def test_text_is_escaped_and_markup_is_not_escaped_twice() -> None:
    element = tag("p", "<b>&", tag("i", "\u202ex\x1b"), title='"><script>')
    assert element == ('<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;<i>\\u202ex\\x1b</i></p>')
    assert text(element) == element
    assert isinstance(text("a"), Html)


@pytest.mark.parametrize("name", ["title", "aria_label", "alt", "placeholder"])
def test_attributes_that_are_read_hold_no_controls(name: str) -> None:
    assert "\u202e" not in tag("p", **{name: "a\u202eb"})
    assert tag("p", data_id="a\u202eb").count("\u202e") == 1  # a name has to stay what it is


def test_headings_lists_tables_and_code_are_what_they_are(tmp_path: Path) -> None:
    source = (
        "---\ntitle: T\n---\n# Relays\n\nSome **bold** [words](http://x.example/) here."
        "\n\n## Wiring\n\n"
        "- one\n- two\n  - deep\n\n| a | b |\n|---|---|\n| 1 | 2 &amp; 3 |"
        "\n\n```\nif x:\n    y()\n```\n"
    )
    with passages_in(tmp_path, {"a.md": source}) as passages:
        shown = "".join(map(body, passages))
    assert '<h3 dir="auto">Relays</h3>' in shown
    assert '<h4 dir="auto">Wiring</h4>' in shown
    assert plain(shown).startswith("Relays Some bold words here. Wiring")
    assert re.findall(r"<li[^>]*>([^<]*)</li>", shown) == ["- one\n", "- two\n", "  - deep"]
    assert shown.count("<ul>") == shown.count("<table>") == shown.count("<pre ") == 1
    assert re.findall(r"<td[^>]*>([^<]*)</td>", shown) == [" a ", " b ", " 1 ", " 2 &amp; 3 "]
    assert re.findall(r"<pre[^>]*>([^<]*)</pre>", shown) == ["if x:\n    y()"]


def test_code_of_notebooks_keeps_its_lines_and_values_of_json_are_prose(tmp_path: Path) -> None:
    source = "import oven\n\ndef bake(flour):\n    return 2 * flour"
    said = ["Bread (of rye) is baked in an oven.", "import the flour and salt first."]
    code = ["loaves = bake(3)", "print(loaves)", "%timeit bake(3)", source]
    cells = [{"cell_type": "markdown", "source": text} for text in said]
    cells += [{"cell_type": "code", "source": text} for text in code]
    record = {"name": "rye", "about": "It is baked slowly; it keeps long."}
    files = {"a.ipynb": json.dumps({"cells": cells}), "b.json": json.dumps([record])}
    with passages_in(tmp_path, files) as found:
        shown = [body(passage) for passage in found]
    assert shown[:-1] == [
        *(f'<p dir="auto">{text}</p>' for text in said),
        *(f'<pre tabindex="0">{text}</pre>' for text in code),
    ]
    assert re.findall("<p[^>]*>([^<]*)</p>", shown[-1]) == [
        "name: rye\n",
        "about: It is baked slowly; it keeps long.",
    ]


def test_cells_of_extracted_tables_stand_in_cells(tmp_path: Path) -> None:
    source = "<p>Before.</p><table><tr><td>a<td>b c</tr><tr><td>1<td>2</tr></table>"
    with passages_in(tmp_path, {"a.html": source, "b.csv": "name,size\nbolt,3\nnut,4\n"}) as found:
        shown = [re.findall(r"<td[^>]*>([^<]*)</td>", body(passage)) for passage in found]
        later = body(found[-1])
    assert ["a", "b c\n", "1", "2"] in shown
    assert ["name", "size\n", "bolt", "3"] in shown
    assert "<caption" in later
    assert plain(later) == "name size nut 4"


def test_the_best_sentence_is_marked_also_over_signs_that_are_left_out(tmp_path: Path) -> None:
    source = "First comes this. The **best** of `all` sentences. Last comes that.\n"
    with passages_in(tmp_path, {"a.md": source}) as [passage]:
        marked = body(passage, Marks(passage.sentences[1]))
    assert re.findall(r"<mark[^>]*>([^<]*)</mark>", marked) == ["The best of all sentences."]


def test_headings_stand_over_the_first_passage_under_them(tmp_path: Path) -> None:
    source = "---\ntitle: T\n---\n# A\n\nOne of them.\n\nTwo of them.\n\n## B\n\nThree of them.\n"
    with passages_in(tmp_path, {"a.md": source}) as passages:
        pass
    document = replace(hits_of("x", 1)[0].document, doc_id="a.md", head=Head("T"), passages=3)
    from query.page.service import Stretch

    whole = views.stretch(Stretch(document, tuple(passages)))
    assert re.findall(r"<h(\d)[^>]*>([^<]*)</h", whole) == [("3", "A"), ("4", "B")]
    # A stretch that begins in the middle says where it is, and one that goes on does not.
    middle = tuple(passage for passage in passages if passage.text.startswith("Two"))
    assert '<h3 dir="auto">A</h3>' in views.stretch(Stretch(document, middle))
    assert "<h3" not in views.stretch(Stretch(document, middle), {}, passages[0])


def test_hits_show_the_best_sentence_and_lead_to_the_passage() -> None:
    found = hits_of("Some words <b>. The best one. The end.\n\nOther words.", 1, 2, title="<T>")
    ranking = ranking_of([replace(found[0], best=found[0].passage.sentences[1]), found[1]])
    shown = Elements(views.hits(Answered(Asked("a question", k=5), ranking, VERDICT)))
    assert [at["href"] for name, at in shown.found if name == "a"] == [
        "/?q=a+question&k=5&open=a.txt%231",
        "/?q=a+question&k=5&open=a.txt%232",
    ]
    assert shown.names().count("mark") == 2
    assert "b" not in shown.names()
    assert "Some words <b>. The best one. The end." in shown.text
    assert shown.found[0][1]["data-said"] == "2 passages"


def test_a_huge_sentence_is_cut_in_the_list_and_not_in_the_article() -> None:
    found = hits_of("x" * 100_000, 1)
    shown = views.hits(Answered(Asked("q"), ranking_of(found), VERDICT))
    assert len(shown) < 3000
    assert body(found[0].passage).count("x") == 100_000


def test_nothing_here_is_about_that_with_the_nearest_passages() -> None:
    ranking = replace(ranking_of([], verdict="no_match"), nearest=tuple(hits_of("A. B.", 1)))
    verdict = replace(VERDICT, evidence=0.05)
    shown = Elements(views.hits(Answered(Asked("q"), ranking, verdict)))
    assert shown.found[0][1]["data-said"] == "Nothing here is about that"
    for said in ("25% of the time", "this question: 0.05", "a match takes 0.45", "0.10 to 0.40"):
        assert said in shown.text
    assert shown.names().index("details") < shown.names().index("li")


def test_each_word_says_its_share_of_each_part(tmp_path: Path) -> None:
    corpus, directory = write_corpus(tmp_path / "corpus"), tmp_path / "index"
    build(corpus, directory, FakeEncoder())
    with Retriever.open(directory, encoder=FakeEncoder()) as retriever:
        service = PageService(retriever)
        answered = service.ask(Asked("river night army", show_all=True))
        found = service.explain(answered, "east/river.txt#1")
    shown = Elements(views.explanation(found))
    words = [at for _, at in shown.found if "data-shares" in at]
    shares = [[float(share) for share in (at["data-shares"] or "").split()] for at in words]
    for at, parts in zip(words, shares, strict=True):
        assert sum(parts) == pytest.approx(float(at["data-share"] or ""), abs=0.001)
    placed = sum(share for _, _, share in found.spans())
    assert sum(map(sum, shares)) == pytest.approx(placed, abs=0.01)
    assert placed > 0.1
    bars = [at for name, at in shown.found if name == "rect" and at["class"] == "whole"]
    lengths = [float((at["width"] or "").rstrip("%")) for at in bars]
    assert sum(lengths[:-1]) == pytest.approx(lengths[-1], abs=0.01)


def test_nothing_in_the_page_needs_an_inline_style_or_handler() -> None:
    [passage] = passages_of("One sentence. Another one.")
    ranking = ranking_of(hits_of("One sentence. Another one.", 1))
    answered = Answered(Asked("q"), ranking, VERDICT)
    from query.page.service import Article, PageState, Stretch

    article = Article(Stretch(ranking[0].document, (passage,)), passage, {})
    state = PageState(Asked("q"), "t", answered=answered, article=article, passages=1, documents=1)
    shown = Elements(views.page(state).removeprefix("<!doctype html>"))
    for name, attributes in shown.found:
        assert "style" not in attributes
        assert not [key for key in attributes if key.startswith("on")]
        assert name not in {"form", "iframe", "base", "style"}
    addresses = [at.get("src") or at.get("href") or "" for _, at in shown.found]
    assert all(address[:1] in {"", "/", "#"} for address in addresses)
