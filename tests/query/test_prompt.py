"""What is typed at the prompt: commands beside questions, and a history that is private."""

import os
import stat
from pathlib import Path

import pytest

from embed.operating_system import state_folder
from query.prompt import HELP, Command, History, PromptError, command_in, history_path


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("help", Command("help")),
        (" quit ", Command("quit")),
        ("exit", Command("quit")),
        (":quit", Command("quit")),
        (":open 2", Command("open", 2)),
        (":around  0 ", Command("around", 0)),
        (":k 10", Command("k", 10)),
        ("who can help", None),
        ("exit polls", None),
        ("Help", None),
        ("k 10", None),
        (" :open 2", None),
    ],
)
def test_a_command_is_told_from_a_question(line: str, command: Command | None) -> None:
    assert command_in(line) == command


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":open", "number from 1"),
        (":open two", ":open 2"),
        (":open 0", "number from 1"),
        (":open ²", "number from 1"),
        (":k -1", "number from 1"),
        (":around 1 2", "number from 0"),
        (":k 1000000000", "number from 1"),
        (":-)", "no command :-[)]"),
    ],
)
def test_what_is_no_command_is_told(line: str, message: str) -> None:
    with pytest.raises(PromptError, match=message):
        command_in(line)


def test_the_help_fits_a_narrow_terminal_and_names_what_there_is() -> None:
    assert max(map(len, HELP.splitlines())) <= 40
    for line in (":open 2", ":around 2", ":k 10"):
        assert line in HELP
        assert command_in(line) is not None


def test_the_state_folder_is_that_of_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    default = tmp_path / ".local" / "state" / "passage-search"
    assert state_folder() == default
    monkeypatch.setenv("XDG_STATE_HOME", "relative")  # which the specification leaves out
    assert state_folder() == default
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert state_folder() == Path("/state/passage-search")
    monkeypatch.setattr("sys.platform", "darwin")
    assert state_folder().name == "passage-search"


def test_without_a_home_there_is_no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(PromptError, match="no history is kept: there is no home folder"):
        history_path()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "state" / "passage-search" / "history")


def test_lines_come_back_in_order_and_a_repetition_is_kept_once(history: History) -> None:
    assert history.lines() == []
    for line in ("one", "two é ", "two é", "one"):
        history.add(line)
    again = History(history.path)
    assert again.lines() == ["one", "two é", "one"]
    again.add("one")
    assert History(history.path).lines() == ["one", "two é", "one"]


def test_nobody_else_may_read_it(history: History) -> None:
    before = os.umask(0)
    try:
        history.add("one")
        assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(history.path.parent.stat().st_mode) == 0o700
        history.path.chmod(0o666)
        history.add("two")
        assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
        history.path.write_text("many\n" * 2001)
        assert len(history.lines()) == 1000
        assert stat.S_IMODE(history.path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_there_is_no_moment_at_which_others_may_read_it(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.fchmod")
    before = os.umask(0)
    try:
        history.add("one")
    finally:
        os.umask(before)
    assert stat.S_IMODE(history.path.stat().st_mode) == 0o600


def test_it_does_not_grow_for_ever(history: History) -> None:
    history.add("first")
    history.path.write_text("".join(f"{number}\n" for number in range(2001)))
    assert history.lines()[0] == "1001"
    assert history.path.read_text().splitlines() == [str(number) for number in range(1001, 2001)]
    assert list(history.path.parent.iterdir()) == [history.path]


def test_what_would_break_the_file_is_not_kept(history: History) -> None:
    for line in ("a\rb", "a\x1b[31m", "x" * 10_001, "fine \ud800"):
        history.add(line)
    history.add("good")
    assert history.lines() == ["good"]


def test_a_link_is_not_followed(history: History, tmp_path: Path) -> None:
    history.path.parent.mkdir(parents=True)
    (tmp_path / "other").write_text("theirs\n")
    history.path.symlink_to(tmp_path / "other")
    with pytest.raises(PromptError, match="--no-history"):
        history.lines()
    with pytest.raises(PromptError, match="--no-history"):
        history.add("one")
    assert (tmp_path / "other").read_text() == "theirs\n"


def test_a_pipe_does_not_block(history: History) -> None:
    history.path.parent.mkdir(parents=True)
    os.mkfifo(history.path)
    with pytest.raises(PromptError, match="cannot be kept"):
        history.lines()
