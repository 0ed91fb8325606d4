"""Texts to unit vectors, with `tokenizers` and ONNX Runtime.

A vector depends on its text alone, to the last bit: not on what else is encoded with it, nor on
the number of threads. So an index kept up to date is the same, byte for byte, as one built from
nothing. Only texts of exactly equal length are run together, nothing is padded, and only where the
graph was seen, when it was exported, to give the same bits as it does for each text alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

# numpy is imported where it is used: `Encoder.open` hashes the weights while it loads.
from embed import cache
from embed.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

    from embed.model import Model

OnBatch = Callable[[int, int], None]
Task = Literal["query", "document"]

# Sentences run 1.25 times as fast in batches of this many tokens as one by one; more gains nothing.
BATCH_TOKENS = 512
# Texts in flight at once: a window's token arrays exist only while they are worked on.
WINDOW = 4096
# A tokenizer's memory grows with its input, so a long text is given to it in pieces of about this
# many characters, cut after whitespace, where no word piece crosses ...
PIECE = 1 << 16
# ... and inside a word only where there is no whitespace for this long.
LONGEST_PIECE = 1 << 20
SURROGATE = re.compile("[\ud800-\udfff]")


class Runtime(Protocol):
    """What turns the tokens of one text into its vector."""

    name: str
    batch_tokens: int
    """Most tokens worth running at once; 0 to be given one text at a time."""

    def vectors(
        self,
        ids: Sequence[NDArray[np.int64]],
        texts: Sequence[str],
        prompt: str,
        task: Task | None,
    ) -> NDArray[np.float32]:
        """Vectors of texts of one length in tokens, shape (n, dim), float32, rows of length 1."""


class Feed(NamedTuple):
    """One text as the model is fed it."""

    ids: NDArray[np.int64]
    tokens: int
    """How many of the ids are word pieces of the text, special tokens and prompt not counted."""


class Encoder:
    """A sentence-embedding model: texts in, unit vectors out. Safe to share between threads."""

    def __init__(
        self,
        manifest: cache.Manifest,
        tokenizer: Tokenizer,
        runtime: Runtime,
        *,
        name: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.name = name or manifest.name
        self.fingerprint = manifest.fingerprint
        self.precision = manifest.precision
        self.dim = manifest.dim
        self.max_tokens = manifest.max_tokens
        self.prompts = manifest.prompts
        self._tokenizer = tokenizer
        self._runtime = runtime
        self._threads = threads or available_cores()
        self._budget = runtime.batch_tokens
        self._special = tokenizer.num_special_tokens_to_add(False)

    @classmethod
    def load(
        cls,
        name: str | None = None,
        *,
        precision: str = "fp32",
        threads: int | None = None,
    ) -> Encoder:
        """Find a model by name or folder and open it, exporting it first where that is needed.

        `threads` is the number of texts worked on at once (default: the cores of this process).
        Raises ModelError.
        """
        from embed.model import find_model

        return cls._of(find_model(name), precision, threads)

    @classmethod
    def open(
        cls,
        fingerprint: str,
        name: str | None = None,
        precision: str = "fp32",
        *,
        threads: int | None = None,
        one_off: bool = False,
    ) -> Encoder:
        """Open the model that an index was built with, by the fingerprint the index recorded.

        Goes straight to the exported graph, without looking at the model it came from; `name` is
        where to find that model, on this machine, if the export is damaged. `one_off` is for a
        process that encodes a text or two and ends: it opens sooner and runs slower, and the
        vectors differ in their last bits (by about 1e-7) from those of an encoder that stays.
        Raises ModelError, one naming both fingerprints if that is another model now.
        """
        opened = cache.open_export(fingerprint, precision, one_off=one_off)
        if opened is not None:
            return cls(*opened, name=name, threads=threads)
        from embed.model import announced_model, find_model

        packaged = announced_model()
        if cache.fingerprint_with(packaged.fingerprint, precision) == fingerprint:
            return cls.load(precision=precision, threads=threads)
        # An index may come from anybody, and bring a model along. One that somebody here has never
        # named is not run, and none is fetched.
        if not cache.is_known(fingerprint, precision):
            raise ModelError(
                f"the index was built with {name or 'another model'} ({precision}, {fingerprint}), "
                f"which was never used here, not with {packaged.name} ({packaged.fingerprint}): "
                f"if you trust it, name it yourself with --model, or build the index again"
            )
        model = find_model(name, download=False)
        if cache.fingerprint_with(model.fingerprint, precision) != fingerprint:
            raise ModelError(
                f"the index was built with another model than {model.name} is now ({precision}): "
                f"its fingerprint was {fingerprint}, and is {model.fingerprint}; "
                "build the index again or name the model it was built with"
            )
        return cls._of(model, precision, threads)

    @classmethod
    def _of(cls, model: Model, precision: str, threads: int | None) -> Encoder:
        """Open the export of a model that was found, made first where there is none."""
        opened = cache.open_or_export(model, precision)
        return cls(*opened, name=model.name, threads=threads)

    @property
    def runtime(self) -> str:
        """What runs the model: "onnxruntime", or "sentence-transformers" where export failed."""
        return self._runtime.name

    @property
    def token_limit(self) -> int:
        """Most word pieces a passage may have to be embedded whole."""
        return self.max_tokens - self._special - self.count_tokens(self.prompts.document)

    def encode(
        self, texts: Sequence[str], *, on_batch: OnBatch | None = None
    ) -> NDArray[np.float32]:
        """Vectors of texts, shape (len(texts), dim), float32, rows of length 1.

        A text longer than the model reads is cut off, as sentence-transformers does. `on_batch`
        is called with increments: texts done, and word pieces of them that the model was fed
        (special tokens and prompt not counted).
        """
        return self.encode_as(texts, self.prompts.default, None, on_batch)

    def encode_passages(
        self, texts: Sequence[str], *, on_batch: OnBatch | None = None
    ) -> NDArray[np.float32]:
        """Vectors of passages: as `encode`, with the model's own prompt for documents."""
        return self.encode_as(texts, self.prompts.document, "document", on_batch)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of questions: as `encode`, with the model's own prompt for queries."""
        return self.encode_as(texts, self.prompts.query, "query", None)

    def count_tokens(self, text: str) -> int:
        """Word pieces of `text`, special tokens and prompts not counted, nothing cut off."""
        return sum(len(encoding) for _, encoding in self._tokenize(text))

    def token_offsets(self, text: str) -> list[tuple[int, int]]:
        """The code-point span of each word piece of `text`."""
        return [
            (offset + start, offset + end)
            for offset, encoding in self._tokenize(text)
            for start, end in encoding.offsets
        ]

    def encode_as(
        self,
        texts: Sequence[str],
        prompt: str,
        task: Task | None,
        on_batch: OnBatch | None = None,
    ) -> NDArray[np.float32]:
        """Vectors of texts, each after `prompt`: what the other ways to encode come down to."""
        import numpy as np

        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, not one string")
        vectors = np.empty((len(texts), self.dim), dtype=np.float32)

        def embed(rows: list[int]) -> None:
            chosen = [without_surrogates(texts[row]) for row in rows]
            vectors[rows] = self._runtime.vectors(
                [fed[row].ids for row in rows], chosen, prompt, task
            )

        with self._workers(len(texts)) as spread:
            for start in range(0, len(texts), WINDOW):
                window = range(start, min(start + WINDOW, len(texts)))
                feeds = spread(lambda row: self._feed(prompt, texts[row]), window)
                fed = dict(zip(window, feeds, strict=True))
                batches = equal_batches({row: len(fed[row].ids) for row in window}, self._budget)
                for rows, _ in zip(batches, spread(embed, batches), strict=True):
                    if on_batch is not None:
                        on_batch(len(rows), sum(fed[row].tokens for row in rows))
        return vectors

    @contextmanager
    def _workers(self, texts: int) -> Iterator[Callable[..., Iterator[Any]]]:
        """A `map` that spreads its work over this encoder's threads, in order."""
        threads = min(self._threads, texts)
        if threads <= 1:
            yield map
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            yield pool.map

    def _feed(self, prompt: str, text: str) -> Feed:
        """The token ids of one text as the model is fed them."""
        import numpy as np

        room = self.max_tokens - self._special
        pieces: list[Encoding] = []
        tokens = 0
        for offset, piece in self._tokenize(prompt + text):
            piece.truncate(room)
            room -= len(piece)
            tokens += sum(end + offset > len(prompt) for _, end in piece.offsets)
            pieces.append(piece)
            if room <= 0:
                break
        whole = pieces[0] if len(pieces) == 1 else type(pieces[0]).merge(pieces, True)
        return Feed(np.array(self._tokenizer.post_process(whole).ids, dtype=np.int64), tokens)

    def _tokenize(self, text: str) -> Iterator[tuple[int, Encoding]]:
        """Encodings of the pieces of a text, each with the code point it starts at."""
        for start, piece in split_pieces(text):
            yield start, self._tokenizer.encode(without_surrogates(piece), add_special_tokens=False)


