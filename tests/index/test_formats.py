"""The formats: each is registered under its suffixes, and keeps the protocol."""

import pytest

from index.document import Document
from index.errors import CorpusError
from index.reading.formats import (
    SUFFIXES,
    TextFormat,
    all_formats,
    format_called,
    format_name,
    format_of,
    is_article,
    reader_of,
    structure_of,
)
from index.types import Reader


def test_every_suffix_leads_to_the_format_that_claims_it() -> None:
    claimed = [suffix for form in all_formats() for suffix in form.suffixes]
    assert sorted(claimed) == sorted(SUFFIXES)
    assert len(set(claimed)) == len(claimed)
    for form in all_formats():
        for suffix in form.suffixes:
            assert suffix == suffix.lower()
            assert format_of(f"folder/A file{suffix.upper()}") is form
            assert is_article(f"a{suffix}")
            assert is_article(f"A{suffix.upper()}")


def test_a_name_without_a_known_suffix_is_plain_text() -> None:
    assert {format_name(name) for name in ("a", "https://e.org/a.md?x", "a.jpg")} == {"plain_text"}
    assert not is_article("a.jpg")


@pytest.mark.parametrize(
    "form",
    [form for form in all_formats() if isinstance(form, TextFormat)],
    ids=lambda form: form.suffixes[0],
)
def test_a_format_of_text_reads_and_splits(form: TextFormat) -> None:
    content = form.read("Café.\n\nA second \ud7ff.".encode() + b"\xff")
    assert (content.text[:5], content.replaced) == ("Café.", 1)
    structure = form.split("A title\n\nThe first paragraph is here. It has an end.\n")
    assert [p.start for p in structure.paragraphs] == sorted(p.start for p in structure.paragraphs)
    assert structure.head.value.title in ("", "A title")
    assert form.split("").paragraphs in ([], ())


def test_a_reader_has_the_version_of_its_format() -> None:
    for form in all_formats():
        name = format_name(f"a{form.suffixes[0]}")
        assert reader_of(name) == Reader(name, form.version)
    with pytest.raises(CorpusError, match="no format is called 'md': give one of plain_text, "):
        format_called("md")


def test_further_fields_of_front_matter_are_kept() -> None:
    text = (
        "---\ntitle: One\ntags: energy\nauthor: Luzin\n---\n\nA paragraph stands here. It ends.\n"
    )
    head = structure_of(Document("a.md", text, "")).head.value
    assert (head.title, head.byline, head.fields) == ("One", "Luzin", {"tags": ("energy",)})
    assert (head.words, head.line) == ("One\nLuzin\nenergy", "One · Luzin")


def test_a_text_whose_markup_cannot_be_read_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, text: str) -> None:
        raise IndexError("a fault of ours")

    monkeypatch.setattr("index.reading.markdown.Markdown.split", fail)
    text = "A paragraph stands here.\n\nAnother stands there."
    found = structure_of(Document("a.md", text, "")).paragraphs
    assert [text[p.start : p.end] for p in found] == text.split("\n\n")
