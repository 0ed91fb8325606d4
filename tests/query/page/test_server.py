"""The page as a running server: its address, how it ends, and how slow a request may be."""

import asyncio
import json
import os
import pty
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from page_client import HOST, PORT, TOKEN
from seed_index import ROOT, seed_index
from starlette.types import Receive, Scope, Send

from query.page.address import AddressError, KeptAddress, bound_near, bound_socket
from query.page.guard import Guard, derived_token
from query.page.server import server_of

pytestmark = pytest.mark.slow

ENDED = (130, "", "\n")
"""Exit code, output and errors of a command that Ctrl-C has ended."""


# The command


class Running:
    """A `query --page` in a process of its own."""

    def __init__(
        self,
        state: Path,
        *arguments: str | Path,
        index: Path | None = None,
        code: str = "from query.cli import main; main()",
        **environment: str,
    ) -> None:
        own = {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(state), **environment}
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", code, "--page"),
                *("--index", index or seed_index(), *arguments),
            ],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.address, self.port, self.token = "", 0, ""
        self.browser = build_opener(HTTPCookieProcessor())

    def read_address(self) -> None:
        """Read what it prints, if it does not end with an error."""
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?(.*&)?token=([\w-]{43})", self.address)
        assert found or self.process.wait(30) == 2, self.address
        if found:
            self.port, self.token = int(found[1]), found[3]

    def get(self, path: str = "") -> str:
        target = f"http://127.0.0.1:{self.port}{path}" if path else self.address
        with self.browser.open(target, timeout=30) as reply:
            assert reply.status == 200
            return str(reply.read().decode())

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """End it, and return its exit code and what else it wrote."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, error = self.process.communicate(timeout=20)
        return self.process.returncode, out, error


@contextmanager
def running(
    state: Path, *arguments: str | Path, index: Path | None = None, **others: str
) -> Iterator[Running]:
    server = Running(state, *arguments, index=index, **others)
    try:
        server.read_address()
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def test_the_page_is_served_to_this_machine_alone_until_ctrl_c(tmp_path: Path) -> None:
    options = ("-k", "3", "--mode", "dense", "--p", "0.5", "--min-score", "0.1")
    with running(tmp_path, "ceasefire", "terms", *options) as server:
        assert server.address.startswith(
            f"http://127.0.0.1:{server.port}/?q=ceasefire+terms&mode=dense&k=3&p=0.5&min_score=0.1"
            "&token="
        )
        page = server.get()
        assert "remorseless" in page
        assert server.token not in page
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", server.port), timeout=5)
        with pytest.raises(HTTPError, match="403"):
            build_opener().open(f"http://127.0.0.1:{server.port}/", timeout=5)
        assert server.end() == ENDED


def test_ctrl_c_waits_for_nobody(tmp_path: Path) -> None:
    with running(tmp_path) as server, ExitStack() as opened:
        server.get()
        for data in (b"", b"GET / HT", f"GET / HTTP/1.1\r\nHost: x:{server.port}\r\n\r\n".encode()):
            connection = socket.create_connection(("127.0.0.1", server.port))
            opened.enter_context(connection)
            connection.sendall(data)
        assert server.end() == ENDED


SLOW = """
import sys, threading, time
from query.cli import main
from query.index_searcher import IndexSearcher
import query.page.index_update

def endless(*_, **__):
    while True:
        time.sleep(0.01)

IndexSearcher.rank = endless
query.page.index_update.update_index = endless
main()
"""


def test_ctrl_c_ends_a_search_and_an_update_too(tmp_path: Path) -> None:
    with running(tmp_path, code=SLOW) as server:
        token = re.search(r'data-token="(\w+)"', server.get())
        assert token is not None
        origin = f"http://127.0.0.1:{server.port}"
        headers = {"Origin": origin, "x-page-token": token[1]}
        post = Request(f"{origin}/api/update", method="POST", headers=headers)
        with server.browser.open(post, timeout=30) as reply:
            assert json.load(reply)["update"]["running"]
        asking = threading.Thread(target=_asked_in_vain, args=(server,))
        asking.start()
        time.sleep(0.5)
        assert server.end() == ENDED
        asking.join(20)


def _asked_in_vain(server: Running) -> None:
    with pytest.raises(OSError):
        server.get("/part/hits?q=ceasefire")


BROKEN = """
from query.cli import main
from query.index_searcher import IndexSearcher

