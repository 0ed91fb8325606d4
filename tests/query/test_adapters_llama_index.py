"""The LlamaIndex adapter against the real library, and against Retriever."""

import asyncio
from typing import Any

import pytest
from seed_index import MIXED, SEEDS, questions

from query.retriever import Retriever

pytest.importorskip("llama_index.core")

from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.callbacks.schema import CBEventType
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.schema import MetadataMode, NodeWithScore, QueryBundle, TextNode

from query.adapters.llama_index import PassageRetriever

pytestmark = pytest.mark.slow

Options = dict[str, Any]


def expected(
    retriever: Retriever, question: str, options: Options | None = None
) -> list[tuple[str, str, float]]:
    ranking = retriever.retrieve(question, **{"matches_only": True, **(options or {})})
    return [(hit.passage.passage_id, hit.text, hit.score) for hit in ranking]


def got(nodes: list[NodeWithScore]) -> list[tuple[str, str, float | None]]:
    return [(node.node_id, node.text, node.score) for node in nodes]


def test_parity_over_all_questions(retriever: Retriever) -> None:
    adapter = PassageRetriever(retriever, k=7)
    assert len(questions()) >= 100
    for question in questions():
        assert got(adapter.retrieve(question)) == expected(retriever, question, {"k": 7})


@pytest.mark.parametrize("only", [{"docs": "003*"}, {"where": ["author = luzin", "date < 2024"]}])
def test_parity_of_every_option(retriever: Retriever, only: Options) -> None:
    options: Options = {"k": 3, **only, "mode": "lexical", "min_score": 0.4}
    adapter = PassageRetriever(retriever, **options)
    for question in questions()[:20]:
        bundle = QueryBundle(question)
        assert got(adapter.retrieve(bundle)) == expected(retriever, question, options)


def test_async(retriever: Retriever) -> None:
    adapter = PassageRetriever(retriever)
    some = questions()[:8]

    async def ask() -> list[list[NodeWithScore]]:
        answers: list[list[NodeWithScore]] = await asyncio.gather(
            *(adapter.aretrieve(question) for question in some)
        )
        return answers

    assert [got(nodes) for nodes in asyncio.run(ask())] == [
        expected(retriever, question) for question in some
    ]


def test_offsets_reproduce_the_source(retriever: Retriever) -> None:
    for question in questions()[:10]:
        for found in PassageRetriever(retriever).retrieve(question):
            node = found.node
            assert isinstance(node, TextNode)
            text = (SEEDS / node.metadata["doc_id"]).read_bytes().decode("utf-8-sig")
            assert text[node.start_char_idx : node.end_char_idx] == node.text
            assert node.metadata["source"] == str(SEEDS / node.metadata["doc_id"])
            assert node.source_node is not None
            assert node.source_node.node_id == node.metadata["doc_id"]
            assert node.source_node.hash == node.metadata["document_sha256"]


def test_the_model_is_not_told_what_is_for_programs(retriever: Retriever) -> None:
    node = PassageRetriever(retriever, k=1).retrieve("ceasefire terms")[0].node
    told = node.get_content(MetadataMode.LLM)
    assert "paragraph: 1" in told
    assert str(SEEDS) not in told
    assert "sha256" not in told
    assert "score" not in told
    assert "sha256" not in node.get_content(MetadataMode.EMBED)


def test_callbacks_are_told(retriever: Retriever) -> None:
    log = LlamaDebugHandler(print_trace_on_end=False)
    adapter = PassageRetriever(retriever, callback_manager=CallbackManager([log]))
    adapter.retrieve("ceasefire terms")
    assert len(log.get_event_pairs(CBEventType.RETRIEVE)) == 1


def test_a_query_engine_takes_it(retriever: Retriever) -> None:
    synthesizer = get_response_synthesizer(llm=MockLLM())
    engine = RetrieverQueryEngine(PassageRetriever(retriever, k=2), synthesizer)
    response = engine.query("ceasefire terms")
    assert got(response.source_nodes) == expected(retriever, "ceasefire terms", {"k": 2})
    assert "remorseless efforts" in str(response)


def test_what_is_no_better_than_chance_is_left_out(retriever: Retriever) -> None:
    for question in MIXED:
        options: Options = {"matches_only": False}
        found = PassageRetriever(retriever, **options).retrieve(question)
        assert got(found) == expected(retriever, question, options)
        assert len(found) == 5
        matching = [node for node in found if node.metadata["passage_matches"]]
        first = PassageRetriever(retriever).retrieve(question)
        assert [node.node_id for node in first[: len(matching)]] == [n.node_id for n in matching]
        assert all(node.metadata["passage_matches"] for node in first)
    assert PassageRetriever(retriever).retrieve("chocolate cake recipe") == []
