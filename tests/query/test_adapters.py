"""What the adapters share, and what they say when their library is missing."""

import subprocess
import sys
from dataclasses import replace

import pytest
from fake_hits import hits_of, ranking_of
from seed_index import ROOT

from index.types import Head
from query.adapters import metadata_of
from query.citing.citations import sha256_of

pytestmark = pytest.mark.slow

EXTRAS = {
    "langchain": "langchain_core",
    "llama_index": "llama_index",
    "haystack": "haystack",
    "mcp": "mcp",
}


@pytest.mark.parametrize("module", EXTRAS)
def test_a_missing_extra_says_which_to_install(module: str) -> None:
    code = (
        "import sys\n"
        f"sys.modules[{EXTRAS[module]!r}] = None\n"
        "from embed import PassageSearchError\n"
        "try:\n"
        f"    import query.adapters.{module}\n"
        "except PassageSearchError as error:\n"
        "    assert isinstance(error, ImportError)\n"
        "    print(error)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    extra = module.replace("_", "-")
    assert result.stdout.startswith(f"{extra} cannot be imported")
    assert result.stdout.endswith(f"pip install -e '.[{extra}]'\n")


def test_the_mcp_command_says_so_in_one_line() -> None:
    code = "import sys; sys.modules['mcp'] = None; from query.mcp_server import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("query-mcp: mcp cannot be imported")
    assert len(result.stderr.splitlines()) == 1


def test_metadata_is_flat_and_complete() -> None:
    text = "First one. It is short.\n\nSecond one. Best here.\n"
    [hit] = hits_of(text, 2, best=1)
    head = Head("A title", "A subtitle", date="May 2023")
    hit = replace(
        hit,
        passage=replace(hit.passage, path=("Chapter 2", "Fees")),
        document=replace(hit.document, head=head),
    )
    ranking = ranking_of([hit], verdict="no_match")
    metadata = metadata_of(ranking[0], ranking, "/articles/a.txt")
    assert all(isinstance(value, (str, int, float)) for value in metadata.values())
    assert metadata["passage_id"] == "a.txt#2"
    assert metadata["source"] == "/articles/a.txt"
    assert (metadata["subtitle"], metadata["date"]) == ("A subtitle", "May 2023")
    assert metadata["path"] == metadata["section"] == "Chapter 2 › Fees"
    assert text[int(metadata["start"]) : int(metadata["end"])] == ranking[0].text
    assert metadata["passage_sha256"] == sha256_of(ranking[0].text)
    assert metadata["best_sentence"] == "Best here."
    assert (metadata["verdict"], metadata["p_chance"], metadata["line"]) == ("no_match", 0.25, 3)
    assert (metadata["passage_p_chance"], metadata["passage_matches"]) == (0.01, True)
