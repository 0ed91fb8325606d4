"""Plain text to structure: page furniture, head, paragraphs."""

from index.splitting.furniture import find_furniture
from index.splitting.head import take_head
from index.splitting.line_cues import TERMINAL_CODE, Lines
from index.splitting.paragraphs import join_lines, read_paragraphs
from index.splitting.structure import Omission, Structure
from index.types import Markup


def read_plain_text(text: str) -> Structure:
    """Return the head and the paragraphs of a plain text, and its page furniture as omissions."""
    lines = Lines.of(text)
    furniture = find_furniture(text, lines)
    head, paragraphs = take_head(text, read_paragraphs(text, furniture=furniture))
    omissions = [
        Omission(lines.starts[line], lines.ends[line], "page furniture")
        for line in sorted(furniture)
    ]
    return Structure(
        head,
        join_lines(text, paragraphs),
        marks_headings=False,
        markup=[Markup(*code.span()) for code in TERMINAL_CODE.finditer(text)],
        omissions=omissions,
    )
