"""Notebooks: Markdown, code and the text that it gave, every word once, each with its cell."""

import json
import os
import re
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import split_document
from told import words

from index.document import Document
from index.reading.content import Content, UnreadableError
from index.reading.notebook import FORMAT
from index.splitting.passages import Article
from query.showing.seen_text import seen_text

DOCUMENTS = Path(
    os.environ.get("PASSAGE_SEARCH_DOCUMENTS", Path(__file__).parents[3] / "shared" / "documents")
)
REAL = DOCUMENTS / "test_notebook.ipynb"


def cell(kind: str, source: object, *outputs: object, **others: object) -> dict[str, object]:
    own = {"outputs": list(outputs), "execution_count": 7} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": source, **own, **others}


def stream(text: object) -> dict[str, object]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def result(**data: object) -> dict[str, object]:
    named = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "execute_result", "data": named, "metadata": {}}


def read(*cells: object, **metadata: object) -> Content:
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
    return FORMAT.read(json.dumps(whole).encode())


def article_of(content: Content) -> Article:
    document = Document("a.ipynb", content.text, "", structure=content.structure)
    return split_document(document, FakeEncoder(1000))


def told(content: Content) -> list[tuple[str, str, str]]:
    """The place of each passage, the headings over it, and what it says."""
    return [
        (str(own.locator), " › ".join(own.path), own.shown_of(own.start, own.end))
        for own in article_of(content).passages
    ]


def test_each_cell_is_cited_by_its_number_and_headings() -> None:
    content = read(
        cell("markdown", ["# Locks\n", "\n", "by Ann Luzin\n"]),
        cell("code", ["import water\n", "\n", "water.level('lock')"], stream(["5.0\n", "rising"])),
        cell("markdown", "## Costs of *2021*\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |"),
        cell("raw", "Raw text\nstays."),
    )
    assert content.structure is not None
    head = content.structure.head.value
    assert (head.title, head.byline) == ("Locks", "by Ann Luzin")
    assert told(content) == [
        ("cell 2", "", "import water\n\nwater.level('lock')\n5.0\nrising"),
        ("cell 3", "Costs of 2021", "Costs of 2021\n\n- one\n- two"),
        ("cell 3", "Costs of 2021", "  a   b  \n\n  c   d  "),
        ("cell 4", "Costs of 2021", "Raw text\nstays."),
    ]
    assert content.notes == ()


def test_the_metadata_may_state_title_and_authors() -> None:
    content = read(
        cell("markdown", "# One"), cell("raw", "x"), title="Two", authors=[{"name": "B"}]
    )
    assert content.structure is not None
    head = content.structure.head.value
    assert (head.title, head.byline) == ("Two", "B")
    assert [said for _, _, said in told(content)] == ["One\n\nx"]


def test_outputs_are_read_as_they_are_seen() -> None:
    content = read(
        cell(
            "code",
            "run()",
            stream("10%\r50%\r100% done\nnext\r\n"),
            result(text_plain="<Figure size 1>", image_png="iVBORw0KGgo="),
            result(text_plain="frame", text_html="<table><tr><td>frame</table>"),
            result(text_plain="Markdown(x)", text_markdown="**said**"),
            result(text_html="<p>only <b>tags</b></p>"),
            {"output_type": "error", "ename": "KeyError", "evalue": "lock", "traceback": []},
            {
                "output_type": "error",
                "ename": "KeyError",
                "evalue": "lock",
                "traceback": ["\x1b[0;31mIn line 5", "\x1b[0mKeyError\x1b[0m: lock"],
            },
            result(application_json={"a": 1}),
        ),
        cell("markdown", "![p](attachment:p.png)", attachments={"p.png": {"image/png": "iVBO"}}),
    )
    assert told(content)[0][2].split("\n") == [
        *("run()", "100% done", "next", "frame", "**said**", "only tags"),
        *("KeyError: lock", "In line 5", "KeyError: lock", "a: 1"),
    ]
    assert content.notes == ("1 picture: only text is read", "1 attachment: only text is read")


def test_long_code_and_what_it_gave_stand_apart() -> None:
    content = read(cell("code", "x = 1\n" * 80, stream("said\n" * 80)))
    found = [said for _, _, said in told(content)]
    assert found == [("x = 1\n" * 80).strip(), ("said\n" * 80).strip()]


def test_an_open_fence_ends_with_its_cell() -> None:
    content = read(cell("markdown", "```\ncode"), cell("markdown", "# After\n\nit."))
    assert told(content)[-1] == ("cell 2", "After", "After\n\nit.")