def fail(*_, **__):
    raise RuntimeError("boom")

IndexSearcher.rank = fail
main()
"""


@pytest.mark.parametrize("debug", ["", "1"])
def test_an_error_that_nobody_expects_is_told_in_a_line_or_with_its_place(
    tmp_path: Path, debug: str
) -> None:
    with running(tmp_path, code=BROKEN, PASSAGE_DEBUG=debug) as server:
        server.get()
        with pytest.raises(HTTPError, match="500"):
            server.get("/api/search?q=ceasefire")
        _, _, error = server.end()
    assert error.startswith("query: an unexpected error occurred at /api/search (Runtime")
    assert ("Traceback" in error) == bool(debug)
    assert (", in fail" in error) == bool(debug)


def test_a_termination_ends_it_as_any_command(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        server.get()
        assert server.end(signal.SIGTERM) == (-signal.SIGTERM, "", "")


def test_a_bookmark_works_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.get()
        browser = first.browser
        first.end()
    with running(tmp_path) as second:
        assert second.address == first.address
        second.browser = browser
        assert "remorseless" in second.get("/?q=ceasefire+terms")
    kept = tmp_path / "passage-search" / "page.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text()) == {"token": first.token, "port": first.port}


def test_a_second_page_has_a_port_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path) as first, running(tmp_path) as second:
        assert second.port != first.port
        assert second.token == first.token
        # One browser holds the cookies of both.
        second.browser = first.browser
        first.get()
        second.get()
        for each in (first, second):
            assert "remorseless" in each.get("/part/hits?q=ceasefire+terms")
        code, _, error = second.end()
        message = f"query: port {first.port} is taken: this page has port {second.port}\n"
        assert (code, error) == (130, f"{message}\n")


def test_a_port_that_is_named_and_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, "--port", str(port)) as server:
            message = f"query: port {port} is taken: name another one with --port\n"
            assert server.end() == (2, "", message)
    with running(tmp_path, "--port", str(port)) as server:
        assert server.port == port
        assert server.end()[0] == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "8000"], "--port is for --page"),
        (["--no-browser", "ferry"], "--no-browser is for --page"),
        (["--page", "--json"], "two forms of output"),
        (["--page", "--show", "a.txt#1"], "two forms of output"),
        (["--page", "--context", "100"], "two forms of output"),
        (["--page", "--like", "a.txt#1", "ferry"], "two things to ask"),
        (["--page", "--explain"], "--explain is not for --page"),
        (["--page", "-k", "101"], "from 1 to 100"),
        (["--page", "--where", "nonsense"], "is not a condition"),
        (["--page", "--port", "0"], "0 is less than 1"),
        (["--page", "--port", "70000"], "there is no port 70000"),
        (["--page", "--index", "/nowhere"], "no index at /nowhere"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_line(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from query.cli import main; main()", *arguments],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(tmp_path),
            "PASSAGE_INDEX": str(seed_index()),
        },
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert message in done.stderr


def test_without_the_extra_it_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['starlette'] = None; from query.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--page", "--index", str(seed_index())],
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "[page]'" in done.stderr


class Terminal:
    """A `query --page` at a terminal, with a browser that writes down what it is given."""

    def __init__(self, scratch: Path, *arguments: str) -> None:
        self.log = scratch / "log"
        browser = scratch / "browser"
        browser.write_text(
            f'#!/bin/sh\necho NOISE\necho NOISE >&2\necho "$@" > {self.log}.new\n'
            f"mv {self.log}.new {self.log}\n"
        )
        browser.chmod(0o755)
        own, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from query.cli import main; main()", "--page"),
                *("--index", str(seed_index()), *arguments),
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "XDG_STATE_HOME": str(scratch),
                "BROWSER": f"{browser} %s",
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.screen = os.fdopen(own, "rb")
        self.address = self.screen.readline().decode().strip()

    def end(self) -> bytes:
        """End it, and return what else is on the screen."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(20) == 130
        rest = b""
        with suppress(OSError):  # which Linux raises at the end of a terminal
            while part := self.screen.read1(65536):
                rest += part
        return rest


