"""reStructuredText: blocks by their lines, the text as it is rendered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markup_texts import article_of, headings, kinds, misplaced, shown

from index.splitting.paragraphs import Kind


def test_levels_are_in_the_order_in_which_their_signs_come() -> None:
    text = (
        "=====\nTitle\n=====\n\nIntro.\n\nOne\n===\nText.\n\nTwo\n~~~\n\nText.\n\n"
        "Three\n=====\n\nText.\n\n----\n\nEnd.\n"
    )
    assert headings("a.rst", text) == [(2, "One"), (3, "Two"), (2, "Three")]
    article = article_of("a.rst", text)
    assert article.head.title == "Title"
    assert [passage.path for passage in article.passages] == [
        (),
        ("One",),
        ("One", "Two"),
        ("Three",),
        ("Three",),
    ]


def test_the_head_is_the_title_and_the_fields_under_it() -> None:
    text = (
        ".. _top:\n\nTitle\n=====\n\n:author: Ann Boyd\n:date: 2024-01-02\n:tags: sea,\n  boats\n"
        ":orphan:\n\nText. :math:`x`\n"
    )
    head = article_of("a.rst", text).head
    assert (head.title, head.byline, head.date) == ("Title", "Ann Boyd", "2024-01-02")
    assert head.fields == {"tags": ("sea, boats",)}
    assert shown("a.rst", text) == ["Text. x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold**, *em*, ``co*d*e``", "bold, em, co*d*e"),
        ("2 * 3 * 4 and **kwargs", "2 * 3 * 4 and **kwargs"),
        ("`A link <https://e.org/a>`_ and `two`__", "A link and two"),
        (":ref:`the page <x>` and :ref:`other`", "the page and other"),
        (":py:func:`~os.path.join` and :class:`!Own`", "join and Own"),
        ("A note [1]_ and [#two]_", "A note [1] and [#two]"),
        (r"An \*escaped\* s\ s", "An *escaped* ss"),
        ("Use the_name and __init__ here", "Use the_name and __init__ here"),
        ("Told by |who| today\n\n.. |who| replace:: Ann", "Told by Ann today"),
        ("See Harbour_ now\n\n.. _Harbour: https://e.org", "See Harbour now"),
        ("Such as::", "Such as:"),
        ("Such as ::", "Such as"),
    ],
)
def test_inline_markup_is_not_read(text: str, expected: str) -> None:
    assert shown("a.rst", text) == [expected]


def test_what_a_directive_shows_is_text() -> None:
    text = (
        ".. note:: Take care\n   of this.\n\n   And of that.\n\n"
        ".. warning::\n\n   Do not.\n\n"
        ".. figure:: a.png\n   :alt: A ship\n\n   The caption.\n\n"
        ".. image:: b.png\n\n"
        ".. versionadded:: 2.0\n   The thing.\n\n"
        ".. py:function:: open(file)\n   :async:\n\n   Opens it.\n\n"
        ".. raw:: html\n\n   <b>raw</b>\n\n"
        ".. [1] A note\n   goes on.\n\n"
        ".. A comment\n\n   with more.\n\n..\n\n   A quotation.\n"
    )
    assert shown("a.rst", text) == [
        "Take care of this.",
        "And of that.",
        "Do not.",
        "The caption.",
        "New in version 2.0 The thing.",
        "open(file)",
        "Opens it.",
        "[1] A note goes on.",
        "A quotation.",
    ]
    assert misplaced("a.rst", text) == []


def test_code_is_lines_as_they_stand() -> None:
    text = (
        "Run this::\n\n    def f(*a):\n        return `a`\n\n    f()\n\nOr:\n\n"
        ".. code-block:: python\n   :linenos:\n\n   import os\n   os\n\n>>> 1 + 1\n2\n\nEnd.\n"
    )
    assert shown("a.rst", text) == [
        "Run this:",
        "def f(*a): return `a` f()",
        "Or:",
        "import os os",
        ">>> 1 + 1 2",
        "End.",
    ]
    assert [kind is Kind.LINES for kind in kinds("a.rst", text)] == [0, 1, 0, 1, 1, 0]


def test_items_terms_and_verses() -> None:
    text = (
        "- one\n  goes on\n- two\n\n  more of two\n\n1. first\n2. second\n\n"
        "A. Smith wrote\nthis.\n\nterm\n    Its meaning\n    is this.\nother\n    Is that.\n\n"
        "| A verse\n| goes on\n\n-a, --all  Everything\n-b         Both\n\n:field: value\n"
    )
    assert shown("a.rst", text) == [
        "- one goes on",
        "- two",
        "more of two",
        "1. first",
        "2. second",
        "A. Smith wrote this.",
        "term Its meaning is this.",
        "other Is that.",
        "A verse goes on",
        "-a, --all Everything",
        "-b Both",
        "field: value",
    ]


def test_tables_are_read_by_row_with_their_header() -> None:
    simple = "=====  ====\nName   Fee\n=====  ====\nAnn    5\nBob    6\n\nEve    7\n=====  ====\n"
    grid = "+------+-----+\n| Name | Fee |\n+======+=====+\n| Ann  | 5   |\n+------+-----+\n"
    for text, expected in [(simple, "Name Fee Ann 5 Bob 6 Eve 7"), (grid, "Name Fee Ann 5")]:
        assert shown("a.rst", text) == [expected]
        assert kinds("a.rst", text) == [Kind.LINES]
        long = text.replace("Ann", "Ann" + " with a long name" * 90)
        headers = {passage.table_header for passage in article_of("a.rst", long).passages[1:]}
        assert headers <= {"Name Fee"}


def test_what_is_left_out_inside_a_section_is_in_no_passage() -> None:
    text = "Fees\n====\n\nOne\n---\n\n.. comment here\n\n.. code:: python\n\n   x = 1\n"
    assert [passage.reading for passage in article_of("a.rst", text).passages] == ["One x = 1"]


piece = st.sampled_from(
    [
        *(
            "harbour",
            "ferry lamp",
            "=====",
            "-----",
            "~~~",
            "",
            "",
            "   seal",
            "      oats",
            "- one",
        ),
        *(
            "* two",
            "1. three",
            "#. four",
            ".. note:: five",
            ".. note::",
            "   :opt: six",
            ".. seven",
        ),
        *(".. _x: eight", ".. |y| replace:: nine", ".. [1] ten", ".. code-block:: c", "::", "a::"),
        *(
            ":field: eleven",
            "| verse",
            "|",
            "+---+---+",
            "| a | b |",
            "+===+===+",
            "=== ===",
            "a   b",
        ),
        *(
            ">>> twelve",
            "..",
            "__ thirteen",
            "term",
            "``lit`` *em* **st** `l <u>`_ x_ |y|",
            "\t tab",
        ),
        *(
            ".. figure:: f.png",
            ".. image:: g.png",
            ".. toctree::",
            "-a  option",
            "A. letter",
            ":a:",
        ),
    ]
)


@given(st.lists(piece, max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_is_in_one_place(lines: list[str], end: str) -> None:
    assert misplaced("a.rst", end.join(lines)) == []


def test_options_that_a_reader_sees_are_text() -> None:
    text = (
        "A paragraph stands here.\n\n.. csv-table:: Prices\n   :widths: 1, 2\n"
        '   :header: "Fruit", "Price"\n\n   "apple", "4"\n'
    )
    article = article_of("a.rst", text)
    said = " ".join(passage.reading for passage in article.passages)
    assert 'Prices "Fruit", "Price" "apple", "4"' in said
    assert "widths" not in said


def test_a_grid_that_ends_the_file_and_a_run_of_spaces_do_no_harm() -> None:
    assert article_of("a.rst", "+---+\n| a |\n+---+").passages[0].reading == "a"
    text = "A word" + " " * 200_000 + "b"  # which took half an hour
    assert len(article_of("a.rst", text).passages) >= 1
