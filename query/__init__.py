"""A question in, the passages on its topic out.

>>> from query import Retriever
>>> hits = Retriever.open().retrieve("ceasefire terms", k=3)    # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from passage_search.shadowing import check_not_shadowed

# Asked of the one package whose name no script is likely to have.
check_not_shadowed("index", "embed")

if TYPE_CHECKING:
    from embed.errors import ModelError, PassageSearchError
    from index import (
        ClosedIndexError,
        CorpusError,
        DamagedIndexError,
        EngineError,
        FormatError,
        NoIndexError,
        Scores,
        SourceDocument,
    )
    from query.citing.answers import AnswerCheck, check_answer
    from query.citing.citation_line import (
        CitationLine,
        CitationLineError,
        citations_of,
        copied_text,
        find_citation_lines,
    )
    from query.citing.citations import Citation, CitationVerification, verify_citations
    from query.citing.context import Context, ContextError, build_context
    from query.citing.line_verification import (
        LineVerification,
        verify_lines,
        verify_lines_with,
    )
    from query.errors import QueryError
    from query.explaining.explanation import Explanation
    from query.explaining.why_not import WhyNot
    from query.hits import Hit
    from query.options import SearchOptions
    from query.places import NoSuchPassageError
    from query.ranking import Ranking
    from query.retriever import Retriever
    from query.searcher import Reranker, Searcher

__all__ = [
    "AnswerCheck",
    "Citation",
    "CitationLine",
    "CitationLineError",
    "CitationVerification",
    "ClosedIndexError",
    "Context",
    "ContextError",
    "CorpusError",
    "DamagedIndexError",
    "EngineError",
    "Explanation",
    "FormatError",
    "Hit",
    "LineVerification",
    "ModelError",
    "NoIndexError",
    "NoSuchPassageError",
    "PassageSearchError",
    "QueryError",
    "Ranking",
    "Reranker",
    "Retriever",
    "Scores",
    "SearchOptions",
    "Searcher",
    "SourceDocument",
    "WhyNot",
    "build_context",
    "check_answer",
    "citations_of",
    "copied_text",
    "find_citation_lines",
    "verify_citations",
    "verify_lines",
    "verify_lines_with",
]

_HOMES = {
    "ModelError": "embed.errors",
    "PassageSearchError": "embed.errors",
    "ClosedIndexError": "index",
    "CorpusError": "index",
    "DamagedIndexError": "index",
    "EngineError": "index",
    "FormatError": "index",
    "NoIndexError": "index",
    "Scores": "index",
    "SourceDocument": "index",
    "AnswerCheck": "query.citing.answers",
    "check_answer": "query.citing.answers",
    "CitationLine": "query.citing.citation_line",
    "CitationLineError": "query.citing.citation_line",
    "citations_of": "query.citing.citation_line",
    "copied_text": "query.citing.citation_line",
    "find_citation_lines": "query.citing.citation_line",
    "Citation": "query.citing.citations",
    "CitationVerification": "query.citing.citations",
    "verify_citations": "query.citing.citations",
    "LineVerification": "query.citing.line_verification",
    "verify_lines": "query.citing.line_verification",
    "verify_lines_with": "query.citing.line_verification",
    "Context": "query.citing.context",
    "ContextError": "query.citing.context",
    "build_context": "query.citing.context",
    "QueryError": "query.errors",
    "Explanation": "query.explaining.explanation",
    "WhyNot": "query.explaining.why_not",
    "Hit": "query.hits",
    "NoSuchPassageError": "query.places",
    "SearchOptions": "query.options",
    "Ranking": "query.ranking",
    "Retriever": "query.retriever",
    "Reranker": "query.searcher",
    "Searcher": "query.searcher",
}


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for: a bare `import query` stays cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
