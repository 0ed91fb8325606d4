"""A long text goes through the pager that the user has named, at the passage, and no shell."""

import shlex
from pathlib import Path

import pytest

from query.showing.pager import Pager, PagerError


def program(folder: Path, name: str, body: str = "exit 0") -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def recorder(folder: Path, name: str) -> str:
    """A pager that writes down its arguments, its LESS, and what it is given."""
    log = shlex.quote(str(folder / "log"))
    body = f'{{ printf "%s\\n" "$@"; echo "LESS=$LESS"; /bin/cat; }} > {log}'
    return program(folder, name, body)


def test_it_is_the_one_that_is_named_or_less_if_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    less, more = program(tmp_path, "less"), program(tmp_path, "more")
    program(tmp_path, "cat")
    assert Pager.find({}) == Pager((less,))
    assert Pager.find({"PAGER": "more -x 'a b'"}) == Pager((more, "-x", "a b"))
    for none in ("", "cat", "''"):
        assert Pager.find({"PAGER": none}) is None
    assert (Pager((less,)).keeps_styles, Pager((more,)).keeps_styles) == (True, False)
    (tmp_path / "less").unlink()
    assert Pager.find({}) is None


def test_one_that_cannot_be_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for named in ("nowhere -x", "less 'x"):
        with pytest.raises(PagerError, match=r"cannot be run: .*; PAGER names another one"):
            Pager.find({"PAGER": named})
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/shell\n")
    broken.chmod(0o755)
    pager = Pager.find({"PAGER": "broken"})
    assert pager is not None
    with pytest.raises(PagerError, match=r"the pager '.*broken' cannot be run: No such file"):
        pager.show("one\n", 0)


def test_less_keeps_styles_and_begins_at_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LESS", raising=False)
    less = Pager((recorder(tmp_path, "less"), "-i"))
    less.show("one\ntwo ü\n", 1)
    assert (tmp_path / "log").read_text().splitlines() == [
        "-i", "-R", "+2g", "LESS=FR", "one", "two ü",
    ]  # fmt: skip
    monkeypatch.setenv("LESS", "S")
    less.show("", 0)
    assert (tmp_path / "log").read_text().splitlines() == ["-i", "-R", "+1g", "LESS=S"]


def test_another_one_gets_the_text_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LESS", raising=False)
    Pager((recorder(tmp_path, "more"), "$(touch x)")).show("one\n", 7)
    assert (tmp_path / "log").read_text().splitlines() == ["$(touch x)", "LESS=", "one"]


def test_a_reader_who_leaves_early_is_no_error(tmp_path: Path) -> None:
    Pager((program(tmp_path, "less"),)).show("word\n" * 1_000_000, 0)
