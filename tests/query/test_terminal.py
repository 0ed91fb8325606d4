"""What a person sees: wrapped right at every width, and nothing in it can act."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
import wcwidth
from hypothesis import example, given
from hypothesis import strategies as st

from index.types import DocumentRecord, Head, Passage, Scores, Sentence
from query.hits import Hit
from query.ranking import Ranking
from query.showing import safe_text
from query.showing.links import file_url, linked
from query.showing.safe_text import columns, pieces, shown
from query.showing.terminal import Page, article, no_match, nothing_else, render

DIM, RESET = "\x1b[2m", "\x1b[0m"


def make_hit(
    text: str = "One two. Three four.", *, best: tuple[int, int] = (0, 8), matches: bool = True
) -> Hit:
    offset = 100
    sentences = (Sentence(offset + best[0], offset + best[1]),)
    passage = Passage("a.txt", 2, offset, offset + len(text), 7, text, sentences)
    document = DocumentRecord("a.txt", "0" * 64, Head("The title", "", "By A", "May 1"), 4, 0, 3)
    return Hit(1, 0.5, passage, sentences[0], Scores(0.5, 0.5, 0.5, 0.5), document, 0.01, matches)


def make_ranking(*hits: Hit, p_chance: float = 0.01) -> Ranking:
    return Ranking(
        hits, query="q", mode="hybrid", verdict="match", p_chance=p_chance, generation="g-0"
    )


def page(width: int | None = 80, *, styled: bool = False) -> Page:
    return Page(width, styled, Path.cwd() / "corpus")


def test_a_hit_names_title_place_and_number() -> None:
    lines = render(make_ranking(make_hit()), page()).splitlines()
    assert lines == [
        "1  The title · By A · May 1",
        "   One two. Three four.",
        "   corpus/a.txt:7 · paragraph 2 · 0.50",
    ]


def test_the_best_sentence_is_bold_across_lines_and_only_it() -> None:
    text = "one two three four five six seven eight"
    lines = render(make_ranking(make_hit(text, best=(4, 24))), page(23, styled=True)).splitlines()
    assert "   one \x1b[1mtwo three four\x1b[0m" in lines
    assert "   \x1b[1mfive\x1b[0m six seven eight" in lines


def test_no_styles_unless_the_page_has_them() -> None:
    assert "\x1b" not in render(make_ranking(make_hit()), page(40))


def test_an_unwrapped_page_has_a_line_a_passage() -> None:
    text = "word " * 100 + "end."
    assert f"   {text}" in render(make_ranking(make_hit(text)), page(None)).splitlines()


@pytest.mark.parametrize("width", [20, 40, 80, 200])
@given(text=st.text(min_size=1).filter(lambda text: bool(text.split())))
@example(text="00000\x1b\x1b\x1b\u109a\U00018cd6\U0002ebe1")  # wider together than one by one
def test_no_line_is_wider_than_the_page_and_no_word_is_lost(width: int, text: str) -> None:
    rendered = render(make_ranking(make_hit(text, best=(0, len(text)))), page(width))
    lines = rendered.splitlines()
    assert max(columns(line) for line in lines) <= width
    body = "".join("".join(line.split()) for line in lines)
    assert "".join(shown(word) for word in text.split()).replace(" ", "") in body.replace(" ", "")


FAMILY, FLAG, HEART, THUMB = "👨‍👩‍👧", "🇩🇪", "❤️", "👍🏽"


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert columns("日本") == 4
    assert columns("é") == columns("e\u0301") == 1
    assert [columns(each) for each in (FAMILY, FLAG, HEART, THUMB)] == [2, 2, 2, 2]
    assert columns(unicodedata.normalize("NFD", "한국")) == columns("한국") == 4


@pytest.mark.slow
def test_what_is_measured_without_the_tables_takes_one_column() -> None:
    """Every code point that `wcwidth` is not asked for, by itself and beside another."""
    narrow = [chr(code) for code in range(0x110000) if safe_text._NARROW.fullmatch(chr(code))]
    assert len(narrow) > 1000
    assert {char for char in narrow if shown(char) == char and wcwidth.wcswidth(char) != 1} == set()
    text = "".join(char for char in narrow if shown(char) == char)
    assert columns(text) == wcwidth.wcswidth(text) == len(text)


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, HEART, THUMB, "e\u0301", "日", "x"])
def test_a_word_is_broken_between_characters_as_they_are_shown(cluster: str) -> None:
    for room in (2, 3, 7):
        found = list(pieces(cluster * 20, room))
        assert "".join(found) == cluster * 20
        each = room // columns(cluster)
        assert found[:-1] == [cluster * each] * (len(found) - 1)


@given(text=st.text(), room=st.integers(2, 9))
def test_no_piece_is_wider_than_its_room(text: str, room: int) -> None:
    text = shown(text)
    found = list(pieces(text, room))
    assert "".join(found) == text
    assert max(map(columns, found)) <= room


@pytest.mark.slow
def test_no_code_point_gets_through_that_can_act() -> None:
    """Every code point by itself: what is printed is a letter, a mark, a symbol or a space."""
    acting = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    joiners = {"\u200c", "\u200d"}
    for number in range(0x110000):
        char = chr(number)
        safe = shown(char)
        assert all(unicodedata.category(c) not in acting or c in joiners for c in safe), hex(number)
        assert safe == char or safe.startswith("\\")


@pytest.mark.parametrize(
    "attack",
    [
        "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
        "\x1b]52;c;ZXZpbA==\x07",
        "\u202egnp.exe",
        "\x9b31m",
        "a\rb",
        "\u2066\u2069",
    ],
)
def test_attacks_are_shown_as_text(attack: str) -> None:
    rendered = render(make_ranking(make_hit(f"x {attack} y", best=(0, 1))), page())
    assert not set(rendered) & set("\x1b\x07\x9b\r\u202e\u2066\u2069")


LIST = "It needs:\n\n- a coil of wire, wound by hand\n- two springs"


def test_a_list_keeps_its_lines_and_prose_does_not() -> None:
    assert render(make_ranking(make_hit(LIST)), page(24)).splitlines()[2:6] == [
        "   It needs:",
        "   - a coil of wire,",
        "     wound by hand",
        "   - two springs",
    ]
    assert "   One two." in render(make_ranking(make_hit("One\ntwo.")), page()).splitlines()


def test_a_pipe_has_a_list_on_one_line() -> None:
    assert f"   {' '.join(LIST.split())}" in render(make_ranking(make_hit(LIST)), page(None))


def test_an_article_keeps_its_lines_in_a_pipe_too() -> None:
    code = "Run it:\n\n```\nif so:\n    go(1,  2)\n```"
    passages = make_passages(LIST, code, "| a | b |\n|---|---|\n| 1 | 2 |", "One\ntwo.")
    document = make_hit().document
    text, line = article(document, passages, passages[1], page(None))
    assert text.splitlines()[3:] == [
        "   It needs:", "   - a coil of wire, wound by hand", "   - two springs", "",
        " > Run it:", " > ```", " > if so:", " >     go(1,  2)", " > ```", "",
        "   | a | b |", "   |---|---|", "   | 1 | 2 |", "",
        "   One two.",
    ]  # fmt: skip
    assert text.splitlines()[line] == " > Run it:"


def test_the_bold_goes_on_from_line_to_line_of_a_list() -> None:
    lines = render(make_ranking(make_hit(LIST, best=(11, 42))), page(styled=True)).splitlines()
    assert lines[2:4] == ["   \x1b[1m- a coil of wire, wound by hand\x1b[0m", "   - two springs"]


def test_file_and_line_are_a_link_and_nothing_else_is() -> None:
    place = replace(page(29, styled=True), linked=True)
    *_, first, second = render(make_ranking(make_hit()), place).splitlines()
    url = file_url(place.corpus / "a.txt")
    assert first == f"   {linked(f'{DIM}corpus/a.txt:7{RESET}', url)} {DIM}· paragraph{RESET}"
    assert second == f"   {DIM}2 · 0.50{RESET}"
    plain = replace(place, styled=False)
    assert "\x1b" not in render(make_ranking(make_hit()), plain)


def test_a_link_that_is_wrapped_is_a_link_on_each_line() -> None:
    place = Page(20, True, Path.cwd() / "a folder" / "with-a-name-that-is-broken", linked=True)
    lines = render(make_ranking(make_hit()), place).splitlines()
    links = [line for line in lines if "\x1b]8;" in line]
    assert len(links) == 4  # a, folder/with-a-nam, e-that-is-broken/, a.txt:7
    assert len({line.split("\x1b\\")[0] for line in links}) == 1
    assert all(line.endswith("\x1b]8;;\x1b\\") or "\x1b]8;;\x1b\\ " in line for line in links)


def make_passages(*texts: str, section: str = "") -> list[Passage]:
    """Passages of one document, all under a heading if there is one; `make_hit` is the second."""
    path = (section,) if section else ()
    spans = [(100 * number, 100 * number + len(text)) for number, text in enumerate(texts)]
    return [
        Passage("a.txt", number, *span, number, text, (Sentence(*span),), path=path)
        for number, (text, span) in enumerate(zip(texts, spans, strict=True), start=1)
    ]


def test_a_hit_is_marked_among_its_neighbours_and_they_are_dim() -> None:
    hit = make_hit()
    before, _, after = make_passages("Before it.", "", "After it.")
    passages = [before, hit.passage, after]
    assert render(make_ranking(hit), page(), {1: passages}).splitlines() == [
        "1  The title · By A · May 1",
        "   Before it.",
        "",
        " > One two. Three four.",
        "",
        "   After it.",
        "",
        "   corpus/a.txt:7 · paragraph 2 · 0.50",
    ]
    styled = render(make_ranking(hit), page(styled=True), {1: passages})
    assert f"   {DIM}Before it.{RESET}\n" in styled
    assert " Three four.\n" in styled


def test_an_article_has_its_head_its_headings_and_one_passage_marked() -> None:
    passages = make_passages("One.", "Two that\nis marked.", "Three.", section="Part A")
    passages.append(replace(make_passages("Four.", section="Part B")[0], number=4))
    document = replace(make_hit().document, passages=4)
    text, line = article(document, passages, passages[1], page(20))
    lines = text.splitlines()
    assert lines[:2] == ["   The title · By A", "   · May 1"]
    assert [part.strip() for part in lines[2:4]] == ["corpus/a.txt:2 ·", "paragraph 2 of 4"]
    assert lines[5:] == [
        "   Part A", "", "   One.", "", " > Two that is", " > marked.", "", "   Three.", "",
        "   Part B", "", "   Four.",
    ]  # fmt: skip
    assert lines[line] == " > Two that is"


def test_a_hit_that_does_not_match_is_marked_in_words() -> None:
    *_, place = render(make_ranking(make_hit(matches=False)), page()).splitlines()
    assert place == "   corpus/a.txt:7 · paragraph 2 · 0.50 · no better than chance"


@pytest.mark.parametrize("width", [None, 20, 40, 80])
def test_that_others_were_left_out_is_said_below(width: int | None) -> None:
    left_out = replace(make_ranking(make_hit()), left_out=1)
    text = nothing_else(left_out, page(width, styled=True))
    assert " ".join(re.sub(r"\x1b\[\d+m", "", text).split()) == (
        "No other passage is better than chance; --all shows the nearest."
    )
    assert text.startswith("\n\x1b[2mNo other")
    plain = nothing_else(left_out, page(width)).splitlines()
    assert width is None or max(map(len, plain)) <= width
    assert nothing_else(make_ranking(make_hit()), page(width)) == ""


def test_no_match_is_one_line_where_there_is_room() -> None:
    ranking = make_ranking(p_chance=0.31)
    line = no_match(ranking, page(None))
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert "31%" in line
    narrow = no_match(ranking, page(40))
    assert narrow.split() == line.split()
    assert max(map(len, narrow.splitlines())) <= 40


@pytest.mark.parametrize(
    ("p_chance", "said"),
    [
        (0.051, "Nothing here is about that: an"),
        (0.05, "Nothing here matches as well as --p wants: an"),
    ],
)
def test_a_match_that_a_small_chance_refuses_is_not_called_nothing(
    p_chance: float, said: str
) -> None:
    assert no_match(make_ranking(p_chance=p_chance), page(None)).startswith(said)
