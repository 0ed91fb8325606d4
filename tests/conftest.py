import os

os.environ["HF_HUB_OFFLINE"] = "1"

import pytest

from embed import Encoder


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The packaged model, exported once into the user's cache folder."""
    return Encoder.load()
