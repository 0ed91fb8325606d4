"""Exported models in the user's cache folder: where each lies, what it is, whether it is whole.

<cache>/<fingerprint>-<precision>-<format>/
    model.onnx       the graph, fused and optimised
    weights.bin      its weights, which the runtime maps instead of reading
    tokenizer.json   the tokenizer as sentence-transformers uses it, truncation and padding off
    head.npy         what the model does with the mean of its tokens' vectors, if it does anything
    manifest.json    what the graph is, and the size and SHA-256 of each file
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from embed.runtime import ONNXRUNTIME, SENTENCE_TRANSFORMERS, Task

FORMAT = 2
GRAPH, WEIGHTS, TOKENIZER, MANIFEST = "model.onnx", "weights.bin", "tokenizer.json", "manifest.json"
HEAD = "head.npy"
FILES = {ONNXRUNTIME: {GRAPH, WEIGHTS, TOKENIZER}, SENTENCE_TRANSFORMERS: {TOKENIZER}}
"""The files of an export beside its manifest, by what runs it; some models have HEAD too."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts that the model's settings put before a text; "" for none."""

    default: str
    query: str
    document: str

    def roles(self) -> list[tuple[str, Task | None]]:
        """Return the prompt and the task of each way to encode: plain, as query, as document."""
        return [(self.default, None), (self.query, "query"), (self.document, "document")]


@dataclass(frozen=True, slots=True)
class ExportManifest:
    """What an export is."""

    name: str
    fingerprint: str
    """The fingerprint of the vectors, as `fingerprint_with` gives it."""
    precision: str
    runtime: str
    dim: int
    max_tokens: int
    batches: bool
    """Whether a text's vector has the same bits in a batch of equal lengths as it has alone."""
    no_token_shares: str
    """Why a cosine cannot be divided among the tokens of a text; "" if it can."""
    prompts: Prompts
    files: dict[str, tuple[int, str]]
    """The size in bytes and the hex SHA-256 of each file, by its name."""
    versions: dict[str, str]

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON, with its own digest."""
        fields = asdict(self) | {"sha256": self.digest()}
        return (json.dumps(fields, indent=1, sort_keys=True) + "\n").encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> ExportManifest | None:
        """Return the manifest that `to_bytes` wrote; None if it is damaged."""
        try:
            fields = json.loads(data)
            digest = fields.pop("sha256")
            files = {name: (size, sha) for name, (size, sha) in fields.pop("files").items()}
            prompts = Prompts(**fields.pop("prompts"))
            manifest = cls(**fields, prompts=prompts, files=files)
            return manifest if digest == manifest.digest() else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None

    def digest(self) -> str:
        """Return the hex SHA-256 over every field."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def fingerprint_with(fingerprint: str, precision: str) -> str:
    """Return the fingerprint of a model's vectors in a precision, given that of the model."""
    if precision == "fp32":
        return fingerprint
    return hashlib.sha256(f"{fingerprint} {precision}".encode()).hexdigest()


def cache_folder() -> Path:
    """Return where exports are kept: `PASSAGE_CACHE`, or the platform's cache folder."""
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
    """Return the folder of an export; `fingerprint` is that of the vectors."""
    return cache_folder() / f"{fingerprint}-{precision}-{FORMAT}"


def is_known(fingerprint: str, precision: str) -> bool:
    """Return whether a model was exported here before, however its export may look now."""
    return export_folder(fingerprint, precision).is_dir()


class StoredExport:
    """An export on disk, the weights of which are hashed in a thread while others are read."""

    def __init__(self, folder: Path, manifest: ExportManifest) -> None:
        self.manifest = manifest
        self.graph = folder / GRAPH
        self.tokenizer = folder / TOKENIZER
        self.head = folder / HEAD if HEAD in manifest.files else None
        self._folder = folder
        self._is_whole = False
        self._hashing = threading.Thread(target=self._check_weights, daemon=True)

    @classmethod
    def read(cls, fingerprint: str, precision: str) -> StoredExport | None:
        """Return the export of a model, checked but for its weights; None if it is damaged."""
        folder = export_folder(fingerprint, precision)
        manifest = read_manifest(folder, fingerprint, precision)
        if manifest is None:
            return None
        stored = cls(folder, manifest)
        # The weights are hashed while the runtime is imported and reads them.
        stored._hashing.start()
        return stored if matches_manifest(folder, manifest, [GRAPH, TOKENIZER, HEAD]) else None

    def is_whole(self) -> bool:
        """Wait for the hashing, and return whether the weights match the manifest too."""
        self._hashing.join()
        return self._is_whole

    def _check_weights(self) -> None:
        self._is_whole = matches_manifest(self._folder, self.manifest, [WEIGHTS])


def matches_manifest(folder: Path, manifest: ExportManifest, names: Iterable[str]) -> bool:
    """Return whether files have the size and the digest that the manifest gives, if it does."""
    for name in names:
        if name in manifest.files and measure(folder / name) != manifest.files[name]:
            return False
    return True


def measure(path: Path) -> tuple[int, str] | None:
    """Return the size in bytes and the hex SHA-256 of a file; None if it cannot be read."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size == 0:  # an empty file cannot be mapped
                return 0, hashlib.sha256().hexdigest()
            # One call hashes the whole mapping. Reading in pieces waits for the interpreter lock
            # before each, for longer than the hashing takes while another thread imports.
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return size, hashlib.sha256(content).hexdigest()
    except (OSError, ValueError):
        return None


def read_manifest(folder: Path, fingerprint: str, precision: str) -> ExportManifest | None:
    """Return the manifest of an export; None if it is missing, damaged or of something else."""
    try:
        manifest = ExportManifest.from_bytes((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    if manifest is None:
        return None
    is_asked = (manifest.fingerprint, manifest.precision) == (fingerprint, precision)
    has_all = FILES.get(manifest.runtime) == set(manifest.files) - {HEAD}
    return manifest if is_asked and has_all else None
