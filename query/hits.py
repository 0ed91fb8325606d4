"""A hit: a passage that was found for a question, with its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index import DocumentRecord, Locator, Passage, Scores, Sentence
from query.showing.safe_text import shown

if TYPE_CHECKING:
    from query.citing.citation_line import CitationLine
    from query.citing.citations import Citation

# Of the best sentence, where a hit is shown on one line.
_MOST_SHOWN = 200


def place_values(locator: Locator) -> dict[str, Any]:
    """Return a place by name, as JSON has it; what a source does not have is None."""
    return {
        "page": locator.page,
        "page_end": locator.page_end,
        "page_label": locator.label or None,
        "time": locator.time,
        "time_end": locator.time_end,
    }


def address_of(passage: Passage) -> str:
    """Return the path of the file of a passage with the fragment that opens its place, if any."""
    fragment = passage.locator.fragment
    return f"{passage.doc_id}#{fragment}" if fragment else passage.doc_id


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage in a ranking.

    `best` is the sentence nearest to the question, as a span of the document like those of the
    passage; `also_in` holds the ids of passages elsewhere that say the same, word for word.
    `p_chance` is the chance that a question on something else finds as good a match in this corpus.
    The passage `matches` if that is small enough: it is on the topic then. Whether it answers the
    question is not judged. `str()` of it is one line for people.
    """

    rank: int
    score: float
    passage: Passage
    best: Sentence
    scores: Scores
    document: DocumentRecord
    p_chance: float
    matches: bool
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The passage's text, as it stands in the source, its gaps left out."""
        return self.passage.text

    @property
    def best_text(self) -> str:
        """The text of the best sentence."""
        return self.passage.text_of(self.best.start, self.best.end)

    def __str__(self) -> str:
        passage = self.passage
        best = passage.reading_of(self.best.start, self.best.end)
        if len(best) > _MOST_SHOWN:
            best = f"{best[:_MOST_SHOWN].rstrip()}…"
        chance = "" if self.matches else ", no better than chance"
        place = passage.locator.after(passage.doc_id)
        return shown(f"[{self.rank}] {place} ({self.score:.2f}{chance}): {best}")

    def _repr_html_(self) -> str:
        from query.showing.notebook import list_html

        return list_html([self.html_item()])

    def html_item(self) -> str:
        """Return the hit as an item of a list in HTML, its best sentence in bold."""
        # Imported late: a query at a terminal does without it.
        from query.showing.notebook import item_html

        passage = self.passage
        parts = [
            passage.locator.after(passage.doc_id),
            passage.place_words,
            f"paragraph {passage.number}",
            f"{self.score:.2f}",
            "" if self.matches else "no better than chance",
            f"also in {', '.join(self.also_in)}" if self.also_in else "",
        ]
        return item_html(
            self.rank,
            self.document.head.line or passage.doc_id,
            passage.text,
            (passage.place_of(self.best.start), passage.place_of(self.best.end)),
            " · ".join(part for part in parts if part),
        )

    @property
    def address(self) -> str:
        """The path of its file, relative to the folder, and the fragment that opens its place.

        "reports/2024.pdf#page=12"
        """
        return address_of(self.passage)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citation of each stretch of the passage, under the rank of the hit."""
        from query.citing.citation_line import citations_of

        return citations_of(self.document, self.passage, self.rank)

    @property
    def citation_line(self) -> CitationLine:
        """What `str()` makes one line of text of, by which anyone can check the passage."""
        from query.citing.citation_line import CitationLine

        return CitationLine.of(self.document, self.passage)

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as `query --json` prints it."""
        passage, best = self.passage, self.best
        return {
            "rank": self.rank,
            "score": round(self.score, 6),
            "p_chance": round(self.p_chance, 6),
            "matches": self.matches,
            "passage_id": passage.passage_id,
            "doc_id": passage.doc_id,
            "title": self.document.title,
            "subtitle": self.document.subtitle,
            "byline": self.document.byline,
            "date": self.document.date,
            "fields": {name: list(values) for name, values in self.document.fields.items()},
            "path": list(passage.path),
            "headings": list(passage.path),
            "number": passage.number,
            "line": passage.line or None,
            **place_values(passage.locator),
            "start": passage.start,
            "end": passage.end,
            "gaps": [[gap.start, gap.end] for gap in passage.gaps],
            "address": self.address,
            "text": passage.text,
            "table_header": passage.table_header,
            "best": {"start": best.start, "end": best.end, "text": self.best_text},
            "scores": {
                "passage": round(self.scores.passage, 6),
                "context": round(self.scores.context, 6),
                "sentence": round(self.scores.sentence, 6),
                "lexical": round(self.scores.lexical, 6),
            },
            "also_in": list(self.also_in),
        }
