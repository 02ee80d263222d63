"""Cleans up after a git that was killed while it checked out a merge: the worktree has its files, HEAD is the old commit."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

from forksight.adapters.git import process
from forksight.adapters.git.objects.object_id import algorithm_of, object_id
from forksight.core.problems import GitError
from forksight.core.words import shell


def put_back(worktree: str, commit: str, environment: Mapping[str, str]) -> None:
    """Restore the files that merging `commit` may have written to their state in HEAD.

    Only contents that git has as objects are overwritten or removed. If a tracked file among them has other contents, because a
    person has edited it since, `GitError` is raised and nothing is done.
    """
    touched = _names(
        worktree, environment, "log", "--format=", "--name-only", "--no-renames", "-z", f"HEAD..{commit}", "--"
    )
    touched |= _names(worktree, environment, "diff", "--name-only", "--no-renames", "-z", "HEAD", commit, "--")
    changed = touched & _names(worktree, environment, "diff", "--name-only", "--no-renames", "-z", "HEAD", "--")
    tracked = _names(worktree, environment, "ls-files", "-z") if touched - changed else set()
    added = [path for path in touched - changed - tracked if _is_file(worktree, path)]
    present = [path for path in changed if _is_file(worktree, path)]
    stored = _known(worktree, environment, [*present, *added])
    if edited := sorted(set(present) - stored):
        name = edited[0]
        restore = shell.join(["git", "-C", worktree, "restore", "--staged", "--worktree", "--", name])
        raise GitError(f"{name} was edited in {worktree} since", fix=f"keep what you need of it, then run `{restore}`")
    for path in stored.intersection(added):
        os.unlink(os.path.join(worktree, path))
        with suppress(OSError):  # no empty folder any more
            os.removedirs(os.path.dirname(os.path.join(worktree, path)))
    if changed:
        arguments = ["restore", "--source=HEAD", "--staged", "--worktree", "--pathspec-from-file=-"]
        names = b"\0".join(map(os.fsencode, sorted(changed)))
        trusted = {**process.TRUSTED, "GIT_LITERAL_PATHSPECS": "1"}
        process.run([*arguments, "--pathspec-file-nul"], cwd=worktree, env=trusted, stdin=names)


def _names(worktree: str, environment: Mapping[str, str], *arguments: str) -> set[str]:
    """The NUL-terminated paths that a git command prints."""
    output = os.fsdecode(process.run(arguments, cwd=worktree, env=environment))
    return {name for part in output.split("\0") if (name := part.removeprefix("\n"))}


def _is_file(worktree: str, path: str) -> bool:
    full = os.path.join(worktree, path)
    return os.path.islink(full) or os.path.isfile(full)


def _known(worktree: str, environment: Mapping[str, str], paths: Sequence[str]) -> set[str]:
    """Those of the files (relative paths) whose contents git has as objects."""
    ids = {}
    links = [path for path in paths if os.path.islink(os.path.join(worktree, path))]
    files = [path for path in paths if path not in set(links)]
    head = os.fsdecode(process.run(["rev-parse", "HEAD"], cwd=worktree, env=environment)).strip()
    for path in links:
        ids[path] = object_id(os.fsencode(os.readlink(os.path.join(worktree, path))), algorithm_of(head))
    for start in range(0, len(files), process.PATHS_AT_ONCE):
        batch = files[start : start + process.PATHS_AT_ONCE]
        # the person's own filters, as when git checked them out
        output = process.run(["hash-object", "--", *batch], cwd=worktree, env=process.TRUSTED)
        ids.update(zip(batch, os.fsdecode(output).split(), strict=True))
    request = "".join(f"{oid}\n" for oid in ids.values()).encode()
    answers = process.run(["cat-file", "--batch-check=%(objectname)"], cwd=worktree, env=environment, stdin=request)
    lines = os.fsdecode(answers).splitlines()
    return {path for path, line in zip(ids, lines, strict=True) if not line.endswith(" missing")}
