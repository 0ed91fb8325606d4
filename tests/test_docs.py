"""The documents name files, functions and tests that there are."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROMISES = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
GUARDS = re.findall(r"\| `([\w/]+\.py):(\w+)` \|", PROMISES)
TESTS = re.findall(r"\| `(tests/[\w/]+\.py)::(\w+)` \|", PROMISES)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_has_a_guard_and_a_test() -> None:
    rows = [line for line in PROMISES.splitlines() if re.match(r"\| (?!promise|-)", line)]
    assert len(rows) == len(GUARDS) == len(TESTS) > 40


@pytest.mark.parametrize(("path", "function"), sorted({*GUARDS, *TESTS}))
def test_what_the_promises_name_is_there(path: str, function: str) -> None:
    assert function in functions_in(ROOT / path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = re.findall(
        r"`((?:embed|index|query|tests|docs|benchmarks)/[\w./-]+?)(?::[\w.]+)?`", text
    )
    linked = re.findall(r"\]\(([\w./-]+)\)", text)
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [path for path in linked if not (document.parent / path).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_function_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for path, name in re.findall(r"`([\w/]+\.py):([\w.]+)`", text):
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"\b(?:def|class) {name.split('.')[-1]}\b", source), f"{path}:{name}"
