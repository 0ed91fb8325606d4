"""Contexts of prompts, citations, and answers that are held against them."""
