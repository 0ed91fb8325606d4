"""What the tests of formats that are text with markup ask of each."""

import re
from collections.abc import Sequence

from fake_encoder import FakeEncoder
from small_index import split_document

from index.document import Document
from index.reading.formats import structure_of
from index.splitting.paragraphs import Kind
from index.splitting.passages import Article
from index.types import pieces_between


def article_of(name: str, text: str) -> Article:
    """The passages of a text at hand."""
    return split_document(Document(name, text, ""), FakeEncoder(1000))


def shown(name: str, text: str) -> list[str]:
    """The paragraphs of a text as a reader sees them, before short ones are joined."""
    structure = structure_of(Document(name, text, ""))
    found = []
    for own in structure.paragraphs:
        parts, position = [], own.start
        for mark in structure.markup:
            if own.start <= mark.start and mark.end <= own.end:
                parts += [text[position : mark.start], mark.shown]
                position = mark.end
        found.append(" ".join("".join([*parts, text[position : own.end]]).split()))
    return found


def kinds(name: str, text: str) -> list[Kind]:
    return [own.kind for own in structure_of(Document(name, text, "")).paragraphs]


def headings(name: str, text: str) -> list[tuple[int, str]]:
    """The headings of a text, each with its level."""
    structure = structure_of(Document(name, text, ""))
    return [
        (own.level, text[own.start : own.end])
        for own in structure.paragraphs
        if own.kind is Kind.HEADING
    ]


def misplaced(name: str, text: str) -> Sequence[tuple[str, int]]:
    """The words of a text that are not exactly once in a paragraph, the head or an omission."""
    structure = structure_of(Document(name, text, ""))
    spans = [
        *(
            piece
            for own in structure.paragraphs
            for piece in pieces_between(own.start, own.end, own.gaps)
        ),
        *((own.start, own.end) for own in structure.head.spans),
        *((own.start, own.end) for own in structure.omissions),
    ]
    found = []
    for word in re.finditer(r"[^\W_]+", text):
        times = sum(start <= word.start() and word.end() <= end for start, end in spans)
        if times != 1:
            found.append((word[0], times))
    return found
