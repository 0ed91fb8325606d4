"""Many texts to vectors, in windows and in batches of equal length, on several threads.

A vector depends on its text alone, to the last bit. It does not depend on what else is encoded with
it, nor on the number of threads. So an index that is kept up to date is the same, byte for byte, as
one that is built from nothing. Nothing is padded: only texts of exactly equal length are run
together, and only if the graph was seen, when it was exported, to give each the same bits as it
does for that text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embed.runtime import Prompt, Runtime, Task, fill_zero_rows
from embed.tokens import TextTokenizer, without_surrogates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OnBatch = Callable[[int, int], None]

# How many texts are in flight at once: the token arrays of a window exist only while it is worked
# on.
WINDOW = 4096


@dataclass(frozen=True, slots=True)
class BatchEncoder:
    """A tokenizer and a runtime that turn texts into vectors of `dim` components."""

    tokenizer: TextTokenizer
    runtime: Runtime
    dim: int
    threads: int
    """How many texts or batches are worked on at once."""

    def encode(
        self,
        texts: Sequence[str],
        prompt: str,
        task: Task | None,
        on_batch: OnBatch | None = None,
    ) -> NDArray[np.float32]:
        """Return vectors of texts, each after `prompt`.

        The result has shape (len(texts), dim), float32, with rows of length 1. `on_batch` is called
        after each batch with increments: texts done, and word pieces of them that the model was fed
        (special tokens and prompt not counted).
        """
        import numpy as np

        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, not one string")
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)
        before = Prompt(prompt, self.tokenizer.prompt_length(prompt))

        def embed(rows: list[int]) -> None:
            chosen = [without_surrogates(texts[row]) for row in rows]
            batch = self.runtime.vectors([fed[row].ids for row in rows], chosen, before, task)
            fill_zero_rows(batch)
            vectors[rows] = batch

        with _workers(min(self.threads, len(texts))) as spread:
            for start in range(0, len(texts), WINDOW):
                window = range(start, min(start + WINDOW, len(texts)))
                feeds = spread(lambda row: self.tokenizer.feed(prompt, texts[row]), window)
                fed = dict(zip(window, feeds, strict=True))
                lengths = {row: len(fed[row].ids) for row in window}
                batches = equal_batches(lengths, self.runtime.batch_tokens)
                for rows, _ in zip(batches, spread(embed, batches), strict=True):
                    if on_batch is not None:
                        on_batch(len(rows), sum(fed[row].tokens for row in rows))
        return vectors


def each_in_batches(
    lengths: dict[int, int], budget: int, threads: int, work: Callable[[list[int]], None]
) -> None:
    """Call `work` with rows in batches of one length, given the length of each, on threads."""
    with _workers(min(threads, len(lengths))) as spread:
        for _ in spread(work, equal_batches(lengths, budget)):
            pass


@contextmanager
def _workers(threads: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """Give a `map` that spreads its work over so many threads, and keeps the order."""
    if threads <= 1:
        yield map
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        yield pool.map


def equal_batches(lengths: dict[int, int], budget: int) -> list[list[int]]:
    """Return rows in batches of one length, the longest first, given the length of each row.

    A batch has at most `budget` tokens, or it is a single row.
    """
    batches: list[list[int]] = []
    for row in sorted(lengths, key=lambda row: (-lengths[row], row)):
        length = lengths[row]
        full = not batches or (len(batches[-1]) + 1) * length > budget
        if full or lengths[batches[-1][0]] != length:
            batches.append([])
        batches[-1].append(row)
    return batches
