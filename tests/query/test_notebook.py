"""Rankings, contexts and checks in a notebook: complete, escaped, well formed."""

from dataclasses import replace
from html.parser import HTMLParser

from fake_encoder import FakeEncoder
from fake_hits import hits_of, ranking_of

from query import build_context, check_answer, verify_citations

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


def live_parts(html: str) -> tuple[set[str], set[str]]:
    page = Page(html)
    return set(page.tags), page.attributes


def test_a_hit_alone_is_shown_as_in_its_ranking() -> None:
    [hit] = hits_of(HOSTILE, 1)
    assert f"<ol>{hit.html_item()}</ol>" in hit._repr_html_()
    assert hit.html_item() in ranking_of([hit])._repr_html_()
    assert live_parts(hit._repr_html_())[0] == {"div", "ol", "li", "i", "br", "b", "span"}


def test_a_context_is_shown_as_it_stands_and_its_text_is_the_prompt() -> None:
    context = build_context(hits_of(HOSTILE, 1, 2), 1000, lambda text: len(text.split()))
    page = Page(context._repr_html_())
    assert f"2 passages, {context.tokens} tokens" in page.text
    assert context.text.replace("\x1b", "\\x1b") in page.text
    assert (set(page.tags), page.attributes) == ({"div", "p", "span"}, {"class", "style"})
    assert f"{context}" == context.text


def test_a_check_is_a_table_that_says_all_that_its_text_says() -> None:
    hits = hits_of(HOSTILE, 1, 2)
    answer = (
        "It costs $5 or $7 [2]. <script>x</script> \x1b[31m ”was not said” [1]. "
        "<u>Nobody</u> came to Lisbon. It is no more [9]."
    )
    checked = check_answer(answer, hits, FakeEncoder(dim=4096))
    page = Page(checked._repr_html_())
    assert set(page.tags) == {"div", "table", "tr", "th", "td", "p"}
    assert page.attributes == {"class", "style"}
    assert page.tags.count("tr") == len(checked.sentences) + 1
    told = "".join(page.text.split())
    for word in str(checked).replace("\n", " ").split():
        assert word in told, word
    assert "→7standsinnocitedpassage" in told
    assert "Marksthatcitenothing:[9]" in told


def test_a_verification_is_a_line_that_says_whether_it_holds() -> None:
    texts = {"<b>a</b>.txt": "One was. Two were. Three."}
    context = build_context(hits_of(texts["<b>a</b>.txt"], 1, doc_id="<b>a</b>.txt"), 1000, len)
    [holds] = verify_citations(context.citations, texts)
    [gone] = verify_citations(context.citations, {"<b>a</b>.txt": "Nothing."})
    assert Page(holds._repr_html_()).text == "✓ [1] <b>a</b>.txt 0..25 unchanged"
    assert Page(gone._repr_html_()).text.startswith("✗ [1] <b>a</b>.txt 0..25 gone")
    for verification in (holds, gone):
        assert live_parts(verification._repr_html_()) == ({"div", "p", "span"}, {"class", "style"})


def test_dollar_signs_are_no_formulas() -> None:
    hits = hits_of(HOSTILE, 2)
    context = build_context(hits, 1000, len)
    checked = check_answer("It costs $5 or $6 [1].", hits, FakeEncoder(dim=4096))
    [verified] = verify_citations(context.citations, {"a.txt": HOSTILE})
    for shown in (hits[0], ranking_of(hits), context, checked, verified):
        assert shown._repr_html_().startswith('<div class="tex2jax_ignore mathjax_ignore"')
