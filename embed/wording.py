"""Wording that the messages of several packages share."""

from collections.abc import Sequence


def listed(names: Sequence[str]) -> str:
    """Return names, or paths, as a part of a sentence: three of them, if there are more.

    >>> listed(["/a", "/b"]), listed(["/a", "/b", "/c", "/d", "/e"])
    ('/a and /b', '/a, /b, /c and 2 more')
    """
    more = len(names) - 3
    *first, last = names if more <= 0 else [*names[:3], f"{more:,} more"]
    return f"{', '.join(first)} and {last}" if first else last
