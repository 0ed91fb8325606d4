"""JSON, whole or with a value on each line: records and texts, each with its path."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from index.reading.content import Content
from index.reading.decoded_text import DecodedText

if TYPE_CHECKING:
    from index.splitting.structure import Structure


class Json(DecodedText):
    """Files of JSON and JSON Lines."""

    suffixes = (".json", ".jsonl", ".ndjson")
    version = "json 2"

    def read(self, data: bytes, encoding: str = "") -> Content:
        """Decode the file, and say whether it is damaged."""
        from index.splitting.json import damage_of

        content = super().read(data, encoding)
        damage = damage_of(content.text)
        return replace(content, notes=(damage,)) if damage else content

    def split(self, text: str) -> Structure:
        """Find the records and texts, and the title that an object states."""
        # Imported late: a build that finds nothing changed splits nothing.
        from index.splitting.json import read_json

        return read_json(text)


FORMAT = Json()
