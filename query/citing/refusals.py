"""Patterns of English for refusals to answer, and for talk about the answer itself.

A space in a pattern stands for one space and any marks before it. Each pattern is put together from
a few that are named for what they stand for.
"""

from __future__ import annotations

import re

MARKED = "\ufffc"
"""Stands for a mark, such as [1], in the texts that the patterns are for."""

_GAP = rf"(?:\s{MARKED})*\s"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\n\s*", "", text).replace(" ", _GAP), re.IGNORECASE)


# --- the passages -----------------------------------------------------------------------------

_OWN = "(?:passages?|sources?|excerpts?|snippets?|contexts?)"
_PAPER = "(?:documents?|texts?|articles?|materials?|references?)"
_GIVEN = "(?:given|provided|cited|supplied|retrieved|quoted|numbered|attached|shared|listed|above)"
_KIND = (
    rf"(?:{_GIVEN}|available|search|own|two|three|four|five|six|seven|eight|nine|ten|\d{{1,3}}|other"
    "|first|second|third|last|remaining|text|relevant|following|short|single|reference|same)"
)
_THE = "(?:(?:all|any|both|each|some|most|either) of )?(?:the|these|those|this|my|your|any|all)"
_NUMBER = rf"(?:\d{{1,3}}|{MARKED})"
_NOT_OF = r"(?! of\b|['’]s\b)"
_YOURS = "(?: (?:here|at hand|above|(?:that )?(?:you|i) (?:gave|have|provided|shared|was given)))?"
_SOURCE = (
    rf"(?:{_THE} (?:{_KIND} ){{0,3}}{_OWN}(?: {_GIVEN}(?= ))?{_YOURS}\b{_NOT_OF}"
    rf"|(?:passage|source|excerpt|document)s? {_NUMBER}\b(?:(?:,| and| or|, and|-|–) ?{_NUMBER}\b)*"
    rf"{_NOT_OF}"
    rf"|(?:the |these |this |any |your )?(?:{_GIVEN}|available|two|three) (?:{_KIND} )?"
    rf"(?:{_PAPER}|reports?|files?|records?|contents?|information)\b{_NOT_OF}"
    rf"|(?:the |these |any )?(?:(?:given|provided) )?(?:search results|(?:given|provided) "
    rf"(?:results|data|evidence))\b{_NOT_OF}"
    rf"|(?:the|these|this|any) (?:{_PAPER}|reports?|files?|information|data|results) "
    rf"(?:given|provided|supplied|above|at hand)\b(?! (?:to|by|of|no|an?|the|more|some)\b))"
).replace(rf"{_NUMBER}\b", rf"(?:\d{{1,3}}\b|{MARKED})")
_SINGLE = rf"(?:{_KIND} )*(?:passage|source|excerpt|snippet|document|article|text)s?\b{_NOT_OF}"
_FROM = (
    "(?:in|from|by|within|among|across|on the basis of|based on|based upon|based solely on|using"
    "|with|through|anywhere in|given)"
)

# --- to deny, and to tell ---------------------------------------------------------------------

