"""Documents to passages: paragraphs, heads, headings, pull quotes, sentences, the token limit."""

import textwrap
from collections.abc import Callable
from itertools import pairwise

import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_index import split_document

from index.document import Document
from index.splitting import markdown
from index.splitting import sentences as sentences_module
from index.splitting.passages import Article
from index.splitting.sentences import find_sentences
from index.splitting.token_limit import split_to_fit

WORDS = [
    "river",
    "stone",
    "harbour",
    "carried",
    "silence",
    "government",
    "yesterday",
    "ministers",
    "announced",
    "rain",
    "over",
    "northern",
    "valleys",
    "until",
    "evening",
    "bridge",
    "letter",
    "without",
    "answer",
    "seven",
    "horses",
    "and",
    "their",
    "riders",
    "waited",
    "near",
    "old",
    "gates",
    "while",
    "nobody",
    "spoke",
    "about",
    "weather",
    "or",
    "money",
]


def split(text: str, *, name: str = "a.txt", limit: int = 1000) -> Article:
    return split_document(Document(name, text, "", 0), FakeEncoder(limit))


def texts(text: str, *, name: str = "a.txt", limit: int = 1000) -> list[str]:
    return [plain(passage.text) for passage in split(text, name=name, limit=limit).passages]


def plain(text: str) -> str:
    return " ".join(text.split())


def head(article: Article) -> tuple[str, str, str, str]:
    return article.head.title, article.head.subtitle, article.head.byline, article.head.date


def left_out(text: str, *, name: str = "a.txt") -> list[tuple[str, str]]:
    return [(text[o.start : o.end], o.reason) for o in split(text, name=name).left_out]


def check(document: Document, limit: int) -> Article:
    """Assert what holds for every document."""
    encoder = FakeEncoder(limit)
    article = split_document(document, encoder)
    text = document.text
    for number, passage in enumerate(article.passages, start=1):
        assert passage.number == number
        pieces = passage.pieces_of(passage.start, passage.end)
        assert "".join(text[a:b] for a, b in pieces) == passage.text == passage.text.strip() != ""
        assert encoder.count_tokens(passage.reading) <= limit
        before = text[: passage.start].replace("\r\n", "\n").replace("\r", "\n")
        assert passage.line == before.count("\n") + 1
        inside = [(s.start, s.end) for s in passage.sentences]
        assert inside == sorted(inside)
        assert inside[0][0] == passage.start
        assert inside[-1][1] == passage.end
        assert all(a[1] <= b[0] for a, b in pairwise(inside))
        for (_, end), (start, _) in pairwise(inside):
            assert not passage.text_of(end, start).strip()
        for start, end in inside:
            own = passage.text_of(start, end)
            assert own == own.strip() != ""
    check_nothing_is_lost(article, text)
    return article


def check_nothing_is_lost(article: Article, text: str) -> None:
    """Assert that each character of a word is in one passage, in the head or in one omission."""
    times = bytearray(len(text))
    for start, end in [
        *(piece for p in article.passages for piece in p.pieces_of(p.start, p.end)),
        *((omission.start, omission.end) for omission in article.left_out),
    ]:
        times[start:end] = bytes(count + 1 for count in times[start:end])
    assert max(times, default=0) <= 1
    for span in article.head.spans:  # front matter is a passage too
        times[span.start : span.end] = b"\1" * (span.end - span.start)
    assert all(count or not char.isalnum() for count, char in zip(times, text, strict=True))


# The same article, however it is typed


def sentence_of(words: list[str], end: str) -> str:
    return " ".join(words).capitalize() + end


sentences = st.builds(
    sentence_of, st.lists(st.sampled_from(WORDS), min_size=6, max_size=24), st.sampled_from(".?!")
)
paragraphs = st.lists(sentences, min_size=2, max_size=6).map(" ".join)
articles = st.tuples(
    st.sampled_from(["", "The River and the Bridge"]),
    st.sampled_from(["", "By Jo Field"]),
    st.sampled_from(["", "12 March 2021"]),
    st.lists(paragraphs, min_size=3, max_size=8, unique=True),
)


def wrapped(width: int, indent: str = "") -> Callable[[list[str]], str]:
    def write(blocks: list[str]) -> str:
        lines = (
            textwrap.fill(block, width, initial_indent=indent, break_on_hyphens=False)
            for block in blocks
        )
        return ("\n" if indent else "\n\n").join(lines)

    return write


