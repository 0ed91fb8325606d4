"""Removing exported models from the cache folder."""

import contextlib
import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from embed.cache import FORMAT, GRAPH, HEAD, MANIFEST, TOKENIZER, WEIGHTS, cache_folder
from embed.export.publishing import ASIDE, remove_abandoned
from embed.query_vectors import NAME as QUESTIONS

_NAME = re.compile(r"([0-9a-z]{64})-[a-z0-9]{1,8}-(\d{1,4})")
_OURS = {GRAPH, HEAD, MANIFEST, QUESTIONS, TOKENIZER, WEIGHTS}


def clear_exports(keep: Collection[str]) -> tuple[int, int]:
    """Remove all exports but those of these fingerprints; return how many, and their bytes.

    Those of another format go in any case, since nothing reads them any more.

    An export leaves its place as a whole, so a process finds all of it or none, and makes it again
    in the latter case. One that has opened it goes on with it. What is being exported stays, and
    what exports that died left behind goes. Errors are ignored.
    """
    folder = cache_folder()
    removed = freed = 0
    with contextlib.suppress(OSError):
        remove_abandoned(folder)
        for path in sorted(folder.iterdir()):
            found = _NAME.fullmatch(path.name)
            if found is None or not _holds_only_ours(path):
                continue
            if found[1] in keep and int(found[2]) == FORMAT:
                continue
            size = sum(file.stat().st_size for file in path.iterdir())
            aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
            try:
                path.rename(aside / "export")
                removed += 1
                freed += size
            finally:
                shutil.rmtree(aside, ignore_errors=True)
    return removed, freed


def _holds_only_ours(folder: Path) -> bool:
    return (
        folder.is_dir()
        and not folder.is_symlink()
        and {path.name for path in folder.iterdir()} <= _OURS
    )
