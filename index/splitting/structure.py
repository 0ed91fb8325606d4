"""The structure of a document, as a format finds it: a head, and paragraphs in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.splitting.line_cues import TERMINAL_CODE
from index.splitting.paragraphs import Paragraph
from index.types import Anchor, Head, HeadSpan, Markup


@dataclass(frozen=True, slots=True)
class Omission:
    """A span of the document that is in no passage, and why: "page furniture", "markup"."""

    start: int
    end: int
    reason: str


READ_AS_TEXT = "so read as plain text"
"""How a note ends of a file whose markup is damaged: no word of it is left out."""

_DATA = {"numbers": "numbers that stand alone", "encoded data": "encoded data"}
"""What is left out of data, by the reason, in words."""


def notes_of(omissions: Sequence[Omission]) -> tuple[str, ...]:
    """Return what a person is told of the data that is in no passage: how often, and how much.

    >>> notes_of([Omission(0, 9, "numbers"), Omission(20, 1520, "numbers")])
    ('numbers that stand alone: 2 stretches, 1,509 characters',)
    """
    notes = []
    for reason, words in _DATA.items():
        lengths = [own.end - own.start for own in omissions if own.reason == reason]
        if lengths:
            count = f"{len(lengths):,} stretch{'es' if len(lengths) > 1 else ''}"
            notes.append(f"{words}: {count}, {sum(lengths):,} characters")
    return tuple(notes)


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
        stated = TERMINAL_CODE.sub("", text[paragraph.start : paragraph.end])
        setattr(self, name, " ".join(stated.split()))
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
