"""Tiny models of every architecture give the vectors that sentence-transformers gives."""

from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from pairwise import pairwise_rows
from sentence_transformers import SentenceTransformer
from tiny_models import ARCHITECTURES, LIMIT, save_tiny_model

from embed import Encoder

pytestmark = pytest.mark.slow

# Two libraries add up in another order, so that the last bits of a component differ (1.2e-7 is the
# last bit of 1). 4.2e-7 was the largest difference. A wrong mask, prompt or pooling makes 1e-3.
TOLERANCE = 1e-6

POOLINGS = ("mean", "cls", "lasttoken")
# A model can have several Dense modules, as that of EmbeddingGemma has. Two kinds in one model keep
# the models fewer than the 44 pairs of an architecture and a kind.
DENSE: tuple[tuple[str, ...], ...] = ((), ("linear",), ("linear with bias", "tanh"))
PROMPTS = {"query": "the query: ", "document": "passage: "}
SETTINGS: dict[str, dict[str, Any]] = {
    "prompts": {"prompts": PROMPTS},
    "prompts left out": {"prompts": PROMPTS, "include_prompt": False},
    "truncated": {"truncate_dim": 20},
}
TEXT = "the small word, of a minister; Delegation: 1,234 words (naïve) 停火 don’t 🔥 unheard-of"
WORDS = TEXT.split(" ")


@dataclass(frozen=True, slots=True)
class Combination:
    """The settings of one model."""

    architecture: str
    pooling: str
    dense: tuple[str, ...]
    setting: str

    def __str__(self) -> str:
        return "-".join([self.architecture, self.pooling, "+".join(self.dense), self.setting])

    def values(self) -> list[set[tuple[str, str]]]:
        """The values of each factor that this model tries."""
        dense = self.dense or ("none",)
        return [
            {("architecture", self.architecture)},
            {("pooling", self.pooling)},
            {("dense", kind) for kind in dense},
            {("setting", self.setting)},
        ]


COMBINATIONS = [
    Combination(
        tuple(ARCHITECTURES)[architecture],
        POOLINGS[pooling],
        DENSE[dense],
        tuple(SETTINGS)[setting],
    )
    for architecture, pooling, dense, setting in pairwise_rows(
        [len(ARCHITECTURES), len(POOLINGS), len(DENSE), len(SETTINGS)]
    )
]


def texts() -> list[str]:
    """Texts of no word up to more than a model reads, in no order of length."""
    draw = Random(5)
    lengths = [3, 0, 1, 12, 200, 1, 2, 8, 5, 17]
    return [" ".join(draw.choices(WORDS, k=length)) for length in lengths]


def test_every_pair_is_tried_in_few_models() -> None:
    every = {
        "architecture": list(ARCHITECTURES),
        "pooling": ["mean", "cls", "lasttoken"],
        "dense": ["none", "linear", "linear with bias", "tanh"],
        "setting": ["prompts", "prompts left out", "truncated"],
    }
    wanted = {
        frozenset({(first, one), (second, other)})
        for first, second in combinations(every, 2)
        for one, other in product(every[first], every[second])
    }
    tried = {
        frozenset(pair)
        for combination in COMBINATIONS
        for first, second in combinations(combination.values(), 2)
        for pair in product(first, second)
    }
    assert wanted <= tried
    assert len(COMBINATIONS) <= 40


@pytest.mark.parametrize("combination", COMBINATIONS, ids=str)
def test_vectors_and_tokens_are_those_of_sentence_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, combination: Combination
) -> None:
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))
    folder = save_tiny_model(
        tmp_path / "model",
        combination.architecture,
        pooling=combination.pooling,
        dense=combination.dense,
        **SETTINGS[combination.setting],
    )
    encoder = Encoder.load(str(folder))
    reference = SentenceTransformer(str(folder), device="cpu")
    assert encoder.runtime == "onnxruntime"
    assert encoder.dim == (20 if combination.setting == "truncated" else 32)
    for ours, theirs in [
        (encoder.encode_queries, reference.encode_query),
        (encoder.encode_passages, reference.encode_document),
    ]:
        # In batches of three, in which the shorter texts are padded.
        expected = theirs(texts(), batch_size=3, normalize_embeddings=True)
        np.testing.assert_allclose(ours(texts()), expected, atol=TOLERANCE, rtol=0)
        assert np.abs(expected[0] - expected[3]).max() > 1000 * TOLERANCE
    check_tokens(encoder, reference)


def check_tokens(encoder: Encoder, reference: SentenceTransformer) -> None:
    """Check that a passage within the limit is embedded whole, token by token."""
    prompt = reference.prompts["document"]
    fed: list[int] = []
    draw = Random(7)
    assert LIMIT - 12 < encoder.token_limit < LIMIT
    for _ in range(30):
        words = draw.choices(WORDS, k=LIMIT)
        passage = words.pop()
        while encoder.count_tokens(f"{passage} {words[-1]}") <= encoder.token_limit:
            passage = f"{passage} {words.pop()}"
        counted = encoder.count_tokens(passage)
        encoder.encode_passages([passage], on_batch=lambda _, tokens: fed.append(tokens))
        assert fed.pop() == counted
        # The model's own tokenizer, told to cut nothing off, stays within its limit.
        whole = reference.tokenizer(prompt + passage, truncation=False)["input_ids"]
        assert len(whole) <= LIMIT
        # The blank after a prompt is a token of its own at most while no word follows.
        assert len(whole) - counted - (LIMIT - encoder.token_limit) in (0, -1)
