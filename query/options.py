"""What is asked of a search besides the question."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index import MODES, Mode
from query.errors import QueryError

if TYPE_CHECKING:
    from query.filtering.conditions import Condition

MOST_CHANCE = 0.05
"""A passage matches up to this chance that an unrelated question finds as good a match."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The options of a search.

    `k` is the most hits that are wanted. `docs` says which documents the passages must come from: a
    name, a path, a folder or a glob, or several of them; None stands for all. `fields` restricts
    them to those whose head has these values by name, case aside. `mode` is "hybrid",
    "dense" or "lexical". Hits that score below `min_score` are left out. A passage matches, and the
    verdict is "match", up to a `p_chance` of `most_chance`. With `matches_only` every other passage
    is left out, and `k` counts those that match. `without` are passage_ids: these passages are left
    out, and so are those that say the same. `where` are conditions on the documents that must all
    hold, such as "date >= 2023-06" and "author = Luzin": see `query.filtering`. `conditions` are
    those of `where` and of `fields`.

    Raises QueryError if k < 1, for an unknown mode, for a score or a chance that is not a number,
    and for a text that is not a condition.

    >>> SearchOptions(k=3, docs="2023/*").docs
    ('2023/*',)
    """

    k: int = 5
    docs: str | Sequence[str] | None = None
    mode: Mode = "hybrid"
    min_score: float | None = None
    most_chance: float = MOST_CHANCE
    fields: Mapping[str, str] | None = None
    matches_only: bool = False
    without: Sequence[str] = ()
    where: str | Sequence[str] | None = None
    conditions: tuple[Condition, ...] = field(default=(), init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not hasattr(self.k, "__index__") or self.k < 1:
            raise QueryError(f"k is {self.k}: ask for at least one passage")
        if self.mode not in MODES:
            raise QueryError(f"no mode {self.mode!r}: choose one of {', '.join(MODES)}")
        if self.min_score is not None and math.isnan(self.min_score):
            raise QueryError("min_score is not a number: give one, or None for all passages")
        if not 0 <= self.most_chance <= 1:
            raise QueryError(f"most_chance is {self.most_chance}: give a chance from 0 to 1")
        if self.docs is not None:
            docs = (self.docs,) if isinstance(self.docs, str) else tuple(self.docs)
            object.__setattr__(self, "docs", docs)
        if self.where is not None:
            where = (self.where,) if isinstance(self.where, str) else tuple(self.where)
            object.__setattr__(self, "where", where)
        if self.where or self.fields:
            object.__setattr__(self, "conditions", self._conditions())

    def _conditions(self) -> tuple[Condition, ...]:
        from query.filtering.conditions import Condition, conditions_in

        whole = (Condition(name, "is", value) for name, value in (self.fields or {}).items())
        return (*conditions_in(self.where), *whole)
