"""The Haystack adapter against the real library, and against Retriever."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from seed_index import MIXED, SEEDS, questions, seed_index

from index.errors import NoIndexError
from query.retriever import Retriever

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
pytest.importorskip("haystack")

from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from haystack.core.errors import DeserializationError

from query.adapters.haystack import PassageRetriever

pytestmark = pytest.mark.slow

Options = dict[str, Any]
MODULE = "query.adapters.haystack"


def expected(
    retriever: Retriever, question: str, options: Options | None = None
) -> list[tuple[Any, ...]]:
    ranking = retriever.retrieve(question, **{"matches_only": True, **(options or {})})
    return [(hit.passage.passage_id, hit.text, hit.score, hit.rank) for hit in ranking]


def got(documents: list[Document]) -> list[tuple[Any, ...]]:
    return [(found.id, found.content, found.score, found.meta["rank"]) for found in documents]


def adapter(top_k: int = 5, *, matches_only: bool = True) -> PassageRetriever:
    return PassageRetriever(str(seed_index()), top_k, matches_only=matches_only)


def test_parity_over_all_questions(retriever: Retriever) -> None:
    component = adapter(top_k=7)
    assert len(questions()) >= 100
    for question in questions():
        documents = component.run(question)["documents"]
        assert got(documents) == expected(retriever, question, {"k": 7})


@pytest.mark.parametrize("only", [{"docs": ["003*"]}, {"where": ["author = luzin", "date < 2024"]}])
def test_parity_of_every_option(retriever: Retriever, only: Options) -> None:
    component = PassageRetriever(str(seed_index()), mode="lexical", min_score=0.4, **only)
    for question in questions()[:20]:
        options: Options = {"k": 3, **only, "mode": "lexical", "min_score": 0.4}
        documents = component.run(question, top_k=3)["documents"]
        assert got(documents) == expected(retriever, question, options)


def test_async(retriever: Retriever) -> None:
    component = adapter()
    some = questions()[:8]

    async def ask() -> list[Any]:
        return await asyncio.gather(*(component.run_async(question) for question in some))

    assert [got(answer["documents"]) for answer in asyncio.run(ask())] == [
        expected(retriever, question) for question in some
    ]


def pipeline() -> Pipeline:
    made = Pipeline()
    component = PassageRetriever(str(seed_index()), top_k=2, docs=["003*"], where=["date < 2024"])
    made.add_component("retriever", component)
    template = "{% for d in documents %}[{{ d.meta.rank }}] {{ d.content }}\n{% endfor %}"
    made.add_component("prompt", PromptBuilder(template, required_variables=["documents"]))
    made.connect("retriever.documents", "prompt.documents")
    return made


def run(made: Pipeline) -> str:
    prompt: str = made.run({"retriever": {"query": "ceasefire terms"}})["prompt"]["prompt"]
    return prompt


def test_a_pipeline_is_saved_and_read_back(retriever: Retriever) -> None:
    made = pipeline()
    text = made.dumps()
    read = Pipeline.loads(text, allowed_modules=[MODULE])
    assert read.dumps() == text
    hits = retriever.retrieve("ceasefire terms", 2)
    assert run(made) == run(read) == "".join(f"[{hit.rank}] {hit.text}\n" for hit in hits)
    component = read.get_component("retriever")
    assert isinstance(component, PassageRetriever)
    assert (component.top_k, component.docs, component.mode) == (2, ["003*"], "hybrid")
    assert component.where == ["date < 2024"]


def test_a_pipeline_from_elsewhere_is_not_trusted_by_itself() -> None:
    with pytest.raises(DeserializationError):
        Pipeline.loads(pipeline().dumps())


def test_a_pipeline_runs_asynchronously(retriever: Retriever) -> None:
    made = Pipeline()
    made.add_component("retriever", adapter(top_k=3))
    result = asyncio.run(made.run_async({"retriever": {"query": "ceasefire terms"}}))
    assert got(result["retriever"]["documents"]) == expected(retriever, "ceasefire terms", {"k": 3})


def test_the_index_is_opened_at_warm_up_and_not_before(tmp_path: Path) -> None:
    component = PassageRetriever(str(tmp_path))
    with pytest.raises(NoIndexError):
        component.warm_up()


def test_documents_survive_their_own_round_trip() -> None:
    [document] = adapter(top_k=1).run("ceasefire terms")["documents"]
    assert document.meta["source"] == str(SEEDS / document.meta["doc_id"])
    assert Document.from_dict(document.to_dict()) == document


def test_what_is_no_better_than_chance_is_left_out(retriever: Retriever) -> None:
    for question in MIXED:
        options: Options = {"matches_only": False}
        found = adapter(matches_only=False).run(question)["documents"]
        assert got(found) == expected(retriever, question, options)
        assert len(found) == 5
        matching = [document for document in found if document.meta["passage_matches"]]
        first = adapter().run(question)["documents"]
        assert [document.id for document in first[: len(matching)]] == [d.id for d in matching]
        assert all(document.meta["passage_matches"] for document in first)
    assert adapter().run("chocolate cake recipe") == {"documents": []}
