"""Logs: each entry stands for itself, with the lines that belong to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markup_texts import article_of, kinds, misplaced, shown

from index.splitting.paragraphs import Kind


def sentences(text: str) -> list[str]:
    """What stands for itself in the passages of a log."""
    return [
        " ".join(text[own.start : own.end].split())
        for passage in article_of("a.log", text).passages
        for own in passage.sentences
    ]


@pytest.mark.parametrize(
    "stamp",
    [
        "2024-01-02 10:00:01,123 INFO",
        "[2024-01-02T10:00:01Z]",
        "Jan  2 10:00:01 host",
        "10.0.0.1 - -",
        "[02/Jan/2024:10:00:01 +0000]",
        "INFO:",
        "I0102 10:00:01.5",
        "[   12.345678]",
        "1704189601",
    ],
)
def test_an_entry_has_the_lines_that_have_no_stamp(stamp: str) -> None:
    text = f"{stamp} it began\n{stamp} it failed\nNo such file\nTraceback: a\n  b\n{stamp} end\n"
    assert sentences(text) == [
        f"{' '.join(stamp.split())} it began",
        f"{' '.join(stamp.split())} it failed No such file Traceback: a b",
        f"{' '.join(stamp.split())} end",
    ]


def test_without_stamps_each_line_is_an_entry_with_those_indented_under_it() -> None:
    text = "began\nfailed\n\tat one\n\nCaused by: two\n  at three\nended\n"
    assert sentences(text) == ["began", "failed at one Caused by: two at three", "ended"]


def test_entries_are_grouped_to_what_a_passage_holds() -> None:
    text = "".join(f"2024-01-02 10:00:{n % 60:02} the ferry {n} left\n" for n in range(200))
    article = article_of("a.log", text)
    assert article.head.title == ""
    assert set(kinds("a.log", text)) == {Kind.LINES}
    assert all(300 < len(passage.text) <= 620 for passage in article.passages[:-1])
    assert sum(len(passage.sentences) for passage in article.passages) == 200


def test_colours_are_not_read() -> None:
    assert shown("a.log", "\x1b[31mred\x1b[0m and\x1b[1;32m green") == ["red and green"]


piece = st.sampled_from(["2024-01-02 10:00 one", "  two", "three", "", "Caused by: x", "\x1b[1mz"])


@given(st.lists(piece, max_size=40), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_is_in_one_place(lines: list[str], end: str) -> None:
    assert [word for word, _ in misplaced("a.log", end.join(lines))] == []
