"""A message: its headers to the head, its body and its attachments to text."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from index.names import printable
from index.reading.content import Content, UnreadableError
from index.reading.decoding import decode
from index.reading.html.page import known_encoding, parse_page
from index.reading.laying_out import write_lines
from index.reading.mail.headers import Policy, day, decoded, header, people
from index.reading.text_writer import TextWriter
from index.splitting.paragraphs import Kind, join_lines, read_paragraphs
from index.splitting.structure import FoundHead, Structure

if TYPE_CHECKING:
    from index.document import Document

_DEEPEST = 5
"""Messages within messages, at most."""
_MOST_PARTS = 2_000
_NAMED = 10
_LONGEST_NAME = 80
_USUAL_HEADERS = frozenset(
    {"from", "to", "date", "subject", "received", "message-id", "mime-version", "content-type"}
    | {"return-path", "delivered-to"}
)
_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "text/markdown": ".md",
    "text/html": ".html",
    "text/plain": ".txt",
    "message/rfc822": ".eml",
}
"""How the name of an attachment would end, by its type, if it has no name that tells it."""
_SIGNATURES = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_ENCRYPTED = frozenset(
    {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}
)
_QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")
_STUB = 2
"""How many times more words a page has than the plain text beside it, if that is only a stub."""


def read_mail(data: bytes, encoding: str = "") -> Content:
    """Read a message; raises UnreadableError if it is encrypted, or not a message."""
    message = _parse(data)
    if not _USUAL_HEADERS.intersection(name.lower() for name in message):
        raise UnreadableError("is not a message of electronic mail: it has no headers")
    return _Mail(encoding).read(message)


def _parse(data: bytes) -> Message:
    return message_from_bytes(data, policy=Policy())


class _Mail:
    """A message while it is read."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._writer = TextWriter()
        self._replaced = 0
        self._parts = 0
        self._others: list[str] = []
        self._is_encrypted = False

    def read(self, message: Message) -> Content:
        writer = self._writer
        _take_head(writer.head, message)
        self._read_part(message, 0)
        if self._others:
            writer.notes.append(_listed(self._others))
        content = writer.content(title_first=False)
        if self._is_encrypted and not content.text:
            raise UnreadableError("is encrypted: save it decrypted")
        return replace(content, replaced=self._replaced)

    def _read_part(self, part: Message, depth: int) -> None:
        """Read a part, and all that is in it; `depth` counts the messages around it."""
        waiting = [part]
        while waiting:
            own = waiting.pop()
            self._parts += 1
            if self._parts > _MOST_PARTS:
                self._note(f"holds more than {_MOST_PARTS:,} parts, of which the rest is not read")
                return
            kind = own.get_content_type()
            if kind == "message/rfc822" or (kind == "message/partial" and own.is_multipart()):
                self._read_message(own, depth)
            elif kind == "multipart/alternative" and own.is_multipart():
                waiting += reversed(self._chosen(own))
            elif own.is_multipart():
                waiting += reversed(_inner(own))
            else:
                self._read_leaf(own, kind, depth)

    def _note(self, note: str) -> None:
        if note not in self._writer.notes:
            self._writer.notes.append(note)

    def _chosen(self, part: Message) -> list[Message]:
        """Return the variant that is read: plain text, unless it only says that there is a page."""
        variants = _inner(part)
        plain = [own for own in variants if own.get_content_type() == "text/plain"]
        others = [own for own in variants if own.get_content_type() != "text/plain"]
        best = next((own for own in reversed(others) if _has_page(own)), None)
        if plain and best is not None:
            page = next(own for own in best.walk() if own.get_content_type() == "text/html")
            # What is tried here is not counted as read.
            words = len(self._decoded(plain[0])[0].split())
            if _STUB * words < len(_words_of_page(self._decoded(page)[0])):
                plain = []
        if plain:
            return [plain[0], *(own for own in others if not _has_page(own))]
        return others

    def _read_leaf(self, part: Message, kind: str, depth: int) -> None:
        name = _name_of(part)
        if kind in _SIGNATURES:
            return
        if kind in _ENCRYPTED and part.get_param("smime-type") != "signed-data":
            self._is_encrypted = True
            self._others.append(name or kind)
            return
        is_attachment = part.get_content_disposition() == "attachment" or bool(name)
        if not is_attachment and kind == "text/plain":
            self._write_plain(part)
        elif not is_attachment and kind == "text/html":
            self._write_page(part)
        elif not is_attachment and kind in {"message/delivery-status", "text/rfc822-headers"}:
            self._write_plain(part)
        else:
            self._read_attachment(part, kind, name, depth)

    # The body

    def _decoded(self, part: Message) -> tuple[str, int]:
        """Return the text of a part, and how many signs of it stand for bytes that are not text."""
        data = _bytes_of(part)
        stated = _encoding_of(part)
        if stated:
            try:
                return data.decode(stated), 0
            except UnicodeDecodeError:
                pass
        try:
            content = decode(data, self._encoding or (stated if stated != "utf-8" else ""))
        except UnreadableError:
            text = data.decode(stated or "utf-8", "replace")
            return text, text.count("\N{REPLACEMENT CHARACTER}")
        return content.text, content.replaced

    def _write_plain(self, part: Message) -> None:
        text, replaced = self._decoded(part)
        self._replaced += replaced
        text = _with_quotations_apart(_unwrapped(part, text))
        paragraphs = join_lines(text, read_paragraphs(text))
        self._writer.append(text, Structure(FoundHead(), paragraphs, marks_headings=False))

    def _write_page(self, part: Message) -> None:
        from index.reading.html.main_text import hidden_parts
        from index.reading.html.parting import part_words
        from index.reading.html.text import write_text

        text, replaced = self._decoded(part)
        self._replaced += replaced
        root = parse_page(text)
        part_words(root)
        write_text(self._writer, root, hidden_parts(root))
        self._writer.end_paragraph()

    # What is attached

    def _read_message(self, part: Message, depth: int) -> None:
        """Read a message in a message, under a heading with what it is about."""
        inner = next(iter(_inner(part)), None)
        if inner is None:
            return
        subject = header(inner, "subject") or _name_of(part)
        if depth + 1 > _DEEPEST:
            self._others.append(subject or "a message")
            return
        writer = self._writer
        writer.end_paragraph()
        writer.write(subject or "Message")
        writer.end_paragraph(Kind.HEADING, level=depth + 1)
        stated = [(name, header(inner, name.lower())) for name in ("From", "Date", "To", "Cc")]
        write_lines(writer, [f"{name}: {value}" for name, value in stated if value])
        writer.end_paragraph(Kind.LINES)
        self._read_part(inner, depth + 1)

    def _read_attachment(self, part: Message, kind: str, name: str, depth: int) -> None:
        """Read an attachment as a file of its name, under a heading with that."""
        from index.reading.formats import format_of, is_article

        file_name = name if is_article(name) else name + _SUFFIXES.get(kind, "")
        if not is_article(file_name):
            self._leave_out(name, kind)
            return
        if file_name.lower().endswith(".eml"):
            message = Message(policy=Policy())
            message["Content-Type"] = "message/rfc822"
            message.attach(_parse(_bytes_of(part)))
            self._read_message(message, depth)
            return
        form, data = format_of(file_name), _bytes_of(part)
        if len(data) > form.max_bytes:
            self._note(f"the attachment {_short(name or file_name)} is too large")
            self._write_name(name)
            return
        try:
            content = form.read(data, _encoding_of(part) or self._encoding)
        except UnreadableError as error:
            self._note(f"the attachment {_short(name or file_name)} {error}")
            self._write_name(name)
            return
        self._replaced += content.replaced
        for note in content.notes:
            self._note(f"in the attachment {_short(name or file_name)}: {note}")
        writer = self._writer
        writer.end_paragraph()
        writer.write(name or file_name)
        writer.end_paragraph(Kind.HEADING, level=depth + 1)
        structure = _structure_of(file_name, content)
        writer.append(content.text, structure, under=depth + 1)

    def _leave_out(self, name: str, kind: str) -> None:
        """Leave out an attachment; its name is text, by which somebody may look for it."""
        self._others.append(name or kind)
        self._write_name(name)

    def _write_name(self, name: str) -> None:
        if name:
            self._writer.end_paragraph()
            self._writer.write(f"Attachment: {name}")
            self._writer.end_paragraph(Kind.LINES)


