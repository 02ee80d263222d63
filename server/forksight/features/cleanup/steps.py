"""Executes the steps of cleaning up and restoring. A step that fails undoes itself."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from forksight.core.cleanup import steps
from forksight.core.cleanup.wording import FRESH
from forksight.core.git.paths import inside
from forksight.core.plans.plan import Action, Step
from forksight.core.ports.system import Progress
from forksight.core.problems import ArchiveError, ForksightError, HalfDoneError, Problem, undone
from forksight.core.store import archives
from forksight.features.cleanup.propose import examine, examine_worktree
from forksight.features.context import Context
from forksight.features.sessions.at_work import everybody

Data = Mapping[str, Any]

_ARCHIVED = "its archive is whole and stays"


def do(context: Context, step: Step, progress: Progress) -> tuple[Problem, ...]:  # noqa: ARG001 - none of them takes long
    """Do one step. Raises `ForksightError`."""
    _HANDLERS[step.action](context, step.data)
    return ()


def _keep_transcript(context: Context, data: Data) -> None:
    context.archives.keep_transcript(data["folder"], data["transcript"])


def _keep_worktree(context: Context, data: Data) -> None:
    main = next((place.worktree.path for place in context.survey.places() if place.worktree.main), None)
    context.archives.keep_worktree(data["folder"], steps.kept_worktree(data), main)


def _keep_commits(context: Context, data: Data) -> None:
    context.archives.keep_commits(data["folder"], data["session"], data["commits"])


def _record_archive(context: Context, data: Data) -> None:
    context.archives.describe(data["archive"]["file"], json.dumps(data["archive"]))
    context.ledger.record_archive(archives.decode(data["archive"]))


def _forget_archive(context: Context, data: Data) -> None:
    restored = context.clock.now() if data["restored"] else None
    context.ledger.forget_archive(data["session"], data["folder"], restored=restored)


def _clear_branch(context: Context, data: Data) -> None:
    context.maker.delete_branch(data["name"], data["commit"])


def _return_transcript(context: Context, data: Data) -> None:
    context.archives.return_transcript(data["folder"], data["session"], data["transcript"])


def _return_worktree(context: Context, data: Data) -> None:
    context.archives.return_worktree(data["folder"], steps.kept_worktree(data))


def _return_branch(context: Context, data: Data) -> None:
    context.archives.return_branch(steps.kept_branch(data))


def _check(context: Context, data: Data) -> None:
    """Check that what will be removed is what was shown, that nothing prevents it, and that no more would be lost."""
    by = data.get("by")
    entry = examine_worktree(context, data["worktree"], by) if by is not None else examine(context, data["session"])
    branch = [entry.branch.name, entry.branch.commit] if entry is not None and entry.branch is not None else None
    if entry is None:
        raise _changed(data["session"], "it is not there any more")
    if entry.holds:
        raise _changed(entry.facts.node.title, entry.holds[0].text)
    if (entry.transcript, entry.worktree, branch) != (data["transcript"], data["worktree"], data["branch"]):
        raise _changed(entry.facts.node.title, "something else belongs to it now")
    if entry.lost.beyond(steps.expected_loss(data)):
        raise _changed(entry.facts.node.title, "there is more to lose now")
    if entry.at_risk and not data.get("at_risk", True):
        raise _changed(entry.facts.node.title, entry.unseen[0] if entry.unseen else FRESH)


def _changed(title: str, why: str) -> ForksightError:
    return ForksightError(
        f"“{title}” has changed since the plan was made: {why}", fix="make a new plan", code="changed"
    )


def _drop(context: Context, data: Data) -> None:
    """Remove an archive unless it is on record, and its commits' refs unless another archive of the session is.

    Raises `ForksightError` unless everything in it has been restored, and `HalfDoneError` if something of it can't be removed:
    left without a plan on record, its refs would keep the commits for good.
    """
    recorded = context.ledger.view()[0].archive(data["session"])
    if recorded is not None and recorded.file == data["folder"]:
        return
    context.archives.check_returned(data["folder"])
    try:
        context.archives.drop(data["folder"], data["session"], commits=recorded is None)
    except ForksightError as error:
        raise HalfDoneError(
            f"the archive {data['folder']}, no longer needed, can't be removed: {error}",
            fix=f"{error.fix or 'look at it'}; then `forksight clean` goes on",
        ) from error


def _remove_transcript(context: Context, data: Data) -> None:
    _not_live(context, data["session"], None)
    there = data["folder"], data["session"], data["transcript"]
    with undone(lambda: context.archives.return_transcript(*there), _ARCHIVED):
        context.archives.remove_transcript(*there)


def _clear_worktree(context: Context, data: Data) -> None:
    if data["folder"] is None:
        context.archives.forget_worktree(data["path"])
        return
    _not_live(context, data["session"], data["path"], by=data.get("by"))
    with undone(lambda: context.archives.return_worktree(data["folder"], steps.kept_worktree(data)), _ARCHIVED):
        context.archives.remove_worktree(data["folder"], data["path"])


def _not_live(context: Context, session: str, path: str | None, by: str | None = None) -> None:
    """Raise `ForksightError` if a session is live, or if one other than `by` works in the worktree."""
    for process in everybody(context)[0]:
        if not process.checked or process.session == by:
            continue  # the plan said so
        if process.session == session or (path is not None and inside(context.files.resolve(process.cwd), path)):
            raise _changed(session, f"process {process.pid} works in {process.cwd}")


def _check_return(context: Context, data: Data) -> None:
    """Check that what will be restored is archived, and that nothing is in its place."""
    archive = archives.decode(data["archive"])
    if context.ledger.view()[0].archive(archive.session) is None:
        raise _changed(archive.node.title, "it is not archived any more")
    worktree = archive.worktree
    if worktree is None:
        return
    places = context.survey.places()
    if context.files.exists(worktree.path) and not context.files.is_empty(worktree.path):
        raise ArchiveError(f"{worktree.path} is in the way", fix="move it away, then try again")
    holder = next(
        (place for place in places if worktree.branch and place.worktree.branch == worktree.branch),
        None,
    )
    if holder is not None and holder.worktree.path != worktree.path:
        raise ArchiveError(
            f"{worktree.branch} is checked out in {holder.worktree.path} now",
            fix="remove that worktree first, then try again",
        )


_HANDLERS: Mapping[Action, Callable[[Context, Data], None]] = {
    Action.CHECK: _check,
    Action.KEEP_TRANSCRIPT: _keep_transcript,
    Action.KEEP_WORKTREE: _keep_worktree,
    Action.KEEP_COMMITS: _keep_commits,
    Action.RECORD_ARCHIVE: _record_archive,
    Action.FORGET_ARCHIVE: _forget_archive,
    Action.DROP_ARCHIVE: _drop,
    Action.REMOVE_TRANSCRIPT: _remove_transcript,
    Action.CLEAR_WORKTREE: _clear_worktree,
    Action.CLEAR_BRANCH: _clear_branch,
    Action.CHECK_RETURN: _check_return,
    Action.RETURN_TRANSCRIPT: _return_transcript,
    Action.RETURN_WORKTREE: _return_worktree,
    Action.RETURN_BRANCH: _return_branch,
}
