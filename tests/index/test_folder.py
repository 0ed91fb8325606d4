"""What is read of a folder, what is left out and why, and how bytes become text."""

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.document import Document
from index.errors import CorpusError
from index.reading.content import Content, UnreadableError
from index.reading.decoding import decode
from index.reading.document_reader import read_document
from index.reading.folder import (
    LeftOut,
    Listing,
    describe_kinds,
    list_files,
)


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / f"{name}.txt").write_text(text, encoding="utf-8")


def read_documents(root: Path) -> Iterator[Document | LeftOut]:
    listing = list_files(root)
    yield from (read_document(root, doc_id) for doc_id in listing.doc_ids)
    yield from listing.left_out


def reasons(root: Path, max_bytes: int | None = None) -> dict[str, str]:
    return {entry.path: entry.reason for entry in list_files(root, max_bytes=max_bytes).left_out}


def test_articles_come_in_the_order_of_their_code_points(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ["b.txt", "a/z.txt", "a.txt", "a/B.md", "Z.TXT", "é.txt", "a-b.txt"]:
        (tmp_path / name).write_text("Text.")
    expected = ["Z.TXT", "a-b.txt", "a.txt", "a/B.md", "a/z.txt", "b.txt", "é.txt"]
    assert list(list_files(tmp_path).doc_ids) == expected
    assert [entry.doc_id for entry in read_documents(tmp_path) if isinstance(entry, Document)] == (
        expected
    )


def test_a_document_is_its_file_byte_for_byte(tmp_path: Path) -> None:
    data = "Zoë’s\r\nlines\rstay\n".encode()
    (tmp_path / "a.txt").write_bytes(data)
    document = read_document(tmp_path, "a.txt")
    assert document == Document(
        "a.txt", "Zoë’s\r\nlines\rstay\n", hashlib.sha256(data).hexdigest(), format="plain_text"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding_and_is_no_text(encoding: str) -> None:
    content = decode("Zoë 😀".encode(encoding))
    assert (content.text, content.replaced) == ("Zoë 😀", 0)
    assert content.encoding.startswith(encoding.removesuffix("-sig").removeprefix("utf-8"))


def test_both_byte_orders_of_utf_16() -> None:
    assert decode(b"\xfe\xff\x00Z") == Content("Z", 0, "utf-16-be")
    assert decode(b"\xff\xfeZ\x00") == Content("Z", 0, "utf-16-le")


def test_bytes_that_are_no_text_are_replaced_and_counted() -> None:
    damaged = "é ë ö".encode() + b"\xffb\xe9c"
    assert decode(damaged) == Content("é ë ö\ufffdb\ufffdc", 2)
    assert decode("own \ufffd and ".encode() + b"\xff") == Content("own \ufffd and \ufffd", 1)
    assert decode(b"\xff\xfeZ\x00\x00") == Content("Z\ufffd", 1, "utf-16-le")


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_to_text_that_can_be_encoded(data: bytes) -> None:
    try:
        content = decode(data)
    except UnreadableError:
        return
    text, replaced = content.text, content.replaced
    assert text.encode("utf-8").decode("utf-8") == text
    assert 0 <= replaced <= text.count("\ufffd")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_utf_8_comes_back_as_it_was(text: str) -> None:
    assert decode(text.encode("utf-8")) == Content(text.removeprefix("\ufeff"), 0)
    assert decode(b"\xef\xbb\xbf" + text.encode("utf-8")) == Content(text, 0)


def test_files_of_other_kinds_are_listed_and_hidden_ones_are_not(tmp_path: Path) -> None:
    write(tmp_path, a="Text.")
    for name in ("b.zip", "C.ZIP", "d.xml", "Makefile", ".DS_Store", "e.tar.gz"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "f.zip").write_bytes(b"%PDF")
    others = ("C.ZIP", "Makefile", "b.zip", "below/f.zip", "d.xml", "e.tar.gz")
    listing = list_files(tmp_path)
    assert listing == Listing(("a.txt",), (), others, (".DS_Store",))
    assert describe_kinds(listing.kinds) == "3 .zip, 1 .gz, 1 .xml, 1 without suffix"
    assert listing.not_read[:3] == [
        LeftOut(".DS_Store", "hidden"),
        LeftOut("C.ZIP", "of another kind (.zip)"),
        LeftOut("Makefile", "of another kind (without suffix)"),
    ]


def test_many_kinds_are_counted_together(tmp_path: Path) -> None:
    kinds = [(f".{number}", 20 - number) for number in range(12)]
    assert describe_kinds(kinds).endswith(", 11 .9, 19 of 2 more kinds")


def test_the_index_is_not_a_part_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, a="Text.")
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "b.faiss").write_bytes(b"x")
    assert list_files(tmp_path).other_kinds == ("index/b.faiss",)
    assert list_files(tmp_path, index_directory=tmp_path / "index").other_kinds == ()


