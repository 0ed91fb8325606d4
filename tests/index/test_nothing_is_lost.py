"""Every line of every file is found: in the span of a hit, or in the head of its document."""

import json
import os
import re
from collections.abc import Mapping

import pytest
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_index import build, write_corpus

from index.document import Document
from index.reading.formats import structure_of
from index.splitting.passages import split_passages
from index.stop_words import STOP_WORDS
from index.words import words_of
from query import Retriever

DOCUMENTS = int(os.environ.get("NOTHING_IS_LOST_DOCUMENTS", "2000"))
"""Documents that are made; `NOTHING_IS_LOST_DOCUMENTS=50000` takes minutes."""

PER_EXAMPLE = 10

NAMES = [
    "harbour",
    "ferry",
    "council",
    "motion",
    "bridge",
    "lamp",
    "widow",
    "Ames",
    "Boyd",
    "Tarn",
    "granite",
    "oats",
    "seal",
    "1887",
]
words = st.sampled_from(NAMES)
phrase = st.lists(words, min_size=1, max_size=7).map(" ".join)
sentence = st.lists(words, min_size=3, max_size=14).map(lambda w: " ".join(w).capitalize() + ".")
paragraph = st.lists(sentence, min_size=1, max_size=5).map(" ".join)


def wrapped(text: str, width: int) -> str:
    """A text of lines that are full, words broken by hyphens now and then."""
    lines = re.findall(rf".{{1,{width}}}(?:\s|$)", text)
    return "\n".join(line.rstrip() for line in lines)


hard_wrapped = st.builds(wrapped, paragraph, st.integers(24, 76))
hyphenated = hard_wrapped.map(lambda text: re.sub(r"(\w{3})\n(\w{3})", r"\1-\n\2", text))
listed = st.lists(phrase, min_size=1, max_size=6)
block = st.one_of(
    paragraph,
    hard_wrapped,
    hyphenated,
    phrase,
    phrase.map(lambda text: f"{text}:"),
    phrase.map(str.title),
    listed.map(lambda items: "\n".join(f"- {item}" for item in items)),
    listed.map(lambda items: "\n".join(f"{n}. {item}" for n, item in enumerate(items, 1))),
    listed.map(lambda items: "\n".join(f"{item} ........ {n}" for n, item in enumerate(items, 1))),
    listed.map("\n".join),
    phrase.map(lambda text: f"{text} https://example.org/{text.split()[0]}"),
    st.builds(
        "{}\n\n                    {}\n{}\n\n{}".format,
        paragraph,
        st.integers(1, 99),
        phrase,
        paragraph,
    ),
    st.builds("Host (00:00:05):\n{}".format, paragraph),
    phrase.map(lambda text: f"2023-11-02 10:15:01,123 WARN [{text}] {text}"),
)
markdown_block = st.one_of(
    block,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "####"]), phrase),
    st.builds("{}\n{}".format, phrase, st.sampled_from([" =", "---", "====="])),
    phrase.map(lambda text: f"**{text}** and [{text}](https://example.org/x) `{text}` *so*"),
    phrase.map(lambda text: f"![{text}](picture.png)"),
    phrase.map(lambda text: f"<details><summary>{text}</summary>\n{text}\n</details>"),
    phrase.map(lambda text: f"> [!note] {text}\n> {text}"),
    phrase.map(lambda text: f"```sh\n{text}\n\n{text}\n```"),
    listed.map(
        lambda rows: "| a | b |\n|---|---|\n" + "\n".join(f"| {row} | {row} |" for row in rows)
    ),
)
front_matter = st.one_of(
    st.just(""),
    st.builds(
        "---\ntitle: {}\ntags: [{}]\nsummary: >-\n  {}\n---\n\n".format, phrase, words, phrase
    ),
    st.builds('+++\ntitle = "{}"\nabout = "{}"\n+++\n\n'.format, phrase, phrase),
    st.builds("---\n{}: [\n---\n\n".format, words),
    st.builds("---\ntitle: a: {}\ntags: [@{}\n, {}]\n---\n\n".format, phrase, words, words),
    st.builds(
        "{}\n{{\n  {}: {}, {}: [{}]\n}}\n{}\n\n".format,
        st.sampled_from([";;;", "---json", ""]),
        *[st.sampled_from(['"title"', '"tags"', "title"]), phrase.map(json.dumps)] * 2,
        st.sampled_from([";;;", "---", ""]),
    ),
)
end_of_line = st.sampled_from(["\n", "\n", "\r\n", "\r"])
plain_texts = st.builds(
    lambda blocks, end: "\n\n".join(blocks).replace("\n", end),
    st.lists(block, min_size=1, max_size=6),
    end_of_line,
)
markdown_texts = st.builds(
    lambda head, blocks, end: (head + "\n\n".join(blocks)).replace("\n", end),
    front_matter,
    st.lists(markdown_block, min_size=1, max_size=6),
    end_of_line,
)
rst_block = st.one_of(
    block,
    st.builds("{}\n{}".format, phrase, st.sampled_from(["=" * 60, "~" * 60])),
    phrase.map(lambda text: f"**{text}** and `{text} <https://example.org/x>`_ *so*"),
    phrase.map(lambda text: f".. note:: {text}\n\n   {text}"),
    phrase.map(lambda text: f".. figure:: picture.png\n   :alt: {text}\n\n   {text}"),
    phrase.map(lambda text: f".. code-block:: sh\n\n   {text}\n\n   {text}"),
    phrase.map(lambda text: f"{text}::\n\n   {text}"),
    listed.map(lambda rows: "=== ===\na   b\n=== ===\n" + "\n".join(rows) + "\n=== ==="),
)
org_block = st.one_of(
    block,
    st.builds("{} {}".format, st.sampled_from(["*", "**", "****"]), phrase),
    phrase.map(lambda text: f"*{text}* and [[https://example.org/x][{text}]] /so/ ={text}="),
    phrase.map(lambda text: f"#+BEGIN_SRC sh\n{text}\n\n{text}\n#+END_SRC"),
    phrase.map(lambda text: f":PROPERTIES:\n:about: {text}\n:END:\n{text}"),
    listed.map(lambda rows: "| a | b |\n|---+---|\n" + "\n".join(f"| {row} | b |" for row in rows)),
)
log_block = listed.map(lambda rows: "\n".join(f"2023-11-02 10:15:01,123 {row}" for row in rows))


