"""What the last bits of a vector depend on, beside its text and its model."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version

from embed.operating_system import kind_of_processor

# What turns a text into numbers, in either runtime.
_PACKAGES = ("onnxruntime", "tokenizers", "torch", "transformers", "sentence-transformers")


def computed_with() -> str:
    """Return 16 hex digits of a digest over the processor's kind and the versions of packages.

    The same model gives the same text the same vector, to the last bit, if this is the same.
    """
    return hashlib.sha256("\0".join(ingredients().values()).encode()).hexdigest()[:16]


def ingredients() -> dict[str, str]:
    """Return what `computed_with` is a digest of, by name: a version is "" if there is none."""
    return {"processor": kind_of_processor(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    """Return the version of a package, or "" if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
