"""The structure of a document, as a format finds it: a head, and paragraphs in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.splitting.paragraphs import Paragraph
from index.types import Anchor, Head, HeadSpan, Markup


@dataclass(frozen=True, slots=True)
class Omission:
    """A span of the document that is in no passage, and why: "page furniture", "markup"."""

    start: int
    end: int
    reason: str


@dataclass(slots=True)
class FoundHead:
    """The head of a document while it is being found. `spans` are those that state it."""

    title: str = ""
    subtitle: str = ""
    byline: str = ""
    date: str = ""
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spans: list[HeadSpan] = field(default_factory=list)

    def take(self, name: str, text: str, paragraph: Paragraph) -> None:
        """Set the field `name` to the text of `paragraph`, which then is not a passage."""
        setattr(self, name, " ".join(text[paragraph.start : paragraph.end].split()))
        self.spans.append(HeadSpan(name, paragraph.start, paragraph.end))

    def state(self, head: Head) -> None:
        """Take over what is known of a head beside the document; it counts for more."""
        for name in ("title", "subtitle", "byline", "date"):
            setattr(self, name, getattr(head, name) or getattr(self, name))
        self.fields |= head.fields

    @property
    def value(self) -> Head:
        """The head as it was found."""
        fields = dict(self.fields)
        spans = tuple(sorted(self.spans, key=lambda span: span.start))
        return Head(self.title, self.subtitle, self.byline, self.date, fields, spans)


@dataclass(frozen=True, slots=True)
class Structure:
    """The head and the paragraphs of a document.

    `marks_headings` says that the format marks its headings, so that none have to be guessed.
    `markup` are the stretches in whose place a reader sees something else, in order. `omissions`
    are what is in no passage. `anchors` say where stretches of extracted text stand in its source,
    in the order of the text.
    """

    head: FoundHead
    paragraphs: Sequence[Paragraph]
    marks_headings: bool
    markup: Sequence[Markup] = ()
    omissions: Sequence[Omission] = ()
    anchors: Sequence[Anchor] = ()
