"""The stems of words, by the stemmer of FTS5 itself: those under which the catalog has them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from index.store.catalog_schema import TABLES


def stems_of(words: Iterable[str]) -> dict[str, str]:
    """Return the stem of each word; words are those that `words_of` gives.

    A table in memory, defined like the one of a catalog, is given the words, and tells what it made
    of them (https://sqlite.org/fts5.html, "The fts5vocab virtual table module").

    >>> stems_of(["soldiers", "losing", "2023"])
    {'soldiers': 'soldier', 'losing': 'lose', '2023': '2023'}
    """
    different = list(dict.fromkeys(words))
    # SQLite takes no lone surrogates.
    texts = [word.encode("utf-8", "replace").decode() for word in different]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(TABLES["words"])
        database.execute("CREATE VIRTUAL TABLE stems USING fts5vocab (words, instance)")
        database.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))
        found: dict[int, list[str]] = {}
        for row, term in database.execute("SELECT doc, term FROM stems"):
            found.setdefault(row, []).append(term)
    # A character that SQLite does not know yet parts a word for it: such a word is its own stem.
    return {
        word: found[row][0] if len(found.get(row, ())) == 1 else word
        for row, word in enumerate(different)
    }
