"""Judged claims in AttributionBench's layout, and the measures of `benchmarks.answers`."""

import json
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from benchmarks import answers
from benchmarks.answers import (
    FileCounts,
    JudgedClaim,
    hit_of,
    judge,
    load_claims,
    macro_f1,
    report,
    split_reference,
)
from embed import Encoder

RIGHT = {
    "claim": "The mill burned in 1953 [2].",
    "references": ["Title: A mill\nText: The mill burned in 1953.\nNobody was hurt."],
    "attribution_label": "attributable",
    "src_dataset": "One",
}
WRONG = {
    "claim": "1. The mill burned in 1954.",
    "references": ["[7] https://example.org/x\n\nThe mill burned in 1953.", "Something else."],
    "attribution_label": "not attributable",
    "src_dataset": "Two",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(map(json.dumps, [RIGHT, WRONG])) + "\n", encoding="utf-8")
    return path


def test_claims_are_judged_against_all_their_references(file: Path) -> None:
    right, wrong = load_claims(file)
    counts = FileCounts([*right.references, *wrong.references])
    assert judge(right, FakeEncoder(dim=4096), counts)
    assert not judge(wrong, FakeEncoder(dim=4096), counts)


def test_marks_of_a_claim_are_not_those_of_its_references() -> None:
    references = ("The mill burned in 1953.", "Something else.")
    claim = JudgedClaim("The mill burned in 1953 [2]. It burned in 1953.", references, True, "One")
    assert judge(claim, FakeEncoder(dim=4096), FileCounts(references))


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("Title: A\nSection: B\n\nIt was.", ("A B", "It was.")),
        ("Title: A (x.org)\nText: It was.", ("A (x.org)", "It was.")),
        ("[7] https://x.org\n\nIt was.", ("", "It was.")),
        ("It was.\nTitle: B", ("", "It was.\nTitle: B")),
        ("Title: A\n", ("", "Title: A\n")),
        ("Title: A\nSection: B\n", ("A", "Section: B\n")),
    ],
)
def test_what_stands_over_a_reference_is_no_sentence_of_it(
    reference: str, parts: tuple[str, str]
) -> None:
    assert split_reference(reference) == parts


def test_a_line_ends_a_sentence() -> None:
    hit = hit_of("One line\nanother line. And more", 1)
    assert [hit.passage.text_of(s.start, s.end) for s in hit.passage.sentences] == [
        "One line",
        "another line.",
        "And more",
    ]


def test_words_are_counted_once_in_each_reference() -> None:
    counts = FileCounts(
        ["Mills burn. A mill burned.", "Title: Mills\n\nBread.", "Bread.", "Bread."]
    )
    assert counts.passages == 3
    assert [counts.passages_with(word) for word in ("mill", "burning", "bread", "x")] == [
        1,
        1,
        2,
        0,
    ]


def test_macro_f1_is_the_mean_over_both_labels() -> None:
    # F1 of "supported": 2 * 2 / (3 + 2); of "not supported": 2 * 1 / (1 + 2).
    assert macro_f1([True, True, True, False], [True, True, False, False]) == pytest.approx(
        (4 / 5 + 2 / 3) / 2
    )


def test_the_mean_is_over_sources() -> None:
    claims = [JudgedClaim("", (), True, "One")] * 3 + [JudgedClaim("", (), False, "Two")]
    table = report(claims, [True, True, True, True])
    assert "| One | 3 | 100.0% | 0.500 |" in table
    assert "| Two | 1 | 100.0% | 0.000 |" in table
    assert "| mean of the sources | 4 | | 0.250 |" in table
    assert "| all claims | 4 | 100.0% | 0.429 |" in table


def test_the_command_prints_a_table(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["answers", str(file), "--show-wrong"])
    monkeypatch.setattr(Encoder, "load", lambda: FakeEncoder(dim=4096))
    answers.main()
    printed = capsys.readouterr().out
    assert "| all claims | 2 | 50.0% | 1.000 |" in printed
    assert "refused" not in printed
