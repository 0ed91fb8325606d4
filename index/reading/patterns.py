"""Patterns in the syntax of `.gitignore`: which entry of a folder each of them names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.names import is_plain

# A character of a regular expression with a backslash before it, or a class in brackets.
_ESCAPED_OR_CLASS = re.compile(r"\\.|\[\^?\]?[^\]]*\]")
# What the library would read otherwise than git does.
_UNSUPPORTED = re.compile(r"(?<!\\)\[[!^]?\]?[^\]]*(?:\\|\[[:.=])")
# A star, and what stands between it and the next one in the same name.
_STAR_BEFORE_STAR = re.compile(
    r"\[\^/\]\*((?:\\.|(?:\(\?!/\))?\[\^?\]?[^\]]*\](?!\*)|[^\[\\/()*$|])+?)(?=\[\^/\]\*)"
)
_MOST_DOUBLE_STARS = 3
_STARS = re.compile(r"(\\.)|\*{2,}")
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern, which leaves out what it names, or takes it in again if it begins with `!`.

    `origin` names the place of the pattern. `base` is the folder that it holds in, as a prefix of
    paths: "" or one that ends in a slash. `by_name` says that it looks at the last name of a path
    alone.
    """

    text: str
    origin: str
    base: str
    regex: re.Pattern[str]
    takes_in: bool
    by_name: bool

    def names(self, path: str, *, is_folder: bool) -> bool:
        """Return whether it names this entry itself; a folder over it does not count."""
        own = path.rpartition("/")[2] if self.by_name else path[len(self.base) :]
        # The one group of the expression is the slash behind the name of a folder.
        if any(match.lastindex is None for match in self.regex.finditer(own)):
            return True
        return is_folder and any(
            match.lastindex is not None and match.end() == len(own) + 1
            for match in self.regex.finditer(f"{own}/")
        )


def parse_pattern(line: str, origin: str, base: str = "") -> Pattern | None:
    """Return the pattern that a line holds; None for an empty line and for a comment.

    Raises ValueError with the reason if it is not a pattern, or if nothing could ever match it.
    """
    text = line if line.endswith("\\ ") else line.rstrip()
    if not text or text.startswith("#"):
        return None
    if not is_plain(text) or len(text) > _LONGEST:
        raise ValueError("it is too long, or holds control characters")
    if not text.strip("!/"):
        raise ValueError("nothing matches it")
    if text.count("**") > _MOST_DOUBLE_STARS:
        raise ValueError(f"it has more than {_MOST_DOUBLE_STARS} **")
    if _UNSUPPORTED.search(text):
        raise ValueError("backslashes and classes such as [:alpha:] in brackets are not supported")
    # Imported late: most folders have no patterns.
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        regex, taken_out = GitIgnoreSpecPattern.pattern_to_regex(_with_few_stars(text))
        compiled = _compiled(regex) if regex is not None else None
    except (ValueError, re.error) as error:
        raise ValueError("it is not a pattern") from error
    if compiled is None:
        raise ValueError("it is not a pattern: is a bracket not closed?")
    inner = text.removeprefix("!").removesuffix("/")
    return Pattern(text, origin, base, compiled, not taken_out, "/" not in inner)


def last_match(patterns: tuple[Pattern, ...], path: str, *, is_folder: bool) -> Pattern | None:
    """Return the last of these patterns that names an entry, which is the one that decides."""
    for pattern in reversed(patterns):
        if pattern.names(path, is_folder=is_folder):
            return pattern
    return None


def _with_few_stars(text: str) -> str:
    """Return a pattern that the library reads as git does, and in little time.

    It has `**` for a name of several stars, and one star for several elsewhere. The library takes
    `a/**/` for `a/`, which names `a` itself.
    """
    if text.endswith("/**/"):
        text += "*/"
    parts = text.removeprefix("!").split("/")
    fewer = (
        "**" if len(part) > 1 and not part.strip("*") else _STARS.sub(_one_star, part)
        for part in parts
    )
    return "!" * text.startswith("!") + "/".join(fewer)


def _one_star(found: re.Match[str]) -> str:
    return found[1] or "*"


def _compiled(regex: str) -> re.Pattern[str]:
    """Compile what the library makes of a pattern.

    No class in brackets may match a slash, and a pattern of many stars does not try all ways to
    part a name: the first place for what stands between two stars is as good as any later one.
    """
    import warnings

    guarded = _ESCAPED_OR_CLASS.sub(
        lambda found: found[0] if found[0][0] == "\\" or "/" in found[0] else f"(?!/){found[0]}",
        regex,
    )
    guarded = _STAR_BEFORE_STAR.sub(r"(?>[^/]*?\1)", guarded)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `[[]` is what it looks like
        return re.compile(guarded)
