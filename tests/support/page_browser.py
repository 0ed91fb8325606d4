"""The reading page on a port of this machine, and a browser that was let in."""

import shutil
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from embed import TextEncoder
from index import KeptEncoder
from query import Retriever
from query.page.app import PageApp
from query.page.guard import Guard, derived_token
from query.page.index_update import IndexUpdate
from query.page.server import server_of
from query.page.service import PageService

TOKEN = "t" * 43


@dataclass
class Served:
    """A page that is served at `origin`; `told` are the lines on its standard error."""

    origin: str
    retriever: Retriever
    told: list[str] = field(default_factory=list)

    @property
    def entrance(self) -> str:
        return f"{self.origin}/?token={TOKEN}"


@contextmanager
def served(
    directory: Path,
    encoder: TextEncoder | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """The page over an index, served by a thread of this process as the command serves it."""
    directories: Sequence[Path] = [directory]
    with (
        Retriever.open(directory, encoder=encoder) as retriever,
        socket.create_server(("127.0.0.1", 0)) as listening,
    ):
        port = listening.getsockname()[1]
        page = Served(f"http://127.0.0.1:{port}", retriever)
        update = IndexUpdate(directories, KeptEncoder(retriever.encoder), page.told.append)
        token = derived_token(TOKEN, f"post {port}")
        app = PageApp(PageService(retriever), update, token, page.told.append, environment or {})
        server = server_of(Guard(app.routes(), port=port, token=TOKEN))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield page
        finally:
            server.should_exit = True
            thread.join(10)
            app.close()


def chromium() -> str | None:
    """The browser of this machine, which the tests do not bring with them."""
    return shutil.which("chromium") or shutil.which("chromium-browser")
