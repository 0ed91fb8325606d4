"""The words of a text, as the lexical index, the words of a question and quotations see them.

One normaliser serves all three, so that what is written in one way is found when it is asked for in
another: with ligatures or without, with a soft hyphen, broken at the end of a line, with or without
accents, `1,250,000` or `1250000`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from index.stop_words import STOP_WORDS

# A word of Chinese or Japanese is not set off by spaces. Its index terms are pairs of characters.
_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HANGUL = "\u1100-\u11ff\uac00-\ud7a3"
# Vowel signs of scripts whose words fall apart without them.
_SIGNS = (
    "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u0a01-\u0a03"
    "\u0a3c-\u0a4d\u0a70\u0a71\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b4d\u0b82\u0bbe-\u0bcd"
    "\u0c00-\u0c04\u0c3e-\u0c4d\u0c81-\u0c83\u0cbc-\u0ccd\u0d00-\u0d03\u0d3e-\u0d4d\u0d82\u0d83"
    "\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f71-\u0f84"
    "\u102b-\u103e\u17b4-\u17d3"
)
_LETTER = rf"(?:[^\W_]|[{_SIGNS}])"
# A text without any of these has only plain words.
_UNUSUAL = re.compile(
    r"[^\x00-\x7f\u0370-\u04ff]|\d[.,'\ ]\d|[#&_]|\+\+|(?:^|[^\w.])\.[A-Za-z]|[a-z][A-Z]"
    r"|[A-Z]{2}[a-z]"
)
_PLAIN = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"[^\W\d_a-z][a-z]+|[a-z]+|[A-Z]+(?![a-z])|\d+")
_IS_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_LAKHS = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}")  # as India writes large numbers
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([.,'])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")

_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640]")
# Letters that no normal form takes apart; superscripts, which mostly number a note; and frequent
# signs outside ASCII, so that a text with no others is quickly read.
_FOLDED = str.maketrans(
    {"ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ß": "ss", "ẞ": "SS"}
    | {"ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "ŋ": "n", "Ŋ": "N", "ĸ": "k"}
    | dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹", " ")
    | dict.fromkeys("“”„«»–—…•", " ")
    | {"’": "'", "‘": "'"}
)

# What is composed into one character: a letter with its marks, a syllable of Hangul.
_CLUSTER = re.compile(
    "[\u1100-\u115f]+[\u1160-\u11ff]*[\u0300-\u036f]*"
    r"|[^\s]?[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u093c\u09bc\u0a3c]+"
)
# Soft hyphens, zero-width characters, marks of direction: what nobody sees.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_BROKEN = re.compile(
    r"(?<=[^\W\d_])[-\u2010\u00ad][^\S\r\n]*(?:\r\n|\r|\n)\s*"
    r"(?!(?:and|or|to|und|oder|bis|et|ou|y|o|e|en|of)\b)(?=[^\W\d_])"
)
_PRESENTATION = re.compile("[\ufb00-\ufb4f\ufb50-\ufdfb\ufe70-\ufefc\uff01-\uffee]+")


def as_read(text: str) -> str:
    """Return a text as a reader sees it, on one line.

    Words broken at the end of a line are whole again. Invisible characters are gone, and ligatures
    are letters. The result is in NFC, with single spaces.

    >>> as_read("the refrigera-\\n  tion plant")
    'the refrigeration plant'
    """
    text = _joined_lines(text)
    if not text.isascii():
        text = _PRESENTATION.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(text.split())


Origin = tuple[int, int]
"""Start and end of the stretch of a text that something was made of."""


def read_with_origins(text: str) -> tuple[str, list[Origin]]:
    """Return a text as `as_read` does, and what each character of it was made of.

    >>> read_with_origins("re-\\n ad  it")
    ('read it', [(0, 1), (1, 2), (5, 6), (6, 7), (7, 9), (9, 10), (10, 11)])
    """
    read = as_read(text)
    if read == text:
        return read, [(place, place + 1) for place in range(len(text))]
    made = [(char, (place, place + 1)) for place, char in enumerate(text)]
    if "\n" in text or "\r" in text:
        for match in reversed([*_BROKEN.finditer(text)]):
            if not _without_hyphen(match):
                del made[match.start() : match.end()]
    if not text.isascii():
        made = _composed(_without_ligatures(made))
    made = _single_spaced(made)
    if "".join(char for char, _ in made) != read:  # so odd that only the whole is known
        return read, [(0, len(text))] * len(read)
    return read, [origin for _, origin in made]


_Made = list[tuple[str, Origin]]


def _text_of(made: _Made) -> str:
    return "".join(char for char, _ in made)


def _rewritten(made: _Made, spans: Iterable[tuple[int, int, str]]) -> _Made:
    """Return characters with other ones in the place of some stretches, which are in order."""
    found: _Made = []
    position = 0
    for start, end, text in spans:
        found += made[position:start]
        origin = made[start][1][0], made[end - 1][1][1]
        found += [(char, origin) for char in text]
        position = end
    return found + made[position:]


def _without_ligatures(made: _Made) -> _Made:
    matches = _PRESENTATION.finditer(_text_of(made))
    spans = ((m.start(), m.end(), unicodedata.normalize("NFKC", m[0])) for m in matches)
    return [part for part in _rewritten(made, spans) if not _INVISIBLE.match(part[0])]


def _composed(made: _Made) -> _Made:
    """Return characters in NFC; each origin is that of all that a character is composed of."""
    text = _text_of(made)
    if unicodedata.is_normalized("NFC", text):
        return made
    matches = _CLUSTER.finditer(text)
    return _rewritten(
        made, ((m.start(), m.end(), unicodedata.normalize("NFC", m[0])) for m in matches)
    )


def _single_spaced(made: _Made) -> _Made:
    """Return characters with one space for each stretch of whitespace, and none at the ends."""
    text = _text_of(made)
    matches = list(re.finditer(r"\s+", text))
    spans = (
        (m.start(), m.end(), " " if m.start() > 0 and m.end() < len(text) else "") for m in matches
    )
    return _rewritten(made, spans)


def _joined_lines(text: str) -> str:
    """Return a text in which words that a hyphen breaks at the end of a line are whole."""
    if "\n" not in text and "\r" not in text:
        return text
    return _BROKEN.sub(_without_hyphen, text)


def _without_hyphen(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1], match.string[match.end()]
    return "" if after.islower() or (before.isupper() and after.isupper()) else match[0]


def words_of(text: str, *, keep_hyphens: bool = False) -> list[str]:
    """Return the words of a text before stemming, in order.

    A hyphen at the end of a line that breaks a word is taken out, or with `keep_hyphens` is kept.

    >>> words_of("Russia's U.S.-led order for C++, 1,250,000 in all")
    ['russia', 's', 'u', 's', 'led', 'order', 'for', 'c++', '1250000', 'in', 'all']
    """
    return [word for word, _ in _tokens(text if keep_hyphens else _joined_lines(text))]


def index_terms(text: str) -> list[str]:
    """Return what the lexical index has of a text: its words in order, then their other readings.

    These are parts of compound names, the other way to read a number, the parts of a word broken at
    the end of a line, and words of mostly small letters in capitals: `=who`.

    >>> index_terms("The WHO met softLogout")
    ['the', 'who', 'met', 'softlogout', '=who', 'soft', 'logout']
    """
    found = list(_tokens(_joined_lines(text)))
    others = [other for _, readings in found for other in readings]
    if "-" in text or "\u2010" in text:
        for match in _BROKEN.finditer(text):
            before = _PLAIN.findall(text[max(0, match.start() - 40) : match.start()])
            after = _PLAIN.findall(text[match.end() : match.end() + 40])
            others += [_folded(word).casefold() for word in (*before[-1:], *after[:1])]
    return [word for word, _ in found] + others


def word_boundaries(text: str) -> tuple[list[int], list[int]]:
    """Return where words of a text begin, and where they end, inside it and in order.

    Cut at any of these places, a text has the same words as before. Left out is where a cut would
    make another one of what stands there: after the mark in `C#x`, before that of `a.net`.

    >>> word_boundaries("led/order,1,250,C#x")
    ([4, 10, 16], [3, 9, 15, 17])
    """
    spans = _word_spans(text)
    starts, ends = [], []
    for (first, end), (start, _) in pairwise(spans):
        gap = _folded(text[end:start])
        if not gap.strip("_") and text.endswith(".", 0, first):
            continue
        if not gap.endswith(("#", "++", "_")):
            starts.append(start)
        if gap != "." and not gap.startswith("_"):
            ends.append(end)
    return starts, ends


def _word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each word stands; one that is broken at the end of a line is one.

    So are words that share a character: ½ stands for two of them.
    """
    folded, places = _folded_in_place(text)
    spans: list[tuple[int, int]] = []
    for match in _token_pattern().finditer(folded):
        start = places[match.start()]
        end = max(places[match.end()], places[match.end() - 1] + 1)
        if spans and start < spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _folded_in_place(text: str) -> tuple[str, Sequence[int]]:
    """Return a text as `_folded` does, and the offset of each character of it in `text`."""
    parts: list[str] = []
    places = array("q")
    position = 0
    hidden = [match.span() for match in _BROKEN.finditer(text) if not _without_hyphen(match)]
    for start, end in [*hidden, (len(text), len(text))]:
        for place in range(position, start):
            folded = _folded(text[place])
            parts.append(folded)
            places.extend([place] * len(folded))
        position = end
    places.append(len(text))
    return "".join(parts), places


