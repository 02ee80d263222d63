"""`forksight server`: the language server."""

import sys

import click

from forksight.core.problems import UsageError
from forksight.features.context import Workbench


@click.command("server")
@click.option("--stdio", is_flag=True, help="Talk over standard input and output (the default).")
@click.option("--tcp", metavar="HOST:PORT", help="Listen on a loopback address instead; port 0 takes any that is free.")
@click.option(
    "--pipe",
    metavar="PATH",
    help="Use the unix socket PATH instead: connect to it if a client listens there, else listen on it.",
)
@click.pass_obj
def command(workbench: Workbench, stdio: bool, tcp: str | None, pipe: str | None) -> None:
    """Run the language server. Editors start this command."""
    chosen = [
        name for name, given in (("--stdio", stdio), ("--tcp", tcp is not None), ("--pipe", pipe is not None)) if given
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other", fix="name one of them")
    if pipe == "":
        raise UsageError("--pipe needs a path", fix="for example --pipe /run/user/1000/forksight.sock")
    sys.exit(workbench.serve(tcp, pipe))
