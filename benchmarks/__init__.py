"""Measurements of retrieval quality and speed; not part of the installed package."""
