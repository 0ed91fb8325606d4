"""Page furniture, columns, labels, tables and sections: text as pages and people lay it out."""

from collections.abc import Mapping

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given
from hypothesis import strategies as st
from small_index import split_document

from index.document import Document
from index.splitting.passages import Article

OPENING = "The pier had settled by a foot since it was built. The engineer asked for piles of"
REST = "oak, which had been tried elsewhere. The board agreed, and work began in April."


def split(text: str, name: str = "a.txt", limit: int = 1000) -> Article:
    return split_document(Document(name, text, ""), FakeEncoder(limit))


def readings(text: str, name: str = "a.txt") -> list[str]:
    return [passage.reading for passage in split(text, name).passages]


@pytest.mark.parametrize(
    "between",
    [
        "\n\nPage 3 of 9\n\n",
        "\n\n{}17\nA HISTORY OF THE PIER\n".format(" " * 40),
        "\n\n- 17 -\n\n",
        "\n\n[Page 3]\n\f\n",
    ],
)
def test_page_furniture_stands_in_no_sentence(between: str) -> None:
    following = between.replace("17", "18").replace("Page 3", "Page 4")
    more = "\n\n".join(f"It rained on the {day}. Nobody came." for day in ("Monday", "Tuesday"))
    text = (
        f"{OPENING}{between}{REST}\n\n{more}\n\nIt stopped.\nThe end came.{following}The sun shone."
    )
    article = split(text)
    assert article.passages[0].reading == f"{OPENING} {REST}"
    assert {omission.reason for omission in article.left_out} == {"page furniture"}
    assert len(article.left_out) >= 2


@pytest.mark.parametrize(
    "text",
    [
        "17\n\nHe was seventeen then. It was long ago.",  # one number counts nothing
        "The list:\n\n1\n2\n3\n4",
        "Chapter 1\n\nIt rained. It stopped.\n\nChapter 2\n\nIt snowed. It stopped.",
    ],
)
def test_numbers_that_count_no_pages_are_text(text: str) -> None:
    assert split(text).left_out == ()


def test_a_word_across_a_page_break_is_whole() -> None:
    text = "It ended in the follow-\n\nPage 1 of 2\n\ning year. Nobody came.\n\nPage 2 of 2\n"
    assert readings(text) == ["It ended in the following year. Nobody came."]
    [passage] = split(text).passages
    assert "Page" not in passage.text
    assert [text[gap.start : gap.end] for gap in passage.gaps] == ["\nPage 1 of 2\n\n"]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = ["The harbour was built in", "slate by the old Earl of", "the county. It has two"]
    right = ["The lighthouse stands on", "the head of the bay, and", "was lit in the evening."]
    text = "\n".join(f"{a:<30}{b}" for a, b in zip(left, right, strict=True))
    assert readings(text) == [" ".join(left), " ".join(right)]


def test_a_table_is_not_two_columns() -> None:
    rows = [("Oats", "four pounds"), ("Barley", "three pounds"), ("Rye", "two pounds")]
    text = "\n".join(f"{a:<20}{b}" for a, b in rows)
    assert readings(text) == [" ".join(f"{a} {b}" for a, b in rows)]


