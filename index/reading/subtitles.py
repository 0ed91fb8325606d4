"""Subtitles: cues joined to sentences and paragraphs, each with its time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.reading.content import MAX_TEXT_BYTES, Content
from index.reading.decoding import decode
from index.reading.text_writer import TextWriter
from index.splitting.line_cues import ends_sentence, goes_on
from index.splitting.paragraphs import Kind

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3})\d*)?"
_TIMING = re.compile(rf"\s*{_TIME}\s*(?:[-–—=]{{1,3}}>|→)\s*{_TIME}(?=\s|$)")
_SETTINGS = re.compile(r"(?:\s+[A-Za-z]\w*:\S+)*\s*")
_DAMAGED_TIMING = re.compile(r"[\d\s:.,]*-->[\d\s:.,]*")
_NUMBER = re.compile(r"\s*\d{1,7}\s*")
_HEADER = re.compile(r"\s*WEBVTT(?:\s|$)")
_NOT_SHOWN = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_LINE_END = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>", re.IGNORECASE)
_END_OF_VOICE = re.compile(r"</v>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:[bciusv]|em|font|lang|rt|ruby|span|strong)(?:[.\s][^<>]*)?/?>|<\d[\d:.,]*>"
    r"|\{\\[^{}]*\}|\{[a-zA-Z]:[^{}]*\}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|\\[Nn](?![a-z])", re.IGNORECASE)
_HARD_SPACE = re.compile(r"\\h")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_DASHES = "-–—‐> "
_TURN = re.compile(r"(?:[-–—‐]\s*|>>+\s*)\S|[^\W\d_a-z][^\W\d_a-z .'’-]{1,30}:\s+\S")

_SHORTEST = 150
"""Characters up to which a paragraph goes on after a pause, or as somebody else speaks."""

_LONG, _LONGEST = 450, 900
"""Characters from which a paragraph ends with a sentence, and with any cue."""

_PAUSE, _LONG_PAUSE, _LONGEST_PAUSE = 2.0, 4.0, 10.0
_MARK = "WEBVTT"
_ADJOINING = 0.5
"""Seconds between cues of captions that roll up, at most; lines of a song are further apart."""
"""Seconds of silence that end a paragraph after a sentence, in mid-sentence, and a short one."""

_MOST_WORDS = 200
"""Words of a cue that are compared with those of the cue before it."""


class Subtitles:
    """Files of SubRip and WebVTT."""

    suffixes = (".srt", ".vtt")
    max_bytes = MAX_TEXT_BYTES
    isolated = False
    version = "subtitles 2"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Join the cues of a file; numbers, times and settings are not part of the text."""
        decoded = decode(data, encoding)
        unseen: list[str] = []
        cues = list(_read_cues(_LINE_END.split(decoded.text), unseen))
        writer = _CueWriter()
        for cue in _told_once(cues):
            writer.add(cue)
        writer.leave_out(unseen)
        content = writer.content()
        return Content(content.text, decoded.replaced, decoded.encoding, content.structure)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class _Cue:
    """What is shown at a time; `start` is -1 if the file does not say when."""

    start: float
    end: float
    lines: tuple[_Line, ...]

    @property
    def words(self) -> list[str]:
        """Its first words."""
        return [word for line in self.lines for word in line.text.split()][:_MOST_WORDS]


def _read_cues(lines: Sequence[str], unseen: list[str]) -> Iterator[_Cue]:
    """Yield the cues in order; whatever stands between two times belongs to the first of them.

    The lines of headers, notes and styles, which a viewer does not see, go to `unseen`.
    """
    is_web = bool(lines) and _HEADER.match(lines[0]) is not None
    start, end = -1.0, -1.0
    own: list[str] = []
    count = 0
    for number, line in enumerate(lines):
        timing = _TIMING.match(line)
        if timing is None and not _DAMAGED_TIMING.fullmatch(line):
            own.append(line)
            continue
        if own and _is_identifier(lines, number, count, is_web):
            own.pop()
        yield from _cue(start, end, _shown(own, unseen, is_web, is_first=not count))
        count += 1
        own = []
        if timing is not None:
            rest = line[timing.end() :]
            own = [] if _SETTINGS.fullmatch(rest) else [rest]
            start = _seconds(timing.groups()[:4])
            end = max(start, _seconds(timing.groups()[4:]))
        else:
            start = end
    yield from _cue(start, end, _shown(own, unseen, is_web, is_first=not count))


def _is_identifier(lines: Sequence[str], number: int, count: int, is_web: bool) -> bool:
    """Return whether the line before the time at line `number` names the cue: most have numbers."""
    before = lines[number - 1]
    stands_apart = number < 2 or not lines[number - 2].strip()
    if _NUMBER.fullmatch(before):
        return stands_apart or int(before) == count + 1
    return is_web and stands_apart and number > 1 and bool(before.strip())


def _shown(lines: Sequence[str], unseen: list[str], is_web: bool, *, is_first: bool) -> list[str]:
    """Return the lines that a viewer sees: of WebVTT neither the header nor notes nor styles."""
    if not is_web:
        return list(lines)
    shown: list[str] = []
    passed_over, after_blank = is_first, False
    for line in lines:
        if not line.strip():
            passed_over, after_blank = False, True
            continue
        passed_over = passed_over or (after_blank and _NOT_SHOWN.match(line) is not None)
        (unseen if passed_over else shown).append(line)
        after_blank = False
    return shown


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds = (int(part or 0) for part in parts[:3])
    return hours * 3600 + minutes * 60 + seconds + int((parts[3] or "0").ljust(3, "0")) / 1000


