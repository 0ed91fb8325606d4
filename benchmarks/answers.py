"""How often `check_answer` is right about claims that people have judged.

    python -m benchmarks.answers FILE [--show-wrong]

FILE has a claim on each line, as AttributionBench lays it out: `claim`, `references`,
`attribution_label`, `src_dataset` (https://github.com/OSU-NLP-Group/AttributionBench). Each claim
is an answer that cites all of its references. Prints the macro-F1 of every source, the mean of
these, and the macro-F1 of all claims together.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from embed import TextEncoder
from embed.encoder import Encoder
from index import DocumentRecord, Passage, Scores, Sentence, find_sentences, stems_of, words_of
from index.types import Head
from query import Hit, check_answer

# The lines before the text of a reference, which say where it comes from.
_OVER = re.compile(
    r"(?:(?:Title|Section): *(?P<words>.*)|\[\d+\] *https?://\S*|https?://\S+)\s*\n+"
)
_LABEL = re.compile(r"Text: *")
_MARK = re.compile(r"\[\d+(?:[,;\s-]+\d+)*\]")


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim, the references that it cites, and whether these support it as people judged."""

    claim: str
    references: tuple[str, ...]
    is_supported: bool
    source: str


class FileCounts:
    """Counts the references of a file that hold a word, as an index of them would."""

    def __init__(self, references: Iterable[str]) -> None:
        words = [set(words_of(split_reference(text)[1])) for text in dict.fromkeys(references)]
        self.passages = len(words)
        self._stems = stems_of(word for some in words for word in some)
        self._counts = Counter(stem for some in words for stem in {self._stems[w] for w in some})

    def passages_with(self, word: str) -> int:
        """Return how many references hold a word."""
        stem = self._stems.get(word) or stems_of([word])[word]
        return self._counts[stem]


def load_claims(path: Path) -> list[JudgedClaim]:
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return [
        JudgedClaim(
            row["claim"],
            tuple(row["references"]),
            row["attribution_label"] == "attributable",
            row["src_dataset"],
        )
        for row in rows
    ]


def split_reference(reference: str) -> tuple[str, str]:
    """Return the title and headings over a reference, and its text.

    >>> split_reference("Title: Bread\\nSection: Salt\\n\\nIt was early.")
    ('Bread Salt', 'It was early.')
    """
    over, start = [], 0
    while (match := _OVER.match(reference, start)) and reference[match.end() :].strip():
        over.append(match["words"] or "")
        start = match.end()
    label = _LABEL.match(reference, start)
    return " ".join(filter(None, over)), reference[label.end() if label else start :]


def hit_of(reference: str, rank: int) -> Hit:
    """Return a hit whose passage is a whole reference."""
    title, text = split_reference(reference)
    breaks = [match.end() for match in re.finditer(r"\n+", text) if match.end() < len(text)]
    sentences = tuple(Sentence(*span) for span in find_sentences(text, 0, len(text), breaks))
    name = f"{rank}.txt"
    return Hit(
        rank=rank,
        score=1.0,
        passage=Passage(name, 1, 0, len(text), 1, text, sentences),
        best=sentences[0] if sentences else Sentence(0, len(text)),
        scores=Scores(0.0, 0.0, 0.0, 0.0),
        document=DocumentRecord(name, sha256(text.encode()).hexdigest(), Head(title), 0, 0, 1),
        p_chance=0.0,
        matches=True,
    )


def judge(claim: JudgedClaim, encoder: TextEncoder, counts: FileCounts) -> bool:
    """Return whether `check_answer` finds every sentence of a claim supported."""
    hits = [hit_of(text, rank) for rank, text in enumerate(claim.references, start=1)]
    marks = "".join(f"[{hit.rank}]" for hit in hits)
    own = " ".join(_MARK.sub(" ", claim.claim).split())
    return not check_answer(f"{own} {marks}", hits, encoder, counts=counts).unsupported


def macro_f1(judged: Sequence[bool], found: Sequence[bool]) -> float:
    """Return the mean of the F1 of "supported" and that of "not supported".

    >>> macro_f1([True, True, False, False], [True, False, False, False])
    0.7333333333333334
    """
    values = []
    for label in (True, False):
        right = sum(a == b == label for a, b in zip(judged, found, strict=True))
        said = judged.count(label) + found.count(label)
        values.append(2 * right / said if said else 0.0)
    return sum(values) / 2


def report(claims: Sequence[JudgedClaim], found: Sequence[bool]) -> str:
    """Return a table with the macro-F1 of each source, of their mean and of all together."""
    judged = [claim.is_supported for claim in claims]
    rows, values = ["| source | claims | accepted | macro-F1 |", "|---|---|---|---|"], []
    for source in sorted({claim.source for claim in claims}):
        own = [place for place, claim in enumerate(claims) if claim.source == source]
        values.append(macro_f1([judged[i] for i in own], [found[i] for i in own]))
        accepted = sum(found[i] for i in own) / len(own)
        rows.append(f"| {source} | {len(own)} | {accepted:.1%} | {values[-1]:.3f} |")
    accepted = sum(found) / len(found)
    rows.append(f"| mean of the sources | {len(claims)} | | {sum(values) / len(values):.3f} |")
    rows.append(f"| all claims | {len(claims)} | {accepted:.1%} | {macro_f1(judged, found):.3f} |")
    return "\n".join(rows)


def main() -> None:
    """Judge the claims of a file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--show-wrong", action="store_true", help="print each wrong claim too")
    arguments = parser.parse_args()
    claims = load_claims(arguments.file)
    if not claims:
        sys.exit(f"{arguments.file} has no claims")
    counts = FileCounts(text for claim in claims for text in claim.references)
    encoder = Encoder.load()
    found = [judge(claim, encoder, counts) for claim in claims]
    if arguments.show_wrong:
        for claim, accepted in zip(claims, found, strict=True):
            if claim.is_supported != accepted:
                print("accepted" if accepted else "refused", claim.source, claim.claim, sep="\t")
    print(report(claims, found))


if __name__ == "__main__":
    main()
