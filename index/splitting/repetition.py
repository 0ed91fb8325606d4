"""Pull quotes: a passage that only repeats, word for word, what one before it in its section says.

It is indexed as every passage is, and shown under the one that it repeats. In doubt it is not: the
same words may say something else in another place, as the outcome of another motion.
"""

import re
from collections.abc import Iterator, Sequence

from index.splitting.line_cues import has_complete_sentence, is_bullet, is_short
from index.types import Passage
from index.words import words_of

_FEWEST_WORDS = 6
_MOST_WORDS = 60
_FARTHEST = 8
"""Passages between a pull quote and what it repeats, at most."""

_PROSE = 40
"""Words of the paragraphs around it, at least. Minutes and specifications have shorter ones."""

_NAME_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z]|(?<=[a-z]’s )[A-Z]")


def find_repeated(passages: Sequence[Passage]) -> dict[int, int]:
    """Return the numbers of the passages that only repeat another one, and of those others."""
    found: dict[int, int] = {}
    for passage in filter(_could_be_quote, passages):
        words = words_of(passage.text)
        place = passage.number - 1
        near = list(_section_before(passages, place))
        after = passages[place + 1 : place + 2]
        if not near or not after or not all(map(_is_prose, after)):
            continue
        holders = [other for other in near if _says(other, words)]
        # Elsewhere too, and it is a turn of phrase.
        if len(holders) == 1 and sum(_says(other, words) for other in passages) == 2:
            found[passage.number] = holders[0].number
    return found


def _could_be_quote(passage: Passage) -> bool:
    """Return whether a passage says who or what it is about, so that it says the same anywhere."""
    text = passage.text
    if passage.markup or not _FEWEST_WORDS <= len(text.split()) <= _MOST_WORDS:
        return False
    is_one_line = "\n" not in text.strip() or not is_short(text)
    return is_one_line and not is_bullet(text) and _NAME_INSIDE.search(text) is not None


def _section_before(passages: Sequence[Passage], place: int) -> Iterator[Passage]:
    """Yield the passages before one, back to the nearest that is not prose of its section."""
    for other in reversed(passages[max(0, place - _FARTHEST) : place]):
        if other.path != passages[place].path or not _is_prose(other):
            return
        yield other


def _is_prose(passage: Passage) -> bool:
    return len(passage.text.split()) >= _PROSE and has_complete_sentence(passage.text)


def _says(passage: Passage, words: list[str]) -> bool:
    return f" {' '.join(words)} " in f" {' '.join(words_of(passage.text))} "
