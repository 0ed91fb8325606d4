"""Words that an ellipsis in a quotation may not stand for: they turn the sense round, or count."""

# "t" is the end of a contraction: isn't.
# fmt: off
_NEGATIONS = {
    "not", "no", "nor", "never", "neither", "none", "nobody", "nothing", "nowhere", "without",
    "cannot", "hardly", "except", "unless", "t", "failed", "fails", "refused", "refuses",
    "declined", "denied", "denies", "rejected", "unable", "nicht", "kein", "keine", "keinen",
    "nie", "ohne", "ne", "pas", "jamais", "sans", "sin", "nunca", "non", "mai", "senza", "niet",
    "geen", "nooit",
}
_NUMBERS = {
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred",
    "thousand", "million", "billion", "half", "third", "quarter", "dozen", "twice",
}
# fmt: on

TELLING = frozenset(_NEGATIONS | _NUMBERS)
"""Negations of some languages of Europe, and English number words, in lower case."""
