"""The address of an index in Milvus: of one in a server, or in a file of milvus-lite."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from embed.errors import PassageSearchError
from index.names import printable

_HOW = "milvus://HOST:PORT/NAME names one in a server, and milvus:FILE.db/NAME one in a file"

TOKEN = "MILVUS_TOKEN"
"""The environment variable that holds the token of a server, or its `user:password`."""

_PORT = 19530
_LARGEST_PORT = (1 << 16) - 1
_DEFAULT_NAME = "passages"
_NAME = r"(?P<name>[A-Za-z_][A-Za-z0-9_]{0,99})"
_SERVER = (
    rf"milvus(?P<tls>\+tls)?://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])"
    rf"(:(?P<port>\d{{1,5}}))?/{_NAME}"
)
_FILE = rf"(?s:(?:milvus:)?(?://(?=/))?(?P<path>(?!//|milvus[:+]).*\.db)(?:/{_NAME})?)"


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """Where an index is in Milvus: `uri` as `pymilvus` takes it, and the `name` of its alias.

    `file` is the file of milvus-lite, None if it is a server.
    """

    uri: str
    name: str
    file: Path | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address; raises PassageSearchError if it cannot be one.

        A file may be named by its path alone. Without a name, the index in it is "passages".

        >>> MilvusAddress.parse("milvus+tls://db.example/news")
        MilvusAddress(uri='https://db.example:19530', name='news', file=None)
        >>> MilvusAddress.parse("milvus:kept/news.db").name
        'passages'
        """
        if (server := re.fullmatch(_SERVER, text)) is not None:
            port = int(server["port"] or _PORT)
            if 0 < port <= _LARGEST_PORT:
                scheme = "https" if server["tls"] else "http"
                return cls(f"{scheme}://{server['host']}:{port}", server["name"], None)
        elif (file := re.fullmatch(_FILE, text)) is not None and "\0" not in text:
            path = Path(file["path"]).absolute()
            return cls(str(path), file["name"] or _DEFAULT_NAME, path)
        if "@" in text:  # which is not printed, whatever stands before it
            raise PassageSearchError(f"an address has no @, a token goes into {TOKEN}: {_HOW}")
        raise PassageSearchError(f"{printable(text)} is not an address of an index: {_HOW}")

    def __str__(self) -> str:
        if self.file is not None:
            return f"milvus:{self.file}/{self.name}"
        scheme, _, place = self.uri.partition("://")
        return f"milvus{'+tls' if scheme == 'https' else ''}://{place}/{self.name}"
