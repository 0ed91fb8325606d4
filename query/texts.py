"""Texts at hand: by their ids, or in a list, whose numbers are the ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from index import CorpusError, SourceDocument

if TYPE_CHECKING:
    Texts = Mapping[str, str | SourceDocument] | Sequence[str | SourceDocument]


def texts_by_id(texts: Texts) -> Mapping[str, str | SourceDocument]:
    """Return texts by their ids; those of a list are their numbers, counted from 1.

    Raises CorpusError for a single text, whose characters would be taken for texts, and for what
    holds no texts.

    >>> texts_by_id(["The ferry leaves.", "Snow fell."])
    {'1': 'The ferry leaves.', '2': 'Snow fell.'}
    """
    if isinstance(texts, Mapping):
        return texts
    if isinstance(texts, Set):
        raise CorpusError("a set of texts has no order to number them by: give a list")
    if isinstance(texts, str | bytes | SourceDocument):
        raise CorpusError("this is one text and not several: give a list, or a dict of them by id")
    try:
        return {str(number): text for number, text in enumerate(texts, start=1)}
    except TypeError:
        kind = type(texts).__name__
        raise CorpusError(f"texts are a list, or a dict of them by id, not {kind}") from None
