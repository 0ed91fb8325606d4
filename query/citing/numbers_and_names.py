"""Numbers and names of a claim, and whether they stand in a text, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index import STOP_WORDS, index_terms, stems_of, words_of
from query.citing.quotations import QUOTATION

_UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SHORT_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12}
# How a text may say a number that a claim writes: words that imply it, and ordinals.
_IMPLIED = {
    "both": 2, "couple": 2, "pair": 2, "twice": 2, "double": 2, "doubled": 2, "second": 2,
    "third": 3, "triple": 3, "trio": 3, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "decade": 10, "eleventh": 11,
    "twelfth": 12, "dozen": 12, "twentieth": 20, "hundred": 100, "thousand": 1000,
}  # fmt: skip

# Figures that no letter stands before: "1,250,000", "3.5 million", "$5bn", not the 3 of "C3".
_FIGURE = re.compile(
    r"(?<![^\W_])(?P<digits>[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,'’]\d+)*)"
    r"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|tn|[kmb])\b)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,'’]\d+)*")
_SHORT_YEARS = re.compile(r"\b((?:1[5-9]|20)\d\d)([-–/])(\d\d)(?!\d)")  # 2022-23
_ITEM_MARK = re.compile(r"\s*(?:[-*•]\s+|\(?(?:\d{1,3}|[A-Za-z])[.)]\s+)+")
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_IN_SINGLE_MARKS = re.compile(r"(?<!\w)[‘'][^‘’']{3,}[’'](?!\w)")
_LETTERS_COMPARED = 4


def missing_numbers(claim: str, text: str) -> list[str]:
    """Return the numbers of a claim, as it writes them, that do not stand in a text.

    In figures or in words, with or without thousands separators: "500,000" stands where it says
    "500 thousand". "One" and "zero" do not count, nor does the mark of an item in a list.

    >>> missing_numbers("Two of 500,000 died in 2023", "In 2022, both: 500 thousand")
    ['2023']
    """
    numbers = list(_numbers_of(_ITEM_MARK.sub("", claim, count=1)))
    standing = set(_values_in(text)) if numbers else set()
    return [written for written, values in numbers if standing.isdisjoint(values)]


def _values_in(text: str) -> Iterator[float]:
    """Yield the value of each number in a text, in every reading of it."""
    text = _full_years(text)
    for match in _DIGITS.finditer(text):
        yield from _readings(match[0])
    for match in _FIGURE.finditer(text):
        yield from _scaled(match)
    for _, value in _spoken_numbers(text):
        yield value
    for word in set(words_of(text)):
        yield from (_IMPLIED[w] for w in (word, word.removesuffix("s")) if w in _IMPLIED)


def _numbers_of(claim: str) -> Iterator[tuple[str, set[float]]]:
    """Yield the numbers of a claim as they are written, each with the values that it may have."""
    claim = _full_years(claim)
    spoken = re.sub(_FIGURE, lambda match: " " * len(match[0]), claim)
    figures = _FIGURE.finditer(claim)
    found = [(match.start(), match[0], set(_scaled(match))) for match in figures]
    found += [
        (span[0], claim[slice(*span)], {value})
        for span, value in _spoken_numbers(spoken)
        if value > 1
    ]
    for _, written, values in sorted(found):
        yield written, values


def _full_years(text: str) -> str:
    """Return a text with the years of "2022-23" in full."""
    return _SHORT_YEARS.sub(lambda m: f"{m[1]}{m[2]}{m[1][:2]}{m[3]}", text)


def _readings(digits: str) -> list[float]:
    """Return what a number in figures may mean: "1.250" is 1250 too, and "4,5" is 4.5.

    >>> _readings("500,000"), _readings("1.250"), _readings("4,5"), _readings("10.7.2023")
    ([500000.0], [1.25, 1250.0], [4.5], [10.0, 7.0, 2023.0])
    """
    digits = re.sub(r"\s", "", digits)
    words = words_of(digits)
    if len(words) == 2 and "," in digits:
        words = [".".join(words)]
    elif digits.count(".") == 1 and (whole := digits.replace(".", "")) in index_terms(digits):
        words.append(whole)
    return [
        float(w) for word in words for w in (word.split(".") if word.count(".") > 1 else [word])
    ]


def _scaled(match: re.Match[str]) -> list[float]:
    """Return the values of a number in figures with the word of its scale."""
    values = _readings(match["digits"])
    scale = (match["scale"] or "").lower()
    if scale in _SHORT_SCALES:  # or else metres
        return [*values, *(value * _SHORT_SCALES[scale] for value in values)]
    factor = 100.0 if scale == "hundred" else _SCALES.get(scale, 1.0)
    return [value * factor for value in values]


def _spoken_numbers(text: str) -> Iterator[tuple[tuple[int, int], float]]:
    """Yield the span and the value of each number in English words.

    >>> [value for _, value in _spoken_numbers("Twenty-five of two hundred and six thousand")]
    [25.0, 206000.0]
    """
    run: list[re.Match[str]] = []
    for match in (*re.finditer(r"[A-Za-z]+", text), None):
        adjoins = not run or (
            match is not None and not text[run[-1].end() : match.start()].strip(" -\u00a0\n")
        )
        last = run[-1][0].lower() if run else ""
        if match is not None and adjoins and _continues(last, match[0].lower()):
            run.append(match)
            continue
        yield from _value_of(run)
        run = [match] if match is not None and _continues("", match[0].lower()) else []


def _continues(last: str, word: str) -> bool:
    """Return whether a word goes on with a number in words, or begins one if `last` is ""."""
    if word in _SCALES or word == "hundred":
        return last not in {"", "and"}
    if word == "and":
        return last == "hundred"
    if word in _TENS:
        return last in {"", "and", "hundred", *_SCALES}
    return word in _UNITS and (
        last in {"", "and", "hundred", *_SCALES} or (last in _TENS and 0 < _UNITS[word] < 10)
    )


def _value_of(run: list[re.Match[str]]) -> Iterator[tuple[tuple[int, int], float]]:
    words = [match[0].lower() for match in run]
    while words and words[-1] == "and":
        words.pop()
    if not words:
        return
    total = current = 0.0
    for word in words:
        if word in _SCALES:
            total, current = total + current * _SCALES[word], 0.0
        elif word == "hundred":
            current *= 100
        else:
            current += _UNITS.get(word, 0) + _TENS.get(word, 0)
    yield (run[0].start(), run[len(words) - 1].end()), total + current


@dataclass(frozen=True, slots=True)
class _KnownWords:
    """The words of a text that names are looked for among, and the stems of those of the names."""

    stems: frozenset[str]
    beginnings: frozenset[str]
    initials: str
    stem_of: Mapping[str, str]

    @classmethod
    def of(cls, text: str, names: Iterable[str]) -> _KnownWords:
        words, looked_for = words_of(text), [name.lower() for name in names]
        stem_of = stems_of([*words, *looked_for])
        return cls(
            stems=frozenset(stem_of[word] for word in words),
            beginnings=frozenset(word[:_LETTERS_COMPARED] for word in words if len(word) > 3),
            initials="".join(word[0] for word in words),
            stem_of=stem_of,
        )

    def has(self, name: str) -> bool:
        """Return whether a word stands there, is inflected there, or abbreviates what does."""
        word = name.lower()
        if self.stem_of[word] in self.stems:
            return True
        if len(word) >= _LETTERS_COMPARED and word[:_LETTERS_COMPARED] in self.beginnings:
            return True  # Syrian, of Syria
        return name.isupper() and word in self.initials

    def has_abbreviated(self, name: Sequence[str]) -> bool:
        """Return whether the initials of a name of several words stand there as a word."""
        return len(name) > 1 and "".join(word[0] for word in name).lower() in self.stems


def missing_names(claim: str, text: str) -> list[str]:
    """Return the names of a claim that do not stand in a text.

    A name is written with a capital inside a sentence, outside of quotation marks. Another form
    of it counts, as "Syrian" for "Syria", and an abbreviation.

    >>> missing_names("It was Joe Biden who called the UN", "The United Nations were called by Joe")
    ['Biden']
    """
    names = list(_names_of(claim))
    known = _KnownWords.of(text, (word for name in names for word in name)) if names else None
    return [
        " ".join(missing)
        for name in names
        if known and not known.has_abbreviated(name)
        for missing in _unknown_stretches(name, known)
    ]


def _names_of(claim: str) -> Iterator[list[str]]:
    """Yield the names of a claim, each as its words."""
    claim = _IN_SINGLE_MARKS.sub("''", QUOTATION.sub('""', _ITEM_MARK.sub("", claim, count=1)))
    run: list[str] = []
    matches = list(_WORD.finditer(claim))
    for before, match in pairwise([None, *matches]):
        assert match is not None
        gap = claim[before.end() : match.start()] if before else ""
        if run and gap not in {" ", "-"}:
            yield run
            run = []
        word = re.split("['’]", match[0])[0]
        is_inside = before is not None and (gap in {" ", ", ", "; "} or run)
        if is_inside and word[0].isupper() and len(word) > 1 and word.lower() not in STOP_WORDS:
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _unknown_stretches(name: Iterable[str], known: _KnownWords) -> Iterator[list[str]]:
    """Yield the stretches of a name that do not stand in the text."""
    missing: list[str] = []
    for word in name:
        if known.has(word):
            if missing:
                yield missing
            missing = []
        else:
            missing.append(word)
    if missing:
        yield missing
