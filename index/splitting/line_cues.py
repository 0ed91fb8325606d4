"""Lines of a text by offset, and what the end and the beginning of one tell about it."""

import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass

TERMINAL_CODE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b\r\n]*(?:\x07|\x1b\\))")
"""The codes that tell a terminal of colours and links. A reader does not see them."""

_LINE_END = re.compile(r"\r\n|\r|\n")
SHORT = 100
"""Columns up to which a line may be a title, a heading, or an item of a list."""

_TERMINAL = frozenset(".!?…。！？｡．؟۔।॥։።፧፨។៕။‼⁇⁈⁉︒﹒﹖﹗")
_CLOSERS = "\"'”’»›)]}」』）】》〉“‘*_`"
_OPENERS = "\"'“‘„‚«‹([{「『（【《〈¿¡*_`> \t"

_FOOTNOTE_MARK = re.compile(r"(?:\[\w{1,3}\]|[¹²³⁰-⁹†‡]|(?<=[.!?”\"])\d{1,3})+$")
_COMPLETE_SENTENCE = re.compile(
    r"(?:\b[^\W\d_A-Z][^\W\d_]+|[^\W\d_]{5})[.!?…][\"'”’»)\]]*\s+[\"'“‘«(\[]*[^\W\d_a-z]|[。！？।؟۔]\s*[^\s」』”’）]"
)
_BULLET = re.compile(r"\s*(?:[-*+•‣▪◦]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+\S")
_LABEL = re.compile(
    r"(?P<name>[^\W\d_][\w .,'’&/-]{0,60}?)?\**\s*"
    r"(?P<time>[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])]?)?\s*(?P<colon>:)?\**:?"
)
_ENTRY = re.compile(r"[^:\d]{1,40}:\s+\S")
_NUMBERED_NAME = re.compile(
    r"(?:chapter|part|section|appendix|annex|kapitel|teil|book|act|scene)\b|\W*\d", re.IGNORECASE
)
_ENDS_OPEN = re.compile(r"[,;\-‐–—]$|(?:\w://|www\.|\w@)\S*$|\w\.[a-z]{2,}/\S*$")
_NAME_PARTS = frozenset({"de", "van", "von", "der", "of", "the", "and", "la", "del", "al", "bin"})


@dataclass(frozen=True, slots=True)
class Lines:
    """Start and end offset of each line, line ends (LF, CRLF or CR) not included."""

    starts: "array[int]"
    ends: "array[int]"

    @classmethod
    def of(cls, text: str) -> "Lines":
        """Find the lines of `text`."""
        starts, ends = array("q", [0]), array("q")
        for line_end in _LINE_END.finditer(text):
            ends.append(line_end.start())
            starts.append(line_end.end())
        ends.append(len(text))
        return cls(starts, ends)

    def __len__(self) -> int:
        return len(self.starts)

    def number_at(self, offset: int) -> int:
        """Return the number, from 1, of the line that holds `offset`."""
        return bisect_right(self.starts, offset)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without whitespace at its ends; if nothing is left, an empty one at `end`."""
    piece = text[start:end]
    stripped = piece.lstrip()
    start = end - len(stripped)
    return start, start + len(stripped.rstrip())


def has_word(text: str) -> bool:
    """Return whether any letter or digit is in `text`."""
    return any(map(str.isalnum, text))


def is_short(text: str) -> bool:
    """Return whether `text` takes no more than `SHORT` columns (wide characters take two)."""
    if len(text) > SHORT:
        return False
    return text.isascii() or sum(map(_columns, text)) <= SHORT


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def ends_sentence(text: str) -> bool:
    """Return whether `text` ends in terminal punctuation, closing quotes and note marks aside."""
    tail = text[-40:].rstrip()
    if tail[-1:].isalpha() or tail[-1:] in _TERMINAL:  # most texts need no closer look
        return tail[-1:] in _TERMINAL
    tail = _FOOTNOTE_MARK.sub("", tail).rstrip(_CLOSERS)
    return tail[-1:] in _TERMINAL and tail != ""


def has_complete_sentence(text: str) -> bool:
    """Return whether a sentence ends inside `text` and another one begins after it."""
    return _COMPLETE_SENTENCE.search(text) is not None


def first_letter(text: str) -> str:
    """Return the first character after whitespace, opening quotes, brackets and quotation marks."""
    return text[:40].lstrip(_OPENERS)[:1]


def is_bullet(text: str) -> bool:
    """Return whether `text` begins as an item of a list does."""
    return _BULLET.match(text) is not None


def is_label(text: str) -> bool:
    """Return whether `text` says who speaks, or when, and nothing else.

    >>> [is_label(text) for text in ("Host (00:00:52):", "(00:31)", "Ines Valdemar:", "It is so:")]
    [True, True, True, False]
    """
    match = _LABEL.fullmatch(text.strip("*_ \t"))
    if match is None:
        return False
    name = (match["name"] or "").split()
    is_name = all(not word[0].islower() or word in _NAME_PARTS for word in name)
    return is_name and bool(match["time"] or match["colon"])


def is_fragment(text: str) -> bool:
    """Return whether `text` is short and not a sentence: a title, a heading, verse, an item."""
    return is_short(text) and not ends_sentence(text) and not has_complete_sentence(text)


def is_entry(text: str) -> bool:
    """Return whether `text` is a value under a name: "Present: Ann", but not "Part 2: Fees"."""
    return _ENTRY.match(text) is not None and not _NUMBERED_NAME.match(text)


def ends_open(text: str) -> bool:
    """Return whether `text` ends in a sign, or an address, that no heading ends in."""
    return _ENDS_OPEN.search(text) is not None


def is_drawn(text: str) -> bool:
    """Return whether `text` is a line that is drawn with signs, or a row of a table that is.

    >>> [is_drawn(text) for text in ("+-----+", "| a | b |", "A + B")]
    [True, True, False]
    """
    return text.startswith("|") or not has_word(text)


def is_heading(text: str) -> bool:
    """Return whether `text`, standing alone, heads what follows: a fragment, or a bare question."""
    return is_fragment(text.rstrip("?？؟"))


def goes_on(text: str, following: str) -> bool:
    """Return whether `following` begins in the middle of the sentence that `text` leaves open."""
    letter = first_letter(following)
    if ends_sentence(text):
        return False
    return letter.islower() or (letter.isalpha() and not letter.isupper())