VARIANTS: dict[str, Callable[[list[str]], str]] = {
    "a paragraph per line": "\n".join,
    "Windows line ends": "\r\n\r\n".join,
    "old Macintosh line ends": "\r\r".join,
    "hard-wrapped at 72": wrapped(72),
    "hard-wrapped at 40": wrapped(40),
    "hard-wrapped, Windows": lambda blocks: wrapped(72)(blocks).replace("\n", "\r\n"),
    "indented first lines": wrapped(72, indent="    "),
    "blank lines that are not empty": "\n \t\n".join,
    "many blank lines": "\n\n\n\n\n".join,
}


@pytest.mark.slow
# Indents without blank lines are told from wraps by their habits, of which a few lines have none.
@pytest.mark.parametrize("variant", [name for name in VARIANTS if "indented" not in name])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(article=articles)
def test_the_same_article_gives_the_same_passages(
    variant: str, article: tuple[str, str, str, list[str]]
) -> None:
    title, byline, date, body = article
    blocks = [block for block in (title, byline, date) if block] + body
    expected = split("\n\n".join(blocks), limit=60)
    found = split(VARIANTS[variant](blocks), limit=60)
    assert head(expected) == (title, "", byline, date)
    assert head(found) == head(expected)
    assert [plain(p.text) for p in found.passages] == [plain(p.text) for p in expected.passages]
    assert [len(p.sentences) for p in found.passages] == (
        [len(p.sentences) for p in expected.passages]
    )


@given(
    st.text(
        st.sampled_from("aB1 .,:!?“”\"'-–—*_#>|`~<>[]()\n\n\n\r\t\0é漢。ا😀\u0301\u2028\xa0\x85\f"),
        max_size=200,
    ),
    st.sampled_from(["a.txt", "a.md"]),
    st.integers(1, 8),
)
@settings(max_examples=400, deadline=None)
def test_nothing_is_lost_and_nothing_overlaps(text: str, name: str, limit: int) -> None:
    check(Document(name, text, "", 0), limit)


@pytest.mark.slow
@given(st.lists(paragraphs, max_size=5), st.integers(3, 40), st.sampled_from(["a.txt", "a.md"]))
@settings(max_examples=100, deadline=None)
def test_every_passage_of_prose_fits(blocks: list[str], limit: int, name: str) -> None:
    check(Document(name, "\n\n".join(blocks), "", 0), limit)


# Paragraphs


def test_documents_without_words_have_no_passages() -> None:
    for text in ["", " \n\t\r\n ", "***\n\n----", "\0", "\ufeff"]:
        assert split(text).passages == ()


def test_a_passage_knows_its_place() -> None:
    passage = split("\n\r\n  One two three.\r\rFour five six.", name="sub/a.txt").passages[1]
    assert passage.passage_id == "sub/a.txt#2"
    assert (passage.line, passage.start, passage.end) == (5, 21, 35)


def test_lines_that_end_as_sentences_are_paragraphs() -> None:
    assert texts("It rained.\nIt stopped.\nWe went home.") == [
        "It rained.",
        "It stopped.",
        "We went home.",
    ]


@pytest.mark.parametrize(
    "block",
    [
        "The boats are sleeping, side by side,\nTheir ropes pulled taut against the tide,\n"
        "And someone on the farther shore\nIs calling out a name once more",
        "No answer comes. The water keeps\nIts own account of all it sleeps\n"
        "Beneath, and what the morning brings\nIs gulls, and salt, and common things.",
        "The boats are sleeping, side by side,\nTheir ropes pulled taut against the tide.\n"
        "And someone on the farther shore\nIs calling out a name once more",
        "- tent\n- two sleeping bags\n- stove, with gas\n- map of the valleys",
    ],
)
def test_verse_and_lists_are_one_passage_with_a_sentence_a_line(block: str) -> None:
    text = f"It began with a letter. It always does.\n\n{block}\n\nIt ended there."
    passages = split(text).passages
    assert [p.text for p in passages][1:] == [block, "It ended there."]
    assert len(passages[1].sentences) >= 4


def test_a_line_of_stars_ends_a_paragraph() -> None:
    first, rest = "They went on. They went to the", "river and stayed there, all night long."
    assert texts(f"{first}\n\n{rest}") == [f"{first} {rest}"]
    assert texts(f"{first}\n\n* * *\n\n{rest}") == [first, rest]
    assert texts(f"{first}\n\n---\n\n{rest}", name="a.md") == [first, rest]


def test_quoted_lines_of_a_message_do_not_run_into_its_own() -> None:
    text = (
        "The second pump can be serviced on Thursday, provided that the\n"
        "spare seal arrives by then. I have asked the supplier twice and\n"
        "will ask again tomorrow, and on Friday too if it is of any use.\n"
        "> Could we move the service of the second pump to Thursday? The\n"
        "> first one will still be running, so that there is no risk at\n"
        "> all.\n"
        "The key is with Dana, who is in the office until five, and who\n"
        "has been told."
    )
    assert [passage.line for passage in split(text).passages] == [1, 4, 7]


