"""The export of the packaged model, written without torch, sentence-transformers and onnx."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from embed.cache import GRAPH, WEIGHTS, Prompts
from embed.export.packaged.weights import write_weights
from embed.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

SHIPPED_GRAPH = Path(__file__).parent / "graph.onnx"
SHIPPED_VECTORS = Path(__file__).parent / "vectors.npy"

# What the settings of the model say. Its files are pinned, so that no other settings get here.
MAX_TOKENS = 256
PROMPTS = Prompts(default="", query="", document="")


def assemble_graph(model: Model, folder: Path) -> None:
    """Write the graph into `folder`, and beside it the weights of the packaged model.

    Raises ModelError if its safetensors file is damaged.
    """
    write_weights(model.folder / "model.safetensors", folder / WEIGHTS)
    shutil.copyfile(SHIPPED_GRAPH, folder / GRAPH)


def packaged_tokenizer(model: Model) -> Tokenizer:
    """Return the tokenizer of the packaged model, without cutting or padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def shipped_vectors() -> NDArray[np.float32]:
    """Return the vectors of CHECK_TEXTS by sentence-transformers, as they were when it was made.

    Shape (len(CHECK_TEXTS), dim), float32, rows of length 1.
    """
    import numpy as np

    vectors: NDArray[np.float32] = np.load(SHIPPED_VECTORS, allow_pickle=False)
    return vectors
