"""Sources, patterns and .passageignore: what is read is what git and a brute force would read."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_index import write_corpus

from index.errors import CorpusError
from index.reading.folder import list_files, list_folder
from index.reading.patterns import parse_pattern
from index.reading.selection import FolderSelection, Selector
from index.reading.sources import locate_sources

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

NAMES = ["a", "b", "ab", "a b", "A", "build", "x.md", "y.txt", "a.txt", "b.txt", "ab.txt"]
NAMES += ["#c.txt", "!d.txt", "[e].txt", "e.txt", "z.png"]
PARTS = ["*", "**", "***", "?", "a", "b", "ab", "*.txt", "*.md", "build", "a.txt", "[ab]", "[!a]"]
PARTS += ["[^b].txt", "a*b", "*a*", "x.*", "\\*", "\\#c.txt", "\\!d.txt", "[a-c]", "a b"]
PARTS += ["[.-0]", "[[]e].txt", "*a*b*t", "?*.t*t"]


def read(root: Path, selection: FolderSelection | None = None) -> list[str]:
    selector = Selector(root, selection) if selection else None
    return list(list_folder(root, selector=selector).doc_ids)


def ignored(root: Path, selection: FolderSelection | None = None) -> dict[str, str]:
    selector = Selector(root, selection or FolderSelection())
    return {entry.path: entry.reason for entry in list_folder(root, selector=selector).ignored}


def a_pattern(chance: random.Random) -> str:
    pattern = "/".join(chance.choice(PARTS) for _ in range(chance.choice([1, 1, 1, 2, 2, 3])))
    return "".join(
        [
            "!" if chance.random() < 0.3 else "",
            "/" if chance.random() < 0.25 else "",
            pattern,
            "/" if chance.random() < 0.25 else "",
        ]
    )


def grow(chance: random.Random, folder: Path, depth: int = 0) -> None:
    """Fill a folder with files, folders and files of patterns."""
    for name in chance.sample(NAMES, chance.randint(1, 5)):
        if "." in name:
            (folder / name).write_text("x\n")
        elif depth < 3:
            (folder / name).mkdir()
            grow(chance, folder / name, depth + 1)
    if chance.random() < 0.4:
        lines = [a_pattern(chance) for _ in range(chance.randint(1, 4))]
        (folder / ".passageignore").write_text("\n".join(["# comment", "", *lines]) + "\n")


@needs_git
def test_patterns_leave_out_what_git_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over random trees, in which `git ls-files` says what no pattern leaves out."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    seen = left_out = 0
    for seed in range(120):
        chance = random.Random(seed)
        root = tmp_path / str(seed)
        root.mkdir()
        subprocess.run(["git", "init", "-q", root], check=True)
        grow(chance, root)
        exclude = tuple(a_pattern(chance) for _ in range(chance.choice([0, 0, 1, 2])))
        command: list[str | Path] = ["git", "-C", root, "ls-files", "-z", "--others"]
        command += ["--exclude-per-directory=.passageignore"]
        command += [word for pattern in exclude for word in ("-x", pattern)]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        expected = sorted(name for name in listed.split("\0") if name.endswith((".txt", ".md")))
        assert read(root, FolderSelection(exclude=exclude)) == expected, seed
        seen += len(expected)
        left_out += len(ignored(root, FolderSelection(exclude=exclude)))
    assert seen > 200
    assert left_out > 100


def test_any_sources_are_read_once_and_nothing_else(tmp_path: Path) -> None:
    """Over random trees without patterns: a file is read if it is a source or lies under one."""
    for seed in range(150):
        chance = random.Random(seed)
        root = tmp_path / str(seed)
        root.mkdir()
        grow(chance, root)
        for path in [*root.rglob(".passageignore")]:
            path.unlink()
        files = [p for p in root.rglob("*") if p.suffix in {".txt", ".md"}]
        places = [root, *(p for p in root.rglob("*") if p.is_dir()), *files]
        named = [chance.choice(places) for _ in range(chance.randint(1, 4))]
        expected = {f for f in files if any(f == n or n in f.parents for n in named)}
        folder, sources = locate_sources(named)
        found = read(folder, FolderSelection(sources))
        assert [folder / doc_id for doc_id in found] == sorted(expected, key=str), seed
        parents = [n if n.is_dir() else n.parent for n in named]
        assert str(folder) == os.path.commonpath(parents)
        covering = FolderSelection(sources).covering()
        assert all(a == b or Path(a) not in Path(b).parents for a in covering for b in covering)
        assert read(folder, FolderSelection(covering)) == found


def test_each_source_is_read_as_it_would_be_alone(tmp_path: Path) -> None:
    """Over random trees with patterns in files: sources together give what they give one by one."""
    for seed in range(150):
        chance = random.Random(seed)
        root = tmp_path / str(seed)
        root.mkdir()
        grow(chance, root)
        places = [root, *(p for p in root.rglob("*") if p.is_dir() or p.suffix == ".txt")]
        named = [chance.choice(places) for _ in range(chance.randint(1, 3))]
        expected = set()
        for place in named:
            folder, sources = locate_sources([place])
            expected |= {folder / name for name in read(folder, FolderSelection(sources))}
        folder, sources = locate_sources(named)
        assert {folder / name for name in read(folder, FolderSelection(sources))} == expected, seed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = ["a.md", "b.txt", ".hidden.md", "drafts/c.md", "drafts/d.txt", ".notes/e.md", "z.png"]
    return write_corpus(tmp_path / "root", dict.fromkeys(files, "Text."))


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), ["a.md", "b.txt", "drafts/c.md", "drafts/d.txt"]),
        (("*.md",), (), ["a.md", "drafts/c.md"]),
        (("drafts/",), (), ["drafts/c.md", "drafts/d.txt"]),
        (("/*.md",), (), ["a.md"]),
        (("*.md", "!drafts"), (), ["a.md"]),
        ((), ("drafts",), ["a.md", "b.txt"]),
        ((), ("*.md", "!a.md"), ["a.md", "b.txt", "drafts/d.txt"]),
        (("*.md",), ("drafts/",), ["a.md"]),
        (("drafts/",), ("*.txt",), ["drafts/c.md"]),
    ],
)
def test_include_and_exclude(
    root: Path, include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    assert read(root, FolderSelection((), include, exclude)) == expected


def test_what_a_pattern_leaves_out_is_named_with_the_pattern(root: Path) -> None:
    (root / ".passageignore").write_text("# none\n\nb.*\n")
    (root / "drafts" / ".passageignore").write_text("/d.txt\n")
    selection = FolderSelection(exclude=("*.png",))
    assert ignored(root, selection) == {
        "b.txt": "left out by b.* (.passageignore, line 3)",
        "drafts/d.txt": "left out by /d.txt (drafts/.passageignore, line 1)",
    }
    assert list_folder(root, selector=Selector(root, selection)).other_kinds == ()
    assert ignored(root, FolderSelection(include=("a*",)))["b.txt"] == (
        "left out by b.* (.passageignore, line 3)"
    )
    (root / ".passageignore").write_text("drafts/\n")
    assert ignored(root) == {"drafts/": "left out by drafts/ (.passageignore, line 1)"}
    assert ignored(root, FolderSelection(include=("a*",)))["b.txt"] == "not named by --include"


def test_a_file_that_is_named_is_read_unless_exclude_names_it(root: Path) -> None:
    (root / ".passageignore").write_text("b.txt\ndrafts\n")
    sources = (".hidden.md", "b.txt", "drafts/c.md", ".notes")
    assert read(root, FolderSelection(sources, include=("nothing",))) == [
        ".hidden.md",
        "b.txt",
        "drafts/c.md",
    ]
    assert read(root, FolderSelection((".", *sources))) == [
        ".hidden.md",
        ".notes/e.md",
        "a.md",
        "b.txt",
        "drafts/c.md",
    ]
    assert read(root, FolderSelection(sources, exclude=("b.*", "drafts/", ".notes"))) == [
        ".hidden.md"
    ]


def test_exclude_counts_for_more_than_a_file_of_patterns(root: Path) -> None:
    (root / ".passageignore").write_text("b.txt\n")
    assert "b.txt" in read(root, FolderSelection(exclude=("!b.txt",)))


def test_links_are_resolved_if_they_are_named_and_not_followed_else(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(root / "drafts")
    (tmp_path / "file.md").symlink_to(root / "a.md")
    folder, sources = locate_sources([tmp_path / "link", tmp_path / "file.md"])
    assert (folder, sources) == (root, ("a.md", "drafts"))
    assert read(folder, FolderSelection(sources)) == ["a.md", "drafts/c.md", "drafts/d.txt"]


def test_folders_with_nothing_in_common_but_the_root(tmp_path: Path) -> None:
    write_corpus(tmp_path, {"a.md": "Text."})
    folder, sources = locate_sources([tmp_path, Path("/usr")])
    assert (folder, sources) == (Path("/"), (str(tmp_path)[1:], "usr"))
    only = FolderSelection((str(tmp_path)[1:],))
    assert read(folder, only) == [f"{tmp_path}/a.md"[1:]]


def messages(root: Path) -> Iterator[str]:
    with pytest.raises(CorpusError) as error:
        list_files(root, selector=Selector(root))
    yield str(error.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"ok\n[a\n", "/.passageignore, line 2: [a: it is not a pattern: is a bracket not closed?"),
        (b"a\\\n", "/.passageignore, line 1: a\\: it is not a pattern"),
        (b"[z-a]\n", "/.passageignore, line 1: [z-a]: it is not a pattern"),
        (b"\xff\n", "/.passageignore, line 1: it is not UTF-8"),
        (b"!/\n", "/.passageignore, line 1: !/: nothing matches it"),
        (b"[[:alpha:]]\n", "in brackets are not supported"),
        (b"**/a/**/b/**/c/**/d\n", "more than 3 **"),
        (b"a\x1b[2J\n", "line 1: a\\x1b[2J: it is too long, or holds control characters"),
        (b"x" * (1 << 20) + b"y", "larger than 1 MiB"),
    ],
)
def test_a_pattern_that_cannot_be_read_is_named(root: Path, content: bytes, expected: str) -> None:
    (root / "drafts" / ".passageignore").write_bytes(content)
    [message] = messages(root)
    assert expected in message
    assert str(root / "drafts" / ".passageignore") in message
    assert message.isprintable()


def test_a_file_of_patterns_that_is_something_else_is_named(root: Path) -> None:
    path = root / ".passageignore"
    path.symlink_to("a.md")
    reason = "it is a link, which is not followed: put a file there"
    assert [f"{path} cannot be read: {reason}"] == [*messages(root)]
    path.unlink()
    path.mkdir()
    assert [f"{path} cannot be read: Is a directory"] == [*messages(root)]
    path.rmdir()
    os.mkfifo(path)
    assert [f"{path} cannot be read: not a regular file"] == [*messages(root)]


def test_a_folder_that_may_not_be_looked_into_is_named(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.lstat

    def refused(path: Path | str) -> os.stat_result:
        if str(path).endswith("drafts/.passageignore"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr("index.reading.selection.os.lstat", refused)
    expected = f"the folder {root}/drafts cannot be looked into: Permission denied"
    assert [*messages(root)] == [expected]


def test_patterns_that_leave_out_all_articles_are_said_to(tmp_path: Path) -> None:
    write_corpus(tmp_path, {"a.md": "Text.", "b/c.txt": "Text.", "d.png": "Nothing to read."})
    with pytest.raises(CorpusError) as error:
        list_files(tmp_path, selector=Selector(tmp_path, FolderSelection(include=("*.zzz",))))
    assert str(error.value) == (
        f"the patterns leave out all articles in {tmp_path} (2 files): "
        "change --include, --exclude or .passageignore"
    )


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a\nb.txt", "its path holds control characters or is not valid UTF-8: rename it"),
        ("../a.txt", "it does not lie in the folder that holds all sources"),
    ],
)
def test_a_source_is_refused_for_one_reason(source: str, reason: str) -> None:
    with pytest.raises(CorpusError) as error:
        FolderSelection((source,)).check()
    assert str(error.value) == f"{source!r} cannot be a source: {reason}"


def test_a_file_of_patterns_may_be_written_on_windows(root: Path) -> None:
    (root / ".passageignore").write_bytes(b"\xef\xbb\xbfb.txt\r\ndrafts/\r\n")
    assert read(root) == ["a.md"]


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a/**/", "a", False),
        ("a/**/", "a/b", True),
        ("a/**/", "a/b/c", True),
        ("a/**", "a", False),
        ("*/", "a/b", True),
        ("b", "a/b", True),
        ("/b", "a/b", False),
        ("a[!x]b", "a/b", False),
        ("x/a[.-0]b", "x/a/b", False),
        ("x/a[!y]b", "x/acb", True),
    ],
)
def test_a_pattern_names_a_folder(pattern: str, path: str, *, expected: bool) -> None:
    parsed = parse_pattern(pattern, "here")
    assert parsed is not None
    assert parsed.names(path, is_folder=True) == expected


def test_many_stars_take_no_endless_time() -> None:
    pattern = parse_pattern("*a" * 60 + "b", "here")
    assert pattern is not None
    assert not pattern.names("a" * 250 + "c", is_folder=False)
    assert pattern.names("a" * 250 + "b", is_folder=False)


@pytest.mark.parametrize("source", ["", "/etc", "../x", "a/../../b", "a\0", "a\nb"])
def test_no_source_leads_out_of_the_folder(root: Path, source: str) -> None:
    with pytest.raises(CorpusError, match="cannot be a source"):
        FolderSelection((source,)).check()


def test_more_sources_than_a_manifest_holds_are_refused() -> None:
    many = tuple(f"{number:0200}.txt" for number in range(2000))
    with pytest.raises(CorpusError, match="2,000 sources are too many to be remembered"):
        FolderSelection(many).check()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no such file or folder"),
        ("a.md/below", "no such file or folder"),
        ("z.png", r"of a kind that is not read \(\.png\)"),
        ("pipe.txt", "neither a file nor a folder"),
        ("loop.txt", "no such file or folder|cannot open"),
        ("\x1b.md", r"no such file or folder: .*\\x1b"),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(root: Path, name: str, message: str) -> None:
    os.mkfifo(root / "pipe.txt")
    (root / "loop.txt").symlink_to("loop.txt")
    with pytest.raises(CorpusError, match=message) as error:
        locate_sources([root / "a.md", root / name])
    assert str(error.value).isprintable()
