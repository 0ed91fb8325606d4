"""Patterns of English for refusals to answer, and for talk about the answer itself.

They are for texts in which `MARKED` stands for each mark, and in which what `SOURCES` finds is
blotted out with `SOURCE`. A space in a pattern stands for one space and any marks before it.
"""

from __future__ import annotations

import re

MARKED = "\ufffc"
"""Stands for a mark, such as [1]."""

SOURCE = "\ufffa"
"""Stands for each character of words for the passages, such as "the given sources"."""

QUOTED = "\ufffb"
"""Stands for each character of a quotation."""


def _any(*choices: str) -> str:
    return f"(?:{'|'.join(choices)})"


def _of(words: str) -> str:
    """Return a pattern of one of some words; `_` stands for a space in one."""
    return _any(*(word.replace("_", " ") for word in words.split()))


def _pattern(*choices: str) -> re.Pattern[str]:
    text = rf"[^\w{SOURCE}{QUOTED}{MARKED}]*{_any(*choices)}"
    return re.compile(text.replace(" ", rf"(?:\s{MARKED})*\s"), re.IGNORECASE)


# --- words for the passages -------------------------------------------------------------------

_OWN = _of("passages? sources? excerpts? snippets? contexts?")
_PAPER = _of(
    "documents? texts? articles? materials? references? reports? files? records? information"
)
_GIVEN = _of("given provided cited supplied retrieved quoted numbered attached shared listed above")
_KIND = _any(
    _GIVEN,
    _of(
        "available search own two three four five six seven eight nine ten other first second third"
    ),
    _of(r"last remaining text relevant following short single reference same \d{1,3}"),
)
_THE = "(?:(?:all|any|both|each|some|most|either) of )?(?:the|these|those|this|my|your|any|all)"
_NUMBER = rf"(?:\d{{1,3}}\b|{MARKED})"
_YOURS = _of("here at_hand above that_you_gave you_gave_me you_have_given you_provided "
             "that_you_provided"
             " i_was_given that_i_was_given i_have")  # fmt: skip
# "The sources of the river" do not count, nor does "the report" in "the report provided no food".
_NOT_OF = r"(?! of\b|['’]s\b)"
SOURCES = re.compile(
    rf"\b{_THE} (?:{_KIND} ){{0,3}}{_OWN}\b(?: {_GIVEN}(?= ))?(?: {_YOURS}\b)?{_NOT_OF}"
    rf"|\b(?:passage|source|excerpt|document)s? {_NUMBER}(?:(?:, and|,| and| or|-|–) "
    rf"?{_NUMBER})*{_NOT_OF}"
    rf"|\b(?:(?:the|these|this|any|your) )?(?:{_GIVEN}|available|two|three) (?:{_KIND} "
    rf")?{_PAPER}\b{_NOT_OF}"
    rf"|\b(?:(?:the|these|any) )?(?:search results|(?:given|provided) (?:results|data"
    rf"|evidence))\b{_NOT_OF}"
    rf"|\b(?:the|these|this|any) (?:{_PAPER}|data|results) (?:given|provided|supplied|above|at "
    rf"hand)\b"
    r"(?! (?:to|by|of|no|an?|the|more|some)\b)".replace(" ", rf"(?: {MARKED})* "),
    re.IGNORECASE,
)
"""Words for the passages of a prompt."""

_SOURCE = f"{SOURCE}+"
_IN_SOURCE = (
    _any("in", "from", "by", "within", "among", "across", "on the basis of", "based (?:solely )?"
         "(?:up)?on",
         "using", "with", "through", "anywhere in", "given")
    + f" {_SOURCE}"
)  # fmt: skip
_NO_SOURCE = (
    _any("no", "neither", "not one", "not a single")
    + rf" (?:{_KIND} )*(?:passage|source|excerpt|snippet|document|article|text)s?\b{_NOT_OF}"
)

# --- to deny ----------------------------------------------------------------------------------

_PLAINLY = (
    r"(?:"
    + _any(
        _of(
            "also even actually explicitly directly specifically clearly really fully themselves "
            "itself"
        ),
        _of(
            "simply definitively ever yet still precisely exactly further alone together "
            "necessarily"
        ),
        _of(
            "unfortunately currently just therefore reliably confidently conclusively only "
            "otherwise"
        ),
        _of("all both at_all anywhere here in_fact seem_to appear_to"),
    )
    + " )*"
)
_NOT = "(?: not|n['’]t)"
_CANNOT = rf"(?:can(?:not| not|['’]t)|(?:could|would|do|does){_NOT})"
_NO = _of("no not_any not_enough not_sufficient not_much insufficient too_little little")
_THERE_IS_NO = (
    rf"there(?:['’]s| is| are| was| were)(?: {_NO}| nothing|n['’]t (?:any|enough|much))\b"
)

