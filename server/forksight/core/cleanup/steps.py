"""The steps that archive a fork and restore it: each with its sentence, its data, and the step that undoes it.

A fork's parts are first copied to the archive, then the archive is recorded in the ledger, then the originals are removed. A
plan that was interrupted before the record is undone; after it, the plan is finished.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from forksight.core.cleanup.facts import Commit, Stash
from forksight.core.cleanup.proposal import Entry, Lost
from forksight.core.plans.plan import Action, Plan, Step
from forksight.core.store import archives
from forksight.core.store.ledger import Archive, KeptBranch, KeptWorktree

CLEANING = frozenset(
    {
        Action.CHECK,
        Action.KEEP_TRANSCRIPT,
        Action.KEEP_WORKTREE,
        Action.KEEP_COMMITS,
        Action.RECORD_ARCHIVE,
        Action.FORGET_ARCHIVE,
        Action.DROP_ARCHIVE,
        Action.REMOVE_TRANSCRIPT,
        Action.CLEAR_WORKTREE,
        Action.CLEAR_BRANCH,
        Action.CHECK_RETURN,
        Action.RETURN_TRANSCRIPT,
        Action.RETURN_WORKTREE,
        Action.RETURN_BRANCH,
    }
)


def is_cleaning(plan: Plan) -> bool:
    """Whether a plan archives or restores a fork."""
    return any(step.action in CLEANING for step in plan.steps)


def is_recorded(plan: Plan, done: int) -> bool:
    """Whether a plan with `done` completed steps must be finished rather than undone: nothing is left to record in the ledger."""
    return not any(step.action is Action.RECORD_ARCHIVE for step in plan.steps[done:])


def away(entry: Entry, archive: Archive, identity: str, by: str | None = None) -> Plan:
    """The plan that archives a fork.

    `by`: the session that asked to have its own worktree removed, which may still work in it; None if a person asked.
    """
    title, folder, session = entry.facts.node.title, archive.file, archive.session
    steps = [
        Step(
            Action.CHECK,
            f"Check that nothing about “{title}” has changed",
            {**_expected(entry, archive), **_asker(by)},
            _drop(archive),
        )
    ]
    if archive.transcript:
        steps.append(
            Step(Action.KEEP_TRANSCRIPT, f"Copy the transcript of “{title}” to the archive", _transcript(archive))
        )
    if archive.worktree is not None:
        detail = f"Keep {_what_is_kept(entry.lost)} {archive.worktree.path}"
        steps.append(Step(Action.KEEP_WORKTREE, detail, {"folder": folder, "worktree": asdict(archive.worktree)}))
    commits = _commits(archive)
    if commits:
        named = archive.branch.name if archive.branch else "what is checked out"
        data = {"folder": folder, "session": session, "commits": commits}
        steps.append(Step(Action.KEEP_COMMITS, f"Keep the commits of {named}", data))
    steps.append(_record(archive))
    if archive.transcript:
        back = Step(Action.RETURN_TRANSCRIPT, f"Put the transcript of “{title}” back", _transcript(archive))
        steps.append(
            Step(Action.REMOVE_TRANSCRIPT, f"Remove the transcript {archive.transcript}", _transcript(archive), back)
        )
    if entry.worktree is not None:
        steps.append(_clear_worktree(entry.worktree, archive, by))
    if archive.branch is not None:
        steps.append(_clear_branch(archive.branch))
    return Plan(identity, _target(archive), tuple(steps))


def back(archive: Archive, identity: str, *, branch: bool) -> Plan:
    """The plan that restores a fork. `branch`: the branch no longer exists and is made again."""
    title = archive.node.title
    steps = [
        Step(Action.CHECK_RETURN, f"Check that there is room for “{title}”", {"archive": archives.encode(archive)})
    ]
    if archive.branch is not None and branch:
        steps.append(
            _return_branch(archive.branch, Step(Action.CLEAR_BRANCH, "Delete it again", _branch(archive.branch)))
        )
    if archive.worktree is not None:
        clear = Step(Action.CLEAR_WORKTREE, f"Remove {archive.worktree.path} again", _worktree(archive))
        steps.append(_return_worktree(archive, clear))
    if archive.transcript:
        undo = Step(Action.REMOVE_TRANSCRIPT, f"Remove the transcript of “{title}” again", _transcript(archive))
        steps.append(
            Step(Action.RETURN_TRANSCRIPT, f"Put the transcript of “{title}” back", _transcript(archive), undo)
        )
    forget = Step(
        Action.FORGET_ARCHIVE, f"Record “{title}” as restored", _forgotten(archive, restored=True), _record(archive)
    )
    return Plan(identity, _target(archive), (*steps, forget, _drop(archive)))


def expected_loss(data: Mapping[str, Any]) -> Lost:
    """The losses that a `CHECK` step's data names, as they were shown."""
    lost = data["lost"]
    return Lost(
        tuple(lost["uncommitted"]),
        tuple(lost["untracked"]),
        tuple(lost["ignored"]),
        tuple(Stash(**stash) for stash in lost["stashes"]),
        tuple(Commit(**commit) for commit in lost["commits"]),
    )


