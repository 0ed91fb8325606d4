"""Numbers and names of a claim, and whether they stand in texts, however they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index import STOP_WORDS, index_terms, stems_of, words_of
from query.citing.dates import Date, dates_in
from query.citing.quotations import QUOTATION
from query.months import MONTHS

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
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50,
    "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}  # fmt: skip
# How a text may say a number that a claim writes: words that imply it.
_IMPLIED = {
    "both": 2, "couple": 2, "pair": 2, "twice": 2, "double": 2, "doubled": 2, "triple": 3,
    "trio": 3, "decade": 10, "dozen": 12, "hundred": 100, "thousand": 1000,
}  # fmt: skip
_SHARES = {"half": 0.5, "quarter": 0.25, "": 1.0}

# Figures that no letter stands before: "1,250,000", "3.5 million", "$5bn", not the 3 of "C3".
_FIGURE = re.compile(
    r"(?<![^\W_])(?P<digits>[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,'’]\d+)*)"
    r"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|mn|tn|[kmb])\b"
    r"|(?P<years>['’]?s)\b|(?:st|nd|rd|th)(?P<century>[\s-]centur(?:y|ies))\b)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+(?:[.,'’]\d+)*")
_SHORT_YEARS = re.compile(r"\b((?:1[5-9]|20)\d\d)([-–/])(\d\d)(?!\d|[-–/]\d)")  # 2022-23
_CENTURY = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th)|((?:twenty[\s-])?(?:{'|'.join(_ORDINALS)})))[\s-]centur",
    re.IGNORECASE,
)
# "half a million", "a quarter of a million", "a million".
_SHARE = re.compile(
    r"\b(?:(half|quarter)[\s-](?:of[\s-])?)?an?[\s-](hundred|thousand|million|billion|trillion)\b",
    re.IGNORECASE,
)
_ITEM_MARK = re.compile(r"\A\s*(?:[-*•]\s+|\(?(?:\d{1,3}|[A-Za-z])[.)]\s+)+")
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_IN_SINGLE_MARKS = re.compile(r"(?<!\w)[‘'][^‘’']{3,}[’'](?!\w)")
_LETTERS_COMPARED = 4


@dataclass(frozen=True, slots=True)
class ClaimedNumber:
    """A number of a claim as it is written, and what it may stand for.

    That is one of `values`, a number from the first of `span` to the last (a decade, a century), or
    one of `dates`.
    """

    text: str
    values: frozenset[float]
    span: tuple[float, float] | None = None
    dates: tuple[Date, ...] = ()


def numbers_of(claim: str) -> list[ClaimedNumber]:
    """Return the numbers of a claim in order, in figures and in words.

    "One" and "zero" do not count, nor do ordinals in one word and the mark of an item in a list.

    >>> [number.text for number in numbers_of("2. Two of 500,000 died on 2023-04-05")]
    ['Two', '500,000', '2023-04-05']
    """
    claim, dates = _without_dates(_ITEM_MARK.sub("", claim))
    found = [(place, ClaimedNumber(text, frozenset(), None, days)) for place, text, days in dates]
    claim = _full_years(claim)
    for match in _FIGURE.finditer(claim):
        values = frozenset(_scaled(match))
        found.append((match.start(), ClaimedNumber(_figure(match), values, _years_of(match))))
    spoken = _FIGURE.sub(lambda match: " " * len(match[0]), claim)
    found += [
        (match.start(), ClaimedNumber(match[0], frozenset({_share(match)})))
        for match in _SHARE.finditer(spoken)
        if match[1]
    ]
    found += [
        (start, ClaimedNumber(claim[start:end], frozenset({value})))
        for (start, end), value in _spoken_numbers(spoken)
        if value > 1 and claim[start:end].lower() not in _ORDINALS
    ]
    return [number for _, number in sorted(found, key=lambda one: one[0])]


def names_of(claim: str) -> list[list[str]]:
    """Return the names of a claim, each as its words.

    A name is written with a capital inside a sentence, outside of quotation marks.

    >>> names_of("It was Joe Biden who called the UN")
    [['Joe', 'Biden'], ['UN']]
    """
    return list(_names_of(claim))


@dataclass(frozen=True, slots=True)
class KnownText:
    """A text in which numbers and names of claims are looked for, read once."""

    _values: frozenset[float]
    _centuries: frozenset[float]
    _months: frozenset[int]
    _stems: frozenset[str]
    _beginnings: frozenset[str]
    _initials: str
    _stem_of: Mapping[str, str]

    @classmethod
    def read_all(cls, texts: Sequence[str], claims: Iterable[str]) -> list[KnownText]:
        """Return what each text has; names that are looked for in it are those of the claims."""
        looked_for = {word.lower() for claim in claims for name in names_of(claim) for word in name}
        words = [words_of(text) for text in texts]
        stem_of = stems_of([*(word for some in words for word in some), *looked_for])
        return [cls._of(*one, stem_of) for one in zip(texts, words, strict=True)]

    @classmethod
    def _of(cls, text: str, words: list[str], stem_of: Mapping[str, str]) -> KnownText:
        rest, dates = _without_dates(text)
        days = [day for _, _, some in dates for day in some]
        months = {day.month for day in days}
        names = [name for name, month in MONTHS.items() if month in months]
        known = [*words, *names]
        return cls(
            _values=frozenset(
                [*_values_in(rest, words), *(n for d in days for n in (d.day, d.year))]
            ),
            _centuries=frozenset(_centuries_in(rest)),
            _months=frozenset([*months, *(MONTHS[word] for word in words if word in MONTHS)]),
            _stems=frozenset([*(stem_of[word] for word in words), *names]),
            _beginnings=frozenset(word[:_LETTERS_COMPARED] for word in known if len(word) > 3),
            _initials="".join(word[0] for word in words),
            _stem_of=stem_of,
        )

    def has_number(self, number: ClaimedNumber) -> bool:
        """Return whether a number stands there, however it is written."""
        if not self._values.isdisjoint(number.values):
            return True
        if number.span is not None:
            first, last = number.span
            return first in self._centuries or any(first <= v <= last for v in self._values)
        return any(
            day.month in self._months and self._values.issuperset((day.day, day.year))
            for day in number.dates
        )

    def has_word(self, name: str) -> bool:
        """Return whether a word of a name stands there, is inflected, or abbreviates what does."""
        word = name.lower()
        if self._stem_of[word] in self._stems or word in self._stems:
            return True
        if len(word) >= _LETTERS_COMPARED and word[:_LETTERS_COMPARED] in self._beginnings:
            return True  # Syrian, of Syria
        return name.isupper() and word in self._initials

    def has_abbreviated(self, name: Sequence[str]) -> bool:
        """Return whether the initials of a name of several words stand there as a word."""
        return len(name) > 1 and "".join(word[0] for word in name).lower() in self._stems


def numbers_missing(
    numbers: Iterable[ClaimedNumber], texts: Sequence[KnownText]
) -> list[ClaimedNumber]:
    """Return the numbers that stand in none of some texts.

    In figures or in words, with or without thousands separators: "500,000" stands where it says
    "500 thousand", or "half a million". A date stands where its day, month and year do, and "1990s"
    where a year of them does.
    """
    return [number for number in numbers if not any(text.has_number(number) for text in texts)]


def names_missing(names: Iterable[Sequence[str]], texts: Sequence[KnownText]) -> list[list[str]]:
    """Return the names, or the parts of names, that stand in none of some texts.

    Another form of a name counts, as "Syrian" for "Syria", and an abbreviation.
    """
    return [
        missing
        for name in names
        if not any(text.has_abbreviated(name) for text in texts)
        for missing in _unknown_stretches(name, texts)
    ]


def _without_dates(text: str) -> tuple[str, list[tuple[int, str, tuple[Date, ...]]]]:
    """Return a text with blanks for its dates in figures, and these: place, words and readings."""
    found, rest, position = [], [], 0
    for (start, end), days in dates_in(text):
        found.append((start, text[start:end], days))
        rest += [text[position:start], " " * (end - start)]
        position = end
    return "".join((*rest, text[position:])), found


def _values_in(text: str, words: Iterable[str]) -> Iterator[float]:
    """Yield the value of each number in a text, in every reading of it."""
    text = _full_years(text)
    for match in _DIGITS.finditer(text):
        yield from _readings(match[0])
    for match in _FIGURE.finditer(text):
        yield from _scaled(match)
    for match in _SHARE.finditer(text):
        yield _share(match)
    for _, value in _spoken_numbers(text):
        yield value
    for word in set(words):
        yield from (_IMPLIED[w] for w in (word, word.removesuffix("s")) if w in _IMPLIED)


def _centuries_in(text: str) -> Iterator[float]:
    """Yield the first year of each century that is named in a text: 1600 for the 17th."""
    for match in _CENTURY.finditer(text):
        tens, _, ordinal = (match[2] or "").lower().replace("-", " ").rpartition(" ")
        number = int(match[1]) if match[1] else _TENS.get(tens, 0) + _ORDINALS[ordinal]
        yield (number - 1) * 100.0


def _figure(match: re.Match[str]) -> str:
    """Return a number in figures as it is told: with its scale, and as the decade that it is."""
    end = match["century"] and match.start("century")
    return match.string[match.start() : end or match.end()]


def _years_of(match: re.Match[str]) -> tuple[float, float] | None:
    """Return the first and the last year of a decade or a century: "1990s", "17th century"."""
    digits = match["digits"]
    if match["century"] and len(digits) <= 2:
        return (int(digits) - 1) * 100.0, int(digits) * 100.0
    if match["years"] and len(digits) == 4 and digits.endswith("0"):
        return float(digits), float(digits) + (99 if digits.endswith("00") else 9)
    if match["years"] and len(digits) == 2 and digits.endswith("0"):
        return 1900.0 + int(digits), 1909.0 + int(digits)
    return None


def _full_years(text: str) -> str:
    """Return a text with the years of "2022-23" in full."""
    return _SHORT_YEARS.sub(_full_second_year, text)


def _full_second_year(match: re.Match[str]) -> str:
    year, sign, second = match.groups()
    return f"{year}{sign}{year[:2]}{second}" if second > year[2:] else match[0]


def _share(match: re.Match[str]) -> float:
    """Return the value of "half a million"."""
    scale = match[2].lower()
    return _SHARES[(match[1] or "").lower()] * _SCALES.get(scale, 100.0)


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
    if last in _ORDINALS:
        return False
    if word in _SCALES or word == "hundred":
        return last not in {"", "and"}
    if word == "and":
        return last == "hundred"
    if word in _TENS:
        return last in {"", "and", "hundred", *_SCALES}
    value = _UNITS.get(word, _ORDINALS.get(word))
    return value is not None and (
        last in {"", "and", "hundred", *_SCALES} or (last in _TENS and 0 < value < 10)
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
            current += (_UNITS | _TENS | _ORDINALS).get(word, 0)
    yield (run[0].start(), run[len(words) - 1].end()), total + current


def _names_of(claim: str) -> Iterator[list[str]]:
    """Yield the names of a claim, each as its words."""
    claim = _IN_SINGLE_MARKS.sub("''", QUOTATION.sub('""', _ITEM_MARK.sub("", claim)))
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


def _unknown_stretches(name: Iterable[str], texts: Sequence[KnownText]) -> Iterator[list[str]]:
    """Yield the stretches of a name that stand in none of the texts."""
    missing: list[str] = []
    for word in name:
        if any(text.has_word(word) for text in texts):
            if missing:
                yield missing
            missing = []
        else:
            missing.append(word)
    if missing:
        yield missing
