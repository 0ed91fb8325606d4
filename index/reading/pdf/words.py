"""Words from characters, and rows from words."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from index.reading.pdf.elements import Glyph, Row, Rule, Style, Word
from index.reading.pdf.placed_text import PlacedText, joined

_SPACE, _NO_SPACE = 0.25, -0.1
"""Gaps in parts of the font size: from the first on a space, below the second never one."""

_APART = 0.12
"""The gap before a raised mark from which on a space that the library guesses is one."""

_ATTACHED = 0.5
"""The gap up to which a raised number is a mark to the word before, even past a space."""

_RAISED_DIGITS = re.compile(r"[0-9]{1,4}(?:[,–-][0-9]{1,4})*,?")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

FIGURE = re.compile(
    r"[^\W\d_]{0,3}[(+−–-]?[$€£¥]?\d(?:[\d.,'’%)/:+−–-]{0,14}[\d%)+])?|[–—-]|n/?a", re.IGNORECASE
)
"""A number, with its sign and unit, or what stands for none."""

_FARTHEST = 4.0
_MOST_DOTS = 500
_DOT_GAP = 1.5
"""The distance of a drawn mark from its line, in parts of the font size."""

_KERNED = 0.2
_OVERLAP = 0.35
_SAME_LINE = 0.12
_RAISED_SIZE, _RAISED_BY = 0.88, 0.75


def words_of(glyphs: Iterable[Glyph]) -> list[Word]:
    """Return the words of characters in the order of the file."""
    builder = _Builder()
    for glyph in glyphs:
        builder.add(glyph)
    builder.end_line()
    return _attach_raised(builder.words)


def _is_right_to_left(text: str) -> bool:
    """Check whether a text has letters of a script that runs from right to left."""
    return not text.isascii() and any(
        "\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufeff" for char in text
    )


class _Builder:
    """Puts words together. A line is a run of characters that follow one another."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self._line: list[Word] = []
        self._glyphs: list[Glyph] = []
        self._glued = False
        self._last: Glyph | None = None
        self._base, self._size = 0.0, 0.0

    def add(self, glyph: Glyph) -> None:
        """Take the next character."""
        last = self._last
        if last is None:
            self._begin(glyph)
            return
        gap = glyph.x0 - last.x1
        if glyph.style is last.style and glyph.y == last.y and not glyph.spaced:
            # By far the most characters go on with their word.
            if glyph.x0 == last.x0 and glyph.x1 == last.x1:
                # The second letter of a ligature.
                self._glyphs.append(glyph)
                return
            if -_KERNED < gap / (self._size or 1.0) < _SPACE and glyph.y == self._base:
                self._glyphs.append(glyph)
                self._last = glyph
                return
        self._place(last, glyph, self._gap(last, glyph))

    def _place(self, last: Glyph, glyph: Glyph, gap: float) -> None:
        """Take a character that may begin a word or a line."""
        size = max(self._size, glyph.style.size, 0.1)
        shift = max(abs(glyph.y - self._base), abs(glyph.y - last.y)) / size
        is_level = shift <= _SAME_LINE
        if not -_OVERLAP * size <= gap <= _FARTHEST * size:
            if not self._is_shadow(glyph):
                self._begin(glyph)
            return
        if not is_level and not self._is_raised(glyph, shift, gap / size):
            self._begin(glyph)
            return
        if glyph.style.size > self._size:
            # The line began with a raised mark, or has larger letters farther on.
            self._base, self._size = glyph.y, glyph.style.size
        guessed = glyph.spaced == 1 and gap > (_NO_SPACE if is_level else _APART) * size
        if gap > _SPACE * size or glyph.spaced > 1 or guessed:
            self._end_word()
            self._glued = False
        elif glyph.style != last.style or abs(glyph.y - last.y) > _SAME_LINE * size:
            self._end_word()
            self._glued = True
        self._glyphs.append(glyph)
        self._last = glyph

    def _gap(self, last: Glyph, glyph: Glyph) -> float:
        if glyph.x0 < last.x0 and (_is_right_to_left(glyph.text) or _is_right_to_left(last.text)):
            return last.x0 - glyph.x1
        return glyph.x0 - last.x1

    def _is_shadow(self, glyph: Glyph) -> bool:
        """Check whether a character is printed again over the one before, to look bold."""
        return any(
            glyph.text == other.text
            and abs(glyph.x0 - other.x0) < 0.1 * self._size
            and abs(glyph.y - other.y) < 0.1 * self._size
            for other in self._glyphs[-3:]
        )

    def _is_raised(self, glyph: Glyph, shift: float, gap: float) -> bool:
        """Check whether a character stands above or below the line at hand, or it above that."""
        smaller, larger = sorted((glyph.style.size, self._size))
        return smaller <= _RAISED_SIZE * larger and shift <= _RAISED_BY and abs(gap) < 0.6

    def _begin(self, glyph: Glyph) -> None:
        self.end_line()
        self._base, self._size = glyph.y, glyph.style.size
        self._glyphs = [glyph]
        self._last = glyph

    def _end_word(self) -> None:
        if not self._glyphs:
            return
        glyphs = self._glyphs
        texts = [glyph.text for glyph in glyphs]
        # All are placed, or none.
        text = "".join(texts) if type(texts[0]) is str else joined(texts)
        x0, x1 = glyphs[0].x0, glyphs[-1].x1
        if _is_right_to_left(text):
            text = _logical(glyphs)
            x0, x1 = min(glyph.x0 for glyph in glyphs), max(glyph.x1 for glyph in glyphs)
        self._line.append(Word(text, x0, x1, glyphs[0].y, glyphs[0].style, 0, self._glued))
        self._glyphs = []

    def end_line(self) -> None:
        """End the word and the line at hand."""
        self._end_word()
        before: Word | None = None
        for word in self._line:
            text, x0, x1, y, style, _, glued, _ = word
            raised = abs(y - self._base) > _SAME_LINE * self._size
            if raised and y < self._base and _RAISED_DIGITS.fullmatch(text):
                text = text.translate(_SUPERSCRIPTS)
                is_near = before is not None and x0 - before.x1 < _ATTACHED * self._size
                glued = glued or is_near
            order = len(self.words)
            self.words.append(Word(text, x0, x1, self._base, style, order, glued, raised))
            before = word
        self._line = []
        self._glued = False
        self._last = None


