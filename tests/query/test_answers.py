"""Answers held against their sources: marks, quotations, support."""

import json
import math

import pytest
from fake_encoder import FakeEncoder
from fake_hits import hits_of
from seed_index import questions, seed_index

from index.scoring.calibration import Calibration
from query.citing.answers import USUAL_CHANCE_LEVEL, AnswerCheck, chance_level_of, check_answer
from query.hits import Hit
from query.retriever import Retriever

TEXT = (
    "The Kremlin wants a ceasefire on its own terms. It will not say so.\n\n"
    "The old man said: “We can't wait — not now.” Then he left.\n\n"
    "Bread and salt were on the table.\n\n"
    "Nothing to add.\n\n"
    "Winter came early that year.\n"
)


def hits() -> list[Hit]:
    return hits_of(TEXT, 1, 3, 5)


def check(answer: str, given: list[Hit] | None = None, level: float = 0.4) -> AnswerCheck:
    return check_answer(
        answer, hits() if given is None else given, FakeEncoder(dim=4096), chance_level=level
    )


def cited(answer: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(sentence.text, sentence.numbers) for sentence in check(answer).sentences]


def test_a_good_answer() -> None:
    checked = check("The Kremlin wants a ceasefire [1]. Winter came early [3].")
    assert checked.ok
    assert [sentence.nearest for sentence in checked.sentences] == [1, 3]
    assert all(sentence.support and sentence.support > 0.6 for sentence in checked.sentences)
    assert "Nothing found wanting." in str(checked)


def test_marks_that_cite_nothing() -> None:
    checked = check("The Kremlin wants a ceasefire [1][4]. Winter came early [0, 3].")
    assert [mark.number for mark in checked.marks_citing_nothing] == [4, 0]
    mark = checked.marks_citing_nothing[0]
    assert checked.answer[mark.start : mark.end] == "[4]"
    assert not checked.ok
    assert "Marks that cite nothing: [4][0]" in str(checked)


@pytest.mark.parametrize(
    ("mark", "numbers"),
    [
        ("[1]", [1]),
        ("[1, 3]", [1, 3]),
        ("[1-3]", [1, 2, 3]),
        ("[1–2; 5]", [1, 2, 5]),
        ("[ 2 ]", [2]),
        ("【2】", [2]),
        ("[1-9999]", [1, 9999]),
        ("[a]", []),
        ("[12345]", []),
    ],
)
def test_marks_of_all_kinds(mark: str, numbers: list[int]) -> None:
    assert [found.number for found in check(f"Winter {mark}.").marks] == numbers


def test_marks_belong_to_the_sentence_they_end() -> None:
    assert cited(
        "Winter came. [3] Bread and salt were there [2]. [1][3]\nThe rest is said here."
    ) == [
        ("Winter came. [3]", (3,)),
        ("Bread and salt were there [2]. [1][3]", (2, 1, 3)),
        ("The rest is said here.", ()),
    ]


def test_marks_on_a_line_of_their_own_belong_to_what_stands_before() -> None:
    assert cited("Winter came.\n\n[3][1]\n\nBread [2]") == [
        ("Winter came.\n\n[3][1]", (3, 1)),
        ("Bread [2]", (2,)),
    ]
    assert cited("[1]") == cited("…") == []


def test_marks_that_open_a_paragraph_or_an_item_belong_to_it() -> None:
    assert cited("Winter came.\n\n[3] Bread was there.\n- [1] Salt\n- Terms [2]") == [
        ("Winter came.", ()),
        ("[3] Bread was there.", (3,)),
        ("- [1] Salt", (1,)),
        ("- Terms [2]", (2,)),
    ]


@pytest.mark.parametrize("mark", ["[1, 3]", "【1】【3】", "[1][3]", "[1] [3]", "[1], [3]."])
def test_marks_of_all_kinds_belong_to_the_sentence_before(mark: str) -> None:
    sentences = check(f"Winter came. {mark} Bread was there.").sentences
    assert [sentence.numbers for sentence in sentences] == [(1, 3), ()]


def test_a_sentence_about_something_else_has_no_support() -> None:
    checked = check("The Kremlin wants a ceasefire [1]. Penguins swim quickly [1].")
    assert [sentence.text for sentence in checked.unsupported] == ["Penguins swim quickly [1]."]
    assert "  ??" in str(checked)


def test_support_comes_from_the_cited_passage_only() -> None:
    checked = check("Winter came early that year [1].")
    assert len(checked.unsupported) == 1
    assert check("Winter came early that year [3].").ok
    both = check("Winter came early that year [1]. It came early that year [3].")
    assert [sentence.supported for sentence in both.sentences] == [False, True]


def test_a_sentence_without_marks_is_held_against_all_that_is_cited() -> None:
    sentences = check("Winter came early that year. The Kremlin wants terms [1][3].").sentences
    assert [(s.supported, s.nearest) for s in sentences] == [(True, 3), (True, 1)]
    sentences = check("Winter came early that year. The Kremlin wants terms [1].").sentences
    assert [s.supported for s in sentences] == [False, True]


def test_an_answer_that_cites_nothing_has_no_support() -> None:
    checked = check("Winter came early that year.")
    [sentence] = checked.sentences
    assert (sentence.support, sentence.supported) == (None, False)
    assert check("Winter came early that year [1].", given=[]).sentences[0].support is None


