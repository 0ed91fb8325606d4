"""Shares in words: a line for each part of a score, and marks on the words of a passage."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index import Passage
from query.explaining.shares import CONTEXT_NOTE, ExplainedPart, TokenShare, WordShare
from query.showing.seen_text import SeenText, seen_text

MARKS = ("", "▂", "▅", "█")
"""What stands after a word, by how much it adds."""

# The shares of the largest one at which a word gets each mark but the first.
_LEAST = (1 / 6, 1 / 3, 2 / 3)
_MOST_NAMED = 4
SMALLEST = 0.0005  # is shown as 0.000
_WORD = re.compile(r"\S+")
_OUTSIDE = re.compile(r"^\W+|\W+$")

LEGEND = (
    f"{', '.join(MARKS[1:])} after a word: it adds a sixth, a third, two thirds of what the "
    f"strongest word adds, or more. {CONTEXT_NOTE}"
)


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A line of an explanation: a part by its name, its share, and what carries it."""

    name: str
    share: str
    carried_by: str


def shares_of_words(
    passage: Passage, spans: Iterable[tuple[int, int, float]], seen: SeenText
) -> dict[int, float]:
    """Return what each word on screen adds, by its place: a span counts where it begins."""
    words = list(_WORD.finditer(seen.text))
    shares = dict.fromkeys((match.start() for match in words), 0.0)
    number = 0
    for start, _, share in sorted(spans):
        place = seen.place_of(passage.place_of(start))
        while number < len(words) - 1 and words[number].end() <= place:
            number += 1
        if words:
            shares[words[number].start()] += share
    return shares


def levels_of(
    passage: Passage, spans: Iterable[tuple[int, int, float]], seen: SeenText
) -> Mapping[int, int]:
    """Return how strongly each word on screen is marked, from 1 to 3, by its place in `seen`."""
    shares = shares_of_words(passage, spans, seen)
    largest = max(shares.values(), default=0.0)
    if largest <= 0:
        return {}
    levels = {
        place: sum(share >= least * largest for least in _LEAST) for place, share in shares.items()
    }
    return {place: level for place, level in levels.items() if level}


def marked_pieces(
    passage: Passage, spans: Iterable[tuple[int, int, float]]
) -> list[tuple[str, int]]:
    """Return the text of a passage in pieces, each with how strongly it is marked, from 0 to 3."""
    seen = seen_text(passage)
    levels = levels_of(passage, spans, seen)
    pieces: list[tuple[str, int]] = []
    position = 0
    for match in _WORD.finditer(seen.text):
        level = levels.get(match.start(), 0)
        if level:
            pieces += [(seen.text[position : match.start()], 0), (match[0] + MARKS[level], level)]
            position = match.end()
    return [*pieces, (seen.text[position:], 0)]


def shown_part(passage: Passage, part: ExplainedPart) -> ShownPart:
    """Return the line of a part of the score of a passage."""
    return ShownPart(part.name, f"{part.share:.3f}", " · ".join(_carriers(passage, part)))


def _carriers(passage: Passage, part: ExplainedPart) -> list[str]:
    """Return what carries a part, in words."""
    carriers = [part.note] if part.note else []
    if part.name == "context" and not part.passages:
        return carriers  # its words are those of the passage
    carriers += _words_of_tokens(passage, part.tokens)
    carriers += [_word(word, passage) for word in _largest(part.words)]
    rest = [word.share for word in part.words if word not in _largest(part.words)]
    carriers += [_others(rest)] if rest else []
    carriers += [f"{each.passage_id} {each.share:.3f}" for each in part.passages]
    return carriers


def _largest(words: Iterable[WordShare]) -> list[WordShare]:
    return sorted(words, key=lambda word: -abs(word.share))[: 2 * _MOST_NAMED]


def _words_of_tokens(passage: Passage, tokens: Sequence[TokenShare]) -> list[str]:
    """Return the words that add most, then all others, then what does not stand in it."""
    shares: dict[tuple[int, str], float] = {}
    starts = [match.start() for match in _WORD.finditer(passage.text)]
    texts = [_OUTSIDE.sub("", match[0]) or match[0] for match in _WORD.finditer(passage.text)]
    special: dict[str, float] = {}
    for token in tokens:
        if token.kind in {"special", "prompt", "bias", "rounding"}:
            name = {"prompt": "the model's prompt"}.get(token.kind, token.text)
            special[name] = special.get(name, 0.0) + token.share
            continue
        if token.start is None:
            key = -1, token.text if token.kind == "token" else "header of the table"
        else:
            number = _last_at(starts, passage.place_of(token.start))
            key = number, texts[number]
        shares[key] = shares.get(key, 0.0) + token.share
    ordered = sorted(shares.items(), key=lambda item: -abs(item[1]))
    named = [f"{text} {share:.3f}" for (_, text), share in ordered[:_MOST_NAMED]]
    rest = [share for _, share in ordered[_MOST_NAMED:]]
    named += [_others(rest)] if rest else []
    return named + [f"{name} {s:.3f}" for name, s in special.items() if abs(s) >= SMALLEST]


def _last_at(starts: Sequence[int], place: int) -> int:
    """Return the number of the last of some places that is not after one."""
    return max(bisect_right(starts, place) - 1, 0)


def _others(shares: Sequence[float]) -> str:
    return f"{len(shares)} other{'s' if len(shares) > 1 else ''} {sum(shares):.3f}"


def _word(word: WordShare, passage: Passage) -> str:
    """Return what is told of a word that is found in one place."""
    told = [f"{word.count}×" if word.count > 1 else "once"]
    if word.field:
        told.append(f"in the {word.field.replace('_', ' ')}")
    if word.passage_id != passage.passage_id:
        told.append(f"in {word.passage_id}")
    elif not word.field:
        stem = f"stem {word.stem}, " if word.stem != word.word else ""
        told = [
            f"{stem}{told[0]}",
            f"in {word.passages:,} passage{'' if word.passages == 1 else 's'}",
        ]
    return f"{word.word.removeprefix('=')} {word.share:.3f} ({', '.join(told)})"
