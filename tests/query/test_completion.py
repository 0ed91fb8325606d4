"""The shell completes options and their values, and names of files as it does by itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
BASH = shutil.which("bash")

# What bash does when somebody presses the tabulator, with the words typed so far.
SCRIPT = """
eval "$(_QUERY_COMPLETE=bash_source query)"
eval "$(_INDEX_COMPLETE=bash_source index)"
compopt() { echo "compopt $1 $2"; }
for line in "$@"; do
    COMP_WORDS=($line)
    [[ $line == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _${COMP_WORDS[0]}_completion "${COMP_WORDS[0]}"
    echo "${COMPREPLY[@]}"
done
"""


def completed(*lines: str) -> list[str]:
    """What bash offers for each of some lines."""
    done = subprocess.run(
        [str(BASH), "--norc", "-c", SCRIPT, "bash", *lines],
        capture_output=True, text=True, check=True,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(BASH is None, reason="there is no bash")
def test_bash_completes_options_values_and_commands() -> None:
    assert completed("query --co", "query --color ", "query --format v", "index b") == [
        "--context --color", "auto always never", "vimgrep", "build",
    ]  # fmt: skip


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize("line", ["index build see", "query --index see", "query --show see"])
def test_bash_completes_the_names_of_files(line: str) -> None:
    assert completed(line)[0] == "compopt -o default"


@pytest.mark.parametrize(
    ("shell", "sign"), [("zsh", "#compdef query"), ("fish", "--command query")]
)
def test_the_scripts_of_other_shells_are_printed(shell: str, sign: str) -> None:
    done = subprocess.run(
        [BIN / "query"], capture_output=True, text=True, check=False,
        env=os.environ | {"_QUERY_COMPLETE": f"{shell}_source"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert sign in done.stdout


@pytest.mark.parametrize("command", ["query", "index", "query-mcp"])
@pytest.mark.parametrize("value", ["nonsense_source", "bash_nonsense", "1"])
def test_a_shell_that_is_not_known_gets_one_line(command: str, value: str) -> None:
    variable = f"_{command.upper().replace('-', '_')}_COMPLETE"
    done = subprocess.run(
        [BIN / command], capture_output=True, text=True, check=False,
        env=os.environ | {variable: value},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"{command}: {variable} is {value!r}: give bash_source, zsh_source or fish_source\n"
    )
