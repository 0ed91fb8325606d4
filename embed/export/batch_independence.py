"""Rewrites the sums of a graph so that a batch does not change their bits.

The runtime adds up in another order if the first axis is 1. It does not if the axis summed over is
the last one, nor in matrix products.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

_Rewrite = Callable[["NodeProto"], "list[NodeProto]"]


def make_sums_independent(graph: ModelProto) -> None:
    """Rewrite the sums over tokens and the norms of a graph, in place."""
    from onnx import TensorProto, helper

    nodes = graph.graph.node
    constants = {tensor.name: tensor for tensor in graph.graph.initializer}
    constants |= {
        node.output[0]: node.attribute[0].t for node in nodes if node.op_type == "Constant"
    }
    graph.graph.initializer.extend(
        helper.make_tensor(f"axis_{axis}", TensorProto.INT64, [1], [axis]) for axis in (1, 2)
    )
    replaced = [new for node in nodes for new in _rewrite_of(node, constants)(node)]
    del nodes[:]
    nodes.extend(replaced)


def _rewrite_of(node: NodeProto, constants: dict[str, TensorProto]) -> _Rewrite:
    """Return how to rewrite a node."""
    if not node.op_type.startswith("Reduce"):
        return _unchanged
    return _REWRITES.get((node.op_type, *_axes_of(node, constants)), _unchanged)


def _axes_of(node: NodeProto, constants: dict[str, TensorProto]) -> tuple[tuple[int, ...], int]:
    """Return the axes that a node reduces (attribute or second input), and if it keeps them."""
    from onnx import helper, numpy_helper

    given = {field.name: helper.get_attribute_value(field) for field in node.attribute}
    axes = given.get("axes", ())
    if len(node.input) > 1 and node.input[1] in constants:
        axes = numpy_helper.to_array(constants[node.input[1]]).ravel()
    return tuple(int(axis) for axis in axes), given.get("keepdims", 1)


def _unchanged(node: NodeProto) -> list[NodeProto]:
    """Return the node itself."""
    return [node]


def _sum_of_last(node: NodeProto) -> list[NodeProto]:
    """Return a sum over the second of three axes, as one over the last."""
    from onnx import helper

    turned = f"{node.output[0]}_turned"
    return [
        helper.make_node("Transpose", [node.input[0]], [turned], perm=[0, 2, 1]),
        helper.make_node("ReduceSum", [turned, "axis_2"], [node.output[0]], keepdims=0),
    ]


def _norm_by_product(node: NodeProto) -> list[NodeProto]:
    """Return the length of each row, as the root of its product with itself."""
    from onnx import helper

    row, column, square, flat = (
        f"{node.output[0]}_{part}" for part in ("row", "column", "square", "flat")
    )
    return [
        helper.make_node("Unsqueeze", [node.input[0], "axis_1"], [row]),
        helper.make_node("Unsqueeze", [node.input[0], "axis_2"], [column]),
        helper.make_node("MatMul", [row, column], [square]),
        helper.make_node("Squeeze", [square, "axis_2"], [flat]),
        helper.make_node("Sqrt", [flat], [node.output[0]]),
    ]


# By operator, axes that it reduces, and whether it keeps them.
_REWRITES: dict[tuple[str, tuple[int, ...], int], _Rewrite] = {
    ("ReduceSum", (1,), 0): _sum_of_last,
    ("ReduceL2", (1,), 1): _norm_by_product,
    ("ReduceL2", (-1,), 1): _norm_by_product,
}
