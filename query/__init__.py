"""A question in, the passages that answer it out.

>>> from query import Retriever
>>> hits = Retriever.open().retrieve("ceasefire terms", k=3)    # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embed.errors import ModelError, PassageSearchError
    from index.documents import CorpusError
    from index.generation import (
        ClosedIndexError,
        DamagedIndexError,
        FormatError,
        NoIndexError,
    )
    from query.answers import AnswerCheck, check_answer
    from query.citations import Citation, verify_citations
    from query.context import Context, ContextError, build_context
    from query.hits import Hit, Ranking, Scores
    from query.neighbours import NoSuchPassageError
    from query.retriever import Retriever
    from query.searcher import QueryError

__all__ = [
    "AnswerCheck",
    "Citation",
    "ClosedIndexError",
    "Context",
    "ContextError",
    "CorpusError",
    "DamagedIndexError",
    "FormatError",
    "Hit",
    "ModelError",
    "NoIndexError",
    "NoSuchPassageError",
    "PassageSearchError",
    "QueryError",
    "Ranking",
    "Retriever",
    "Scores",
    "build_context",
    "check_answer",
    "verify_citations",
]

_HOMES = {
    "AnswerCheck": "query.answers",
    "check_answer": "query.answers",
    "Citation": "query.citations",
    "verify_citations": "query.citations",
    "ClosedIndexError": "index.generation",
    "Context": "query.context",
    "ContextError": "query.context",
    "build_context": "query.context",
    "CorpusError": "index.documents",
    "DamagedIndexError": "index.generation",
    "FormatError": "index.generation",
    "Hit": "query.hits",
    "ModelError": "embed.errors",
    "NoIndexError": "index.generation",
    "NoSuchPassageError": "query.neighbours",
    "PassageSearchError": "embed.errors",
    "QueryError": "query.searcher",
    "Ranking": "query.hits",
    "Retriever": "query.retriever",
    "Scores": "query.hits",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for: a bare ``import query`` stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
