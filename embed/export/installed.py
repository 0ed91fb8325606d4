"""The packages that only exports need. The light set-up has none of them."""

from __future__ import annotations

from importlib.util import find_spec

from embed.errors import ModelError
from embed.wording import listed

_PACKAGES = {
    "torch": "torch",
    "sentence_transformers": "sentence-transformers",
    "onnx": "onnx",
}
TRACING = tuple(_PACKAGES)
"""The modules that export any other model than the packaged one."""
QUANTIZING = ("onnx",)
"""The modules that make 8-bit weights."""


def missing_packages(modules: tuple[str, ...] = TRACING) -> list[str]:
    """Return the names of the packages of those modules that are not installed."""
    return [_PACKAGES[module] for module in modules if find_spec(module) is None]


def check_installed(what: str, modules: tuple[str, ...] = TRACING) -> None:
    """Raise ModelError, which says what to install, if `what` needs modules that are not there."""
    if missing := missing_packages(modules):
        raise ModelError(
            f"{what} needs {listed(missing)}, which the light set-up leaves out: "
            f"pip install {' '.join(missing)}"
        )
