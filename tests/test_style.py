"""The conventions of prose and names, as far as a program can check them."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PACKAGES = ("embed", "index", "passage_search", "query")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
OTHERS = [
    path for name in ("tests", "benchmarks", "examples") for path in (ROOT / name).rglob("*.py")
]

UNPLAIN = {
    "double backticks": r"``",
    "'where' for a condition": (
        r"\b[Rr]aises? [\w, ]+ where\b"
        r"|\bwhere (?:there|it|one|that|this|they) (?:is|are|was|were|has|can)\b(?!\s+cited)"
    ),
    "'is no', 'is none'": (
        r"(?<!\bthere )\b(?:is|are|was|were) "
        r"(?:none\b|no (?!longer|more|other|better|less|higher|lower)[a-z]+)"
    ),
    "'a' for 'per'": (
        r"\b(?:a|one) (?:line|vector|word|passage|file|question|sentence|token) a [a-z]+"
    ),
}

# Called by their place and not by their name: entry points, commands of click, formats.
CALLED_BY_PLACE = {"main", "build", "status", "verify", "index", "query", "serve", "FORMAT"}
CALLED_BY_PLACE |= {"list_indexes", "remove", "clean"}


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Each docstring and each comment of a file, with its line."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring:
                yield getattr(node, "lineno", 1), docstring
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")


@pytest.mark.parametrize("rule", UNPLAIN)
def test_prose_is_plain(rule: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]!r}"
        for path in FILES
        for line, text in prose_of(path)
        if (match := re.search(UNPLAIN[rule], text))
    ]
    assert not found, "\n".join(found)


def test_a_function_says_what_it_does() -> None:
    """It does not begin with "What ..." or "Whether ...": it returns, checks, yields, raises."""
    odd = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {node.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and not is_property(node)
        if re.match(r"(?:What|Whether|How|Where|Who) ", ast.get_docstring(node) or "")
    ]
    assert not odd, "\n".join(odd)


def is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def names_defined(path: Path) -> set[str]:
    """The functions and constants that a module defines at its top level.

    A class may be part of what a function gives, and keeps its name.
    """
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names.update(
                leaf.id for t in node.targets for leaf in ast.walk(t) if isinstance(leaf, ast.Name)
            )
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return {name for name in names if not name.startswith("__")}


def words_elsewhere(path: Path) -> set[str]:
    """All words of the other files, ours and those of tests, benchmarks and examples."""
    return {word for other in (*FILES, *OTHERS) if other != path for word in WORDS[other]}


WORDS = {
    path: set(re.findall(r"\w+", path.read_text(encoding="utf-8"))) for path in (*FILES, *OTHERS)
}


def test_a_name_begins_with_an_underscore_if_its_module_alone_uses_it() -> None:
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        if path.name != "__init__.py"
        for name in sorted(names_defined(path) - CALLED_BY_PLACE)
        if not name.startswith("_") and name not in words_elsewhere(path)
    ]
    assert not unused, "\n".join(unused)


def test_a_name_with_an_underscore_is_used() -> None:
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in sorted(names_defined(path))
        if name.startswith("_")
        and len(re.findall(rf"\b{name}\b", path.read_text(encoding="utf-8"))) == 1
    ]
    assert not unused, "\n".join(unused)


def test_no_name_with_an_underscore_is_imported() -> None:
    taken = [
        f"{path.relative_to(ROOT)}: {alias.name}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name.startswith("_")
    ]
    assert not taken, "\n".join(taken)


def test_errors_are_told_in_one_form() -> None:
    """A docstring says "Raises SomeError if ...", or "for ...", and names an error."""
    odd = [
        f"{path.relative_to(ROOT)}:{line}: {match[0]!r}"
        for path in FILES
        for line, text in prose_of(path)
        for match in re.finditer(r"\bRaises (?!`?[A-Z]\w+)\S+(?: \S+)?", " ".join(text.split()))
    ]
    assert not odd, "\n".join(odd)
