"""The ``query`` command as its user runs it: a new process, the real model, the two articles."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# Where prompts keep their history, so that it is not that of whoever runs the tests.
STATE = TemporaryDirectory()
BIN = Path(sys.executable).parent

# What a program that reads --json may rely on.
NONE = type(None)
HIT_FIELDS = {
    "rank": int, "score": float, "passage_id": str, "doc_id": str, "title": str, "byline": str,
    "number": int, "line": int, "start": int, "end": int, "text": str, "best": dict,
    "scores": dict, "also_in": list, "p_chance": float, "matches": bool,
    "subtitle": str, "date": str, "fields": dict, "path": list,
    "gaps": list, "table_header": str, "headings": list, "address": str,
    # What a text does not have.
    "page": NONE, "page_end": NONE, "page_label": NONE, "time": NONE, "time_end": NONE,
}  # fmt: skip
RANKING_FIELDS = {
    "query": str, "verdict": str, "p_chance": float, "mode": str, "generation": str, "hits": list,
    "nearest": list, "left_out": int, "exact": bool,
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the two articles, made by the command itself."""
    directory = tmp_path_factory.mktemp("index") / ".passage-index"
    command: list[str | Path] = [BIN / "index", "build", ROOT / "seeds", "--index", directory]
    subprocess.run(command, check=True, capture_output=True, env=environment())
    return directory


def environment(**values: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"PASSAGE_INDEX", "COLUMNS"}}
    return kept | {"HF_HUB_OFFLINE": "1", "XDG_STATE_HOME": STATE.name} | values


