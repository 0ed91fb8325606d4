"""The texts that are embedded for a passage: as a reader sees it, whole and by sentences."""

from __future__ import annotations

from index.types import Passage


def sentence_texts(passage: Passage, title: str) -> list[str]:
    """Return the texts with a vector in `sentences.faiss`: the title, if any, and each sentence.

    A sentence is given as a reader sees it, and one of which nothing is seen as it stands.
    """
    texts = [
        passage.reading_of(s.start, s.end) or passage.text_of(s.start, s.end)
        for s in passage.sentences
    ]
    return [title, *texts] if title else texts
