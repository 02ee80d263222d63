"""Resumes a session by its id in its own worktree, which is made again if it is gone. A live session is never started twice."""

import uuid
from dataclasses import dataclass, replace

from forksight.core.claude import launch
from forksight.core.claude.background import attach
from forksight.core.claude.launch import Launch, Program
from forksight.core.claude.unread import LIVE
from forksight.core.forks import steps
from forksight.core.forks.proposal import Origin, Proposal
from forksight.core.git.paths import inside
from forksight.core.plans.plan import Plan, Step
from forksight.core.problems import ForksightError, GitError, Problem, UsageError
from forksight.core.sessions.session import Evidence, LiveProcess, Node, State
from forksight.core.sessions.tree import ancestors, parents_of
from forksight.core.store.ledger import Mode
from forksight.core.words import shell
from forksight.features.context import Context
from forksight.features.forks.facts import Facts, described, gather, program
from forksight.features.forks.fork import launch_of, restoring
from forksight.features.forks.running import resume_anyway_question, take_over_question
from forksight.features.forks.target import Target, check_within_reach, preparation
from forksight.features.git.resolver import located
from forksight.features.sessions import find
from forksight.features.sessions.at_work import everybody
from forksight.features.sessions.tree import unwritten


@dataclass(frozen=True, slots=True)
class _Whereabouts:
    """Where a session is resumed."""

    worktree: str
    # The directory in it.
    cwd: str
    # How the worktree is made again; None if it is there.
    target: Target | None = None
    warnings: tuple[Problem, ...] = ()


def propose_resume(
    context: Context,
    selector: str | None,
    mode: Mode = Mode.TERMINAL,
    *,
    take_over: bool = False,
    anyway: bool = False,
) -> Proposal:
    """Decide how to resume a session (id, beginning of an id, or title) or a branch; None is the current branch.

    `take_over`: end a session that runs in a terminal there first. `anyway`: resume it although nobody can tell whether it runs.
    Raises `UsageError` if the selector names nothing or several sessions, `ForksightError` if it can't be resumed.
    """
    find.given("the session or branch", selector)
    facts = gather(context)
    node, warnings = _meant(context, facts, selector)
    if node.state is State.ARCHIVED:
        raise ForksightError(
            f"the session “{node.title}” is archived", fix=f"restore it first: `forksight restore {node.id}`"
        )
    running = node.live
    if running is not None and take_over:
        node, facts = _as_ended(facts, node, running)
    if node.live is not None:
        return _nothing_to_start(facts, node, node.live, mode, warnings)
    doubt = _may_be_live(context, facts, node, running)
    if doubt is not None and not anyway:
        question = resume_anyway_question(node.id, node.title, doubt)
        sentence = f"{question.message} To resume it all the same: `{question.hint}`."
        return Proposal(
            worktree=node.worktree,
            branch=node.branch,
            baseline=_origin(facts, node),
            mode=mode,
            fork=facts.view.fork(node.id),
            warnings=(*warnings, Problem("session-maybe-live", sentence, node.worktree)),
            problems=facts.problems,
            question=question,
        )
    whereabouts = _whereabouts(context, facts, node)
    binary, missing = program(context)
    start = _launch(binary, facts, node, whereabouts.cwd)
    source, restored = _source(context, facts, node)
    preparing, problems = (
        preparation(context, whereabouts.target, facts.recovery.removed) if whereabouts.target else ((), ())
    )
    unfinished, completed = facts.recovery.complete(whereabouts.worktree, context.settings.worktree.setup)
    plan = Plan(
        id=str(uuid.uuid4()),
        target=whereabouts.worktree,
        steps=(
            *facts.recovery.steps,
            *source,
            *preparing,
            *(() if whereabouts.target else unfinished),
            *((steps.start_session(start, mode),) if mode is not Mode.PRINT else ()),
        ),
        replaces=(*facts.recovery.replaces, *completed),
    )
    return Proposal(
        worktree=whereabouts.worktree,
        branch=node.branch,
        baseline=_origin(facts, node),
        mode=mode,
        plan=plan,
        launch=start,
        fork=facts.view.fork(node.id),
        running=running,
        warnings=(*warnings, *whereabouts.warnings, *restored, *_company(facts, whereabouts.worktree), *missing),
        problems=(*facts.problems, *problems),
    )


def _nothing_to_start(
    facts: Facts, node: Node, running: LiveProcess, mode: Mode, warnings: tuple[Problem, ...]
) -> Proposal:
    """The proposal for a live session, which is shown where it runs or, after a question, ended there."""
    sentence = f"{described(running, node.title)} runs already in {running.cwd}: it is not started a second time."
    if running.kind == "bg":
        sentence += f" Attach to it with `{attach(node.id)}`."
    place = node.worktree or running.cwd
    return Proposal(
        worktree=place,
        branch=node.branch,
        baseline=_origin(facts, node),
        mode=mode,
        fork=facts.view.fork(node.id),
        running=running,
        warnings=(*warnings, Problem("session-live", sentence[:1].upper() + sentence[1:], place)),
        problems=facts.problems,
        question=take_over_question(running, node.title) if _can_go_on(facts, node, running) else None,
    )


