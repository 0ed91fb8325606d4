"""A small loop of retrieval-augmented generation, with a model of your choice.

    python examples/rag_loop.py "ceasefire terms" "who was Luzin writing about?"
    python examples/rag_loop.py --model my_module:my_function < questions.txt

A model is a function from prompt to answer. Without --model a STUB that only echoes its context
takes its place, so that this runs without network and key; the checks are the same.
"""

import argparse
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from query import Retriever, build_context, verify_citations

SEEDS = Path(__file__).parent.parent / "seeds"
Model = Callable[[str], str]

PROMPT = """{context}

Answer the question from these passages alone. End every sentence with the number of its passage,
like [1]. If the passages do not answer it, say so.

Question: {question}
Answer:"""


def echo_stub(prompt: str) -> str:
    """NOT A LANGUAGE MODEL: gives back the first sentence of each of the first two passages."""
    passages = re.findall(
        r"^\[(\d+)\] <passage .*>\n(.+?[.!?][”\"]?)(?:\s|$)", prompt, re.MULTILINE
    )
    return " ".join(f"{text} [{n}]" for n, text in passages[:2])


def load_model(name: str) -> Model:
    """Return the function that `module:function` names."""
    module, _, function = name.partition(":")
    model: Model = getattr(import_module(module), function)
    return model


def answer(retriever: Retriever, question: str, model: Model) -> None:
    """Retrieve, generate, check, print."""
    print(f"Question: {question}")
    hits = retriever.retrieve(question, k=5, matches_only=True)
    if not hits:
        print("Answer: nothing in the articles is about that.\n")
        return
    context = build_context(hits, max_tokens=1000, order="reading")
    text = model(PROMPT.format(context=context.text, question=question))
    checked = retriever.check_answer(text, context.hits)
    label = "Answer of a stub that only echoes" if model is echo_stub else "Answer"
    print(f"{label}: {text}\n\n{checked}")
    used = {mark.number for mark in checked.marks}
    citations = [citation for citation in context.citations if citation.number in used]
    print(*verify_citations(citations, retriever.corpus), sep="\n")
    print()


def main() -> None:
    """Answer the questions of the command line, or those of standard input, a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", nargs="*")
    parser.add_argument("--model", metavar="MODULE:FUNCTION")
    arguments = parser.parse_args()
    model = load_model(arguments.model) if arguments.model else echo_stub
    with Retriever.from_folder(SEEDS) as retriever:
        for line in arguments.questions or sys.stdin:
            if line.strip():
                answer(retriever, line.strip(), model)


if __name__ == "__main__":
    main()