@pytest.mark.parametrize(
    "label",
    ["Ada Boyd (00:00:05):", "Ada Maud Jane Boyd of Tarn (00:31)", "(00:31)", "Host:", "**Host:**"],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_label_belongs_to_what_is_said_after_it(label: str, gap: str) -> None:
    said = "We chain the ramp at force eight. The school is told before six. " * 6
    text = f"# Ferry\n\nWe talked in May. It was cold.\n\n{label}{gap}{said.strip()}\n"
    found = split(text, "a.md").passages
    assert [passage.text.startswith(label) for passage in found] == [False, True]
    assert all(passage.path == () for passage in found)


def test_a_list_is_one_passage_with_the_line_that_introduces_it() -> None:
    items = "\n\n".join(f"- {item}" for item in ("oats", "barley", "rye"))
    text = f"# Stores\n\nIt rained. It stopped.\n\nWe have:\n\n{items}\n\nNobody came. It was cold."
    found = split(text, "a.md").passages
    assert [passage.text for passage in found][1] == f"We have:\n\n{items}"
    assert len(found[1].sentences) == 4


def test_an_outcome_does_not_open_the_next_item() -> None:
    text = (
        "1. Butts\nProposed by Ames that six butts be bought for the plots.\nCarried.\n\n"
        "2. Fires\nProposed by Boyd that fires be banned on weekdays.\nLost.\n\n"
        "The motion was carried unanimously.\n\n3. Gate\nProposed that the gate be shut at dusk."
    )
    found = [passage.text for passage in split(text).passages]
    assert not [text for text in found if "\n\n" in text]
    assert "The motion was carried unanimously." in found


def test_a_later_part_of_a_table_has_its_header() -> None:
    rows = "\n".join(f"| setting {n} | default {n} |" for n in range(30))
    found = split(f"# Settings\n\n| Name | Default |\n|---|---|\n{rows}\n", "a.md", 40).passages
    assert len(found) > 2
    assert [passage.table_header for passage in found][:2] == ["", "Name Default"]
    assert all(passage.reading.startswith("Name Default") for passage in found)
    assert "Name" not in found[1].text


def test_passages_know_the_headings_that_they_stand_under() -> None:
    text = (
        "# Rules\n\n## Chapter 2\n\n### Fees\n\nThe fee is low. It is paid.\n\n"
        "It rose in May. It fell.\n\n## Chapter 3\n\nNothing is free. All is paid.\n"
    )
    found = split(text, "a.md").passages
    assert [passage.path for passage in found] == [
        ("Chapter 2", "Fees"),
        ("Chapter 2", "Fees"),
        ("Chapter 3",),
    ]
    assert [passage.section for passage in found] == ["", "Chapter 2 › Fees", ""]


def test_numbers_nest_the_headings_of_plain_text() -> None:
    body = "It rained on the harbour. Nobody came, and nothing was said of it."
    text = f"{body}\n\n2. Fees\n\n{body}\n\n2.1. Berths\n\n{body}\n\n3. Ends\n\n{body}"
    assert [passage.path for passage in split(text).passages] == [
        (),
        ("2. Fees",),
        ("2. Fees", "2.1. Berths"),
        ("3. Ends",),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "2023-11-02 10:15:01 WARN pool exhausted",
        "The talk can be had at https://example.org/talks/1",
        "Alarm code 9083",
        "Total =",
        "Password: seagull",
    ],
)
def test_a_first_line_is_a_title_on_good_evidence_only(line: str) -> None:
    body = "The router stands under the stairs, behind the old coats. Pull the plug and wait."
    article = split(f"{line}\nSecond line 22\n{body}")
    assert article.head.title == ""
    assert any(line in passage.text for passage in article.passages)


@pytest.mark.parametrize(
    ("opening", "title"),
    [
        ("#### Deep\n\n", "Deep"),
        ("Sum\n =\n\n", ""),
        ("Sum\n===\n\n", "Sum"),
        ("---\ntitle: >-\n  A title\n  over two\n---\n\n", "A title over two"),
        ('---\ntitle: "Say \\"cheese\\""  # draft\n---\n\n', 'Say "cheese"'),
        ("---\ntitle: [open\n---\n\n", ""),
        ('+++\ntitle = "Toml"\ndate = 2021-05-05\n+++\n\n', "Toml"),
    ],
)
def test_the_title_of_a_markdown_file(opening: str, title: str) -> None:
    article = split(f"{opening}It rained. It stopped.\n", "a.md")
    assert article.head.title == title


