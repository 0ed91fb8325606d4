"""Builds during which the power goes, at every moment, and what the disk may hold then.

    python tests/promises/power_loss.py ROOT SCENARIO STATES [EVERY]

A build is recorded once. Then, for every moment (or one of EVERY), so many states of the disk are
made that the loss may have left. Each must open as the old generation or the new one; and the build
after it, which goes on with what was kept, must publish what the recorded one did. Prints a JSON
object: how many states were tried, and the broken ones.
"""

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

# This is run as a program, which finds only what lies beside it.
sys.path.append(str(Path(__file__).parents[1] / "support"))

from fake_encoder import FakeEncoder
from recorded_disk import Disk, Operation, Recorder, states
from small_index import CORPUS, build, generation_bytes, write_corpus
from stopped_builds import keeping_at_once, stop_build

from index.errors import NoIndexError
from index.store.layout import KEPT
from index.store.open_index import OpenIndex
from index.store.verification import verify

SEED = 20
SCENARIOS = ("first", "changed", "resumed")


class Loss:
    """A build that was recorded, and the disk before it."""

    def __init__(self, root: Path, scenario: str) -> None:
        self.corpus = write_corpus(root / "corpus")
        self.disk = root / "disk"
        self.directory = self.disk / ".passage-index"
        self.disk.mkdir()
        if scenario != "first":
            build(self.corpus, self.directory)
            (self.corpus / "new.txt").write_text("A new article. It has a paragraph.\n\nAnd two.")
            (self.corpus / "east/river.txt").write_text(CORPUS["east/river.txt"].upper())
        if scenario == "resumed":
            stop_build(self.corpus, self.directory, 5)
            kept = self.directory / KEPT
            kept.write_bytes(kept.read_bytes()[:-100])
        self.old = self.state()
        recorder = Recorder(self.disk)
        self.start = Disk.of(self.disk, recorder)
        with recorder.recording(), keeping_at_once():
            build(self.corpus, self.directory)
        self.operations: list[Operation] = recorder.operations
        self.new = self.state()
        assert self.old != self.new
        self.found: Counter[str] = Counter()

    def state(self) -> dict[str, bytes] | None:
        """The generation in use, all of it verified; None if there is none."""
        try:
            verify(OpenIndex.open(self.directory), FakeEncoder())
        except NoIndexError:
            return None
        return generation_bytes(self.directory)

    def recording_is_whole(self) -> bool:
        """Whether all that was recorded, done again, is what lies on the disk now."""
        disk = self.start.copy()
        for operation in self.operations:
            disk.apply(operation)
        there = {
            path.relative_to(self.disk).as_posix(): path.read_bytes()
            for path in self.disk.rglob("*")
            if path.is_file()
        }
        return there == {name: bytes(disk.files[number]) for name, number in disk.names.items()}

    def problem(self, disk: Disk) -> str:
        """What is wrong with a state of the disk, and after the build that follows; or ""."""
        shutil.rmtree(self.disk)
        self.disk.mkdir()
        disk.write_to(self.disk)
        try:
            state = self.state()
        except Exception as error:
            return f"the index is broken: {error!r}"
        self.found["new" if state == self.new else "old"] += 1
        if state not in (self.old, self.new):
            return "neither the old index nor the new one"
        with keeping_at_once():
            report = build(self.corpus, self.directory)
        self.found["went on"] += report.kept > 0
        if self.state() != self.new:
            return "the build after it published something else"
        if (self.directory / KEPT).exists():
            return "the build after it left what was kept"
        return ""


def main(root: Path, scenario: str, count: int, every: int) -> None:
    """Try every state, and print what was found."""
    loss = Loss(root, scenario)
    broken = [] if loss.recording_is_whole() else ["the recording does not give the index again"]
    points = 0
    for moment in range(0, len(loss.operations) + 1, every):
        made = states(loss.start, loss.operations, moment, count, SEED)
        for number, disk in enumerate(made):
            points += 1
            try:
                problem = loss.problem(disk)
            except Exception as error:
                problem = f"the build after it failed: {error!r}"
            if problem:
                broken.append(f"{moment}, {number}: {problem}")
    ends = {"operations": len(loss.operations), **loss.found}
    print(json.dumps({"points": points, "ends": ends, "broken": broken}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int((sys.argv[4:] or ["1"])[0]))
