"""Every byte of every file of a small index, changed under several masks, and every truncation.

    python tests/promises/flips.py ROOT STEP

Tries each STEP-th byte and length. Prints a JSON object: how many were tried, and which accepted.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

# This is run as a program, which finds only what lies beside it.
sys.path.append(str(Path(__file__).parents[1] / "support"))

from fake_encoder import FakeEncoder
from small_index import build, current_folder

from index.errors import DamagedIndexError, NoIndexError
from index.store.generation import Generation
from index.store.layout import CURRENT, MANIFEST

MASKS = (0x01, 0x80, 0xFF)


def faults(good: bytes, step: int) -> Iterator[tuple[str, bytes]]:
    """Every way to spoil a file, and what it makes of it."""
    for position in range(0, len(good), step):
        for mask in MASKS:
            bad = bytearray(good)
            bad[position] ^= mask
            yield f"byte {position} under {mask:#x}", bytes(bad)
    for length in range(0, len(good), step):
        yield f"cut at {length}", good[:length]
    yield "one byte more", good + b"\0"


def refused(directory: Path, name: str) -> bool:
    """Whether opening is refused with the name of the file."""
    try:
        Generation.open(directory)
    except (DamagedIndexError, NoIndexError) as error:
        # A changed CURRENT may name another generation: then that one's manifest is missing.
        return name in str(error) or (name == CURRENT and MANIFEST in str(error))
    return False


def main(root: Path, step: int) -> None:
    """Spoil one file after another."""
    corpus, directory = root / "corpus", root / ".passage-index"
    corpus.mkdir()
    (corpus / "a.txt").write_text("The army crossed the river. It was cold.\n\nBread and salt.")
    build(corpus, directory, FakeEncoder(dim=8))
    points, accepted = 0, []
    for path in [directory / CURRENT, *sorted(current_folder(directory).iterdir())]:
        good = path.read_bytes()
        for what, bad in faults(good, step):
            path.write_bytes(bad)
            points += 1
            if not refused(directory, path.name):
                accepted.append(f"{path.name}: {what}")
        path.write_bytes(good)
        Generation.open(directory)
    print(json.dumps({"points": points, "broken": accepted}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
