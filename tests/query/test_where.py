"""Which documents fit conditions, held against a brute force, and what is said if none does."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import build, retriever_over, write_corpus

from index.types import MODES, DocumentRecord, Head, Mode, Reader
from query import QueryError, Retriever, SearchOptions, SourceDocument
from query.document_filter import documents_below, matching_doc_ids
from query.filtering.conditions import Condition, conditions_in
from query.filtering.dates import days_in, may_be_two_days
from query.filtering.documents import documents_that_fit
from query.filtering.values import Value


def record(
    doc_id: str,
    form: str = "plain_text",
    **stated: Any,  # noqa: ANN401
) -> DocumentRecord:
    return DocumentRecord(doc_id, "", Head(**stated), 0, 0, 1, Reader(form, "1"))


def with_field(*values: str | Sequence[str], name: str = "x") -> list[DocumentRecord]:
    """Documents called 0, 1, 2 and so on, with these values of one field."""
    return [
        record(str(number), fields={name: (value,) if isinstance(value, str) else tuple(value)})
        for number, value in enumerate(values)
    ]


def found(records: Sequence[DocumentRecord], *where: str) -> set[str]:
    return documents_that_fit(records, conditions_in(where))


def error_of(records: Sequence[DocumentRecord], *where: str) -> str:
    with pytest.raises(QueryError) as raised:
        found(records, *where)
    message = str(raised.value)
    assert "\n" not in message
    return message


# Dates


MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", (2023, 1, 1), (2023, 12, 31)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("2023-6", (2023, 6, 1), (2023, 6, 30)),
        ("2023-06-15", (2023, 6, 15), (2023, 6, 15)),
        ("2023/06/15", (2023, 6, 15), (2023, 6, 15)),
        ("2023.06.15", (2023, 6, 15), (2023, 6, 15)),
        ("2023-06-15T23:59:59.5+02:00", (2023, 6, 15), (2023, 6, 15)),
        ("2023-06-15 08:30 UTC", (2023, 6, 15), (2023, 6, 15)),
        ("2023-06-15T08:30:00Z", (2023, 6, 15), (2023, 6, 15)),
        ("November 10, 2023", (2023, 11, 10), (2023, 11, 10)),
        ("Nov. 10th 2023", (2023, 11, 10), (2023, 11, 10)),
        ("10 November 2023", (2023, 11, 10), (2023, 11, 10)),
        ("10. november 2023", (2023, 11, 10), (2023, 11, 10)),
        ("the 1st of May, 2023", (2023, 5, 1), (2023, 5, 1)),
        ("10-Nov-2023", (2023, 11, 10), (2023, 11, 10)),
        ("Sept 2023", (2023, 9, 1), (2023, 9, 30)),
        ("*Published on: Friday, 10 November 2023 at 5:30 p.m. GMT*", (2023, 11, 10),
         (2023, 11, 10)),
        ("Fri, 10 Nov 2023 10:00:00 +0100", (2023, 11, 10), (2023, 11, 10)),
        ("Updated 2023-06", (2023, 6, 1), (2023, 6, 30)),
        ("25.11.2023", (2023, 11, 25), (2023, 11, 25)),
        ("11/25/2023", (2023, 11, 25), (2023, 11, 25)),
        ("5/5/2023", (2023, 5, 5), (2023, 5, 5)),
        ("2023年5月4日", (2023, 5, 4), (2023, 5, 4)),
        ("<2023-06-05 Mon>", (2023, 6, 5), (2023, 6, 5)),
        ("[2023-06-05]", (2023, 6, 5), (2023, 6, 5)),
        ("<2023-06-05 lun. 10:00-11:30 .+1w/2w -3d>", (2023, 6, 5), (2023, 6, 5)),
        ("<2023-06-05 Mon>--<2023-07-01 Sat 10:00>", (2023, 6, 5), (2023, 7, 1)),
    ],
)  # fmt: skip
def test_dates_are_read_as_they_are_written(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    days = days_in(text)
    assert days is not None
    assert (days.first, days.last) == (date(*first), date(*last))
    assert not may_be_two_days(text)


@pytest.mark.parametrize(
    "text",
    ["10.11.2023", "1/2/2023", "1/2/23", "2023-13", "2023-02-30", "31 June 2023", "0000",
     "next spring", "May", "Mayor 2023", "20230615", "2023 and 2024", "in 2023", "2023-06-15x9",
     "1.2023", "２０２３", "", "<2023-06>", "<2023-06-05 Mon", "<2023-13-05 Mon>",
     "<%%(2023-06-05)>", "<2023-06-05 Mon>--<2023-06-01 Thu>", "<2023-06-05>-<2023-06-06>"],
)  # fmt: skip
def test_what_is_not_one_day_month_or_year_is_no_date(text: str) -> None:
    assert days_in(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("-3.5", -3.5), ("1,250,000", 1250000), ("1e3", 1000), (".5", 0.5),
     ("12345678901234567891", 12345678901234567891), ("2023", 2023)],
)  # fmt: skip
def test_numbers_are_read(text: str, number: float) -> None:
    assert Value.of(text).number == number


@pytest.mark.parametrize("text", ["nan", "inf", "1,2", "12 km", "1.2.3", "0x10", "", "1e999", "٣"])
def test_what_is_not_a_number_is_none(text: str) -> None:
    assert Value.of(text).number is None


def days_of(parts: tuple[int, int, int]) -> list[date]:
    """Every day of a year, of a month, or one day: 0 stands for a part that is not given."""
    year, month, day = parts
    days = (date(year, 1, 1) + timedelta(number) for number in range(366))
    return [
        each
        for each in days
        if each.year == year and month in (0, each.month) and day in (0, each.day)
    ]


def written(parts: tuple[int, int, int], form: int) -> str:
    year, month, day = parts
    if not month:
        return str(year)
    name = MONTHS[month - 1]
    if not day:
        return [f"{year}-{month:02}", f"{name} {year}", f"{name[:3]}. {year}"][form]
    return [
        f"{year}-{month:02}-{day:02}", f"{name} {day}, {year}", f"{day} {name} {year}",
    ][form]  # fmt: skip


PARTS = [
    (year, month, day)
    for year in (2022, 2023)
    for month, day in [(0, 0), *((month, day) for month in (1, 2) for day in (0, 1, 28))]
]
HOLDS: dict[str, Callable[[set[Any], set[Any]], bool]] = {
    "=": lambda own, given: own <= given,
    "!=": lambda own, given: not own <= given,
    "<": lambda own, given: max(own) < min(given),
    "<=": lambda own, given: max(own) <= max(given),
    ">": lambda own, given: min(own) > max(given),
    ">=": lambda own, given: min(own) >= min(given),
}


@pytest.mark.parametrize("sign", HOLDS)
@pytest.mark.parametrize("asked", PARTS, ids=lambda parts: written(parts, 0))
def test_dates_are_compared_by_all_their_days(asked: tuple[int, int, int], sign: str) -> None:
    """Every precision against every other one, each written in three ways."""
    for form in range(3):
        records = [record(str(parts), date=written(parts, form)) for parts in PARTS]
        given = {*days_of(asked)}
        expected = {str(parts) for parts in PARTS if HOLDS[sign]({*days_of(parts)}, given)}
        condition = f"date {sign} {written(asked, (form + 1) % 3)}"
        if expected:
            assert found(records, condition) == expected
        else:
            assert "no document has date" in error_of(records, condition)


@given(
    st.lists(st.dates(date(2023, 1, 1), date(2023, 3, 1)), min_size=1, max_size=8),
    st.dates(date(2023, 1, 1), date(2023, 3, 1)),
    st.sampled_from(sorted(HOLDS)),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%Y/%m/%dT%H:%M", "%Y年%m月%d日"]),
)
def test_days_are_compared_as_days(dates: list[date], asked: date, sign: str, form: str) -> None:
    records = [record(str(n), date=each.strftime(form)) for n, each in enumerate(dates)]
    expected = {str(n) for n, each in enumerate(dates) if HOLDS[sign]({each}, {asked})}
    if expected:
        assert found(records, f"date {sign} {asked}") == expected
    else:
        assert "no document has date" in error_of(records, f"date {sign} {asked}")


NUMBERS = st.integers(-30, 3000) | st.integers(-40, 40).map(lambda number: number / 4)


@given(
    st.lists(st.lists(NUMBERS, min_size=1, max_size=3), min_size=1, max_size=6),
    NUMBERS,
    st.sampled_from(sorted(HOLDS)),
)
def test_numbers_are_compared_as_numbers(
    values: list[list[float]], asked: float, sign: str
) -> None:
    """Of several values one has to fit, and for `!=` all."""
    records = with_field(*([str(value) for value in each] for each in values))
    any_or_all = all if sign == "!=" else any
    expected = {
        str(n)
        for n, each in enumerate(values)
        if any_or_all(HOLDS[sign]({value}, {asked}) for value in each)
    }
    if expected:
        assert found(records, f"x {sign} {asked}") == expected
    else:
        assert "no document has x" in error_of(records, f"x {sign} {asked}")


def test_texts_are_compared_case_aside() -> None:
    records = with_field("Beta", "alpha", "Éa")
    assert found(records, "x < b") == {"1"}
    assert found(records, "x >= BETA") == {"0", "2"}
    assert found(records, "x = e\u0301A") == {"2"}
    assert found(with_field("ＦＩＳＨ"), "x = fish") == {"0"}


def test_dates_of_org_are_compared_with_all_others() -> None:
    records = [
        record("a.org", date="<2023-06-05 Mon>"),
        record("b.org", date="[2022-06-05 Sun 10:00]--[2023-01-01 Sun]"),
        record("c.md", date="2023-06-05"),
        record("d.txt", date="May 1, 2022"),
    ]
    assert found(records, "date = 2023-06-05") == {"a.org", "c.md"}
    assert found(records, "date != 2023-06-05") == {"b.org", "d.txt"}
    assert found(records, "date >= 2023") == {"a.org", "c.md"}
    assert found(records, "date < 2023") == {"d.txt"}
    assert found(records, 'date = "<2023-06-05 Mon>"') == {"a.org", "c.md"}


# Fields


NAMES = {
    "tag": True, "Tags": True, "keywords": True, "categories": True, "category": True,
    "filetags": True, "topic": False, "place": False, "title": False,
}  # fmt: skip
LISTED = st.lists(st.from_regex(r"[a-c]{1,2}", fullmatch=True), min_size=1, max_size=3)


@pytest.mark.parametrize("name", NAMES)
@given(
    st.lists(st.tuples(st.sampled_from([", ", ",", "; ", "list"]), LISTED), min_size=1, max_size=4),
    st.from_regex(r"[a-c]{1,2}", fullmatch=True),
)
def test_a_text_with_commas_is_a_list_if_its_field_holds_one(
    name: str, stated: list[tuple[str, list[str]]], asked: str
) -> None:
    """As it would be if the document had written a list, and in no other field."""
    records, expected = [], set()
    for number, (sign, items) in enumerate(stated):
        texts = tuple(items) if sign == "list" else (sign.join(items),)
        records.append(record(str(number), fields={name: texts}))
        own = items if NAMES[name] else texts
        if name == "title":  # the words stand there
            own = tuple(re.split("[,; ]+", " ".join(texts)))
        if asked in own:
            expected.add(str(number))
    if expected:
        assert found(records, f"{name} = {asked}") == expected
    else:
        assert "the values there are" in error_of(records, f"{name} = {asked}")


def test_a_value_of_a_list_that_holds_a_comma_stays_whole() -> None:
    records = with_field(["Paris, France", "sea"], "Nice, France", "a; b, c", ",", name="tags")
    assert found(records, "tag = France") == {"1"}
    assert found(records, 'tag = "Paris, France"') == {"0"}
    assert found(records, "tag = Nice, France") == {"1"}
    assert found(records, "tag = a; b, c") == found(records, "tag = a") == {"2"}
    assert documents_that_fit(records, [Condition("tags", "is", "Nice, France")]) == {"1"}
    with pytest.raises(QueryError, match="no document has tags = Nice: the values there are"):
        documents_that_fit(records, [Condition("tags", "is", "Nice")])


def test_the_tags_of_an_org_file_are_tags() -> None:
    records = [record("a", fields={"filetags": ("ice",)}), record("b", fields={"tags": ("ice",)})]
    assert found(records, "tag = ice") == found(records, "filetags = ice") == {"a", "b"}


def test_a_name_means_a_field_in_the_singular_and_the_plural_and_in_any_case() -> None:
    records = [
        record("a", fields={"tags": ("Energy", "gas")}),
        record("b", fields={"Tag": ("energy",)}),
        record("c", fields={"categories": ("x",), "status": ("s",), "class": ("k",)}),
        record("d", fields={"classes": ("k",)}),
    ]
    for name in ("tag", "TAGS", "Tag"):
        assert found(records, f"{name} = ENERGY") == {"a", "b"}
    assert found(records, "category=x") == found(records, "status = s") == {"c"}
    assert found(records, "class = k") == {"c", "d"}


BYLINES = [
    record("a", byline="By Pavel Luzin"),
    record("b", byline="Jo O’Brien and Ada Luzinsky"),
    record("c"),
    record("d", fields={"authors": ("Mina Luzin", "Otto Kahn")}),
]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Luzin", {"a", "d"}), ("pavel luzin", {"a"}), ("By Pavel Luzin", {"a"}), ("o’brien", {"b"}),
     ("o'brien", {"b"}), ("ada luzinsky", {"b"}), ("otto kahn", {"d"})],
)  # fmt: skip
def test_the_words_of_an_author_stand_in_the_byline_in_order(
    value: str, expected: set[str]
) -> None:
    assert found(BYLINES, f"author={value}") == found(BYLINES, f'byline = "{value}"') == expected
    assert found(BYLINES, f"author != {value}") == {"a", "b", "d"} - expected


def test_words_in_another_order_or_with_others_between_are_not_it() -> None:
    for value in ("Luzin Pavel", "Jo Luzinsky", "Luz", "Mina Kahn"):
        assert error_of(BYLINES, f"author={value}").startswith("no document has author = ")


def test_a_title_is_searched_for_words_and_a_field_is_equal_as_a_whole() -> None:
    records = [
        record("a", title="Closing the Lock Gates", fields={"topic": ("solar power",)}),
        record("Lock gates.md"),
    ]
    assert found(records, "title = lock gates") == {"a", "Lock gates.md"}
    assert found(records, "title = closing the") == {"a"}
    assert "the values there are solar power" in error_of(records, "topic = solar")


def test_a_value_without_words_is_compared_as_it_is() -> None:
    titles = ["?!", "No?!", "..."]
    assert found([record(title, title=title) for title in titles], "title = ?!") == {"?!"}


FILES = [
    record("a.md", "markdown"), record("2023/b.PDF", "pdf"), record("2023/06/c.txt"),
    record("20234/d.docx", "word"), record("https://example.org/2023/e", "html"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "expected"),
    [("format=pdf", {"2023/b.PDF"}), ("format = .MD", {"a.md"}), ("format = Markdown", {"a.md"}),
     ("format = plain text", {"2023/06/c.txt"}), ("format = txt", {"2023/06/c.txt"}),
     ("format = docx", {"20234/d.docx"}), ("format = html", {"https://example.org/2023/e"}),
     ("folder=2023", {"2023/b.PDF", "2023/06/c.txt"}), ("folder = ./2023/06/", {"2023/06/c.txt"}),
     ("folder = .", {each.doc_id for each in FILES}),
     ("folder = ./", {each.doc_id for each in FILES}),
     ("folder = https://example.org", {"https://example.org/2023/e"}),
     ("folder != 2023", {"a.md", "20234/d.docx", "https://example.org/2023/e"})],
)  # fmt: skip
def test_format_and_folder_are_fields(condition: str, expected: set[str]) -> None:
    assert found(FILES, condition) == expected


PARTS_OF_PATHS = st.lists(st.sampled_from(["a", "b", "a b", "é"]), max_size=3)


@given(
    st.lists(PARTS_OF_PATHS, min_size=1, max_size=6),
    PARTS_OF_PATHS,
    st.sampled_from(["{}", "./{}", "{}/", "{}/x/..", "/corpus/{}", "/other/{}"]),
    st.sampled_from([("",), ("a",), ("a", "b"), ("a", "b/a", "é")]),
    st.booleans(),
)
def test_a_folder_is_the_one_that_a_filter_by_name_means(
    paths: list[list[str]], typed: list[str], form: str, folders: tuple[str, ...], upper: bool
) -> None:
    """However it is typed, and relative to each of the folders that are searched."""
    doc_ids = ["/".join([*parts, f"{number}.txt"]) for number, parts in enumerate(paths)]
    asked = unicodedata.normalize("NFD", form.format("/".join(typed) or "."))
    expected = matching_doc_ids(doc_ids, [asked], Path("/corpus"), folders)
    if upper and asked[0] != "/":
        asked = asked.upper()
    assert documents_below(doc_ids, asked, Path("/corpus"), folders) == expected
    records = [record(doc_id) for doc_id in doc_ids]
    for sign, fit in (("=", expected), ("!=", {*doc_ids} - expected)):
        conditions = [Condition("folder", "=" if sign == "=" else "!=", asked)]
        if fit:
            assert documents_that_fit(records, conditions, Path("/corpus"), folders) == fit


@pytest.mark.parametrize("typed", ["docs/2023", "./docs/2023/", "2023", "{}/docs/2023"])
def test_a_folder_is_a_path_as_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    records = [record("2023/a.md"), record("2023/x/b.md"), record("20234/c.md"), record("d.md")]
    conditions = conditions_in(f"folder = {typed.format(tmp_path)}")
    expected = {"2023/a.md", "2023/x/b.md"}
    assert documents_that_fit(records, conditions, tmp_path / "docs") == expected


def test_a_folder_is_relative_to_each_that_is_searched(tmp_path: Path) -> None:
    for name in ("papers", "notes"):
        corpus = write_corpus(tmp_path / name, {f"2023/{name}.txt": f"The seal of {name}.\n"})
        build(corpus, tmp_path / f"{name}-index")
    write_corpus(tmp_path / "papers", {"b.txt": "The seal wakes up.\n"})
    build(tmp_path / "papers", tmp_path / "papers-index")
    both = [tmp_path / "papers-index", tmp_path / "notes-index"]
    with Retriever.open(both, encoder=FakeEncoder()) as opened:
        for folder, docs in (
            ("2023", {"papers/2023/papers.txt", "notes/2023/notes.txt"}),
            ("papers/2023", {"papers/2023/papers.txt"}),
            (str(tmp_path / "papers"), {"papers/2023/papers.txt", "papers/b.txt"}),
        ):
            for given_as in ({"where": f"folder={folder}"}, {"docs": folder}):
                hits = opened.search(["seal"], SearchOptions(k=9, **given_as))[0]  # type: ignore[arg-type]
                assert {hit.passage.doc_id for hit in hits} == docs


def test_the_case_of_a_folder_does_not_count() -> None:
    records = [record("Notes/x/a"), record("notes/b"), record("notes2/c")]
    for typed in ("notes", "./NOTES/", "Notes/x/.."):
        assert found(records, f"folder = {typed}") == {"Notes/x/a", "notes/b"}


def test_a_field_called_folder_counts_too() -> None:
    records = [record("x/a"), record("b", fields={"folder": ("x",)}), record("c")]
    assert found(records, "folder = x") == {"x/a", "b"}
    assert documents_that_fit(records, [Condition("folder", "is", "x")]) == {"x/a", "b"}


def test_the_folders_of_an_address_begin_with_its_host() -> None:
    assert error_of(FILES[-1:], "folder = x").endswith(
        "the values there are ., https://example.org, https://example.org/2023"
    )


def test_a_document_without_the_field_never_fits() -> None:
    records = [record("a", date="2023"), record("b"), record("c", fields={"tags": ("x",)})]
    assert found(records, "date != 2024") == found(records, "published < 2024") == {"a"}
    assert found(records, "tag != y") == {"c"}


def test_all_conditions_hold() -> None:
    records = with_field(["1", "a"], ["2", "a"], ["3"])
    assert found(records, "x = a", "x != 2") == {"0"}


def test_fields_ask_for_whole_values_as_they_are_written() -> None:
    records = [record("a", title="Ice and sea", date="2023-06-01", fields={"tags": ("Ice",)})]
    for name, value in (("title", "ice AND sea"), ("Tags", "ice"), ("date", "2023-06-01")):
        assert documents_that_fit(records, [Condition(name, "is", value)]) == {"a"}
    for name, value in (("title", "ice"), ("date", "2023-06"), ("date", "June 1, 2023")):
        with pytest.raises(QueryError, match=f"no document has {name} = {value}: the values"):
            documents_that_fit(records, [Condition(name, "is", value)])


# What is said if nothing fits


MIXED = [
    record("a.md", date="2023-06-01"), record("b.md", date="next spring"),
    record("c.md", date="2019", fields={"tags": ("ice",)}),
]  # fmt: skip


def test_an_unknown_field_lists_those_there_are_near_names_first() -> None:
    records = [record("a", byline="Jo", fields={"topics": ("a",), "team": ("b",)})]
    assert error_of(records, "tpics = a") == (
        "no document has a field 'tpics': their fields are topics, byline, format, folder, author, "
        "team"
    )
    many = [record("a", fields={f"f{number}": ("x",) for number in range(30)})]
    assert error_of(many, "nothing = 1").endswith(", f8, f9 and 20 more")


def test_an_unknown_value_lists_those_there_are_near_ones_first() -> None:
    records = with_field("gas", ["ice", "gas"], "energy", *(f"v{n}" for n in range(6)))
    assert error_of(records, "x = energie") == (
        "no document has x = energie: the values there are energy, gas, ice, v0, v1, v2 and 3 more"
    )
    assert error_of(BYLINES, "author=Luzim").startswith(
        "no document has author = Luzim: the values there are By Pavel Luzin, Mina Luzin, "
    )
    assert len(error_of(with_field("long " * 99), "x = a")) < 150
    signs = with_field(["a, b", "c"], 'say "x", y', ' "so"', "<d>", name="topic")
    assert error_of(signs, "topic = zzz").endswith(
        """: the values there are "a, b", c, "say ""x"", y", " ""so""\", "<d>\""""
    )


def test_a_value_that_all_have_leaves_nothing_else() -> None:
    assert error_of(with_field("a", "A"), "x != a") == (
        "no document has x != a: every one with that field has that value"
    )


def test_values_of_two_kinds_are_not_compared_and_both_are_named() -> None:
    assert error_of(MIXED, "date >= 2023-06") == (
        "date >= 2023-06 cannot be compared: date is a date in a.md (2023-06-01) and a text in "
        "b.md (next spring); the condition 'date != next spring' leaves the latter out"
    )
    assert found(MIXED, "date >= 2023-06", "date != next spring") == {"a.md"}
    assert found(MIXED, "date >= 2019", "tag = ice") == {"c.md"}
    assert error_of(with_field("2023-05", "350", "1200"), "x > 1000") == (
        "x > 1000 cannot be compared: x is a date in 0 (2023-05) and a number in 1 (350); "
        "the condition 'x != 350' leaves the latter out"
    )
    assert error_of(with_field("1200", "many"), "x > 350") == (
        "x > 350 cannot be compared: x is a number in 0 (1200) and a text in 1 (many); "
        "the condition 'x != many' leaves the latter out"
    )
    assert error_of(with_field("10.11.2023", "2023-01-01"), "x > 2023") == (
        "x > 2023 cannot be compared: x is a date in 1 (2023-01-01) and a date that may be two "
        "days in 0 (10.11.2023); the condition 'x != 10.11.2023' leaves the latter out"
    )
    assert error_of(with_field("2023-01", "soon"), "x > a") == (
        "x > a cannot be compared: x is a text in 1 (soon) and a date in 0 (2023-01)"
    )


@pytest.mark.parametrize(
    ("values", "condition", "expected"),
    [
        (["2023-01"], "x > soon",
         "x is a date in 0 (2023-01), and soon is not a date: give one such as 2023-06"),
        (["10.11.2023", "2023-01", "2023-02"], "x > soon",
         "x is a date in 1 (2023-01), and soon is not a date: give one such as 2023-06"),
        (["10.11.2023", "2023-01", "2023-02"], "x >= 2023-13",
         "x is a date in 1 (2023-01), and 2023-13 is not a date: give one such as 2023-06"),
        (["10.11.2023"], "x >= 2023-13",
         "x is a date that may be two days in 0 (10.11.2023), and 2023-13 is not a date: give one "
         "such as 2023-06"),
        (["next spring", "2023-01", "2023-02"], "x >= 2023-13",
         "x is a date in 1 (2023-01), and 2023-13 is not a date: give one such as 2023-06"),
        (["10.11.2023", "2023-01"], "x > 350",
         "x is a date in 1 (2023-01), and 350 is a number: give a date such as 2023-06"),
        (["1250", "12"], "x >= 2023-06",
         "x is a number in 0 (1250), and 2023-06 is a date: give a number"),
        (["2023-01", "soon", "2023-02"], "x > 350",
         "x is a date in 0 (2023-01), and 350 is a number: give a date such as 2023-06"),
        (["12", "13"], "x > many", "x is a number in 0 (12), and many is not a number: give one"),
        (["2023-01-02"], "x > 10.11.2023",
         "x is a date in 0 (2023-01-02), and 10.11.2023 is a date that may be two days: give a "
         "date such as 2023-06"),
        (["350"], "x > 2023-01",
         "x is a number in 0 (350), and 2023-01 is a date: give a number"),
        (["high"], "x > 3", "x is a text in 0 (high), and 3 is a number: give a text"),
        (["1200"], "x > a", "x is a date or a number in 0 (1200), and a is not a date or a "
         "number: give one such as 2023-06"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_than_the_field_is_told(
    values: list[str], condition: str, expected: str
) -> None:
    assert error_of(with_field(*values), condition) == f"{condition} cannot be compared: {expected}"


@pytest.mark.parametrize(
    ("values", "condition", "expected"),
    [
        (["10.11.2023"], "x > 2023", "x is a date that may be two days in 0 (10.11.2023)"),
        (["9.11.2023", "soon"], "x > 2023",
         "x is a date that may be two days in 0 (9.11.2023) and a text in 1 (soon); the condition "
         "'x != soon' leaves the latter out"),
        (["soon", "9.11.2023"], "x > a",
         "x is a text in 0 (soon) and a date that may be two days in 1 (9.11.2023)"),
    ],
)  # fmt: skip
def test_dates_that_may_be_two_days_are_compared_with_nothing(
    values: list[str], condition: str, expected: str
) -> None:
    assert error_of(with_field(*values), condition) == f"{condition} cannot be compared: {expected}"


SOME = {
    "date": ["2023-06", "May 3, 2022", "<2023-06-05 Mon>"], "number": ["12", "3.5"],
    "date or number": ["2023", "1250"], "text": ["soon", "2023-13"], "unclear": ["10.11.2023"],
}  # fmt: skip
KINDS = {each: kind for kind, values in SOME.items() for each in values}


@given(
    st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5, unique=True),
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(["<", "<=", ">", ">="]),
)
def test_what_was_typed_is_blamed_if_the_documents_are_of_one_kind(
    values: list[str], asked: str, sign: str
) -> None:
    """And a comparison is refused exactly if all of them have no kind in common."""
    kinds = [{*KINDS[each].split(" or ")} for each in [*values, asked]]
    common = set.intersection(*kinds) - {"unclear"}
    condition = Condition("x", sign, asked)  # type: ignore[arg-type]
    try:
        documents_that_fit(with_field(*values), [condition])
    except QueryError as error:
        message = str(error)
    else:
        message = ""
    assert ("cannot be compared" in message) is (not common)
    if not common:
        told = message.partition("cannot be compared: ")[2]
        among = set.intersection(*kinds[:-1])
        if among - {"unclear"}:  # the documents are of one kind, so it is what was typed
            assert f"and {asked} is " in told
            assert "leaves" not in told
        if f"and {asked} is " in told:
            assert "give " in told


def test_four_figures_are_years_among_dates_and_numbers_among_numbers() -> None:
    assert found(with_field("2023-05-01", "2021"), "x >= 2022") == {"0"}
    assert found(with_field("350", "2021"), "x >= 400") == {"1"}
    assert found(with_field("350", "2021"), "x >= 2020") == {"1"}


@pytest.mark.parametrize("name", ["title", "author", "format", "folder"])
def test_what_has_no_order_is_only_equal(name: str) -> None:
    records = [record("a.md", title="T", byline="B")]
    assert error_of(records, f"{name} < x") == (
        f"{name} < x cannot be compared: {name} takes = and !=, as in {name} = x"
    )


def test_if_nothing_is_on_that_side_the_range_is_told() -> None:
    records = [
        record("a", date="May 3, 2019", fields={"tags": ("ice",)}), record("b", date="2023"),
        record("c", date="2022-12-31"),
    ]  # fmt: skip
    assert error_of(records, "date > 2030") == (
        "no document has date > 2030: date runs from May 3, 2019 to 2023"
    )
    assert error_of(records, "tag = ice", "date > 2020") == (
        "no document has date > 2020 among those with tag = ice: date is May 3, 2019 everywhere"
    )
    assert error_of(with_field("9", "10"), "x < 9") == "no document has x < 9: x runs from 9 to 10"


def test_conditions_that_hold_for_nothing_together_are_told() -> None:
    records = [
        record("a", date="2019", fields={"x": ("1",)}), record("b", date="2023"),
        record("c", fields={"y": ("1",)}),
    ]  # fmt: skip
    for where in (
        ["date > 2022", "date < 2020"], ["x = 1", "date = 2023"], ["y = 1", "date > 2000"],
    ):  # fmt: skip
        assert error_of(records, *where) == (
            f"no document has {' and '.join(where)} together: leave one out"
        )


# In a search


TEXTS = {
    "2023/a.md": "---\ntags: [ice, sea]\nauthor: Ada Luzin\ndate: 2023-06-01\n---\n\n"
    "The seal sleeps on the ice there.\n\nSomebody counts seals.\n",
    "2023/b.md": "---\ntags: ice\nauthor: Jo\ndate: November 10, 2023\n---\n\nThe seal wakes up.\n",
    "c.txt": "The seal is gone, and nobody knows where it sleeps.\n",
    "d.md": "---\ntags: sea\ndate: 2021\n---\n\nA ship sleeps on the sea, without a seal.\n",
}
WHERE: dict[tuple[str, ...], set[str]] = {
    ("date >= 2023-06",): {"2023/a.md", "2023/b.md"},
    ("tag = sea",): {"2023/a.md", "d.md"},
    ("tag = sea", "date < 2022"): {"d.md"},
    ("author = luzin",): {"2023/a.md"},
    ("format = markdown", "folder != 2023"): {"d.md"},
    ("format = txt",): {"c.txt"},
}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with retriever_over(tmp_path_factory.mktemp("where"), TEXTS) as opened:
        yield opened


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", WHERE)
def test_the_ranking_is_that_of_the_documents_that_fit(
    retriever: Retriever, where: tuple[str, ...], mode: Mode
) -> None:
    docs = sorted(WHERE[where])
    for k in (1, 9):
        expected = retriever.retrieve("the seal sleeps", k, docs, mode)
        assert retriever.retrieve("the seal sleeps", k, mode=mode, where=where) == expected
    assert {hit.passage.doc_id for hit in expected} == WHERE[where]


def test_a_filter_by_name_and_conditions_restrict_together(retriever: Retriever) -> None:
    ranking = retriever.retrieve("seal", 9, "2023/*", where="tag = sea")
    assert {hit.passage.doc_id for hit in ranking} == {"2023/a.md"}
    with pytest.raises(QueryError, match=r"^among what fits c\.txt or x, no document has a field"):
        retriever.retrieve("seal", 9, ["c.txt", "x"], where="tag = sea")


def test_conditions_are_asked_once_for_a_batch(
    retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[Condition]] = []

    def listen(
        records: Sequence[DocumentRecord],
        conditions: Sequence[Condition],
        corpus: Path,
        folders: Sequence[str],
    ) -> set[str]:
        asked.append(conditions)
        return documents_that_fit(records, conditions, corpus, folders)

    monkeypatch.setattr("query.filtering.documents.documents_that_fit", listen)
    questions = ["the seal sleeps", "a ship", "who counts seals"]
    rankings = retriever.retrieve_batch(questions, where=["tag != gas"])
    assert len(asked) == 1
    alone = [retriever.retrieve(question, where="tag!=gas") for question in questions]
    assert rankings == alone


def test_what_is_stated_beside_a_text_counts() -> None:
    sources: Mapping[str, SourceDocument] = {
        "a": SourceDocument("The seal sleeps.", format="markdown", fields={"author": "Ada Luzin"}),
        "b": SourceDocument("The seal wakes up.", fields={"teams": ["ops", "sea"]}),
    }
    with Retriever.from_texts(sources, encoder=FakeEncoder()) as retriever:
        for where, doc_id in (
            ("author=luzin", "a"), ("team = sea", "b"), ("format = markdown", "a"),
        ):  # fmt: skip
            [hit] = retriever.search(["seal"], SearchOptions(where=where))[0]
            assert hit.passage.doc_id == doc_id


def test_a_title_in_a_question_does_not_lead_out_of_the_conditions(tmp_path: Path) -> None:
    texts = {
        "The seal.md": "# The seal\n\nIt sleeps on the ice.\n",
        "other.md": "---\ntags: x\n---\n\nNothing of the kind.\n",
    }
    with retriever_over(tmp_path, texts) as opened:
        ranking = opened.retrieve("where does the seal sleep", where="tag = x")
    assert {hit.passage.doc_id for hit in [*ranking, *ranking.nearest]} == {"other.md"}
