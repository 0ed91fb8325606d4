"""JSON: every key and value once and in order, as the json module has it, each with its path."""

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markup_texts import article_of
from told import words

from index.document import Document
from index.reading.formats import structure_of
from index.reading.json import FORMAT
from index.splitting.json_values import DamagedError, decoded, read_values
from index.splitting.structure import notes_of
from index.types import Passage

_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[^u]")
PROSE = "The river rises in the night, and the lower lock is closed until the pumps have run. "


def told(name: str, text: str) -> list[tuple[int, str, str]]:
    """The line of each passage, its path and what it says."""
    passages = article_of(name, text).passages
    assert all(text[own.start : own.end] == own.text for own in passages)
    return [(own.line, " › ".join(own.path), own.reading) for own in passages]


def test_a_record_is_read_as_a_person_reads_it() -> None:
    text = (
        '{\n  "title": "The \\"lower\\" lock",\n  "year": 2021, "open": true, "by": null,\n'
        '  "tags": ["water", "night"], "none": [],\n  "author": {"name": "A. Luzin"},\n'
        '  "body": "It rises.\\n\\nNobody is \\u2014 so. \\u0420\\u0435\\u043a\\u0430.\\n"\n}\n'
    )
    [found] = article_of("a.json", text).passages
    assert found.shown_of(found.start, found.end) == (
        'title: The "lower" lock\nyear: 2021\nopen: true\nby: null\ntags: water, night\n'
        "none:\nauthor:\nname: A. Luzin\nbody: It rises.\n\nNobody is — so. Река."
    )
    assert (found.line, found.path) == (2, ())
    assert structure_of(Document("a.json", text, "")).head.title == 'The "lower" lock'
    sentences = [found.reading_of(own.start, own.end) for own in found.sentences]
    assert sentences[-3:] == ["body: It rises.", "Nobody is — so.", "Река."]


def test_records_and_long_texts_stand_by_themselves_with_their_paths() -> None:
    value = {
        "site": "Locks",
        "items": [{"id": 1, "body": PROSE * 15}, {"id": 2, "by": {"of": "Ann"}}, ["a", "b"]],
        "an other": {"deep": [[PROSE * 9, PROSE * 9]]},
    }
    text = json.dumps(value, indent=1)
    at = {line.strip(): number for number, line in enumerate(text.split("\n"), 1)}
    found = [(line, path, own[:20]) for line, path, own in told("a.json", text)]
    body = at[f'"body": "{PROSE * 15}"']
    prose = at[f'"{PROSE * 9}",']
    assert found == [
        (at['"site": "Locks",'], "", "site: Locks"),
        (at['"items": ['], "items[0]", "items: id: 1"),
        (body, "items[0].body", "body: The river rise"),
        (at['"id": 2,'], "items[1]", "id: 2 by: of: Ann"),
        (at['"a",'], "items[2]", "a, b"),
        (at['"an other": {'], '["an other"].deep[0][0]', "an other: deep: The "),
        (prose + 1, '["an other"].deep[0][1]', PROSE[:20]),
    ]


def test_short_records_stand_by_themselves_unless_all_are_very_short() -> None:
    text = json.dumps({"entries": [{"who": "Ann", "said": PROSE}] * 4})
    assert [path for _, path, _ in told("a.json", text)] == [f"entries[{n}]" for n in range(4)]
    [(_, path, said)] = told("a.json", json.dumps({"entries": [{"who": "Ann"}] * 4}))
    assert (path, said) == ("", "entries: who: Ann who: Ann who: Ann who: Ann")


def test_each_line_of_json_lines_is_a_record() -> None:
    text = '{"a": "one", "b": 2}\n\n{"a": "two"}\r\n["three"]\n{oops, four\n'
    assert told("a.jsonl", text) == [
        (1, "record 1", "a: one b: 2"),
        (3, "record 2", "a: two"),
        (4, "record 3", "three"),
        (5, "record 4", "{oops, four"),
    ]
    assert FORMAT.read(text.encode()).notes == ("1 of 4 lines damaged, so read as plain text",)


@pytest.mark.parametrize(
    ("text", "line"),
    [('{"a": "one",\n "b" "two"}', 2), ('{"a": "one"', 1), ("one two", 1), ('["one\\x"]', 1)],
)
def test_what_is_damaged_is_plain_text_and_named(text: str, line: int) -> None:
    content = FORMAT.read(text.encode())
    assert content.notes == (f"damaged in line {line}, so read as plain text",)
    assert [own for _, _, own in told("a.json", text)] == [" ".join(text.split())]


def test_numbers_and_encoded_data_are_left_out_and_counted() -> None:
    text = json.dumps({"type": "Map", "at": [[n / 7, n] for n in range(300)], "png": "iVBO" * 400})
    article = article_of("a.json", text)
    assert [own.reading for own in article.passages] == ["type: Map", "png"]
    left_out = [(own.reason, text[own.start : own.end]) for own in article.left_out]
    assert [reason for reason, _ in left_out] == ["numbers", "encoded data"]
    assert left_out[0][1].startswith('at": [[0.0, 0], [0.14')
    assert left_out[0][1].endswith(", 299")
    assert left_out[1][1] == "iVBO" * 400
    assert notes_of(article.left_out) == (
        f"numbers that stand alone: 1 stretch, {len(left_out[0][1]):,} characters",
        "encoded data: 1 stretch, 1,600 characters",
    )
    assert article_of("a.json", "[1, [2, 3], {}, -4.5e6]").passages == ()
    assert FORMAT.read(b"[1, 2]").notes == ()


