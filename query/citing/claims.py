"""What a sentence of an answer claims, apart from refusals and from talk about the answer itself.

Two kinds of clauses claim nothing of what the passages tell: that these do not answer, and that
an answer follows. Both are recognised by their words, by the order of these, and by what else
stands in the sentence. Whatever stands beside such a clause is a claim: "The passages do not say,
but the war was won" claims that it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from query.citing.marked_sentences import MARK


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What the passages of a prompt are called, and what else they may be called that things of which
# an article tells are called too.
_OWN_SOURCES = _set("passage passages source sources excerpt excerpts context snippet snippets")
_ANY_SOURCES = _set(
    "document documents text texts article articles material materials reference references file "
    "files record records content contents report reports result results information data evidence"
)
_GIVEN = _set("given provided cited supplied retrieved available above quoted numbered search")
_DENIALS = _set(
    "not no none neither nothing never cannot unable lack lacks silent fail fails insufficient "
    "unclear unknown nowhere"
)
_TELLING = _set(
    "say says said state states stated mention mentions mentioned specify specifies specified "
    "discuss discusses discussed address addresses addressed describe describes described explain "
    "explains explained indicate indicates indicated tell tells told reveal reveals revealed "
    "clarify clarifies clarified identify identifies identified disclose discloses disclosed "
    "elaborate cover covers covered confirm confirms confirmed speak speaks refer refers touch "
    "touches show shows suggest suggests note notes noted report reports reported"
)
_KNOWING = _set(
    "clear find found determine determined know known locate located verify verified silent "
    "unclear unknown answered"
)
_KNOWLEDGE = _set("answer answers information info detail details mention explanation indication")
_INFORMATION = _set("information info detail details mention")
_FACTS = _set(
    "evidence data figure figures number numbers date dates name names reason reasons reference "
    "references statement statements definition description anything basis account"
)
_GIVING = _set(
    "contain contains provide provides provided give gives include includes included offer offers "
    "has have hold holds present presents make makes"
)
_PLAIN = _set(
    "the a an these those this that any all each of in on from by within among with do does is "
    "are am can could be been was were it there to for about me us my your you i we here enough "
    "sufficient further more specific relevant direct explicit exact detailed precise much such "
    "adequate concrete additional other complete explicitly directly specifically actually clearly "
    "really fully themselves itself also even simply definitively able possible question questions "
    "based upon only myself at hand either yet still"
)
_HEAD = (
    _OWN_SOURCES | _ANY_SOURCES | _GIVEN | _DENIALS | _TELLING | _KNOWING | _KNOWLEDGE | _FACTS
    | _GIVING | _PLAIN
)  # fmt: skip

_TALK = _set(
    "summary summarise summarize summarised summarized short brief overview conclusion conclude "
    "list key main points point following follows below response question questions answer answers "
    "passages passage sources source excerpts context documents texts articles"
)
_ABOUT_TALK = (
    (_HEAD - _DENIALS)
    | _TALK
    | _set("and or as what which how let let's now will would see hope helps help know according "
           "please overall sum short i'll i've ask asked so then")
)  # fmt: skip
_OPENINGS = _set(
    "however unfortunately sorry i'm i am afraid yes no overall finally additionally moreover "
    "furthermore but and also so indeed thus therefore well based according on to in from as per "
    "summary short conclusion sum brief answer"
)

# Stands for a mark while a sentence is taken apart.
_MARKED = "\ufffc"
_MARKS = re.compile(rf"{_MARKED}(?:(?:\s|,|and|or)*{_MARKED})+")

# A source with its article, and not "the sources of the river", nor "in the context of war".
_SURE_SOURCE = re.compile(
    r"\b(?:the|these|those|any|no|neither|my|your|all)\s(?:\w+\s){0,2}?"
    rf"(?:{'|'.join(sorted(_OWN_SOURCES))})\b(?!\sof\b)"
    rf"|\b(?:passage|source|excerpt)s?\s(?:\d{{1,3}}\b(?!\sof\b)|{_MARKED})"
    rf"|^\W*{_MARKED}\W*\s(?:do|does|{'|'.join(sorted(_TELLING))})\b"
    rf"|\b(?:{'|'.join(sorted(_GIVEN))})\s(?:{'|'.join(sorted(_ANY_SOURCES - _FACTS))})\b(?!\sof\b)"
    rf"|\bthe\s(?:{'|'.join(sorted(_ANY_SOURCES))})\s(?:given|provided|supplied|above)\b",
    re.IGNORECASE,
)
# What stands on the other side of these is another clause.
_BOUNDARY = re.compile(
    r"\s*[;:(){}—–]+\s*|\s+--?\s+|[.!?…]+\s+"
    r"|(?:^|,?\s+|(?<=\s))(?:but|however|although|though|even\s+though|while|whereas|because|so"
    r"|nevertheless|nonetheless|except)\b,?\s*"
    r"|(?:^|,\s+|(?<=,\s))(?:and\s+)?(?:yet|still|since|instead|which)\b,?\s*",
    re.IGNORECASE,
)
_COMMA = re.compile(r"\s*,\s*|\s+(?=and\s)")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OR = re.compile(r"\b(?:or|nor)\b")
_LIST_WORDS = 6
_ASKING = _set("who what when where why how whether or nor")
_TOPIC = re.compile(r"\s(?:about|on|regarding|concerning|of)\s[^,;:]{1,80}:$", re.IGNORECASE)


def claim_of(sentence: str) -> str:
    """Return what a sentence claims, without its marks; "" for a refusal, or talk of the answer.

    >>> claim_of("The passages do not say who won [1].")
    ''
    >>> claim_of("According to the passages, the war goes on [1].")
    'the war goes on.'
    """
    text = " ".join(MARK.sub(f" {_MARKED} ", sentence).replace("*", " ").split())
    text = _MARKS.sub(_MARKED, text)
    if _is_talk(text):
        return ""
    text = _without_opening(text)
    clauses = [clause for clause in _BOUNDARY.split(text) if _WORD.search(clause)]
    claimed = [claim for clause in clauses if (claim := _beside_denial(clause))]
    rest = text if claimed == clauses else " ".join(claimed)
    if _is_talk(rest):
        return ""
    return re.sub(
        r"\s+(?=[.,;:!?])", "", " ".join(rest.replace(_MARKED, " ").split()).lstrip(" ,;")
    )


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case; "don't" is two."""
    plain = re.sub(r"\b(\w+)n['’]t\b", r"\1 not", text, flags=re.IGNORECASE)
    plain = re.sub(r"\bca not\b", "cannot", plain, flags=re.IGNORECASE)
    return [match[0].lower().replace("’", "'") for match in _WORD.finditer(plain)]


