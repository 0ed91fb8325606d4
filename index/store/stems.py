"""The stems of words, by the stemmer of FTS5 itself: those under which the catalog has them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import cache

from index.store.catalog_schema import TABLES


def stems_of(words: Iterable[str]) -> dict[str, str]:
    """Return the stem of each word; words are those that `words_of` gives.

    >>> stems_of(["soldiers", "losing", "2023"])
    {'soldiers': 'soldier', 'losing': 'lose', '2023': '2023'}
    """
    different = list(dict.fromkeys(words))
    found = _stemmer().terms_of(different)
    # A character that SQLite does not know yet parts a word for it: such a word is its own stem.
    return {
        word: found[row][0] if len(found.get(row, ())) == 1 else word
        for row, word in enumerate(different)
    }


def terms_in_order(text: str) -> list[str]:
    """Return the terms that the full-text index makes of a text, in order.

    >>> terms_in_order("the soldiers losing")
    ['the', 'soldier', 'lose']
    """
    return _stemmer().terms_of([text]).get(0, [])


class _Stemmer:
    """A table in memory, defined like the one of a catalog, which tells what it makes of words.

    See https://sqlite.org/fts5.html, "The fts5vocab virtual table module". Making it takes longer
    than a question has time for, so it is kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._database.execute(TABLES["words"])
        self._database.execute("CREATE VIRTUAL TABLE stems USING fts5vocab (words, instance)")

    def terms_of(self, texts: Sequence[str]) -> dict[int, list[str]]:
        """Return the terms of each text that has any, in order, by its position."""
        found: dict[int, list[str]] = {}
        with self._lock:
            try:
                self._database.execute("BEGIN")
                self._database.executemany(
                    "INSERT INTO words (rowid, text) VALUES (?, ?)",
                    # SQLite takes no lone surrogates.
                    enumerate(text.encode("utf-8", "replace").decode() for text in texts),
                )
                # The table is in order of term.
                stands = self._database.execute("SELECT doc, offset, term FROM stems").fetchall()
                for row, _, term in sorted(stands):
                    found.setdefault(row, []).append(term)
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
        return found


@cache
def _stemmer() -> _Stemmer:
    return _Stemmer()
