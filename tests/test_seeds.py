"""The two articles in seeds/, paragraph by paragraph, with the real tokenizer."""

import hashlib
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from small_index import split_document

from embed import Encoder, TextEncoder
from index.document import Document
from index.reading.document_reader import read_document
from index.splitting.passages import Article
from index.types import Passage

SEEDS = Path(__file__).parents[1] / "seeds"
FIRST = "000_53edba5626bfd8b0.txt"
SECOND = "003_c6ab9badc77dffa3.txt"

# Line in the file, word pieces, sentences, first words, last words of each passage.
PASSAGES = {
    FIRST: [
        (3, 98, 4, "In March, a group of terrorists attacked", ", and, by extension, the West."),
        (4, 100, 2, "Many outside Russia saw the deadly terro", " of a powerful, unified state."),
        (5, 137, 5, "Russians would not be blamed if the kill", "ailed to keep the public safe."),
        (6, 74, 4, "But not in today’s Russia. Rather than f", "ility to Ukraine and the West."),
        (7, 185, 5, "Before the March attack, many top Russia", " prevent the terrorist attack."),
        (8, 242, 8, "During a period when officials and the m", "a, and other extremist groups."),
        (9, 14, 1, "The truth is secondary to the Kremlin’s ", "ary to the Kremlin’s fictions."),
        (10, 84, 3, "Many of Russia’s elites readily blur the", "rder that must be transformed."),
        (11, 151, 5, "More than two years of war have made the", " powerlessness and dependence."),
        (11, 149, 4, "In this situation, all one can do is acc", "ternational rules-based order."),
        (12, 127, 3, "The war and Putin’s escalating confronta", " without risking imprisonment."),
        (13, 139, 6, "Many Western observers assumed that war ", "appear ready to fight forever."),
        (14, 127, 3, "Judging by off-the-record talks I had wi", "raine, for no matter how long."),
        (14, 130, 3, "The exact nature of that victory remains", "crimes perpetrated in Ukraine."),
        (15, 99, 3, "Some observers argue that Ukraine should", "in its present political form."),
        (16, 27, 1, "A centripetal force is bearing down on R", "ontrol over state and society."),
        (17, 127, 3, "In this context, French President Emmanu", "kraine grows more threatening."),
        (18, 94, 3, "As Russian leaders weigh which nuclear o", " would be a welcome scenario.”"),
        (19, 91, 2, "In addition, there is a belief in Moscow", "their country’s invincibility."),
        (20, 203, 7, "Among Russian elites, the prevailing bel", "ves Putin’s military strategy."),
        (21, 148, 4, "Neither terrorist attacks nor the prospe", "-confident, bold, and radical."),
    ],
    SECOND: [
        (7, 29, 2, "The Kremlin makes remorseless efforts to", " huge problems for the future."),
        (9, 68, 2, "Despite all the losses from 20 months of", " the cowing of Western Europe."),
        (11, 52, 3, "Putin’s regime has sought to do this wit", "gness to consider a ceasefire."),
        (13, 65, 1, "This reflects a recognition at the highe", " meanwhile notarized and huge."),
        (15, 49, 2, "The regime needs a pause of several year", "ses its military base in Gaza."),
        (17, 106, 3, "There have been three identifiable attem", "ciated nuclear saber-rattling."),
        (19, 71, 2, "Russia’s leadership also hoped that the ", " of detail and soon forgotten."),
        (21, 40, 1, "The second attempt took place in Februar", "e operations against Vuhledar."),
        (23, 87, 3, "Also, in March 2023, Xi Jinping visited ", "s impending counter-offensive."),
        (27, 77, 3, "The third attempt came at the beginning ", "and are further investigating."),
        (29, 72, 2, "Whether or not the Kremlin was aware of ", "on Russia’s state-owned media."),
        (31, 83, 3, "The Kremlin may well believe the Middle ", "ctive gas supplier for Europe."),
        (33, 78, 2, "But while the Kremlin needs a ceasefire ", "ian access to the Sea of Azov."),
        (35, 60, 2, "This would allow Russia to hold onto lar", "restoration and modernization."),
        (37, 52, 1, "As during the initial phase of Russia’s ", "“dangerous military activity.”"),
        (39, 88, 3, "Russia’s tactics of missile and drone st", "tainable economic development."),
        (41, 45, 2, "It has been suggested that a “Korean sce", "orea’s capital and the border."),
        (43, 67, 3, "But the reason is that North Korea was c", "self want a real war, for now."),
        (47, 74, 1, "In contrast, Russia’s strategic purposes", "en developing since 1993–1995."),
        (49, 94, 3, "Such an achievement is necessary to insu", " better moment to fight again."),
        (51, 60, 3, "There are multiple additional benefits. ", "iant in relations with Russia."),
        (53, 65, 1, "The only way to make Russia stop its agg", "y power and its will to fight."),
        (55, 27, 4, "Russia must be defeated. Russia cannot b", "t really is as simple as that."),
        (57, 41, 2, "It is essential that the United States a", "tent of subsequent aggression."),
        (60, 55, 1, "Dr. Pavel Luzin is a non-resident senior", " Diplomacy (Tufts University)."),
    ],
}


