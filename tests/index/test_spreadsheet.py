"""Spreadsheets: each row a passage with its sheet, its header and its number."""

import datetime
import zipfile
from collections.abc import Sequence
from io import BytesIO

import pytest
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from small_index import split_document
from small_sheet import Rows, excel, ods, packed
from told import words

from index.document import Document
from index.reading.content import Content, UnreadableError
from index.reading.spreadsheet import FORMAT
from index.reading.worker import Worker
from index.splitting.passages import Article

NOON = datetime.datetime(2021, 5, 12, 12, 30)
TABLE: Rows = [
    ["Costs of 2021"],
    [],
    ["Name", "Price", "Since", "Open"],
    ["Lower lock", 0.1 + 0.2, datetime.date(2021, 5, 12), True],
    ["Bridge & co", 3.0, NOON, False],
    [None, None, None],
    [None, 1250.5, None, None],
]


def article_of(content: Content) -> Article:
    document = Document("a.xlsx", content.text, "", structure=content.structure)
    return split_document(document, FakeEncoder(1000))


def told(content: Content) -> list[tuple[str, str, str, str]]:
    """The place of each passage, the sheet over it, its header, and what it says."""
    return [
        (
            str(own.locator),
            " › ".join(own.path),
            own.table_header,
            own.reading_of(own.start, own.end),
        )
        for own in article_of(content).passages
    ]


def test_each_row_is_a_passage_with_its_sheet_header_and_number() -> None:
    content = FORMAT.read(excel({"Prices": TABLE, "Empty": [], "Notes": [["Nothing else."]]}))
    header = "Name Price Since Open"
    assert told(content) == [
        ("row 1", "Prices", "", "Prices Costs of 2021"),
        ("row 3-4", "Prices", "", f"{header} Lower lock 0.3 2021-05-12 TRUE"),
        ("row 5", "Prices", header, "Bridge & co 3 2021-05-12 12:30:00 FALSE"),
        ("row 7", "Prices", header, "1250.5"),
        ("row 1", "Notes", "", "Notes Nothing else."),
    ]
    [bridge] = [own for own in article_of(content).passages if "Bridge" in own.text]
    assert bridge.reading == f"{header} Bridge & co 3 2021-05-12 12:30:00 FALSE"
    assert bridge.locator.after("a.xlsx") == "a.xlsx row 5"
    assert (bridge.locator.page, bridge.locator.fragment) == (5, "")


def test_a_sheet_does_not_have_the_header_of_another() -> None:
    table: Rows = [["a name", "cost"], ["lock", 5], ["mill", 6]]
    content = FORMAT.read(excel({"One": table, "Two": [["lock", 5], ["mill", 6]]}))
    assert [header for _, _, header, _ in told(content)] == ["", "a name cost", "", ""]


def test_hidden_sheets_and_merged_cells_are_read() -> None:
    rows: Rows = [["Costs in all", None], ["lock", "5"]]
    content = FORMAT.read(excel({"Hidden one": rows}, hidden=["Hidden one"], merged="A1:B1"))
    assert [said for _, _, _, said in told(content)] == ["Hidden one Costs in all", "lock 5"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1e15, "1e+15"),
        (123456789012345.0, "123456789012345"),
        (-0.000001, "-1e-06"),
        (1 / 3, "0.333333333333333"),
        (2.5, "2.5"),
        (" spaced\nout ", "spaced out"),
    ],
)
def test_a_number_has_the_digits_that_a_program_shows(value: float | str, shown: str) -> None:
    [(_, _, _, said)] = told(FORMAT.read(excel({"S": [["x", value]]})))
    assert said == f"S x {shown}"


def test_open_document_is_read() -> None:
    content = FORMAT.read(ods({"Ämter": [["Name", "Ort"], ["Ä", "Köln"], ["", "Bonn"]]}))
    assert told(content) == [
        ("row 1-2", "Ämter", "", "Ämter Name Ort Ä Köln"),
        ("row 3", "Ämter", "Name Ort", "Bonn"),
    ]


def with_longer_part(data: bytes) -> bytes:
    """The same archive, but its directory says that the parts are shorter than they are."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        sizes = {info.file_size for info in archive.infolist()}
    for size in sizes:
        data = data.replace(size.to_bytes(4, "little"), (size // 2).to_bytes(4, "little"))
    return data


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not a ZIP archive"),
        (b"a,b\n", "is not a ZIP archive"),
        (OLD + bytes(600), "is damaged, or not a spreadsheet"),
        (OLD + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
        (packed({"a.xml": "<a/>"}), "is damaged, or not a spreadsheet"),
        (packed({"META-INF/manifest.xml": "<manifest:encryption-data/>"}), "is encrypted"),
        (excel({"S": TABLE})[:-40], "is damaged"),
        (with_longer_part(excel({"S": TABLE})), "is damaged"),
        (packed({"xl/workbook.xml": " " * (20 << 20)}), "unpacks to more than 200 times its size"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=f"^{reason}"):
        FORMAT.read(data)


texts = st.lists(
    st.sampled_from(["lock", "naïve", "7", "x & y", "<b>", "река", "\n", "-", '"']), max_size=4
).map(" ".join)
values = st.one_of(st.none(), texts, st.integers(-(10**14), 10**14), st.booleans())
sheets = st.dictionaries(
    st.sampled_from(["One", "Zwei & drei", "7"]),
    st.lists(st.lists(values, max_size=5), max_size=8),
    min_size=1,
)


def words_of(row: Sequence[object]) -> list[str]:
    said = (
        str(own).upper() if isinstance(own, bool) else str(own) for own in row if own is not None
    )
    return [word for own in said for word in words(own)]


@settings(max_examples=200, deadline=None)
@given(sheets)
def test_every_word_is_read_once_at_its_row(
    made: dict[str, list[list[str | int | bool | None]]],
) -> None:
    content = FORMAT.read(excel(made))
    expected = []
    for name, rows in made.items():
        before = words(name)
        for number, row in enumerate(rows, 1):
            if any(str(own).strip() for own in row if own is not None):
                expected += [(name, number, word) for word in [*before, *words_of(row)]]
                before = []
    found = []
    for own in article_of(content).passages:
        for anchor in own.anchors:
            start, end = max(anchor.start, own.start), min(anchor.end, own.end)
            said = words(own.text_of(start, end))
            found += [(own.path[0], anchor.page, word) for word in said]
    assert found == expected


def test_it_is_read_in_the_worker() -> None:
    data = excel({"S": TABLE})
    with Worker() as worker:
        assert told(worker.read("spreadsheet", data)) == told(FORMAT.read(data))


@pytest.mark.slow
def test_sheets_whose_tags_do_not_fit_are_damaged() -> None:
    """In a process with a limit: the library does not come back from such a file."""
    with zipfile.ZipFile(BytesIO(ods({"Boats": [["Name"]], "Piers": [["Bonn"]]}))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    head, _, _ = parts["content.xml"].rpartition("</table:table>")
    parts["content.xml"] = f"{head}</tables></office:body></office:document-content>"
    with (
        Worker(seconds=10) as worker,
        pytest.raises(UnreadableError, match=r"^is damaged: its XML cannot be read$"),
    ):
        worker.read("spreadsheet", packed(parts))
