"""The package that re-exports the public names, and what a file that hides a package leads to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import passage_search
import query

pytestmark = pytest.mark.slow

ROOT = Path(query.__file__).parent.parent


def run(folder: Path, code: str) -> "subprocess.CompletedProcess[str]":
    """A program in a folder, which comes first on the path of modules."""
    script = folder / "program.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_it_has_the_public_names_of_query() -> None:
    assert sorted(passage_search.__all__) == sorted(query.__all__)
    for name in query.__all__:
        assert getattr(passage_search, name) is getattr(query, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        passage_search.nothing  # noqa: B018


def test_a_bare_import_stays_cheap(tmp_path: Path) -> None:
    code = "import passage_search, sys\nprint({'numpy', 'faiss', 'click'} & set(sys.modules))"
    assert run(tmp_path, code).stdout == "set()\n"


@pytest.mark.parametrize("hidden", ["query", "index", "embed"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_a_file_that_hides_a_package_is_named_and_not_run(
    tmp_path: Path, hidden: str, as_folder: bool
) -> None:
    path = tmp_path / f"{hidden}.py"
    if as_folder:
        path = tmp_path / hidden / "__init__.py"
        path.parent.mkdir()
    path.write_text("print('this is run')")
    modules = ["passage_search"] if hidden == "query" else ["passage_search", "query"]
    for module in modules:
        done = run(tmp_path, f"from {module} import Retriever")
        assert done.returncode == 1
        assert "this is run" not in done.stdout
        assert done.stderr.splitlines()[-1] == (
            f"ImportError: {path} hides the package '{hidden}' of passage-search: "
            "rename it, or run your program from another folder"
        )


def test_nothing_hides_anything_otherwise(tmp_path: Path) -> None:
    done = run(tmp_path, "from passage_search import Retriever; print(Retriever.__name__)")
    assert (done.returncode, done.stdout) == (0, "Retriever\n"), done.stderr


@pytest.mark.parametrize("command", ["query", "index", "serve"])
def test_a_command_that_is_stopped_while_it_is_imported_ends_in_silence(
    tmp_path: Path, command: str
) -> None:
    code = (
        "import sys\n"
        "class Stopped:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stopped())\n"
        f"from passage_search.commands import {command} as run\n"
        "run()\n"
    )
    done = run(tmp_path, code)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
