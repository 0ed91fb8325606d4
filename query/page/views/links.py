"""Where the links of the page lead. A file that is exported has other places than the server."""

from __future__ import annotations

from typing import Protocol

from query.page.asked import Asked


class Links(Protocol):
    """The addresses in a view. If it is `live`, a server answers what its controls ask."""

    @property
    def live(self) -> bool:
        """Whether there is a server behind the view: a file shows no control that needs one."""

    def page(self, asked: Asked) -> str:
        """Return the address at which this is asked, with the passage `asked.opened` open."""

    def anchor(self, passage_id: str) -> str:
        """Return the id of the element of a passage in its article."""


class Served:
    """The addresses of the server."""

    live = True

    def page(self, asked: Asked) -> str:
        """Return the address of the page that asks this."""
        return asked.address()

    def anchor(self, passage_id: str) -> str:
        """Return "p" and the number of the passage: one article is open at a time."""
        return f"p{passage_id.rpartition('#')[2]}"


SERVED = Served()
