"""A citation is one line of text, which comes back whole from a mail, or is refused."""

import hashlib
import re
import textwrap
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import pytest
from fake_encoder import FakeEncoder
from fake_hits import hits_of, passages_of, record_of
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import split_document

from index.document import Document
from query import (
    Citation,
    CitationLine,
    CitationLineError,
    citations_of,
    copied_text,
    find_citation_lines,
    verify_citations,
)
from query.citing.citations import sha256_of

TEXT = "First paragraph here.\n\nSecond paragraph, with “quotes”.\n\nThird one.\n"
LINE = str(hits_of(TEXT, 2)[0].citation_line)

ENDS = ["", "…", "...", "\n\nBest wishes, Ada, Bob"]

# What `check_doc_id` lets a document be called.
NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("#:,%+ ~_-/…é語"), min_size=1
).filter(lambda name: bool(name.strip()) and name[0] != "/" and ".." not in name.split("/"))
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex) | st.just("")


@st.composite
def lines(draw: st.DrawFn) -> CitationLine:
    name, document = draw(NAMES), draw(DIGESTS)
    places = draw(st.sets(st.integers(0, 10**12), min_size=2, max_size=6))
    ends = sorted(places)
    return CitationLine(
        tuple(
            Citation(1, name, start, end, document, draw(DIGESTS), draw(st.integers(0, 999)),
                     draw(DIGESTS))
            for start, end in zip(ends[::2], ends[1::2], strict=False)
        )
    )  # fmt: skip


@settings(deadline=None)
@given(
    lines(), st.integers(1, 90), st.sampled_from(["\n", "\r\n", "\n> ", " \n>> ", "=\n", "\n# "])
)
def test_a_line_comes_back_however_it_is_wrapped(line: CitationLine, width: int, wrap: str) -> None:
    text = str(line)
    assert CitationLine.read(text) == line
    assert re.fullmatch("[A-Za-z0-9:,._~/%-]+", text)
    wrapped = wrap.join(text[at : at + width] for at in range(0, len(text), width))
    assert CitationLine.read(f"He says so:{wrap}{wrapped}{wrap}Abc 12, he says.") == line


@pytest.mark.parametrize(
    "around",
    ["<{}>", "“{}”.", '"{}",', "({})", "see {}.", "\u00a0{}\u00a0", "[it]({})", "<code>{}</code>",
     "passage: {}", "> {}\n> 0 more", "{}abc", "`{}`", "\ufeff{}\u200b"],
)  # fmt: skip
def test_a_line_is_read_whatever_stands_around_it(around: str) -> None:
    assert str(CitationLine.read(around.format(LINE))) == LINE


@pytest.mark.parametrize("put", ["\u00a0", "\u200b", "\u00ad", " ", "\t", "\n\u00a0> "])
@pytest.mark.parametrize("place", [15, 60, 100, len(LINE) - 2])
def test_what_programs_put_into_a_line_does_not_count(put: str, place: int) -> None:
    assert str(CitationLine.read(LINE[:place] + put + LINE[place:])) == LINE


def test_a_capital_that_a_phone_made_does_not_count() -> None:
    assert str(CitationLine.read(LINE.capitalize())) == LINE


@pytest.mark.parametrize("dash", "\u2010\u2011\u2013\u2014\u2212")
def test_another_dash_is_a_hyphen(dash: str) -> None:
    assert str(CitationLine.read(LINE.replace("-", dash))) == LINE


def sealed(fields: str) -> str:
    return f"{fields},{crc32(fields.encode()):08x}"


def test_a_line_says_what_it_cites_in_the_form_that_is_documented() -> None:
    words = "Second paragraph, with “quotes”."
    start = TEXT.index("Second")
    fields = [
        "passage:v1", "a.txt", hashlib.sha256(TEXT.encode()).hexdigest(),
        f"{start}-{start + len(words)}", hashlib.sha256(words.encode()).hexdigest(), "4",
        "same",
    ]  # fmt: skip
    assert sealed(",".join(fields)) == LINE
    spaced = words.replace(" ", "  ")
    own = Citation.of(1, record_of(TEXT), start, spaced)
    fields[3] = f"{start}-{start + len(spaced)}"
    fields[4:] = [sha256_of(spaced), "4", sha256_of(words)]
    assert sealed(",".join(fields)) == str(CitationLine((own,)))


@given(st.integers(10, len(LINE) - 1), st.sampled_from("0123456789abcdefghxyz,./-"))
def test_a_line_that_was_mistyped_is_refused(place: int, char: str) -> None:
    altered = LINE[:place] + char + LINE[place + 1 :]
    if altered != LINE:
        with pytest.raises(CitationLineError, match="copy the whole line again"):
            CitationLine.read(altered)


