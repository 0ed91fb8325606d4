"""The vectors of questions that are always the same, kept beside the exported model.

The file has a line that says which questions of which prompt were encoded, and with what; then the
rows as little-endian float32; then the SHA-256 of all before it. One that is missing, damaged or of
something else is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embed.same_bits import computed_with

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = "questions.bin"
_ASIDE = ".questions-"
_DIGEST_BYTES = 32


def kept_vectors(
    folder: Path, dim: int, texts: Sequence[str], encode: Callable[[], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Return the vectors of texts, float32 (len(texts), dim), from a file in `folder` if it fits.

    Otherwise they are what `encode` returns, and are kept there if the folder is there and can be
    written to. The bits are the same either way.
    """
    import numpy as np

    digest = hashlib.sha256(repr(list(texts)).encode("utf-8", "surrogatepass")).hexdigest()
    header = f"{digest} {len(texts)} {dim} {computed_with()}\n".encode("ascii")
    data = _read(folder / NAME, header, len(texts) * dim * 4)
    if data is not None:
        return np.frombuffer(data, "<f4").reshape(len(texts), dim)
    vectors = encode()
    _write(folder, header + np.ascontiguousarray(vectors, "<f4").tobytes())
    return vectors


def _read(path: Path, header: bytes, size: int) -> bytes | None:
    """Return what stands in a file between header and digest; None if anything does not fit."""
    try:
        with path.open("rb") as file:
            data = file.read(len(header) + size + _DIGEST_BYTES + 1)
    except OSError:
        return None
    content, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if not content.startswith(header) or len(content) != len(header) + size:
        return None
    return content[len(header) :] if hashlib.sha256(content).digest() == digest else None


def _write(folder: Path, content: bytes) -> None:
    """Put the file in place, whole; errors are ignored, since it only saves time."""
    with contextlib.suppress(OSError):
        descriptor, name = tempfile.mkstemp(prefix=_ASIDE, dir=folder)
        aside = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content + hashlib.sha256(content).digest())
            aside.replace(folder / NAME)
        finally:
            aside.unlink(missing_ok=True)
