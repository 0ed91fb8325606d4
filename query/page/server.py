"""The page as a running server: bound to this machine, quiet, and gone at Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from index import KeptEncoder, complain
from query.adapters import missing_extra
from query.page.address import HOST, AddressError, KeptAddress, bound_near, bound_socket
from query.page.index_update import IndexUpdate
from query.page.service import PageService

try:
    import h11
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol

    from query.page.app import PageApp
except ImportError as error:
    raise missing_extra("page", error) from error

from query.page.guard import Guard, derived_token, with_security_headers

if TYPE_CHECKING:
    import asyncio

    from query.named_index import NamedIndex
    from query.page.asked import Asked
    from query.retriever import Retriever

_LONGEST_HEAD = 1 << 16
"""Bytes of a request line and its headers: a question of 2,000 characters, and filters."""

_SLOWEST_HEAD = 10.0
"""Seconds in which a request has to come whole."""

_SLOWEST_READER = 30.0
"""Seconds after which a connection is dropped whose other end takes nothing."""

_MOST_CONNECTIONS = 100

# What opens a browser reads the address, so that it does not stand among its arguments.
_OPEN_BROWSER = "import sys, webbrowser; webbrowser.open(sys.stdin.readline().strip())"


def serve_page(
    retriever: Retriever,
    index: NamedIndex,
    asked: Asked,
    *,
    port: int | None,
    browser: bool,
    model: str | None = None,
) -> None:
    """Print the address of the page and serve it until Ctrl-C, which raises KeyboardInterrupt.

    `port` is None for the one that is kept, or another one if that is taken. Raises AddressError if
    the port cannot be had.
    """
    kept = _kept_address()
    listening = bound_near(kept.port) if port is None else bound_socket(port)
    with listening:
        own = listening.getsockname()[1]
        if port is None and own != kept.port:
            complain("query", f"port {kept.port} is taken: this page has port {own}")
        guard = _guarded(retriever, index, kept.token, own, model)
        start = f"http://{HOST}:{own}"
        click.echo(start + _with_token(asked, kept.token))
        sys.stdout.flush()
        if browser and _can_open_browser():
            address = start + _with_token(asked, guard.token_for_one_use())
            threading.Thread(target=_open_browser, args=(address,), daemon=True).start()
        server_of(guard).run([listening])


def _kept_address() -> KeptAddress:
    """Return the token and the port that are kept, or others if none can be kept."""
    try:
        return KeptAddress.load()
    except AddressError as error:
        complain("query", str(error))
        return KeptAddress.new()


def _guarded(
    retriever: Retriever,
    index: NamedIndex,
    token: str,
    port: int,
    model: str | None,
) -> Guard:
    encoder = retriever.encoder

    def tell(message: str) -> None:
        complain("query", message)

    update = IndexUpdate(index.directories, KeptEncoder(encoder, model=model), tell)
    service = PageService(retriever, lambda: replace(index, is_current=True).searcher(encoder))
    app = PageApp(service, update, derived_token(token, f"post {port}"), tell)
    return Guard(app.routes(), port=port, token=token)


def _with_token(asked: Asked, token: str) -> str:
    address = asked.address()
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'token': token})}"


def _can_open_browser() -> bool:
    """Return whether somebody is there to see a browser, on a screen that can show one."""
    if not sys.stdout.isatty():
        return False
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in {"darwin", "win32"} or any(map(os.environ.get, screens))


def _open_browser(address: str) -> None:
    """Open an address in the browser of the user, whatever that writes left aside."""
    with contextlib.suppress(OSError):
        subprocess.run(
            [sys.executable, "-I", "-c", _OPEN_BROWSER],
            input=f"{address}\n".encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )


def server_of(app: Guard) -> uvicorn.Server:
    """Return what serves the application over HTTP, quietly, on a socket that is bound already."""
    # What goes wrong in an answer is told by the application, and a bad request is nobody's news.
    # If somebody looks for an error, the traceback that uvicorn logs goes to standard error.
    for name in () if os.environ.get("PASSAGE_DEBUG") else ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=_BoundedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
    )
    return _Server(config)


class _Server(uvicorn.Server):
    """Ends at Ctrl-C at once, as other commands do: it waits for no connection and no answer."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to Python: Ctrl-C raises KeyboardInterrupt."""
        yield


class _BoundedProtocol(H11Protocol):
    """HTTP/1.1 of which each step has to come to an end."""

    _head_timer: asyncio.TimerHandle | None = None
    _reader_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for long, and not from more than so many."""
        super().connection_made(transport)
        if len(self.connections) > _MOST_CONNECTIONS:
            transport.abort()
        else:
            self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers."""
        self._stop_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a request that has begun has to come whole in time."""
        super().data_received(data)
        # Of a body too: nothing that the page is asked has one.
        if self._is_whole():
            self._stop_timer("_head_timer")

    def on_response_complete(self) -> None:
        """Be ready for the next request."""
        super().on_response_complete()
        if not self._is_whole() and self._head_timer is None:
            self._expect_request()

    def pause_writing(self) -> None:
        """Wait until the other end takes what is there for it, but not for ever."""
        super().pause_writing()
        if self._reader_timer is None:
            self._reader_timer = self.loop.call_later(_SLOWEST_READER, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._stop_timer("_reader_timer")
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Tell that a request cannot be read, with the headers of every other response."""
        body = f"400: {msg}\n".encode("ascii", "replace")
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        with contextlib.suppress(h11.LocalProtocolError):  # a response is under way already
            events: list[Any] = [
                h11.Response(
                    status_code=400, headers=with_security_headers(headers), reason=b"Bad Request"
                ),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ]
            for event in events:
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_whole(self) -> bool:
        """Return whether a request is here, and its answer is not given yet."""
        return (
            self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        )

    def _expect_request(self) -> None:
        self._head_timer = self.loop.call_later(_SLOWEST_HEAD, self.transport.abort)

    def _stop_timers(self) -> None:
        self._stop_timer("_head_timer")
        self._stop_timer("_reader_timer")

    def _stop_timer(self, name: str) -> None:
        timer = getattr(self, name)
        if timer is not None:
            timer.cancel()
            setattr(self, name, None)
