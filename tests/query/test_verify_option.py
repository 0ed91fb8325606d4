"""``query --verify``: what became of the words that a line cites, in the words of a person."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from fake_hits import hits_of
from small_index import build, write_corpus

from query import CitationLine

pytestmark = pytest.mark.slow

TEXT = "The army crossed the river.\n\nBread and “salt” were all they had.\n\nSnow fell.\n"
LINE = str(hits_of(TEXT, 2)[0].citation_line)
OTHER = str(hits_of(TEXT, 3, doc_id="sub/b.txt")[0].citation_line)
QUOTED = "   “Bread and “salt” were all they had.”\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two documents, and no index."""
    return write_corpus(tmp_path / "articles", {"a.txt": TEXT, "sub/b.txt": TEXT})


@pytest.fixture
def indexed(folder: Path) -> Path:
    """The same folder with an index in it."""
    build(folder, folder / ".passage-index", FakeEncoder())
    return folder


def run(
    folder: Path, *arguments: str | Path, stdin: str = "", **environment: str
) -> tuple[int, str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"PASSAGE_INDEX", "COLUMNS"}}
    done = subprocess.run(
        [sys.executable, "-c", "from query.cli import main; main()", "--verify", *arguments],
        input=stdin.encode(),
        capture_output=True,
        check=False,
        cwd=folder,
        env=kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environment,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_words_that_stand_there_are_told_with_their_place(indexed: Path) -> None:
    said = f"a.txt:3: these words stand here\n{QUOTED}"
    assert run(indexed, LINE) == (0, said, "")
    assert run(indexed / "sub", LINE) == (0, f"../{said}", "")
    assert run(indexed.parent, LINE, "--index", "articles") == (0, f"articles/{said}", "")
    assert run(indexed.parent, LINE, PASSAGE_INDEX="articles") == (0, f"articles/{said}", "")


def test_the_current_folder_will_do_without_an_index(folder: Path) -> None:
    code, output, error = run(folder, LINE)
    assert (code, output) == (0, f"a.txt:3: these words stand here\n{QUOTED}")
    assert error == f"query: no index here or above, so the files are looked for in {folder}\n"
    code, output, error = run(folder, LINE, PASSAGE_INDEX="nowhere")
    assert (code, output) == (2, "")
    assert "no index at nowhere" in error
    assert run(folder, LINE, "--index", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        (f"At the top.\n\n{TEXT}", 0, f"a.txt:5: these words have moved here\n{QUOTED}"),
        (TEXT.replace("salt", "wine"), 1, "a.txt: these words are no longer there\n"),
        (None, 1, "a.txt: the file is not there\n"),
    ],
)
def test_words_that_moved_or_are_gone_are_told(
    indexed: Path, changed: str | None, code: int, said: str
) -> None:
    (indexed / "a.txt").unlink()
    (indexed / "sub" / "b.txt").unlink()
    if changed is not None:
        (indexed / "a.txt").write_text(changed)
    assert run(indexed, LINE) == (code, said, "")


def test_a_file_that_has_another_name_is_found_through_the_index(indexed: Path) -> None:
    (indexed / "a.txt").unlink()
    said = "sub/b.txt:3: these words stand here now, and were cited from a.txt\n"
    assert run(indexed, LINE) == (0, f"{said}{QUOTED}", "")


def test_a_mail_with_citations_is_read_from_standard_input(indexed: Path) -> None:
    wrapped = "".join(f"> {part}\n" for part in textwrap.wrap(f"He says: {LINE}. Or", 50))
    mail = f"Hello,\n{wrapped}and <{OTHER}> too.\n"
    both = (
        f"a.txt:3: these words stand here\n{QUOTED}\n"
        "sub/b.txt:5: these words stand here\n   “Snow fell.”\n"
    )
    assert run(indexed, "-", stdin=mail) == (0, both, "")
    assert run(indexed, mail) == (0, both, "")
    (indexed / "sub" / "b.txt").write_text("Rain fell.\n")
    assert run(indexed, "-", stdin=mail)[0] == 1


