"""Readers that ask while an index is built again and again; each answer is one generation's own.

    python tests/promises/readers.py ROOT READERS REBUILDS

The corpus says in every article which build it was made for, so an answer that mixes two of them
shows. Prints a JSON object: how many answers were checked, of how many generations, and which
were wrong.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

# This is run as a program, which finds only what lies beside it.
sys.path.append(str(Path(__file__).parents[1] / "support"))

from fake_encoder import FakeEncoder
from small_index import build

from index.store.generation import current_name
from query import Retriever

ARTICLES = 5


def write_corpus(corpus: Path, number: int) -> None:
    """Articles that all bear the number of a build, and are more or fewer with it."""
    corpus.mkdir(exist_ok=True)
    for path in corpus.iterdir():
        path.unlink()
    for article in range(ARTICLES + number % 3):
        (corpus / f"{article}.txt").write_text(
            f"The army of build {number} crossed river {article}.\n\nBuild {number} was cold."
        )


def read(directory: Path, stop: Path, answers: Path) -> None:
    """Open, ask twice, close, until told to stop; a line for each answer."""
    encoder = FakeEncoder()
    with answers.open("w", buffering=1) as log:
        while not stop.exists():
            with Retriever.open(directory, encoder=encoder) as retriever:
                for question in ("who crossed the river", "was it cold"):
                    hits = retriever.retrieve(question, k=30)
                    texts = sorted(hit.text for hit in hits)
                    log.write(json.dumps([retriever.generation, len(retriever), texts]) + "\n")


def main(root: Path, readers: int, rebuilds: int) -> None:
    """Build while others read, then check what they read."""
    corpus, directory, stop = root / "corpus", root / ".passage-index", root / "stop"
    expected: dict[str | None, list[str]] = {}

    def publish_generation(number: int) -> None:
        write_corpus(corpus, number)
        texts = sorted(t for p in corpus.iterdir() for t in p.read_text().split("\n\n"))
        build(corpus, directory)
        expected[current_name(directory)] = sorted(set(texts))

    publish_generation(0)
    logs = [root / f"answers-{reader}" for reader in range(readers)]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "read", directory, stop, log],
            stderr=subprocess.PIPE,
            text=True,
        )
        for log in logs
    ]
    while not all(log.exists() and log.stat().st_size for log in logs):
        time.sleep(0.05)
    for number in range(1, rebuilds + 1):
        publish_generation(number)
    stop.touch()
    wrong = [
        f"a reader ended with {process.returncode}: {error[-500:]}"
        for process in processes
        if (error := process.communicate()[1]) or process.returncode
    ]
    points, seen = 0, set()
    for log in logs:
        for line in log.read_text().splitlines():
            name, _, texts = json.loads(line)
            points += 1
            seen.add(name)
            if texts != expected.get(name):
                wrong.append(f"{name}: {texts}")
    result = {"points": points, "generations": len(seen), "published": len(expected)}
    print(json.dumps({**result, "broken": wrong[:20]}))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(*map(Path, sys.argv[2:5]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
