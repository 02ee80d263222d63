"""The facts from which fork and resume decide: the ledger, the fork tree, and which sessions work where."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from forksight.core.claude.launch import Program
from forksight.core.problems import ClaudeError, Problem
from forksight.core.sessions.session import ForkTree, LiveProcess
from forksight.core.sessions.wording import live_text
from forksight.core.store.ledger import LedgerView
from forksight.features.context import Context
from forksight.features.forks.interrupted import Recovery, recover
from forksight.features.sessions.at_work import at_work
from forksight.features.sessions.settle import settled_tree


@dataclass(frozen=True, slots=True)
class Facts:
    """The ledger, the fork tree and the live sessions at one moment, without the forks that `recovery` removes."""

    view: LedgerView
    tree: ForkTree
    workers: Mapping[str, tuple[LiveProcess, ...]]  # worktree's path -> the live sessions in it
    recovery: Recovery
    problems: tuple[Problem, ...]
    recorded: frozenset[str] = frozenset()  # the launch ids of all forks in the ledger before anything else was read

    def title(self, worker: LiveProcess) -> str:
        """The title of a live session. Before its first message only the process knows it."""
        title = next((node.title for node in self.tree.nodes if node.id == worker.session), None)
        return title or worker.name or worker.session


def gather(context: Context) -> Facts:
    """Read all facts. Raises `NotARepositoryError`, `GitError`."""
    recorded = frozenset(fork.launch for fork in context.ledger.view()[0].forks)
    tree = settled_tree(context)
    view, ledger_problems = context.ledger.view()
    processes, live_problems = context.sessions.live(frozenset(view.folders.values()))
    worktrees = [worktree.path for worktree in context.maker.registered()]
    workers = at_work(context, worktrees, processes)
    problems = dict.fromkeys((*ledger_problems, *tree.problems, *live_problems))
    recovery = recover(context, workers)
    gone = {fork.id for fork in view.forks if fork.launch in recovery.removed.forks}
    view = replace(view, forks=tuple(fork for fork in view.forks if fork.id not in gone))
    tree = replace(tree, nodes=tuple(node for node in tree.nodes if node.id not in gone))
    return Facts(view, tree, workers, recovery, tuple(problems), recorded)


def program(context: Context) -> tuple[Program, tuple[Problem, ...]]:
    """The claude binary. If there is none, its usual name and a warning, since the command can still be shown."""
    try:
        return context.claude.program(), ()
    except ClaudeError as error:
        settings = context.settings.claude
        return Program(settings.path, settings.extra_args), (Problem("claude-missing", f"{error.sentence}."),)


def described(worker: LiveProcess, title: str) -> str:
    """A live session in words: its title, its process and whether it is busy."""
    kind = "in the background" if worker.kind == "bg" else f"process {worker.pid}"
    return f"“{title}” ({kind}, {live_text(worker)})"
