"""Rows of several parts in one sequence: the row of a part to that of the whole, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.generic)

LEFT_OUT = -1
"""The row of the whole of a row that is left out of it."""


@dataclass(frozen=True, slots=True, eq=False)
class RowMap:
    """The runs of rows, each from one part, that follow one another in the whole.

    Run i are the rows from `firsts[i]` of part `parts[i]`, and begins at row `starts[i]` of the
    whole, which has `rows` rows; each int64 (runs,). No run is empty, and those of a part are in
    order. Rows of a part that are in no run are left out.
    """

    parts: NDArray[np.int64]
    firsts: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: int

    @classmethod
    def of(cls, runs: Iterable[tuple[int, range]]) -> RowMap:
        """Join runs, each given as the number of its part and its rows there, in this order."""
        joined: list[tuple[int, range]] = []
        for part, rows in runs:
            if not rows:
                continue
            if joined and joined[-1][0] == part and joined[-1][1].stop == rows.start:
                joined[-1] = part, range(joined[-1][1].start, rows.stop)
            else:
                joined.append((part, rows))
        lengths = np.array([len(rows) for _, rows in joined], dtype=np.int64)
        return cls(
            np.array([part for part, _ in joined], dtype=np.int64),
            np.array([rows.start for _, rows in joined], dtype=np.int64),
            np.cumsum(lengths) - lengths,
            int(lengths.sum()),
        )

    def runs(self) -> list[tuple[int, range]]:
        """Return the runs as `of` takes them."""
        stops = self.firsts + np.diff(np.append(self.starts, self.rows))
        columns = (self.parts.tolist(), self.firsts.tolist(), stops.tolist())
        return [(part, range(first, stop)) for part, first, stop in zip(*columns, strict=True)]

    def among(self, bounds: Sequence[NDArray[np.int64]]) -> RowMap:
        """Return the map of what the rows hold, such as sentences.

        What row i of a part holds are the rows `bounds[part][i]` to `bounds[part][i + 1]`.
        """
        return RowMap.of(
            (part, range(int(bounds[part][rows.start]), int(bounds[part][rows.stop])))
            for part, rows in self.runs()
        )

    def places(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the parts of rows of the whole, and their rows there; int64 (n,) each."""
        runs = np.searchsorted(self.starts, rows, side="right") - 1
        return self.parts[runs], rows + (self.firsts - self.starts)[runs]

    def place(self, row: int) -> tuple[int, int]:
        """Return the part of a row of the whole, and its row there."""
        parts, rows = self.places(np.array([row], dtype=np.int64))
        return int(parts[0]), int(rows[0])

    def whole(self, part: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the whole of rows of a part, int64 (n,); `LEFT_OUT` for some."""
        own = np.flatnonzero(self.parts == part)
        if not len(own):
            return np.full(len(rows), LEFT_OUT, dtype=np.int64)
        firsts, starts = self.firsts[own], self.starts[own]
        lengths = np.diff(np.append(self.starts, self.rows))[own]
        runs = np.searchsorted(firsts, rows, side="right") - 1
        inside = (runs >= 0) & (rows < (firsts + lengths)[runs])
        found: NDArray[np.int64] = np.where(inside, rows + (starts - firsts)[runs], LEFT_OUT)
        return found

    def kept(self, part: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the whole of those rows of a part that are not left out."""
        whole = self.whole(part, rows)
        kept: NDArray[np.int64] = whole[whole != LEFT_OUT]
        return kept

    def spread(self, columns: Sequence[NDArray[_Number]]) -> NDArray[_Number]:
        """Return one array of the whole, given that of each part."""
        pieces = [columns[part][rows.start : rows.stop] for part, rows in self.runs()]
        return np.concatenate([columns[0][:0], *pieces])