def _cue(start: float, end: float, lines: Sequence[str]) -> Iterator[_Cue]:
    """Yield the cue of some lines, unless they are empty."""
    text = _BREAK.sub("\n", "\n".join(lines))
    found: list[_Line] = []
    speaker = ""
    position = 0
    for voice in _VOICE.finditer(text):
        found += _plain_lines(text[position : voice.start()], speaker)
        speaker = _plain(voice[1])
        position = voice.end()
    found += _plain_lines(text[position:], speaker)
    if found:
        yield _Cue(start, end, tuple(found))


def _plain_lines(text: str, speaker: str) -> Iterator[_Line]:
    """Yield the lines of a part of a cue; what stands after the end of a voice is nobody's."""
    for number, part in enumerate(_END_OF_VOICE.split(text)):
        for line in part.split("\n"):
            if plain := _plain(line):
                yield _Line(plain, "" if number else speaker)


def _plain(line: str) -> str:
    line = _HARD_SPACE.sub(" ", _TAG.sub("", line))
    return " ".join(_ENTITY.sub(lambda match: html.unescape(match[0]), line).split())


def _told_once(cues: Sequence[_Cue]) -> Iterator[_Cue]:
    """Yield the cues without what they repeat of those before them.

    Captions that roll up show each line twice or more, and so does a file with a cue in it twice.
    """
    repeated = [_repeated_words(before, cue) for before, cue in pairwise(cues)]
    rolls_up = 3 * sum(map(bool, repeated)) > len(repeated)
    yield from cues[:1]
    for (before, cue), words in zip(pairwise(cues), repeated, strict=True):
        if rolls_up and words:
            yield from _without_words(cue, words)
        elif cue != before:
            yield cue


def _repeated_words(before: _Cue, cue: _Cue) -> int:
    """Return how many words a cue begins with that the one before it ends with.

    They are whole lines of it, or all of the one before it.
    """
    if cue.start - before.end > _ADJOINING:
        return 0
    shown, words = before.words, cue.words
    whole = {len(shown)}
    length = 0
    for line in cue.lines:
        length += len(line.text.split())
        whole.add(length)
    for count in range(min(len(shown), len(words)), 0, -1):
        if count in whole and shown[-count:] == words[:count]:
            return count
    return 0


def _without_words(cue: _Cue, count: int) -> Iterator[_Cue]:
    """Yield a cue without its first words, unless nothing is left."""
    left: list[_Line] = []
    for line in cue.lines:
        words = line.text.split()
        if count < len(words):
            left.append(_Line(" ".join(words[count:]), line.speaker))
        count = max(0, count - len(words))
    if left:
        yield _Cue(cue.start, cue.end, tuple(left))


class _CueWriter:
    """Writes cues, and decides with which a new paragraph begins."""

    def __init__(self) -> None:
        self._writer = TextWriter()
        self._length = 0
        self._has_turns = False
        self._speaker = ""
        self._last = ""
        self._time = -1.0

    def add(self, cue: _Cue) -> None:
        """Write a cue: each turn of somebody speaking begins a line, or a paragraph."""
        if self._is_full(cue.start):
            self._end()
        if cue.start >= 0:
            self._writer.at_time(cue.start, cue.end)
        for line in cue.lines:
            self._add_line(line)
        self._time = max(self._time, cue.end)

    def _is_full(self, start: float) -> bool:
        """Return whether the paragraph at hand ends before a cue that starts at a time."""
        pause = start - self._time
        if self._length < _SHORTEST:
            return pause >= _LONGEST_PAUSE
        if not ends_sentence(self._last):
            return self._length >= _LONGEST or pause >= _LONG_PAUSE
        return self._length >= _LONG or pause >= _PAUSE

    def _add_line(self, line: _Line) -> None:
        changes = line.speaker != self._speaker
        is_turn = _TURN.match(line.text) and not goes_on(self._last, line.text.lstrip(_DASHES))
        if changes or is_turn:
            if self._length >= _SHORTEST:
                self._end()
            elif self._length:
                self._writer.break_line()
                self._has_turns = True
        text = line.text
        if changes and line.speaker:
            text = f"{line.speaker}: {text}"
        self._speaker, self._last = line.speaker, line.text
        self._writer.write(f" {text}")
        self._length += len(text) + 1

    def _end(self) -> None:
        self._writer.end_paragraph(Kind.LINES if self._has_turns else Kind.TEXT)
        self._length, self._has_turns = 0, False

    def leave_out(self, lines: Sequence[str]) -> None:
        """Write lines that a viewer does not see, as such."""
        self._end()
        for line in lines:
            if line.strip("\ufeff ") != _MARK:
                self._writer.break_line()
                self._writer.write(line)
        self._writer.omit("notes and styles")

    def content(self) -> Content:
        """Return the text of all cues."""
        self._end()
        return self._writer.content()


FORMAT = Subtitles()
