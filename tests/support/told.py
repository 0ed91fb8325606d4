"""What a reader made of a file, for tests: its paragraphs, and what is in no passage."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from index.reading.content import Content, UnreadableError
from index.reading.formats import Format
from index.splitting.paragraphs import Kind
from index.splitting.structure import Structure

DOCUMENTS = Path(
    os.environ.get("PASSAGE_SEARCH_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)
"""The sample documents, which are not part of the project."""


def structure(content: Content) -> Structure:
    """The structure of a content that has one."""
    assert content.structure is not None
    return content.structure


def told(content: Content) -> list[str]:
    """The paragraphs of a content."""
    return [content.text[own.start : own.end] for own in structure(content).paragraphs]


def words(text: str) -> list[str]:
    """Its words: letters and digits that follow one another."""
    return re.findall(r"[^\W_]+", text)


def headed(content: Content) -> list[tuple[int, str]]:
    """Level and text of the headings of a content."""
    return [
        (own.level, content.text[own.start : own.end])
        for own in structure(content).paragraphs
        if own.kind is Kind.HEADING
    ]


def left_out(content: Content) -> list[tuple[str, str]]:
    """Reason and text of what is in no passage."""
    return [(own.reason, content.text[own.start : own.end]) for own in structure(content).omissions]


def every_word(content: Content) -> list[str]:
    """The words of the paragraphs in order, after a check that nothing else is in the text."""
    own = structure(content)
    spans = sorted(
        (part.start, part.end)
        for parts in (own.paragraphs, own.omissions, own.head.spans)
        for part in parts
    )
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(content.text)
        assert not content.text[last:start].strip()
        last = end
    assert not content.text[last:].strip()
    assert all(0 <= anchor.start < anchor.end <= len(content.text) for anchor in own.anchors)
    return " ".join(told(content)).split()


def check_damaged(form: Format, small: bytes, changes: Sequence[tuple[int, int]]) -> None:
    """A file with other bytes at some places gives every word of its text once, or a reason."""
    data = bytearray(small)
    for place, value in changes:
        data[place] = value
    try:
        content = form.read(bytes(data))
    except UnreadableError as error:
        assert str(error)
    else:
        every_word(content)
