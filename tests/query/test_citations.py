"""Citations are proved from the files, and what became of a span is told truly."""

import hashlib
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from fake_hits import hits_of, passages_of
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import CorpusError
from index.words import as_read
from query.citing.citations import Citation, CitationVerification, sha256_of, verify_citations

TEXT = "First paragraph here.\n\nSecond paragraph, with “quotes”.\n\nThird one.\n"


def citations_of(text: str, doc_id: str = "a.txt") -> list[Citation]:
    hits = hits_of(text, *range(1, len(passages_of(text)) + 1), doc_id=doc_id)
    return [Citation.of(hit.rank, hit.document, hit.passage.start, hit.text) for hit in hits]


def verify_one(citation: Citation, folder: Path) -> CitationVerification:
    [verification] = verify_citations([citation], folder)
    return verification


def write(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.txt") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def test_a_citation_holds_what_proves_it() -> None:
    second = citations_of(TEXT)[1]
    assert (second.number, second.doc_id) == (2, "a.txt")
    words = TEXT[second.start : second.end]
    assert words == "Second paragraph, with “quotes”."
    assert second.passage_sha256 == hashlib.sha256(words.encode()).hexdigest()
    assert second.document_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert Citation(**json.loads(json.dumps(second.to_dict()))) == second


def test_unchanged(tmp_path: Path) -> None:
    write(tmp_path, TEXT)
    results = verify_citations(citations_of(TEXT), tmp_path)
    assert [result.ok for result in results] == [True] * 3
    assert [result.reason for result in results] == ["unchanged"] * 3
    assert str(results[0]) == "[1] a.txt 0..21: unchanged"


def test_unchanged_in_a_file_that_changed_elsewhere(tmp_path: Path) -> None:
    write(tmp_path, TEXT + "\nA fourth.\n")
    result = verify_one(citations_of(TEXT)[1], tmp_path)
    assert result.ok
    assert result.reason == "unchanged, though the file has changed elsewhere"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_offsets_are_those_of_the_decoded_text(tmp_path: Path, encoding: str) -> None:
    write(tmp_path, TEXT, encoding)
    assert all(
        result.status == "unchanged" for result in verify_citations(citations_of(TEXT), tmp_path)
    )


def test_moved_says_where_to(tmp_path: Path) -> None:
    write(tmp_path, "New at the top.\n\n" + TEXT)
    result = verify_one(citations_of(TEXT)[1], tmp_path)
    assert (result.ok, result.status, result.reason) == (True, "moved", "moved to 40..72")
    assert result.found == (40, 72)
    assert result.to_dict()["ok"] is True


def test_moved_to_the_nearest_of_several_places(tmp_path: Path) -> None:
    write(tmp_path, "Third one. Third one. Third one. Third one. Third one. And an end to it all.")
    third = citations_of(TEXT)[2]
    assert third.start == 57
    assert verify_one(third, tmp_path).found == (44, 54)


def test_moved_into_the_middle_of_a_word(tmp_path: Path) -> None:
    write(tmp_path, "語語First paragraph here.語")
    assert verify_one(citations_of(TEXT)[0], tmp_path).found == (2, 23)


@pytest.mark.parametrize(
    "edited",
    [TEXT.replace("Second paragraph,", "Second paragraph"), TEXT.replace("with", "w"), ""],
)
def test_gone_word_for_word(tmp_path: Path, edited: str) -> None:
    write(tmp_path, edited)
    result = verify_one(citations_of(TEXT)[1], tmp_path)
    assert (result.ok, result.status, result.found) == (False, "gone", None)
    assert str(result) == "[2] a.txt 23..55: gone: the file no longer has these words"


@pytest.mark.parametrize("doc_id", ["a.txt", "a title as an id " * 20, "https://example.org/a"])
def test_a_missing_file(tmp_path: Path, doc_id: str) -> None:
    result = verify_one(replace(citations_of(TEXT)[0], doc_id=doc_id), tmp_path)
    assert (result.ok, result.status, result.reason) == (False, "gone", "the file is missing")


def test_a_file_that_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, TEXT, name="b.txt")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    result = verify_one(citations_of(TEXT)[0], tmp_path)
    assert (result.ok, result.status) == (False, "unreadable")
    [result] = verify_citations(citations_of(TEXT, "b.txt")[:1], tmp_path, max_bytes=10)
    assert (result.ok, result.status) == (False, "unreadable")
    assert "larger than" in result.reason


