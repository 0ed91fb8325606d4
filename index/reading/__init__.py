"""Files to documents: the folder walk, decoding, one module per format."""
