"""A question without the words that only say where its answer stands.

"According to the passage, who crossed the river?" is about a river. "Passage" says nothing of that,
and would count against every passage about the river. So would the title of a document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index import STOP_WORDS, words_of

# What people call a text that they were given to read. "Report", "book" and "story" are not among
# the names: a question may well be about one of them.
_TEXTS = "passage|article|text|document|paragraph|excerpt|extract|snippet|reading"
_WRITERS = "author|writer"
_TEXT = (
    "(?:(?:given|provided|above|following|attached|preceding|same|entire|whole|news|reading) ){0,2}"
    f"(?:{_TEXTS})s?"
    "(?: (?:above|below|given|provided|presented|attached|you (?:have )?read))?"
)
_THE = "(?:the|this|these|that|those) "
_SOURCE = f"{_THE}(?:(?:{_WRITERS})s?(?: of {_THE}{_TEXT})?|{_TEXT})"

_SAY = (
    "(?:says?|states?|tells?|claims?|argues?|thinks?|believes?|suggests?|writes?|mentions?|"
    "reports?|explains?|notes?|means?)"
)
_DOES_IT = f"(?:do|does|did) {_SOURCE}"
_DOES_IT_SAY = f"{_DOES_IT} {_SAY}"
# Without "that", only verbs which a whole clause follows: one may write books, and speak in court.
_DOES_IT_CLAIM = (
    f"{_DOES_IT} (?:say|state|claim|argue|think|suggest|believe)"
    r"(?! (?:in|at|on|to|of|about|after|before|during|with|by|for|from|it|so)\b)"
)
_STATED = (
    "(?:stated|mentioned|described|discussed|explained|reported|noted|outlined|presented|shown|"
    "given|said|written|indicated)"
)
_AS_IT_SAYS = (
    f"(?:(?:according to|(?:as )?per|based (?:only |solely )?(?:up)?on|as {_STATED} (?:in|by))"
    f" (?:{_SOURCE}|{_TEXT})"
    f"|(?:stated|mentioned|described|discussed) in {_SOURCE}"
    f"|(?:according to|based on|going by|judging by|from) what {_SOURCE} {_SAY}"
    f"|as {_SOURCE} {_SAY})"
)
_IN_THE_TEXT = (
    "(?:in|from|within|throughout|using) "
    "(?:(?:the )?(?:information|details|facts|contents?) (?:(?:given|provided) )?(?:in|of|from) )?"
    f"{_THE}{_TEXT}"
)
_WHERE = f"(?:{_AS_IT_SAYS}|{_IN_THE_TEXT})"
_ABOUT = "(?:about|on|of|regarding|concerning|by)"
_ASKING = (
    "(?:who|whom|whose|what|when|where|which|why|how|is|are|was|were|do|does|did|has|have|had|can|"
    r"could|will|would|should)\b"
)
_END = "(?P<mark>[ ?.!]*)$"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of such words, and what stands in their place.

    They stay unless `least` telling words are left. Those of an `inner` kind may stand in the
    middle of a question, and are looked for before its first quotation mark, so that no quotation
    is cut into.
    """

    pattern: str
    instead: str = ""
    least: int = 1
    inner: bool = False

    def cut(self, text: str) -> str:
        """Return a text, in which spaces are single, without words of this kind."""
        mark = _QUOTATION_MARK.search(text) if self.inner else None
        # Compiled when first needed, and cached by `re`.
        found = re.compile(self.pattern, re.IGNORECASE).search(
            text, 0, mark.start() if mark else len(text)
        )
        if found is None:
            return text
        rest = text[: found.start()] + found.expand(self.instead) + text[found.end() :]
        return rest if _telling_words_in(rest) >= self.least else text


_QUOTATION_MARK = re.compile('["“”«»„]')
_NAMES_A_SOURCE = re.compile(f"{_TEXTS}|{_WRITERS}", re.IGNORECASE)
# Telling words from which a title is one, and words beyond which nobody writes it out.
_SHORTEST_TITLE = 2
_LONGEST_TITLE = 50
_KINDS = (
    # "According to the passage, who crossed it?"
    _Kind(
        "^(?:please )?(?:answer (?:the|this|these) (?:following )?questions? )?"
        f"{_WHERE}(?: ?[-,:;]+ | (?={_ASKING}))"
    ),
    # "What does the article say about the river?"
    _Kind(f"^what {_DOES_IT_SAY} (?:us )?{_ABOUT} "),
    # "Does the author say that it was cold?"
    _Kind(f"^(?:{_DOES_IT_SAY} (?:us )?(?:that|whether|if|(?:anything )?about)|{_DOES_IT_CLAIM}) "),
    # "The author claims that it was cold."
    _Kind(f"^{_SOURCE} {_SAY} that "),
    # "Who crossed it, according to the text?"
    _Kind(f",? {_AS_IT_SAYS}{_END}", r"\g<mark>"),
    _Kind(f", {_IN_THE_TEXT}{_END}", r"\g<mark>"),
    # "Who crossed the river in the passage?", but not "What was found in the document?"
    _Kind(f"(?<! is)(?<! are)(?<! was)(?<! were) {_IN_THE_TEXT}{_END}", r"\g<mark>", least=2),
    # "Who, according to the text, crossed it?"
    _Kind(f", {_WHERE}, ", " ", inner=True),
    # "When does the author say that they crossed it?"
    _Kind(rf"(?<=\w) (?:{_DOES_IT_SAY} that|{_DOES_IT_CLAIM})(?= \w)", inner=True),
)


def without_boilerplate(question: str) -> str:
    """Return a question without the words that only say where its answer is to be found.

    A question with none of them comes back as it is, and so does one that would lose all that it is
    about. Quotations are not cut into.

    >>> without_boilerplate("According to the passage, who crossed the river?")
    'who crossed the river?'
    >>> without_boilerplate("Who is the author of the article on rivers?")
    'Who is the author of the article on rivers?'
    """
    if not _NAMES_A_SOURCE.search(question):  # nearly all of them: no kind has to be compiled
        return question
    text = given = " ".join(question.split())
    for kind in _KINDS:
        text = kind.cut(text)
    return question if text == given else text


def without_title(question: str, title: str) -> str | None:
    """Return a question without the title of a document, if it names it word for word.

    None if it does not, if the title has fewer than two telling words or more than 50 words, or if
    nothing would be left.

    >>> without_title('In "Winter on the river", who crossed it?', "Winter on the River")
    'who crossed it?'
    """
    words = re.findall(r"\w+", title)
    if len(words) > _LONGEST_TITLE or _telling_words_in(title) < _SHORTEST_TITLE:
        return None
    name = r"\W+".join(words)
    found = re.search(
        rf"(?:{_THE}{_TEXT} (?:(?:en)?titled |called |named |on |about )?)?"
        rf"[\"'“‘«„]?(?<!\w){name}(?!\w)[\"'”’»“]?",
        question := " ".join(question.split()),
        re.IGNORECASE,
    )
    if found is None:
        return None
    before, after = question[: found.start()], question[found.end() :]
    # As if it were called "the text", which is boilerplate; else it is cut out alone.
    called = f"{before}the text{after}"
    rest = without_boilerplate(called)
    if rest == called:
        rest = " ".join(f"{before}{after.lstrip(' ,:;-')}".split())
    return rest if _telling_words_in(rest) else None


def _telling_words_in(text: str) -> int:
    """Return how many different words of a text are not stop words."""
    return len(set(words_of(text)) - STOP_WORDS)
