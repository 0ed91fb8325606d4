"""An index follows its folder: whatever happens there, by events and by looking."""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread, Timer

import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, FEW, build, generation_bytes, write_corpus

from embed import Encoder, ModelError
from index.build import EncoderSource, build_index
from index.errors import BuildError, NoIndexError
from index.folder_watcher import FolderWatcher
from index.reading.selection import FolderSelection
from index.store.generation import Generation
from index.store.open_index import OpenIndex
from index.store.publishing import locked_for_writing
from index.updating import update_index
from index.watching import ArticleChanges, Told, Updated, watch_index

pytestmark = pytest.mark.slow

LONGEST = 60.0
"""Seconds after which a watch that tells nothing is stopped, so that its test fails."""

MODES = pytest.mark.parametrize("poll", [None, 0.1], ids=["events", "looking"])


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("index.scoring.calibration.unrelated_questions", lambda: FEW)
    monkeypatch.setattr(Encoder, "open", lambda *_, **__: FakeEncoder())
    corpus = write_corpus(tmp_path / "corpus")
    build(corpus, tmp_path / "index")
    return corpus


class Watch:
    """A watch that is asked for one happening after the other."""

    def __init__(self, directory: Path, poll: float | None, longest: float = LONGEST) -> None:
        self.stop = Event()
        self._timer = Timer(longest, self.stop.set)
        self._timer.start()
        self._happenings = watch_index(directory, poll=poll, stop=self.stop)

    def next(self) -> Updated | Told:
        return next(self._happenings)

    def changes(self) -> ArticleChanges:
        happening = self.next()
        assert isinstance(happening, Updated), happening
        return happening.changes

    def told(self) -> str:
        happening = self.next()
        assert isinstance(happening, Told), happening
        return happening.message

    def rest(self) -> list[Updated | Told]:
        """What happens until it is stopped."""
        return list(self._happenings)

    def close(self) -> None:
        self._timer.cancel()
        self.stop.set()
        self._happenings.close()  # type: ignore[attr-defined]  # it is a generator


