"""How long the reading page takes from a keystroke to the frame that shows the hits.

    python -m benchmarks.page [--passages 100000]

Measured inside a browser that runs on this machine: from the input event, over the wait for a
further key, the request, the search and the new list, to the end of the frame in which it is drawn.
The two articles are asked with the real model. The many passages are made up (`benchmarks.scale`),
and so are their vectors; the search is the real one.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING

from benchmarks.scale import MadeUpEncoder, build, questions, write_corpus

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
QUESTION = "what are the terms of a ceasefire in Ukraine"
FEW_TARGET, MANY_TARGET = 150, 300
"""Milliseconds that the medians are to stay below."""

_TOKEN = "b" * 43
_LEAST_KEYS = 30
_BETWEEN = 250  # milliseconds from an answer to the next key: the article is loaded meanwhile

# A task that is posted inside the callback of a frame runs after that frame was drawn.
_WATCH = """
let typed = 0;
window.taken = [];
document.addEventListener("input", () => { typed = performance.now(); }, true);
new MutationObserver(() => {
  if (!typed || !document.querySelector("#hits .answer")) return;
  const since = typed;
  typed = 0;
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.taken.push(performance.now() - since);
    channel.port2.postMessage(null);
  });
}).observe(document.querySelector("#hits"), { childList: true });
"""


def serve(directory: Path, ready: socket.socket, made_up: bool) -> None:
    """Serve the page over an index on a socket that is bound, until this process is ended."""
    from index import KeptEncoder
    from query import Retriever
    from query.page.app import PageApp
    from query.page.guard import Guard, derived_token
    from query.page.index_update import IndexUpdate
    from query.page.server import server_of
    from query.page.service import PageService

    retriever = Retriever.open(directory, encoder=MadeUpEncoder() if made_up else None)
    port = ready.getsockname()[1]
    update = IndexUpdate([directory], KeptEncoder(retriever.encoder), print)
    app = PageApp(PageService(retriever), update, derived_token(_TOKEN, f"post {port}"), print)
    server_of(Guard(app.routes(), port=port, token=_TOKEN)).run([ready])


@contextmanager
def served(directory: Path, *, made_up: bool) -> Iterator[str]:
    """Serve the page in a process of its own; yields the address that lets a browser in."""
    with socket.create_server(("127.0.0.1", 0)) as ready:
        process = get_context("spawn").Process(target=serve, args=(directory, ready, made_up))
        process.start()
        try:
            yield f"http://127.0.0.1:{ready.getsockname()[1]}/?token={_TOKEN}"
        finally:
            process.terminate()
            process.join()


def times_of_keys(browser: Browser, entrance: str, question: str) -> list[float]:
    """Type a question key by key, each after the answer to the one before; milliseconds of each."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(entrance)
    page.evaluate(_WATCH)
    page.locator("#question").focus()
    for number, key in enumerate(question, start=1):
        page.keyboard.type(key)
        while page.evaluate("window.taken.length") < number:
            page.wait_for_timeout(20)
        page.wait_for_timeout(_BETWEEN)
    taken = page.evaluate("window.taken")
    page.close()
    return [float(each) for each in taken]


def report(name: str, taken: list[float], target: int) -> None:
    """Print the median of some keystrokes, and what nine of ten stay below."""
    below = quantiles(taken, n=10)[-1]
    reached = "" if median(taken) < target else ", missed"
    print(
        f"{name}: median {median(taken):.0f} ms (target {target}{reached}), "
        f"nine of ten below {below:.0f} ms, {len(taken)} keystrokes",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the reading page in a browser.")
    parser.add_argument("--passages", type=int, default=100_000, metavar="N")
    passages = parser.parse_args().passages
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("playwright is not installed: the page is not measured")
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium on the path: the page is not measured")
    with sync_playwright() as started, tempfile.TemporaryDirectory(prefix="page-") as folder:
        browser = started.chromium.launch(executable_path=chromium)
        scratch = Path(folder)
        program = Path(sys.executable).parent / "index"
        command: list[str | Path] = [program, "build", "seeds", "--index", scratch / "few"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with served(scratch / "few", made_up=False) as entrance:
            taken = times_of_keys(browser, entrance, QUESTION)
        report("two articles", taken, FEW_TARGET)
        (scratch / "corpus").mkdir()
        write_corpus(scratch / "corpus", passages)
        build(scratch / "corpus", scratch / "many")
        question = " ".join(questions())[: _LEAST_KEYS + 10]
        with served(scratch / "many", made_up=True) as entrance:
            taken = times_of_keys(browser, entrance, question)
        report(f"{passages:,} passages", taken, MANY_TARGET)
        browser.close()


if __name__ == "__main__":
    main()
