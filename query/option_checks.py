"""Which options of the `query` command go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from query.answering import Format


def check_together(forms: dict[str, bool], questions: dict[str, bool]) -> None:
    """Raise UsageError if the options ask for two forms of output, or two things are asked."""
    for wanted, what in ((forms, "forms of output"), (questions, "things to ask")):
        names = [name for name, given in wanted.items() if given]
        if len(names) > 1:
            raise click.UsageError(f"{names[0]} and {names[1]} are two {what}: choose one.")


def check_why_not(
    named: Sequence[str], around: int | None, form: Format, *, has_text: bool
) -> None:
    """Raise UsageError unless --why-not is given a question, and no other form of output."""
    if not has_text:
        raise click.UsageError("--why-not is about one question: give TEXT.")
    others = [*named, *(["--around"] if around else []), *([f"--format {form}"] * (form != "text"))]
    if others:
        raise click.UsageError(f"--why-not and {others[0]} are two forms of output: choose one.")


def check_explained(others: Sequence[str]) -> None:
    """Raise UsageError if --explain is given with another form of output."""
    if others:
        raise click.UsageError(
            "--explain explains hits that are printed to be read, or as JSON: leave out "
            f"{others[0]}."
        )


def check_no_question_needed(options: dict[str, bool]) -> None:
    """Raise UsageError for an option that is about one question, if it is given."""
    for what, given in options.items():
        if given:
            raise click.UsageError(f"{what} one question: give TEXT, or --like.")


def check_page(of_page: dict[str, bool], others: dict[str, bool], *, as_page: bool) -> None:
    """Raise UsageError for an option of the page without it, or one that the page does not have."""
    named = next((name for name, given in (others if as_page else of_page).items() if given), None)
    if named is not None:
        raise click.UsageError(
            f"{named} is not for --page: leave it out." if as_page else f"{named} is for --page."
        )
