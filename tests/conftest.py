import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
# Messages name commands as they are called from the shell, which here has them on its path.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

import pytest

from embed import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The packaged model, exported once into the user's cache folder."""
    return Encoder.load()
