"""Keeping an index up to date while its folder changes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from embed import ModelError, PassageSearchError
from index.build import BuildReport, Progress
from index.errors import BusyIndexError, NoIndexError
from index.folder_watcher import FolderWatcher, Look
from index.kept_encoder import KeptEncoder
from index.reading.folder import GONE, LeftOut
from index.store.catalog import Catalog
from index.store.generation import Generation
from index.store.layout import CATALOG
from index.updating import update_index

if TYPE_CHECKING:
    from embed.model import Model

_PATIENCE = 1.0
"""Seconds to wait for another writer before that is told."""

_BUSY_AGAIN = 0.5
"""Seconds until the next try if another process was writing."""

_FAILED_AGAIN = 30.0
"""Seconds until the next try after a failure."""

_LOOK_ANYWAY = 60.0
"""Seconds between two looks if the system tells of nothing."""


@dataclass(frozen=True, slots=True)
class ArticleChanges:
    """How many articles were added, changed, deleted, and moved to another name as they were."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    renamed: int = 0

    @classmethod
    def between(cls, before: Mapping[str, str], after: Mapping[str, str]) -> ArticleChanges:
        """Compare the SHA-256 of articles by doc_id.

        >>> ArticleChanges.between({"a": "1", "b": "2"}, {"c": "1", "b": "3"})
        ArticleChanges(added=0, changed=1, deleted=0, renamed=1)
        """
        added = Counter(sha256 for doc_id, sha256 in after.items() if doc_id not in before)
        deleted = Counter(sha256 for doc_id, sha256 in before.items() if doc_id not in after)
        renamed = (added & deleted).total()
        return cls(
            added.total() - renamed,
            sum(before.get(doc_id, sha256) != sha256 for doc_id, sha256 in after.items()),
            deleted.total() - renamed,
            renamed,
        )


@dataclass(frozen=True, slots=True)
class Updated:
    """An update of the index. `not_read` are the files left out that were not told of before."""

    report: BuildReport
    changes: ArticleChanges
    not_read: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What else happens, in a line: why there is no update now, or why there may be none."""

    message: str


def watch_index(
    directory: Path,
    *,
    poll: float | None = None,
    stop: Event | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    on_export: Callable[[Model], None] | None = None,
) -> Iterator[Updated | Told]:
    """Bring the index in `directory` up to date now and whenever its folder changes.

    It goes on until `stop` is set. The first update is given in any case, a later one if it changed
    the index or found files that cannot be read. `poll` is the number of seconds between two looks
    at the folder; None to be told by the system. An update that fails is told once, and tried again
    after half a minute.

    Raises NoIndexError if there is no index, or no longer one, and ModelError if its model cannot
    be opened.
    """
    watch = _Watch(directory.absolute(), poll, stop or Event(), on_progress, on_export)
    with closing(watch):
        yield from watch.run()


class _Watch:
    def __init__(
        self,
        directory: Path,
        poll: float | None,
        stop: Event,
        on_progress: Callable[[Progress], None] | None,
        on_export: Callable[[Model], None] | None,
    ) -> None:
        self._directory = directory
        self._stop = stop
        self._on_progress = on_progress
        self._on_export = on_export
        self._encoder = KeptEncoder()
        generation = Generation.open(directory)
        self._generation = generation.name
        self._documents = _documents(generation)
        self._watcher = FolderWatcher(generation.sources, directory.resolve(), poll=poll, stop=stop)
        self._first = True
        self._told = ""
        self._left_out: set[LeftOut] = set()
        self._again = 0.0

    def close(self) -> None:
        self._watcher.close()

    def run(self) -> Iterator[Updated | Told]:
        seen: Look | None = None
        while not self._stop.is_set():
            now = self._watcher.look()
            if self._watcher.note:
                yield Told(self._watcher.note)
                self._watcher.note = ""
            if now != seen or time.monotonic() >= self._again:
                seen = now
                yield from self._happened(now)
            self._watcher.wait(min(max(self._again - time.monotonic(), 0.0), _LOOK_ANYWAY))

    def _happened(self, now: Look) -> Iterator[Updated | Told]:
        """Bring the index up to date; say what came of it, unless that is nothing new."""
        self._again = float("inf")
        message = ""
        try:
            if now.missing:
                message = f"{now.missing[0]} is gone: the index stays as it is until it is back"
            else:
                yield from self._update()
        except (ModelError, NoIndexError):  # which no change of an article puts right
            raise
        except BusyIndexError as error:
            self._again = time.monotonic() + _BUSY_AGAIN
            message = f"{error.what}: waiting until it is done"
        except PassageSearchError as error:
            self._again = time.monotonic() + _FAILED_AGAIN
            message = str(error)
        if message and message != self._told:
            yield Told(message)
        self._told = message

    def _update(self) -> Iterator[Updated]:
        report = update_index(
            self._directory,
            wait=_PATIENCE,
            on_progress=self._on_progress,
            on_export=self._on_export,
            encoder=self._encoder,
        )
        before = self._documents
        if report.generation.name != self._generation:
            self._generation = report.generation.name
            self._documents = _documents(report.generation)
        self._watcher.follow(report.generation.sources)  # another build may have named another
        not_read = tuple(entry for entry in report.left_out if self._is_news(entry))
        self._left_out = set(report.left_out)
        if report.changed or not_read or self._first:
            yield Updated(report, ArticleChanges.between(before, self._documents), not_read)
        self._first = False

    def _is_news(self, entry: LeftOut) -> bool:
        """Return whether it is to be told that a file is left out.

        Hidden ones are told at most once, at the start: editors keep locks beside a file.
        """
        hidden = entry.path.rpartition("/")[2].startswith(".")
        return entry not in self._left_out and entry.reason != GONE and (self._first or not hidden)


def _documents(generation: Generation) -> dict[str, str]:
    """Return the SHA-256 of each article by doc_id."""
    with closing(Catalog.open(generation.file(CATALOG))) as catalog:
        return {record.doc_id: record.sha256 for record in catalog.documents()}
