"""The edge of a command: one line, the right exit code, and nothing else on standard error."""

import io
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from index.command_line import complain, fitted, terminal_width

PROGRAM = """
import os, signal, sys
sys.path.insert(0, {root!r})
import click
from embed.errors import PassageSearchError
from index.command_line import NOTHING_FOUND, run_command

@click.command()
@click.argument("what")
@click.option("-k", type=int, default=1)
def command(what, k):
    '''Help of it.'''
    if what == "found": click.echo("an answer")
    if what == "nothing": return NOTHING_FOUND
    if what == "wrong": raise PassageSearchError("two\\nlines \\x1b[31m, a \\udcff, and caf\\xe9")
    if what == "bug": raise KeyError("x")
    if what == "memory": raise MemoryError
    if what == "interrupt":
        signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where it is so for us
        os.kill(os.getpid(), signal.SIGINT)
    if what == "system": open("/nowhere/at/all")
    if what == "much":
        for _ in range(100000): click.echo("x" * 100)
    if what == "surrogate": click.echo("a \\udcff")

sys.exit(run_command(command, "program"))
"""
ROOT = str(Path(__file__).parents[2])


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the shell in which ``program`` is the program above."""
    program = f"'{sys.executable}' -c \"$PROGRAM\""
    return subprocess.run(
        ["bash", "-c", f'program() {{ {program} "$@"; }}; {line}'],
        env={"PROGRAM": PROGRAM.format(root=ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code", "output", "error"),
    [
        ("program found", 0, "an answer\n", ""),
        ("program nothing", 1, "", ""),
        ("program --help", 0, None, ""),
        ("program wrong", 2, "", "program: two lines \\x1b[31m, a \\udcff, and caf\xe9\n"),
        (
            "LC_ALL=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 program wrong",
            2,
            "",
            "program: two lines \\x1b[31m, a \\udcff, and caf\\xe9\n",
        ),
        ("program memory", 2, "", "program: there is not enough memory\n"),
        ("program interrupt", 130, "", "\n"),
        (
            "program system",
            2,
            "",
            "program: cannot go on: No such file or directory (/nowhere/at/all)\n",
        ),
        ("program found -k x", 2, "", None),
        (
            "program found again",
            2,
            "",
            "program: Got unexpected extra argument (again). See program --help.\n",
        ),
        (
            "program found --kk",
            2,
            "",
            "program: No such option '--kk'. See program --help.\n",
        ),
        ("program", 2, "", None),
        ("program bug", 2, "", None),
        ("program much | head -n 1; exit ${PIPESTATUS[0]}", 0, "x" * 100 + "\n", ""),
        ("program found > /dev/full", 2, "", "program: cannot go on: No space left on device\n"),
        ("program found >&-", None, "", None),
        ("program wrong 2>&-", 2, "", ""),
        ("program wrong 2> /dev/full", 2, "", ""),
        ("program surrogate", 0, "a \\udcff\n", ""),
    ],
)
def test_every_end_is_clean(line: str, code: int, output: str | None, error: str | None) -> None:
    ended = shell(line, LC_ALL="C.UTF-8")
    assert code is None or ended.returncode == code
    assert output is None or ended.stdout == output
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    if error is None:
        assert ended.stderr.count("\n") <= 1
    else:
        assert ended.stderr == error


def test_a_bug_shows_where_it_is_when_asked() -> None:
    assert "PASSAGE_DEBUG=1" in shell("program bug").stderr
    assert "Traceback" in shell("program bug", PASSAGE_DEBUG="1").stderr


@pytest.mark.parametrize("columns", [40, 133])
def test_a_line_fits_the_terminal_that_it_is_written_to(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    with os.fdopen(slave, "w") as terminal:
        assert terminal_width(terminal) == columns  # whatever standard output is
        monkeypatch.setenv("COLUMNS", "77")
        assert terminal_width(terminal) == 77
    os.close(master)


def test_a_command_at_the_end_of_a_message_is_not_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    complain("query", "the index is damaged; build it again: index build 'my  docs' --index ix")
    assert capsys.readouterr().err == (
        "query: the index is damaged;\nbuild it again:\nindex build 'my  docs' --index ix\n"
    )


def test_a_line_is_wrapped_at_a_terminal_and_its_command_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = (
        "changes  none, as far as that can be told from here: run index build --index a-long-name"
    )
    stream = io.StringIO()
    assert fitted(line, stream, 9) == line
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    *wrapped, command = fitted(line, stream, 9).split("\n")
    assert command == "index build --index a-long-name"
    assert " ".join(map(str.strip, wrapped)) == line.removesuffix(command).strip()
    assert all(len(part) <= 30 for part in wrapped)
    assert all(part.startswith(" " * 9) for part in wrapped[1:])
