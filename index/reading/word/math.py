"""Equations of a Word file on one line: a/b, x², √(x), ∑_(i=1)^n."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lxml import etree

from index.reading.office import M
from index.reading.word.package import W

_SUPERSCRIPTS = str.maketrans("0123456789+-−∘", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻°")
_RAISED = frozenset("0123456789+-−∘")
_APPLIED = "\u2061"
"""The invisible sign between a function and what it is applied to."""

_Parts = Sequence[tuple[str, str]]
_IGNORED = frozenset({M + "ctrlPr", M + "rPr", W + "rPr", W + "del", W + "moveFrom"})


def linear(equation: etree._Element) -> str:
    """Return an equation as one line of text.

    It works from the innermost parts outwards, so that no depth is too deep.
    """
    results: list[list[tuple[str, str]]] = [[]]
    events = etree.iterwalk(equation, events=("start", "end"))
    for event, element in events:
        if event == "start":
            results.append([])
            if element.tag in _IGNORED:
                events.skip_subtree()
            continue
        parts = results.pop()
        name = str(element.tag).removeprefix(M)
        results[-1].append((name, _written(element, name, parts)))
    return " ".join(results[0][0][1].split())


def raised(text: str) -> str:
    """Return a number as it is set above the line: "-6" as "⁻⁶"; other text as it is."""
    own = text.strip()
    return text.translate(_SUPERSCRIPTS) if own and _RAISED.issuperset(own) else text


def _written(element: etree._Element, name: str, parts: _Parts) -> str:
    if element.tag in _IGNORED:
        return ""
    if element.tag in {M + "t", W + "t"}:
        return (element.text or "").replace(_APPLIED, " ")
    form = _FORMS.get(name)
    return form(element, parts) if form else "".join(text for _, text in parts)


def _part(parts: _Parts, name: str) -> str:
    return "".join(text for own, text in parts if own == name).strip()


def _grouped(text: str) -> str:
    """Return a part in brackets, unless it is a single name or number, or has them already."""
    return text if not text or text.isalnum() or _is_bracketed(text) else f"({text})"


def _is_bracketed(text: str) -> bool:
    return text[0] == "(" and text.find(")") == len(text) - 1


def _scripts(lower: str, upper: str) -> str:
    below = f"_{_grouped(lower)}" if lower else ""
    if not upper:
        return below
    above = raised(upper)
    return below + (above if above != upper else f"^{_grouped(upper)}")


def _fraction(element: etree._Element, parts: _Parts) -> str:
    return f"{_grouped(_part(parts, 'num'))}/{_grouped(_part(parts, 'den'))}"


def _scripted(element: etree._Element, parts: _Parts) -> str:
    return _part(parts, "e") + _scripts(_part(parts, "sub"), _part(parts, "sup"))


def _scripted_before(element: etree._Element, parts: _Parts) -> str:
    return _scripts(_part(parts, "sub"), _part(parts, "sup")) + _part(parts, "e")


def _limit_below(element: etree._Element, parts: _Parts) -> str:
    return _part(parts, "e") + _scripts(_part(parts, "lim"), "")


def _limit_above(element: etree._Element, parts: _Parts) -> str:
    return _part(parts, "e") + _scripts("", _part(parts, "lim"))


def _root(element: etree._Element, parts: _Parts) -> str:
    return f"{raised(_part(parts, 'deg'))}√({_part(parts, 'e')})"


def _operator(element: etree._Element, parts: _Parts) -> str:
    """Return a sum, a product or an integral with its limits."""
    scripts = _scripts(_part(parts, "sub"), _part(parts, "sup"))
    return f"{_sign(element, 'naryPr', 'chr', '∫')}{scripts} {_part(parts, 'e')}"


def _bracketed(element: etree._Element, parts: _Parts) -> str:
    between = _sign(element, "dPr", "sepChr", "|")
    inside = between.join(text.strip() for name, text in parts if name == "e")
    opening = _sign(element, "dPr", "begChr", "(")
    return f"{opening}{inside}{_sign(element, 'dPr', 'endChr', ')')}"


def _function(element: etree._Element, parts: _Parts) -> str:
    return f"{_part(parts, 'fName')} {_part(parts, 'e')}"


def _accented(element: etree._Element, parts: _Parts) -> str:
    return _part(parts, "e") + _sign(element, "accPr", "chr", "\u0302")


def _rows(element: etree._Element, parts: _Parts) -> str:
    """Return the rows of a matrix, or equations one under the other."""
    return "; ".join(text.strip() for name, text in parts if name in {"mr", "e"})


def _row(element: etree._Element, parts: _Parts) -> str:
    return " ".join(text.strip() for name, text in parts if name == "e")


def _phantom(element: etree._Element, parts: _Parts) -> str:
    """Return nothing for what only takes up room."""
    shown = _sign(element, "phantPr", "show", "1")
    return "" if shown in {"0", "off", "false"} else _part(parts, "e")


def _spaced(element: etree._Element, parts: _Parts) -> str:
    return "".join(text for _, text in parts) + " "


def _sign(element: etree._Element, properties: str, name: str, usual: str) -> str:
    """Return the sign that properties state; one that is stated as empty is not written."""
    found = element.find(f"{M}{properties}/{M}{name}")
    return usual if found is None else found.get(M + "val", "")


_FORMS: dict[str, Callable[[etree._Element, _Parts], str]] = {
    "f": _fraction,
    "sSup": _scripted,
    "sSub": _scripted,
    "sSubSup": _scripted,
    "sPre": _scripted_before,
    "limLow": _limit_below,
    "limUpp": _limit_above,
    "rad": _root,
    "nary": _operator,
    "d": _bracketed,
    "func": _function,
    "acc": _accented,
    "m": _rows,
    "eqArr": _rows,
    "mr": _row,
    "phant": _phantom,
    "oMath": _spaced,
}