def run(
    *arguments: str | Path, stdin: str | bytes = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [BIN / "query", *arguments],
        input=data,
        capture_output=True,
        env=environment(**(env or {})),
        cwd=ROOT,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def run_json(index: Path, *arguments: str) -> dict[str, Any]:
    done = run("--index", index, "--json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    ranking: dict[str, Any] = json.loads(done.stdout)
    return ranking


def test_words_that_stand_nowhere_are_said_to(index: Path) -> None:
    done = run("--index", index, "--mode", "lexical", "zzzzyx")
    expected = "No passage that was searched has any of these words.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, expected, "")


def test_ceasefire_terms_finds_the_paragraphs_that_state_them(index: Path) -> None:
    hits = run_json(index, "ceasefire terms")["hits"]
    assert len(hits) == 5
    beginnings = [hit["text"][:40] for hit in hits[:2]]
    assert sorted(beginnings) == [
        "But while the Kremlin needs a ceasefire ",
        "The Kremlin makes remorseless efforts to",
    ]


def test_json_keeps_its_promise(index: Path) -> None:
    ranking = run_json(index, "--all", "who ran the opinion polls?")
    nothing = run_json(index, "chocolate cake recipe")
    assert {name: type(value) for name, value in ranking.items()} == RANKING_FIELDS
    assert {name: type(value) for name, value in nothing.items()} == RANKING_FIELDS
    assert (len(ranking["hits"]), len(nothing["nearest"])) == (5, 5)
    for rank, hit in [*enumerate(ranking["hits"], 1), *enumerate(nothing["nearest"], 1)]:
        assert {name: type(value) for name, value in hit.items()} == HIT_FIELDS
        assert set(hit["best"]) == {"start", "end", "text"}
        assert set(hit["scores"]) == {"passage", "context", "sentence", "lexical"}
        assert hit["rank"] == rank
        assert hit["passage_id"] == f"{hit['doc_id']}#{hit['number']}"
        text = (ROOT / "seeds" / hit["doc_id"]).read_bytes().decode()
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert text[hit["best"]["start"] : hit["best"]["end"]] == hit["best"]["text"]
        assert text.count("\n", 0, hit["start"]) + 1 == hit["line"]


def test_without_all_only_what_matches_is_a_hit(index: Path) -> None:
    everything, only = run_json(index, "--all", "drones"), run_json(index, "drones")
    matching = [hit for hit in everything["hits"] if hit["matches"]]
    assert 0 < len(matching) < len(everything["hits"]) == 5
    assert (only["hits"], only["nearest"], everything["nearest"]) == (matching, [], [])
    assert everything["verdict"] == only["verdict"] == "match"


def test_without_a_match_the_hits_are_the_nearest_unless_all_are_wanted(index: Path) -> None:
    only = run("--index", index, "--json", "chocolate cake recipe")
    everything = run("--index", index, "--json", "--all", "chocolate cake recipe")
    assert (only.returncode, everything.returncode) == (1, 1)
    shown, hidden = json.loads(everything.stdout), json.loads(only.stdout)
    assert (hidden["hits"], shown["nearest"]) == ([], [])
    assert hidden["nearest"] == shown["hits"] != []
    assert hidden["verdict"] == shown["verdict"] == "no_match"


def test_what_is_no_better_than_chance_is_said_and_not_shown(index: Path) -> None:
    marked = run("--index", index, "--all", "drones").stdout
    shown = run("--index", index, "drones").stdout
    assert "no better than chance" in marked
    assert "better than chance" not in shown
    assert marked.startswith(shown)  # which is plain in a pipe
    refused = run("--index", index, "--all", "chocolate cake recipe").stdout
    assert refused.count("no better than chance") == 5
    none = run("--index", index, "chocolate cake recipe")
    assert (none.returncode, none.stdout.count("\n")) == (1, 1)
    assert none.stdout.startswith("Nothing here is about that: ")


def test_a_terminal_is_told_that_no_other_passage_is_better_than_chance(index: Path) -> None:
    told = "No other passage is better than chance; --all shows the nearest."
    assert told in in_terminal(index, "drones")
    assert told not in in_terminal(index, "-k", "1", "drones")
    assert told not in in_terminal(index, "--all", "drones")
    assert told not in in_terminal(index, "--min-score", "1", "drones")  # then there is no other
    assert told not in in_terminal(index, "--context", "900", "drones")


@pytest.mark.parametrize(
    "where",
    [["author=Luzin"], ["date >= 2023-11"], ["date = November 2023", "format != markdown"]],
)
def test_conditions_restrict_the_documents(index: Path, where: list[str]) -> None:
    options = [part for text in where for part in ("--where", text)]
    ranking = run_json(index, "--all", "-k", "60", *options, "terms")
    named = run_json(index, "--all", "-k", "60", "--doc", "003*", "terms")
    assert ranking == named
    assert {hit["doc_id"] for hit in ranking["hits"]} == {ARTICLE}


def test_json_is_ascii_whatever_was_asked(index: Path) -> None:
    done = run("--index", index, "--json", "перемирие \x1b[31m “terms” 🕊")
    assert done.stdout.isascii()
    assert json.loads(done.stdout)["query"] == "перемирие \x1b[31m “terms” 🕊"
    assert "\x1b" not in done.stdout


def test_questions_are_read_from_standard_input(index: Path) -> None:
    done = run("--index", index, "--json", "-k", "1", stdin="ceasefire terms\nLevada Center\n")
    rankings = [json.loads(line) for line in done.stdout.splitlines()]
    assert [ranking["query"] for ranking in rankings] == ["ceasefire terms", "Levada Center"]
    assert "Levada" in rankings[1]["hits"][0]["text"]
    assert done.returncode == 0


def test_each_line_of_standard_input_gives_one_json_object(index: Path) -> None:
    questions = ["ceasefire terms", "", "x" * 100_001, "chocolate cake recipe", "  "]
    done = run("--index", index, "--json", "-k", "1", stdin="\n".join(questions) + "\n")
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["line"] for each in objects] == [1, 2, 3, 4, 5]
    [found, empty, endless, nothing, blank] = objects
    assert {**found, "line": None} == {"line": None, **run_json(index, "-k", "1", questions[0])}
    assert nothing["verdict"] == "no_match"
    assert set(empty) == set(endless) == set(blank) == {"line", "error"}
    assert "the question is empty" in empty["error"]
    assert "100,001 characters" in endless["error"]
    # An error is told in one place.
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize(
    ("questions", "code"),
    [
        ("ceasefire terms\n\n", 0),
        ("\nchocolate cake recipe\n\n", 1),
        ("chocolate cake recipe\nceasefire terms\n", 0),
        ("ceasefire terms\n" + "x" * 100_001, 2),
        ("\n \n", 2),
        ("", 2),
    ],
)
def test_json_has_the_exit_status_of_text(index: Path, questions: str, code: int) -> None:
    text = run("--index", index, stdin=questions)
    objects = run("--index", index, "--json", stdin=questions)
    assert (text.returncode, objects.returncode) == (code, code)
    assert objects.stdout.count("\n") == len(questions.splitlines())


def test_a_bad_line_does_not_stop_the_others(index: Path) -> None:
    questions = b"x" * 100_001 + b"\nceasefire terms\n\xff\xfe bytes that are no text\n"
    done = run("--index", index, "-k", "1", stdin=questions)
    assert done.returncode == 2
    assert "remorseless" in done.stdout
    assert done.stderr.count("\n") == 1


def test_a_question_of_100_000_words_gets_one_line(index: Path) -> None:
    done = run("--index", index, stdin="peace " * 100_000)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "shorten" in done.stderr


def test_lines_fit_the_width_and_a_pipe_gets_whole_paragraphs(index: Path) -> None:
    for width in (40, 80, 200):
        done = run("--index", index, "ceasefire terms", env={"COLUMNS": str(width)})
        assert max(map(len, done.stdout.splitlines())) <= min(width, 100)
    piped = run("--index", index, "ceasefire terms").stdout
    assert any(len(line) > 200 for line in piped.splitlines())
    assert "\x1b" not in piped


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([""], "empty"),
        (["   "], "empty"),
        (["-k", "0", "x"], "Invalid value for '-k': 0 is less than 1."),
        (["-k", "many", "x"], "Invalid value for '-k': many is not a whole number."),
        (["-k", "2.5", "x"], "Invalid value for '-k': 2.5 is not a whole number."),
        (["--p", "1.5", "x"], "Invalid value for '--p': 1.5 is more than 1."),
        (["--p", "some", "x"], "Invalid value for '--p': some is not a number."),
        (["--mode", "fuzzy", "x"], "hybrid"),
        (["--color", "red", "x"], "always"),
        (["--format", "grep", "x"], "vimgrep"),
        (["--format", "vimgrep", "--json", "x"], "choose one"),
        (["--around", "0", "x"], "--around"),
        (["--around", "1", "--json", "x"], "choose one"),
        (["--open", "many", "x"], "--open"),
        (["--open", "1"], "--open opens a hit of one question"),
        (["--open", "1", "--context", "99", "x"], "choose one"),
        (["--show", "", "x"], "--show"),
        (["--show", "a.txt#1", "x"], "TEXT and --show"),
        (["--show", "a.txt#1", "--like", "a.txt#1"], "--like and --show"),
        (["--show", "a.txt#1", "--json"], "--json and --show"),
        (["--show", "a.txt"], "FILE:LINE"),
        (["--like", "a.txt#1"], "no document 'a.txt'"),
        (["--like", "a.txt#1", "x"], "TEXT and --like"),
        (["--doc", "nothing*", "x"], "nothing*"),
        (["--where", "date", "x"], "'date' is not a condition: give a name"),
        (["--where", "colour=red", "x"], "no document has a field 'colour': their fields are"),
        (["--where", "author=Luzim", "x"], "no document has author = Luzim: the values there are"),
        (["--where", "date > 2030", "x"], "date is November 10, 2023 everywhere"),
        (["--where", "date > soon", "x"], "and soon is not a date: give one such as 2023-06"),
        (["--where", "date > 2023", "--doc", "000*", "x"], "among what fits 000*, no document"),
        (["--field", "tags", "x"], "NAME=VALUE"),
        (["--field", "byline=Luzin", "x"], "no document has byline = Luzin"),
        (["--no-such-option", "x"], "--no-such-option"),
        (["--index", "nowhere", "x"], "nowhere"),
        (["--model", "/no/such/model", "x"], "/no/such/model"),
        ([], "no question"),
    ],
)
def test_bad_input_gets_one_line_and_exit_code_2(
    index: Path, arguments: list[str], message: str
) -> None:
    done = run("--index", index, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("query: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_index_and_a_damaged_index_get_one_line(index: Path, tmp_path: Path) -> None:
    missing = run("x", "--index", tmp_path)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", index, copy], check=True)
    [vectors] = copy.glob("g-*/passages.faiss")
    data = bytearray(vectors.read_bytes())
    data[1000] ^= 1
    vectors.write_bytes(data)
    damaged = run("x", "--index", copy)
    assert (damaged.returncode, damaged.stderr.count("\n")) == (2, 1)
    assert "passages.faiss" in damaged.stderr


def test_a_reader_that_leaves_is_no_error(index: Path) -> None:
    command = f"'{BIN / 'query'}' --index '{index}' -k 40 the | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, env=environment(), check=True
    )
    assert done.stderr == ""


def in_terminal(index: Path, *arguments: str, typed: Sequence[bytes] = (), **env: str) -> str:
    """What a terminal of 80 columns shows of a run; lines are typed at a prompt each."""
    return talk(index, arguments, typed, env)


def talk(
    index: Path,
    arguments: Sequence[str],
    typed: Sequence[bytes],
    env: Mapping[str, str],
    stdout: IO[bytes] | None = None,
) -> str:
    """As `in_terminal`; the standard output goes to a file if there is one."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [BIN / "query", "--index", index, *arguments],
        stdin=child,
        stdout=child if stdout is None else stdout,
        stderr=child,
        env=environment(**({"TERM": "xterm", "COLUMNS": "80"} | dict(env))),
        cwd=ROOT,
    )
    os.close(child)
    shown = b""
    lines = list(typed)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([parent], [], [], 0.1)[0]:
            try:
                data = os.read(parent, 1 << 16)
            except OSError:
                break
            shown += data
            if not data:
                break
            if lines and shown.endswith(b"? "):
                os.write(parent, lines.pop(0))
        elif process.poll() is not None:
            break
    process.wait(timeout=10)
    os.close(parent)
    return shown.decode()


def test_a_terminal_shows_the_best_sentence_in_bold(index: Path) -> None:
    shown = in_terminal(index, "-k", "1", "ceasefire terms")
    assert "\x1b[1mThe Kremlin makes remorseless efforts" in shown
    assert "\x1b[1mAgreeing" not in shown


def test_no_color_and_a_dumb_terminal_are_plain(index: Path) -> None:
    assert "\x1b[" not in in_terminal(index, "-k", "1", "ceasefire terms", NO_COLOR="1")
    assert "\x1b[" not in in_terminal(index, "-k", "1", "ceasefire terms", TERM="dumb")


def test_color_can_be_wanted_in_a_pipe_and_unwanted_at_a_terminal(index: Path) -> None:
    bold = "\x1b[1mThe Kremlin makes remorseless efforts"
    one = ("-k", "1", "ceasefire terms")
    assert bold in run("--index", index, "--color", "always", *one).stdout
    assert bold not in run("--index", index, *one).stdout
    assert "\x1b" not in in_terminal(index, "--color", "never", *one)
    assert bold in in_terminal(index, "--color", "always", *one, NO_COLOR="1")


def test_a_file_is_a_link_at_a_terminal_that_shows_links_and_never_in_a_pipe(index: Path) -> None:
    one = ("-k", "1", "ceasefire terms")
    link = f"\x1b]8;id=[0-9a-f]+;file://[^/]*{ROOT}/seeds/003_c6ab9badc77dffa3.txt\x1b\\\\"
    assert re.search(link, in_terminal(index, *one, TERM="xterm-kitty"))
    assert "\x1b]8" not in in_terminal(index, *one, TERM="xterm", VTE_VERSION="", TERM_PROGRAM="")
    assert "\x1b]8" not in in_terminal(index, *one, TERM="xterm-kitty", NO_COLOR="1")
    piped = run("--index", index, "--color", "always", *one, env={"TERM": "xterm-kitty"})
    assert "\x1b]8" not in piped.stdout


def test_vimgrep_prints_hits_and_nothing_else(index: Path) -> None:
    form = ("--index", index, "--format", "vimgrep")
    done = run(*form, "-k", "2", stdin="ceasefire terms\nchocolate cake recipe\n")
    lines = done.stdout.splitlines()
    assert [re.match(r"[^:]+:(\d+):1:\w", line) is not None for line in lines] == [True, True]
    assert lines[0].startswith("seeds/003_c6ab9badc77dffa3.txt:7:1:The Kremlin makes")
    nothing = run(*form, "chocolate cake recipe")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (1, "", "")


ARTICLE = "003_c6ab9badc77dffa3.txt"


def test_a_hit_is_shown_among_the_paragraphs_around_it(index: Path) -> None:
    shown = run("--index", index, "-k", "1", "--around", "2", "ceasefire terms").stdout
    lines = shown.splitlines()
    assert lines[1].startswith(" > The Kremlin makes remorseless efforts")
    assert lines[3].startswith("   Despite all the losses")
    assert lines[-1] == f"   seeds/{ARTICLE}:7 · paragraph 1 · 1.18"
    assert len(lines) == 8  # it is the first one: title, itself, two after it, its place


@pytest.mark.parametrize("place", [f"{ARTICLE}#13", f"seeds/{ARTICLE}:33", f"{ARTICLE}:34"])
def test_a_passage_is_shown_in_its_article(index: Path, place: str) -> None:
    done = run("--index", index, "--show", place)
    assert (done.returncode, done.stderr) == (0, "")
    marked = [line for line in done.stdout.splitlines() if line.startswith(" > ")]
    assert len(marked) == 1
    assert marked[0].startswith(" > But while the Kremlin needs a ceasefire to regroup")
    ranking = run_json(index, "--all", "-k", "99", "--doc", ARTICLE, "the")
    assert len(ranking["hits"]) > 20
    printed = " ".join(done.stdout.split())  # a blank line in a paragraph is a line end here
    for hit in ranking["hits"]:
        assert f" {' '.join(hit['text'].split())} " in f"{printed} "


def test_an_article_is_shown_in_a_pager_at_a_terminal(index: Path, tmp_path: Path) -> None:
    pager = tmp_path / "less"
    pager.write_text('#!/bin/sh\necho "<<$*>>"\nexec cat\n')
    pager.chmod(0o755)
    shown = in_terminal(index, "--show", f"{ARTICLE}#13", PAGER=f"{pager} -i")
    begins = int(re.findall(r"<<-i -R [+](\d+)g>>", shown)[0])
    lines = shown.split("<<")[1].splitlines()
    assert "But while the Kremlin needs" in lines[begins + 2]
    assert "\x1b[1m > \x1b[0m" in lines[begins + 2]
    assert "<<" not in in_terminal(index, "--show", f"{ARTICLE}#13", PAGER=str(pager), LINES="999")
    pager.rename(tmp_path / "more")  # which may not show styles
    assert "\x1b" not in in_terminal(index, "--show", f"{ARTICLE}#13", PAGER=str(tmp_path / "more"))


@pytest.mark.parametrize("pager", ["nowhere", "broken", "less 'x"])
def test_a_pager_that_cannot_be_run_is_told_and_not_needed(
    index: Path, tmp_path: Path, pager: str
) -> None:
    (tmp_path / "broken").write_text("#!/no/such/shell\n")
    (tmp_path / "broken").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    env = {"PAGER": pager, "PATH": path, "NO_COLOR": "1"}
    shown = talk(index, ["--show", f"{ARTICLE}#13"], [], env)
    assert re.match(r"query: the pager .*cannot be run: ", " ".join(shown.split()))
    assert shown.count("query: ") == 1
    assert " > But while the Kremlin needs" in shown


def test_a_hit_is_opened_in_the_editor_at_its_line(index: Path, tmp_path: Path) -> None:
    editor = tmp_path / "vim"
    editor.write_text('#!/bin/sh\necho "$@"\n')
    editor.chmod(0o755)
    env = {"VISUAL": str(editor)}
    done = run("--index", index, "--open", "2", "ceasefire terms", env=env)
    assert (done.returncode, done.stdout) == (0, f"+33 {ROOT}/seeds/{ARTICLE}\n")
    further = run("--index", index, "--open", "7", "--all", "ceasefire terms", env=env)
    assert (further.returncode, further.stdout.count("\n")) == (0, 1)
    missing = run("--index", index, "--open", "3", "-k", "1", "chocolate", "--all", env=env)
    assert missing.returncode == 1
    none = run("--index", index, "--open", "40", "drones", env=env)
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.startswith("query: there is no hit 40: the last one is ")
    unrelated = run("--index", index, "--open", "1", "chocolate cake recipe", env=env)
    assert unrelated.returncode == 1
    assert unrelated.stdout.startswith("Nothing here is about that")


def test_what_is_like_a_passage_is_found_without_it(index: Path) -> None:
    found = run_json(index, "--like", f"{ARTICLE}#1", "-k", "3")
    assert found["query"].startswith("The Kremlin makes remorseless efforts")
    ids = [hit["passage_id"] for hit in found["hits"]]
    assert (ids[0], len(ids)) == (f"{ARTICLE}#13", 3)
    assert f"{ARTICLE}#1" not in ids
    across = run("--index", index, "--like", f"{ARTICLE}#2", "--doc", "000*", "-k", "1")
    assert (across.returncode, across.stdout.count("\n")) == (0, 3)
    # The note about the author is like nothing in the other article.
    author = run("--index", index, "--like", f"{ARTICLE}#25")
    assert (author.returncode, author.stdout.count("\n")) == (1, 1)


def test_a_terminal_gets_a_prompt(index: Path) -> None:
    shown = in_terminal(index, "-k", "1", typed=[b"ceasefire terms\n", b"\n", b"\x04"])
    assert "? " in shown
    assert "remorseless" in shown


@pytest.mark.parametrize("form", [["--json"], ["--format", "vimgrep"], []])
def test_a_prompt_does_not_get_into_a_pipe(index: Path, tmp_path: Path, form: list[str]) -> None:
    typed = [b"ceasefire terms\n", b"help\n", b"drones\n", b"\x04"]
    with (tmp_path / "out").open("wb") as out:
        shown = talk(index, ["-k", "1", *form], typed, {}, out)
    assert shown.count("? ") == 4
    assert "passages of" in shown
    assert ":open 2" in shown
    piped = (tmp_path / "out").read_text(encoding="utf-8")
    for word in ("? ", "passages of", ":open 2"):
        assert word not in piped
    lines = piped.splitlines()
    if form == ["--json"]:
        assert [json.loads(line)["query"] for line in lines] == ["ceasefire terms", "drones"]
    elif form:
        assert [line.count(":") >= 3 for line in lines] == [True, True]
    else:
        assert lines[0].startswith("1  ")
        assert "" in lines[1:-1]


def at_prompt(index: Path, *lines: str, **env: str) -> list[str]:
    """What a prompt answers to each of some lines, without styles."""
    typed = [f"{line}\n".encode() for line in lines]
    shown = in_terminal(index, "--color", "never", typed=typed, **env).replace("\r\n", "\n")
    return [re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", part) for part in shown.split("? ")[1:]]


def test_the_prompt_has_commands(index: Path, tmp_path: Path) -> None:
    editor = tmp_path / "vim"
    editor.write_text('#!/bin/sh\necho "<<$@>>"\n')
    editor.chmod(0o755)
    answers = at_prompt(
        index, ":open 1", "ceasefire terms", ":open 2", ":k 1", ":around 1", ":around 0", "drones",
        ":open 2", ":open", "help", "quit", VISUAL=str(editor),
    )  # fmt: skip
    assert "nothing has been asked yet" in answers[0]
    assert "\n5  " in answers[1]
    assert f"<<+33 {ROOT}/seeds/{ARTICLE}>>" in answers[2]
    assert "\n1  " in answers[3]
    assert "\n2  " not in answers[3]
    assert "\n > The Kremlin makes remorseless" in answers[4]
    assert "\n   The Kremlin makes remorseless" in answers[5]
    assert "\n1  " in answers[6]
    assert "there is no hit 2" in answers[7]
    assert ":open takes a number from 1" in answers[8]
    assert ":around 2" in answers[9]
    assert len(answers) == 11


def test_what_is_typed_is_kept_for_the_next_time_unless_it_is_not_wanted(
    index: Path, tmp_path: Path
) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path)}
    history = tmp_path / "passage-search" / "history"
    in_terminal(index, "--no-history", typed=[b"a secret\n", b"quit\n"], **env)
    assert list(tmp_path.iterdir()) == []
    run("--index", index, stdin="not at a prompt\n", env=env)
    assert list(tmp_path.iterdir()) == []
    at_prompt(index, "ceasefire terms", "quit", **env)
    assert history.read_text() == "ceasefire terms\nquit\n"
    up = in_terminal(index, typed=[b"\x1b[A\x1b[A\n", b"quit\n"], **env)
    assert "remorseless" in up
    hidden = in_terminal(index, "--no-history", typed=[b"\x1b[A\x1b[A\n", b"quit\n"], **env)
    assert "remorseless" not in hidden


def test_the_name_of_the_folder_does_not_act_on_the_prompt(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[31mb"
    folder.mkdir()
    (folder / "a.txt").write_text("The ferry leaves at noon. It is late.")
    command: list[str | Path] = [BIN / "index", "build", folder, "--index", tmp_path / "i"]
    subprocess.run(command, check=True, capture_output=True, env=environment())
    shown = in_terminal(tmp_path / "i", typed=[b"quit\n"], COLUMNS="40")
    assert "\x1b[31m" not in shown
    greeting = shown.split("? ")[0].splitlines()
    assert max(len(re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", line)) for line in greeting) <= 40
    # Where a line ends depends on how long the name of the folder is.
    assert "\\x1b[31mb.Typeaquestion" in "".join(greeting).replace(" ", "")


def test_a_prompt_goes_on_without_a_history_that_cannot_be_kept(
    index: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    answers = at_prompt(index, "ceasefire terms", "quit", XDG_STATE_HOME=str(tmp_path / "file"))
    assert "remorseless" in answers[0]
    told = in_terminal(index, typed=[b"quit\n"], XDG_STATE_HOME=str(tmp_path / "file"))
    assert told.count("--no-history") == 1


def test_a_query_imports_nothing_that_it_does_not_use(index: Path) -> None:
    code = (
        "import sys\n"
        "from query.cli import query\n"
        f"query.main(['--index', {str(index)!r}, 'ceasefire terms'], standalone_mode=False)\n"
        "print(*sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        # Wrapped, as at a terminal; the source has “quotation marks” and dashes.
        check=True, capture_output=True, text=True, env=environment(COLUMNS="80"), cwd=ROOT,
    )  # fmt: skip
    assert "remorseless" in done.stdout
    assert not done.stdout.isascii()
    modules = set(done.stderr.split())
    of_others = {
        "query.explaining", "query.filtering", "embed.shares", "embed.model", "index.placing",
        "index.reading", "index.scoring.exact_parts", "index.scoring.joint_calibration",
        "index.store.build_command", "index.store.milvus",
    }  # fmt: skip
    assert modules & of_others == set()
    loaded = {name.split(".")[0] for name in modules}
    assert {"faiss", "onnxruntime", "tokenizers"} <= loaded
    unused = {
        "torch", "transformers", "sentence_transformers", "scipy", "rich", "pandas", "sklearn",
        "langchain_core", "llama_index", "haystack", "mcp", "onnx", "huggingface_hub", "sentencex",
        "pymilvus", "grpc",
        "markdown_it", "filelock", "platformdirs", "asyncio", "ssl", "socket",
        "pypdfium2", "pypdfium2_raw", "lxml", "selectolax", "docx", "zipfile",
        "wcwidth", "pathspec", "starlette", "uvicorn", "h11", "anyio", "PIL",
        "shutil", "shlex", "tempfile",
    }  # fmt: skip
    assert loaded & unused == set()
    assert not {name for name in modules if name.startswith("query.page")}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_a_query_starts_no_threads_of_libraries(index: Path) -> None:
    code = (
        "import os, sys\n"
        "from query.cli import query\n"
        f"query.main(['--index', {str(index)!r}, 'ceasefire terms'], standalone_mode=False)\n"
        "threads = len(os.listdir('/proc/self/task'))\n"
        "print(threads, 'OPENBLAS_NUM_THREADS' in os.environ, file=sys.stderr)\n"
    )
    limits = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, capture_output=True, text=True, cwd=ROOT,
        env={name: value for name, value in environment().items() if name not in limits},
    )  # fmt: skip
    # What is opened later, such as an editor, is not told how many threads it may start.
    assert done.stderr.split() == ["1", "False"]


def test_a_query_does_not_look_for_garbage(index: Path) -> None:
    code = (
        "import gc, sys\n"
        "from passage_search.commands import query\n"
        "gc.callbacks.append(lambda phase, _: print(phase, file=sys.stderr))\n"
        f"sys.argv[1:] = ['--index', {str(index)!r}, 'ceasefire terms']\n"
        "query()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, capture_output=True, text=True, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert "remorseless" in done.stdout
    assert not done.stderr


@pytest.mark.parametrize("option", ["--index", "--model", "--doc"])
def test_an_empty_option_is_an_error(option: str) -> None:
    done = run(option, "", "ceasefire terms")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"Invalid value for '{option}': it is empty: is a variable not set?" in done.stderr


def test_a_folder_that_is_gone_is_told_and_the_question_answered(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("The ferry leaves at noon. It is late.")
    command: list[str | Path] = [BIN / "index", "build", tmp_path / "docs"]
    subprocess.run([*command, "--index", tmp_path / "i"], check=True, env=environment())
    (tmp_path / "docs").rename(tmp_path / "moved")
    done = run("--index", tmp_path / "i", "when does the ferry leave?")
    assert "The ferry leaves at noon." in done.stdout
    assert f"the folder {tmp_path}/docs that was indexed is gone; if it has moved" in done.stderr
    assert done.stderr.endswith("/i --replace\n")
