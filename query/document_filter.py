"""Which documents a filter means: `--doc` at the command line, `docs=` in Python."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path

# What `query` prints after a path: a line, and maybe more after it.
_PLACE = re.compile(r":\d+\Z")
_NEAR_NAMES = 3


def matching_doc_ids(
    doc_ids: Collection[str],
    filters: Collection[str],
    corpus: Path | None = None,
    folders: Iterable[str] = (),
) -> set[str]:
    """Return the documents that one of the filters means.

    A filter is the name of a document in any Unicode form, a path to it as `query` prints it, a
    folder, which means everything below it, or a glob. A name goes before a glob. Brackets that
    fit nothing as a glob stand for themselves. `corpus` is the folder that paths are relative to.
    What fits nothing so is taken for a name inside of one of `folders`, or of several.

    >>> sorted(matching_doc_ids(["a?b", "a/b", "c"], ["a?b"]))
    ['a?b']
    >>> sorted(matching_doc_ids(["a/b", "c"], ["a?b"]))
    ['a/b']
    >>> sorted(matching_doc_ids(["a/b", "a/c/d", "e"], ["./a/"]))
    ['a/b', 'a/c/d']
    >>> sorted(matching_doc_ids(["new/a", "old/a", "old/b"], ["a"], None, ["new", "old"]))
    ['new/a', 'old/a']
    """
    found = {text for text in filters if text in doc_ids}
    if found.issuperset(filters):  # of many documents, looking at all names takes a second
        return found
    by_name = _names(doc_ids)
    inside = _names_inside(doc_ids, folders)
    for text in filters:
        if text not in found:
            found |= _meant(by_name, text, corpus) or _meant(inside, text, None)
    return found


def documents_below(
    doc_ids: Collection[str], folder: str, corpus: Path | None = None, folders: Iterable[str] = ()
) -> set[str]:
    """Return the documents in a folder and below it, read as `matching_doc_ids` reads it.

    Case aside, for a condition has none. It may be the folder of an address too.

    >>> sorted(documents_below(["a/b", "A/c/d", "ab"], "./a/"))
    ['A/c/d', 'a/b']
    >>> sorted(documents_below(["new/x/a", "old/x/a", "old/b"], "x", None, ["new", "old"]))
    ['new/x/a', 'old/x/a']
    """
    paths = [folder.rstrip("/"), os.path.normpath(folder)]
    if corpus is not None and (typed := _inside(corpus, folder)):
        paths.append(typed)
    found = (_below(_names(doc_ids), path) for path in paths)
    inside = (_below(_names_inside(doc_ids, folders), path) for path in paths[:2])
    return next(filter(None, chain(found, inside)), set())


def _below(by_name: Mapping[str, set[str]], path: str) -> set[str]:
    """Return the documents below a path, "." for all of them."""
    start = f"{_composed(path).casefold()}/"
    fit = (own for name, own in by_name.items() if name.casefold().startswith(start))
    return set().union(*(by_name.values() if path == "." else fit))


def _names(doc_ids: Iterable[str]) -> dict[str, set[str]]:
    """Return the documents by their names in composed form."""
    by_name: dict[str, set[str]] = {}
    for doc_id in doc_ids:
        by_name.setdefault(_composed(doc_id), set()).add(doc_id)
    return by_name


def _meant(by_name: Mapping[str, set[str]], text: str, corpus: Path | None) -> set[str]:
    """Return the documents that a filter means by the first reading of it that fits any."""
    for names in _ways_to_match(by_name, _composed(text), corpus):
        if names:
            return {doc_id for name in names for doc_id in by_name[name]}
    return set()


def _names_inside(doc_ids: Collection[str], folders: Iterable[str]) -> dict[str, set[str]]:
    """Return the documents by their names relative to each of the folders that they are in."""
    inside: dict[str, set[str]] = {}
    for folder in filter(None, folders):
        for doc_id in doc_ids:
            if doc_id.startswith(f"{folder}/"):
                name = _composed(doc_id[len(folder) + 1 :])
                inside.setdefault(name, set()).add(doc_id)
    return inside


def near_names(doc_ids: Collection[str], filters: Collection[str]) -> list[str]:
    """Return the names of documents that look most like the filters; the first ones if none do."""
    from difflib import get_close_matches

    names = sorted(doc_ids)
    near = [
        name for text in filters for name in get_close_matches(text, names, _NEAR_NAMES, cutoff=0.5)
    ]
    return list(dict.fromkeys(near))[:_NEAR_NAMES] or names[:1]


def _ways_to_match(by_name: Collection[str], text: str, corpus: Path | None) -> Iterator[list[str]]:
    """Yield the names that a filter means, one reading of it after the other."""
    yield [text] if text in by_name else []
    paths: list[str | None] = [os.path.normpath(text)]
    if corpus is not None:
        paths += [_inside(corpus, text), _inside(corpus, _PLACE.sub("", text))]
    for path in filter(None, paths):
        yield [path] if path in by_name else []
        yield list(by_name) if path == "." else []
        yield [name for name in by_name if name.startswith(f"{path}/")]
    for pattern in (text, text.replace("[", "[[]")):
        yield [name for name in by_name if fnmatchcase(name, pattern)]


def _inside(corpus: Path, text: str) -> str | None:
    """Return a path as it is typed in the working directory relative to the corpus folder."""
    try:
        path = os.path.relpath(os.path.realpath(text), os.path.realpath(corpus))
    except (OSError, ValueError):
        return None
    return None if path.startswith("..") else _composed(path)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