@contextmanager
def at_terminal(scratch: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(scratch, *arguments)
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait()


def test_the_browser_is_opened_quietly_with_a_token_for_one_use(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "ceasefire terms") as terminal:
        check_that_the_browser_is_let_in_once(terminal)
        assert b"NOISE" not in terminal.end()


def check_that_the_browser_is_let_in_once(terminal: Terminal) -> None:
    until = time.monotonic() + 20
    while not terminal.log.exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    opened = terminal.log.read_text().strip()
    before, sign, token = opened.partition("token=")
    assert (before, sign) == terminal.address.partition("token=")[:2]
    assert token != terminal.address.partition("token=")[2]
    with build_opener(HTTPCookieProcessor()).open(opened, timeout=20) as reply:
        assert "remorseless" in reply.read().decode()
    with pytest.raises(HTTPError, match="403"):
        build_opener(HTTPCookieProcessor()).open(opened, timeout=20)


def test_no_browser_is_opened_if_none_is_wanted_or_nobody_is_there(tmp_path: Path) -> None:
    with at_terminal(tmp_path, "--no-browser") as terminal:
        with build_opener(HTTPCookieProcessor()).open(terminal.address, timeout=20) as reply:
            assert reply.status == 200
        terminal.end()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER", f"{tmp_path}/browser %s")
        with running(tmp_path) as piped:
            piped.get()
    assert not terminal.log.exists()


# The address that is kept


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "passage-search" / "page.json"


def test_the_token_and_the_port_are_kept_for_the_user_alone(state: Path) -> None:
    first = KeptAddress.load()
    assert KeptAddress.load() == first
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    assert [path.name for path in state.parent.iterdir()] == [state.name]
    assert len({KeptAddress.new().token for _ in range(20)}) == 20


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_text(""),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text('{"token": "short", "port": 20000}'),
        lambda path: path.write_text(json.dumps({"token": "t" * 43, "port": 22})),
        lambda path: path.write_text(json.dumps({"token": "t" * 43, "port": "20000"})),
        lambda path: path.write_text(json.dumps({"token": "t" * 42 + "\n", "port": 20000})),
        lambda path: path.write_bytes(b"\xff" * 100),
        lambda path: path.write_text("[" * 4000),
        lambda path: path.chmod(0o644),
        lambda path: (path.rename(path.with_name("x")), path.symlink_to(path.with_name("x"))),
        make_pipe,
    ],
)
def test_what_is_damaged_or_was_open_to_others_is_made_anew(state: Path, damage: object) -> None:
    first = KeptAddress.load()
    assert callable(damage)
    damage(state)
    second = KeptAddress.load()
    assert second.token != first.token
    assert second.token != "t" * 43
    assert re.fullmatch(r"[\w-]{43}", second.token)
    assert KeptAddress.load() == second
    assert stat.S_IMODE(state.lstat().st_mode) == 0o600


def test_if_nothing_can_be_kept_that_is_told(state: Path) -> None:
    state.parent.parent.mkdir(parents=True)
    state.parent.write_text("a file in its place")
    with pytest.raises(AddressError, match="the address will be another one next time"):
        KeptAddress.load()


def test_a_port_is_bound_once_and_on_this_machine_alone() -> None:
    with bound_near(PORT) as first:
        host, port = first.getsockname()
        assert host == "127.0.0.1"
        with bound_near(port) as second:
            assert second.getsockname()[0] == "127.0.0.1"
            assert second.getsockname()[1] != port
        with pytest.raises(AddressError, match=f"port {port} is taken"):
            bound_socket(port)


# Slow and huge requests, over a real connection


