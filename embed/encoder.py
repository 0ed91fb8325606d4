"""`Encoder`: texts to unit vectors, with `tokenizers` and ONNX Runtime.

This is the one place where a model is opened, by its name or by its fingerprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

# numpy, tokenizers and onnxruntime are imported when they are used: `open_export` hashes the
# weights while it loads them.
from embed.batches import BatchEncoder, OnBatch
from embed.cache import (
    ExportManifest,
    StoredExport,
    cache_folder,
    export_folder,
    fingerprint_with,
    is_known,
)
from embed.errors import ModelError
from embed.operating_system import available_cores
from embed.runtime import SENTENCE_TRANSFORMERS, GraphRuntime, Runtime
from embed.tokens import TextTokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from embed.export.exporting import OnExport
    from embed.model import Model
    from embed.shares import TokenShares


_KEPT: list[Encoder] = []
"""Encoders that end with the process, at once: to take the vocabulary of one apart takes 7 ms."""


class Encoder:
    """A sentence-embedding model: texts in, unit vectors out. Safe to share between threads."""

    def __init__(
        self,
        manifest: ExportManifest,
        tokenizer: Tokenizer,
        runtime: Runtime,
        head: bytes | None = None,
        *,
        name: str | None = None,
        threads: int | None = None,
        one_off: bool = False,
    ) -> None:
        self.name = name or manifest.name
        self.fingerprint = manifest.fingerprint
        self.precision = manifest.precision
        self.dim = manifest.dim
        self.max_tokens = manifest.max_tokens
        self.prompts = manifest.prompts
        self.no_token_shares = manifest.no_token_shares
        self._runtime = runtime
        self._one_off = one_off
        self._head = head
        self._threads = threads or available_cores()
        self._tokenizer = TextTokenizer(tokenizer, manifest.max_tokens)
        self._batches = BatchEncoder(self._tokenizer, runtime, manifest.dim, self._threads)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        precision: str = "fp32",
        threads: int | None = None,
        on_export: OnExport | None = None,
    ) -> Encoder:
        """Find a model by name or folder and open it; it is exported first if it was not yet.

        `threads` is the number of texts worked on at once (default: the cores of this process).
        `on_export` is called with the model before it is exported, which takes a while.
        Raises ModelError if the model is missing, damaged or refused, or cannot be exported.
        """
        from embed.model import find_model

        return cls._open_or_export(find_model(name), precision, threads, on_export)

    @classmethod
    def open(
        cls,
        fingerprint: str,
        name: str | None = None,
        precision: str = "fp32",
        *,
        model: str | None = None,
        threads: int | None = None,
        one_off: bool = False,
        on_export: OnExport | None = None,
    ) -> Encoder:
        """Open the model that an index was built with, by the fingerprint the index recorded.

        This goes straight to the exported graph, without looking at the model it came from. `name`
        is where to find that model, on this machine, if the export is damaged. `model` is the model
        to use in place of the recorded one, by name or folder, as `load` takes it; whether it is
        the same is for the caller to check.

        `one_off` is for a process that encodes a text or two and ends: the model opens sooner and
        runs slower, and the vectors differ in their last bits (by about 1e-7) from those of an
        encoder that stays. It has no effect if the model has to be loaded by name. `on_export` is
        called as `load` says.

        Raises ModelError if the model cannot be opened; the message names both fingerprints if it
        is another model now.
        """
        if model is not None:
            return cls.load(model, precision=precision, threads=threads, on_export=on_export)
        opened = open_export(fingerprint, precision, one_off=one_off)
        if opened is not None:
            encoder = cls(*opened, name=name, threads=threads, one_off=one_off)
            if one_off:
                _KEPT.append(encoder)
            return encoder
        from embed.model import announced_model, find_model

        packaged = announced_model()
        if fingerprint_with(packaged.fingerprint, precision) == fingerprint:
            return cls.load(precision=precision, threads=threads, on_export=on_export)
        # An index may come from anybody, and name any model. A model that was never used on this
        # machine is refused, and nothing is downloaded.
        if not is_known(fingerprint, precision):
            raise ModelError(
                f"the index was built with {name or 'another model'} ({precision}, {fingerprint}), "
                f"which was never used here, not with {packaged.name} ({packaged.fingerprint}): "
                f"if you trust it, name it yourself with --model, or build the index again"
            )
        found = find_model(name, download=False)
        if fingerprint_with(found.fingerprint, precision) != fingerprint:
            raise ModelError(
                f"the index was built with another model than {found.name} is now ({precision}): "
                f"its fingerprint was {fingerprint}, and is {found.fingerprint}; "
                "build the index again or name the model it was built with"
            )
        return cls._open_or_export(found, precision, threads, on_export)

    @classmethod
    def _open_or_export(
        cls, model: Model, precision: str, threads: int | None, on_export: OnExport | None
    ) -> Encoder:
        """Open the export of a model that was found; make it first if it is missing or damaged."""
        if precision not in {"fp32", "int8"}:
            raise ModelError(f"there is no precision {precision!r}: choose fp32 or int8")
        from embed.export.exporting import export_model

        fingerprint = fingerprint_with(model.fingerprint, precision)
        for _ in range(3):  # another process may be replacing a damaged export at the same time
            opened = open_export(fingerprint, precision, model)
            if opened is not None:
                return cls(*opened, name=model.name, threads=threads)
            export_model(model, precision, on_export)
        raise ModelError(
            f"the export of {model.name} in {cache_folder()} is damaged again and again"
        )

    @property
    def runtime(self) -> str:
        """The library that runs the model: "onnxruntime", or "sentence-transformers"."""
        return self._runtime.name

    @property
    def token_limit(self) -> int:
        """The most word pieces that a passage may have to be embedded whole."""
        return self._tokenizer.room - self._tokenizer.count(self.prompts.document)

    def encode(
        self, texts: Sequence[str], *, on_batch: OnBatch | None = None
    ) -> NDArray[np.float32]:
        """Return vectors of texts, shape (len(texts), dim), float32, with rows of length 1.

        A text longer than `max_tokens` is cut off, as sentence-transformers does. (It cuts nothing
        off for a static model, which has no limit. Ours is 32,768 tokens then, to bound memory.) A
        text of which the model makes nothing gets the last unit vector: see `fill_zero_rows`.
        `on_batch` is called with increments: texts done, and word pieces of them that the model was
        fed (special tokens and prompt not counted).
        """
        return self._batches.encode(texts, self.prompts.default, None, on_batch)

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: OnBatch | None = None
    ) -> NDArray[np.float32]:
        """Return vectors of passages: as `encode`, with the model's own prompt for documents."""
        return self._batches.encode(texts, self.prompts.document, "document", on_batch)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of questions: as `encode`, with the model's own prompt for queries."""
        return self._batches.encode(texts, self.prompts.query, "query")

    def encode_fixed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors as `encode_queries` does, of questions that are always the same.

        They are kept beside the exported model, and the same to the last bit if they are read.
        """
        if self._one_off:  # which has other last bits
            return self.encode_queries(texts)
        from embed.query_vectors import kept_vectors

        folder = export_folder(self.fingerprint, self.precision)
        asked = [self.prompts.query + text for text in texts]
        return kept_vectors(folder, self.dim, asked, lambda: self.encode_queries(texts))

    def token_shares(
        self, question: NDArray[np.float32], texts: Sequence[str]
    ) -> list[TokenShares]:
        """Return what each token of passages adds to their cosines with a vector, float32 (dim,).

        The sums are the cosines with the vectors of `encode_passages`, as far as float32 goes.
        Raises ModelError if the vectors of the model do not add up over tokens: `no_token_shares`
        says why.
        """
        from embed.shares import Head, TokenSharer

        if self.no_token_shares:
            raise ModelError(f"{self.name} has no shares of tokens: {self.no_token_shares}")
        head = Head() if self._head is None else Head.of_bytes(self._head)
        sharer = TokenSharer(self._tokenizer, self._runtime, head, self._threads)
        return sharer.shares(question, texts, self.prompts.document)

    def count_tokens(self, text: str) -> int:
        """Return the number of word pieces of a text as a passage, nothing cut off.

        Those of the prompt for documents and special tokens are not counted.
        """
        return self._tokenizer.count(text, self.prompts.document)

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the start and the end of each word piece, in code points of the text."""
        return self._tokenizer.offsets(text)


class OpenedExport(NamedTuple):
    """The parts of an encoder."""

    manifest: ExportManifest
    tokenizer: Tokenizer
    runtime: Runtime
    head: bytes | None


def open_export(
    fingerprint: str, precision: str, model: Model | None = None, *, one_off: bool = False
) -> OpenedExport | None:
    """Open an export and verify every byte of it; return None if it is missing or damaged.

    `model` is needed only if the export says that the model itself has to run.
    """
    stored = StoredExport.read(fingerprint, precision)
    if stored is None:
        return None
    from tokenizers import Tokenizer

    manifest = stored.manifest
    if manifest.runtime == SENTENCE_TRANSFORMERS:
        if model is None:
            return None
        from embed.export.torch_model import TorchRuntime

        runtime: Runtime = TorchRuntime.load(model)
    else:
        try:
            runtime = GraphRuntime(str(stored.graph), batches=manifest.batches, one_off=one_off)
        except Exception:
            if stored.is_whole():
                raise
            return None
    tokenizer = Tokenizer.from_file(str(stored.tokenizer))
    head = stored.head.read_bytes() if stored.head is not None else None
    return OpenedExport(manifest, tokenizer, runtime, head) if stored.is_whole() else None
