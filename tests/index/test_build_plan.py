"""What a build was told is remembered, and an index is built again without being told."""

import json
import os
import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_encoder import FakeEncoder
from small_index import CORPUS, FEW, build, generation_bytes, publish_manifest, rehash, write_corpus

from embed.encoder import Encoder
from embed.model import PACKAGED_NAME
from index.build import BuildReport, EncoderSource, build_index
from index.build_plan import BuildPlan
from index.errors import (
    CorpusError,
    DamagedIndexError,
    FormatError,
    NoIndexError,
    OtherFolderError,
)
from index.store.build_command import BuildSettings
from index.store.generation import Generation
from index.store.layout import CURRENT, FORMAT
from index.store.open_index import OpenIndex
from index.updating import update_index


@pytest.fixture(autouse=True)
def _fake_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(model: str | None, *, precision: str, **_: object) -> FakeEncoder:
        return FakeEncoder(name=model or PACKAGED_NAME, precision=precision)

    def announced(model: str | None = None) -> SimpleNamespace:
        return SimpleNamespace(name=model or PACKAGED_NAME, fingerprint="fake" * 16)

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PASSAGE_INDEX", raising=False)
    monkeypatch.setattr("embed.model.announced_model", announced)
    monkeypatch.setattr("embed.cache.fingerprint_with", lambda fingerprint, _: fingerprint)
    monkeypatch.setattr(Encoder, "load", load)
    # As if each model had been used here before: another one would not be opened by its name.
    monkeypatch.setattr(
        Encoder,
        "open",
        lambda _, name, precision, **__: FakeEncoder(name=name, precision=precision),
    )
    monkeypatch.setattr("index.scoring.calibration.unrelated_questions", lambda: list(FEW))


def plan_by_chance(chance: random.Random, root: Path) -> BuildPlan:
    files = [root / name for name in CORPUS]
    folders = [root, root / "east", root / "west"]
    patterns = ["*.md", "*.txt", "e*/", "!bread*", "/winter.txt", "b*"]
    sources = chance.sample([*files, *folders], chance.randint(1, 3))
    plan = BuildPlan.for_sources(
        sources,
        chance.sample(patterns, chance.choice([0, 0, 1, 2])),
        chance.sample(patterns, chance.choice([0, 0, 1])),
    )
    return BuildPlan(
        plan.folder,
        plan.selection,
        chance.choice([None, "another", "it's a model"]),
        chance.choice(["fp32", "int8"]),
        chance.choice([None, 1294538, 1 << 20]),
        chance.choice(["", "cp1252"]),
    )


def test_a_build_without_arguments_gives_the_same_generation(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "my corpus", {**CORPUS, "west/bee.md": "A bee.\n"})
    built = 0
    for seed in range(60):
        plan = plan_by_chance(random.Random(seed), root)
        directory = tmp_path / f"index {seed}"
        try:
            report = plan.build(directory)
        except CorpusError:  # its patterns leave nothing
            assert not directory.exists()
            continue
        built += 1
        assert BuildPlan.remembered(directory) == plan
        again = update_index(directory)
        assert (again.changed, again.generation.name) == (False, report.generation.name)
        for path in directory.glob("g-*/*"):  # from nothing but what it remembers
            if path.name != "MANIFEST.json":
                path.unlink()
        assert update_index(directory).generation.name == report.generation.name
        OpenIndex.open(directory).close()
    assert built > 20


def built(
    directory: str, *sources: str, replace_other: bool = False, **patterns: tuple[str, ...]
) -> BuildReport:
    plan = BuildPlan.for_sources([Path(source) for source in sources], **patterns)
    return plan.build(Path(directory), replace_other=replace_other)


def doc_ids(directory: str) -> list[str]:
    opened = OpenIndex.open(Path(directory))
    try:
        return [record.doc_id for record in opened.catalog.documents()]
    finally:
        opened.close()


def test_an_update_reads_what_has_come_and_what_patterns_say_now(corpus: Path) -> None:
    built("i", "corpus/east", "corpus/talks.md", exclude=("bread*",))
    assert doc_ids("i") == ["east/river.txt", "talks.md"]
    write_corpus(corpus, {"east/bread2.md": "No.", "east/new.md": "Yes.", "west.txt": "No."})
    report = update_index(Path("i"))
    assert report.embedded == 1
    assert doc_ids("i") == ["east/new.md", "east/river.txt", "talks.md"]
    (corpus / "east" / ".passageignore").write_text("river*")
    assert [entry.path for entry in update_index(Path("i")).ignored] == [
        "east/bread.txt",
        "east/bread2.md",
        "east/river.txt",
    ]
    assert doc_ids("i") == ["east/new.md", "talks.md"]


def test_other_sources_are_not_replaced_unless_asked(corpus: Path) -> None:
    write_corpus(Path("other"), {"a.txt": "Another."})
    built("i", "corpus")
    before = generation_bytes(Path("i"))
    for sources in [("corpus", "other"), ("other",), ("corpus/east",), ("corpus/talks.md",)]:
        with pytest.raises(OtherFolderError, match="give --index DIR"):
            built("i", *sources)
    assert generation_bytes(Path("i")) == before
    assert built("i", "corpus", exclude=("*.md",)).embedded == 0  # other patterns are allowed
    assert built("i", "corpus", "corpus/east", "corpus").embedded == 2  # all of it, as it was
    report = built("i", "corpus", "other", replace_other=True)
    assert report.embedded == 1  # what is in both is taken over
    with pytest.raises(
        OtherFolderError, match=f"is the index of {corpus} and {corpus.parent}/other, not of"
    ):
        built("i", "corpus")
    assert built("i", "other", "corpus", "other/a.txt").embedded == 0


