"""What a sentence of an answer claims, apart from refusals and from talk about the answer itself.

Two kinds of clauses claim nothing of what the passages tell: that these do not answer, and that
an answer follows. A refusal is a word for the passages, or "I", then a denial, then a word of
telling, next to each other: "the passages | do not | say". Whatever stands beside such a clause is
a claim: "The passages do not say, but the war was won" claims that it was. A sentence that could be
either is taken for a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from query.citing.marked_sentences import MARK
from query.citing.quotations import QUOTATION
from query.citing.refusals import (
    ATTRIBUTION,
    FROM_SOURCE,
    MARKED,
    OPENING,
    QUOTED,
    REFUSALS,
    REFUSALS_FROM_SOURCE,
    REFUSALS_OF_THEM,
    SOURCE,
    SOURCE_FIRST,
    SOURCES,
    TALK,
    UNMARKED_REFUSALS,
)

# What stands in for the full stops of abbreviations while a sentence is read.
_DOT = "·"
_MARKS = re.compile(rf"{MARKED}(?:(?:\s|,|and|or)*{MARKED})+")
_ABBREVIATION = re.compile(
    r"\b((?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|Prof|Gen|Col|Lt|Sgt|Capt|Cpt|Maj|Gov|Sen|Rep|Pres|Rev|Hon|Jr|Sr"
    r"|vs|e\.g|i\.e|Nos?|Inc|Ltd|Corp|approx|ca|cf|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))"
    r"\.(?=\s)"
)
# What stands on the other side of these is another clause. Those named `soft` may also stand within
# what is not told.
_BOUNDARY = re.compile(
    r"\s*(?:[;(){}—–]|(?<!\d):|:(?!\d))+\s*|\s+--?\s+|[.!?…]+\s+"
    r"|(?:^|,?\s+|(?<=\s))(?:but|however|although|though|even\s+though|whereas"
    r"|nevertheless|nonetheless|except)\b,?\s*"
    r"|(?:^|,\s+|(?<=,\s))(?:and\s+)?(?:yet|still|so|since|instead|which|while|because)\b,?\s*"
    r"|(?P<soft>\s+(?:while|because)\s+)",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*(?<!\d),\s*|\s*,(?!\d)\s*|\s+(?=and\s)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TELLING = re.compile(rf"[^\W_]|[{QUOTED}{SOURCE}]")
_OR = re.compile(r"\b(?:or|nor)\b")
_ASKING = re.compile(
    r"[^\w,]*(?:(?P<or>and|or|nor)\s+)?(?:about\s+|exactly\s+|precisely\s+|by\s+)?"
    r"(?:who|whom|whose|what|when|where|why|how|whether|if|which)\b",
    re.IGNORECASE,
)
_HAS_ASKED = re.compile(r"\b(?:who|what|when|where|why|how|whether|if)\s*$")
_LONGEST_ASKING = 10
_THAT = re.compile(r"[^\w,]*(?:us\s+|me\s+)?that\b", re.IGNORECASE)
_ASIDE = re.compile(
    r"\W*(?:(?:and|or)\s+)?(?:either|explicitly|directly|at all|in (?:any )?detail|so|here|as such"
    r"|unfortunately|sadly|however|themselves|itself|for example|for instance"
    r"|nor (?:do|does|is|are|can) (?:they|it|i|we|the)\b.*)\W*",
    re.IGNORECASE,
)
# What few words have to have for a clause: "peace came".
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|do|does|did|will|would|can|could|may|might|must|shall|should"
    r"|won|came|went|said|made|took|gave|left|lost|fell|led|began|became|held|met|sent|kept|got|knew"
    r"|saw|ran|fought|broke|rose|told|fled|froze|\w{2,}ed)\b",
    re.IGNORECASE,
)
# A noun that is too short for a clause: "the date", "his full name", "the size of the army".
_NOUN = re.compile(
    r"\W*(?:(?:the|an?|his|her|its|their|any|this|these)\s[a-z]+(?:[a-rt-z]\s[a-z]*[a-rt-z])?"
    r"(?:\sof\s(?:the\s)?\w+)?)?\W*",
    re.IGNORECASE,
)
_LIST_WORDS = 6
_FEW_WORDS = 2


def claim_of(sentence: str) -> str:
    """Return what a sentence claims, without its marks; "" for a refusal, or talk of the answer.

    >>> claim_of("The passages do not say who won [1].")
    ''
    >>> claim_of("According to the passages, the war goes on [1].")
    'the war goes on.'
    """
    text = " ".join(MARK.sub(f" {MARKED} ", sentence).replace("*", " ").split())
    text = _MARKS.sub(MARKED, text)
    read = QUOTATION.sub(lambda match: QUOTED * len(match[0]), text)
    read = _ABBREVIATION.sub(rf"\1{_DOT}", read)
    read = SOURCES.sub(lambda match: SOURCE * len(match[0]), read)
    if _is_talk(read):
        return ""
    sentence_read = _Sentence.of(read)
    kept = list(sentence_read.claimed())
    if kept == list(sentence_read.clauses()):
        kept = [(sentence_read.start, len(text))]
    if _is_talk(" ".join(read[start:end] for start, end in kept)):
        return ""
    rest = " ".join(text[start:end] for start, end in kept)
    return re.sub(r"\s+(?=[.,;:!?])", "", " ".join(rest.replace(MARKED, " ").split()).lstrip(" ,;"))


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its quotations and its words for the passages blotted out.

    What is not an opening is `text[start:]`.
    """

    text: str
    start: int
    is_from_source: bool
    is_attributed: bool

    @classmethod
    def of(cls, text: str) -> _Sentence:
        start, is_from_source, is_attributed = 0, False, False
        while True:
            if match := OPENING.match(text, start):
                pass
            elif match := FROM_SOURCE.match(text, start):
                is_from_source = True
            elif match := ATTRIBUTION.match(text, start):
                is_attributed = True
            else:
                return cls(text, start, is_from_source, is_attributed)
            start = match.end()

    def clauses(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of its clauses."""
        for start, end, _ in self._cut():
            yield start, end

    def _cut(self) -> Iterator[tuple[int, int, bool]]:
        """Yield the span of each clause, and whether it may be told of by the one before it."""
        position, is_soft = self.start, False
        for match in _BOUNDARY.finditer(self.text, self.start):
            if _has_words(self.text, position, match.start()):
                yield position, match.start(), is_soft
            position, is_soft = match.end(), match["soft"] is not None
        if _has_words(self.text, position, len(self.text)):
            yield position, len(self.text), is_soft

    def claimed(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of what it claims."""
        speaks_of_source = refused = asks = False
        for start, end, is_soft in self._cut():
            if refused and ((is_soft and asks) or self._is_name(start, end)):
                continue
            refusal = self._refusal(start, end, speaks_of_source)
            speaks_of_source |= bool(SOURCE_FIRST.match(self.text, start, end))
            refused = refusal is not None
            if refusal is None:
                yield start, end
                continue
            asks = self._asks(refusal[1], end)
            yield from self._beside(start, end, refusal)

    def _asks(self, start: int, end: int) -> bool:
        """Return whether what is not told begins like a question: "who won", "that it ended"."""
        return bool(
            _ASKING.match(self.text, start, end)
            or _THAT.match(self.text, start, end)
            or _HAS_ASKED.search(self.text[max(0, start - _LONGEST_ASKING) : start].lower())
        )

    def _is_name(self, start: int, end: int) -> bool:
        """Return whether a stretch is a name of one or two words, as in an apposition."""
        words = _WORD.findall(self.text, start, end)
        return 0 < len(words) <= _FEW_WORDS and all(word[0].isupper() for word in words)

    def _refusal(self, start: int, end: int, speaks_of_source: bool) -> tuple[int, int] | None:
        """Return where in a clause a refusal begins, and where what is not told does, if any."""
        starts = [start, *(match.end() for match in _COMMA.finditer(self.text, start, end))]
        is_marked = MARKED in self.text[start:end]
        for place in starts:
            speaks = speaks_of_source or bool(
                place > start and SOURCE_FIRST.match(self.text, start, end)
            )
            for pattern in self._patterns(is_marked=is_marked, speaks_of_source=speaks):
                if match := pattern.match(self.text, place, end):
                    return place, match.end()
        return None

    def _patterns(self, *, is_marked: bool, speaks_of_source: bool) -> Iterator[re.Pattern[str]]:
        yield REFUSALS
        if speaks_of_source:
            yield REFUSALS_OF_THEM
        if self.is_from_source:
            yield REFUSALS_FROM_SOURCE
        if not is_marked and not self.is_attributed:
            yield UNMARKED_REFUSALS

    def _beside(self, start: int, end: int, refusal: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Yield the parts of a clause that stand beside the refusal in it."""
        first, told = refusal
        before = self.text[start:first].rstrip(" ,")
        names_first = all(_NOUN.fullmatch(self.text[slice(*p)]) for p in self._parts(start, first))
        is_subject = names_first and not SOURCE_FIRST.match(self.text, first, end)
        if before and not is_subject and not TALK.fullmatch(before):
            yield start, start + len(before)
        _, *others = self._parts(told, end)
        asks = self._asks(told, end)
        listed = max(
            (n for n, part in enumerate(others) if _OR.search(self.text, *part)), default=-1
        )
        claimed: tuple[int, int] | None = None
        for number, part in enumerate(others):
            if not self._goes_on(*part, asks=asks, is_listed=number <= listed):
                claimed = (claimed[0] if claimed else part[0], part[1])
            elif claimed:
                yield claimed
                claimed = None
        if claimed:
            yield claimed

    def _parts(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of a stretch, from each comma or "and" on."""
        position = start
        for match in _COMMA.finditer(self.text, start, end):
            yield position, match.start()
            position = match.end()
        yield position, end

    def _goes_on(self, start: int, end: int, *, asks: bool, is_listed: bool) -> bool:
        """Return whether a part of a refusal still is what is not told.

        "who it was" is, and so is what is listed, as in "prices, dates or names".
        """
        part = self.text[start:end]
        words = [word for word in _WORD.findall(part) if word != "and"]
        if not words or _ASIDE.fullmatch(part) or REFUSALS_OF_THEM.match(part):
            return True
        if REFUSALS.match(part) or (MARKED not in part and UNMARKED_REFUSALS.match(part)):
            return True
        if asking := _ASKING.match(part):
            return asks or asking["or"] is not None
        if any(character.isdigit() for character in part):
            return False
        if len(words) == 1 or self._is_name(start, end):
            return True
        is_short = len(words) <= (_LIST_WORDS if is_listed else _FEW_WORDS)
        is_plain = is_listed or (part == part.lower() and not _FINITE.search(part))
        return is_short and is_plain and MARKED not in part


def _has_words(text: str, start: int, end: int) -> bool:
    return _TELLING.search(text, start, end) is not None


def _is_talk(text: str) -> bool:
    """Return whether a text speaks of the answer or of the passages alone."""
    text = text.strip(" .!_#-")
    return QUOTED not in text and (not _has_words(text, 0, len(text)) or bool(TALK.fullmatch(text)))
