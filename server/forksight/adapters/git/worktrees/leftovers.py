"""What is in a worktree besides its HEAD: what would be lost with it, and what would not because it is elsewhere too."""

import filecmp
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace

from forksight.adapters.git import process
from forksight.adapters.git.lock_files import lock_in
from forksight.adapters.git.objects.object_id import algorithm_of, object_id
from forksight.adapters.git.working_tree import status
from forksight.adapters.git.worktrees.listing import git_dir_without_folder
from forksight.adapters.system.disk.absence import is_absent
from forksight.adapters.system.disk.regular_file import open_regular
from forksight.core.cleanup.facts import Contents
from forksight.core.cleanup.wording import folder_again
from forksight.core.git.snapshot import Worktree
from forksight.core.problems import GitError, NotARepositoryError

_IGNORED = ("--ignored=matching",)
_CACHES = frozenset({"__pycache__", "node_modules"})
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"  # of CACHEDIR.TAG: https://bford.info/cachedir/
_MOST_COMPARED = 1000  # files of one ignored folder; a bigger one counts as not copied
_OPERATIONS = {
    "MERGE_HEAD": "merge",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "sequencer": "cherry-pick or revert",
    "BISECT_LOG": "bisection",
}


def contents(worktree: Worktree, main: str | None, environment: Mapping[str, str]) -> Contents:
    """The contents of a worktree. `main` is the checkout that ignored files may have been copied from. Raises `GitError`."""
    path = worktree.path
    try:
        git_status = status.parse(process.run((*status.ARGUMENTS, *_IGNORED), cwd=path, env=environment))
        flagged = process.run(["ls-files", "-v", "-z"], cwd=path, env=environment)
    except NotARepositoryError:
        raise GitError(
            f"{path} is no worktree any more", fix="run `git worktree repair` or `git worktree prune`"
        ) from None
    hidden = {line[2:]: line[:1] for line in flagged.split(b"\0") if line[:1] in (b"h", b"s", b"S")}
    copied, caches, alone = _sorted_out(path, main, git_status.ignored)
    changed = {*git_status.tracked, *(_edited(path, hidden, environment) if hidden else ())}
    return Contents(
        uncommitted=tuple(sorted(changed)),
        untracked=tuple(sorted(set(git_status.untracked) - changed)),
        ignored=alone,
        copied=copied,
        caches=caches,
        unmerged=tuple(sorted(git_status.unmerged)),
        operation=_operation(worktree.git_dir),
        busy=lock_in(worktree.git_dir),
        submodules=_exists(worktree.git_dir, "modules"),
    )


def check_stranded(
    worktree: Worktree, common_dir: str, environment: Mapping[str, str], *, kept: str | None = None
) -> None:
    """Raise `GitError` if the git dir of a worktree whose folder is gone has what nothing else has.

    That is what was staged, an operation that was begun and not finished, and commits that no ref leads to. `kept` is the
    id of a tree that something else has too.
    """
    path = worktree.path
    try:
        git_dir = git_dir_without_folder(path, common_dir)
    except OSError as error:
        raise GitError(
            f"the worktree {path} is gone, and what git has of it can't be listed ({error.strerror})",
            fix=f"check who owns {os.path.join(common_dir, 'worktrees')}",
        ) from None
    if git_dir is None:
        return
    there = {**environment, "GIT_DIR": git_dir}
    left = left_in_git_dir(replace(worktree, git_dir=git_dir), there)
    brings_back = f"{folder_again(path, git_dir)} brings that back"
    if left.uncommitted and (
        kept is None or os.fsdecode(process.run(["write-tree"], cwd=git_dir, env=there)).strip() != kept
    ):
        more = f" and {len(left.uncommitted) - 1} more" if left.uncommitted[1:] else ""
        raise GitError(
            f"the worktree {path} is gone, and what was staged in it is only in git's index of it ({left.uncommitted[0]}{more})",
            fix=f"{brings_back}; `git worktree prune` lets it go",
        )
    if left.operation is not None:
        raise GitError(
            f"the worktree {path} is gone in the middle of a {left.operation}, of which only git's own files know",
            fix=f"{brings_back}; `git worktree prune` lets it go",
        )
    if worktree.branch is None and worktree.head is not None:
        reach = ["rev-list", "--max-count=1", worktree.head, "--not", "--glob=refs/*"]
        if process.run(reach, cwd=common_dir, env={**environment, "GIT_DIR": common_dir}):
            raise GitError(
                f"the worktree {path} is gone, and no branch has the commits that were made in it",
                fix=f"`git branch NAME {worktree.head}` keeps them",
            )


