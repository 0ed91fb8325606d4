"""The words of a text, as the lexical index, the words of a question and quotations see them."""

from __future__ import annotations

import re
import unicodedata

# What FTS5's unicode61 takes for a word.
_WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """Return the words of a text before stemming, in order.

    >>> words_of("Russia's U.S.-led order")
    ['Russia', 's', 'U', 'S', 'led', 'order']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text))
