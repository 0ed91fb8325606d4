import json
import os
import shutil
from pathlib import Path

import pytest

from embed import ModelError
from embed.cache import export_folder
from embed.encoder import Encoder
from embed.model import (
    PACKAGED_FILES,
    Model,
    announced_model,
    find_model,
    packaged_folder,
)


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def packaged_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(packaged_folder(), copy, copy_function=link_or_copy)
    monkeypatch.setattr("embed.model.packaged_folder", lambda: copy)
    return copy


def small_model(folder: Path) -> Path:
    """The settings of the packaged model with a file in place of its weights."""
    shutil.copytree(packaged_folder(), folder, ignore=shutil.ignore_patterns("model.safetensors"))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


@pytest.mark.parametrize(
    "name", [None, "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"]
)
def test_the_packaged_model_is_the_default(name: str | None) -> None:
    model = find_model(name)
    assert model.name == "all-MiniLM-L6-v2"
    assert model.folder == packaged_folder()
    assert len(model.fingerprint) == 64


def test_the_published_weights_are_pinned() -> None:
    assert (
        PACKAGED_FILES["model.safetensors"]
        == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )


def test_an_untouched_copy_has_the_same_fingerprint(packaged_copy: Path) -> None:
    assert find_model(str(packaged_copy)).fingerprint == find_model().fingerprint


@pytest.mark.parametrize("name", sorted(PACKAGED_FILES))
def test_an_altered_file_of_the_packaged_model_is_refused(packaged_copy: Path, name: str) -> None:
    content = bytearray((packaged_copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (packaged_copy / name).unlink()  # a link: the original stays as it is
    (packaged_copy / name).write_bytes(content)
    with pytest.raises(ModelError, match=PACKAGED_FILES[name]) as refusal:
        find_model()
    assert str(packaged_copy / name) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_of_the_packaged_model_is_refused(packaged_copy: Path) -> None:
    (packaged_copy / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json.*found missing"):
        find_model()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model-2.safetensors", "added.json"])
def test_an_added_file_of_the_packaged_model_is_refused(packaged_copy: Path, name: str) -> None:
    (packaged_copy / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match=rf"{name}.*expected no such file"):
        find_model()


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_the_fingerprint_is_of_every_file_that_shapes_a_vector(tmp_path: Path, name: str) -> None:
    folder = small_model(tmp_path / "model")
    before = find_model(str(folder))
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    assert find_model(str(folder)).fingerprint != before.fingerprint


def test_the_fingerprint_is_of_nothing_else(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    before = find_model(str(folder))
    (folder / "README.md").write_text("other")
    (folder / ".hidden.json").write_text("{}")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_text("other")
    assert find_model(str(folder)) == before == Model(str(folder), folder, before.fingerprint)


def test_a_folder_is_named_by_its_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_model(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    assert find_model("model").name == str(folder)


def test_settings_that_name_code_are_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    settings = json.loads((folder / "config.json").read_bytes())
    settings["auto_map"] = {"AutoModel": "modeling.Model"}
    (folder / "config.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=r"code of its own \(auto_map in config\.json\)"):
        find_model(str(folder))


@pytest.mark.parametrize("type_", ["modeling.Custom", "sentence_transformers", "os.system"])
def test_modules_from_elsewhere_are_refused(tmp_path: Path, type_: str) -> None:
    folder = small_model(tmp_path / "model")
    modules = [{"idx": 0, "name": "0", "path": "", "type": type_}]
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match="code of its own"):
        find_model(str(folder))


def with_settings(folder: Path, name: str, **fields: object) -> Path:
    """Set fields of a settings file of a model."""
    settings = json.loads((folder / name).read_bytes())
    (folder / name).write_text(json.dumps(settings | fields))
    return folder


@pytest.mark.parametrize(
    ("kind", "gives"),
    [
        ("MultiVectorEncoder", "a vector for each token"),
        ("ColBERT", "a vector for each token"),
        ("SparseEncoder", "a weight for each word"),
        ("CrossEncoder", "scores pairs of texts"),
        ("Somewhat", "something else"),
    ],
)
def test_a_model_of_another_kind_is_refused_by_name(tmp_path: Path, kind: str, gives: str) -> None:
    folder = small_model(tmp_path / "model")
    with_settings(folder, "config_sentence_transformers.json", model_type="SentenceTransformer")
    find_model(str(folder))
    with_settings(folder, "config_sentence_transformers.json", model_type=kind)
    with pytest.raises(ModelError, match=rf"model is a {kind}, which .*{gives}") as refusal:
        find_model(str(folder))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("kind", ["Router", "Asym", "CLIPModel", "WordEmbeddings", "BoW", "LSTM"])
def test_a_module_that_is_not_supported_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    folder = small_model(tmp_path / "model")
    modules = json.loads((folder / "modules.json").read_bytes())
    modules[1]["type"] = f"sentence_transformers.models.{kind}"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match=rf"has the module {kind}\b") as refusal:
        find_model(str(folder))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("architectures", "said"),
    [
        (["BertForSequenceClassification"], "but BertForSequenceClassification of transformers"),
        (["HF_ColBERT"], "is a ColBERT, which gives a vector for each token"),
        ([], r"sentence-transformers model: it has no modules\.json"),
        (7, r"sentence-transformers model: it has no modules\.json"),
    ],
)
def test_a_model_of_transformers_is_refused_by_name(
    tmp_path: Path, architectures: object, said: str
) -> None:
    folder = with_settings(
        small_model(tmp_path / "model"), "config.json", architectures=architectures
    )
    (folder / "modules.json").unlink()
    with pytest.raises(ModelError, match=said):
        find_model(str(folder))


def test_a_module_outside_the_folder_is_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    modules = [{"path": "../other", "type": "sentence_transformers.models.Transformer"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match="outside its folder"):
        find_model(str(folder))


@pytest.mark.parametrize("content", ["{", "7", '[{"path": ""}]', "[1]"])
def test_damaged_modules_are_refused(tmp_path: Path, content: str) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "modules.json").write_text(content)
    with pytest.raises(ModelError, match=r"damaged modules\.json"):
        find_model(str(folder))


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pickled weights \(pytorch_model\.bin\)"):
        find_model(str(folder))


def test_pickled_weights_of_one_module_are_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelError, match=r"pickled weights \(2_Dense/pytorch_model\.bin\)"):
        find_model(str(folder))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="no weights in safetensors format"):
        find_model(str(folder))


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no modules\.json"):
        find_model(str(tmp_path))


@pytest.mark.parametrize("name", ["", " ", "no/such/folder/here", "/nowhere", "a\0b"])
def test_a_name_that_can_be_no_model_is_refused(name: str) -> None:
    with pytest.raises(ModelError):
        find_model(name)


def test_a_hub_model_that_cannot_be_had_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no way there\nand more")

    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(ModelError, match=r"nobody/nothing.*no way there$"):
        find_model("nobody/nothing")


def test_an_index_has_no_model_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def snapshot(*_: object, local_files_only: bool, **__: object) -> str:
        assert local_files_only
        raise OSError("not in the cache")

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path))
    export_folder("0" * 64, "fp32").mkdir(parents=True)
    with pytest.raises(ModelError, match=r"nobody/nothing, which is not on this machine"):
        Encoder.open("0" * 64, "nobody/nothing", "fp32")


