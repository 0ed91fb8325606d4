"""How an explanation is shown: in a terminal, as JSON, in a notebook; and what is left out."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner, Result
from small_index import CORPUS, build, retriever_over, write_corpus

from embed import Encoder
from index import FOUND, NOTHING_FOUND, EncoderSource, build_index
from query import NoSuchPassageError, Retriever, SearchOptions
from query.cli import query
from query.explaining.explainer import Explainer, explain_verdict
from query.explaining.explanation import ExplainedVerdict, Explanation
from query.explaining.telling import MARKS, marked_pieces
from query.explaining.why_not import why_not
from query.ranking import Ranking
from query.showing.explained import drawing
from query.showing.safe_text import columns
from query.showing.seen_text import seen_text
from query.showing.terminal import Page, explained_below, not_shown, render

pytestmark = pytest.mark.slow

FILES = {
    **CORPUS,
    "twice.txt": "Bread and salt were all they had. They shared it.\n",
    "marked.md": "# Fees\n\nThe **fee** for a [permit](https://x.org) is &lt; 5 €. Pay it early.\n",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    corpus = write_corpus(folder / "corpus", FILES)
    build_index(corpus, folder / "index", EncoderSource.of(encoder))
    return folder / "index"


@pytest.fixture(scope="module")
def retriever(directory: Path, encoder: Encoder) -> Iterator[Retriever]:
    with Retriever.open(directory, encoder=encoder) as opened:
        yield opened


def explained(retriever: Retriever, question: str, k: int = 2) -> tuple[Ranking, list[Explanation]]:
    ranking = retriever.retrieve(question, k=k)
    explainer = Explainer.of(retriever.searcher, retriever.encoder, ranking)
    return ranking, explainer.explain((hit.document, hit.passage) for hit in ranking)


def run(directory: Path, *arguments: str) -> Result:
    arguments = ("--index", str(directory), *arguments)
    return CliRunner().invoke(query, arguments, standalone_mode=False)


def page(width: int | None = 80, *, styled: bool = False) -> Page:
    return Page(width, styled, Path.cwd())


def rendered(retriever: Retriever, question: str, shown_on: Page) -> str:
    ranking, explanations = explained(retriever, question)
    why = {hit.rank: each for hit, each in zip(ranking, explanations, strict=True)}
    verdict = explain_verdict(retriever.searcher, ranking, 0.05)
    return render(ranking, shown_on, None, why) + explained_below(verdict, explanations, shown_on)


def test_the_strongest_words_are_marked_and_the_text_stays(retriever: Retriever) -> None:
    _, [first, *_] = explained(retriever, "what is the fee for a permit")
    pieces = marked_pieces(first.passage, first.spans())
    assert "".join(re.sub(f"[{''.join(MARKS)}]", "", text) for text, _ in pieces) == (
        seen_text(first.passage).text
    )
    strong = [text for text, level in pieces if level == 3]
    assert any("fee" in text for text in strong)
    shares = dict.fromkeys(first.levels(seen_text(first.passage)).values())
    assert set(shares) <= {1, 2, 3}


def test_levels_follow_the_shares(retriever: Retriever) -> None:
    """An oracle over the text of the document: shares added up by the word that they stand in."""
    _, explanations = explained(retriever, "bread and salt at night", 4)
    for each in explanations:
        text = each.passage.text
        words = [match.span() for match in re.finditer(r"\S+", text)]
        sums = [
            math.fsum(s for a, _, s in each.spans() if start <= a - each.passage.start < end)
            for start, end in words
        ]
        largest = max(sums)
        expected = {
            start: 3 if share >= largest * 2 / 3 else 2 if share >= largest / 3 else 1
            for (start, _), share in zip(words, sums, strict=True)
            if share >= largest / 6
        }
        assert each.levels(seen_text(each.passage)) == expected


@pytest.mark.parametrize("width", [20, 30, 40, 80, 200])
@pytest.mark.parametrize("styled", [False, True])
def test_no_line_is_wider_than_the_page(retriever: Retriever, width: int, styled: bool) -> None:
    text = rendered(retriever, "bread and salt", page(width, styled=styled))
    assert max(columns(line) for line in click.unstyle(text).splitlines()) <= width
    assert ("\x1b" in text) == styled


def test_colour_never_tells_more_than_the_marks(retriever: Retriever) -> None:
    styled = rendered(retriever, "bread and salt", page(styled=True))
    assert "48;5;214m" in styled
    assert click.unstyle(styled) == rendered(retriever, "bread and salt", page())
    for shade, mark in zip(("230", "222", "214"), MARKS[1:], strict=True):
        for stretch in re.findall(rf"48;5;{shade}m([^\x1b]*)\x1b", styled):
            assert all(word.endswith(mark) for word in stretch.split())


def test_a_line_for_each_part_names_what_carries_it(retriever: Retriever) -> None:
    ranking, [first, *_] = explained(retriever, "bread and salt")
    lines = {part.name: part for part in first.shown_parts()}
    assert list(lines) == ["passage", "context", "sentence", "words", "complete", "verbatim"]
    assert "salt" in lines["sentence"].carried_by
    assert "[CLS]" in lines["sentence"].carried_by
    assert re.search(r"bread \S+ \(once, in 2 passages\)", lines["words"].carried_by)
    assert lines["verbatim"].carried_by == "word for word"
    text = rendered(retriever, "bread and salt", page(None))
    assert f"   {ranking[0].score:.3f} = passage " in text
    assert text.count("A share belongs to a word in its context, not to the word alone.") == 1


def test_an_explanation_that_stays_is_printed_and_shown_in_a_notebook(retriever: Retriever) -> None:
    ranking, [first, *_] = explained(retriever, "what is the fee for a permit")
    assert str(first).splitlines()[0].startswith(f"{ranking[0].score:.3f} = ")
    html = first._repr_html_()
    assert html.count("<tr>") == html.count("</tr>") == 6
    assert re.search(r"\.65\)\">fee█</span>|\.65\)\">\*\*fee\*\*█</span>", html)
    hostile = replace(first.passage, text=first.passage.text.replace("for a", "<u>x&"))
    for parts in (first.parts, ()):  # with marks on its words, and without
        shown = replace(first, passage=hostile, parts=parts, no_tokens="<b>x</b>")._repr_html_()
        assert "<u>" not in shown
        assert "&lt;u&gt;x&amp;" in shown
        assert "&lt;b&gt;x&lt;/b&gt;" in shown


def test_json_adds_up_to_what_is_not_rounded(directory: Path, retriever: Retriever) -> None:
    result = run(directory, "--json", "--explain", "-k", "3", "--all", "bread and salt")
    values = json.loads(result.output)
    ranking = retriever.retrieve("bread and salt", k=3)
    assert values["explain"]["evidence"] > values["explain"]["usual"]
    for hit, found in zip(ranking, values["hits"], strict=True):
        parts = found["explain"]["parts"]
        assert math.isclose(math.fsum(part["share"] for part in parts), hit.score, abs_tol=1e-6)
        for part in parts:
            assert list(part) == ["name", "share", "tokens", "words", "passages", "note"]
            inside = [*part["tokens"], *part["words"], *part["passages"]]
            if inside:
                total = math.fsum(each["share"] for each in inside)
                assert math.isclose(total, part["share"], abs_tol=1e-9)
            for token in part["tokens"]:
                assert set(token) == {"start", "end", "text", "share", "kind"}
    assert "explain" not in json.loads(run(directory, "--json", "bread and salt").output)


def test_json_of_several_questions_is_explained_too(directory: Path) -> None:
    result = CliRunner().invoke(
        query, ["--index", str(directory), "--json", "--explain"], input="bread\n\nriver\n"
    )
    first, empty, second = map(json.loads, result.output.splitlines())
    assert first["hits"][0]["explain"]["parts"]
    assert second["explain"]["p_chance"] >= 0
    assert "explain" not in empty


def test_without_a_match_the_verdict_is_explained(directory: Path) -> None:
    result = run(directory, "--explain", "chocolate cake recipe")
    assert result.return_value == NOTHING_FOUND
    assert "Nothing here is about that" in result.output
    assert re.search(r"Evidence -?\d\.\d\d\. Half of the unrelated questions", result.output)
    values = json.loads(run(directory, "--json", "--explain", "chocolate cake recipe").output)
    assert values["nearest"][0]["explain"]["parts"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--explain", "--context", "100", "bread"],
        ["--explain", "--open", "1", "bread"],
        ["--explain", "--format", "vimgrep", "bread"],
        ["--why-not", "winter.txt#1"],
        ["--why-not", "winter.txt#1", "--like", "winter.txt#2"],
        ["--why-not", "winter.txt#1", "--around", "1", "bread"],
        ["--why-not", "winter.txt#1", "--format", "vimgrep", "bread"],
    ],
    ids=" ".join,
)
def test_forms_that_do_not_go_together_are_refused(directory: Path, arguments: list[str]) -> None:
    result = run(directory, *arguments)
    assert isinstance(result.exception, click.UsageError)
    assert str(result.exception).startswith("--")


def verdict_of(evidence: float | None, p_chance: float = 0.0) -> ExplainedVerdict:
    return ExplainedVerdict(evidence, 0.2, 0.3, 0.5, 0.5, p_chance, 0.05)


@pytest.mark.parametrize("width", [20, 40, 80, 100])
@pytest.mark.parametrize("evidence", [-0.1, 0.2, 0.3, 0.5, 0.7, 1.9, None])
def test_the_drawing_puts_the_question_where_it_stands(width: int, evidence: float | None) -> None:
    line = drawing(verdict_of(evidence), width)
    assert len(line) <= width
    first, bar, last = line.split(" ")
    assert float(first) < 0.2
    assert float(last) > 0.5
    assert ("●" in bar) == (evidence is not None)
    if evidence is None:
        return
    where = bar.index("●") / (len(bar) - 1)
    expected = (evidence - float(first)) / (float(last) - float(first))
    assert abs(where - expected) <= 1 / (len(bar) - 1) + 0.02
    if evidence > 0.7:
        assert bar.index("|") < bar.index("●")


def why_not_of(
    retriever: Retriever, passage_id: str, question: str, **options: object
) -> list[str]:
    search = SearchOptions(**{"k": 1, "matches_only": True, **options})  # type: ignore[arg-type]
    return list(retriever.why_not(question, passage_id, search).reasons)


def test_why_not_names_each_reason(retriever: Retriever) -> None:
    asked = "bread and salt"
    assert why_not_of(retriever, "east/bread.txt#1", asked) == ["it did come up: it is hit 1"]
    [same] = why_not_of(retriever, "twice.txt#1", asked)
    assert same == "it says the same as hit 1, word for word: east/bread.txt#1"
    [first, *others] = why_not_of(retriever, "winter.txt#1", asked, docs="east/*")
    assert first.startswith("filtered out")
    assert any(reason.startswith("fewer words") for reason in others)
    reasons = why_not_of(retriever, "winter.txt#1", asked)
    assert reasons[0].startswith("no better than chance: an unrelated question finds")
    assert any("not all words of the question" in r and "bread, salt" in r for r in reasons)
    low = why_not_of(retriever, "winter.txt#1", asked, min_score=0.9)
    assert re.search(r"below --min-score: \S+, and not 0.9", low[0])
    [no_word, *_] = why_not_of(retriever, "winter.txt#1", asked, mode="lexical")
    assert no_word == "it has no word of the question"
    assert any("a lower best sentence" in reason for reason in reasons)


def test_why_not_says_that_a_passage_is_shown_under_another(
    tmp_path: Path, encoder: Encoder
) -> None:
    quote = "The truth is secondary to the Kremlin’s fictions."
    long = f"Rain fell. {quote} {'It rained on and on over the old harbour. ' * 5}"
    after = "It rained all over the northern valleys until evening. Nobody spoke. " * 5
    corpus = write_corpus(tmp_path / "corpus", {"a.txt": f"{long}\n\n{quote}\n\n{after}\n"})
    build(corpus, tmp_path / "index", source=EncoderSource.of(encoder))
    with Retriever.open(tmp_path / "index", encoder=encoder) as retriever:
        found = retriever.why_not("fictions of the Kremlin", "a.txt#2", SearchOptions(k=1))
        assert found.reasons[0] == "shown under another passage, which it repeats: a.txt#1"
        assert found.hit == 1


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_the_rank_is_that_of_a_full_ranking(retriever: Retriever, mode: str) -> None:
    """Each passage of a ranking of all stands at its rank, copies counted as they come."""
    options = SearchOptions(k=50, mode=mode)  # type: ignore[arg-type]
    [ranking] = retriever.search(["the river at night"], options)
    copies = 0
    for hit in ranking:
        one = SearchOptions(k=1, mode=mode)  # type: ignore[arg-type]
        found = retriever.why_not("the river at night", hit.passage.passage_id, one)
        assert found.standing.rank == hit.rank + copies
        assert math.isclose(found.standing.score, hit.score, abs_tol=1e-6)
        assert (found.hit == 1) == (hit.rank == 1)
        copies += len(hit.also_in)


def test_why_not_at_the_command_line(directory: Path, retriever: Retriever) -> None:
    result = run(directory, "-k", "1", "--why-not", "winter.txt:1", "bread and salt")
    assert result.return_value == NOTHING_FOUND
    assert re.search(r"It stands as number \d+ of \d+ passages", result.output)
    assert "Those of hit 1, the last shown, east/bread.txt:1:" in result.output
    own = run(directory, "--why-not", "east/bread.txt#1", "bread and salt")
    assert own.return_value == FOUND
    values = json.loads(
        run(directory, "--json", "-k", "1", "--why-not", "winter.txt#1", "bread and salt").output
    )
    found = values["why_not"]
    assert found["last"]["passage_id"] == "east/bread.txt#1"
    assert found["reasons"]
    assert found["explain"]["parts"]
    missing = run(directory, "--why-not", "nowhere.txt#1", "bread")
    assert isinstance(missing.exception, NoSuchPassageError)
    search = SearchOptions(k=1, matches_only=True)
    why = retriever.why_not("bread and salt", "winter.txt#1", search)
    for width in (20, 40, 80):
        lines = not_shown(why, page(width)).splitlines()
        assert max(map(columns, lines)) <= width


def test_an_encoder_without_shares_says_so_once(tmp_path: Path) -> None:
    with retriever_over(tmp_path, CORPUS) as fake:
        text = rendered(fake, "bread and salt", page(None))
        said = (
            "Cosines are not divided among words: this encoder does not tell the shares of tokens."
        )
        assert text.count(said) == 1


def test_a_long_scan_is_announced(directory: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["--index", str(directory), "--why-not", "winter.txt#1", "bread"]
    query.main(arguments, standalone_mode=False)
    assert "passages is scored" not in capfd.readouterr().err
    with patch("query.explaining.why_not.LONG_SCAN", 2):
        query.main(arguments, standalone_mode=False)
    assert re.search(r"every one of \d+ passages is scored", capfd.readouterr().err)


@pytest.mark.filterwarnings("ignore")
def test_a_title_in_a_question_leaves_one_document(tmp_path: Path, encoder: Encoder) -> None:
    """What is not in that document was filtered out, since it alone was asked."""
    files = {
        "relay.md": "# The Harbour Relay Manual\n\nReset the amber lamp by turning the key.\n",
        "other.md": "# Notes on cooking\n\nSoup is made of water and salt.\n",
    }
    build(write_corpus(tmp_path / "c", files), tmp_path / "i", source=EncoderSource.of(encoder))
    with Retriever.open(tmp_path / "i", encoder=encoder) as retriever:
        question = 'In "The Harbour Relay Manual", how is the amber lamp reset?'
        [first] = retriever.search([question], SearchOptions(k=1))
        asked = replace(first, asked="how is the amber lamp reset?")
        explainer = Explainer.of(retriever.searcher, encoder, asked)
        document, [passage] = retriever.read("other.md#1")
        found = why_not(explainer, asked, document, passage, SearchOptions(k=1))
        assert found.reasons[0].startswith("filtered out")
