import json
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
from transformers import BertConfig, BertModel, BertTokenizerFast

from embed import Encoder, ModelError
from embed.cache import FORMAT, cache_folder
from embed.encoder import open_export
from embed.export import checks, exporting, publishing
from embed.model import find_model

pytestmark = pytest.mark.slow

TEXTS = ["a small text", "words of a text", "", "ceasefire terms, again", "the word " * 100]
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] a the small word words text of and query passage : , ##s"


def small_model(folder: Path, pooling: str, prompts: dict[str, str], default: str | None) -> Path:
    """A random BERT of dimension 32 in the sentence-transformers format, without Normalize."""
    import torch

    torch.manual_seed(7)
    plain = folder.parent / f"{folder.name}-bert"
    plain.mkdir(parents=True)
    (plain / "vocab.txt").write_text("\n".join([*WORDS.split(), *"bcdefghijklmnopqrstuvwxyz"]))
    BertTokenizerFast(str(plain / "vocab.txt")).save_pretrained(plain)
    config = BertConfig(
        vocab_size=96,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(plain)
    transformer = Transformer(str(plain), max_seq_length=48)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32, pooling_mode=pooling)],
        prompts=prompts,
        default_prompt_name=default,
        device="cpu",
    )
    model.save(str(folder))
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model(tmp_path_factory.mktemp("models") / "small", "mean", {}, None)


@pytest.fixture(scope="module")
def kept_export(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder with a sound export of the small model."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PASSAGE_CACHE", str(folder))
        Encoder.load(str(small))
    yield folder


def only_export(cache: Path) -> Path:
    (folder,) = cache.iterdir()
    return folder


def test_the_cache_folder_is_the_platforms_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASSAGE_CACHE", raising=False)
    assert "passage-search" in str(cache_folder())
    monkeypatch.setenv("PASSAGE_CACHE", "somewhere")
    assert cache_folder() == Path("somewhere").absolute()


def test_an_export_is_complete_and_described(kept_export: Path, small: Path) -> None:
    folder = only_export(kept_export)
    assert folder.name == f"{find_model(str(small)).fingerprint}-fp32-{FORMAT}"
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", "model.onnx", "tokenizer.json", "weights.bin"}
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert (manifest["dim"], manifest["max_tokens"], manifest["batches"]) == (32, 48, True)
    tokenizer = json.loads((folder / "tokenizer.json").read_bytes())
    assert tokenizer["truncation"] is None
    assert tokenizer["padding"] is None


