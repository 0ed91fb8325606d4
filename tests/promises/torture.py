"""`make torture`: try every promise about the index at every point.

Takes two hours on two cores; `make test` tries a selection of the same points. Runs a job
a core, prints a line for each, and ends with 1 if any state was broken.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from faults import CALLS, strace_command
from power_loss import SCENARIOS

HERE = Path(__file__).parent
HOSTILE = 1_000_000
HOSTILE_A_RUN = 10_000
STATES = 50
"""States of the disk that are tried for each moment at which the power goes."""


def jobs() -> Iterator[tuple[str, list[str]]]:
    """Every job: a name, and the arguments of a program beside this one, ROOT for its folder."""
    for scenario in ("first", "changed", "kept"):
        for fault in ("kill", "EIO", "ENOSPC"):
            yield f"files {scenario} {fault}", ["faults.py", "ROOT", scenario, fault]
        yield f"size {scenario}", ["faults.py", "ROOT", scenario, "fsize:16"]
    if shutil.which("strace"):
        for call in CALLS:
            for scenario in ("first", "changed"):
                for fault in ("kill", "EIO", "ENOSPC"):
                    name = f"strace {call} {scenario} {fault}"
                    yield name, ["faults.py", "ROOT", scenario, f"strace:{call}:{fault}"]
    for scenario in SCENARIOS:
        yield f"power {scenario}", ["power_loss.py", "ROOT", scenario, str(STATES)]
    yield "bytes", ["flips.py", "ROOT", "1"]
    yield "readers", ["readers.py", "ROOT", "8", "200"]
    for seed in range(0, HOSTILE, HOSTILE_A_RUN):
        yield f"hostile {seed}", ["hostile.py", "ROOT", str(HOSTILE_A_RUN), str(seed)]


def run(arguments: list[str]) -> dict[str, Any]:
    """Run one job in a folder of its own; what it printed, or how it died, and the seconds."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        program, *rest = (folder if argument == "ROOT" else argument for argument in arguments)
        command = [sys.executable, str(HERE / program), *rest]
        if rest[-1].startswith("strace:"):
            _, call, fault = rest[-1].split(":")
            command[-1] = f"strace:{call}"
            command = strace_command(call, fault, Path(folder, "strace.log")) + command
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        ended = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment
        )
        if ended.returncode:
            seed = Path(folder, "seed")
            at = f" at {seed.read_text().strip()}" if seed.exists() else ""
            return {"broken": [f"ended with {ended.returncode}{at}: {ended.stderr[-2000:]}"]}
    result: dict[str, Any] = json.loads(ended.stdout)
    return {**result, "seconds": round(time.monotonic() - started)}


def main(names: list[str]) -> int:
    """Run the jobs whose name begins with one of ``names``, or all."""
    chosen = [job for job in jobs() if not names or job[0].startswith(tuple(names))]
    failed = False
    points = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(run, [arguments for _, arguments in chosen])
        for (name, _), result in zip(chosen, results, strict=True):
            broken = result.pop("broken")
            failed |= bool(broken)
            points += result.get("points", 0)
            print(f"{name:32} {json.dumps(result)}", flush=True)
            for line in broken:
                print(f"    BROKEN {line}", flush=True)
    print(f"{points:,} points, {'some' if failed else 'none'} of them broken")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
