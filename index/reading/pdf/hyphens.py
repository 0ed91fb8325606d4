"""Words that a line end parts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"\w+(?:[-‐]\w+)*")
_HYPHENS = "-‐\u00ad"
_AS_HYPHEN = str.maketrans(dict.fromkeys(_HYPHENS, "-"))
_LAST = re.compile(r"(?:^|\W)((?:\w+[-‐])*)(\w+)[-‐\u00ad]$")
_FIRST = re.compile(r"(\w+)((?:[-‐]\w+)*)")
_ADDRESS = re.compile(r"(?:\w+://|www\.|\w[\w.-]*@|[\w.-]*/[\w.-]+/)\S*$")
_CODE_BREAK = re.compile(r"[\w)}\]>~.-][/._=&?:@+]$|^[/.]$|\s[/.]$|\{[^\s}]*,$")
_PATH = re.compile(r"[\w.~-]/$")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


class Joiner:
    """Joins lines. It knows the words that a document has whole."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: Counter[str] = Counter()
        is_broken = False
        for line in lines:
            text = line.casefold()
            found = [match[0] for match in _WORD.finditer(text)]
            if is_broken:
                found = found[1:]
            is_broken = text[-1:] in _HYPHENS
            if is_broken and found:
                found.pop()
            self._words.update(found)
            for word in found:
                if "-" in word:
                    self._words.update(word.split("-"))

    def join(self, before: str, after: str, *, in_code: bool = False) -> str:
        """Return the text of a paragraph that ends in `before` and goes on with a line.

        `in_code` says that the words at both sides of the line break are set as code.
        """
        if not before:
            return after
        if before[-1] in _HYPHENS and len(before) > 1 and not before[-2].isspace():
            return self._join_word(before, after, in_code=in_code)
        if _goes_on_unspaced(before, after, in_code=in_code):
            return before + after
        return before + " " + after

    def _join_word(self, before: str, after: str, *, in_code: bool) -> str:
        # Texts are added up, and not put into another: they may know where they stand.
        stem, hyphenated = before[:-1], before[:-1] + before[-1].translate(_AS_HYPHEN)
        last, first = _LAST.search(before[-100:]), _FIRST.match(after)
        if last is None or first is None or _ADDRESS.search(before[-300:]):
            return hyphenated + after
        whole, parted = (last[2] + first[1]).casefold(), f"{last[2]}-{first[1]}".casefold()
        if self._words[whole] != self._words[parted]:
            return (hyphenated if self._words[parted] > self._words[whole] else stem) + after
        if first[1] in _AND and before[-1] != "\u00ad":
            # "two- and three-fold": the hyphen stands for the rest of the word.
            return hyphenated + " " + after
        keeps = in_code or self._keeps_hyphen(last[2], first[1])
        return (hyphenated if keeps else stem) + after

    def _keeps_hyphen(self, last: str, first: str) -> bool:
        """Check whether a hyphen at a line end belongs to a word that the document has nowhere."""
        if not last.isalpha() or not first[0].islower() or last[-2:].isupper():
            return True
        if len(last) >= 4 and first.casefold() in _SECOND_PARTS:
            return True
        is_known = self._words[last.casefold()] >= 1 and self._words[first.casefold()] >= 1
        return is_known and len(last) >= 3 and len(first) >= 3


_SECOND_PARTS = frozenset(
    ("based", "driven", "friendly", "oriented", "related", "specific", "style", "term", "time")
)
"""What stands in English words after a hyphen, and hardly ever after a mere break."""

_AND = frozenset(("and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "to"))


def _goes_on_unspaced(before: str, after: str, *, in_code: bool) -> bool:
    """Check whether no space stands between two lines: in an address, a path, or in Chinese."""
    if _UNSPACED.match(before[-1]) and _UNSPACED.match(after[0]):
        return True
    if in_code and _CODE_BREAK.search(before[-100:]) and not after[0].isspace():
        return True
    if _PATH.search(before[-100:]) and after[0].isalnum():
        return True
    tail = before[-300:]
    if tail.endswith(":") and after.startswith("//"):
        return True
    if not _ADDRESS.search(tail):
        return False
    return before[-1] in "/_=&?%#~" or (before[-1] in ".:@" and after[0].islower())
