"""The MCP server through a real client: over stdio, and in this process for the finer points."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from seed_index import MIXED, ROOT, questions, seed_index
from small_index import write_corpus

from embed import Encoder
from index.build import EncoderSource, build_index
from query.citing.citations import Citation, verify_citations
from query.retriever import Retriever

pytest.importorskip("mcp")

from mcp import Client, StdioServerParameters

from query.adapters.mcp import build_server

pytestmark = pytest.mark.slow

Talk = Callable[[Client], Awaitable[None]]


def talk_over_stdio(talk: Talk, *arguments: str) -> None:
    async def session() -> None:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "query.mcp_server", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        async with Client(server) as client:
            await talk(client)

    asyncio.run(session())


def talk_here(retriever: Retriever, talk: Talk) -> None:
    async def session() -> None:
        async with Client(build_server(retriever)) as client:
            await talk(client)

    asyncio.run(session())


async def call(client: Client, tool: str, **arguments: object) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    content: dict[str, Any] | None = result.structured_content
    assert content is not None
    return content


async def complaint(client: Client, tool: str, **arguments: object) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content)


def test_over_stdio_from_several_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_corpus(tmp_path / "notes", {"a.md": "# Ferries\n\nThe ferry to Oban leaves at noon.\n"})
    build_index(tmp_path / "notes", tmp_path / "index", EncoderSource.of(Encoder.load()))
    monkeypatch.setenv("PASSAGE_CACHE", str(tmp_path / "cache"))

    async def talk(client: Client) -> None:
        found = await call(client, "search", query="when does the ferry leave?")
        [passage] = found["passages"]
        assert passage["text"].endswith("The ferry to Oban leaves at noon.")
        assert passage["passage_id"].endswith("notes/a.md#1")
        read = await call(client, "read_passage", passage_id=passage["passage_id"])
        assert [each["doc_id"] for each in read["passages"]] == [passage["doc_id"]]
        listed = await call(client, "list_documents")
        assert listed["total"] == 3
        assert (await call(client, "list_documents", docs="a.md"))["total"] == 1

    talk_over_stdio(talk, "--index", str(seed_index()), "--index", str(tmp_path / "index"))


def test_over_stdio(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "read_passage", "list_documents"}
        schema = tools["search"].input_schema
        assert schema["required"] == ["query"]
        assert schema["properties"]["k"]["maximum"] == 50
        assert schema["properties"]["mode"]["enum"] == ["hybrid", "dense", "lexical"]
        assert all(tool.output_schema and tool.description for tool in tools.values())

        found = await call(client, "search", query="ceasefire terms", k=3)
        ranking = retriever.retrieve("ceasefire terms", 3)
        assert found["verdict"] == ranking.verdict
        assert [p["passage_id"] for p in found["passages"]] == [
            hit.passage.passage_id for hit in ranking
        ]

        second = found["passages"][1]
        read = await call(client, "read_passage", passage_id=second["passage_id"], before=2)
        number = second["paragraph"]
        assert [p["paragraph"] for p in read["passages"]] == list(range(number - 2, number + 2))

        listed = await call(client, "list_documents")
        assert [d["doc_id"] for d in listed["documents"]] == [
            record.doc_id for record in retriever.documents()
        ]

        assert "the question is empty" in await complaint(client, "search", query=" ")

    talk_over_stdio(talk, "--index", str(seed_index()))


def test_parity_over_all_questions(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        for question in questions():
            found = await call(client, "search", query=question, k=7)
            got = [(p["passage_id"], p["text"], p["score"]) for p in found["passages"]]
            hits = retriever.retrieve(question, 7, matches_only=True)
            assert got == [(hit.passage.passage_id, hit.text, hit.score) for hit in hits]

    assert len(questions()) >= 100
    talk_here(retriever, talk)


def test_only_what_matches_is_among_the_passages(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        for question in MIXED:
            found = await call(client, "search", query=question, k=4)
            assert found["verdict"] == ("match" if found["passages"] else "no_match")
            assert all(passage["matches"] for passage in found["passages"])
            assert bool(found["passages"]) != bool(found["nearest"])
        everything = retriever.retrieve("chocolate cake recipe", 4)
        found = await call(client, "search", query="chocolate cake recipe", k=4)
        assert (found["verdict"], found["passages"]) == ("no_match", [])
        assert [(p["passage_id"], p["p_chance"], p["matches"]) for p in found["nearest"]] == [
            (hit.passage.passage_id, hit.p_chance, False) for hit in everything
        ]

    talk_here(retriever, talk)


def test_what_is_found_can_be_cited(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        found = await call(client, "search", query="ceasefire terms", hashes=True)
        citations = [
            Citation(
                passage["rank"],
                passage["doc_id"],
                passage["start"],
                passage["end"],
                passage["document_sha256"],
                passage["passage_sha256"],
            )
            for passage in found["passages"]
        ]
        assert len(citations) == 5
        assert all(v.status == "unchanged" for v in verify_citations(citations, retriever.corpus))

    talk_here(retriever, talk)


def test_a_score_is_explained_if_that_is_asked_for(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        plain = await call(client, "search", query="ceasefire terms", k=2)
        assert not any("explain" in passage for passage in plain["passages"])
        found = await call(client, "search", query="ceasefire terms", k=2, explain=True)
        for passage in found["passages"]:
            parts = passage["explain"]
            assert abs(sum(part["share"] for part in parts) - passage["score"]) < 1e-6
            assert "ceasefire" in next(p["carried_by"] for p in parts if p["name"] == "words")
        nothing = await call(client, "search", query="chocolate cake recipe", explain=True)
        assert all(passage["explain"] for passage in nothing["nearest"])

    talk_here(retriever, talk)


def test_there_are_no_hashes_unless_they_are_asked_for(retriever: Retriever) -> None:
    first = "003_c6ab9badc77dffa3.txt#1"
    asked: list[tuple[str, dict[str, object]]] = [
        ("search", {"query": "ceasefire terms"}),
        ("search", {"query": "chocolate cake recipe"}),
        ("read_passage", {"passage_id": first}),
        ("list_documents", {}),
    ]

    async def talk(client: Client) -> None:
        for tool, arguments in asked:
            # As a program reads it, and as a model does.
            for hashes in (False, True):
                result = await client.call_tool(tool, {**arguments, "hashes": hashes})
                for answer in (json.dumps(result.structured_content), str(result.content)):
                    assert bool(re.search("[0-9a-f]{64}", answer)) == hashes, answer
                    assert ("sha256" in answer) == hashes

    talk_here(retriever, talk)


def test_a_passage_has_the_fields_of_json() -> None:
    head = "---\ntitle: Ferries\nsubtitle: A guide\ndate: 2023-05-01\n---\n"
    text = f"{head}\n# Prices\n\n## Fees\n\nThe ferry costs a coin.\n"
    with Retriever.from_texts({"a.md": text}, encoder=FakeEncoder()) as opened:
        expected = opened.retrieve("ferry coin", 1)[0].to_dict()

        async def talk(client: Client) -> None:
            found = await call(client, "search", query="ferry coin", k=1)
            passage = (found["passages"] or found["nearest"])[0]
            shared = ["path", "headings", "date", "subtitle", "title", "byline", "line", "address"]
            assert [passage[name] for name in shared] == [expected[name] for name in shared]

        talk_here(opened, talk)
    assert expected["path"] == expected["headings"] != []
    assert (expected["subtitle"], expected["date"]) == ("A guide", "2023-05-01")


def test_the_tools_name_the_articles_and_the_server_its_version() -> None:
    async def named(client: Client) -> None:
        told = [tool.description or "" for tool in (await client.list_tools()).tools]
        assert len(told) == 3
        assert all("in Staff Handbook" in description for description in told)
        assert "from Staff Handbook" in str(client.instructions)
        assert client.server_info.version == version("passage-search")
        assert client.server_info.title == "Staff Handbook"

    async def unnamed(client: Client) -> None:
        told = [tool.description or "" for tool in (await client.list_tools()).tools]
        assert told == [
            "Find the passages on the topic of a question.",
            "Read a passage with its neighbours.",
            "List the articles.",
        ]

    talk_over_stdio(named, "--index", str(seed_index()), "--name", "Staff  Handbook")
    talk_over_stdio(unnamed, "--index", str(seed_index()))


def test_the_configuration_in_the_readme_starts_the_server() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = map(json.loads, re.findall(r"```json\n(.*?)```", readme, re.DOTALL))
    found = [block.get("servers") or block.get("mcpServers") for block in blocks]
    assert len(found) == 2
    assert {name for servers in found for name in servers} == {"handbook"}
    for servers in found:
        given = servers["handbook"]
        assert Path(given["command"]).name == "query-mcp"
        arguments = [
            argument.replace("/path/to/.passage-index", str(seed_index()))
            for argument in given["args"]
        ]

        async def talk(client: Client) -> None:
            assert "from Handbook" in str(client.instructions)

        talk_over_stdio(talk, *arguments)


def test_options_and_what_cannot_be_asked_for(retriever: Retriever) -> None:
    async def talk(client: Client) -> None:
        found = await call(client, "search", query="terms", docs=["003*"], mode="lexical")
        assert {passage["doc_id"][:3] for passage in found["passages"]} == {"003"}
        found = await call(client, "search", query="terms", where=["author = Luzin", "date < 2024"])
        assert {passage["doc_id"][:3] for passage in found["passages"]} == {"003"}
        told = await complaint(client, "search", query="a", where=["date > 2030"])
        assert "date is November 10, 2023 everywhere" in told
        assert "no document fits" in await complaint(client, "search", query="a", docs=["zzz"])
        assert "less than or equal to 50" in await complaint(client, "search", query="a", k=51)
        for name in ("none.txt#1", "003_c6ab9badc77dffa3.txt#99", "#", "x", f"a#{'9' * 400}"):
            assert "no passage" in await complaint(client, "read_passage", passage_id=name)
        first = "003_c6ab9badc77dffa3.txt#1"
        read = await call(client, "read_passage", passage_id=first, before=5, after=0)
        assert [passage["passage_id"] for passage in read["passages"]] == [first]
        some = await call(client, "list_documents", docs="003*", limit=1)
        assert (some["total"], len(some["documents"])) == (1, 1)
        none = await call(client, "list_documents", offset=9)
        assert (none["total"], none["documents"]) == (2, [])

    talk_here(retriever, talk)


def test_a_new_generation_is_answered_from(tmp_path: Path) -> None:
    corpus, directory, encoder = tmp_path / "corpus", tmp_path / "index", FakeEncoder()
    corpus.mkdir()
    (corpus / "a.txt").write_text("Bread was on the table that day.\n", encoding="utf-8")
    build_index(corpus, directory, EncoderSource.of(encoder))

    async def talk(client: Client) -> None:
        assert (await call(client, "list_documents"))["total"] == 1
        (corpus / "b.txt").write_text("Winter came early that year.\n", encoding="utf-8")
        build_index(corpus, directory, EncoderSource.of(encoder))
        assert (await call(client, "list_documents"))["total"] == 2
        found = await call(client, "search", query="winter came early")
        assert found["passages"][0]["doc_id"] == "b.txt"

    with Retriever.open(directory, encoder=encoder) as opened:
        talk_here(opened, talk)


def test_no_index_is_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "query.mcp_server", "--index", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("query-mcp: no index at ")
    assert len(result.stderr.splitlines()) == 1
