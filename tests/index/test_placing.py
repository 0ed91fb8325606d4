"""Each character of what is read is placed where it stands in the document."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_index import CORPUS, retriever_over

from index.placing import PlacedReading
from index.types import Gap, Markup, Passage, Sentence
from index.words import as_read, read_with_origins

ALPHABET = "ab Zé\u0301\u00ad\u200b\n\r -\u2010ﬁ\ufb01ﷺ한\u1112\u1161\u11ab„x\t\u00a0日."


@given(st.text(ALPHABET, max_size=40))
def test_what_is_read_is_the_same_and_every_place_fits(text: str) -> None:
    read, origins = read_with_origins(text)
    assert read == as_read(text)
    assert len(origins) == len(read)
    starts = [start for start, _ in origins]
    assert starts == sorted(starts)
    for char, (start, end) in zip(read, origins, strict=True):
        stretch = text[start:end]
        assert 0 <= start < end <= len(text)
        assert char in as_read(stretch) or (char == " " and not as_read(stretch))


@pytest.mark.parametrize(
    ("text", "word", "stretch"),
    [
        ("the refrigera-\n  tion plant", "plant", "plant"),
        ("a re\u0301sume\u0301 of it", "résumé", "re\u0301sume\u0301"),
        ("no ﬁne  print", "fine", "ﬁne"),
        ("soft\u00adware it is", "software", "soft\u00adware"),
    ],
)
def test_a_word_is_found_in_its_own_spelling(text: str, word: str, stretch: str) -> None:
    read, origins = read_with_origins(text)
    place = read.index(word)
    assert text[origins[place][0] : origins[place + len(word) - 1][1]] == stretch


def test_a_passage_with_gaps_and_markup_and_a_header() -> None:
    text = "One **two**\n\n12\n\nthree [four](x) five."
    gap = Gap(11, 17)
    own = text[:11] + text[17:]
    markup = (Markup(4, 6), Markup(9, 11), Markup(23, 24), Markup(28, 32))
    passage = Passage(
        "a.md",
        1,
        0,
        len(text),
        1,
        own,
        (Sentence(0, len(text)),),
        (gap,),
        markup,
        table_header="h1 h2",
    )
    placed = PlacedReading.of(passage)
    assert placed.text == passage.reading
    for word in ("One", "two", "three", "four", "five."):
        start = placed.text.index(word)
        place = placed.place_of(start, start + len(word))
        assert place is not None
        assert text[slice(*place)] == word
    assert placed.place_of(0, 5) is None


def test_every_passage_of_a_corpus_is_placed(tmp_path: Path) -> None:
    files = {
        **CORPUS,
        "list.md": "# List\n\n- *one* `two`\n- three&nbsp;four\n\n| a |\n|---|\n| c |\n",
    }
    with retriever_over(tmp_path, files) as retriever:
        for record in retriever.documents():
            text = retriever.text(record.doc_id)
            for passage in retriever.passages(record.doc_id):
                placed = PlacedReading.of(passage)
                assert placed.text == passage.reading
                for sentence in passage.sentences:
                    part = PlacedReading.of_stretch(passage, sentence.start, sentence.end)
                    assert part.text == (
                        passage.reading_of(sentence.start, sentence.end)
                        or passage.text_of(sentence.start, sentence.end)
                    )
                for place, char in enumerate(placed.text):
                    if char.isalnum() and (found := placed.place_of(place, place + 1)):
                        assert char in text[slice(*found)] or "&" in text[slice(*found)]
