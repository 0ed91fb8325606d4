"""HTML: the text of a page in passages, the furniture of its site kept apart."""

from __future__ import annotations

import pytest
from web_pages import PAGES, Page

from index.reading.content import Content
from index.reading.html import FORMAT


def passages(content: Content) -> str:
    """The paragraphs, a blank line between."""
    assert content.structure is not None
    return "\n\n".join(content.text[p.start : p.end] for p in content.structure.paragraphs)


def omissions(content: Content) -> list[tuple[str, str]]:
    assert content.structure is not None
    return [(o.reason, content.text[o.start : o.end]) for o in content.structure.omissions]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_text_of_a_page_is_in_passages_and_its_furniture_is_not(page: Page) -> None:
    content = FORMAT.read(page.html.encode())
    found = passages(content)
    assert [piece for piece in page.text if piece not in found] == []
    assert [piece for piece in page.furniture if piece in found] == []