@cache
def tokens() -> TextEncoder:
    return Encoder.load()


@cache
def seed(name: str) -> Document:
    document = read_document(SEEDS, name)
    assert isinstance(document, Document)
    return document


@cache
def article(name: str) -> Article:
    return split_document(seed(name), tokens())


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        (FIRST, "e29ea82259aa787ff4141cb0787793cf2da0b2241953799bf386bf9a92311f1b"),
        (SECOND, "3ecf20327c4ec029853c5abc795e814b7cb0d06f803c4f6b457eb122826a2c5c"),
    ],
)
def test_the_articles_are_the_users_byte_for_byte(name: str, digest: str) -> None:
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == digest
    assert seed(name).sha256 == digest
    assert seed(name).replaced == 0


@pytest.mark.parametrize("name", PASSAGES)
def test_the_passages_one_by_one(name: str) -> None:
    found = [
        (
            passage.line,
            tokens().count_tokens(passage.text),
            len(passage.sentences),
            passage.text[:40],
            passage.text[-30:],
        )
        for passage in article(name).passages
    ]
    assert found == PASSAGES[name]


@pytest.mark.parametrize("name", PASSAGES)
def test_numbers_count_from_one_and_make_the_id(name: str) -> None:
    passages = article(name).passages
    assert [passage.number for passage in passages] == list(range(1, len(passages) + 1))
    assert [passage.passage_id for passage in passages[:2]] == [f"{name}#1", f"{name}#2"]


@pytest.mark.parametrize("name", PASSAGES)
def test_offsets_and_lines_lead_back_to_the_file(name: str) -> None:
    text = (SEEDS / name).read_text(encoding="utf-8")
    for passage in article(name).passages:
        assert text[passage.start : passage.end] == passage.text
        assert text.split("\n")[passage.line - 1].startswith(passage.text[:20]) or (
            passage.text[:20] in text.split("\n")[passage.line - 1]
        )
        sentences = [text[sentence.start : sentence.end] for sentence in passage.sentences]
        assert all(sentence == sentence.strip() for sentence in sentences)
        assert "".join("".join(sentences).split()) == "".join(passage.text.split())


def test_the_head_of_the_first_article() -> None:
    first = article(FIRST)
    assert first.head.title == "A Cease-Fire Deal Now Would Be a Victory for Israel"
    assert first.head.subtitle == "It Is Time for Netanyahu to Take Yes for an Answer"
    assert (first.head.byline, first.head.date) == ("", "")


def test_the_head_of_the_second_article() -> None:
    second = article(SECOND)
    assert (second.head.title, second.head.subtitle) == ("", "")
    assert second.head.byline == "By Pavel Luzin"
    assert second.head.date == "November 10, 2023"


def test_what_is_in_no_passage_is_the_head() -> None:
    heads = {
        name: [
            (span.name, seed(name).text[span.start : span.end]) for span in article(name).head.spans
        ]
        for name in PASSAGES
    }
    assert [article(name).left_out for name in PASSAGES] == [(), ()]
    assert heads == {
        FIRST: [
            ("title", "A Cease-Fire Deal Now Would Be a Victory for Israel"),
            ("subtitle", "It Is Time for Netanyahu to Take Yes for an Answer"),
        ],
        SECOND: [("byline", "By Pavel Luzin"), ("date", "November 10, 2023")],
    }


def test_the_pull_quotes_are_shown_under_what_they_repeat() -> None:
    passages = {passage.number: passage for passage in article(FIRST).passages}
    folded = {passages[n].line: passages[m].line for n, m in article(FIRST).shown_under.items()}
    assert folded == {9: 8, 16: 13}
    assert article(SECOND).shown_under == {}


