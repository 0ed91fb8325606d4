"""A language model that makes things up, for the examples to find out."""


def answer(_: str) -> str:
    return "The Kremlin wants “peace at any price” [1]. Penguins cannot fly [2]. So it is [9]."
