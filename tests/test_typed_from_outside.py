"""A user's program type-checks strictly against the installed package, and mistakes are found."""

import subprocess
import sys

import pytest
from seed_index import ROOT

pytestmark = pytest.mark.slow

PROGRAM = """
from query import Citation, CitationVerification, Hit, Retriever
from query import build_context, check_answer, verify_citations

def answer(question: str) -> str:
    with Retriever.open(".passage-index") as retriever:
        hits = retriever.retrieve(question, k=5, docs=["*.txt"], mode="hybrid", min_score=0.2)
        first: Hit = hits[0]
        best: str = first.best_text
        score: float = first.scores.passage
        neighbours: list[str] = [passage.text for passage in retriever.expand(first)]
        context = build_context(hits, max_tokens=1500, tokenizer=len, order="reading")
        citations: tuple[Citation, ...] = context.citations
        proofs: list[CitationVerification] = verify_citations(citations, retriever.corpus)
        checked = retriever.check_answer(best, context.hits)
        again = check_answer(best, hits, retriever.encoder, counts=retriever.searcher)
        batch = [ranking.verdict == "match" for ranking in retriever.retrieve_batch([question])]
        moved: bool = retriever.refresh()
        print(score, neighbours, proofs[0].ok, checked.ok, again.to_dict(), batch, moved)
        return context.text

async def later(retriever: Retriever) -> str:
    return str(await retriever.aretrieve("question", k=1))

def made() -> int:
    with Retriever.from_texts(["text"]) as zero:
        verify_citations([], ["text"])
        print(len(zero), zero.source("1"))
    with Retriever.from_texts({"id": "text"}) as one, Retriever.from_folder("seeds") as two:
        return len(one) + len(two)
"""


# What these say of themselves is not what is tested, and takes a minute to read.
CONFIGURATION = """
[mypy]
strict = true
[mypy-faiss.*,onnx.*,onnxruntime.*,sentence_transformers.*,torch.*,transformers.*]
ignore_missing_imports = true
follow_imports = skip
"""

MISTAKES = {
    "attribute": ("first.best_text", "first.best_txt"),
    "type": ("score: float =", "score: str ="),
    "mode": ('mode="hybrid"', 'mode="magic"'),
    "order": ('order="reading"', 'order="random"'),
    "method": ("retriever.refresh()", "retriever.refersh()"),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What mypy says of the program and of each mistake in it, far from the project's folder."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("outside")
    programs = {"right": PROGRAM}
    for name, (right, wrong) in MISTAKES.items():
        assert PROGRAM.count(right) == 1
        programs[name] = PROGRAM.replace(right, wrong)
    for name, program in programs.items():
        (folder / f"{name}.py").write_text(program, encoding="utf-8")
    (folder / "mypy.ini").write_text(CONFIGURATION, encoding="utf-8")
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "outside")]
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *cache, *(f"{name}.py" for name in programs)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    return {name: [line for line in lines if line.startswith(f"{name}.py:")] for name in programs}


def test_every_package_says_that_it_is_typed() -> None:
    assert all(
        (ROOT / package / "py.typed").is_file()
        for package in ("embed", "index", "passage_search", "query")
    )


def test_a_program_type_checks(complaints: dict[str, list[str]]) -> None:
    assert complaints["right"] == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_found(complaints: dict[str, list[str]], mistake: str) -> None:
    assert len(complaints[mistake]) == 1
