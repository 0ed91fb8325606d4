"""A sentence-transformers model as an ONNX graph, checked against the model: made once, and kept.

This is the only door to torch, and it opens only when a model is exported (or cannot be): reading
an export back (`embed.cache`) needs none of it.
"""

import contextlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from embed.cache import (
    FILES,
    GRAPH,
    MANIFEST,
    ONNXRUNTIME,
    SENTENCE_TRANSFORMERS,
    TOKENIZER,
    WEIGHTS,
    Manifest,
    Prompts,
    export_folder,
    fingerprint_with,
    manifest_digest,
    measure,
    read_manifest,
    sound,
)
from embed.errors import ModelError
from embed.telemetry import import_onnxruntime, switch_off_telemetry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import ModelProto, NodeProto, TensorProto
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer
    from transformers import PretrainedConfig

    from embed.encoder import Task
    from embed.model import Model

# The largest difference in any component of a vector at which two runtimes still agree.
TOLERANCE = 1e-5
# The least cosine between int8 vectors and exact ones (measured worst on MiniLM: .988).
INT8_LEAST_COSINE = 0.9
# Architectures whose attention and layer norms the fuser for BERT recognises.
FUSIBLE = {"bert", "camembert", "roberta", "xlm-roberta"}
# Smaller tensors stay in the graph.
LEAST_EXTERNAL_BYTES = 1024
ABANDONED_SECONDS = 24 * 3600
# Characters of a text that are looked at in sentence-transformers, whose tokenizer's memory grows
# with its input.
LONGEST_TEXT = 1 << 20

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


class ExportError(Exception):
    """The model cannot be run as a graph with the same vectors."""


def export_model(model: "Model", precision: str) -> None:
    """Export a model into the cache folder, checked against the model it comes from.

    Written aside and renamed: a reader sees a whole export or none, and of several processes
    exporting at once the first to finish wins. A model that cannot be exported to the same
    vectors is recorded as such, and runs in sentence-transformers from then on.
    """
    import shutil
    import tempfile

    fingerprint = fingerprint_with(model.fingerprint, precision)
    target = export_folder(fingerprint, precision)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent)
        aside = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
        try:
            (aside / "new").mkdir()
            write_export(aside / "new", model, precision)
            publish(aside, target, fingerprint, precision)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"cannot keep the exported model in {target.parent} ({error.strerror or error}): "
            "make room there, or set PASSAGE_CACHE to a folder that can be written"
        ) from error


