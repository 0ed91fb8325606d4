"""One normaliser for the index, for questions and for quotations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.scoring.lexical import telling_words
from index.words import as_read, index_terms, words_of


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("the eﬃcient oﬃce ﬂoor", "the efficient office floor"),
        ("Søren Kjærgaard of Łódź", "soren kjaergaard of lodz"),
        ("Straße und Þórr", "strasse und thorr"),
        ("naïve façade, re\u0301sume\u0301", "naive facade, résumé"),
        ("im\u00admi\u00adgra\u00adtion of\u200bfice", "immigration office"),
        ("two light-\nhouses, one Octo-\r\n   ber", "two lighthouses one october"),
        ("ＡＢＣ １２３", "abc 123"),
        ("1,250,000 crowns", "1250000 crowns"),
        ("1'250'000 crowns", "1250000 crowns"),
        ("C++ and C# for .NET", "c++ and c# for .net"),
        ("R&D at AT&T", "r&d at at&t"),
        ("用Redis", "用 redis"),
        ("CO₂ and a note²", "co2 and a note"),
    ],
)
def test_what_is_written_in_one_way_is_found_in_another(written: str, asked: str) -> None:
    assert words_of(written) == words_of(asked)


@pytest.mark.parametrize(
    ("written", "terms"),
    [
        ("a well-\nknown man", {"wellknown", "well", "known"}),
        ("48.500 crowns", {"48.500", "48500"}),
        ("12 000 crowns", {"12", "000", "12000"}),
        ("version 2.0.1", {"2.0.1", "2", "0", "1"}),
        ("call softLogout()", {"softlogout", "soft", "logout"}),
        ("We use .NET here", {".net", "net"}),
        ("the XMLParser", {"xmlparser", "xml", "parser"}),
        ("max_file_size", {"max_file_size", "max", "file", "size"}),
        ("AttendanceRepository", {"attendancerepository", "attendance", "repository"}),
        ("the WHO said so", {"who", "=who"}),
        ("部署在node-07上，端口是6379。", {"node", "07", "6379", "部署", "端口"}),
        ("हिन्दी भाषा", {"हिन्दी", "भाषा"}),
    ],
)
def test_both_readings_are_index_terms(written: str, terms: set[str]) -> None:
    assert terms <= set(index_terms(written))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("who is there", ["who", "is", "there"]),
        ("WHO", ["=who"]),
        ("what does the WHO say", ["say", "=who"]),
        ("WHAT DOES THE COUNCIL SAY", ["council", "say"]),
        ("when did Will resign", ["resign", "will"]),
        ("Will the bridge open", ["bridge", "open"]),
        ("What Is The Name Of It", ["name"]),
    ],
)
def test_a_stop_word_that_is_written_as_a_name_counts(question: str, words: list[str]) -> None:
    assert telling_words(question) == words


def test_c_plus_plus_is_not_the_letter() -> None:
    assert not set(telling_words("C++")) & set(index_terms("(c) fails to pay; item C"))


@given(st.text(max_size=80))
def test_the_words_of_a_text_are_terms_of_its_index(text: str) -> None:
    assert set(words_of(text)) <= set(index_terms(text))
    assert all(word and not any(map(str.isspace, word)) for word in index_terms(text))


@given(st.text(max_size=80))
def test_a_text_as_read_is_read_as_itself(text: str) -> None:
    once = as_read(text)
    assert as_read(once) == once
    assert "\n" not in once
