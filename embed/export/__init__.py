"""A sentence-transformers model as an ONNX graph, checked against the model: made once, and kept.

    exporting               makes an export from beginning to end
    torch_model             the model in torch, by sentence-transformers
    graph                   the graph: traced, fused, quantised, saved
    batch_independence      rewrites sums so that a batch does not change their bits
    checks                  compares the graph with the model
    publishing              puts a finished export in place

This is the only door to torch, and it opens only when a model is exported (or cannot be): reading
an export back (`embed.cache`) needs none of it.
"""
