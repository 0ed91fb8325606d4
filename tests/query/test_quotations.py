"""Quotations in answers, held against the text as a reader sees it."""

import pytest
from fake_encoder import FakeEncoder

from query import Retriever
from query.citing.answers import check_answer
from query.citing.quotations import says

SOURCE = """# Notes

The **relay** forwards *all* messages to `broker-b` and keeps a [copy](https://example.org/x) for
ten&nbsp;days.[^1] See [[Locks|the locks]].

The landlord is not permitted to terminate this lease. The tenant may, in 30 days, leave the house.

The mill was well-
known, and its refrigera-
tion plant too.
"""


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.from_texts({"a.md": SOURCE}, encoder=FakeEncoder())


@pytest.mark.parametrize(
    ("quotation", "stands"),
    [
        ("The relay forwards all messages to broker-b and keeps a copy for ten days", True),
        ("The **relay** forwards *all* messages", True),
        ("See the locks", True),
        ("well-known, and its refrigeration plant", False),  # one reads so, the other so
        ("its refrigeration plant too", True),
        ("The mill was well-known", True),
        ("The relay ... keeps a copy", True),
        ("The landlord is ... permitted to terminate this lease", False),
        ("The tenant may ... leave the house", False),  # leaves a number out
        ("this lease ... leave the house", False),  # across sentences
        ("The relay forwards no messages", False),
    ],
)
def test_a_quotation_is_of_the_text_as_it_is_read(
    retriever: Retriever, quotation: str, stands: bool
) -> None:
    hits = retriever.retrieve("relay landlord mill", k=5)
    [found] = check_answer(f'It says "{quotation}" [1][2][3].', hits, FakeEncoder()).quotations
    assert found.ok == stands


def test_parts_are_looked_for_in_every_place() -> None:
    text = [(word, place) for place, s in enumerate(["a b not c", "a b d c"]) for word in s.split()]
    assert says(text, [["a", "b"], ["c"]])
    assert not says(text[:4], [["a", "b"], ["c"]])
    assert not says(text, [["c"], ["b"], ["c"], ["c"]])