def test_an_index_has_no_model_run_that_nobody_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = small_model(tmp_path / "model")
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    fingerprint = find_model(str(folder)).fingerprint
    with pytest.raises(ModelError, match=r"never used here.*--model"):
        Encoder.open(fingerprint, str(folder), "fp32")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("name", ["~nosuchuser/x", "x" * 5000, "a/b/c"])
def test_a_name_that_can_be_no_folder_is_one_clear_line(name: str) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        find_model(name)


def test_nested_settings_are_a_damaged_model(tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    (folder / "modules.json").write_text("[" * 200_000)
    with pytest.raises(ModelError, match=r"damaged modules\.json"):
        find_model(str(folder))


def test_a_hub_model_is_taken_from_the_local_cache_without_pickles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = small_model(tmp_path / "snapshot")
    asked: list[tuple[str, bool, list[str]]] = []

    def snapshot(
        name: str, *, allow_patterns: list[str], local_files_only: bool, **_: object
    ) -> str:
        asked.append((name, local_files_only, allow_patterns))
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    model = find_model("small-model")
    assert (model.name, model.folder) == ("small-model", folder)
    ((name, local_only, patterns),) = asked
    assert (name, local_only) == ("sentence-transformers/small-model", True)
    assert "*.safetensors" in patterns
    assert not {"*.bin", "*.pt", "*.py", "*"} & set(patterns)


def test_the_packaged_fingerprint_is_known_without_its_files() -> None:
    assert announced_model() == find_model()
    assert announced_model("all-MiniLM-L6-v2") == find_model()
