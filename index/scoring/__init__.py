"""The score of a passage: its parts, their weights, and what a match means."""
