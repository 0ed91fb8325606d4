"""How the fuzzer alters files: as bytes, as text with tags, as trees, and as archives."""

import contextlib
import copy
import io
import random
import re
import zipfile
from collections.abc import Callable
from functools import lru_cache

from fuzz_seeds import packed
from lxml import etree

LONGEST = 1 << 20
"""No altered file is longer."""

MOST_ELEMENTS = 2000
"""From how many elements a tree does not grow any more."""

INTERESTING = [
    b"\0", b"\xff", b"\x7f", b"\x80", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80",
    b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff" * 8,
    b"\r", b"\n\n", b"\x0c", b"\x1b[2J", b"\xe2\x80\xae", b"<", b">", b"&", b"]]>", b"-->", b"%",
    b"(", b")", b"<<", b">>", b"endobj", b"stream", b"endstream", b"/", b"\\", b'"', b"'",
]  # fmt: skip
NUMBERS = [
    b"0", b"1", b"-1", b"2", b"9", b"255", b"256", b"65535", b"65536", b"2147483647", b"2147483648",
    b"-2147483649", b"4294967295", b"4294967296", b"9223372036854775807", b"18446744073709551616",
    b"1e999", b"-0.0", b"NaN", b"1" * 5000, b"0.0000001", b"99999999", b"x", b"", b"\xd9\xa3",
]  # fmt: skip
ENTITIES = [
    b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    + b"".join(b'<!ENTITY %c "%s">' % (99 + n, b"&%c;" % (98 + n) * 10) for n in range(9))
    + b"]>",
    b'<!DOCTYPE x [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE x [<!ENTITY b SYSTEM "http://127.0.0.1:9/">]>',
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    b'<!DOCTYPE x [<!ENTITY b "' + b"y" * 50_000 + b'">]>',
    b'<?xml version="1.1" encoding="utf-7"?>',
    b'<?xml version="1.0" encoding="utf-32"?>',
    b'<?xml version="1.0" encoding="cp037"?>',
]
NUMBER = re.compile(rb"\d+(?:\.\d+)?")
TAG = re.compile(rb"<[^<>]{1,300}>")
# Each has a bound, since an altered file may be one long word.
ATTRIBUTE = re.compile(rb"\b[\w:]{1,40}\s{0,3}=\s{0,3}(\"[^\"]{0,300}\"|'[^']{0,300}')")
OBJECT = re.compile(rb"\d+ \d+ (?:R|obj)")
WORD = re.compile(rb"[A-Za-z]{2,}")

Mutation = Callable[[random.Random, bytearray], None]


def span(chance: random.Random, data: bytearray) -> slice:
    """A stretch: mostly short, sometimes any."""
    start = chance.randrange(len(data) + 1)
    most = chance.choice([1, 4, 16, 64, 256, len(data)])
    return slice(start, start + chance.randrange(most + 1))


def put_bytes(chance: random.Random, data: bytearray) -> None:
    """A few bytes elsewhere."""
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        place = chance.randrange(len(data) + 1)
        value = chance.choice([*INTERESTING, bytes([chance.randrange(256)])])
        data[place : place + (len(value) if chance.random() < 0.7 else 0)] = value


def flip_bits(chance: random.Random, data: bytearray) -> None:
    """A few bits the other way."""
    for _ in range(chance.choice([1, 3, 30])):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def remove(chance: random.Random, data: bytearray) -> None:
    """A stretch less."""
    del data[span(chance, data)]


def cut_off(chance: random.Random, data: bytearray) -> None:
    """The end missing, or the beginning."""
    place = chance.randrange(len(data) + 1)
    if chance.random() < 0.8:
        del data[place:]
    else:
        del data[:place]


