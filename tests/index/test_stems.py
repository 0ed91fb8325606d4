"""Stems are those under which the word index has a word, and by which passages are counted."""

from collections.abc import Sequence
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
TEXTS = [
    "The army crossed the river. It was cold.",
    "Bread and salt, bread and wine.",
    "Terms of the ceasefire: none.",
    "Another river’s bank holds the bank of the river.",
]


def catalog_of(path: Path, texts: Sequence[str], title: str = "") -> Catalog:
    writer = CatalogWriter(path)
    passages = [
        Passage("a.txt", n, 0, len(text), 1, text, (Sentence(0, len(text)),))
        for n, text in enumerate(texts, start=1)
    ]
    writer.add(DocumentRecord("a.txt", "ab" * 32, Head(title), 9, 0, 0), passages)
    writer.close()
    return Catalog.open(path)


def test_a_word_finds_what_has_its_stem_and_nothing_else(tmp_path: Path) -> None:
    words = words_of(WORDS)
    stems = stems_of(words)
    catalog = catalog_of(tmp_path / "c", words)
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


def test_passages_with_a_word_are_counted(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c", TEXTS)
    for word in ["river", "rivers", "bank", "bread", "the", "nothing", "s"]:
        assert catalog.passages_with(word) == sum(
            stems_of([word])[word] in stems_of(words_of(text)).values() for text in TEXTS
        )
    for word in ["", '"', 'a" OR "b', "NEAR(", "*", "text : river"]:
        assert catalog.passages_with(word) == 0


def test_a_head_is_not_counted(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path / "c", TEXTS[:2], "Ceasefires")
    assert catalog.passages_with("ceasefire") == 0
    assert catalog.passages_with("army") == 1