def write_export(folder: Path, model: "Model", precision: str) -> None:
    """Fill a new folder with the graph (or without one, where there can be none)."""
    source = load_source(model)
    prompts = prompts_of(source)
    tokenizer = fast_tokenizer(source, model.name)
    tokenizer.save(str(folder / TOKENIZER))
    references = reference_vectors(source, prompts)
    manifest = Manifest(
        name=model.name,
        fingerprint=fingerprint_with(model.fingerprint, precision),
        precision=precision,
        runtime=ONNXRUNTIME,
        dim=references[0].shape[1],
        max_tokens=max_tokens_of(source),
        batches=False,
        prompts=prompts,
        files={},
        versions=versions(),
    )
    try:
        write_graph(folder, source, manifest, tokenizer, references)
        manifest = replace(manifest, batches=batches_change_nothing(folder, manifest, tokenizer))
    except ExportError as error:
        if precision != "fp32":
            raise ModelError(f"{model.name} cannot be had in {precision}: {error}") from error
        for name in (GRAPH, WEIGHTS):
            (folder / name).unlink(missing_ok=True)
        manifest = replace(manifest, runtime=SENTENCE_TRANSFORMERS)
    write_manifest(folder, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Measure the files as they lie on disk, record them, and flush everything."""
    files = {}
    for name in sorted(FILES[manifest.runtime]):
        flush(folder / name)
        measured = measure(folder / name)
        if measured is None:
            raise OSError(f"{name} cannot be read back")
        files[name] = measured
    manifest = replace(manifest, files=files)
    fields = asdict(manifest) | {"sha256": manifest_digest(manifest)}
    (folder / MANIFEST).write_text(json.dumps(fields, indent=1, sort_keys=True) + "\n")
    flush(folder / MANIFEST)
    flush(folder)


def publish(aside: Path, target: Path, fingerprint: str, precision: str) -> None:
    """Put a finished export in place, unless another process was first with a sound one."""
    import tempfile

    for _ in range(10):
        with contextlib.suppress(OSError):
            (aside / "new").rename(target)
            flush(target.parent)
            return
        if not target.exists():
            break
        manifest = read_manifest(target, fingerprint, precision)
        if manifest is not None and sound(target, manifest, list(manifest.files)):
            return
        with contextlib.suppress(OSError):
            target.rename(Path(tempfile.mkdtemp(prefix="old-", dir=aside)) / "export")
    (aside / "new").rename(target)


def remove_abandoned(folder: Path) -> None:
    """Delete what exports that never finished left behind."""
    import shutil

    for path in folder.glob(".export-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(path, ignore_errors=True)


def flush(path: Path) -> None:
    """Have the operating system write a file or folder to disk."""
    if path.is_dir() and os.name == "nt":  # Windows has no handles on folders
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# The model in torch


def load_source(model: "Model") -> "SentenceTransformer":
    """The SentenceTransformer, in float32, from safetensors, without remote code, offline."""
    switch_off_telemetry()
    with quiet():
        from sentence_transformers import SentenceTransformer

        try:
            source = SentenceTransformer(
                str(model.folder),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={
                    "use_safetensors": True,
                    "torch_dtype": "float32",
                    "attn_implementation": "eager",
                },
            )
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(
                f"sentence-transformers cannot load the model {model.name}: {reason}"
            ) from error
    return source.eval()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars and warnings: a library prints nothing."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def prompts_of(source: "SentenceTransformer") -> Prompts:
    """The model's prompts, by the names that sentence-transformers looks for."""
    prompts = {name: text or "" for name, text in source.prompts.items()}
    # sentence-transformers 6 adds an empty "document" prompt to every model, and so passes over
    # the "passage" prompt of those that have one; what a model sets is what counts here.
    candidates = (prompts.get(name, "") for name in ("document", "passage", "corpus"))
    return Prompts(
        default=prompts.get(source.default_prompt_name or "", ""),
        query=prompts.get("query", ""),
        document=next(filter(None, candidates), ""),
    )


def max_tokens_of(source: "SentenceTransformer") -> int:
    """Most tokens the model reads, special tokens included."""
    limit = source.max_seq_length
    if limit is None or limit > 1 << 20:  # tokenizers without a limit say 10 ** 30
        limit = getattr(source[0].auto_model.config, "max_position_embeddings", 512)
    return int(limit)


def fast_tokenizer(source: "SentenceTransformer", name: str) -> "Tokenizer":
    """A copy of the tokenizer that sentence-transformers uses, truncation and padding off."""
    from tokenizers import Tokenizer

    backend = getattr(source.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise ModelError(f"{name} has no fast tokenizer, which finding token offsets needs")
    copy = Tokenizer.from_str(backend.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def reference_vectors(
    source: "SentenceTransformer", prompts: Prompts
) -> "list[NDArray[np.float32]]":
    """Vectors of the check texts by the model itself: plain, as queries, as documents."""
    texts = list(CHECK_TEXTS)
    with quiet():
        return [
            source.encode(
                texts,
                prompt=prompt,
                task=task,
                normalize_embeddings=True,
                batch_size=4,
                show_progress_bar=False,
            )
            for prompt, task in roles(prompts)
        ]


def roles(prompts: Prompts) -> "list[tuple[str, Task | None]]":
    """Prompt and task of each way to encode."""
    return [(prompts.default, None), (prompts.query, "query"), (prompts.document, "document")]


class TorchRuntime:
    """A model that cannot be exported, run by sentence-transformers itself."""

    name = SENTENCE_TRANSFORMERS
    batch_tokens = 0

    def __init__(self, source: "SentenceTransformer") -> None:
        self._source = source

    @classmethod
    def load(cls, model: "Model") -> "TorchRuntime":
        """Load the model, with a warning that it is the slow way."""
        warnings.warn(
            f"{model.name} cannot be exported to ONNX with the same vectors: "
            "it runs in sentence-transformers, which is slower",
            stacklevel=5,
        )
        return cls(load_source(model))

    def vectors(
        self,
        ids: "Sequence[NDArray[np.int64]]",
        texts: Sequence[str],
        prompt: str,
        task: "Task | None",
    ) -> "NDArray[np.float32]":
        """Vectors of texts, shape (n, dim), float32, rows of length 1."""
        vectors: NDArray[np.float32] = self._source.encode(
            [text[:LONGEST_TEXT] for text in texts],
            prompt=prompt,
            task=task,
            normalize_embeddings=True,
            batch_size=1,
            show_progress_bar=False,
        )
        return vectors


# The graph

ATTEMPTS = [(True, True), (True, False), (False, True), (False, False)]


def write_graph(
    folder: Path,
    source: "SentenceTransformer",
    manifest: Manifest,
    tokenizer: "Tokenizer",
    references: "list[NDArray[np.float32]]",
) -> None:
    """Write the graph, fused if that keeps the vectors; ExportError if none keeps them."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="raw-", dir=folder.parent) as scratch:
        raw = Path(scratch) / GRAPH
        trace(source, raw)
        config = getattr(source[0].auto_model, "config", None)
        fused = getattr(config, "model_type", None) in FUSIBLE
        # The best graph first, the plainest last.
        for with_fusion, with_batches in ATTEMPTS[0 if fused else 2 :]:
            try:
                graph = fuse(raw, config) if with_fusion else read_graph(raw)
                if with_batches:
                    make_sums_independent(graph)
                save_graph(graph, folder)
                check_graph(folder, manifest, tokenizer, references, exact=True)
                break
            except ExportError as error:
                failure = error
        else:
            raise failure
        if manifest.precision == "int8":
            quantize(folder, Path(scratch))
            check_graph(folder, manifest, tokenizer, references, exact=False)


def trace(source: "SentenceTransformer", path: Path) -> None:
    """Export transformer, pooling and normalisation as one graph, token ids to unit vectors."""
    import torch

    uses_types = "token_type_ids" in getattr(source.tokenizer, "model_input_names", [])

    class UnitVectors(torch.nn.Module):  # type: ignore[misc]
        """Texts are run one at a time, unpadded: the mask is all ones, made inside the graph."""

        def __init__(self) -> None:
            super().__init__()
            self.source = source

        def forward(self, input_ids: "torch.Tensor") -> "torch.Tensor":
            features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
            if uses_types:
                features["token_type_ids"] = torch.zeros_like(input_ids)
            vectors = self.source(features)["sentence_embedding"]
            return torch.nn.functional.normalize(vectors, p=2, dim=1)

    example = torch.tensor(
        [source.tokenizer(text)["input_ids"][:9] for text in ("one two three four five six",) * 2]
    )
    try:
        with quiet(), torch.no_grad():
            torch.onnx.export(
                UnitVectors().eval(),
                (example,),
                str(path),
                dynamo=False,
                opset_version=17,
                input_names=["input_ids"],
                output_names=["unit_vectors"],
                dynamic_axes={
                    "input_ids": {0: "texts", 1: "tokens"},
                    "unit_vectors": {0: "texts"},
                },
            )
    except OSError:
        raise
    except Exception as error:
        raise ExportError(f"its export fails ({error!r})") from error


def read_graph(path: Path) -> "ModelProto":
    """The graph as it was exported."""
    import onnx

    return onnx.load(str(path))


def fuse(path: Path, config: "PretrainedConfig") -> "ModelProto":
    """The graph with attention, layer norms and activations fused into single operators."""
    import logging

    from onnx.helper import make_opsetid

    optimizer = import_onnxruntime("onnxruntime.transformers.optimizer")

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
        domains = {imported.domain for imported in graph.opset_import}
        if "com.microsoft" not in domains:
            graph.opset_import.append(make_opsetid("com.microsoft", 1))
        return graph
    finally:
        logger.setLevel(level)


def axes_of(node: "NodeProto", constants: "dict[str, TensorProto]") -> tuple[tuple[int, ...], int]:
    """The axes that a node reduces (attribute or second input), and whether it keeps them."""
    from onnx import helper, numpy_helper

    given = {field.name: helper.get_attribute_value(field) for field in node.attribute}
    axes = given.get("axes", ())
    if len(node.input) > 1 and node.input[1] in constants:
        axes = numpy_helper.to_array(constants[node.input[1]]).ravel()
    return tuple(int(axis) for axis in axes), given.get("keepdims", 1)


def unchanged(node: "NodeProto") -> "list[NodeProto]":
    """The node itself."""
    return [node]


def sum_of_last(node: "NodeProto") -> "list[NodeProto]":
    """A sum over the second of three axes, as one over the last."""
    from onnx import helper

    turned = f"{node.output[0]}_turned"
    return [
        helper.make_node("Transpose", [node.input[0]], [turned], perm=[0, 2, 1]),
        helper.make_node("ReduceSum", [turned, "axis_2"], [node.output[0]], keepdims=0),
    ]


def norm_by_product(node: "NodeProto") -> "list[NodeProto]":
    """The length of each row, as the root of its product with itself."""
    from onnx import helper

    row, column, square, flat = (
        f"{node.output[0]}_{part}" for part in ("row", "column", "square", "flat")
    )
    return [
        helper.make_node("Unsqueeze", [node.input[0], "axis_1"], [row]),
        helper.make_node("Unsqueeze", [node.input[0], "axis_2"], [column]),
        helper.make_node("MatMul", [row, column], [square]),
        helper.make_node("Squeeze", [square, "axis_2"], [flat]),
        helper.make_node("Sqrt", [flat], [node.output[0]]),
    ]


Rewrite = Callable[["NodeProto"], "list[NodeProto]"]
REWRITES: dict[tuple[str, tuple[int, ...], int], Rewrite] = {
    ("ReduceSum", (1,), 0): sum_of_last,
    ("ReduceL2", (1,), 1): norm_by_product,
    ("ReduceL2", (-1,), 1): norm_by_product,
}


def rewrite_of(node: "NodeProto", constants: "dict[str, TensorProto]") -> Rewrite:
    """How to rewrite a node."""
    if not node.op_type.startswith("Reduce"):
        return unchanged
    return REWRITES.get((node.op_type, *axes_of(node, constants)), unchanged)


def make_sums_independent(graph: "ModelProto") -> None:
    """Rewrite the sums over tokens and the norms so that a batch does not change their bits.

    The runtime adds up in another order when the first axis is 1. It does not where the axis
    summed over is the last one, nor in matrix products.
    """
    from onnx import TensorProto, helper

    nodes = graph.graph.node
    constants = {tensor.name: tensor for tensor in graph.graph.initializer}
    constants |= {
        node.output[0]: node.attribute[0].t for node in nodes if node.op_type == "Constant"
    }

    graph.graph.initializer.extend(
        helper.make_tensor(f"axis_{axis}", TensorProto.INT64, [1], [axis]) for axis in (1, 2)
    )
    replaced = [new for node in nodes for new in rewrite_of(node, constants)(node)]
    del nodes[:]
    nodes.extend(replaced)


def batches_change_nothing(folder: Path, manifest: Manifest, tokenizer: "Tokenizer") -> bool:
    """Whether the graph gives texts in batches of equal length the bits it gives them alone."""
    import numpy as np

    from embed.encoder import GraphRuntime

    runtime = GraphRuntime(str(folder / GRAPH))
    known = np.array(tokenizer.encode(" ".join(CHECK_TEXTS)).ids, dtype=np.int64)
    for length in (2, 3, 5, 16, 33, 64, 100):
        for size in (2, 3, 7):
            ids = [known[start:][: min(length, manifest.max_tokens)] for start in range(size)]
            together = runtime.vectors(ids, [], "", None)
            alone = [runtime.vectors([one], [], "", None)[0] for one in ids]
            if not np.array_equal(together, np.stack(alone)):
                return False
    return True


def save_graph(graph: "ModelProto", folder: Path) -> None:
    """Save a graph with its weights in a file beside it, which the runtime maps."""
    import onnx
    from onnx.external_data_helper import set_external_data

    (folder / WEIGHTS).unlink(missing_ok=True)
    # Not `save_as_external_data`, which makes up a file name from the machine's network address.
    for tensor in graph.graph.initializer:
        if len(tensor.raw_data) >= LEAST_EXTERNAL_BYTES:
            set_external_data(tensor, WEIGHTS)
    onnx.save_model(graph, str(folder / GRAPH))


def quantize(folder: Path, scratch: Path) -> None:
    """Replace the graph by one with 8-bit weights, a scale for each channel."""
    import logging

    import onnx

    quantization = import_onnxruntime("onnxruntime.quantization")
    logging.disable(logging.WARNING)
    try:
        quantization.quantize_dynamic(
            str(folder / GRAPH),
            str(scratch / "int8.onnx"),
            per_channel=True,
            weight_type=quantization.QuantType.QInt8,
            # Types of what fused operators give are unknown to shape inference.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        logging.disable(logging.NOTSET)
    save_graph(onnx.load(str(scratch / "int8.onnx")), folder)


def check_graph(
    folder: Path,
    manifest: Manifest,
    tokenizer: "Tokenizer",
    references: "list[NDArray[np.float32]]",
    *,
    exact: bool,
) -> None:
    """Raise ExportError unless the graph gives the vectors of the model it was made from."""
    import numpy as np

    from embed.encoder import Encoder, GraphRuntime

    try:
        encoder = Encoder(manifest, tokenizer, GraphRuntime(str(folder / GRAPH)))
        found = [
            encoder.encode_as(CHECK_TEXTS, prompt, task) for prompt, task in roles(manifest.prompts)
        ]
    except Exception as error:
        raise ExportError(f"its graph does not run ({error!r})") from error
    for vectors, reference in zip(found, references, strict=True):
        if exact and not np.abs(vectors - reference).max() <= TOLERANCE:
            raise ExportError(f"its graph's vectors differ by {np.abs(vectors - reference).max()}")
        if not exact and not (vectors * reference).sum(axis=1).min() >= INT8_LEAST_COSINE:
            raise ExportError("its vectors in that precision are too far from the exact ones")


def versions() -> dict[str, str]:
    """The versions that made an export, for whoever reads its manifest."""
    from importlib.metadata import version

    names = ("torch", "sentence-transformers", "transformers", "onnx", "onnxruntime", "tokenizers")
    return {name: version(name) for name in names} | {"python": sys.version.split()[0]}
