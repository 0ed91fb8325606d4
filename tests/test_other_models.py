"""Models that people name, from the command line: what works, and what is refused."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from sentence_transformers import (
    CrossEncoder,
    MultiVectorEncoder,
    SentenceTransformer,
    SparseEncoder,
)
from sentence_transformers.base.modules import Router, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling
from tiny_models import WIDTH, save_static_model, save_tiny_model
from tokenizers import Tokenizer
from tokenizers.models import BPE, WordLevel
from transformers import BertConfig, BertForMaskedLM

from embed import Encoder, ModelError
from index import EncoderSource, build_index
from query import Retriever

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("cache")]

PARAGRAPH = "The delegation said that the ceasefire was for this winter. " * 2000


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "talks.txt").write_text("Talks\n\nA minister was silent.\n\nHe left by the river.\n")
    (folder / "long.txt").write_text(f"Long\n\n{PARAGRAPH}\n\nThe last word.\n")
    return folder


def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )


def test_a_static_model_from_build_to_verify(tmp_path: Path, articles: Path) -> None:
    model = save_static_model(tmp_path / "model")
    index = str(tmp_path / "index")
    built = run("index", "build", str(articles), "--index", index, "--model", str(model))
    said = f"Preparing the model {model} (once, up to a minute or two) ...\n"
    assert (built.returncode, built.stderr) == (0, said)
    answer = run("query", "--index", index, "--all", "-k", "1", "He left by a river")
    assert answer.returncode in {0, 1}
    assert "talks.txt:5" in answer.stdout
    verified = run("index", "verify", "--index", index)
    assert verified.returncode == 0
    assert "all the same to the last bit" in verified.stdout


def test_a_long_paragraph_is_one_passage_of_a_static_model(tmp_path: Path, articles: Path) -> None:
    """There is no limit of the model to split it for; ours is 32,768 tokens."""
    encoder = Encoder.load(str(save_static_model(tmp_path / "model")))
    (articles / "longer.txt").write_text(f"Longer\n\n{PARAGRAPH * 2}\n")
    report = build_index(articles, tmp_path / "index", EncoderSource.of(encoder))
    assert report.tokens_read == report.tokens_embedded > 60_000
    with Retriever.open(tmp_path / "index", encoder=encoder) as retriever:
        long = [len(passage.text) for passage in retriever.passages("long.txt")]
        assert long.count(len(PARAGRAPH.strip())) == 1
        passages = retriever.passages("longer.txt")
        counts = [encoder.count_tokens(passage.reading) for passage in passages]
        assert sorted(count > 10_000 for count in counts)[-2:] == [True, True]
        assert max(counts) <= 32_768


def test_a_passage_of_no_token_is_indexed(tmp_path: Path, articles: Path) -> None:
    """The tokenizer of a model may have no token for any character of a text."""
    tokenizer = Tokenizer(BPE({"A": 0, "m": 1}, []))  # which leaves out what it does not know
    encoder = Encoder.load(str(save_static_model(tmp_path / "model", tokenizer)))
    assert encoder.runtime == "onnxruntime"
    report = build_index(articles, tmp_path / "index", EncoderSource.of(encoder))
    assert report.tokens_read == report.tokens_embedded
    with Retriever.open(tmp_path / "index", encoder=encoder) as retriever:
        passages = retriever.passages("talks.txt")
        hits = retriever.retrieve("minister", mode="dense")
    assert [encoder.count_tokens(passage.reading) for passage in passages] == [2, 0]
    assert all(np.isfinite(hit.score) for hit in hits)


def multi_vector(folder: Path, plain: Path) -> None:
    MultiVectorEncoder(str(plain), device="cpu").save(str(folder))


def sparse(folder: Path, plain: Path) -> None:
    model = BertForMaskedLM(BertConfig.from_pretrained(plain))
    (plain / "model.safetensors").unlink()
    model.save_pretrained(plain)
    SparseEncoder(str(plain), device="cpu").save(str(folder))


def cross(folder: Path, plain: Path) -> None:
    CrossEncoder(str(plain), num_labels=1, device="cpu").save(str(folder))


def router(folder: Path, plain: Path) -> None:
    static = SentenceTransformer(str(save_static_model(plain.with_name("static"))), device="cpu")
    documents = [Transformer(str(plain)), Pooling(WIDTH)]
    modules = [Router.for_query_document(query_modules=list(static), document_modules=documents)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))


def other_lengths(folder: Path, plain: Path) -> None:
    """Documents are cut off earlier than the tokenizer says."""
    modules = [Transformer(str(plain), document_length=20), Pooling(WIDTH)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))


def no_pooling(folder: Path, plain: Path) -> None:
    SentenceTransformer(modules=[Transformer(str(plain))], device="cpu").save(str(folder))


def too_long(folder: Path, plain: Path) -> None:
    """It is said to read more tokens than it has positions for."""
    save_tiny_model(folder, "RoBERTa")
    settings = json.loads((folder / "tokenizer_config.json").read_bytes())
    limit = {
        "model_max_length": json.loads((folder / "config.json").read_bytes())[
            "max_position_embeddings"
        ]
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | limit))


def damaged(folder: Path, plain: Path) -> None:
    save_static_model(folder)
    table = load_file(folder / "model.safetensors")["embedding.weight"]
    save_file({"embedding.other": table}, folder / "model.safetensors")


def no_unknown(folder: Path, plain: Path) -> None:
    """Its tokenizer knows one word, and fails at any other."""
    save_static_model(folder, Tokenizer(WordLevel({"the": 0})))


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (multi_vector, "is a MultiVectorEncoder, which gives a vector for each token"),
        (sparse, "is a SparseEncoder, which gives a weight for each word"),
        (cross, "is a CrossEncoder, which scores pairs of texts"),
        (router, "has the module Router, which sends questions and documents"),
    ],
)
def test_another_kind_of_model_is_one_clear_line(
    tmp_path: Path, articles: Path, save: Callable[[Path, Path], None], said: str
) -> None:
    save_tiny_model(tmp_path / "bert")
    folder = tmp_path / "model"
    save(folder, tmp_path / "bert-plain")
    index = tmp_path / "index"
    built = run("index", "build", str(articles), "--index", str(index), "--model", str(folder))
    assert (built.returncode, built.stdout) == (2, "")
    assert said in built.stderr
    assert built.stderr.count("\n") == 1
    assert not (index / "CURRENT").exists()


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (other_lengths, "reads other tokens of"),
        (no_pooling, "it has no Pooling"),
        (too_long, "sentence-transformers cannot run the model"),
        (damaged, "sentence-transformers cannot load the model"),
        (no_unknown, "the tokenizer of .* fails: WordLevel error"),
    ],
)
def test_a_model_that_does_not_do_what_it_says_is_refused(
    tmp_path: Path, save: Callable[[Path, Path], None], said: str
) -> None:
    save_tiny_model(tmp_path / "bert")
    folder = tmp_path / "model"
    save(folder, tmp_path / "bert-plain")
    with pytest.raises(ModelError, match=said) as refusal:
        Encoder.load(str(folder))
    assert "\n" not in str(refusal.value)
