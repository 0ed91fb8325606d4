"""What `benchmarks.speed` measures inside a process of its own: prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from embed.encoder import Encoder
from embed.runtime import Prompt
from query import Retriever

BATCH_SIZES = (1, 4, 8, 16, 32, 64)
QUESTIONS = Path(__file__).parent / "articles.jsonl"

# Multiply-adds of a token in MiniLM's matrix products: 6 layers of 4 projections of 384 x 384 and
# two of 384 x 1536; attention adds 2 x 384 a layer for every token of the text.
_PER_TOKEN = 6 * (4 * 384 * 384 + 2 * 384 * 1536)
_PER_PAIR = 6 * 2 * 384


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def warm(retriever: Retriever, encoder: Encoder) -> dict[str, float]:
    """Medians over 100 questions of retrieve and of the forward pass alone, taken in turn."""
    with QUESTIONS.open(encoding="utf-8") as file:
        questions = [json.loads(line)["query"] for line in file][:100]
    retriever.retrieve_batch(questions)
    pairs = []
    for question in questions:
        ids = encoder._tokenizer.feed(encoder.prompts.query, question).ids
        forward = partial(encoder._runtime.vectors, [ids], [question], Prompt("", 0), "query")
        pairs.append((seconds(partial(retriever.retrieve, question)), seconds(forward)))
    return {
        "retrieve": median(pair[0] for pair in pairs),
        "forward": median(pair[1] for pair in pairs),
        "retrieve_ratio": median(pair[0] / pair[1] for pair in pairs),
    }


def building(retriever: Retriever, encoder: Encoder) -> dict[str, float]:
    """Tokens a second of our encoder and of SentenceTransformer's, and the machine's peak."""
    from sentence_transformers import SentenceTransformer

    from embed.model import find_model

    texts = [
        passage.text
        for record in retriever.documents()
        for passage in retriever.passages(record.doc_id)
    ] * 2
    reference = SentenceTransformer(str(find_model().folder), device="cpu")

    def embed_with(batch_size: int) -> float:
        return seconds(
            partial(reference.encode, texts, batch_size=batch_size, normalize_embeddings=True)
        )

    embed_with(32)
    best = min(BATCH_SIZES, key=lambda size: min(embed_with(size), embed_with(size)))
    rounds = [
        (seconds(partial(encoder.encode_passages, texts)), embed_with(best), matrix_product())
        for _ in range(5)
    ]
    counts = [encoder.count_tokens(text) for text in texts]
    fed = [count + 2 for count in counts]
    operations = 2 * sum(length * (_PER_TOKEN + _PER_PAIR * length) for length in fed)
    return {
        "batch_size": best,
        "tokens": sum(counts) / median(ours for ours, _, _ in rounds),
        "reference_tokens": sum(counts) / median(theirs for _, theirs, _ in rounds),
        "tokens_ratio": median(theirs / ours for ours, theirs, _ in rounds),
        "model_flops": operations / median(ours for ours, _, _ in rounds),
        "peak_flops": max(peak for _, _, peak in rounds),
    }


def matrix_product(size: int = 2048) -> float:
    """Floating-point operations a second of a large float32 matrix product."""
    left = np.random.default_rng(0).random((size, size), dtype=np.float32)
    return 2 * size**3 / min(seconds(partial(np.matmul, left, left)) for _ in range(3))


def main() -> None:
    encoder = Encoder.load()
    with Retriever.open(sys.argv[1], encoder=encoder) as retriever:
        print(json.dumps(warm(retriever, encoder) | building(retriever, encoder)))


if __name__ == "__main__":
    main()
