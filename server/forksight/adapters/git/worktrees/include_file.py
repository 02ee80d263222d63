"""`.worktreeinclude`: which ignored files a new worktree gets, by Claude Code's rule."""

import os
from collections.abc import Mapping

from forksight.adapters.git import process
from forksight.adapters.system.disk.regular_file import read_regular
from forksight.core.problems import Problem

_NAME = ".worktreeinclude"


def included(source: str, environment: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The ignored files of a checkout that its include file names, relative to it; git runs in this environment.

    Raises `GitError`.
    """
    file = os.path.join(source, _NAME)
    if not os.path.lexists(file):
        return (), ()
    problems: tuple[Problem, ...] = ()
    try:
        read_regular(file).decode()
    except OSError as error:
        message = f"{file} can't be read ({error.strerror}): no ignored files are copied into a new worktree."
        return (), (Problem("include-unreadable", message, file),)
    except UnicodeDecodeError:
        message = f"{file} is not UTF-8, so it may not name the files that it should: save it as UTF-8."
        problems = (Problem("include-unreadable", message, file),)
    named = process.run(
        ["ls-files", "--others", "--ignored", "-z", f"--exclude-from={_NAME}"], cwd=source, env=environment
    )
    # A file that is not ignored would show up as a change in every new worktree.
    ignored = process.run(["check-ignore", "-z", "--stdin"], cwd=source, env=environment, stdin=named, accept=(0, 1))
    return tuple(path for path in os.fsdecode(ignored).split("\0") if path and not path.endswith("/")), problems
