"""``query --context``: the context of a prompt on standard output, and nothing else."""

import subprocess
import sys

from seed_index import ROOT, seed_index

from query.citing.context import build_context
from query.retriever import Retriever

COMMAND = [sys.executable, "-c", "from query.cli import main; main()", "--index"]


def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    result = subprocess.run(
        [*COMMAND, str(seed_index()), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    return result.returncode, result.stdout, result.stderr


def test_it_is_what_the_library_builds() -> None:
    code, output, _ = run("-k", "4", "--context", "400", "ceasefire terms")
    with Retriever.open(seed_index()) as retriever:
        context = build_context(retriever.retrieve("ceasefire terms", 4), 400)
        everything = retriever.retrieve("drones", 3)
    assert (code, output) == (0, context.text + "\n")
    # What is no better than chance is no context, unless it is wanted.
    matching = [hit for hit in everything if hit.matches]
    assert 0 < len(matching) < len(everything)
    for hits, options in ((matching, []), (everything, ["--all"])):
        code, output, _ = run("-k", "3", "--context", "900", *options, "drones")
        assert (code, output) == (0, build_context(hits, 900).text + "\n")


def test_too_few_tokens_for_anything() -> None:
    code, output, error = run("--context", "10", "ceasefire terms")
    assert (code, output) == (2, "")
    assert error == "query: no passage fits into 10 tokens: ask for more with --context\n"


def test_nothing_that_matches_is_no_context() -> None:
    code, output, _ = run("--context", "500", "chocolate cake recipe")
    assert code == 1
    assert "<passage" not in output
    code, output, _ = run("--all", "--context", "500", "chocolate cake recipe")
    assert code == 1
    assert "[1] <passage" in output


def test_one_form_of_output() -> None:
    code, output, error = run("--json", "--context", "500", "ceasefire terms")
    assert (code, output) == (2, "")
    assert "choose one" in error
