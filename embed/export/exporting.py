"""Making an export, from the model on disk to the files in the cache folder."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from embed.cache import (
    FILES,
    GRAPH,
    HEAD,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    ExportManifest,
    Prompts,
    export_folder,
    fingerprint_with,
    measure,
)
from embed.errors import ModelError
from embed.export.batch_independence import make_sums_independent
from embed.export.checks import (
    CHECK_TEXTS,
    batches_change_nothing,
    check_graph,
    shares_add_up,
)
from embed.export.graph import (
    ExportError,
    fuse,
    is_fusible,
    quantize,
    read_graph,
    save_graph,
    trace,
)
from embed.export.installed import QUANTIZING, TRACING, check_installed, missing_packages
from embed.export.packaged.assembling import (
    MAX_TOKENS,
    PROMPTS,
    assemble_graph,
    packaged_tokenizer,
    shipped_vectors,
)
from embed.export.publishing import ASIDE, NEW, publish_export, remove_abandoned
from embed.export.torch_model import (
    NoTokenSharesError,
    TorchRuntime,
    check_tokens,
    fast_tokenizer,
    load_source,
    max_tokens_of,
    mean_head,
    prompts_of,
    reference_vectors,
)
from embed.model import Model
from embed.operating_system import sync_directory, sync_file
from embed.runtime import ONNXRUNTIME, SENTENCE_TRANSFORMERS, GraphRuntime, Runtime
from embed.tokens import TextTokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

# The packages whose versions an export records.
_RUNNING = ("numpy", "onnxruntime", "tokenizers")
_TRACING = ("torch", "sentence-transformers", "transformers", "onnx", "onnxruntime", "tokenizers")
# Whether to fuse, and whether to rewrite the sums for batches: the best graph comes first, the
# plainest last.
_ATTEMPTS = ((True, True), (True, False), (False, True), (False, False))


OnExport = Callable[[Model], None]


def export_model(model: Model, precision: str, on_export: OnExport | None = None) -> None:
    """Export a model into the cache folder, checked against vectors of sentence-transformers.

    The export is written aside and renamed: a reader sees a whole one or none, and if several
    processes export at once, the first to finish wins. A model that cannot be exported to the same
    vectors is recorded as such, and runs in sentence-transformers from then on.

    `on_export` is called with the model before the work begins.

    Raises ModelError if the model cannot be loaded, cannot be had in that precision, cannot be
    kept in the cache folder, or needs a package that is not installed.
    """
    if not model.is_packaged:
        check_installed(f"the model {model.name}")
    elif precision == "int8":
        check_installed(f"{model.name} in int8", QUANTIZING)
    if on_export is not None:
        on_export(model)
    fingerprint = fingerprint_with(model.fingerprint, precision)
    target = export_folder(fingerprint, precision)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(target.parent)
        aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=target.parent))
        try:
            (aside / NEW).mkdir()
            _write_export(aside / NEW, model, precision)
            publish_export(aside, target, fingerprint, precision)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise ModelError(
            f"cannot keep the exported model in {target.parent} ({error.strerror or error}): "
            "make room there, or set PASSAGE_CACHE to a folder that can be written"
        ) from error


def _write_export(folder: Path, model: Model, precision: str) -> None:
    """Fill a new folder with the graph, or without one if there can be none."""
    if model.is_packaged:
        try:
            _write_packaged(folder, model, precision)
        except ExportError as error:
            if missing_packages(TRACING):
                raise ModelError(
                    f"{model.name} cannot be used with this ONNX Runtime, since {error}"
                ) from error
        else:
            return
    # Tracing may give a graph that this runtime does better with.
    _write_traced(folder, model, precision)


def _write_packaged(folder: Path, model: Model, precision: str) -> None:
    """Write the graph that is shipped; ExportError if it does not give the vectors shipped."""
    tokenizer = packaged_tokenizer(model)
    tokenizer.save(str(folder / TOKENIZER))
    vectors = shipped_vectors()
    manifest = _manifest_of(model, precision, vectors.shape[1], MAX_TOKENS, PROMPTS, _RUNNING)
    references = [vectors] * len(PROMPTS.roles())
    assemble_graph(model, folder)
    check_graph(folder, manifest, tokenizer, references, exact=True)
    if precision == "int8":
        _quantize(folder, manifest, tokenizer, references)
    _write_manifest(
        folder, replace(manifest, batches=batches_change_nothing(folder, manifest, tokenizer))
    )


def _write_traced(folder: Path, model: Model, precision: str) -> None:
    """Write the graph that torch gives, or none if it does not give the vectors of the model."""
    source = load_source(model)
    prompts = prompts_of(source)
    tokenizer = fast_tokenizer(source, model.name)
    tokenizer.save(str(folder / TOKENIZER))
    max_tokens = max_tokens_of(source)
    check_tokens(source, TextTokenizer(tokenizer, max_tokens), CHECK_TEXTS, prompts, model.name)
    references = reference_vectors(source, CHECK_TEXTS, prompts, model.name)
    dim = references[0].shape[1]
    manifest = _manifest_of(model, precision, dim, max_tokens, prompts, _TRACING)
    try:
        _write_graph(folder, source, manifest, tokenizer, references)
        manifest = replace(manifest, batches=batches_change_nothing(folder, manifest, tokenizer))
    except ExportError as error:
        if precision != "fp32":
            raise ModelError(f"{model.name} cannot be had in {precision}: {error}") from error
        for name in (GRAPH, WEIGHTS):
            (folder / name).unlink(missing_ok=True)
        manifest = replace(manifest, runtime=SENTENCE_TRANSFORMERS)
    manifest = replace(manifest, no_token_shares=_write_head(folder, source, manifest, tokenizer))
    _write_manifest(folder, manifest)


def _write_head(
    folder: Path, source: SentenceTransformer, manifest: ExportManifest, tokenizer: Tokenizer
) -> str:
    """Write what follows the pooling, if anything does; return why it cannot be had, or ""."""
    import numpy as np

    try:
        head = mean_head(source)
    except NoTokenSharesError as error:
        return str(error)
    runtime: Runtime
    if manifest.runtime == SENTENCE_TRANSFORMERS:
        runtime = TorchRuntime(source)
    else:
        runtime = GraphRuntime(str(folder / GRAPH), batches=manifest.batches)
    if not shares_add_up(runtime, manifest, tokenizer, head):
        return "its vectors are not the mean of those of its tokens"
    if head.matrix is not None:
        np.save(folder / HEAD, head.to_array())
    return ""


def _manifest_of(
    model: Model,
    precision: str,
    dim: int,
    max_tokens: int,
    prompts: Prompts,
    made_with: Sequence[str],
) -> ExportManifest:
    """Return the manifest of a graph that is not measured yet, nor tried in batches."""
    return ExportManifest(
        name=model.name,
        fingerprint=fingerprint_with(model.fingerprint, precision),
        precision=precision,
        runtime=ONNXRUNTIME,
        dim=dim,
        max_tokens=max_tokens,
        batches=False,
        no_token_shares="",
        prompts=prompts,
        files={},
        versions=_versions(made_with),
    )


def _write_graph(
    folder: Path,
    source: SentenceTransformer,
    manifest: ExportManifest,
    tokenizer: Tokenizer,
    references: Sequence[NDArray[np.float32]],
) -> None:
    """Write the graph, fused if that keeps the vectors; ExportError if no graph keeps them."""
    with tempfile.TemporaryDirectory(prefix="raw-", dir=folder.parent) as scratch:
        traced = Path(scratch) / GRAPH
        trace(source, tokenizer, traced)
        for with_fusion, with_batches in _ATTEMPTS[0 if is_fusible(source) else 2 :]:
            try:
                graph = fuse(traced, source) if with_fusion else read_graph(traced)
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
        _quantize(folder, manifest, tokenizer, references)


def _quantize(
    folder: Path,
    manifest: ExportManifest,
    tokenizer: Tokenizer,
    references: Sequence[NDArray[np.float32]],
) -> None:
    """Make the weights of the graph 8-bit; ExportError if that leads too far from the vectors."""
    with tempfile.TemporaryDirectory(prefix="raw-", dir=folder.parent) as scratch:
        quantize(folder, Path(scratch))
    check_graph(folder, manifest, tokenizer, references, exact=False)


def _write_manifest(folder: Path, manifest: ExportManifest) -> None:
    """Measure the files as they lie on disk, record them, and wait until the disk holds all."""
    files = {}
    head = {HEAD} if (folder / HEAD).exists() else set()
    for name in sorted(FILES[manifest.runtime] | head):
        sync_file(folder / name)
        measured = measure(folder / name)
        if measured is None:
            raise OSError(f"{name} cannot be read back")
        files[name] = measured
    (folder / MANIFEST).write_bytes(replace(manifest, files=files).to_bytes())
    sync_file(folder / MANIFEST)
    sync_directory(folder)


def _versions(packages: Sequence[str]) -> dict[str, str]:
    """Return the versions that made an export, for whoever reads its manifest."""
    from importlib.metadata import version

    return {name: version(name) for name in packages} | {"python": sys.version.split()[0]}
