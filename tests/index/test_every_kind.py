"""A folder with files of every kind: each is read, found, cited and verified, or named."""

import io
import json
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import docx
import pytest
from fake_encoder import FakeEncoder
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas
from small_deck import deck, shape, title
from small_deck import p as slide_line
from small_index import build, generation_bytes
from small_odt import fodt, h, odt
from small_odt import p as text_line
from small_rtf import p as rtf_line
from small_rtf import rtf
from small_sheet import Value, excel, ods

from index.reading.formats import SUFFIXES
from index.store.open_index import OpenIndex
from index.store.verification import verify
from query import Retriever, build_context, verify_citations

SUBJECTS = ("aardvark", "badger", "caribou", "dolphin", "echidna", "falcon", "gazelle", "heron")


def sentences_of(name: str) -> list[str]:
    """Two sentences that no other file has."""
    number = sum(name.encode())
    subject = SUBJECTS[number % len(SUBJECTS)]
    word = "".join(char for char in name if char.isalpha())
    return [
        f"The {subject} of {word} was seen near the old mill in spring.",
        f"Nobody at {word} knows why it crossed the river.",
    ]


def pdf(sentences: list[str], password: tuple[str, str] | None = None) -> bytes:
    encryption = pdfencrypt.StandardEncryption(*password) if password else None
    file = io.BytesIO()
    canvas = Canvas(file, encrypt=encryption, invariant=1)
    for sentence in ["This page stands before the others. It says little.", *sentences]:
        canvas.drawString(72, 700, sentence)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def word(sentences: list[str]) -> bytes:
    document = docx.Document()
    document.add_heading("A chapter", level=1)
    for sentence in sentences:
        document.add_paragraph(sentence)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def epub(sentences: list[str]) -> bytes:
    file = io.BytesIO()
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
            "</rootfiles></container>",
        )
        archive.writestr(
            "book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
            '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="c"/></spine></package>',
        )
        archive.writestr(
            "c.xhtml",
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>'
            f"<h1>A chapter</h1>{body}</body></html>",
        )
    return file.getvalue()


def powerpoint(sentences: list[str]) -> bytes:
    lines = [title("A slide") + shape(slide_line(sentence)) for sentence in sentences]
    return deck([title("Before the others"), *lines])


def open_document(sentences: list[str]) -> bytes:
    return odt(h("A chapter") + "".join(map(text_line, sentences)))


def flat_open_document(sentences: list[str]) -> bytes:
    return fodt(h("A chapter") + "".join(map(text_line, sentences)))


