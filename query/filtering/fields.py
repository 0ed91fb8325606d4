"""The fields of documents: what a head states, the format, and the folder, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index import DocumentRecord

_ALIASES = {"author": "byline", "published": "date", "filetag": "tag"}
_PLURALS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))
WORDED = frozenset({"title", "subtitle", "byline"})
"""Fields that are free text: a value is looked for in them, word by word."""

UNORDERED = WORDED | {"format", "folder"}
"""Fields of which none is less than another."""

_LISTS = frozenset({"tag", "keyword", "category"})
"""Fields in which a single text with commas or semicolons is a list."""


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    """Return what is equal for all names of a field: in any case, singular or plural, by an alias.

    >>> _key("Tags") == _key("tag"), _key("categories") == _key("category")
    (True, True)
    >>> _key("authors"), _key("published"), _key("status")
    ('byline', 'date', 'statu')
    """
    name = " ".join(name.casefold().split())
    for plural, singular in _PLURALS:
        if name.endswith(plural) and len(name) > len(plural):
            name = name.removesuffix(plural) + singular
            break
    else:
        if name.endswith("s") and not name.endswith("ss") and len(name) > 2:
            name = name[:-1]
    return _ALIASES.get(name, name)


@dataclass(frozen=True, slots=True)
class Column:
    """A field over documents: the values that each of them has, by doc_id; only those with any."""

    key: str
    values: dict[str, Sequence[str]]

    @classmethod
    def of(cls, records: Iterable[DocumentRecord], name: str, *, whole: bool = False) -> Column:
        """Return the column of the field that a person calls `name`.

        A text that is a list is its items, unless texts are wanted as a whole.
        """
        key = _key(name)
        own = _OWN.get(key)
        values: dict[str, Sequence[str]] = {}
        for record in records:
            found = own(record) if own else ()
            for called, texts in record.fields.items():
                if _key(called) == key:
                    found = (*found, *(texts if whole or key not in _LISTS else _items(texts)))
            if found:
                values[record.doc_id] = found
        return cls(key, values)

    def among(self, doc_ids: set[str]) -> Column:
        """Return the column over some of its documents."""
        return Column(self.key, {d: texts for d, texts in self.values.items() if d in doc_ids})

    def fitting(self, test: Callable[[str], bool]) -> set[str]:
        """Return the documents of which a value passes a test, which is asked once per value."""
        passed = {text: test(text) for text in dict.fromkeys(self.all())}
        return {doc for doc, texts in self.values.items() if any(passed[text] for text in texts)}

    def all(self) -> Iterable[str]:
        """Yield every value of every document, in order."""
        return (text for texts in self.values.values() for text in texts)

    def by_frequency(self) -> list[str]:
        """Return the different values, the most frequent first."""
        return [text for text, _ in Counter(self.all()).most_common()]

    def document_with(self, value: str) -> str:
        """Return the first document that has this value."""
        return next(doc_id for doc_id, texts in self.values.items() if value in texts)


def field_names(records: Iterable[DocumentRecord]) -> list[str]:
    """Return the names of the fields that documents have, the most frequent first."""
    records = list(records)
    names = Counter(name for record in records for name in record.fields)
    own = [name for name, values in _OWN.items() if any(map(values, records))]
    if "byline" in own:
        own.append("author")
    return list(dict.fromkeys([*own, *(name for name, _ in names.most_common())]))


def _format(record: DocumentRecord) -> tuple[str, ...]:
    """Return the name of the format, and the suffix of the file."""
    stem, dot, suffix = record.doc_id.rpartition("/")[2].rpartition(".")
    names = [record.reader.format, suffix if stem and dot and suffix.isalnum() else ""]
    return tuple(name for name in dict.fromkeys(names) if name)


def _folder(record: DocumentRecord) -> tuple[str, ...]:
    """Return every folder that a document lies in or below, from the indexed one on."""
    doc_id = record.doc_id
    start = doc_id.find("://") + 3 if "://" in doc_id else 0  # an address
    places = (start + place for place, char in enumerate(doc_id[start:]) if char == "/")
    return (".", *(doc_id[:place] for place in places))


def _items(texts: Sequence[str]) -> Sequence[str]:
    """Return the values of a list; a single one that is a list itself is taken apart.

    >>> _items(["Paris; Lyon, Nice"]), _items(["Paris, France", "Lyon"])
    (['Paris', 'Lyon, Nice'], ['Paris, France', 'Lyon'])
    """
    if len(texts) != 1:
        return texts
    items = map(str.strip, texts[0].split(";" if ";" in texts[0] else ","))
    return list(filter(None, items)) or texts


def _stated(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


_OWN: dict[str, Callable[[DocumentRecord], tuple[str, ...]]] = {
    "title": lambda record: _stated(record.title),
    "subtitle": lambda record: _stated(record.subtitle),
    "byline": lambda record: _stated(record.byline),
    "date": lambda record: _stated(record.date),
    "format": _format,
    "folder": _folder,
}
