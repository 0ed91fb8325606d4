"""Signs of fonts that have no letters, as Unicode has them."""

from __future__ import annotations

import re

_PRIVATE = range(0xF000, 0xF100)
"""The code points at which Word keeps the signs of such a font."""

_PRIVATE_SIGN = re.compile("[\uf000-\uf0ff]")
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SYMBOL = {
    **{ord(latin): greek for latin, greek in zip(_LATIN, _GREEK, strict=True)},
    **dict(zip(b"\x22\x24\x27\x2a\x2d\x40\x5c\x5e\x7e", "∀∃∋∗−≅∴⊥∼", strict=True)),
    **dict(enumerate("ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…", start=0xA1)),
    **dict(enumerate("ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈", start=0xC0)),
    0xE5: "∑",
    0xF1: "〉",
    0xF2: "∫",
}
_WINGDINGS = {
    **dict(zip(b"\x21\x22\x28\x2a\x2b\x36\x4a\x4b\x4c", "✏✂☎✉✉⌛☺😐☹", strict=True)),
    **dict(zip(b"\x6c\x6d\x6e\x6f\x70\x71\x72\x73\x74\x75\x76", "●❍■□□❑❒◆◆◆❖", strict=True)),
    **dict(zip(b"\x9f\xa7\xa8\xd8\xdf\xe0\xe1\xe2\xe8\xf0", "•▪□➢←→↑↓➔⇨", strict=True)),
    **dict(zip(b"\xfb\xfc\xfd\xfe", "✗✓☒☑", strict=True)),
}
_WINGDINGS_2 = dict(zip(b"\x4f\x50\x51\x52\x53\x54\xa3", "✗✓☒☑☒☒□", strict=True))
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
_BULLETS = "-*+•‣▪◦"
"""The signs that other readers know as those of a list."""


def sign_of(code: str, font: str) -> str:
    """Return the sign that a font has at a code, given in hexadecimal; "" if it is not known.

    >>> sign_of("F061", "Symbol"), sign_of("F0FC", "Wingdings"), sign_of("20AC", "Arial")
    ('α', '✓', '€')
    """
    try:
        point = int(code, 16)
        sign = chr(point)
    except (ValueError, OverflowError):
        return ""
    signs = _FONTS.get(font.lower())
    if point in _PRIVATE or (signs and point < 0x100):
        point &= 0xFF
        if signs is None:
            return ""
        # The digits and brackets of the font of symbols are those of ASCII.
        return signs.get(point, chr(point) if signs is _SYMBOL and point < 0x80 else "")
    return sign


def in_unicode(text: str, font: str) -> str:
    """Return running text in a font, its private signs replaced by those of Unicode."""
    if not _PRIVATE_SIGN.search(text):
        return text
    return _PRIVATE_SIGN.sub(
        lambda match: sign_of(f"{ord(match[0]):X}", font or "Symbol") or match[0], text
    )


def bullet_of(wording: str, font: str) -> str:
    """Return the sign before an item of a list; an ornament is a plain bullet.

    >>> bullet_of("\\uf0b7", "Symbol"), bullet_of("o", "Courier New"), bullet_of("–", "")
    ('•', '◦', '-')
    """
    wording = wording.strip()
    if not wording:
        return ""
    if len(wording) > 1 and wording.isprintable():
        return wording
    if wording in "–—−‐‑":
        return "-"
    sign = sign_of(f"{ord(wording[0]):X}", font)
    if wording == "o":
        return "◦"
    return sign if sign and sign in _BULLETS else "•"