# Broken paragraphs

WHOLE = "The bridge was closed in March. Nobody said why it had to be closed at all."
LAST = "It was opened again in June. There were speeches, and a band played."


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("The purpose was the same: to win with a strengthened diplomatic", "position in it."),
        ("Nobody was sure of it. They would not continue the war on the", "Korean peninsula."),
        ("They came from the north, the west,", "Oldtown and the hills beyond it."),
        ("They came to the harbour and asked for the captain of the Maria", "Teresa, in vain."),
        ("They came late. They asked for President", "Putin and went away when it was dark."),
    ],
)
def test_a_paragraph_broken_in_mid_sentence_is_whole_again(first: str, rest: str) -> None:
    if "Maria" in first:
        first += ", which had sailed from Oldtown in the spring of that year under Captain Jorge"
    assert texts(f"{WHOLE}\n\n{first}\n\n{rest}\n\n{LAST}") == [
        WHOLE,
        f"{first} {rest}",
        f"{LAST}",
    ]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("The gate was repaired. “Nobody may pass here!”", "said the captain, and left."),
        ("The gate was repaired. 门修好了。", "and that was all there was."),
        ("The gate was repaired.[12]", "iPhones were forbidden there."),
        (
            "They came. The gate was repaired in the",
            "- first item of a list, with many words in it.",
        ),
    ],
)
def test_a_paragraph_that_is_whole_is_let_be(first: str, rest: str) -> None:
    assert texts(f"{WHOLE}\n\n{first}\n\n{rest}\n\n{LAST}")[1:3] == [first, rest]


def test_messages_without_their_last_full_stop_are_joined_only_in_mid_sentence() -> None:
    blocks = [f"I was there. It rained a lot that day. We left at {hour}" for hour in range(1, 9)]
    assert texts("\n\n".join(blocks)) == blocks
    blocks[3:4] = ["We waited there. Nobody came to meet", "us at the gate"]
    assert texts("\n\n".join(blocks))[3] == " ".join(blocks[3:5])


def test_files_that_do_not_end_their_sentences_are_not_joined() -> None:
    blocks = [
        "so what happened then is that we went down to the river and the water was already over "
        f"the second step and nobody had told us anything about it {number}"
        for number in range(4)
    ]
    assert texts("\n\n".join(blocks)) == blocks


# Heads


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["A Title"], ("A Title", "", "", "")),
        (["A Title", "A Subtitle"], ("A Title", "A Subtitle", "", "")),
        (["By Jo Field", "A Title"], ("A Title", "", "By Jo Field", "")),
        (
            ["March 3, 2020", "A Title", "By JO FIELD and Ada van Dyk", "What It Says"],
            ("A Title", "What It Says", "By JO FIELD and Ada van Dyk", "March 3, 2020"),
        ),
        (["Is This the End?", "By Jo Field"], ("Is This the End?", "", "By Jo Field", "")),
    ],
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_the_head_of_a_file(
    lines: list[str], expected: tuple[str, str, str, str], between: str
) -> None:
    body = "It had rained for weeks, and the river stood so high that nobody crossed it. " * 2
    article = split(between.join([*lines, body]))
    assert head(article) == expected
    assert plain(article.passages[-1].text).endswith(plain(body))


def test_a_third_short_line_is_the_first_heading() -> None:
    article = split(f"The Lakes\n\nA Year of Drought\n\nIntroduction\n\n{BODY} {WHOLE}")
    assert head(article) == ("The Lakes", "A Year of Drought", "", "")
    assert plain(article.passages[0].text) == f"Introduction {BODY} {WHOLE}"


def test_a_title_begins_with_a_capital_or_a_script_without_them() -> None:
    body = "It had rained for weeks."
    assert split(f"Title\n\nlower case goes on\n\n{body}").head.subtitle == ""
    assert split(f"江边的小城\n\n{body}").head.title == "江边的小城"


@pytest.mark.parametrize(
    "date",
    [
        "November 10, 2023",
        "Nov. 10, 2023",
        "10 November 2023",
        "10th of November, 2023",
        "Friday, November 10, 2023",
        "Published: 10 Nov 2023, 10:45 GMT",
        "November 2023",
        "2023-11-10",
        "2023-11-10T10:45:00Z",
        "10.11.2023",
        "11/10/23",
        "2023年11月10日",
    ],
)
def test_dates(date: str) -> None:
    assert head(split(f"{date}\n\nIt had rained for weeks.")) == ("", "", "", date)


