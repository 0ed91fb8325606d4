"""MDX: Markdown without the code of its components."""

from hypothesis import example, given
from hypothesis import strategies as st
from markup_texts import article_of, misplaced, shown

TEXT = """---
title: Boats
---
import Tabs from '@theme/Tabs';
import {
  A,
} from "x";

export const a = () => <p>hi</p>;

{/* a comment
 over lines */}

# Boats

<Tabs groupId="x" onClick={() => {a(1)}}>
  <TabItem value="mac" label="Mac">

Text in the tab is <Badge>new</Badge> here.

  </TabItem>
</Tabs>
<Card
  title="A title"
>
Some *card* text.
</Card>

import duties are what this sentence is about.

```js
import x from 'y'
<Tabs>
```
"""


def test_imports_exports_comments_and_tags_are_left_out() -> None:
    assert shown("a.mdx", TEXT) == [
        "Text in the tab is new here.",
        "Some card text.",
        "import duties are what this sentence is about.",
        "import x from 'y' <Tabs>",
    ]
    assert article_of("a.mdx", TEXT).head.title == "Boats"


def test_a_sentence_does_not_go_on_through_code() -> None:
    text = "The text of it goes on and\n\n<Tabs>\n\nends here, below the tag.\n"
    for passage in article_of("a.mdx", text).passages:
        assert "Tabs" not in passage.reading


piece = st.sampled_from(
    [
        *("harbour", "ferry *lamp*", "", "", "# One", "import a from 'b'", "export default c"),
        *("<Tabs>", "</Tabs>", "<Card", "  title='x'", ">", "{/* note", "*/}", "```js", "```"),
        *("<b>bold</b> text", "- item", "import x", "| a | b |"),
    ]
)


@given(st.lists(piece, max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
@example(["- item", "<Tabs>", "  title='x'"], "\n")  # code inside what Markdown takes for one item
def test_every_word_is_somewhere(lines: list[str], end: str) -> None:
    assert misplaced("a.mdx", end.join(lines)) == []
