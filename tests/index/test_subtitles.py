"""Subtitles: every cue once, joined to sentences, each with its time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from told import told

from index.reading.content import Content
from index.reading.subtitles import FORMAT
from index.splitting.paragraphs import Kind


def read(text: str) -> Content:
    return FORMAT.read(text.encode())


def times(content: Content) -> list[tuple[str, float | None, float | None]]:
    assert content.structure is not None
    return [
        (content.text[own.start : own.end].strip(), own.time, own.time_end)
        for own in content.structure.anchors
    ]


def srt(*cues: str, seconds: float = 2.0) -> str:
    """A file of cues that follow each other."""
    return "\n".join(
        f"{n + 1}\n00:00:{n * seconds:06.3f} --> 00:00:{(n + 1) * seconds:06.3f}\n{cue}\n".replace(
            ".", ",", 2
        )
        for n, cue in enumerate(cues)
    )


def test_a_sentence_over_several_cues_is_whole_and_each_has_its_time() -> None:
    content = read(
        "\ufeff1\r\n01:00:01,000 --> 01:00:04,000\r\nThe river rises\r\nin the hills\r\n\r\n"
        "2\r\n01:00:04,500 --> 01:00:08,250 X1:0 X2:10\r\nabove Marden.\r\n"
    )
    assert told(content) == ["The river rises in the hills above Marden."]
    assert times(content) == [
        ("The river rises in the hills", 3601.0, 3604.0),
        ("above Marden.", 3604.5, 3608.25),
    ]


def test_of_webvtt_neither_header_nor_notes_nor_styles_are_read() -> None:
    content = read(
        "WEBVTT - A talk\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n"
        "NOTE not shown\nnor this\n\n"
        "intro\n00:01.000 --> 00:03.000 align:start position:0%\n"
        "<c.yellow>It</c> <00:02.000>is <i>so</i> &amp; &lt;not&gt; &#9834;.\n\n"
        "NOTE again\n\n00:03.000 --> 00:04.000\nNOTED it was.\n"
    )
    assert told(content) == ["It is so & <not> ♪. NOTED it was."]


def test_who_speaks_is_said_when_it_changes() -> None:
    content = read(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Where is he?\n\n"
        "00:02.000 --> 00:03.000\n<v.loud Ann>Who knows?</v>\n\n"
        "00:03.000 --> 00:04.000\n<v Bob Lee>I do.\n"
    )
    assert told(content) == ["Ann: Where is he? Who knows?\nBob Lee: I do."]
    assert content.structure is not None
    assert content.structure.paragraphs[0].kind is Kind.LINES


def test_lines_of_a_dialogue_each_stand_for_themselves() -> None:
    content = read(srt("{\\an8}- Who is it?\n- Me.", "[MUSIC]", "ANN: Come in\n– so to say."))
    assert told(content) == ["- Who is it?\n- Me. [MUSIC]\nANN: Come in – so to say."]


def test_captions_that_roll_up_are_read_once() -> None:
    content = read(
        "WEBVTT\n\n00:00.100 --> 00:02.000\n \nhello<00:00.480><c> and</c><c> welcome</c>\n\n"
        "00:02.000 --> 00:02.010\nhello and welcome\n \n\n"
        "00:02.010 --> 00:04.000\nhello and welcome\nto<c> the</c><c> show</c>\n\n"
        "00:04.000 --> 00:04.010\nto the show\n \n\n"
        "00:04.010 --> 00:06.000\nto the show\nof rivers\n"
    )
    assert told(content) == ["hello and welcome to the show of rivers"]
    growing = read(srt("I", "I was", "I was there", "then"))
    assert told(growing) == ["I was there then"]


def test_what_is_said_twice_stays() -> None:
    assert told(read(srt("No.", "No.", "He went.", "Never."))) == ["No. No. He went. Never."]


def test_a_paragraph_ends_with_a_sentence_before_it_is_too_long() -> None:
    cue = "The harbour was built of granite in the year of the flood."
    cues = [f"{number} {cue}" for number in range(20)]
    paragraphs = told(read(srt(*cues)))
    assert " ".join(paragraphs) == " ".join(cues)
    assert all(450 <= len(own) <= 600 for own in paragraphs[:-1])
    words = [f"{number} words without an end of any kind" for number in range(49)]
    endless = told(read(srt(*words, seconds=1)))
    assert " ".join(endless) == " ".join(words)
    assert all(len(own) <= 950 for own in endless)


def test_a_long_silence_ends_a_paragraph() -> None:
    spoken = "The harbour was built of granite in the year of the flood. " * 3
    content = read(
        f"1\n00:00:01,000 --> 00:00:09,000\n{spoken}\n\n2\n00:00:12,000 --> 00:00:13,000\nNext.\n"
        "\n3\n00:00:24,000 --> 00:00:25,000\nLater.\n"
    )
    assert told(content) == [spoken.strip(), "Next.", "Later."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:00:01,000 --> 00:00:02,000\nNo number.\n", ["No number."]),
        ("1\n00:00:01,000 --> 00:00:02,000\nOne.\n2\n00:00:03,0 --> 00:00:04\nTwo.", ["One. Two."]),
        ("1\n0:1.5 --> 0:2\nA gap\n\nin it.\n\n2\n0:3 --> 0:4\nEnd.", ["A gap in it. End."]),
        ("1\n00:00:01,000 -->\nNo end.", ["No end."]),
        ("1\n00:00:05,000 --> 00:00:01,000\nBackwards.", ["Backwards."]),
        ("Before.\n\n1\n00:00:01,000 --> 00:00:02,000\nAfter.", ["Before. After."]),
        ("1\n00:00:01,000 --> 00:00:02,000 On its line.\n", ["On its line."]),
        ("1\n00:00:01,000 --> 00:00:02,000\nIn\n1984\n\n", ["In 1984"]),
        ("Only a text.\n\nWithout times.", ["Only a text. Without times."]),
        ("", []),
        ("1\n00:00:01,000 --> 00:00:02,000\n\n", []),
    ],
)
def test_what_can_be_read_of_a_damaged_file_is_read(text: str, expected: list[str]) -> None:
    assert told(read(text)) == expected


word = st.from_regex(r"[a-z]{2,6}[.!?]?", fullmatch=True)
line = st.lists(word, min_size=1, max_size=5).map(" ".join)
cue = st.lists(line, min_size=1, max_size=3)


@given(
    st.lists(cue, min_size=1, max_size=8),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 9000), min_size=8, max_size=8),
)
def test_every_word_of_every_cue_is_there_in_order(
    cues: list[list[str]], numbered: bool, is_web: bool, pauses: list[int]
) -> None:
    parts, time = ["WEBVTT\n"] if is_web else [], 0
    for number, (lines, pause) in enumerate(zip(cues, pauses, strict=False)):
        start, time = time + pause, time + pause + 1500
        own = [f"{number + 1}"] if numbered else []
        stamps = [f"{t // 60000:02}:{t % 60000 / 1000:06.3f}" for t in (start, time)]
        # A word of its own begins each cue, so that none repeats another.
        shown = [f"q{number}q {lines[0]}", *lines[1:]]
        parts.append("\n".join([*own, " --> ".join(stamps), *shown, ""]))
    content = read("\n".join(parts))
    expected = [f"q{n}q {' '.join(lines)}" for n, lines in enumerate(cues)]
    assert " ".join(told(content)).split() == " ".join(expected).split()
    found = [" ".join(text.split()) for text, _, _ in times(content)]
    assert found == expected


def test_lines_that_are_said_again_later_are_kept() -> None:
    cues = "".join(
        f"{n}\n00:00:{start:02},000 --> 00:00:{start + 2:02},000\nHoly\n\n"
        for n, start in enumerate(range(0, 40, 4), start=1)
    )
    assert FORMAT.read(cues.encode()).text.split() == ["Holy"] * 10


def test_what_a_viewer_does_not_see_is_left_out_by_name() -> None:
    text = "WEBVTT A title\n\nNOTE by the maker\n\n00:01.000 --> 00:02.000\nSeen.\n"
    content = FORMAT.read(text.encode())
    assert content.structure is not None
    [omission] = content.structure.omissions
    assert content.text[omission.start : omission.end].split("\n") == [
        "WEBVTT A title",
        "NOTE by the maker",
    ]
    assert [content.text[p.start : p.end] for p in content.structure.paragraphs] == ["Seen."]