def mail(sentences: list[str]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "A message"
    message.set_content(sentences[0])
    message.add_attachment(sentences[1], filename="more.txt")
    return bytes(message)


def rich_text(sentences: list[str]) -> bytes:
    return rtf([*map(rtf_line, ["Before.", *sentences])])


def html(sentences: list[str]) -> bytes:
    return f"<title>A page</title><h1>A page</h1><p>{'<p>'.join(sentences)}".encode()


def subtitles(sentences: list[str]) -> bytes:
    times = ["00:00:01,000 --> 00:00:04,000", "00:00:05,000 --> 00:00:08,000"]
    return "\n\n".join(
        f"{number}\n{time}\n{sentence}"
        for number, (time, sentence) in enumerate(zip(times, sentences, strict=True), start=1)
    ).encode()


def web_subtitles(sentences: list[str]) -> bytes:
    return b"WEBVTT\n\n" + subtitles(sentences).replace(b",000", b".000")


def table(sentences: list[str]) -> bytes:
    return "\n".join(["number,said", *(f'{n},"{s}"' for n, s in enumerate(sentences))]).encode()


def record(sentences: list[str]) -> bytes:
    return json.dumps({"title": "A record", "said": sentences}).encode()


def records(sentences: list[str]) -> bytes:
    return "\n".join(json.dumps({"said": sentence}) for sentence in sentences).encode()


def notebook(sentences: list[str]) -> bytes:
    cells = [{"cell_type": "markdown", "source": f"# A cell\n\n{said}"} for said in sentences]
    return json.dumps({"nbformat": 4, "cells": cells}).encode()


def spreadsheet(sentences: list[str]) -> bytes:
    rows: list[list[Value]] = [[float(n), said] for n, said in enumerate(sentences)]
    return excel({"A sheet": [["number", "said"], *rows]})


def open_spreadsheet(sentences: list[str]) -> bytes:
    return ods({"A sheet": [["said"], *([sentence] for sentence in sentences)]})


def plain(sentences: list[str]) -> bytes:
    return "\n\n".join(sentences).encode()


WRITERS: dict[str, Callable[[list[str]], bytes]] = {
    ".pdf": pdf,
    ".docx": word,
    ".docm": word,
    ".dotx": word,
    ".dotm": word,
    ".epub": epub,
    ".eml": mail,
    ".odt": open_document,
    ".rtf": rich_text,
    ".ott": open_document,
    ".fodt": flat_open_document,
    **dict.fromkeys((".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"), powerpoint),
    ".html": html,
    ".htm": html,
    ".xhtml": html,
    ".srt": subtitles,
    ".vtt": web_subtitles,
    **dict.fromkeys((".csv", ".tsv"), table),
    ".json": record,
    **dict.fromkeys((".jsonl", ".ndjson"), records),
    ".ipynb": notebook,
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls"), spreadsheet),
    ".ods": open_spreadsheet,
}

REFUSED = {
    "locked.pdf": pdf(["Nobody reads this."], ("secret", "owner")),
    "broken.pdf": b"%PDF-1.7\nnothing else",
    "cut.docx": word(["Nobody reads this."])[:900],
    "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "broken.xlsx": b"PK\x03\x04 and nothing else",
    "broken.ipynb": b"{",
    "empty.epub": b"",
    "picture.txt": b"\x89PNG\r\n\x1a\n" + bytes(200),
}
OTHERS = {"a.doc": b"x", "b.key": b"x", "c.msg": b"x", "d.jpg": b"x", "e.jpg": b"x"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds") / "corpus"
    for part in ("north", "south", "west"):
        (folder / part).mkdir(parents=True)
        for suffix in SUFFIXES:
            name = f"{part}{suffix.strip('.')}"
            data = WRITERS.get(suffix, plain)(sentences_of(name))
            (folder / part / f"{name}{suffix}").write_bytes(data)
    readable = pdf(sentences_of("openpdf"), ("", "owner"))
    (folder / "openpdf.pdf").write_bytes(readable)
    for name, data in {**REFUSED, **OTHERS}.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def directory(corpus: Path) -> Path:
    directory = corpus.parent / "index"
    build(corpus, directory)
    return directory


@pytest.mark.slow
def test_every_file_is_read_or_named(corpus: Path, directory: Path) -> None:
    report = build(corpus, directory)
    assert not report.changed
    assert report.generation.manifest.documents == 3 * len(SUFFIXES) + 1
    assert {entry.path for entry in report.left_out} == set(REFUSED)
    assert all(entry.reason for entry in report.left_out)
    assert dict(report.kinds) == {".jpg": 2, ".doc": 1, ".key": 1, ".msg": 1}
    build(corpus, corpus.parent / "fresh")
    assert generation_bytes(corpus.parent / "fresh") == generation_bytes(directory)


@pytest.mark.slow
def test_every_question_is_answered_from_its_file(corpus: Path, directory: Path) -> None:
    with Retriever.open(directory, encoder=FakeEncoder()) as retriever:
        hits = []
        for record in retriever.documents():
            name = Path(record.doc_id).stem
            for number, sentence in enumerate(sentences_of(name)):
                [hit] = retriever.retrieve(sentence, k=1)
                assert hit.passage.doc_id == record.doc_id
                assert sentence in hit.passage.reading
                if record.doc_id.endswith((".pdf", ".pptx")):
                    assert (hit.passage.locator.page, hit.passage.locator.page_end) == (
                        number + 2,
                        number + 2,
                    )
                json.dumps(hit.to_dict())
                hits.append(hit)
        citations = build_context(hits, 10**6, len).citations
        assert {result.status for result in verify_citations(citations, corpus)} == {"unchanged"}


@pytest.mark.slow
def test_the_whole_index_is_verified(directory: Path) -> None:
    found = verify(OpenIndex.open(directory), FakeEncoder())
    assert found.moved == ()
    assert found.passages == OpenIndex.open(directory).catalog.passages_stored
