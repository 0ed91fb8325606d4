"""The retriever in the shape of other frameworks, one module each; each needs its extra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index import MissingExtraError
from query.citing.citations import Citation
from query.hits import place_values

if TYPE_CHECKING:
    from index import Locator
    from query.hits import Hit
    from query.ranking import Ranking


def missing_extra(extra: str, error: ImportError) -> MissingExtraError:
    """Return the error for an adapter whose library could not be imported."""
    return MissingExtraError(f"{extra} cannot be imported ({error}): pip install -e '.[{extra}]'")


def _place(locator: Locator) -> dict[str, str | int | float]:
    values = {"line": locator.line, **place_values(locator)}
    return {name: value for name, value in values.items() if value is not None}


def metadata_of(hit: Hit, ranking: Ranking, source: str) -> dict[str, str | int | float]:
    """Return what a framework keeps beside a passage's text: flat, and enough to cite it.

    `source` is the path of its file, or the id of a text that has none. `line`, `page`, `page_end`,
    `page_label`, `time` and `time_end` are there if the source has them. `section` are the headings
    over the passage; `path`, the name that they have in JSON, is the same. `start` and `end` with
    the two digests are a `Citation`. `verdict` and `p_chance` are those of the whole ranking,
    and `exact` is there if they are not. `passage_p_chance` and `passage_matches` are those of this
    passage.
    """
    passage, document = hit.passage, hit.document
    section = " › ".join(passage.path)
    citation = Citation.of(hit.rank, document, passage.start, passage.text)
    return {
        "source": source,
        "passage_id": passage.passage_id,
        "doc_id": passage.doc_id,
        "title": document.title,
        "subtitle": document.subtitle,
        "byline": document.byline,
        "date": document.date,
        "paragraph": passage.number,
        **_place(passage.locator),
        "section": section,
        "path": section,
        "address": hit.address,
        "start": citation.start,
        "end": citation.end,
        "document_sha256": citation.document_sha256,
        "passage_sha256": citation.passage_sha256,
        "best_sentence": hit.best_text,
        "rank": hit.rank,
        "score": hit.score,
        "passage_p_chance": hit.p_chance,
        "passage_matches": hit.matches,
        "verdict": ranking.verdict,
        "p_chance": ranking.p_chance,
        **({} if ranking.exact else {"exact": False}),
    }
