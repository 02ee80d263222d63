"""Sets up Claude Code for this user: a status line in its settings, and the plugins, through its own command."""

from forksight.core.problems import ForksightError, Problem
from forksight.core.setup import status_line
from forksight.core.setup.plan import (
    LSP,
    MARKETPLACE,
    PLUGIN,
    WORKTREES,
    Action,
    InstalledPlugin,
    Kept,
    Setup,
    SetupPlan,
    Step,
)
from forksight.core.setup.settings_text import read_object, with_member, without_member
from forksight.core.words import shell
from forksight.features.context import Context

_MADE_BY_PLUGINS = ("enabledPlugins", "extraKnownMarketplaces")  # settings that Claude Code leaves behind empty


def current(context: Context) -> Setup:
    """The current state of the set-up."""
    setup = context.claude_setup
    problems = []
    line = "unreadable"
    try:
        line = _line(_settings(setup.read(), setup.path).get(status_line.KEY))
    except ForksightError as error:
        problems.append(Problem(error.code, f"{error.sentence}."))
    try:
        return Setup(setup.path, line, *_plugins(context), tuple(problems))
    except ForksightError as error:
        return Setup(setup.path, line, problems=(*problems, Problem(error.code, f"{error.sentence}.")))


def propose(context: Context, *, worktrees: bool, lsp: bool) -> SetupPlan:
    """The plan to set everything up, with the optional plugins if wanted; without steps if all is set up.

    Raises `ForksightError`, also for settings that can't be read.
    """
    setup = context.claude_setup
    before = setup.read()
    line = _settings(before, setup.path).get(status_line.KEY)
    new_line = status_line.with_ours(line, setup.program)
    after = before if line == new_line else with_member(before or "{}\n", status_line.KEY, new_line)
    installed, marketplace = _plugins(context)
    have = {plugin.id for plugin in installed if plugin.enabled}
    steps = [] if after == before else [Step(Action.WRITE, f"set {status_line.KEY} in {setup.path}")]
    if not marketplace:
        steps.append(_run("marketplace", "add", setup.marketplace))
    for plugin in (PLUGIN, *([WORKTREES] if worktrees else []), *([LSP] if lsp else [])):
        if plugin not in have:
            known_off = any(installed_plugin.id == plugin for installed_plugin in installed)
            steps.append(_run("enable" if known_off else "install", plugin))
    return SetupPlan(setup.path, before, after, tuple(steps))


def propose_undo(context: Context) -> SetupPlan:
    """The plan to undo all of it; without steps if nothing is set up. Raises `ForksightError`."""
    setup = context.claude_setup
    before = after = setup.read()
    line = _settings(before, setup.path).get(status_line.KEY)
    if before is not None and status_line.shows_ours(line):
        earlier = status_line.without_ours(line)
        after = (
            without_member(before, status_line.KEY)
            if earlier is None
            else with_member(before, status_line.KEY, earlier)
        )
    installed, marketplace = _plugins(context)
    steps = [] if after == before else [Step(Action.WRITE, f"take Forksight out of {status_line.KEY} in {setup.path}")]
    steps += [_run("uninstall", plugin.id) for plugin in installed]
    if marketplace:
        steps.append(_run("marketplace", "remove", MARKETPLACE))
    caches, stays = _caches(context)
    return SetupPlan(setup.path, before, after, (*steps, *caches), undo=True, stays=stays)


def _caches(context: Context) -> tuple[list[Step], tuple[Kept, ...]]:
    """The steps that remove caches, and what is kept: what people made, and what is needed to find it again."""
    files = context.user_files
    agents, indexes, repositories = files.of_agents(), files.indexes(), files.repositories()
    steps = [Step(Action.REMOVE, f"remove what agents were told and what status lines show, in {files.caches}", agents)]
    detail = f"remove what was read of sessions, in {files.caches}; editors and `forksight tree` read it again"
    steps += [Step(Action.REMOVE, detail, indexes)] if not repositories else []
    stays = [Kept(path, "your baselines, forks and archives") for path in repositories]
    stays += [Kept(files.keys, "the keys that say that those are yours")] if repositories else []
    stays += [Kept(path, "where the sessions of your forks are") for path in indexes if repositories]
    stays += [Kept(path, "what an editor shows, for a week") for path in files.views()]
    return [step for step in steps if step.arguments], tuple(stays)


def carry_out(context: Context, plan: SetupPlan) -> None:
    """Carry out a plan. Raises `ForksightError`; completed steps stay, and the next run does the rest."""
    setup = context.claude_setup
    for step in plan.steps:
        if step.action is Action.WRITE:
            assert plan.after is not None
            if not plan.undo:
                setup.keep_copy(plan.before)
            setup.write(plan.before, plan.after)
        elif step.action is Action.REMOVE:
            context.user_files.remove(step.arguments)
        else:
            setup.run(step.arguments)
    if plan.undo and plan.steps:
        _tidy(context)


def _tidy(context: Context) -> None:
    """Remove what Claude Code leaves of our plugins. If the settings then equal those from before, their bytes are restored."""
    setup = context.claude_setup
    text, copy = setup.read(), setup.copy()
    if text is None:
        return
    settings = _settings(text, setup.path)
    tidied = text
    for name in _MADE_BY_PLUGINS:
        if settings.get(name) == {}:
            tidied = without_member(tidied, name)
    remaining = read_object(tidied)
    if copy is not None and _without_empty(_settings(copy or None, setup.path)) == _without_empty(remaining):
        setup.write(text, copy or None)
    elif tidied != text:
        setup.write(text, tidied)
    setup.forget_copy()


def _without_empty(settings: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in settings.items() if name not in _MADE_BY_PLUGINS or value != {}}


def _run(*arguments: str) -> Step:
    return Step(Action.RUN, f"run `{shell.join(['claude', 'plugin', *arguments])}`", ("plugin", *arguments))


def _settings(text: str | None, path: str) -> dict[str, object]:
    try:
        return read_object(text) if text is not None else {}
    except ValueError as error:
        raise ForksightError(
            f"{path} can't be read ({error}): it is left as it is",
            fix="correct it, and try again",
            code="claude-settings",
        ) from None


def _line(setting: object) -> str:
    return "none" if setting is None else "ours" if status_line.shows_ours(setting) else "other"


def _plugins(context: Context) -> tuple[tuple[InstalledPlugin, ...], bool]:
    """Our plugins that are installed for this user, and whether our marketplace is. Raises `ClaudeError`."""
    setup = context.claude_setup
    plugins = tuple(
        InstalledPlugin(row["id"], str(row.get("version")), row.get("enabled") is True)
        for row in setup.ask(("plugin", "list", "--json"))
        if row.get("id") in (PLUGIN, WORKTREES, LSP) and row.get("scope") == "user"
    )
    marketplaces = setup.ask(("plugin", "marketplace", "list", "--json"))
    return plugins, any(row.get("name") == MARKETPLACE for row in marketplaces)
