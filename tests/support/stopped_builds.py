"""Builds that are stopped in the midst of embedding, with an encoder that stops them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from fake_encoder import FakeEncoder
from numpy.typing import NDArray
from small_index import build

from embed import TextEncoder


class StoppedError(Exception):
    """What stops a build in the place of Ctrl-C."""


class Stopping(FakeEncoder):
    """An encoder that encodes so many texts of a build and then raises an error."""

    def __init__(
        self, texts: int, error: type[BaseException] = StoppedError, **options: str
    ) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._left = texts
        self._error = error

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        if len(texts) > self._left:
            raise self._error
        self._left -= len(texts)
        return super().encode_passages(texts, on_batch=on_batch)


@contextmanager
def keeping_at_once() -> Iterator[None]:
    """Let builds keep every text as soon as it is embedded, in a call of its own."""
    with (
        patch("index.store.kept._EVERY", 0.0),
        patch("index.store.embedding._FIRST_CALL", 1),
        patch("index.store.embedding._CALL_SECONDS", 0.0),
    ):
        yield


def stop_build(
    corpus: Path, directory: Path, texts: int, encoder: TextEncoder | None = None
) -> list[str]:
    """Stop a build after so many texts; return those that it had embedded."""
    stopping = encoder or Stopping(texts)
    assert isinstance(stopping, FakeEncoder)
    with keeping_at_once():
        try:
            build(corpus, directory, stopping)
        except StoppedError:
            return stopping.encoded
    raise AssertionError("the build was not stopped")