@pytest.mark.parametrize(
    ("files", "is_index"),
    [
        (["CURRENT", "g-0123456789abcdef/MANIFEST.json"], True),
        (["aliases.json", "collections/c/manifest.json"], True),  # what index push makes
        (["CURRENT", "g-notes/MANIFEST.json"], False),
        (["MANIFEST.json", "g-0123456789abcdef/a.json"], False),
        (["aliases.json"], False),
    ],
)
def test_another_index_in_the_folder_is_left_out_and_named(
    tmp_path: Path, files: list[str], is_index: bool
) -> None:
    write(tmp_path, a="Text.")
    for name in files:
        (tmp_path / "other" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "other" / name).write_text('{"text": "It is long enough to be a passage."}')
    listing = list_files(tmp_path)
    assert (listing.doc_ids == ("a.txt",)) == is_index
    assert listing.left_out == ((LeftOut("other", "an index"),) if is_index else ())


def test_a_folder_with_other_kinds_only_says_what_was_found(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"%PDF")
    (tmp_path / "c.zip").write_bytes(b"%PDF")
    (tmp_path / "d.xml").write_bytes(b"x")
    with pytest.raises(CorpusError, match=r"found: 2 \.zip, 1 \.xml, which are not read"):
        list_files(tmp_path)


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, a="Text.")
    (tmp_path / ".b.txt").write_text("Text.")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.txt").write_text("Text.")
    assert list(list_files(tmp_path).doc_ids) == ["a.txt"]
    assert reasons(tmp_path) == {".b.txt": "hidden", ".git": "hidden"}


