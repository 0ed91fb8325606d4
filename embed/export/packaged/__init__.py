"""The packaged model's export, put together from its weights: neither torch nor onnx is needed.

    assembling     writes the graph, the weights and the tokenizer
    weights        which tensors of the model the graph reads, in which order
    graph.onnx     the graph without its weights
    vectors.npy    the vectors that sentence-transformers gives the texts of the check
    making         makes those two files

The graph does the same sums in the same order as the one that would be traced and fused from torch,
so its vectors are the same to the last bit.
"""
