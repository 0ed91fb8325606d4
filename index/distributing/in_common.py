"""What a worker has to have in common with the process that builds, so that nothing differs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from embed.same_bits import ingredients
from index.reading.formats import splitter_id

# Flags of a processor that are named, of those in which two differ.
_NAMED = 4


def in_common() -> dict[str, str]:
    """Return by name what the passages and the last bits of their vectors depend on here.

    The model and the readers of single formats are not in it.
    """
    try:
        ours = version("passage-search")
    except PackageNotFoundError:  # it runs from its sources
        ours = ""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"passage-search": ours, "Python": python, "splitter": splitter_id(), **ingredients()}


def difference(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Return the first thing in which two differ, as the rest of a sentence; "" if there is none.

    >>> difference({"Python": "3.11"}, {"Python": "3.12"})
    'has Python 3.11, and this process has 3.12'
    """
    for name, own in ours.items():
        other = theirs.get(name, "")
        if name == "processor" and other != own:
            return _difference_of_processors(other, own)
        if other != own:
            return f"has {_called(name, other)}, and this process has {own or 'none'}"
    return ""


def _called(name: str, value: str) -> str:
    if name == "splitter":
        return value
    return f"{name} {value}" if value else f"no {name}"


def _difference_of_processors(theirs: str, ours: str) -> str:
    other, own = _model_name(theirs), _model_name(ours)
    if other != own:
        return f"has another kind of processor ({other}) than this process ({own})"
    flags = sorted(set(theirs.split()) ^ set(ours.split()))
    named = ", ".join(flags[:_NAMED]) + (" and more" if len(flags) > _NAMED else "")
    return f"has another kind of processor than this process: they differ in {named}"


def _model_name(processor: str) -> str:
    for line in processor.split("\n"):
        name, _, value = line.partition(":")
        if name == "model name":
            return value
    return processor.partition("\n")[0]