def test_links_are_never_followed(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, secret="Text.")
    write(root, a="Text.")
    (root / "inside.txt").symlink_to("a.txt")
    (root / "out.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "self.txt").symlink_to("self.txt")
    (root / "nowhere.txt").symlink_to("missing.txt")
    inside = "a link inside the folder: what it leads to is read under its own name"
    assert list(list_files(root).doc_ids) == ["a.txt"]
    assert reasons(root) == {
        "folder": "a link out of the folder",
        "inside.txt": inside,
        "loop": inside,
        "nowhere.txt": "a link that leads nowhere",
        "out.txt": "a link out of the folder",
        "self.txt": "a link that leads nowhere",
    }


def test_a_corpus_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    write(tmp_path / "real", a="Text.")
    (tmp_path / "real" / "b.txt").symlink_to("a.txt")
    (tmp_path / "link").symlink_to("real")
    assert reasons(tmp_path / "link")["b.txt"].startswith("a link inside the folder")
    assert list(list_files(tmp_path / "link").doc_ids) == ["a.txt"]
    assert isinstance(read_document(tmp_path / "link", "a.txt"), Document)


def test_pipes_and_sockets_are_left_out_and_block_nothing(tmp_path: Path) -> None:
    write(tmp_path, a="Text.")
    os.mkfifo(tmp_path / "pipe.txt")
    assert reasons(tmp_path) == {"pipe.txt": "not a regular file"}
    assert read_document(tmp_path, "pipe.txt") == LeftOut(
        "pipe.txt", "cannot be read: not a regular file"
    )


def test_a_folder_named_as_an_article_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    (tmp_path / "a.txt" / "b.txt").write_text("Text.")
    assert list_files(tmp_path) == Listing(("a.txt/b.txt",), (), ())


def test_the_size_limit_is_kept_at_listing_and_at_reading(tmp_path: Path) -> None:
    write(tmp_path, a="12345", b="123456")
    assert list(list_files(tmp_path, max_bytes=5).doc_ids) == ["a.txt"]
    assert reasons(tmp_path, max_bytes=1024 * 1024) == {}
    too_large = read_document(tmp_path, "b.txt", max_bytes=5)
    assert isinstance(too_large, LeftOut)
    assert too_large.reason.startswith("larger than")
    assert isinstance(read_document(tmp_path, "a.txt", max_bytes=5), Document)


def test_a_limit_is_not_room_that_is_made(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("River.")
    assert isinstance(read_document(tmp_path, "a.txt", max_bytes=2**60), Document)


def test_unreadable_files_and_folders_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, a="Text.", b="Text.")
    (tmp_path / "c").mkdir()

    def refuse(name: str, function: str) -> None:
        call = getattr(os, function)

        def refusing(path: str | Path, *arguments: object, **options: object) -> object:
            if Path(path).name == name:
                raise PermissionError(errno.EACCES, "Permission denied")
            return call(path, *arguments, **options)

        monkeypatch.setattr(os, function, refusing)

    refuse("b.txt", "open")
    refuse("c", "scandir")
    assert [entry for entry in read_documents(tmp_path) if isinstance(entry, LeftOut)] == [
        LeftOut("b.txt", "cannot be read: Permission denied"),
        LeftOut("c", "cannot be listed: Permission denied"),
    ]
    refuse(tmp_path.name, "scandir")
    with pytest.raises(CorpusError, match=r"cannot list the folder .*: Permission denied"):
        list_files(tmp_path)


def test_names_that_cannot_be_shown_are_left_out_and_shown_escaped(tmp_path: Path) -> None:
    write(tmp_path, a="Text.")
    (tmp_path / "b\x1b[31m.txt").write_text("Text.")
    (tmp_path / os.fsdecode(b"c\xff.txt")).write_text("Text.")
    reason = "its name holds control characters or is not valid UTF-8"
    assert list(list_files(tmp_path).doc_ids) == ["a.txt"]
    assert reasons(tmp_path) == {"b\\x1b[31m.txt": reason, "c\\udcff.txt": reason}


def test_a_file_that_vanishes_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, a="Text.", b="Text.")
    documents = read_documents(tmp_path)
    assert isinstance(next(documents), Document)
    (tmp_path / "b.txt").unlink()
    assert list(documents) == [LeftOut("b.txt", "gone before it was read")]


def test_a_file_or_folder_swapped_for_a_link_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    (root / "sub").mkdir(parents=True)
    (root / "sub" / "a.txt").write_text("Text.")
    (tmp_path / "a.txt").write_text("Secret.")
    (root / "b.txt").symlink_to(tmp_path / "a.txt")
    assert isinstance(read_document(root, "b.txt"), LeftOut)
    (root / "sub" / "a.txt").unlink()
    (root / "sub").rmdir()
    (root / "sub").symlink_to(tmp_path)
    assert isinstance(read_document(root, "sub/a.txt"), LeftOut)


@pytest.mark.parametrize(
    "doc_id", ["../a.txt", "sub/../../a.txt", "/etc/hostname", "", ".", "sub//a.txt", "a\0.txt"]
)
def test_no_doc_id_leads_out_of_the_folder(tmp_path: Path, doc_id: str) -> None:
    root = tmp_path / "corpus"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "a.txt").write_text("Secret.")
    (root / "sub" / "a.txt").write_text("Text.")
    assert isinstance(read_document(root, doc_id), LeftOut)