def test_escapes_are_shown_as_what_they_mean() -> None:
    said = "é😀😀😀é😀 a\\n"
    text = json.dumps([said]).replace("a", r"\ud83d\/")
    assert [own for _, _, own in told("a.json", text)] == [said.replace("a", "\ufffd/")]


def test_any_depth_is_read() -> None:
    depth = 100_000
    [(_, path, own)] = told("a.json", "[" * depth + '"one"' + "]" * depth)
    assert (path, own) == ("", "one")
    text = "[" * depth + json.dumps([PROSE * 9, PROSE * 9])[1:] + "]" * (depth - 1)
    assert [path for _, path, _ in told("a.json", text)] == [
        "…" + "[0]" * 12,
        "…" + "[0]" * 11 + "[1]",
    ]


keys = st.sampled_from(["name", "a b", "ключ", "", "x\ny", "7", 'q"', "\\"])
strings = st.one_of(
    st.lists(
        st.sampled_from(
            ["lock", "naïve", '"', "\\", "\n", "\t", "река", "。", "😀", " ", "7.", "/", "n"]
        ),
        max_size=6,
    ).map("".join),
    st.sampled_from([PROSE * 4, PROSE * 13, "one.\n\ntwo " * 150]),
)
leaves = st.one_of(strings, st.integers(), st.floats(), st.booleans(), st.none())
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6), st.lists(st.tuples(keys, inner), max_size=6).map(dict)
    ),
    max_leaves=30,
)


Pairs = list[tuple[str, object]]


def pairs(found: Pairs) -> Pairs:
    return found


def flat(value: object) -> Iterator[object]:
    """Keys and values in order; an object is a list of pairs."""
    if isinstance(value, list):
        for own in value:
            if isinstance(own, tuple):
                yield own[0]
                yield from flat(own[1])
            else:
                yield from flat(own)
    else:
        yield value


def oracle(text: str) -> list[str]:
    """The words of a JSON text by the json module."""
    names: dict[object, str] = {True: "true", False: "false", None: "null"}
    found = json.loads(
        text, object_pairs_hook=pairs, parse_int=str, parse_float=str, parse_constant=str
    )
    said = (own if isinstance(own, str) else names[own] for own in flat(found))
    return [word for own in said for word in words(own)]


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: decoded(match[0]), text)


def parts_of(name: str, text: str) -> list[tuple[int, str]]:
    """What is read and what is left out, in order."""
    article = article_of(name, text)
    read = [(own.start, own.shown_of(own.start, own.end)) for own in article.passages]
    omitted = [(own.start, unescaped(text[own.start : own.end])) for own in article.left_out]
    return sorted(read + omitted)


@settings(max_examples=300, deadline=None)
@given(values, st.booleans(), st.sampled_from([None, 2]))
def test_every_word_is_read_once_and_in_order(
    value: object, ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    found = [word for _, own in parts_of("a.json", text) for word in words(own)]
    assert found == oracle(text)


@settings(max_examples=200, deadline=None)
@given(values)
def test_a_path_leads_to_what_is_said(value: object) -> None:
    text = json.dumps(value)
    for passage in article_of("a.json", text).passages:
        place, over = resolved(value, passage.path[0] if passage.path else "")
        inside = oracle(json.dumps(place)) + [word for key in over for word in words(key)]
        assert set(words(shown(passage))) <= set(inside)


def shown(passage: Passage) -> str:
    return passage.shown_of(passage.start, passage.end)


def resolved(value: object, path: str) -> tuple[object, list[str]]:
    """The value at a path, and the keys over it."""
    over: list[str] = []
    for plain, quoted, index in re.findall(r'([\w$@-]+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]', path):
        key = json.loads(quoted) if quoted else plain
        over.append(key)
        if isinstance(value, dict):
            value = value[key]
        else:
            assert isinstance(value, list)
            value = value[int(index)]
    return value, over


@pytest.mark.parametrize(
    "text",
    ["[1,]", '{"a": 1,}', '{"a"}', "[,]", "{,}", '{"a":}', ":", "[1}", '{"a": 1]', "", "1 2", "01"],
)
def test_what_the_json_module_refuses_is_damaged(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    with pytest.raises(DamagedError):
        read_values(text)


@settings(max_examples=1000)
@given(
    st.lists(
        st.sampled_from(
            [*'{}[],:"\\ \n0123.-eE', "true", "null", "NaN", "-Infinity", '"a"', "\\u00"]
        ),
        max_size=12,
    ).map("".join)
)
def test_what_is_json_is_what_the_json_module_takes(text: str) -> None:
    try:
        json.loads(text, strict=False)
    except ValueError:
        with pytest.raises(DamagedError):
            read_values(text)
    else:
        read_values(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["a.json", "a.jsonl"]))
def test_any_text_is_read(text: str, name: str) -> None:
    article = article_of(name, text)
    spans = [(own.start, own.end) for own in article.passages]
    spans += [(own.start, own.end) for own in article.left_out]
    spans += [(own.start, own.end) for own in article.head.spans]
    for word in re.finditer(r"[^\W_]+", text):
        assert any(start <= word.start() and word.end() <= end for start, end in spans)
