"""The two articles, indexed once a test run with the real model, and questions about them."""

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from embed import Encoder
from index.build import EncoderSource, build_index

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"

MIXED = ["drones", "Levada Center", "economic sanctions on oil"]
"""Questions for which some of the first hits match better than chance, and others do not."""


@cache
def seed_index() -> Path:
    """An index directory, removed when the test run ends."""
    directory = Path(tempfile.mkdtemp(prefix="seed-index-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    build_index(SEEDS, directory, EncoderSource.of(Encoder.load()))
    return directory


@cache
def questions() -> list[str]:
    """A hundred questions and more about the articles."""
    lines = (ROOT / "benchmarks" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["query"] for line in lines]
