"""The text of a passage on screen, and what stands where in it."""

import json

from hypothesis import given
from hypothesis import strategies as st
from markup_texts import article_of

from query.showing.seen_text import seen_text


def test_escapes_and_signs_of_json_are_shown_as_what_they_mean() -> None:
    text = r'{"name": "caf\u00e9", "said": "one\ntwo \"three\"", "of": ["a", "b"]}'
    [passage] = article_of("a.json", text).passages
    assert seen_text(passage).text == 'name: café\nsaid: one\ntwo "three"\nof: a, b'


def test_rows_of_csv_are_lines_of_cells_without_quotation_marks() -> None:
    [passage] = article_of("a.csv", 'what,"how many",open\nlock,"1,250 ""in all""",yes').passages
    seen = seen_text(passage)
    assert seen.text == 'what\thow many\topen\nlock\t1,250 "in all"\tyes'
    assert [seen.text[end] for end in seen.line_ends] == ["\n"]


def test_only_what_a_format_ends_is_the_end_of_a_line() -> None:
    [passage] = article_of("a.json", r'{"said": "one\ntwo", "by": "Ann"}').passages
    seen = seen_text(passage)
    assert [seen.text[end + 1 :] for end in seen.line_ends] == ["by: Ann"]


def test_marks_of_markdown_stay_as_they_are() -> None:
    [passage] = article_of("a.md", "It is **so** and `not` [so](x).").passages
    assert seen_text(passage).text == passage.text
    assert seen_text(passage).place_of(7) == 7
    [passage] = article_of("a.md", "Ann &amp; Bob **went**.").passages
    assert seen_text(passage).text == "Ann & Bob **went**."


words = st.lists(st.sampled_from(["lock", "é", "\n", '"', "ferry"]), min_size=1, max_size=8)


@given(words.map(" ".join))
def test_a_word_is_found_at_its_place(said: str) -> None:
    for passage in article_of("a.json", json.dumps({"key": said, "b": "last"})).passages:
        seen = seen_text(passage)
        for word in ("lock", "ferry", "last"):
            place, at = passage.text.find(word), -1
            if place >= 0:
                at = seen.place_of(place)
                assert seen.text[at : at + len(word)] == word
                assert seen.place_of(place + len(word)) == at + len(word)
        assert seen.place_of(len(passage.text)) == len(seen.text)
