"""RTF: the text as a word processor shows it, with its structure, whatever it is written with."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_rtf import p, row, rtf, text
from told import DOCUMENTS, check_damaged, every_word, headed, left_out, structure, told

from index.reading.content import Content, UnreadableError
from index.reading.rtf import FORMAT


def read(body: str, info: str = "") -> Content:
    return FORMAT.read(rtf(body, info=info))


def test_headings_paragraphs_and_properties_are_read() -> None:
    body = p("The harbour", r"\s3") + p("Fees", r"\s1") + p("A boat pays five.")
    info = r"{\title Fees}{\author Ann Boyd}{\creatim\yr2021\mo5\dy12}{\revtim\yr2022\mo1\dy1}"
    content = read(body + p("Fines", r"\s2") + p("Late", r"\outlinelevel3") + p("Text."), info)
    assert told(content) == ["Fees", "A boat pays five.", "Fines", "Late", "Text."]
    assert headed(content) == [(1, "Fees"), (2, "Fines"), (4, "Late")]
    head = structure(content).head
    assert (head.title, head.byline, head.date) == ("The harbour", "Ann Boyd", "2021-05-12")


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (rb"caf\'e9 {\f1\'cf\'f0\'e8} caf\'e9", "café При café"),
        (rb"{\f2\'90\'ec\'82\'cd}", "川は"),
        (rb"{\f2\'83\'5c\'83|}", "ソポ"),
        (rb"na\u239?ve \u8220\'93q\u8221\'94", "naïve “q”"),
        (rb"\u-10179?\u-8704?", "😀"),
        (rb"\uc0 na\u239 ve{\uc2\u26085\'93\'fa}x\u233y", "naïve日xéy"),
        (rb"a\~b\_c\-d\emdash e\bullet f\lquote g\rquote\tab h\{\}\\", "a b-cd—e•f‘g’ h{}\\"),
        (rb"x{\super 2} {\f3\'61}", "x² α"),
        (rb"one\line two", "one\ntwo"),
        (b"one\r\n two\nthree", "one twothree"),
        (rb"{\upr{old}{\*\ud{new}}} words", "new words"),
        ("{\\f0 as it is: café}".encode(), "as it is: café"),
    ],
)
def test_text_is_decoded(inside: bytes, expected: str) -> None:
    data = rtf(p("@")).replace(b"@", inside)
    content = FORMAT.read(data)
    assert (told(content), content.replaced) == ([expected], 0)


@pytest.mark.parametrize(
    ("page", "encoding"), [("ansi", "cp1252"), ("ansicpg1251", "cp1251"), ("mac", "mac_roman")]
)
def test_the_code_page_of_the_file_counts(page: str, encoding: str) -> None:
    data = bytes(range(0xD0, 0xD6))
    codes = "".join(f"\\'{byte:02x}" for byte in data)
    assert FORMAT.read(f"{{\\rtf1\\{page} {codes}}}".encode()).text == data.decode(encoding)


def test_what_is_not_seen_is_not_read() -> None:
    body = (
        p("Shown{\\v hidden}{\\deleted gone}.")
        + r"{\pict\pngblip 89504e47}{\*\unknown{\b deep} text}{\*\shppict{\pict abc}}"
        + r"{\*\bkmkstart b}{\xe{index}}{\*\pn{\pntxtb x}}"
        + p(r'{\field{\*\fldinst HYPERLINK "http://a.example"}{\fldrslt A link}}!')
    )
    assert told(read(body)) == ["Shown.", "A link!"]
    data = rtf(p("@Text.")).replace(b"@", b"{\\pict\\bin6 a{}}\\x}")
    assert told(FORMAT.read(data)) == ["Text."]


def test_lists_have_the_numbers_that_the_file_states() -> None:
    body = (
        p(r"{\listtext\f3\'b7\tab}point")
        + p(r"{\listtext 2.1\tab}numbered")
        + p(r"{\pntext (a)\tab}old")
        + p(r"{\listtext\tab}none")
    )
    assert told(read(body)) == ["• point", "2.1 numbered", "(a) old", "none"]


def test_notes_comments_and_boxes_come_after_their_paragraph() -> None:
    mark = r"{\super\chftn}"
    comment = r"{\*\atnid AB}{\*\atnauthor Ann}{\chatn}{\*\annotation Is it?\par It is.}"
    box = r"{\sp{\sn wzDescription}{\sv A lock}}{\shptxt In a box\par}"
    body = (
        p("Fees" + mark + r"{\footnote " + mark + " By law.}", r"\s2")
        + p("A fee" + mark + r"{\footnote\ftnalt " + mark + " Some say.} is due.")
        + p(comment + r"Late*{\footnote * Or not.}")
        + p(rf"Box{{\shp{{\*\shpinst{box}}}{{\shprslt{{\*\do\dptxbx{{\dptxbxtext Again}}}}}}}}.")
        + p(r"Old{\*\do\dptxbx{\dptxbxtext In an old box}}.")
    )
    content = read(body)
    assert told(content) == [
        *("A fee¹ is due.", "¹ By law.", "¹ Some say."),
        *("Late*", "Comment by Ann: Is it?", "It is.", "* Or not."),
        *("Box.", "A lock", "In a box", "Old.", "In an old box"),
    ]
    assert structure(content).head.title == "Fees¹"


def test_endnotes_are_counted_as_the_file_says() -> None:
    note = r"{\chftn}{\footnote\ftnalt{\chftn} Some say.}"
    assert told(read(r"\aftnnrlc" + p(f"It is.{note}"))) == ["It is.[i]", "[i] Some say."]


def test_a_table_is_a_line_for_each_row() -> None:
    content = read(row("Name", "Fee", header=True) + row("Ann", r"5\par pounds") + p("After."))
    assert content.text == "Name\tFee\nAnn\t5 pounds\n\nAfter."
    assert structure(content).paragraphs[0].header == (0, 8)
    bold = row(r"{\b x}", r"{\b y}") + row("1", "2")
    assert structure(read(bold)).paragraphs[0].header == (0, 3)
    assert structure(read(row("x", "y") + row("1", "2"))).paragraphs[0].header is None
    assert told(read(row("Boxed.") + p("After."))) == ["Boxed.", "After."]
    framed = row(r"One.\par Two.") + p("After.")
    assert told(read(framed)) == ["One.", "Two.", "After."]
    nested = r"\pard\intbl\itap2 in\nestcell{\*\nesttableprops\trowd\nestrow}{\nonesttables\par}"
    assert read(rf"\trowd {nested}\pard\intbl out\cell b\cell\row").text == "in out\tb"


def test_furniture_and_contents_are_in_no_passage() -> None:
    pages = r"{\header Annual report\par}{\footerf Page {\field{\fldrslt 3}}\par}"
    content = read(pages + p("Fees 3", r"\s4") + p("Text."))
    assert told(content) == ["Text."]
    assert left_out(content) == [
        ("navigation", "Fees 3"),
        ("page furniture", "Annual report"),
        ("page furniture", "Page 3"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not in RTF"),
        (b"PK\x03\x04", "is not in RTF"),
        (b"Plain text.", "is not in RTF"),
        (b"{\\rtf1 " + b"{" * 100_000, "nested too deeply"),
        (b"{\\rtf1 " + b"{\\footnote x" * 1_000, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(data)


def test_a_file_that_is_cut_off_is_read_so_far() -> None:
    data = rtf(p("One.") + r"Two.{\footnote Three")
    assert told(FORMAT.read(data.removesuffix(b"}"))) == ["One.", "Two.", "Three"]
    assert told(FORMAT.read(b"{\\rtf1 One.} Two.")) == ["One."]
    assert told(FORMAT.read(b"{\\rtf1 One.\\bin99999 Two.")) == ["One."]


signs = st.sampled_from("abcdeé“—字😀\\{};-1")
words = st.lists(st.text(signs, min_size=1, max_size=6), min_size=1, max_size=8)
line = words.map(" ".join)
block = st.one_of(
    line.map(lambda own: p(text(own))),
    line.map(lambda own: p(text(own), r"\s1")),
    line.map(lambda own: p(r"{\b " + text(own) + r"}\tab {\i x}")),
    st.lists(st.tuples(line, line), min_size=1, max_size=3).map(
        lambda rows: "".join(row(*map(text, cells)) for cells in rows)
    ),
    line.map(lambda own: p(r"{\field{\*\fldinst PAGE}{\fldrslt " + text(own) + "}}")),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(block, max_size=8))
def test_every_word_is_found_once_and_in_order(blocks: list[str]) -> None:
    body = p("Start.") + "".join(blocks)
    assert every_word(read(body)) == _plain(body).split()


def _plain(body: str) -> str:
    """The text of a body, by another way than the reader's."""
    body = re.sub(r"\{\\\*\\fldinst PAGE\}", "", body)
    units = []
    pattern = r"\\u(-?\d+)\?|\\([\\{}])|\\(tab|par|cell|row)\b ?|\\[a-z]+\d* ?|[{}\n]|(.)"
    for code, sign, gap, char in re.findall(pattern, body):
        if code:
            units.append((int(code) % 0x10000).to_bytes(2, "little"))
        elif own := sign or (" " if gap else char):
            units.append(own.encode("utf-16-le"))
    return b"".join(units).decode("utf-16-le")


