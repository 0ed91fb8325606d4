"""The house plan holds: imports run one way, and a package is cheap to import."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {"embed": {"embed"}, "index": {"index", "embed"}, "query": {"query", "index", "embed"}}
# `query` asks `passage_search` first whether a file of somebody hides another package.
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
    "pypdfium2",
    "selectolax",
    "filelock",
    "pathspec",
    "platformdirs",
    "lxml",
    "markdown_it",
    "sentencex",
    "langchain_core",
    "llama_index",
    "haystack",
    "mcp",
    "starlette",
    "uvicorn",
    "anyio",
    "PIL",
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
    assert doors
    assert all(door.startswith("embed/export/") for door in doors), doors


@pytest.mark.parametrize("package", [*MAY_IMPORT, "passage_search"])
def test_a_package_imports_nothing_heavy(package: str) -> None:
    modules = modules_after(f"import {package}")
    assert not modules & (HEAVY | {"numpy", "faiss", "onnxruntime", "tokenizers", "click"})


@pytest.mark.parametrize("package", [*MAY_IMPORT, "passage_search"])
def test_all_names_what_is_there(package: str) -> None:
    code = (
        f"import {package}\n"
        f"missing = [n for n in getattr({package}, '__all__', []) if not hasattr({package}, n)]\n"
        "assert not missing, missing"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("package", [*MAY_IMPORT, "passage_search"])
def test_a_package_lists_its_public_names(package: str) -> None:
    code = (
        f"import {package}\n"
        f"names, before = dir({package}), set({package}.__dict__)\n"
        f"assert names == sorted({package}.__all__), names\n"
        f"assert not before & {{'Retriever', 'Encoder', 'Passage'}}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def modules_after(code: str) -> set[str]:
    """The top-level modules that a new process has loaded after ``code``."""
    code += "\nimport sys\nprint(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    )
    return set(result.stdout.splitlines()[-1].split())


def modules_imported(path: Path) -> set[str]:
    """Our modules that a file imports, anywhere in it, in a function or for types alone too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    # The front door of a package names its modules, and loads them when they are asked for.
    files = {
        module_name(path): path
        for path in (ROOT / package).rglob("*.py")
        if path != ROOT / package / "__init__.py"
    }
    arrows = {name: modules_imported(path) & {*files} - {name} for name, path in files.items()}
    while arrows:
        done = {name for name, targets in arrows.items() if not targets & {*arrows}}
        assert done, f"circle: {sorted(arrows)}"
        arrows = {name: targets for name, targets in arrows.items() if name not in done}


def test_query_goes_in_by_the_front_door() -> None:
    for path in (ROOT / "query").rglob("*.py"):
        inside = {name for name in modules_imported(path) if name.startswith("index.")}
        import index

        assert {name.split(".", 1)[1] for name in inside} <= {*index.__all__}, path


def test_all_that_the_front_doors_name_is_used_or_public() -> None:
    import index

    used: set[str] = set()
    for path in (ROOT / "query").rglob("*.py"):
        used |= {name.split(".", 1)[1] for name in modules_imported(path) if "index." in name}
    assert {*index.__all__} <= used, {*index.__all__} - used
