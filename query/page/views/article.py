"""An article, or a stretch of it: its passages in order, some of them marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from index import DocumentRecord, Passage, Sentence
from query.citing.citation_line import copied_text
from query.page.service import PART, Stretch
from query.page.views.html import Html, joined, tag
from query.page.views.links import SERVED, Links
from query.page.views.passages import Marks, body, heading, headings_over

_NONE: Mapping[int, Sentence] = {}
_NOTHING: Mapping[int, Html] = {}

_TITLE = "article-title"

_CONTROLS = (
    ("explain", "Explain the score", "e"),
    ("copy", "Copy citation", "y"),
    ("like", "More like this", ""),
    ("open", "Open file", "o"),
)


def article(
    shown: Stretch,
    marked: Passage,
    best: Mapping[int, Sentence] = _NONE,
    before: Passage | None = None,
) -> Html:
    """Return an article with some parts of its passages, one of which is marked as open.

    `best` are the best sentences of those that were found, by their numbers, and `before` is the
    passage before these parts. The others are empty until the page needs them.
    """
    document = shown.document
    place = [
        marked.locator.after(document.doc_id),
        f"passage {marked.number:,} of {document.passages:,}",
    ]
    return tag(
        "article",
        head(document, " · ".join(place)),
        tag("div", *_controls(document), class_="controls"),
        citation(document, marked, hidden=True),
        tag("div", *_parts(shown, marked, best, before), class_="text"),
        class_="article",
        aria_labelledby=_TITLE,
        data_document=document.doc_id,
        data_format=document.reader.format,
        data_passages=document.passages,
        data_opened=marked.number,
    )


def stretch(
    shown: Stretch,
    best: Mapping[int, Sentence] = _NONE,
    before: Passage | None = None,
    links: Links = SERVED,
    below: Mapping[int, Html] = _NOTHING,
) -> Html:
    """Return further passages of an article, as they stand in the element of its text.

    `below` is what stands below passages, by their numbers.
    """
    return _passages(shown.passages, best, before, None, links, below)


def citation(document: DocumentRecord, passage: Passage, *, hidden: bool = False) -> Html:
    """Return the text to copy of a passage."""
    return tag(
        "pre",
        copied_text(document, passage),
        class_="cited",
        tabindex="0",
        role="group",
        hidden=hidden,
        aria_label=f"Citation of passage {passage.number}",
        data_cites=passage.passage_id,
    )


def head(document: DocumentRecord, place: str, title_id: str = _TITLE) -> Html:
    """Return the title of an article, what is known of it, and the `place` that is shown."""
    about = " · ".join(part for part in _about(document) if part)
    content = [
        tag("h2", document.title or document.doc_id, id=title_id, dir="auto"),
        tag("p", about, class_="about", dir="auto") if about else Html(),
        tag("p", place, class_="source", dir="auto"),
        *(tag("p", note, class_="note") for note in document.notes),
    ]
    return tag("header", *content, class_="head")


def _about(document: DocumentRecord) -> Iterator[str]:
    yield from (document.subtitle, document.byline, document.date)
    for name, values in document.fields.items():
        yield f"{name}: {', '.join(values)}"


def _controls(document: DocumentRecord) -> Iterator[Html]:
    for name, said, key in _CONTROLS:
        yield tag("button", said, type="button", data_do=name, aria_keyshortcuts=key or None)
    if document.reader.format == "pdf":
        yield tag("button", "Pages", type="button", data_do="pages", aria_pressed="false")


def _parts(
    shown: Stretch, marked: Passage, best: Mapping[int, Sentence], before: Passage | None
) -> Iterator[Html]:
    for first in range(1, shown.document.passages + 1, PART):
        last = min(first + PART - 1, shown.document.passages)
        own = [passage for passage in shown.passages if first <= passage.number <= last]
        content = _passages(own, best, before, marked, SERVED)
        yield tag("div", content, class_="part", data_first=first, data_last=last)
        before = own[-1] if own else before


def _passages(
    passages: Sequence[Passage],
    best: Mapping[int, Sentence],
    before: Passage | None,
    marked: Passage | None,
    links: Links,
    below: Mapping[int, Html] = _NOTHING,
) -> Html:
    """Return passages under the headings that are not over the passage before them."""
    parts: list[Html] = []
    for passage in passages:
        parts += [heading(level, over) for level, over in headings_over(passage, before)]
        is_open = marked is not None and marked.number == passage.number
        sentence = best.get(passage.number)
        under = below.get(passage.number, Html())
        parts.append(_passage(passage, sentence, before, links, under, is_open=is_open))
        before = passage
    return joined(parts)


def _passage(
    passage: Passage,
    sentence: Sentence | None,
    before: Passage | None,
    links: Links,
    under: Html,
    *,
    is_open: bool,
) -> Html:
    place = _place(passage)
    repeated = before is not None and _place(before) == place
    names = ["passage", "found" if sentence else "", "opened" if is_open else ""]
    label = f"Passage {passage.number}{f', {place}' if place else ''}"
    return tag(
        "div",
        tag("span", place, class_="margin") if place and not repeated else Html(),
        tag("div", body(passage, Marks(sentence)), class_="body"),
        under,
        class_=" ".join(filter(None, names)),
        id=links.anchor(passage.passage_id),
        tabindex="-1",
        role="group",
        aria_label=label,
        data_passage=passage.passage_id,
        data_number=passage.number,
    )


def _place(passage: Passage) -> str:
    """Return what stands in the margin: a page, a slide, a row, a time; lines are too many."""
    locator = passage.locator
    return "" if locator.line else str(locator)