SMALL = rtf(p("Text") + p("Head", r"\s1") + row("a", "b") + p(r"x{\footnote y}{\f2\'90\'ec}\u233?"))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=8))
def test_a_damaged_file_gives_text_or_a_reason(changes: list[tuple[int, int]]) -> None:
    check_damaged(FORMAT, SMALL, changes)


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the sample documents are not here")
def test_a_real_file_is_read_whole() -> None:
    content = FORMAT.read((DOCUMENTS / "test.rtf").read_bytes())
    assert structure(content).head.title == "This is a Sample RTF File"
    assert told(content) == [
        "It is included to test if the MarkItDown sample plugin can correctly convert RTF files."
    ]


@pytest.mark.parametrize("combined", ["\\\\o\\\\ad", "\\\\o"])
def test_a_word_and_the_reading_over_it_are_read(combined: str) -> None:
    instruction = (
        r"EQ \\* jc2 \\* hps10 "
        + combined
        + r"(\\s\\up 9("
        + text("\u304b\u3093\u3058")
        + "),"
        + text("\u6f22\u5b57")
        + ")"
    )
    field = rf"{{\field{{\*\fldinst {{ {instruction} }}}}{{\fldrslt }}}}"
    assert told(read(p(f"In {field} it is."))) == ["In \u6f22\u5b57(\u304b\u3093\u3058) it is."]
    hidden = p(rf"In {{\v {field}}} it is.")
    assert told(read(hidden)) == ["In it is."]
