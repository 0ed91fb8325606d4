"""The answer as one file: all that a person needs is in it, and nothing in it acts."""

import base64
import hashlib
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from selectolax.lexbor import LexborHTMLParser, LexborNode
from small_index import retriever_over, write_corpus
from small_pdf import paragraph, small_pdf

import query.page.exported as module
from index import PageBox, PageSize
from query import (
    CitationLine,
    QueryError,
    Retriever,
    SearchOptions,
    copied_text,
    find_citation_lines,
    verify_lines_with,
)
from query.exporting import Export
from query.page.exported import AROUND, WHOLE, exported_answer, numbers_shown
from query.page.exported_file import ExportedFile, ExportError
from query.page.views.exported import exported

ARTICLE = "\n\n".join(
    f"On day {n} the crew mended net {n}. They sang about it." for n in range(1, 9)
)
FILES = {
    "ferry.txt": "The Ferry\n\nThe ferry leaves the harbour at seven. It takes two hours.\n\n"
    f"{ARTICLE}\n",
    "deep/ice.md": "---\ntitle: On Ice\nauthor: Luzin\n---\n# Winter\n\n"
    "The **harbour** was closed, and the ferry laid up. Ice lay on the quay.\n",
    "bread.txt": "Bread and salt were all they had. They shared it.\n",
}
QUESTION = "when does the ferry leave the harbour"


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with retriever_over(tmp_path_factory.mktemp("small"), FILES) as retriever:
        yield retriever


def file_of(retriever: Retriever, question: str = QUESTION, **options: Any) -> str:  # noqa: ANN401 - those of a search
    search = SearchOptions(**{"k": 5, "matches_only": False, **options})
    [ranking] = retriever.search([question], search)
    return str(exported(exported_answer(retriever, ranking, search)))


def parsed(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text)


