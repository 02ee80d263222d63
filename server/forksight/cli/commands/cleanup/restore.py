"""`forksight restore`: restores an archived fork, byte for byte."""

from datetime import datetime

import click

from forksight.cli import completion
from forksight.cli.output import console, json_option, show_json, show_line, show_problems
from forksight.cli.start_session import TerminalProgress
from forksight.core.cleanup import document
from forksight.core.store.ledger import Archive
from forksight.core.words import shell
from forksight.core.words.terminal import printable
from forksight.features.cleanup.interrupted import finish_interrupted
from forksight.features.cleanup.restore import archives, propose_restore, restore
from forksight.features.context import Workbench


@click.command("restore")
@click.argument("fork", required=False, shell_complete=completion.archived)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, fork: str | None, dry_run: bool, as_json: bool) -> None:
    """Restore FORK (a session or branch): its session, branch and worktree. Without FORK, list what is archived.

    Exit status: 0 if the fork is restored or nothing is archived, 1 if archived forks were listed, 2 on an error.
    """
    workbench: Workbench = ctx.obj
    context = workbench.open(ctx.meta["forksight.cwd"])
    notes = () if dry_run else finish_interrupted(context, TerminalProgress())
    if fork is None:
        archived = archives(context)
        problems = (*notes, *context.ledger.view()[1])
        if as_json:
            show_json(document.archived(context.repository.common_dir, archived, problems))
        else:
            _list(archived)
            show_problems(problems)
        ctx.exit(2 if notes else 1 if archived else 0)
    restoration = propose_restore(context, fork)
    archive = restoration.archive
    problems = (*notes, *restoration.problems, *(() if dry_run else restore(context, restoration, TerminalProgress())))
    if as_json:
        steps = restoration.plan if dry_run else None
        show_json(document.restored(archive, done=not dry_run, steps=steps, problems=problems))
    else:
        show_problems(problems)
        if dry_run:
            for number, step in enumerate(restoration.plan.steps, 1):
                show_line(f"{number}. {printable(step.detail)}")
        else:
            _show_restored(archive)
    ctx.exit(2 if notes else 0)


def _list(archived: tuple[Archive, ...]) -> None:
    from rich.table import Table

    out = console()
    if not archived:
        out.print("No fork is archived.", style="bold")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("fork", "branch", "archived", "session"):
        table.add_column(title, overflow="fold")
    for archive in archived:
        day = datetime.fromtimestamp(archive.created).astimezone().strftime("%Y-%m-%d %H:%M")
        table.add_row(printable(archive.node.title), printable(archive.node.branch or ""), day, archive.session)
    out.print(table)
    out.print("To restore one: forksight restore SESSION", style="dim")


def _show_restored(archive: Archive) -> None:
    place = f" in {archive.worktree.path}" if archive.worktree else ""
    show_line(f"“{printable(archive.node.title)}” is back{printable(place)}.")
    if archive.transcript:
        show_line(f"To resume it: {shell.join(['forksight', 'resume', archive.session])}")
