import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
# Messages name commands as they are called from the shell, which here has them on its path.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from seed_index import seed_index
from small_index import build, write_corpus

from embed import Encoder
from query import Retriever

# One commit has one result, on a slow machine too. `make fuzz` looks for further examples.
settings.register_profile(
    "fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what is remembered, for this process and all that it starts: not the user's."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder that nobody else has."""
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The packaged model, exported once into the user's cache folder."""
    return Encoder.load()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with the small corpus."""
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def directory(corpus: Path, tmp_path: Path) -> Path:
    """The index of the small corpus."""
    directory = tmp_path / ".passage-index"
    build(corpus, directory)
    return directory


@pytest.fixture(scope="module")
def retriever() -> Iterator[Retriever]:
    """The index of the seeds, with the packaged model."""
    with Retriever.open(seed_index()) as opened:
        yield opened
