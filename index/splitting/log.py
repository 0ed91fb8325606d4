"""Logs to structure: entries with their further lines, some of them to a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.splitting.line_cues import TERMINAL_CODE
from index.splitting.line_reading import LineReading
from index.splitting.paragraphs import Kind
from index.splitting.structure import Structure
from index.types import Markup

_LONGEST = 600
"""Characters of the entries of one paragraph, which about fill a passage."""

_LEVEL = r"(?:trace|debug|info|notice|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|panic)\b"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What an entry begins with: a date, a time, a number of seconds, an address, a level.
_STAMP = re.compile(
    r"[\W_]{0,10}(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\d{1,2}:\d{2}\b"
    rf"|\d{{8}}[T_ -]?\d{{4,6}}|\d{{9,}}|\d+\.\d{{3,}}|\d{{1,3}}(?:\.\d{{1,3}}){{3}}\s"
    rf"|{_MONTH}\s+\d{{1,2}}\b|\d{{1,2}}[-/ ]{_MONTH}[-/ ]\d{{2,4}}"
    rf"|(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s|<\d{{1,3}}>|{_LEVEL}|[IWEF]\d{{4}}\s)|\{{\"",
    re.IGNORECASE,
)
_FURTHER = re.compile(
    r"\s|(?:at |caused by:|traceback \(most recent|during handling of the above|the above exception"
    r"|suppressed:|\.\.\. \d+ more|[}\])])",
    re.IGNORECASE,
)


def read_log(text: str) -> Structure:
    """Return the entries of a log, as many to a paragraph as a passage holds."""
    reading = LineReading(text)
    reading.markup += [Markup(*match.span()) for match in TERMINAL_CODE.finditer(text)]
    run: list[int] = []
    length = 0
    entries = [*_entries(reading), len(reading)]
    for entry, following in pairwise(entries):
        start, end = reading.span(entry, following)
        if run and length + end - start > _LONGEST:
            reading.add(run[0], entry, Kind.LINES, breaks=run)
            run, length = [], 0
        run.append(entry)
        length += end - start
    if run:
        reading.add(run[0], len(reading), Kind.LINES, breaks=run)
    return reading.structure()


def _entries(reading: LineReading) -> Iterator[int]:
    """Yield the lines on which an entry begins; if most have a stamp, those that have one."""
    lines = [TERMINAL_CODE.sub("", reading.line(number)) for number in range(len(reading))]
    begun = [number for number, line in enumerate(lines) if line and not _FURTHER.match(line)]
    stamped = [number for number in begun if _STAMP.match(lines[number])]
    own = stamped if 2 * len(stamped) > len(begun) else begun
    first = next((number for number, line in enumerate(lines) if line), None)
    if first is not None and first not in own[:1]:
        yield first
    yield from own
