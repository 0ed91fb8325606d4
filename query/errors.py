"""The error of a question that cannot be asked."""

from embed.errors import PassageSearchError


class QueryError(PassageSearchError):
    """A question, or an option that came with it, cannot be used."""