def _structure_of(name: str, content: Content) -> Structure:
    from index.document import Document
    from index.reading.formats import format_name, structure_of

    document: Document = Document(
        name, content.text, "", format=format_name(name), structure=content.structure
    )
    return structure_of(document)


def _take_head(head: FoundHead, message: Message) -> None:
    """Take the subject as the title, the sender as the author, the day; who it was sent to."""
    head.title = header(message, "subject")
    head.byline = ", ".join(people(message, "from"))
    head.date = day(message)
    for name in ("to", "cc"):
        if found := people(message, name):
            head.fields[name] = found


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [own for own in payload if isinstance(own, Message)] if isinstance(payload, list) else []


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _encoding_of(part: Message) -> str:
    """Return the encoding that a part states; "" if it states none, or no more than ASCII."""
    stated = str(part.get_content_charset(""))
    return "" if stated in {"ascii", "us-ascii"} else known_encoding(stated)


def _has_page(part: Message) -> bool:
    return any(own.get_content_type() == "text/html" and not _name_of(own) for own in part.walk())


def _words_of_page(text: str) -> list[str]:
    from index.reading.html.main_text import hidden_parts
    from index.reading.html.text import plain_lines

    root = parse_page(text)
    return " ".join(plain_lines(root, hidden_parts(root))).split()


def _name_of(part: Message) -> str:
    """Return the name of an attachment, without the folders that it may state; "" if none."""
    try:
        name = part.get_filename("") or ""
    except (LookupError, ValueError, TypeError, AttributeError):
        name = ""
    return PurePosixPath(decoded(str(name)).replace("\\", "/")).name


def _unwrapped(part: Message, text: str) -> str:
    """Return a plain text in the form "flowed" (RFC 3676) with its lines joined again."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    deletes = str(part.get_param("delsp", "")).lower() == "yes"
    lines: list[str] = []
    goes_on = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        # A space is put before what would else look like a quotation.
        own = line[depth:].removeprefix(" ")
        if goes_on == depth and own != "-- ":
            before = lines[-1]
            lines[-1] = (before.removesuffix(" ") if deletes else before) + own
        else:
            lines.append(f"{'>' * depth} {own}" if depth else own)
        goes_on = depth if own.endswith(" ") and own != "-- " else -1
    return "\n".join(lines)


def _with_quotations_apart(text: str) -> str:
    """Part what is quoted from what is not by an empty line."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and lines[-1].strip() and line.strip() and _depth(line) != _depth(lines[-1]):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _depth(line: str) -> int:
    match = _QUOTED.match(line)
    return match[0].count(">") if match else 0


def _listed(names: list[str]) -> str:
    """Return a note of the attachments that are not read."""
    shown = ", ".join(map(_short, names[:_NAMED]))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{'attachment' if len(names) == 1 else 'attachments'} {shown}{more}"


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