def test_a_kept_export_is_used(
    kept_export: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSAGE_CACHE", str(kept_export))
    monkeypatch.setattr(exporting, "export_model", lambda *_: pytest.fail("exported again"))
    model = find_model(str(small))
    assert Encoder.open(model.fingerprint, "no/such/model", "fp32").dim == 32


DAMAGES = ["flip", "truncate", "grow", "empty", "remove"]


@pytest.mark.parametrize("name", ["model.onnx", "weights.bin", "tokenizer.json", "manifest.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_export_is_made_anew(
    kept_export: Path, small: Path, cache: Path, name: str, damage: str
) -> None:
    shutil.copytree(kept_export, cache)
    file = only_export(cache) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged = {
        "flip": bytes(content),
        "truncate": bytes(content[: len(content) // 2]),
        "grow": file.read_bytes() + b" x",
        "empty": b"",
    }
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(damaged[damage])
    fingerprint = find_model(str(small)).fingerprint
    assert open_export(fingerprint, "fp32") is None
    if damage == "flip":
        encoder = Encoder.open(fingerprint, str(small), "fp32")
        assert encoder.encode(TEXTS).shape == (5, 32)
        assert open_export(fingerprint, "fp32") is not None
        assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize(
    "fields",
    [
        [],
        7,
        None,
        {},
        {"files": 3},
        {"sha256": "0" * 64},
        {"files": {"../../etc/passwd": [1, "0"]}, "prompts": {}, "sha256": ""},
        {"prompts": {"default": "", "query": "", "document": "", "more": ""}, "files": {}},
    ],
)
def test_a_hostile_manifest_is_a_damaged_export(
    kept_export: Path, small: Path, cache: Path, fields: object
) -> None:
    shutil.copytree(kept_export, cache)
    file = only_export(cache) / "manifest.json"
    sound = json.loads(file.read_bytes())
    file.write_text(json.dumps(sound | fields if isinstance(fields, dict) else fields))
    changed = isinstance(fields, dict) and not fields
    opened = open_export(find_model(str(small)).fingerprint, "fp32")
    assert (opened is not None) == changed


def test_a_deeply_nested_manifest_is_a_damaged_export(
    kept_export: Path, small: Path, cache: Path
) -> None:
    shutil.copytree(kept_export, cache)
    (only_export(cache) / "manifest.json").write_text("[" * 100_000)
    assert open_export(find_model(str(small)).fingerprint, "fp32") is None


@pytest.mark.parametrize("pooling", ["cls", "max", "mean"])
def test_prompts_and_poolings_are_the_models_own(tmp_path: Path, cache: Path, pooling: str) -> None:
    prompts = {"query": "query: ", "document": "passage: the "}
    folder = small_model(tmp_path / "model", pooling, prompts, "query")
    reference = SentenceTransformer(str(folder), device="cpu")
    encoder = Encoder.load(str(folder))
    assert encoder.runtime == "onnxruntime"
    for ours, theirs in [
        (encoder.encode, reference.encode),
        (encoder.encode_queries, reference.encode_query),
        (encoder.encode_passages, reference.encode_document),
    ]:
        expected = theirs(TEXTS, normalize_embeddings=True)
        np.testing.assert_allclose(ours(TEXTS), expected, atol=1e-5, rtol=0)
    assert not np.allclose(encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS), atol=1e-3)
    together = encoder.encode_passages(TEXTS * 3)
    assert np.array_equal(
        together[:5], np.concatenate([encoder.encode_passages([t]) for t in TEXTS])
    )
    # 48 less [CLS], [SEP], and the prompt's "passage", ":", "the"
    assert encoder.token_limit == 43
    fed: list[int] = []
    encoder.encode_passages(["small words"], on_batch=lambda _, tokens: fed.append(tokens))
    assert fed == [encoder.count_tokens("small words")] == [2]


def test_a_passage_prompt_is_applied_where_there_is_no_document_prompt(
    tmp_path: Path, cache: Path
) -> None:
    folder = small_model(tmp_path / "model", "mean", {"passage": "passage: "}, None)
    reference = SentenceTransformer(str(folder), device="cpu")
    expected = reference.encode(TEXTS, prompt_name="passage", normalize_embeddings=True)
    encoder = Encoder.load(str(folder))
    np.testing.assert_allclose(encoder.encode_passages(TEXTS), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("failure", ["raises", "differs"])
def test_a_model_that_cannot_be_exported_runs_in_sentence_transformers(
    small: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    if failure == "raises":

        def unsupported(*_: object, **__: object) -> None:
            raise RuntimeError("no such operator")

        monkeypatch.setattr("torch.onnx.export", unsupported)
    else:
        monkeypatch.setattr(checks, "TOLERANCE", 0.0)
    with pytest.warns(UserWarning, match="cannot be exported"):
        encoder = Encoder.load(str(small))
    assert encoder.runtime == "sentence-transformers"
    assert {path.name for path in only_export(cache).iterdir()} == {
        "manifest.json",
        "tokenizer.json",
    }
    reference = SentenceTransformer(str(small), device="cpu")
    expected = reference.encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode_passages(TEXTS), expected, atol=1e-5, rtol=0)
    with pytest.warns(UserWarning, match="cannot be exported"):
        again = Encoder.open(encoder.fingerprint, str(small), "fp32")
    assert again.runtime == "sentence-transformers"
    with pytest.raises(ModelError, match="cannot be had in int8"):
        Encoder.load(str(small), precision="int8")


def test_int8_is_close_but_never_the_same_index(small: Path, cache: Path) -> None:
    exact, quantized = Encoder.load(str(small)), Encoder.load(str(small), precision="int8")
    assert quantized.precision == "int8"
    assert quantized.fingerprint != exact.fingerprint
    cosines = (exact.encode(TEXTS) * quantized.encode(TEXTS)).sum(axis=1)
    assert 0.9 < cosines.min() < 0.999999
    alone = np.concatenate([quantized.encode([text]) for text in TEXTS])
    assert np.array_equal(quantized.encode(TEXTS), alone)
    opened = Encoder.open(quantized.fingerprint, str(small), "int8")
    assert np.array_equal(opened.encode(TEXTS), alone)


def test_an_unknown_precision_is_refused(small: Path, cache: Path) -> None:
    with pytest.raises(ModelError, match="no precision 'fp16'"):
        Encoder.load(str(small), precision="fp16")


def load_in_process(cache: str, model: str) -> list[float]:
    os.environ["PASSAGE_CACHE"] = cache
    return [float(value) for value in Encoder.load(model).encode(["a text"])[0]]


def test_two_processes_export_at_once(small: Path, cache: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first, second = pool.starmap(load_in_process, [(str(cache), str(small))] * 2)
    assert first == second
    assert len(list(cache.iterdir())) == 1


def test_a_sound_export_of_another_process_is_kept(
    kept_export: Path, small: Path, cache: Path, tmp_path: Path
) -> None:
    shutil.copytree(kept_export, cache)
    kept = only_export(cache)
    before = (kept / "model.onnx").stat().st_ino
    aside = tmp_path / "aside"
    (aside / "new").mkdir(parents=True)
    publishing.publish_export(aside, kept, find_model(str(small)).fingerprint, "fp32")
    assert (kept / "model.onnx").stat().st_ino == before


def test_a_cache_that_cannot_be_written_is_one_clear_line(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="set PASSAGE_CACHE to a folder") as error:
        Encoder.load(str(small))
    assert "\n" not in str(error.value)


def test_what_unfinished_exports_left_is_removed(tmp_path: Path) -> None:
    old, new = tmp_path / ".export-old", tmp_path / ".export-new"
    old.mkdir()
    new.mkdir()
    os.utime(old, (0, 0))
    publishing.remove_abandoned(tmp_path)
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("base", ["", "/somewhere/else"])
def test_the_cache_folder_is_that_of_platformdirs(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSAGE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", base)
    expected = platformdirs.user_cache_dir("passage-search", appauthor=False)
    assert str(cache_folder()) == expected