@pytest.mark.parametrize("doc_id", ["../a.txt", "/etc/passwd", ""])
def test_nothing_outside_the_folder_is_opened(tmp_path: Path, doc_id: str) -> None:
    write(tmp_path, TEXT)
    (tmp_path / "corpus").mkdir()
    result = verify_one(citations_of(TEXT, doc_id)[0], tmp_path / "corpus")
    assert not result.ok


@pytest.mark.parametrize("span", [(-3, 18), (5, 5), (9, 3), (0, 10_000), (10_000, 10_021)])
def test_a_span_that_cannot_be(tmp_path: Path, span: tuple[int, int]) -> None:
    write(tmp_path, TEXT)
    known = citations_of(TEXT)[0].to_dict()
    citation = Citation(**{**known, "start": span[0], "end": span[1]})
    result = verify_one(citation, tmp_path)
    assert result.ok == (span in {(10_000, 10_021), (0, 10_000)})


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such folder"):
        verify_citations([], tmp_path / "none")


@settings(deadline=None, max_examples=60)
@given(before=st.text("ab \n.é", max_size=30), after=st.text("ab \n.é", max_size=30))
def test_a_span_is_found_wherever_it_went(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    folder = tmp_path_factory.mktemp("moved")
    citation = citations_of(TEXT)[1]
    words = TEXT[citation.start : citation.end]
    text = before + words + after
    write(folder, text)
    result = verify_one(citation, folder)
    assert result.found is not None
    assert text[slice(*result.found)] == words


def test_texts_prove_citations_as_files_do() -> None:
    text = "The army crossed the river.\n\nBread and salt."
    start = text.index("Bread")
    digest = hashlib.sha256(text.encode()).hexdigest()
    citation = Citation(1, "a", start, len(text), digest, sha256_of("Bread and salt."))
    found = verify_citations([citation] * 2, {"a": text, "b": ""})
    assert [f.status for f in found] == ["unchanged"] * 2
    assert verify_citations([citation], {"a": "New. " + text})[0].status == "moved"
    assert verify_citations([citation], {"a": "Bread."})[0].status == "gone"
    assert verify_citations([citation], {"b": text})[0].reason == "the file is missing"


def test_a_span_that_cuts_words_is_found_again() -> None:
    citation = Citation(1, "a", 0, 4, "", sha256_of("read"))
    assert verify_citations([citation], {"a": "Salt and bread."})[0].found == (10, 14)


WRAPPED = "The trust pays for\nthe two lamps here.\n\nThe café is let to a light-\nhouse baker.\n"


@pytest.mark.parametrize(
    "changed",
    [
        WRAPPED.replace("\n", "\r\n"),
        WRAPPED.replace("for\nthe", "for the").replace("light-\nhouse", "lighthouse"),
        WRAPPED.replace("\n", "  \n"),
        "\n".join(f"    {line}" for line in WRAPPED.split("\n")),
        unicodedata.normalize("NFD", WRAPPED),
        f"A new line.\n\n{WRAPPED}".replace("two lamps", "two\nlamps"),
    ],
)
def test_citations_prove_words_and_not_white_space(tmp_path: Path, changed: str) -> None:
    (tmp_path / "a.txt").write_bytes(changed.encode())
    for citation in citations_of(WRAPPED):
        result = verify_one(citation, tmp_path)
        assert result.ok
        assert result.found is not None
        found = as_read(changed[slice(*result.found)])
        assert found == as_read(WRAPPED[citation.start : citation.end])


@pytest.mark.parametrize("change", [("two", "three"), ("let to", "not let to"), ("pays", "")])
def test_other_words_are_other_words(tmp_path: Path, change: tuple[str, str]) -> None:
    (tmp_path / "a.txt").write_text(WRAPPED.replace(*change).replace("\n", "\r\n"))
    assert [verify_one(c, tmp_path).ok for c in citations_of(WRAPPED)].count(False) == 1


def test_page_furniture_that_is_new_does_not_hide_the_words(tmp_path: Path) -> None:
    first, second = (
        "The siege was long. Nobody spoke of it. It ended in the summer of",
        "the last year.",
    )
    [citation] = citations_of(f"{first} {second}\n")
    (tmp_path / "a.txt").write_text(f"{first}\n\nPage 1 of 2\n\n{second}\n\nPage 2 of 2\n")
    result = verify_one(citation, tmp_path)
    assert (result.status, result.found) == ("moved", (0, len(first) + 15 + len(second)))
    (tmp_path / "a.txt").write_text(f"{first}\n\nThey say\n\n{second}\n")
    assert verify_one(citation, tmp_path).status == "gone"
