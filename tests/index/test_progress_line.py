"""The progress of a build as a person sees it: at a terminal of any width, and in a pipe."""

import io
import itertools
import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import Progress
from index.progress_line import ProgressLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(done: int, doc_id: str = "", *, asked: int = 0, questions: int = 0) -> Progress:
    return Progress(3, 9, 100, 300, done, 28_800_000, doc_id, asked, questions)


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.fixture
def line(clock: list[float]) -> ProgressLine:
    return ProgressLine(Terminal(), lambda: clock[0])


def test_there_is_a_share_a_rate_and_the_time_that_is_left(
    line: ProgressLine, clock: list[float]
) -> None:
    line.show(progress(0))
    assert line.line(79) == "Embedding 0%, 0.0 of 28.8 MB"
    clock[0] += 50
    line.show(progress(1_550_000))
    assert line.line(79) == "Embedding 5%, 1.6 of 28.8 MB, 31 KB/s, 15 min left"
    assert line.line(40) == "Embedding 5%, 31 KB/s, 15 min left"
    assert line.line(30) == "Embedding 5%, 15 min left"


def test_a_rate_is_that_of_the_last_minute(line: ProgressLine, clock: list[float]) -> None:
    """What was kept, or has not changed, is taken over at once, and says nothing of the rest."""
    line.show(progress(0))
    clock[0] += 1
    line.show(progress(20_000_000))
    for second in range(1, 121):
        clock[0] += 1
        line.show(progress(20_000_000 + second * 10_000))
    assert ", 10 KB/s, 13 min left" in line.line(79)


def test_a_document_that_takes_long_is_named(line: ProgressLine, clock: list[float]) -> None:
    name = "reports/of the year/annual.pdf"
    line.show(progress(1_000_000, name))
    assert "annual" not in line.line(79)
    clock[0] += 3
    line.show(progress(1_000_000, name))
    assert line.line(79) == f"Embedding 3%, 1.0 of 28.8 MB, at {name}"
    assert line.line(40) == "Embedding 3%, at ... the year/annual.pdf"
    line.show(progress(1_000_000, "b.txt"))
    assert "at " not in line.line(79)


def test_the_questions_have_a_share_of_their_own(line: ProgressLine) -> None:
    line.show(progress(28_800_000, asked=153, questions=450))
    assert line.line(79) == "Asking unrelated questions, 34%"


def test_a_name_cannot_act_on_the_terminal(line: ProgressLine, clock: list[float]) -> None:
    for seconds in (0, 3):
        clock[0] += seconds
        line.show(progress(0, "a\x1b[2Jb.txt"))
    assert line.line(79).endswith(r"at a\x1b[2Jb.txt")


@given(
    st.integers(20, 100),
    st.text(min_size=1).map(lambda text: text.replace("\n", "")),
    st.integers(0, 28_800_000),
)
def test_nothing_is_wider_than_the_terminal(columns: int, name: str, done: int) -> None:
    now = itertools.count(100.0, 4.0)
    line = ProgressLine(Terminal(), lambda: next(now))
    for share in (0, done):
        line.show(progress(share, name))
    shown = line.line(columns)
    assert len(shown) <= columns
    assert shown.startswith("Embedding ")


def test_wide_characters_take_two_columns(line: ProgressLine, clock: list[float]) -> None:
    for seconds in (0, 3):
        clock[0] += seconds
        line.show(progress(0, "\u65e5\u672c" * 30 + ".pdf"))
    shown = line.line(40)
    assert shown.endswith("\u65e5\u672c.pdf")
    assert len(shown) + shown.count("\u65e5") + shown.count("\u672c") <= 40


def drawn(stream: io.StringIO, act: Callable[[ProgressLine], None]) -> str:
    line = ProgressLine(stream, lambda: 100.0)
    act(line)
    return stream.getvalue()


def test_a_terminal_has_one_line_that_is_rewritten() -> None:
    def act(line: ProgressLine) -> None:
        line.show(progress(0))
        line.draw()
        line.say("")

    assert drawn(Terminal(), act) == ("\r\x1b[KEmbedding 0%, 0.0 of 28.8 MB" * 2 + "\r\x1b[K")


def test_a_pipe_has_a_line_each_time_that_it_is_due() -> None:
    def act(line: ProgressLine) -> None:
        line.say("Opening the model")
        line.show(progress(0))
        line.draw()
        line.show(progress(5_760_000))
        line.draw()
        line.say("")

    assert drawn(io.StringIO(), act) == (
        "Embedding 0%, 0.0 of 28.8 MB\nEmbedding 20%, 5.8 of 28.8 MB\n"
    )


def test_the_line_is_drawn_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.progress_line._PIPED", 0.01)
    drawn_three_times = threading.Event()

    class Pipe(io.StringIO):
        def flush(self) -> None:
            if self.getvalue().count("\n") >= 3:
                drawn_three_times.set()

    stream = Pipe()
    with ProgressLine(stream) as line:
        line.show(progress(0))
        assert drawn_three_times.wait(20)
    assert set(stream.getvalue().splitlines()) == {"Embedding 0%, 0.0 of 28.8 MB"}
