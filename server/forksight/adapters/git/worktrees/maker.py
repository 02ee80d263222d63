"""Makes and removes worktrees and branches as the person's own git would, with their hooks and filters.

A method that fails leaves nothing behind.
"""

import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.failures import as_git_error, said_by_git
from forksight.adapters.git.lock_files import lock_in
from forksight.adapters.git.worktrees import exclude_file, include_file
from forksight.adapters.git.worktrees.branch_use import use_of
from forksight.adapters.git.worktrees.listing import git_dir_without_folder, is_linked, listed
from forksight.adapters.git.worktrees.lock import is_left_behind
from forksight.adapters.git.worktrees.main_checkout import git_dir_of
from forksight.adapters.system.disk.absence import is_absent
from forksight.core.git.remotes import remotes, tracking_ref
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import GitError, NotARepositoryError, Problem, UsageError, undo, undone
from forksight.core.words import shell
from forksight.core.words.terminal import can_be_shown, printable

_IN_USE = re.compile("checked out at|used by worktree at")  # what git says of a branch that it does not delete


class GitWorktreeMaker:
    """The worktrees and branches of one repository, given by its common dir (`core.ports.git.WorktreeMaker`)."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}
        self._exclude_file = os.path.join(common_dir, "info", "exclude")

    def registered(self) -> tuple[Worktree, ...]:
        """See `core.ports.git.WorktreeMaker`. The worktrees' `git_dir` is left empty."""
        config = self._configs.shared()
        records, _ = listed(self._common_dir, config.environment, config.values)
        return tuple(record.worktree("") for record in records)

    def _registered_at(self, path: str) -> Worktree | None:
        return next((worktree for worktree in self.registered() if worktree.path == os.path.realpath(path)), None)

    def branch(self, name: str) -> str | None:
        """See `core.ports.git.WorktreeMaker`."""
        _check_branch_name(name, lambda: self._read("check-ref-format", f"refs/heads/{name}"))
        output = self._read("rev-parse", "--verify", "--quiet", f"refs/heads/{name}^{{commit}}", accept=(0, 1))
        return os.fsdecode(output).strip() or None

    def remote_branches(self, name: str) -> tuple[str, ...]:
        """See `core.ports.git.WorktreeMaker`. As `unique_tracking_name` of git's checkout.c finds them, through the remotes' refspecs."""
        config = self._configs.shared().values
        tracking = {remote: tracking_ref(config, remote, name) for remote in remotes(config)}
        listing = self._read("for-each-ref", "--format=%(refname)", *tracking.values()) if tracking else b""
        by_remote = {
            remote: ref.removeprefix("refs/remotes/")
            for remote, ref in tracking.items()
            if ref in os.fsdecode(listing).splitlines()
        }
        preferred = by_remote.get(config.get("checkout.defaultremote", ""))
        return (preferred,) if preferred is not None else tuple(by_remote.values())

    def check(self, path: str, branch: str, gone: Collection[str] = ()) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        config = self._configs.shared()
        use = use_of(self._common_dir, branch, config)
        if use is not None and use.path not in {path, *gone}:
            raise GitError(f"git can't check out {branch} in a new worktree: {use.sentence}", fix=use.fix)
        registered = self._registered_at(path)
        _check_lock(registered, path, self._common_dir)
        if path not in gone:
            self._check_stranded(registered)

    def commit(self, ref: str, worktree: str) -> str:
        """See `core.ports.git.WorktreeMaker`."""
        arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
        try:
            return os.fsdecode(process.run(arguments, cwd=worktree, env=self._reading(worktree))).strip()
        except (GitError, ValueError):
            raise GitError(f"`{ref}` is no commit in {worktree}", fix="check the name, or run `git fetch`") from None

    def commit_at(self, moment: float, worktree: str) -> str | None:
        """See `core.ports.git.WorktreeMaker`. By the reflog; if that is off or too short, the current HEAD."""
        then = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        for name in (f"HEAD@{{{then}}}", "HEAD"):
            with suppress(GitError):
                return self.commit(name, worktree)
        return None

    def create_branch(self, name: str, commit: str, upstream: str | None, source: str | None = None) -> None:
        """See `core.ports.git.WorktreeMaker`. The reflog's first entry is as `git branch NAME SOURCE` writes it."""
        message = f"branch: Created from {source or commit}"
        with as_git_error(f"the branch {name} could not be made"):
            self._run("check-ref-format", "--branch", name)
            self._run("update-ref", "--create-reflog", "-m", message, f"refs/heads/{name}", commit, "")
            if upstream is not None:
                with undone(lambda: self.delete_branch(name, commit)):
                    self._run("branch", f"--set-upstream-to={upstream}", name)

    def delete_branch(self, name: str, commit: str) -> None:
        """See `core.ports.git.WorktreeMaker`.

        Its settings are removed first: `git branch -D` removes them last, and succeeds if it can't.
        """
        if self.branch(name) == commit:
            settings = self._settings(name)
            if settings:
                self._run("config", "--local", "--remove-section", f"branch.{name}")
            try:
                with undone(lambda: self._set(settings)):
                    self._run("branch", "-D", name)
            except GitError as error:
                if not _IN_USE.search(str(error)):  # else somebody checked it out: it is theirs now
                    raise

    def _settings(self, name: str) -> tuple[tuple[str, str], ...]:
        """A branch's settings in the repository's own configuration: whole key, value."""
        listing = self._read("config", "--local", "--get-regexp", "-z", r"^branch\.", accept=(0, 1))
        entries = (entry.partition("\n") for entry in os.fsdecode(listing).split("\0")[:-1])
        return tuple((key, value) for key, _, value in entries if key.rpartition(".")[0] == f"branch.{name}")

    def _set(self, settings: Iterable[tuple[str, str]]) -> None:
        for key, value in settings:
            self._run("config", "--local", "--add", key, value)

    def create(self, path: str, branch: str) -> tuple[Problem, ...]:
        """See `core.ports.git.WorktreeMaker`."""
        missing = _missing_parents(path)
        with suppress(OSError):
            os.rmdir(path)  # an empty folder is nothing
        registered = self._registered_at(path)
        self._check_stranded(registered)  # in its own words
        with as_git_error(f"the worktree {path} could not be made"):
            self._clear_the_way(path, registered)
            return process.patiently(lambda: self._add(path, branch, missing))

    def _add(self, path: str, branch: str, missing: list[str]) -> tuple[Problem, ...]:
        try:
            arguments = ["worktree", "add", "--quiet", path, branch]
            process.run(arguments, cwd=self._common_dir, env=self._shared, timeout=process.LONG_TIMEOUT)
        except BaseException as error:
            if isinstance(error, (GitError, NotARepositoryError)) and self._is_whole(path, branch):
                return (_hook_failed(path, error),)
            undo(lambda: self.remove(path), error)
            _remove_empty(missing)
            raise
        return ()

    def _is_whole(self, path: str, branch: str) -> bool:
        """Whether a worktree is complete although git failed: only the post-checkout hook failed.

        If anything before the hook fails, git removes what it made. If it is killed it removes nothing, but then there is no
        index yet, or the worktree is still locked for initialising.
        """
        registered = self._registered_at(path)
        git_dir = (
            git_dir_of(path)
            if registered is not None and registered.branch == branch and registered.locked is None
            else None
        )
        return git_dir is not None and not is_absent(os.path.join(git_dir, "index"))

    def remove(self, path: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        if not self._may_remove(path):
            raise GitError(
                f"{path} is not, or no longer, a worktree of this repository: it was not removed",
                fix="look at it, and move it away",
            )
        error = self._forget(path)
        if not is_absent(path):  # not a whole worktree yet, or it was still being written
            shutil.rmtree(path, ignore_errors=True)
            error = self._forget(path)
        if not is_absent(path):
            raise GitError(f"{path} could not be removed", fix="remove the folder yourself")
        if error is not None and self._registered_at(path) is not None:
            raise error
        parent = os.path.dirname(path)
        _remove_empty(
            [parent, os.path.dirname(parent)] if os.path.basename(os.path.dirname(parent)) == ".claude" else [parent]
        )

    def _may_remove(self, path: str) -> bool:
        """Whether a path is a linked worktree of this repository, complete or not, or does not exist."""
        if is_absent(path):
            return True
        if os.path.islink(path) or not os.path.isdir(path):
            return False
        if not is_absent(os.path.join(path, ".git")):
            return is_linked(path, self._common_dir)
        linked = [worktree.path for worktree in self.registered() if not worktree.main]
        return not os.listdir(path) or os.path.realpath(path) in linked

    def is_disposable(self, path: str) -> bool:
        """See `core.ports.git.WorktreeMaker`.

        git writes a new worktree's index last, when all files are checked out, and keeps the worktree locked until then. What a
        killed removal left has no `.git` any more. Where another git may be at work nobody knows what will be there.
        """
        if is_absent(path):
            return True
        with suppress(GitError, NotARepositoryError, OSError):
            linked = git_dir_of(path)
            git_dir = linked or git_dir_without_folder(os.path.realpath(path), self._common_dir)
            if git_dir is None:
                return not os.listdir(path)
            if is_absent(os.path.join(git_dir, "index")):
                return not is_absent(os.path.join(git_dir, "locked"))
            if linked and lock_in(git_dir) is not None:
                return False
            environment = {**self._reading(path), "GIT_DIR": git_dir, "GIT_WORK_TREE": path}
            records = process.run(["status", "--porcelain", "-z"], cwd=path, env=environment)
            return not records if linked else all(record.startswith(b" D ") for record in records.split(b"\0")[:-1])
        return False

    def included(self, source: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """See `core.ports.git.WorktreeMaker`."""
        return include_file.included(source, self._reading(source))

    def tracked(self, commit: str, paths: Sequence[str]) -> frozenset[str]:
        """See `core.ports.git.WorktreeMaker`."""
        tracked: list[str] = []
        for start in range(0, len(paths), process.PATHS_AT_ONCE):
            listing = self._read(
                "ls-tree", "-z", "--name-only", "--full-tree", commit, *paths[start : start + process.PATHS_AT_ONCE]
            )
            tracked += os.fsdecode(listing).split("\0")[:-1]
        return frozenset(tracked)

    def ignores(self, worktree: str, path: str) -> bool:
        """See `core.ports.git.WorktreeMaker`."""
        arguments = ["check-ignore", "-z", "--stdin"]
        return bool(
            process.run(arguments, cwd=worktree, env=self._reading(worktree), stdin=os.fsencode(path), accept=(0, 1))
        )

    def excludes(self, pattern: str) -> bool:
        """See `core.ports.git.WorktreeMaker`."""
        return exclude_file.excludes(self._exclude_file, pattern)

    def exclude(self, pattern: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        exclude_file.exclude(self._exclude_file, pattern)

    def stop_excluding(self, pattern: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        exclude_file.stop_excluding(self._exclude_file, pattern)

    def _clear_the_way(self, path: str, registered: Worktree | None) -> None:
        """Make sure that a path neither exists on disk nor is in git's list of worktrees, which has `registered` there."""
        if not is_absent(path):
            raise GitError("it already exists")
        _check_lock(registered, path, self._common_dir)
        if registered is not None and (error := self._forget(path)) is not None:
            raise error

    def _check_stranded(self, worktree: Worktree | None) -> None:
        if worktree is not None and is_absent(worktree.path):
            from forksight.adapters.git.worktrees.leftovers import check_stranded  # hardly any worktree is gone

            check_stranded(worktree, self._common_dir, self._configs.shared().environment)

    def _forget(self, path: str) -> GitError | None:
        """Remove a worktree that git lists, locked or not. Returns why it was not removed: git does not list it, finds it broken …"""
        try:
            self._run("worktree", "remove", "--force", "--force", path)
        except GitError as error:
            return error
        return None

    def _reading(self, worktree: str) -> Mapping[str, str]:
        """The environment for reading a worktree, or the repository itself, without running programs that its configuration names."""
        if worktree == self._common_dir:
            return {**self._configs.shared().environment, "GIT_DIR": worktree}
        try:
            git_dir = git_dir_of(worktree)
        except OSError:
            git_dir = None
        config = self._configs.shared() if git_dir is None else self._configs.at(worktree, git_dir)
        return config.environment

    def _read(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> bytes:
        environment = self._reading(self._common_dir)
        return process.run(arguments, cwd=self._common_dir, env=environment, accept=accept)

    def _run(self, *arguments: str) -> bytes:
        return process.patiently(lambda: process.run(arguments, cwd=self._common_dir, env=self._shared))


def _check_branch_name(name: str, ask_git: Callable[[], object]) -> None:
    """Raise `UsageError` unless this is a valid name of a branch; `ask_git` raises `GitError` if git refuses it."""
    fix = (
        "no blanks, `..`, `//`, `@{`, `~^:?*[\\`, no dash or dot at the beginning, no slash, dot or `.lock` at the end, and"
        " not `HEAD`"
    )
    try:
        if not can_be_shown(name):  # git takes some of these, and whoever reads the name is deceived
            fix = "choose one without characters that a terminal can't show as they are"
            raise GitError(name)
        if name.startswith("-") or name == "HEAD":
            raise GitError(name)
        ask_git()
    except GitError:
        raise UsageError(f"`{printable(name)}` can't be the name of a branch", fix=fix) from None


def _check_lock(worktree: Worktree | None, path: str, common_dir: str) -> None:
    """Raise `GitError` if a worktree that is to be made again is locked, unless by a Claude Code that has ended."""
    reason = worktree.locked if worktree is not None else None
    if reason is not None and not is_left_behind(reason, common_dir):
        raise GitError(
            f"the worktree {path} is gone, and git has it locked: {reason or 'no reason given'}",
            fix=f"run `git worktree unlock {shell.quote(path)}` if it will not come back",
        )


def _hook_failed(path: str, error: GitError | NotARepositoryError) -> Problem:
    reason = "" if isinstance(error, NotARepositoryError) else said_by_git(error)
    failure = f"failed in {path} ({reason.rstrip('.')})" if reason else f"failed in {path}"
    message = f"The repository's post-checkout hook {failure}; the worktree itself is whole."
    return Problem("hook-failed", message, path)


def _missing_parents(path: str) -> list[str]:
    """The parent folders of a path that do not exist, innermost first."""
    missing = []
    parent = os.path.dirname(path)
    while is_absent(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    return missing


def _remove_empty(folders: list[str]) -> None:
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)
