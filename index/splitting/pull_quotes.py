"""Pull quotes: short paragraphs that only repeat, word for word, what a longer one says."""

import re
from collections.abc import Sequence

_FEWEST_WORDS = 5
_MOST_WORDS = 60

_LONGEST_WORD = 40
_Words = tuple[str, ...]

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def find_pull_quotes(texts: Sequence[str]) -> set[int]:
    """Return the numbers (from 0) of the texts that stand, word for word, inside a longer one.

    Case and punctuation do not count. Each text is looked up by its first words, so that the
    time grows with the length of the article, not with its square.
    """
    wanted = _wanted(texts)
    found: set[int] = set()
    for text in texts if wanted else ():
        container = _words(text)
        for position in range(len(container) - _FEWEST_WORDS + 1):
            by_length = wanted.get(tuple(container[position : position + _FEWEST_WORDS]), {})
            for length, candidates in by_length.items():
                if length < len(container):
                    sequence = tuple(container[position : position + length])
                    found.update(candidates.pop(sequence, ()))
    return found


def _wanted(texts: Sequence[str]) -> dict[_Words, dict[int, dict[_Words, list[int]]]]:
    """Return the numbers of the short texts by their words, by how many, and by the first few."""
    wanted: dict[_Words, dict[int, dict[_Words, list[int]]]] = {}
    for number, text in enumerate(texts):
        if len(text) > _MOST_WORDS * _LONGEST_WORD:
            continue
        words = tuple(_words(text))
        if _FEWEST_WORDS <= len(words) <= _MOST_WORDS:
            by_length = wanted.setdefault(words[:_FEWEST_WORDS], {})
            by_length.setdefault(len(words), {}).setdefault(words, []).append(number)
    return wanted


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
