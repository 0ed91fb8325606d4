"""Everything that a person does on the page, by keyboard, in the browser of this machine."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_encoder import FakeEncoder
from page_browser import Served, chromium, served
from small_index import build, write_corpus
from small_pdf import paragraph, small_pdf

from embed import Encoder
from index.build import EncoderSource, build_index

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
playwright.expect.set_options(timeout=30_000)
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page, Route
else:
    Browser = Locator = Page = Route = Any

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="there is no chromium on the path"),
]

FERRY = "\n\n".join(
    [
        "The ferry to the island leaves the harbour at seven. It takes two hours to cross.",
        *(
            f"On day {n} the sailors mended net number {n}. They sang while they worked."
            for n in range(2, 40)
        ),
        "The harbour was closed in winter. Ice lay on the quay, and the ferry was laid up.",
    ]
)
FILES = {
    "ferry.txt": f"The Ferry\n\n{FERRY}\n",
    "bread.md": "---\ntitle: On Bread\nauthor: Luzin\ndate: 2023-05-02\n---\n# Baking\n\n"
    "Bread is **baked** from flour and salt. An oven has to be hot.\n\n"
    "## Tools\n\n- a bowl for the dough\n- an oven for the loaves\n\n"
    "| tool | price |\n|------|-------|\n| bowl | twelve |\n| oven | ninety |\n\n"
    "```python\ndef bake(flour):\n    return flour * 2\n```\n",
    "clock.md": "---\ntitle: On Clocks\nauthor: Ann\ndate: 2024-02-01\n---\n"
    "A clock in the harbour strikes the hours. Sailors set their watches by it.\n",
}


ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
UNRELATED = ["opera tenor", "volcano magma", "pixel shader", "tax reform"]


def indexed(
    scratch: Path,
    files: Mapping[str, str | bytes] = FILES,
    encoder: FakeEncoder | None = None,
) -> Path:
    """An index of files, in a folder beside theirs."""
    corpus, directory = write_corpus(scratch / "corpus", files), scratch / "index"
    build(corpus, directory, encoder or FakeEncoder(), questions=UNRELATED)
    return directory


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium())
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def site(index: Path) -> Iterator[Served]:
    with served(index, FakeEncoder()) as page:
        yield page


Opens = Callable[..., AbstractContextManager[Page]]

_WATCH = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `violation of ${event.violatedDirective} by ${event.blockedURI}`));
"""


@pytest.fixture
def opens(browser: Browser) -> Opens:
    """Open a page, and fail if its console reports anything in the end."""

    @contextmanager
    def opened(
        site: Served,
        address: str = "/",
        *,
        width: int = 1400,
        refused: bool = False,
        **options: Any,  # noqa: ANN401
    ) -> Iterator[Page]:
        options = {"viewport": {"width": width, "height": 800}} | options
        context = browser.new_context(**options)
        context.add_init_script(_WATCH)
        # Requests are taken over from the start: begun later, the next one may still pass.
        context.route("**/taken-over", lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(30_000)
        told: list[str] = []
        page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: told.append(f"dialog: {dialog.message}"))
        page.goto(site.entrance)
        if address != "/":
            page.goto(site.origin + address)
        try:
            yield page
            # The browser reports what is refused, as a wrong filter is; it may be asked for again.
            expected = [text for text in told if "status of 400" in text or "ERR_FAILED" in text]
            assert bool(expected) == refused
            assert [text for text in told if text not in expected] == []
            assert not site.told
        finally:
            context.close()

    return opened


def ask(page: Page, question: str) -> None:
    """Type a question in the place of the one before, and wait for its answer."""
    in_field = page.evaluate("document.activeElement.id === 'question'")
    page.keyboard.press("ControlOrMeta+a" if in_field else "/")
    page.keyboard.type(question)
    until_address(page, q=question)
    page.locator(".answer").wait_for()
    settle(page)


def until_address(page: Page, **parameters: str) -> None:
    """Wait until the address has these parameters."""
    page.wait_for_url(
        lambda url: all(
            value in parse_qs(urlsplit(url).query).get(name, [])
            for name, value in parameters.items()
        )
    )


SETTLED = """async () => {
  const waits = ["ask", "article", "preview", "strip", "point", "names", "verify"];
  const isIdle = () => !waiting && waits.every((name) => !timers[name]);
  const started = performance.now();
  // What comes into view is loaded in the frame after that.
  for (let frames = 0; frames < 3; frames = isIdle() ? frames + 1 : 0) {
    if (performance.now() > started + 60_000) throw Error("it does not come to rest");
    await new Promise(requestAnimationFrame);
  }
}"""


def settle(page: Page) -> None:
    """Wait until nothing is under way, and the script waits for no further key."""
    page.evaluate(SETTLED)


