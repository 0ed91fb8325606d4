"""Which parts of a page are its text, and which are the furniture of its site.

It decides with care: what may be text stays text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from index.reading.html.article import beside_text, hyphened, says_article
from index.reading.html.facts import Facts
from index.reading.html.head import folded
from index.reading.html.text import UNSEEN, heading_level, is_block
from index.reading.html.tree import Element

_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse))\b")
_NEVER_SHOWN = frozenset({"noscript", "audio", "canvas", "video", "datalist"})
_CONTROLS = frozenset({"button", "input", "select", "textarea", "progress", "meter"})

_SITE_TAGS = frozenset({"nav", "search"})
_SITE_ROLES = frozenset(
    {"navigation", "search", "contentinfo", "complementary", "banner", "menu", "menubar"}
    | {"toolbar", "alertdialog", "dialog", "tablist", "directory"}
)
_WHOLE = frozenset({"summary", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
"""Elements that are no furniture by their class or controls in them."""
_NEVER_BY_CLASS = frozenset({"body", "html", "article", "main", "td", "tr", "th", "tbody"})
_TOLD_BY_NAME = frozenset({"aside", "div", "table", "td", "ul"})
_CONTENT_TAGS = frozenset({"article", "blockquote", "figure", "li", "main", "section", "td"})

# Names of classes that sites in general use for what is not their text.
_SIGN = re.compile(
    r"mw-(?:editsection|jump-link)|headerlink$|hash-link$|anchor-?(?:link|js-link)?$|linenos?$"
)
"""Signs beside the text: links to the place itself, "edit", numbers of lines of code."""
_LONGEST_SIGN = 40
_LONGEST_REQUEST = 500
"""Characters of a part that asks for an address of mail, at most."""
_CONSENT = re.compile(
    r"(?:cookies?|gdpr|consent|privacy)[-_]*"
    r"(?:banner|bar|notice|consent|popup|law|message|overlay|modal)|onetrust|cmp-?(?:box|banner)"
)
_SURE = re.compile(
    r"breadcrumbs?(?![a-z])|skip[-_]?(?:link|nav|to)|navbox|printfooter|catlinks|sitesub$"
    r"|mw-(?:indicators?|portlet)|vector-(?:menu|header|dropdown|toc)|sphinxsidebar|interlanguage"
    r"|(?:share|sharing|social)[-_]*(?:buttons?|links?|bar|icons?|tools|list|media|widget|post)"
    r"|addtoany|sharedaddy|outbrain|taboola|adsbygoogle|advert(?:isement|ising)?s?(?![a-z])"
    r"|(?:ad|ads)[-_](?:slot|container|banner|unit|wrapper|block|box)"
    r"|(?:related|recommended|popular|recent|trending|more)[-_]*"
    r"(?:posts?|articles?|stories|links?|content|reading|news|products?|topics?|items)"
    r"|(?:site|page|global|main|blog)[-_]?(?:footer|nav|navigation|menu)"
    r"|back[-_]?to[-_]?top|jp-relatedposts|wp-block-navigation|post-navigation|nav-links"
)
_LIKELY = re.compile(
    r"(?:^|[-_])(?:side-?bar|widget|menus?|nav(?:bar|igation|header|footer|links?|list|menu|buttons?)?s?|footer|promo"
    r"|social|share|sharing|related|newsletter|subscri(?:be|ption)|sign-?up|toolbar|pagination|pager"
    r"|prev-?next|sponsor|search-?(?:form|box|bar)|log-?in|top-?bar|masthead|site-?header|ads?"
    r"|banner|pop-?up|modal|dropdown|tags?|tag-?(?:list|cloud|links)|meta-?nav|comment-?form"
    r"|actions?|controls?|cart|rating)(?:$|[-_\d])"
)
# The same in an article: the words stand anywhere in a name, as a site puts its own before them.
# Chosen from the names of systems that many sites use, and of the parts that all news sites have.
_BESIDE = re.compile(
    r"(?:^|[-_])(?:recirc(?:ulation)?|bread-?crumbs?|newsletters?|subscri(?:be|ption)s?|sign-?up"
    r"|related|recommend(?:ed|ations?)|trending|outbrain|taboola|sponsored|advertisements?"
    r"|most-?(?:popular|read|viewed|shared)|also-?(?:like|read)|copyrights?|end-?slate|disqus"
    r"|(?:about-?(?:the-)?|post-?)authors?"
    r"|author-?(?:bio|box|card|info|about|excerpt|gear|fly-?out|archive|posts?|description)s?"
    r"|(?:bio|author|writer)-(?:container|content|details|text|block)|print-?(?:header|footer|only)"
    r"|comments?-(?:\w+-)*(?:container|wrapper|form|bar|url))(?:$|[-_])"
)
_BAR = re.compile(r"(?:^|[-_])(?:side-?bar|widgets?)(?:$|[-_])")
_LISTED = re.compile(
    r"(?:^|[-_])(?:latest|popular|ticker|carousel|rail|swiper|slider|breaking|follow|categor(?:y|ies)"
    r"|taxonomy|playlist|explore|similar|discover|up-?next|flyout|overlay|teasers?|cards?)(?:$|[-_])"
)
"""Names of lists of other articles: what has one is left out if it is mostly links."""
_SMALL = re.compile(
    r"(?:^|[-_])(?:more-?(?:from|stories|news|articles)|(?:read|see)-?(?:more|next|also)"
    r"|promo(?:s|tion)?|cta|call-?to-?action|feedback|disclosure|sr-only|visually-hidden|screen-reader-text"
    r"|read(?:ing)?-time|share-?(?:this|box)|whats-?app|messenger)(?:$|[-_])|^hidden$"
)
"""Names of requests to a reader: what has one is left out if it also looks so."""
_COMMENTS = re.compile(
    r"comments?(?:[-_]?(?:area|list|section|container|wrapper|block|thread|form|respond))?"
    r"|disqus[-_]?thread|respond|fb-comments|responses|commentlist"
)
_CONTAINER = re.compile(
    r"(?:main|article|post|entry|story|page|body|news|blog)[-_]*(?:content|body|text)"
    r"|(?:body|main|page)?content|main|article|document|body|post|entry|markdown[-_]body"
    r"|mw-content-text|mw-parser-output|text"
)
_CLOSING = re.compile(
    r"©|\(c\)\s*\d{4}|copyright|all rights reserved|powered by|^back to top$",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"(?:^|[-_ ])(?:toc|toctree|contents|bibliography|references)(?:$|[-_ ])")
_LISTING = frozenset({"div", "dl", "ol", "section", "ul"})
_ELSEWHERE = re.compile(r"#|\w{2,20}:")
_SKIPPING = re.compile(r"^(?:skip|jump) to\b", re.IGNORECASE)
_LONG, _LONG_SENTENCE = 80, 25
"""Characters of running text in one block that make it prose, at least; less for a sentence."""
_ENDS = frozenset('.!?…:;。！？"”’»)')
_FEW = 300
"""Characters of prose of an article, at least."""
_SHORT = 200
_LONGEST_CHROME = 120


def hidden_parts(root: Element) -> dict[int, str]:
    """Return the outermost elements that a browser does not show, by identity, with the reason.

    One that holds most of the page is hidden by a script only for a while, and stays.
    """
    hidden: dict[int, str] = {}
    candidates: list[Element] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _is_hidden(element):
            candidates.append(element)
        elif element.tag not in UNSEEN:
            waiting += _elements_in(element)
    if candidates:
        total = len("".join(root.text().split())) - _unseen_length(root)
        for element in candidates:
            length = len("".join(element.text().split())) - _unseen_length(element)
            is_most = 2 * length > total and element.tag not in _NEVER_SHOWN
            if not is_most and not _holds_formula(element):
                hidden[id(element)] = "hidden"
    return hidden


def _is_hidden(element: Element) -> bool:
    attributes = element.attributes
    if element.tag in _NEVER_SHOWN or (element.tag == "dialog" and "open" not in attributes):
        return True
    if not attributes:
        return False
    if "hidden" in attributes and element.get("hidden") != "until-found":
        return True
    if element.get("aria-hidden").lower() == "true":
        return True
    return bool(style := element.get("style")) and _HIDDEN.search(style.lower()) is not None


def _unseen_length(root: Element) -> int:
    return sum(
        len("".join(element.text().split())) for element in root.elements() if element.tag in UNSEEN
    )


def _holds_formula(element: Element) -> bool:
    """Return whether an element hides a formula, in place of which a picture is shown."""
    return "math" in element.get("class") and element.first("math") is not None


def site_parts(root: Element, hidden: dict[int, str]) -> dict[int, str]:
    """Return the elements that are furniture of the site, by identity, with the reason."""
    return _Page(root, hidden).furniture()


class _Page:
    """A page whose text is looked for."""

    def __init__(self, root: Element, hidden: dict[int, str]) -> None:
        bodies = (part for part in root.children if isinstance(part, Element))
        self._body = next((part for part in bodies if part.tag in ("body", "frameset")), root)
        self._omitted = dict(hidden)
        self._facts: dict[int, Facts] = {}
        self._parents: dict[int, Element] = {}
        meta = [part for part in root.all("meta") if part.get("property").startswith("og:")]
        named = {part.get("property"): part.get("content") for part in meta}
        page_title = root.first("title")
        titles = [page_title.wording() if page_title else "", named.get("og:title", "")]
        self._titles = [folded(title) for title in titles if title]
        self._is_article = named.get("og:type") == "article"
        # To others a page may call itself an article; its main part is not chosen by that.
        self._has_beside = self._is_article or says_article(root)
        self._site = _site_of(root, named.get("og:url", ""))
        self._measure()

    def furniture(self) -> dict[int, str]:
        self._leave_out_marked()
        self._measure()
        containers, is_sure = self._containers()
        if containers and is_sure:
            self._leave_out_around(containers)
            if self._is_article:
                self._leave_out_ends(containers)
        else:
            self._leave_out_edges(containers)
        if self._has_beside:
            self._measure()
            title = self._title_in(self._body) or self._sole_title
            parts = containers if containers and is_sure else [self._body]
            self._omitted.update(beside_text(parts, title, self._facts))
        return self._omitted

    def _measure(self) -> None:
        """Count what each element holds, from the innermost out."""
        facts = self._facts = {}
        self._parents = {}
        order: list[Element] = []
        waiting = [self._body]
        while waiting:
            element = waiting.pop()
            is_empty = not element.children and element.tag not in _CONTROLS
            if not is_empty and id(element) not in self._omitted and element.tag not in UNSEEN:
                order.append(element)
                children = _elements_in(element)
                waiting += children
                self._parents.update((id(child), element) for child in children)
        for element in reversed(order):
            facts[id(element)] = self._facts_of(element)
        titles = [part for part in order if part.tag == "h1" and self._of(part).text]
        self._sole_title = titles[0] if len(titles) == 1 else None

    def _facts_of(self, element: Element) -> Facts:
        found = Facts()
        for child in element.children:
            if isinstance(child, str):
                words = "".join(child.split())
                found.text += len(words)
                found.own += len(words)
                found.last = words[-1:] or found.last
            elif inner := self._facts.get(id(child)):
                found.text += inner.text
                found.linked += inner.linked
                found.prose += inner.prose
                found.links += inner.links
                found.inner_links += inner.inner_links
                found.site_links += inner.site_links
                found.controls += inner.controls
                found.asks = found.asks or inner.asks
                found.holds_main = found.holds_main or inner.holds_main
                found.holds_title = found.holds_title or inner.holds_title
                if not is_block(child):
                    found.own += inner.own
                    found.own_linked += inner.own_linked
                    found.last = inner.last or found.last
        if element.tag == "a" and element.get("href"):
            found.linked, found.own_linked = found.text, found.own
            found.links += 1
            found.inner_links += "#" in element.get("href")
            found.site_links += self._is_within(element.get("href"))
        found.controls += element.tag in _CONTROLS
        found.asks = found.asks or element.get("type") == "email"
        found.holds_main = found.holds_main or _is_main(element)
        found.holds_title = found.holds_title or element.tag == "h1"
        if (is_block(element) or element is self._body) and _is_prose(found):
            found.prose += found.own
        return found

    def _is_within(self, address: str) -> bool:
        """Return whether an address is that of another page of the site."""
        if _ELSEWHERE.match(address):
            return bool(self._site) and _host(address) == self._site
        return True

    def _of(self, element: Element) -> Facts:
        return self._facts.get(id(element)) or Facts()

    def _leave_out_marked(self) -> None:
        """Leave out what says by its tag, role or class that it is furniture."""
        whole = self._of(self._body)
        waiting: list[tuple[Element, bool]] = [(self._body, False)]
        while waiting:
            element, is_inside = waiting.pop()
            facts = self._facts.get(id(element))
            if facts is None:
                continue
            is_most = 2 * facts.prose > whole.prose if whole.prose else 2 * facts.text > whole.text
            may_go = not is_most or element.tag == "nav"
            may_go = may_go and not facts.holds_main and element.tag not in _WHOLE
            if (may_go and self._is_furniture(element, facts, is_inside)) or (
                not facts.holds_main and self._is_comments(element, facts)
            ):
                self._omitted[id(element)] = "navigation"
                continue
            inside = is_inside or element.tag in _CONTENT_TAGS or _is_main(element)
            stays = element.tag in _WHOLE
            if not stays:
                waiting += [(child, inside) for child in _elements_in(element)]
            else:
                self._leave_out_signs(element)

    def _leave_out_signs(self, heading: Element) -> None:
        """Leave out the links in a heading that lead to itself, or to its source, and buttons."""
        whole = self._of(heading).text
        for part in heading.elements():
            names = part.get("class").lower().split()
            is_sign = part is not heading and any(_SIGN.match(name) for name in names)
            if is_sign or (part.tag == "button" and self._of(part).text < whole):
                self._omitted[id(part)] = "navigation"

    def _is_furniture(self, element: Element, facts: Facts, is_inside: bool) -> bool:
        tag, role = element.tag, element.get("role").lower()
        if tag in _CONTROLS or tag in _SITE_TAGS:
            return True
        if tag == "form" and facts.controls and not facts.prose:
            return True
        if role in _SITE_ROLES and not (is_inside and role in ("complementary", "banner")):
            return True
        density = facts.linked / facts.text if facts.text else 0.0
        if tag in ("header", "footer", "aside"):
            if not is_inside:
                return tag != "header" or not self._holds_only_title(facts)
            if tag != "header" and (density > 0.5 or facts.controls):
                return True
        return (
            tag not in _NEVER_BY_CLASS
            and role != "note"
            and self._is_named(element, facts, density)
        )

    def _is_named(self, element: Element, facts: Facts, density: float) -> bool:
        """Return whether an element is furniture by its class."""
        names = _names(element)
        if any(_SIGN.match(name) for name in names):
            return facts.text <= _LONGEST_SIGN and not facts.holds_title
        parent = self._parents.get(id(element))
        if parent is not None and not is_block(element) and _is_prose(self._of(parent)):
            return False  # part of a sentence, whatever its class
        return self._is_classed(element, names, facts, density) or (
            self._has_beside and self._is_beside(element, names, facts, density)
        )

    def _holds_only_title(self, facts: Facts) -> bool:
        """Return whether a header holds the only heading of first level, and little else."""
        return facts.holds_title and self._sole_title is not None

    def _is_comments(self, element: Element, facts: Facts) -> bool:
        """Return whether an element holds what readers of an article say of it."""
        names = [*hyphened(element.get("class")).split(), element.get("id").lower()]
        if not any(_COMMENTS.fullmatch(name) for name in names):
            return False
        return self._of(self._body).prose - facts.prose >= _FEW

    def _is_classed(self, element: Element, names: list[str], facts: Facts, density: float) -> bool:
        """Return whether the class of an element, and what it holds, say that it is furniture."""
        whole = self._of(self._body)
        return (
            any(_CONSENT.match(name) for name in names)
            or (any(map(_SURE.match, names)) and 4 * facts.prose <= whole.prose)
            or (any(map(_LIKELY.search, names)) and self._looks_so(element, facts, density))
        )

    def _is_beside(self, element: Element, names: list[str], facts: Facts, density: float) -> bool:
        """Return whether a part of an article is beside its text, by its class and what it has."""
        whole = self._of(self._body)
        if facts.holds_title and self._sole_title is not None:
            return False
        is_small = 5 * facts.prose <= whole.prose and 2 * facts.text <= whole.text
        return (
            (is_small and any(map(_BESIDE.search, names)))
            or (is_small and facts.asks and facts.text <= _LONGEST_REQUEST)
            or (is_small and element.tag == "aside" and self._holds_linked_heading(element))
            or self._is_bar(element, names, facts)
            or self._is_list_beside(element, names, facts, density)
        )

    def _is_bar(self, element: Element, names: list[str], facts: Facts) -> bool:
        is_aside = element.tag == "aside"
        is_named = any(map(_BAR.search if is_aside else _BAR.fullmatch, names))
        most = self._of(self._body).prose // (2 if is_aside else 4)
        return is_named and facts.site_links > 0 and facts.prose <= most

    def _is_list_beside(
        self, element: Element, names: list[str], facts: Facts, density: float
    ) -> bool:
        if element.tag == "figure" or not self._looks_so(element, facts, density):
            return False
        is_list = density > 0.5 and any(map(_LISTED.search, names))
        return is_list or any(map(_SMALL.search, names))

    def _holds_linked_heading(self, element: Element) -> bool:
        """Return whether an element has a heading that is a link, or is in one."""
        parts = list(element.elements())
        headings = [self._of(part) for part in parts if heading_level(part)]
        return any(10 * facts.linked > 9 * facts.text > 0 for facts in headings) or any(
            part.tag == "a" and any(map(heading_level, part.elements())) for part in parts
        )

    def _looks_so(self, element: Element, facts: Facts, density: float) -> bool:
        """Return whether an element that may be furniture by its class holds little else."""
        if 8 * facts.prose > self._of(self._body).prose or element.first("blockquote") is not None:
            return False
        is_short = facts.text < _SHORT and not facts.prose and is_block(element)
        return density > 0.3 or facts.controls > 0 or (is_short and not facts.holds_title)

    def _containers(self) -> tuple[list[Element], bool]:
        """Return the elements that hold the text of the page, and whether that is sure."""
        mains = self._outermost(_is_main)
        if not self._holds(mains, 3):
            mains = []
        region = mains[0] if len(mains) == 1 else self._body
        title = self._title_in(region)
        if title is not None or self._is_article:
            if article := self._article_in(region, title):
                return [article], True
            if title is not None and (article := self._around(region, title)):
                return [article], True
        if mains:
            return mains, True
        articles = self._outermost(lambda part: part.tag == "article")
        if len(articles) == 1 and self._holds(articles, 2):
            return articles, True
        classed = self._outermost(self._is_container)
        if classed:
            return classed[:1], False
        return [], False

    def _holds(self, parts: list[Element], share: int) -> bool:
        """Return whether parts hold one in `share` of the characters of the page, at least."""
        whole = self._of(self._body)
        if whole.prose:
            return share * sum(self._of(part).prose for part in parts) >= whole.prose
        return share * sum(self._of(part).text for part in parts) >= whole.text

    def _title_in(self, region: Element) -> Element | None:
        """Return the heading that states the title of the page, or None."""
        found = [part for part in region.elements() if part.tag in ("h1", "h2")]
        found.sort(key=lambda part: part.tag)
        wordings = [folded(part.wording()) if id(part) in self._facts else "" for part in found]
        for part, wording in zip(found, wordings, strict=True):
            if wording and wording in self._titles:
                return part
        for part, wording in zip(found, wordings, strict=True):
            is_long = len(wording.split()) > 2
            if is_long and any(wording in title or title in wording for title in self._titles):
                return part
        return None

    def _article_in(self, region: Element, title: Element | None) -> Element | None:
        """Return the article that a page is about, if it is marked as one."""
        articles = [part for part in self._outermost(_is_article) if self._is_in(part, region)]
        if not articles:
            return None
        best = max(articles, key=lambda part: self._of(part).prose)
        facts = self._of(best)
        others = sum(self._of(part).prose for part in articles) - facts.prose
        if title is None:
            others = 0
        if 2 * facts.prose < self._of(region).prose - others or facts.prose < _FEW:
            return None
        if title is not None and not self._is_in(title, best):
            return None
        return best

    def _around(self, region: Element, title: Element) -> Element | None:
        """Return the smallest element that holds the title of a page and its longest text."""
        order = [part for part in region.elements() if id(part) in self._facts]
        places = {id(part): number for number, part in enumerate(order)}
        weights: dict[int, int] = {}
        for part in order:
            facts = self._facts[id(part)]
            unlinked = facts.own - facts.own_linked
            parent = self._parents.get(id(part))
            if unlinked < _LONG or parent is None or places[id(part)] < places[id(title)]:
                continue
            for holder, share in ((part, 1), (parent, 2), (self._parents.get(id(parent)), 1)):
                if holder is not None and id(holder) in places:
                    weights[id(holder)] = weights.get(id(holder), 0) + share * unlinked
        if not weights:
            return None
        most = max(weights.values())
        heavy = [part for part in order if 3 * weights.get(id(part), 0) >= most]
        found = heavy[0]
        while found is not region and not self._is_in(title, found):
            found = self._parents[id(found)]
        return found

    def _is_in(self, part: Element, whole: Element) -> bool:
        above: Element | None = part
        while above is not None and above is not whole:
            above = self._parents.get(id(above))
        return above is not None

    def _is_container(self, element: Element) -> bool:
        names = [*element.get("class").lower().split(), element.get("id").lower()]
        if element.get("itemprop") != "articleBody" and not any(
            name and _CONTAINER.fullmatch(name) for name in names
        ):
            return False
        whole = self._of(self._body)
        return element is not self._body and 5 * self._of(element).prose >= 4 * whole.prose > 0

    def _outermost(self, is_wanted: Callable[[Element], bool]) -> list[Element]:
        found: list[Element] = []
        waiting = [self._body]
        while waiting:
            element = waiting.pop()
            if id(element) not in self._facts:
                continue
            if is_wanted(element):
                found.append(element)
            else:
                waiting += reversed(_elements_in(element))
        return found

    def _leave_out_around(self, containers: list[Element]) -> None:
        """Leave out all but the containers, and a title that stands before them."""
        keeps_title = not any(self._of(part).holds_title for part in containers)
        path = self._path_to(containers)
        inside = {id(part) for part in containers}
        waiting = [self._body]
        while waiting:
            element = waiting.pop()
            if id(element) not in self._facts:
                continue
            if id(element) in inside or (keeps_title and element.tag == "h1"):
                continue
            if id(element) in path or (keeps_title and self._of(element).holds_title):
                waiting += _elements_in(element)
            elif self._of(element).text and not (
                _is_contents(element) or self._is_among_words(element)
            ):
                self._omitted[id(element)] = "navigation"

    def _is_among_words(self, element: Element) -> bool:
        """Return whether an element is part of a line that has words of its own."""
        above: Element | None = element
        while above is not None and not is_block(above):
            above = self._parents.get(id(above))
            if above is not None and _has_words(above):
                return True
        return False

    def _leave_out_ends(self, containers: list[Element]) -> None:
        """Leave out the lists of links after an article, with the headings over them."""
        parts = [part for container in containers for part in self._loose_parts(container, set())]
        last = max((n for n, (_, facts) in enumerate(parts) if facts.prose >= _LONG), default=-1)
        over: list[Element] = []
        for element, facts in parts[last + 1 :]:
            if facts.links > 1 and facts.site_links and 2 * facts.linked > facts.text:
                self._omitted.update((id(part), "navigation") for part in (*over, element))
                over = []
            else:
                over = [element] if heading_level(element) else []

    def _path_to(self, containers: list[Element]) -> set[int]:
        """Return the identities of all elements that hold one of `containers`."""
        holding = {id(part) for part in containers}
        order = [part for part in self._body.elements() if id(part) in self._facts]
        for element in reversed(order):
            if any(id(child) in holding for child in element.children):
                holding.add(id(element))
        return holding

    def _leave_out_edges(self, containers: list[Element]) -> None:
        """Leave out lists of links, and what closes a page, outside of its text."""
        inside = {id(part) for part in containers}
        parts = list(self._loose_parts(self._body, inside))
        prose = [number for number, (_, facts) in enumerate(parts) if facts.prose]
        if not prose and not containers:
            return
        first, last = (prose[0], prose[-1]) if prose else (len(parts), -1)
        for number, (element, facts) in enumerate(parts):
            if id(element) in inside or facts.prose or _is_contents(element):
                continue
            is_before, is_after = number < first, number > last
            if (
                _is_list_of_links(facts, is_before or is_after)
                or ((is_before or is_after) and _is_way_on(facts))
                or (is_before and _says(_SKIPPING, element, facts))
                or (is_after and _says(_CLOSING, element, facts))
            ):
                self._omitted[id(element)] = "navigation"

    def _loose_parts(self, whole: Element, inside: set[int]) -> Iterator[tuple[Element, Facts]]:
        """Yield the largest blocks that hold no prose, and the smallest that do, in order."""
        waiting = [whole]
        while waiting:
            element = waiting.pop()
            facts = self._facts.get(id(element))
            if facts is None or not facts.text:
                continue
            is_prose = bool(facts.prose) and id(element) not in inside
            blocks = [child for child in _elements_in(element) if self._of(child).text]
            if (is_prose and any(is_block(child) or self._of(child).prose for child in blocks)) or (
                not facts.prose and any(child.tag in _SPLIT for child in blocks)
            ):
                waiting += reversed(blocks)
            else:
                yield element, facts


_HOST = re.compile(r"https?://(?:www\.)?([^/?#]+)", re.IGNORECASE)


def _host(address: str) -> str:
    """Return the name under which the host of an address is registered."""
    host = _HOST.match(address)
    if not host:
        return ""
    labels = host[1].lower().split(".")
    is_under_country = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3 if is_under_country else -2 :])


def _site_of(root: Element, address: str) -> str:
    """Return the host of a page as it says it, "" if it does not."""
    links = (part for part in root.all("link") if "canonical" in part.get("rel").lower())
    return _host(address) or next((_host(part.get("href")) for part in links), "")


_SPLIT = frozenset({"h1", "h2", "h3", "p", "div", "table", "tr", "td", "tbody", "center"})


def _names(element: Element) -> list[str]:
    """Return the names of the classes of an element, and its own if that is a telling one."""
    names = hyphened(element.get("class")).split()
    identity = element.get("id").lower()
    # The name of a section is that of its heading, which may be about anything.
    if element.tag in _TOLD_BY_NAME and (_SURE.match(identity) or _CONSENT.match(identity)):
        names.append(identity)
    return names


def _elements_in(element: Element) -> list[Element]:
    return [child for child in element.children if isinstance(child, Element)]


def _has_words(element: Element) -> bool:
    return any(isinstance(child, str) and child.strip() for child in element.children)


def _is_article(element: Element) -> bool:
    return element.tag == "article" or element.get("role") == "article"


def _is_main(element: Element) -> bool:
    return element.tag == "main" or element.get("role") == "main"


def _is_list_of_links(facts: Facts, is_edge: bool) -> bool:
    """Return whether a part is a list of links to other pages of the site.

    A list of references leads elsewhere, and a table of contents to places in pages. Between
    paragraphs of the text, a list must be long and nothing but links.
    """
    least, share = (3, 7) if is_edge else (5, 9)
    return (
        facts.links >= least
        and 10 * facts.linked > share * facts.text
        and 2 * facts.inner_links < facts.links
        and 2 * facts.site_links > facts.links
    )


def _is_contents(element: Element) -> bool:
    """Return whether a part says that it is a table of contents."""
    parts = element.elements()
    return any(_CONTENTS.search(part.get("class")) for part in parts if part.tag in _LISTING)


def _is_way_on(facts: Facts) -> bool:
    """Return whether a part is nothing but links to other pages: "Next", "Home"."""
    return facts.site_links > 0 and 10 * facts.linked > 9 * facts.text and not facts.holds_title


def _says(wording: re.Pattern[str], element: Element, facts: Facts) -> bool:
    return facts.text <= 2 * _LONGEST_CHROME and wording.search(element.wording()) is not None


def _is_prose(facts: Facts) -> bool:
    unlinked = facts.own - facts.own_linked
    return unlinked >= _LONG or (unlinked >= _LONG_SENTENCE and facts.last in _ENDS)