_PLAINLY = (
    "(?:(?:also|even|actually|explicitly|directly|specifically|clearly|really|fully|themselves|itself"
    "|simply|definitively|ever|yet|still|precisely|exactly|further|alone|together|unfortunately"
    "|necessarily|currently|just|therefore|seem to|appear to|in fact|in themselves|reliably"
    "|confidently|conclusively|only|otherwise|all|both|at all|anywhere|here) )*"
)
_NOT = r"(?: not|n['’]t)"
_CANNOT = rf"(?:can(?:not| not|['’]t)|(?:could|would|do|does){_NOT})"
_SAY = (
    "(?:say|state|mention|specif(?:y|ie)|discuss|address|describe|explain|indicate|tell|reveal|clarif"
    "(?:y|ie)|identif(?:y|ie)|disclose|elaborate|cover|confirm|speak|refer|touch|show|suggest|note"
    "|report|answer|name|list|define|quote|detail|deal with|concern|talk|establish|settle|resolve|"
    "relate|comment|use (?:the |any )?(?:words?|terms?|phrases?|names?)|go into|make clear|give|include|focus|compare|document|shed|outline|point|agree)"
    r"(?:e?s)?\b"
)
_GIVE = (
    r"(?:provide|offer|present|have|has|hold|make|contain|support|permit|allow|help|let|enable|go|"
    r"carry|bear|supply|give|include)s?\b"
)
_KNOWLEDGE = (
    "(?:answers?|information|info|details?|mentions?|explanations?|indications?|evidence|data|figures?"
    "|numbers?|dates?|names?|reasons?|references?|statements?|definitions?|descriptions?|anything|bas"
    "is|accounts?|examples?|estimates?|lists?|timelines?|analysis|insights?|comparisons?|background|"
    "context|discussions?|proof|support|confirmation|specifics|particulars|facts?|clues?|hints?|word|"
    "clarity|coverage|breakdowns?|totals?|counts?|prices?|ages?|years?|times?|locations?|titles?|"
    "costs?|quotations?|quotes?|claims?|views?|ideas?|conclusions?|this|that|it|them|what|who|when|"
    r"where|why|how|whether|enough|me|us|one|ones|statistics|content|material)\b"
)
_TELL = rf"(?:{_SAY}|{_GIVE}(?: [^\s,]+){{0,5}}? {_KNOWLEDGE})"
_TOLD = (
    "(?:mentioned|stated|specified|given|provided|found|answered|addressed|discussed|described"
    "|explained|indicated|told|revealed|clarified|identified|disclosed|covered|confirmed|noted"
    "|reported|named|listed|included|defined|quoted|detailed|documented|supported|determined|known"
    "|located|verified|established|shown|contained|available|clear|present|evident|apparent|recorded"
    "|derived|inferred|deduced|concluded|said|referenced|elaborated on|touched on|touched upon|dealt "
    r"with|made clear|made explicit|made|outlined|presented|offered|possible to \w+|enough|sufficient"
    "|explicit|settled|resolved|compared|referred to)"
)
_NOT_TOLD = r"(?:unclear|unknown|unstated|unspecified|unmentioned|impossible to \w+|missing|absent)"
_DENIES = (
    rf"{_PLAINLY}(?:"
    rf"{_CANNOT} {_PLAINLY}{_TELL}"
    rf"|never {_PLAINLY}{_TELL}"
    rf"|(?:fails?|neglects?|(?:is|are) unable|(?:is|are){_NOT} able) to {_PLAINLY}{_TELL}"
    rf"|lacks?(?: [^\s,]+){{0,4}}? {_KNOWLEDGE}"
    rf"|(?:is|are|remains?|stays?|seems?) {_PLAINLY}(?:silent|unclear|vague|insufficient|inconclusive"
    r"|mute|too (?:short|vague|brief|general))\b"
    rf"|(?:is|are){_NOT} {_PLAINLY}(?:clear|specific|explicit|enough|sufficient|about|detailed|"
    r"relevant|related|helpful|conclusive)\b"
    rf"|(?:mention|give|name|list|include|specify|say|tell|contain|offer|specifie)s?(?: us| me)? "
    rf"{_PLAINLY}(?:no|nothing|not|neither|little)\b"
    rf"|{_GIVE} {_PLAINLY}(?:no|nothing|insufficient|not enough|little|too little)\b(?: [^\s,]+){{0,5}}? "
    rf"?{_KNOWLEDGE}"
    r"|(?:has|have) nothing\b)"
)
_END = r"[\s.!?…_]*$"
_NO = r"(?:no|not any|not enough|not sufficient|not much|insufficient|too little|little)"
_SORT = (
    "(?:(?:further|more|specific|relevant|direct|explicit|exact|detailed|precise|such|adequate"
    "|concrete|additional|other|clear|available|definitive|reliable|sufficient|enough|any) )*"
)
_LEAD = (
    "(?:(?:and|so|also|since|as|that|unfortunately|it (?:seems|appears)(?: that)?|note that|please note"
    " that|i(?:['’]m| am) (?:afraid|sorry)(?: that)?|as far as i can (?:see|tell)|while|thus) ,? ?)*"
)
_NONE = (
    rf"(?:(?:none|neither|not one|no one|nothing|no part) (?:of|in|from) {_SOURCE}|(?:no|neither|not one|"
    rf"not a single|none of the) {_SINGLE})"
)
_WORDS = r"(?:(?!and\b)[^\s,;]+ ){0,14}?"
_LATER = rf"(?: [^\s;]+){{0,25}}? {_FROM} {_SOURCE}"
_FINDING = (
    rf"(?:(?:answer|determine|confirm|verify|conclude|say|tell|judge|infer|establish)\b"
    rf"|(?:know|find|see|locate|identify|have|provide|give|find out|offer)"
    rf"(?:(?: [^\s,]+){{0,5}}? {_KNOWLEDGE}|(?: about| from| for sure| if|{_END})))"
)
_I = (
    rf"(?:i|we) {_PLAINLY}(?:(?:{_CANNOT}|did{_NOT}|was{_NOT} able to|am not able to|am unable to|was "
    rf"unable to|were unable to|are unable to) {_PLAINLY}(?:be able to )?{_FINDING}"
    rf"|(?:have|had|see|saw|find|found) {_NO} {_SORT}(?:answers?|information|info|details?|data|idea"
    rf"|mention|knowledge)\b)|i['’]m (?:unable|not able) to {_FINDING}"
)
_IS_NOT = (
    rf"(?:(?:(?:is|are|was|were|has been|have been)(?:{_NOT}| never| nowhere)|(?:can(?:not| not|['’]t)|"
    rf"could{_NOT}) be) {_PLAINLY}{_TOLD}|(?:is|are|remains?) {_PLAINLY}{_NOT_TOLD})"
)
_THERE = rf"there(?:['’]s| is| are| was| were)(?: {_NO}| nothing|n['’]t (?:any|enough|much))\b"

