"""The public names of `query`, for programs in which that name is too generic.

>>> from passage_search import Retriever
>>> hits = Retriever.open().retrieve("ceasefire terms", k=3)    # doctest: +SKIP
"""

from typing import TYPE_CHECKING

from passage_search.shadowing import check_not_shadowed

check_not_shadowed("query", "index", "embed")

if TYPE_CHECKING:
    from query import (
        AnswerCheck,
        Citation,
        CitationLine,
        CitationLineError,
        CitationVerification,
        ClosedIndexError,
        Context,
        ContextError,
        CorpusError,
        DamagedIndexError,
        Explanation,
        FormatError,
        Hit,
        LineVerification,
        ModelError,
        NoIndexError,
        NoSuchPassageError,
        PassageSearchError,
        QueryError,
        Ranking,
        Reranker,
        Retriever,
        Scores,
        Searcher,
        SearchOptions,
        SourceDocument,
        WhyNot,
        build_context,
        check_answer,
        citations_of,
        copied_text,
        find_citation_lines,
        verify_citations,
        verify_lines,
        verify_lines_with,
    )

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


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for: a bare `import passage_search` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import query

    return getattr(query, name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted(__all__)
