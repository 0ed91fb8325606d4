"""Running a model: token ids in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from embed.telemetry import import_onnxruntime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Task = Literal["query", "document"]

ONNXRUNTIME, SENTENCE_TRANSFORMERS = "onnxruntime", "sentence-transformers"

INPUT_IDS, PROMPT_LENGTH = "input_ids", "prompt_length"
"""The inputs of a graph; the second only if the model leaves the prompt out of its pooling."""

UNIT_VECTORS, TOKEN_VECTORS = "unit_vectors", "token_vectors"
"""The outputs of a graph: the vectors of texts, and those of their tokens before the pooling."""

# Sentences run 1.25 times as fast in batches of this many tokens as one by one; more gains nothing.
_BATCH_TOKENS = 512


class Prompt(NamedTuple):
    """What stands before a text."""

    text: str
    length: int
    """How many of the ids, from the first on, come before those of the text."""


class Runtime(Protocol):
    """Turns the tokens of texts into their vectors."""

    name: str
    batch_tokens: int
    """The most tokens that are worth running at once; 0 if texts are to be run one at a time."""
    excludes_prompt: bool
    """Whether the model leaves the prompt out of its pooling."""

    def vectors(
        self,
        ids: Sequence[NDArray[np.int64]],
        texts: Sequence[str],
        prompt: Prompt,
        task: Task | None,
    ) -> NDArray[np.float32]:
        """Return vectors of texts of one length in tokens.

        `ids` and `texts` are the same n texts. The ids have shape (tokens,), and hold the prompt
        already. The result has shape (n, dim), float32, with rows of length 1, or of zeros for
        texts of which the model makes nothing.
        """

    def token_vectors(
        self, ids: Sequence[NDArray[np.int64]], prompt: Prompt
    ) -> NDArray[np.float32]:
        """Return the vectors of the tokens of n texts of one length, before they are pooled.

        `ids` are as `vectors` takes them. The result has shape (n, tokens, width), float32.
        """


class GraphRuntime:
    """An exported graph in ONNX Runtime, which reads the ids, and how many are of the prompt."""

    name = ONNXRUNTIME

    def __init__(self, graph: str, *, batches: bool = False, one_off: bool = False) -> None:
        """Load the graph in the file `graph`.

        `batches` says that texts of one length may be run together. `one_off` is for a process
        that encodes a text or two and ends.
        """
        onnxruntime = import_onnxruntime()
        self.batch_tokens = _BATCH_TOKENS if batches else 0
        options = onnxruntime.SessionOptions()
        # Each run has one thread: batches are run side by side, which keeps every core busy without
        # threads waiting for each other inside a matrix product (1.6 times the throughput of one
        # batch at a time on two threads).
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # The graph was optimised when it was exported.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        if one_off:
            # Copying every weight into the order that matrix products like takes 35 ms of the
            # 45 ms that a session takes to load, and saves 10 ms of each run on a short text.
            options.add_session_config_entry("session.disable_prepacking", "1")
        self._session = onnxruntime.InferenceSession(
            graph, options, providers=["CPUExecutionProvider"]
        )
        self.excludes_prompt = len(self._session.get_inputs()) > 1

    def vectors(
        self,
        ids: Sequence[NDArray[np.int64]],
        texts: Sequence[str],
        prompt: Prompt,
        task: Task | None,
    ) -> NDArray[np.float32]:
        """Return vectors of texts of one length in tokens, as `Runtime` says."""
        return self._output(UNIT_VECTORS, ids, prompt)

    def token_vectors(
        self, ids: Sequence[NDArray[np.int64]], prompt: Prompt
    ) -> NDArray[np.float32]:
        """Return the vectors of tokens, as `Runtime` says."""
        return self._output(TOKEN_VECTORS, ids, prompt)

    def _output(
        self, name: str, ids: Sequence[NDArray[np.int64]], prompt: Prompt
    ) -> NDArray[np.float32]:
        import numpy as np

        feeds = {INPUT_IDS: np.stack(ids)}
        if self.excludes_prompt:
            feeds[PROMPT_LENGTH] = np.array([prompt.length], dtype=np.int64)
        vectors: NDArray[np.float32] = self._session.run([name], feeds)[0]
        return vectors


def fill_zero_rows(vectors: NDArray[np.float32]) -> None:
    """Turn rows of zeros into the last unit vector, in place: every text has a direction.

    A model makes zeros of a text if it has no token for it, or gives its tokens no weight. Such a
    text resembles nothing. Models that put their components in order (by principal components, or
    to be cut off) have the least in the last one.
    """
    vectors[~vectors.any(axis=1), -1] = 1.0