def texts_of(blocks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda parts, end: "\n\n".join(parts).replace("\n", end),
        st.lists(blocks, min_size=1, max_size=6),
        end_of_line,
    )


texts_by_suffix = {
    ".txt": plain_texts,
    ".text": plain_texts,
    ".md": markdown_texts,
    ".markdown": markdown_texts,
    ".mdx": markdown_texts,
    ".rst": texts_of(rst_block),
    ".org": texts_of(org_block),
    ".log": texts_of(st.one_of(log_block, block)),
}
folders = st.lists(
    st.sampled_from([*texts_by_suffix, ".txt", ".md", ".txt", ".md"]).flatmap(
        lambda suffix: texts_by_suffix[suffix].map(lambda text: (suffix, text))
    ),
    min_size=PER_EXAMPLE,
    max_size=PER_EXAMPLE,
).map(lambda texts: {f"{n}{suffix}": text for n, (suffix, text) in enumerate(texts)})


def lines_of(text: str) -> list[tuple[int, int]]:
    """The spans of the lines that have a word which is not a stop word."""
    return [
        match.span()
        for match in re.finditer(r"[^\r\n]+", text)
        if set(words_of(match[0])) - STOP_WORDS
    ]


def left_out(name: str, text: str) -> list[tuple[int, int]]:
    document = Document(name, text, "")
    article = split_passages(document, structure_of(document), FakeEncoder())
    return [(omission.start, omission.end) for omission in article.left_out]


@pytest.mark.slow
@settings(
    max_examples=DOCUMENTS // PER_EXAMPLE,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(folders)
def test_every_line_is_found(
    tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("lost")
    corpus = write_corpus(folder / "corpus", {name: text.encode() for name, text in files.items()})
    build(corpus, folder / "index", questions=["how", "why", "when"])
    with Retriever.open(folder / "index", encoder=FakeEncoder()) as retriever:
        for name, text in files.items():
            omitted, passages = left_out(name, text), retriever.passages(name)
            for start, end in lines_of(text):
                if any(a <= start and end <= b for a, b in omitted):
                    continue
                asked = " ".join(words_of(text[start:end]))
                hits = retriever.retrieve(asked, k=10**6, docs=[name], mode="lexical")
                content = [start + m.start() for m in re.finditer(r"\w", text[start:end])]
                found = {i for hit in hits for i in (hit.passage.passage_id, *hit.also_in)}
                spans = [
                    piece
                    for passage in passages
                    if passage.passage_id in found
                    for piece in passage.pieces_of(passage.start, passage.end)
                ]
                spans += [(s.start, s.end) for hit in hits for s in hit.document.head.spans]
                spans += omitted
                lost = [p for p in content if not any(a <= p < b for a, b in spans)]
                assert not lost, (name, text[start:end], hits)


def test_markup_that_is_left_out_does_not_join_the_words_beside_it() -> None:
    text = "harbour: [\n\nSeal seal ferry motion seal motion lamp harbour ferry harbour bridge.\n\n"
    text += "bridge council\n=====\n\nAmes Ames 1887\n\n<details><summary>seal bridge</summary>\n"
    text += "seal bridge\n</details>\n\nferry:"
    document = Document("a.md", text, "")
    passages = split_passages(document, structure_of(document), FakeEncoder()).passages
    assert words_of(" ".join(passage.text for passage in passages))[-2:] == ["bridge", "ferry"]
