"""Documents, read and split: what a build takes of them, wherever that is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from index.types import Head, Passage

if TYPE_CHECKING:
    from embed import TextEncoder
    from index.document import Document


@dataclass(frozen=True, slots=True)
class SplitDocument:
    """A document as it goes into an index, but for its vectors.

    `tokens` are the word pieces of each passage. `extracted` is its text, if that is to be kept.
    `shown_under` has the numbers of passages that only repeat what another one says, and of those.
    The other fields are those of `DocumentRecord`.
    """

    head: Head
    passages: tuple[Passage, ...]
    tokens: tuple[int, ...]
    shown_under: Mapping[int, int]
    extracted: str | None = field(repr=False)
    replaced: int
    encoding: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, document: Document, encoder: TextEncoder, *, keep_text: bool = False) -> Self:
        """Split a document; its text is kept if its file is not text, or with `keep_text`."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.reading.formats import structure_of
        from index.splitting.passages import split_passages
        from index.splitting.structure import notes_of

        article = split_passages(document, structure_of(document), encoder)
        return cls(
            article.head,
            article.passages,
            tuple(encoder.count_tokens(passage.reading) for passage in article.passages),
            article.shown_under,
            document.text if document.structure or keep_text else None,
            document.replaced,
            document.encoding,
            (*document.notes, *notes_of(article.left_out)),
        )
