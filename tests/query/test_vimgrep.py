"""Hits as `path:line:column:text`: what an editor reads into its list of places."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_index import retriever_over

from query.retriever import Retriever
from query.showing.vimgrep import vimgrep_lines

FILES = {
    "a.txt": "Naïve words about rivers. They are few.\n\nThe ferry leaves\nat noon. It is late.\n",
    "b.md": "# Boats\n\nSome boats:\n\n- é **ferry** of wood that is old and slow\n",
    "talk.srt": "1\n00:00:03,000 --> 00:00:05,000\nThe ferry sinks.\n",
}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with retriever_over(tmp_path_factory.mktemp("files"), FILES) as opened:
        yield opened


def places(retriever: Retriever) -> dict[str, tuple[int, int, str]]:
    """Line, column and text of each hit by the name of its file, as the pattern of Vim reads it."""
    ranking = retriever.retrieve("the ferry", k=9)
    printed = vimgrep_lines(ranking, retriever.searcher)
    found = [re.fullmatch(r"(.+?):(\d+):(\d+):(.*)", line) for line in printed.splitlines()]
    assert len(found) == len(ranking)
    return {
        os.path.relpath(match[1], retriever.corpus): (int(match[2]), int(match[3]), match[4])
        for match in reversed(found)
        if match is not None
    }


def test_a_line_for_each_hit_says_where_its_text_begins(retriever: Retriever) -> None:
    assert places(retriever)["a.txt"] == (3, 1, "The ferry leaves at noon. It is late.")


def test_a_source_without_lines_is_told_by_its_place(retriever: Retriever) -> None:
    assert places(retriever)["talk.srt"] == (1, 1, "[0:00:03] The ferry sinks.")


def test_the_column_counts_bytes(tmp_path: Path) -> None:
    long = " ".join(f"Die Fähre {number} fährt über den Fluß." for number in range(40))
    with retriever_over(tmp_path, {"a.txt": f"Kurz.\n\n{long}\n"}) as opened:
        ranking = opened.retrieve("Fähre", k=9)
        printed = vimgrep_lines(ranking, opened.searcher).splitlines()
        data = (tmp_path / "corpus" / "a.txt").read_bytes().split(b"\n")
        assert max(int(line.split(":")[2]) for line in printed) > 1
        for line, hit in zip(printed, ranking, strict=True):
            _, row, column, _ = line.split(":", 3)
            rest = data[int(row) - 1][int(column) - 1 :].decode()
            assert rest.startswith(hit.text)
        # Of a file that has changed nobody knows the column.
        (tmp_path / "corpus" / "a.txt").write_text("Other words.")
        changed = vimgrep_lines(ranking, opened.searcher).splitlines()
        assert {line.split(":")[2] for line in changed} == {"1"}


def test_nothing_of_a_source_acts_or_begins_a_line(tmp_path: Path) -> None:
    text = "The ferry \x1b]8;;http://evil\x07 leaves\u2028at noon.\x0bSo it is."
    with retriever_over(tmp_path, {"a.txt": text}) as opened:
        printed = vimgrep_lines(opened.retrieve("ferry", k=1), opened.searcher)
    assert len(printed.splitlines()) == 1
    assert printed.removesuffix("\n").isprintable()