@pytest.mark.parametrize(
    ("line", "byline", "date"),
    [
        ("By Jo Field on March 4, 2021", "By Jo Field", "March 4, 2021"),
        ("By Jo Field | 4 March 2021", "By Jo Field", "4 March 2021"),
        ("By Jo Field, Thursday, March 4, 2021", "By Jo Field", "Thursday, March 4, 2021"),
        ("By Jo Field and Al von Berg – 2021-03-04", "By Jo Field and Al von Berg", "2021-03-04"),
        ("Posted on March 4, 2021 by Jo Field", "by Jo Field", "Posted on March 4, 2021"),
        ("March 4, 2021 · By Jo Field", "By Jo Field", "March 4, 2021"),
    ],
)
def test_a_byline_and_a_date_on_one_line(line: str, byline: str, date: str) -> None:
    expected = ("Rain", "", byline, date)
    article = check(Document("a.txt", f"Rain\n\n{line}\n\n{BODY}", "", 0), 1000)
    assert head(article) == expected
    assert head(split(f"# Rain\n\n*{line}*\n\n{BODY}", name="a.md")) == expected


@pytest.mark.parametrize("space", ["\n\n", "\r\r\n"])
def test_the_first_line_of_a_text_with_a_blank_one_after_each_is_no_title(space: str) -> None:
    text = f"The bridge was closed in the winter of that year until the ice was gone. {BODY}"
    article = check(Document("a.txt", space.join(textwrap.wrap(text, 60)), "", 0), 1000)
    assert head(article) == ("", "", "", "")
    assert [plain(passage.text) for passage in article.passages] == [text]


def test_a_text_under_a_title_may_begin_with_a_small_letter_and_a_capital() -> None:
    title = "The price of the cheapest phone was raised"
    article = check(Document("a.txt", f"{title}\n\niPhone buyers pay more. {BODY}", "", 0), 1000)
    assert head(article) == (title, "", "", "")


def test_a_line_of_signs_is_no_heading() -> None:
    drawn = "  +------+------+\n  | Boat | Crew |\n  +------+------+"
    text = f"Rain\n\n{BODY}\n\n{drawn}\n\n{BODY}"
    assert [passage.path for passage in check(Document("a.txt", text, ""), 1000).passages] == [
        (),
        (),
        (),
    ]


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["那年冬天港口结了冰，直到三月才有船出海。", "渔民们在棚子里修补渔网，互相讲述冬天。"],
        ["その年の冬、港は凍りつき、三月まで船は出なかった。", "漁師たちは小屋で網を繕った。"],
    ],
)
def test_a_sentence_in_a_script_without_spaces_stands_alone(paragraphs: list[str]) -> None:
    assert texts("\n\n".join(paragraphs)) == paragraphs


@pytest.mark.parametrize("code", ["import X from 'y'", "export const a = 1"])
def test_code_beside_markup_that_is_left_out_is_no_text(code: str) -> None:
    text = f"# Rain\n\n<table><tr><td>Hi there</td></tr></table>\n\n{code}\n\n{BODY}"
    article = check(Document("a.mdx", text, "", 0), 1000)
    assert [passage.reading for passage in article.passages] == [f"Hi there {BODY}"]


def test_codes_for_a_terminal_are_no_text() -> None:
    wet, quay = "\x1b[31mwet\x1b[0m", "\x1b]8;;x:y\x1b\\quay\x1b]8;;\x07"
    text = f"\x1b[1mRain\x1b[0m\n\n{BODY} It is {wet} at the {quay}.\n"
    article = check(Document("a.txt", text, "", 0), 1000)
    assert article.head.title == "Rain"
    assert [passage.reading for passage in article.passages] == [f"{BODY} It is wet at the quay."]


@pytest.mark.parametrize(
    "line",
    [
        "By the end of May it was over.",
        "By the river, on March 4, 2021",
        "By then the war had ended",
        "May 10 was a warm day in 2023.",
        "It rained in November 2023.",
    ],
)
def test_sentences_are_no_bylines_and_no_dates(line: str) -> None:
    article = split(f"{line}\n\nIt had rained for weeks.")
    assert (article.head.byline, article.head.date) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "One Line Only",
        "By Jo Field\n\n1 May 2020",
        "Tea\n\nCoffee\n\nMilk",
        "John Smith\n12 High Street\nOldtown\nNorthshire\n\nI write about the bridge, Sir.",
        "Roses are red\nViolets are blue.",
    ],
)
def test_a_head_never_swallows_the_body(text: str) -> None:
    article = split(text)
    assert head(article) == ("", "", "", "")
    assert plain(" ".join(p.text for p in article.passages)) == plain(text)


# Headings

BODY = "The upper lake lost three metres in the summer. We closed the eastern sluice in June."


