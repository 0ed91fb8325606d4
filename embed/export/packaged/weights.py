"""The weights of the packaged model: out of its safetensors file, in the order of the graph."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from embed.cache import measure
from embed.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYERS, HEADS, WIDTH, _INNER_WIDTH = 6, 12, 384, 1536
_WORDS, _POSITIONS, _TYPES = 30522, 512, 2

# The size and the SHA-256 of what is written. The texts of the check read few of the words.
_WRITTEN = (
    90261504,
    "1b4260b05a7def05188750f2c4b774965fb2892c744d37c9644915a325abba7a",
)


class Weight(NamedTuple):
    """A weight of the graph, which is named after the tensors of the model that it is made of."""

    name: str
    shape: tuple[int, ...]
    sources: tuple[str, ...]
    """The tensors, which stand side by side along the last axis."""
    is_transposed: bool = False
    """Whether a tensor is stored as (outputs, inputs), while the graph has (inputs, outputs)."""

    @property
    def size(self) -> int:
        """The number of bytes, in float32."""
        return 4 * prod(self.shape)


def weights_of_embeddings() -> list[Weight]:
    """Return the weights of the first operator, in the order in which it takes them."""
    tables = [("word", _WORDS), ("position", _POSITIONS), ("token_type", _TYPES)]
    return [
        *(_plain(f"embeddings.{name}_embeddings.weight", rows, WIDTH) for name, rows in tables),
        _plain("embeddings.LayerNorm.weight", WIDTH),
        _plain("embeddings.LayerNorm.bias", WIDTH),
    ]


class LayerWeights(NamedTuple):
    """The weights of a layer: of its attention, and of the two matrix products that follow."""

    attention: tuple[Weight, Weight]
    """Of questions, keys and values side by side: weight and bias."""
    attended: tuple[Weight, Weight]
    attended_norm: tuple[Weight, Weight]
    inner: tuple[Weight, Weight]
    outer: tuple[Weight, Weight]
    outer_norm: tuple[Weight, Weight]

    @classmethod
    def of(cls, layer: int) -> LayerWeights:
        """Return the weights of a layer, counted from 0."""
        place = f"encoder.layer.{layer}"
        names = [f"{place}.attention.self.{part}" for part in ("query", "key", "value")]
        return cls(
            (
                Weight(
                    f"{place}.attention.self.weight",
                    (WIDTH, 3 * WIDTH),
                    tuple(f"{name}.weight" for name in names),
                    is_transposed=True,
                ),
                Weight(
                    f"{place}.attention.self.bias",
                    (3 * WIDTH,),
                    tuple(f"{name}.bias" for name in names),
                ),
            ),
            _dense(f"{place}.attention.output.dense", WIDTH, WIDTH),
            _norm(f"{place}.attention.output.LayerNorm"),
            _dense(f"{place}.intermediate.dense", WIDTH, _INNER_WIDTH),
            _dense(f"{place}.output.dense", _INNER_WIDTH, WIDTH),
            _norm(f"{place}.output.LayerNorm"),
        )


def _plain(name: str, *shape: int) -> Weight:
    return Weight(name, shape, (name,))


def _dense(name: str, inputs: int, outputs: int) -> tuple[Weight, Weight]:
    weight = f"{name}.weight"
    return (
        Weight(weight, (inputs, outputs), (weight,), is_transposed=True),
        _plain(f"{name}.bias", outputs),
    )


def _norm(name: str) -> tuple[Weight, Weight]:
    return _plain(f"{name}.weight", WIDTH), _plain(f"{name}.bias", WIDTH)


def all_weights() -> list[Weight]:
    """Return the weights in the order in which they lie in their file, without gaps."""
    pairs = [pair for layer in range(LAYERS) for pair in LayerWeights.of(layer)]
    return weights_of_embeddings() + [weight for pair in pairs for weight in pair]


def write_weights(source: Path, target: Path) -> None:
    """Write the weights of the graph from the model's safetensors file.

    Raises ModelError if that file is damaged, or if other bytes were written than always.
    """
    import numpy as np

    tensors = read_safetensors(source)
    with target.open("wb") as file:
        for weight in all_weights():
            try:
                parts = [tensors[name] for name in weight.sources]
            except KeyError as error:
                raise ModelError(f"{source} has no tensor {error}") from error
            turned = [part.T for part in parts] if weight.is_transposed else parts
            file.write(np.ascontiguousarray(np.concatenate(turned, axis=-1)).data)
    if measure(target) != _WRITTEN:
        raise ModelError(
            f"the weights of the model were not written as they should be ({target}): try again, "
            "and look after this machine's disk and memory if that does not help"
        )


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return the float32 tensors of a safetensors file by name; their data stays in the file.

    The format is the length of a header in 8 bytes, the header in JSON (dtype, shape and place of
    each tensor), and the tensors as little-endian numbers. The library that reads it would be one
    more to install for these few lines. Raises ModelError if the file is damaged.
    """
    import numpy as np

    try:
        content = np.memmap(path, dtype=np.uint8, mode="r")
        start = 8 + int.from_bytes(content[:8].tobytes(), "little")
        header = json.loads(content[8:start].tobytes())
        header.pop("__metadata__", None)
        return {
            name: content[start:][slice(*entry["data_offsets"])].view("<f4").reshape(entry["shape"])
            for name, entry in header.items()
            if entry["dtype"] == "F32"
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as safetensors ({error})") from error
