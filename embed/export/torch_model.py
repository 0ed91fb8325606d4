"""The model in torch, as sentence-transformers loads it, and what an export takes from it."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from embed.cache import Prompts
from embed.errors import ModelError
from embed.export.installed import check_installed
from embed.model import Model
from embed.runtime import SENTENCE_TRANSFORMERS, Prompt, Task, fill_zero_rows
from embed.telemetry import switch_off_telemetry
from embed.tokens import TextTokenizer

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    from embed.shares import Head

    _Reader = Callable[[torch.Tensor], dict[str, torch.Tensor]]

# How many characters of a text sentence-transformers is given: the memory of its tokenizer grows
# with its input.
_LONGEST_TEXT = 1 << 20
# Tokenizers without a limit say 10 ** 30.
_LARGEST_LIMIT = 1 << 20
# A static model reads texts of any length. Its graph takes memory for a vector of each token.
_STATIC_LIMIT = 1 << 15


# The largest difference in a component between a layer and the matrix that stands for it.
_LINEAR = 1e-3


class NoTokenSharesError(Exception):
    """Raised with the reason if the vector of a text does not add up over its tokens."""


def load_source(model: Model) -> SentenceTransformer:
    """Return the SentenceTransformer, in float32, from safetensors, without remote code, offline.

    Raises ModelError if sentence-transformers cannot load it, or is not installed.
    """
    check_installed(f"the model {model.name}")
    switch_off_telemetry()
    with quiet():
        from sentence_transformers import SentenceTransformer

        try:
            source = SentenceTransformer(
                str(model.folder),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={
                    "use_safetensors": True,
                    "torch_dtype": "float32",
                    "attn_implementation": "eager",
                },
            )
        except Exception as error:
            raise ModelError(
                f"sentence-transformers cannot load the model {model.name}: {_first_line(error)}"
            ) from error
    return source.float().eval()


def _first_line(error: Exception) -> str:
    """Return what an error says, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _is_static(source: SentenceTransformer) -> bool:
    """Return whether a model is a table of vectors of tokens, the mean of which it takes."""
    from tokenizers import Tokenizer

    # sentence-transformers gives it a tokenizer of `tokenizers`, and others one of `transformers`.
    return isinstance(source.tokenizer, Tokenizer)


def token_reader(source: SentenceTransformer) -> _Reader:
    """Return what makes vectors of token ids of one length, without those that are padded.

    Its result has "token_embeddings", and for a static model "sentence_embedding" too.
    """
    return _static_reader(source[0]) if _is_static(source) else _transformer_reader(source)