def test_a_heading_opens_the_paragraph_after_it() -> None:
    text = f"{WHOLE}\n\nUpper lake\n\n{BODY}"
    passage = split(text).passages[1]
    assert passage.text == f"Upper lake\n\n{BODY}"
    assert text[passage.sentences[0].start : passage.sentences[0].end] == "Upper lake"
    assert len(passage.sentences) == 3


def test_up_to_three_headings_are_headings_and_more_are_not() -> None:
    three = "Part I\n\n1. Water\n\n1.1 Lakes"
    assert texts(f"{WHOLE}\n\n{three}\n\n{BODY}")[1:] == [plain(f"{three} {BODY}")]
    four = ["Tea", "Coffee", "Milk", "Honey"]
    assert texts("\n\n".join([WHOLE, *four, BODY])) == [WHOLE, "Tea Coffee Milk Honey", BODY]


def test_a_bare_question_opens_its_answer() -> None:
    assert texts(f"{WHOLE}\n\nIs the dam safe?\n\n{BODY}")[1] == f"Is the dam safe? {BODY}"
    quoted = "“Is the dam safe?”"
    assert texts(f"{WHOLE}\n\n{quoted}\n\n{BODY}")[1:] == [quoted, BODY]


def test_last_words_are_a_passage() -> None:
    assert texts(f"{WHOLE}\n\nBest regards\nAda") == [WHOLE, "Best regards Ada"]


# Pull quotes

QUOTED = "Rain fell. The truth is secondary to the Kremlin’s fictions. Those who knew were silent."


def section(*paragraphs: str) -> str:
    """Paragraphs of an article among long ones, as a magazine has them."""
    prose = "It rained all over the northern valleys until evening. Nobody spoke. " * 5
    return "\n\n".join([*paragraphs, prose.strip()])


@pytest.mark.parametrize(
    "quote",
    [
        "The truth is secondary to the Kremlin’s fictions.",
        "“The TRUTH is secondary to the Kremlin's fictions.”",
    ],
)
def test_a_pull_quote_is_indexed_and_shown_under_what_it_repeats(quote: str) -> None:
    long = f"{QUOTED} {'It rained on and on over the old harbour. ' * 5}".strip()
    article = split(section(WHOLE, long, quote))
    assert article.passages[2].text == quote
    assert article.shown_under == {3: 2}


@pytest.mark.parametrize(
    ("before", "quote"),
    [
        (QUOTED, "The motion was carried unanimously."),  # not there
        (QUOTED, "The truth is secondary to the Kremlin’s fictions."),  # no long paragraph
        (
            f"The motion was carried unanimously. {QUOTED * 5}",
            "The motion was carried unanimously.",
        ),
        (f"{QUOTED * 5}", "Those who knew were silent."),  # says not who
    ],
)
def test_in_doubt_a_repetition_is_not_folded(before: str, quote: str) -> None:
    article = split(section(before, quote))
    assert quote in [passage.text for passage in article.passages]
    assert article.shown_under == {}


def test_nothing_is_folded_across_a_heading_or_among_motions() -> None:
    quote = "The truth is secondary to the Kremlin’s fictions."
    long = f"{QUOTED} {'It rained on and on over the old harbour. ' * 5}".strip()
    assert split(section(long, "Another section", WHOLE, quote)).shown_under == {}
    assert split(section(long, "Mr Boyd proposed it.", quote)).shown_under == {}
    assert split("\n\n".join([long, quote, "It was lost."])).shown_under == {}


# Markdown

