"""How long a build takes alone and by workers of this machine, and what the latter sends.

`python -m benchmarks.dask_build --documents 300` makes the texts up from the words of the two
articles, builds each index in a process of its own, and compares the two generations.
The seconds of a processor that the process which builds takes itself, from one number of documents
to a larger one, tell how many workers it can keep busy.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_BUILD = """
import json, pickle, resource, sys, time
from pathlib import Path
from embed import Encoder
from index.build import EncoderSource, build_index
from index.distributing.dask_cluster import DaskCluster
from index.distributing.dask_workers import DaskWorkers

counted = {"sent": 0, "back": 0}
submit, result = DaskWorkers._submit, DaskWorkers._result

def counted_submit(self, task, value, **options):
    counted["sent"] += len(pickle.dumps((self._assignment, value)))
    return submit(self, task, value, **options)

def counted_result(self, future):
    made = result(self, future)
    counted["back"] += len(pickle.dumps(made))
    return made

DaskWorkers._submit, DaskWorkers._result = counted_submit, counted_result
corpus, directory, address = sys.argv[1:]
source = EncoderSource.of(Encoder.load())
workers = DaskCluster.of(address) if address else None
begun = time.monotonic()
report = build_index(Path(corpus), Path(directory), source, workers=workers)
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({
    "seconds": time.monotonic() - begun,
    "processor": used.ru_utime + used.ru_stime,
    **counted,
    "memory": used.ru_maxrss << 10,
    "generation": report.generation.name,
    "passages": report.generation.manifest.passages,
}))
"""


def write_documents(folder: Path, count: int) -> int:
    """Write so many articles of some 500 words, always the same; return their bytes."""
    chance = random.Random(1)
    words = [word for path in sorted((_ROOT / "seeds").iterdir()) for word in _words(path)]
    folder.mkdir()
    size = 0
    for number in range(count):
        paragraphs = [
            " ".join(
                " ".join(chance.choices(words, k=chance.randint(6, 22))).capitalize() + "."
                for _ in range(chance.randint(2, 6))
            )
            for _ in range(10)
        ]
        size += (folder / f"{number:05}.txt").write_bytes("\n\n".join(paragraphs).encode())
    return size


def _words(path: Path) -> list[str]:
    return [word.strip(".,;:!?") for word in path.read_text(encoding="utf-8").split()]


def main() -> None:
    """Print a row for each way to build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as scratch:
        size = write_documents(Path(scratch, "corpus"), count)
        print(f"{count:,} documents, {size / 1e6:.1f} MB")
        generations = set()
        for name, address in (("alone", ""), ("--dask local", "local")):
            ended = subprocess.run(
                [sys.executable, "-c", _BUILD, f"{scratch}/corpus", f"{scratch}/{name}", address],
                capture_output=True,
                check=True,
                cwd=_ROOT,
            )
            found = json.loads(ended.stdout)
            generations.add(found["generation"])
            print(
                f"{name:12}  {found['passages']:,} passages in {found['seconds']:.1f} s, "
                f"{found['sent'] / 1e6:.1f} MB sent to workers, {found['back'] / 1e6:.1f} MB back, "
                f"{found['memory'] / 1e6:.0f} MB at most and {found['processor']:.1f} s of a "
                "processor in the process that builds"
            )
        print("the same generation" if len(generations) == 1 else "TWO GENERATIONS")


if __name__ == "__main__":
    main()
