"""The model of an index that is built again and again: opened once, when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.store.generation import Generation

if TYPE_CHECKING:
    from embed import TextEncoder
    from embed.model import Model


class KeptEncoder:
    """The model of an index, opened when it is first needed, and kept for as long as it fits.

    `encoder` is one that is open already, and `model` names the model if it has moved.
    """

    def __init__(self, encoder: TextEncoder | None = None, *, model: str | None = None) -> None:
        self._encoder = encoder
        self._model = model

    def open(
        self, generation: Generation, on_export: Callable[[Model], None] | None
    ) -> TextEncoder:
        """Return the model that a generation was built with; raises ModelError."""
        kept = self._encoder
        if kept is None or (kept.fingerprint, kept.precision) != generation.made_with:
            kept = generation.open_encoder(self._model, on_export=on_export)
            generation.check_model(kept)
            self._encoder = kept
        return kept
