import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
# Messages name commands as they are called from the shell, which here has them on its path.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

from collections.abc import Iterator

import pytest
from hypothesis import settings

from embed import Encoder

# One commit has one result. `make fuzz` looks for further examples.
settings.register_profile("fixed", derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session", autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what is remembered, for this process and all that it starts: not the user's."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The packaged model, exported once into the user's cache folder."""
    return Encoder.load()