async def slow_app(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that takes longer for an answer than a request may."""
    await asyncio.sleep(1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"slow"})


@contextmanager
def serving(seconds: float) -> Iterator[int]:
    """The port of a server in this process that gives a request so many seconds."""
    with pytest.MonkeyPatch.context() as patch, bound_near(PORT) as listening:
        patch.setattr("query.page.server._SLOWEST_HEAD", seconds)
        patch.setattr("query.page.server._SLOWEST_READER", seconds)
        patch.setattr("query.page.server._MOST_CONNECTIONS", 20)
        port = listening.getsockname()[1]
        server = server_of(Guard(slow_app, port=port, token=TOKEN))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield port
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture
def hasty() -> Iterator[int]:
    with serving(0.3) as port:
        yield port


@pytest.fixture
def served() -> Iterator[int]:
    with serving(4) as port:
        yield port


def replied(connection: socket.socket) -> bytes:
    """All that comes until the other end closes the connection."""
    data = b""
    connection.settimeout(20)
    with suppress(ConnectionResetError):
        while part := connection.recv(65536):
            data += part
    return data


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"G"],
        [b"GET / HTTP/1.1\r\n", b"Host: "],
        [b"GET / HTTP/1.1\r\nHost: x\r\n", *[b"x: y\r\n"] * 50],
        [b"POST /api/update HTTP/1.1\r\nContent-Length: 10\r\nHost: " + HOST.encode()],
    ],
)
def test_a_request_that_does_not_come_whole_is_dropped(hasty: int, parts: list[bytes]) -> None:
    with connected(hasty) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:  # dropped already
                break
            time.sleep(0.05)
        assert b"200 OK" not in replied(connection)


def test_a_connection_may_be_used_again_but_not_held(hasty: int) -> None:
    asked = f"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1:{hasty}\r\n\r\n".encode()
    with connected(hasty) as connection:
        for _ in range(3):
            connection.sendall(asked)
            reply = b""
            while b"let in" not in reply:
                reply += connection.recv(65536)
            assert reply.startswith(b"HTTP/1.1 403")
        connection.sendall(asked[:10])
        assert replied(connection) == b""


def assert_refused(reply: bytes) -> None:
    assert reply.startswith(b"HTTP/1.1 400 ")
    assert b"content-security-policy: default-src 'none';" in reply
    assert b"cache-control: no-store" in reply


@pytest.mark.parametrize("begin", [b"GET /?q=", b"GET / HTTP/1.1\r\nx: "])
def test_a_huge_request_is_refused_as_any_other(served: int, begin: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(begin)
        # Of 64 KiB the last part is one too many.
        for _ in range(8):
            connection.sendall(b"a" * 8192)
            time.sleep(0.02)
        assert_refused(replied(connection))


@pytest.mark.parametrize(
    "asked",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_an_odd_request_is_refused_as_any_other(served: int, asked: bytes) -> None:
    with connected(served) as connection:
        connection.sendall(asked)
        assert_refused(replied(connection))


def test_a_question_in_any_script_has_room_in_an_address(served: int) -> None:
    question = "%E6%97%A5" * 2000
    headers = f"Host: 127.0.0.1:{served}\r\nConnection: close\r\n"
    with connected(served) as connection:
        asked = f"GET /?q={question} HTTP/1.1\r\n{headers}\r\n".encode()
        for place in range(0, len(asked), 1000):
            connection.sendall(asked[place : place + 1000])
            time.sleep(0.02)
        assert replied(connection).startswith(b"HTTP/1.1 403")


def test_a_body_is_not_read(served: int) -> None:
    head = f"POST /api/update HTTP/1.1\r\nHost: 127.0.0.1:{served}\r\nContent-Length: 100000000"
    with connected(served) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        reply = replied(connection)
    assert b" 413 " in reply.split(b"\r\n")[0]


def test_many_connections_do_not_keep_others_out_for_long(served: int) -> None:
    asked = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{served}\r\nConnection: close\r\n\r\n".encode()
    with ExitStack() as stack:
        held = [stack.enter_context(connected(served)) for _ in range(60)]
        assert [replied(connection) for connection in held[20:]] == [b""] * 40
        held[0].setblocking(False)
        with pytest.raises(BlockingIOError):  # it is held, and the others could not be
            held[0].recv(1)
        until = time.monotonic() + 30
        reply = b""
        while not reply:
            assert time.monotonic() < until
            with connected(served) as connection, suppress(OSError):
                connection.sendall(asked)
                reply = replied(connection)
        assert reply.startswith(b"HTTP/1.1 403")


def test_an_answer_may_take_longer_than_a_request(hasty: int) -> None:
    cookie = f"passage-search-{hasty}={derived_token(TOKEN, f'cookie {hasty}')}"
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{hasty}\r\nCookie: {cookie}\r\n"
    with connected(hasty) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        reply = replied(connection)
    assert reply.startswith(b"HTTP/1.1 200")
    assert b"slow" in reply


def test_a_reader_that_takes_nothing_is_dropped(hasty: int) -> None:
    asked = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{hasty}\r\n\r\n".encode() * 50
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", hasty))
        until = time.monotonic() + 30
        with pytest.raises(OSError, match=r"reset|pipe"):
            while time.monotonic() < until:
                connection.sendall(asked)
