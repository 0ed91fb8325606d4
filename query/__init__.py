"""A question in, the passages that answer it out.

>>> from query import Retriever
>>> hits = Retriever.open().retrieve("ceasefire terms", k=3)    # doctest: +SKIP
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from query.answers import AnswerCheck, check_answer
    from query.citations import Citation, verify_citations
    from query.context import Context, build_context
    from query.hits import Hit, Ranking, Scores
    from query.retriever import QueryError, Retriever

__all__ = [
    "AnswerCheck",
    "Citation",
    "Context",
    "Hit",
    "QueryError",
    "Ranking",
    "Retriever",
    "Scores",
    "build_context",
    "check_answer",
    "verify_citations",
]

_HOMES = {
    "AnswerCheck": "answers",
    "check_answer": "answers",
    "Citation": "citations",
    "verify_citations": "citations",
    "Context": "context",
    "build_context": "context",
    "Hit": "hits",
    "Ranking": "hits",
    "Scores": "hits",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for: a bare ``import query`` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"query.{_HOMES.get(name, 'retriever')}"), name)
