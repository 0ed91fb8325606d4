"""The documents name functions, tests and files that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROMISES = "docs/promises.md"
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
]
FUNCTION = re.compile(r"`((?:embed|index|query|passage_search)/[\w/]+\.py):([\w.]+)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PATH = re.compile(
    r"`((?:embed|index|query|passage_search|tests|docs|benchmarks|examples|seeds)/[\w./-]*?"
    r"|[\w-]+\.(?:md|toml|txt))(?::[\w.]+)?`"
)
LINK = re.compile(r"\]\(([\w./-]+)\)")


def read(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@cache
def names_in(path: Path) -> set[str]:
    """Return the names of functions and classes in a file, and of methods as `Class.method`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            inside = (
                inner
                for inner in node.body
                if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
            )
            names.update(f"{node.name}.{inner.name}" for inner in inside)
    return names


def has_test(name: str) -> bool:
    """Check that there is a test of that name in any file under tests."""
    return any(name in names_in(path) for path in (ROOT / "tests").rglob("test_*.py"))


def exists(document: str, path: str) -> bool:
    """Check that a path is there, from the root or the document; a test may be in any folder."""
    if (ROOT / path).exists() or (ROOT / document).parent.joinpath(path).exists():
        return True
    if not path.startswith("tests/"):
        return False
    if path.count("/") > 1 and path.endswith(".py"):
        return any(names_in(test) for test in (ROOT / "tests").rglob(Path(path).name))
    return path in {"tests/embed", "tests/index", "tests/query", "tests/promises", "tests/support"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_function_that_is_named_is_there(document: str) -> None:
    named = set(FUNCTION.findall(read(document)))
    missing = [
        f"{path}:{name}"
        for path, name in named
        if not (ROOT / path).is_file() or name not in names_in(ROOT / path)
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_is_there(document: str) -> None:
    text = re.sub(r"```.*?```", "", read(document), flags=re.DOTALL)
    named = {path.rstrip("/") for path in [*PATH.findall(text), *LINK.findall(text)]}
    assert [path for path in sorted(named) if not exists(document, path)] == []


def test_every_test_that_is_named_is_there() -> None:
    named = {name for _, name in TEST.findall(read(PROMISES))}
    named |= set(re.findall(r"`(test_\w+)`", read("CONTRIBUTING.md")))
    assert len(named) > 50
    assert [name for name in sorted(named) if not has_test(name)] == []


def test_every_promise_has_a_guard_and_a_test() -> None:
    rows = [line for line in read(PROMISES).splitlines() if re.match(r"\| (?!promise )", line)]
    assert len(rows) > 100
    assert [row for row in rows if not (FUNCTION.search(row) and TEST.search(row))] == []
