"""The steps of forking and resuming: each with its sentence, its data, and the step that undoes it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from forksight.core.claude.launch import Launch
from forksight.core.plans.plan import Action, Step
from forksight.core.store.ledger import Fork, ForkState, Mode


def restore_transcript(session: str) -> Step:
    """Restore a transcript from our copy. It is never undone: Claude Code may have read it already."""
    return Step(Action.RESTORE_TRANSCRIPT, f"Put the transcript of session {session} back", {"session": session})


def ignore_worktrees(pattern: str, folder: str) -> Step:
    """Exclude the folder of worktrees inside the main checkout from `git status`."""
    detail = f"Add {pattern} to the repository's own exclude file"
    return Step(Action.IGNORE_WORKTREES, detail, {"pattern": pattern}, stop_ignoring(pattern, folder))


def stop_ignoring(pattern: str, folder: str) -> Step:
    """Remove a line that was just added to the exclude file, unless the folder is no longer empty."""
    return Step(Action.STOP_IGNORING, _taken_out(pattern), {"pattern": pattern, "folder": folder})


def ignore_link(pattern: str, worktree: str, folder: str) -> Step:
    """Exclude a link to a folder from `git status`, unless it is ignored already. (`node_modules/` does not match a link.)"""
    data = {"pattern": pattern, "worktree": worktree, "folder": folder}
    detail = f"Add {pattern} to the repository's own exclude file, unless the link is ignored already"
    return Step(Action.IGNORE_LINK, detail, data, Step(Action.STOP_IGNORING_LINK, _taken_out(pattern), data))


def _taken_out(pattern: str) -> str:
    return f"Take {pattern} out of the repository's own exclude file again"


def create_branch(name: str, commit: str, upstream: str | None, source: str | None) -> Step:
    """Make a branch. Its reflog names `source`, the name by which the commit was given."""
    start = f"{commit[:10]}, tracking {upstream}" if upstream else commit[:10]
    data = {"name": name, "commit": commit, "upstream": upstream, "source": source}
    return Step(Action.CREATE_BRANCH, f"Create branch {name} at {start}", data, delete_branch(name, commit))


def delete_branch(name: str, commit: str) -> Step:
    """Delete a branch that was just made, if it still points at `commit`."""
    return Step(Action.DELETE_BRANCH, f"Delete branch {name} again", {"name": name, "commit": commit})


def create_worktree(path: str, branch: str) -> Step:
    """Make a worktree of a branch."""
    detail = f"Check out {branch} in a worktree at {path}"
    return Step(Action.CREATE_WORKTREE, detail, {"path": path, "branch": branch}, remove_worktree(path, careful=False))


def remove_worktree(path: str, *, careful: bool = True) -> Step:
    """Remove a worktree. `careful`: only if nothing is lost with it."""
    return Step(Action.REMOVE_WORKTREE, f"Remove the unfinished worktree {path}", {"path": path, "careful": careful})


def copy_files(source: str, target: str, paths: Sequence[str]) -> Step:
    """Copy the files that `.worktreeinclude` names."""
    named = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return Step(
        Action.COPY_FILES, f"Copy {named} from {source}", {"source": source, "target": target, "paths": list(paths)}
    )


def link_folders(source: str, target: str, folders: Sequence[str]) -> Step:
    """Link the folders that Claude Code's settings name."""
    data = {"source": source, "target": target, "folders": list(folders)}
    return Step(Action.LINK_FOLDERS, f"Link {', '.join(folders)} to those in {source}", data)


def set_up(command: str, worktree: str) -> Step:
    """Run the person's set-up command."""
    return Step(Action.SET_UP, f"Run the set-up command: {command}", {"command": command, "worktree": worktree})


def record_fork(fork: Fork) -> Step:
    """Record a fork in the ledger before it starts."""
    undo = Step(Action.FORGET_FORK, f"Forget the fork {fork.title}", {"launch": fork.launch})
    return Step(Action.RECORD_FORK, f"Record the fork {fork.title} ({fork.id})", asdict(fork), undo)


def recorded(data: Mapping[str, Any]) -> Fork:
    """The fork that a `record_fork` step records."""
    return Fork(**{**data, "mode": Mode(data["mode"]), "state": ForkState(data["state"])})


def start_session(launch: Launch, mode: Mode) -> Step:
    """Start Claude Code."""
    place = "in the background" if mode is Mode.BACKGROUND else "in a terminal"
    return Step(Action.START, f"Start Claude Code {place}: {launch.command(())}", {"session": launch.session})
