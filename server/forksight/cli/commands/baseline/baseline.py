"""`forksight baseline`: mark the sessions to fork from, and keep them up to date."""

from dataclasses import replace
from datetime import datetime

import click

from forksight.cli import completion
from forksight.cli.output import console, json_option, show_json, show_line, show_problems, show_warnings
from forksight.core.baseline import document
from forksight.core.baseline.drift import Drift
from forksight.core.baseline.standing import Report, Standing
from forksight.core.baseline.wording import phrases
from forksight.core.problems import UsageError
from forksight.core.words import shell
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable
from forksight.features.baseline import baselines, titles
from forksight.features.baseline.rollback import roll_back
from forksight.features.context import Context, Workbench

_name = click.argument("name", required=False, shell_complete=completion.baselines)
_remote_option = click.option(
    "--remote", metavar="REMOTE", help="The git remote; by default `origin`, or the only one."
)
_yes_option = click.option("--yes", is_flag=True, help="Do it without asking.")


@click.group("baseline")
def command() -> None:
    """Mark the sessions to fork from, and keep them up to date."""


@command.command("set", short_help="Mark a session as a baseline.")
@click.argument("session", shell_complete=completion.sessions)
@click.option("--name", required=True, metavar="NAME", help="The baseline's name.")
@click.option(
    "--rename",
    is_flag=True,
    help="Rename the session in Claude Code to NAME too, so that `claude --resume NAME` finds it.",
)
@click.option("--dry-run", is_flag=True, help="Show doubts about this session as a baseline, and change nothing.")
@json_option
@click.pass_context
def set_(ctx: click.Context, *, session: str, name: str, rename: bool, dry_run: bool, as_json: bool) -> None:
    """Mark SESSION (id, unique beginning of an id, or unique title) as a baseline, and keep a copy of its transcript."""
    context = _context(ctx)
    report = baselines.mark(context, session, name, dry_run=dry_run)
    marked = report.standings[0].baseline
    renamed = rename and not dry_run and titles.give_name(context, marked)
    if as_json:
        now = baselines.show(context, marked.name) if renamed else report
        report = replace(report, standings=now.standings)
        show_json(document.report(report))
        return
    _show_notes(report)
    (standing,) = report.standings
    if dry_run:
        called = ", and Claude Code would call it so too" if rename and titles.is_nameless(context, marked) else ""
        show_line(
            f"“{_title(standing)}” would be the baseline {marked.name}{called}. Nothing was changed; this does it:"
        )
        more = ["--rename"] if called else []
        show_line(shell.join(["forksight", "baseline", "set", marked.generation.session, "--name", marked.name, *more]))
        return
    show_line(f"“{_title(standing)}” is the baseline {marked.name} now.")
    line = titles.hint(context, marked) or (titles.found_by(context, marked) if renamed else None)
    if line:
        show_line(line)


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, *, as_json: bool) -> None:
    """List the baselines of this repository."""
    report = baselines.survey(_context(ctx))
    if as_json:
        show_json(document.baselines(report))
        return
    _show_notes(report)
    if report.standings:
        _table(report.standings)
    else:
        show_line("No baseline yet. Mark a session as one: forksight baseline set SESSION --name NAME")


