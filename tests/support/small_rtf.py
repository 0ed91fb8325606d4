"""Builds small RTF files for tests, as word processors write them."""

from collections.abc import Sequence

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\froman\fcharset0 Times;}"
    r"{\f1\fnil\fcharset204{\*\panose 0202}Arial Cyr;}{\f2\fnil\fcharset128 MS Mincho;}"
    r"{\f3\fnil\fcharset2 Symbol;}}{\colortbl;\red0\green0\blue0;}"
    r"{\stylesheet{\ql Normal;}{\s1\b heading 1;}{\s2\outlinelevel1 Kapitel;}{\s3 Title;}"
    r"{\s4 toc 1;}{\*\cs10\additive Default;}}{\*\generator Test;}"
)


def text(plain: str) -> str:
    """Running text with its signs escaped."""
    pieces = []
    for char in plain:
        if char in "\\{}":
            pieces.append(f"\\{char}")
        elif char.isascii():
            pieces.append(char)
        else:
            units = char.encode("utf-16-le")
            for at in range(0, len(units), 2):
                code = int.from_bytes(units[at : at + 2], "little")
                pieces.append(f"\\u{code - 0x10000 if code > 0x7FFF else code}?")
    return "".join(pieces)


def p(inside: str, properties: str = "") -> str:
    """A paragraph."""
    return rf"\pard\plain{properties} {inside}\par" + "\n"


def row(*cells: str, header: bool = False) -> str:
    """A row of a table."""
    places = "".join(rf"\cellx{1000 * number}" for number, _ in enumerate(cells, start=1))
    inside = "".join(rf"\pard\intbl {cell}\cell" for cell in cells)
    return rf"\trowd{chr(92) + 'trhdr' if header else ''}{places}{inside}\row" + "\n"


def rtf(parts: Sequence[str] | str, *, info: str = "") -> bytes:
    """A file with these parts of its body."""
    own = rf"{{\info{info}}}" if info else ""
    return f"{HEAD}{own}{''.join(parts)}}}".encode("latin-1")
