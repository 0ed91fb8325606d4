"""Damaged and hostile files, read by each format: text or a named error, and nothing else.

    python tests/promises/fuzz_readers.py [FORMAT ...] [--inputs N] [--seconds S] [--first SEED]
        [--files FOLDER] [--keep FOLDER]

Makes each file of a small sound one, and of those in FOLDER, altered by chance: the same number
gives the same file. Each is read in a worker process, as a build does, with less time and memory.
An error that is not the reader's own, a structure that does not fit its text, and a limit that is
reached are failures. A crash of a C library is what the worker process is for: it is counted.
Prints a JSON object for each format, and ends with 1 if there were failures.
"""

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

# This is run as a program, which finds only what lies beside it.
sys.path.extend(str(Path(__file__).parents[up]) for up in (0, 2))
sys.path.append(str(Path(__file__).parents[1] / "support"))

from fuzz_mutations import alter
from fuzz_seeds import BY_SUFFIX, MOST_BYTES

from index.reading.content import Content, UnreadableError
from index.reading.formats import Format, TextFormat, all_formats, format_name
from index.reading.worker import ReaderError, Worker

SECONDS = 20.0
MEMORY = 1 << 30
FILES = 5000
OF_ANOTHER_KIND = 0.02
"""How many files are of another kind than their name says."""


@dataclass
class Result:
    """How reading many files ended, with the numbers of those to look at."""

    counts: Counter[str] = field(default_factory=Counter)
    crashes: list[int] = field(default_factory=list)
    failures: dict[str, list[int]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0, -1)

    def add(self, number: int, outcome: str, reason: str = "") -> None:
        """Note how reading a file ended."""
        self.counts[outcome] += 1
        if outcome == "refused":
            self.reasons[reason] += 1
        elif outcome == "crash":
            self.crashes.append(number)
        elif outcome == "failure":
            self.failures.setdefault(reason, []).append(number)


def seeds_of(form: Format, folder: Path | None = None) -> list[bytes]:
    """The sound files of a format: those that are made here, and small ones of a folder."""
    makers = dict.fromkeys(BY_SUFFIX[s] for s in form.suffixes if s in BY_SUFFIX)
    seeds = [data for make in makers for data in make()]
    if not seeds:
        raise SystemExit(f"fuzz_seeds.py has no file for {', '.join(form.suffixes)}")
    if folder:
        paths = (path for path in sorted(folder.rglob("*")) if path.suffix in form.suffixes)
        files = (path.read_bytes() for path in paths if path.stat().st_size <= MOST_BYTES)
        seeds.extend(files)
    return seeds


def other_seeds() -> list[bytes]:
    """Sound files of every kind."""
    return [data for make in dict.fromkeys(BY_SUFFIX.values()) for data in make()]


def file_of(number: int, seeds: list[bytes], others: list[bytes]) -> bytes:
    """The altered file with a number."""
    chance = random.Random(number)
    if chance.random() < OF_ANOTHER_KIND:
        return chance.choice(others)
    return alter(chance, chance.choice(seeds))


def fuzz(
    name: str,
    form: Format,
    files: Iterator[tuple[int, bytes]],
    worker: Worker,
    keep: Callable[[int, bytes], None] = lambda number, data: None,
) -> Result:
    """Read files with a format, and note how each ends."""
    result = Result()
    for number, data in files:
        started = time.monotonic()
        outcome, reason = read(name, form, data, worker)
        result.slowest = max(result.slowest, (round(time.monotonic() - started, 2), number))
        result.add(number, outcome, reason)
        if outcome in ("failure", "crash"):
            keep(number, data)
    return result


def read(name: str, form: Format, data: bytes, worker: Worker) -> tuple[str, str]:
    """Read a file; how it ended, and why."""
    try:
        content = worker.read(name, data)
        check(form, content)
    except UnreadableError as error:
        return judge(error)
    except Exception as error:
        return "failure", told(f"{type(error).__name__}: {error}", error)
    return "read", ""


def judge(error: UnreadableError) -> tuple[str, str]:
    """Tell an error of a reader's own from what the worker makes of others."""
    message = str(error)
    if isinstance(error.__cause__, ReaderError):
        return "failure", last_lines(str(error.__cause__))
    if message.startswith("reading it took longer") or "MiB of memory" in message:
        return "failure", message
    if "stopped unexpectedly" in message:
        return "crash", message
    if "\n" in message or len(message) > 200 or not message.strip():
        return "failure", f"not a short reason: {message[:40]!r}"
    return "refused", message