def _logical(glyphs: Sequence[Glyph]) -> str:
    """Return the letters of a word that runs from right to left in the order of speaking."""
    first, last = glyphs[0], glyphs[-1]
    if (first.x0, first.x1) == (last.x0, last.x1):
        # The file says what a whole word means; the library takes that for letters as they stand.
        glyphs = glyphs[::-1]
    elif first.x0 < last.x0:
        glyphs = sorted(glyphs, key=lambda glyph: -glyph.x1)
    text = joined([glyph.text for glyph in glyphs])
    if not (text >= "\ufb1d" or "\ufb1d" in text):
        return text
    if isinstance(text, PlacedText):
        return text.normalized()
    return unicodedata.normalize("NFKC", text)


def _attach_raised(words: list[Word]) -> list[Word]:
    """Let raised marks that the file has apart from their line stand on it."""
    size = _RAISED_SIZE * main_style(words).size
    small = [
        index
        for index, word in enumerate(words)
        if word.style.size <= size and len(word.text) <= 4 and not word.glued and not word.raised
    ]
    if not small:
        return words
    by_height: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        by_height[int(word.y // 20)].append(word)
    for index in small:
        word = words[index]
        band = int(word.y // 20)
        for other in (*by_height[band], *by_height[band - 1], *by_height[band + 1]):
            size = other.style.size
            if (
                word.style.size <= _RAISED_SIZE * size
                and _SAME_LINE * size < abs(word.y - other.y) <= _RAISED_BY * size
                and -0.1 * size <= word.x0 - other.x1 < size
            ):
                words[index] = _raised(word, other)
                break
    return words


def _raised(word: Word, other: Word) -> Word:
    """Return a small word as a mark above or below the end of another."""
    text, apart = word.text, _APART
    if word.y < other.y and _RAISED_DIGITS.fullmatch(text):
        text, apart = text.translate(_SUPERSCRIPTS), _ATTACHED
    is_glued = word.x0 - other.x1 < apart * other.style.size
    return word._replace(text=text, y=other.y, glued=is_glued, raised=True)


def with_dots(words: list[Word], dots: Sequence[Rule]) -> list[Word]:
    """Add the marks of items that are drawn rather than set, each before its line."""
    added: list[Word] = []
    for dot in dots[:_MOST_DOTS]:
        middle = (dot.y0 + dot.y1) / 2
        level = [word for word in words if 0 < word.y - middle < 0.75 * word.style.size]
        right = [word for word in level if word.x0 - dot.x1 > 0]
        nearest = min(right, key=lambda word: word.x0, default=None)
        if nearest is None or nearest.x0 - dot.x1 > _DOT_GAP * nearest.style.size:
            continue
        if any(abs(word.x1 - dot.x0) < _DOT_GAP * word.style.size for word in level):
            continue
        added.append(nearest._replace(text="•", x0=dot.x0, x1=dot.x1, glued=False, raised=False))
    return [*words, *added]


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Return words by the baseline they stand on, from the top; each row from the left."""
    rows: list[Row] = []
    group: list[Word] = []
    base = size = 0.0
    for word in sorted(words, key=lambda word: word.y):
        if group and word.y - base > 0.25 * min(size, max(word.style.size, 4.0)):
            rows.append(_row(group))
            group = []
        if not group:
            size = word.style.size
        base = word.y
        size = max(size, word.style.size)
        group.append(word)
    if group:
        rows.append(_row(group))
    return rows


def _row(words: list[Word]) -> Row:
    words = sorted(words, key=lambda word: (word.x0, word.order))
    sizes: dict[float, int] = defaultdict(int)
    for word in words:
        sizes[word.style.size] += len(word.text)
    size = max(sizes, key=lambda size: sizes[size])
    base = next((word.y for word in words if word.style.size == size), words[0].y)
    return Row(base, size, words)


def main_style(words: Iterable[Word]) -> Style:
    """Return the style that most characters have."""
    counts: dict[Style, int] = defaultdict(int)
    for word in words:
        if not word.raised:
            counts[word.style] += len(word.text)
    return max(counts, key=lambda style: counts[style]) if counts else Style(1.0)


def join_words(words: Sequence[Word]) -> str:
    """Return the words of a line as a text, in the order of reading."""
    if any(_is_right_to_left(word.text) for word in words):
        words = _right_to_left(words)
        words = [
            word._replace(glued=word.glued or (number > 0 and _touches(words[number - 1], word)))
            for number, word in enumerate(words)
        ]
    parts: list[str] = []
    for word in words:
        if parts and not word.glued:
            parts.append(" ")
        parts.append(word.text)
    text = joined(parts)
    return text[:-1].replace("\u00ad", "-") + text[-1:]


def _touches(before: Word, word: Word) -> bool:
    """Check whether a mark stands right after a word that runs from right to left."""
    gap = before.x0 - word.x1
    return not word.text[0].isalnum() and abs(gap) < 0.12 * word.style.size


def _right_to_left(words: Sequence[Word]) -> list[Word]:
    """Order the words of a line with Arabic or Hebrew; runs of other scripts keep theirs."""
    letters = sum(len(word.text) for word in words if _is_right_to_left(word.text))
    whole = sum(sum(char.isalpha() for char in word.text) for word in words)
    if 2 * letters < whole:
        return _flip_runs(words, flipped=True)
    return list(reversed(_flip_runs(words, flipped=False)))


def _flip_runs(words: Sequence[Word], *, flipped: bool) -> list[Word]:
    """Reverse each run of words that run from right to left (`flipped`), or of the others."""
    ordered: list[Word] = []
    run: list[Word] = []
    for word in words:
        if _is_right_to_left(word.text) == flipped:
            run.append(word)
        else:
            ordered += [*reversed(run), word]
            run = []
    return [*ordered, *reversed(run)]
