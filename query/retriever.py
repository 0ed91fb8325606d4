"""Retriever: an opened index and an encoder; a question in, the exact top k passages out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Self
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from embed import TextEncoder
from index import DocumentRecord, Mode, Passage, open_index
from query.errors import QueryError
from query.hits import Hit
from query.index_searcher import IndexSearcher
from query.options import MOST_CHANCE, SearchOptions
from query.question import without_boilerplate, without_title
from query.ranking import Ranking
from query.searcher import Reranker, Searcher

if TYPE_CHECKING:
    from query.citing.answers import AnswerCheck
    from query.explaining.explanation import Explanation
    from query.explaining.why_not import WhyNot
    from query.texts import Texts

_LONGEST_QUERY = 100_000
"""Characters of a question beyond which it is refused."""


class Retriever:
    """Finds passages in one generation of an index; safe to share between threads.

    It stays on that generation, whatever is published meanwhile, until `refresh` is called.

    >>> with Retriever.open() as retriever:            # doctest: +SKIP
    ...     for hit in retriever.retrieve("ceasefire terms", k=3):
    ...         print(hit.rank, hit.passage.passage_id, hit.best_text)
    """

    def __init__(
        self, searcher: Searcher, encoder: TextEncoder, reranker: Reranker | None = None
    ) -> None:
        searcher.check_model(encoder)
        # All that a generation has stands behind this one name: one assignment moves to another.
        self.searcher = searcher
        self.encoder = encoder
        self.reranker = reranker

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
        *,
        encoder: TextEncoder | None = None,
        reranker: Reranker | None = None,
    ) -> Self:
        """Open the index at `path`, or the one that the `query` command would find from here.

        Several paths are searched as one index: everything is as in one that was built from all of
        their folders, and the id of a document is its path in the deepest folder that holds them
        all. If several of them have a document, it is that of the first. What unrelated questions
        score in them together is learnt when they are first opened, and kept in the cache folder.

        An index in Milvus is named by its address, such as "milvus://host:19530/news", alone.

        `encoder` is by default the model that the index was built with. Raises NoIndexError,
        DamagedIndexError, FormatError if another version wrote the index, or ModelError if
        the model is another one or cannot be found, or if several have several; EngineError if
        Milvus does not answer.
        """
        from index import JointCalibration

        index = open_index(path)
        try:
            opened = encoder or index.open_encoder()
            searcher = IndexSearcher(index, JointCalibration(lambda: opened))
            retriever = cls(searcher, opened, reranker)
            searcher.learn()
        except BaseException:
            index.close()
            raise
        return retriever

    @classmethod
    def from_texts(cls, texts: Texts, *, encoder: TextEncoder | None = None) -> Self:
        """Index texts by their ids, in a temporary directory that goes when this is closed.

        The ids of a list are its numbers, counted from 1: "2" stands for `texts[1]`. A text is read
        as its id tells, as Markdown if that ends in `.md`. A SourceDocument may say otherwise, and
        give a title and fields:

        >>> from query import SourceDocument
        >>> source = SourceDocument("# Relays", format="markdown", fields={"team": "ops"})
        >>> Retriever.from_texts({"note-1": source})    # doctest: +SKIP

        A match says that a text is on the topic, and with few texts it says little more. Over ten
        paragraphs of an encyclopedia article 98 % of 160 questions matched; without the sentences
        that answer them it was 88 %. So did 71 % of 459 questions that only other paragraphs of
        the article answer, and 1 % of unrelated ones.

        The ids become the doc_ids: any name, a URL too, that is not empty, holds no control
        character, does not begin with a slash and has no `..` between slashes. Raises CorpusError
        for another one, for a document that cannot be read, and if there is no word to index.
        """
        from query.temporary_index import index_texts

        retriever = cls._open_temporary(*index_texts(texts, encoder))
        retriever._has_files = False
        return retriever

    @classmethod
    def from_folder(
        cls, folder: str | os.PathLike[str], *, encoder: TextEncoder | None = None
    ) -> Self:
        """Index a folder on the spot, in a temporary directory that goes when this is closed.

        Nothing is written into `folder`. Raises CorpusError if there is nothing to index.
        """
        from query.temporary_index import index_folder

        return cls._open_temporary(*index_folder(folder, encoder))

    @classmethod
    def _open_temporary(cls, directory: Path, encoder: TextEncoder) -> Self:
        import shutil

        try:
            retriever = cls.open(directory, encoder=encoder)
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        # If nobody closes it, as in a notebook, this happens when it is collected, or at exit.
        retriever._remove_files = finalize(retriever, shutil.rmtree, directory, ignore_errors=True)
        return retriever

    _remove_files: finalize[..., Self] | None = None
    _has_files = True

    def __len__(self) -> int:
        """Return how many passages there are."""
        return self.searcher.passages

    @property
    def generation(self) -> str:
        """The name of the generation of the index that is searched."""
        return self.searcher.generation

    @property
    def corpus(self) -> Path:
        """The folder that was indexed, or the deepest that holds all that were.

        After `from_texts` it does not exist: `verify_citations` takes the texts instead.
        """
        return self.searcher.corpus

    def refresh(self) -> bool:
        """Move to the generation that is in use now, and return True if that is another one.

        Rankings under way in other threads are finished on the one they began with. On an error,
        as `open` raises them, it stays on the generation that it has.
        """
        newest = self.searcher.newest()
        if newest is None:
            return False
        try:
            newest.check_model(self.encoder)
        except BaseException:
            newest.close()
            raise
        self.searcher = newest
        return True

    def close(self) -> None:
        """Close the index; nothing can be asked any more."""
        self.searcher.close()
        if self._remove_files is not None:
            self._remove_files()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def retrieve(  # noqa: PLR0913 - an argument each
        self,
        query: str,
        k: int = 5,
        docs: str | Sequence[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        most_chance: float = MOST_CHANCE,
        fields: Mapping[str, str] | None = None,
        matches_only: bool = False,
        where: str | Sequence[str] | None = None,
    ) -> Ranking:
        """Return the `k` best passages for a question, best first; fewer if there are no more.

        `docs` is a glob of doc_ids, or several, that the passages must come from. `where` is a
        condition on their documents, or several that must all hold: "date >= 2023-06",
        "author = Luzin", "tag = energy"; `query.filtering.documents` says what they mean. `fields`
        are whole values that a document must have, by name. `mode` is "hybrid" (the default),
        "dense" or "lexical"; hits that score below `min_score` are left out. The order is exact for
        the score in use, and equal scores stand in order of passage.

        A passage matches up to a `p_chance` of `most_chance`, and the ranking's verdict is "match"
        if any passage does, among the first `k` or not. Something here is on the topic then;
        whether it answers the question is not judged. With `matches_only` only passages that match
        are hits, and `k` counts them; if there are none, `nearest` holds the `k` nearest.

        Words of a question that only say where its answer stands ("According to the passage, ...")
        are not looked for. If nothing matches, and the question holds the title of the first hit's
        document, that document alone is asked, without the title. If something matches there, that
        is the ranking.

        Raises QueryError for an empty question, k < 1, an unknown mode, a score or chance that is
        no number, or a filter that fits no document; DamagedIndexError if the index turns out not
        to be readable, and ClosedIndexError after `close`.
        """
        options = SearchOptions(
            k, docs, mode, min_score, most_chance, fields, matches_only, where=where
        )
        [ranking] = self.search([query], options)
        return ranking

    async def aretrieve(  # noqa: PLR0913 - an argument each
        self,
        query: str,
        k: int = 5,
        docs: str | Sequence[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        most_chance: float = MOST_CHANCE,
        fields: Mapping[str, str] | None = None,
        matches_only: bool = False,
        where: str | Sequence[str] | None = None,
    ) -> Ranking:
        """As `retrieve`, in a thread, so that the event loop goes on meanwhile.

        A task that is cancelled ends at once; its search goes on in the thread, for nobody.
        """
        from asyncio import to_thread

        options = SearchOptions(
            k, docs, mode, min_score, most_chance, fields, matches_only, where=where
        )
        [ranking] = await to_thread(self.search, [query], options)
        return ranking

    def retrieve_batch(  # noqa: PLR0913 - an argument each
        self,
        queries: Sequence[str],
        k: int = 5,
        docs: str | Sequence[str] | None = None,
        mode: Mode = "hybrid",
        *,
        min_score: float | None = None,
        most_chance: float = MOST_CHANCE,
        fields: Mapping[str, str] | None = None,
        matches_only: bool = False,
        where: str | Sequence[str] | None = None,
    ) -> list[Ranking]:
        """Return one ranking per question, each as `retrieve` gives it for that question alone."""
        options = SearchOptions(
            k, docs, mode, min_score, most_chance, fields, matches_only, where=where
        )
        return self.search(queries, options)

    def search(self, queries: Sequence[str], options: SearchOptions) -> list[Ranking]:
        """Return one ranking per question; as `retrieve_batch`, with the options as one value."""
        if isinstance(queries, str):
            raise QueryError("a batch is a list of questions: for one alone there is retrieve")
        questions = [_checked(query) for query in queries]
        searcher = self.searcher
        deeper = self._deeper(options)
        asked = [without_boilerplate(question) for question in questions]
        vectors = self.encoder.encode_queries(asked)
        rankings = [
            self._rank(searcher, about, vector, deeper)
            for about, vector in zip(asked, vectors, strict=True)
        ]
        return [
            self._reranked(replace(ranking, query=question, asked=ranking.query), options.k)
            for question, ranking in zip(questions, rankings, strict=True)
        ]

    def _rank(
        self, searcher: Searcher, asked: str, vector: NDArray[np.float32], options: SearchOptions
    ) -> Ranking:
        """Rank for a question; if nothing matches, once more without the title that it holds."""
        ranking = searcher.rank(asked, vector, options)
        first = next(iter(ranking.hits or ranking.nearest), None)
        if ranking.verdict == "match" or first is None:
            return ranking
        rest = without_title(asked, first.document.title)
        if rest is None:
            return ranking
        [vector] = self.encoder.encode_queries([rest])
        inside = searcher.rank(rest, vector, replace(options, docs=(first.document.doc_id,)))
        return inside if inside.verdict == "match" else ranking

    def _reranked(self, ranking: Ranking, k: int) -> Ranking:
        """Return the first `k` hits in the order of the further stage, or the nearest ones so."""
        if self.reranker is None:
            return ranking
        if not ranking.nearest:
            return self.reranker.rerank(ranking)[:k]
        nearest = self.reranker.rerank(replace(ranking, hits=ranking.nearest, nearest=()))[:k]
        return replace(nearest, hits=(), nearest=nearest.hits)

    def like(self, passage_id: str, options: SearchOptions | None = None) -> Ranking:
        """Return the passages that say something similar to one of them, best first.

        They are ranked as for a question that is the text of the passage. It is left out itself,
        and so are those that say the same. The verdict is that of the others. Raises
        NoSuchPassageError if there is no such passage, and what `retrieve` raises.
        """
        from query.places import read

        options = options or SearchOptions()
        searcher = self.searcher
        _, [passage] = read(searcher, passage_id)
        question = _checked(passage.reading)
        [vector] = self.encoder.encode_queries([question])
        deeper = replace(self._deeper(options), without=(*options.without, passage_id))
        return self._reranked(searcher.rank(question, vector, deeper), options.k)

    def _deeper(self, options: SearchOptions) -> SearchOptions:
        """Return the options with which the further stage gets as many hits as it asks for."""
        if self.reranker is None:
            return options
        return replace(options, k=max(options.k, self.reranker.depth))

    def explain(self, ranking: Ranking, rank: int) -> Explanation:
        """Return why a hit of a ranking has its score: as one sum, down to tokens and words.

        `rank` is that of the hit, or of one of the `nearest` if there are no hits. Raises
        QueryError if there is no such hit, or if the index has moved on since.
        """
        from query.explaining.explainer import Explainer

        hits = ranking.hits or ranking.nearest
        hit = next((hit for hit in hits if hit.rank == rank), None)
        if hit is None:
            raise QueryError(f"there is no hit {rank}: the ranking has {len(hits)}")
        explainer = Explainer.of(self.searcher, self.encoder, ranking)
        [explanation] = explainer.explain([(hit.document, hit.passage)])
        return explanation

    def why_not(self, query: str, passage_id: str, options: SearchOptions | None = None) -> WhyNot:
        """Return why a passage is not among the hits of a question: where it stands, and why.

        Every passage is scored for that. Raises NoSuchPassageError if there is no such passage, and
        what `retrieve` raises.
        """
        from query.explaining.explainer import Explainer
        from query.explaining.why_not import why_not
        from query.places import read

        options = options or SearchOptions()
        searcher = self.searcher
        document, [passage] = read(searcher, passage_id)
        [ranking] = self.search([query], options)
        explainer = Explainer.of(searcher, self.encoder, ranking)
        return why_not(explainer, ranking, document, passage, options)

    def documents(self) -> list[DocumentRecord]:
        """Return every document, in order of `doc_id`."""
        return self.searcher.documents()

    def passages(self, doc_id: str) -> tuple[Passage, ...]:
        """Return the passages of a document in order.

        Raises NoSuchPassageError if there is no such document.
        """
        from query.places import document_of

        document = document_of(self.searcher, doc_id)
        return self.searcher.passages_of(document, 1, document.passages)

    def text(self, doc_id: str) -> str:
        """Return the text of a document, in which offsets count: `text[start:end]` is a passage.

        That of a PDF, say, is the text that was extracted from it. Raises NoSuchPassageError if
        there is no such document, and CorpusError if the file of a text has changed or is gone.
        """
        from query.document_text import document_text

        return document_text(self.searcher, doc_id)

    def source(self, doc_id: str) -> str:
        """Return the path of the file of a document; after `from_texts`, which has none, its id."""
        return str(self.corpus / doc_id) if self._has_files else doc_id

    def expand(self, hit: Hit, before: int = 1, after: int = 1) -> tuple[Passage, ...]:
        """Return the passage of a hit among its neighbours in the document, in order of reading.

        Raises NoSuchPassageError if the hit is from another generation of the index, or
        if `before` or `after` is negative.
        """
        from query.places import expand

        return expand(self.searcher, hit, before, after)

    def read(
        self, passage_id: str, before: int = 0, after: int = 0
    ) -> tuple[DocumentRecord, tuple[Passage, ...]]:
        """Return a passage by its id, among its neighbours, with the document that they stand in.

        Raises NoSuchPassageError if there is none.
        """
        from query.places import read

        return read(self.searcher, passage_id, before, after)

    def check_answer(self, answer: str, hits: Iterable[Hit]) -> AnswerCheck:
        """As `query.check_answer`, with the model and the word counts of this index."""
        from query.citing.answers import check_answer

        return check_answer(answer, hits, self.encoder, counts=self.searcher)


def _checked(query: str) -> str:
    """Return the question as it will be read: no lone surrogates, not empty, not endless."""
    if not isinstance(query, str):
        raise QueryError(f"a question is text, not {type(query).__name__}")
    query = query.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not query.strip():
        raise QueryError("the question is empty: type some words")
    if len(query) > _LONGEST_QUERY:
        raise QueryError(
            f"the question has {len(query):,} characters, more than {_LONGEST_QUERY:,}: shorten it"
        )
    return query
