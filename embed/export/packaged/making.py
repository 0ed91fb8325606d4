"""Makes the two files that are shipped for the packaged model's export.

`python -m embed.export.packaged.making` writes them anew. The graph is the same to the byte
wherever it is made; the vectors differ in their last bits between machines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embed.cache import WEIGHTS
from embed.export.packaged.assembling import PROMPTS, SHIPPED_GRAPH, SHIPPED_VECTORS
from embed.export.packaged.weights import (
    HEADS,
    LAYERS,
    WIDTH,
    LayerWeights,
    Weight,
    all_weights,
    weights_of_embeddings,
)
from embed.runtime import INPUT_IDS, TOKEN_VECTORS, UNIT_VECTORS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import NodeProto, TensorProto

_FUSED = "com.microsoft"
# The format of the file and of the operators: what an export by torch has too.
_FILE_VERSION, _OPERATORS_VERSION, _FUSED_VERSION = 8, 17, 1


def make_graph() -> bytes:
    """Return the graph from token ids to unit vectors, and to those of the tokens.

    Its weights are in a file beside it.
    """
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        _Nodes().of_model(),
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info(INPUT_IDS, TensorProto.INT64, ["texts", "tokens"])],
        [
            helper.make_tensor_value_info(UNIT_VECTORS, TensorProto.FLOAT, ["texts", WIDTH]),
            helper.make_tensor_value_info(
                TOKEN_VECTORS, TensorProto.FLOAT, ["texts", "tokens", WIDTH]
            ),
        ],
        [
            *_external(all_weights()),
            *(helper.make_tensor(f"axis_{n}", TensorProto.INT64, [1], [n]) for n in (1, 2)),
        ],
    )
    versions = {"": _OPERATORS_VERSION, _FUSED: _FUSED_VERSION}
    model = helper.make_model(
        graph,
        ir_version=_FILE_VERSION,
        opset_imports=[helper.make_opsetid(*version) for version in versions.items()],
    )
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _external(weights: list[Weight]) -> list[TensorProto]:
    """Return entries for weights that lie one after the other in a file."""
    from onnx import TensorProto

    entries = []
    offset = 0
    for weight in weights:
        entry = TensorProto(name=weight.name, data_type=TensorProto.FLOAT, dims=weight.shape)
        entry.data_location = TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS), ("offset", offset), ("length", weight.size)):
            entry.external_data.add(key=key, value=str(value))
        offset += weight.size
        entries.append(entry)
    return entries


class _Nodes:
    """The operators, in the order in which they run. Each is named after what it gives."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []

    def _add(self, operator: str, inputs: list[str], output: str, **settings: Any) -> str:  # noqa: ANN401  (as onnx has it)
        from onnx import helper

        self._nodes.append(helper.make_node(operator, inputs, [output], **settings))
        return output

    def of_model(self) -> list[NodeProto]:
        """Return all operators."""
        hidden = self._embeddings()
        for layer in range(LAYERS):
            is_last = layer == LAYERS - 1
            hidden = self._layer(layer, hidden, TOKEN_VECTORS if is_last else f"layer.{layer}")
        mean = self._mean_of_tokens(hidden)
        # Twice, as the export by torch does: the model normalises, and we do. The second time
        # changes last bits, and with them those of the indexes that there are.
        self._normalized(self._normalized(mean, "normalized"), UNIT_VECTORS)
        return self._nodes

    def _embeddings(self) -> str:
        from onnx import TensorProto, helper

        ids = self._add("Cast", [INPUT_IDS], "ids", to=TensorProto.INT32)
        shape = self._add("Shape", [ids], "shape")
        zero = helper.make_tensor("zero", TensorProto.INT32, [1], [0])
        types = self._add("ConstantOfShape", [shape], "types", value=zero)
        names = [weight.name for weight in weights_of_embeddings()]
        hidden = "embeddings"
        node = helper.make_node(
            "EmbedLayerNormalization",
            [ids, types, *names],
            [hidden, "mask_index"],
            domain=_FUSED,
            epsilon=1e-12,
        )
        self._nodes.append(node)
        return hidden

    def _layer(self, layer: int, hidden: str, output: str) -> str:
        weights = LayerWeights.of(layer)
        place = f"layer.{layer}"
        attended = self._add(
            "Attention",
            [hidden, *(weight.name for weight in weights.attention)],
            f"{place}.attention",
            domain=_FUSED,
            num_heads=HEADS,
        )
        turned = self._add("MatMul", [attended, weights.attended[0].name], f"{place}.attended")
        middle = self._add_and_normalize(
            turned, hidden, weights.attended_norm, weights.attended[1], f"{place}.middle"
        )
        inner = self._add("MatMul", [middle, weights.inner[0].name], f"{place}.inner")
        active = self._add(
            "BiasGelu", [inner, weights.inner[1].name], f"{place}.active", domain=_FUSED
        )
        outer = self._add("MatMul", [active, weights.outer[0].name], f"{place}.outer")
        return self._add_and_normalize(outer, middle, weights.outer_norm, weights.outer[1], output)

    def _add_and_normalize(
        self, vectors: str, before: str, norm: tuple[Weight, Weight], bias: Weight, output: str
    ) -> str:
        names = [weight.name for weight in (*norm, bias)]
        return self._add(
            "SkipLayerNormalization",
            [vectors, before, *names],
            output,
            domain=_FUSED,
            epsilon=1e-12,
        )

    def _mean_of_tokens(self, hidden: str) -> str:
        """Sum over the last axis, so that a batch does not change the bits of a sum."""
        from onnx import TensorProto

        turned = self._add("Transpose", [hidden], "turned", perm=[0, 2, 1])
        total = self._add("ReduceSum", [turned, "axis_2"], "sum", keepdims=0)
        length = self._add("Shape", ["ids"], "length", start=1)
        count = self._add("Cast", [length], "count", to=TensorProto.FLOAT)
        return self._add("Div", [total, count], "mean")

    def _normalized(self, vectors: str, output: str) -> str:
        """Divide by the root of the product with itself, for the same reason."""
        row = self._add("Unsqueeze", [vectors, "axis_1"], f"{output}.row")
        column = self._add("Unsqueeze", [vectors, "axis_2"], f"{output}.column")
        square = self._add("MatMul", [row, column], f"{output}.square")
        flat = self._add("Squeeze", [square, "axis_2"], f"{output}.flat")
        return self._add("Div", [vectors, self._add("Sqrt", [flat], f"{output}.length")], output)


def make_vectors() -> NDArray[np.float32]:
    """Return the vectors of CHECK_TEXTS by sentence-transformers, as `shipped_vectors` says."""
    from embed.export.checks import CHECK_TEXTS
    from embed.export.torch_model import load_source, reference_vectors
    from embed.model import find_model

    model = find_model()
    return reference_vectors(load_source(model), CHECK_TEXTS, PROMPTS, model.name)[0]


def main() -> None:
    """Write both files into the package."""
    import numpy as np

    SHIPPED_GRAPH.write_bytes(make_graph())
    np.save(SHIPPED_VECTORS, make_vectors())


if __name__ == "__main__":
    main()
