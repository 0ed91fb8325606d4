"""Parts of every command: types of options, and errors as one line and an exit code."""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from embed.errors import PassageSearchError
from index.names import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from embed.model import Model

FOUND, NOTHING_FOUND, ERROR, INTERRUPTED = 0, 1, 2, 130

# What is to be copied must not be broken by line ends.
_COMMAND_AT_END = re.compile(r"(?:: |\brun )((?:\S*/)?index build(?: (?!FOLDER$)\S.*)?)$")


class Name(click.ParamType[str]):
    """A path or a name, which is not empty.

    An empty one comes from a variable that is not set (`--index "$UNSET"`), and would otherwise
    stand for the working directory or for the default.
    """

    name = "text"

    def convert(
        self,
        value: Any,  # noqa: ANN401  (as click has it)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """Return the value; fail if it is empty."""
        if not value:
            self.fail("it is empty: is a variable not set?", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Let the shell complete the names of files and folders, as it does by itself."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


class Number(click.ParamType[float]):
    """A finite number from `least` to `most`; the help says so in words, if a person needs it."""

    name = "number"

    def __init__(self, least: float = -math.inf, most: float = math.inf) -> None:
        self._least = least
        self._most = most

    def convert(
        self,
        value: Any,  # noqa: ANN401  (as click has it)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Return the number; fail for a text that names no number, or one outside."""
        number = self._number(value)
        if number is None or not math.isfinite(number):
            self.fail(f"{value} is not a {self.name}.", param, ctx)
        if number < self._least:
            self.fail(f"{value} is less than {self._least:,.12g}.", param, ctx)
        if number > self._most:
            self.fail(f"{value} is more than {self._most:,.12g}.", param, ctx)
        return number

    def _number(self, value: str | float) -> float | None:
        """Return what a person typed as a number, or None."""
        with contextlib.suppress(ValueError):
            return float(value)
        return None


class WholeNumber(Number):
    """A whole number from `least`, by default from 1."""

    name = "whole number"

    def __init__(self, least: int = 1) -> None:
        super().__init__(least)

    def _number(self, value: str | float) -> int | None:
        with contextlib.suppress(ValueError):
            return int(value)
        return None


def run_command(command: click.Command, name: str) -> int:
    """Run a command and return its exit code; an error becomes one line on standard error."""
    _open_closed_streams()
    # Bytes that are not UTF-8 must not stop a question, nor the output of a name that holds them.
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
    try:
        return _run(command, name)
    except click.ClickException as error:
        return _explain(name, error)
    except PassageSearchError as error:
        return complain(name, str(error))
    except MemoryError:
        return complain(name, "there is not enough memory")
    except Exception as error:
        if os.environ.get("PASSAGE_DEBUG"):
            raise
        return complain(
            name,
            f"an unexpected error occurred ({type(error).__name__}: {error}); "
            "set PASSAGE_DEBUG=1 to see where, and please report it",
        )


def _explain(name: str, error: click.ClickException) -> int:
    """Print what is wrong with a command line, and return the exit code."""
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        with contextlib.suppress(OSError):
            click.echo(message, err=True)
        return ERROR
    if isinstance(error, click.UsageError):
        end = "" if message.endswith((".", "?", "?)")) else "."
        message += f"{end} See {error.ctx.command_path if error.ctx else name} --help."
    return complain(name, message)


def _open_closed_streams() -> None:
    """Open the null device in place of each standard stream that was closed (`>&-`).

    Otherwise its number would go to the next file that is opened.
    """
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _run(command: click.Command, name: str) -> int:
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        return FOUND
    except SystemExit as end:
        variable = f"_{name}_COMPLETE".replace("-", "_").upper()
        if end.code == 1 and os.environ.get(variable):
            return complain(
                name,
                f"{variable} is {os.environ[variable]!r}: give bash_source, zsh_source or "
                "fish_source",
            )
        # Click ends so if the reader of a pipe has gone (`| head`), which is not an error.
        _discard(sys.stdout)
        return FOUND if end.code == 1 else int(end.code or FOUND)
    except (KeyboardInterrupt, click.Abort):
        _discard(sys.stdout)
        return INTERRUPTED
    except OSError as error:
        _discard(sys.stdout)
        where = f" ({error.filename})" if error.filename else ""
        return complain(name, f"cannot go on: {error.strerror or error}{where}")
    return code if isinstance(code, int) else FOUND


def _discard(stream: TextIO) -> None:
    """Send what is still buffered to the null device: at exit, Python would try to write it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(name: str, message: str) -> int:
    """Print one line on standard error, and return the exit code of an error."""
    line = printable(" ".join(message.splitlines()))
    try:
        print(fitted(f"{name}: {line}", sys.stderr), file=sys.stderr, flush=True)
    except OSError:
        _discard(sys.stderr)
    return ERROR


def fitted(line: str, stream: TextIO, indent: int = 0) -> str:
    """Return a line, wrapped if it goes to a terminal; `indent` columns stand before its rest.

    A command at its end keeps a line of its own, so that it can be copied.
    """
    if not stream.isatty():
        return line
    import textwrap

    width = max(terminal_width(stream), 20)
    command = _COMMAND_AT_END.search(line)
    text = line[: command.start(1)].rstrip() if command else line
    wrapped = textwrap.fill(
        text,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{wrapped}\n{command[1]}" if command else wrapped


def announce_export(model: Model) -> None:
    """Say on standard error that a model is made ready, and about how long that takes."""
    takes = "a second or two" if model.is_packaged else "up to a minute or two"
    line = f"Preparing the model {printable(model.name)} (once, {takes}) ..."
    with contextlib.suppress(OSError):  # nobody reads it
        print(fitted(line, sys.stderr), file=sys.stderr, flush=True)


def announce_learning() -> None:
    """Say on standard error that indexes which were never searched together need a moment."""
    line = "Learning what unrelated questions score in these indexes (once, some seconds) ..."
    with contextlib.suppress(OSError):  # nobody reads it
        print(fitted(line, sys.stderr), file=sys.stderr, flush=True)


def terminal_width(stream: TextIO) -> int:
    """Return the columns of the terminal that a stream writes to; COLUMNS overrides them."""
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    with contextlib.suppress(OSError, ValueError):  # not a terminal
        if columns := os.get_terminal_size(stream.fileno()).columns:
            return columns
    import shutil

    # This asks for the terminal of standard output, which may be redirected.
    return shutil.get_terminal_size().columns


def exit_at_once(code: int) -> NoReturn:
    """End the process at once: the interpreter would take 30 ms to take down its modules."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody is left to read it
            stream.flush()
    os._exit(code)
