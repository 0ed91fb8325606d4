"""Why there is a verdict, as a person reads it: a line, and a drawing."""

from __future__ import annotations

from query.explaining.explanation import ExplainedVerdict
from query.hits import Hit
from query.ranking import share_of_cases


def beside(last: Hit) -> str:
    """Return what the parts of the last hit are headed by."""
    name = last.passage.locator.after(last.passage.doc_id)
    return f"Those of {'hit' if last.matches else 'passage'} {last.rank}, the last shown, {name}:"


def verdict_line(verdict: ExplainedVerdict) -> str:
    """Return the evidence beside what unrelated questions find, as one line."""
    takes = "" if verdict.needed is None else f", and a match takes {verdict.needed:.2f}"
    found = "none" if verdict.evidence is None else f"{verdict.evidence:.2f}"
    return (
        f"Evidence {found}. Half of the unrelated questions find {verdict.usual:.2f} or more here"
        f"{takes}; {share_of_cases(verdict.p_chance)} of them would find as much as this one."
    )


def drawing(verdict: ExplainedVerdict, width: int) -> str:
    """Return where the evidence stands, drawn on one line of at most `width` columns.

    `▒` is where nine of ten unrelated questions end, `|` what a match takes, `●` this question.
    """
    needed = verdict.usual if verdict.needed is None else verdict.needed
    evidence = verdict.usual if verdict.evidence is None else verdict.evidence
    lowest = min(verdict.low, evidence)
    highest = max(verdict.high, needed, evidence)
    margin = 0.05 * (highest - lowest) or 0.01
    first, last = f"{lowest - margin:.2f} ", f" {highest + margin:.2f}"
    room = max(width - len(first) - len(last), 8)

    def place(value: float) -> int:
        share = (value - lowest + margin) / (highest - lowest + 2 * margin)
        return min(max(round(share * (room - 1)), 0), room - 1)

    line = ["·"] * room
    for position in range(place(verdict.low), place(verdict.high) + 1):
        line[position] = "▒"
    if verdict.needed is not None:
        line[place(needed)] = "|"
    if verdict.evidence is not None:
        line[place(evidence)] = "●"
    return f"{first}{''.join(line)}{last}"


DRAWING_LEGEND = "▒ unrelated questions, nine of ten · | what a match takes · ● this question"
