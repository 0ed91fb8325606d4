"""The house plan holds: imports run one way, and a package is cheap to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {"embed": {"embed"}, "index": {"index", "embed"}, "query": {"query", "index", "embed"}}
HEAVY = {
    "torch",
    "transformers",
    "sentence_transformers",
    "scipy",
    "pandas",
    "rich",
    "sklearn",
    "huggingface_hub",
    "onnx",
    "filelock",
    "platformdirs",
    "markdown_it",
    "sentencex",
    "langchain_core",
    "llama_index",
    "haystack",
    "mcp",
}


def imported_packages(path: Path) -> set[str]:
    """The first part of the name of everything that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        ours = imported_packages(path) & {*MAY_IMPORT, "tests", "benchmarks"}
        assert ours <= MAY_IMPORT[package], path


def test_torch_has_one_door() -> None:
    doors = {
        path.relative_to(ROOT).as_posix()
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("*.py")
        if imported_packages(path) & {"torch", "sentence_transformers", "transformers", "onnx"}
    }
    assert doors == {"embed/export.py"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_nothing_heavy(package: str) -> None:
    modules = modules_after(f"import {package}")
    assert not modules & (HEAVY | {"numpy", "faiss", "onnxruntime", "tokenizers", "click"})


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_all_names_what_is_there(package: str) -> None:
    code = (
        f"import {package}\n"
        f"missing = [n for n in getattr({package}, '__all__', []) if not hasattr({package}, n)]\n"
        "assert not missing, missing"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def modules_after(code: str) -> set[str]:
    """The top-level modules that a new process has loaded after ``code``."""
    code += "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    )
    return set(result.stdout.splitlines()[-1].split())
