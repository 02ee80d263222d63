"""Fork session for this branch: a baseline, a worktree of exactly that branch, and Claude Code started there by id."""

import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any

from forksight.core.claude import launch
from forksight.core.claude.background import attach
from forksight.core.claude.settings import expiry
from forksight.core.forks import steps
from forksight.core.forks.proposal import Origin, Proposal
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.problems import ForksightError, Problem
from forksight.core.sessions.session import ForkTree, Node, State
from forksight.core.store.ledger import Baseline, Fork, Mode
from forksight.core.words import shell
from forksight.core.words.names import check_name, free_title
from forksight.core.words.quantities import many
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.context import Context
from forksight.features.forks.facts import Facts, described, gather, program
from forksight.features.forks.target import Target, locate, preparation
from forksight.features.git.worktrees import main_checkout, place_of
from forksight.features.sessions import find
from forksight.features.sessions.copies import check_lost
from forksight.features.sessions.nudge import nudges_before
from forksight.features.teams.newer_baselines import newer_generations


@dataclass(frozen=True, slots=True)
class ForkRequest:
    """The arguments of a fork; None leaves the choice to Forksight."""

    branch: str | None = None
    baseline: str | None = None
    title: str | None = None
    start_point: str | None = None
    prompt: str | None = None
    # Fork although there are reasons to ask first.
    again: bool = False
    mode: Mode = Mode.TERMINAL

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from their defaults, as plain data."""
        return {name: value for name, value in asdict(self).items() if value not in (None, False, Mode.TERMINAL)}

    def command(self) -> str:
        """The equivalent command line."""
        named = {"--baseline": self.baseline, "--name": self.title, "--start-point": self.start_point}
        words = [self.branch] if self.branch is not None else []
        for option, value in {**named, "--prompt": self.prompt}.items():
            words += [option, value] if value is not None else []
        words += ["--again"] if self.again else []
        words += [f"--{self.mode}"] if self.mode is not Mode.TERMINAL else []
        return shell.join(["forksight", "fork", *words])


def propose(context: Context, request: ForkRequest) -> Proposal:
    """Decide everything, without doing it. Raises `UsageError`, `GitError` and other `ForksightError`s if it is impossible."""
    for name, value in asdict(request).items():
        if isinstance(value, str):
            find.given(f"the {name.replace('_', ' ')}", value)
    facts = gather(context)
    baseline = find.baseline(facts.view, request.baseline)
    target = locate(context, request.branch, request.start_point, facts.recovery.removed)
    origin = Origin(baseline.name, baseline.current, baseline.generation.session)
    question, warnings = _question(context, facts, target, request)
    base = Proposal(target.path, target.branch, origin, request.mode, warnings=warnings, problems=facts.problems)
    if question is not None:
        return replace(base, question=question)
    source, source_warnings = _source(context, facts, baseline)
    shared = any(warning.code == "shared-worktree" for warning in warnings)  # says it already, and more
    beside = () if shared else _in_place(context, target, request)
    news = newer_generations(context, facts.view, baseline.name)
    nudges = nudges_before(context, facts.tree, origin.session)
    base = replace(base, warnings=(*warnings, *beside, *source_warnings, *news, *nudges))
    return _with_plan(context, facts, base, target=target, request=request, source=source)


def _with_plan(
    context: Context, facts: Facts, base: Proposal, *, target: Target, request: ForkRequest, source: tuple[Step, ...]
) -> Proposal:
    """The proposal with its plan and its launch."""
    assert base.baseline is not None
    origin = base.baseline
    preparing, problems = preparation(context, target, facts.recovery.removed)
    unfinished, completed = facts.recovery.complete(target.path, context.settings.worktree.setup)
    binary, missing = program(context)
    identity = str(uuid.uuid4())
    background = request.mode is Mode.BACKGROUND
    fork = Fork(
        launch=identity,
        session=None if background else identity,
        parent=origin.session,
        baseline=origin.name,
        generation=origin.generation,
        branch=target.branch,
        worktree=target.path,
        title=_title(facts, target, request),
        mode=request.mode,
        created=context.clock.now(),
        prompt=request.prompt,
    )
    start = launch_of(binary, fork)
    plan = Plan(
        id=str(uuid.uuid4()),
        target=target.path,
        steps=(
            *facts.recovery.steps,
            *source,
            *preparing,
            *(unfinished if not target.make else ()),
            steps.record_fork(fork),
            *((steps.start_session(start, request.mode),) if request.mode is not Mode.PRINT else ()),
        ),
        replaces=(*facts.recovery.replaces, *completed),
    )
    return replace(
        base,
        plan=plan,
        launch=start,
        fork=fork,
        recorded=None if request.again else facts.recorded,
        warnings=(*base.warnings, *missing),
        problems=(*base.problems, *problems),
    )


def look_again(context: Context, proposal: Proposal) -> None:
    """Check, once the plan has begun and excludes other processes, that its worktree is still as it was when proposed.

    Raises `ForksightError` (code `changed`) if another fork was recorded there meanwhile, or the worktree was removed.
    """
    plan, path, branch = proposal.plan, proposal.worktree, proposal.branch
    if plan is None or proposal.fork is None:
        return
    newer = [
        fork
        for fork in context.ledger.view()[0].forks
        if proposal.recorded is not None and fork.worktree == path and fork.launch not in proposal.recorded
    ]
    if newer:
        why = f"another process forked “{newer[-1].title}” there"
        raise ForksightError(f"{branch} was not forked: {why}", fix=_resume_it(newer[-1]), code="changed")
    makes_worktree = any(step.action is Action.CREATE_WORKTREE for step in plan.steps)
    if not makes_worktree and not any(worktree.path == path for worktree in context.maker.registered()):
        raise ForksightError(f"{branch} was not forked: {path} was removed meanwhile", fix="try again", code="changed")


def _resume_it(fork: Fork) -> str:
    return f"go on there with `{shell.join(['forksight', 'resume', fork.id])}`"


def launch_of(binary: launch.Program, fork: Fork) -> launch.Launch:
    """The first start of a recorded fork."""
    if fork.mode is Mode.BACKGROUND:
        return launch.background_fork(
            binary, parent=fork.parent, launch=fork.launch, title=fork.title, cwd=fork.worktree, prompt=fork.prompt
        )
    return launch.fork(
        binary, parent=fork.parent, session=fork.launch, title=fork.title, cwd=fork.worktree, prompt=fork.prompt
    )


def restoring(
    context: Context,
    tree: ForkTree,
    session: str,
    whose: str,
    fix: str = "mark another session: `forksight baseline set SESSION --name NAME`",
) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    """The step that restores a session's transcript from our copy, if it is gone. Raises `ForksightError` if there is no copy."""
    if any(node.id == session and node.session is not None for node in tree.nodes):
        return (), ()
    check_lost(context, tree, session, whose)
    if context.vault.find(session) is None:
        raise ForksightError(
            f"the transcript of {whose} (session {session}) is not in {context.claude.projects}, and there is no copy of it:"
            " Claude Code deleted it, or it is another account's (CLAUDE_CONFIG_DIR)",
            fix=fix,
            code="transcript-gone",
        )
    sentence = f"The transcript of {whose} is not there any more; our copy of it is put back."
    return (steps.restore_transcript(session),), (Problem("transcript-restored", sentence),)