def _expected(entry: Entry, archive: Archive) -> dict[str, Any]:
    branch = archive.branch
    return {
        "session": archive.session,
        "transcript": entry.transcript,
        "worktree": entry.worktree,
        "branch": [branch.name, branch.commit] if branch else None,
        "lost": asdict(entry.lost),
        "at_risk": entry.at_risk,
    }


def _asker(by: str | None) -> dict[str, str]:
    return {"by": by} if by is not None else {}


def _what_is_kept(lost: Lost) -> str:
    count = len(lost.uncommitted) + len(lost.untracked) + len(lost.ignored)
    return f"{count} {'file' if count == 1 else 'files'} of" if count else "what is only in"


def _commits(archive: Archive) -> dict[str, str]:
    commits = {"branch": archive.branch.commit} if archive.branch else {}
    if archive.worktree is not None and archive.worktree.head != commits.get("branch"):
        commits["head"] = archive.worktree.head
    return commits


def _clear_worktree(path: str, archive: Archive, by: str | None) -> Step:
    if archive.worktree is None:  # its folder was missing, so there is nothing to restore
        return Step(
            Action.CLEAR_WORKTREE, f"Make git forget the worktree {path}, which is gone", {"folder": None, "path": path}
        )
    undo = _return_worktree(archive, None)
    data = {**_worktree(archive), **_asker(by)}
    return Step(Action.CLEAR_WORKTREE, f"Remove the worktree {path}", data, undo)


def _return_worktree(archive: Archive, undo: Step | None) -> Step:
    worktree = archive.worktree
    assert worktree is not None
    detail = f"Make the worktree {worktree.path} again, as it was"
    return Step(Action.RETURN_WORKTREE, detail, {"folder": archive.file, "worktree": asdict(worktree)}, undo)


def _clear_branch(branch: KeptBranch) -> Step:
    return Step(
        Action.CLEAR_BRANCH,
        f"Delete branch {branch.name}, at {branch.commit[:10]}",
        _branch(branch),
        _return_branch(branch, None),
    )


def _return_branch(branch: KeptBranch, undo: Step | None) -> Step:
    return Step(
        Action.RETURN_BRANCH, f"Make branch {branch.name} again, at {branch.commit[:10]}", _branch(branch), undo
    )


def _record(archive: Archive) -> Step:
    undo = Step(
        Action.FORGET_ARCHIVE, f"Forget the archive of “{archive.node.title}”", _forgotten(archive, restored=False)
    )
    return Step(
        Action.RECORD_ARCHIVE, f"Record “{archive.node.title}” as archived", {"archive": archives.encode(archive)}, undo
    )


def _drop(archive: Archive) -> Step:
    data = {"folder": archive.file, "session": archive.session}
    return Step(Action.DROP_ARCHIVE, f"Remove the archive of “{archive.node.title}”", data)


def _forgotten(archive: Archive, *, restored: bool) -> dict[str, Any]:
    return {"session": archive.session, "folder": archive.file, "restored": restored}


def _transcript(archive: Archive) -> dict[str, Any]:
    return {"folder": archive.file, "session": archive.session, "transcript": archive.transcript}


def _worktree(archive: Archive) -> dict[str, Any]:
    worktree = archive.worktree
    assert worktree is not None
    return {"folder": archive.file, "session": archive.session, "path": worktree.path, "worktree": asdict(worktree)}


def _branch(branch: KeptBranch) -> dict[str, Any]:
    return {"name": branch.name, "commit": branch.commit, "settings": [list(pair) for pair in branch.settings]}


def kept_branch(data: Mapping[str, Any]) -> KeptBranch:
    """The branch that a step's data describes."""
    return KeptBranch(data["name"], data["commit"], tuple((key, value) for key, value in data["settings"]))


def kept_worktree(data: Mapping[str, Any]) -> KeptWorktree:
    """The worktree that a step's data describes."""
    return KeptWorktree(**data["worktree"])


def _target(archive: Archive) -> str:
    return archive.worktree.path if archive.worktree is not None else archive.session
