"""The page answers the browser that was let in, and nothing else: each line of its security."""

import asyncio
import hmac
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from page_client import COOKIE, HOST, ORIGIN, PORT, POST, TOKEN, Header, Page, ask, page_over
from starlette.types import Receive, Scope, Send

from query.page.guard import POST_PATHS, SECURITY_HEADERS, Guard, derived_token

pytestmark = pytest.mark.slow

LET_IN: Header = ("cookie", COOKIE)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Asked:
    """An application that says something, and remembers what it was asked."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        headers = [(b"content-type", b"text/html"), (b"Referrer-Policy", b"unsafe-url")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"secret"})


@pytest.fixture
def app() -> Asked:
    return Asked()


@pytest.fixture
def guard(app: Asked) -> Guard:
    return Guard(app, port=PORT, token=TOKEN)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page_over(tmp_path_factory.mktemp("guarded")) as opened:
        yield opened


def refused(guard: Guard, app: Asked, status: int, *headers: Header, **asked: str | None) -> str:
    """The line that a request is refused with; the application was not asked."""
    target = asked.pop("target", "/") or "/"
    reply = ask(guard, target, *headers, **asked)  # type: ignore[arg-type]
    assert reply.status == status
    assert app.paths == []
    assert b"secret" not in reply.body
    assert reply.headers[b"content-type"] == b"text/plain; charset=utf-8"
    line = reply.body.decode()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    return line


# Line 1: this machine alone, under its own name


@pytest.mark.parametrize("host", [HOST, f"localhost:{PORT}"])
def test_a_request_under_our_own_name_is_let_in(guard: Guard, host: str) -> None:
    assert ask(guard, "/", LET_IN, host=host).body == b"secret"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", f"evil.example:{PORT}", "127.0.0.1", "localhost", "127.0.0.1:80", "",
        f"127.0.0.1:{PORT + 1}", f"localhost.:{PORT}", f"127.0.0.1.evil.example:{PORT}",
        f"[::1]:{PORT}", f"0.0.0.0:{PORT}", f"127.1:{PORT}", f"2130706433:{PORT}",
        f"127.0.0.1:{PORT}@evil.example", f"x@127.0.0.1:{PORT}", f"127.0.0.1:0{PORT}",
        f"127.0.0.1:{PORT},evil.example", f" 127.0.0.1:{PORT}",
    ],
)  # fmt: skip
def test_a_rebinding_request_is_refused(guard: Guard, app: Asked, host: str) -> None:
    line = refused(guard, app, 403, LET_IN, host=host)
    assert "query --page has printed" in line


def test_a_request_names_one_host(guard: Guard, app: Asked) -> None:
    refused(guard, app, 403, LET_IN, host=None)
    refused(guard, app, 403, LET_IN, ("host", HOST))
    refused(guard, app, 403, LET_IN, ("Host", "evil.example"))


def test_the_port_that_http_has_by_default_is_left_out_by_browsers(app: Asked) -> None:
    guard = Guard(app, port=80, token=TOKEN)
    let_in = ("cookie", f"passage-search-80={derived_token(TOKEN, 'cookie 80')}")
    assert ask(guard, "/", let_in, host="127.0.0.1").status == 200
    assert ask(guard, "/", let_in, host="127.0.0.1:80").status == 200
    assert ask(guard, "/", let_in, host="127.0.0.1:81").status == 403


def test_nothing_but_http_is_served(guard: Guard, app: Asked) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("not reached")

    with pytest.raises(ValueError, match="websocket"):
        asyncio.run(guard({"type": "websocket"}, never, never))  # type: ignore[arg-type]
    assert app.paths == []


# Line 2: from the page alone, and reading alone


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", f"https://{HOST}", f"http://127.0.0.1:{PORT + 1}",
        f"http://localhost:{PORT}", "http://127.0.0.1", f"{ORIGIN}/", "", f"{ORIGIN} {ORIGIN}",
    ],
)  # fmt: skip
def test_a_foreign_origin_is_refused(guard: Guard, app: Asked, origin: str) -> None:
    refused(guard, app, 403, LET_IN, ("origin", origin))
    refused(guard, app, 403, LET_IN, ("origin", ORIGIN), ("origin", origin))


def test_our_own_origin_is_let_in(guard: Guard) -> None:
    assert ask(guard, "/", LET_IN, ("origin", ORIGIN)).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "none, cross-site"])
@pytest.mark.parametrize("mode", ["navigate", "no-cors", "cors", "websocket"])
@pytest.mark.parametrize("target", ["/", f"/?q=a&token={TOKEN}", "/api/search?q=a"])
def test_what_another_site_asks_is_refused_a_link_to_the_page_too(
    guard: Guard, app: Asked, site: str, mode: str, target: str
) -> None:
    headers: list[Header] = [("sec-fetch-site", site), ("sec-fetch-mode", mode)]
    refused(guard, app, 403, LET_IN, *headers, ("sec-fetch-dest", "document"), target=target)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_what_the_person_asks_is_let_in(guard: Guard, site: str) -> None:
    assert ask(guard, "/", LET_IN, ("sec-fetch-site", site)).status == 200


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "GET, HEAD"]
)
def test_a_request_reads_and_nothing_else(guard: Guard, app: Asked, method: str) -> None:
    for target in ("/", "/api/search?q=a", "/assets/page.js"):
        refused(guard, app, 405, LET_IN, *POST.items(), method=method, target=target)


@pytest.mark.parametrize("path", sorted(POST_PATHS))
def test_what_changes_something_is_a_post_with_the_token(
    guard: Guard, app: Asked, path: str
) -> None:
    origin, token = POST.items()
    refused(guard, app, 405, LET_IN, origin, token, target=path)
    asked: dict[str, str | None] = {"method": "POST", "target": path}
    refused(guard, app, 403, LET_IN, origin, **asked)
    refused(guard, app, 403, LET_IN, origin, ("x-page-token", TOKEN), **asked)
    refused(guard, app, 403, LET_IN, origin, ("x-page-token", ""), **asked)
    refused(guard, app, 403, LET_IN, token, **asked)
    refused(guard, app, 403, LET_IN, token, ("origin", "http://evil.example"), **asked)
    refused(guard, app, 403, origin, token, **asked)
    assert ask(guard, path, LET_IN, origin, token, method="POST").status == 200


def test_no_other_page_may_read_an_answer(page: Page) -> None:
    for target in ("/", "/api/search?q=river", "/nothing", "/api/passage?id=x"):
        reply = page.client.get(target, headers={"origin": ORIGIN})
        assert not [name for name in reply.headers if name.startswith("access-control-")]
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    asked_first = page.client.options("/api/update", headers=headers)
    assert asked_first.status_code == 403
    assert not [name for name in asked_first.headers if name.startswith("access-control-")]


# Line 3: the token


def test_the_token_becomes_a_cookie_and_leaves_the_address(guard: Guard, app: Asked) -> None:
    reply = ask(guard, f"/?q=%C3%A9+b&doc=a%26b&token={TOKEN}&k=3", ("sec-fetch-site", "none"))
    assert (reply.status, app.paths) == (303, [])
    assert reply.headers[b"location"] == b"/?q=%C3%A9+b&doc=a%26b&k=3"
    text = reply.headers[b"set-cookie"].decode()
    [(name, cookie)] = SimpleCookie(text).items()
    assert name == f"passage-search-{PORT}"
    assert cookie["samesite"] == "Strict"
    assert cookie["httponly"]
    assert cookie["path"] == "/"
    assert int(cookie["max-age"]) > 24 * 3600
    assert not cookie["domain"]
    assert TOKEN not in text
    assert ask(guard, "/", ("cookie", f"other=1; {name}={cookie.value}")).body == b"secret"
    assert ask(guard, f"/?token={TOKEN}").headers[b"location"] == b"/"


def test_a_redirect_leads_nowhere_else(guard: Guard) -> None:
    for query in ("//evil.example", "q=%0d%0aset-cookie:+a", "https://evil.example/", "q=%00"):
        location = ask(guard, f"/?{query}&token={TOKEN}").headers[b"location"]
        assert location.startswith(b"/?")
        assert not {*b"\r\n\0"} & {*location}


@pytest.mark.parametrize(
    "query",
    ["token=", "token=x", f"token={TOKEN}x", f"token={TOKEN}&token=x", "token=%00", "token=%ff"],
)
def test_a_wrong_token_is_refused(guard: Guard, app: Asked, query: str) -> None:
    assert "query --page has printed" in refused(guard, app, 403, target=f"/?{query}")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("cookie", f"passage-search-{PORT}=")],
        [("cookie", f"passage-search-{PORT}={TOKEN}")],
        [("cookie", f"passage-search-{PORT}={derived_token(TOKEN, f'cookie {PORT + 1}')}")],
        [("cookie", f"passage-search-{PORT + 1}={derived_token(TOKEN, f'cookie {PORT}')}")],
        [("cookie", f"passage-search-{PORT}={derived_token(TOKEN, f'post {PORT}')}")],
        [("authorization", f"Bearer {TOKEN}")],
        [("cookie", b"\xff\xfe; =; ;")],
    ],
)
@pytest.mark.parametrize(
    "target", ["/", "/part/hits?q=a", "/api/search?q=a", "/assets/page.js", "/nothing",
               f"/part/hits?q=a&token={TOKEN}"]
)  # fmt: skip
def test_nobody_sees_anything_without_the_cookie(
    guard: Guard, app: Asked, headers: list[Header], target: str
) -> None:
    assert "query --page has printed" in refused(guard, app, 403, *headers, target=target)


def test_a_cookie_that_another_server_has_added_is_in_nobodys_way(guard: Guard) -> None:
    theirs = f"passage-search-{PORT}=theirs"
    assert ask(guard, "/", ("cookie", f"{theirs}; {COOKIE}")).status == 200
    assert ask(guard, "/", ("cookie", theirs), LET_IN).status == 200


def test_a_token_for_one_use_lets_in_once_and_soon(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, late = guard.token_for_one_use(), guard.token_for_one_use()
    assert ask(guard, f"/?token={once}").status == 303
    assert ask(guard, f"/?token={once}").status == 403
    monkeypatch.setattr("time.monotonic", lambda: 1e12)
    assert ask(guard, f"/?token={late}").status == 403


def test_secrets_are_compared_in_constant_time(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return True  # so that nothing else can have decided

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert ask(guard, "/?token=x").status == 303
    assert ask(guard, "/", ("cookie", f"passage-search-{PORT}=y")).status == 200
    headers: list[Header] = [("origin", ORIGIN), ("x-page-token", "z")]
    assert ask(guard, "/api/update", LET_IN, *headers, method="POST").status == 200
    assert {given for given, _ in compared} >= {b"x", b"y", b"z"}


# Line 4: what each response says


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/", 200), ("/part/hits?q=river", 200), ("/api/search?q=river", 200),
        ("/part/verify?line=x", 400), ("/assets/page.css", 200),
        ("/api/search?q=a&k=0", 400), ("/part/hits?q=a&mode=x", 400), ("/?k=0", 400),
        ("/nothing", 404), ("/assets/../app.py", 404), ("/api/passage?id=x%231", 404),
        ("/part/hits?q=a&generation=g-0", 409), (f"/?token={TOKEN}", 303), ("/?token=x", 403),
    ],
)  # fmt: skip
def test_each_response_says_what_may_be_done_with_it(page: Page, target: str, status: int) -> None:
    reply = page.client.get(target)
    assert reply.status_code == status
    assert reply.headers["content-security-policy"] == POLICY
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    kept = "private, no-cache" if target == "/assets/page.css" else "no-store"
    assert reply.headers["cache-control"] == kept


def test_a_header_of_the_application_does_not_weaken_ours(guard: Guard) -> None:
    reply = ask(guard, "/", LET_IN)
    assert reply.headers[b"referrer-policy"] == b"no-referrer"
    assert sorted(reply.names) == sorted({*reply.names})
    for name, value in SECURITY_HEADERS:
        assert reply.headers[name] == value


@pytest.mark.parametrize("error", [RuntimeError("boom"), MemoryError()])
def test_what_nobody_expects_is_one_line_with_the_same_headers(
    page: Page, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    page.told.clear()
    monkeypatch.setattr(page.service, "ask", fail)
    for target in ("/?q=a", "/part/hits?q=a", "/api/search?q=a"):
        reply = page.client.get(target)
        assert reply.status_code == 500
        assert reply.headers["content-security-policy"] == POLICY
        assert reply.headers["cache-control"] == "no-store"
        assert "Traceback" not in reply.text
        assert reply.text.count("\n") == 1
    assert len(page.told) == 3
    assert all(type(error).__name__ in line and "\n" not in line for line in page.told)


# Line 5: no file by its path, nothing huge


@pytest.mark.parametrize(
    "name",
    [
        "../secret.txt", "../../etc/passwd", "/etc/passwd", "east/../winter.txt", "./winter.txt",
        "winter.txt\0", "\0", "winter.txt/", "..%2fsecret.txt", "%2e%2e/secret.txt", "~/x",
        "file:///etc/passwd", "..\\secret.txt", "WINTER.TXT", "x" * 1900,
    ],
)  # fmt: skip
def test_a_document_is_one_of_the_catalog_and_no_path(page: Page, name: str) -> None:
    (page.corpus.parent / "secret.txt").write_text("The secret.")
    asked = {"q": "river", "doc_id": name, "passage": f"{name}#1", "id": f"{name}#1"}
    asked |= {"open": f"{name}#1"}
    for path in (
        "/part/stretch", "/part/article", "/part/explain", "/part/sheets", "/api/passage",
        "/api/scores",
    ):  # fmt: skip
        reply = page.client.get(path, params=asked)
        assert reply.status_code == 404, path
        assert "secret." not in reply.text.replace("secret.txt", "")
    assert page.client.post("/api/open", params=asked, headers=POST).status_code == 404
    for path in (f"/assets/{name}", f"/{name}"):
        assert ask(page.client.app, path, LET_IN).status == 404


@pytest.mark.parametrize(
    "header", [("content-length", "1"), ("transfer-encoding", "chunked"), ("content-length", "x")]
)
def test_a_body_is_refused_and_the_connection_ended(
    guard: Guard, app: Asked, header: Header
) -> None:
    for method, path in (("GET", "/"), ("POST", "/api/update")):
        reply = ask(guard, path, LET_IN, *POST.items(), header, method=method)
        assert (reply.status, reply.headers[b"connection"]) == (413, b"close")
    assert app.paths == []
    headers: list[Header] = [LET_IN, ("content-length", "0")]
    assert ask(guard, "/", *headers).status == 200