def test_the_level_decides() -> None:
    answer = "The Kremlin wants bread, salt and other things [1]."
    assert check(answer, level=0.1).ok
    assert not check(answer, level=0.9).ok


def test_an_empty_answer() -> None:
    checked = check("")
    assert checked.sentences == ()
    assert checked.ok


@pytest.mark.parametrize(
    "quotation",
    [
        "“a ceasefire on its own terms”",
        '"A ceasefire, on its own terms."',
        "«ceasefire … terms»",
        "„wants a ceasefire [...] own terms“",
        "“wants a\n ceasefire”",
        "“own [1] terms”",
        "“wants … a ceasefire … on its own”",
    ],
)
def test_quotations_word_for_word(quotation: str) -> None:
    checked = check(f"The Kremlin wants {quotation} [1].")
    [found] = checked.quotations
    assert found.ok
    assert checked.answer[found.start : found.end] == quotation[1:-1] == found.text


@pytest.mark.parametrize(
    "quotation",
    [
        "“a truce on its own terms”",
        "“cease”",
        "“terms … ceasefire”",
        "“a ceasefire terms”",
        "“Bread and salt”",
        "“wants a ceasefire [...] will not say so”",
    ],
)
def test_quotations_that_are_not_there(quotation: str) -> None:
    [found] = check(f"The Kremlin wants {quotation} [1].").misquotations
    assert found.numbers == (1,)


def test_a_quotation_from_another_passage_says_which() -> None:
    checked = check("It is said that “bread and salt” were there [1]. Bread was there [2].")
    assert checked.misquotations[0].found_in == (2,)
    assert "Not in the passage cited: 'bread and salt'; it stands in [2]" in str(checked)


def test_typographic_signs_do_not_matter_in_quotations() -> None:
    assert check('He said "we can’t wait - not now" [1].', hits_of(TEXT, 2)).quotations[0].ok


def test_a_quotation_of_two_sentences_takes_the_mark_after_it() -> None:
    checked = check(
        'It says: "The Kremlin wants a ceasefire on its own terms. It will not say so." [1]'
    )
    [quotation] = checked.quotations
    assert quotation.numbers == (1,)
    assert quotation.ok


def test_numbers_of_joined_hits_all_stand_for_the_joined_passage() -> None:
    joined = hits_of(TEXT, 1, 4, 2)
    checked = check("He said “we can't wait” [1]. The Kremlin wants terms [3].", joined)
    assert checked.ok


def test_programs_get_everything() -> None:
    checked = check("The Kremlin says “never” [1]. Winter [7].")
    data = json.loads(json.dumps(checked.to_dict()))
    assert data["ok"] is False
    assert data["quotations"][0]["ok"] is False
    assert data["marks_citing_nothing"][0]["number"] == 7
    assert data["sentences"][0]["numbers"] == [1]


def test_the_table_is_safe_to_print() -> None:
    table = str(check("\x1b[31mRed\x1b[0m [1].\n\n\u202eagain [9]"))
    assert table.replace("\n", "").isprintable()
    assert all(len(line) <= 100 for line in table.splitlines())


def test_the_chance_level_does_not_depend_on_the_size_of_the_corpus() -> None:
    unrelated = [0.1 + 0.002 * number for number in range(100)]
    fitted = Calibration.fit(unrelated, 250)
    level = chance_level_of(fitted, 250)
    assert level == pytest.approx(fitted.score_at(0.05) - fitted.scale * math.log(5))
    # The best of 200 times as many passages is higher by as much, for the same sentences.
    higher = Calibration(fitted.location + fitted.scale * math.log(200), fitted.scale)
    assert chance_level_of(higher, 50_000) == pytest.approx(level)
    # Fifty passages are taken as they are found.
    few = Calibration.fit(unrelated, 50)
    assert chance_level_of(few, 50) == pytest.approx(fitted.score_at(0.05))


@pytest.mark.slow
def test_with_the_real_model() -> None:
    with Retriever.open(seed_index()) as retriever:
        found = retriever.retrieve("ceasefire terms", k=4)
        text = "The Kremlin wants a truce that suits it [1]. Cats sleep all day [1]."
        checked = retriever.check_answer(text, found)
    assert checked.chance_level == pytest.approx(USUAL_CHANCE_LEVEL, abs=0.05)
    assert [sentence.supported for sentence in checked.sentences] == [True, False]
    assert len(questions()) >= 100


@pytest.mark.parametrize(
    ("answer", "sentences"),
    [
        ("“Terms.” [2] “But while it does.” [1]", ["“Terms.” [2]", "“But while it does.” [1]"]),
        ('"Terms." [2] "But while." [1]', ['"Terms." [2]', '"But while." [1]']),
        ("(It swims.) [1] (He walks.) [2]", ["(It swims.) [1]", "(He walks.) [2]"]),
        ("*It swims.* [1] *He walks.* [2]", ["*It swims.* [1]", "*He walks.* [2]"]),
    ],
)
def test_marks_end_a_sentence_whatever_stands_around_it(answer: str, sentences: list[str]) -> None:
    check = check_answer(answer, hits(), FakeEncoder())
    assert [sentence.text for sentence in check.sentences] == sentences


def test_blanks_after_a_mark_cost_no_more_than_they_are_long() -> None:
    answer = "He wrote (left.) [1]" + " " * 100_000 + "so."  # which took minutes
    assert len(check_answer(answer, hits(), FakeEncoder()).sentences) == 1
