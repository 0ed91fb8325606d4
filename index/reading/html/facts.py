"""What an element of a page holds, in numbers: how much text, how many links."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Facts:
    """What an element holds: characters, those in links, those of prose; links and controls.

    `own` and `own_linked` are the characters that stand in no block within it, and `last` is the
    last of them. `asks` says that there is a field for an address of mail.
    """

    text: int = 0
    linked: int = 0
    prose: int = 0
    links: int = 0
    inner_links: int = 0
    site_links: int = 0
    controls: int = 0
    own: int = 0
    own_linked: int = 0
    last: str = ""
    asks: bool = False
    holds_main: bool = False
    holds_title: bool = False
