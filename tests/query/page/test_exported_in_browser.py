"""The exported file as a browser shows it: offline, by keyboard, without its script, on paper."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from page_browser import chromium
from small_index import retriever_over

from query import Retriever, SearchOptions, copied_text
from query.page.exported import AROUND, WHOLE, exported_answer
from query.page.views.exported import exported

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
else:
    Browser = Page = Any

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="there is no chromium on the path"),
]

QUESTION = "ferry harbour"
LONG = WHOLE + 40
DAYS = [f"On day {n} the crew mended net {n}. They sang while they worked." for n in range(2, LONG)]
LOG = "\n\n".join(
    [
        "The ferry leaves the harbour at seven. It takes two hours to cross the bay.",
        *DAYS,
        "The harbour was closed, and the ferry laid up. Ice lay on the quay.",
        *DAYS[:40],
    ]
)
HOSTILE = (
    "</script><script>top.acted=1</script> <img src=//e.example/x onerror=top.acted=1> --> ]]> "
    "<svg/onload=top.acted=1> \u202eferry\u202c " + "ferry" * 500
)
FILES = {
    "log.txt": f"The Log of the Ferry\n\n{LOG}\n",
    "bread.txt": "Bread and salt were had in the harbour. They shared it on the ferry.\n",
    "<img src=x onerror=top.acted=1>.txt": f"{HOSTILE}\n\nThe ferry {HOSTILE} harbour.\n",
}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    with retriever_over(tmp_path_factory.mktemp("articles"), FILES) as retriever:
        yield retriever


def written(
    retriever: Retriever,
    path: Path,
    question: str = QUESTION,
    **options: Any,  # noqa: ANN401 - those of a search
) -> Path:
    search = SearchOptions(**{"k": 5, "mode": "lexical", **options})
    [ranking] = retriever.search([question], search)
    path.write_text(exported(exported_answer(retriever, ranking, search)), "utf-8")
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, retriever: Retriever) -> Path:
    return written(retriever, tmp_path_factory.mktemp("file") / "answer.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium())
        yield opened
        opened.close()


Opens = Callable[..., AbstractContextManager[Page]]


@pytest.fixture
def opens(browser: Browser) -> Opens:
    """Open a file; fail if it asks for anything, or if the console reports anything."""

    @contextmanager
    def opened(
        file: Path,
        place: str = "",
        *,
        width: int = 1600,
        script: str = "",
        scheme: Any = "light",  # noqa: ANN401 - as the browser names it
        with_script: bool = True,
    ) -> Iterator[Page]:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            offline=True,
            color_scheme=scheme,
            java_script_enabled=with_script,
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.set_default_timeout(30_000)
        if script:
            page.add_init_script(script)
        told: list[str] = []
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: told.append(f"request: {request.url}"))
        page.goto(f"{file.as_uri()}{place}")
        try:
            yield page
            assert [text for text in told if not text.startswith(f"request: {file.as_uri()}")] == []
            assert page.evaluate("window.acted") is None
        finally:
            context.close()

    return opened


def current(page: Page) -> str:
    return page.locator(".hit.current").get_attribute("data-passage") or ""


def shown_articles(page: Page) -> list[str]:
    articles = page.locator(".article").all()
    return [each.get_attribute("data-document") or "" for each in articles if each.is_visible()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_everything_is_done_by_keyboard_and_nothing_is_asked_for(
    opens: Opens, file: Path, retriever: Retriever, width: int, scheme: str
) -> None:
    [ranking] = retriever.search([QUESTION], SearchOptions(k=5, mode="lexical"))
    ids = [hit.passage.passage_id for hit in ranking]
    assert len(ids) == 5
    with opens(file, width=width, scheme=scheme) as page:
        assert current(page) == ids[0]
        for _ in range(3):
            page.keyboard.press("j")
        page.keyboard.press("k")
        page.wait_for_timeout(250)  # longer than a preview waits for a further key
        assert current(page) == ids[2] if width == 1600 else ids[1]
        page.keyboard.press("Enter")
        opened = current(page)
        focused = "document.activeElement.closest('.passage')?.dataset.passage"
        assert page.evaluate(focused) == opened
        passage = page.locator(f'.passage[data-passage="{opened}"]')
        assert passage.is_visible() and shown_articles(page) == [opened.rpartition("#")[0]]
        page.keyboard.press("e")
        page.locator(".why:visible").wait_for()
        assert not passage.locator(".body").is_visible()
        assert page.evaluate("document.activeElement.matches('.word')")
        assert "adds" in (passage.locator(".of-this-word").text_content() or "")
        page.keyboard.press("Escape")
        assert passage.locator(".body").is_visible()
        page.keyboard.press("y")
        page.locator("#said", has_text="Citation copied").wait_for(state="attached")
        hit = ranking[ids.index(opened)]
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == copied_text(hit.document, hit.passage)
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("#help").is_visible()
        for key in "/o":
            page.keyboard.press(key)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        if width == 360:
            assert not page.locator("#hits").is_visible()
            page.keyboard.press("Escape")
            page.locator("#hits").wait_for()
            assert not page.locator("#reading").is_visible()


@pytest.mark.parametrize("width", [360, 1600])
def test_a_link_to_a_passage_of_the_file_opens_it_and_back_leads_back(
    opens: Opens, file: Path, width: int
) -> None:
    with opens(file, width=width) as page:
        links = page.locator("#hits .hit a")
        place = links.nth(3).get_attribute("href") or ""
        wanted = page.locator("#hits .hit").nth(3).get_attribute("data-passage")
        links.nth(3).click()
        assert current(page) == wanted and page.url.endswith(place)
        assert page.locator(f'.passage.opened[id="{place[1:]}"]').is_visible()
        page.go_back()
        page.locator(f'.hit.current:not([data-passage="{wanted}"])').wait_for(state="attached")
        page.go_forward()
        page.locator(f'.hit.current[data-passage="{wanted}"]').wait_for(state="attached")
    with opens(file, place, width=width) as page:
        assert current(page) == wanted
        assert page.locator(f'.passage.opened[id="{place[1:]}"]').is_visible()


def test_the_strip_goes_to_a_passage_by_keyboard_and_by_a_click(opens: Opens, file: Path) -> None:
    with opens(file) as page:
        page.locator('.hit[data-document="log.txt"]').first.click()
        strip = page.locator("#strip")
        strip.focus()
        page.keyboard.press("End")
        until_in_view = """(number) => {
            const place = document.querySelector(`.passage[data-passage="log.txt#${number}"]`);
            const [box, view] = [place, place.closest(".scroller")].map(
              (each) => each.getBoundingClientRect());
            return view.top <= box.top && box.bottom <= view.bottom;
        }"""
        # The end is left out: it goes to what stands before that.
        page.wait_for_function(until_in_view, arg=LONG + AROUND)
        said = f"Passage {LONG + 40} of {LONG + 40}, score "
        assert (strip.get_attribute("aria-valuetext") or "").startswith(said)
        for _ in range(2):
            page.keyboard.press("PageUp")
        page.wait_for_function(until_in_view, arg=1 + AROUND)
        page.wait_for_timeout(300)  # longer than it takes to load what comes into view
        strip.click(position={"x": 5, "y": 2})
        page.wait_for_function("() => document.querySelector('#reading').scrollTop < 300")


def test_if_the_browser_does_not_let_it_copy_the_citation_is_selected(
    opens: Opens, file: Path, retriever: Retriever
) -> None:
    without = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
    with opens(file, script=without) as page:
        passage = page.locator(f'.passage[data-passage="{current(page)}"]')
        passage.locator('[data-do="copy"]').click()
        passage.locator("details.cites[open]").wait_for()
        assert page.evaluate("String(getSelection())") == passage.locator(".cited").text_content()


def test_without_its_script_the_file_is_read_from_top_to_bottom(opens: Opens, file: Path) -> None:
    for width in (360, 1600):
        with opens(file, width=width, with_script=False) as page:
            assert len(shown_articles(page)) == len(page.locator(".article").all()) == 3
            assert not page.locator("[data-do]:visible").all()
            assert page.locator("#hits").is_visible()
            page.locator(".cites summary").first.click()
            assert "passage:v1," in page.locator(".cited").first.inner_text()
            page.locator(".explains summary").first.click()
            assert page.locator(".why").first.is_visible()
            list_ends = page.locator("#hits").bounding_box()
            first = page.locator(".article").first.bounding_box()
            assert list_ends and first
            beside = list_ends["x"] + list_ends["width"] <= first["x"]
            assert beside or list_ends["y"] + list_ends["height"] <= first["y"]


def test_all_of_it_is_printed(opens: Opens, file: Path) -> None:
    with opens(file) as page:
        page.keyboard.press("e")
        page.emulate_media(media="print")
        assert len(shown_articles(page)) == 3
        assert len(page.locator(".cited:visible").all()) == 5
        assert len(page.locator(".why:visible").all()) == 5
        assert not page.locator("[data-do]:visible, #strip:visible, .explained-text:visible").all()
        assert all(body.is_visible() for body in page.locator(".body").all())
        assert page.evaluate("getComputedStyle(document.body).overflow") == "visible"


def test_the_nearest_of_what_does_not_match_are_one_click_away(
    opens: Opens, tmp_path: Path, retriever: Retriever
) -> None:
    path = written(retriever, tmp_path / "none.html", matches_only=True, most_chance=0)
    with opens(path) as page:
        assert page.locator("#hits-title").text_content() == "Nothing here is about that"
        assert shown_articles(page) == []
        page.locator(".nearest summary").click()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        assert len(shown_articles(page)) == 1 and current(page)
