"""The reading page over a few files, asked as a browser that was let in asks it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_encoder import FakeEncoder
from small_index import CORPUS, build, write_corpus
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope

from index import JointCalibration, KeptEncoder, open_index
from query import Retriever
from query.index_searcher import IndexSearcher
from query.page.app import PageApp
from query.page.guard import Guard, derived_token
from query.page.index_update import IndexUpdate
from query.page.service import PageService

PORT = 23_456
TOKEN = "t" * 43
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
COOKIE = f"passage-search-{PORT}={derived_token(TOKEN, f'cookie {PORT}')}"
POST = {"origin": ORIGIN, "x-page-token": derived_token(TOKEN, f"post {PORT}")}


@dataclass
class Page:
    """A page with what stands behind it; `told` are the lines on its standard error."""

    client: TestClient
    service: PageService
    retriever: Retriever
    corpus: Path
    directory: Path
    told: list[str] = field(default_factory=list)

    def get(self, address: str, **parameters: str | int | Sequence[str]) -> Any:  # noqa: ANN401
        return self.client.get(address, params=parameters)

    def json(self, address: str, **parameters: str | int | Sequence[str]) -> Any:  # noqa: ANN401
        response = self.get(address, **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def rebuild(self, **files: str) -> None:
        write_corpus(self.corpus, {name.replace("__", "."): text for name, text in files.items()})
        build(self.corpus, self.directory)


@contextmanager
def app_over(
    retriever: Retriever,
    directories: Sequence[Path],
    told: list[str],
    environment: Mapping[str, str] | None = None,
) -> Iterator[tuple[PageService, Guard]]:
    def reopen() -> IndexSearcher:
        return IndexSearcher(open_index(directories), JointCalibration(lambda: retriever.encoder))

    service = PageService(retriever, reopen)
    update = IndexUpdate(directories, KeptEncoder(retriever.encoder), told.append)
    app = PageApp(service, update, POST["x-page-token"], told.append, environment or {})
    with closing(app):
        yield service, Guard(app.routes(), port=PORT, token=TOKEN)


@contextmanager
def page_over(
    scratch: Path,
    files: Mapping[str, str | bytes] = CORPUS,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Page]:
    corpus, directory = write_corpus(scratch / "corpus", files), scratch / "index"
    encoder = FakeEncoder()
    build(corpus, directory, encoder)
    told: list[str] = []
    with (
        Retriever.open(directory, encoder=encoder) as retriever,
        app_over(retriever, [directory], told, environment) as (service, app),
    ):
        yield Page(client_of(app), service, retriever, corpus, directory, told)


def client_of(app: ASGIApp) -> TestClient:
    """A browser that was let in."""
    return TestClient(
        app,
        base_url=ORIGIN,
        headers={"cookie": COOKIE},
        follow_redirects=False,
        raise_server_exceptions=False,
    )


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[bytes, bytes]
    body: bytes
    names: Sequence[bytes]


Header = tuple[str | bytes, str | bytes]


def ask(
    app: ASGIApp,
    target: str = "/",
    *headers: Header,
    method: str = "GET",
    host: str | None = HOST,
    gone: bool = False,
) -> Reply:
    """What an application answers to exactly these headers; `gone` is a browser that has left."""
    return asyncio.run(asked(app, target, *headers, method=method, host=host, gone=gone))


async def asked(
    app: ASGIApp,
    target: str = "/",
    *headers: Header,
    method: str = "GET",
    host: str | None = HOST,
    gone: bool = False,
) -> Reply:
    """The same among other tasks."""
    path, _, query = target.partition("?")
    first: list[Header] = [] if host is None else [("host", host)]
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(_bytes(name), _bytes(value)) for name, value in (*first, *headers)],
        "scheme": "http",
        "server": ("127.0.0.1", PORT),
        "root_path": "",
    }
    sent: list[Message] = []
    waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        if gone:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        raise AssertionError("nobody should wait for more")

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    return Reply(
        start["status"],
        dict(start["headers"]),
        b"".join(message.get("body", b"") for message in bodies),
        [name for name, _ in start["headers"]],
    )


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")
