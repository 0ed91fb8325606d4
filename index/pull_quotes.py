"""Pull quotes: short paragraphs that only repeat, word for word, what a longer one says."""

import re
from collections.abc import Sequence

FEWEST_WORDS = 5
MOST_WORDS = 60

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


def find_pull_quotes(texts: Sequence[str]) -> set[int]:
    """The numbers (from 0) of the texts that stand, word for word, inside a longer one.

    Case and punctuation do not count. Each text is looked up by its first words, so that the
    time grows with the length of the article, not with its square.
    """
    words = [_words(text) for text in texts]
    longest = max(map(len, words), default=0)
    wanted: dict[tuple[str, ...], dict[int, dict[tuple[str, ...], list[int]]]] = {}
    for number, candidate in enumerate(words):
        if FEWEST_WORDS <= len(candidate) <= MOST_WORDS and len(candidate) < longest:
            by_length = wanted.setdefault(tuple(candidate[:FEWEST_WORDS]), {})
            by_length.setdefault(len(candidate), {}).setdefault(tuple(candidate), []).append(number)
    found: set[int] = set()
    for container in words:
        for position in range(len(container) - FEWEST_WORDS + 1):
            by_length = wanted.get(tuple(container[position : position + FEWEST_WORDS]), {})
            for length, candidates in by_length.items():
                if length < len(container):
                    sequence = tuple(container[position : position + length])
                    found.update(candidates.pop(sequence, ()))
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
