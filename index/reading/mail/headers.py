"""The headers of a message: who wrote it, to whom, when, and about what."""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from index.reading.html.page import known_encoding

_LONGEST = 1 << 18
_LONGEST_OF_PARTS = 1 << 13
"""Characters of a header that says how a part is to be read: taking it apart is squared work."""
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bqBQ])\?([^?\r\n]*)\?=")
_LINE_BREAK = re.compile(r"[\r\n]+[ \t]*")


class Policy(Compat32):
    """How a message is taken apart: headers of any length are cut to one that is harmless."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the value of a header."""
        name, value = super().header_source_parse(sourcelines)
        most = _LONGEST_OF_PARTS if name.lower().startswith("content-") else _LONGEST
        return name, value[:most]


def header(message: Message, name: str) -> str:
    """Return a header as a person reads it, on one line; "" if there is none."""
    values = (value for own, value in message.raw_items() if own.lower() == name)
    return decoded(str(next(values, "")))


def decoded(value: str) -> str:
    """Return the value of a header with its encoded words read.

    >>> decoded("=?utf-8?q?Caf=C3=A9?= =?utf-8?b?IG9wZW4=?= at nine")
    'Café open at nine'
    """
    value = _LINE_BREAK.sub(" ", _raw_text(value))
    pieces: list[str] = []
    # Words in the same encoding may part a character between them.
    data, encoding, last = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        charset, form, inside = word.groups()
        between, last = value[last : word.start()], word.end()
        if between.strip() or charset.lower() != encoding:
            pieces.append(_text_of(data, encoding))
            data, encoding = b"", charset.lower()
        if between.strip() or not pieces[1:]:
            pieces.append(between)
        data += _bytes_of(form.lower(), inside)
    return " ".join("".join((*pieces, _text_of(data, encoding), value[last:])).split())


def _bytes_of(form: str, inside: str) -> bytes:
    plain = inside.encode("ascii", "replace")
    if form == "q":
        return a2b_qp(plain, header=True)
    try:
        return a2b_base64(plain + b"===")
    except ValueError:
        return plain


def _text_of(data: bytes, charset: str) -> str:
    # A language may be named after the encoding.
    return data.decode(known_encoding(charset.partition("*")[0]) or "utf-8", "replace")


def _raw_text(value: str) -> str:
    """Return a header in which bytes outside ASCII stand as they were sent."""
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def people(message: Message, name: str) -> tuple[str, ...]:
    """Return the names and addresses that a header lists: "Ann Boyd <ann@example.org>"."""
    value = next((str(value) for own, value in message.raw_items() if own.lower() == name), "")
    found = []
    for person, address in getaddresses([_LINE_BREAK.sub(" ", _raw_text(value))]):
        own = decoded(person)
        place = f"<{address}>" if own and address else address
        if text := f"{own} {place}".strip():
            found.append(text)
    return tuple(found)


def day(message: Message) -> str:
    """Return the day on which a message was sent: "2021-05-12", or as the header says it."""
    stated = header(message, "date")
    try:
        return parsedate_to_datetime(stated).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return stated