def _may_be_live(context: Context, facts: Facts, node: Node, ended: LiveProcess | None) -> str | None:
    """The reason why nobody can tell whether a session that is not seen to run is live elsewhere; None if it is not.

    `ended` is the process that runs it, if that is about to be ended.
    """
    if ended is not None:
        return None
    unread = next((problem.message for problem in facts.problems if problem.code == LIVE), None)
    if unread is not None:
        return unread
    listed = (process for process in everybody(context)[0] if not process.checked and process.session == node.id)
    process = next(listed, None)
    if process is None:
        return None
    return f"Claude Code lists it as process {process.pid} of another container or machine, in {process.cwd}"


def _can_go_on(facts: Facts, node: Node, running: LiveProcess) -> bool:
    """Whether a live session can be ended and resumed here. Claude Code's daemon would restart a background session."""
    return running.kind != "bg" and (node.session is not None or facts.view.fork(node.id) is not None)


def _as_ended(facts: Facts, node: Node, running: LiveProcess) -> tuple[Node, Facts]:
    """The session and the facts as if this process had ended. Raises `ForksightError` if it could not be resumed then."""
    if running.kind == "bg":
        raise ForksightError(
            f"{described(running, node.title)} is run by Claude Code itself",
            fix=f"attach to it with `{attach(node.id)}`",
            code="session-live",
        )
    if not _can_go_on(facts, node, running):
        raise ForksightError(
            f"nothing was said in {described(running, node.title)} yet: there is nothing to resume",
            fix="end it where it runs, and start Claude Code again",
            code="session-live",
        )
    pending = node.session is None and not node.transcript_missing
    workers = {
        worktree: tuple(worker for worker in working if worker.pid != running.pid)
        for worktree, working in facts.workers.items()
    }
    ended = replace(node, live=None, state=State.PENDING if pending else State.IDLE)
    return ended, replace(facts, workers=workers)


def _meant(context: Context, facts: Facts, selector: str | None) -> tuple[Node, tuple[Problem, ...]]:
    """The session that the selector names, and a warning if its branch has several. A branch never stands for a baseline."""
    new = unwritten(context, facts.tree)
    nodes = (*facts.tree.nodes, *new)
    exact = next((node for node in nodes if node.id == selector), None)
    if exact is not None:
        return exact, ()
    name = context.here.branch if selector is None else selector
    if name is None:
        raise UsageError("this worktree is on no branch", fix="name a session: `forksight resume SESSION`")
    on_branch = (
        find.meant_by_branch(node for node in facts.tree.nodes if node.branch == name)
        or find.meant_by_branch(node for node in new if node.branch == name)
        or find.meant_by_branch(_by_another_name(context, facts, name))
    )
    if on_branch:
        newest = on_branch[0]
        if newest.baseline is not None:
            raise UsageError(
                f"the branch {name} has no session but the baseline “{newest.title}”, which every later fork is a copy of",
                fix=f"fork it: `{shell.join(['forksight', 'fork', name])}`; or resume it anyway: `forksight resume {newest.id}`",
            )
        if len(on_branch) == 1:
            return newest, ()
        sentence = f"{name} has {len(on_branch)} sessions; “{newest.title}” ({newest.id}) was active last."
        return newest, (Problem("several-sessions", sentence),)
    if selector is None:
        raise UsageError(
            f"the branch {name} has no session", fix="name one: `forksight resume SESSION`; see `forksight tree`"
        )
    return _deleted(context, facts, selector) or find.session(nodes, selector), ()


def _by_another_name(context: Context, facts: Facts, name: str) -> list[Node]:
    """The sessions of a branch that was renamed, by its former or its current name."""
    renamed = context.survey.renamed()
    nodes = [node for node in facts.tree.nodes if node.branch is not None]
    return [node for node in nodes if name == renamed.get(node.branch or "") or node.branch == renamed.get(name)]


def _deleted(context: Context, facts: Facts, selector: str) -> Node | None:
    """A node for a session whose transcript is gone and of which we have a copy; None if there is none, or several match."""
    present = {node.id for node in facts.tree.nodes}
    copies = [copy for copy in context.vault.copies()[0] if copy.session not in present]
    matching = [copy for copy in copies if copy.session == selector]
    matching = matching or [copy for copy in copies if find.is_beginning(copy.session, selector)]
    matching = matching or [copy for copy in copies if selector in (copy.title, copy.branch)]
    if len(matching) != 1:
        return None
    copy = matching[0]
    location = located(context, copy.cwd)
    has_worktree = location.worktree is not None and context.files.is_folder(location.worktree)
    parent = facts.view.parents.get(copy.session)
    return Node(
        id=copy.session,
        title=copy.title,
        parent=parent,
        evidence=Evidence.LEDGER if parent else Evidence.NONE,
        state=State.IDLE if has_worktree else State.ORPHANED,
        worktree=location.worktree if has_worktree else location.path,
        branch=copy.branch,
        started=copy.created,
        last_active=copy.created,
    )


