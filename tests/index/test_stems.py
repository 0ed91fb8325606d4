"""Stems are those under which the word index has a word."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.store.catalog import Catalog
from index.store.catalog_writer import CatalogWriter
from index.store.stems import stems_of
from index.types import DocumentRecord, Head, Passage, Sentence
from index.words import words_of

WORDS = (
    "Losing losers lost, happily happier; attacked attacks; C++ R&D 1,250,000 naïve 中国 Война =who"
)


def test_a_word_finds_what_has_its_stem_and_nothing_else(tmp_path: Path) -> None:
    words = words_of(WORDS)
    stems = stems_of(words)
    writer = CatalogWriter(tmp_path / "c")
    passages = [
        Passage("a.txt", n, 0, len(word), 1, word, (Sentence(0, len(word)),))
        for n, word in enumerate(words, start=1)
    ]
    writer.add(DocumentRecord("a.txt", "ab" * 32, Head(), 9, 0, 0), passages)
    writer.close()
    catalog = Catalog.open(tmp_path / "c")
    for word in words:
        alike = [row for row, other in enumerate(words) if stems[other] == stems[word]]
        assert catalog.rows_with_phrase([word]).tolist() == alike
    assert len(set(stems.values())) < len(words)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=20))
def test_every_word_has_a_stem(words: list[str]) -> None:
    assert list(stems_of(words)) == list(dict.fromkeys(words))


@pytest.mark.parametrize("word", ["", " ", "\ud800", "a\x00b", '"', "*"])
def test_odd_words_are_harmless(word: str) -> None:
    assert stems_of(["bread", word, "losing"])["losing"] == "lose"
