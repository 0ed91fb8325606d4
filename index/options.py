"""Types of arguments and options that the commands share."""

from __future__ import annotations

import math
from typing import Any

import click


class Name(click.ParamType[str]):
    """A path or a name, which is not empty.

    An empty one comes from a variable that is not set (``--index "$UNSET"``), and would otherwise
    stand for the working directory or for the default.
    """

    name = "text"

    def convert(
        self,
        value: Any,  # noqa: ANN401  (as click has it)
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str:
        """As it is, unless it is empty."""
        if not value:
            self.fail("it is empty: is a variable not set?", param, ctx)
        return str(value)


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
