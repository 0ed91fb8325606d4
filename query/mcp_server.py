"""The `query-mcp` command: the index as tools of the Model Context Protocol, over stdio."""

from __future__ import annotations

import sys

import click

from index import (
    JointCalibration,
    Name,
    announce_export,
    announce_learning,
    open_index,
    run_command,
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--index",
    "indexes",
    type=Name(),
    multiple=True,
    metavar="DIR",
    help="The index, or its address in Milvus; may be repeated, to search several folders as one. "
    "[default: .passage-index, here or above]",
)
@click.option(
    "--name",
    type=Name(),
    default=None,
    metavar="TEXT",
    help="What the tools call the articles in their descriptions: Handbook, say.",
)
@click.version_option(package_name="passage-search")
def serve(indexes: tuple[str, ...], name: str | None) -> int:
    """Serve the index to a client of the Model Context Protocol, over standard input and output."""
    from query.adapters.mcp import build_server
    from query.index_searcher import IndexSearcher
    from query.retriever import Retriever

    opened = open_index(indexes or None)
    encoder = opened.open_encoder(on_export=announce_export)
    searcher = IndexSearcher(opened, JointCalibration(lambda: encoder, announce_learning))
    with Retriever(searcher, encoder) as retriever:
        searcher.learn()
        build_server(retriever, name or "").run("stdio")
    return 0


def main() -> None:
    """Entry point of the `query-mcp` command."""
    sys.exit(run_command(serve, "query-mcp"))


if __name__ == "__main__":
    main()
