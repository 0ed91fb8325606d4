"""Documents to head, passages and sentences."""
