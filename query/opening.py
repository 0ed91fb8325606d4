"""A hit in an editor or a viewer: programs of the user, which get lists of arguments, no shell."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath

from embed.errors import PassageSearchError
from index import is_article, is_text
from query.foreground import interrupts_left_to_it
from query.hits import Hit

# How editors are told a line, by the names of their programs; others get the file alone.
_PLUS = frozenset(
    {"vi", "vim", "nvim", "gvim", "mvim", "view", "vis", "nano", "pico", "emacs", "emacsclient"}
    | {"micro", "kak", "joe", "jmacs", "jed", "mg", "ne", "mcedit", "gedit", "pluma", "xed"}
)
_GO_TO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
_AFTER_COLON = frozenset({"subl", "hx", "helix", "zed", "zeditor"})
_DASH_L = frozenset({"kate", "mate", "geany"})


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

    path = _path(hit, corpus, folder or corpus)
    command = opening_command(path, hit.passage.line, environment)
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise OpenError(f"{command[0]} cannot be run: {error.strerror or error}") from error
    with interrupts_left_to_it():
        status = process.wait()
    if status:
        raise OpenError(f"{command[0]} ended with status {status}")


def _path(hit: Hit, corpus: Path, folder: Path) -> Path:
    """Return the file of a hit, which an index from somebody else may say is anywhere."""
    doc_id = hit.passage.doc_id
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