def last_lines(traceback: str) -> str:
    """Where a reader failed: the last place in our code, and the error without its particulars."""
    lines = traceback.rstrip().splitlines()
    ours = [line.strip() for line in lines if line.startswith("  File") and "/index/" in line]
    error = next((line for line in reversed(lines) if not line.startswith(" ")), "")
    place = ours[-1].rsplit("/", 1)[-1].replace('"', "") if ours else ""
    return f"{error[:80]} at {place}"


def told(message: str, error: Exception) -> str:
    """An error of the check, with its place."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    line = (
        f"{place.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{place.tb_lineno}" if place else ""
    )
    return f"{message[:80]} at {line}"


def check(form: Format, content: Content) -> None:
    """Check that a structure fits its text: paragraphs in order, nothing but spaces between."""
    structure = content.structure
    if structure is None:
        assert isinstance(form, TextFormat), "a format that is not text gives no structure"
        with time_limit():
            structure = form.split(content.text)
    text, last = content.text, 0
    gaps = {(gap.start, gap.end) for own in structure.paragraphs for gap in own.gaps}
    omissions = [own for own in structure.omissions if (own.start, own.end) not in gaps]
    parts: list[Any] = [*structure.paragraphs, *omissions, *structure.head.spans]
    for start, end in sorted((part.start, part.end) for part in parts):
        assert 0 <= start <= end <= len(text), "a span outside the text"
        if content.structure:
            assert start >= last, "spans overlap"
            assert not text[last:start].strip(), "text that belongs to nothing"
        last = end
    assert not content.structure or not text[last:].strip(), "text that belongs to nothing"
    for paragraph in structure.paragraphs:
        inside = [paragraph.start, *paragraph.breaks, paragraph.end]
        assert inside == sorted(inside), "a break outside its paragraph"
    starts = [anchor.start for anchor in structure.anchors]
    assert starts == sorted(starts), "anchors out of order"
    text.encode()


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise an error in code of Python that takes too long."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise AssertionError(f"splitting took longer than {SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def files_of(
    seeds: list[bytes], first: int, count: int, seconds: float
) -> Iterator[tuple[int, bytes]]:
    """The files with the numbers from `first`, until there are enough or the time is over."""
    others = other_seeds()
    end = time.monotonic() + seconds
    for number in range(first, first + count):
        if time.monotonic() > end:
            return
        yield number, file_of(number, seeds, others)


def fuzz_format(name: str, options: argparse.Namespace, seconds: float) -> dict[str, Any]:
    """Read files of a format, and return what is printed."""
    form = formats_by_name()[name]
    folder: Path | None = options.keep

    def keep(number: int, data: bytes) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}-{number}{form.suffixes[0]}").write_bytes(data)

    started = time.monotonic()
    files = files_of(seeds_of(form, options.files), options.first, options.inputs, seconds)
    with Worker(seconds=SECONDS, memory=MEMORY, files=FILES) as worker:
        result = fuzz(name, form, files, worker, keep)
    return {
        "format": name,
        "inputs": result.counts.total(),
        **result.counts,
        "crashes": result.crashes[:20],
        "failures": {why: [len(at), *at[:5]] for why, at in result.failures.items()},
        "reasons": result.reasons.most_common(12),
        "slowest": result.slowest,
        "seconds": round(time.monotonic() - started),
    }


def formats_by_name() -> dict[str, Format]:
    """All formats by their names."""
    return {format_name(f"a{form.suffixes[0]}"): form for form in all_formats()}


def main() -> None:
    """Fuzz the formats that are named, or all; `--seconds` are for all of them together."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("formats", nargs="*", default=[*formats_by_name()])
    parser.add_argument("--inputs", type=int, default=sys.maxsize >> 1, help="for each format")
    parser.add_argument("--seconds", type=float, default=180, help="for all formats together")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--files", type=Path, help="a folder of further sound files")
    parser.add_argument("--keep", type=Path, help="a folder for the files that fail or crash")
    options = parser.parse_args()
    failed = False
    for name in options.formats:
        result = fuzz_format(name, options, options.seconds / len(options.formats))
        failed = failed or bool(result["failures"])
        print(json.dumps(result, ensure_ascii=False), flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
