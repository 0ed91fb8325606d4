"""The LangChain adapter against the real library, and against Retriever."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from seed_index import MIXED, SEEDS, questions

from query.citing.citations import Citation, verify_citations
from query.retriever import Retriever

pytest.importorskip("langchain_core")

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.load import dumps
from langchain_core.runnables import RunnableLambda

from query.adapters.langchain import PassageRetriever

pytestmark = pytest.mark.slow

Options = dict[str, Any]


def expected(
    retriever: Retriever, question: str, options: Options | None = None
) -> list[tuple[str | None, str]]:
    ranking = retriever.retrieve(question, **{"matches_only": True, **(options or {})})
    return [(hit.passage.passage_id, hit.text) for hit in ranking]


def got(documents: list[Document]) -> list[tuple[str | None, str]]:
    return [(document.id, document.page_content) for document in documents]


def test_parity_over_all_questions_in_a_batch(retriever: Retriever) -> None:
    assert len(questions()) >= 100
    answers = PassageRetriever(retriever=retriever, k=7).batch(questions())
    assert [got(answer) for answer in answers] == [
        expected(retriever, question, {"k": 7}) for question in questions()
    ]


@pytest.mark.parametrize("only", [{"docs": "003*"}, {"where": ["author = luzin", "date < 2024"]}])
def test_parity_of_every_option(retriever: Retriever, only: Options) -> None:
    options: Options = {"k": 3, **only, "mode": "lexical", "min_score": 0.4}
    adapter = PassageRetriever(retriever=retriever, **options)
    for question in questions()[:20]:
        assert got(adapter.invoke(question)) == expected(retriever, question, options)


def test_async_and_abatch(retriever: Retriever) -> None:
    adapter = PassageRetriever(retriever=retriever)
    some = questions()[:8]

    async def ask() -> list[list[Document]]:
        return [await adapter.ainvoke(some[0]), *await adapter.abatch(some[1:])]

    assert [got(answer) for answer in asyncio.run(ask())] == [
        expected(retriever, question) for question in some
    ]


def test_callbacks_are_told(retriever: Retriever) -> None:
    class Log(BaseCallbackHandler):
        def __init__(self) -> None:
            self.events: list[str | int] = []

        def on_retriever_start(self, serialized: object, query: str, **_: object) -> None:
            self.events.append(query)

        def on_retriever_end(self, documents: Sequence[Document], **_: object) -> None:
            self.events.append(len(documents))

        def on_retriever_error(self, error: BaseException, **_: object) -> None:
            self.events.append(str(error))

    log = Log()
    adapter = PassageRetriever(retriever=retriever, k=2)
    adapter.invoke("ceasefire terms", config={"callbacks": [log]})
    with pytest.raises(Exception, match="empty"):
        adapter.invoke(" ", config={"callbacks": [log]})
    assert log.events[:3] == ["ceasefire terms", 2, " "]
    assert "empty" in str(log.events[3])


def test_metadata_is_a_citation_that_holds(retriever: Retriever) -> None:
    documents = PassageRetriever(retriever=retriever).invoke("ceasefire terms")
    citations = [
        Citation(
            number=document.metadata["rank"],
            doc_id=document.metadata["doc_id"],
            start=document.metadata["start"],
            end=document.metadata["end"],
            document_sha256=document.metadata["document_sha256"],
            passage_sha256=document.metadata["passage_sha256"],
        )
        for document in documents
    ]
    assert [v.status for v in verify_citations(citations, retriever.corpus)] == ["unchanged"] * 5
    assert [document.metadata["rank"] for document in documents] == [1, 2, 3, 4, 5]
    assert documents[0].metadata["score"] == retriever.retrieve("ceasefire terms")[0].score
    assert "ceasefire" in dumps(documents)


def test_the_source_is_the_file_or_the_id_of_a_text(retriever: Retriever) -> None:
    [document] = PassageRetriever(retriever=retriever, k=1).invoke("ceasefire terms")
    source = Path(document.metadata["source"])
    assert source == SEEDS / document.metadata["doc_id"]
    assert document.page_content in source.read_text(encoding="utf-8")
    url = "https://example.org/ferry"
    with Retriever.from_texts({url: "The ferry leaves at noon."}) as texts:
        [document] = PassageRetriever(retriever=texts, matches_only=False).invoke("ferry")
    assert document.metadata["source"] == url


def test_a_chain_takes_it(retriever: Retriever) -> None:
    def ids_of(documents: list[Document]) -> str:
        return "|".join(str(document.id) for document in documents)

    chain = PassageRetriever(retriever=retriever, k=2) | RunnableLambda(ids_of)
    ids = [hit.passage.passage_id for hit in retriever.retrieve("ceasefire terms", 2)]
    assert chain.invoke("ceasefire terms") == "|".join(ids)


def test_what_is_no_better_than_chance_is_left_out(retriever: Retriever) -> None:
    for question in MIXED:
        options: Options = {"matches_only": False}
        found = PassageRetriever(retriever=retriever, **options).invoke(question)
        assert got(found) == expected(retriever, question, options)
        assert len(found) == 5
        matching = [document for document in found if document.metadata["passage_matches"]]
        first = PassageRetriever(retriever=retriever).invoke(question)
        assert [document.id for document in first[: len(matching)]] == [d.id for d in matching]
        assert all(document.metadata["passage_matches"] for document in first)
    assert PassageRetriever(retriever=retriever).invoke("chocolate cake recipe") == []
