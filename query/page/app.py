"""The routes of the page: HTML for a person, and the same as JSON for a program.

Every route that answers from the index takes `generation`, the name of the generation that the page
shows. If another one is in use by now, that is told with status 409. So a passage is never taken
for the one that had its id before.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from embed.errors import PassageSearchError
from index import DamagedIndexError
from query.citing.citation_line import CitationLineError
from query.errors import QueryError
from query.hits import address_of, place_values
from query.opening import OpenError, open_beside
from query.page import views
from query.page.asked import Asked, whole_number
from query.page.index_update import IndexUpdate, NoUpdateError
from query.page.pdf_pages import PdfPages
from query.page.service import MovedError, PageService, PageState, best_sentences
from query.places import NoSuchPassageError

if TYPE_CHECKING:
    from index import DocumentRecord, PageBox, Passage

_Form = Literal["html", "json", "text", "page"]
_Turns = Literal["search", "draw", "none"]

_STATUS: tuple[tuple[type[PassageSearchError], int], ...] = (
    (QueryError, 400),
    (CitationLineError, 400),
    (OpenError, 400),
    (NoUpdateError, 400),
    (NoSuchPassageError, 404),
    (MovedError, 409),
)
_UNREADABLE = 503
"""The status of any other error: of an index, of its model."""

_MOST_LISTED = 1000
_MOST_NEIGHBOURS = 200
_THREADS = 12
_DRAWING = 2
_WIDTH = 900
"""Pixels of a picture of which it is not said how wide it is to be."""

_GONE = 499
"""The status for a browser that does not wait any longer, as many servers have it."""

_NOTHING_HERE = "404: there is nothing at this address"
_ASSETS = {"page.js": "text/javascript", "page.css": "text/css"}


@dataclass(frozen=True, slots=True)
class _Route:
    """A path, what answers it in a thread, and the form of its errors.

    What takes long takes turns with its like, so that the rest stays quick.
    """

    path: str
    answer: Callable[[Request], Response]
    form: _Form
    turns: _Turns = "none"
    method: str = "GET"


class PageApp:
    """Answers requests that were let in.

    `token` is what a POST has to bring, and `on_error` is told of errors that nobody expects, in a
    line. Files are opened with the programs that `environment` names.
    """

    def __init__(
        self,
        service: PageService,
        update: IndexUpdate,
        token: str,
        on_error: Callable[[str], None],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._service = service
        self._update = update
        self._pdfs = PdfPages(lambda: service.retriever.searcher)
        self._token = token
        self._on_error = on_error
        self._environment = environment
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="page")
        self._turns = {
            "search": asyncio.Semaphore(os.cpu_count() or 1),
            "draw": asyncio.Semaphore(_DRAWING),
        }

    def routes(self) -> Starlette:
        """Return the application."""
        routes = [
            _Route("/", self._page, "page", "search"),
            _Route("/part/hits", self._hits, "html", "search"),
            _Route("/part/article", self._article, "html", "search"),
            _Route("/part/stretch", self._stretch, "html"),
            _Route("/part/explain", self._explain, "html", "search"),
            _Route("/part/verify", self._verified, "text", "draw"),
            _Route("/part/documents", self._names, "html"),
            _Route("/part/sheets", self._sheets, "html", "draw"),
            _Route("/pdf/page", self._pdf_page, "text", "draw"),
            _Route("/api/search", self._search, "json", "search"),
            _Route("/api/passage", self._passage, "json"),
            _Route("/api/documents", self._documents, "json"),
            _Route("/api/scores", self._scores, "json", "search"),
            _Route("/api/verify", self._verify, "json", "draw"),
            _Route("/api/status", self._status, "json"),
            _Route("/api/update", self._start_update, "json", method="POST"),
            _Route("/api/open", self._open, "json", method="POST"),
        ]
        own = [Route(each.path, self._endpoint(each), methods=[each.method]) for each in routes]
        app = Starlette(
            routes=[
                *own,
                Route("/assets/{name}", _asset),
                Route("/favicon.ico", _no_icon),  # browsers ask for it whatever the page says
            ],
            exception_handlers={404: self._no_such_route},
        )
        app.router.redirect_slashes = False
        return app

    def close(self) -> None:
        """End the process that draws pages, if there is one; what is being answered goes on."""
        self._pool.shutdown(wait=False)
        self._pdfs.close()

    # How a request is answered

    def _endpoint(self, route: _Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            await request.body()  # there is none, but then it is known who has gone
            loop = asyncio.get_running_loop()
            if route.turns == "none":
                return await loop.run_in_executor(self._pool, self._answered, route, request)
            async with self._turns[route.turns]:
                if await request.is_disconnected():  # the next letter was typed meanwhile
                    return Response(status_code=_GONE)
                return await loop.run_in_executor(self._pool, self._answered, route, request)

        return endpoint

    def _answered(self, route: _Route, request: Request) -> Response:
        """Answer a request; an error becomes one line."""
        try:
            self._service.check_generation(request.query_params.get("generation", ""))
            return route.answer(request)
        except PassageSearchError as error:
            if isinstance(error, DamagedIndexError):
                self._service.doubt()
            status = next((own for kind, own in _STATUS if isinstance(error, kind)), _UNREADABLE)
            return self._failed(route.form, status, " ".join(str(error).split()))
        except Exception as error:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            self._on_error(f"an unexpected error occurred at {route.path} ({what})")
            if os.environ.get("PASSAGE_DEBUG"):
                raise
            # As plain text in place of HTML: the views may be what is wrong.
            form: _Form = "json" if route.form == "json" else "text"
            return self._failed(form, 500, f"500: an unexpected error occurred ({what})")

    def _failed(self, form: _Form, status: int, message: str) -> Response:
        if form == "json":
            return _json({"error": message}, status)
        if form == "text":
            return _text(message, status)
        if form == "html":
            return _html(views.problem(message), status)
        return _html(views.page(PageState(Asked(), self._token, problem=message)), status)

    async def _no_such_route(self, request: Request, _: Exception) -> Response:
        form: _Form = "json" if request.url.path.startswith("/api/") else "text"
        return self._failed(form, 404, _NOTHING_HERE)

    # HTML

    def _page(self, request: Request) -> Response:
        try:
            state = self._service.state(Asked(), self._token)
        except PassageSearchError as error:
            self._service.doubt()
            return self._failed("page", _UNREADABLE, " ".join(str(error).split()))
        try:
            asked = _asked(request)
            state = replace(state, asked=asked, changed=self._update.changes())
            answered = None if asked.is_empty else self._service.ask(asked)
            state = replace(state, answered=answered)  # also if what was open is gone
            article = self._service.open_article(answered, asked)
            return _html(views.page(replace(state, article=article)))
        except (QueryError, NoSuchPassageError) as error:
            return _html(views.page(replace(state, problem=str(error))), 400)

    def _hits(self, request: Request) -> Response:
        asked = _asked(request)
        if asked.is_empty:
            return _html(views.intro(self._service.state(asked, "")))
        return _html(views.hits(self._service.ask(asked)))

    def _article(self, request: Request) -> Response:
        asked = _asked(request)
        answered = None if asked.is_empty else self._service.ask(asked)
        article = self._service.open_article(answered, asked)
        if article is None:
            return _html("")
        return _html(views.article(article.stretch, article.marked, article.best, article.before))

    def _stretch(self, request: Request) -> Response:
        doc_id = _required(request, "doc_id")
        first, last = _number(request, "first", 1), _number(request, "last", 10**9)
        asked = _asked(request)
        # The last answers are at hand; a stretch alone is not worth a search.
        answered = None if asked.is_empty else self._service.ask(asked)
        stretch, before = self._service.stretch(doc_id, first, last)
        return _html(views.stretch(stretch, best_sentences(answered, doc_id), before))

    def _explain(self, request: Request) -> Response:
        passage_id = _required(request, "passage")
        answered = self._service.ask(_asked_something(request))
        explanation = self._service.explain(answered, passage_id)
        passage = explanation.passage
        best = best_sentences(answered, passage.doc_id).get(passage.number)
        return _html(views.explanation(explanation, best))

    def _verified(self, request: Request) -> Response:
        found = self._service.verify(_required(request, "line"))
        return _html(views.verified(found, self._service.passage_with(found)))

    def _names(self, request: Request) -> Response:
        names = self._service.names_like(request.query_params.get("like", "")[:_MOST_LISTED])
        return _html(views.documents(names))

    # Pages of PDFs

    def _pdf_page(self, request: Request) -> Response:
        document = self._service.document(_required(request, "doc_id"))
        page = _number(request, "page", 1)
        picture = self._pdfs.image(document, page, _number(request, "width", _WIDTH))
        if picture is None:
            return _text(f"404: there is no picture of page {page} of {document.doc_id}", 404)
        return Response(picture, media_type="image/png")

    def _sheets(self, request: Request) -> Response:
        """Give the pages with the passage lit, and its best sentence if it is a hit.

        Or a note, if the file is not what was indexed or is not a PDF.
        """
        document, passage = self._service.passage(_required(request, "passage"))
        asked = _asked(request)
        pages = self._pdfs.pages(document)
        boxes = self._boxes(document, passage.pieces_of(passage.start, passage.end))
        if not pages or boxes is None:
            return _html(views.changed_file())
        answered = None if asked.is_empty else self._service.ask(asked)
        best = best_sentences(answered, document.doc_id).get(passage.number)
        lit = self._boxes(document, passage.pieces_of(best.start, best.end)) if best else None
        picture: dict[str, str | int] = {
            "width": _number(request, "width", _WIDTH),
            "generation": request.query_params.get("generation", ""),
        }
        return _html(views.sheets(passage, pages, boxes, lit or [], picture))

    def _boxes(
        self, document: DocumentRecord, pieces: Iterable[tuple[int, int]]
    ) -> list[PageBox] | None:
        """Return where stretches of the text stand; None if that cannot be told any more."""
        found: list[PageBox] = []
        for start, end in pieces:
            boxes = self._pdfs.boxes(document, start, end)
            if boxes is None:
                return None
            found += boxes
        return found

    # JSON

    def _search(self, request: Request) -> Response:
        answered = self._service.ask(_asked_something(request))
        explained = request.query_params.get("explain") == "1"
        return _json(self._service.values(answered, explained=explained))

    def _passage(self, request: Request) -> Response:
        document, passage = self._service.passage(_required(request, "id"))
        before = _number(request, "before", 0, 0, _MOST_NEIGHBOURS)
        after = _number(request, "after", 0, 0, _MOST_NEIGHBOURS)
        stretch, _ = self._service.stretch(
            document.doc_id, passage.number - before, passage.number + after
        )
        return _json(
            {"document": _of_document(document), "passages": [*map(_of_passage, stretch.passages)]}
        )

    def _documents(self, request: Request) -> Response:
        first = _number(request, "first", 1)
        count = _number(request, "count", 100, 1, _MOST_LISTED)
        found = self._service.documents()
        listed = found[first - 1 : first - 1 + count]
        return _json({"total": len(found), "documents": [*map(_of_document, listed)]})

    def _scores(self, request: Request) -> Response:
        doc_id = _required(request, "doc_id")
        scores = self._service.scores(_asked_something(request), doc_id)
        rounded = [None if score is None else round(score, 6) for score in scores]
        return _json({"doc_id": doc_id, "scores": rounded})

    def _verify(self, request: Request) -> Response:
        found = self._service.verify(_required(request, "line"))
        return _json({**found.to_dict(), "passage_id": self._service.passage_with(found)})

    def _status(self, _: Request) -> Response:
        values: dict[str, Any] = {"problem": None}
        try:
            state = self._service.state(Asked(), "", self._update.changes())
            values |= {
                "generation": state.generation,
                "folders": list(state.folders),
                "documents": state.documents,
                "passages": state.passages,
                "up_to_date": None if state.changed is None else not state.changed,
                "changed": state.changed or None,
            }
        except PassageSearchError as error:
            values["problem"] = " ".join(str(error).split())
        return _json({**values, "update": self._update.status().to_dict()})

    def _start_update(self, _: Request) -> Response:
        return _json({"update": self._update.start().to_dict()}, 202)

    def _open(self, request: Request) -> Response:
        document, passage = self._service.passage(_required(request, "passage"))
        corpus, folder = self._service.folder_of(document)
        program = open_beside(passage, corpus, self._environment, folder)
        return _json({"opened": document.doc_id, "with": program})


def _asked(request: Request) -> Asked:
    return Asked.of(request.query_params.multi_items())


def _asked_something(request: Request) -> Asked:
    asked = _asked(request)
    if asked.is_empty:
        raise QueryError("nothing is asked: give a question as q, or a passage as like")
    return asked


def _required(request: Request, name: str) -> str:
    value = request.query_params.get(name, "")
    if not value:
        raise QueryError(f"{name} is missing")
    return value


def _number(request: Request, name: str, default: int, least: int = 1, most: int = 10**9) -> int:
    return whole_number(name, request.query_params.get(name, ""), default, least, most)


def _of_document(document: DocumentRecord) -> dict[str, Any]:
    return {
        "doc_id": document.doc_id,
        "title": document.title,
        "subtitle": document.subtitle,
        "byline": document.byline,
        "date": document.date,
        "fields": {name: list(values) for name, values in document.fields.items()},
        "passages": document.passages,
        "sha256": document.sha256,
    }


def _of_passage(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.passage_id,
        "number": passage.number,
        "headings": list(passage.path),
        "line": passage.line or None,
        **place_values(passage.locator),
        "start": passage.start,
        "end": passage.end,
        "gaps": [[gap.start, gap.end] for gap in passage.gaps],
        "address": address_of(passage),
        "text": passage.text,
        "table_header": passage.table_header,
    }


def _html(text: str, status: int = 200) -> Response:
    return Response(str(text).encode("utf-8", "replace"), status, media_type="text/html")


def _text(text: str, status: int = 200) -> Response:
    return Response(f"{text}\n".encode("utf-8", "replace"), status, media_type="text/plain")


def _json(values: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(values) + "\n", status, media_type="application/json")


async def _asset(request: Request) -> Response:
    """Give the script or the style sheet, unless the browser has it as it is."""
    name = request.path_params["name"]
    if name not in _ASSETS:
        return _text(_NOTHING_HERE, 404)
    data = (files("query.page") / "assets" / name).read_bytes()
    headers = {
        "etag": f'"{hashlib.sha256(data).hexdigest()[:32]}"',
        "cache-control": "private, no-cache",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=_ASSETS[name])


async def _no_icon(_: Request) -> Response:
    return Response(status_code=204)
