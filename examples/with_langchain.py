"""The retriever in a LangChain chain, with every citation of its answer checked.

    pip install -e '.[langchain]'
    python examples/with_langchain.py "ceasefire terms"

Indexes seeds/ on the spot; no network and no key. The place of the language model is taken by a
STUB that only echoes its context: put a chat model of LangChain there for real answers.
"""

import sys
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.prompt_values import PromptValue
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableLambda

from query import Retriever, verify_citations
from query.adapters.langchain import PassageRetriever
from query.citing.citations import Citation

SEEDS = Path(__file__).parent.parent / "seeds"

PROMPT = PromptTemplate.from_template(
    "Answer from the passages alone, and cite each sentence like [1].\n\n"
    "{passages}\n\nQuestion: {question}"
)


def as_text(documents: list[Document]) -> str:
    """Return the passages, numbered."""
    return "\n".join(f"[{d.metadata['rank']}] {d.page_content}" for d in documents)


def echo_stub(prompt: PromptValue) -> str:
    """NOT A LANGUAGE MODEL: gives back the first passage of the prompt."""
    first = prompt.to_string().split("\n[2] ")[0].split("\n[1] ")[1]
    return f"{first.strip()} [1]"


def cited(document: Document) -> Citation:
    """Return the citation that a document carries."""
    fields = ("doc_id", "start", "end", "document_sha256", "passage_sha256")
    return Citation(document.metadata["rank"], *(document.metadata[field] for field in fields))


def main() -> None:
    """Run the chain over one question."""
    question = " ".join(sys.argv[1:]) or "ceasefire terms"
    with Retriever.from_folder(SEEDS) as retriever:
        adapter = PassageRetriever(retriever=retriever, k=3)
        documents = adapter.invoke(question)
        if not documents:
            print(f"Question: {question}\nNothing in {SEEDS.name}/ is about that.")
            return
        chain = PROMPT | RunnableLambda(echo_stub)
        answer = chain.invoke({"passages": as_text(documents), "question": question})
        print(f"Question: {question}\nAnswer of a stub that only echoes: {answer}\n")
        citations = [cited(document) for document in documents]
        print(*verify_citations(citations, retriever.corpus), sep="\n")
        print(retriever.check_answer(answer, retriever.retrieve(question, k=3, matches_only=True)))


if __name__ == "__main__":
    main()
