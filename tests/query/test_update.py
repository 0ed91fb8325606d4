"""`query --update`, and a prompt that moves to a new index before each question."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.store.generation import Generation
from index.store.publishing import locked_for_writing

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
LONGEST = 120
QUESTION = "when does the ferry leave?"


def environment(state: Path, **values: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"PASSAGE_INDEX", "COLUMNS"}}
    return kept | {"HF_HUB_OFFLINE": "1", "XDG_STATE_HOME": str(state)} | values


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose index, beside it, lacks the ferry."""
    folder = tmp_path / "with: colon" / "docs"
    folder.mkdir(parents=True)
    (folder / "bread.md").write_text("# Bread\n\nIt is baked at four.\n\nIt is sold at six.\n")
    build(folder)
    (folder / "ferry.txt").write_text("The ferry leaves at noon. It is late.")
    return folder


def build(folder: Path) -> None:
    command: list[str | Path] = [BIN / "index", "build", folder]
    subprocess.run(
        [*command, "--index", folder.parent / "index"],
        check=True,
        capture_output=True,
        env=environment(folder.parent),
    )


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / "query", "--index", folder.parent / "index", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env=environment(folder.parent),
        cwd="/",
    )


def test_the_index_is_brought_up_to_date_before_the_question(folder: Path) -> None:
    plain = run(folder, QUESTION)
    assert "noon" not in plain.stdout
    assert "have changed since they were indexed" in plain.stderr
    done = run(folder, "--update", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The ferry leaves at noon." in done.stdout
    (folder / "ferry.txt").unlink()
    gone = run(folder, "--update", QUESTION)
    assert (gone.returncode, gone.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (["--json", QUESTION], ""),
        (["--json"], f"{QUESTION}\nferry\n"),
        (["--like", "ferry.txt#1", "--json"], ""),
    ],
)
def test_nothing_but_json_is_printed(folder: Path, arguments: list[str], stdin: str) -> None:
    done = run(folder, "--update", "--all", *arguments, stdin=stdin)
    assert done.stderr == ""
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(objects) == (2 if stdin else 1)
    newest = Generation.open(folder.parent / "index").name
    assert {found["generation"] for found in objects} == {newest}
    ids = [hit["passage_id"] for hit in objects[0]["hits"]]
    assert ("ferry.txt#1" in ids) == ("--like" not in arguments)


def test_the_other_forms_of_output_are_brought_up_to_date_too(folder: Path) -> None:
    shown = run(folder, "--update", "--show", "ferry.txt:1")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert " > The ferry leaves at noon." in shown.stdout
    (folder / "ferry.txt").write_text("The ferry leaves at one. It is late.")
    found = run(folder, "--update", "--format", "vimgrep", QUESTION)
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.endswith("ferry.txt:1:1:The ferry leaves at one. It is late.\n")
    (folder / "ferry.txt").write_text("The ferry leaves at two. It is late.")
    answered = run(folder, "--update", stdin=f"{QUESTION}\n")
    assert "leaves at two" in answered.stdout
    (folder / "ferry.txt").write_text("The ferry leaves at three. It is late.")
    context = run(folder, "--update", "--context", "100", QUESTION)
    assert "leaves at three" in context.stdout


def test_if_another_build_holds_the_index_it_is_asked_as_it_is(folder: Path) -> None:
    with locked_for_writing(folder.parent / "index"):
        done = run(folder, "--update", "when is bread baked?")
    assert (done.returncode, "baked at four" in done.stdout) == (0, True)
    waiting, given_up = done.stderr.splitlines()
    assert waiting.startswith(f"query: process {os.getpid()} on ")
    writing = f" is writing {folder.parent}/index: "
    assert waiting.endswith(f"{writing}waiting up to 5 s until it is done")
    assert given_up.endswith(f"{writing}the index is asked as it is")


