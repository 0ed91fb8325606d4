"""A filter means the documents that a person would expect, however the name is typed."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import build, write_corpus

from query import QueryError, Retriever
from query.document_filter import matching_doc_ids, near_names

CAFE = unicodedata.normalize("NFD", "Café.txt")
FILES = {
    CAFE: "The baker sells rye bread.",
    "sub/notes.md": "The relay forwards messages.",
    "sub/deep/more.txt": "More is said here.",
    "my notes [draft]/lease.txt": "The tenant may not sublet.",
    "my notes d/lease.txt": "Another lease stands here.",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CAFE, {CAFE}),
        (unicodedata.normalize("NFC", CAFE), {CAFE}),
        ("./sub/notes.md", {"sub/notes.md"}),
        ("sub", {"sub/notes.md", "sub/deep/more.txt"}),
        ("sub/", {"sub/notes.md", "sub/deep/more.txt"}),
        ("sub/*", {"sub/notes.md", "sub/deep/more.txt"}),
        ("*.md", {"sub/notes.md"}),
        ("docs/sub/notes.md", {"sub/notes.md"}),
        ("docs/sub/notes.md:1", {"sub/notes.md"}),
        ("docs/sub", {"sub/notes.md", "sub/deep/more.txt"}),
        ("docs", set(FILES)),
        (".", set(FILES)),
        ("my notes [draft]", {"my notes [draft]/lease.txt"}),
        ("my notes [draft]/*", {"my notes d/lease.txt"}),
        ("my notes [xyz]/*", set()),
        ("elsewhere/notes.md", set()),
        ("../docs", set()),
    ],
)
def test_a_filter_means_what_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, expected: set[str]
) -> None:
    corpus = write_corpus(tmp_path / "docs", FILES)
    monkeypatch.chdir(tmp_path)
    assert matching_doc_ids(FILES, [text], corpus) == expected
    if text.startswith("docs/"):
        assert matching_doc_ids(FILES, [str(tmp_path / text)], corpus) == expected


def test_brackets_stand_for_themselves_if_they_fit_nothing_as_a_glob() -> None:
    names = ["my notes [draft]/lease.txt", "other/lease.txt"]
    assert matching_doc_ids(names, ["my notes [draft]/*"]) == {names[0]}


def test_several_filters_are_added_up() -> None:
    assert matching_doc_ids(FILES, ["*.md", CAFE]) == {"sub/notes.md", CAFE}


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6), st.data())
def test_every_document_is_found_by_its_own_name(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))
    assert matching_doc_ids(names, [name]) == {name}
    form = unicodedata.normalize("NFC", name)
    assert name in matching_doc_ids(names, [form]) or form in names


def test_an_error_lists_near_names(tmp_path: Path) -> None:
    assert near_names(FILES, ["sub/note.md"])[0] == "sub/notes.md"
    build(write_corpus(tmp_path / "docs", FILES), tmp_path / "i")
    with (
        Retriever.open(tmp_path / "i", encoder=FakeEncoder()) as retriever,
        pytest.raises(QueryError, match=r"no document fits sub/note\.md: .* like sub/notes\.md"),
    ):
        retriever.retrieve("relay", docs="sub/note.md")


@pytest.fixture(scope="module")
def tagged() -> Iterator[Retriever]:
    texts = {
        "a.md": "---\ntags: [Ice, sea]\nauthor: Ada\n---\n\nThe seal sleeps on the ice there.\n",
        "b.md": "---\ntags: ice\nauthor: Jo\n---\n\nThe seal wakes up in the morning.\n",
        "c.txt": "The seal is gone, and nobody knows where.",
    }
    with Retriever.from_texts(texts, encoder=FakeEncoder()) as retriever:
        yield retriever


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"tags": "ICE"}, {"a.md", "b.md"}),
        ({"tags": "sea"}, {"a.md"}),
        ({"Tags": "ice", "byline": "jo"}, {"b.md"}),
        ({"title": "a"}, set()),
    ],
)
def test_values_of_the_head_restrict_the_documents(
    tagged: Retriever, fields: dict[str, str], found: set[str]
) -> None:
    if not found:
        with pytest.raises(
            QueryError, match="no document has a field 'title': their fields are byline"
        ):
            tagged.retrieve("seal", fields=fields)
        return
    assert {hit.passage.doc_id for hit in tagged.retrieve("seal", k=9, fields=fields)} == found


def test_a_field_and_a_document_restrict_together(tagged: Retriever) -> None:
    ranking = tagged.retrieve("seal", k=9, docs="a*", fields={"tags": "ice"})
    assert {hit.passage.doc_id for hit in ranking} == {"a.md"}
    with pytest.raises(QueryError, match=r"among what fits c\.txt, no document has a field 'tags'"):
        tagged.retrieve("seal", docs="c.txt", fields={"tags": "ice"})
