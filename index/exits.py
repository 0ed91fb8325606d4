"""The edge of a command: every error becomes one line and an exit code, as grep has them."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn, TextIO

import click

from embed.errors import PassageSearchError

FOUND, NOTHING_FOUND, ERROR = 0, 1, 2
_INTERRUPTED = 130


def run(command: click.Command, name: str) -> int:
    """Run a command to its exit code; what goes wrong is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        # A name that is no UTF-8 must not stop a line that holds it.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(command, name)
    except click.UsageError as error:
        return complain(name, f"{error.format_message()} See {name} --help.")
    except click.ClickException as error:
        return complain(name, error.format_message())
    except PassageSearchError as error:
        return complain(name, str(error))
    except MemoryError:
        return complain(name, "there is not enough memory")
    except Exception as error:
        if os.environ.get("PASSAGE_DEBUG"):
            raise
        return complain(
            name,
            f"something unforeseen went wrong ({type(error).__name__}: {error}); "
            "set PASSAGE_DEBUG=1 to see where, and please report it",
        )


def _run(command: click.Command, name: str) -> int:
    try:
        code = command.main(prog_name=name, standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _leave(sys.stdout)
        return FOUND
    except SystemExit as end:
        # How click ends where the reader of a pipe has gone (`| head`), which is no error.
        _leave(sys.stdout)
        return FOUND if end.code == 1 else int(end.code or FOUND)
    except (KeyboardInterrupt, click.Abort):
        _leave(sys.stdout)
        return _INTERRUPTED
    except OSError as error:
        _leave(sys.stdout)
        where = f" ({error.filename})" if error.filename else ""
        return complain(name, f"cannot go on: {error.strerror or error}{where}")
    return code if isinstance(code, int) else FOUND


def _leave(stream: TextIO | None) -> None:
    """Send what is still buffered nowhere: Python would try, and complain, when it exits."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(name: str, message: str) -> int:
    """Print one line on standard error; gives the exit code of an error."""
    line = printable(" ".join(message.split()))
    try:
        if sys.stderr is not None:
            print(f"{name}: {line}", file=sys.stderr, flush=True)
    except OSError:
        _leave(sys.stderr)
    return ERROR


def printable(text: str) -> str:
    r"""``text`` with everything that could act on a terminal written out.

    >>> printable("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def leave(code: int) -> NoReturn:
    """End the process at once: taking down its hundred modules one by one takes 30 ms."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody is left to read it
            stream.flush()
    os._exit(code)
