"""Tables, lists and code keep their lines on screen; prose is one line, however it is wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query.showing.lines import shown_lines


def lines(text: str, *joints: int) -> list[str]:
    """Each line on screen, with single spaces."""
    return [" ".join(text[line.start : line.end].split()) for line in shown_lines(text, joints)]


@pytest.mark.parametrize(
    "text",
    [
        "Prose that is hard\nwrapped over several\nlines of the file.",
        "The army crossed the river at night,\r\nand nobody spoke of the bank - it was\r\n- as "
        "they said - closed.",
        "They lived at the end of a long road, and there was no one for miles who knew of\nAnna "
        "and her brother.  It was  late.\nThe snow fell.",
        "It was in the year of the great flood, which the chronicle gives as\n12. That is wrong.",
        # Justified, so that spaces stand wherever they are needed.
        "The  truce  held for a week, and then it\nended in the  night, as all had said it\nwould.",
        # A page that ended in the middle of a sentence.
        "It had won local successes and strengthened its diplomatic\n\nposition against the West.",
        "```\nA fence that is never closed is none,\nand what follows is prose.",
    ],
)
def test_prose_is_one_line(text: str) -> None:
    assert lines(text) == [" ".join(text.split())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- one\n- two", ["- one", "- two"]),
        (
            "It needs:\n\n- a coil, wound\n  by hand\n- springs",
            ["It needs:", "- a coil, wound by hand", "- springs"],
        ),
        ("It needs this:\n* a coil", ["It needs this:", "* a coil"]),
        ("1. one\n2) two\n(c) three", ["1. one", "2) two", "(c) three"]),
        ("• one boat\n\n• two boats", ["• one boat", "• two boats"]),
        ("For the ferry\n\nMilk\nBread", ["For the ferry", "Milk", "Bread"]),
        ("| A | B |\n|---|---|\n| 1 | 2 |", ["| A | B |", "|---|---|", "| 1 | 2 |"]),
        ("Boat\tLength\nAnna\t12", ["Boat Length", "Anna 12"]),
        ("A1    12   North\nB2    24   South", ["A1 12 North", "B2 24 South"]),
        ("ab  cd\nef  gh of the long line that goes on and on and on", None),
        ("int main() {\n    return sail();\n}", ["int main() {", "return sail();", "}"]),
        (
            "C3 is West\n\n    for (i = 0; i < 3; i++)\n        launch(i);",
            ["C3 is West", "for (i = 0; i < 3; i++)", "launch(i);"],
        ),
        (
            "```\ntrip()\nopen\n```\n\nThen it\nopens.",
            ["```", "trip()", "open", "```", "Then it opens."],
        ),
    ],
)  # fmt: skip
def test_tables_lists_and_code_keep_their_lines(text: str, expected: list[str] | None) -> None:
    assert lines(text) == (expected or [" ".join(line.split()) for line in text.split("\n")])


def test_a_line_ends_where_its_format_ends_it() -> None:
    text = "name: herring,\nof the sea\nnote: salted"
    stated = [text[line.start : line.end] for line in shown_lines(text, (), [text.rindex("\n")])]
    assert stated == ["name: herring,\nof the sea\n", "note: salted"]
    assert len(shown_lines(text)) == 1


def test_the_cells_of_a_row_alone_keep_apart() -> None:
    assert shown_lines("herring\t4")[0].spaced
    assert not shown_lines("herring  and cod")[0].spaced


def test_code_keeps_its_indentation_and_its_spaces() -> None:
    _, inner, _ = shown_lines("int main() {\n    return  sail();\n}")
    assert (inner.indent, inner.hanging, inner.spaced) == (4, 8, True)


def test_what_is_wrapped_of_an_item_stands_under_its_words() -> None:
    assert [line.hanging for line in shown_lines("- one\n10. two")] == [2, 4]


def test_numbered_items_stand_under_the_first_whose_indentation_is_not_known() -> None:
    found = shown_lines("a) one\n    b) two\n    c) three")
    assert [(line.indent, line.hanging) for line in found] == [(0, 3), (0, 3), (0, 3)]
    nested = shown_lines("1. one\n    a) two\n    b) three")
    assert [line.indent for line in nested] == [0, 4, 4]
    assert [line.indent for line in shown_lines("Take one:\n    a) two\n    b) three")] == [0, 4, 4]
    assert [line.indent for line in shown_lines("- one\n  - two")] == [0, 2]


def test_a_page_break_inside_a_sentence_is_none_of_the_author() -> None:
    text = "The army of King\n\nOtto crossed at night, and it was cold on the other bank that year."
    assert len(lines(text)) == 2
    assert len(lines(text, text.index("Otto"))) == 1


@given(st.text(st.sampled_from("ab. \t\n\r-*|`1(){};•:"), max_size=80))
def test_the_lines_hold_every_word_in_order(text: str) -> None:
    found = shown_lines(text)
    assert "".join("".join(text[line.start : line.end].split()) for line in found) == "".join(
        text.split()
    )
    assert all(line.indent >= 0 and line.hanging >= 0 for line in found)
