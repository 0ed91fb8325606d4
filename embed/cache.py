"""Exported models in the user's cache folder: where they are, whether they are whole, opening one.

<cache>/<fingerprint>-<precision>-<format>/
    model.onnx       the graph, fused and optimised
    weights.bin      its weights, which the runtime maps instead of reading
    tokenizer.json   the tokenizer as sentence-transformers uses it, truncation and padding off
    manifest.json    what the graph is, and the size and SHA-256 of each file
"""

import hashlib
import json
import mmap
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embed.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from embed.encoder import Runtime
    from embed.model import Model

FORMAT = 1
GRAPH, WEIGHTS, TOKENIZER, MANIFEST = "model.onnx", "weights.bin", "tokenizer.json", "manifest.json"
ONNXRUNTIME, SENTENCE_TRANSFORMERS = "onnxruntime", "sentence-transformers"
FILES = {ONNXRUNTIME: {GRAPH, WEIGHTS, TOKENIZER}, SENTENCE_TRANSFORMERS: {TOKENIZER}}


@dataclass(frozen=True, slots=True)
class Prompts:
    """What the model's own settings put before a text; "" for nothing."""

    default: str
    query: str
    document: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export is."""

    name: str
    fingerprint: str
    precision: str
    runtime: str
    dim: int
    max_tokens: int
    batches: bool
    """Whether a text's vector has the same bits in a batch of equal lengths as it has alone."""
    prompts: Prompts
    files: dict[str, tuple[int, str]]
    """Bytes and hex SHA-256 by name."""
    versions: dict[str, str]


def fingerprint_with(fingerprint: str, precision: str) -> str:
    """The fingerprint of vectors: the model's own, or one of its own for another precision."""
    if precision == "fp32":
        return fingerprint
    return hashlib.sha256(f"{fingerprint} {precision}".encode()).hexdigest()


def cache_folder() -> Path:
    """Where exports are kept: PASSAGE_CACHE, or the platform's cache folder."""
    chosen = os.environ.get("PASSAGE_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "linux":
        # What platformdirs gives there, without the 17 ms of its import, which every query pays.
        base = os.environ.get("XDG_CACHE_HOME", "").strip()
        return (Path(base) if base else Path.home() / ".cache") / "passage-search"
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("passage-search", appauthor=False))


def export_folder(fingerprint: str, precision: str) -> Path:
    """The folder of one export; `fingerprint` is that of the vectors."""
    return cache_folder() / f"{fingerprint}-{precision}-{FORMAT}"


def open_or_export(model: "Model", precision: str) -> "tuple[Manifest, Tokenizer, Runtime]":
    """Open a model's export, made first if it is missing or damaged."""
    if precision not in {"fp32", "int8"}:
        raise ModelError(f"there is no precision {precision!r}: fp32 and int8 are")
    from embed.export import export_model

    fingerprint = fingerprint_with(model.fingerprint, precision)
    for _ in range(3):  # another process may be replacing a damaged export at the same time
        opened = open_export(fingerprint, precision, model)
        if opened is not None:
            return opened
        export_model(model, precision)
    raise ModelError(f"the export of {model.name} in {cache_folder()} is damaged again and again")


def is_known(fingerprint: str, precision: str) -> bool:
    """Whether this model was exported here before, however that export may look now."""
    return export_folder(fingerprint, precision).is_dir()


def open_export(
    fingerprint: str, precision: str, model: "Model | None" = None, *, one_off: bool = False
) -> "tuple[Manifest, Tokenizer, Runtime] | None":
    """Open an export and verify every byte of it; None if it is missing or damaged.

    `model` is needed only where the export says that the model itself has to run.
    """
    folder = export_folder(fingerprint, precision)
    manifest = read_manifest(folder, fingerprint, precision)
    if manifest is None:
        return None
    # The weights are hashed while the runtime is imported and reads them.
    weights = Comparison(folder, manifest, [WEIGHTS])
    if not sound(folder, manifest, [GRAPH, TOKENIZER]):
        return None
    from tokenizers import Tokenizer

    if manifest.runtime == SENTENCE_TRANSFORMERS:
        if model is None:
            return None
        from embed.export import TorchRuntime

        runtime: Runtime = TorchRuntime.load(model)
    else:
        from embed.encoder import GraphRuntime

        try:
            runtime = GraphRuntime(str(folder / GRAPH), batches=manifest.batches, one_off=one_off)
        except Exception:
            if weights.passed():
                raise
            return None
    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    return (manifest, tokenizer, runtime) if weights.passed() else None


class Comparison:
    """Files being compared with their manifest in a thread of their own."""

    def __init__(self, folder: Path, manifest: Manifest, names: list[str]) -> None:
        self._sound = False

        def verify() -> None:
            self._sound = sound(folder, manifest, names)

        self._thread = threading.Thread(target=verify, daemon=True)
        self._thread.start()

    def passed(self) -> bool:
        """Wait, and say whether every file is as its manifest has it."""
        self._thread.join()
        return self._sound


def sound(folder: Path, manifest: Manifest, names: list[str]) -> bool:
    """Whether files have the size and digest that the manifest gives (if it lists them)."""
    for name in names:
        if name in manifest.files and measure(folder / name) != manifest.files[name]:
            return False
    return True


def measure(path: Path) -> tuple[int, str] | None:
    """Bytes and hex SHA-256 of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:  # which cannot be mapped
                return 0, hashlib.sha256().hexdigest()
            # One call over a mapping: reading in pieces waits for the interpreter lock before each,
            # for longer than the hashing takes while another thread imports.
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return size, hashlib.sha256(content).hexdigest()
    except (OSError, ValueError):
        return None


def read_manifest(folder: Path, fingerprint: str, precision: str) -> Manifest | None:
    """The manifest of an export; None if it is missing, damaged or of something else."""
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        digest = fields.pop("sha256")
        files = {name: (size, sha) for name, (size, sha) in fields.pop("files").items()}
        prompts = Prompts(**fields.pop("prompts"))
        manifest = Manifest(**fields, prompts=prompts, files=files)
        intact = digest == manifest_digest(manifest)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    asked = (manifest.fingerprint, manifest.precision) == (fingerprint, precision)
    whole = FILES.get(manifest.runtime) == set(files)
    return manifest if intact and asked and whole else None


def manifest_digest(manifest: Manifest) -> str:
    """Hex SHA-256 over every field."""
    return hashlib.sha256(json.dumps(asdict(manifest), sort_keys=True).encode()).hexdigest()
