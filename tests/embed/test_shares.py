"""The shares of tokens add up to the cosine, for every model of which that can be said."""

from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from tiny_models import ARCHITECTURES, save_static_model, save_tiny_model

from embed import Encoder, ModelError
from embed.export import exporting
from embed.export.graph import ExportError

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cache")]

# Sums in float64 of vectors in float32, beside a vector that was added up in float32.
TOLERANCE = 1e-6

TEXT = "the small word, of a minister; Delegation: 1,234 (naïve) 停火 don’t 🔥 unheard-of"
WORDS = TEXT.split()
PROMPTS = {"query": "the query: ", "document": "passage: "}


def texts() -> list[str]:
    """Texts of no word up to more than a tiny model reads."""
    draw = Random(5)
    return [" ".join(draw.choices(WORDS, k=length)) for length in [3, 0, 1, 12, 200, 8, 8, 17]]


def check_shares(encoder: Encoder) -> None:
    """The sums are the cosines, and the spans are those of the word pieces of each text."""
    question = encoder.encode_queries(["a ceasefire of the small word"])[0]
    cosines = encoder.encode_passages(texts()).astype(np.float64) @ question
    found = encoder.token_shares(question, texts())
    assert np.abs(cosines).max() > 100 * TOLERANCE
    np.testing.assert_allclose([each.cosine for each in found], cosines, atol=TOLERANCE, rtol=0)
    for text, each in zip(texts(), found, strict=True):
        spans = [place.span for place in each.places if place.span is not None]
        pieces = encoder.token_offsets(text)
        # A piece may be another one after a prompt, and a long text is cut off.
        assert {end for _, end in spans} <= {end for _, end in pieces} | {0}
        if len(text) < 60:
            assert spans[-1:] == pieces[-1:]
        assert len(each.places) == len(each.shares) <= encoder.max_tokens


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_of_every_architecture(tmp_path: Path, architecture: str) -> None:
    folder = save_tiny_model(tmp_path / "model", architecture, prompts=PROMPTS)
    encoder = Encoder.load(str(folder))
    assert encoder.runtime == "onnxruntime"
    assert encoder.no_token_shares == ""
    check_shares(encoder)


@pytest.mark.parametrize(
    "settings",
    [
        {"dense": ["linear"]},
        {"dense": ["linear with bias"]},
        {"dense": ["linear", "linear with bias"], "truncate_dim": 20},
        {"truncate_dim": 20},
        {"prompts": PROMPTS, "include_prompt": False},
    ],
    ids=str,
)
def test_of_what_follows_the_pooling(tmp_path: Path, settings: dict[str, Any]) -> None:
    encoder = Encoder.load(str(save_tiny_model(tmp_path / "model", **settings)))
    check_shares(encoder)
    # Opened again, it has them from the files of its export.
    check_shares(Encoder.open(encoder.fingerprint))
    question = encoder.encode_queries(["a word"])[0]
    [each] = encoder.token_shares(question, ["the small word"])
    assert (each.bias != 0) == ("linear with bias" in settings.get("dense", ()))
    of_prompt = [s for p, s in zip(each.places, each.shares, strict=True) if p.is_prompt]
    assert bool(of_prompt) == ("prompts" in settings)
    assert not any(of_prompt)  # those of a prompt that the pooling leaves out add nothing


@pytest.mark.parametrize("settings", [{}, {"dense": ["linear with bias"]}, {"normalize": True}])
def test_of_a_static_model(tmp_path: Path, settings: dict[str, Any]) -> None:
    check_shares(Encoder.load(str(save_static_model(tmp_path / "model", **settings))))


def test_of_a_model_that_runs_in_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ExportError("no graph today")

    monkeypatch.setattr(exporting, "trace", fail)
    folder = save_tiny_model(
        tmp_path / "model", dense=["linear with bias"], prompts=PROMPTS, include_prompt=False
    )
    with pytest.warns(UserWarning, match="slower"):
        encoder = Encoder.load(str(folder))
    assert encoder.runtime == "sentence-transformers"
    check_shares(encoder)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"pooling": "cls"}, "its pooling is cls, which is not a mean"),
        ({"pooling": "lasttoken"}, "its pooling is lasttoken, which is not a mean"),
        ({"dense": ["tanh"]}, "a layer after its pooling is not linear"),
    ],
    ids=str,
)
def test_a_model_without_such_a_sum_says_so(
    tmp_path: Path, settings: dict[str, Any], reason: str
) -> None:
    encoder = Encoder.load(str(save_tiny_model(tmp_path / "model", **settings)))
    assert encoder.no_token_shares == reason
    question = encoder.encode_queries(["a word"])[0]
    with pytest.raises(ModelError, match=reason):
        encoder.token_shares(question, ["a word"])


def test_of_the_packaged_model_in_both_precisions(tmp_path: Path) -> None:
    for precision in ("fp32", "int8"):
        check_shares(Encoder.load(precision=precision))


def test_a_long_text_is_placed_beyond_its_first_piece(encoder: Encoder) -> None:
    """A static model reads more than a piece; word pieces of the second have their own places."""
    from embed.tokens import PIECE, TextTokenizer

    text = "word " * (PIECE // 5) + "the end"
    tokenizer = TextTokenizer(encoder._tokenizer._tokenizer, 1 << 20)
    places = tokenizer.places("", text).places
    assert places[-2].span is not None
    assert text[slice(*places[-2].span)] == "end"
    assert [place.span for place in places[1:-1]] == tokenizer.offsets(text)
