"""Merges branches as the person's own git would: their hooks, signatures, drivers and settings apply."""

import os
from collections.abc import Mapping
from contextlib import suppress

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.failures import said_by_git
from forksight.adapters.git.merge.half_checkout import put_back
from forksight.adapters.git.worktrees.main_checkout import git_dir_of
from forksight.adapters.system.disk.regular_file import read_text
from forksight.core.git.lock_files import advice_about
from forksight.core.problems import GitError, undone

# A file that git has during a command, and that command, which `--abort` ends.
_PICKING = "CHERRY_PICK_HEAD"
_ABORTS = (("MERGE_HEAD", "merge"), (_PICKING, "cherry-pick"))


class GitMerger:
    """Merges in the worktrees of one repository, given by its common dir (`core.ports.git.Merger`)."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)

    def land(self, worktree: str, branch: str, commit: str, *, method: str, message: str, run: str) -> str:
        """See `core.ports.git.Merger`."""
        before = self._head(worktree)
        with undone(lambda: self._take_back(worktree, before, commit, run)):
            if method == "merge":
                self._run(worktree, run, "merge", "--quiet", "--no-edit", self._name(worktree, branch, commit))
            elif method == "squash":
                self._run(worktree, run, "merge", "--quiet", "--squash", commit)
                self._run(worktree, run, "commit", "--quiet", "--cleanup=verbatim", "--message", message)
            else:
                self._pick(worktree, run, before, commit)
        return self._head(worktree)

    def abort(self, worktree: str, commit: str) -> None:
        """See `core.ports.git.Merger`. No command aborts a squash: the file SQUASH_MSG shows that one was staged."""
        git_dir = git_dir_of(worktree)
        if git_dir is None:
            return
        merging = _first_line(os.path.join(git_dir, "MERGE_HEAD"))
        if merging is not None and merging != commit:
            raise GitError(f"{worktree} is in the middle of another merge", fix="finish or abort that merge")
        for file, command in _ABORTS:
            if os.path.exists(os.path.join(git_dir, file)):
                self._run(worktree, "", command, "--abort")
        self._check_picked(worktree)
        if os.path.exists(os.path.join(git_dir, "sequencer")):
            self._end_picking(worktree)
        squashing = os.path.join(git_dir, "SQUASH_MSG")
        if os.path.exists(squashing):
            self._run(worktree, "", "reset", "--quiet", "--merge")
            with suppress(FileNotFoundError):
                os.unlink(squashing)
        put_back(worktree, commit, self._environment(worktree))

    def _end_picking(self, worktree: str) -> None:
        """End a cherry-pick that git can't abort: it was between two commits, or was killed before it had recorded the first one."""
        try:
            self._run(worktree, "", "cherry-pick", "--abort")
        except GitError:
            self._run(worktree, "", "cherry-pick", "--quit")
            self._run(worktree, "", "reset", "--quiet", "--merge")

    def made_by(self, worktree: str, branch: str, run: str) -> bool:
        """See `core.ports.git.Merger`."""
        arguments = ["log", "--walk-reflogs", "--max-count=1", "--format=%gs", f"refs/heads/{branch}", "--"]
        return os.fsdecode(self._read(worktree, *arguments)).startswith(_action(run))

    def move(self, worktree: str, old: str, new: str, run: str) -> None:
        """See `core.ports.git.Merger`."""
        head = self._head(worktree)
        if head == new:
            return
        if head != old:
            raise GitError(
                f"{worktree} is at {head[:10]} and not at {old[:10]} any more: it was not changed",
                fix="undo what you don't want with `git revert`",
                code="moved",
            )
        self._reset(worktree, run, new)

    def _pick(self, worktree: str, run: str, before: str, commit: str) -> None:
        """Cherry-pick the commits that `git rebase` would, one by one. The branch itself does not move."""
        arguments = (
            "--reverse",
            "--no-merges",
            "--topo-order",
            "--right-only",
            "--cherry-pick",
            f"{before}...{commit}",
        )
        commits = os.fsdecode(self._read(worktree, "rev-list", *arguments)).split()
        if not commits:
            raise GitError("the target has all of its commits already", fix="there is nothing to land", code="empty")
        self._run(worktree, run, "cherry-pick", "--allow-empty", *commits)
        self._check_picked(worktree)

    def _check_picked(self, worktree: str) -> None:
        """Raise `GitError` if a cherry-pick that git says has ended is still recorded: git succeeds if it can't remove that."""
        path = os.path.join(git_dir_of(worktree) or "", _PICKING)
        if os.path.exists(path):
            locks = filter(os.path.lexists, (f"{path}.lock", os.path.join(self._common_dir, "packed-refs.lock")))
            raise GitError(
                f"`git cherry-pick` could not remove {_PICKING} in {worktree}",
                fix=next(map(advice_about, locks), "solve that first"),
            )

    def _take_back(self, worktree: str, before: str, commit: str, run: str) -> None:
        """Restore the state before a failure."""
        self.abort(worktree, commit)
        if self._head(worktree) != before:
            self._reset(worktree, run, before)

    def _reset(self, worktree: str, run: str, commit: str) -> None:
        """Reset to a commit, keeping uncommitted changes.

        The index is refreshed first: git takes a file whose times changed for a changed one. And HEAD is locked for a moment:
        `git reset` finds last that it can't move it, when files and index are those of the other commit.
        """
        with suppress(GitError):  # it fails where something is uncommitted
            self._run(worktree, run, "update-index", "-q", "--refresh")
        locking = f"start\nupdate HEAD {commit}\nprepare\nabort\n"
        self._run(worktree, run, "update-ref", "--stdin", stdin=locking.encode())
        self._run(worktree, run, "reset", "--quiet", "--keep", commit)

    def _name(self, worktree: str, branch: str, commit: str) -> str:
        """The name of the branch to give to git, which its message will have; the commit's id if the name is ambiguous."""
        with suppress(GitError):
            if (
                os.fsdecode(self._read(worktree, "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}")).strip()
                == commit
            ):
                return branch
        return commit

    def _head(self, worktree: str) -> str:
        return os.fsdecode(self._read(worktree, "rev-parse", "--verify", "HEAD^{commit}")).strip()

    def _read(self, worktree: str, *arguments: str) -> bytes:
        return process.run(arguments, cwd=worktree, env=self._environment(worktree))

    def _environment(self, worktree: str) -> Mapping[str, str]:
        """The environment for reads in a worktree that write nothing."""
        git_dir = git_dir_of(worktree)
        config = self._configs.shared() if git_dir is None else self._configs.at(worktree, git_dir)
        return config.environment

    def _run(self, worktree: str, run: str, *arguments: str, stdin: bytes | None = None) -> None:
        try:
            process.run(arguments, cwd=worktree, env=_environment(run), stdin=stdin, timeout=process.LONG_TIMEOUT)
        except GitError as error:
            fix = error.fix if error.code == "git-busy" else "solve that first"
            lock = os.path.join(git_dir_of(worktree) or "", "index.lock")
            if os.path.lexists(lock):  # of which `git merge` only says that the index can't be written
                fix = advice_about(lock)
            raise GitError(_said(error, arguments[0], worktree), fix=fix, code=error.code) from error


def _environment(run: str) -> Mapping[str, str]:
    """The environment for merges: the person's own, without an editor, and with the run named in the reflog."""
    named = {"GIT_REFLOG_ACTION": _action(run)} if run else {}
    return {**process.TRUSTED, "GIT_EDITOR": "true", "GIT_MERGE_AUTOEDIT": "no", **named}


def _action(run: str) -> str:
    return f"forksight land {run}"


def _said(error: GitError, command: str, worktree: str) -> str:
    reason = said_by_git(error).rstrip(".")
    return f"`git {command}` stopped in {worktree}: {reason}"


def _first_line(path: str) -> str | None:
    try:
        return read_text(path).partition("\n")[0].strip()
    except OSError:
        return None
