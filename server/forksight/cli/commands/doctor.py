"""`forksight doctor`: what is missing, and how to fix it."""

import platform

import click

from forksight import __version__
from forksight.cli.output import console, json_option, show_json
from forksight.core.words.terminal import printable
from forksight.features.context import Workbench
from forksight.features.doctor import Check, Health, examine

_SIGNS = {Health.OK: ("✓", "green"), Health.WARNING: ("!", "yellow"), Health.ERROR: ("✗", "bold red")}


@click.command("doctor")
@click.option(
    "--adopt",
    is_flag=True,
    help="Accept the ledger, archives and copies in this repository as your own, because you moved it here.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, *, adopt: bool, as_json: bool) -> None:
    """Check what Forksight needs, and say how to fix what is missing.

    Exit status: 0 if all is well, 1 if a check found a problem.
    """
    workbench: Workbench = ctx.obj
    if adopt:
        context = workbench.open(ctx.meta["forksight.cwd"])
        context.archives.adopt()
        context.vault.adopt()
        context.ledger.adopt_records()
    versions = Check("forksight", Health.OK, f"Forksight {__version__} on Python {platform.python_version()}")
    checks = (versions, *examine(workbench.open(ctx.meta["forksight.cwd"])))
    if as_json:
        rows = [
            {"name": check.name, "status": check.health.value, "detail": check.detail, "fix": check.fix or None}
            for check in checks
        ]
        show_json({"version": 1, "checks": rows, "problems": []})
    else:
        _show(checks)
    ctx.exit(0 if all(check.health is Health.OK for check in checks) else 1)


def _show(checks: tuple[Check, ...]) -> None:
    from rich.text import Text

    out = console()
    for check in checks:
        sign, style = _SIGNS[check.health]
        out.print(Text.assemble((f"{sign} ", style), (f"{check.name:<12}", "bold"), printable(check.detail)))
        if check.fix:
            out.print(Text(f"  {'':<12}fix: {printable(check.fix)}", style=style))
