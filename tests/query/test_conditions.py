"""Conditions as they are typed, and what is not one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from query import QueryError, SearchOptions
from query.filtering.conditions import Condition, Operator, condition_in, conditions_in

TYPED: list[Operator] = ["=", "!=", "<", "<=", ">", ">="]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date >= 2023-06", Condition("date", ">=", "2023-06")),
        ("date>=2023-06", Condition("date", ">=", "2023-06")),
        (" date<  June 2023 ", Condition("date", "<", "June 2023")),
        ("author=Luzin", Condition("author", "=", "Luzin")),
        ("author == Luzin", Condition("author", "=", "Luzin")),
        ("tag != 'solar power'", Condition("tag", "!=", "solar power")),
        ('tag = " it\'s "', Condition("tag", "=", " it's ")),
        ('title = "say ""so"""', Condition("title", "=", 'say "so"')),
        ("title = a = b", Condition("title", "=", "a = b")),
        ("title = '= b'", Condition("title", "=", "= b")),
        ("reading time <= 5", Condition("reading time", "<=", "5")),
        ("'a<b'>3", Condition("a<b", ">", "3")),
        ("it's = so", Condition("it's", "=", "so")),
        ("title = 5'", Condition("title", "=", "5'")),
    ],
)
def test_a_condition_is_a_name_a_sign_and_a_value(text: str, expected: Condition) -> None:
    assert condition_in(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "date", "date >=", ">= 2023", "= =", "date => 2023", "date =< 2023", "date >== 1",
     "tag = 'solar", 'tag = "a" b', "'tag = a", "'' = a", "tag = ''", "tag : a"],
)  # fmt: skip
def test_what_is_not_one_gets_an_example(text: str) -> None:
    with pytest.raises(QueryError, match=r"is not a condition: .* such as 'date >= 2023-06'"):
        condition_in(text)


def test_one_without_a_sign_is_told_of_the_shell() -> None:
    with pytest.raises(QueryError, match=r"^'date' is not .*\(a shell needs the quotes\)$"):
        condition_in("date")


def test_endless_ones_and_other_values_are_refused_in_short() -> None:
    with pytest.raises(QueryError) as raised:
        condition_in("tag = " + "x" * 100_000)
    assert len(str(raised.value)) < 250
    with pytest.raises(QueryError, match="a condition is text, not int"):
        conditions_in([3])  # type: ignore[list-item]


PARTS = st.text(max_size=12) | st.text(alphabet="ab \"'<>=!", max_size=8)


@given(PARTS.filter(str.strip), st.sampled_from(TYPED), PARTS.filter(bool))
def test_a_condition_is_read_again_as_it_is_printed(name: str, sign: Operator, value: str) -> None:
    condition = Condition(name, sign, value)
    assert condition_in(str(condition)) == condition


@given(st.text(max_size=30) | st.text(alphabet="ab \"'<>=!", max_size=12))
def test_any_text_is_a_condition_or_a_query_error(text: str) -> None:
    try:
        condition = condition_in(text)
    except QueryError:
        return
    assert condition_in(str(condition)) == condition


def test_options_check_their_conditions_and_keep_them() -> None:
    options = SearchOptions(where="tag=a", fields={"author": "Jo"})
    assert options.where == ("tag=a",)
    assert options.conditions == (Condition("tag", "=", "a"), Condition("author", "is", "Jo"))
    assert SearchOptions(where=["a=1", "b=2"]).where == ("a=1", "b=2")
    assert SearchOptions().conditions == SearchOptions(where=[], fields={}).conditions == ()
    with pytest.raises(QueryError, match="is not a condition"):
        SearchOptions(where=["tag=a", "tag"])
