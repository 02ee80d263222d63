"""Makes and removes worktrees and branches as the person's own git would: their hooks and filters run.

Everything that only looks is in `adapters.git.repository`. What fails here leaves nothing behind.
"""

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import IO

from forksight.adapters.git import process
from forksight.adapters.git.config import Configs
from forksight.adapters.git.worktree_list import is_linked, listed
from forksight.adapters.system.processes import exists
from forksight.adapters.system.regular_file import read_regular, read_text
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import GitError, Problem, UsageError
from forksight.core.words.terminal import can_be_shown, printable

_PATIENCE = 3600.0  # seconds: a checkout may download large files
_INCLUDE = ".worktreeinclude"
_AT_ONCE = 500  # paths in one command line

# What git says, and what a person can do about it.
_ADVICE = (
    (
        r"No space left|File too large|Disk quota exceeded|disk full|unable to write file",
        "free some space and try again",
    ),
    (r"File name too long", "choose a shorter name"),
    (r"Permission denied|Read-only file system", "check the folder's permissions"),
    (r"'refs/heads/(.+)' exists; cannot create", "rename that branch, or choose another name"),
    (
        r"\.lock'?: File exists|cannot lock ref|could not lock",
        "another git is at work; if none is, remove the .lock file",
    ),
    (r"already (checked out|used by worktree) at", "go on in that worktree"),
    (r"Not a directory", "a file is where a folder must be: move it away"),
    (r"has it locked", "run `git worktree unlock` if that is outdated"),
    (r"already exists", "move it away, or choose another name"),
)


