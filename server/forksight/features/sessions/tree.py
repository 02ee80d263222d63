"""Builds the fork tree: every session of a repository, its parent, its worktree and its state."""

from collections.abc import Iterable, Sequence

from forksight.core.git.paths import innermost, inside
from forksight.core.git.resolver import PathResolver
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import Problem
from forksight.core.sessions.session import (
    EditsElsewhere,
    Evidence,
    ForkTree,
    LiveProcess,
    Mark,
    Node,
    Scope,
    Session,
    State,
    is_worktree,
)
from forksight.core.store.archives import put_away
from forksight.core.store.ledger import Baseline, Fork, ForkState, Generation, LedgerView
from forksight.features.context import Context
from forksight.features.git.resolver import MISSING, UNREADABLE, path_resolver
from forksight.features.sessions.at_work import worktree_of


def fork_tree(context: Context) -> ForkTree:
    """The current fork tree. Raises `NotARepositoryError`, `GitError`."""
    repository = context.repository
    worktrees, trouble = repository.worktrees()
    view, ledger_problems = context.ledger.view()
    checkouts = tuple(worktree.path for worktree in worktrees)
    marked = {generation.session for baseline in view.baselines for generation in baseline.generations}
    scope = Scope(
        repository.common_dir,
        checkouts,
        past=(*_past(trouble, view), *context.sessions.former_paths(worktrees)),
        parents={fork.session: fork.parent for fork in view.forks if fork.session},
        sessions=frozenset(marked | {fork.session for fork in view.forks if fork.session}),
    )
    sessions, problems = context.sessions.sessions(scope)
    processes, live_problems = context.sessions.live(frozenset(view.folders.values()))
    unreadable = [problem.path for problem in trouble if problem.path and problem.code == UNREADABLE]
    moved = path_resolver(context, worktrees, trouble, view, sessions)
    places = _Worktrees(context, worktrees, scope.past, moved, unreadable)
    live = {process.session: process for process in processes}
    forks = {fork.session: fork for fork in view.forks}
    nodes = [_node(session, forks.get(session.id), view, places, live.get(session.id)) for session in sessions]
    present = {node.id for node in nodes}
    nodes += [_without_transcript(fork, places, live.get(fork.id)) for fork in view.forks if fork.id not in present]
    archives = [
        archive for archive in view.archives if not (archive.session in present or is_worktree(archive.session))
    ]
    nodes += put_away(archives, nodes)
    unread = tuple(problem for problem in trouble if problem.code != MISSING)  # their sessions are shown as orphaned
    return ForkTree(
        repository.common_dir,
        tuple(_sorted(nodes)),
        tuple(dict.fromkeys((*unread, *ledger_problems, *problems, *live_problems))),
    )


def _past(trouble: Iterable[Problem], view: LedgerView) -> Iterable[str]:
    """The paths of former checkouts, from git and the ledger."""
    yield from (problem.path for problem in trouble if problem.path)
    yield from (fork.worktree for fork in view.forks)
    for archive in view.archives:
        if archive.worktree is not None:
            yield archive.worktree.path
        if archive.fork is not None:
            yield archive.fork.worktree


def unwritten(context: Context, tree: ForkTree) -> tuple[Node, ...]:
    """The live sessions in this repository without a transcript, which Claude Code only writes with the first message."""
    in_tree = {node.id for node in tree.nodes}
    branches = {worktree.path: worktree.branch for worktree in context.maker.registered()}
    unwritten_nodes = []
    for process in context.sessions.live()[0]:
        place = worktree_of(context, branches, process)
        if place is not None and process.session not in in_tree:
            node = Node(
                id=process.session,
                title=process.name or process.session,
                parent=None,
                evidence=Evidence.NONE,
                state=process.state,
                worktree=place,
                branch=branches[place],
                started=process.started,
                last_active=process.started,
                live=process,
            )
            unwritten_nodes.append(node)
    return tuple(unwritten_nodes)


def working_sessions(tree: ForkTree) -> dict[str, str]:
    """Worktree -> the id of the session that works in it: a live one, else the last active one."""
    workers = [node for node in tree.nodes if node.state.live or node.state is State.IDLE]
    newest_last = sorted(workers, key=lambda node: (node.state.live, node.last_active))
    return {node.worktree: node.id for node in newest_last if node.worktree is not None}