def test_what_keeps_the_index_from_being_brought_up_to_date_is_one_line(folder: Path) -> None:
    folder.rename(folder.with_name("moved"))
    for arguments in ([QUESTION], ["--json", QUESTION], ["--show", "bread.md:3"]):
        done = run(folder, "--update", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert f"the folder {folder} that was indexed is gone; if it has moved, run" in done.stderr
    assert run(folder, "when is bread baked?").returncode == 0
    missing = run(folder, "--update", "--index", str(folder), QUESTION)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


@pytest.fixture
def other(folder: Path) -> Path:
    """A second folder with an index of its own, which does not hold the tram."""
    other = folder.parent / "other" / "docs"
    other.mkdir(parents=True)
    (other / "metro.md").write_text("# Metro\n\nThe metro leaves at dawn.\n")
    build(other)
    (other / "tram.txt").write_text("The tram leaves at dusk. It is early.")
    return other


def test_of_several_indexes_each_is_brought_up_to_date_if_it_can_be(
    folder: Path, other: Path
) -> None:
    folder.rename(folder.with_name("moved"))
    before = Generation.open(other.parent / "index").name
    arguments = ["--update", "--index", str(other.parent / "index"), QUESTION]
    done = run(folder, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"the folder {folder} that was indexed is gone" in done.stderr
    assert Generation.open(other.parent / "index").name != before
    other.rename(other.with_name("moved"))
    both = run(folder, *arguments)
    assert (both.returncode, both.stdout) == (2, "")
    assert [f"{gone} that was indexed" in line for gone, line in zip(
        (folder, other), both.stderr.splitlines(), strict=True
    )] == [True, True]  # fmt: skip


def test_at_a_prompt_an_index_that_fails_does_not_keep_the_others_back(
    folder: Path, other: Path
) -> None:
    def typed() -> Iterator[str]:
        yield "when does the tram leave?"
        folder.rename(folder.with_name("moved"))
        (other / "tram.txt").write_text("The tram leaves at midnight. It is early.")
        yield "when does the tram leave?"

    index = str(other.parent / "index")
    first, second = at_prompt(folder, typed(), "--update", "--index", index).split("? ")[1:3]
    assert ("dusk" in first, "midnight" in second) == (True, True)
    assert second.count("is gone; if it") == 1


def test_if_nothing_has_changed_nothing_heavy_is_imported(folder: Path) -> None:
    build(folder)
    current = folder.parent / "index" / "CURRENT"
    before = current.stat().st_ino
    code = (
        "import sys\n"
        "from query.cli import query\n"
        f"query.main(['--index', {str(folder.parent / 'index')!r}, '--update', {QUESTION!r}],"
        " standalone_mode=False)\n"
        "print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, capture_output=True, text=True, env=environment(folder.parent),
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "leaves at noon" in done.stdout
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert "faiss" in loaded
    unused = {
        "torch", "transformers", "sentence_transformers", "onnx", "huggingface_hub", "sentencex",
        "markdown_it", "filelock", "platformdirs", "asyncio", "ssl", "pypdfium2", "lxml",
        "selectolax", "docx", "watchfiles", "anyio",
    }  # fmt: skip
    assert loaded & unused == set()
    assert current.stat().st_ino == before


def at_prompt(folder: Path, typed: Iterator[str], *arguments: str) -> str:
    """What a terminal of 80 columns shows of a prompt at which these lines are typed."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [BIN / "query", "--index", folder.parent / "index", *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        env=environment(folder.parent, TERM="xterm", COLUMNS="80"),
        cwd=folder.parent,
    )
    os.close(child)
    shown = b""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        if select.select([parent], [], [], 0.1)[0]:
            try:
                data = os.read(parent, 1 << 16)
            except OSError:
                break
            shown += data
            if shown.endswith(b"? "):
                os.write(parent, f"{next(typed, 'quit')}\n".encode())
        elif process.poll() is not None:
            break
    process.wait(timeout=LONGEST)
    os.close(parent)
    return shown.decode()


def test_a_prompt_moves_to_a_new_index_and_says_so(folder: Path) -> None:
    def typed() -> Iterator[str]:
        yield QUESTION
        build(folder)
        yield QUESTION
        yield QUESTION
        (folder / "ferry.txt").write_text("The ferry leaves at one. It is late.")
        build(folder)
        yield ":k 3"  # which shows the last answer again

    answers = at_prompt(folder, typed()).split("? ")[1:]
    moved = "\x1b[2mThe index is new: 3 passages.\x1b[0m"
    assert [answer.count(moved) for answer in answers[:5] if "quit" not in answer] == [0, 1, 0, 1]
    assert ["noon" in answer for answer in answers[:4]] == [False, True, True, False]
    assert "leaves at one" in answers[3].replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_a_prompt_with_update_brings_the_index_up_to_date_each_time(folder: Path) -> None:
    def typed() -> Iterator[str]:
        yield QUESTION
        (folder / "ferry.txt").write_text("The ferry leaves at one. It is late.")
        yield QUESTION
        yield QUESTION
        folder.rename(folder.with_name("moved"))
        yield QUESTION
        yield QUESTION

    first, second, third, gone, again = at_prompt(folder, typed(), "--update").split("? ")[1:6]
    assert "noon" in first
    assert "The index is new" not in first
    assert "at one" in second
    assert "The index is new: 3 passages." in second
    assert "at one" in third
    assert "The index is new" not in third
    assert ("is gone; if it" in gone, "at one" in gone) == (True, True)
    assert ("is gone; if it" in again, "at one" in again) == (False, True)


def test_a_prompt_stays_on_what_it_has_if_the_new_index_is_damaged(folder: Path) -> None:
    build(folder)
    current = folder.parent / "index" / "CURRENT"

    def typed() -> Iterator[str]:
        yield QUESTION
        current.write_text(f"g-{'0' * 16} {'0' * 64}\n")
        yield QUESTION
        yield QUESTION

    answers = at_prompt(folder, typed()).split("? ")[1:4]
    assert ["noon" in answer for answer in answers] == [True, True, True]
    assert ["query: " in answer for answer in answers] == [False, True, False]
