"""Short paragraphs that belong together: lists, contents, labels, and the line before a list."""

import re
from collections.abc import Callable, Sequence

from index.splitting.line_cues import (
    ends_sentence,
    has_complete_sentence,
    is_bullet,
    is_label,
    is_short,
)
from index.splitting.paragraphs import Kind, Paragraph, join

_LONGEST_ITEM = 240
_LONGEST_LEAD = 400
_FEWEST_WORDS = 5
"""A paragraph of fewer words does not stand alone, unless it is a whole sentence."""

_SENTENCE = re.compile(r"[\"“«]?[^\W\d]\w*(?: [\w'’,-]*[a-z][\w'’,-]*)*[.!?…][\"”»]?")

# Of scripts without spaces, two characters count as a word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]{{1,2}}|(?:(?![{_UNSPACED}])\w)+")
_LEADERS = re.compile(r"(?:\.[ ]?){4,}\s*\w{0,6}\s*$|…{2,}\s*\w{0,6}\s*$", re.MULTILINE)


def group_short(
    paragraphs: Sequence[Paragraph], shown: Callable[[Paragraph], str]
) -> list[Paragraph]:
    """Join short paragraphs to one where they would say little alone; headings part them.

    A run of short items, or of lines of a table of contents, is one paragraph, and the line that
    introduces it is its first. A label belongs to what is said after it. `shown` gives the text of
    a paragraph without its markup, its lines as they are.
    """
    grouped: list[Paragraph] = []
    run: list[Paragraph] = []
    for paragraph in paragraphs:
        if paragraph.kind is Kind.HEADING or paragraph.stands_alone:
            grouped += [*_joined(run), paragraph]
            run = []
        elif run and _goes_with(run, shown(run[-1]).strip(), shown(paragraph).strip()):
            run.append(paragraph)
        else:
            grouped += _joined(run)
            run = [paragraph]
    return grouped + _joined(run)


def _joined(run: Sequence[Paragraph]) -> list[Paragraph]:
    if len(run) < 2:
        return list(run)
    return [join(run)]


def _goes_with(run: Sequence[Paragraph], before: str, piece: str) -> bool:
    """Return whether a paragraph belongs to those of `run`, the last of which says `before`."""
    if is_label(before):
        return True
    if is_label(piece):
        return False
    if _introduces(before) and (_is_item(piece) or is_short(before)):
        return True
    if _is_item(piece):
        return _is_item(before) or (len(run) == 1 and _is_list(piece) and _leads_in(before))
    return len(run) == 1 and run[0].kind is Kind.TEXT and _says_little(before)


def _is_item(piece: str) -> bool:
    """Return whether a paragraph is a short item, several of them, or lines of a contents."""
    lines = piece.splitlines()
    if all(is_short(line) for line in lines) and is_bullet(piece):
        return len(piece) <= _LONGEST_ITEM * max(1, sum(map(is_bullet, lines)))
    if _LEADERS.search(piece):
        return True
    return len(lines) == 1 and is_short(piece) and not _is_sentence(piece)


def _is_sentence(piece: str) -> bool:
    return ends_sentence(piece) or has_complete_sentence(piece)


def _is_list(piece: str) -> bool:
    """Return whether a paragraph is a list. One numbered line alone is rather a heading."""
    return is_bullet(piece) and (
        (not piece[0].isalnum() and piece[0] != "(") or sum(map(is_bullet, piece.splitlines())) > 1
    )


def _introduces(piece: str) -> bool:
    return piece.endswith((":", "：")) and len(piece) <= _LONGEST_LEAD


def _leads_in(piece: str) -> bool:
    """Return whether a paragraph may introduce the list after it: it is one short sentence."""
    is_one = is_short(" ".join(piece.split())) and not has_complete_sentence(piece)
    return is_one and len(_WORD.findall(piece)) >= _FEWEST_WORDS


def _says_little(piece: str) -> bool:
    words = len(_WORD.findall(piece))
    return words < _FEWEST_WORDS and not _SENTENCE.fullmatch(piece)