def test_format_3_is_read() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Locks"},
        {
            "cell_type": "code",
            "input": ["a = 1"],
            "outputs": [
                {"output_type": "pyout", "text": ["one"], "html": "<b>one</b>"},
                {"output_type": "display_data", "png": "iVBO", "text": "<Figure>"},
                {"output_type": "pyerr", "ename": "E", "evalue": "bad", "traceback": []},
            ],
        },
        {"cell_type": "markdown", "source": ["It is so."]},
    ]
    content = FORMAT.read(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}).encode())
    assert told(content) == [("cell 2", "", "a = 1\none\nE: bad"), ("cell 3", "", "It is so.")]
    assert content.structure is not None
    assert content.structure.head.title == "Locks"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "is damaged: it is not JSON"),
        (b"", "is damaged: it is not JSON"),
        (b"[" * 100_000, "is damaged: it is not JSON"),
        (b"[]", "is not a notebook"),
        (b'{"nbformat": 4}', "is not a notebook: it has no cells"),
    ],
)
def test_what_is_no_notebook_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{reason}$"):
        FORMAT.read(data)


@pytest.mark.parametrize("cells", [[None, 5, [], {}], [{"cell_type": "code", "outputs": 7}]])
def test_cells_of_another_shape_say_nothing(cells: list[object]) -> None:
    assert read(*cells).text == ""


@pytest.mark.skipif(not REAL.exists(), reason="a real notebook is not here")
def test_a_real_notebook() -> None:
    content = FORMAT.read(REAL.read_bytes())
    first, *_ = told(content)
    assert first == (
        "cell 1-2",
        "Test Notebook",
        'Test Notebook\n\nprint("markitdown")\nmarkitdown',
    )


phrases = st.lists(
    st.sampled_from(["lock", "naïve", "7", "река", "\ud800", "\x07", "ferry.", "-", "x_y"]),
    max_size=5,
).map(" ".join)
markdown = st.lists(
    st.one_of(
        phrases,
        phrases.map("# {}".format),
        phrases.map("> {}".format),
        phrases.map("- {0}\n- {0}".format),
        phrases.map("```\n{}".format),
        phrases.map("<div>\n{}\n</div>".format),
        phrases.map("**{}** `so`\n\n---".format),
        phrases.map("| a | b |\n|---|---|\n| {} | c |".format),
    ),
    max_size=4,
).map("\n\n".join)
code = st.lists(phrases, max_size=6).map("\n".join)
cells = st.one_of(
    markdown.map(lambda source: (cell("markdown", source), source)),
    st.builds(
        lambda source, printed, given: (
            cell("code", source, stream(printed), result(text_plain=given)),
            f"{source}\n{printed}\n{given}",
        ),
        *(code, code, phrases),
    ),
    code.map(lambda source: (cell("raw", source.splitlines(keepends=True)), source)),
)
"""Cells, each with what it says."""


@settings(max_examples=300, deadline=None)
@given(st.lists(cells, max_size=6))
def test_every_word_is_read_once_and_in_order(found: list[tuple[dict[str, object], str]]) -> None:
    content = read(*(own for own, _ in found))
    said = "\n".join(own for _, own in found).replace("\ud800", "")
    assert words(content.text) == words(said)
    article = article_of(content)
    spans = [
        *(piece for own in article.passages for piece in own.pieces_of(own.start, own.end)),
        *((own.start, own.end) for own in article.left_out),
        *((own.start, own.end) for own in article.head.spans),
    ]
    for word in re.finditer(r"[^\W_]+", content.text):
        assert sum(start <= word.start() and word.end() <= end for start, end in spans) == 1


def test_lines_of_code_are_told_from_wrapped_prose() -> None:
    content = read(cell("code", "import herring\nfor fish in herring:\n    print(fish)"))
    [passage] = article_of(content).passages
    assert len(seen_text(passage).line_ends) == 2


def test_an_output_in_json_is_read_as_keys_and_values() -> None:
    data = {"fish": ["herring", {"salted": True, "of": None}], "\u00e9": 5.5}
    shown = {"application/json": data, "text/plain": "<IPython.core.display.JSON object>"}
    output = {"output_type": "display_data", "data": shown, "metadata": {}}
    [(_, _, said)] = told(read(cell("code", "show()", output)))
    assert said.split("\n") == ["show()", "fish:", "herring", "salted: true", "of: null", "é: 5.5"]