@pytest.fixture
def watch(corpus: Path, poll: float | None) -> Iterator[Watch]:
    """A watch whose first update is done."""
    watch = Watch(corpus.parent / "index", poll)
    assert watch.changes() == ArticleChanges()
    yield watch
    watch.close()


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A directory each time that an index is compared with its folder."""
    made: list[Path] = []

    def counted(directory: Path, **options: object) -> object:
        made.append(directory)
        return update_index(directory, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("index.watching.update_index", counted)
    return made


def doc_ids(directory: Path) -> list[str]:
    return [record.doc_id for record in OpenIndex.open(directory).catalog.documents()]


def fresh(corpus: Path) -> dict[str, bytes]:
    build(corpus, corpus.parent / "fresh")
    return generation_bytes(corpus.parent / "fresh")


@MODES
def test_it_follows_whatever_happens_in_the_folder(corpus: Path, watch: Watch) -> None:
    (corpus / "new.txt").write_text("A new one.")
    assert watch.changes() == ArticleChanges(added=1)
    (corpus / "new.txt").write_text("A newer one.")
    assert watch.changes() == ArticleChanges(changed=1)
    (corpus / "new.txt").rename(corpus / "old.md")
    assert watch.changes() == ArticleChanges(renamed=1)
    (corpus / "deep" / "er").mkdir(parents=True)
    (corpus / "deep" / "er" / "a.txt").write_text("Deep down.")
    assert watch.changes() == ArticleChanges(added=1)
    (corpus / "deep" / "er" / "b.txt").write_text("In a folder that came later.")
    assert watch.changes() == ArticleChanges(added=1)
    (corpus / "deep").rename(corpus.parent / "out")
    assert watch.changes() == ArticleChanges(deleted=2)
    (corpus.parent / "out").rename(corpus / "in")
    assert watch.changes() == ArticleChanges(added=2)
    (corpus / "in" / "er" / "a.txt").write_text("It is in another folder now.")
    assert watch.changes() == ArticleChanges(changed=1)
    (corpus / "in").rename(corpus / "on")
    assert watch.changes() == ArticleChanges(renamed=2)
    shutil.rmtree(corpus / "on")
    (corpus / "old.md").unlink()
    assert watch.changes() == ArticleChanges(deleted=3)
    (corpus / "winter.txt").write_text("One.")
    (corpus / "talks.md").write_text("Two.")
    assert watch.changes() == ArticleChanges(changed=2)
    assert generation_bytes(corpus.parent / "index") == fresh(corpus)


@MODES
def test_files_are_saved_as_editors_do(corpus: Path, watch: Watch, updates: list[Path]) -> None:
    path = corpus / "winter.txt"
    (corpus / ".winter.txt.swp").write_bytes(b"swap")  # vim
    (corpus / "4913").write_text("")
    (corpus / "4913").unlink()
    path.rename(corpus / "winter.txt~")
    path.write_text("Saved by vim.")
    (corpus / "winter.txt~").unlink()
    assert watch.changes() == ArticleChanges(changed=1)
    (corpus / ".#winter.txt").symlink_to("somebody@somewhere")  # Emacs
    (corpus / "winter.txt.new").write_text("Saved by a rename.")
    (corpus / "winter.txt.new").replace(path)
    happening = watch.next()
    assert isinstance(happening, Updated)
    assert (happening.changes, happening.not_read) == (ArticleChanges(changed=1), ())
    assert len(updates) == 2
    assert generation_bytes(corpus.parent / "index") == fresh(corpus)


@pytest.mark.parametrize("where", ["index", "corpus/own", "corpus/.passage-index"])
@MODES
def test_what_is_no_article_brings_no_update(
    corpus: Path, poll: float | None, where: str, updates: list[Path]
) -> None:
    directory = corpus.parent / where
    build(corpus, directory)
    watch = Watch(directory, poll, longest=4.0)
    watch.next()
    (corpus / "new.txt").write_text("It makes the index write.")
    assert watch.changes() == ArticleChanges(added=1)

    def write() -> None:
        (corpus / ".hidden").mkdir()
        for name in (".hidden/a.txt", ".b.txt", "c.png", "d.txt~", "4913"):
            (corpus / name).write_text("Nothing to read.")
            time.sleep(0.3)
        (corpus / "4913").unlink()
        (directory / "x.txt").write_text("In the index.")
        (directory / "x.txt").unlink()

    writer = Thread(target=write)
    writer.start()
    assert watch.rest() == []
    writer.join()
    assert len(updates) == 2
    watch.close()


@MODES
def test_a_burst_is_one_update(corpus: Path, watch: Watch, updates: list[Path]) -> None:
    for number in range(1000):
        (corpus / f"{number}.txt").write_text(f"Number {number}.")
    added = 0
    while added < 1000:
        added += watch.changes().added
    assert (added, len(updates) < 10) == (1000, True)
    assert len(doc_ids(corpus.parent / "index")) == 1000 + len(CORPUS)


@MODES
def test_what_changed_while_nobody_watched_is_there(corpus: Path, poll: float | None) -> None:
    (corpus / "new.txt").write_text("A new one.")
    watch = Watch(corpus.parent / "index", poll)
    assert watch.changes() == ArticleChanges(added=1)
    watch.close()


@MODES
def test_a_folder_that_goes_is_waited_for(corpus: Path, watch: Watch) -> None:
    before = generation_bytes(corpus.parent / "index")
    corpus.rename(corpus.with_name("moved"))
    assert watch.told() == f"{corpus} is gone: the index stays as it is until it is back"
    assert generation_bytes(corpus.parent / "index") == before
    corpus.mkdir()
    (corpus / "a.txt").write_text("Made again.")
    changes = watch.changes()
    assert (changes.added, changes.deleted) == (1, 4)
    (corpus / "a.txt").write_text("The new folder is followed too.")
    assert watch.changes() == ArticleChanges(changed=1)


@MODES
def test_a_file_of_patterns_is_followed(corpus: Path, watch: Watch) -> None:
    (corpus / ".passageignore").write_text("east/\n")
    assert watch.changes() == ArticleChanges(deleted=2)
    (corpus / ".passageignore").write_text("east/bread.txt\n")
    assert watch.changes() == ArticleChanges(added=1)
    (corpus / ".passageignore").unlink()
    assert watch.changes() == ArticleChanges(added=1)
    assert generation_bytes(corpus.parent / "index") == fresh(corpus)


@pytest.mark.parametrize("named", ["talks.md", "deep/er/talks.md", "deep/er"])
@MODES
def test_a_source_that_comes_back_is_seen_while_others_stay(
    corpus: Path, tmp_path: Path, poll: float | None, named: str
) -> None:
    (corpus / "deep" / "er").mkdir(parents=True)
    shutil.copy(corpus / "talks.md", corpus / "deep" / "er")
    selection = FolderSelection(("east", named))
    source = EncoderSource.of(FakeEncoder())
    build_index(corpus, tmp_path / "some", source, selection=selection)
    watch = Watch(tmp_path / "some", poll, longest=20.0)
    assert watch.changes() == ArticleChanges()
    away = (corpus / named).rename(tmp_path / "away")
    shutil.rmtree(corpus / "deep")
    assert watch.told() == f"{corpus / named} is gone: the index stays as it is until it is back"
    (away if away.is_file() else away / "talks.md").write_text("It changed meanwhile.")

    def put_back() -> None:
        time.sleep(0.5)  # by then it is waited for
        (corpus / named).parent.mkdir(parents=True, exist_ok=True)
        away.rename(corpus / named)

    writer = Thread(target=put_back)
    writer.start()
    assert watch.changes() == ArticleChanges(changed=1)
    writer.join()
    watch.close()


@MODES
def test_a_folder_that_is_replaced_at_once_is_followed(corpus: Path, watch: Watch) -> None:
    for text in ("Once.", "Twice."):
        shutil.rmtree(corpus / "east")  # the system may give the new one the same number
        (corpus / "east").mkdir()
        (corpus / "east" / "a.txt").write_text(text)
        assert watch.changes().deleted in {2, 0}
        (corpus / "east" / "a.txt").write_text(f"{text} And later.")
        assert watch.changes() == ArticleChanges(changed=1)


@MODES
def test_a_file_that_is_left_out_is_told_once(corpus: Path, watch: Watch) -> None:
    (corpus.parent / "secret.txt").write_text("Not in the folder.")
    (corpus / "x.txt").symlink_to(corpus.parent / "secret.txt")
    happening = watch.next()
    assert isinstance(happening, Updated)
    assert [entry.path for entry in happening.not_read] == ["x.txt"]
    assert not happening.report.changed
    (corpus / "new.txt").write_text("A new one.")
    happening = watch.next()
    assert isinstance(happening, Updated)
    assert (happening.not_read, happening.changes.added) == ((), 1)


@MODES
def test_another_writer_is_waited_for_and_told_once(
    corpus: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watching._PATIENCE", 0.1)
    directory = corpus.parent / "index"
    with locked_for_writing(directory):
        (corpus / "new.txt").write_text("A new one.")
        assert watch.told().endswith(f" is writing {directory}: waiting until it is done")
        happened: list[Updated | Told] = []
        waiting = Thread(target=lambda: happened.append(watch.next()))
        waiting.start()
        time.sleep(1.5)  # it tries again meanwhile, and does not tell
        assert happened == []
    waiting.join()
    assert isinstance(happened[0], Updated)
    assert happened[0].changes == ArticleChanges(added=1)


@MODES
def test_an_update_that_fails_is_told_once_and_tried_again(
    corpus: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watching._FAILED_AGAIN", 0.1)
    before = generation_bytes(corpus.parent / "index")
    failures: list[Path] = []

    def failing(directory: Path, **options: object) -> object:
        if len(failures) < 3:
            failures.append(directory)
            raise BuildError("cannot write the index: No space left on device")
        return update_index(directory, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("index.watching.update_index", failing)
    (corpus / "new.txt").write_text("A new one.")
    assert watch.told() == "cannot write the index: No space left on device"
    assert generation_bytes(corpus.parent / "index") == before
    assert watch.changes() == ArticleChanges(added=1)
    assert len(failures) == 3


def test_nothing_but_an_error_of_the_index_or_its_model_ends_it(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoIndexError):
        Watch(tmp_path / "none", 0.1).next()

    def missing(*_: object, **__: object) -> None:
        raise ModelError("never used here")

    monkeypatch.setattr(Encoder, "open", missing)
    watch = Watch(tmp_path / "index", 0.1)
    assert watch.changes() == ArticleChanges()  # no model is needed
    (corpus / "new.txt").write_text("A new one.")
    with pytest.raises(ModelError, match="never used here"):
        watch.next()
    watch = Watch(tmp_path / "index", 0.1)
    shutil.rmtree(tmp_path / "index")
    with pytest.raises(NoIndexError):
        watch.next()


@pytest.mark.parametrize("error", [OSError, RuntimeError])
def test_if_the_system_does_not_tell_the_folder_is_looked_at(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error('OS file watch limit reached. about ["/a", "/b"]')

    monkeypatch.setattr("watchfiles.watch", refuse)
    monkeypatch.setattr("index.folder_watcher._POLL", 0.1)
    watch = Watch(corpus.parent / "index", None)
    told = watch.told()
    assert told.startswith("the system does not tell of changes (OS file watch limit reached): ")
    assert "fs.inotify.max_user_watches" in told
    assert '"/a"' not in told
    assert watch.changes() == ArticleChanges()
    (corpus / "new.txt").write_text("A new one.")
    assert watch.changes() == ArticleChanges(added=1)
    watch.close()


def test_without_the_library_the_folder_is_looked_at(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    watch = Watch(corpus.parent / "index", None)
    assert "watchfiles" in watch.told()
    assert watch.changes() == ArticleChanges()
    watch.close()


def test_links_are_not_followed_and_indexes_are_passed_over(corpus: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "outside")
    (corpus / "link").symlink_to(tmp_path / "outside")
    (corpus / "again").symlink_to(corpus)
    (corpus / "own").mkdir()
    (corpus / "other" / "g-0123456789abcdef").mkdir(parents=True)
    (corpus / "other" / "CURRENT").touch()
    (corpus / ".hidden").mkdir()
    watcher = FolderWatcher([corpus], corpus / "own", poll=0.1, stop=Event())
    look = watcher.look()
    assert set(look.folders) == {str(corpus), str(corpus / "east")}
    assert {os.path.relpath(path, corpus) for path in look.files} == set(CORPUS)
    alone = FolderWatcher([corpus / "talks.md", corpus / "no"], corpus, poll=0.1, stop=Event())
    assert list(alone.look().files) == [str(corpus / "talks.md")]
    assert alone.look().missing == (str(corpus / "no"),)


def test_a_change_is_seen_though_size_and_time_are_as_before(corpus: Path) -> None:
    watcher = FolderWatcher([corpus], corpus.parent / "index", poll=0.1, stop=Event())
    path = corpus / "winter.txt"
    before, status = watcher.look(), path.stat()
    assert watcher.look() == before
    path.write_bytes(path.read_bytes().upper())
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert watcher.look() != before


def test_a_look_waits_until_a_file_is_written(corpus: Path) -> None:
    watcher = FolderWatcher([corpus], corpus.parent / "index", poll=0.1, stop=Event())
    watcher.look()
    path = corpus / "long.txt"
    path.write_text("It begins.")

    def write() -> None:
        for _ in range(20):
            with path.open("a") as file:
                file.write(" It goes on.")
            time.sleep(0.05)

    writer = Thread(target=write)
    writer.start()
    look = watcher.look()
    writer.join()
    assert look.files[str(path)][0] == path.stat().st_size


def test_files_of_other_kinds_do_not_end_a_wait(corpus: Path) -> None:
    watcher = FolderWatcher([corpus], corpus.parent / "index", poll=None, stop=Event())
    watcher.look()

    def write(*names: str) -> None:
        for name in names:
            time.sleep(0.4)
            (corpus / name).write_bytes(b"Something to read, or not.")
        written.append("all")

    written: list[str] = []
    writer = Thread(target=write, args=("a.png", ".b.txt", "winter.txt~", "new.txt"))
    writer.start()
    watcher.wait(LONGEST)
    assert written == ["all"]
    writer.join()
    watcher.close()


@MODES
def test_it_does_not_depend_on_the_working_directory(
    corpus: Path, poll: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus)
    watch = Watch(Path("../index"), poll)
    assert watch.changes() == ArticleChanges()
    monkeypatch.chdir("/")
    (corpus / "new.txt").write_text("A new one.")
    assert watch.changes() == ArticleChanges(added=1)
    watch.close()


@MODES
def test_an_index_of_another_folder_in_its_place_is_followed(
    corpus: Path, watch: Watch, tmp_path: Path
) -> None:
    other = write_corpus(tmp_path / "other", {"a.txt": "Alone.", "b.txt": "Not alone."})
    build(other, tmp_path / "index", replace_other=True)
    (corpus / "new.txt").write_text("Something happens.")
    (corpus / "newer.txt").write_text("Something happens.")
    (other / "a.txt").write_text("It is the other folder that is read.")
    assert watch.changes().added == 2
    (other / "a.txt").write_text("And followed.")
    assert watch.changes() == ArticleChanges(changed=1)
    assert Generation.open(tmp_path / "index").corpus == other