# --- to tell ----------------------------------------------------------------------------------

_SAY = (
    _any(
        _of(
            "say state mention specif(?:y|ie) discuss address describe explain indicate tell reveal"
        ),
        _of(
            "clarif(?:y|ie) identif(?:y|ie) disclose elaborate cover confirm speak refer touch show"
        ),
        _of(
            "suggest note report answer name list define quote detail deal_with concern talk agree"
        ),
        _of(
            "establish settle resolve relate comment go_into make_clear give include focus compare"
        ),
        _of("document shed outline point use_(?:the_|any_)?(?:word|term|phrase|name)s?"),
    )
    + r"(?:e?s)?\b"
)
# These tell if what they give is of the kind that is told.
_GIVE = _of("provide offer present have has hold make contain support permit allow help let "
            "enable go"
            " carry bear supply give include") + r"s?\b"  # fmt: skip
_INFORMATION = _of("information info details? data mention answers?")
_KNOWLEDGE = (
    _any(
        _INFORMATION,
        _of(
            "explanations? indications? evidence mentions figures? numbers? dates? names? reasons?"
        ),
        _of(
            "references? statements? definitions? descriptions? anything basis accounts? examples?"
        ),
        _of(
            "estimates? lists? timelines? analysis insights? comparisons? background context proof"
        ),
        _of("discussions? support confirmation specifics particulars facts? clues? hints? clarity"),
        _of("coverage breakdowns? totals? counts? prices? ages? years? times? locations? titles?"),
        _of(
            "costs? quotations? quotes? claims? views? ideas? conclusions? statistics "
            "content material word"
        ),
        _of("this that it them what who when where why how whether enough me us one ones"),
    )
    + r"\b"
)
_TELL = rf"(?:{_SAY}|{_GIVE}(?: [^\s,]+){{0,5}}? {_KNOWLEDGE})"
_TOLD = _any(
    _of("mentioned stated specified given provided found answered addressed discussed described"),
    _of("explained indicated told revealed clarified identified disclosed covered confirmed noted"),
    _of(
        "reported named listed included defined quoted detailed documented supported determined "
        "known"
    ),
    _of("located verified established shown contained available clear present evident apparent"),
    _of("recorded derived inferred deduced concluded said referenced elaborated_on touched_on"),
    _of("touched_upon dealt_with made_clear made_explicit made outlined presented offered enough"),
    _of(r"sufficient explicit settled resolved compared referred_to possible_to_\w+"),
)
_NOT_TOLD = _of("unclear unknown unstated unspecified unmentioned missing absent") + r"\b"
_IS_NOT = _any(
    rf"(?:is|are|was|were|has been|have been)(?:{_NOT}| never| nowhere) {_PLAINLY}{_TOLD}",
    rf"(?:can(?:not| not|['’]t)|could{_NOT}) be {_PLAINLY}{_TOLD}",
    rf"(?:is|are|remains?) {_PLAINLY}(?:{_NOT_TOLD}|impossible to )",
    rf"(?:it|this|that)['’]s (?:not {_PLAINLY}{_TOLD}|{_PLAINLY}{_NOT_TOLD})",
)
_DENIES = _PLAINLY + _any(
    rf"(?:{_CANNOT}|never) {_PLAINLY}{_TELL}",
    rf"(?:fails?|neglects?|(?:is|are) unable|(?:is|are){_NOT} able) to {_PLAINLY}{_TELL}",
    rf"lacks?(?: [^\s,]+){{0,4}}? {_KNOWLEDGE}",
    rf"(?:is|are|remains?|stays?|seems?) {_PLAINLY}"
    + _of(
        "silent unclear vague insufficient inconclusive mute too_short too_vague too_brief "
        "too_general"
    )
    + r"\b",
    rf"(?:is|are){_NOT} {_PLAINLY}"
    + _of(
        "clear specific explicit enough sufficient about detailed relevant related helpful "
        "conclusive"
    )
    + r"\b",
    _of("mention give name list include specify specifie say tell contain offer")
    + rf"s?(?: us| me)? {_PLAINLY}(?:no|nothing|not|neither|little)\b",
    rf"{_GIVE} {_PLAINLY}(?:{_NO}|nothing)\b(?: [^\s,]+){{0,5}}? ?{_KNOWLEDGE}",
    r"(?:has|have) nothing\b",
    rf"neither {_TELL}",
    r"leaves? (?:this|that|it|the question|the matter) (?:open|unanswered|unclear)\b",
)

