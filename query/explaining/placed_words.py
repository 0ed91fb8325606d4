"""Where the words of a question stand: in the text of a passage, and in which field over it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from index import DocumentRecord, Passage, PlacedReading, index_terms, stems_of

_CHUNK = re.compile(r"\S+")
_PIECE = re.compile(r"[^\W_]+")


def spans_of_words(
    passage: Passage, reading: PlacedReading, words: Sequence[tuple[str, str]]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Return where words stand in a document, by stem, given each word and its stem.

    `reading` is that of the passage. A word is found under all of its readings, as the index finds
    it. A span is that of the word itself, or of all that stands between two spaces if only that is
    read so. What is not in the text as it is read, such as the address of a link, is looked for in
    the source.
    """
    found = _spans_in(reading, words)
    missing = [(word, stem) for word, stem in words if not found[stem]]
    return found | _spans_in(PlacedReading.of_source(passage), missing) if missing else found


def _spans_in(
    reading: PlacedReading, words: Iterable[tuple[str, str]]
) -> dict[str, tuple[tuple[int, int], ...]]:
    chunks = list(_CHUNK.finditer(reading.text))
    pieces = [
        (chunk.start() + piece.start(), piece[0])
        for chunk in chunks
        for piece in _PIECE.finditer(chunk[0])
    ]
    texts = dict.fromkeys([*(chunk[0] for chunk in chunks), *(text for _, text in pieces)])
    terms = {text: index_terms(text) for text in texts}
    stems = stems_of(term for found in terms.values() for term in found)
    stems_in = {text: {stems[term] for term in found} for text, found in terms.items()}
    spans: dict[str, tuple[tuple[int, int], ...]] = {}
    for word, stem in words:
        own = [(start, text) for start, text in pieces if stem in stems_in[text]]
        whole = [
            (chunk.start(), chunk[0])
            for chunk in chunks
            if stem in stems_in[chunk[0]]
            and not any(chunk.start() <= start < chunk.end() for start, _ in own)
        ]
        places = (
            span for start, text in sorted(own + whole) for span in _narrowed(start, text, word)
        )
        placed = (reading.place_of(*place) for place in places)
        spans[stem] = tuple(place for place in placed if place is not None)
    return spans


def _narrowed(start: int, text: str, word: str) -> Iterator[tuple[int, int]]:
    """Yield the places of a word in a stretch without spaces, as Chinese is written, or all."""
    inside = [] if text.isascii() or len(word) > 2 else list(re.finditer(re.escape(word), text))
    if not inside:
        yield start, start + len(text)
    for match in inside:
        yield start + match.start(), start + match.end()


def fields_with(document: DocumentRecord, passage: Passage, stem: str) -> str:
    """Return the names of the fields over a passage that hold a stem: "title", "headings", ..."""
    head = document.head
    fields: list[tuple[str, Sequence[str]]] = [
        ("title", (document.title,)),
        ("headings", (passage.section,)),
    ]
    if passage.number == 1:
        fields += [
            ("subtitle", (head.subtitle,)),
            ("byline", (head.byline,)),
            ("date", (head.date,)),
            *((name, values) for name, values in head.fields.items()),
            ("name", (document.doc_id,)),
        ]
    names = [name for name, texts in fields if stem in _stems("\n".join(texts))]
    return ", ".join(names) or "name"  # that of the file


def header_with(passage: Passage, stem: str) -> str:
    """Return "table_header" if the header of a table above a passage holds a stem, else ""."""
    return "table_header" if stem in _stems(passage.table_header) else ""


def _stems(text: str) -> set[str]:
    return set(stems_of(index_terms(text)).values())