class _Worktrees:
    """Determines which worktree a directory belongs to, and whether that exists. Each directory is only looked up once."""

    def __init__(
        self,
        context: Context,
        worktrees: Sequence[Worktree],
        past: Iterable[str],
        moved: PathResolver,
        unreadable: Sequence[str],
    ) -> None:
        self._files = context.files
        self._repository = context.repository
        self._moved = moved
        self._checkouts = tuple(worktree.path for worktree in worktrees)
        self._on = {worktree.path: worktree.branch for worktree in worktrees if not worktree.main}
        self._branches: set[str] | None = None
        self._past = tuple(past)
        self._unreadable = unreadable
        self._known: dict[str, tuple[str, bool]] = {}

    def of(self, cwd: str) -> tuple[str, bool]:
        """The worktree's path, and whether it exists."""
        if cwd not in self._known:
            self._known[cwd] = self._look(cwd)
        return self._known[cwd]

    def branch_now(self, worktree: str, remembered: str | None) -> str | None:
        """The branch of a session: its linked worktree's current one, if the remembered branch was renamed to that."""
        current = self._on.get(worktree)
        if remembered is None or current is None or remembered == current:
            return remembered
        if self._branches is None:
            self._branches = {name for name, _ in self._repository.refs(["refs/heads/**"])[0]}
        return remembered if remembered in self._branches else current

    def edits_outside(self, own: str, paths: Sequence[str]) -> tuple[EditsElsewhere, ...]:
        """Those of these absolute paths that lie in another checkout than `own`, by checkout. Paths in no checkout are left out."""
        edited: dict[str, set[str]] = {}
        for path in paths:
            location = self._moved.locate(path)
            if location.worktree is None:  # the path may have links
                location = self._moved.locate(self._files.resolve(path))
            if location.worktree is not None and location.relative is not None and location.worktree != own:
                edited.setdefault(location.worktree, set()).add(location.relative)
        return tuple(EditsElsewhere(worktree, tuple(sorted(edited[worktree]))) for worktree in sorted(edited))

    def _look(self, cwd: str) -> tuple[str, bool]:
        if self._files.is_folder(cwd):
            real = self._files.resolve(cwd)
            worktree = innermost(self._checkouts, real)
            if worktree is not None:
                return worktree, True
            container = self._repository.container(real)
            if container is not None:
                return container, True
        unreadable = innermost(self._unreadable, cwd)
        if unreadable is not None and self._files.exists(cwd):  # nobody can tell
            return unreadable, True
        moved = self._moved.followed(cwd)
        if moved is not None and moved.location.worktree is not None:
            return moved.location.worktree, True
        gone = innermost((path for path in self._past if path not in self._checkouts), cwd)
        # The worktree around it, if that is a linked one: in the main one, others may have been.
        around = innermost(self._on, cwd)
        if around is not None and (gone is None or inside(around, gone)):
            return around, True
        return gone or cwd, False


def _node(
    session: Session, fork: Fork | None, view: LedgerView, worktrees: _Worktrees, process: LiveProcess | None
) -> Node:
    worktree, exists = worktrees.of(session.cwd)
    marked = view.generations.get(session.id)
    findings = view.findings.get(session.id)
    return Node(
        id=session.id,
        title=session.title,
        parent=session.parent,
        evidence=session.evidence,
        state=process.state if process else State.IDLE if exists else State.ORPHANED,
        worktree=worktree,
        branch=worktrees.branch_now(worktree, session.branch or (fork.branch if fork else None)),
        started=session.started,
        last_active=session.last_active,
        rows=session.rows,
        own=session.own,
        inherited=session.inherited,
        baseline=_mark(*marked) if marked else None,
        attempt=session.id in view.attempts,
        findings=findings.created if findings else None,
        live=process,
        session=session,
        elsewhere=worktrees.edits_outside(worktree, session.edits) if session.edits else (),
    )


def _mark(baseline: Baseline, generation: Generation) -> Mark:
    return Mark(baseline.name, generation.number, baseline.current == generation.number)


def _without_transcript(fork: Fork, worktrees: _Worktrees, process: LiveProcess | None) -> Node:
    """The node of a fork of ours that has no transcript yet, or whose transcript is no longer found."""
    began = fork.started or fork.created
    worktree, exists = worktrees.of(fork.worktree)
    missing = fork.state in (ForkState.EMPTY, ForkState.VERIFIED)
    idle = State.PENDING if not missing else State.IDLE if exists else State.ORPHANED
    return Node(
        id=fork.id,
        title=fork.title,
        parent=fork.parent,
        evidence=Evidence.LEDGER,
        state=process.state if process else idle,
        worktree=worktree,
        branch=worktrees.branch_now(worktree, fork.branch),
        started=began,
        last_active=began,
        live=process,
        transcript_missing=missing,
    )


def _sorted(nodes: Sequence[Node]) -> Iterable[Node]:
    """Parents before their forks, otherwise oldest first."""
    ids = {node.id for node in nodes}
    below: dict[str | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.started, node.id), reverse=True):
        below.setdefault(node.parent if node.parent in ids else None, []).append(node)
    pending = list(below.get(None, []))
    while pending:
        node = pending.pop()
        yield node
        pending += below.get(node.id, [])
