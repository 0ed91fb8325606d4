"""An index as its readers hold it: one generation, checked, and its three files open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.store.catalog import Catalog
from index.store.checked_files import damaged_file
from index.store.generation import Generation, OpenGeneration, current_name, open_current
from index.store.layout import CATALOG, PASSAGES, ROUNDED, SENTENCES
from index.store.rounded_vectors import RoundedVectors
from index.store.vectors import Vectors


@dataclass(frozen=True, slots=True, eq=False)
class OpenIndex(OpenGeneration):
    """A generation with its files open; what is published later does not touch it.

    `bounds` are the sentence rows: those of passage row i are `bounds[i]` to `bounds[i + 1]`,
    int64 (passages + 1,). `shown_under` has pairs of a row and the row that it is shown under,
    int64 (pairs, 2). `windows` has the passages before and after each in its window, and its words,
    uint8 (passages, 3). `lengths` has the words of each passage and of what stands over it, int32
    (passages,). `rounded` are the 8-bit copies of both files of vectors, if there are such.
    """

    catalog: Catalog
    passages: Vectors
    sentences: Vectors
    bounds: NDArray[np.int64]
    shown_under: NDArray[np.int64]
    windows: NDArray[np.uint8]
    lengths: NDArray[np.int32]
    rounded: tuple[RoundedVectors, RoundedVectors] | None = None
    is_remote = False

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open the generation in use.

        Raises NoIndexError, DamagedIndexError, or FormatError if another version wrote it.
        """
        return open_current(directory, cls.of)

    @classmethod
    def of(cls, generation: Generation) -> Self:
        """Open the files of a generation and check that they fit together."""
        catalog = Catalog.open(generation.file(CATALOG))
        try:
            return cls._fit(generation, catalog)
        except BaseException:
            catalog.close()
            raise

    @classmethod
    def _fit(cls, generation: Generation, catalog: Catalog) -> Self:
        manifest = generation.manifest
        listed = (manifest.documents, manifest.passages, manifest.sentences)
        stored = (catalog.documents_stored, catalog.passages_stored, catalog.sentences_stored)
        if stored != listed:
            raise damaged_file(generation.file(CATALOG), f"holds {stored} rows, not {listed}")
        return cls(
            generation,
            generation.corpus,
            catalog,
            Vectors.open(generation.file(PASSAGES), manifest.passages, manifest.dim),
            Vectors.open(generation.file(SENTENCES), manifest.sentences, manifest.dim),
            np.append(catalog.first_sentences(), manifest.sentences),
            catalog.shown_under(),
            catalog.windows(),
            catalog.lengths(),
            _open_rounded(generation),
        )

    def newest(self) -> Self | None:
        """Open the generation that is in use now; None if this is the one."""
        directory = self.generation.path.parent
        if current_name(directory) == self.name:
            return None
        index = self.open(directory)
        if index.name == self.name:
            index.close()
            return None
        return index

    def close(self) -> None:
        """Close the catalog; the vectors are unmapped with the last reference to them."""
        self.catalog.close()


def _open_rounded(generation: Generation) -> tuple[RoundedVectors, RoundedVectors] | None:
    """Open the 8-bit copies of a generation, if it has such."""
    manifest = generation.manifest
    if not manifest.rounding:
        return None
    passages, sentences = (
        RoundedVectors.open(generation.file(name), rows, manifest.dim, rounding)
        for name, rows, rounding in zip(
            ROUNDED, (manifest.passages, manifest.sentences), manifest.rounding, strict=True
        )
    )
    return passages, sentences