def repeat(chance: random.Random, data: bytearray) -> None:
    """A stretch again, once or many times."""
    stretch = data[span(chance, data)]
    place = chance.randrange(len(data) + 1)
    times = chance.choice([1, 1, 2, 10, 1000])
    data[place:place] = (stretch * times)[: LONGEST // 2]


def swap(chance: random.Random, data: bytearray) -> None:
    """A stretch in place of another."""
    one, other = span(chance, data), span(chance, data)
    data[one] = bytes(data[other])


def match_of(chance: random.Random, pattern: re.Pattern[bytes], data: bytearray) -> slice | None:
    """The place of something of a kind, near a place by chance."""
    found = pattern.search(data, chance.randrange(len(data) + 1)) or pattern.search(data)
    return slice(*found.span()) if found else None


def change_number(chance: random.Random, data: bytearray) -> None:
    """Another number in place of one that is written in digits."""
    for _ in range(chance.choice([1, 1, 3, 10])):
        if place := match_of(chance, NUMBER, data):
            data[place] = chance.choice([*NUMBERS, b"%d" % chance.randrange(100)])


def change_reference(chance: random.Random, data: bytearray) -> None:
    """Another object of a PDF where one is named."""
    for _ in range(chance.choice([1, 2, 5])):
        if place := match_of(chance, OBJECT, data):
            kind = chance.choice([b"R", b"R", b"obj"])
            data[place] = b"%d 0 %s" % (chance.randrange(30), kind)


def change_word(chance: random.Random, data: bytearray) -> None:
    """A word of the file in place of another."""
    one, other = match_of(chance, WORD, data), match_of(chance, WORD, data)
    if one and other:
        data[one] = bytes(data[other])


def change_tag(chance: random.Random, data: bytearray) -> None:
    """A tag less, more, or in place of another."""
    one, other = match_of(chance, TAG, data), match_of(chance, TAG, data)
    if one and other:
        old, tag = bytes(data[one]), bytes(data[other])
        data[one] = chance.choice([b"", tag, tag.replace(b"<", b"</", 1), old + tag])


def change_attribute(chance: random.Random, data: bytearray) -> None:
    """Another value of an attribute: a number, a path, that of another, a long one, none."""
    one, other = match_of(chance, ATTRIBUTE, data), match_of(chance, ATTRIBUTE, data)
    if one and other:
        name = bytes(data[one]).split(b"=")[0]
        taken = bytes(data[other]).split(b"=", 1)[1].strip(b" \"'")
        paths = [b"../../../etc/passwd", b"http://127.0.0.1:9/", b"", b"#", b"a" * 3000, b"%00"]
        value = chance.choice([taken, taken, chance.choice(NUMBERS), chance.choice(paths)])
        data[one] = name + b'="' + value + b'"'


def nest(chance: random.Random, data: bytearray) -> None:
    """One tag, or bracket, deep in itself, closed again or not."""
    place = match_of(chance, TAG, data)
    if place and (name := re.match(rb"<([\w:]+)", data[place])):
        opened, closed = bytes(data[place]), b"</" + name[1] + b">"
    else:
        opened, closed = chance.choice(
            [(b"[", b"]"), (b"<<", b">>"), (b"(", b")"), (b"> ", b""), (b"- ", b""), (b"*", b"*")]
        )
    depth = min(chance.choice([3, 30, 300, 3000, 30_000]), LONGEST // 3 // len(opened))
    at = place.start if place else chance.randrange(len(data) + 1)
    data[at:at] = opened * depth
    if chance.random() < 0.5:
        end = chance.randrange(at + len(opened) * depth, len(data) + 1)
        data[end:end] = closed * depth


def add_entities(chance: random.Random, data: bytearray) -> None:
    """Entities that grow, or name a file, and one that is used."""
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    if place := match_of(chance, TAG, data):
        data[place.stop : place.stop] = chance.choice([b"&b;", b"&k;", b"&k;" * 100])
    data[start:start] = chance.choice(ENTITIES)


def grow(chance: random.Random, data: bytearray) -> None:
    """A very long word, line or run of something."""
    place = chance.randrange(len(data) + 1)
    piece = chance.choice(
        [b"a", b" ", b"\n", b"a ", b"<", b"&", b"<a ", b"</p>", b"|", b"\xcc\x81"]
    )
    data[place:place] = piece * chance.choice([100, 10_000, 100_000])


COMMON: list[Mutation] = [
    put_bytes, put_bytes, flip_bits, remove, cut_off, repeat, swap, change_number, change_number,
    change_word,
]  # fmt: skip
TAGGED: list[Mutation] = [change_tag, change_tag, change_attribute, change_attribute, *COMMON]
RARE: list[Mutation] = [nest, add_entities, grow]
"""Slow to read. One alteration in twenty is one of them."""


# Trees: XML that is altered as text is mostly no XML any more, and refused at once.


@lru_cache(maxsize=100)
def tree_of(data: bytes) -> etree._Element | None:
    """The tree of a sound file of XML or HTML; None if it is not one."""
    is_xml = data.lstrip().startswith(b"<?xml") or b"xmlns" in data[:500]
    parser = etree.XMLParser(resolve_entities=False) if is_xml else etree.HTMLParser()
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


def change_element(chance: random.Random, elements: list[etree._Element]) -> None:
    """An element gone, again, elsewhere, with another name, or deep in itself."""
    one, other = chance.choice(elements), chance.choice(elements)
    parent, kind = one.getparent(), chance.randrange(5)
    if parent is None:
        return
    if kind == 0:
        parent.remove(one)
    elif kind == 1:
        for _ in range(chance.choice([1, 1, 2, 20])):
            parent.insert(parent.index(one), copy.deepcopy(one))
    elif kind == 2:
        other.insert(chance.randrange(len(other) + 1), copy.deepcopy(one))
    elif kind == 3:
        one.tag = other.tag
    else:
        for _ in range(chance.choice([1, 2, 5, 50, 300])):
            inner = etree.SubElement(one, one.tag, dict(one.attrib))
            inner.text, one = "x", inner


def change_value(chance: random.Random, elements: list[etree._Element]) -> None:
    """Another attribute, or another text."""
    one, other = chance.choice(elements), chance.choice(elements)
    number = chance.choice(NUMBERS).decode()
    words = ["", " ", number, "\u202e\u0301\ufffd\u00ad", "a" * 3000, other.text or "", "x\ny"]
    kind = chance.randrange(4)
    if kind == 0:
        one.text = chance.choice(words)
    elif kind == 1:
        one.tail = chance.choice(words)
    elif name := chance.choice([*one.attrib, *other.attrib, None]):
        values = [*other.attrib.values(), number, "", "../../x", "http://127.0.0.1:9/", "a" * 3000]
        one.set(name, chance.choice(values))
        if kind == 3:
            del one.attrib[name]


def alter_tree(chance: random.Random, data: bytes) -> bytes:
    """Alter a sound file of XML or HTML so that it still is one."""
    tree = copy.deepcopy(tree_of(data))
    if tree is None:
        return data
    for _ in range(chance.choice([1, 1, 2, 4, 10])):
        elements = [element for element in tree.iter() if isinstance(element.tag, str)]
        is_large = len(elements) > MOST_ELEMENTS
        change = change_value if is_large or chance.random() < 0.4 else change_element
        # HTML may hold characters that the library does not put into a tree.
        with contextlib.suppress(ValueError):
            change(chance, elements)
    is_xml = data.lstrip().startswith(b"<?xml")
    altered: bytes = (
        etree.tostring(tree, encoding="utf-8", xml_declaration=True)
        if is_xml
        else etree.tostring(tree, encoding="utf-8", method="html")
    )
    return altered


def alter(chance: random.Random, data: bytes) -> bytes:
    """A file that is altered; an archive mostly in its members."""
    if data.startswith(b"PK"):
        by_members = chance.random() < 0.9
        return alter_archive(chance, data) if by_members else alter_bytes(chance, data, COMMON)
    if data.startswith(b"%PDF"):
        return alter_bytes(chance, data, [change_reference, *COMMON])
    return alter_text(chance, data)


def alter_text(chance: random.Random, data: bytes) -> bytes:
    """Alter a file with tags as one, and any other as bytes."""
    if not data.lstrip().startswith(b"<"):
        return alter_bytes(chance, data, COMMON)
    if chance.random() < 0.6:
        return alter_tree(chance, data)
    return alter_bytes(chance, data, TAGGED)


def alter_bytes(chance: random.Random, data: bytes, mutations: list[Mutation]) -> bytes:
    """Alter bytes in one to four ways."""
    altered = bytearray(data)
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        chance.choice(RARE if chance.random() < 0.05 else mutations)(chance, altered)
    return bytes(altered[:LONGEST])


@lru_cache(maxsize=100)
def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a sound archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def alter_archive(chance: random.Random, data: bytes) -> bytes:
    """Alter members of an archive, which then is sound again: each with its own checksum."""
    members = dict(members_of(data))
    for _ in range(chance.choice([1, 1, 1, 2, 4])):
        if not members:
            break
        name, other = chance.choice([*members]), chance.choice([*members])
        kind = chance.random()
        if kind < 0.85:
            members[name] = alter_text(chance, members[name])
        elif kind < 0.9:
            del members[name]
        elif kind < 0.95:
            members[name] = members[other]
        else:
            members[chance.choice(["../" + name, name.upper(), "x", other])] = members.pop(name)
    return packed(members)