_END = r"[\s.!?…_]*$"
_SORT = (
    "(?:"
    + _of("further more specific relevant direct explicit exact detailed precise such adequate "
          "concrete"
          " additional other clear available definitive reliable sufficient enough any")
    + " )*"
)  # fmt: skip
_LEAD = (
    "(?:"
    + _of("and so also since as that unfortunately it_seems it_appears note please_note "
          "i['’]m_afraid"
          " i_am_afraid i['’]m_sorry i_am_sorry as_far_as_i_can_see as_far_as_i_can_tell while "
          "thus")
    + " (?:, )?){0,4}"
)  # fmt: skip
_FINDING = _any(
    _of("answer determine confirm verify conclude say tell judge infer establish") + r"\b",
    _of("know find see locate identify have provide give find_out offer")
    + rf"(?:(?: [^\s,]+){{0,5}}? {_KNOWLEDGE}|(?: about| from| for sure| if|{_END}))",
)
_I_CANNOT = _any(
    rf"(?:i|we) {_PLAINLY}"
    + _any(
        _CANNOT,
        f"did{_NOT}",
        "(?:am not|was not|were not|are not) able to",
        "(?:am|was|were|are) unable to",
    )
    + rf" {_PLAINLY}(?:be able to )?{_FINDING}",
    rf"i['’]m (?:unable|not able) to {_FINDING}",
    rf"(?:i|we) {_PLAINLY}(?:have|had|see|saw|find|found) {_NO} {_SORT}(?:{_INFORMATION}|idea"
    rf"|knowledge)\b",
)
_WORDS = r"(?:(?!and\b)[^\s,;]+ ){0,14}?"
_LATER = rf"(?: [^\s;]+){{0,25}}? {_IN_SOURCE}"

# --- refusals ---------------------------------------------------------------------------------

REFUSALS = _pattern(
    rf"{_LEAD}(?:{_SOURCE}|{MARKED}) (?:, )?{_DENIES}",
    rf"{_LEAD}(?:(?:none|neither|not one|no one|nothing|no part) (?:of|in|from) {_SOURCE}"
    rf"|{_NO_SOURCE}) "
    rf"(?:{_PLAINLY}(?:{_TELL}|{_CANNOT} {_TELL}|is about|are about)|about)\b",
    rf"{_LEAD}nothing (?:[^\s,;]+ ){{0,12}}?{_IN_SOURCE}",
    rf"{_LEAD}(?:{_THERE_IS_NO}|{_NO} {_SORT}{_KNOWLEDGE}){_LATER}",
    rf"{_LEAD}(?:{_I_CANNOT}|(?:i|we) (?:have|see|saw|find|found) (?:no|nothing)\b){_LATER}",
    rf"(?:and )?{_WORDS}{_IS_NOT} {_PLAINLY}{_IN_SOURCE}",
    rf"{_LEAD}(?:the|this|that|any|such)(?: (?:answer|information))? is{_NOT} "
    rf"{_PLAINLY}{_IN_SOURCE}",
    rf"(?:(?:not|never|nowhere) {_PLAINLY}{_TOLD}|{_NOT_TOLD}) {_PLAINLY}{_IN_SOURCE}",
    rf"{_WORDS}(?:is|are|falls?|lies?|goes) (?:outside|beyond)(?: the scope)?(?: of)? {_SOURCE}",
)
"""Refusals that name the passages, up to the word of telling."""

REFUSALS_OF_THEM = _pattern(
    rf"(?:(?:and|or|but|nor) )?(?:(?:they|it) )?{_DENIES}",
    rf"nor (?:do|does) (?:they|it) {_TELL}",
)
"""Refusals that follow words about the passages."""

REFUSALS_FROM_SOURCE = _pattern(
    rf"(?:(?:it|this|that) )?{_IS_NOT}",
    rf"{_THERE_IS_NO} {_SORT}(?:{_INFORMATION}|indication)\b",
    _I_CANNOT,
    rf"(?:the|this|that|your) (?:answer|question) {_IS_NOT}",
    rf"{_NO} {_SORT}{_INFORMATION} (?:is|are|can be) ",
)
"""Refusals that follow "based on the passages"."""

