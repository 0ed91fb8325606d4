"""Words of a question that only say where its answer stands, and those that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.stop_words import STOP_WORDS
from index.words import words_of
from query.question import without_boilerplate, without_title

PLAIN = "who crossed the river at night?"


@pytest.mark.parametrize(
    "question",
    [
        "According to the passage, who crossed the river at night?",
        "according to the news article who crossed the river at night?",
        "Who crossed the river at night, according to the author?",
        "Who crossed the river at night according to the authors of this text?",
        "In this article, who crossed the river at night?",
        "Who crossed the river at night in the passage above?",
        "Based on the text you have read, who crossed the river at night?",
        "Using the information given in the document: who crossed the river at night?",
        "Please answer the following question based only on the paragraph: "
        "Who crossed the river at night?",
        "Who, according to the text, crossed the river at night?",
        "Who does the author say crossed the river at night?",
        "What does the article say about who crossed the river at night?",
        "Does the author say who crossed the river at night?",
        "From what the passage says, who crossed the river at night?",
        "As the writer says,  who crossed the river at night?",
        "In the text, what does the author tell us about who crossed the river at night?",
    ],
)
def test_what_says_where_the_answer_stands_is_left_out(question: str) -> None:
    assert without_boilerplate(question).casefold() == PLAIN


@pytest.mark.parametrize(
    "question",
    [
        "What is an article of the constitution?",
        "Who is the author of the report on drones?",
        "According to the treaty, who won?",
        "According to article 5, who decides?",
        "According to the report, who won?",
        "What does the author of the report on drones say about war?",
        "In the article on drones, who won?",
        "In the document that the king signed, what rights are there?",
        "What was found in the document?",
        "How many words are in the document?",
        "Which passage leads to the sea?",
        "When did the author write the book?",
        "What did the author write in prison?",
        "What did the author say in court?",
        "When did the writer report the theft of the horse?",
        "Does the writer believe in God?",
        "Who was influenced by the author?",
        "How long is the passage?",
        "Who wrote the text of the treaty?",
        "  Who wrote\tthe text of  the treaty?\n",
        "reading in the dark",
        "",
        # Nothing would be left of these.
        "What does the article say?",
        "What, according to the text, is it?",
        "According to the passage",
    ],
)
def test_what_a_question_is_about_stays(question: str) -> None:
    assert without_boilerplate(question) == question


@pytest.mark.parametrize(
    "question",
    [
        'Who said "according to the text, it is over"?',
        "Who said “does the author say so”?",
        "«In the passage, who fell?» was said by whom?",
        'Who wrote "it stands, in the article, in full" and "not in the article"?',
    ],
)
def test_quotations_are_not_cut_into(question: str) -> None:
    assert without_boilerplate(question) == question


def test_a_quotation_stays_when_the_rest_is_left_out() -> None:
    question = 'According to the text, who said, "in the passage, we fell", in the article?'
    assert without_boilerplate(question) == 'who said, "in the passage, we fell"?'


PIECES = [
    "according to",
    "in",
    "the",
    "this",
    "passage",
    "article",
    "text",
    "author",
    "says",
    "say",
]
PIECES += ["does", "what", "who", "river", "bank", ",", ":", "?", '"', "about", "that", "as", "of"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=14)
    .map(" ".join)
    .map(lambda text: text.replace(" ,", ","))
)
def test_what_is_left_are_words_of_the_question_in_their_order(question: str) -> None:
    rest = without_boilerplate(question)
    words = iter(words_of(question))
    assert all(word in words for word in words_of(rest))
    if not STOP_WORDS.issuperset(words_of(question)):
        assert not STOP_WORDS.issuperset(words_of(rest))
    for word in ("river", "bank"):
        assert rest.count(word) == question.count(word)


@given(st.text())
def test_a_question_that_names_no_text_stays_as_it_is(question: str) -> None:
    assert without_boilerplate(question) == question


@pytest.mark.parametrize("piece", [" ", "in the text ", "does the author say ", "given ", '"'])
def test_a_long_question_costs_no_more_than_it_is_long(piece: str) -> None:
    question = f"in the text {piece * (100_000 // len(piece))} river bank crossed"
    assert without_boilerplate(question).endswith("river bank crossed")


TITLE = "Winter on the River"


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("In “Winter on the River”, who fell?", "who fell?"),
        ("According to the article 'winter on the river', who fell?", "who fell?"),
        ("Who fell and died in the article titled Winter on the river?", "Who fell and died?"),
        ('What does "Winter on the River" say about tanks?', "tanks?"),
        ("Winter on the River: who fell?", "who fell?"),
        ("Who drowned, Winter on the River", "Who drowned,"),
    ],
)
def test_the_title_is_left_out(question: str, rest: str) -> None:
    assert without_title(question, TITLE) == rest


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Who fell in the winter on a river?", TITLE),  # not word for word
        ("Who fell in midwinter on the river?", TITLE),
        ("Who fell in the winter?", "Winter"),  # one telling word
        ("What is it about?", "What it is about"),
        ("Winter on the River", TITLE),  # nothing is left
        ("What is Winter on the River?", TITLE),
        ("Who fell?", ""),
        (f"Who fell in {'river bank ' * 26}?", "river bank " * 26),  # too long to look for
    ],
)
def test_no_title_is_left_out(question: str, title: str) -> None:
    assert without_title(question, title) is None