def _without_opening(text: str) -> str:
    """Return a sentence without what only says where it comes from, or how it follows."""
    while (match := re.match(r"[^,:;“”\"]{1,90}?(?:[,:]\s+|\sthat\s)", text)) is not None:
        words = _words(match[0])
        is_attribution = (
            not _DENIALS.intersection(words)
            and _SURE_SOURCE.search(match[0]) is not None
            and all(word in _ABOUT_TALK or word.isdigit() for word in words)
        )
        ends_open = match[0].endswith("that ")
        if ends_open and not (is_attribution and _TELLING.intersection(words)):
            break
        if not is_attribution and (ends_open or not _OPENINGS.issuperset(words)):
            break
        text = text[match.end() :]
    return text


def _beside_denial(clause: str) -> str:
    """Return what a clause claims: all of it, or what stands beside a refusal in it."""
    if not _is_denial(clause):
        return clause
    _, *others = _COMMA.split(clause)
    end_of_list = max((n for n, part in enumerate(others) if _OR.search(part)), default=-1)
    claimed = [
        part for n, part in enumerate(others) if not _goes_on(part, is_listed=n <= end_of_list)
    ]
    return ", ".join(claimed)


def _goes_on(part: str, *, is_listed: bool) -> bool:
    """Return whether a part of a refusal, from a comma or "and" on, still is what is not told.

    "who it was" is, and so is what is listed, as in "prices, dates or names".
    """
    words = [word for word in _words(part) if word != "and"]
    if not words or words[0] in _ASKING or _HEAD.issuperset(words):
        return True
    if _MARKED in part or any(character.isdigit() for character in part):
        return False
    if is_listed:
        return len(words) <= _LIST_WORDS
    return part == part.lower() and len(words) <= 2


def _is_denial(clause: str) -> bool:
    """Return whether a clause says that the passages, or the writer, do not tell something."""
    words = _words(clause)
    head = list(_head(words))
    denied = next((place for place, word in enumerate(head) if word in _DENIALS), None)
    if denied is None or clause.lstrip()[:1] in set("“”\"„«'‘"):
        return False
    before, after = head[:denied], head[denied:]
    is_sure = _SURE_SOURCE.search(clause) is not None
    tells = not (_TELLING | _KNOWING | _KNOWLEDGE).isdisjoint(after)
    if after[0] == "nothing" and not _TELLING.isdisjoint(before[-2:]):
        return is_sure  # say nothing, tell us nothing
    if not _TELLING.difference(_ANY_SOURCES, _FACTS, _KNOWLEDGE).isdisjoint(before):
        return False  # the passages state that there is no ...
    if is_sure:
        return tells or not _FACTS.isdisjoint(after) or not _KNOWLEDGE.isdisjoint(before)
    speaks = not {"i", "we"}.isdisjoint(head)
    is_impersonal = (head[0] == "there" and not _INFORMATION.isdisjoint(after)) or (
        denied == 0 and not (_GIVEN | _KNOWING | _TELLING).isdisjoint(words)
    )
    is_about_it = not {"question", "answer"}.isdisjoint(before)
    names_source = not _ANY_SOURCES.difference(_FACTS).isdisjoint(before)
    stands_alone = len(head) == len(words)
    return (
        _MARKED not in clause
        and tells
        and (speaks or is_impersonal or is_about_it or names_source or stands_alone)
    )


def _head(words: Sequence[str]) -> Iterator[str]:
    """Yield the first words of a clause, as far as they speak of passages and of telling."""
    speaks = not {"i", "we"}.isdisjoint(words[:3])
    for word in words:
        # A source that "did not say" something is one of which an article tells.
        if not (word in _HEAD or word.isdigit() or (speaks and word in {"did", "i'm"})):
            return
        yield word


def _is_talk(text: str) -> bool:
    """Return whether a sentence speaks of the answer or of the passages alone."""
    text = text.rstrip(" .!_#")
    announced = _TOPIC.sub(":", text) if _MARKED not in text else text
    return not _WORD.search(text) or any(
        _ABOUT_TALK.issuperset(words)
        and not _TALK.isdisjoint(words)
        and not any(word.isdigit() for word in words)
        for words in (_words(text), _words(announced))
    )
