"""CSV: each row a passage with its header, by the cells that the csv module finds."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup_texts import article_of, misplaced, shown
from told import words

from index.store.columns import windows_column
from index.types import Passage

TABLE = (
    "Name,Price,Remark\r\n"
    'Lower lock,"1,250","Closed ""at night"".\r\n\r\nNobody crosses."\r\n'
    ",,\r\n"
    'Bridge, "980, about",naïve façades\r\n'
    "\r\n"
    "Upper lock,,ragged,more\r\n"
)


def rows_of(text: str, name: str = "a.csv") -> list[tuple[int, str, str]]:
    """The line of each passage, its header and what it says."""
    passages = article_of(name, text).passages
    assert all(text[passage.start : passage.end] == passage.text for passage in passages)
    return [(own.line, own.table_header, own_reading(own)) for own in passages]


def own_reading(passage: Passage) -> str:
    return passage.reading_of(passage.start, passage.end)


def test_each_row_is_a_passage_with_its_header() -> None:
    header = "Name Price Remark"
    assert rows_of(TABLE) == [
        (1, "", f'{header} Lower lock 1,250 Closed "at night". Nobody crosses.'),
        (6, header, "Bridge 980, about naïve façades"),
        (8, header, "Upper lock ragged more"),
    ]
    assert misplaced("a.csv", TABLE) == []
    found = article_of("a.csv", TABLE).passages[1]
    assert found.reading == f"{header} Bridge 980, about naïve façades"
    assert found.text == 'Bridge, "980, about",naïve façades'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b\n1,5;2,5\n3,5;4,5\n", ["a b 1,5 2,5", "3,5 4,5"]),
        ("id\ttext\n1\tA, b, c\n2\tD, e, f\n", ["id text 1 A, b, c", "2 D, e, f"]),
        ("a\tb, c\nd\te, f\n", ["a b, c d e, f"]),
        ("a|b\nx|y, z\nv|w\n", ["a b x y, z", "v w"]),
        ("sep=;\na,b;c,d\ne,f;g\n", ["a,b c,d e,f g"]),
        ("name\nSmith\nJones\n", ["name", "Smith", "Jones"]),
        ("One line of prose.", ["One line of prose."]),
        ('a,b\n"x,y\nz,w\n', ['a b "x y', "z w"]),
        ('a,b\n" of an inch, c\n"d",e\n', ['a b " of an inch c', "d e"]),
        ("\ufeff", []),
        ("", []),
        (",,\n\n-,-\n", []),
    ],
)
def test_what_parts_the_cells_is_found(text: str, expected: list[str]) -> None:
    assert [reading for _, _, reading in rows_of(text)] == expected


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("Name,Price\nLock,5\nBridge,6\n", "Name Price"),
        ("Country,2019,2020\nChad,5,6\nMali,6,7\n", "Country 2019 2020"),
        ("Costs of 2021\n\nName,Price\nLock,5\nBridge,6\n", "Name Price"),
        ("Costs,,\nName,Price,Year\nLock,5,2020\nBridge,6,2021\n", "Name Price Year"),
        (",Price\nLock,5\nBridge,6\n", "Price"),
        ("Lock,5\nBridge,6\n", ""),
        ("1,one\n2,two\n", ""),
        ("yes,lock\nno,bridge\nyes,mill\n", ""),
        ("Name,Name\nLock,5\nBridge,6\n", ""),
        ("2019,2020\n5,6\n7,8\n", ""),
        ("2021-05-12,Lock\n2021-05-13,Bridge\n", ""),
        ("Name,Price\n", ""),
    ],
)
def test_a_header_is_a_row_of_names(text: str, header: str) -> None:
    assert rows_of(text)[-1][1] == header


def test_a_row_of_signs_is_left_out() -> None:
    text = "a,b\n--,--\nc,d\n"
    article = article_of("a.csv", text)
    assert [text[own.start : own.end] for own in article.left_out] == ["--,--"]
    assert rows_of(text) == [(1, "", "a b c d")]


def test_short_rows_are_not_joined() -> None:
    text = "id,number\n" + "".join(f"{n},{n * 7}\n" for n in range(50))
    found = rows_of(text)
    assert found[0] == (1, "", "id number 0 0")
    assert found[1:] == [(n + 2, "id number", f"{n} {n * 7}") for n in range(1, 50)]


def test_a_row_is_ranked_by_itself() -> None:
    text = "id,number\n" + "".join(f"{n},{n * 7}\n" for n in range(50))
    windows = windows_column(article_of("a.csv", text).passages)
    assert {windows[place : place + 2] for place in range(0, len(windows), 3)} == {b"\0\0"}


def test_a_long_row_has_its_header_in_every_part() -> None:
    long = " ".join(f"word{number}" for number in range(3000))
    found = rows_of(f"name,text\nx,{long}\ny,{long}\n")
    assert len(found) > 4
    assert {header for _, header, _ in found[1:]} == {"name text"}
    assert " ".join(reading for _, _, reading in found) == f"name text x {long} y {long}"


cells = st.lists(
    st.sampled_from(
        ["lock", "naïve", '"', "a,b", "c;d", "e\tf", "g|h", "\n", " ", "7", "-", "“x”"]
    ),
    max_size=5,
).map("".join)
tables = st.lists(st.lists(cells, min_size=1, max_size=5), max_size=8)
delimiters = st.sampled_from(",;\t|")
ends = st.sampled_from(["\n", "\r\n", "\r"])


def written(table: list[list[str]], delimiter: str, end: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(table)
    return file.getvalue()


@settings(max_examples=400)
@given(tables, delimiters, ends)
def test_rows_are_those_of_the_csv_module(table: list[list[str]], delimiter: str, end: str) -> None:
    text = f"sep={delimiter}{end}{written(table, delimiter, end)}"
    body = io.StringIO(text[len(f"sep={delimiter}{end}") :], newline="")
    expected = [
        " ".join(" ".join(row).split())
        for row in csv.reader(body, delimiter=delimiter)
        if any(map(words, row))
    ]
    found = shown("a.csv", text)
    if len(found) < len(expected):  # the header stands with the first row after it
        at = next(n for n, row in enumerate(expected) if row != found[n])
        expected[at : at + 2] = [" ".join(expected[at : at + 2])]
    assert found == expected
    assert misplaced("a.csv", text) == []


@settings(max_examples=400)
@given(st.one_of(tables.map(lambda t: written(t, ",", "\n")), cells, st.text(max_size=60)))
def test_every_word_of_any_text_is_in_one_row(text: str) -> None:
    assert misplaced("a.csv", text) == []
    if not text.startswith("sep="):
        assert words(" ".join(passage.text for passage in article_of("a.csv", text).passages)) == (
            words(text)
        )