MARKDOWN = """\
---
title: "On Clocks"
author: Jo Field
date: 2021-05-06
tags: [a, b]
---

# On Clocks

[![build](https://img.example/x.svg)](https://ci.example/x)

Waterclock keeps time by counting drops. It is accurate to a minute a
day, and needs *no* electricity.

## Install

```sh
pip install waterclock

waterclock --fill 3
```

## Features

- counts drops
- rings a bell
  - on the hour
- never needs winding

1. First, fill the vessel.

   Use rain water.

2. Then open the valve.

| size | drops |
|------|-------|
| small | 100 |

> Time is what a clock measures,
> or so they say.

<!-- TODO: photo -->

[docs]: https://docs.example/x

Licence
-------

**Terms**

See the docs.
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_markdown(line_end: str) -> None:
    text = MARKDOWN.replace("\n", line_end)
    article = check(Document("README.MD", text, "", 0), 1000)
    assert head(article) == ("On Clocks", "", "Jo Field", "2021-05-06")
    assert [plain(passage.text) for passage in article.passages] == [
        'title: "On Clocks" author: Jo Field date: 2021-05-06 tags: [a, b]',
        "[![build](https://img.example/x.svg)](https://ci.example/x) Waterclock keeps time by "
        "counting drops. It is accurate to a minute a day, and needs *no* electricity.",
        "## Install ```sh pip install waterclock waterclock --fill 3 ```",
        "## Features - counts drops - rings a bell - on the hour - never needs winding "
        "1. First, fill the vessel. Use rain water. 2. Then open the valve.",
        "| size | drops | |------|-------| | small | 100 |",
        "Time is what a clock measures, > or so they say.",
        "Licence ------- **Terms** See the docs.",
    ]
    assert [len(passage.sentences) for passage in article.passages] == [4, 3, 3, 8, 2, 1, 3]
    assert [passage.reading for passage in article.passages][1:] == [
        "build Waterclock keeps time by counting drops. It is accurate to a minute a day, and "
        "needs no electricity.",
        "Install pip install waterclock waterclock --fill 3",
        "Features - counts drops - rings a bell - on the hour - never needs winding 1. First, fill "
        "the vessel. Use rain water. 2. Then open the valve.",
        "size drops small 100",
        "Time is what a clock measures, or so they say.",
        "Licence Terms See the docs.",
    ]
    assert [passage.path for passage in article.passages][-1] == ("Licence", "Terms")
    assert [span.name for span in article.head.spans] == ["front matter", "title"]
    assert {omission.reason for omission in article.left_out} == {"markup", "link definition"}


def test_markdown_keeps_the_rules_for_broken_paragraphs() -> None:
    text = (
        "# Title\n\nBy Jo Field\n\nRain fell. They would not continue the war on the\n\n"
        "Korean peninsula, and said so to all.\n\nThey would not continue the war\n\nThe end."
    )
    article = split(text, name="a.md")
    assert head(article) == ("Title", "", "By Jo Field", "")
    assert [plain(p.text) for p in article.passages] == [
        "Rain fell. They would not continue the war on the Korean peninsula, and said so to all.",
        "They would not continue the war",
        "The end.",
    ]


def test_markdown_lines_are_one_paragraph_unless_very_long() -> None:
    assert texts("One sentence here.\nAnother one here.", name="a.md") == [
        "One sentence here. Another one here."
    ]
    long = ["It rained and rained. " * 12, "It stopped at last, we think. " * 12]
    assert texts("\n".join(long), name="a.md") == [plain(line) for line in long]


def test_markdown_without_headings_has_the_head_of_a_plain_text() -> None:
    article = split(f"A Title\n\nBy Jo Field\n\n{BODY}", name="a.md")
    assert head(article) == ("A Title", "", "By Jo Field", "")


@pytest.mark.parametrize("text", ["# Deep", ">" * 99 + " Deep", "- " * 99 + "Deep"])
def test_markdown_at_its_edges_loses_nothing(text: str) -> None:
    for document in [text, f"{BODY}\n\n{text}", f"{text}\n\n{BODY}"]:
        article = check(Document("a.md", document, "", 0), 1000)
        assert "Deep" in [article.head.title, *" ".join(p.text for p in article.passages).split()]


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("[Small]{.smallcaps} `code`{.py} ![Cap](a.png){#fig:1 width=50%}.", "Small code Cap."),
        ("Set {1, 2} of {.Site} and {{ page.x }} is {a}.", None),
        ("It rained.\n{: .note }", "It rained."),
        ("[Small][small]{.smallcaps} *rain*{: .wet}.\n\n[small]: x.html", "Small rain."),
        ("It rained.\n{#rain .wet}", "It rained."),
        ("$$ a = b $$ {#eq:rain}", "$$ a = b $$"),
        ("It is {#fff}", None),
        ("It is {.wet}", None),
        ("It is {x=1, y=2}", None),
        ("It is {x=3}", None),
        ("It is {#if it.rains}\nand then {-}", "It is {#if it.rains} and then {-}"),
        (r"It is $\sum_{i=1}^n x$.", r"It is $\sum{i=1}^n x$."),
        ("It is f(x){x=3}.", None),
        ("::: {.warning}\nThin ice.\n:::", "Thin ice."),
        (":::note Thin ice\nIt rained.\n:::", "note Thin ice It rained."),
        ("![[a b.png|300]] and ![[c.png|30x20]].", "a b.png and c.png."),
        ("[[Year|1984]] and ![[n.md|alias]].", "1984 and alias."),
        ("It rained. ^block-id", "It rained."),
        ("It is x ^2000", None),
        ("As 2 ^10\nis more.", "As 2 ^10 is more."),
        ("First line\\\nsecond line.", "First line second line."),
        ("E=mc<sup>2</sup>, 10 m<sup>2</sup>, 3 km<sup>2</sup>.", "E=mc2, 10 m2, 3 km2."),
        ("It rained<sup>2</sup> here.<sup>[3]</sup>", "It rained here."),
    ],
)
def test_marks_of_pandoc_kramdown_and_obsidian_are_no_text(
    inside: str, expected: str | None
) -> None:
    article = split(f"# Rain\n\n{BODY}\n\n{inside}", name="a.md")
    assert article.passages[-1].reading == (inside if expected is None else expected)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("## Ice {#sec:ice .unnumbered}", "Ice"),
        ("## Ice {: #ice } ##", "Ice"),
        ("## Preface {-}", "Preface"),
        ("Ice {#ice}\n---", "Ice"),
        ("## The set {x=1, y=2}", "The set {x=1, y=2}"),
        ("## The set {1, 2}", "The set {1, 2}"),
        (
            "## Use `code`, [a link](https://example.org/x_y) &amp; *more*",
            "Use code, a link & more",
        ),
    ],
)
def test_a_passage_stands_under_its_headings_as_a_reader_sees_them(
    heading: str, expected: str
) -> None:
    text = f"# Rain\n\n{BODY}\n\n{heading}\n\n{BODY}\n\nIt rained again. {LAST}"
    _, first, second = split(text, name="a.md").passages
    assert first.path == second.path == (expected,)
    assert (first.section, second.section) == ("", expected)


@pytest.mark.parametrize(
    "text",
    [
        "# Rain\n\n<p>Hi there</p>\n\n{}",
        "# Rain\n\n<table><tr><td>Hi</td><td>there</td></tr></table>\n\n<!-- c -->\n\n{}",
        "# Rain\n\n<Note>Hi there</Note>\n\n{}",
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.mdx"])
def test_words_before_and_after_tags_that_are_left_out_stay_apart(text: str, name: str) -> None:
    article = check(Document(name, text.format(BODY), "", 0), 1000)
    assert [passage.reading for passage in article.passages] == [f"Hi there {BODY}"]


def test_very_long_markdown_is_read_as_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "_LONGEST_PARSED", 100)
    text = f"{WHOLE}\n\nIt was *very* cold by the river that day. {LAST}"
    assert [passage.markup for passage in split(text, name="a.md").passages] == [(), ()]


# Sentences


def sentences_of(text: str, *breaks: int) -> list[str]:
    return [text[start:end] for start, end in find_sentences(text, 0, len(text), breaks)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith of the U.S. Army left.", "He was 3.5 m tall!", "Really?", "Yes."],
        ["“How is it?” one source told me.", "“It is well. Very well.”", "He left."],
        [
            "“Why does nobody here understand this?” one old sailor in the harbour office told me.",
            "“There is noticeable excitement among the crews: a long voyage. Any wind will do.”",
        ],
        ["He left.", "“Open quote.", "Never closed."],
        ["江水涨了。", "老人回来！", "好吗？"],
        ["هل سيكون السمك كثيرا؟", "نعم."],
        ["😀 One.", "Zoe\u0301 two.", "Й три."],
    ],
)
def test_sentences(expected: list[str]) -> None:
    between = "" if "。" in expected[0] else " "
    assert sentences_of(between.join(expected)) == expected


@pytest.mark.parametrize("space", ["\n", "\r\n", "\u00a0", "\u2028", "\t", "   "])
def test_any_whitespace_is_a_space_to_sentences(space: str) -> None:
    text = f"The{space}first one ended{space}here.{space}Mr.{space}A{space}. went{space}on."
    plain_text = text.replace(space, " ")
    assert [plain(s) for s in sentences_of(text)] == [plain(s) for s in sentences_of(plain_text)]


def test_a_break_ends_a_sentence_and_the_mark_of_an_item_does_not() -> None:
    text = "1. Water\n(b) Lakes and rivers"
    assert sentences_of(text, 9) == ["1. Water", "(b) Lakes and rivers"]


def test_sentences_longer_than_the_window_stay_whole() -> None:
    long = "word " * 2000 + "end."
    assert sentences_of(f"Short one. {long} Short two.") == ["Short one.", long, "Short two."]


def test_sentences_that_end_where_a_window_ends_are_told_apart() -> None:
    sentence = "It was snowing."  # sixteen characters with its space, as many as divide a window
    assert sentences_of(f"{sentence} " * 1000) == [sentence] * 1000


def test_a_panic_of_the_library_costs_one_paragraph_its_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class PanicException(BaseException):
        pass

    def panic(*_: object) -> None:
        raise PanicException

    monkeypatch.setattr(sentences_module, "get_sentence_boundaries", panic)
    assert sentences_of("One. Two.") == ["One. Two."]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sentences_module, "get_sentence_boundaries", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sentences_of("One. Two.")


@given(st.text(st.characters(), max_size=80))
def test_sentences_of_any_text_hold_all_of_it(text: str) -> None:
    spans = find_sentences(text, 0, len(text))
    assert spans == sorted(spans)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


# The token limit


def parts(text: str, limit: int) -> list[str]:
    spans = find_sentences(text, 0, len(text))
    return [text[a:b] for a, b in split_to_fit(text, spans, FakeEncoder(limit))]


def counted(count: int, name: str = "wood") -> str:
    return " ".join([name.capitalize(), *[name] * (count - 2), f"{name}."])


def test_a_paragraph_at_the_limit_is_whole_and_one_over_it_is_split() -> None:
    ten = f"{counted(5)} {counted(5)}"
    assert parts(ten, 10) == [ten]
    assert parts(ten, 9) == [counted(5), counted(5)]


def test_parts_are_as_few_and_as_even_as_can_be() -> None:
    text = " ".join(counted(n) for n in (4, 4, 4, 4, 4))
    assert [len(part.split()) for part in parts(text, 16)] in ([12, 8], [8, 12])
    text = " ".join(counted(n) for n in (9, 2, 2, 9))
    assert [len(part.split()) for part in parts(text, 13)] == [11, 11]


def smallest_heaviest(weights: list[int], count: int) -> int:
    """The heaviest part's weight in the best way to cut `weights` into `count` parts."""
    if count == 1:
        return sum(weights)
    return min(
        (
            max(sum(weights[:cut]), smallest_heaviest(weights[cut:], count - 1))
            for cut in range(1, len(weights))
        ),
        default=10**9,
    )


