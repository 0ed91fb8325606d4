"""The page as HTML: pure functions of typed values, nothing of a source in it live."""

from query.page.views.article import article, stretch
from query.page.views.explained import explanation
from query.page.views.hits import hits
from query.page.views.page import documents, page, problem

__all__ = ["article", "documents", "explanation", "hits", "page", "problem", "stretch"]
