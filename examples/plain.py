"""Five lines and a proof: passages for a prompt, and citations checked against the files.

    python examples/plain.py "ceasefire terms"

Indexes seeds/ on the spot; no network, no key, no language model.
"""

import sys
from pathlib import Path

from query import Retriever, build_context, verify_citations

SEEDS = Path(__file__).parent.parent / "seeds"


def main() -> None:
    """Print the context for a question, an answer quoted from it, and the proof of both."""
    question = " ".join(sys.argv[1:]) or "ceasefire terms"
    with Retriever.from_folder(SEEDS) as retriever:
        hits = retriever.retrieve(question, k=3, matches_only=True)
        if not hits:
            print("Nothing in the articles is about that.")
            return
        context = build_context(hits, max_tokens=800)
        answer = " ".join(f"“{hit.best_text}” [{hit.rank}]" for hit in context.hits)
        print(context.text)
        print(f"\nQuestion: {question}\nAnswer, quoted: {answer}\n")
        print(*verify_citations(context.citations, retriever.corpus), sep="\n")
        print(retriever.check_answer(answer, context.hits))


if __name__ == "__main__":
    main()
