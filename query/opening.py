"""A hit in an editor or a viewer: programs of the user, which get lists of arguments, no shell."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from threading import Thread
from typing import TYPE_CHECKING

from embed.errors import PassageSearchError
from index import is_article, is_text
from query.foreground import interrupts_left_to_it
from query.hits import Hit

if TYPE_CHECKING:
    from index import Passage

# How editors are told a line, by the names of their programs; others get the file alone.
_PLUS = frozenset(
    {"vi", "vim", "nvim", "gvim", "mvim", "view", "vis", "nano", "pico", "emacs", "emacsclient"}
    | {"micro", "kak", "joe", "jmacs", "jed", "mg", "ne", "mcedit", "gedit", "pluma", "xed"}
)
_GO_TO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
_AFTER_COLON = frozenset({"subl", "hx", "helix", "zed", "zeditor"})
_DASH_L = frozenset({"kate", "mate", "geany"})
# Those of them, and others, that open a window; any other editor is taken to need a terminal.
_WITH_WINDOW = (
    _GO_TO
    | _DASH_L
    | {"gvim", "mvim", "gedit", "pluma", "xed", "subl", "zed", "zeditor", "mousepad", "leafpad"}
    | {"kwrite", "gnome-text-editor", "notepad", "notepad++", "bbedit", "atom", "featherpad"}
    | {"open", "xdg-open"}
)

_SOON = 1.0
"""Seconds in which a program that cannot open a file is likely to say so."""


class OpenError(PassageSearchError):
    """A hit cannot be opened, or the program that was to show it failed."""


def open_hit(
    hit: Hit, corpus: Path, environment: Mapping[str, str], folder: Path | None = None
) -> None:
    """Open the file of a hit in the user's editor or a viewer, and wait until that returns.

    Text is opened in the editor that VISUAL or EDITOR names, at the line of the passage, and
    anything else in the viewer of the desktop. `folder` is the one that was indexed, if `corpus`
    is above it. Raises OpenError if the file is gone or lies outside of the folder that was
    indexed, if there is no such program, or if it fails.
    """
    import subprocess

    path = _path(hit.passage.doc_id, corpus, folder or corpus)
    command = opening_command(path, hit.passage.line, environment)
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise OpenError(f"{command[0]} cannot be run: {error.strerror or error}") from error
    with interrupts_left_to_it():
        status = process.wait()
    if status:
        raise OpenError(f"{command[0]} ended with status {status}")


def open_beside(
    passage: Passage, corpus: Path, environment: Mapping[str, str], folder: Path | None = None
) -> str:
    """Open the file of a passage as `open_hit` does, in a window of its own, and do not wait.

    Returns the name of the program. Raises OpenError as `open_hit` does, and for an editor that
    needs a terminal, of which there is none here: the message tells what to type.
    """
    import subprocess

    path = _path(passage.doc_id, corpus, folder or corpus)
    command = opening_command(path, passage.line, environment)
    if is_text(path.name) and not _has_window(command, environment):
        raise OpenError(f"the editor needs a terminal: type {shlex.join(command)}")
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # it outlives this program, and Ctrl-C is not for it
        )
    except OSError as error:
        raise OpenError(f"{command[0]} cannot be run: {error.strerror or error}") from error
    try:
        status = process.wait(_SOON)
    except subprocess.TimeoutExpired:
        Thread(target=process.wait, daemon=True).start()
    else:
        if status:
            raise OpenError(f"{command[0]} ended with status {status}")
    return PurePath(command[0]).name


def _has_window(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a program that edits or shows text opens a window, as far as is known."""
    name = PurePath(command[0]).stem
    if name in {"emacs", "emacsclient"}:
        on_screen = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
        in_terminal = {"-nw", "-t", "-tty", "--tty", "--no-window-system"} & {*command}
        creates = name == "emacs" or bool({"-c", "--create-frame", "-n", "--no-wait"} & {*command})
        return (on_screen or sys.platform == "darwin") and creates and not in_terminal
    return name in _WITH_WINDOW


def _path(doc_id: str, corpus: Path, folder: Path) -> Path:
    """Return the file of a document, which an index from somebody else may say is anywhere."""
    path = Path(os.path.realpath(corpus / doc_id))
    if not path.is_relative_to(os.path.realpath(folder)):
        raise OpenError(f"{doc_id} is a link that leads out of its folder: open it yourself")
    # A link beside the articles may lead to what a desktop runs.
    if not is_article(path.name) or path.suffix.lower() != Path(doc_id).suffix.lower():
        raise OpenError(f"{doc_id} is a link to a file of another kind: open it yourself")
    if not path.is_file():
        raise OpenError(f"{doc_id} is not there any more: build the index again")
    return path


def opening_command(path: Path, line: int, environment: Mapping[str, str]) -> list[str]:
    """Return the command that opens a file, at a line if it is text and `line` is not 0.

    `path` is absolute, so that no program takes it for an option. Raises OpenError if there is no
    program.
    """
    if is_text(path.name):
        for name in ("VISUAL", "EDITOR"):
            if environment.get(name, "").strip():
                return _editor(name, environment[name], str(path), line)
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(opener)
    if program is None:
        what = "set EDITOR to your editor" if is_text(path.name) else f"install {opener}"
        raise OpenError(f"there is nothing to open {path.name} with: {what}")
    return [program, str(path)]


def _editor(variable: str, value: str, path: str, line: int) -> list[str]:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise OpenError(f"{variable} is not a command ({error}): {value}") from error
    program = shutil.which(words[0])
    if program is None:
        raise OpenError(f"{variable} names {words[0]}, which is not found: set it to your editor")
    return [program, *words[1:], *_place(PurePath(words[0]).stem, path, line)]


def _place(editor: str, path: str, line: int) -> list[str]:
    """Return the arguments that name a file and a line in it, as an editor takes them."""
    if not line:
        return [path]
    if editor in _PLUS:
        return [f"+{line}", path]
    if editor in _GO_TO:
        return ["--goto", f"{path}:{line}"]
    if editor in _AFTER_COLON:
        return [f"{path}:{line}"]
    return ["-l", str(line), path] if editor in _DASH_L else [path]