# --- refusals ---------------------------------------------------------------------------------

REFUSALS = _pattern(
    rf"\W*{_LEAD}(?:"
    rf"(?:{_SOURCE}|{MARKED}) ,? ?{_DENIES}"
    rf"|{_NONE} (?:{_PLAINLY}(?:{_TELL}|{_CANNOT} {_TELL}|is about|are about)|about)\b"
    rf"|nothing (?:[^\s,;]+ ){{0,12}}?{_FROM} {_SOURCE}"
    rf"|(?:{_THERE}|{_NO} {_SORT}{_KNOWLEDGE}){_LATER}"
    rf"|(?:{_I}|(?:i|we) (?:have|see|saw|find|found) (?:no|nothing)\b){_LATER}"
    rf"|{_WORDS}{_IS_NOT} {_PLAINLY}{_FROM} {_SOURCE}"
    rf"|(?:the|this|that|any|such)(?: (?:answer|information))? is{_NOT} {_PLAINLY}{_FROM} {_SOURCE}"
    rf"|(?:(?:not|never|nowhere) {_PLAINLY}{_TOLD}|{_NOT_TOLD}) {_PLAINLY}{_FROM} {_SOURCE}"
    rf"|{_WORDS}(?:is|are|falls?|lies?|goes) (?:outside|beyond)(?: the scope)?(?: of)? {_SOURCE}"
    r")"
)
"""A refusal that names the passages, up to the word of telling."""

DENIED_WITH = {
    "they": _pattern(
        rf"\W*(?:(?:and|or|but|nor) )?(?:(?:they|it) )?{_DENIES}|\W*nor (?:do|does) (?:they|it) {_TELL}"
    ),
    "in it": _pattern(
        rf"\W*(?:(?:it|this|that) {_IS_NOT}|{_THERE} {_SORT}(?:information|info|details?|mention|answer|"
        rf"indication)\b|{_I}|(?:the|this|that|your) (?:answer|question) {_IS_NOT}"
        rf"|{_NO} {_SORT}(?:information|details?|answer) (?:is|are|can be) )"
    ),
}
"""Refusals after a clause about the passages, and after "based on the passages"."""