@given(
    st.integers(11, len(LINE) - 1), st.sampled_from(["", "…", "...", "\n\nBest wishes, Ada, Bob"])
)
def test_a_line_that_was_cut_short_is_refused(length: int, after: str) -> None:
    with pytest.raises(CitationLineError, match=r"cut short|not as it was written"):
        CitationLine.read(LINE[:length] + after)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no citation in ''"),
        ("Bread and salt were all that they had.", "no citation in 'Bread and salt were all …'"),
        (f"{LINE}\n{LINE}", "2 citations in one text"),
        (LINE.replace("v1", "v2"), "is of version 2, and this program reads version 1"),
        (LINE[:40], "is cut short or altered: .* is not the digest of the document"),
        (LINE.rpartition(",")[0], "is cut short: there is no place and no check at its end"),
        (LINE[:-2], "is not the check at its end"),
        (LINE.replace("a.txt", "b.txt"), "is not as it was written"),
        (LINE.replace("a.txt", "a€.txt"), "'a€.txt' is not the name of the document"),
    ],
)
def test_what_is_wrong_with_a_line_is_told(text: str, said: str) -> None:
    with pytest.raises(CitationLineError, match=said) as raised:
        CitationLine.read(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "name", ["../a.txt", "/etc/passwd", "%2E%2E/a", "a%0Ab", "%00", "%FF", "%20"]
)
def test_a_line_that_names_no_document_is_refused_though_its_check_fits(name: str) -> None:
    with pytest.raises(CitationLineError, match="name"):
        CitationLine.read(sealed(LINE.replace("a.txt", name).rpartition(",")[0]))


def test_citations_that_no_line_can_say_are_refused() -> None:
    [first] = hits_of(TEXT, 1)[0].citations
    [third] = hits_of(TEXT, 3)[0].citations
    assert CitationLine((first, third)).doc_id == "a.txt"
    for wrong in (
        (),
        (third, first),
        (first, replace(third, doc_id="b.txt")),
        (replace(first, doc_id="a\nb"),),
        (replace(first, end=0),),
        (replace(first, passage_sha256="ABC"),),
    ):
        with pytest.raises(CitationLineError):
            CitationLine(wrong)


def test_lines_are_found_in_a_mail_and_bad_ones_told_in_their_place() -> None:
    others = [str(hit.citation_line) for hit in hits_of(TEXT, 1, 3)]
    mail = textwrap.fill(f"The passage: v1 of it, he says. {others[0]} Then {LINE[:50]}… and", 60)
    found = list(find_citation_lines(f"{mail}\n\n<{others[1]}>\npassage:very well"))
    assert [str(line) for line in found[::2]] == others
    assert isinstance(found[1], CitationLineError)
    assert len(found) == 3


def test_a_hit_gives_its_citations_and_its_line() -> None:
    hit = hits_of(TEXT, 3, 2)[1]
    [citation] = hit.citations
    assert citation == Citation.of(2, hit.document, hit.passage.start, hit.text)
    assert hit.citation_line.citations == (replace(citation, number=1),)


def test_what_is_copied_is_the_quotation_its_source_and_its_line() -> None:
    text = "One  two\nthree \x1b[31mfour.\n"
    [passage], document = passages_of(text), record_of(text, title="Of numbers")
    quotation, source, line = copied_text(document, passage).split("\n")
    assert quotation == "“One two three \\x1b[31mfour.”"
    assert source == "Of numbers · a.txt:1"
    assert CitationLine.read(copied_text(document, passage)) == CitationLine.of(document, passage)
    assert line == str(CitationLine.of(document, passage))


PAGES = "It ended in the follow-\n\nPage 1 of 2\n\ning year. Nobody came.\n\nPage 2 of 2\n"


def test_a_passage_over_a_page_break_is_cited_without_what_stands_between(tmp_path: Path) -> None:
    digest = hashlib.sha256(PAGES.encode()).hexdigest()
    [passage] = split_document(Document("a.txt", PAGES, digest), FakeEncoder()).passages
    document = replace(record_of(PAGES), sha256=digest)
    assert len(passage.gaps) == 1
    copied = copied_text(document, passage)
    assert copied.startswith("“It ended in the following year. Nobody came.”\n")
    citations = CitationLine.read(copied).citations
    assert citations == citations_of(document, passage)
    assert [sha256_of(PAGES[c.start : c.end]) for c in citations] == [
        c.passage_sha256 for c in citations
    ]
    assert "".join(PAGES[c.start : c.end] for c in citations) == passage.text
    (tmp_path / "a.txt").write_text(PAGES)
    assert [found.status for found in verify_citations(citations, tmp_path)] == ["unchanged"] * 2
