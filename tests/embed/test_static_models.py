"""Static models, which take the mean of the vectors of a text's tokens (model2vec, potion)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from sentence_transformers import SentenceTransformer
from tiny_models import (
    WIDTH,
    byte_pairs,
    character_pairs,
    save_static_model,
    save_tiny_model,
    unigram_pieces,
    word_pieces,
)
from tokenizers import Tokenizer

from embed import Encoder
from embed.tokens import PIECE, TextTokenizer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cache")]

# sentence-transformers adds the vectors up one by one, which is the less exact way: 2e-7 from ours
# for a text of 200 tokens, 7e-7 for one of 1,000.
TOLERANCE = 3e-7

TEXTS = [
    "a small text",
    "words of a text",
    "naïve 停火 🔥",
    "The delegation, a minister",
    "the word " * 50,
]
TOKENIZERS = [word_pieces, unigram_pieces, byte_pairs, character_pairs]
SETTINGS: list[dict[str, Any]] = [
    {},
    {"normalize": True},
    {"dense": ["linear with bias", "tanh"], "normalize": True},
    {"prompts": {"query": "the query: ", "document": "passage: "}, "truncate_dim": 20},
]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return save_static_model(tmp_path / "model")


def last_axis(dim: int) -> NDArray[np.float32]:
    axis = np.zeros(dim, dtype=np.float32)
    axis[-1] = 1
    return axis


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_vectors_agree_with_sentence_transformers(
    tmp_path: Path, tokenizer: Callable[[], Tokenizer], settings: dict[str, Any]
) -> None:
    folder = save_static_model(tmp_path / "model", tokenizer(), **settings)
    encoder = Encoder.load(str(folder))
    reference = SentenceTransformer(str(folder), device="cpu")
    assert encoder.runtime == "onnxruntime"
    for ours, theirs in [
        (encoder.encode_queries, reference.encode_query),
        (encoder.encode_passages, reference.encode_document),
    ]:
        expected = theirs(TEXTS, normalize_embeddings=True)
        np.testing.assert_allclose(ours(TEXTS), expected, atol=TOLERANCE, rtol=0)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert np.array_equal(encoder.encode(TEXTS * 3)[: len(TEXTS)], alone)


def test_a_vector_is_the_mean_of_those_of_the_tokens(plain: Path) -> None:
    table = load_file(plain / "model.safetensors")["embedding.weight"].astype(np.float64)
    tokenizer = Tokenizer.from_file(str(plain / "tokenizer.json"))
    encoder = Encoder.load(str(plain))
    for text in [*TEXTS, "the word of a long letter " * 2000]:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        mean = table[ids].mean(axis=0)
        expected = mean / np.linalg.norm(mean)
        np.testing.assert_allclose(encoder.encode([text])[0], expected, atol=5e-6, rtol=0)


def test_every_token_of_a_long_text_counts_up_to_our_limit(plain: Path) -> None:
    encoder = Encoder.load(str(plain))
    assert encoder.max_tokens == encoder.token_limit == 32_768
    whole = "the " * 32_767 + "wall"
    assert encoder.count_tokens(whole) == 32_768
    assert encoder.count_tokens(f"{whole} wall") == 32_769
    vector, longer, shorter = encoder.encode([whole, f"{whole} wall wall", "the " * 32_768])
    assert np.array_equal(vector, longer)
    assert not np.array_equal(vector, shorter)


def test_the_limit_is_that_of_the_tokenizer_if_it_cuts_off(tmp_path: Path) -> None:
    tokenizer = word_pieces()
    tokenizer.enable_truncation(20)
    folder = save_static_model(tmp_path / "model", tokenizer)
    encoder = Encoder.load(str(folder))
    assert encoder.token_limit == 20
    expected = SentenceTransformer(str(folder)).encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=TOLERANCE, rtol=0)


NOTHING = ["", "\u200b", "\0"]


def test_a_text_of_no_token_gets_the_last_unit_vector(plain: Path) -> None:
    encoder = Encoder.load(str(plain))
    assert encoder.runtime == "onnxruntime"
    assert [encoder.count_tokens(text) for text in NOTHING] == [0, 0, 0]
    vectors = encoder.encode([*NOTHING, "a small text"])
    assert np.array_equal(vectors[:3], np.stack([last_axis(WIDTH)] * 3))
    assert np.array_equal(vectors[3:], encoder.encode(["a small text"]))
    # sentence-transformers gives zeros, which have no direction.
    assert not SentenceTransformer(str(plain)).encode(NOTHING).any()


def test_a_text_of_no_token_gets_the_same_vector_from_sentence_transformers(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr("torch.onnx.export", unsupported)
    with pytest.warns(UserWarning, match="cannot be exported"):
        encoder = Encoder.load(str(plain))
    assert np.array_equal(encoder.encode(["", "a"])[0], last_axis(WIDTH))


def test_a_model_as_model2vec_saves_it(plain: Path) -> None:
    """Its table is named otherwise, may be in half precision, and lies in the folder itself."""
    before = Encoder.load(str(plain)).encode(TEXTS)
    table = load_file(plain / "model.safetensors")["embedding.weight"]
    save_file({"embeddings": table.astype(np.float16)}, plain / "model.safetensors")
    modules = [
        {
            "idx": 0,
            "name": "0",
            "path": ".",
            "type": "sentence_transformers.models.StaticEmbedding",
        },
        {
            "idx": 1,
            "name": "1",
            "path": "1_Normalize",
            "type": "sentence_transformers.models.Normalize",
        },
    ]
    (plain / "modules.json").write_text(json.dumps(modules))
    (plain / "config.json").write_text(json.dumps({"model_type": "model2vec", "normalize": True}))
    encoder = Encoder.load(str(plain))
    assert encoder.runtime == "onnxruntime"
    np.testing.assert_allclose(encoder.encode(TEXTS), before, atol=1e-3, rtol=0)
    assert not np.array_equal(encoder.encode(TEXTS), before)


def test_int8_is_close(plain: Path) -> None:
    exact, quantized = Encoder.load(str(plain)), Encoder.load(str(plain), precision="int8")
    assert ((exact.encode(TEXTS) * quantized.encode(TEXTS)).sum(axis=1) > 0.99).all()


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
def test_a_long_text_is_fed_in_pieces_as_if_it_were_whole(
    tokenizer: Callable[[], Tokenizer],
) -> None:
    bare = tokenizer()
    text = "The small  word, of a\nminister (naïve). " * 5000
    assert len(text) > 3 * PIECE
    whole = bare.encode(text, add_special_tokens=True)
    ours = TextTokenizer(bare, 10**6)
    assert ours.feed("", text).ids.tolist() == whole.ids
    assert ours.offsets(text) == bare.encode(text, add_special_tokens=False).offsets


@pytest.mark.parametrize("tokenizer", TOKENIZERS)
@pytest.mark.parametrize("text", ["word", "Word of a word", " word", "停", "", "the word " * 9000])
def test_tokens_are_counted_as_they_are_after_the_prompt(
    tokenizer: Callable[[], Tokenizer], text: str
) -> None:
    bare = tokenizer()
    ours = TextTokenizer(bare, 10**6)
    prompt = "the passage: "
    ends = [end for _, end in bare.encode(prompt + text, add_special_tokens=False).offsets]
    expected = sum(end > len(prompt) for end in ends)
    assert ours.count(text, prompt) == ours.feed(prompt, text).tokens == expected


def test_a_transformer_that_makes_zeros_of_a_text_gives_the_last_unit_vector(
    tmp_path: Path,
) -> None:
    """The row of the padding token is zero in a new model, and so is all that is made of it."""
    folder = save_tiny_model(tmp_path / "model", "Qwen3", pooling="cls")
    text = "<|endoftext|>"
    assert not SentenceTransformer(str(folder)).encode([text]).any()
    assert np.array_equal(Encoder.load(str(folder)).encode([text])[0], last_axis(WIDTH))
