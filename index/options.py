"""Types of options that both commands have."""

from __future__ import annotations

import math
from typing import Any

import click


class Number(click.FloatRange):
    """A number from ``min`` to ``max``, and neither "nan" nor "inf"."""

    def convert(
        self,
        value: Any,  # noqa: ANN401  (as click has it)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """As click does, and then finite."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number
