"""What is let in to the page, and what every response says: nothing here knows of documents."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POST_PATHS = frozenset({"/api/update", "/api/open"})
"""The only paths that a POST may have."""

_TOKEN_HEADER = b"x-page-token"
"""The header of a POST that holds the token of the page."""

SECURITY_HEADERS: Sequence[tuple[bytes, bytes]] = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What each response says, an error too."""

_MAX_AGE = 90 * 24 * 3600
"""Seconds for which a browser that was let in keeps its cookie."""

_ONCE = 60.0
"""Seconds for which a token for one use can be used."""

_USE_THE_ADDRESS = "open the page with the address that query --page has printed"


class Guard:
    """Lets in whoever has the token, from this machine and from this page alone.

    A request has to name this server by its own address and port, which one that a foreign name
    was bound to does not; it may not come from another site, have a body, or change anything but
    by the two POSTs. The token is looked for in the address of the page, and from then on in a
    cookie. `app` is asked for everything that is let in.
    """

    def __init__(self, app: ASGIApp, *, port: int, token: str) -> None:
        self._app = app
        self._token = token
        hosts = ("127.0.0.1", "localhost")
        # A browser leaves out the port that http has by default.
        names = [*(f"{host}:{port}" for host in hosts), *(hosts if port == 80 else ())]
        self._hosts = frozenset(name.encode() for name in names)
        self._cookie_name = f"passage-search-{port}".encode()
        # Servers on other ports get the cookie too, so it does not hold the token.
        self._cookie = derived_token(token, f"cookie {port}").encode()
        self._post_token = derived_token(token, f"post {port}").encode()
        self._lock = Lock()
        self._once: dict[str, float] = {}

    def token_for_one_use(self) -> str:
        """Return a token that lets in once, in the next minute.

        For an address that other users of the machine may see, among the arguments of a browser.
        """
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._once[token] = time.monotonic() + _ONCE
        return token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let `app` answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"nothing is served over {scope['type']}")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = with_security_headers(message.get("headers", ()))
            await send(message)

        refusal = self._refusal(scope) or self._let_in(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
            return
        status, headers, line = refusal
        body = f"{line}\n".encode() if line else b""
        start = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            *headers,
        ]
        await send_with_headers({"type": "http.response.start", "status": status, "headers": start})
        await send({"type": "http.response.body", "body": body})

    def _refusal(self, scope: Scope) -> _Refusal | None:
        """Return why a request is not even looked at, or None."""
        return self._foreign(scope) or _odd(scope) or self._unsigned(scope)

    def _foreign(self, scope: Scope) -> _Refusal | None:
        """Return why a request does not come from this page, or None."""
        host = _values(scope, b"host")
        if len(host) != 1 or host[0] not in self._hosts:
            return _refused(403, f"this server has another name: {_USE_THE_ADDRESS}")
        if not {*_values(scope, b"origin")} <= {b"http://" + host[0]}:
            return _refused(403, "this request comes from another page")
        # A link on another site too: whoever follows it did not choose what is asked here.
        if not {*_values(scope, b"sec-fetch-site")} <= {b"same-origin", b"none"}:
            return _refused(403, f"this request comes from another site: {_USE_THE_ADDRESS}")
        return None

    def _unsigned(self, scope: Scope) -> _Refusal | None:
        """Return why a request may not change anything, or None; a GET changes nothing."""
        if scope["method"] != "POST":
            return None
        if len(_values(scope, b"origin")) != 1:
            return _refused(403, "this request does not say which page it comes from")
        if not _is_one(_values(scope, _TOKEN_HEADER), self._post_token):
            return _refused(403, "the token of the page is missing: load the page again")
        return None

    def _let_in(self, scope: Scope) -> _Refusal | None:
        """Return None for who may see something, and a redirect or a refusal for others."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in pairs if name == "token"]
        if tokens and scope["path"] == "/":
            if len(tokens) != 1 or not self._is_token(tokens[0]):
                return _refused(403, f"the token is not the right one: {_USE_THE_ADDRESS}")
            rest = urlencode([(name, value) for name, value in pairs if name != "token"])
            cookie = (
                self._cookie_name + b"=" + self._cookie
                + f"; Path=/; Max-Age={_MAX_AGE}; HttpOnly; SameSite=Strict".encode()
            )  # fmt: skip
            location = f"/?{rest}" if rest else "/"
            return 303, [(b"location", location.encode("ascii")), (b"set-cookie", cookie)], ""
        if not _is_one(self._cookies(scope), self._cookie):
            return _refused(403, f"you have to be let in: {_USE_THE_ADDRESS}")
        return None

    def _is_token(self, given: str) -> bool:
        """Return whether a token lets in; one for one use does not any more from now on."""
        now = time.monotonic()
        with self._lock:
            self._once = {token: end for token, end in self._once.items() if end > now}
            used = [token for token in self._once if _same(token.encode(), given.encode())]
            for token in used:
                del self._once[token]
        return _same(given.encode(), self._token.encode()) or bool(used)

    def _cookies(self, scope: Scope) -> list[bytes]:
        """Return the values of our cookie; another server on this machine may have added some."""
        pairs = (
            pair.strip().partition(b"=")
            for value in _values(scope, b"cookie")
            for pair in value.split(b";")
        )
        return [value for name, _, value in pairs if name == self._cookie_name]


_Refusal = tuple[int, list[tuple[bytes, bytes]], str]


def _odd(scope: Scope) -> _Refusal | None:
    """Return why a request is not one that a page would send, or None."""
    allowed = b"POST" if scope["path"] in POST_PATHS else b"GET, HEAD"
    if scope["method"] not in allowed.decode().split(", "):
        return _refused(405, "this address is not asked so", (b"allow", allowed))
    lengths = _values(scope, b"content-length")
    if _values(scope, b"transfer-encoding") or lengths not in ([], [b"0"]):
        # What follows is not read: the connection cannot be used again.
        return _refused(413, "a request has no body here", (b"connection", b"close"))
    return None


def _refused(status: int, line: str, *headers: tuple[bytes, bytes]) -> _Refusal:
    return status, [*headers], f"{status}: {line}"


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for own, value in scope["headers"] if own.lower() == name]


def _is_one(given: Iterable[bytes], right: bytes) -> bool:
    """Return whether one of the values is the right one; each is compared in constant time."""
    return sum(_same(value, right) for value in given) > 0


def _same(given: bytes, right: bytes) -> bool:
    return hmac.compare_digest(given, right)


def derived_token(token: str, purpose: str) -> str:
    """Return a token for one purpose, from which the one that it is made of cannot be told."""
    return hmac.new(token.encode(), purpose.encode(), "sha256").hexdigest()


def with_security_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return headers with what each response says; what may be kept says so by itself."""
    ours = {name for name, _ in SECURITY_HEADERS}
    own = [(name.lower(), value) for name, value in headers if name.lower() not in ours]
    if not any(name == b"cache-control" for name, _ in own):
        own.append((b"cache-control", b"no-store"))
    return [*own, *SECURITY_HEADERS]