_ON = "(?:about|on|regarding|concerning|as to)"
_TO_ANSWER = "to (?:answer|say|determine|tell|confirm|know|conclude|verify|judge)"
_ASK = "(?:who|what|when|where|why|how|whether|if)"
_NOT_A_VERB = (
    r"(?!(?:is|are|was|were|has|have|had|came|comes|will|would|can|could|did|does|do|by|to|reached|"
    r"emerged|arrived)\b)"
)
UNMARKED_REFUSALS = _pattern(
    rf"\W*{_LEAD}(?:"
    rf"(?:the|these|this|those) {_PAPER}\b{_NOT_OF} {_DENIES}"
    rf"|{_I}"
    rf"|there(?:['’]s| is| are)(?: {_NO}|n['’]t (?:any|enough)) {_SORT}(?:information|info|details?)\b"
    rf"(?:{_END}| {_ON}\b| (?:available|here|given|provided)(?:{_END}| {_ON}\b)"
    rf"| (?:(?:available|here|given|provided) )?{_TO_ANSWER}\b)"
    rf"|there(?:['’]s| is) no {_SORT}(?:answer|mention)"
    rf"(?: (?:of|to) (?:this|that|it|the question|that question|this question))?{_END}"
    rf"|{_NO} {_SORT}(?:information|info|details?|mention|answer)"
    rf"(?: {_ON}(?: {_NOT_A_VERB}[^\s,;.]+){{1,12}})?"
    rf"(?: (?:is|are|was|were) {_PLAINLY}(?:found|given|provided|available|included|mentioned|offered"
    rf"|stated))?{_END}"
    rf"|(?:they|it) {_CANNOT} {_PLAINLY}{_SAY}(?: (?:so|this|that|it|more|anything|why|who|when|how|where|"
    rf"what|either|about (?:this|that|it)))*{_END}"
    rf"|(?:[^\s,;]+ ){{1,6}}?(?:is|are){_NOT} {_PLAINLY}(?:mentioned|stated|specified|given|provided|"
    rf"addressed|discussed|covered|indicated|explained){_END}"
    rf"|it(?:['’]s| is) not {_PLAINLY}(?:mentioned|stated|specified|indicated|explained|said) {_ASK}\b"
    rf"|(?:the|this|that|your|my) (?:answer|question)(?: to (?:this|that|it|the question|your question))?"
    rf" {_IS_NOT}{_END}"
    rf"|(?:not|never) {_PLAINLY}{_TOLD}{_END}"
    rf"|(?:unknown|unclear|not clear|not known)(?:{_END}| {_ASK}\b)"
    rf"|(?:impossible|not possible) {_TO_ANSWER}{_END}"
    r")"
)
"""Refusals that do not name the passages. A sentence that cites something claims something."""

SOURCE_FIRST = _pattern(rf"\W*{_LEAD}(?:{_SOURCE}|{MARKED} (?:says?|mentions?|is|are|discuss))")
"""A clause about the passages."""

# --- openings and talk ------------------------------------------------------------------------

_SURE = (
    "(?:sure(?: thing)?|certainly|of course|absolutely|ok(?:ay)?|alright|all right|great|(?:great|good)"
    " question|happy to help|thanks?(?: you)?(?: for (?:your|the|asking)(?: [a-z]+)?)?|you['’]re welcome"
    "|hello|hi|hi there|sorry|(?:my )?apologies|i apologi[sz]e(?: for the confusion)?|understood"
    "|you are welcome|glad to help|no problem)"
)
_IN_SHORT = (
    "(?:in (?:short|sum|summary|brief|conclusion|other words|a nutshell)|to (?:summari[sz]e|sum up|"
    "conclude|answer your question|answer the question|be clear)|overall|summari[sz]ing|short answer"
    "|the short answer|brief answer|the answer|answer)"
)
OPENING = re.compile(
    rf"\W*(?:however|unfortunately|sadly|i['’]m sorry|i am sorry|i['’]m afraid|i am afraid|yes|no|finally"
    rf"|additionally|moreover|furthermore|also|so|indeed|thus|therefore|well|and|but|{_SURE}|{_IN_SHORT})"
    r"\s*[,:!]\s+(?:(?:but|so|and)\s+)?",
    re.IGNORECASE,
)
"""What only says how a sentence follows."""

IN_SOURCE = _pattern(
    rf"\W*(?:based (?:only |solely )?(?:up)?on|from|in|judging from|going by|using) {_SOURCE}(?: alone)?(?: {MARKED})*"
    rf"\s*(?:[,:]|(?= (?:it (?:is|cannot|can)|i|we|there)\b)) *"
)
"""What says that a sentence is from the passages."""

_SAYS = (
    "(?:says?|states?|mentions?|indicates?|reports?|notes?|explains?|describes?|tells? us|shows?|"
    "suggests?|confirms?|reveals?|discloses?|specif(?:y|ies))"
)
ATTRIBUTION = _pattern(
    rf"\W*(?:(?:as|according to|per|as per|as (?:stated|mentioned|described|noted|reported) (?:in|by)) "
    rf"{_SOURCE}(?: {_SAYS})?(?: {MARKED})*\s*[,:] *"
    rf"|(?:(?:all|both) )?(?:{_SOURCE}|{MARKED}) {_PLAINLY}{_SAYS}(?: that |: *))"
)
"""What says that the passages tell what follows."""

