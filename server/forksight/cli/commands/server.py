"""`forksight server`: the language server."""

import sys

import click

from forksight.core.problems import UsageError
from forksight.features.context import Workbench


@click.command("server")
@click.option("--stdio", is_flag=True, help="Talk over standard input and output (the default).")
@click.option("--tcp", metavar="HOST:PORT", help="Listen on a loopback address instead; port 0 takes any that is free.")
@click.pass_obj
def command(workbench: Workbench, stdio: bool, tcp: str | None) -> None:
    """Run the language server. Editors start it; there is nothing to see."""
    if stdio and tcp is not None:
        raise UsageError("--stdio and --tcp exclude each other", fix="name one of them")
    sys.exit(workbench.serve(tcp))
