"""A ranking in a notebook: complete, escaped, well formed."""

from dataclasses import replace
from html.parser import HTMLParser

from fake_hits import hits_of, ranking_of

HOSTILE = (
    "A <u>one</u>. <script>alert('x')</script> is \"text\" & no more. A <s>last</s>.\n\n"
    "Second <img src=x onerror=y>. It costs $5 or $6. \x1b[31m\n"
)


class Page(HTMLParser):
    """The tags, attributes and text of a page; tags must close in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.bold = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "b" in self._open:
            self.bold += data


def test_every_hit_is_there_with_its_best_sentence_in_bold() -> None:
    hits = hits_of("First one. Best one.\n\nOther. Best two.\n", 2, 1, best=1)
    page = Page(ranking_of(hits, query="a question")._repr_html_())
    assert page.tags.count("li") == 2
    assert page.bold == "a questionBest two.Best one."
    assert "First one. Best one." in page.text
    assert "A title" in page.text
    assert "a.txt:3 · paragraph 2 · 1.00" in page.text
    assert "2 passages, hybrid" in page.text


def test_nothing_of_a_source_or_a_question_is_live() -> None:
    hits = hits_of(HOSTILE, 1, 2, best=1, title="<b>T</b>", doc_id='<a href="x">.txt')
    page = Page(ranking_of(hits, query="</p><script>'\ud800")._repr_html_())
    assert set(page.tags) == {"div", "p", "b", "br", "span", "ol", "li", "i"}
    assert page.attributes == {"class", "style", "value"}
    assert "<script>alert('x')</script>" in page.text
    assert "<b>T</b>" in page.text
    assert '<a href="x">.txt:1' in page.text


def test_dollar_signs_are_no_formulas() -> None:
    html = ranking_of(hits_of(HOSTILE, 2))._repr_html_()
    assert html.startswith('<div class="tex2jax_ignore mathjax_ignore"')


def test_no_match_is_said() -> None:
    page = Page(ranking_of(hits_of(HOSTILE, 1), verdict="no_match")._repr_html_())
    assert "Nothing here is about that" in page.text
    assert "25% of cases" in page.text
    assert "no better than chance" not in page.text


def test_the_nearest_are_shown_and_marked_if_nothing_matches() -> None:
    hits = [replace(hit, matches=False) for hit in hits_of(HOSTILE, 1, 2)]
    nothing = replace(ranking_of([], verdict="no_match"), nearest=hits)
    page = Page(nothing._repr_html_())
    assert "The nearest passages:" in page.text
    assert page.tags.count("li") == 2
    assert page.text.count("1.00 · no better than chance") == 1
    assert page.text.count("no better than chance") == 2


def test_a_notebook_finds_it() -> None:
    ranking = ranking_of(hits_of(HOSTILE, 1))
    assert ranking._repr_html_() == ranking._repr_html_()


def test_white_space_stays_where_the_best_sentence_is_cut_out() -> None:
    [hit] = hits_of("Something was\nwritten\there.\nThe terms were harsh.", 1)
    sentence = hit.passage.sentences[-1]
    html = ranking_of([replace(hit, best=sentence)])._repr_html_()
    assert "written\there.\n<b>The terms" in html
