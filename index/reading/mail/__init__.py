"""Mail: a message as it was sent, with its attachments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.reading.content import MAX_PACKED_BYTES

if TYPE_CHECKING:
    from index.reading.content import Content

_VERSION = "2"


class Mail:
    """Messages of electronic mail (RFC 5322 and MIME)."""

    suffixes = (".eml",)
    max_bytes = MAX_PACKED_BYTES
    isolated = True

    @property
    def version(self) -> str:
        """The version of this reader, and of all that may read an attachment."""
        from hashlib import sha256

        from index.reading.formats import all_formats

        others = (form.version for form in all_formats() if form is not self)
        return f"mail {_VERSION} with {sha256('; '.join(others).encode()).hexdigest()[:12]}"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Read the message, and each attachment under a heading with its name.

        `encoding` is that of parts which do not say it.
        """
        # Imported late: only the process that reads needs it.
        from index.reading.mail.message import read_mail

        return read_mail(data, encoding)


FORMAT = Mail()