def titles(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#hits .hit h3").all_text_contents()]


def in_view(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate(
            "selector => { const box = document.querySelector(selector)?.getBoundingClientRect();"
            " const view = document.querySelector('#reading').getBoundingClientRect();"
            " return Boolean(box) && box.height > 0 && box.top < view.bottom"
            " && box.bottom > view.top }",
            selector,
        )
    )


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent"))


def attribute(locator: Locator, name: str) -> str:
    return locator.get_attribute(name) or ""


def question_in(page: Page) -> str:
    return page.locator("#question").input_value()


def test_answers_come_while_somebody_types(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        assert page.evaluate("document.activeElement.id") == "question"
        page.keyboard.type("ferry har")
        page.wait_for_selector(".hit")  # nothing but letters was typed
        page.keyboard.type("bour winter")
        until_address(page, q="ferry harbour winter")
        best = page.locator(".hit >> nth=0 >> mark.best")
        playwright.expect(best).to_have_text("The harbour was closed in winter.")
        page.wait_for_selector('.passage.opened[data-number="40"] mark.best')
        assert in_view(page, ".passage.opened mark.best")
        assert page.locator(".passage.opened").inner_text().startswith("The harbour was closed")
        assert page.locator(".article .passage").count() == 40  # the whole article
        assert attribute(page.locator(".hit.current"), "data-number") == "40"
        count = page.locator(".hit").count()
        playwright.expect(page.locator("#said")).to_have_text(f"{count} passages")
        assert page.title() == "ferry harbour winter · Passage search"


def hold_in(waiting: list[Route]) -> Callable[[Route], None]:
    """What keeps a request waiting, until somebody goes on with it."""

    def hold(route: Route) -> None:
        waiting.append(route)

    return hold


def until_held(page: Page, waiting: list[Route], what: str) -> None:
    """Wait until a request is held that has this in its address."""
    for _ in range(1000):
        if any(what in route.request.url for route in waiting):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"{what} was not asked for")


def test_only_the_newest_answer_is_shown(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            if "q=bread&" in f"{route.request.url}&":
                waiting.append(route)
            else:
                route.continue_()

        page.route("**/part/hits?**", hold)
        with page.expect_request("**/part/hits?q=bread"):
            page.keyboard.type("bread")
        page.locator("#question").fill("")
        page.keyboard.type("clock")
        page.wait_for_selector(".hit")
        for route in waiting:
            route.continue_()
        settle(page)
        assert waiting
        assert titles(page)[0] == "On Clocks"


def test_back_and_forward_go_from_question_to_question(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "bread oven")
        page.keyboard.press("Enter")  # the question stays in the history
        page.keyboard.press("Enter")
        page.wait_for_selector(".passage.opened:focus")
        assert "open=bread.md" in page.url
        page.keyboard.press("/")
        ask(page, "clock")
        assert titles(page)[0] == "On Clocks"
        page.go_back()
        playwright.expect(page.locator("#question")).to_have_value("bread oven")
        settle(page)
        assert titles(page)[0] == "On Bread"
        assert "open=bread.md" in page.url
        page.go_back()
        settle(page)
        assert "open=" not in page.url
        assert question_in(page) == "bread oven"  # not a part of it: typing leaves one entry
        page.go_back()
        playwright.expect(page.locator("#hits-title")).to_have_text("Ask a question")
        page.go_forward()
        playwright.expect(page.locator("#question")).to_have_value("bread oven")
        page.reload()
        assert titles(page)[0] == "On Bread"


def test_hits_are_walked_and_opened(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "harbour sailors")
        page.keyboard.press("Enter")
        hits = page.locator(".hit")
        numbers = hits.evaluate_all("hits => hits.map((hit) => hit.dataset.passage)")
        passage_in_focus = "document.activeElement.closest('.hit').dataset.passage"
        assert page.evaluate(passage_in_focus) == numbers[0]
        page.keyboard.press("j")
        assert page.evaluate(passage_in_focus) == numbers[1]
        page.keyboard.press("j")
        assert page.evaluate(passage_in_focus) == numbers[2]
        page.keyboard.press("k")
        page.wait_for_selector(f'.passage.opened[data-passage="{numbers[1]}"]')
        assert page.evaluate(passage_in_focus) == numbers[1]
        page.keyboard.press("Enter")
        page.wait_for_selector(f'.passage.opened[data-passage="{numbers[1]}"]:focus')
        assert in_view(page, ".passage.opened")
        page.keyboard.press("j")  # from the article to the next hit
        assert page.evaluate(passage_in_focus) == numbers[2]
        hits.nth(0).locator("a").focus()  # as the Tab key does
        page.keyboard.press("j")
        assert page.evaluate(passage_in_focus) == numbers[1]


def test_the_strip_has_a_score_for_each_passage_and_leads_there(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%231") as page:
        strip = page.locator("#strip")
        strip.wait_for(state="visible")
        scores = page.evaluate(
            "fetch('/api/scores?q=ferry+harbour+winter&doc_id=ferry.txt')"
            ".then((response) => response.json())"
        )["scores"]
        assert len(scores) == 40
        assert attribute(strip, "aria-valuemax") == "40"
        strip.focus()
        page.keyboard.press("End")
        assert attribute(strip, "aria-valuetext") == (f"Passage 40 of 40, score {scores[39]:.2f}")
        settle(page)
        assert in_view(page, '.passage[data-number="40"]')
        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
        assert attribute(strip, "aria-valuetext").startswith("Passage 2 of 40, ")
        settle(page)
        assert in_view(page, '.passage[data-number="2"]')
        assert not in_view(page, '.passage[data-number="40"]')
        place = strip.bounding_box()
        assert place is not None
        page.mouse.click(place["x"] + 5, place["y"] + place["height"] - 3)
        settle(page)
        assert in_view(page, '.passage[data-number="40"]')
        # The highest bar is that of the highest score.
        drawn = attribute(strip.locator(".scores"), "d")
        assert strip.locator(".scores").evaluate("bars => bars.getTotalLength()") > 0
        widths = [float(end) for end in re.findall(r"H([\d.]+)", drawn)]
        assert len(widths) == 40
        assert widths.index(max(widths)) == scores.index(max(scores))
        assert (
            sorted(range(40), key=lambda n: widths[n])[-2:]
            == sorted(range(40), key=lambda n: scores[n])[-2:]
        )


def test_a_word_tells_its_share_and_the_bars_add_up(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "ferry harbour winter")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.wait_for_selector(".passage.opened:focus")
        text = page.locator(".passage.opened .body").inner_text()
        page.keyboard.press("e")
        page.wait_for_selector(".why")
        assert page.locator(".passage.opened .explained-text").inner_text() == text
        score = float(attribute(page.locator(".why"), "data-score"))
        shown = page.locator(".parts tr:not(.total) .share").all_inner_texts()
        assert sum(map(float, shown)) == pytest.approx(score, abs=0.0005 * len(shown) + 0.0005)
        bars = page.locator(".parts .whole").evaluate_all(
            "bars => bars.map((bar) => [bar.getBBox().x, bar.getBBox().width])"
        )
        *parts, (_, length) = bars
        assert sum(width for _, width in parts) == pytest.approx(length, rel=1e-3)
        for (left, width), (right, _) in pairwise(parts):
            assert right == pytest.approx(left + width, abs=0.1)
        # The word that adds most has the focus; arrow keys go to its neighbours.
        told = page.locator(".of-this-word")
        assert focused(page) in {"harbour", "winter.", "ferry"}
        assert f"of {score:.3f}: words" in told.inner_text()
        before = told.inner_text()
        page.keyboard.press("ArrowRight")
        assert told.inner_text() != before
        word = page.locator(".word:focus")
        share = float(attribute(word, "data-share"))
        over = page.locator(".of-word").evaluate_all(
            "bars => bars.map((bar) => bar.getBBox().width)"
        )
        assert sum(over) / length * score == pytest.approx(share, abs=0.002)
        page.keyboard.press("Escape")
        assert page.locator(".why").count() == 0
        assert page.locator(".passage.opened .body").inner_text() == text
        assert page.locator(".passage.opened:focus").count() == 1


def place_of_winter(page: Page) -> list[float]:
    place: list[float] = page.locator(".passage.opened .body").evaluate(
        """body => { const text = body.querySelector("mark").firstChild;
          const word = document.createRange(); const at = text.data.indexOf("winter");
          word.setStart(text, at); word.setEnd(text, at + 6);
          const { x, y, width, height } = word.getBoundingClientRect();
          return [x + width / 2, y + height / 2] }"""
    )
    return place


def test_pointing_at_a_word_tells_its_share(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%2340") as page:
        page.locator("#strip").wait_for()
        page.locator(".hit.current a").press("Enter")  # which gives the passage the focus
        page.locator(".passage.opened:focus").wait_for()
        place = place_of_winter(page)
        page.mouse.move(*place)
        tip = page.locator("#tip")
        tip.wait_for()
        shown = tip.inner_text()
        assert shown.startswith("“winter” adds 0.")
        page.keyboard.press("e")  # the explanation says the same of it
        page.locator(".why").wait_for()
        page.locator(".word", has_text="winter").hover()
        assert page.locator(".of-this-word").inner_text() == shown
        page.mouse.move(5, 5)
        tip.wait_for(state="detached")


def test_pointing_does_not_end_an_explanation_that_is_on_its_way(
    site: Served, opens: Opens
) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%2340") as page:
        page.locator("#strip").wait_for()
        waiting: list[Route] = []
        page.route("**/part/explain?**", hold_in(waiting))
        page.keyboard.press("e")
        until_held(page, waiting, "explain")
        page.mouse.move(*place_of_winter(page))
        page.wait_for_timeout(200)  # longer than pointing waits
        for route in waiting:
            route.continue_()
        page.locator(".why").wait_for()
        settle(page)
        assert page.locator(".explained-text .word").count() > 0


def test_pointing_leaves_alone_what_somebody_has_selected(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%2340") as page:
        page.locator("#strip").wait_for()
        place = place_of_winter(page)
        body = page.locator(".passage.opened .body p")
        body.evaluate("text => getSelection().selectAllChildren(text)")
        selected = page.evaluate("String(getSelection())")
        with page.expect_response("**/part/explain?**"):
            page.mouse.move(*place)
        settle(page)
        assert page.evaluate("String(getSelection())") == selected != ""
        page.evaluate("getSelection().empty()")
        page.mouse.move(place[0] + 1, place[1])
        page.locator("#tip").wait_for()


def test_nothing_here_is_about_that(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "zebra")
        playwright.expect(page.locator("#hits-title")).to_have_text("Nothing here is about that")
        playwright.expect(page.locator("#said")).to_have_text("Nothing here is about that")
        assert page.locator(".hit:visible").count() == 0
        assert page.locator(".article").count() == 0
        found = page.evaluate("fetch('/api/search?q=zebra').then((response) => response.json())")
        places = {
            name: page.locator(f".scale svg .{name}").evaluate(
                "shape => { const box = shape.getBBox(); return [box.x, box.x + box.width] }"
            )
            for name in ("usual", "this", "needed")
        }
        assert places["usual"][0] < places["usual"][1]
        assert sum(places["this"]) / 2 < places["needed"][0]  # it stands below what a match takes
        assert found["verdict"] == "no_match"
        page.keyboard.press("Enter")
        page.locator(".nearest summary").focus()
        page.keyboard.press("Enter")
        assert page.locator(".hit:visible").count() == len(found["nearest"])
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_selector(".passage.opened:focus")


def test_a_citation_is_copied_checked_and_followed(tmp_path: Path, opens: Opens) -> None:
    directory, corpus = indexed(tmp_path), tmp_path / "corpus"
    granted = {"permissions": ["clipboard-read", "clipboard-write"]}
    with (
        served(directory, FakeEncoder()) as site,
        opens(
            site, "/?q=ferry+harbour+winter&open=ferry.txt%2340", refused=True, **granted
        ) as page,
    ):
        page.keyboard.press("y")
        playwright.expect(page.locator("#said")).to_have_text("Citation copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert "Ice lay on the quay" in copied
        line = next(text for text in copied.splitlines() if text.startswith("passage:v1,"))

        def checked(text: str) -> str:
            page.locator('[data-do="verify"]').press("Enter")
            assert page.evaluate("document.activeElement.id") == "line"
            page.locator("#line").fill(text)
            page.locator("#verified p").wait_for()
            settle(page)
            told = page.locator("#verified p")
            return f"{told.get_attribute('data-status')}: {told.inner_text()}"

        assert "these words stand here" in checked(line)
        page.locator("#verified a").press("Enter")
        page.wait_for_selector('.passage.opened[data-number="40"]:focus')
        (corpus / "ferry.txt").write_text(f"The Ferry\n\nA new beginning.\n\n{FERRY}\n")
        moved = checked(line)
        assert moved.startswith("moved: ")
        page.keyboard.press("Escape")
        (corpus / "ferry.txt").write_text("The Ferry\n\nAll is different.\n")
        gone = checked(line)
        assert "these words stand here" not in gone
        assert page.locator("#verified p.gone").count() == 1
        page.keyboard.press("Escape")
        assert "no citation" in checked("not a citation")


def test_filters_mode_and_number(site: Served, opens: Opens) -> None:
    with opens(site, refused=True) as page:
        ask(page, "sailors harbour bread")
        assert len(set(titles(page))) > 1
        page.locator('[data-do="filters"]').press("Enter")
        assert page.evaluate("document.activeElement.id") == "doc"
        page.keyboard.type("fer")
        page.locator("#names option").wait_for(state="attached")
        page.locator("#doc").fill("ferry.txt")
        page.keyboard.press("Enter")
        until_address(page, doc="ferry.txt")
        settle(page)
        assert set(titles(page)) == {"The Ferry"}
        page.locator(".chip").press("Enter")
        settle(page)
        assert len(set(titles(page))) > 1
        described = attribute(page.locator("#where"), "aria-describedby")
        assert "author" in page.locator(f"#{described}:visible").inner_text()
        page.locator("#where").fill("author = Luzin")
        page.keyboard.press("Enter")
        until_address(page, where="author = Luzin")
        settle(page)
        assert set(titles(page)) == {"On Bread"}
        page.locator(".chip").press("Enter")
        page.locator("#k").fill("1")
        until_address(page, k="1")
        settle(page)
        assert len(titles(page)) == 1
        page.locator("#mode").select_option("lexical")
        until_address(page, mode="lexical")
        settle(page)
        page.reload()
        assert page.locator("#mode").input_value() == "lexical"
        assert page.locator("#k").input_value() == "1"
        page.locator("#where").fill("author Luzin")
        page.keyboard.press("Enter")
        page.locator(".problem").wait_for()
        assert "is not a condition" in page.locator(".problem").inner_text()


def test_a_date_is_asked_for_when_it_is_whole(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "sailors harbour bread")
        page.locator('[data-do="filters"]').press("Enter")
        page.locator("#from").press_sequentially("2024-0")
        settle(page)
        assert page.locator(".problem").count() == 0  # half a date is not asked for
        page.keyboard.type("2")
        page.keyboard.press("Enter")
        until_address(page, where="date >= 2024-02")
        settle(page)
        assert set(titles(page)) == {"On Clocks"}
        page.locator("#from").fill("2023")
        page.keyboard.press("Enter")
        settle(page)
        assert set(titles(page)) == {"On Clocks", "On Bread"}
        assert page.locator(".chip").all_inner_texts() == ["date >= 2023"]


def test_chance_and_least_score_are_filters_that_can_be_removed(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=sailors+harbour&p=0.5&min_score=9") as page:
        playwright.expect(page.locator("#hits-title")).to_have_text("No passage scores 9 or more")
        assert page.locator(".chip").all_inner_texts() == ["chance ≤ 0.5", "score ≥ 9"]
        page.get_by_role("link", name="Remove score ≥ 9").press("Enter")
        page.locator(".hit").first.wait_for()
        assert page.evaluate("document.activeElement.id") == "hits-title"
        assert parse_qs(urlsplit(page.url).query) == {"q": ["sailors harbour"], "p": ["0.5"]}
        page.keyboard.press("/")
        ask(page, "clock")  # another question, the same filter
        until_address(page, p="0.5")
        page.locator(".chip").press("Enter")
        page.locator(".chip").wait_for(state="detached")
        assert "p=" not in page.url


def test_more_like_a_passage(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=sailors+net&open=ferry.txt%235") as page:
        page.locator('[data-do="like"]').press("Enter")
        until_address(page, like="ferry.txt#5")
        settle(page)
        assert page.locator(".note").first.inner_text().startswith("More like ferry.txt#5")
        assert question_in(page) == ""
        assert page.locator('.hit[data-passage="ferry.txt#5"]').count() == 0
        assert page.locator(".hit").count() > 0


def test_a_button_brings_the_index_up_to_date(
    tmp_path: Path, opens: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.scoring.calibration.unrelated_questions", lambda: UNRELATED)
    directory, corpus = indexed(tmp_path), tmp_path / "corpus"
    with served(directory, FakeEncoder()) as site, opens(site) as page:
        ask(page, "zebra")
        playwright.expect(page.locator("#hits-title")).to_have_text("Nothing here is about that")
        playwright.expect(page.locator("#changed")).to_have_text("Up to date")
        assert page.locator('[data-do="update"]').is_hidden()
        (corpus / "zoo.txt").write_text("The zoo\n\nA zebra has stripes. A zebra eats grass.\n")
        page.wait_for_timeout(2100)  # a look at the folder is good for two seconds
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator('[data-do="update"]').wait_for()
        playwright.expect(page.locator("#changed")).to_have_text("The articles have changed")
        page.locator('[data-do="update"]').press("Enter")
        page.wait_for_selector('.hit[data-document="zoo.txt"]')
        playwright.expect(page.locator("#changed")).to_have_text("Up to date")
        assert page.locator('[data-do="update"]').is_hidden()


def test_keys_are_shown_and_leave_fields_alone(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        page.keyboard.type("jkeyo?/")
        assert question_in(page) == "jkeyo?/"
        assert page.locator("dialog[open]").count() == 0
        page.locator("#hits").focus()
        for key in ("Control+/", "Alt+/", "Meta+/", "Control+j"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == "hits"
        page.keyboard.press("?")
        assert page.locator("dialog#help").is_visible()
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") != "question"
        page.keyboard.press("Escape")
        assert page.locator("dialog[open]").count() == 0
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "question"


def test_the_question_is_left_with_its_words_in_it(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        page.keyboard.press("/")  # the field has the focus already, and stays empty
        assert question_in(page) == ""
        for key in ("Escape", "Enter", "ArrowDown"):
            ask(page, f"ferry {key}")
            page.keyboard.press(key)
            page.locator(".hit.current a:focus").wait_for()
            assert question_in(page) == f"ferry {key}"
            page.keyboard.press("j")
            page.locator(".hit >> nth=1 >> a:focus").wait_for()
        page.locator('[data-do="filters"]').press("Enter")
        page.locator("#from:not([hidden])").press("Escape")
        page.locator(".hit.current a:focus").wait_for()
        page.keyboard.press("?")
        told = page.locator("dialog#help").inner_text()
        assert re.search(r"Esc\s+Leave the question", told)


def test_the_focus_stays_in_the_list_when_an_answer_comes(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "bread")
        for place in ("#hits", ".hit.current a"):
            page.locator(place).first.focus()
            page.evaluate("askAgain()")  # as if the index had moved on
            settle(page)
            assert page.locator(f"{place}:focus").count() == 1


def test_enter_waits_for_the_answer_that_is_on_its_way(site: Served, opens: Opens) -> None:
    with opens(site) as page:
        ask(page, "bread")
        waiting: list[Route] = []
        page.route("**/part/hits?**", hold_in(waiting))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("sailors")
        until_held(page, waiting, "q=sailors")  # it is asked, and not answered yet
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "question"
        for route in waiting:  # the last is that of the whole word
            route.continue_()
        page.locator('.hit:not([data-document="bread.md"]) a:focus').wait_for()
        page.locator("#hits:not([aria-busy])").wait_for()
        page.unroute_all()
        page.evaluate("askAgain()")  # as if the index had moved on
        settle(page)
        assert page.locator(".hit.current a:focus").count() == 1


def test_hits_are_shown_though_the_passage_that_was_open_is_gone(
    site: Served, opens: Opens
) -> None:
    with opens(site, "/?q=bread&open=bread.md%2399", refused=True) as page:
        assert titles(page)[0] == "On Bread"
        assert "no passage 'bread.md#99'" in page.locator("#reading .problem").inner_text()
        page.locator(".hit a").first.press("Enter")
        page.locator(".passage.opened:focus").wait_for()


def test_colours_that_the_system_forces_still_tell_what_is_open(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter", forced_colors="active") as page:
        page.locator(".passage.opened").wait_for()
        for kind, told in (("hit", "current"), ("passage", "opened")):
            edges = [
                page.locator(f".{kind}{which}").first.evaluate(
                    "each => getComputedStyle(each).borderLeftColor"
                )
                for which in (f".{told}", f":not(.{told}, .found)")
            ]
            ground = page.evaluate(
                "() => { const box = document.createElement('p'); document.body.append(box);"
                " box.style.backgroundColor = 'Canvas';"
                " return getComputedStyle(box).backgroundColor }"
            )
            assert edges[0] != edges[1] == ground


def test_a_file_is_opened_in_the_editor(index: Path, tmp_path: Path, opens: Opens) -> None:
    told = tmp_path / "told"
    editor = tmp_path / "gedit"
    editor.write_text(f'#!/bin/sh\necho "$@" > {told}.new && mv {told}.new {told}\n')
    editor.chmod(0o755)
    environment = {"EDITOR": str(editor), "PATH": "/usr/bin:/bin"}
    with (
        served(index, FakeEncoder(), environment) as site,
        opens(site, "/?q=ferry&open=ferry.txt%2340") as page,
    ):
        page.keyboard.press("o")
        playwright.expect(page.locator("#said")).to_have_text("Opened with gedit")
        for _ in range(100):
            if told.exists():
                break
            page.wait_for_timeout(50)
        assert told.read_text().split() == ["+81", str(index.parent / "corpus" / "ferry.txt")]


def test_an_article_is_shown_as_it_is_built(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=bread&open=bread.md%231") as page:
        text = page.locator(".article .text")
        assert text.locator("h3").all_inner_texts() == ["Baking"]
        assert text.locator("h4").all_inner_texts() == ["Tools"]
        assert text.locator("li").count() == 2
        rows = text.locator("tr").all_inner_texts()
        assert [row.split() for row in rows] == [
            ["tool", "price"],
            ["bowl", "twelve"],
            ["oven", "ninety"],
        ]
        assert text.locator("pre").inner_text() == "def bake(flour):\n    return flour * 2"
        assert "Bread is baked from flour" in text.inner_text()  # the signs of bold left out


HOSTILE = (
    "<script>alert('script')</script> <img src=x onerror=alert('image')> "
    "<a href='javascript:alert(1)' onclick='alert(2)'>press</a> </div></article></main> "
    "\u202etfel ot thgir\u202c \u2066isolated\u2069 <style>body { display: none }</style> "
    f"\x1b[31m {'x' * 100_000} &lt;b&gt; javascript is hostile."
)
HOSTILE_HEAD = f"""---
title: "<script>alert(5)</script> \\" onfocus=alert(6)"
author: {"y" * 3000}
---
"""
HOSTILE_FILES = {
    "<img src=x onerror=alert(3)>.txt": f"<h1 onclick=alert(4)>\n\n{HOSTILE}\n\nQuiet end.\n",
    "h.md": f"{HOSTILE_HEAD}# {HOSTILE[:120]}\n\nhostile {HOSTILE}\n\n"
    f"| <b>a | b |\n|---|---|\n| <i>{'z' * 5000} | x |\n",
    "h.html": "<title>hostile</title><p>hostile &lt;script&gt;alert(7)&lt;/script&gt; "
    f"{'w' * 100_000}</p>",
}


@pytest.mark.parametrize("width", [360, 1600])
def test_a_hostile_corpus_does_nothing(tmp_path: Path, opens: Opens, width: int) -> None:
    directory = indexed(tmp_path, HOSTILE_FILES)
    with served(directory, FakeEncoder()) as site, opens(site, width=width) as page:
        ask(page, "hostile <script>alert(8)</script> javascript")
        page.locator("#mode")  # whatever matches, everything is looked at
        page.goto(f"{page.url}&all=1")
        passages = page.locator(".hit").evaluate_all(
            "hits => hits.map((hit) => hit.dataset.passage)"
        )
        assert {name.partition("#")[0] for name in passages} == set(HOSTILE_FILES)
        for number, passage in enumerate(passages):
            if width < 960 and number:
                page.keyboard.press("Escape")
                page.locator(".hit.current a:focus").wait_for()
            page.locator(".hit").nth(number).locator("a").press("Enter")
            page.locator(f'.passage.opened[data-passage="{passage}"]').wait_for()
            settle(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for box in ("#hits", "#reading"):
                wide = "box => document.querySelector(box).scrollWidth"
                seen = "box => document.querySelector(box).clientWidth"
                assert page.evaluate(wide, box) <= page.evaluate(seen, box)
        page.keyboard.press("e")
        page.locator(".why").wait_for()
        assert page.locator("main script, main style, main img, main [onclick]").count() == 0
        text = page.locator("main").inner_text()
        assert "\u202e" not in text
        assert "\u2066" not in text
        assert page.locator("main").is_visible()


def test_narrow_windows_show_hits_or_the_article(site: Served, opens: Opens) -> None:
    with opens(site, width=360) as page:
        ask(page, "ferry harbour winter")
        reading = page.locator("#reading")
        assert page.locator("#hits").is_visible()
        assert not reading.is_visible()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.wait_for_selector(".passage.opened:focus")
        assert reading.is_visible()
        assert not page.locator("#hits").is_visible()
        assert in_view(page, ".passage.opened mark.best")
        page.locator('[data-do="back"]').press("Enter")
        page.locator("#hits").wait_for()
        assert not reading.is_visible()
        page.go_forward()
        reading.wait_for()
        page.keyboard.press("Escape")
        page.locator("#hits").wait_for()
        page.keyboard.press("j")
        assert page.evaluate("Boolean(document.activeElement.closest('.hit'))")
        page.goto(f"{site.origin}/?q=sailors+net&open=ferry.txt%2320")
        page.locator("#strip").wait_for()  # which makes no difference to where the passage is
        place = page.locator(".passage.opened").bounding_box()
        assert place is not None
        assert 150 < place["y"] < 350


LOG = "The Log\n\n" + "\n\n".join(
    f"Number {n} of the log. The sailors mended net number {n}." for n in range(1, 1001)
)


def test_a_long_article_is_windowed_and_not_cut(tmp_path: Path, opens: Opens) -> None:
    """Of 5 MB, some hundred passages are in the page, and all can be reached."""
    # Long words, since a build reads them one by one.
    count, word = 10_500, "Donaudampfschifffahrtsgesellschaft" * 7
    paragraphs = (
        f"Number {n} of the log. {' '.join([word] * (1 + n % 3))}." for n in range(1, count + 1)
    )
    text = "The Log\n\n" + "\n\n".join(paragraphs)
    assert len(text) > 5_000_000
    directory = indexed(tmp_path, {"log.txt": text})
    with (
        served(directory, FakeEncoder()) as site,
        opens(site, "/?q=log&open=log.txt%236000") as page,
    ):
        page.locator('.passage.opened[data-number="6000"]').wait_for()
        assert in_view(page, ".passage.opened")

        def loaded() -> list[int]:
            return [
                int(number)
                for number in page.locator(".text .passage").evaluate_all(
                    "passages => passages.map((each) => each.dataset.number)"
                )
            ]

        def top_of(number: int) -> float:
            return float(
                page.locator(f'.passage[data-number="{number}"]').evaluate(
                    "passage => passage.getBoundingClientRect().top"
                )
            )

        def first_in_view() -> int:
            return int(
                page.locator(".text .passage").evaluate_all(
                    "passages => passages.find((passage) =>"
                    " passage.getBoundingClientRect().top > 60).dataset.number"
                )
            )

        most = 0
        for _ in range(40):  # further than what was loaded at first
            page.evaluate("document.querySelector('#reading').scrollTop += 1500")
            settle(page)
            most = max(most, len(loaded()))
        assert loaded()[0] > 5941
        assert most <= 300
        strip = page.locator("#strip")
        strip.wait_for()
        for key, number in (("End", count), ("Home", 1), ("PageDown", 1 + count // 10)):
            strip.press(key)
            page.locator(f'.passage[data-number="{number}"]').wait_for()
            settle(page)
            assert in_view(page, f'.passage[data-number="{number}"]')
            assert len(loaded()) <= 300
        # The bar of the window means all of it: in its middle is about the middle.
        page.evaluate(
            "() => { const box = document.querySelector('#reading');"
            " box.scrollTop = box.scrollHeight / 2 }"
        )
        settle(page)
        assert all(number - last == 1 for last, number in zip(loaded(), loaded()[1:], strict=False))
        assert abs(first_in_view() - count / 2) < count / 20
        # Scrolling loads more on both sides, and nothing jumps meanwhile.
        page.mouse.move(900, 500)
        for way in (-1, 1):
            for _ in range(10):
                here = first_in_view()
                before = top_of(here)
                place = page.evaluate("document.querySelector('#reading').scrollTop")
                page.mouse.wheel(0, way * 1200)
                page.wait_for_function(
                    "place => document.querySelector('#reading').scrollTop !== place", arg=place
                )
                settle(page)
                if here in loaded():
                    assert abs(top_of(here) - (before - way * 1200)) < 2
            now = loaded()
            assert len(now) <= 300
            assert now == list(range(now[0], now[-1] + 1))


TOP = "(each) => each.getBoundingClientRect().top"


def test_far_from_the_passage_of_a_long_article(tmp_path: Path, opens: Opens) -> None:
    directory = indexed(tmp_path, {"log.txt": LOG})
    far = "reading.scrollTop = 0.75 * reading.scrollHeight"
    with served(directory, FakeEncoder()) as site, opens(site, "/?q=log&open=log.txt%235") as page:
        page.evaluate(far)
        settle(page)
        assert page.locator(".passage.opened").count() == 0
        # If it may not copy, the page shows the citation where somebody reads.
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
        here = page.locator(".text .passage").last
        before = here.evaluate(TOP)
        page.keyboard.press("Escape")
        page.keyboard.press("y")
        page.locator(".cited:focus").wait_for()
        assert in_view(page, ".cited")
        assert abs(here.evaluate(TOP) - before) < 1
        page.keyboard.press("e")  # which goes back to it
        page.locator(".why").wait_for()
        assert attribute(page.locator(".passage:has(.why)"), "data-number") == "5"
        assert in_view(page, ".why")
        waiting: list[Route] = []
        page.route("**/part/stretch?**", hold_in(waiting))
        page.evaluate(far)
        until_held(page, waiting, "/part/stretch")
        page.evaluate("new Promise(requestAnimationFrame)")
        # The strip tells where that is, though nothing is there yet.
        assert 600 < int(attribute(page.locator("#strip"), "aria-valuenow")) < 900


def test_a_part_of_an_article_that_did_not_come_is_asked_for_again(
    tmp_path: Path, opens: Opens
) -> None:
    directory = indexed(tmp_path, {"log.txt": LOG})
    with (
        served(directory, FakeEncoder()) as site,
        opens(site, "/?q=log&open=log.txt%235", refused=True) as page,
    ):
        page.route("**/part/stretch?**", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.evaluate("reading.scrollTop = 0.75 * reading.scrollHeight")
        page.unroute_all()
        page.locator('.passage[data-number="750"]').wait_for()


LEFT_IN_A_FRAME = """async () => {
  for (let times = 0; times < 10; times += 1) {
    await show({ ...asked, open: "log.txt#5" }, "none");
    await new Promise((done) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => { closeArticle(); done(); };
      requestAnimationFrame(() => {
        reading.scrollTop = 0.75 * reading.scrollHeight;
        port2.postMessage("after this frame");
      });
    });
    await new Promise(requestAnimationFrame);
  }
}"""


def test_an_article_is_left_when_a_part_of_it_comes_into_view(tmp_path: Path, opens: Opens) -> None:
    directory = indexed(tmp_path, {"log.txt": LOG})
    with served(directory, FakeEncoder()) as site, opens(site, "/?q=log&open=log.txt%235") as page:
        page.evaluate(LEFT_IN_A_FRAME)  # and the console reports nothing


def test_one_article_and_nothing_asked(tmp_path: Path, opens: Opens) -> None:
    directory = indexed(tmp_path, {"one.txt": "Only this is here. It says little.\n"})
    with served(directory, FakeEncoder()) as site, opens(site) as page:
        assert "1 article, 1 passage" in page.locator(".intro").inner_text()
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        page.locator("#hits").focus()
        for key in "jkyoe":
            page.keyboard.press(key)  # there is nothing to do it with
        ask(page, "only little")
        assert page.locator(".hit").count() == 1
        page.locator(".passage.opened").wait_for()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Backspace")
        page.locator(".intro").wait_for()
        assert page.locator(".passage").count() == 0


def test_a_server_that_has_gone_is_told(index: Path, opens: Opens) -> None:
    with served(index, FakeEncoder()) as site, opens(site, refused=True) as page:
        page.route("**/part/hits?**", lambda route: route.abort())
        page.keyboard.type("ferry")
        page.locator(".problem").wait_for()
        assert "does not answer any more" in page.locator(".problem").inner_text()
        page.unroute_all()
        page.keyboard.type(" harbour")
        page.locator(".hit").first.wait_for()
        settle(page)
        page.route("**/part/article?**", lambda route: route.abort())
        page.locator(".hit a").nth(1).press("Enter")
        page.locator("#reading .note").wait_for()
        assert "does not answer any more" in page.locator("#reading").inner_text()
        page.unroute_all()
        page.locator(".hit a").nth(1).press("Enter")
        page.locator(".passage.opened").wait_for()


PDF_LINES = ["Sailors of the harbour mend their nets.", "The tide is low in the morning."]


def test_a_pdf_is_shown_as_its_pages(tmp_path: Path, opens: Opens) -> None:
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    pages = [paragraph(72, 500, ["Bread is sold at noon."]), paragraph(72, 500, PDF_LINES)]
    directory = indexed(tmp_path, FILES | {"tide.pdf": small_pdf(pages)})
    file = tmp_path / "corpus" / "tide.pdf"
    with served(directory, FakeEncoder()) as site, opens(site) as page:
        ask(page, "tide morning")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        sheet = page.locator(".sheet:has(rect)")
        sheet.wait_for()
        assert page.locator(".sheet").count() == 2
        assert attribute(sheet, "aria-label").startswith("Page 2, lit: ")
        assert page.evaluate("document.activeElement.classList.contains('sheet')")
        # Where the best sentence is lit there are letters on the picture, and none around it.
        picture = sheet.locator("img")
        playwright.expect(picture).to_have_js_property("complete", value=True)
        dark = picture.evaluate(DARKEST, sheet.locator("rect.best").evaluate_all(EDGES))
        assert dark["inside"] < 100
        assert dark["above"] > 200
        assert in_view(page, "rect.best")
        page.keyboard.press("e")  # words are explained in the text
        page.locator(".why").wait_for()
        assert page.locator(".sheet").count() == 0
        page.keyboard.press("Escape")
        page.locator('[data-do="pages"]').press("Enter")
        page.locator(".sheet").first.wait_for()
        assert attribute(page.locator('[data-do="pages"]'), "aria-pressed") == "true"
        file.write_bytes(small_pdf([paragraph(72, 500, ["Quite another file."])]))
        page.goto(f"{site.origin}/?q=tide+morning")
        page.locator(".article .note").wait_for()
        assert "its text is shown" in page.locator(".article .note").inner_text()
        assert "The tide is low" in page.locator(".passage.opened").inner_text()


def test_a_pdf_is_shown_at_a_page_far_down(tmp_path: Path, opens: Opens) -> None:
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    full = [f"The bread of line {n} is sold at noon." for n in range(30)]
    pages = [*[paragraph(72, 540, full)] * 4, paragraph(72, 500, PDF_LINES)]
    directory = indexed(tmp_path, FILES | {"tide.pdf": small_pdf(pages)})
    with served(directory, FakeEncoder()) as site, opens(site, "/?q=tide+morning") as page:
        sheet = page.locator(".sheet:has(rect)")
        sheet.wait_for()  # though the text was scrolled to its passage meanwhile
        assert attribute(sheet, "aria-label").startswith("Page 5, lit: ")
        assert in_view(page, "rect.best")


EDGES = """rects => rects.map((rect) => { const box = rect.getBBox();
  const all = rect.ownerSVGElement.getBoundingClientRect();
  return [box.x / all.width, box.y / all.height,
    box.width / all.width, box.height / all.height] })"""
DARKEST = """(picture, [[x, y, width, height]]) => {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth; canvas.height = picture.naturalHeight;
  const draw = canvas.getContext("2d", { willReadFrequently: true }); draw.drawImage(picture, 0, 0);
  const darkest = (top) => Math.min(...draw.getImageData(x * canvas.width, top * canvas.height,
    Math.max(width * canvas.width, 1), Math.max(height * canvas.height, 1)).data);
  return { inside: darkest(y), above: darkest(y - 4 * height) } }"""


def test_every_control_has_a_name_and_every_part_a_landmark(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%2340&k=5") as page:
        page.keyboard.press("e")
        page.locator(".why").wait_for()
        page.keyboard.press("?")
        page.locator("dialog#help").wait_for()
        page.keyboard.press("Escape")
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")
        nodes = [
            (node["role"]["value"], node.get("name", {}).get("value", "").strip())
            for node in tree["nodes"]
            if not node["ignored"] and "role" in node
        ]
        controls = {"button", "link", "searchbox", "textbox", "combobox", "slider", "spinbutton"}
        named = {"region", "search", "article", "group", "dialog"}
        assert [role for role, name in nodes if role in controls | named and not name] == []
        roles = [role for role, _ in nodes]
        for landmark in ("banner", "main", "search", "article"):
            assert roles.count(landmark) == 1
        assert {"slider", "status", "searchbox", "heading"} <= set(roles)
        levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all(
            "all => all.filter((each) => each.checkVisibility())"
            ".map((each) => Number(each.tagName[1]))"
        )
        assert levels[0] == 1
        assert all(lower <= upper + 1 for upper, lower in pairwise(levels))


def test_the_tab_key_goes_everywhere_and_the_focus_is_seen(site: Served, opens: Opens) -> None:
    with opens(site, "/?q=ferry+harbour+winter&open=ferry.txt%2340") as page:
        page.locator("#strip").wait_for()
        page.evaluate("document.activeElement.blur()")
        stops = []
        for _ in range(30):
            page.keyboard.press("Tab")
            name, seen = page.evaluate(
                "() => { const it = document.activeElement, style = getComputedStyle(it);"
                " return [it.id || it.dataset.do || it.className || it.tagName + it.textContent,"
                " style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2] }"
            )
            if name.startswith("BODY"):
                break
            assert seen, name
            stops.append(name)
        where = [stops.index(name) for name in ("question", "filters", "verify", "help")]
        assert where == sorted(where)
        assert stops[0] == "skip"
        after = stops[where[-1] + 1 :]
        assert after == [
            *("AThe Ferry", "AThe Ferry", "AShow the nearest"),
            *("reading", "explain", "copy", "like", "open", "strip"),
        ]


TEXT_ON_GROUND = [
    *((text, ground) for text in ("ink", "faint", "link") for ground in ("ground", "paper")),
    *(("ink", ground) for ground in ("lit-faint", "level-1", "level-2", "level-3", "view")),
    *(("faint", ground) for ground in ("lit-faint",)),
    ("lit-ink", "lit"),
    ("good", "paper"),
    ("bad", "paper"),
    ("bad", "ground"),
]
SHAPE_ON_GROUND = [
    *((shape, ground) for shape in ("edge", "here", "bar") for ground in ("ground", "paper")),
    ("here", "lit-faint"),
    ("here", "level-3"),
    ("link", "paper"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_that_of_wcag_aa(theme: str) -> None:
    css = (files("query.page") / "assets" / "page.css").read_text(encoding="utf-8")
    first, _, rest = css.partition("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", first))
    if theme == "dark":
        colours |= re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rest.partition("\n}\n")[0])
    for pairs, least in ((TEXT_ON_GROUND, 4.5), (SHAPE_ON_GROUND, 3.0)):
        low = {
            pair: ratio
            for pair in pairs
            if (ratio := contrast(*(colours[name] for name in pair))) < least
        }
        assert not low


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    lower, upper = sorted(map(luminance, (one, other)))
    return (upper + 0.05) / (lower + 0.05)


def test_the_real_model_answers_and_explains(
    encoder: Encoder, tmp_path: Path, opens: Opens
) -> None:
    build_index(ROOT / "seeds", tmp_path / "index", EncoderSource.of(encoder))
    with served(tmp_path / "index", encoder) as site, opens(site) as page:
        ask(page, "ceasefire terms")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.wait_for_selector(".passage.opened:focus")
        best = page.locator(".passage.opened mark.best").inner_text()
        assert (
            best == "The Kremlin makes remorseless efforts to achieve a ceasefire on its own terms."
        )
        page.keyboard.press("e")
        page.locator(".why").wait_for()
        assert focused(page).strip(".") in {"ceasefire", "terms"}
        parts = page.locator(".parts tr:not(.total)")
        shares = [float(share) for share in parts.locator(".share").all_inner_texts()]
        score = float(page.locator(".parts .total .share").inner_text())
        assert sum(shares) == pytest.approx(score, abs=0.0005 * len(shares) + 0.0005)
        assert f"{score:.2f}" == page.locator(".hit.current .score").inner_text()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        ask(page, "how to bake bread")
        playwright.expect(page.locator("#hits-title")).to_have_text("Nothing here is about that")
