"""Documents to passages: paragraphs as a reader sees them, exact offsets, within the limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from embed import TextEncoder
from index.splitting.line_cues import Lines, has_word, is_heading, trim
from index.splitting.paragraphs import (
    LONGEST_CHAIN,
    Kind,
    Paragraph,
    join,
    join_broken,
)
from index.splitting.pull_quotes import find_pull_quotes
from index.splitting.sentences import find_sentences
from index.splitting.structure import Omission, Structure
from index.splitting.token_limit import split_to_fit
from index.types import Document, Head, Passage, Sentence


@dataclass(frozen=True, slots=True)
class Article:
    """A document taken apart; every word of it is in one passage or in one omission."""

    head: Head
    passages: tuple[Passage, ...]
    left_out: tuple[Omission, ...]


def split_passages(document: Document, structure: Structure, tokens: TextEncoder) -> Article:
    """Split a document into its passages, none longer than `tokens.token_limit`."""
    text = document.text
    quotes = _pull_quotes(text, structure.paragraphs)
    kept = _without(structure.paragraphs, quotes)
    paragraphs = join_broken(text, kept)
    if len(paragraphs) < len(kept):  # a quote may stand in a paragraph that was in pieces before
        late = _pull_quotes(text, paragraphs)
        paragraphs = _without(paragraphs, late)
        quotes += late
    if not structure.marks_headings:
        paragraphs = _mark_headings(text, paragraphs)
    paragraphs = _open_with_headings(paragraphs)
    omissions = [Omission(quote.start, quote.end, "pull quote") for quote in quotes]
    omissions = sorted([*structure.head.omissions, *omissions], key=lambda span: span.start)
    passages = tuple(_passages(document, paragraphs, tokens))
    return Article(structure.head.value, passages, tuple(omissions))


def _pull_quotes(text: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    plain = [paragraph for paragraph in paragraphs if paragraph.kind is Kind.TEXT]
    found = find_pull_quotes([text[paragraph.start : paragraph.end] for paragraph in plain])
    return [plain[number] for number in sorted(found)]


def _without(paragraphs: Sequence[Paragraph], quotes: Sequence[Paragraph]) -> list[Paragraph]:
    """Leave the quotes out; a paragraph broken by one is not contiguous and stays broken."""
    starts = {quote.start for quote in quotes}
    kept: list[Paragraph] = []
    barrier = False
    for paragraph in paragraphs:
        if paragraph.start in starts:
            barrier = True
            continue
        kept.append(replace(paragraph, barrier=True) if barrier else paragraph)
        barrier = False
    return kept


def _mark_headings(text: str, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Mark headings of plain text: up to three short lines before a paragraph, not sentences."""
    marked: list[Paragraph] = []
    chain: list[Paragraph] = []
    for paragraph in paragraphs:
        is_text = paragraph.kind is Kind.TEXT
        if is_text and is_heading(text[paragraph.start : paragraph.end]):
            chain.append(paragraph)
            continue
        is_list = len(chain) > LONGEST_CHAIN
        marked.extend(_by_block(chain) if is_list else map(_heading, chain))
        marked.append(paragraph)
        chain.clear()
    return marked + _by_block(chain)


def _by_block(chain: Sequence[Paragraph]) -> list[Paragraph]:
    """Short lines that head nothing, those of one block together: an address, a signature."""
    blocks = [list(block) for _, block in groupby(chain, key=lambda line: line.block)]
    return [join(block) if len(block) > 1 else block[0] for block in blocks]


def _heading(paragraph: Paragraph) -> Paragraph:
    return Paragraph(paragraph.start, paragraph.end, Kind.HEADING, (), paragraph.block)


def _open_with_headings(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return each heading as the opening of the paragraph after it."""
    opened: list[Paragraph] = []
    headings: list[Paragraph] = []
    for paragraph in paragraphs:
        headings.append(paragraph)
        if paragraph.kind is not Kind.HEADING:
            opened.append(join(headings) if len(headings) > 1 else paragraph)
            headings.clear()
    return opened + ([join(headings)] if headings else [])


def _passages(
    document: Document, paragraphs: Sequence[Paragraph], tokens: TextEncoder
) -> Iterator[Passage]:
    text = document.text
    lines = Lines.of(text)
    number = 0
    for paragraph in paragraphs:
        start, end = trim(text, paragraph.start, paragraph.end)
        sentences = find_sentences(text, start, end, paragraph.breaks)
        parts = split_to_fit(text, start, end, sentences, tokens)
        for (first, last), inside in zip(parts, _by_part(sentences, parts), strict=True):
            piece = text[first:last]
            if has_word(piece):
                number += 1
                line = lines.number_at(first)
                yield Passage(document.doc_id, number, first, last, line, piece, inside)


def _by_part(
    sentences: Sequence[tuple[int, int]], parts: Sequence[tuple[int, int]]
) -> Iterator[tuple[Sentence, ...]]:
    """Yield the sentences of each part; one that a part ends in is cut there."""
    position = 0
    for start, end in parts:
        while position < len(sentences) and sentences[position][1] <= start:
            position += 1
        inside = []
        following = position
        while following < len(sentences) and sentences[following][0] < end:
            first, last = sentences[following]
            inside.append(Sentence(max(first, start), min(last, end)))
            following += 1
        position = max(position, following - 1)
        yield tuple(inside)
