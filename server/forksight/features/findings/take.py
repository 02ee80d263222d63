"""Takes the findings of a fork: a fork of it, which leaves no session behind, answers in at most a page, and only that is kept."""

import uuid

from forksight.core.claude import launch
from forksight.core.claude.headless_run import Tally, take
from forksight.core.findings.request import FindingsRequest, bounded, prompt, still_true
from forksight.core.problems import ForksightError, GitError, Problem, UsageError
from forksight.core.sessions.session import ForkTree, Node
from forksight.core.store.ledger import Findings
from forksight.features.context import Context
from forksight.features.forks.facts import program
from forksight.features.git.worktrees import main_checkout
from forksight.features.sessions import find
from forksight.features.sessions.tree import fork_tree


def propose(context: Context, fork: str, question: str | None) -> FindingsRequest:
    """Decide what would be asked, without asking. `fork` is a session or a branch. Raises `UsageError`, `GitError`."""
    tree = fork_tree(context)
    question = find.given("the question", question)
    node = _meant(tree, find.required("the fork", fork))
    if node.session is None:
        raise UsageError(f"“{node.title}” has no transcript here, so it can't be asked", fix="see `forksight tree`")
    view, _ = context.ledger.view()
    last = view.findings.get(node.id)
    binary, missing = program(context)
    start = launch.findings(
        binary,
        parent=node.id,
        session=str(uuid.uuid4()),
        title=f"findings of {node.title}",
        cwd=_place(context, node),
        prompt=prompt(question),
    )
    spending, problems = context.sessions.spending(node.session)
    busy = (Problem("session-live", f"“{node.title}” is at work: the answer will lack what it finds from now on"),)
    return FindingsRequest(
        node,
        question,
        start,
        spending.context,
        last if last is not None and last.question == question and still_true(last, node) else None,
        (*missing, *(busy if node.state.live else ())),
        (*tree.problems, *problems),
    )


def carry_out(context: Context, request: FindingsRequest) -> Findings:
    """Ask, and keep the answer. Raises `ForksightError`, which says what happened and what it cost; nothing is kept then."""
    context.claude.program()
    begun = context.clock.now()
    tally, answer = Tally(frozenset()), ""
    try:
        with context.claude.run_headless(request.launch) as run:
            for event in run.events():
                tally = take(tally, event)
                if event.get("type") == "result":
                    answer = str(event.get("result") or "")
    except KeyboardInterrupt:
        raise _failed(request, tally, "it was stopped", "stopped") from None
    except ForksightError as error:
        raise _failed(request, tally, tally.complaint or str(error), "findings-failed") from error
    if not tally.ended or not answer.strip():
        raise _failed(request, tally, tally.complaint or "it gave no answer", "findings-failed")
    node = request.node
    findings = Findings(node.id, node.title, request.question, bounded(answer), begun, tally.tokens)
    context.ledger.record_findings(findings)
    return findings


def _failed(request: FindingsRequest, tally: Tally, why: str, code: str) -> ForksightError:
    return ForksightError(
        f"“{request.node.title}” did not say what it found ({why.rstrip('.')}), and it cost {tally.tokens.total:,} tokens",
        fix="try again",
        code=code,
    )


def _meant(tree: ForkTree, fork: str) -> Node:
    """The session that a branch of this name stands for, else the one with this id or title. Raises `UsageError`."""
    on_branch = find.meant_by_branch(node for node in tree.nodes if node.branch == fork and node.session is not None)
    return on_branch[0] if on_branch else find.session(tree.nodes, fork)


def _place(context: Context, node: Node) -> str:
    """The directory to ask in: the session's worktree, or the main checkout if that is gone. Raises `GitError`."""
    if node.worktree is not None and context.files.is_folder(node.worktree):
        return node.worktree
    path = main_checkout(context)
    if path is None:
        raise GitError("there is no worktree to read in", fix="make one: git worktree add")
    return path