@given(st.lists(st.integers(3, 9), min_size=2, max_size=7), st.integers(9, 20))
@settings(deadline=None)
def test_parts_agree_with_trying_all_ways(weights: list[int], limit: int) -> None:
    text = " ".join(counted(weight) for weight in weights)
    found = [len(part.split()) for part in parts(text, limit)]
    fewest = next(n for n in range(1, 8) if smallest_heaviest(weights, n) <= limit)
    assert len(found) == fewest
    assert max(found) == smallest_heaviest(weights, fewest)


def test_a_sentence_over_the_limit_is_cut_at_words() -> None:
    text = "Wood" + " wood" * 24 + "."
    found = parts(text, 10)
    assert sorted(len(part.split()) for part in found) == [7, 9, 9]
    assert " ".join(found) == text


class Letters(FakeEncoder):
    """Each character that is no space is a token."""

    def count_tokens(self, text: str) -> int:
        return len(self.token_offsets(text))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [(i, i + 1) for i, character in enumerate(text) if not character.isspace()]


class Growing(FakeEncoder):
    """A tokenizer whose counts do not add up: a text of more than one word has two tokens more."""

    def count_tokens(self, text: str) -> int:
        words = super().count_tokens(text)
        return words + 2 * (words > 1)


def test_a_word_over_the_limit_is_cut_between_tokens() -> None:
    text = "abcdefghijklmnopqrstuvw"
    spans = split_to_fit(text, [(0, len(text))], Letters(10))
    assert [end - start for start, end in spans] == [8, 8, 7]
    assert "".join(text[a:b] for a, b in spans) == text


