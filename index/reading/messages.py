"""What the build and its worker process send each other: frames of bytes, and replies as JSON.

The worker may have been taken over by the file that it reads, so what it sends is data and nothing
more: JSON that is checked against the types of our own values. Pickle would have to be fenced in,
and would still build values with fields of any type.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import Enum, auto
from functools import cache, partial
from types import NoneType, UnionType
from typing import IO, Any, Union, get_args, get_origin, get_type_hints

from index.reading.content import Content
from index.reading.text_writer import MOST_CHARACTERS
from index.reading.views import View, ViewRequest
from index.splitting.structure import Structure

READ, SHOW = b"read", b"show"
"""What a request asks for: the text of a file, or a view of it."""

READY = b"passage-search reader 1"
"""What a worker sends first."""

MOST_TEXT_BYTES = 4 * MOST_CHARACTERS
MOST_REPLY_BYTES = 64 << 20
"""The longest reply without its text. That of a book of a thousand pages has a hundredth of it."""

_LENGTH = struct.Struct(">Q")


class BadMessageError(ValueError):
    """What was sent is not a reply, or is too long."""


class Outcome(Enum):
    """How reading a file ended."""

    READ = auto()
    UNREADABLE = auto()
    FAILED = auto()
    OUT_OF_MEMORY = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker says of a file.

    `reason` is that of an UnreadableError, or the name of another error, whose `traceback` is
    there. `resident` is the memory that the worker holds now, in bytes, or 0 if it is not known.
    There is the `content` of a file that was read, and the `view` of one that is shown.
    """

    outcome: Outcome
    reason: str = ""
    traceback: str = ""
    resident: int = 0
    content: Content | None = None
    view: View | None = None


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write bytes with their length before them."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)


def read_frame(stream: IO[bytes], most: int) -> bytes:
    """Read what `write_frame` wrote.

    Raises EOFError if the stream ends before, and BadMessageError for more bytes than `most`.
    """
    (length,) = _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))
    if length > most:
        raise BadMessageError(f"{length} bytes")
    return _read_exactly(stream, length)


def _read_exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise EOFError
    return data


def encode_reply(reply: Reply, picture: bytes = b"") -> tuple[bytes, bytes]:
    """Turn a reply into two frames: all but the text, and the text or the picture.

    >>> decode_reply(*encode_reply(Reply(Outcome.READ, content=Content("Rivers")))).content.text
    'Rivers'
    """
    text = reply.content.text.encode() if reply.content else picture
    if reply.content:
        reply = replace(reply, content=replace(reply.content, text=""))
    frame = json.dumps(reply, default=_plain, ensure_ascii=False, allow_nan=False).encode()
    if len(frame) > MOST_REPLY_BYTES or len(text) > MOST_TEXT_BYTES:
        raise BadMessageError(f"{len(frame)} and {len(text)} bytes")
    return frame, text


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    raise TypeError(f"{type(value).__name__} in a reply")


def encode_view_request(request: ViewRequest) -> bytes:
    """Turn a request to show a file into a frame.

    >>> decode_view_request(encode_view_request(ViewRequest("5f", page=2, width=900)))
    ViewRequest(sha256='5f', page=2, width=900, start=0, end=0)
    """
    return json.dumps(asdict(request)).encode()


def decode_view_request(frame: bytes) -> ViewRequest:
    """Turn a frame into the request; it comes from the program that started the worker."""
    return ViewRequest(**json.loads(frame))


def decode_reply(frame: bytes, text: bytes) -> Reply:
    """Turn two frames into the reply. Raises BadMessageError if they are not one.

    The second is a picture if the reply holds no content.
    """
    try:
        reply = _reader_of(Reply)(json.loads(frame))
        assert isinstance(reply, Reply)
        if reply.content:
            content = replace(reply.content, text=text.decode())
            _check_spans(content)
            reply = replace(reply, content=content)
        if reply.view:
            _check_view(reply.view)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadMessageError(f"{type(error).__name__}") from error
    return reply


def _check_spans(content: Content) -> None:
    """Check that whatever has a start and an end has them in this order, and in the text."""
    if (structure := content.structure) is None:
        return
    parts: tuple[Sequence[Any], ...] = (
        structure.head.spans,
        structure.paragraphs,
        structure.markup,
        structure.omissions,
        structure.anchors,
    )
    length = len(content.text)
    if not all(0 <= part.start <= part.end <= length for of_kind in parts for part in of_kind):
        raise BadMessageError("a span outside the text")


def _check_view(view: View) -> None:
    """Check that pages have a size, and that boxes lie on a page. NaN is not a place."""
    if not all(0 < size.width < math.inf and 0 < size.height < math.inf for size in view.pages):
        raise BadMessageError("a page without a size")
    if not all(
        box.page > 0 and 0 <= box.left <= box.right <= 1 and 0 <= box.top <= box.bottom <= 1
        for box in view.boxes
    ):
        raise BadMessageError("a box outside its page")


# From JSON to values. A reader of a type takes what `json` gives, and raises TypeError, ValueError
# or KeyError unless it is of that type.

_Reader = Callable[[object], object]
_Maker = Callable[..., object]


@cache
def _reader_of(kind: object) -> _Reader:
    """Return the reader of a type that one of our values has as a field."""
    if not isinstance(kind, type) or get_origin(kind):
        return _reader_of_generic(get_origin(kind), get_args(kind))
    if issubclass(kind, Enum):
        return partial(_read_member, kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind, localns={"Structure": Structure})
        return partial(_read_parts, kind, [_reader_of(hints[f.name]) for f in fields(kind)])
    return partial(_read_exact, kind)


def _reader_of_generic(origin: object, arguments: Sequence[object]) -> _Reader:
    """Return the reader of `origin[arguments]`, or of a type that may be None."""
    if origin in (Union, UnionType):
        (inner,) = (argument for argument in arguments if argument is not NoneType)
        return partial(_read_optional, _reader_of(inner))
    if origin is tuple and arguments[-1] is not Ellipsis:
        return partial(_read_parts, _tuple_of, [_reader_of(part) for part in arguments])
    if origin in (dict, Mapping):
        return partial(_read_mapping, _reader_of(arguments[1]))
    return partial(_read_all, tuple if origin is tuple else list, _reader_of(arguments[0]))


def _read_exact(kind: type, value: object) -> object:
    # A time may have been a whole number.
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} for {kind.__name__}")
    return value


def _read_member(kind: type[Enum], value: object) -> object:
    return kind[str(value)]


def _read_optional(inner: _Reader, value: object) -> object:
    return None if value is None else inner(value)


def _read_all(make: _Maker, inner: _Reader, value: object) -> object:
    return make(map(inner, _list(value)))


def _read_mapping(inner: _Reader, value: object) -> object:
    if not isinstance(value, dict):
        raise TypeError("no mapping")
    return {key: inner(part) for key, part in value.items()}


def _read_parts(make: _Maker, readers: Sequence[_Reader], value: object) -> object:
    return make(*(read(part) for read, part in zip(readers, _list(value), strict=True)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _tuple_of(*parts: object) -> tuple[object, ...]:
    return parts