_PART = (
    "(?:answer|overview|summary|list|breakdown|points?|timeline|response|explanation|recap|look|outline|"
    "account|facts|findings|takeaways|details|events|reasons|information|results|highlights|comparison|"
    "description|conclusion|steps|causes|examples)"
)
_QUALITY = (
    "(?:(?:a|an|the|my|some|your|short|brief|quick|concise|detailed|full|complete|final|key|main|most|"
    "important|relevant|direct|simple|possible|general|few|several|two|three|four|five|clear) )*"
)
_HERE = "(?:here(?: is| are|['’]s)|below (?:is|are)|the following (?:is|are)|this is)"
_ABOUT = r"(?: (?:of|about|on|for|to|regarding|concerning|from|based on|in|behind|that led to) [^.;!?,:]{1,80}:)"
_OF_SOURCE = rf"(?: (?:of|from|in|based on|about|to) (?:{_SOURCE}|(?:your|the|this|that) question|it))?"
_OTHER_HEADINGS = (
    "(?:sources?|references?|citations?|notes?|background|introduction|bibliography|further reading|"
    "works cited|analysis|context|passages?|documents?|caveats?|limitations?|sources? (?:used|cited)|"
    "follow-up questions?|next steps|final thoughts)"
)
TALK = _pattern(
    rf"\W*(?:(?:{_SURE}|{_IN_SHORT})"
    r"|i (?:do )?(?:hope|trust) (?:this|that|it|the above)(?: answer| summary)? (?:helps?|is helpful|is useful"
    r"|answers? (?:your|the) question|clarifies (?:things|it|this)|was helpful)(?: you)?"
    r"|(?:please )?(?:let me know|feel free to (?:ask|reach out|contact me)|do(?: not|n['’]t) hesitate to"
    r" ask|just ask|ask me)(?: (?:if|should|when|whenever|about) (?:you|anything|there)\b[^\d.;:]{0,80}"
    r"|(?: any)?(?: more| other| further)*(?: questions?)?)"
    r"|(?:would you like|do you want|shall i|should i|is there anything else|can i help)\b[^\d.;:]{0,80}\?"
    rf"|{_HERE} {_QUALITY}{_PART}(?:{_ABOUT}|{_OF_SOURCE}:?)"
    rf"|{_HERE} (?:what|how) (?:{_SOURCE} {_SAYS}|is known|i found|i know|we know)(?:{_ABOUT}|:?)"
    rf"|(?:(?:a|the|my|in|final|brief|short|quick|key|main|most|important) )*(?:{_PART}|{_OTHER_HEADINGS})"
    rf"{_OF_SOURCE}:?"
    rf"|{_QUALITY}{_PART} (?:are|is) (?:as follows|these|the following|below|given below):?"
    rf"|(?:based on|according to|from|per|as per) {_SOURCE}:?"
    rf"|{_SOURCE} {_PLAINLY}{_SAYS}(?: (?:the following|this|these things))?:"
    rf"|(?:(?:all|both) )?{_SOURCE} (?:(?:are|is) {_PLAINLY}(?:mainly |mostly |primarily |largely )?(?:about|"
    rf"concerned with)|(?:mainly |mostly |only )?(?:focus|focuses) on|(?:mainly |mostly |only )?deals? "
    rf"with)(?: [^\s\d,;:.]+){{1,6}}(?: {MARKED})*"
    rf"|{_SOURCE} {_PLAINLY}(?:mentions?|discuss(?:es)?|describes?|covers?|talks? about|refers? to)"
    r" (?:the|an?|this|that|these|those|his|her|its|their|such)(?: [a-z]+){1,2}"
    rf"|(?:this|my|the|these) (?:answers?|summary|response|overview|points) (?:is|are|was|were) (?:based|drawn"
    rf"|taken|compiled)(?: only| solely| entirely)? (?:up)?(?:on|from) {_SOURCE}(?: {MARKED})*"
    rf"|(?:i will|i['’]ll|i have|i['’]ve|let me|let['’]s) (?:now |only |first |try to )*(?:summari[sz]ed?|answer"
    rf"(?:ed)?|list(?:ed)?|cite[ds]?|explain(?:ed)?|use[ds]?|look at|go through|start with)"
    rf"(?: (?:{_SOURCE}|this|that|it|your question|the question|the main points|the key points))?"
    rf"(?: {_FROM} {_SOURCE})?:?"
    r")\W*"
)
"""A sentence about the answer or about the passages alone."""