def _name_term(word: str) -> str:
    """Return the index term of a word that is written as a name, though it is a stop word."""
    return f"={word}"


def _tokens(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the words of a text, each with its other readings."""
    text = _folded(text)
    if not _UNUSUAL.search(text):
        for word in _PLAIN.findall(text):
            yield word.casefold(), _as_name(word)
        return
    for match in _token_pattern().finditer(text):
        yield from _READERS[match.lastgroup or "word"](match[0])


@cache
def _token_pattern() -> re.Pattern[str]:
    """Return the pattern of the tokens of an unusual text. Compiling it takes some milliseconds."""
    # Words in Latin letters and numbers end where Chinese, Japanese or Korean begins.
    before, after = rf"(?<![^\W{_CJK}{_HANGUL}])", rf"(?![^\W{_CJK}{_HANGUL}])"
    letter = rf"(?![{_CJK}{_HANGUL}]){_LETTER}"
    return re.compile(
        rf"(?P<cjk>[{_CJK}]+)"
        rf"|(?P<hangul>[{_HANGUL}]+)"
        rf"|(?P<spaced>(?<![\w.,])\d{{1,3}}(?:\ \d{{3}})+(?![\w]|[.,]\d))"
        rf"|(?P<number>{before}\d+(?:[.,']\d+)+{after})"
        rf"|(?P<symbols>{before}(?:[A-Za-z](?:\#|\+\+){after}|[A-Za-z0-9]{{1,12}}\+\+{after}"
        r"|(?<!\.)\.[A-Za-z]{2,10}\b|[A-Za-z]{1,5}(?:&[A-Za-z]{1,5})+))"
        rf"|(?P<word>(?:{letter})+(?:_+(?:{letter})+)*)",
        re.VERBOSE,
    )


def _folded(text: str) -> str:
    """Return a text without accents, ligatures and invisible characters, its case as it is."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).translate(_FOLDED))
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", text).translate(_FOLDED))


_Token = tuple[str, tuple[str, ...]]


def _read_word(text: str) -> Iterator[_Token]:
    """Yield a word, with its parts if it is written in camel case or with underscores."""
    word = text.casefold()
    parts = [part for piece in text.split("_") for part in _camel_parts(piece)]
    if len(parts) > 1:
        yield word, tuple(part.casefold() for part in parts)
    else:
        yield word, _as_name(text)


def _camel_parts(piece: str) -> list[str]:
    return _CAMEL.findall(piece) if _IS_CAMEL.search(piece) else [piece] if piece else []


def _as_name(word: str) -> tuple[str, ...]:
    """Return the term of a stop word that is written in capitals, as a name is: WHO, US, IT."""
    if len(word) > 1 and word.isupper() and word.lower() in STOP_WORDS:
        return (_name_term(word.lower()),)
    return ()


def _read_cjk(text: str) -> Iterator[_Token]:
    """Yield the pairs of characters of a stretch of Chinese or Japanese, or its only one."""
    for start in range(max(len(text) - 1, 1)):
        yield text[start : start + 2], ()


def _read_spaced(text: str) -> Iterator[_Token]:
    """Yield the parts of digits in groups of three, which are one number or several."""
    first, *others = text.split(" ")
    yield first, ("".join((first, *others)),)
    yield from ((other, ()) for other in others)


def _read_number(text: str) -> Iterator[_Token]:
    """Yield a number with separators, or the numbers that they set apart.

    >>> [list(_read_number(text)) for text in ("1.250", "1,250.5", "3,14")]
    [[('1.250', ('1250',))], [('1250.5', ())], [('3', ('3.14',)), ('14', ())]]
    """
    parts = re.split("[.,']", text)
    if _LAKHS.fullmatch(text):
        yield text.replace(",", ""), ()
        return
    match = _THOUSANDS.fullmatch(text)
    whole = _without_thousands(text, match[1]) if match else ""
    if match and (len(parts) > 2 or match[1] != "."):
        # One group may be a decimal fraction too, as much of Europe writes it.
        yield whole, (".".join(parts),) if len(parts) == 2 else ()
    elif "," not in text and "'" not in text:
        yield text, (whole,) if whole else tuple(parts)
    else:
        yield parts[0], (".".join(parts),) if len(parts) == 2 else ()
        yield from ((part, ()) for part in parts[1:])


def _without_thousands(text: str, separator: str) -> str:
    return text.replace(separator, "").replace(",", ".")


def _read_symbols(text: str) -> Iterator[_Token]:
    """Yield a name that has symbols in it, with its parts if it has words: R&D, .NET, C++."""
    word = text.casefold()
    parts = tuple(part for part in re.split("[&.]", word) if part)
    yield word, parts if parts != (word,) else ()


_READERS = {
    "cjk": _read_cjk,
    "hangul": _read_word,
    "spaced": _read_spaced,
    "number": _read_number,
    "symbols": _read_symbols,
    "word": _read_word,
}