def _whereabouts(context: Context, facts: Facts, node: Node) -> _Whereabouts:
    """Where to resume a session: where it was, else where its branch is checked out, else in its worktree, made again."""
    fork = facts.view.fork(node.id)
    registered = context.maker.registered()
    if node.worktree is not None and node.state is not State.ORPHANED and context.files.is_folder(node.worktree):
        cwd = located(context, node.session.cwd).path if node.session else node.worktree
        cwd = cwd if inside(cwd, node.worktree) and context.files.is_folder(cwd) else node.worktree
        now = next((worktree.branch for worktree in registered if worktree.path == node.worktree), node.branch)
        return _Whereabouts(node.worktree, cwd, None, _moved_on(node, node.worktree, now))
    top = (fork.worktree if fork else None) or node.worktree or (node.session.cwd if node.session else "")
    top = located(context, top).path
    branch = node.branch or (fork.branch if fork else None)
    if branch is not None and context.maker.branch(branch) is None:
        branch = context.survey.renamed().get(branch, branch)
    if branch is None or context.maker.branch(branch) is None:
        why_not = f"its branch {branch} no longer exists" if branch else "it was on no branch"
        raise GitError(
            f"the worktree of “{node.title}” ({top}) is gone, and {why_not}",
            fix=f"make the branch again, for example: git branch {branch or 'NAME'} COMMIT",
            code="branch-gone",
        )
    checked_out = next(
        (
            worktree.path
            for worktree in registered
            if worktree.branch == branch and context.files.is_folder(worktree.path)
        ),
        None,
    )
    if checked_out is not None:
        sentence = f"Its worktree {top} is gone; {branch} is checked out in {checked_out} now, and it goes on there."
        return _Whereabouts(checked_out, checked_out, None, (Problem("worktree-moved", sentence, checked_out),))
    check_within_reach(context, top)
    context.maker.check(top, branch, facts.recovery.removed.worktrees)
    sentence = f"Its worktree {top} is gone: it is made again on {branch}."
    return _Whereabouts(top, top, Target(top, branch, make=True), (Problem("worktree-made", sentence, top),))


def _moved_on(node: Node, worktree: str, branch: str | None) -> tuple[Problem, ...]:
    if node.branch is None or branch == node.branch:
        return ()
    sentence = f"{worktree} is on {branch or 'no branch'} now; “{node.title}” last worked on {node.branch}."
    return (Problem("branch-changed", sentence, worktree),)


def _launch(binary: Program, facts: Facts, node: Node, cwd: str) -> Launch:
    """The start of a session: a fork without a transcript is started for the first time, all others are resumed."""
    fork = facts.view.fork(node.id)
    if node.state is not State.PENDING or fork is None:
        return launch.resume(binary, session=node.id, title=node.title, cwd=cwd)
    if fork.mode is Mode.BACKGROUND and fork.session is not None:
        again = shell.join(["forksight", "fork", *([fork.branch] if fork.branch else []), "--again"])
        raise ForksightError(
            f"“{fork.title}” was started in the background and has no prompt yet",
            fix=f"attach to it with `{attach(fork.session)}`, or fork again with `{again}`",
            code="session-unasked",
        )
    if fork.mode is Mode.BACKGROUND:
        raise ForksightError(
            f"Claude Code has not reported the id of “{fork.title}” yet",
            fix="see `claude agents`, or fork again with `--again`",
            code="session-unknown",
        )
    return launch_of(binary, replace(fork, mode=Mode.TERMINAL, worktree=cwd))


def _source(context: Context, facts: Facts, node: Node) -> tuple[tuple[Step, ...], tuple[Problem, ...]]:
    if node.state is State.PENDING:
        fork = facts.view.fork(node.id)
        return restoring(context, facts.tree, fork.parent, "the session that it forks") if fork else ((), ())
    again = shell.join(["forksight", "fork", *([node.branch] if node.branch else []), "--again"])
    return restoring(context, facts.tree, node.id, f"“{node.title}”", f"fork again: `{again}`")


def _origin(facts: Facts, node: Node) -> Origin | None:
    """The baseline generation that a session is or descends from."""
    parents = {**facts.view.parents, **parents_of(facts.tree.nodes)}
    for session in (node.id, *ancestors(parents, node.id)):
        marked = facts.view.generations.get(session)
        if marked is not None:
            baseline, generation = marked
            return Origin(baseline.name, generation.number, generation.session)
    return None


def _company(facts: Facts, worktree: str) -> tuple[Problem, ...]:
    workers = facts.workers.get(worktree, ())
    if not workers:
        return ()
    named = ", ".join(described(worker, facts.title(worker)) for worker in workers)
    return (Problem("shared-worktree", f"Another session works in {worktree}: {named}.", worktree),)
