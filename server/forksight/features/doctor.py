"""Checks what Forksight needs of this machine and repository. Each check says what is wrong and how to fix it."""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from glob import escape, glob

from forksight.core.git.watching import INSTANCES, SHARE
from forksight.core.problems import ForksightError, NotARepositoryError
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.overlaps.watched_places import places_in
from forksight.features.sessions.expiring import expiring
from forksight.features.sessions.settle import settled_tree
from forksight.features.teams.newer_baselines import newer_generations
from forksight.features.teams.presence import sharing_sentence

_LOCKED_FOR = 600.0  # seconds: a lock that is older is hardly a git's that still runs
_RENEW = "forksight baseline list"  # copies what has no whole copy


class Health(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Check:
    """One check."""

    name: str
    health: Health
    detail: str
    fix: str = ""  # what to do; "" where there is nothing to do


def examine(context: Context) -> tuple[Check, ...]:
    """All checks, in the order of their dependencies. Starts git and claude; changes nothing."""
    checks = [_tried("git", lambda: f"git {context.machine.git_version()}"), _claude(context), _transcripts(context)]
    if checks[0].health is Health.ERROR:
        return tuple(checks)
    try:
        common_dir = context.repository.common_dir
    except NotARepositoryError as error:
        return (*checks, Check("repository", Health.WARNING, str(error), error.fix))
    except ForksightError as error:
        return (*checks, Check("repository", Health.ERROR, str(error), error.fix))
    return (
        *checks,
        Check("repository", Health.OK, common_dir),
        *_settings(context),
        *_worktrees(context),
        *_locks(common_dir),
        _ledger(context),
        *_sharing(context),
        *_team_baselines(context),
        *_sessions(context),
        _watches(context),
    )


def _tried(name: str, attempt: Callable[[], str]) -> Check:
    try:
        return Check(name, Health.OK, attempt())
    except ForksightError as error:
        return Check(name, Health.ERROR, str(error), error.fix)


def _claude(context: Context) -> Check:
    """Claude Code is only needed to fork and resume: overlap warnings work without it."""
    check = _tried("claude", lambda: _claude_version(context))
    if check.health is Health.OK:
        return check
    return Check(check.name, Health.WARNING, check.detail, check.fix)


def _claude_version(context: Context) -> str:
    path = context.claude.program().path
    return f"Claude Code {context.machine.claude_version(path)} at {path}"


def _transcripts(context: Context) -> Check:
    projects = context.claude.projects
    if not os.path.isdir(projects):
        fix = "start Claude Code once, or set CLAUDE_CONFIG_DIR to where its folder is"
        return Check("transcripts", Health.WARNING, f"no sessions yet: {projects} does not exist", fix)
    if not os.access(projects, os.R_OK | os.X_OK):
        return Check(
            "transcripts", Health.ERROR, f"{projects} can't be read", f"run `{shell.join(['chmod', 'u+rx', projects])}`"
        )
    return Check("transcripts", Health.OK, projects)


def _settings(context: Context) -> Iterator[Check]:
    """The settings that are not the default, and where each comes from."""
    sourced = context.sourced_settings
    named = [f"{name.removeprefix('forksight.')} ({source})" for name, source in sourced.sources]
    yield Check("settings", Health.OK, ", ".join(named) or "all have their default values")
    for problem in sourced.problems:
        yield Check("settings", Health.WARNING, problem.message)


def _worktrees(context: Context) -> Iterator[Check]:
    worktrees, problems = context.repository.worktrees()
    branches = ", ".join(worktree.branch or worktree.path for worktree in worktrees[:5]) + (
        ", …" if len(worktrees) > 5 else ""
    )
    yield Check("worktrees", Health.OK, f"{len(worktrees)}: {branches}" if worktrees else "none: nothing to compare")
    for problem in problems:
        yield Check("worktrees", Health.WARNING, problem.message)
    for worktree in worktrees:
        try:
            _, problems = context.repository.scan(worktree)
        except ForksightError as error:
            yield Check("worktrees", Health.ERROR, str(error), error.fix)
        else:
            for problem in problems:
                yield Check("worktrees", Health.WARNING, problem.message)


def _locks(common_dir: str) -> Iterator[Check]:
    """The lock files that a killed git left behind."""
    patterns = ("*.lock", "refs/**/*.lock", "reftable/*.lock", "worktrees/*/*.lock")
    for path in sorted(
        path for pattern in patterns for path in glob(f"{escape(common_dir)}/{pattern}", recursive=True)
    ):
        with suppress(FileNotFoundError):
            if time.time() - os.lstat(path).st_mtime > _LOCKED_FOR:
                minutes = f"{_LOCKED_FOR // 60:.0f} minutes"
                fix = f"if no git is at work there, run `{shell.join(['rm', path])}`"
                yield Check("locks", Health.WARNING, f"{path} has been there for more than {minutes}", fix)


def _sharing(context: Context) -> Iterator[Check]:
    """The state of sharing with colleagues, if it is on."""
    sentence = sharing_sentence(context)
    if not sentence:
        return
    from forksight.features.teams.sharing import standing

    now = standing(context)
    fails = bool(now.state.error or now.problems)
    fix = "run `forksight share now` to try again" if now.state.error else ""
    yield Check("sharing", Health.WARNING if fails else Health.OK, sentence, fix)
    for message in (*(problem.message for problem in now.problems), *now.state.not_shared):
        if message != sentence:
            yield Check("sharing", Health.WARNING, message)


def _team_baselines(context: Context) -> Iterator[Check]:
    """Fetched baselines of which a newer generation was published."""
    for problem in newer_generations(context, context.ledger.view()[0]):
        yield Check("baselines", Health.WARNING, problem.message)


def _ledger(context: Context) -> Check:
    folder = f"{context.repository.common_dir}/forksight"
    _, problems = context.ledger.view()
    if problems:
        return Check("ledger", Health.WARNING, problems[0].message)
    written = folder if os.path.isdir(folder) else context.repository.common_dir
    if not os.access(written, os.W_OK | os.X_OK):
        fix = f"run `{shell.join(['chmod', 'u+wx', written])}`, or ask its owner"
        if os.statvfs(written).f_flag & os.ST_RDONLY:
            fix = "its file system is mounted read-only: mount it writable"
        return Check("ledger", Health.ERROR, f"{written} can't be written: forks and baselines can't be recorded", fix)
    return Check("ledger", Health.OK, folder)


def _sessions(context: Context) -> Iterator[Check]:
    """The fork tree's own problems: empty forks, transcripts that can't be read or will be deleted."""
    tree = settled_tree(context)
    yield Check("sessions", Health.OK, f"{len(tree.nodes)}")
    present = {node.id for node in tree.nodes if node.session is not None}
    copies, lost = _copies(context, present)
    reported = {problem.message for problem in (*context.repository.worktrees()[1], *context.ledger.view()[1])}
    for problem in (*tree.problems, *expiring(context, tree, lost=lost)):
        if problem.message not in reported:
            yield Check("sessions", Health.WARNING, problem.message)
    yield from copies
    yield from _archives(context)


def _copies(context: Context, present: Collection[str]) -> tuple[list[Check], set[str]]:
    """Whether our copies of baselines' transcripts are complete, reading each to its end; and the ids of the lost sessions.

    `present` are the sessions whose original transcript exists.
    """
    copies, problems = context.vault.copies()
    spoilt = {_session_of(problem.path): problem.path for problem in problems if problem.path}
    broken = {session: (f"{path} can't be read", path, session) for session, path in spoilt.items()}
    for copy in copies:
        try:
            context.vault.verify(copy)
        except ForksightError as error:
            broken[copy.session] = (str(error), copy.archive, copy.baseline or copy.session)
    whole = sum(copy.session not in broken for copy in copies)
    message = "1 whole copy of a transcript" if whole == 1 else f"{whole} whole copies of transcripts"
    checks = [Check("copies", Health.OK, message)] if whole else []
    for path in context.vault.set_aside():
        message = f"{path} is an earlier copy of a transcript and may hold what no other has: it was replaced, or its list was lost"
        fix = f"look into it (`{shell.join(['tar', '-tzf', path])}`), and remove it if you don't need it"
        checks.append(Check("copies", Health.WARNING, message, fix))
    for session, (why, path, name) in broken.items():
        message = f"our copy of the transcript of {name} is of no use: {why}"
        if session in present:
            fix = f"run `{shell.join(['rm', '-f', path])}`, then `{_RENEW}` makes a new one"
            checks.append(Check("copies", Health.WARNING, message, fix))
        else:
            fix = "get that file back from a backup, or mark another session: `forksight baseline set SESSION --name NAME`"
            checks.append(Check("copies", Health.ERROR, f"{message}, and the original is not there any more", fix))
    return checks, set(broken) - set(present)


def _archives(context: Context) -> Iterator[Check]:
    """Whether each archived fork could be restored, reading its archive to the end."""
    archives = context.ledger.view()[0].archives
    broken = 0
    for archive in archives:
        try:
            context.archives.verify(archive)
        except ForksightError as error:
            broken += 1
            fix = "get that folder back from a backup; what is readable in it stays there"
            message = f"“{archive.node.title}” can't be restored completely: {error}"
            yield Check("archives", Health.ERROR, message, fix)
    if whole := len(archives) - broken:
        yield Check("archives", Health.OK, "1 whole archive" if whole == 1 else f"{whole} whole archives")


def _session_of(index: str) -> str:
    """The session of an unreadable copy, from the name of its index file."""
    return os.path.basename(index).removesuffix(".json")


def _watches(context: Context) -> Check:
    worktrees, _ = context.repository.worktrees()
    directories = places_in(context.repository, dict.fromkeys(worktrees, ())).directories
    tried = context.machine.try_watching(directories)
    if tried.setting is None:
        return Check("watches", Health.OK, "changes on disk are seen without kernel watches of our own")
    if not tried.left_out:
        limit = "" if tried.limit is None else f", {tried.limit} watches allowed for all programs of this user"
        return Check("watches", Health.OK, f"{len(directories)} directories to watch{limit}")
    least = 512 if tried.setting == INSTANCES else 2 * SHARE * len(directories)
    fix = f"run `sudo sysctl {tried.setting}={max(least, 2 * (tried.limit or 0))}`; until then they are polled"
    detail = (
        f"{tried.left_out} of {len(directories)} directories can't be watched: the limit {tried.setting} is reached"
    )
    return Check("watches", Health.WARNING, detail, fix)
