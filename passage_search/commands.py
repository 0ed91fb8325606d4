"""Entry points of the commands, which end at once if Ctrl-C comes while they are imported."""

import gc
import sys
from importlib import import_module


def query() -> None:
    """Run the `query` command."""
    _run("query.cli")


def index() -> None:
    """Run the `index` command."""
    _run("index.cli")


def serve() -> None:
    """Run the `query-mcp` command."""
    _run("query.mcp_server")


def _run(module: str) -> None:
    # Next to nothing that is imported is garbage: to look for it some 60 times takes 10 ms.
    gc.set_threshold(100_000)
    try:
        import_module(module).main()
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell reports SIGINT; a command itself handles it once it runs
