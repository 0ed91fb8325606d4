"""A file in RTF: its marks one after the other, its text to streams."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from index.reading.content import Content, UnreadableError
from index.reading.laying_out import description
from index.reading.office import stated_name, stated_title
from index.reading.rtf.encodings import SYMBOL, of_charset, of_page
from index.reading.rtf.stream import Look, Stream, joined
from index.reading.text_writer import MOST_CHARACTERS, TextWriter
from index.reading.word.math import raised
from index.reading.word.numbering import numeral
from index.reading.word.symbols import bullet_of, in_unicode

_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{\s*\\rtf[0-9]* ?")
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)"
)
_DEEPEST = 20_000
"""Groups in groups, at most; Word stops long before."""

_DEEPEST_NOTE = 20
"""Notes, comments and boxes in one another, at most."""

_RUBY = re.compile(
    r"^\s*EQ\b.*\\o\b.*?\(\s*\\s\\up\s*-?\d*\s*\((?P<reading>[^()]*)\)\s*[,;](?P<base>[^()]*)\)\s*$",
    re.IGNORECASE | re.DOTALL,
)
"""The instruction of a field with which word processors set a reading over a word."""

_HEADS_AND_FEET = frozenset(
    f"{place}{page}" for place in ("header", "footer") for page in ("", "l", "r", "f")
)
_PASSED_OVER = frozenset(
    {"colortbl", "filetbl", "nonshppict", "shprslt", "objdata", "objclass", "objname"}
    | {"listtable", "listoverridetable", "revtbl", "rsidtbl", "generator", "datafield", "falt"}
    | {"panose", "xe", "rxe", "txe", "tc", "tcn", "bkmkstart", "bkmkend", "atnid", "atnref"}
    | {"atndate", "atntime", "atnicn", "atnparent", "ftnsep", "ftnsepc", "ftncn", "aftnsep"}
    | {"aftnsepc", "aftncn", "pn", "formfield", "themedata", "colorschememapping", "latentstyles"}
    | {"datastore", "xmlnstbl", "docvar", "userprops", "template", "background", "nonesttables"}
    | {"private", "stylerestrict", "protusertbl", "mmathPr", "listname", "listpicture"}
)
"""Groups of which nothing is seen."""
_ONLY_HOLDERS = frozenset(
    {"shp", "shpinst", "shpgrp", "pict", "shppict", "picprop", "do", "sp", "nesttableprops", "info"}
    | {"upr"}
)
"""Groups whose own text is not seen, and that may hold others which are."""
_SEEN = frozenset({"ud", "moMath", "moMathPara", "oMath", "oMathPara", "result"})
_TEXTS = {
    "tab": "\t", "line": "\n", "softline": "\n", "lbr": "\n", "emdash": "—", "endash": "–",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "emspace": " ", "enspace": " ", "qmspace": " ", "nestcell": " ", "nestrow": " ",
}  # fmt: skip
_SIGNS = {b"~": "\N{NO-BREAK SPACE}", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}"}
_PAGES = {"ansi": "cp1252", "mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_NUMBERS = {
    "nar": "decimal", "nalc": "lowerLetter", "nauc": "upperLetter", "nrlc": "lowerRoman",
    "nruc": "upperRoman",
}  # fmt: skip
_INFO = ("title", "author", "subject", "keywords")


class _Table(Enum):
    """What the words of a group define."""

    NONE = auto()
    FONTS = auto()
    STYLES = auto()
    CREATED = auto()


@dataclass(slots=True)
class _State:
    """What holds in a group, and in those within it unless they change it.

    `sink` takes the text in place of the stream; None stands for that. `is_muted` says that text
    is not seen, and `is_passed_over` that nothing within is either.
    """

    stream: Stream
    sink: list[str] | None = None
    is_muted: bool = False
    is_passed_over: bool = False
    skipped_after_sign: int = 1
    font: int = -1
    is_bold: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    is_raised: bool = False
    in_table: bool = False
    style: int = 0
    outline: int | None = None
    table: _Table = _Table.NONE
    at_end: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True)
class _Font:
    encoding: str = ""
    name: str = ""


_NO_FONT = _Font()


def read_rtf(data: bytes) -> Content:
    """Read a file; raises UnreadableError if it is not in RTF."""
    start = _START.match(data)
    if start is None:
        raise UnreadableError("is not in RTF: it does not begin as such a file does")
    return _Document(data).read(start.end())


class _Document:
    """A file while it is read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._raw = _raw_encoding(data)
        self._page = "cp1252"
        self._fonts: dict[int, _Font] = {}
        self._usual_font = 0
        self._styles: dict[int, str] = {}
        self._style_outlines: dict[int, int] = {}
        self._body = Stream()
        self._furniture: list[Stream] = []
        self._state = _State(self._body)
        self._states: list[_State] = []
        self._bytes = bytearray()
        self._encoding = ""
        self._to_skip = 0
        self._is_starred = False
        self._replaced = 0
        self._length = 0
        self._counted = {True: 0, False: 0}
        self._forms = {True: "decimal", False: "decimal"}
        self._author: list[str] = []
        self._property: list[str] = []
        self._info: dict[str, list[str]] = {}
        self._created: dict[str, int] = {}
        self._is_header_row = False
        self._defined = 0

    def read(self, start: int) -> Content:
        self._walk(start)
        while self._states:
            self._close()
        self._body.end()
        writer = TextWriter()
        self._take_info(writer)
        self._body.write(writer)
        for stream in self._furniture:
            stream.end()
            stream.write(writer)
        return replace(writer.content(), replaced=self._replaced)

    def _walk(self, position: int) -> None:
        """Take one mark after the other until the group of the file ends."""
        data, match = self._data, _TOKEN.match
        self._states.append(copy(self._state))
        while position < len(data) and self._states:
            token = match(data, position)
            if token is None:
                # An end of line between marks, or a mark that is cut off.
                position += 1
                continue
            position = token.end()
            word, number, code, sign, brace, text = token.groups()
            if text is not None:
                self._take_bytes(text, is_raw=True)
            elif word is not None:
                if word == b"bin":
                    position += max(int(number or 0), 0)
                    continue
                self._take_word(word.decode(), None if number is None else int(number))
            elif code is not None:
                self._take_bytes(bytes.fromhex(code.decode()))
            elif sign is not None:
                self._take_sign(sign)
            elif brace == b"{":
                self._open()
            else:
                self._close()

    # Groups

    def _open(self) -> None:
        self._flush()
        self._to_skip = 0
        if len(self._states) > _DEEPEST:
            raise UnreadableError("its parts are nested too deeply")
        self._states.append(self._state)
        self._state = copy(self._state)
        self._state.at_end = []
        if self._state.table is _Table.STYLES:
            self._defined = 0

    def _close(self) -> None:
        self._flush()
        self._to_skip = 0
        self._is_starred = False
        for finish in self._state.at_end:
            finish()
        self._state = self._states.pop()

    # Text

    def _take_bytes(self, data: bytes, *, is_raw: bool = False) -> None:
        if self._to_skip:
            skipped = min(self._to_skip, len(data))
            self._to_skip -= skipped
            data = data[skipped:]
        state = self._state
        if not data or state.is_passed_over or state.is_muted:
            return
        encoding = self._raw if is_raw and self._raw and not data.isascii() else ""
        encoding = encoding or self._font_of(state).encoding or self._page
        if encoding != self._encoding:
            self._flush()
            self._encoding = encoding
        self._bytes += data

    def _flush(self) -> None:
        """Decode the bytes that have come, all in one encoding: a sign may be of several."""
        if self._bytes:
            data, self._bytes = bytes(self._bytes), bytearray()
            if self._encoding == SYMBOL:
                private = "".join(chr(0xF000 + byte) if byte > 0x20 else " " for byte in data)
                self._add(in_unicode(private, self._font_of(self._state).name))
                return
            text = data.decode(self._encoding, "replace")
            self._replaced += text.count("\N{REPLACEMENT CHARACTER}")
            self._add(text)

    def _font_of(self, state: _State) -> _Font:
        number = state.font if state.font >= 0 else self._usual_font
        return self._fonts.get(number) or _NO_FONT

    def _add(self, text: str) -> None:
        state = self._state
        if state.is_passed_over or state.is_muted:
            return
        self._length += len(text)
        if self._length > MOST_CHARACTERS:
            raise UnreadableError(f"holds more than {MOST_CHARACTERS:,} characters of text")
        if state.table is _Table.FONTS:
            self._fonts.setdefault(self._defined, _Font()).name += text.partition(";")[0]
        elif state.table is _Table.STYLES:
            name = self._styles.get(self._defined, "") + text
            self._styles[self._defined] = name.replace(";", "").strip(" ").lower()
        elif state.sink is not None:
            state.sink.append(text)
        elif not (state.is_hidden or state.is_deleted):
            shown = raised(text) if state.is_raised else text
            state.stream.add(shown, is_bold=state.is_bold)

    def _take_sign(self, sign: bytes) -> None:
        if sign in b"\r\n":
            self._end_paragraph()
        elif sign == b"*":
            self._is_starred = True
        elif self._to_skip:
            self._to_skip -= 1
        elif (text := _SIGNS.get(sign)) is not None:
            self._flush()
            self._add(text)

    # Words

    def _take_word(self, word: str, number: int | None) -> None:
        is_starred, self._is_starred = self._is_starred, False
        if word == "u":
            self._take_code(number or 0)
            return
        if self._state.is_passed_over:
            return
        self._flush()
        handler = _HANDLERS.get(word)
        if handler is not None:
            handler(self, word, number)
        elif word in _TEXTS:
            if self._to_skip:
                self._to_skip -= 1
            else:
                self._add(_TEXTS[word])
        elif word in _SEEN:
            self._state.is_muted = False
        elif word in _ONLY_HOLDERS:
            self._state.is_muted = True
        elif word in _PASSED_OVER or is_starred or (word.startswith("m") and word.endswith("Pr")):
            self._state.is_passed_over = True

    def _take_code(self, number: int) -> None:
        """Take a character by its code; others stand for it in programs that know none such."""
        self._flush()
        code = number + 0x10000 if number < 0 else number
        if 0 < code < 0x110000:
            text = chr(code)
            font = self._font_of(self._state)
            self._add(in_unicode(text, font.name) if 0xF000 <= code < 0xF100 else text)
        self._to_skip = self._state.skipped_after_sign

    def _end_paragraph(self) -> None:
        self._flush()
        state = self._state
        if state.is_passed_over or state.is_muted or state.table is not _Table.NONE:
            return
        if state.sink is not None:
            state.sink.append("\n")
            return
        outline = state.outline
        if outline is None:
            outline = self._style_outlines.get(state.style)
        style = self._styles.get(state.style, "")
        state.stream.end_paragraph(Look.of(style, outline, in_table=state.in_table))

    # Destinations

    def _begin(self, stream: Stream) -> None:
        """Let what follows in this group be written to another stream."""
        state = self._state
        stream.depth = state.stream.depth + 1
        if stream.depth > _DEEPEST_NOTE:
            raise UnreadableError("its notes are nested too deeply")
        state.stream, state.sink, state.is_muted = stream, None, False
        state.is_bold = state.is_hidden = state.is_raised = state.in_table = False
        state.style, state.outline = 0, None

    def _begin_furniture(self, word: str, number: int | None) -> None:
        stream = Stream(reason="page furniture")
        self._furniture.append(stream)
        self._begin(stream)

    def _begin_note(self, word: str, number: int | None) -> None:
        state, note = self._state, Stream()
        parent, is_seen = state.stream, not (state.is_hidden or state.is_deleted)
        self._begin(note)

        def end() -> None:
            if note.is_numbered:
                self._counted[note.is_endnote] += 1
                own = numeral(self._counted[note.is_endnote], self._forms[note.is_endnote])
                mark = raised(own)
                mark = f"[{own}]" if mark == own else mark
                note.prefix = f"{mark} "
                if is_seen:
                    parent.add(mark)
            if is_seen:
                parent.set_aside(note)

        state.at_end.append(end)

    def _begin_comment(self, word: str, number: int | None) -> None:
        author = " ".join("".join(self._author).split())
        self._author = []
        comment = Stream(prefix=f"Comment by {author}: " if author else "Comment: ")
        self._state.stream.set_aside(comment)
        self._begin(comment)

    def _begin_box(self, word: str, number: int | None) -> None:
        box = Stream()
        self._state.stream.set_aside(box)
        self._begin(box)

    def _begin_label(self, word: str, number: int | None) -> None:
        """Take the number or bullet before a paragraph, which the file has as text."""
        state = self._state
        stream, sink = state.stream, self._take_into([])

        def end() -> None:
            label = joined("".join(sink)).strip()
            is_sign = len(label) == 1 and not label.isalnum()
            stream.label = bullet_of(label, self._font_of(state).name) if is_sign else label

        self._state.at_end.append(end)

    def _take_into(self, sink: list[str]) -> list[str]:
        self._state.sink, self._state.is_muted = sink, False
        return sink

    def _begin_instruction(self, word: str, number: int | None) -> None:
        """Take what a field is made of; of all fields only a word with its reading is seen."""
        sink, around = self._take_into([]), self._states[-1]

        def end() -> None:
            match = _RUBY.search(joined("".join(sink)))
            is_seen = not (around.is_muted or around.is_passed_over)
            if match and is_seen and not (around.is_hidden or around.is_deleted):
                text = f"{match['base'].strip()}({match['reading'].strip()})"
                if around.sink is None:
                    around.stream.add(text, is_bold=around.is_bold)
                else:
                    around.sink.append(text)

        self._state.at_end.append(end)

    def _begin_author(self, word: str, number: int | None) -> None:
        self._author = self._take_into([])

    def _begin_table(self, word: str, number: int | None) -> None:
        self._state.table = _TABLES[word]
        self._state.is_muted = False
        self._defined = 0

    def _set_font(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.FONTS:
            self._defined = number or 0
        else:
            self._state.font = number or 0

    def _set_encoding_of_font(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.FONTS:
            of_number = of_charset if word == "fcharset" else of_page
            font = self._fonts.setdefault(self._defined, _Font())
            font.encoding = of_number(number or 0) or font.encoding

    def _set_page(self, word: str, number: int | None) -> None:
        page = _PAGES.get(word) or of_page(number or 0)
        self._page = page or self._page

    def _set_style(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.STYLES:
            self._defined = number or 0
        else:
            self._state.style = number or 0

    def _set_outline(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.STYLES:
            self._style_outlines[self._defined] = number or 0
        else:
            self._state.outline = number or 0

    def _set_form(self, word: str, number: int | None) -> None:
        is_endnote = word.startswith("a")
        self._forms[is_endnote] = _NUMBERS[word.removeprefix("a").removeprefix("ftn")]

    def _begin_property(self, word: str, number: int | None) -> None:
        self._property = self._take_into([])

    def _begin_value(self, word: str, number: int | None) -> None:
        stream, sink = self._state.stream, self._take_into([])
        name = "".join(self._property).strip()

        def end() -> None:
            text, reason = description(joined("".join(sink)))
            if name == "wzDescription" and text:
                aside = Stream(reason=reason)
                aside.add(text)
                stream.set_aside(aside)

        self._state.at_end.append(end)

    def _begin_info(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.NONE and self._state.is_muted:
            self._info.setdefault(word, self._take_into([]))

    def _take_created(self, word: str, number: int | None) -> None:
        if self._state.table is _Table.CREATED:
            self._created.setdefault(word, number or 0)

    def _take_info(self, writer: TextWriter) -> None:
        def value(name: str) -> str:
            return " ".join(joined("".join(self._info.get(name, []))).split())

        head = writer.head
        head.title, head.byline = stated_title(value("title")), stated_name(value("author"))
        year, month, day = (self._created.get(name, 0) for name in ("yr", "mo", "dy"))
        if year and month and day:
            head.date = f"{year:04}-{month:02}-{day:02}"
        for name in ("subject", "keywords"):
            if text := value(name):
                head.fields[name] = (text,)


def _raw_encoding(data: bytes) -> str:
    """Return the encoding of bytes that stand in the file as they are, "" for the stated one.

    There should be none; some programs write UTF-8.
    """
    try:
        return "" if data.isascii() else data.decode() and "utf-8"
    except UnicodeDecodeError:
        return ""


_Handler = Callable[[_Document, str, "int | None"], None]


def _switch(name: str) -> _Handler:
    """Return what turns a property of text on, or off with a 0 after the word."""

    def turn(document: _Document, word: str, number: int | None) -> None:
        setattr(document._state, name, number != 0)

    return turn


def _reset_paragraph(document: _Document, word: str, number: int | None) -> None:
    state = document._state
    state.in_table, state.style, state.outline = False, 0, None


def _reset_text(document: _Document, word: str, number: int | None) -> None:
    state = document._state
    state.is_bold = state.is_hidden = state.is_raised = state.is_deleted = False
    state.font = -1


def _end_paragraph(document: _Document, word: str, number: int | None) -> None:
    document._end_paragraph()


def _break_page(document: _Document, word: str, number: int | None) -> None:
    document._add("\n")


def _end_cell(document: _Document, word: str, number: int | None) -> None:
    state = document._state
    if state.sink is None and not state.is_muted:
        state.stream.end_cell()


def _end_row(document: _Document, word: str, number: int | None) -> None:
    state = document._state
    if state.sink is None and not state.is_muted:
        state.stream.end_row(is_header=document._is_header_row)


def _set_header_row(document: _Document, word: str, number: int | None) -> None:
    document._is_header_row = word == "trhdr"


def _lower(document: _Document, word: str, number: int | None) -> None:
    document._state.is_raised = False


def _set_skipped(document: _Document, word: str, number: int | None) -> None:
    document._state.skipped_after_sign = max(number or 0, 0)


def _set_usual_font(document: _Document, word: str, number: int | None) -> None:
    document._usual_font = number or 0


def _number_note(document: _Document, word: str, number: int | None) -> None:
    document._state.stream.is_numbered = True


def _make_endnote(document: _Document, word: str, number: int | None) -> None:
    document._state.stream.is_endnote = True


_TABLES = {"fonttbl": _Table.FONTS, "stylesheet": _Table.STYLES, "creatim": _Table.CREATED}
_HANDLERS: dict[str, _Handler] = {
    "pard": _reset_paragraph,
    "plain": _reset_text,
    **dict.fromkeys(("par", "sect"), _end_paragraph),
    **dict.fromkeys(("page", "column"), _break_page),
    "cell": _end_cell,
    "row": _end_row,
    **dict.fromkeys(("trowd", "trhdr"), _set_header_row),
    "intbl": _switch("in_table"),
    "b": _switch("is_bold"),
    "v": _switch("is_hidden"),
    "deleted": _switch("is_deleted"),
    "super": _switch("is_raised"),
    **dict.fromkeys(("nosupersub", "sub"), _lower),
    "uc": _set_skipped,
    "f": _Document._set_font,
    "deff": _set_usual_font,
    **dict.fromkeys(("fcharset", "cpg"), _Document._set_encoding_of_font),
    **dict.fromkeys((*_PAGES, "ansicpg"), _Document._set_page),
    "s": _Document._set_style,
    "outlinelevel": _Document._set_outline,
    **dict.fromkeys(_HEADS_AND_FEET, _Document._begin_furniture),
    "footnote": _Document._begin_note,
    "chftn": _number_note,
    "ftnalt": _make_endnote,
    **{f"{kind}ftn{form}": _Document._set_form for kind in ("", "a") for form in _NUMBERS},
    "atnauthor": _Document._begin_author,
    "fldinst": _Document._begin_instruction,
    "annotation": _Document._begin_comment,
    **dict.fromkeys(("shptxt", "dptxbxtext"), _Document._begin_box),
    **dict.fromkeys(("listtext", "pntext"), _Document._begin_label),
    **dict.fromkeys(_TABLES, _Document._begin_table),
    "sn": _Document._begin_property,
    "sv": _Document._begin_value,
    **dict.fromkeys(_INFO, _Document._begin_info),
    **dict.fromkeys(("yr", "mo", "dy"), _Document._take_created),
}
