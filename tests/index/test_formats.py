"""The formats: each is registered under its suffixes, and keeps the protocol."""

import pytest

from index.reading.formats import (
    SUFFIXES,
    TextFormat,
    all_formats,
    format_name,
    format_of,
    is_article,
    splitter_id,
    structure_of,
)
from index.types import Document


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
    assert {format_name(name) for name in ("a", "https://e.org/a.md?x", "a.bin")} == {"plain_text"}
    assert not is_article("a.bin")


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


def test_the_version_of_every_format_is_part_of_the_splitter() -> None:
    assert all(form.version in splitter_id() for form in all_formats())


def test_further_fields_of_front_matter_are_kept() -> None:
    text = (
        "---\ntitle: One\ntags: energy\nauthor: Luzin\n---\n\nA paragraph stands here. It ends.\n"
    )
    head = structure_of(Document("a.md", text, "")).head.value
    assert (head.title, head.byline, head.fields) == ("One", "Luzin", {"tags": ("energy",)})
    assert (head.words, head.line) == ("One\nLuzin\nenergy", "One · Luzin")
