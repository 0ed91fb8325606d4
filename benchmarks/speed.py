"""Speed and memory, each figure as a ratio to what it is compared with, taken in turn in one run.

`make bench` prints the table. Whole commands are new processes, timed from outside with the
memory that the kernel accounts to them; what happens inside a process is measured in a process of
its own (`benchmarks.warm`), so that nothing heavy is loaded here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
QUESTION = "ceasefire terms"
IMPORTS = "import numpy, tokenizers, onnxruntime, faiss"


@dataclass(frozen=True, slots=True)
class Run:
    """One whole process: wall seconds, and peak memory in MiB."""

    seconds: float
    mebibytes: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a figure, what it is compared with, their ratio, and what to reach."""

    figure: str
    value: str
    against: str
    ratio: str
    reach: str


Command = Sequence[str | Path]


def run_once(command: Command) -> Run:
    """Run a command to its end, its output thrown away; CalledProcessError if it fails."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    # Installed modules come with their bytecode. The first run, which does not count, leaves ours.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, usage.ru_maxrss / 1024)


def in_turn(runs: int, *commands: Command) -> list[list[Run]]:
    """Return each command `runs` times, A B A B ..., after one round that does not count."""
    for command in commands:
        run_once(command)
    rounds = [[run_once(command) for command in commands] for _ in range(runs)]
    return [list(column) for column in zip(*rounds, strict=True)]


def seconds_of(runs: Sequence[Run]) -> str:
    return f"{median(run.seconds for run in runs):.2f} s"


def mebibytes_of(runs: Sequence[Run]) -> str:
    return f"{median(run.mebibytes for run in runs):.0f} MiB"


def ratio_of(above: Sequence[float], below: Sequence[float]) -> str:
    """Return the median of the ratios of each pair."""
    return f"{median(a / b for a, b in zip(above, below, strict=True)):.2f}"


def cold_rows(index: Path, scratch: Path) -> list[Row]:
    """Return a cold query against the fifteen-line script, and against its own imports."""
    query: Command = [BIN / "query", "--index", index, QUESTION]
    script: Command = [
        sys.executable,
        "benchmarks/fifteen_lines.py",
        scratch / "lines.faiss",
        QUESTION,
    ]
    imports = [sys.executable, "-c", IMPORTS]
    slow, fast = in_turn(3, script, query)
    bare, again = in_turn(11, imports, query)
    walls = [[run.seconds for run in runs] for runs in (slow, fast, bare, again)]
    peaks = [[run.mebibytes for run in runs] for runs in (slow, fast)]
    return [
        Row(
            "cold query",
            seconds_of(fast),
            f"15-line script {seconds_of(slow)}",
            f"{ratio_of(walls[0], walls[1])} times faster",
            "20",
        ),
        Row(
            "cold query",
            seconds_of(again),
            f"its imports alone {seconds_of(bare)}",
            ratio_of(walls[3], walls[2]),
            "at most 1.4",
        ),
        Row(
            "its peak memory",
            mebibytes_of(fast),
            f"15-line script {mebibytes_of(slow)}",
            ratio_of(peaks[1], peaks[0]),
            "at most 0.33",
        ),
    ]


def unchanged_row(index: Path) -> Row:
    """Building again with nothing changed, against a cold query."""
    build: Command = [BIN / "index", "build", "seeds", "--index", index]
    query: Command = [BIN / "query", "--index", index, QUESTION]
    building, querying = in_turn(11, build, query)
    return Row(
        "index build, nothing changed",
        seconds_of(building),
        f"cold query {seconds_of(querying)}",
        ratio_of([run.seconds for run in building], [run.seconds for run in querying]),
        "at most 1",
    )


def changed_row(scratch: Path) -> Row:
    """Building again with one of 100 articles changed: what is embedded anew."""
    corpus, index = scratch / "corpus", scratch / "hundred"
    corpus.mkdir()
    for number in range(100):
        text = f"Article {number} opens here.\n\nIts second paragraph counts {number * 7}.\n"
        (corpus / f"{number}.txt").write_text(text, encoding="utf-8")
    build = [str(BIN / "index"), "build", str(corpus), "--index", str(index), "--json"]
    first = json.loads(subprocess.run(build, check=True, capture_output=True).stdout)
    with (corpus / "42.txt").open("a", encoding="utf-8") as file:
        file.write("\nA third paragraph has been added.\n")
    second = json.loads(subprocess.run(build, check=True, capture_output=True).stdout)
    return Row(
        "one paragraph added to 1 of 100 articles",
        f"{second['embedded']} embedded",
        f"{first['embedded']} in the first build",
        "",
        "only what changed",
    )


def inside_rows(index: Path) -> list[Row]:
    """Return what is measured inside one process: warm questions, and the speed of building."""
    command = [sys.executable, "-m", "benchmarks.warm", str(index)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    share = found["model_flops"] / found["peak_flops"]
    return [
        Row(
            "warm retrieve",
            f"{found['retrieve'] * 1e3:.2f} ms",
            f"forward pass alone {found['forward'] * 1e3:.2f} ms",
            f"{found['retrieve_ratio']:.2f}",
            "at most 1.25",
        ),
        Row(
            "embedding passages",
            f"{found['tokens']:,.0f} tokens/s",
            f"SentenceTransformer.encode, batches of {found['batch_size']}: "
            f"{found['reference_tokens']:,.0f} tokens/s",
            f"{found['tokens_ratio']:.2f} times",
            "1.25",
        ),
        Row(
            "the same",
            f"{found['model_flops'] / 1e9:.0f} GFLOP/s",
            f"float32 matrix product {found['peak_flops'] / 1e9:.0f} GFLOP/s",
            f"{share:.0%}",
            "60%",
        ),
    ]


def print_table(rows: Sequence[Row]) -> None:
    print("| figure | measured | against | ratio | to reach |\n|---|---|---|---|---|")
    for row in rows:
        print(f"| {row.figure} | {row.value} | {row.against} | {row.ratio} | {row.reach} |")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        index = scratch / "index"
        run_once([BIN / "index", "build", "seeds", "--index", index])
        rows = cold_rows(index, scratch)
        print_table([*rows, *inside_rows(index), unchanged_row(index), changed_row(scratch)])


if __name__ == "__main__":
    main()
