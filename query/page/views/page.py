"""The whole page: the question and its filters, the hits, the article, and the dialogs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index import MODES
from query.page.asked import MOST_HITS, Asked
from query.page.views.article import article
from query.page.views.hits import hits
from query.page.views.html import Html, joined, tag
from query.page.views.links import SERVED, Links

if TYPE_CHECKING:
    from query.citing.line_verification import LineVerification
    from query.page.service import PageState

MODES_SAID = {"hybrid": "meaning and words", "dense": "meaning alone", "lexical": "words alone"}

KEYS = (
    ("/", "Go to the question"),
    ("Enter ↓ Esc", "Leave the question for the list"),
    ("j", "Next passage of the list"),
    ("k", "Previous passage of the list"),
    ("Enter", "Open the passage in its article"),
    ("e", "Explain the score of the open passage"),
    ("y", "Copy a citation of the open passage"),
    ("o", "Open its file in your editor or viewer"),
    ("Esc", "Close the explanation, or show the list again"),
    ("?", "Show these keys"),
)

_GONE = "The page does not answer any more. Start it again."
_MOST_FIELDS = 20


def page(state: PageState, links: Links = SERVED) -> Html:
    """Return the page, with what is asked and what is open in it."""
    asked = state.asked
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{asked.question or asked.like or 'Ask'} · Passage search"),
        tag("link", rel="icon", href="data:,") if not links.live else Html(),
        tag("link", rel="stylesheet", href="/assets/page.css"),
        tag("script", src="/assets/page.js", defer=True),
    )
    body = tag(
        "body",
        tag("a", "Skip to the passages", href="#hits", class_="skip"),
        tag("a", "Skip to the article", href="#reading", class_="skip"),
        _header(state),
        _main(state, links),
        *_dialogs(),
        tag("div", id="said", role="status", class_="unseen"),
        data_token=state.token,
        data_generation=state.generation,
        data_view="reading" if asked.opened else "list",
    )
    return Html(f"<!doctype html>\n{tag('html', head, body, lang='en')}\n")


def intro(state: PageState) -> Html:
    """Return what stands in the place of hits before anything is asked."""
    if not state.passages:
        return tag(
            "div",
            tag("h2", "There is nothing to ask yet", id="hits-title", tabindex="-1"),
            tag("p", "The index holds no passage. Put articles into its folder and update it."),
            class_="intro",
        )
    documents = f"{state.documents:,} article{'' if state.documents == 1 else 's'}"
    passages = f"{state.passages:,} passage{'' if state.passages == 1 else 's'}"
    return tag(
        "div",
        tag("h2", "Ask a question", id="hits-title", tabindex="-1"),
        tag("p", f"{documents}, {passages}. Answers are shown while you type."),
        *(tag("p", folder, class_="place", dir="auto") for folder in state.folders),
        class_="intro",
    )


def verified(found: LineVerification, passage_id: str | None) -> Html:
    """Return what became of the words that a line cites, with a link to them if they are there."""
    said = tag("p", str(found), class_="stands" if found.ok else "gone", data_status=found.status)
    if passage_id is None:
        return said
    address = Asked(opened=passage_id).address()
    link = tag("a", "Read it in its article", href=address, data_passage=passage_id)
    return joined([said, link])


def problem(message: str, title_id: str | None = "hits-title") -> Html:
    """Return what stands in the place of an answer, or of an article, if there is none."""
    if not message:
        return Html()
    return tag(
        "div",
        tag("h2", "That could not be answered", id=title_id, tabindex="-1"),
        tag("p", message, dir="auto"),
        class_="problem",
        role="alert",
    )


def documents(names: Sequence[str]) -> Html:
    """Return names of documents, which are offered while one is typed."""
    return joined(tag("option", value=name) for name in names)


def _header(state: PageState) -> Html:
    asked = state.asked
    question = tag(
        "input",
        id="question",
        type="search",
        value=asked.question,
        placeholder="Ask the articles",
        aria_label="Question",
        aria_keyshortcuts="/",
        autocomplete="off",
        autocapitalize="off",
        spellcheck="false",
        enterkeyhint="search",
        maxlength=2000,
        autofocus=not asked.opened,
    )
    filters = tag(
        "button",
        "Filters",
        type="button",
        data_do="filters",
        aria_expanded="true" if _is_filtered(asked) else "false",
        aria_controls="filters",
    )
    back = tag("button", "‹ Passages", type="button", data_do="back", class_="back")
    bar = tag(
        "div",
        back,
        tag("h1", tag("a", "Passage search", href="/")),
        tag("div", question, filters, role="search", class_="ask", aria_label="Question"),
        _tools(state),
        class_="bar",
    )
    return tag("header", bar, _filters(state), class_="top")


def _tools(state: PageState) -> Html:
    news = "The articles have changed" if state.changed else "Up to date"
    if state.changed is None:
        news = "Pushed to Milvus"
    return tag(
        "div",
        tag("span", news, id="changed", role="status", class_="changed"),
        tag("button", "Update", type="button", data_do="update", hidden=not state.changed),
        tag("button", "Check a citation", type="button", data_do="verify"),
        tag("button", "?", type="button", data_do="help", aria_label="Keys", aria_keyshortcuts="?"),
        class_="tools",
    )


def _filters(state: PageState) -> Html:
    asked = state.asked
    modes = [
        tag("option", MODES_SAID[mode], value=mode, selected=mode == asked.mode) for mode in MODES
    ]
    return tag(
        "div",
        _field("Document, folder or glob", "doc", list="names", placeholder="reports/*"),
        tag("datalist", id="names"),
        _field("Dated from", "from", placeholder="2023-06"),
        _field("Dated to", "to", placeholder="2024"),
        _field("Condition", "where", placeholder="author = Luzin", aria_describedby="conditions"),
        tag("label", "Ranked by ", tag("select", *modes, id="mode")),
        _field("Passages", "k", type="number", min=1, max=MOST_HITS, value=asked.k),
        tag("div", id="chosen", class_="chosen"),
        _conditions(state.fields),
        id="filters",
        class_="filters",
        role="group",
        aria_label="Filters",
        hidden=not _is_filtered(asked),
    )


def _conditions(fields: Sequence[str]) -> Html:
    """Return what a condition may be about, with as many names as a line or two have room for."""
    names = [tag("b", name) for name in fields[:_MOST_FIELDS]]
    listed = [part for name in names for part in (name, ", ")][:-1]
    more = len(fields) - len(names)
    return tag(
        "p",
        "A condition is about ",
        *listed,
        f" and {more:,} more" if more else "",
        ". It is written author = Luzin, or date > 2023-05.",
        id="conditions",
        dir="auto",
    )


def _is_filtered(asked: Asked) -> bool:
    """Return whether something is asked otherwise than it would be by itself."""
    return replace(asked, question="", like="", show_all=False, opened="") != Asked()


def _field(said: str, name: str, **attributes: str | int | None) -> Html:
    given = {"type": "text", "autocomplete": "off", "spellcheck": "false"} | attributes
    return tag("label", f"{said} ", tag("input", id=name, **given))


def _main(state: PageState, links: Links) -> Html:
    if state.answered:
        found = hits(state.answered, links)
    else:
        found = problem(state.problem) if state.problem else intro(state)
    nothing = state.answered is not None and not state.answered.ranking.hits
    # The nearest of what does not match is shown if somebody opens it.
    opened = None if nothing and not state.asked.opened else state.article
    reading = (
        article(opened.stretch, opened.marked, opened.best, opened.before)
        if opened
        else problem(state.problem if state.answered else "", title_id=None)
    )
    return panes(found, reading, tag("template", problem(_GONE), id="gone"))


def panes(found: Html, reading: Html, *rest: Html) -> Html:
    """Return what was found beside the article that is read, with the strip of its scores."""
    strip = tag(
        "div",
        tag(
            "svg",
            tag("rect", class_="view", width=1),
            tag("path", class_="scores"),
            tag("path", class_="here"),
            preserveAspectRatio="none",
            aria_hidden="true",
        ),
        id="strip",
        role="slider",
        tabindex="0",
        hidden=True,
        aria_label="Scores of the passages of this article",
        aria_orientation="vertical",
    )
    return tag(
        "main",
        tag(
            "section", found, id="hits", class_="list", aria_labelledby="hits-title", tabindex="-1"
        ),
        tag(
            "section",
            tag(
                "div",
                reading,
                id="reading",
                class_="scroller",
                tabindex="0",
                role="region",
                aria_label="Article",
            ),
            strip,
            class_="reading",
        ),
        *rest,
    )


def _dialogs() -> Iterator[Html]:
    yield help_dialog(KEYS)
    box = tag("textarea", id="line", rows=4, spellcheck="false", autocomplete="off", autofocus=True)
    yield _dialog(
        "verify",
        "Check a citation",
        tag("label", "A line that was copied with a citation", box),
        tag("div", id="verified", role="status"),
    )


def help_dialog(keys: Iterable[tuple[str, str]]) -> Html:
    """Return the dialog that says what keys do."""
    rows = [
        tag("tr", tag("th", *_keys(keys_said), scope="row"), tag("td", said))
        for keys_said, said in keys
    ]
    return _dialog("help", "Keys", tag("table", tag("tbody", *rows)))


def _keys(names: str) -> Iterator[str]:
    for name in names.split():
        yield tag("kbd", name)
        yield " "


def _dialog(name: str, title: str, *content: str) -> Html:
    close = tag("button", "Close", type="button", data_do="close")
    heading = tag("h2", title, id=f"{name}-title")
    return tag("dialog", close, heading, *content, id=name, aria_labelledby=f"{name}-title")