def left_in_git_dir(worktree: Worktree, environment: Mapping[str, str]) -> Contents:
    """What is known of a worktree whose folder is gone: what was staged there, and what was begun. Raises `GitError`.

    `environment` names its git dir.
    """
    if not worktree.git_dir:
        return Contents()
    staged = ["diff-index", "--cached", "--name-only", "-z", "HEAD"] if worktree.head else ["ls-files", "-z"]
    cwd = worktree.git_dir
    listed = process.run(staged, cwd=cwd, env=environment) if _exists(cwd, "index") else b""
    unmerged = process.run(["ls-files", "--unmerged", "-z"], cwd=cwd, env=environment) if listed else b""
    return Contents(
        uncommitted=tuple(dict.fromkeys(os.fsdecode(listed).split("\0")[:-1])),
        unmerged=tuple(dict.fromkeys(line.partition("\t")[2] for line in os.fsdecode(unmerged).split("\0")[:-1])),
        operation=_operation(worktree.git_dir),
    )


def is_cache(top: str, path: str) -> bool:
    """Whether a path below `top` is a cache that programs make again: by its name, or by its CACHEDIR.TAG."""
    if not _CACHES.isdisjoint(path.split("/")):
        return True
    try:
        with open_regular(os.path.join(top, path, "CACHEDIR.TAG")) as tag:
            return tag.read(len(_TAG)) == _TAG
    except OSError:
        return False


def _sorted_out(top: str, main: str | None, ignored: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The ignored paths, sorted into those that exist elsewhere too, caches, and those that exist nowhere else."""
    copied, caches, alone = [], [], []
    for name in sorted(ignored):
        path = name.rstrip("/")
        if is_cache(top, path):
            caches.append(name)
        elif _is_elsewhere(os.path.join(top, path), os.path.join(main, path) if main else None):
            copied.append(name)
        else:
            alone.append(name)
    return tuple(copied), tuple(caches), tuple(alone)


def _is_elsewhere(path: str, original: str | None) -> bool:
    """Whether nothing is lost with an ignored path: it is a link to something that exists, or has the same bytes as the original."""
    if os.path.islink(path):
        return os.path.exists(path)
    if original is None or os.path.islink(original):
        return False
    try:
        if os.path.isfile(path):
            return os.path.isfile(original) and filecmp.cmp(path, original, shallow=False)
        pairs = _pairs(path, original)
        return pairs is not None and all(
            os.path.isfile(file) and filecmp.cmp(file, counterpart, shallow=False) for file, counterpart in pairs
        )
    except OSError:
        return False


def _pairs(folder: str, original: str) -> list[tuple[str, str]] | None:
    """Each file below a folder with its counterpart below another; None if there are too many files, or links."""
    pairs: list[tuple[str, str]] = []
    for root, folders, names in os.walk(folder):
        if len(pairs) + len(names) > _MOST_COMPARED or any(
            os.path.islink(os.path.join(root, name)) for name in folders
        ):
            return None
        counterpart = os.path.join(original, os.path.relpath(root, folder))
        for name in names:
            if os.path.islink(os.path.join(root, name)) or not os.path.isfile(os.path.join(counterpart, name)):
                return None
            pairs.append((os.path.join(root, name), os.path.join(counterpart, name)))
    return pairs


def _edited(top: str, hidden: Mapping[bytes, bytes], environment: Mapping[str, str]) -> list[str]:
    """The assume-unchanged (tag `h`) and skip-worktree (`S`) paths whose files differ from the index.

    Bytes are compared, so a file that only differs in line endings counts, too.
    """
    present = {path for path in hidden if os.path.lexists(os.path.join(os.fsencode(top), path))}
    edited = [os.fsdecode(path) for path, tag in hidden.items() if tag == b"h" and path not in present]
    paths = [os.fsdecode(path) for path in sorted(present)]
    request = {**environment, "GIT_LITERAL_PATHSPECS": "1"}
    for start in range(0, len(paths), process.PATHS_AT_ONCE):
        batch = paths[start : start + process.PATHS_AT_ONCE]
        listed = process.run(["ls-files", "--stage", "-z", "--", *batch], cwd=top, env=request)
        for line in os.fsdecode(listed).split("\0")[:-1]:
            facts, _, path = line.partition("\t")
            if not _is_blob(os.path.join(top, path), facts.split(" ")[1]):
                edited.append(path)
    return edited


def _is_blob(path: str, oid: str) -> bool:
    try:
        if os.path.islink(path):
            data = os.readlink(os.fsencode(path))
        else:
            with open_regular(path) as file:
                data = file.read()
    except OSError:
        return False
    return object_id(data, algorithm_of(oid)) == oid


def _operation(git_dir: str) -> str | None:
    """The unfinished git operation in a worktree; None if there is none."""
    return next((word for name, word in _OPERATIONS.items() if _exists(git_dir, name)), None)


def _exists(git_dir: str, name: str) -> bool:
    """Whether a git dir has a file or folder of that name, or nobody can tell."""
    return not is_absent(os.path.join(git_dir, name))
