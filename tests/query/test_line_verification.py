"""What became of the words that a line cites is told truly, page breaks or not."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from small_index import retriever_over, split_document, write_corpus
from small_pdf import small_pdf

from index.errors import CorpusError
from index.reading.document_reader import DocumentReader as Reader
from index.reading.document_reader import document_of
from index.types import DocumentRecord, Head, SourceDocument
from query import (
    Citation,
    CitationLine,
    LineVerification,
    Retriever,
    verify_lines,
    verify_lines_with,
)
from query.citing.citations import sha256_of

TEXT = "First paragraph here.\n\nSecond paragraph,\nwith “quotes”.\n\nThird one.\n"


def line_of(text: str | bytes, number: int, name: str = "a.txt") -> CitationLine:
    """The line of a passage of a document, which is read and taken apart as a build does it."""
    with Reader() as reader:
        document = document_of(name, SourceDocument(text, Path(name).suffix), reader)
    passages = split_document(document, FakeEncoder()).passages  # type: ignore[arg-type]
    record = DocumentRecord(name, document.sha256, Head(), 0, 0, len(passages))  # type: ignore[union-attr]
    return CitationLine.of(record, passages[number - 1])


def verify_one(line: CitationLine, folder: Path, text: str | bytes) -> LineVerification:
    write_corpus(folder, {line.doc_id: text})
    [found] = verify_lines([line], folder)
    return found


@pytest.mark.parametrize(
    ("changed", "status", "place", "reason"),
    [
        (TEXT, "unchanged", 3, "these words stand here"),
        (TEXT + "More.", "unchanged", 3, "these words stand here, and the file has changed elsew"),
        ("New.\n\n" + TEXT, "moved", 5, "these words have moved here"),
        (TEXT.replace("\n", "\r\n"), "moved", 3, "these words stand here, with other line"),
        (
            TEXT.replace(",\n", ", "),
            "moved",
            3,
            "these words stand here, with other line ends, sp",
        ),
        (TEXT.replace("with", "without"), "gone", None, "these words are no longer there"),
        ("", "gone", None, "these words are no longer there"),
    ],
)
def test_what_became_of_a_passage(
    tmp_path: Path, changed: str, status: str, place: int | None, reason: str
) -> None:
    found = verify_one(line_of(TEXT, 2), tmp_path, changed)
    assert (found.status, found.locator.line) == (status, place)
    assert found.reason.startswith(reason)
    assert found.ok == bool(found.found) == (status in {"unchanged", "moved"})
    assert found.text == ("Second paragraph, with “quotes”." if found.ok else "")
    shown = f"a.txt:{place}" if place else "a.txt"
    assert str(found) == f"{shown}: {found.reason}"
    assert found.to_dict()["line"] == place
    assert found.to_dict()["citation"] == str(line_of(TEXT, 2))


def test_a_file_that_is_not_there_and_a_folder_that_is_not(tmp_path: Path) -> None:
    [found] = verify_lines([line_of(TEXT, 1)], tmp_path)
    assert (found.status, found.reason, found.ok) == ("missing", "the file is not there", False)
    with pytest.raises(CorpusError, match="no such folder"):
        verify_lines([], tmp_path / "none")


def test_texts_at_hand_prove_lines_as_files_do() -> None:
    [found] = verify_lines([line_of(TEXT, 3)], {"a.txt": f"New.\n{TEXT}"})
    assert (found.status, found.locator.line) == ("moved", 7)


FIRST = "The siege was long. Nobody spoke of it. It ended in the summer of the"
SECOND = "following year. Nobody came."
LAST = "It rained on the hills all day, and it rained all night as well."


def paged(*parts: str) -> str:
    """Pages with their numbers below them."""
    return "".join(f"{part}\n\nPage {n} of {len(parts)}\n\n" for n, part in enumerate(parts, 1))


PAGES = paged(FIRST, f"{SECOND}\n\n{LAST}")


@pytest.mark.parametrize(
    ("changed", "spans"),
    [
        (PAGES, 2),
        (paged("Over it all stands this sentence.", FIRST, SECOND), 2),
        # The page ends at another place, or there is none.
        (paged(f"{FIRST} {SECOND}", LAST), 2),
        (f"{FIRST}\n{SECOND}\n\n{LAST}\n", 2),
        (paged(FIRST.removesuffix(" in the summer of the"), "in the summer of the", SECOND), 3),
        # Other words stand there, or the same in another order.
        (paged(FIRST, f"very {SECOND}"), 0),
        (paged(f"{FIRST} very long", SECOND), 0),
        (paged(SECOND, FIRST), 0),
        (paged(FIRST, LAST, SECOND), 0),
        (paged(FIRST, SECOND.replace("Nobody", "Somebody")), 0),
    ],
)
def test_a_passage_over_a_page_break_stands_there_in_one_piece(
    tmp_path: Path, changed: str, spans: int
) -> None:
    line = line_of(PAGES, 1)
    assert len(line.citations) == 2
    found = verify_one(line, tmp_path, changed)
    assert len(found.found) == spans
    assert found.status == ("unchanged" if changed == PAGES else "moved" if spans else "gone")
    assert found.text == (f"{FIRST} {SECOND}" if spans else "")


def test_a_line_that_was_made_to_leave_words_out_proves_nothing(tmp_path: Path) -> None:
    text = "The mayor of the town did not sell the mill.\n"
    document = DocumentRecord("a.txt", sha256_of(text), Head(), 0, 0, 1)
    start = text.index("sell")
    stretches = (
        Citation.of(1, document, 0, text[:26]),
        Citation.of(1, document, start, text[start:-1]),
    )
    found = verify_one(CitationLine(stretches), tmp_path, text)
    assert (found.status, found.found) == ("gone", ())


COLUMNS = """\
The harbour was built in      The lighthouse stands on
slate by the old Earl of      the head of the bay, and
the county. It has two        was lit in the evening by
basins and a dry dock.        the keeper and his wife.
"""


def test_a_column_beside_another_is_one_piece(tmp_path: Path) -> None:
    lines = [line_of(COLUMNS, number) for number in (1, 2)]
    assert [len(line.citations) for line in lines] == [4, 4]
    found = [verify_one(line, tmp_path, COLUMNS) for line in lines]
    assert [each.status for each in found] == ["unchanged"] * 2
    assert found[1].text.startswith("The lighthouse stands on the head of the bay, and was lit")
    found = [verify_one(line, tmp_path, f"It was so.\n\n{COLUMNS}") for line in lines]
    assert [each.status for each in found] == ["moved"] * 2
    assert verify_one(lines[0], tmp_path, COLUMNS.replace("two ", "a two")).status == "gone"


def test_a_page_break_that_is_new_does_not_part_a_passage(tmp_path: Path) -> None:
    line = line_of(f"{FIRST} {SECOND}\n\n{LAST}\n", 1)
    assert len(line.citations) == 1
    found = verify_one(line, tmp_path, PAGES)
    assert (found.status, found.text) == ("moved", f"{FIRST} {SECOND}")
    assert [PAGES[start:end] for start, end in found.found] == [FIRST, SECOND]
    assert verify_one(line, tmp_path, PAGES.replace("Page 1", "They 1")).status == "gone"


def test_a_short_stretch_is_the_one_beside_the_long_one(tmp_path: Path) -> None:
    text = paged(FIRST, f"end.\n\n{LAST}")
    line = line_of(text, 1)
    assert len(line.citations) == 2
    more = "So they all came to the very end.\n\n" * 4
    found = verify_one(line, tmp_path, f"{more}{text}")
    shift = len(more)
    assert found.found == tuple((own.start + shift, own.end + shift) for own in line.citations)


def pdf(*paragraphs: str) -> bytes:
    return small_pdf([[(50, 500, 12, paragraph)] for paragraph in paragraphs])


def test_the_page_of_a_pdf_is_that_of_the_new_place(tmp_path: Path) -> None:
    one, two = "The mill stands at the bridge.", "Nobody lives there any more."
    line = line_of(pdf(one, two), 2, "a.pdf")
    found = verify_one(line, tmp_path, pdf(one, two))
    assert (found.status, str(found)) == ("unchanged", "a.pdf p. 2: these words stand here")
    found = verify_one(line, tmp_path, pdf("It snowed.", one, two))
    assert (found.status, found.locator.page, found.text) == ("moved", 3, two)
    assert verify_one(line, tmp_path, b"%PDF-1.7 and no more").status == "unreadable"


def test_the_time_of_subtitles_is_that_of_the_new_place(tmp_path: Path) -> None:
    cue = "1\n00:00:{}0,000 --> 00:00:{}5,000\nThe mill stands at the bridge.\n"
    line = line_of(cue.format(1, 1).encode(), 1, "a.srt")
    found = verify_one(line, tmp_path, cue.format(4, 4))
    assert (found.ok, str(found.locator)) == (True, "0:00:40")


def test_files_are_read_as_they_were_for_the_index(tmp_path: Path) -> None:
    text = "Čtvrtý most stojí za řekou, a nikdo tam nežije.\n"
    corpus = write_corpus(tmp_path / "corpus", {"a.txt": text.encode("iso8859-2")})
    encoder = FakeEncoder()
    from index.build import EncoderSource, build_index

    build_index(corpus, tmp_path / "index", EncoderSource.of(encoder), encoding="iso8859-2")
    with Retriever.open(tmp_path / "index", encoder=encoder) as retriever:
        [hit] = retriever.retrieve("most", 1)
        [found] = verify_lines_with(retriever.searcher, [hit.citation_line])
        assert (found.status, found.text) == ("unchanged", text.strip())


FILES = {"a.txt": TEXT, "b/c.txt": "Bread and salt were all that they had.\n"}


def test_a_file_with_another_name_is_found_by_what_the_index_knows(tmp_path: Path) -> None:
    document = DocumentRecord("old.txt", sha256_of(FILES["b/c.txt"]), Head(), 0, 0, 1)
    line = CitationLine((Citation.of(1, document, 10, "salt were all"),))
    with retriever_over(tmp_path, FILES) as retriever:
        [found] = verify_lines_with(retriever.searcher, [line])
        assert (found.status, found.doc_id, found.ok) == ("moved", "b/c.txt", True)
        assert found.reason == "these words stand here now, and were cited from old.txt"
        assert found.line == line
        # The index only says where to look: the file has to have the words.
        (tmp_path / "corpus" / "b" / "c.txt").write_text("Bread.\n")
        [found] = verify_lines_with(retriever.searcher, [line])
        assert (found.status, found.doc_id) == ("missing", "old.txt")
        # A file that is there is not looked for elsewhere.
        (tmp_path / "corpus" / "b" / "c.txt").write_text(FILES["b/c.txt"])
        (tmp_path / "corpus" / "old.txt").write_text("Salt.\n")
        [found] = verify_lines_with(retriever.searcher, [line])
        assert found.status == "gone"


def test_a_file_that_was_renamed_and_edited_is_found_by_its_passages(tmp_path: Path) -> None:
    files = {**FILES, "pages.txt": PAGES}
    lines = [line_of(f"{text} Old.", 1, "old.txt") for text in (TEXT, PAGES)]
    with retriever_over(tmp_path, files) as retriever:
        found = verify_lines_with(retriever.searcher, [*lines, line_of("Gone.", 1, "old.txt")])
    assert [each.doc_id for each in found] == ["a.txt", "pages.txt", "old.txt"]
    assert [each.status for each in found] == ["moved", "moved", "missing"]


def test_every_passage_of_an_index_stands_where_its_line_says(tmp_path: Path) -> None:
    files: Mapping[str, str | bytes] = {
        **FILES,
        "pages.txt": PAGES,
        "d.pdf": pdf("The mill.", "It turns."),
    }
    with retriever_over(tmp_path, files) as retriever:
        lines = [
            CitationLine.of(document, passage)
            for document in retriever.searcher.documents()
            for passage in retriever.passages(document.doc_id)
        ]
        found = verify_lines_with(retriever.searcher, lines)
    assert [each.status for each in found] == ["unchanged"] * len(lines)
    assert {each.doc_id for each in found} == {*files}
