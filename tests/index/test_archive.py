"""ZIP archives: bombs, damage and encryption are named; sound members are read."""

import io
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from index.reading import archive as module
from index.reading.archive import Archive
from index.reading.content import UnreadableError

TEXT = b"The river rises in the night. " * 50


def packed(
    members: Mapping[str, bytes] | list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    pairs = members.items() if isinstance(members, Mapping) else members
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as file:
        warnings.simplefilter("ignore")
        for name, data in pairs:
            file.writestr(name, data)
    return buffer.getvalue()


def entry(data: bytes, number: int = 0) -> int:
    """The offset of an entry of the directory."""
    place = -1
    for _ in range(number + 1):
        place = data.index(b"PK\x01\x02", place + 1)
    return place


def patched(data: bytes, place: int, form: str, value: int) -> bytes:
    changed = bytearray(data)
    struct.pack_into(form, changed, place, value)
    return bytes(changed)


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableError) as raised:
        Archive.of(data)
    return str(raised.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_by_name(method: int) -> None:
    archive = Archive.of(packed({"b.xml": TEXT, "folder/": b"", "../../a": b"", "é": b"x"}, method))
    assert archive.names == ("b.xml", "../../a", "é")
    assert [archive.read(name) for name in archive.names] == [TEXT, b"", b"x"]


def test_of_two_members_with_one_name_the_last_counts() -> None:
    archive = Archive.of(packed([("a", b"one"), ("b", b"x"), ("a", b"two")]))
    assert (archive.names, archive.read("a")) == (("a", "b"), b"two")


def test_bytes_before_the_archive_do_no_harm() -> None:
    assert Archive.of(b"#!/bin/sh\n" + packed({"a": TEXT})).read("a") == TEXT


def test_a_member_that_is_missing_is_named() -> None:
    with pytest.raises(UnreadableError, match="part of it is missing"):
        Archive.of(packed({"a": TEXT})).read("b")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK", bytes(5000)])
def test_what_is_not_an_archive_is_named(data: bytes) -> None:
    assert refused(data) == "is not a ZIP archive"


def test_an_archive_that_is_cut_off_is_damaged() -> None:
    assert refused(packed({"a": TEXT, "b": TEXT})[:-40]) == "is damaged"


def test_a_name_that_is_not_text_is_damage() -> None:
    data = packed({"é": b""})
    assert refused(data.replace("é".encode(), b"\xff\xff")) == "is damaged"


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed({f"{n}": b"" for n in range(21)})
    monkeypatch.setattr(module, "_MOST_MEMBERS", 20)
    assert refused(data) == "has more than 20 parts"
    monkeypatch.setattr(module, "_MOST_MEMBERS", 21)
    assert len(Archive.of(data).names) == 21
    monkeypatch.setattr(module, "_MOST_ENTRIES", 20)
    assert refused(data) == "has more than 21 parts"


def test_a_bomb_of_zeros_is_refused_by_its_ratio() -> None:
    assert refused(packed({"a": bytes(17 << 20)})) == "unpacks to more than 200 times its size"
    assert len(Archive.of(packed({"a": bytes(15 << 20)})).read("a")) == 15 << 20


def test_what_the_directory_says_of_the_size_counts() -> None:
    data = packed({"a": TEXT, "b": TEXT})
    size = entry(data) + 24
    assert refused(patched(data, size, "<I", 129 << 20)) == "has a part of more than 128 MiB"
    assert refused(patched(data, size, "<I", 513 << 20)) == "unpacks to more than 512 MiB"


@pytest.mark.parametrize("size", [len(TEXT) - 1, len(TEXT) + 1, 0])
def test_a_member_of_another_length_than_is_said_is_damaged(size: int) -> None:
    data = packed({"a": TEXT})
    data = patched(data, entry(data) + 24, "<I", size)
    if size < len(TEXT):
        # The checksum of the part that is said to be there fits too.
        data = patched(data, entry(data) + 16, "<I", zlib.crc32(TEXT[:size]))
    with pytest.raises(UnreadableError, match="another checksum"):
        Archive.of(data).read("a")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_with_another_checksum_is_damaged(method: int) -> None:
    data = packed({"a": TEXT}, method)
    data = patched(data, entry(data) + 16, "<I", 7)
    with pytest.raises(UnreadableError, match="another checksum"):
        Archive.of(data).read("a")


def test_a_member_that_cannot_be_unpacked_is_damaged() -> None:
    data = packed({"a": TEXT})
    data = patched(data, 31, "B", 0xFF)
    with pytest.raises(UnreadableError, match="cannot be unpacked"):
        Archive.of(data).read("a")


def test_a_member_without_a_header_leaves_the_others_readable() -> None:
    data = packed({"a": TEXT, "b": TEXT})
    archive = Archive.of(patched(data, 0, "<I", 0))
    assert archive.read("b") == TEXT
    with pytest.raises(UnreadableError, match="cut off"):
        archive.read("a")


def test_members_that_share_their_bytes_are_refused() -> None:
    data = packed({"a": bytes(10_000), "b": TEXT})
    second = entry(data, 1)
    assert refused(patched(data, second + 42, "<I", 0)) == "is damaged: its parts overlap"
    longer = patched(data, entry(data) + 20, "<I", 100)
    assert refused(longer) == "is damaged: its parts overlap"


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2000])
def test_an_encrypted_member_is_named(flag: int) -> None:
    data = packed({"a": TEXT, "b": TEXT})
    assert "encrypted" in refused(patched(data, entry(data, 1) + 8, "<H", flag))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packing_is_named(method: int) -> None:
    assert "unusual way" in refused(packed({"a": TEXT}, method))


def test_an_unknown_packing_is_named() -> None:
    data = packed({"a": TEXT})
    assert "unusual way" in refused(patched(data, entry(data) + 10, "<H", 9))


@pytest.mark.parametrize(("field", "value"), [(20, 1 << 30), (42, 0xFFFFFFF0), (42, 5)])
def test_a_member_that_is_said_to_lie_elsewhere_is_damaged(field: int, value: int) -> None:
    data = packed({"a": TEXT})
    archive = Archive.of(patched(data, entry(data) + field, "<I", value))
    with pytest.raises(UnreadableError, match="cut off"):
        archive.read("a")


def test_no_more_is_unpacked_than_is_said() -> None:
    data = packed({"a": bytes(15 << 20)})
    archive = Archive.of(patched(data, entry(data) + 24, "<I", 1000))
    tracemalloc.start()
    with pytest.raises(UnreadableError, match="another checksum"):
        archive.read("a")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