def test_nineteen_and_twenty_five_paragraphs_two_of_them_in_two_parts() -> None:
    lines = [passage.line for passage in article(FIRST).passages]
    assert len(set(lines)) == 19
    assert sorted(line for line in lines if lines.count(line) > 1) == [11, 11, 14, 14]
    assert len(article(SECOND).passages) == 25


@pytest.mark.parametrize(("line", "pieces"), [(11, 300), (14, 257)])
def test_long_paragraphs_are_split_between_sentences_and_lose_nothing(
    line: int, pieces: int
) -> None:
    paragraph = seed(FIRST).text.split("\n")[line - 1]
    parts = [passage for passage in article(FIRST).passages if passage.line == line]
    # 302 and 259 with the two special tokens that the model adds.
    assert tokens().count_tokens(paragraph) == pieces > tokens().token_limit
    assert " ".join(part.text for part in parts) == paragraph
    assert sum(tokens().count_tokens(part.text) for part in parts) == pieces
    assert all(part.text.endswith(".") for part in parts)


@pytest.mark.parametrize(
    "words",
    [
        "together with a strengthened diplomatic position against the West",
        "did not want to continue the war on the Korean peninsula in 1953",
    ],
)
def test_paragraphs_broken_by_a_page_break_are_whole_again(words: str) -> None:
    holding = [
        passage for passage in article(SECOND).passages if words in " ".join(passage.text.split())
    ]
    assert len(holding) == 1
    texts = [seed(SECOND).text[s.start : s.end] for s in holding[0].sentences]
    assert sum(words in " ".join(text.split()) for text in texts) == 1


@pytest.mark.parametrize("name", PASSAGES)
def test_tokens_read_are_tokens_in_passages_and_in_the_head(name: str) -> None:
    text = seed(name).text
    kept = sum(tokens().count_tokens(passage.text) for passage in article(name).passages)
    left = sum(tokens().count_tokens(text[s.start : s.end]) for s in article(name).head.spans)
    assert kept + left == tokens().count_tokens(text)


@pytest.mark.parametrize("name", PASSAGES)
def test_every_passage_fits_the_model(name: str) -> None:
    counts = [tokens().count_tokens(passage.text) for passage in article(name).passages]
    assert tokens().token_limit == 254
    assert max(counts) <= 254


def wrapped(indent: str, between: str) -> Callable[[list[str]], str]:
    def write(blocks: list[str]) -> str:
        return between.join(
            textwrap.fill(block, 72, initial_indent=indent, break_on_hyphens=False)
            for block in blocks
        )

    return write


VARIANTS: dict[str, Callable[[list[str]], str]] = {
    "blank lines": "\n\n".join,
    "a paragraph per line": "\n".join,
    "Windows line ends": "\r\n\r\n".join,
    "hard-wrapped": wrapped("", "\n\n"),
    "hard-wrapped, first lines indented": wrapped("    ", "\n"),
    "hard-wrapped, Windows": lambda blocks: wrapped("", "\n\n")(blocks).replace("\n", "\r\n"),
}


@pytest.mark.parametrize(
    ("variant", "suffix"),
    [
        (variant, suffix)
        for variant in VARIANTS
        for suffix in (".txt", ".md")
        if (variant, suffix) != ("hard-wrapped, first lines indented", ".md")  # there it is code
    ],
)
@pytest.mark.parametrize("name", PASSAGES)
def test_the_same_passages_however_the_article_is_typed(
    name: str, variant: str, suffix: str
) -> None:
    blocks = [line for line in seed(name).text.split("\n") if line]
    typed = Document(f"a{suffix}", VARIANTS[variant](blocks), "", 0)
    found, expected = split_document(typed, tokens()), article(name)
    assert (found.head.title, found.head.subtitle) == (expected.head.title, expected.head.subtitle)
    assert (found.head.byline, found.head.date) == (expected.head.byline, expected.head.date)
    assert [sentences_of(typed, passage) for passage in found.passages] == [
        sentences_of(seed(name), passage) for passage in expected.passages
    ]
    assert (found.left_out, found.shown_under) == ((), expected.shown_under)


def sentences_of(document: Document, passage: Passage) -> list[str]:
    return [" ".join(document.text[s.start : s.end].split()) for s in passage.sentences]