def test_counts_that_do_not_add_up_still_fit() -> None:
    text = " ".join(counted(5) for _ in range(9))
    encoder = Growing(12)
    found = split_to_fit(text, find_sentences(text, 0, len(text)), encoder)
    assert all(encoder.count_tokens(text[a:b]) <= 12 for a, b in found)
    assert " ".join(text[a:b] for a, b in found) == text


def test_a_part_is_bounded_in_length_even_where_tokens_are_few() -> None:
    for text in ["a" * 100_000, "a" + " " * 100_000 + "b", "\u200b" * 100_000 + "a"]:
        passages = split(text, limit=64).passages
        assert max(len(passage.text) for passage in passages) <= 64 * 20
    assert len(split("a" * 6000, limit=64).passages) == 5


# Size


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "word " * 40_000,
        "漢字。" * 15_000,
        "“a " * 20_000,
        "a" * 200_000,
        "a a a a a b\n\n" * 10_000,
        "unfinished business of the\n\n" * 10_000,
        "\n" * 200_000,
        ". " * 100_000,
        "a\n" * 50_000,
        "![" * 50_000,
        "\0" * 200_000,
        "a" + " " * 200_000 + "b",
    ],
    ids=[
        "words",
        "cjk",
        "quotes",
        "word",
        "same",
        "broken",
        "lines",
        "dots",
        "short",
        "md",
        "nul",
        "spaces",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_odd_texts_are_split_like_any_other(text: str, name: str) -> None:
    check(Document(name, text, "", 0), 100)


def test_results_do_not_depend_on_what_went_before() -> None:
    first = split(MARKDOWN, name="a.md")
    split(QUOTED)
    assert split(MARKDOWN, name="a.md") == first
