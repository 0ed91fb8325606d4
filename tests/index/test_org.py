"""Org: blocks by their lines, the text as it is exported."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markup_texts import article_of, headings, kinds, misplaced, shown

from index.splitting.paragraphs import Kind


def test_head_and_headings() -> None:
    text = (
        "# a comment\n#+TITLE: The harbour\n#+author: Ann Boyd\n#+DATE: 2024-01-02\n"
        "#+FILETAGS: :sea:\n#+STARTUP: overview\n\nIntro.\n\n* TODO One :tag:\nText.\n** Two\n"
        "More.\n*bold* begins.\n"
    )
    article = article_of("a.org", text)
    head = article.head
    assert (head.title, head.byline, head.date) == ("The harbour", "Ann Boyd", "2024-01-02")
    assert head.fields == {"filetags": ("sea",)}
    assert headings("a.org", text) == [(1, "TODO One :tag:"), (2, "Two")]
    assert [passage.path for passage in article.passages] == [
        (),
        ("TODO One :tag:",),
        ("TODO One :tag:", "Two"),
    ]
    assert article.passages[-1].reading == "Two More. bold begins."


@pytest.mark.parametrize(
    ("lines", "tags"),
    [
        ("#+FILETAGS: :sea:old ice:", ("sea", "old ice")),
        ("#+filetags: sea", ("sea",)),
        ("#+FILETAGS: :sea:\n#+FILETAGS: :ice:", ("sea", "ice")),
        ("#+FILETAGS: ::", None),
    ],
)
def test_the_tags_of_a_file_are_a_list(lines: str, tags: tuple[str, ...] | None) -> None:
    assert article_of("a.org", f"{lines}\n\nIntro.\n").head.fields.get("filetags") == tags


def test_the_only_highest_heading_at_the_top_is_the_title() -> None:
    assert article_of("a.org", "* The harbour\nText.\n** One\nMore.\n").head.title == "The harbour"
    assert article_of("a.org", "* One\nText.\n* Two\nMore.\n").head.title == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* /italic/ _under_ =co*d*e= ~code~ +gone+.", "bold italic under co*d*e code gone."),
        ("2*3*4 a/b/c snake_case_name", "2*3*4 a/b/c snake_case_name"),
        ("[[https://e.org][A page]] [[file:b.org]]", "A page file:b.org"),
        ("A note[fn:1] here", "A note[1] here"),
        ("- term :: meaning", "- term: meaning"),
        ("- [X] done", "- [X] done"),
    ],
)
def test_inline_markup_is_not_read(text: str, expected: str) -> None:
    assert shown("a.org", text) == [expected]


def test_blocks_and_drawers() -> None:
    text = (
        "* One\n:PROPERTIES:\n:ID: 12\n:END:\nText\ngoes on.\n# comment\n"
        "#+BEGIN_SRC python :results output\nx *= 2\n\n* not a heading\n#+END_SRC\n"
        "#+begin_quote\nA quotation.\n#+end_quote\n#+begin_comment\nhidden\n#+end_comment\n"
        "#+CAPTION: Of fees\n| Name | Fee |\n|------+-----|\n| Ann | 5 |\n#+TBLFM: $2=1\n"
        ": fixed\n: width\n- item\n  goes on\n- other\n1) first\n-----\n:NOTE:\nno end\n"
        "#+BEGIN_SRC without end\nText.\n"
    )
    assert shown("a.org", text)[1:] == [
        "x *= 2 * not a heading",
        "A quotation.",
        "Of fees",
        "Name Fee Ann 5",
        "fixed width",
        "- item goes on",
        "- other",
        "1) first",
        ":NOTE: no end",
        "Text.",
    ]
    assert shown("a.org", text)[0] == "Text goes on."
    assert [kind is Kind.LINES for kind in kinds("a.org", text)] == [
        *(0, 1, 0, 0, 1, 1),
        *(0, 0, 0, 0, 0),
    ]
    assert misplaced("a.org", text) == []


def test_a_drawer_ends_before_the_next_heading() -> None:
    assert shown("a.org", ":NOTE:\nText.\n* One\nMore.\n:END:\n")[:2] == [":NOTE: Text.", "One"]


def test_an_item_ends_where_the_indent_does() -> None:
    assert shown("a.org", "- item\n  goes on\nText.\n") == ["- item goes on", "Text."]


def test_a_table_has_a_header_if_a_line_is_under_it() -> None:
    rows = "".join(f"| Ann {number} with a long name | 5 |\n" for number in range(200))
    passages = article_of("a.org", f"| Name | Fee |\n|---+---|\n{rows}").passages
    assert {passage.table_header for passage in passages[1:]} == {"Name Fee"}
    assert {passage.table_header for passage in article_of("a.org", rows).passages} == {""}


piece = st.sampled_from(
    [
        *("harbour", "ferry *lamp*", "", "", "* One", "** Two", "#+TITLE: three", "#+x: four"),
        *("#+begin_src c", "#+end_src", "#+BEGIN_QUOTE", "#+end_quote", "#+begin_comment"),
        *("#+end_comment", ":DRAWER:", ":key: five", ":END:", "# six", "- seven", "  eight"),
        *("| a | b |", "|---+---|", ": nine", "-----", "1. ten", "[[a][b]] [fn:1] =c= ~d~ /e/"),
        *("#+caption: eleven", "#+DATE: twelve", "#+end_other", " * thirteen"),
    ]
)


@given(st.lists(piece, max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_is_in_one_place(lines: list[str], end: str) -> None:
    assert misplaced("a.org", end.join(lines)) == []