class GitWorktreeMaker:
    """The worktrees and branches of one repository, by its common dir (`core.ports.git.WorktreeMaker`)."""

    def __init__(self, common_dir: str) -> None:
        self._common_dir = common_dir
        self._configs = Configs(common_dir)
        self._shared = {**process.TRUSTED, "GIT_DIR": common_dir}
        self._exclude_file = os.path.join(common_dir, "info", "exclude")

    def registered(self) -> tuple[Worktree, ...]:
        """See `core.ports.git.WorktreeMaker`. `git_dir` is empty: nobody needs it of a worktree that may be gone."""
        records, _ = listed(self._common_dir, self._shared, self._configs.shared().values)
        return tuple(record.worktree("") for record in records)

    def branch(self, name: str) -> str | None:
        """See `core.ports.git.WorktreeMaker`."""
        fix = (
            "no blanks, `..`, `//`, `@{`, `~^:?*[\\`, no dash or dot at the beginning, no slash, dot or `.lock` at the end, and"
            " not `HEAD`"
        )
        try:
            if not all(map(can_be_shown, name)):  # git takes some of these, and whoever reads the name is deceived
                fix = "choose one without characters that a terminal can't show as they are"
                raise GitError(name)
            if name.startswith("-") or name == "HEAD":
                raise GitError(name)
            self._run("check-ref-format", f"refs/heads/{name}")
        except GitError:
            raise UsageError(f"`{printable(name)}` can't be the name of a branch", fix=fix) from None
        output = self._run("rev-parse", "--verify", "--quiet", f"refs/heads/{name}^{{commit}}", accept=(0, 1))
        return os.fsdecode(output).strip() or None

    def remote_branch(self, name: str) -> str | None:
        """See `core.ports.git.WorktreeMaker`."""
        listing = self._run("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/remotes/*/{name}")
        names = os.fsdecode(listing).splitlines()
        return names[0] if len(names) == 1 else None

    def commit(self, ref: str, worktree: str) -> str:
        """See `core.ports.git.WorktreeMaker`."""
        arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"]
        try:
            return os.fsdecode(process.run(arguments, cwd=worktree, env=process.TRUSTED)).strip()
        except (GitError, ValueError):
            raise GitError(f"`{ref}` is no commit in {worktree}", fix="check the name, or run `git fetch`") from None

    def commit_at(self, moment: float, worktree: str) -> str | None:
        """See `core.ports.git.WorktreeMaker`. The reflog tells; where it is off or too short, HEAD does."""
        then = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        for name in (f"HEAD@{{{then}}}", "HEAD"):
            with suppress(GitError):
                return self.commit(name, worktree)
        return None

    def create_branch(self, name: str, commit: str, upstream: str | None, source: str | None = None) -> None:
        """See `core.ports.git.WorktreeMaker`. The reflog's first entry is as `git branch NAME SOURCE` writes it."""
        message = f"branch: Created from {source or commit}"
        with _as_git_error(f"the branch {name} could not be made"):
            self._run("check-ref-format", "--branch", name)
            self._run("update-ref", "--create-reflog", "-m", message, f"refs/heads/{name}", commit, "")
            if upstream is not None:
                try:
                    self._run("branch", f"--set-upstream-to={upstream}", name)
                except BaseException:
                    self.delete_branch(name, commit)
                    raise

    def delete_branch(self, name: str, commit: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        if self.branch(name) == commit:
            with suppress(GitError):  # somebody checked it out: it is theirs now
                self._run("branch", "-D", name)

    def create(self, path: str, branch: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        missing = _missing_parents(path)
        with _as_git_error(f"the worktree {path} could not be made"):
            self._clear_the_way(path)
            process.patiently(lambda: self._add(path, branch, missing))

    def _add(self, path: str, branch: str, missing: list[str]) -> None:
        try:
            arguments = ["worktree", "add", "--quiet", path, branch]
            process.run(arguments, cwd=self._common_dir, env=self._shared, timeout=_PATIENCE)
        except BaseException:
            with suppress(GitError):
                self.remove(path)
            _remove_empty(missing)
            raise

    def remove(self, path: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        if not self._may_remove(path):
            raise GitError(
                f"{path} is no worktree of this repository, or not any more: it stays",
                fix="look at it, and move it away",
            )
        self._forget(path)
        if os.path.lexists(path):  # not a whole worktree yet, or it was still being written
            shutil.rmtree(path, ignore_errors=True)
            self._forget(path)
        if os.path.lexists(path):
            raise GitError(f"{path} could not be removed", fix="remove the folder yourself")
        parent = os.path.dirname(path)
        _remove_empty(
            [parent, os.path.dirname(parent)] if os.path.basename(os.path.dirname(parent)) == ".claude" else [parent]
        )

    def _may_remove(self, path: str) -> bool:
        """Whether a folder is a linked worktree of this repository, whole or begun, or what is left of one, or nothing."""
        if not os.path.lexists(path):
            return True
        if os.path.islink(path) or not os.path.isdir(path):
            return False
        if os.path.lexists(os.path.join(path, ".git")):
            return is_linked(path, self._common_dir)
        linked = [worktree.path for worktree in self.registered() if not worktree.main]
        return not os.listdir(path) or os.path.realpath(path) in linked

    def is_disposable(self, path: str) -> bool:
        """See `core.ports.git.WorktreeMaker`. git writes a new worktree's index when all its files are there."""
        if not os.path.lexists(path):
            return True
        with suppress(GitError):
            index = os.fsdecode(
                process.run(["rev-parse", "--git-path", "index"], cwd=path, env=process.TRUSTED)
            ).strip()
            if not os.path.exists(os.path.join(path, index)):
                return True
            return not process.run(
                ["--no-optional-locks", "status", "--porcelain", "-z"], cwd=path, env=process.TRUSTED
            )
        return False

    def included(self, source: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """See `core.ports.git.WorktreeMaker`."""
        file = os.path.join(source, _INCLUDE)
        if not os.path.lexists(file):
            return (), ()
        problems: tuple[Problem, ...] = ()
        try:
            read_regular(file).decode()
        except OSError as error:
            said = f"{file} can't be read ({error.strerror}): no ignored files are copied into a new worktree."
            return (), (Problem("include-unreadable", said, file),)
        except UnicodeDecodeError:
            said = f"{file} is not UTF-8, so it may not name the files that it should: save it as UTF-8."
            problems = (Problem("include-unreadable", said, file),)
        wanted = process.run(
            ["ls-files", "--others", "--ignored", "-z", f"--exclude-from={_INCLUDE}"], cwd=source, env=process.TRUSTED
        )
        # A file that is not ignored would show up as a change in every new worktree.
        ignored = process.run(
            ["check-ignore", "-z", "--stdin"], cwd=source, env=process.TRUSTED, stdin=wanted, accept=(0, 1)
        )
        return tuple(path for path in os.fsdecode(ignored).split("\0") if path and not path.endswith("/")), problems

    def tracked(self, commit: str, paths: Sequence[str]) -> frozenset[str]:
        """See `core.ports.git.WorktreeMaker`."""
        tracked: list[str] = []
        for start in range(0, len(paths), _AT_ONCE):
            listing = self._run("ls-tree", "-z", "--name-only", "--full-tree", commit, *paths[start : start + _AT_ONCE])
            tracked += os.fsdecode(listing).split("\0")[:-1]
        return frozenset(tracked)

    def ignores(self, worktree: str, path: str) -> bool:
        """See `core.ports.git.WorktreeMaker`."""
        arguments = ["check-ignore", "-z", "--stdin"]
        return bool(process.run(arguments, cwd=worktree, env=process.TRUSTED, stdin=os.fsencode(path), accept=(0, 1)))

    def excludes(self, pattern: str) -> bool:
        """See `core.ports.git.WorktreeMaker`."""
        with suppress(OSError):
            return pattern in read_text(self._exclude_file).splitlines()
        return False

    def exclude(self, pattern: str) -> None:
        """See `core.ports.git.WorktreeMaker`."""
        if self.excludes(pattern):
            return
        with _as_git_error(f"{self._exclude_file} can't be written"):
            os.makedirs(os.path.dirname(self._exclude_file), exist_ok=True)
            with _open_own(self._exclude_file, os.O_RDWR | os.O_CREAT | os.O_APPEND, "a+b") as stream:
                stream.seek(0)
                text = stream.read()
                line = (b"" if not text or text.endswith(b"\n") else b"\n") + os.fsencode(pattern) + b"\n"
                try:
                    if stream.write(line) != len(line):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                except OSError:
                    stream.truncate(len(text))
                    raise

    def stop_excluding(self, pattern: str) -> None:
        """See `core.ports.git.WorktreeMaker`. Only ever cuts the end off: killed, nothing else is lost."""
        line = os.fsencode(pattern) + b"\n"
        with (
            _as_git_error(f"{self._exclude_file} can't be written"),
            suppress(FileNotFoundError),
            _open_own(self._exclude_file, os.O_RDWR, "r+b") as stream,
        ):
            text = stream.read()
            if (b"\n" + text).endswith(b"\n" + line):
                stream.truncate(len(text) - len(line))

    def _clear_the_way(self, path: str) -> None:
        """Make sure that nothing is at a path, neither on disk nor in git's list."""
        with suppress(OSError):
            os.rmdir(path)  # an empty folder is nothing
        if os.path.lexists(path):
            raise GitError("it already exists")
        known = next((worktree for worktree in self.registered() if worktree.path == os.path.realpath(path)), None)
        if known is not None and known.locked is not None and not _is_left_behind(known.locked):
            raise GitError(f"git has it locked: {known.locked or 'no reason given'}")
        if known is not None:
            self._forget(path)

    def _forget(self, path: str) -> None:
        """Remove a worktree that git knows, locked or not; nothing if it does not know it or finds it broken."""
        with suppress(GitError):
            self._run("worktree", "remove", "--force", "--force", path)

    def _run(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> bytes:
        return process.patiently(lambda: process.run(arguments, cwd=self._common_dir, env=self._shared, accept=accept))


@contextmanager
def _as_git_error(what: str) -> Iterator[None]:
    """Turn what git or the system says into one sentence that begins with what could not be done, and ends with what can be."""
    try:
        yield
    except OSError as error:
        said = error.strerror or str(error)
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, said)), "check its permissions")
        raise GitError(f"{what} ({said})", fix=advice) from error
    except GitError as error:
        if error.code not in (
            GitError.code,
            "git-busy",
        ):  # git is missing, too old, too slow, or refuses this user: said well already
            raise
        said = re.sub(r"^git \S+ failed in .*?: ", "", str(error))
        advice = next((advice for pattern, advice in _ADVICE if re.search(pattern, said)), "see `git worktree list`")
        raise GitError(f"{what} ({said.rstrip('.')})", fix=advice) from error


def _open_own(path: str, flags: int, mode: str) -> IO[bytes]:
    """Open a file of the repository to write to it, and never what a link there names. Raises `OSError`."""
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file")
    return open(handle, mode, buffering=0)


def _is_left_behind(reason: str) -> bool:
    """Whether a lock is one that Claude Code set and whose process has ended: it leaves its worktrees locked."""
    match = re.match(r"claude session .*\(pid (\d+)", reason)
    return match is not None and not exists(int(match[1]))


def _missing_parents(path: str) -> list[str]:
    """The folders above a path that do not exist yet, innermost first."""
    missing = []
    parent = os.path.dirname(path)
    while not os.path.lexists(parent):
        missing.append(parent)
        parent = os.path.dirname(parent)
    return missing


def _remove_empty(folders: list[str]) -> None:
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)