def _transformer_reader(source: SentenceTransformer) -> _Reader:
    """Return the first module of a transformer, with a mask of ones that is made in the graph."""
    import torch

    uses_types = "token_type_ids" in getattr(source.tokenizer, "model_input_names", [])

    def read(input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        features = {"input_ids": input_ids, "attention_mask": torch.ones_like(input_ids)}
        if uses_types:
            features["token_type_ids"] = torch.zeros_like(input_ids)
        vectors: dict[str, torch.Tensor] = source[0](features)
        return vectors

    return read


def _static_reader(module: torch.nn.Module) -> _Reader:
    """Return the mean of the vectors of tokens, and zeros for a text of none."""
    import torch

    def read(input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        vectors = torch.nn.functional.embedding(input_ids, module.embedding.weight)
        tokens = torch.ones_like(input_ids).sum(dim=1, keepdim=True).clamp(min=1)
        return {"sentence_embedding": vectors.sum(dim=1) / tokens, "token_embeddings": vectors}

    return read


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars and warnings: a library prints nothing."""
    from transformers.utils import logging

    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def prompts_of(source: SentenceTransformer) -> Prompts:
    """Return the model's prompts, by the names that sentence-transformers looks for."""
    prompts = {name: text or "" for name, text in source.prompts.items()}
    # sentence-transformers 6 adds an empty "document" prompt to every model, and so passes over
    # the "passage" prompt of those that have one; what a model sets is what counts here.
    candidates = (prompts.get(name, "") for name in ("document", "passage", "corpus"))
    return Prompts(
        default=prompts.get(source.default_prompt_name or "", ""),
        query=prompts.get("query", ""),
        document=next(filter(None, candidates), ""),
    )


def max_tokens_of(source: SentenceTransformer) -> int:
    """Return the most tokens that the model reads, special tokens included.

    A static model has no limit, unless its tokenizer cuts off. It gets one of ours.
    """
    if _is_static(source):
        cutting = source.tokenizer.truncation
        return min(cutting["max_length"] if cutting else _STATIC_LIMIT, _STATIC_LIMIT)
    limit = source.max_seq_length
    if limit is None or limit > _LARGEST_LIMIT:
        limit = getattr(source[0].auto_model.config, "max_position_embeddings", 512)
    return int(limit)


def fast_tokenizer(source: SentenceTransformer, name: str) -> Tokenizer:
    """Return a copy of the tokenizer that sentence-transformers uses, without cutting or padding.

    Raises ModelError if the model `name` has none of the kind that tells token offsets.
    """
    from tokenizers import Tokenizer

    if _is_static(source):  # which reads no special tokens, whatever its tokenizer says of them
        settings = json.loads(source.tokenizer.to_str())
        copy = Tokenizer.from_str(json.dumps(settings | {"post_processor": None}))
    else:
        backend = getattr(source.tokenizer, "backend_tokenizer", None)
        if not isinstance(backend, Tokenizer):
            raise ModelError(f"{name} has no fast tokenizer, which finding token offsets needs")
        copy = Tokenizer.from_str(backend.to_str())
    copy.no_truncation()
    copy.no_padding()
    return copy


def check_tokens(
    source: SentenceTransformer,
    tokenizer: TextTokenizer,
    texts: Sequence[str],
    prompts: Prompts,
    name: str,
) -> None:
    """Check that the model is fed the ids that our tokenizer gives it, in each of its roles.

    They are what its tokens are counted by. Raises ModelError if the model `name` reads others, or
    if its tokenizer does not run.
    """
    if not hasattr(source, "preprocess"):  # sentence-transformers 5, which does not tell them
        return
    for prompt, task in prompts.roles():
        for text in texts:
            try:
                with quiet():
                    read = source.preprocess([text], prompt=prompt or None, task=task)["input_ids"]
            except Exception as error:
                raise ModelError(f"the tokenizer of {name} fails: {_first_line(error)}") from error
            if read.flatten().tolist() != tokenizer.feed(prompt, text).ids.tolist():
                raise ModelError(
                    f"{name} reads other tokens of {text[:40]!r} than its tokenizer gives, so that "
                    "nobody could say whether a text is read whole: it cannot be used"
                )


def reference_vectors(
    source: SentenceTransformer, texts: Sequence[str], prompts: Prompts, name: str
) -> list[NDArray[np.float32]]:
    """Return vectors of texts by the model itself, for each of the roles of its prompts.

    Each array has shape (len(texts), dim), float32, with rows of length 1. Raises ModelError if
    the model `name` does not run.
    """
    try:
        with quiet():
            references = [
                source.encode(
                    list(texts),
                    prompt=prompt,
                    task=task,
                    normalize_embeddings=True,
                    batch_size=4,
                    show_progress_bar=False,
                )
                for prompt, task in prompts.roles()
            ]
    except Exception as error:
        if isinstance(error, KeyError) and error.args == ("sentence_embedding",):
            raise ModelError(
                f"{name} gives no vector for a text: it has no Pooling, nor another module for that"
            ) from error
        raise ModelError(
            f"sentence-transformers cannot run the model {name}: {_first_line(error)}"
        ) from error
    for vectors in references:
        fill_zero_rows(vectors)
    return references


class TorchRuntime:
    """A model that cannot be exported, run by sentence-transformers itself."""

    name = SENTENCE_TRANSFORMERS
    batch_tokens = 0

    def __init__(self, source: SentenceTransformer) -> None:
        self._source = source
        self._read = token_reader(source)
        others = list(source)[1:]
        self.excludes_prompt = any(
            getattr(module, "include_prompt", True) is False for module in others
        )

    @classmethod
    def load(cls, model: Model) -> TorchRuntime:
        """Load the model, with a warning that this is the slow way."""
        warnings.warn(
            f"{model.name} cannot be exported to ONNX with the same vectors: "
            "it runs in sentence-transformers, which is slower",
            stacklevel=5,  # the caller of `Encoder.load` or `Encoder.open`
        )
        return cls(load_source(model))

    def vectors(
        self,
        ids: Sequence[NDArray[np.int64]],
        texts: Sequence[str],
        prompt: Prompt,
        task: Task | None,
    ) -> NDArray[np.float32]:
        """Return vectors of texts, as `Runtime` says; the ids are not read."""
        vectors: NDArray[np.float32] = self._source.encode(
            [text[:_LONGEST_TEXT] for text in texts],
            prompt=prompt.text,
            task=task,
            normalize_embeddings=True,
            batch_size=1,
            show_progress_bar=False,
        )
        return vectors

    def token_vectors(
        self, ids: Sequence[NDArray[np.int64]], prompt: Prompt
    ) -> NDArray[np.float32]:
        """Return the vectors of tokens, as `Runtime` says."""
        import numpy as np
        import torch

        with torch.inference_mode():
            read = self._read(torch.from_numpy(np.stack(ids)))
        vectors: NDArray[np.float32] = read["token_embeddings"].numpy()
        return vectors


def mean_head(source: SentenceTransformer) -> Head:
    """Return what a model does with the mean of its tokens' vectors.

    Raises NoTokenSharesError if it does not take the mean, or if what it makes of it is not linear.
    """
    import numpy as np
    import torch
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    from embed.shares import Head

    _, *others = source
    if _is_static(source):
        width = int(source[0].embedding.weight.shape[1])
    else:
        pooling = others.pop(0) if others else None
        if not isinstance(pooling, Pooling):
            raise NoTokenSharesError("it has a module between its tokens and its pooling")
        if pooling.pooling_mode not in ("mean", ("mean",), ["mean"]):
            raise NoTokenSharesError(f"its pooling is {pooling.pooling_mode}, which is not a mean")
        width = int(pooling.embedding_dimension)
    while others and isinstance(others[-1], Normalize):
        others.pop()
    if not others and source.truncate_dim is None:
        return Head()

    def applied(means: NDArray[np.float32]) -> NDArray[np.float64]:
        features = {"sentence_embedding": torch.from_numpy(means)}
        with torch.inference_mode():
            for module in others:
                features = module(features)
        vectors: NDArray[np.float32] = features["sentence_embedding"].numpy()
        return vectors[:, : source.truncate_dim].astype(np.float64)

    bias = applied(np.zeros((1, width), dtype=np.float32))
    matrix = applied(np.eye(width, dtype=np.float32)) - bias
    some = np.random.default_rng(0).normal(size=(4, width))
    if np.abs(applied(some.astype(np.float32)) - (some @ matrix + bias)).max() > _LINEAR:
        raise NoTokenSharesError("a layer after its pooling is not linear")
    return Head(matrix.T.astype(np.float32), bias[0].astype(np.float32))