def one(place: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    [found] = place.css(selector)
    return found


def words(node: LexborNode) -> str:
    return " ".join(node.text().split())


def test_the_file_holds_question_verdict_hits_and_their_articles(retriever: Retriever) -> None:
    ranking = retriever.retrieve(QUESTION, k=2)
    page = parsed(file_of(retriever, k=2))
    assert one(page, "h1").text() == QUESTION
    assert one(page, "title").text().startswith(QUESTION)
    assert "An unrelated question would match as well" in one(page, ".verdict").text()
    assert len(page.css("figure.scale figcaption > span")) == 3
    assert [hit.attributes["data-passage"] for hit in page.css("#hits .hit")] == [
        hit.passage.passage_id for hit in ranking
    ]
    for shown, hit in zip(page.css("#hits .hit"), ranking, strict=True):
        best = hit.passage.reading_of(hit.best.start, hit.best.end)
        assert words(one(shown, "mark.best")) == best
        assert one(shown, ".score").text() == f"{hit.score:.2f}"
        # Its link leads to the passage in its article, where the same sentence is lit.
        address = one(shown, "a").attributes["href"] or ""
        passage = one(page, f'[id="{address.removeprefix("#")}"]')
        assert passage.attributes["data-passage"] == hit.passage.passage_id
        assert words(one(passage, ".body mark.best")) == best
        assert "found" in (passage.attributes["class"] or "").split()
    for article in page.css("article"):
        assert article.attributes["data-passages"] == str(len(article.css(".passage")))
        assert not article.css(".left-out")
        scores = (article.attributes["data-scores"] or "").split(",")
        assert len(scores) == len(article.css(".passage"))
        for hit in ranking:
            if hit.passage.doc_id == article.attributes["data-document"]:
                assert scores[hit.passage.number - 1] == f"{hit.score:.2f}"


def test_what_needs_a_server_is_not_there(retriever: Retriever) -> None:
    page = parsed(file_of(retriever))
    assert {button.attributes["data-do"] for button in page.css("[data-do]")} == {
        "back", "help", "copy", "close",
    }  # fmt: skip
    assert not page.css("input, form, textarea, select, iframe, object, base, template")
    assert "/" not in [key.text() for key in page.css("#help kbd")]
    keys = [key.text() for key in page.css("#help kbd")]
    assert keys == ["j", "k", "Enter", "e", "y", "Esc", "?"]
    links = {link.attributes["href"] or "" for link in page.css("[href]")}
    assert all(link.startswith(("#", "data:")) for link in links)
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_bars_add_up_to_the_printed_number(retriever: Retriever) -> None:
    page = parsed(file_of(retriever))
    explained = page.css(".why")
    assert len(explained) == len(page.css("#hits .hit")) > 0
    for why in explained:
        rows = why.css("tr[data-part]")
        total = one(why, "tr.total")
        score = float(one(total, ".share").text())
        shares = [float(one(row, ".share").text()) for row in rows]
        assert sum(shares) == pytest.approx(score, abs=0.0005 * (len(shares) + 1))
        lengths = [float((one(row, ".whole").attributes["width"] or "")[:-1]) for row in rows]
        whole = float((one(total, ".whole").attributes["width"] or "")[:-1])
        assert sum(lengths) == pytest.approx(whole, abs=0.01)


def test_each_hit_has_its_citation_and_all_lines_of_a_file_can_be_checked(
    retriever: Retriever,
) -> None:
    ranking = retriever.retrieve(QUESTION, k=5, matches_only=False)
    text = file_of(retriever)
    page = parsed(text)
    cited = {node.attributes["data-cites"]: node.text() for node in page.css("[data-cites]")}
    assert cited == {
        hit.passage.passage_id: copied_text(hit.document, hit.passage) for hit in ranking
    }
    lines = [line for line in find_citation_lines(text) if isinstance(line, CitationLine)]
    assert len(lines) == len(ranking)
    assert all(found.ok for found in verify_lines_with(retriever.searcher, lines))
    assert "query --verify" in one(page, "footer").text()


# Its policy


def policy_of(page: LexborHTMLParser) -> dict[str, str]:
    policy = one(page, 'meta[http-equiv="content-security-policy"]').attributes["content"] or ""
    return dict(each.strip().split(" ", 1) for each in policy.split(";"))


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_lets_the_script_and_the_style_sheet_in_and_nothing_else(
    retriever: Retriever,
) -> None:
    page = parsed(file_of(retriever))
    # As a browser reads them: entities are none, and the text ends at the first end tag.
    assert policy_of(page) == {
        "default-src": "'none'",
        "script-src": hashed(one(page, "script").text()),
        "style-src": hashed(one(page, "style").text()),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    head = [node.tag for node in one(page, "head").iter()]
    assert head.index("meta") < head.index("style"), "it must stand before what it is about"
    assert not [node for node in page.css("*") if {"style", "src", "srcset"} & {*node.attributes}]


# A hostile corpus

_HOSTILE = [
    "</script><script>alert(1)</script>",
    "--><img src=x onerror=alert(1)>",
    "]]><svg onload=alert(1)>",
    "</style><style>*{background:url(//e.example)}",
    '" onclick="alert(1)" x="',
    "' autofocus onfocus='alert(1)",
    "</pre></details></template></textarea></title><iframe src=javascript:alert(1)>",
    "&lt;script&gt;&#60;b&#62;",
    "\u202etxet\u2066 \u200f",
    "x" * 300,
    "<!--",
    "{{7*7}} ${7*7}",
    "\x1b[31m\x00\x07",
]
_NAME = re.compile(r"[/\x00-\x1f\x7f]")


def elements(text: str) -> set[tuple[str, str]]:
    """Each element with each of its attributes, as two parsers read them."""
    found: set[tuple[str, str]] = set()
    for node in parsed(text).css("*"):
        found |= {(node.tag or "", name.lower()) for name in ("", *node.attributes)}
    for element in lxml_html.document_fromstring(text.encode()).iter():
        if isinstance(element.tag, str):
            found |= {(element.tag, str(name).lower()) for name in ("", *element.attrib)}
        else:
            found.add(("comment", ""))
    return found


def hostile_files(pieces: list[str]) -> dict[str, str]:
    first, last = pieces[0], pieces[-1]
    name = "n" + _NAME.sub("_", first)[:60].encode("utf-8", "replace").decode()
    text = "\n\n".join(
        f"The ferry {piece} leaves the harbour. It {piece} sails." for piece in pieces
    )
    return {
        f"{name}.txt": f"{first}\n\n{text}\n",
        f"{name}/d.md": f"---\ntitle: 'T {last.replace(chr(39), '')}'\nnote: {last!r}\n---\n"
        f"# {last}\n\n"
        f"{text}\n\n- ferry {first}\n\n| ferry | {last} |\n|---|---|\n| harbour | {first} |\n\n"
        f"```\nferry {first}\n```\n",
    }


@pytest.fixture(scope="module")
def written() -> set[tuple[str, str]]:
    """The elements and attributes of a file over articles that are meant well."""
    files = hostile_files(["one", "two", "three"])
    with (
        tempfile.TemporaryDirectory() as scratch,
        retriever_over(Path(scratch), files) as retriever,
    ):
        return elements(file_of(retriever, k=30)) | elements(file_of(retriever, "opera", k=9))


def check_nothing_acts(pieces: list[str], written: set[tuple[str, str]]) -> None:
    with (
        tempfile.TemporaryDirectory() as scratch,
        retriever_over(Path(scratch), hostile_files(pieces)) as retriever,
    ):
        text = file_of(retriever, f"the ferry leaves the harbour {pieces[0]}", k=30)
    assert not elements(text) - written
    page = parsed(text)
    assert policy_of(page)["script-src"] == hashed(one(page, "script").text())
    assert policy_of(page)["style-src"] == hashed(one(page, "style").text())
    for address in page.css("[href]"):
        assert re.fullmatch(r"#[\w-]*|data:,", address.attributes["href"] or "")
    shown = one(page, "body").text() + str([node.attributes for node in page.css("*")])
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x1b]", shown)


@pytest.mark.parametrize("piece", _HOSTILE)
def test_a_hostile_corpus_adds_no_element_and_no_attribute(
    piece: str, written: set[tuple[str, str]]
) -> None:
    check_nothing_acts([piece, f"a {piece} b"], written)


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[*HealthCheck])
@given(
    pieces=st.lists(
        st.one_of(
            st.sampled_from(_HOSTILE),
            st.text(st.sampled_from("<>/&\"'=-![] \tscriptonload\u202e\u2067é"), min_size=1),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_articles_hold_they_add_no_element_and_no_attribute(
    pieces: list[str], written: set[tuple[str, str]]
) -> None:
    check_nothing_acts(pieces, written)


# What it says of this machine


def test_the_same_index_and_question_give_the_same_bytes_wherever_the_folder_is(
    tmp_path: Path,
) -> None:
    texts = []
    for name in ("secret-user", "other"):
        with retriever_over(tmp_path / name, FILES) as retriever:
            texts += [
                file_of(retriever),
                file_of(retriever, docs=str(tmp_path / name / "corpus/deep")),
            ]
            assert retriever.generation not in texts[-1]
    assert texts[:2] == texts[2:]
    assert "deep" in one(parsed(texts[1]), "footer").text()
    assert not [text for text in texts if "secret-user" in text or str(tmp_path.parent) in text]


# Long articles


def test_a_long_article_is_what_stands_around_its_hits_and_the_rest_is_told(
    tmp_path: Path,
) -> None:
    count = WHOLE + 60
    paragraphs = [f"On day {n} the crew mended net {n}." for n in range(1, count + 1)]
    paragraphs[99] = "The ferry leaves the harbour at seven."
    paragraphs[299] = "The ferry to the harbour was late."
    with retriever_over(tmp_path, {"log.txt": "\n\n".join(paragraphs) + "\n"}) as retriever:
        page = parsed(file_of(retriever, "ferry harbour", k=2, mode="lexical"))
    article = one(page, "article")
    numbers = [int(node.attributes["data-number"] or 0) for node in article.css(".passage")]
    around = range(-AROUND, AROUND + 1)
    assert numbers == [100 + n for n in around] + [300 + n for n in around]
    told = [node.text() for node in article.css(".left-out")]
    assert told == [
        "87 passages left out here: numbers 1 to 87",
        "175 passages left out here: numbers 113 to 287",
        "48 passages left out here: numbers 313 to 360",
    ]
    assert f"50 of {count} passages are in this file" in one(article, ".source").text()
    assert len((article.attributes["data-scores"] or "").split(",")) == count


def test_a_single_passage_that_is_left_out_is_told_too(tmp_path: Path) -> None:
    count = WHOLE + 1
    paragraphs = [f"On day {n} the crew mended net {n}." for n in range(1, count + 1)]
    paragraphs[AROUND + 1] = "The ferry leaves the harbour at seven."
    with retriever_over(tmp_path, {"log.txt": "\n\n".join(paragraphs) + "\n"}) as retriever:
        page = parsed(file_of(retriever, "ferry", k=1, mode="lexical"))
    told = [node.text() for node in page.css(".left-out")]
    assert told[0] == "1 passage left out here: number 1"


@given(st.integers(1, 200), st.sets(st.integers(1, 200), min_size=1, max_size=8), st.booleans())
def test_stretches_hold_each_hit_with_what_stands_around_it_once(
    passages: int, hits: set[int], whole: bool
) -> None:
    hits = {min(number, passages) for number in hits}
    stretches = numbers_shown(passages, hits, whole=whole)
    shown = [number for each in stretches for number in each]
    near = {n for hit in hits for n in range(hit - AROUND, hit + AROUND + 1)}
    expected = {n for n in range(1, passages + 1) if whole or n in near}
    assert shown == sorted(expected)
    assert all(before.stop < after.start for before, after in pairwise(stretches))


def test_there_is_room_for_few_whole_articles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join(f"On day {n} the ferry came." for n in range(1, 61))
    monkeypatch.setattr(module, "MOST_WHOLE", 2 * (len(text) + 100))
    files = {f"{name}.txt": f"{text}\n\nThe {name} harbour.\n" for name in "abc"}
    with retriever_over(tmp_path, files) as retriever:
        page = parsed(file_of(retriever, "harbour", k=3, mode="lexical"))
    counts = [len(article.css(".passage")) for article in page.css("article")]
    assert counts == [61, 61, AROUND + 1]


# Nothing found, and what cannot be asked


def test_the_file_of_a_question_that_nothing_is_about_holds_the_nearest(
    retriever: Retriever,
) -> None:
    page = parsed(file_of(retriever, "opera tenor", matches_only=True))
    assert one(page, "#hits-title").text() == "Nothing here is about that"
    nearest = one(page, "details.nearest")
    assert len(nearest.css(".hit")) == len(page.css(".cited")) > 0
    assert len(page.css(".verdict")) == 1
    empty = parsed(file_of(retriever, "zzzz", mode="lexical", matches_only=True))
    assert not empty.css("article") and one(empty, "h1").text() == "zzzz"


def test_a_least_score_is_told(retriever: Retriever) -> None:
    assert "score 0.1 or more" in one(parsed(file_of(retriever, min_score=0.1)), "footer").text()
    nothing = parsed(file_of(retriever, min_score=50.0))
    assert words(one(nothing, "#hits-title")) == "No passage scores 50 or more"


def test_more_hits_than_a_page_shows_are_refused(tmp_path: Path) -> None:
    text = "\n\n".join(f"The ferry came on day {n}." for n in range(101))
    refused = pytest.raises(QueryError, match="101 passages are too many for one page: give -k 100")
    with retriever_over(tmp_path, {"a.txt": text}) as retriever, refused:
        file_of(retriever, "ferry", k=101)


# Pages of PDFs

LINES = ["The ferry leaves the harbour at seven, and it takes", "two hours to cross the bay."]
PDF = small_pdf([[*paragraph(50, 500, LINES)], [*paragraph(50, 500, ["Bread and salt."])]])


@pytest.fixture
def with_pdf(tmp_path: Path) -> Iterator[Retriever]:
    with retriever_over(tmp_path, {"bay.pdf": PDF, "bread.txt": FILES["bread.txt"]}) as retriever:
        yield retriever


@pytest.mark.slow
def test_the_page_of_a_hit_is_a_picture_with_boxes_and_its_text_stands_there_too(
    with_pdf: Retriever,
) -> None:
    pytest.importorskip("PIL")
    page = parsed(file_of(with_pdf, "ferry harbour", k=1, mode="lexical"))
    figure = one(page, "figure.pdf-page")
    assert one(figure, "figcaption").text() == "Page 1 of bay.pdf"
    data = one(figure, "image").attributes["href"] or ""
    assert base64.b64decode(data.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    boxes = figure.css("rect.box:not(.best)")
    assert len(boxes) == len(figure.css("rect.best")) == len(LINES)
    for box in boxes:
        x, y, w, h = (
            float((box.attributes[name] or "").removesuffix("%"))
            for name in ("x", "y", "width", "height")
        )
        assert 0 < x < x + w < 100 and 0 < y < y + h < 100
    assert "two hours to cross the bay" in words(one(page, ".found .body"))


@pytest.mark.parametrize("case", ["no library", "changed", "gone"])
def test_a_pdf_that_cannot_be_drawn_is_its_text(
    with_pdf: Retriever, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    path = with_pdf.corpus / "bay.pdf"
    if case == "no library":
        monkeypatch.setattr(module, "find_spec", lambda _: None)
    elif case == "changed":
        path.write_bytes(PDF + b"\n")
    else:
        path.unlink()
    page = parsed(file_of(with_pdf, "ferry harbour", k=1, mode="lexical"))
    assert not page.css("figure.pdf-page, image")
    assert "two hours to cross the bay" in words(one(page, ".found .body"))


class _Pages:
    """Pages of PDFs that are quick to draw: a passage stands on one page for each 40 characters."""

    def __init__(self, size: int) -> None:
        self.png = b"\x89PNG\r\n\x1a\n".ljust(size, b"x")

    def pages(self, _: object) -> tuple[PageSize, ...]:
        return (PageSize(200, 100),) * 9

    def image(self, _: object, page: int, width: int) -> bytes | None:
        return self.png

    def boxes(self, _: object, start: int, end: int) -> tuple[PageBox, ...]:
        return tuple(PageBox(page, 0.1, 0.2, 0.6, 0.7) for page in (1, 2, 3, 4))

    def close(self) -> None:
        pass


def test_pictures_have_a_limit_and_what_is_left_out_is_told(
    with_pdf: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _Pages(400)
    monkeypatch.setattr(module, "MOST_PICTURES", 1000)
    monkeypatch.setattr(module._Drawing, "_opened", staticmethod(lambda _: pages))
    page = parsed(file_of(with_pdf, "ferry harbour", k=1, mode="lexical"))
    assert [node.text() for node in page.css("figcaption")][-2:] == [
        "Page 1 of bay.pdf", "Page 2 of bay.pdf",
    ]  # fmt: skip
    # A passage on four pages is shown on three of them, and there is room for two.
    assert "1 page of it could not be shown" in one(page, ".source").text()
    box = page.css("rect.box")[0].attributes
    assert [box[name] for name in ("x", "y", "width", "height")] == [
        "10.000%",
        "20.000%",
        "50.000%",
        "50.000%",
    ]


# The place of the file


def test_a_file_is_replaced_if_it_was_exported(tmp_path: Path, retriever: Retriever) -> None:
    path = tmp_path / "answer.html"
    first, second = (file_of(retriever, question).encode() for question in (QUESTION, "bread"))
    ExportedFile(str(path)).write(first)
    link = tmp_path / "link.html"
    link.symlink_to(path)
    ExportedFile(str(link)).write(second)
    assert path.read_bytes() == second and link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answer.html", "link.html"]
    path.write_bytes(b"")
    ExportedFile(str(path)).write(first)
    assert path.read_bytes() == first
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("notes.html", "notes.html is there, and --html did not write it: give another name, or"),
        ("", " is not a file: give the name of one, or - for standard output"),
        ("new.html/", "new.html/ is not a file: give the name of one, or - for standard output"),
        ("no/such/x.html", "x.html: its folder is not there: make it"),
        ("notes.html/x.html", "x.html cannot be written: Not a directory"),
        ("n" * 300, "cannot be written: File name too long"),
    ],
)
def test_another_file_is_never_replaced(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "notes.html").write_text("<p>My notes")
    with pytest.raises(ExportError, match=re.escape(message)):
        ExportedFile(f"{tmp_path}/{name}")
    assert (tmp_path / "notes.html").read_text() == "<p>My notes"


def test_a_file_that_cannot_be_written_whole_leaves_the_earlier_one(
    tmp_path: Path, retriever: Retriever, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answer.html"
    earlier = file_of(retriever).encode()
    ExportedFile(str(path)).write(earlier)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ExportError, match="cannot be written: No space left on device"):
        ExportedFile(str(path)).write(b"half")
    assert path.read_bytes() == earlier
    assert [each.name for each in tmp_path.iterdir()] == ["answer.html"]


# The option


def test_it_says_what_was_written_and_whether_anything_was_found(
    tmp_path: Path, retriever: Retriever, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answer.html"
    search = SearchOptions(k=2, matches_only=True)
    code = Export(str(path)).answer(retriever, QUESTION, None, search)
    size = round(path.stat().st_size / 1000)
    said = f"wrote {path}, {size} KB: 2 passages of 2 articles\n"
    assert (code, *capsys.readouterr()) == (0, "", said)
    code = Export(str(path)).answer(retriever, "opera tenor", None, search)
    assert code == 1 and one(parsed(path.read_text()), "h1").text() == "opera tenor"
    assert "nothing is about that, 2 nearest passages of" in capsys.readouterr().err
    code = Export("-").answer(retriever, QUESTION, None, search)
    out, err = capsys.readouterr()
    assert (code, out) == (0, file_of(retriever, k=2, matches_only=True))
    assert err.startswith("wrote standard output, ")
    among = retriever.corpus / "answer.html"
    Export(str(among)).answer(retriever, QUESTION, None, search)
    said = (
        f"query: {among} lies among the articles, and a build takes it for one: keep it elsewhere\n"
    )
    assert capsys.readouterr().err.endswith(said)
    among.unlink()
    Export(str(path)).answer(retriever, "", "ferry.txt#1", search)
    assert one(parsed(path.read_text()), "h1").text() == "More like ferry.txt#1"


def run(
    folder: Path, *arguments: str | Path, stdin: bytes = b"", before: str = ""
) -> tuple[int, str, str]:
    """The command in a process of its own, after some statements."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PASSAGE_INDEX", "COLUMNS"}}
    done = subprocess.run(
        [sys.executable, "-c", f"{before}\nfrom query.cli import main; main()", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=folder,
        env=kept | {"HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.slow
def test_the_command_writes_the_file_without_the_libraries_of_the_page_and_verifies_it(
    tmp_path: Path,
) -> None:
    corpus = write_corpus(tmp_path / "articles", FILES)
    command = [sys.executable, "-c", "from index.cli import main; main()", "build", str(corpus)]
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=environment)
    without = (
        "import sys\n"
        "for name in ('starlette', 'uvicorn', 'PIL', 'anyio', 'jinja2'): sys.modules[name] = None\n"
        "sys.modules.pop('PIL')\n"
        "import importlib.util as u; found = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'PIL' else found(name, *rest)\n"
    )
    code, out, err = run(
        tmp_path, "--html", "a.html", "--doc", "ferry.txt", "-k", "1", QUESTION, before=without
    )
    assert (code, out) == (0, ""), err
    assert re.fullmatch(r"wrote a\.html, \d+ KB: 1 passage of 1 article\n", err)
    page = parsed((tmp_path / "a.html").read_text())
    assert [node.attributes["data-document"] for node in page.css("article")] == ["ferry.txt"]
    data = (tmp_path / "a.html").read_bytes()
    code, out, err = run(tmp_path, "--verify", "-", stdin=data)
    assert (code, out.count("these words stand here"), err) == (0, 1, "")
    (corpus / "ferry.txt").write_text("Nothing is left.\n")
    assert run(tmp_path, "--verify", "-", stdin=data)[0] == 1
    assert run(tmp_path, "--html", "b.html", "xylophone opera")[0] == 1
    assert (tmp_path / "b.html").exists()
    code, out, err = run(tmp_path, "--html", "articles/bread.txt", QUESTION)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert (corpus / "bread.txt").read_text() == FILES["bread.txt"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ferry", "--json"], "--json and --html are two forms of output: choose one."),
        (["ferry", "--page"], "--page and --html are two forms of output: choose one."),
        (["ferry", "--context", "9"], "--context and --html are two forms of output: choose one."),
        (["ferry", "--open", "1"], "--open and --html are two forms of output: choose one."),
        (["--show", "a.txt#1"], "--show and --html are two forms of output: choose one."),
        (["ferry", "--explain"], "or as JSON: leave out --html."),
        (["ferry", "--why-not", "a#1"], "--why-not and --html are two forms of output: choose"),
        ([], "--html holds the answer to one question: give TEXT, or --like."),
    ],
)
def test_other_forms_of_output_are_refused(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    code, out, err = run(tmp_path, "--html", "a.html", *arguments)
    assert (code, out) == (2, "") and message in err
    assert not [*tmp_path.iterdir()]