def test_patterns_that_change_no_article_are_remembered_too(corpus: Path) -> None:
    built("i", "corpus", exclude=("nothing",))
    report = built("i", "corpus", exclude=("nothing else",))
    assert (report.changed, report.embedded) == (True, 0)
    assert BuildPlan.remembered(Path("i")).selection.exclude == ("nothing else",)
    assert built("i", "corpus", "corpus/talks.md").changed


def test_an_index_of_the_format_before_was_made_of_all_of_its_folder(corpus: Path) -> None:
    built("i", "corpus")
    values = json.loads((Generation.open(Path("i")).path / "MANIFEST.json").read_bytes())
    for name in ("sources", "include", "exclude"):
        del values[name]
    publish_manifest(Path("i"), json.dumps(values | {"format": 5}, indent=1).encode())
    with pytest.raises(OtherFolderError):
        built("i", "corpus/east")
    assert built("i", "corpus").changed


def test_a_folder_that_holds_an_index_stands_for_it(corpus: Path, tmp_path: Path) -> None:
    from index.store.locating import find_index, index_to_write

    inner = corpus / ".passage-index"
    assert index_to_write("corpus") == Path("corpus")
    build(corpus, inner)
    assert find_index("corpus") == Path("corpus/.passage-index")
    assert index_to_write(corpus) == inner
    assert find_index(inner) == index_to_write(inner) == inner
    os.environ["PASSAGE_INDEX"] = str(corpus)
    try:
        assert find_index() == index_to_write() == inner
    finally:
        del os.environ["PASSAGE_INDEX"]
    build(corpus / "east", inner / ".passage-index")  # an index is not looked into
    assert find_index(inner) == inner
    with pytest.raises(NoIndexError, match="no index at corpus/east"):
        find_index("corpus/east")


def test_without_an_index_there_is_nothing_to_repeat(corpus: Path) -> None:
    for directory in ("nowhere", "corpus"):
        with pytest.raises(NoIndexError, match=f"no index at {directory} that could be brought"):
            update_index(Path(directory))
    assert not Path("nowhere").exists()


@pytest.mark.parametrize("version", [1, FORMAT - 1, FORMAT + 1])
def test_an_index_of_another_format_is_not_repeated(corpus: Path, version: int) -> None:
    built("i", "corpus", "corpus/talks.md", exclude=("x",))
    rehash(Path("i"), format=version)
    with pytest.raises(FormatError, match=r"index build corpus"):
        update_index(Path("i"))


def test_a_manifest_that_was_changed_is_not_believed(corpus: Path) -> None:
    built("i", "corpus/east", "corpus/talks.md", include=("*.md", "e f"), exclude=("x y",))
    manifest = Generation.open(Path("i")).path / "MANIFEST.json"
    data = manifest.read_bytes()
    manifest.write_bytes(data.replace(b'"tokens": ', b'"tokens":  '))
    with pytest.raises(DamagedIndexError) as error:
        update_index(Path("i"))
    assert str(error.value).endswith(
        "build it again: index build corpus/east corpus/talks.md --index i "
        "--include '*.md' --include 'e f' --exclude 'x y'"
    )
    manifest.write_bytes(data)
    (Path("i") / CURRENT).write_text("x")
    with pytest.raises(DamagedIndexError, match=r"--exclude 'x y'$"):
        update_index(Path("i"))


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": ["../secret"]},
        {"sources": ["/etc"]},
        {"sources": "abc"},
        {"sources": [1]},
        {"include": ["[a"]},
        {"exclude": [None]},
        {"include": {"a": 1}},
        {"max_bytes": -1},
        {"encoding": 7},
    ],
)
def test_an_index_of_somebody_leads_out_of_no_folder(
    corpus: Path, changes: dict[str, object]
) -> None:
    built("i", "corpus")
    rehash(Path("i"), **changes)
    with pytest.raises((DamagedIndexError, CorpusError)):
        update_index(Path("i"))
    if "sources" in changes:
        with pytest.raises(DamagedIndexError):
            Generation.open(Path("i"))


def test_a_source_that_is_gone_is_named_and_nothing_is_lost(corpus: Path) -> None:
    built("i", "corpus/east", "corpus/talks.md")
    before = generation_bytes(Path("i"))
    (corpus / "talks.md").unlink()
    with pytest.raises(CorpusError, match=r"/talks\.md that was indexed is gone; to go on"):
        update_index(Path("i"))
    assert generation_bytes(Path("i")) == before
    (corpus / ".passageignore").write_text("[")  # over the sources, and not read
    (corpus / "talks.md").write_text("Talks.")
    (corpus / "east" / ".passageignore").write_text("[")
    with pytest.raises(CorpusError, match=r"east/\.passageignore, line 1"):
        update_index(Path("i"))
    assert generation_bytes(Path("i")) == before


def test_lists_that_cannot_be_read_are_unknown(corpus: Path) -> None:
    built("i", "corpus/east", "corpus/talks.md")
    manifest = Generation.open(Path("i")).path / "MANIFEST.json"
    values = json.loads(manifest.read_bytes())
    assert BuildSettings.read(Path("i")).selection is not None
    del values["sources"]
    manifest.write_text(json.dumps(values, indent=1))
    assert BuildSettings.read(Path("i")).selection is None
    with pytest.raises(OtherFolderError, match="does not tell any more"):
        built("i", "corpus/east", "corpus/talks.md")


def test_the_library_takes_a_selection(corpus: Path) -> None:
    source = EncoderSource.of(FakeEncoder())
    plan = BuildPlan.for_sources([corpus / "talks.md"])
    report = build_index(plan.folder, Path("i"), source, selection=plan.selection)
    assert (report.generation.corpus, report.generation.manifest.documents) == (corpus, 1)