def test_a_folder_that_cannot_be_used_is_one_line_of_error(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Text.")
    (tmp_path / "empty").mkdir()
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / ".a.txt").write_text("Text.")
    for root, message in [
        (tmp_path / "missing", "no such folder"),
        (file, "not a folder"),
        (tmp_path / "empty", "no article in"),
        (tmp_path / "hidden", "1 left out, the first: .a.txt: hidden"),
    ]:
        with pytest.raises(CorpusError, match=message) as caught:
            list_files(root)
        assert "\n" not in str(caught.value)
        assert str(root) in str(caught.value)


def test_a_file_is_read_to_its_end_whatever_its_size_is_said_to_be() -> None:
    found = read_document(Path("/proc/self"), "status")
    assert isinstance(found, Document)
    assert found.text.startswith("Name:")
    assert "VmSize" in found.text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["The seal sleeps on the ice.\n", "Тюлень спит на льду. Тихо.\n"])
def test_wide_encodings_are_known_without_a_mark(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == Content(text, 0, encoding)


def test_a_short_text_that_is_not_utf_8_is_windows_1252() -> None:
    text = "The café sells crème brûlée for 4 € – the best in town."
    assert decode(text.encode("cp1252")) == Content(text, 0, "cp1252")


LEGACY = {
    "cp1250": "Żółty zając skacze przez płot, a wieczorem wraca do nory. Łódź stoi w porcie. ",
    "cp1251": "Тюлень спит на льду, и никто его не будит. Зима была долгой, море замерзло. ",
    "cp1252": "Señor Peña está de acuerdo: el café de la esquina es el mejor. Mañana sí. ",
    "cp1253": "Η φώκια κοιμάται στον πάγο και κανείς δεν την ξυπνά. ",
    "cp1256": "ينام الفقمة على الجليد ولا يوقظها أحد. كان الشتاء طويلا. ",
    "koi8_r": "Тюлень спит на льду, и никто его не будит. Зима была долгой, море замерзло. ",
    "cp852": "Żółty zając skacze przez płot, a wieczorem wraca do nory. Łódź stoi w porcie. ",
    "cp850": "L'hiver de cette année-là, le port a gelé, et aucun bateau n'est sorti avant mars. "
    "Les pêcheurs réparaient leurs filets à l'abri, et se racontaient des hivers plus froids "
    "où la neige était tombée. Quand la glace céda, tout le village était là. On n'avait jamais vu "
    "ça, répétaient les aînés. ",
    "cp1257": "The winter was long. Vyriausybė pranešė, kad kitais metais mokesčiai didės, todėl "
    "žmonės pradėjo protestuoti aikštėje. ",
    "windows-1257": "Tõrge faili lugemisel. Vigane võti või märk. ",
    "cp866": "Тюлень спит на льду, и никто его не будит. Зима была долгой, море замерзло. ",
    "iso8859_2": "Żółty zając skacze przez płot, a wieczorem śpi. Źródło bije. Ślad jest świeży. ",
    "latin_1": "Não há água no porto, disse o capitão. A situação é difícil até o verão. ",
    "shift_jis": "アザラシは氷の上で眠っています。誰も起こしません。冬は長く、海は凍りました。",
    "gb18030": "港务局每年春天疏浚航道，费用由吨税支付。渔民们对此没有意见。",
    "euc_kr": "항만청은 매년 봄에 항로를 준설하고 비용은 톤세로 지불한다. ",
}


@pytest.mark.parametrize("encoding", LEGACY)
def test_a_legacy_encoding_is_found_by_its_letters(encoding: str) -> None:
    text = LEGACY[encoding] * 8
    found = decode(text.encode(encoding))
    assert (found.text, found.replaced) == (text, 0)
    assert found.encoding != ""


def test_an_encoding_that_is_given_is_used() -> None:
    assert decode("Łódź".encode("cp1250"), "cp1250") == Content("Łódź", 0, "cp1250")
    assert decode("Łódź".encode(), "cp1250") == Content("Łódź")


@pytest.mark.parametrize("data", [b"%PDF-1.7 text", b"\x89PNG\r\n", bytes(range(256)) * 4])
def test_a_file_that_is_not_text_is_left_out_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    assert read_document(tmp_path, "a.txt") == LeftOut("a.txt", "not text")
