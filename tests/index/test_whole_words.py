"""Where a passage is cut, however little space a text has, no word is cut with it."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from embed import Encoder
from index.build import EncoderSource, build_index
from index.document import Document
from index.reading.document_reader import DocumentReader, SourceFile
from index.reading.formats import structure_of
from index.splitting.passages import split_passages
from index.words import word_boundaries, words_of
from query import Retriever

WORDS = ["harbour", "C#", "R&D", ".NET", "1,250,000", "max_size", "caf\u00e9", "na\u00efve", "C++"]
words = st.lists(
    st.one_of(st.sampled_from(WORDS), st.from_regex("[a-z]{4,9}", fullmatch=True)),
    min_size=30,
    max_size=60,
)


def notebook_of(source: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": source}], "nbformat": 4})


def quoted(words: Sequence[str]) -> list[str]:
    return [f'"{word}"' if "," in word else word for word in words]


SHAPES: dict[str, tuple[str, Callable[[Sequence[str]], str]]] = {
    "row of CSV": (".csv", lambda w: f"{','.join(quoted(w))}\n{','.join(quoted(w[::-1]))}\n"),
    "row of TSV": (".tsv", lambda w: "\t".join(w) + "\n" + "\t".join(w[::-1]) + "\n"),
    "slug in a cell": (".csv", lambda w: f'name,slug\nharbour,"{"-".join(w)}"\n'),
    "array": (".json", lambda w: json.dumps(w, separators=(",", ":"))),
    "object": (".json", lambda w: json.dumps({f"k{w}": w for w in w}, separators=(",", ":"))),
    "lines of JSON": (".jsonl", lambda w: (json.dumps(w, separators=(",", ":")) + "\n") * 2),
    "table": (".md", lambda w: f"|{'|'.join(w)}|\n|{'---|' * len(w)}\n|{'|'.join(w)}|\n"),
    "bold": (".md", lambda w: "/".join(f"**{word}**" for word in w)),
    "path": (".txt", "/".join),
    "code": (".ipynb", lambda w: notebook_of(f"x=[{','.join(map(repr, w))}]")),
}


class Pieces(FakeEncoder):
    """Three letters are a token, and so is each other sign, much as those of a model are."""

    def count_tokens(self, text: str) -> int:
        return len(self.token_offsets(text))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w{1,3}|[^\w\s]", text)]


def words_in_passages(suffix: str, text: str, limit: int) -> list[list[str]]:
    """The words of each passage of a file, of which none is over the limit."""
    with DocumentReader() as reader:
        found = reader.read(SourceFile.of(f"a{suffix}", text.encode()))
    assert isinstance(found, Document)
    encoder = Pieces(limit)
    passages = split_passages(found, structure_of(found), encoder).passages
    assert all(encoder.count_tokens(passage.reading) <= limit for passage in passages)
    return [words_of(passage.reading_of(passage.start, passage.end)) for passage in passages]


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "code"])
@given(words)
@settings(max_examples=30, deadline=None)
def test_no_word_is_cut(shape: str, words: list[str]) -> None:
    suffix, written = SHAPES[shape]
    text = written(words)
    whole = [word for part in words_in_passages(suffix, text, 10**6) for word in part]
    parts = words_in_passages(suffix, text, 40)
    assert shape == "object" or len(parts) > 1
    assert [word for part in parts for word in part] == whole


@given(st.text(st.sampled_from("abC1234 .,'#+&|_-/\né½漢字한ﬁ\u00adकि"), max_size=30))
@settings(max_examples=500, deadline=None)
def test_a_text_cut_at_a_boundary_has_the_same_words(text: str) -> None:
    for places in word_boundaries(text):
        for place in places:
            assert words_of(text[:place]) + words_of(text[place:]) == words_of(text), place


def test_what_keeps_to_the_limit_stays_whole() -> None:
    # The spaces in a cell are worse places than the ends of it, and those than any other sign.
    cells = ["north-harbour", "south-harbour", "east-harbour", "west-harbour"] * 6
    parts = words_in_passages(".txt", "|".join(cells), 40)
    assert all(part[1::2] == ["harbour"] * (len(part) // 2) for part in parts)


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_every_word_is_found(tmp_path: Path, encoder: Encoder, shape: str) -> None:
    syllables = ["bra", "cho", "dil", "fen", "gur", "hap", "jik", "lom", "mez", "quil"]
    made = [f"{a}{b}{c}" for a in syllables for b in syllables for c in ("vox", "zub")]
    suffix, written = SHAPES[shape]
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / f"a{suffix}").write_text(written(made), encoding="utf-8")
    build_index(tmp_path / "corpus", tmp_path / "index", EncoderSource.of(encoder))
    with Retriever.open(tmp_path / "index", encoder=encoder) as retriever:
        lost = [
            word
            for word in made
            if not any(
                word in hit.passage.reading for hit in retriever.retrieve(word, mode="lexical")
            )
        ]
    assert not lost
