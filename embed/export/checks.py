"""Checks of a graph: it gives the vectors of its model, and a batch changes none of their bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embed.batches import BatchEncoder
from embed.cache import GRAPH, ExportManifest
from embed.export.graph import ExportError
from embed.operating_system import available_cores
from embed.runtime import GraphRuntime, Prompt, Runtime
from embed.tokens import TextTokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from embed.shares import Head

# The largest difference in any component of a vector at which two runtimes still agree.
TOLERANCE = 1e-5
# The least cosine between int8 vectors and exact ones (measured worst on MiniLM: .988).
_INT8_LEAST_COSINE = 0.9

CHECK_TEXTS = (
    "",
    "a",
    "ceasefire terms",
    "What would persuade both sides to sign an agreement, and who would keep watch over it?",
    "The delegation left on Tuesday. Nobody spoke to the press; the minister, tired, only waved.",
    "“Curly quotes” — dashes – and an ellipsis … with naïve café résumé.",
    "Переговоры о прекращении огня продолжались всю ночь.",
    "停火谈判持续到深夜。",
    "🕊️🔥👩‍👩‍👧 emoji",
    "nul\0inside, tab\tand\nnewline  and   spaces ",
    "\N{REPLACEMENT CHARACTER}",
    "x" * 500,
    "1,234.56 % of $9 @ https://example.org/a?b=c#d",
    " ".join(f"word{number} of a sentence that goes on" for number in range(40)) + ".",
    " ".join(["long"] * 2000),
)
# Weights of layers after the pooling are rounded in the graph, and not in its head.
_INT8_ROUNDING = 0.05
_LENGTHS = (2, 3, 5, 16, 33, 64, 100)
_BATCH_SIZES = (2, 3, 7)


def check_graph(
    folder: Path,
    manifest: ExportManifest,
    tokenizer: Tokenizer,
    references: Sequence[NDArray[np.float32]],
    *,
    exact: bool,
) -> None:
    """Check that the graph in `folder` gives the vectors of the model it was made from.

    `references` are the model's vectors of CHECK_TEXTS, for each role of its prompts: shape
    (len(CHECK_TEXTS), dim), float32, with rows of length 1. Raises ExportError if the graph does
    not run, or its vectors differ: by more than TOLERANCE if `exact`, else by their cosine.
    """
    import numpy as np

    try:
        encoder = BatchEncoder(
            TextTokenizer(tokenizer, manifest.max_tokens),
            GraphRuntime(str(folder / GRAPH)),
            manifest.dim,
            available_cores(),
        )
        found = [
            encoder.encode(CHECK_TEXTS, prompt, task) for prompt, task in manifest.prompts.roles()
        ]
    except Exception as error:
        raise ExportError(f"its graph does not run ({error!r})") from error
    for vectors, reference in zip(found, references, strict=True):
        difference = np.abs(vectors - reference).max()
        # Both are put so that a vector that is not a number fails.
        if exact and not difference <= TOLERANCE:
            raise ExportError(f"its graph's vectors differ by {difference}")
        if not exact and not (vectors * reference).sum(axis=1).min() >= _INT8_LEAST_COSINE:
            raise ExportError("its vectors in that precision are too far from the exact ones")


def batches_change_nothing(folder: Path, manifest: ExportManifest, tokenizer: Tokenizer) -> bool:
    """Return whether the graph gives texts of one length the same bits in a batch as alone."""
    import numpy as np

    runtime = GraphRuntime(str(folder / GRAPH))
    ids = tokenizer.encode(" ".join(CHECK_TEXTS)).ids or [0]
    known = np.resize(np.array(ids, dtype=np.int64), _LENGTHS[-1] + _BATCH_SIZES[-1])
    for length in _LENGTHS:
        for size in _BATCH_SIZES:
            batch = [known[start:][: min(length, manifest.max_tokens)] for start in range(size)]
            together = runtime.vectors(batch, [], Prompt("", 0), None)
            alone = [runtime.vectors([one], [], Prompt("", 0), None)[0] for one in batch]
            if not np.array_equal(together, np.stack(alone)):
                return False
    return True


def shares_add_up(
    runtime: Runtime, manifest: ExportManifest, tokenizer: Tokenizer, head: Head
) -> bool:
    """Return whether the shares of tokens add up to the cosines of the vectors of a runtime."""
    import numpy as np

    from embed.shares import TokenSharer

    texts = TextTokenizer(tokenizer, manifest.max_tokens)
    encoder = BatchEncoder(texts, runtime, manifest.dim, available_cores())
    sharer = TokenSharer(texts, runtime, head, available_cores())
    question = np.random.default_rng(0).normal(size=manifest.dim).astype(np.float32)
    question /= np.linalg.norm(question)
    allowed = _INT8_ROUNDING if manifest.precision == "int8" else TOLERANCE
    for prompt, task in manifest.prompts.roles():
        cosines = encoder.encode(CHECK_TEXTS, prompt, task) @ question
        shares = sharer.shares(question, CHECK_TEXTS, prompt)
        # Put so that a share that is not a number fails.
        if not np.abs(cosines - [each.cosine for each in shares]).max() <= allowed:
            return False
    return True
