"""What the head of a page says of it: title, author, date, description, keywords."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from index.reading.decoding import without_surrogates
from index.reading.html.tree import Element
from index.splitting.head import parted_byline
from index.splitting.structure import FoundHead

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author")
_DATES = (
    "article:published_time",
    "date",
    "dc.date",
    "dcterms.date",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "citation_publication_date",
    "citation_date",
    "datepublished",
    "pubdate",
    "publish-date",
    "last-modified",
)
_DESCRIPTIONS = ("description", "og:description", "dc.description", "dcterms.description")
_TITLES = ("og:title", "dc.title", "dcterms.title", "citation_title")

_YEAR = r"(?:19|20)\d{2}"
DAY = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:de\s+)?[^\W\d_]{{3,}}\.?,?\s+(?:de\s+)?{_YEAR}"
    rf"|[^\W\d_]{{3,}}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}"
    rf"|\b{_YEAR}[-/.年]\s?\d{{1,2}}[-/.月]\s?\d{{1,2}}|\b\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:{_YEAR}|\d\d)\b"
    r"|\b(?:\d+|an?)\s+(?:second|minute|hour|day|week|month|year)s?\s+ago\b",
    re.IGNORECASE,
)
"""A day as it is written in text, by month and year or by how long ago it was."""

_ISO_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}.*")
_LINKED = {"headline": "og:title", "author": "author", "datePublished": "datepublished"}
_PUBLISHED = re.compile(r"datePublished|(?:^|[\s-])(?:published|(?:entry|post)-date)(?:$|\s)")
_ARTICLE = re.compile(r"\w*(?:Article|BlogPosting)")
_ADDRESS = re.compile(r"https?://\S+")
_SEPARATOR = re.compile(r"\s+[-–—|·•:»«/~]+\s+|\s*(?:\||::|»|—|–)\s*|: ")

_FEW_WORDS = 3


def head_value(name: str, text: str) -> tuple[str, str]:
    """Return what lines of a page state of a field of the head, and a day beside a byline."""
    if name == "date" and (day := DAY.search(text)):
        return day[0], ""
    if name == "byline":
        return parted_byline(" ".join(text.partition("\n")[0].split()))
    return " ".join(text.split()), ""


def read_head(root: Element, head: FoundHead, headings: Sequence[tuple[int, str]]) -> None:
    """Fill a head. `headings` are level and wording of the headings of the text of the page."""
    head_element = root.first("head") or root
    meta = _metadata(head_element)
    title = next((part.wording() for part in head_element.all("title") if part.wording()), "")
    names = [wording for level, wording in headings if level == 1]
    names += [wording for _, wording in headings[:1] if wording not in names]
    for name, texts in _linked_data(root):
        meta.setdefault(name, texts)
    head.title = _title(title, _first(meta, _TITLES), names)
    authors = next((meta[key] for key in _AUTHORS if key in meta), ())
    head.byline = ", ".join(name for name in authors if not _ADDRESS.fullmatch(name))
    date = _first(meta, _DATES) or _time_of(root)
    iso = _ISO_TIME.fullmatch(date)
    head.date = iso[1] if iso else date
    if description := _first(meta, _DESCRIPTIONS):
        head.fields["description"] = (description,)
    keywords = (word.strip() for text in meta.get("keywords", ()) for word in text.split(","))
    if stated := tuple(dict.fromkeys(filter(None, keywords))):
        head.fields["keywords"] = stated


def _metadata(head: Element) -> dict[str, list[str]]:
    """Return the contents of the meta elements by name, in lower case."""
    meta: dict[str, list[str]] = {}
    for element in head.all("meta"):
        name = element.get("name") or element.get("property") or element.get("itemprop")
        content = " ".join(element.get("content").split())
        if name and content:
            values = meta.setdefault(name.lower().strip(), [])
            if content not in values:
                values.append(content)
    return meta


def _linked_data(root: Element) -> Iterator[tuple[str, list[str]]]:
    """Yield what a page says of its article in JSON for other programs, as a meta element would."""
    for element in root.all("script"):
        if element.get("type") != "application/ld+json":
            continue
        try:
            waiting = [json.loads(element.text())]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += reversed(value)
            elif isinstance(value, dict):
                if any(map(_ARTICLE.fullmatch, _texts(value.get("@type")))):
                    named = ((name, _texts(value.get(key))) for key, name in _LINKED.items())
                    yield from ((name, texts) for name, texts in named if texts)
                    return
                waiting.append(value.get("@graph"))


def _texts(value: object) -> list[str]:
    """Return the texts that a value of linked data holds; of an object they are its names."""
    found = []
    for part in value if isinstance(value, list) else [value]:
        name = part.get("name") if isinstance(part, dict) else part
        if isinstance(name, str) and (text := " ".join(name.split())):
            found.append(without_surrogates(text).text)
    return found


def _first(meta: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((meta[name][0] for name in names if name in meta), "")


def _time_of(root: Element) -> str:
    """Return the date of publication that the page marks in its text."""
    for element in root.all("time"):
        is_named = _PUBLISHED.search(f"{element.get('itemprop')} {element.get('class')}")
        if is_named or "pubdate" in element.attributes:
            return element.get("datetime") or element.wording()
    return ""


def _title(title: str, stated: str, headings: list[str]) -> str:
    """Return the title of the page without the name of its site."""
    if not title:
        return stated or (headings[0] if headings else "")
    whole = folded(title)
    for heading in headings:
        own = folded(heading)
        if own and (whole == own or _is_part(own, title)):
            return heading
    if stated and _is_part(folded(stated), title):
        return stated
    for heading in headings[:1]:
        words = set(folded(heading).split())
        if len(words) > _FEW_WORDS and 2 * len(words & set(whole.split())) > len(words):
            return heading
    return title


def _is_part(wording: str, title: str) -> bool:
    """Return whether a title begins or ends with a wording, parted from the rest by a sign."""
    pieces = _SEPARATOR.split(title)
    separators = list(_SEPARATOR.finditer(title))
    if len(pieces) < 2:
        return False
    starts = {folded(title[: separator.start()]) for separator in separators}
    ends = {folded(title[separator.end() :]) for separator in separators}
    return wording in starts or wording in ends


def folded(text: str) -> str:
    """Return the words of a title in lower case, to compare it with another."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