_ABOUT = _of("about on regarding concerning as_to")
_TO_ANSWER = "to " + _of("answer say determine tell confirm know conclude verify judge") + r"\b"
_ASK = _of("who what when where why how whether if") + r"\b"
_NAMED = _of(
    "mentioned stated specified given provided addressed discussed covered indicated explained"
)
_NO_VERB = (
    "(?!"
    + _of(
        "is are was were has have had came comes will would can could did does do by to reached "
        "emerged"
    )
    + r"\b)"
)
_GIVEN_HERE = "(?: (?:available|here|given|provided))"
UNMARKED_REFUSALS = _pattern(
    rf"{_LEAD}(?:the|these|this|those) (?:document|text|article|material|reference)s?\b{_NOT_OF} "
    rf"{_DENIES}",
    rf"{_LEAD}{_I_CANNOT}",
    rf"{_LEAD}there(?:['’]s| is| are)(?: {_NO}|n['’]t (?:any|enough)) {_SORT}(?:information|info"
    rf"|details?)\b"
    rf"(?:{_GIVEN_HERE}?(?:{_END}| {_ABOUT}\b| {_TO_ANSWER}))",
    rf"{_LEAD}there(?:['’]s| is) no {_SORT}(?:answer|mention)"
    rf"(?: (?:of|to) (?:this|that|it|(?:the|that|this) question))?{_END}",
    rf"{_LEAD}{_NO} {_SORT}{_INFORMATION}(?: {_ABOUT}(?: {_NO_VERB}[^\s,;.]+){{1,12}})?"
    rf"(?: (?:is|are|was|were) {_PLAINLY}(?:{_NAMED}|found|available|included|offered))?{_END}",
    rf"(?:they|it) {_CANNOT} {_PLAINLY}{_SAY}"
    rf"(?: (?:so|this|that|it|more|anything|either|{_ASK}|about (?:this|that|it)))*{_END}",
    rf"(?:[^\s,;]+ ){{1,6}}?(?:is|are){_NOT} {_PLAINLY}{_NAMED}{_END}",
    rf"{_LEAD}it(?:['’]s| is) not {_PLAINLY}(?:{_NAMED}|said) {_ASK}",
    rf"{_LEAD}(?:the|this|that|your|my) (?:answer|question)(?: to (?:this|that|it|(?:the|your) "
    rf"question))? "
    rf"{_IS_NOT}{_END}",
    rf"(?:not|never) {_PLAINLY}{_TOLD}{_END}",
    rf"(?:unknown|unclear|not clear|not known)(?:{_END}| {_ASK})",
    rf"(?:impossible|not possible) {_TO_ANSWER}{_END}",
)
"""Refusals that do not name the passages. A clause with a mark claims something."""

SOURCE_FIRST = _pattern(rf"{_LEAD}(?:{_SOURCE}|{MARKED} (?:says?|mentions?|is|are|discuss))")
"""A clause about the passages."""

# --- openings and talk ------------------------------------------------------------------------

_SURE = _any(
    _of(
        "sure sure_thing certainly of_course absolutely ok okay alright all_right great understood"
    ),
    _of(
        "great_question good_question happy_to_help glad_to_help no_problem hello hi hi_there sorry"
    ),
    _of("you['’]re_welcome you_are_welcome apologies my_apologies i_apologi[sz]e"),
    "thanks?(?: you)?(?: for (?:your question|asking|the question))?",
)
_IN_SHORT = _any(
    "in " + _of("short sum summary brief conclusion other_words a_nutshell"),
    "to " + _of("summari[sz]e sum_up conclude answer_your_question answer_the_question be_clear"),
    "(?:(?:the )?short |the )?answer|overall|summari[sz]ing",
)
OPENING = _pattern(
    _any(
        _of(
            "however unfortunately sadly i['’]m_sorry i_am_sorry i['’]m_afraid i_am_afraid yes "
            "no also"
        ),
        _of("finally additionally moreover furthermore so indeed thus therefore well and but"),
        _SURE,
        _IN_SHORT,
    )
    + r"\s?[,:!] (?:(?:but|so|and) )?"
)
"""What only says how a sentence follows."""

FROM_SOURCE = _pattern(
    rf"(?:based (?:only |solely )?(?:up)?on|from|in|judging from|going by|using) {_SOURCE}(?: "
    rf"alone)?"
    rf"(?: {MARKED})*(?:\s?[,:] |(?= (?:it (?:is|cannot|can)|i|we|there)\b))"
)
"""What says that a sentence is from the passages."""

_SAYS = _any(
    _of("says? states? mentions? indicates? reports? notes? explains? describes? tells?_us shows?"),
    _of("suggests? confirms? reveals? discloses? specify specifies"),
)
ATTRIBUTION = _pattern(
    rf"(?:as|(?:as )?per|according to|as (?:stated|mentioned|described|noted|reported) (?:in|by)) "
    rf"{_SOURCE}(?: {_SAYS})?(?: {MARKED})*\s?[,:] ",
    rf"(?:(?:all|both) )?(?:{_SOURCE}|{MARKED}) {_PLAINLY}{_SAYS}(?: that |: )",
)
"""What says that the passages tell what follows."""

