"""The `query-mcp` command: the index as tools of the Model Context Protocol, over stdio."""

from __future__ import annotations

import sys

import click

from index import Name, OpenIndex, announce_export, find_index, run_command


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--index",
    type=Name(),
    metavar="DIR",
    help="The index. [default: .passage-index, here or above]",
)
@click.option(
    "--name",
    type=Name(),
    default=None,
    metavar="TEXT",
    help="What the tools call the articles in their descriptions: Handbook, say.",
)
@click.version_option(package_name="passage-search")
def serve(index: str | None, name: str | None) -> int:
    """Serve the index to a client of the Model Context Protocol, over standard input and output."""
    from query.adapters.mcp import build_server
    from query.local_searcher import LocalSearcher
    from query.retriever import Retriever

    opened = OpenIndex.open(find_index(index))
    encoder = opened.generation.open_encoder(on_export=announce_export)
    with Retriever(LocalSearcher(opened), encoder) as retriever:
        build_server(retriever, name or "").run("stdio")
    return 0


def main() -> None:
    """Entry point of the `query-mcp` command."""
    sys.exit(run_command(serve, "query-mcp"))


if __name__ == "__main__":
    main()
