"""Is the best match better than chance?"""

from __future__ import annotations

import math

from index.scoring.calibration import Chance, best_evidence
from index.scoring.parts import Candidates
from query.hits import MOST_CHANCE, Verdict


def p_chance(candidates: Candidates, chance: Chance) -> float:
    """The chance that a question on something else finds as good a match in this corpus."""
    evidence = best_evidence(candidates)
    return 1.0 if math.isinf(evidence) else chance.p_value(evidence)


def verdict(p: float, most: float = MOST_CHANCE) -> Verdict:
    """Whether a match with this ``p_chance`` is one."""
    return "match" if p <= most else "no_match"
