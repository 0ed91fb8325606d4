"""What lies in an index directory, by name."""

from __future__ import annotations

import contextlib
import os
import re

FORMAT = 6
"""Version of the layout on disk; raised whenever an older reader would misread it."""

DIRECTORY = ".passage-index"
"""The name of the directory, unless another one is given."""

ENVIRONMENT = "PASSAGE_INDEX"
"""The environment variable that names the directory."""

CURRENT = "CURRENT"
"""The file that names the generation in use."""

SOURCES = "SOURCES"
"""The note of the sizes and times of the sources, outside any generation."""

KEPT = "KEPT"
"""The vectors of a build that was stopped, outside any generation, for the next one."""

LOCK = ".lock"
ASIDE = "new"
"""The folder in which a generation is written before it is published."""

WORKERS = "workers"
"""The folder in which worker processes of a build on this machine keep their files."""

GENERATION = re.compile(r"g-[0-9a-f]{16}")
"""How the folder of a published generation is called."""

MANIFEST = "MANIFEST.json"
LARGEST_MANIFEST = 1 << 20

PASSAGES = "passages.faiss"
SENTENCES = "sentences.faiss"
CATALOG = "catalog.sqlite"
FILES = (CATALOG, PASSAGES, SENTENCES)
"""The files that every generation has, besides its manifest."""

ROUNDED = ("passages-8bit.faiss", "sentences-8bit.faiss")
"""The 8-bit copies of the two files of vectors, which a large generation has too."""


def is_index_folder(path: str) -> bool:
    """Return whether a folder is an index, or one in Milvus that `index push` has made.

    Both hold JSON. If that were read as articles, each build of one index would change another.
    """
    if os.path.lexists(f"{path}/{CURRENT}"):
        with contextlib.suppress(OSError), os.scandir(path) as entries:
            return any(GENERATION.fullmatch(entry.name) for entry in entries)
    return all(os.path.lexists(f"{path}/{name}") for name in ("aliases.json", "collections"))