class GraphRuntime:
    """An exported graph in ONNX Runtime."""

    name = "onnxruntime"

    def __init__(self, graph: str, *, batches: bool = False, one_off: bool = False) -> None:
        from embed.telemetry import import_onnxruntime

        onnxruntime = import_onnxruntime()
        self.batch_tokens = BATCH_TOKENS if batches else 0
        options = onnxruntime.SessionOptions()
        # One thread a run: batches are run side by side, which keeps every core busy without
        # threads waiting for each other inside a matrix product (1.6 times the throughput of one
        # batch at a time on two threads).
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The graph was optimised when it was exported.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        if one_off:
            # Copying every weight into the order that matrix products like takes 35 ms of the
            # 45 ms that a session takes to load, and saves 10 ms a run on a short text.
            options.add_session_config_entry("session.disable_prepacking", "1")
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )

    def vectors(
        self,
        ids: Sequence[NDArray[np.int64]],
        texts: Sequence[str],
        prompt: str,
        task: Task | None,
    ) -> NDArray[np.float32]:
        """Vectors of texts of one length in tokens, shape (n, dim), float32, rows of length 1."""
        import numpy as np

        vectors: NDArray[np.float32] = self._session.run(None, {"input_ids": np.stack(ids)})[0]
        return vectors


def equal_batches(lengths: dict[int, int], budget: int) -> list[list[int]]:
    """Rows in batches of one length and at most `budget` tokens (or one row), longest first."""
    batches: list[list[int]] = []
    for row in sorted(lengths, key=lambda row: (-lengths[row], row)):
        length = lengths[row]
        full = not batches or (len(batches[-1]) + 1) * length > budget
        if full or lengths[batches[-1][0]] != length:
            batches.append([])
        batches[-1].append(row)
    return batches


def split_pieces(text: str) -> Iterator[tuple[int, str]]:
    """Pieces of a text and where each starts: itself, or cut after whitespace where it is long."""
    start = 0
    while len(text) - start > PIECE:
        end = end_of_piece(text, start)
        yield start, text[start:end]
        start = end
    if start < len(text) or not text:
        yield start, text[start:]


def end_of_piece(text: str, start: int) -> int:
    """Where to end the piece that starts at `start`."""
    near, far = start + PIECE, start + LONGEST_PIECE
    space = max(text.rfind(" ", start, near), text.rfind("\n", start, near))
    if space < 0:
        spaces = [text.find(" ", near, far), text.find("\n", near, far)]
        space = min((found for found in spaces if found >= 0), default=far - 1)
    return min(space + 1, len(text))


def without_surrogates(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no tokenizer takes."""
    return SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def available_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