def _source(context: Context, facts: Facts, baseline: Baseline) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    """The steps that make the baseline's session ready to be forked, and warnings about it."""
    session = baseline.generation.session
    restore, warnings = restoring(context, facts.tree, session, f"the baseline {baseline.name}")
    node = next((node for node in facts.tree.nodes if node.id == session), None)
    if node is not None and node.session is not None:
        settings, _ = context.claude.settings(main_checkout(context) or node.worktree or node.session.cwd)
        end = expiry(node.session, settings, context.clock.now())
        if end is not None and end.soon:
            sentence = f"Claude Code deletes the transcript of the baseline {baseline.name} in {many(end.days, 'day')}; our copy stays."
            warnings = (*warnings, Problem("baseline-expires", sentence))
        if node.state in (State.LIVE_BUSY, State.LIVE_WAITING):
            sentence = (
                f"The baseline {baseline.name} is at work now: the fork gets only what its transcript holds so far."
            )
            warnings = (*warnings, Problem("baseline-busy", sentence))
    return restore, warnings


def _title(facts: Facts, target: Target, request: ForkRequest) -> str:
    """The requested title; else the branch's name, with a number if a session has that title already."""
    if request.title is not None:
        return check_name("the name", request.title)
    taken = {node.title for node in facts.tree.nodes} | {fork.title for fork in facts.view.forks}
    return free_title(target.branch, taken)