@command.command("show")
@_name
@json_option
@click.pass_context
def show(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """Show a baseline, its generations and its copy."""
    report = baselines.show(_context(ctx), name)
    if as_json:
        show_json(document.report(report))
        return
    _show_notes(report)
    (standing,) = report.standings
    _details(standing)


@command.command("check")
@_name
@json_option
@click.pass_context
def check(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """Check whether a baseline is fit to fork from, and up to date. Exit status: 0 if it is both, 1 if not."""
    result = baselines.check(_context(ctx), name)
    if as_json:
        show_json(document.check(result))
    else:
        show_problems(result.problems, about=_transcript(result.standing))
        name = result.standing.baseline.name
        show_line(f"{name} is fit to fork from." if result.fit else f"{name} may not be fit to fork from:")
        for reason in result.reasons:
            rows = ", ".join(map(str, reason.rows[:10])) + (", …" if len(reason.rows) > 10 else "")
            show_line(f"- {printable(reason.message)}" + (f" (rows {rows})" if rows else ""))
        show_line(f"{name} is stale:" if result.stale else _fresh(name, result.drift))
        for phrase in result.stale:
            show_line(f"- {printable(phrase)}")
    ctx.exit(0 if result.fit and not result.stale else 1)


@command.command("refresh", short_help="Let a fork of the baseline read what changed.")
@_name
@click.option(
    "--interactive", is_flag=True, help="Resume the baseline's session, so that you can bring it up to date yourself."
)
@click.option(
    "--dry-run", is_flag=True, help="Show which files would be read, the prompt and the cost, and do nothing."
)
@click.option("--yes", is_flag=True, help="Refresh without asking, even if the baseline is not stale.")
@json_option
@click.pass_context
def refresh(
    ctx: click.Context, *, name: str | None, interactive: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Let a fork of the baseline read what changed, and make it the next generation. The fork can't write files.

    If the baseline is not stale and this runs in a terminal, it asks first.

    Exit status: 0 if the baseline is up to date now, 1 if you declined, 2 on an error, after which nothing has changed.
    """
    from forksight.cli.commands.baseline.refresh import open_session, refresh_baseline

    if interactive and dry_run:
        raise UsageError("--interactive and --dry-run contradict each other", fix="leave one out")
    context = _context(ctx)
    if interactive:
        ctx.exit(open_session(context, name, as_json=as_json))
    ctx.exit(refresh_baseline(context, name, dry_run=dry_run, yes=yes, as_json=as_json))


@command.command("rollback", short_help="Go back to the generation before the current one.")
@_name
@json_option
@click.pass_context
def rollback(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """Make the generation before the current one current again. Forks and sessions stay as they are."""
    former, report = roll_back(_context(ctx), name)
    if as_json:
        show_json(document.rolled_back(report, former))
        return
    _show_notes(report)
    now = report.standings[0].baseline
    show_line(f"Generation {now.current} of {now.name} is current again, instead of generation {former.number}.")


@command.command("publish", short_help="Share a baseline with colleagues, through the git remote.")
@_name
@_remote_option
@_yes_option
@json_option
@click.pass_context
def publish(ctx: click.Context, *, name: str | None, remote: str | None, yes: bool, as_json: bool) -> None:
    """Show what of a baseline would leave this machine, and publish it for the team after you confirm.

    Keys, personal instructions and this machine's paths are removed from its transcript; what is masked or left out is listed.

    Exit status: 0 if the baseline is published now, 1 if you did not confirm, 2 on an error.
    """
    from forksight.cli.commands.baseline.team import publish_baseline

    ctx.exit(publish_baseline(_context(ctx), name, remote, yes=yes, as_json=as_json))


@command.command("fetch", short_help="Get a baseline that a colleague published.")
@click.argument("name", required=False)
@_remote_option
@_yes_option
@json_option
@click.pass_context
def fetch(ctx: click.Context, *, name: str | None, remote: str | None, yes: bool, as_json: bool) -> None:
    """Show the baseline NAME (or USER/NAME) that a colleague published, and make it a baseline here after you confirm.

    NAME may be left out if only one is published.

    Exit status: 0 if the baseline is here now, 1 if you did not confirm, 2 on an error, after which nothing has changed.
    """
    from forksight.cli.commands.baseline.team import fetch_baseline

    ctx.exit(fetch_baseline(_context(ctx), name, remote, yes=yes, as_json=as_json))


@command.command("unset")
@_name
@json_option
@click.pass_context
def unset(ctx: click.Context, *, name: str | None, as_json: bool) -> None:
    """Forget that a session is a baseline. The session and its forks stay."""
    report = baselines.unmark(_context(ctx), name)
    if as_json:
        show_json(document.report(report))
        return
    _show_notes(report)
    (standing,) = report.standings
    show_line(f"{standing.baseline.name} is no longer a baseline; its session “{_title(standing)}” stays.")


def _context(ctx: click.Context) -> Context:
    workbench: Workbench = ctx.obj
    return workbench.open(ctx.meta["forksight.cwd"])


def _fresh(name: str, drift: Drift | None) -> str:
    changes = "; ".join(phrases(drift)) if drift else ""
    return f"{name} is not stale yet: {printable(changes)}." if changes else f"{name} is up to date."


def _title(standing: Standing) -> str:
    named = standing.node or standing.copy
    return printable(named.title if named else standing.baseline.generation.session)


def _table(standings: tuple[Standing, ...]) -> None:
    """Print a row for each baseline. Ids are shortened on a terminal."""
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, header_style="dim")
    room = max(20, out.width - 42) if out.is_terminal else None  # cells that the other columns leave
    table.add_column("baseline", style="bold", no_wrap=True, max_width=room and room // 2)
    table.add_column("session", no_wrap=True, max_width=room and room // 2)
    table.add_column("id", style="dim", no_wrap=True)
    for title in ("generation", "forks"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("commit", style="dim", no_wrap=True)
    for standing in standings:
        now = standing.baseline.generation
        identity, commit = (now.session[:8], (now.commit or "")[:10]) if out.is_terminal else (now.session, now.commit)
        title = _title(standing) if standing.node else "(deleted by Claude Code)"
        row = (standing.baseline.name, title, identity, str(now.number), str(standing.forks), commit or "")
        table.add_row(*map(printable, row))
    if out.is_terminal:
        out.soft_wrap = False  # so that long titles end in an ellipsis
    else:
        out.width = 10_000  # so that lines in a file or pipe are complete
    out.print(table)


def _transcript(standing: Standing | None) -> str | None:
    return standing.node.session.transcript if standing and standing.node and standing.node.session else None


def _details(standing: Standing) -> None:
    forks = many(standing.forks, "fork")
    show_line(f"{printable(standing.baseline.name)}  “{_title(standing)}”  {forks}")
    for generation in standing.baseline.generations:
        current = " (current)" if generation.number == standing.baseline.current else ""
        show_line(
            f"  generation {generation.number}{current}: {generation.session} at {generation.commit or 'no commit'}"
        )
    if standing.copy:
        show_line(f"  our copy: {standing.copy.size:,} bytes, {_day(standing.copy.created)}")
    if standing.expiry:
        show_line(f"  Claude Code deletes the transcript after {_day(standing.expiry.at)} unless the session goes on")


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")


def _show_notes(report: Report) -> None:
    show_warnings(report.warnings)
    (only,) = report.standings if len(report.standings) == 1 else (None,)
    show_problems(report.problems, about=_transcript(only))
