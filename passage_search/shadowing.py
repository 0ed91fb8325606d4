"""Whether somebody's file hides a package of this project, which all have plain names."""

from __future__ import annotations

from importlib.machinery import PathFinder
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def check_not_shadowed(*packages: str) -> None:
    """Check that each package is the one that was installed beside this one.

    Raises ImportError if a file or a folder that comes earlier on `sys.path` has its name: a script
    called `query.py` or `index.py`, say. Nothing of it is run.
    """
    for package in packages:
        spec = PathFinder.find_spec(package)
        found = Path(spec.origin) if spec is not None and spec.origin else None
        if found is not None and found.parent.resolve() != (_ROOT / package).resolve():
            raise ImportError(
                f"{found} hides the package {package!r} of passage-search: "
                "rename it, or run your program from another folder",
                name=package,
                path=str(found),
            )
