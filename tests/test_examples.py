"""The examples run as their first lines say, offline, and their citations hold."""

import os
import re
import subprocess
import sys

import pytest
from seed_index import ROOT

pytestmark = pytest.mark.slow


def run(example: str, *arguments: str, stdin: str = "") -> str:
    result = subprocess.run(
        [sys.executable, f"examples/{example}.py", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")]),
            "HF_HUB_OFFLINE": "1",
            # A connection anywhere would fail at once.
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        },
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def verified(output: str) -> list[str]:
    return re.findall(r"^\[\d+\] \S+ \d+\.\.\d+: (.+)$", output, re.MULTILINE)


def test_plain() -> None:
    output = run("plain", "ceasefire terms")
    assert "[1] <passage title=" in output
    assert verified(output) == ["unchanged"] * 3
    assert "Quotations, marks and numbers stand." in output


def test_rag_loop_with_the_stub() -> None:
    output = run("rag_loop", "ceasefire terms", "who claimed the concert hall attack?")
    assert output.count("Answer of a stub that only echoes: ") == 2
    assert len(verified(output)) >= 3
    assert set(verified(output)) == {"unchanged"}
    assert output.count("Quotations, marks and numbers stand.") == 2


def test_rag_loop_finds_out_a_bad_model() -> None:
    output = run("rag_loop", "--model", "bad_model:answer", stdin="ceasefire terms\n")
    assert "Marks that cite nothing: [9]" in output
    assert "Not in the passage cited: 'peace at any price'; it stands in no passage" in output
    assert "??" in output


def test_with_langchain() -> None:
    pytest.importorskip("langchain_core")
    output = run("with_langchain", "ceasefire terms")
    assert "Answer of a stub that only echoes: The Kremlin makes remorseless efforts" in output
    assert verified(output) == ["unchanged"] * 3
    assert "Quotations, marks and numbers stand." in output
