"""A question in, the passages that answer it out.

>>> from query import Retriever
>>> hits = Retriever.open().retrieve("ceasefire terms", k=3)    # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embed.errors import ModelError, PassageSearchError
    from index.errors import (
        ClosedIndexError,
        CorpusError,
        DamagedIndexError,
        FormatError,
        NoIndexError,
    )
    from query.citing.answers import AnswerCheck, check_answer
    from query.citing.citations import Citation, verify_citations
    from query.citing.context import Context, ContextError, build_context
    from query.hits import Hit, Ranking, Scores
    from query.local_searcher import QueryError
    from query.neighbours import NoSuchPassageError
    from query.retriever import Retriever

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
    "AnswerCheck": "query.citing.answers",
    "check_answer": "query.citing.answers",
    "Citation": "query.citing.citations",
    "verify_citations": "query.citing.citations",
    "ClosedIndexError": "index.store.generation",
    "Context": "query.citing.context",
    "ContextError": "query.citing.context",
    "build_context": "query.citing.context",
    "CorpusError": "index.reading.folder",
    "DamagedIndexError": "index.store.generation",
    "FormatError": "index.store.generation",
    "Hit": "query.hits",
    "ModelError": "embed.errors",
    "NoIndexError": "index.store.generation",
    "NoSuchPassageError": "query.neighbours",
    "PassageSearchError": "embed.errors",
    "QueryError": "query.local_searcher",
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
