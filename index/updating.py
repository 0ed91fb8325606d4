"""Bringing an index up to date as it was built, from what its manifest says."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from index.build import BuildReport, EncoderSource, Progress, build_index
from index.errors import BusyIndexError, CorpusError
from index.store.build_command import how_to_build_again
from index.store.generation import Generation

if TYPE_CHECKING:
    from embed import TextEncoder
    from embed.model import Model

_LOCK_POLL = 0.1


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
        made_with = (generation.manifest.fingerprint, generation.manifest.precision)
        kept = self._encoder
        if kept is None or (kept.fingerprint, kept.precision) != made_with:
            kept = generation.open_encoder(self._model, on_export=on_export)
            generation.check_model(kept)
            self._encoder = kept
        return kept


def update_index(
    directory: Path,
    *,
    wait: float = 0.0,
    on_progress: Callable[[Progress], None] | None = None,
    on_export: Callable[[Model], None] | None = None,
    encoder: KeptEncoder | None = None,
) -> BuildReport:
    """Bring the index in `directory` up to date with its folder, as it was built.

    The model is opened only if something has to be embedded. As an index may come from anybody, it
    is opened as `Generation.open_encoder` does: nothing is fetched that the manifest alone names.
    Waits up to `wait` seconds for another writer.

    Raises NoIndexError, DamagedIndexError or FormatError if the index cannot be read, CorpusError
    if its folder is gone, and what `build_index` raises; the index before is then untouched.
    """
    deadline = time.monotonic() + wait
    while True:
        # Read anew each time: what another writer builds may have other settings.
        generation = Generation.open(directory)
        try:
            return _build_again(generation, encoder or KeptEncoder(), on_progress, on_export)
        except BusyIndexError:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_LOCK_POLL)


def _build_again(
    generation: Generation,
    encoder: KeptEncoder,
    on_progress: Callable[[Progress], None] | None,
    on_export: Callable[[Model], None] | None,
) -> BuildReport:
    directory, manifest = generation.path.parent, generation.manifest
    if generation.corpus_is_gone:
        raise CorpusError(how_to_build_again(directory, generation.settings))
    source = EncoderSource(
        manifest.model,
        manifest.fingerprint,
        manifest.precision,
        lambda: encoder.open(generation, on_export),
    )
    return build_index(
        generation.corpus,
        directory,
        source,
        max_bytes=manifest.max_bytes,
        encoding=manifest.encoding,
        on_progress=on_progress,
    )