def _question(
    context: Context, facts: Facts, target: Target, request: ForkRequest
) -> tuple[Question | None, tuple[Problem, ...]]:
    """The question to ask first, if any: whether to resume an existing fork, or to join a session that works there; and warnings."""
    forks = _forks_of(facts, target)
    workers = facts.workers.get(target.path, ())
    if target.undecided:
        return _which_remote(target, request)
    warnings: list[Problem] = []
    choices: list[Choice] = []
    arguments = {**request.arguments(), "branch": target.branch}
    again = replace(request, branch=target.branch, again=True).command()
    hints = [again]
    if forks and not request.again:
        newest = forks[-1]
        more = f" (and {len(forks) - 1} more)" if len(forks) > 1 else ""
        printed = ["--print"] if request.mode is Mode.PRINT else []
        hints.insert(0, shell.join(["forksight", "resume", newest.id, *printed]))
        behind = newest.live is not None and newest.live.kind == "bg"
        go_on = f"Attach to it (`{attach(newest.id)}`)" if behind else f"Resume it (`{hints[0]}`)"
        sentence = f"{target.branch} already has a fork: “{newest.title}”{more}. {go_on}, or fork again (`{again}`)."
        warnings.append(Problem("fork-exists", sentence))
        choices.append(Choice(f"Resume “{newest.title}”", "resume", {"session": newest.id}))
    if workers:
        sentence = ", ".join(described(worker, facts.title(worker)) for worker in workers)
        sentence = f"Another session works in {target.path}: {sentence}."
        if not forks and not request.again:
            fresh = _new_branch(context, target)
            choices.append(Choice(f"Fork to a new branch {fresh}", "fork", {**arguments, "branch": fresh}))
            hints.insert(0, replace(request, branch=fresh).command())
            sentence += f" Fork to a new branch (`{hints[0]}`), or here all the same (`{again}`)."
        warnings.append(Problem("shared-worktree", sentence, target.path))
    if request.again or not warnings:
        return None, tuple(warnings)
    title = "Fork here all the same" if workers else "Fork again"
    choices.append(Choice(title, "fork", {**arguments, "again": True}))
    return Question(" ".join(warning.message for warning in warnings), tuple(choices), hints[0]), tuple(warnings)


def _which_remote(target: Target, request: ForkRequest) -> tuple[Question, tuple[Problem, ...]]:
    """The question which remote's branch is meant. git does not guess either, unless checkout.defaultRemote is set."""
    branch = target.branch
    answers = {remote: replace(request, branch=branch, start_point=remote) for remote in target.undecided}
    commands = " or ".join(f"`{answer.command()}`" for answer in answers.values())
    sentence = (
        f"{branch} is on {len(answers)} remotes: say which one is meant ({commands}), or once and for all with"
        " `git config checkout.defaultRemote REMOTE`."
    )
    choices = [Choice(f"Start from {remote}", "fork", answer.arguments()) for remote, answer in answers.items()]
    hint = answers[target.undecided[0]].command()
    return Question(sentence, tuple(choices[:MOST]), hint), (Problem("several-remotes", sentence),)


def _in_place(context: Context, target: Target, request: ForkRequest) -> tuple[Problem, ...]:
    """The warning that a fork would edit the files of the main checkout, or of the worktree that the person is in."""
    if target.make or not (target.main or target.path == place_of(context)):
        return ()
    beside = replace(request, branch=_new_branch(context, target)).command()
    place = "the main checkout" if target.main else "the worktree that you are in"
    message = f"The fork works in {place}, {target.path}, and edits its files: it gets no worktree of its own."
    return (Problem("fork-in-place", f"{message} On a new branch it would: `{beside}`.", target.path),)


def _forks_of(facts: Facts, target: Target) -> list[Node]:
    """The forks of a branch that can be resumed, the last active one last. A new branch has none."""
    if target.commit is not None:
        return []
    forks = [
        node
        for node in facts.tree.nodes
        if node.branch == target.branch
        and node.parent
        and node.baseline is None
        and not node.attempt
        and node.state is not State.ARCHIVED
    ]
    return sorted(forks, key=lambda node: node.last_active)


def _new_branch(context: Context, target: Target) -> str:
    """A free name for a new branch, derived from the target's."""
    name, number = f"{target.branch}-fork", 1
    while context.maker.branch(name) is not None:
        number += 1
        name = f"{target.branch}-fork-{number}"
    return name
