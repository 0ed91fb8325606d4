"""A hit is opened by a program of the user: the right one, at the line, and through no shell."""

import shlex
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from fake_hits import hits_of

from index.reading.formats import SUFFIXES
from query.hits import Hit
from query.opening import OpenError, open_hit, opening_command

TEXT = Path("/corpus/a b.txt")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with programs that write their arguments down, one a line."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("vim", "code", "subl", "kate", "odd", "xdg-open"):
        script = folder / name
        log = shlex.quote(str(tmp_path / "log"))
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" "${{0##*/}}" "$@" > {log}\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.platform", "linux")
    return folder


@pytest.mark.parametrize(
    ("editor", "arguments"),
    [
        ("vim", ["+7", str(TEXT)]),
        ("vim -n 'two words'", ["-n", "two words", "+7", str(TEXT)]),
        ("code --wait", ["--wait", "--goto", f"{TEXT}:7"]),
        ("subl", [f"{TEXT}:7"]),
        ("kate", ["-l", "7", str(TEXT)]),
        ("odd", [str(TEXT)]),
    ],
)
def test_an_editor_is_told_the_line_as_it_takes_it(
    programs: Path, editor: str, arguments: list[str]
) -> None:
    command = opening_command(TEXT, 7, {"EDITOR": editor})
    assert command == [str(programs / editor.split(maxsplit=1)[0]), *arguments]
    assert opening_command(TEXT, 0, {"EDITOR": "vim"})[1:] == [str(TEXT)]


def test_visual_comes_before_editor_and_the_viewer_last(programs: Path) -> None:
    def program(**environment: str) -> str:
        return Path(opening_command(TEXT, 7, environment)[0]).name

    assert program(VISUAL="code", EDITOR="vim") == "code"
    assert program(VISUAL=" ", EDITOR="vim") == "vim"
    assert program() == "xdg-open"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_not_text_is_opened_in_its_viewer(programs: Path, suffix: str) -> None:
    viewed = {".pdf", ".docx", ".docm", ".dotx", ".dotm", ".html", ".htm", ".xhtml", ".epub"}
    viewed |= {".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"}
    viewed |= {".odt", ".ott", ".fodt", ".rtf", ".eml"}
    viewed |= {".ipynb", ".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods"}
    command = opening_command(Path(f"/corpus/a{suffix}"), 0, {"EDITOR": "vim"})
    assert Path(command[0]).name == ("xdg-open" if suffix in viewed else "vim")


def test_what_a_desktop_would_run_is_never_given_to_the_viewer(programs: Path) -> None:
    """An index from somebody else may name any file."""
    for name in ("a.desktop", "a.sh", "a", "a.pdf.desktop"):
        command = opening_command(Path("/corpus") / name, 0, {"EDITOR": "vim"})
        assert Path(command[0]).name == "vim"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"EDITOR": "nowhere"}, "EDITOR names nowhere"),
        ({"VISUAL": "vim 'x"}, "VISUAL is not a command"),
        ({"EDITOR": "''"}, "EDITOR names"),
    ],
)
def test_an_editor_that_cannot_be_run_is_named(
    programs: Path, environment: dict[str, str], message: str
) -> None:
    with pytest.raises(OpenError, match=message):
        opening_command(TEXT, 7, environment)


def test_without_a_program_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OpenError, match="set EDITOR"):
        opening_command(TEXT, 7, {})
    with pytest.raises(OpenError, match="install"):
        opening_command(Path("/a.pdf"), 7, {"EDITOR": "vim"})


def hit_of(name: str) -> Hit:
    [hit] = hits_of("Some words.", 1)
    return replace(hit, passage=replace(hit.passage, doc_id=name, line=7))


def test_nothing_in_a_name_is_taken_for_a_command_or_an_option(
    programs: Path, tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for name in ("-c quit.txt", "+q.txt", "$(touch x).txt", "a;b.txt", "`c`.txt", "d'e.txt"):
        (corpus / name).write_text("Some words.")
        open_hit(hit_of(name), corpus, {"EDITOR": "vim"})
        assert (tmp_path / "log").read_text().splitlines() == ["vim", "+7", str(corpus / name)]


def test_only_a_file_of_the_folder_is_opened(programs: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "secret.txt").write_text("Some words.")
    (corpus / "link.txt").symlink_to(tmp_path / "secret.txt")
    for name, message in (("link.txt", "leads out"), ("gone.txt", "not there any more")):
        with pytest.raises(OpenError, match=message):
            open_hit(hit_of(name), corpus, {"EDITOR": "vim"})
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize("target", ["run.desktop", "run.sh", "run", "page.html"])
def test_a_link_to_a_file_of_another_kind_is_not_opened(
    programs: Path, tmp_path: Path, target: str
) -> None:
    """It may have taken the place of the article after the build."""
    (tmp_path / target).write_text("Some words.")
    (tmp_path / "a.txt").symlink_to(tmp_path / target)
    for environment in ({}, {"EDITOR": "vim"}):
        with pytest.raises(OpenError, match="another kind"):
            open_hit(hit_of("a.txt"), tmp_path, environment)
    (tmp_path / "run.desktop").write_text("Some words.")
    with pytest.raises(OpenError, match="another kind"):  # an index from somebody else
        open_hit(hit_of("run.desktop"), tmp_path, {})
    assert not (tmp_path / "log").exists()


def test_a_program_that_fails_is_told(programs: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words.")
    (programs / "vim").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(OpenError, match="ended with status 3"):
        open_hit(hit_of("a.txt"), tmp_path, {"EDITOR": "vim"})
    (programs / "vim").write_text("#!/nowhere/sh\n")
    with pytest.raises(OpenError, match="cannot be run"):
        open_hit(hit_of("a.txt"), tmp_path, {"EDITOR": "vim"})
