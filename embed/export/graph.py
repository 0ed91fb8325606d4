"""The ONNX graph of a model, from token ids to unit vectors: traced, fused, quantised, saved."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from embed.cache import GRAPH, WEIGHTS
from embed.export.torch_model import quiet, token_reader
from embed.runtime import INPUT_IDS, PROMPT_LENGTH, TOKEN_VECTORS, UNIT_VECTORS
from embed.telemetry import import_onnxruntime

if TYPE_CHECKING:
    from onnx import ModelProto
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

# Architectures whose attention and layer norms the fuser for BERT recognises.
_FUSIBLE = {"bert", "camembert", "roberta", "xlm-roberta"}
# Smaller tensors, in bytes, stay in the graph.
_LEAST_EXTERNAL_BYTES = 1024


class ExportError(Exception):
    """Raised if the model cannot be run as a graph with the same vectors."""


def trace(source: SentenceTransformer, tokenizer: Tokenizer, path: Path) -> None:
    """Write all modules and the normalisation as one graph, token ids to unit vectors.

    A second output has the vectors of the tokens, before they are pooled.

    Raises ExportError if torch cannot, and OSError if the file cannot be written.
    """
    import torch

    _, *others = source
    read = token_reader(source)

    class UnitVectors(torch.nn.Module):  # type: ignore[misc]
        """Texts of one length, which are not padded."""

        def __init__(self) -> None:
            super().__init__()
            self.source = source

        def forward(
            self, input_ids: torch.Tensor, prompt_length: torch.Tensor | None = None
        ) -> tuple[torch.Tensor, torch.Tensor]:
            features = read(input_ids)
            tokens = features["token_embeddings"]
            if prompt_length is not None:  # the mask of the poolings
                number = torch.ones_like(input_ids).cumsum(1)
                features["attention_mask"] = (number > prompt_length).to(torch.int64)
            for module in others:
                features = module(features)
            vectors = features["sentence_embedding"]
            if source.truncate_dim is not None:
                vectors = vectors[:, : source.truncate_dim]
            return torch.nn.functional.normalize(vectors, p=2, dim=1), tokens

    ids = tokenizer.encode("one two three four five six").ids[:9] or [0]
    example = [torch.tensor([ids] * 2)]
    inputs = [INPUT_IDS]
    if any(getattr(module, "include_prompt", True) is False for module in others):
        example.append(torch.tensor([2]))
        inputs.append(PROMPT_LENGTH)
    try:
        with quiet(), torch.no_grad(), _masks_by_broadcasting():
            torch.onnx.export(
                UnitVectors().eval(),
                tuple(example),
                str(path),
                dynamo=False,
                opset_version=17,
                input_names=inputs,
                output_names=[UNIT_VECTORS, TOKEN_VECTORS],
                dynamic_axes={
                    INPUT_IDS: {0: "texts", 1: "tokens"},
                    UNIT_VECTORS: {0: "texts"},
                    TOKEN_VECTORS: {0: "texts", 1: "tokens"},
                },
            )
    except OSError:
        raise
    except Exception as error:
        raise ExportError(f"its export fails ({error!r})") from error


@contextlib.contextmanager
def _masks_by_broadcasting() -> Iterator[None]:
    """Have transformers make masks of attention by broadcasting, as it does for most models.

    For the others, such as EmbeddingGemma, it maps a function over the positions, which cannot be
    traced. Whether the masks are the same, the check of the graph tells.
    """
    try:
        from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS as MASKS
    except ImportError:  # a version in which each model makes its own masks
        yield
        return
    eager = MASKS["eager"]
    MASKS["eager"] = lambda **settings: eager(**settings | {"use_vmap": False})
    try:
        yield
    finally:
        MASKS["eager"] = eager


def read_graph(path: Path) -> ModelProto:
    """Return the graph as it was traced."""
    import onnx

    return onnx.load(str(path))


def is_fusible(source: SentenceTransformer) -> bool:
    """Return whether the fuser knows the architecture of a model."""
    config = getattr(getattr(source[0], "auto_model", None), "config", None)
    return getattr(config, "model_type", None) in _FUSIBLE


def fuse(path: Path, source: SentenceTransformer) -> ModelProto:
    """Return the graph with attention, layer norms and activations fused into single operators."""
    from onnx.helper import make_opsetid

    optimizer = import_onnxruntime("onnxruntime.transformers.optimizer")
    config = source[0].auto_model.config
    logger = logging.getLogger("onnxruntime.transformers")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        graph: ModelProto = optimizer.optimize_model(
            str(path),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            opt_level=0,
        ).model
    finally:
        logger.setLevel(level)
    domains = {imported.domain for imported in graph.opset_import}
    if "com.microsoft" not in domains:
        graph.opset_import.append(make_opsetid("com.microsoft", 1))
    return graph


def save_graph(graph: ModelProto, folder: Path) -> None:
    """Save a graph with its weights in a file beside it, which the runtime maps."""
    import onnx
    from onnx.external_data_helper import set_external_data

    (folder / WEIGHTS).unlink(missing_ok=True)
    # Not `save_as_external_data`, which makes up a file name from the machine's network address.
    for tensor in graph.graph.initializer:
        if len(tensor.raw_data) >= _LEAST_EXTERNAL_BYTES:
            set_external_data(tensor, WEIGHTS)
    onnx.save_model(graph, str(folder / GRAPH))
    (folder / WEIGHTS).touch()  # a tiny model has all its weights in the graph


def quantize(folder: Path, scratch: Path) -> None:
    """Replace the graph in `folder` by one with 8-bit weights, with a scale for each channel."""
    import onnx

    quantization = import_onnxruntime("onnxruntime.quantization")
    logging.disable(logging.WARNING)
    try:
        quantization.quantize_dynamic(
            str(folder / GRAPH),
            str(scratch / "int8.onnx"),
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            # Shape inference does not know the types of what fused operators give.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        logging.disable(logging.NOTSET)
    save_graph(onnx.load(str(scratch / "int8.onnx")), folder)
