"""An explanation as a person reads it: a line for each part, marks on words, and a drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index import Passage
from query.explaining.explanation import (
    CONTEXT_NOTE,
    ExplainedPart,
    ExplainedVerdict,
    Explanation,
    TokenShare,
    WordShare,
)
from query.hits import Hit
from query.ranking import share_of_cases
from query.showing.seen_text import SeenText

MARKS = ("", "▂", "▅", "█")
"""What stands after a word, by how much it adds."""

# The shares of the largest one at which a word gets each mark but the first.
_LEAST = (1 / 6, 1 / 3, 2 / 3)
_MOST_NAMED = 4
_SMALLEST = 0.0005  # is shown as 0.000
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


def levels_of(passage: Passage, explanation: Explanation, seen: SeenText) -> Mapping[int, int]:
    """Return how strongly each word on screen is marked, from 1 to 3, by its place in `seen`."""
    shares = dict.fromkeys((match.start() for match in _WORD.finditer(seen.text)), 0.0)
    words = list(_WORD.finditer(seen.text))
    number = 0
    for start, _, share in sorted(explanation.spans()):
        place = seen.place_of(passage.place_of(start))
        while number < len(words) - 1 and words[number].end() <= place:
            number += 1
        if words:
            shares[words[number].start()] += share
    largest = max(shares.values(), default=0.0)
    if largest <= 0:
        return {}
    levels = {
        place: sum(share >= least * largest for least in _LEAST) for place, share in shares.items()
    }
    return {place: level for place, level in levels.items() if level}


def sum_of(explanation: Explanation) -> str:
    """Return the score as the sum of its parts, those of nothing left out."""
    parts = [part for part in explanation.parts if abs(part.share) >= _SMALLEST]
    added = " + ".join(f"{part.name} {part.share:.3f}" for part in parts)
    return f"{explanation.score:.3f} = {added or '0'}".replace("+ -", "- ")


def shown_parts(passage: Passage, explanation: Explanation) -> list[ShownPart]:
    """Return a line for each part of an explanation."""
    return [
        ShownPart(part.name, f"{part.share:.3f}", " · ".join(_carriers(passage, part)))
        for part in explanation.parts
    ]


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
    """Return the words that add most, then all others, then what are no words of the text."""
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
    return named + [f"{name} {s:.3f}" for name, s in special.items() if abs(s) >= _SMALLEST]


def _last_at(starts: Sequence[int], place: int) -> int:
    """Return the number of the last of some places that is not after one."""
    from bisect import bisect_right

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
        told = [f"{stem}{told[0]}", f"in {word.passages:,} passages"]
    return f"{word.word.removeprefix('=')} {word.share:.3f} ({', '.join(told)})"


def beside(last: Hit) -> str:
    """Return what the parts of the last hit are headed by."""
    name = last.passage.locator.after(last.passage.doc_id)
    return f"Those of {'hit' if last.matches else 'passage'} {last.rank}, the last shown, {name}:"


def verdict_line(verdict: ExplainedVerdict) -> str:
    """Return the evidence beside what unrelated questions find, as one line."""
    takes = "" if verdict.needed is None else f", and a match takes {verdict.needed:.2f}"
    found = "none" if verdict.evidence is None else f"{verdict.evidence:.2f}"
    return (
        f"Evidence {found}. Half of the unrelated questions find {verdict.usual:.2f} or more here"
        f"{takes}; {share_of_cases(verdict.p_chance)} of them would find as much as this one."
    )


def drawing(verdict: ExplainedVerdict, width: int) -> str:
    """Return where the evidence stands, drawn on one line of at most `width` columns.

    `▒` is where nine of ten unrelated questions end, `|` what a match takes, `●` this question.
    """
    needed = verdict.usual if verdict.needed is None else verdict.needed
    evidence = verdict.usual if verdict.evidence is None else verdict.evidence
    lowest = min(verdict.low, evidence)
    highest = max(verdict.high, needed, evidence)
    margin = 0.05 * (highest - lowest) or 0.01
    first, last = f"{lowest - margin:.2f} ", f" {highest + margin:.2f}"
    room = max(width - len(first) - len(last), 8)

    def place(value: float) -> int:
        share = (value - lowest + margin) / (highest - lowest + 2 * margin)
        return min(max(round(share * (room - 1)), 0), room - 1)

    line = ["·"] * room
    for position in range(place(verdict.low), place(verdict.high) + 1):
        line[position] = "▒"
    if verdict.needed is not None:
        line[place(needed)] = "|"
    if verdict.evidence is not None:
        line[place(evidence)] = "●"
    return f"{first}{''.join(line)}{last}"


DRAWING_LEGEND = "▒ unrelated questions, nine of ten · | what a match takes · ● this question"