def test_a_bad_line_is_told_and_the_others_are_looked_up(indexed: Path) -> None:
    code, output, error = run(indexed, "-", stdin=f"{LINE[:60]}\n{OTHER}\n")
    assert (code, output) == (2, "sub/b.txt:5: these words stand here\n   “Snow fell.”\n")
    assert error.startswith("query: the citation is cut short or altered: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        ([LINE.replace("a.txt", "b.txt")], "", "the citation is not as it was written"),
        (["bread and salt"], "", "no citation in 'bread and salt'"),
        (
            ["-"],
            "bread and salt",
            "no citation on standard input: give a text with a line",
        ),
        ([""], "", "it is empty"),
        ([LINE, "what is it?"], "", "TEXT and --verify are two things to ask"),
        ([LINE, "--like", "a.txt#1"], "", "--like and --verify are two things to ask"),
        ([LINE, "--show", "a.txt#1"], "", "--show and --verify are two forms of output"),
        ([LINE, "--context", "9"], "", "--context and --verify are two forms of output"),
        ([LINE, "--format", "vimgrep"], "", "--format vimgrep and --verify are two forms"),
        ([LINE, "--around", "1"], "", "--around and --verify are two forms of output"),
        ([LINE, "--open", "1"], "", "--open and --verify are two forms of output"),
        ([LINE, "--explain"], "", "leave out --verify"),
        ([LINE, "--why-not", "a.txt#1"], "", "--why-not is about one question"),
    ],
)
def test_what_cannot_be_verified_gets_one_line(
    indexed: Path, arguments: list[str], stdin: str, message: str
) -> None:
    code, output, error = run(indexed, *arguments, stdin=stdin)
    assert (code, output) == (2, "")
    assert message in error
    assert error.count("\n") == 1


def test_json_has_all_of_it(indexed: Path) -> None:
    code, output, error = run(indexed, "-", "--json", stdin=f"{LINE} {OTHER[:70]}… {OTHER}")
    first, second, third = map(json.loads, output.splitlines())
    assert (code, error) == (2, "")
    assert first == {
        "citation": LINE,
        "cited": [citation.to_dict() for citation in CitationLine.read(LINE).citations],
        "ok": True, "status": "unchanged", "reason": "these words stand here",
        "doc_id": "a.txt", "found": [[29, 64]], "line": 3, "page": None, "page_end": None,
        "page_label": None, "time": None, "time_end": None,
        "text": "Bread and “salt” were all they had.",
    }  # fmt: skip
    assert [*second] == ["error"]
    assert third["doc_id"] == "sub/b.txt"


def test_several_indexes_are_looked_up_by_their_common_folder(folder: Path) -> None:
    other = write_corpus(folder.parent / "notes", {"n.txt": TEXT})
    for each in (folder, other):
        build(each, each / ".passage-index", FakeEncoder())
    line = str(hits_of(TEXT, 2, doc_id="notes/n.txt")[0].citation_line)
    found = run(folder, line, "--index", ".", "--index", "../notes")
    assert found == (0, f"../notes/n.txt:3: these words stand here\n{QUOTED}", "")


def test_long_quotations_are_shown_by_their_beginning_and_fit_the_width(folder: Path) -> None:
    text = "The \x1b[31mwater rose. " + "It rose and it rose over the walls. " * 20
    (folder / "a.txt").write_text(text)
    line = str(hits_of(text.strip(), 1)[0].citation_line)
    code, output, _ = run(folder, line, COLUMNS="40")
    lines = output.splitlines()
    assert code == 0
    assert lines[:2] == ["a.txt:1: these words stand here, and", "  the file has changed elsewhere"]
    assert lines[2].startswith("   “The \\x1b[31mwater rose.")
    assert lines[-1].endswith(" …”")
    assert max(map(len, lines)) <= 40
    assert len(" ".join(line.strip() for line in lines[2:])) <= 220


def test_nothing_heavy_is_imported(indexed: Path) -> None:
    code = (
        "import sys\n"
        "from query.cli import query\n"
        f"query.main(['--verify', {LINE!r}], standalone_mode=False)\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=indexed,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "query" in loaded
    assert loaded & {
        "torch", "transformers", "sentence_transformers", "onnxruntime", "tokenizers", "onnx",
        "sentencex", "markdown_it", "pypdfium2", "filelock", "platformdirs", "asyncio", "ssl",
    } == set()  # fmt: skip
