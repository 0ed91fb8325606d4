"""The tables of the catalog of a generation, in SQLite.

Rows count from 0 in document order and are the rows of `passages.faiss`; sentence rows likewise
those of `sentences.faiss`. A title counts as a sentence before those of the first passage under it,
so that a question about the title finds the beginning of the article. The same input gives the same
file, byte for byte.

Columns that hold more than one value are JSON, or "" if they hold none (see `columns`). FTS5 is
given the index terms of a text with spaces between them, and parts it at these alone: what a word
is, `index.words` says. `texts` has the text of documents whose files are not text; offsets count in
it. `refusals` are files that could not be read. Of each pair in the array "shown_under", the first
row is shown under the second.
"""

from __future__ import annotations

import hashlib

TABLES = {
    "documents": """CREATE TABLE documents (
    document INTEGER PRIMARY KEY, doc_id TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
    title TEXT NOT NULL, subtitle TEXT NOT NULL, byline TEXT NOT NULL, date TEXT NOT NULL,
    fields TEXT NOT NULL, spans TEXT NOT NULL,
    tokens INTEGER NOT NULL, first_row INTEGER NOT NULL, passages INTEGER NOT NULL,
    format TEXT NOT NULL, reader TEXT NOT NULL, encoding TEXT NOT NULL, replaced INTEGER NOT NULL,
    notes TEXT NOT NULL
)""",
    "texts": "CREATE TABLE texts (document INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    "refusals": """CREATE TABLE refusals (
    refusal INTEGER PRIMARY KEY, doc_id TEXT NOT NULL, sha256 TEXT NOT NULL,
    format TEXT NOT NULL, reader TEXT NOT NULL, reason TEXT NOT NULL
)""",
    "passages": """CREATE TABLE passages (
    row INTEGER PRIMARY KEY, document INTEGER NOT NULL, number INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, line INTEGER NOT NULL,
    text TEXT NOT NULL, gaps TEXT NOT NULL, markup TEXT NOT NULL, path TEXT NOT NULL,
    table_header TEXT NOT NULL, anchors TEXT NOT NULL, digest BLOB NOT NULL,
    first_sentence INTEGER NOT NULL, sentences INTEGER NOT NULL
)""",
    "sentences": """CREATE TABLE sentences (
    row INTEGER PRIMARY KEY, start INTEGER NOT NULL, "end" INTEGER NOT NULL
)""",
    "arrays": "CREATE TABLE arrays (name TEXT PRIMARY KEY, data BLOB NOT NULL)",
    "postings": """CREATE TABLE postings (
    stem TEXT NOT NULL, first_row INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (stem, first_row)
)""",
    "words": """CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', columnsize = 0,
    tokenize = "porter unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'"
)""",
}
INDEXES = {"passages_digest": "CREATE INDEX passages_digest ON passages (digest)"}

# What SQLite and FTS5 add of their own. A catalog with any other table, view, trigger or index in
# it is not ours, and is refused before anything is read from it.
_IMPLIED: dict[str, str | None] = {
    "sqlite_autoindex_documents_1": None,
    "sqlite_autoindex_arrays_1": None,
    "sqlite_autoindex_postings_1": None,
    "words_data": "CREATE TABLE 'words_data'(id INTEGER PRIMARY KEY, block BLOB)",
    "words_idx": (
        "CREATE TABLE 'words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID"
    ),
    "words_config": "CREATE TABLE 'words_config'(k PRIMARY KEY, v) WITHOUT ROWID",
}
SCHEMA = {**TABLES, **INDEXES, **_IMPLIED}


def digest_of(reading: str) -> bytes:
    """Return 16 bytes of SHA-256 of a text as a reader sees it."""
    return hashlib.sha256(reading.encode()).digest()[:16]