def test_the_values_of_front_matter_are_fields_and_a_passage() -> None:
    text = (
        "---\ntitle: A\nauthor: [Ada, Jo]\ntags:\n  - ice\n  - sea\n---\n\nIt rained. It stopped.\n"
    )
    article = split(text, "a.md")
    assert (article.head.byline, article.head.fields) == ("Ada, Jo", {"tags": ("ice", "sea")})
    assert article.passages[0].text.startswith("title: A")
    assert len(article.passages[0].sentences) == 3


def fields_of(stated: str) -> Mapping[str, tuple[str, ...]]:
    return split(f"---\n{stated}\n---\n\nIt rained. It stopped.\n", "a.md").head.fields


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("tags: [energy, 'wind power']", ("energy", "wind power")),
        ("tags: [energy,\n  wind]  # draft", ("energy", "wind")),
        ("tags:\n- energy\n- wind", ("energy", "wind")),
        ("tags:\n\t- energy\n\t- wind", ("energy", "wind")),
        ("tags: [@home, \"a, b\", 'c', it's]", ("@home", "a, b", "c", "it's")),
        ("tags:\n  - @home\n  - \"b\"\n  - Part 1: the sea: c",
         ("@home", "b", "Part 1: the sea: c")),
        ('tags: "energy"', ("energy",)),
        ("tags: '@home'", ("@home",)),
        ("tags: one: two\n  three", ("one: two three",)),
        ('tags: "a": "b"', ('"a": "b"',)),
        ("tags: >-\n  one\n  two", ("one two",)),
        ("tags: [open", None),
        ("tags: {{ page.tags }}", None),
        ("tags:", None),
    ],
)  # fmt: skip
def test_front_matter_that_is_not_quite_yaml_is_read_key_by_key(
    stated: str, expected: tuple[str, ...] | None
) -> None:
    """One value that no YAML could be takes nothing away from the others."""
    for text in (f"title: Foo: bar\n{stated}\nétat: x", f"{stated}\nétat: x\ntitle: Foo: bar"):
        head = split(f"---\n{text}\n---\n\nIt rained. It stopped.\n", "a.md").head
        assert (head.title, head.fields["état"]) == ("Foo: bar", ("x",))
        assert head.fields.get("tags") == expected


ITEMS = st.lists(st.from_regex(r"[a-z]{1,6}( [a-z]{1,6})?", fullmatch=True), min_size=1, max_size=4)


@given(ITEMS, st.sampled_from(["[{}]", "- {}", "  - {}", "'", '"']), st.booleans())
def test_a_list_is_read_alike_whatever_else_is_stated(
    items: list[str], form: str, quoted: bool
) -> None:
    """The same front matter is YAML, and then not."""
    shown = [f'"{item}"' if quoted else item for item in items]
    match form:
        case "[{}]":
            stated = f"tags: [{', '.join(shown)}]"
        case "- {}" | "  - {}":
            stated = "\n".join(["tags:", *(form.format(item) for item in shown)])
        case mark:
            stated = f"tags: {mark}{items[0]}{mark}"
    assert fields_of(stated) == fields_of(f"{stated}\ntitle: A: b") != {}


BODY = "It rained. It stopped.\n"
STATED = (
    '"title": "Foo: bar",\n  "date": "2023-06",\n  "tags": ["ice", "sea"],\n  "n": 1.50, "ok": true'
)
NOT_STATED = [
    "{\nIt rained.\n}\n", '{\n"title": A\n}\n', '{"a": 1}\n', '{\n"a": 1\n\n', "{\n}\n",
]  # fmt: skip