_PART = _any(
    _of("answer overview summary list breakdown points? timeline response explanation recap look"),
    _of("outline account facts findings takeaways details events reasons information results"),
    _of("highlights comparison description conclusion steps causes examples"),
)
_QUALITY = (
    "(?:"
    + _of("a an the my some your short brief quick concise detailed full complete final key main "
          "most"
          " important relevant direct simple possible general few several two three four five "
          "clear")
    + " )*"
)  # fmt: skip
_HERE = "(?:here(?: is| are|['’]s)|below (?:is|are)|the following (?:is|are)|this is)"
_OF_TOPIC = (
    "(?:(?: (?:given|found|mentioned|stated))?"
    r" (?:of|about|on|for|to|regarding|concerning|from|in|behind|that led to) [^.;!?,:]{1,80}:)"
)
_OF_SOURCE = (
    rf"(?: (?:of|from|in|based on|about|to) (?:{_SOURCE}|(?:your|the|this|that) question|it))?"
)
_HEADING = _any(
    _of(
        "sources? references? citations? notes? background introduction bibliography "
        "further_reading"
    ),
    _of("works_cited analysis context passages? documents? caveats? limitations? sources?_used"),
    _of("sources?_cited next_steps final_thoughts"),
)
TALK = _pattern(
    f"(?:{_SURE}|{_IN_SHORT}|{_SOURCE}):?",
    "(?:i (?:do )?)?(?:hope|trust) (?:this|that|it|the above)(?: answer| summary)? "
    + _of("helps? is_helpful is_useful was_helpful answers?_your_question answers?_the_question")
    + "(?: you)?",
    "(?:please )?"
    + _of(
        "let_me_know feel_free_to_ask feel_free_to_reach_out do(?:_not|n['’]t)_hesitate_to_ask "
        "ask_me"
    )
    + r"(?: (?:if|should|when|whenever|about) (?:you|anything|there)\b[^\d.;:]{0,80}"
    "|(?: (?:any|more|other|further|questions?))*)",
    _of("would_you_like do_you_want shall_i should_i is_there_anything_else can_i_help")
    + r"\b[^\d.;:]{0,80}\?",
    rf"{_HERE} {_QUALITY}{_PART}(?:{_OF_TOPIC}|{_OF_SOURCE}:?)",
    rf"{_HERE} (?:what|how) (?:{_SOURCE} {_SAYS}|is known|i found|i know|we know)(?:{_OF_TOPIC}"
    rf"|:?)",
    rf"{_QUALITY}(?:{_PART}|{_HEADING}){_OF_SOURCE}:?",
    rf"{_QUALITY}{_PART} (?:are|is) (?:as follows|these|the following|(?:given )?below):?",
    rf"(?:based on|according to|from|per|as per) {_SOURCE}:?",
    rf"{_SOURCE} {_PLAINLY}{_SAYS}(?: (?:the following|this|these things))?:",
    rf"(?:(?:all|both) )?{_SOURCE} (?:(?:mainly|mostly|only) )?"
    rf"(?:(?:are|is) {_PLAINLY}(?:(?:mainly|mostly) )?(?:about|concerned with)|focus(?:es)? on"
    rf"|deals? with)"
    rf"(?: [^\s\d,;:.]+){{1,6}}(?: {MARKED})*",
    rf"{_SOURCE} {_PLAINLY}(?:mentions?|discuss(?:es)?|describes?|covers?|talks? about|refers? to)"
    r" (?:the|an?|this|that|these|those|his|her|its|their|such)(?: [a-z]+){1,2}(?: of \w+)?",
    r"(?:this|my|the|these) (?:answers?|summary|response|overview|points) (?:is|are|was|were) "
    rf"(?:based|drawn|taken|compiled)(?: (?:only|solely|entirely))? (?:up)?(?:on|from) {_SOURCE}"
    rf"(?: {MARKED})*",
    "(?:i will|i['’]ll|i have|i['’]ve|let me|let['’]s) (?:(?:now|only|first) )*"
    r"(?:summari[sz]e|answer|list|cite|explain|use|look at|go through|start with)(?:e?d)?"
    rf"(?: (?:{_SOURCE}|this|that|it|(?:your|the) question|the (?:main|key) points))?(?: "
    rf"{_IN_SOURCE})?:?",
)
"""A sentence about the answer or about the passages alone, without what ends it."""
