"""The page as one file: the hits, their articles, and below each hit what shows that it is one."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from query.page.asked import Asked
from query.page.views.article import citation, head, stretch
from query.page.views.explained import explanation
from query.page.views.hits import hits
from query.page.views.html import Html, joined, tag
from query.page.views.page import KEYS, MODES_SAID, help_dialog, panes
from query.page.views.sheets import box_of

if TYPE_CHECKING:
    from query.page.exported import ExportedAnswer, ExportedArticle, PagePicture, Proof

MARK = "passage-search query --html"
"""What such a file says of itself near its beginning."""

_SERVED_ALONE = frozenset({"/", "o", "Enter ↓ Esc"})
_TO_CHECK = (
    "To check it, somebody who has the articles gives the line to the command ",
    tag("code", "query --verify LINE"),
    ", or all lines of this file: ",
    tag("code", "query --verify - < FILE"),
    ". It says whether these words still stand there.",
)


class _InFile:
    """The places in a file: one for each passage."""

    live = False

    def __init__(self, doc_ids: Iterable[str]) -> None:
        self._numbers = {doc_id: number for number, doc_id in enumerate(doc_ids, start=1)}

    def page(self, asked: Asked) -> str:
        """Return the place of the passage that is open."""
        return f"#{self.anchor(asked.opened)}" if asked.opened else "#hits"

    def anchor(self, passage_id: str) -> str:
        """Return a name of the passage, in which nothing of a source stands."""
        doc_id, _, number = passage_id.rpartition("#")
        return f"a{self._numbers.get(doc_id, 0)}-p{number}"

    def title(self, doc_id: str) -> str:
        """Return the id of the title of an article."""
        return f"a{self._numbers[doc_id]}"


def exported(answer: ExportedAnswer) -> Html:
    """Return the whole file."""
    script, style = _asset("page.js"), _asset("page.css", "exported.css")
    asked = answer.answered.asked
    links = _InFile(article.document.doc_id for article in answer.articles)
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    top = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="content-security-policy", content=policy),
        tag("meta", name="generator", content=MARK),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{asked.question or asked.like} · Passage search"),
        # Without it a browser asks the place of the file for one.
        tag("link", rel="icon", href="data:,"),
        tag("style", style),
    )
    body = tag(
        "body",
        tag("a", "Skip to the passages", href="#hits", class_="skip"),
        tag("a", "Skip to the articles", href="#reading", class_="skip"),
        _header(answer),
        panes(_found(answer, links), joined(_articles(answer, links))),
        help_dialog((key, said) for key, said in KEYS if key not in _SERVED_ALONE),
        tag("div", id="said", role="status", class_="unseen"),
        tag("script", script),
        class_="exported",
    )
    return Html(f"<!doctype html>\n{tag('html', top, body, lang='en')}\n")


def _asset(*names: str) -> Html:
    folder = files("query.page") / "assets"
    return Html("".join((folder / name).read_text("utf-8") for name in names))


def _digest(content: str) -> str:
    """Return a digest of a script or a style sheet as a policy names it."""
    digest = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _header(answer: ExportedAnswer) -> Html:
    asked = answer.answered.asked
    said = asked.question or f"More like {asked.like}"
    back = tag("button", "‹ Passages", type="button", data_do="back", class_="back")
    keys = tag(
        "button", "?", type="button", data_do="help", aria_label="Keys", aria_keyshortcuts="?"
    )
    tools = tag("div", keys, class_="tools")
    bar = tag("div", back, tag("h1", said, class_="asked", dir="auto"), tools, class_="bar")
    return tag("header", bar, class_="top")


def _found(answer: ExportedAnswer, links: _InFile) -> Html:
    """Return the hits, and below them how they were searched and how they can be checked."""
    asked = answer.answered.asked
    among = f"{_counted(answer.passages, 'passage')} of {_counted(answer.documents, 'article')}"
    searched = [f"Searched by {MODES_SAID[asked.mode]} in {among}"]
    if answer.restrictions:
        searched.append(f", of these in {', '.join(answer.restrictions)}")
    if asked.min_score is not None:
        searched.append(f", for those that score {asked.min_score:g} or more")
    about = [tag("p", *searched, ".", dir="auto")]
    if answer.articles:
        said = "Below each passage in its article stands a citation that can be copied. "
        about.append(tag("p", said, *_TO_CHECK))
    return joined([hits(answer.answered, links), tag("footer", *about, class_="note")])


def _articles(answer: ExportedAnswer, links: _InFile) -> Iterator[Html]:
    for article in answer.articles:
        document = article.document
        best = {number: proof.hit.best for number, proof in article.proofs.items()}
        below = {number: _below(proof, article) for number, proof in article.proofs.items()}
        shown = partial(stretch, best=best, links=links, below=below)
        text: list[Html] = []
        position = 0
        for each in article.stretches:
            first, last = each.passages[0].number, each.passages[-1].number
            text += [_left_out(position + 1, first - 1), shown(each)]
            position = last
        text.append(_left_out(position + 1, document.passages))
        title = links.title(document.doc_id)
        yield tag(
            "article",
            head(document, _place(article), title),
            tag("div", *text, class_="text"),
            class_="article",
            aria_labelledby=title,
            data_document=document.doc_id,
            data_format=document.reader.format,
            data_passages=document.passages,
            data_scores=_written(article.scores) if article.scores else None,
        )


def _place(article: ExportedArticle) -> str:
    """Return the name of an article, and how much of it is here."""
    document = article.document
    if article.shown == document.passages:
        here = _counted(document.passages, "passage")
    else:
        here = (
            f"{article.shown:,} of {_counted(document.passages, 'passage')} are in this file: "
            "what stands around those that were found"
        )
    undrawn = (
        f"{_counted(article.undrawn, 'page')} of it could not be shown as a picture, or had no room"
        if article.undrawn
        else ""
    )
    return " · ".join(filter(None, [document.doc_id, here, undrawn]))


def _left_out(first: int, last: int) -> Html:
    """Return a note in the place of passages that are not in the file; nothing for none."""
    if first > last:
        return Html()
    numbers = f"number {first:,}" if first == last else f"numbers {first:,} to {last:,}"
    said = f"{_counted(last - first + 1, 'passage')} left out here: {numbers}"
    return tag("p", said, class_="left-out", role="note")


def _below(proof: Proof, article: ExportedArticle) -> Html:
    """Return why a hit has its score, the text to copy, and the pages that it stands on."""
    passage, name = proof.hit.passage, proof.hit.passage.doc_id
    pictures = article.pictures.get(passage.number, ())
    return tag(
        "div",
        tag(
            "details",
            tag("summary", f"Why it has its score, {proof.explanation.score:.3f}"),
            explanation(proof.explanation, proof.hit.best),
            class_="explains",
        ),
        tag(
            "details",
            tag("summary", "Citation"),
            citation(proof.hit.document, passage),
            class_="cites",
        ),
        tag(
            "div",
            tag("button", "Copy citation", type="button", data_do="copy"),
            class_="controls",
        ),
        *(_picture(picture, name) for picture in pictures),
        class_="proof",
    )  # fmt: skip


def _picture(picture: PagePicture, doc_id: str) -> Html:
    """Return a page with the boxes of what was found on it."""
    width, height = picture.size.width, picture.size.height
    said = f"Page {picture.page} of {doc_id}"
    data = base64.b64encode(picture.png).decode()
    drawing = tag(
        "svg",
        tag("image", href=f"data:image/png;base64,{data}", width=f"{width:.1f}",
            height=f"{height:.1f}"),
        *(box_of(box, "box") for box in picture.passages),
        *(box_of(box, "box best") for box in picture.best),
        viewBox=f"0 0 {width:.1f} {height:.1f}",
        role="img",
        aria_label=f"{said}; its text stands beside it",
    )  # fmt: skip
    return tag("figure", drawing, tag("figcaption", said, dir="auto"), class_="pdf-page")


def _written(scores: Sequence[float | None]) -> str:
    """Return scores as the script reads them, an empty one for each passage without.

    >>> _written([0.5, None, 0.123])
    '0.50,,0.12'
    """
    return ",".join("" if score is None else f"{score:.2f}" for score in scores)


def _counted(count: int, what: str) -> str:
    """Return a number of things.

    >>> _counted(1, "passage"), _counted(2000, "passage")
    ('1 passage', '2,000 passages')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"