@pytest.mark.parametrize(
    "opening",
    ["---json\n{{\n  {}\n}}\n---\n", ";;;\n{{{}}}\n;;;\n", ";;;\n  {}\n;;;\n", "{{\n  {}\n}}\n",
     "--- json\n  {}\n---\n"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_front_matter_may_be_json(opening: str, end: str) -> None:
    head = split(f"{opening.format(STATED)}\n{BODY}".replace("\n", end), "a.md").head
    assert (head.title, head.date) == ("Foo: bar", "2023-06")
    assert head.fields == {"tags": ("ice", "sea"), "n": ("1.50",), "ok": ("true",)}


@pytest.mark.parametrize("text", NOT_STATED)
def test_braces_that_hold_no_json_are_text(text: str) -> None:
    head = split(f"{text}\n{BODY}", "a.md").head
    assert not head.fields
    assert "front matter" not in [span.name for span in head.spans]


def test_front_matter_says_its_language() -> None:
    for opening in ('---toml\ntags = ["ice"]\n---', "---yaml\ntags: [ice]\n---"):
        assert split(f"{opening}\n\n{BODY}", "a.md").head.fields == {"tags": ("ice",)}


@pytest.mark.parametrize("opening", ["---json\n{}\n---", '---json\n{"tags": "ice"}\n---'])
def test_the_language_of_front_matter_is_a_mark(opening: str) -> None:
    text = f"{opening}\n\n{BODY}"
    [omission] = split(text, "a.md").left_out
    assert text[omission.start : omission.end] == "json"


@pytest.mark.parametrize("mark", ["---", "+++", ";;;", "{"])
def test_front_matter_that_never_ends_is_text(mark: str) -> None:
    # With every way to part "\r\n" tried on every line this would not end either.
    text = f"{mark}\r\n" + "It rained.\r\n" * 5000
    article = split(text, "a.md")
    assert not article.head.spans
    assert sum(passage.text.count("rained") for passage in article.passages) == 5000


def test_front_matter_that_cannot_be_read_is_text_with_its_language() -> None:
    article = split(f"---json\n{{[}}\n---\n\n{BODY}", "a.md")
    assert article.passages[0].text.startswith("json\n{[}")
    assert not article.left_out


def test_what_an_escape_writes_can_be_stored() -> None:
    [value] = fields_of('about: "a \\ud800 b"')["about"]
    assert value.encode() == "a \ufffd b".encode()


@pytest.mark.parametrize(
    ("markdown", "reading"),
    [
        (
            "The **relay** keeps a [copy](https://x.org/y) of *all*.",
            "The relay keeps a copy of all.",
        ),
        ("See [tides][t] and [t].\n\n[t]: https://x.org", "See tides and t."),
        ("See [[Locks|the locks]] and ![[pier.png]].", "See the locks and pier.png."),
        ("A &amp; B &#8211; 2 * 3 and snake_case", "A & B – 2 * 3 and snake_case"),
        ("It `is *so*` here.[^1]", "It is *so* here."),
        ("![Chart of the bay](c.png)", "Chart of the bay"),
        ("<div>Who pays?</div>", "Who pays?"),
        ("> [!warning]- Low water\n> Keep clear.", "Low water Keep clear."),
        ("One.<!-- not\nthis -->", "One."),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("```sh\nls *.txt\n```", "ls *.txt"),
    ],
)
def test_markdown_is_read_as_rendered(markdown: str, reading: str) -> None:
    assert readings(markdown, "a.md") == [reading]


@pytest.mark.parametrize(
    "markup", ['<a id="x"></a>', "<!-- a note -->", "<br>", "[t]: https://x.org"]
)
def test_markup_alone_is_no_passage(markup: str) -> None:
    article = split(f"It rained all night long.\n\n{markup}\n\nIt snowed in the morning.\n", "a.md")
    assert len(article.passages) == 2
    assert len(article.left_out) == int(any(map(str.isalnum, markup)))


@pytest.mark.parametrize(
    "name",
    ["java.lang.Object", "ASP.NET", "www.example.com", "HttpClient.Dispose", "9 a.m. Monday"],
)
def test_no_sentence_ends_inside_a_name(name: str) -> None:
    [passage] = split(f"We met at {name} that day. It rained.").passages
    assert [passage.text_of(s.start, s.end) for s in passage.sentences] == [
        f"We met at {name} that day.",
        "It rained.",
    ]
