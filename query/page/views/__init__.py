"""The page as HTML: pure functions of typed values, nothing of a source in it live."""

from query.page.views.article import article, stretch
from query.page.views.explained import explanation
from query.page.views.hits import hits
from query.page.views.page import documents, intro, page, problem, verified
from query.page.views.sheets import changed_file, sheets

__all__ = [
    "article",
    "changed_file",
    "documents",
    "explanation",
    "hits",
    "intro",
    "page",
    "problem",
    "sheets",
    "stretch",
    "verified",
]
