"""The ``index`` command as a person meets it: its output, its exit codes, its errors."""

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from numpy.typing import NDArray
from small_index import CORPUS, current_folder, generation_bytes, rehash, write_corpus
from stopped_builds import keeping_at_once, stop_build

from embed.cache import FORMAT as EXPORT
from embed.encoder import Encoder
from index.cli import main
from index.commands import build_report
from index.reading.formats import KINDS
from index.store.kept import Kept
from index.store.layout import FORMAT, KEPT, LOCK

RIVER = "east/river.txt"

Index = Callable[..., tuple[int, str, str]]


HEAD = ["subtitle", "byline", "date"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a corpus in it, and the deterministic encoder for a model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    model = SimpleNamespace(name="fake", fingerprint="fake" * 16)
    monkeypatch.setattr("embed.model.announced_model", lambda _=None: model)
    encoder = FakeEncoder()
    monkeypatch.setattr(Encoder, "load", lambda *_, **__: encoder)
    monkeypatch.setattr(Encoder, "open", lambda *_, **__: encoder)
    write_corpus(tmp_path / "corpus")
    return tmp_path


@pytest.fixture
def index(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Index:
    """Runs ``index`` with some arguments; gives exit code, output and error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["index", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert isinstance(end.value.code, int)
        return (end.value.code, *capsys.readouterr())

    return run


def test_a_build_ends_with_what_it_did_and_what_to_try(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_report, "_query_command", lambda *_: "query")
    code, output, error = index("build", "corpus", "--example", "ceasefire terms")
    lines = output.splitlines()
    assert (code, error) == (0, "")
    assert lines[0].startswith("Indexed 4 articles, 7 passages in ")
    assert lines[0].endswith(" s: .passage-index")
    assert lines[1] == "Embedded 7 passages: 64 tokens read, 64 embedded"
    assert lines[2].startswith("Ask it: ")
    code, output, _ = index("build", "corpus")
    assert code == 0
    assert output.splitlines()[0] == (
        "Nothing has changed: 4 articles, 7 passages, 64 tokens: .passage-index"
    )
    Path("corpus/new.txt").write_text("A new one.")
    assert (
        "Embedded 1 passage, took over 7 that had not changed: 3 tokens read, 3 embedded"
        in (index("build", "corpus")[1])
    )


def test_the_command_to_try_is_one_that_works(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = folder / "bin"
    binary.mkdir()
    (binary / "query").write_text("#!/bin/sh\n")
    (binary / "query").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(binary / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    asked = [index("build", "corpus")[1].splitlines()[-1]]
    monkeypatch.setenv("PATH", str(binary))
    asked.append(index("build", "corpus")[1].splitlines()[-1])
    asked.append(index("build", "corpus", "--index", "an index")[1].splitlines()[-1])
    assert asked == [
        'Ask it: bin/query "your question"',
        'Ask it: query "your question"',
        "Ask it: query --index 'an index' \"your question\"",
    ]


def test_what_is_left_out_is_named(index: Index) -> None:
    Path("corpus/link.txt").symlink_to("/etc/passwd")
    Path("corpus/bad.txt").write_bytes("Bäd wätër".encode() + b" \xff.")
    for number in range(12):
        Path(f"corpus/{number:02}.txt").write_bytes(b"x" * 3000)
    output = index("build", "corpus", "--max-file-size", "0.002")[1]
    assert "Not text: 1 byte of bad.txt, replaced by U+FFFD" in output
    assert output.count("Left out ") == 11
    assert "Left out 3 more; --json names all" in output
    report = json.loads(index("build", "corpus", "--max-file-size", "0.002", "--json")[1])
    assert (report["changed"], len(report["left_out"]), report["replaced"]) == (False, 13, 1)
    assert {"path": "link.txt", "reason": "a link out of the folder"} in report["left_out"]


def test_a_report_in_json(index: Index, folder: Path) -> None:
    code, output, _ = index("build", "corpus", "--json")
    report = json.loads(output)
    assert code == 0
    assert report.pop("seconds") >= 0
    assert report == {
        "generation": current_folder(folder / ".passage-index").name,
        "changed": True,
        "documents": 4,
        "passages": 7,
        "sentences": 15,
        "tokens": 64,
        "embedded": 7,
        "kept": 0,
        "tokens_read": 64,
        "tokens_embedded": 64,
        "replaced": 0,
        "replaced_in": {},
        "encodings": {},
        "notes": {},
        "other_kinds": {},
        "left_out": [],
        "ignored": [],
        "index": str(folder / ".passage-index"),
    }


def broken(name: str) -> None:
    path = current_folder(Path(".passage-index")) / name
    path.write_bytes(path.read_bytes()[:-1] + b"\xa5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("build", "--index", "nowhere"),
            "no index at nowhere that could be brought up to date: give the files or folders",
        ),
        (("build", "nowhere"), "no such file or folder: nowhere"),
        (("build", "corpus", "nowhere"), "no such file or folder: nowhere"),
        (("build", f"corpus/{RIVER}"), "corpus/east/river.txt: give --index DIR to make another"),
        (("build", "pictures/a.png"), "a.png is of a kind that is not read (.png): give text"),
        (("build", "corpus", "--exclude", "[a"), "--exclude [a: it is not a pattern: is a bracket"),
        (("build", "corpus", "--include", "#a"), "--include #a: it is a comment: write \\# for #"),
        (
            ("build", "corpus", "--exclude", "*"),
            "the patterns leave out all articles in corpus (2 files, 1 folder): ",
        ),
        (("build", "--include", ""), "Invalid value for '--include': it is empty"),
        (("build", "empty"), "no article in empty"),
        (
            ("build", "pictures"),
            "pictures holds no article that can be read (found: 1 .png",
        ),
        (("build", ""), "Invalid value for '[FOLDER|FILE]...': it is empty: is a variable not"),
        (("build", "corpus", "--index", ""), "Invalid value for '--index': it is empty"),
        (("build", "corpus", "--model", ""), "Invalid value for '--model': it is empty"),
        (("status", "--index", ""), "Invalid value for '--index': it is empty"),
        (("verify", "--model", ""), "Invalid value for '--model': it is empty"),
        (("build", "other"), "/other: give --index DIR to make another one, or --replace"),
        (("build", "corpus", "--index", "corpus"), "corpus holds other things than an index"),
        (("build", "corpus", "--index", "file"), "file is not a folder"),
        (("build", "corpus", "--index", "file/below"), "cannot write the index file/below"),
        (("build", "corpus", "--precision", "fp16"), "'fp16' is not one of 'fp32', 'int8'"),
        (("build", "corpus", "--wait", "-1"), "-1 is less than 0"),
        (("build", "corpus", "--wait", "soon"), "soon is not a number"),
        (("build", "corpus", "--wait", "nan"), "nan is not a number"),
        (("build", "corpus", "--max-file-size", "1e99"), "1e99 is more than 68,719,476,736"),
        (("status", "--index", "nowhere"), "no index at nowhere: make one with index build FOLDER"),
        (("verify", "--index", "corpus"), "no index at corpus"),
        (("show", "nowhere"), "no such file: nowhere"),
        (("show", "corpus"), "corpus is a folder: give a file"),
        (("show", "pictures/a.png"), "pictures/a.png is not of a kind that is read: give one of"),
        (("nothing",), "No such command 'nothing'"),
    ],
)
def test_a_mistake_is_one_line_and_touches_nothing(
    index: Index, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    index("build", "corpus")
    before = generation_bytes(folder / ".passage-index")
    Path("empty").mkdir()
    Path("file").write_text("mine")
    write_corpus(Path("pictures"), {"a.png": b"x"})
    write_corpus(Path("other"))
    code, output, error = index(*arguments)
    assert (code, output, error.count("\n")) == (2, "", 1)
    assert error.startswith("index: ")
    assert message in error
    assert generation_bytes(folder / ".passage-index") == before


def test_no_model_is_made_ready_for_a_file_that_cannot_be_shown(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Encoder, "load", lambda **_: pytest.fail("a model is opened"))
    assert index("show", "nowhere.txt") == (2, "", "index: no such file: nowhere.txt\n")


def test_a_status_says_what_is_there_and_what_has_changed(index: Index, folder: Path) -> None:
    index("build", "corpus")
    code, output, _ = index("status")
    name = current_folder(folder / ".passage-index").name
    lines = output.splitlines()
    assert code == 0
    assert lines[:2] == [f"index    .passage-index ({name})", "articles corpus"]
    assert "4 articles, 7 passages, 15 sentences, 64 tokens" in lines[2]
    assert lines[3:] == [
        "model    fake (fp32, fakefakefake)",
        "changes  none: every article is as it was indexed",
    ]
    Path("corpus/new.txt").write_text("New.")
    Path("corpus/talks.md").unlink()
    Path("corpus", RIVER).write_text("Other.")
    code, output, _ = index("status")
    assert code == 1
    assert output.splitlines()[4:] == [
        "added    new.txt",
        f"changed  {RIVER}",
        "deleted  talks.md",
        "Bring it up to date: index build",
    ]
    for number in range(15):
        Path(f"corpus/{number}.txt").write_text("x")
    assert "and 6 more: --json names all" in index("status")[1]


def test_a_status_in_json(index: Index, folder: Path) -> None:
    index("build", "corpus")
    Path("corpus/new.txt").write_text("New.")
    code, output, _ = index("status", "--json")
    values = json.loads(output)
    assert code == 1
    heads = [[document.pop(name) for name in HEAD] for document in values["documents"]]
    assert heads == [["", "", ""]] * 4
    assert (values["added"], values["changed"], values["deleted"]) == (["new.txt"], [], [])
    assert (values["model"], values["precision"], values["dim"]) == ("fake", "fp32", 64)
    assert values["folder"] == str(folder / "corpus")
    assert values["documents"] == [
        {"doc_id": name, "title": title, "passages": count}
        for name, title, count in zip(
            sorted(CORPUS), ["bread", "river", "Talks", "winter"], [1, 2, 2, 2], strict=True
        )
    ]


def test_a_status_in_json_has_the_heads_of_documents(index: Index) -> None:
    head = "---\ntitle: Talks\nsubtitle: A guide\nauthor: By Ann\ndate: 2023-05-01\n---\n"
    Path("corpus/headed.md").write_text(f"{head}\nThe ferry left.\n")
    index("build", "corpus")
    documents = json.loads(index("status", "--json")[1])["documents"]
    [headed] = [document for document in documents if document["doc_id"] == "headed.md"]
    assert [headed[name] for name in HEAD] == ["A guide", "By Ann", "2023-05-01"]


def test_a_verification(index: Index, folder: Path) -> None:
    index("build", "corpus")
    code, output, _ = index("verify")
    assert code == 0
    assert "bytes are as they were written" in output
    assert "22 vectors made again, all the same to the last bit" in output
    assert "7 passages of 7 read again in corpus, where cited" in output
    Path("corpus", "winter.txt").write_text("Other.")
    code, output, _ = index("verify")
    assert code == 1
    assert output.splitlines()[-1] == "Not where cited: winter.txt#1-2 (changed)"
    code, output, _ = index("verify", "--json")
    values = json.loads(output)
    assert (code, values["ok"], values["passages"]) == (1, False, 5)
    assert values["moved"] == [{"doc_id": "winter.txt", "reason": "changed", "numbers": [1, 2]}]


@pytest.mark.parametrize("command", ["status", "verify"])
@pytest.mark.parametrize("name", ["catalog.sqlite", "passages.faiss", "MANIFEST.json"])
def test_a_damaged_index_is_one_line(index: Index, command: str, name: str) -> None:
    index("build", "corpus")
    broken(name)
    code, output, error = index(command)
    assert (code, output, error.count("\n")) == (2, "", 1)
    assert error.startswith("index: the index is damaged: ")
    assert name in error
    in_full = "index build corpus --model fake" if name == "MANIFEST.json" else "index build"
    assert error.endswith(f"; build it again: {in_full}\n")
    assert index("build", "corpus")[0] == 0
    assert index(command)[0] == 0


def test_an_index_of_another_format(index: Index) -> None:
    index("build", "corpus")
    rehash(Path(".passage-index"), format=0)
    assert index("status")[2] == (
        "index: the index has the older format 0, this program reads 6: "
        "build it again: index build corpus --model fake\n"
    )
    rehash(Path(".passage-index"), format=FORMAT + 1)
    assert f"has the newer format {FORMAT + 1}, this program reads {FORMAT}" in index("status")[2]
    code, _, error = index("build", "corpus")
    assert (code, error.count("\n")) == (2, 1)
    assert f"newer format {FORMAT + 1}" in error


def test_an_index_of_another_folder_is_replaced_only_if_asked(index: Index, folder: Path) -> None:
    index("build", "corpus")
    before = generation_bytes(folder / ".passage-index")
    write_corpus(Path("other"), {"a.txt": "Another one."})
    code, output, error = index("build", "other")
    assert (code, output, error.count("\n")) == (2, "", 1)
    assert f"is the index of {folder}/corpus, not of {folder}/other" in error
    assert generation_bytes(folder / ".passage-index") == before
    broken("passages.faiss")  # the manifest can still be read
    assert index("build", "other")[0] == 2
    rehash(Path(".passage-index"), format=1)  # even that of an older format
    assert index("build", "other")[0] == 2
    code, output, _ = index("build", "other", "--replace")
    assert (code, output[:17]) == (0, "Indexed 1 article")
    assert index("build", "other")[0] == 0
    assert index("build", "./other/../other/")[0] == 0


def test_an_index_that_moves_with_its_folder_is_brought_up_to_date(
    index: Index, folder: Path
) -> None:
    Path("old").mkdir()
    Path("corpus").rename("old/corpus")
    index("build", "old/corpus", "--index", "old/index")
    Path("old").rename("new")
    assert index("build", "new/corpus", "--index", "new/index")[0] == 0


def test_any_mix_of_folders_and_files(index: Index, folder: Path) -> None:
    write_corpus(Path("more notes"), {"bee.md": "A bee.", "old/wasp.md": "A wasp.", ".b.md": "B."})
    Path("more notes/.passageignore").write_text("old/\n")
    code, output, _ = index(
        *("build", "corpus/talks.md", "more notes", "corpus/east", "more notes/.b.md"),
        *("corpus/east/", "--exclude", "bread*"),
    )
    assert code == 0
    assert output.startswith("Indexed 4 articles, ")
    assert "Left out by patterns: 1 file, 1 folder" in output.splitlines()
    lines = index("status")[1].splitlines()
    assert lines[1:6] == [
        "articles corpus/east",
        "articles corpus/talks.md",
        "articles more notes",
        "articles more notes/.b.md",
        "exclude  'bread*'",
    ]
    assert "left out 1 file, 1 folder, by patterns" in lines
    status = json.loads(index("status", "--json")[1])
    assert status["folder"] == str(folder)
    assert status["sources"] == [
        "corpus/east", "corpus/talks.md", "more notes", "more notes/.b.md",
    ]  # fmt: skip
    assert (status["include"], status["exclude"]) == ([], ["bread*"])
    ignored = [
        {"path": "corpus/east/bread.txt", "reason": "left out by bread* (--exclude)"},
        {
            "path": "more notes/old/",
            "reason": "left out by old/ (more notes/.passageignore, line 1)",
        },
    ]
    assert [entry for entry in status["not_read"] if "left out by" in entry["reason"]] == ignored
    assert json.loads(index("build", "--json")[1])["ignored"] == ignored
    assert [document["doc_id"] for document in status["documents"]] == [
        "corpus/east/river.txt", "corpus/talks.md", "more notes/.b.md", "more notes/bee.md",
    ]  # fmt: skip


def test_a_build_without_arguments_repeats_but_for_what_is_given(index: Index) -> None:
    def status() -> list[object]:
        values = json.loads(index("status", "--json")[1])
        return [values[name] for name in ("sources", "include", "exclude", "max_bytes", "encoding")]

    options = ("--exclude", "talks*", "--max-file-size", "1", "--encoding", "cp1252")
    index("build", "corpus/east", "corpus/talks.md", "corpus/winter.txt", *options)
    built = status()
    assert built == [["east", "talks.md", "winter.txt"], [], ["talks*"], 1 << 20, "cp1252"]
    code, output, _ = index("build")
    assert (code, output.startswith("Nothing has changed: 3 articles")) == (0, True)
    assert status() == built
    assert index("build", "--max-file-size", "2")[0] == 0
    assert status() == [*built[:3], 2 << 20, "cp1252"]
    assert index("build", "--include", "*.txt", "--exclude", "bread*")[0] == 0
    assert status() == [built[0], ["*.txt"], ["bread*"], 2 << 20, "cp1252"]
    index("build", "corpus/east", "corpus/talks.md", "corpus/winter.txt")  # begins anew
    assert status() == [built[0], [], [], None, ""]
    assert index("build", "--index", ".")[1].startswith("Nothing has changed: 4 articles")


def test_data_that_is_left_out_is_counted_and_damage_is_told(index: Index) -> None:
    data = {"a word": [[n / 7, n] for n in range(300)], "at": [[n / 7, n] for n in range(300)]}
    Path("corpus/map.json").write_text(json.dumps({"type": "Map", "png": "iVBO" * 400, **data}))
    Path("corpus/bad.json").write_text('{"a": harbour')
    Path("corpus/empty.eml").write_bytes(b"")
    Path("corpus/empty.docx").write_bytes(b"\n")
    lines = index("build", "corpus")[1].splitlines()
    assert "Not read: map.json: encoded data: 1 stretch, 1,600 characters" in lines
    assert any(line.startswith("Not read: map.json: numbers that stand alone: ") for line in lines)
    assert "bad.json: damaged in line 1, so read as plain text" in lines
    assert {"Left out empty.docx: is empty", "Left out empty.eml: is empty"} <= set(lines)


def test_every_message_names_the_same_kinds_of_files(index: Index) -> None:
    Path("pictures").mkdir()
    Path("pictures/a.png").write_bytes(b"x")
    assert KINDS in index("build", "pictures/a.png")[2]
    assert KINDS in index("build", "pictures")[2]
    said = " ".join(index("build", "--help")[1].split())
    assert f"{KINDS[0].upper()}{KINDS[1:]} are read." in said


def test_what_is_not_read_is_counted_and_named(index: Index) -> None:
    for name in ("a.zip", "b.zip", "c.xml", "east/d.doc"):
        Path("corpus", name).write_bytes(b"x")
    Path("corpus/link.txt").symlink_to("/etc/passwd")
    Path("corpus/bad.txt").write_bytes("Bäd wätër".encode() + b" \xff.")
    lines = index("build", "corpus")[1].splitlines()
    assert "Not read: 2 .zip, 1 .xml" in lines
    assert "Not read: 1 .doc: convert them first, to PDF or .docx for instance" in lines
    report = json.loads(index("build", "corpus", "--json")[1])
    assert report["other_kinds"] == {".zip": 2, ".doc": 1, ".xml": 1}
    assert report["replaced_in"] == {"bad.txt": 1}
    assert "not read 2 .zip, 1 .doc, 1 .xml" in index("status")[1].splitlines()
    status = json.loads(index("status", "--json")[1])
    assert status["replaced_in"] == {"bad.txt": 1}
    assert status["not_read"] == [
        {"path": "a.zip", "reason": "of another kind (.zip)"},
        {"path": "b.zip", "reason": "of another kind (.zip)"},
        {"path": "c.xml", "reason": "of another kind (.xml)"},
        {"path": "east/d.doc", "reason": "of another kind (.doc)"},
        {"path": "link.txt", "reason": "a link out of the folder"},
    ]


def test_ten_files_with_bytes_that_are_not_text_are_named(index: Index) -> None:
    for number in range(12):
        Path(f"corpus/{number:02}.txt").write_bytes("Bäd wäter".encode() + b" \xff\xfe.")
    lines = index("build", "corpus")[1].splitlines()
    named = [line for line in lines if line.startswith("Not text: ")]
    assert named[0] == "Not text: 2 bytes of 00.txt, replaced by U+FFFD"
    assert named[10:] == ["Not text: bytes of 2 more files; --json names all"]


@pytest.mark.parametrize("command", ["status", "verify"])
def test_a_folder_that_is_gone_is_told_with_its_place(
    index: Index, folder: Path, command: str
) -> None:
    index("build", "corpus")
    Path("corpus").rename("moved")
    code, output, _ = index(command)
    assert code == 1
    assert len(output.splitlines()) < 7
    assert output.splitlines()[-2:] == [
        f"This folder is not there any more: {folder}/corpus",
        "If it has moved, run: index build FOLDER --model fake --replace",
    ]
    assert index("build", "moved")[0] == 2
    assert index("build", "moved", "--replace")[0] == 0
    assert index(command)[0] == 0


def test_a_status_in_json_says_whether_the_folder_is_there(index: Index) -> None:
    index("build", "corpus")
    assert json.loads(index("status", "--json")[1])["folder_exists"] is True
    Path("corpus").rename("moved")
    values = json.loads(index("status", "--json")[1])
    assert (values["folder_exists"], len(values["deleted"])) == (False, len(CORPUS))


def test_a_verification_names_ten_articles(index: Index) -> None:
    for number in range(14):
        Path(f"corpus/{number:02}.txt").write_text("It was so.")
    index("build", "corpus")
    for number in range(14):
        Path(f"corpus/{number:02}.txt").write_text("It is other.")
    lines = index("verify")[1].splitlines()
    assert lines[3] == "Not where cited: 00.txt#1 (changed)"
    assert lines[13:] == ["Not where cited: passages of 4 more articles; --json names all"]
    assert len(json.loads(index("verify", "--json")[1])["moved"]) == 14


def test_names_that_a_terminal_would_act_on_are_written_out(index: Index) -> None:
    Path("corpus").rename("bad\x1b[31m\udcff")
    code, output, error = index("build", "bad\x1b[31m\udcff", "--index", "nowhere\x1b]0;x\x07")
    assert code == 0
    assert "\x1b" not in output + error
    code, output, error = index("status", "--index", "nowhere\x1b]0;x\x07")
    assert code == 0
    assert "\x1b" not in output + error
    code, output, error = index("status", "--index", "other\x1b[31m")
    assert code == 2
    assert "\x1b" not in output + error


def test_progress_is_shown_on_a_terminal_only(index: Index) -> None:
    assert index("build", "corpus")[2] == ""


def test_progress_is_gone_in_the_end(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(sys, "argv", ["index", "build", "corpus"])
        with pytest.raises(SystemExit):
            main()
    shown = ""
    with contextlib.suppress(OSError):  # how a terminal tells that the other end is closed
        while data := os.read(master, 1 << 16):
            shown += data.decode()
    os.close(master)
    assert "\r\x1b[KEmbedding 0%" in shown
    assert shown.endswith("\r\x1b[K")


def test_what_is_kept_of_a_build_that_was_stopped_is_shown(index: Index, folder: Path) -> None:
    directory = folder / ".passage-index"
    assert "no .passage-index in" in index("status")[2]
    stop_build(folder / "corpus", directory, 9)
    size = (directory / "KEPT").stat().st_size
    code, output, error = index("status")
    assert (code, output) == (2, "")
    assert error == (
        "index: there is no index in .passage-index yet, only what is kept for the next "
        f"index build: 7 passages of a build that was stopped, {size:,} bytes\n"
    )
    assert "took over 7 of a build that was stopped" in index("build", "corpus")[1]
    assert "kept " not in index("status")[1]
    assert json.loads(index("status", "--json")[1])["kept"] is None
    Path("corpus/new.txt").write_text("One more. It has two sentences.")
    stop_build(folder / "corpus", directory, 1)
    size = (directory / "KEPT").stat().st_size
    line = f"kept     1 passage of a build that was stopped, {size:,} bytes"
    assert line in index("status")[1].splitlines()
    status = json.loads(index("status", "--json")[1])
    assert status["kept"] == {"passages": 1, "bytes": size}
    report = json.loads(index("build", "corpus", "--json")[1])
    assert (report["kept"], report["embedded"], report["passages"]) == (1, 0, len(CORPUS) + 4)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_build_that_is_stopped_says_what_is_kept(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    directory = folder / ".passage-index"
    usual = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    index("build", "corpus")
    before = generation_bytes(directory)
    Path("corpus/new.txt").write_text("One more. It has two sentences.")
    real, real_stop = FakeEncoder.encode_passages, Kept.stop
    calls = 0

    def stop_again(kept: Kept) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            os.kill(os.getpid(), each)
        real_stop(kept)

    monkeypatch.setattr(Kept, "stop", stop_again)

    def stopping(
        encoder: FakeEncoder, texts: Sequence[str], *, on_batch: Callable[[int, int], None]
    ) -> NDArray[np.float32]:
        nonlocal calls
        calls += 1
        if calls == 2:
            os.kill(os.getpid(), number)
        return real(encoder, texts, on_batch=on_batch)

    monkeypatch.setattr(FakeEncoder, "encode_passages", stopping)
    assert index("build", "corpus") == (
        130,
        "",
        "Stopped. Nothing is kept for the next build; the old index still answers.\n",
    )
    calls = 0
    with keeping_at_once():
        assert index("build", "corpus")[2] == (
            "Stopped. 1 passage is kept for the next build; the old index still answers.\n"
        )
    assert generation_bytes(directory) == before
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == usual


def test_a_signal_that_is_ignored_stays_ignored(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = FakeEncoder.encode_passages

    def interrupting(
        encoder: FakeEncoder, texts: Sequence[str], *, on_batch: Callable[[int, int], None]
    ) -> NDArray[np.float32]:
        os.kill(os.getpid(), signal.SIGINT)
        return real(encoder, texts, on_batch=on_batch)

    monkeypatch.setattr(FakeEncoder, "encode_passages", interrupting)
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert index("build", "corpus")[0] == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_full_disk_is_told_with_what_is_kept(
    index: Index, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.store.row_writer.VectorWriter.close", full)
    error = (
        "index: cannot write the index .passage-index: No space left on device; "
        "what was there before is untouched"
    )
    assert index("build", "corpus") == (2, "", f"{error}\n")
    with keeping_at_once():
        assert index("build", "corpus")[2] == (
            f"{error}, and 7 passages are kept for the next build\n"
        )


def test_the_command_is_installed() -> None:
    ended = subprocess.run(
        [Path(sys.executable).with_name("index"), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"build", "status", "verify"} <= set(ended.stdout.split())


@pytest.fixture
def own_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder and a cache that nobody has used."""
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("PASSAGE_CACHE", str(folder / "cache"))
    return folder


def test_indexes_are_listed_with_what_became_of_them(index: Index, own_list: Path) -> None:
    assert index("list") == (0, "No index is on the list yet. Make one: index build FOLDER\n", "")
    assert index("list", "--json") == (0, "[]\n", "")
    write_corpus(Path("more"), dict.fromkeys("abcde", "x") | {f"{x}.txt": "Text." for x in "abcde"})
    index("build", "corpus")
    index("build", *(f"more/{name}.txt" for name in "abcde"), "--index", "an\x1bindex")
    lines = index("list")[1].splitlines()
    assert lines[:4] == [
        f"{own_list}/.passage-index",
        f"  articles {own_list}/corpus",
        lines[2],
        "  model    fake (fp32)",
    ]
    assert lines[2].startswith("  holds    4 articles, 7 passages, ")
    assert lines[4].startswith("  built    20")
    assert lines[5:12] == [
        "  state    up to date",
        "",
        f"{own_list}/an\\x1bindex",
        f"  articles {own_list}/more/a.txt",
        f"  articles {own_list}/more/b.txt",
        f"  articles {own_list}/more/c.txt",
        "  articles 2 more files or folders; --json names all",
    ]
    Path("corpus/new.txt").write_text("New.")
    Path("an\x1bindex").rename("moved")
    lines = index("list")[1].splitlines()
    assert lines[5] == "  state    changed"
    assert lines[7:] == [f"{own_list}/an\\x1bindex", "  state    gone"]
    values = json.loads(index("list", "--json")[1])
    assert [entry["state"] for entry in values] == ["changed", "gone"]
    broken("MANIFEST.json")
    lines = index("list")[1].splitlines()
    assert lines[1] == "  state    unreadable"
    assert lines[2].startswith("  problem  the index is damaged: ")
    assert (
        index("clean", "--index", "moved")[1]
        == "Cleaned: 1 gone and taken off the list of indexes\n"
    )
    assert len(json.loads(index("list", "--json")[1])) == 1


def test_an_index_is_removed_if_that_is_meant(
    index: Index, own_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index("build", "corpus", "--index", "corpus/.passage-index")
    before = generation_bytes(Path("corpus/.passage-index"))
    code, output, error = index("remove", "--index", "corpus")
    assert (code, output, error.count("\n")) == (2, "", 1)
    assert "to remove corpus/.passage-index without being asked at a terminal, give --yes" in error
    for answer, expected in (("n", 1), ("\n", 1)):
        monkeypatch.setattr("sys.stdin", Typed(answer))
        code, output, error = index("remove", "--index", "corpus")
        assert (code, output) == (expected, "")
        assert "Remove the index corpus/.passage-index? [y/N]: " in error
    assert generation_bytes(Path("corpus/.passage-index")) == before
    monkeypatch.setattr("sys.stdin", Typed("y"))
    code, output, _ = index("remove", "--index", "corpus")
    assert code == 0
    assert output.startswith("Removed the index corpus/.passage-index: ")
    assert not Path("corpus/.passage-index").exists()
    assert json.loads(index("list", "--json")[1]) == []
    index("build", "corpus")
    Path(".passage-index/mine.txt").write_text("mine")
    removed = json.loads(index("remove", "--yes", "--json")[1])
    assert removed.pop("freed") > 1000
    assert removed == {"index": str(own_list / ".passage-index"), "folder_kept": True}
    assert [path.name for path in Path(".passage-index").iterdir()] == ["mine.txt"]


class Typed(StringIO):
    """Standard input at a terminal, at which somebody types."""

    def isatty(self) -> bool:
        return True


def test_what_is_no_index_is_neither_removed_nor_cleaned(index: Index, own_list: Path) -> None:
    for command in (("remove", "--yes"), ("remove", "--yes", "--index", "corpus")):
        code, output, error = index(*command)
        assert (code, output, error.count("\n")) == (2, "", 1)
        assert "no index at " in error
    assert index("clean", "--index", "corpus")[0] == 2
    assert index("clean") == (0, "Nothing to clean.\n", "")  # there is none here, which is no error
    assert sorted(CORPUS) == [
        path.relative_to("corpus").as_posix() for path in sorted(Path("corpus").rglob("*.*"))
    ]


def test_cleaning_says_what_it_freed(
    index: Index, own_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index("build", "corpus")
    Path("corpus/new.txt").write_text("New.")
    index("build")
    assert len([*Path(".passage-index").glob("g-*")]) == 2
    assert json.loads(index("clean", "--json")[1])["freed"] > 1000
    assert len([*Path(".passage-index").glob("g-*")]) == 1
    assert index("clean")[1] == "Nothing to clean.\n"
    (Path(".passage-index") / KEPT).write_bytes(b"x" * 77)  # of a build that was stopped
    assert index("clean")[1] == "Cleaned: 77 bytes freed\n"
    first = Path("first")  # that of a first build, which has no generation yet
    first.mkdir()
    (first / LOCK).write_bytes(b"")
    (first / KEPT).write_bytes(b"x" * 50)
    assert index("clean", "--index", "first")[1].startswith("Cleaned: ")
    assert not (first / KEPT).exists()
    assert index("clean", "--index", "corpus")[2].startswith("index: no index at corpus")
    assert not (Path(".passage-index") / KEPT).exists()
    for name in ("fake" * 16, "9" * 64):
        (own_list / "cache" / f"{name}-fp32-{EXPORT}").mkdir(parents=True)
        (own_list / "cache" / f"{name}-fp32-{EXPORT}" / "model.onnx").write_bytes(b"x")
    # A model of an index that could not be made again without being named stays.
    packaged = SimpleNamespace(name="packaged", fingerprint="9" * 64)
    monkeypatch.setattr("embed.model.announced_model", lambda _=None: packaged)
    assert index("clean", "--cache")[1] == "Cleaned: 1 byte freed, 1 exported model removed\n"
    left = [path.name for path in (own_list / "cache").iterdir()]
    assert left == [f"{'fake' * 16}-fp32-{EXPORT}"]
    index("remove", "--yes")
    found = json.loads(index("clean", "--cache", "--json")[1])
    assert found == {"freed": 1, "models": 1, "off_the_list": 0}
    learnt = own_list / "cache" / "joined-indexes"
    learnt.mkdir()
    for name in ("0" * 32 + ".json", "mine.txt"):
        (learnt / name).write_bytes(b"x" * 50)
    assert index("clean", "--cache")[1] == "Cleaned: 50 bytes freed\n"
    assert [path.name for path in learnt.iterdir()] == ["mine.txt"]
