"""The only place that starts git, through GitPython's `Git` command class: argv lists, timeouts, typed errors.

Reading is harmless by construction: the environment of `quiet` takes no optional lock, asks nothing, fetches nothing, and
switches off every program that a repository's config could name. `TRUSTED` is for what a person asked for: their own hooks
and filters run. GitPython's `Repo` readers are not used: they parse git's files themselves and fail on SHA-256 and reftable.
"""

import functools
import importlib
import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from forksight.adapters.git.failures import complaint_in, failure
from forksight.core.problems import GitError

if TYPE_CHECKING:
    from git.cmd import Git

T = TypeVar("T")

MINIMUM_VERSION = (2, 39)  # `merge-tree --write-tree --stdin`
TIMEOUT = 60.0  # seconds; a read that takes longer is given up
PATHS_AT_ONCE = 500  # in one command line: every system takes as many
LONG_TIMEOUT = 3600.0  # seconds, for what may download large files, or run hooks that test

# What ties a process to one repository. Inherited from a git hook or alias it would redirect every read of ours.
_LOCAL_VARIABLES = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_GRAFT_FILE",
    "GIT_ICASE_PATHSPECS",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
]

TRUSTED: Mapping[str, str] = {
    "LC_ALL": "",  # empty is unset: messages in English, but the user's character set
    "LC_MESSAGES": "C",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",  # our stdin is not a terminal that anybody watches
}

_QUIET = {
    **TRUSTED,
    "GIT_OPTIONAL_LOCKS": "0",  # never take index.lock away from the user's own git
    "GIT_NO_LAZY_FETCH": "1",  # a partial clone's missing objects stay missing...
    "GIT_ALLOW_PROTOCOL": "none",  # ...also with a git too old to know the former: no transport may run
    "GIT_PAGER": "cat",
}

_QUIET_CONFIG = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("log.showSignature", "false"),  # gpg.program
    ("core.preloadIndex", "false"),  # worktrees are read side by side: threads inside each only get in the way
    # As `git add -A` has it: a path that the sparse checkout leaves out is as in the index, even if a file lies there.
    ("sparse.expectFilesOutsideOfPatterns", "true"),
)

_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)  # seconds

_loading, _counting = threading.Lock(), threading.Lock()
_readers: "weakref.WeakSet[subprocess.Popen[bytes]]" = weakref.WeakSet()
_ending = threading.Event()


def quiet(config: Iterable[tuple[str, str]] = (), *, personal: bool = True) -> Mapping[str, str]:
    """The environment for reads that write nothing. `config` overrides the repository's settings (such as its filters).

    Without `personal`, the person's and the system's settings don't apply either.
    """
    environment = dict(_QUIET)
    first = 0
    if personal:
        # Settings in the person's environment (containers set safe.directory so) are kept; later entries win.
        inherited = os.environ.get("GIT_CONFIG_COUNT", "")
        first = int(inherited) if inherited.isdigit() else 0
    else:
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    entries = (*_QUIET_CONFIG, *config)
    for number, (key, value) in enumerate(entries, first):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    environment["GIT_CONFIG_COUNT"] = str(first + len(entries))
    return environment


def confined(environment: Mapping[str, str], folder: str) -> Mapping[str, str]:
    """An environment in which git only accepts `folder` itself as a checkout, and not a repository around it."""
    return {**environment, "GIT_CEILING_DIRECTORIES": os.path.dirname(folder)}


def run(
    arguments: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    stdin: bytes | None = None,
    accept: tuple[int, ...] = (0,),
    timeout: float | None = None,
) -> bytes:
    """The standard output of `git -C cwd ARGUMENTS`, which is killed after `timeout` seconds (default `TIMEOUT`).

    `accept` are the allowed exit statuses; one other than 0 counts as failure if git also writes to standard error. Raises
    `GitError`, with code `git-busy` if another git holds a lock; `NotARepositoryError`.
    """
    timeout = timeout or TIMEOUT
    process = start(arguments, cwd=cwd, env=env, pipe_stdin=stdin is not None)
    try:
        output, complaint = process.communicate(stdin, timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise GitError(
            f"git {arguments[0]} took longer than {timeout:g} s in {cwd}",
            fix="check that the disk answers, then try again",
            code="git-timeout",
        ) from None
    complaint_text = os.fsdecode(complaint)
    if process.returncode not in accept or (process.returncode and complaint_in(complaint_text)):
        raise failure(arguments, cwd, process.returncode, complaint_text)
    return output


def run_bounded(arguments: Sequence[str], most: int, *, cwd: str, env: Mapping[str, str]) -> bytes | None:
    """Like `run`, for output whose length is untrusted; None if it is longer than `most` bytes, and git is killed."""
    process = start(arguments, cwd=cwd, env=env, pipe_stdin=False)
    late = threading.Timer(TIMEOUT, process.kill)
    late.start()
    try:
        assert process.stdout is not None
        output = process.stdout.read(most + 1)
        if len(output) > most:
            process.kill()
        _, complaint = process.communicate()
    finally:
        late.cancel()
    if len(output) > most:
        return None
    if process.returncode:
        raise failure(arguments, cwd, process.returncode, os.fsdecode(complaint))
    return output


def start(
    arguments: Sequence[str], *, cwd: str, env: Mapping[str, str], pipe_stdin: bool = True, apart: bool = False
) -> "subprocess.Popen[bytes]":
    """Start `git -C cwd ARGUMENTS` with pipes; the caller must end it. Raises `GitError` if git can't be started.

    `apart`: in its own session, so that its children can't ask on our terminal, and can be killed together.
    """
    # GitPython hands on os.environ and has no way to leave a variable out; no child of ours should inherit these.
    for name in _LOCAL_VARIABLES:
        if name in os.environ:
            os.environ.pop(name, None)
    git, not_found = _gitpython()
    try:
        handle = git.execute(
            ["git", "-C", cwd, *arguments],
            subprocess.PIPE if pipe_stdin else None,
            as_process=True,
            env=env,
            start_new_session=apart,
        )
    except (not_found, OSError) as error:
        cause = error.__cause__ or error
        why = "it is not on PATH" if isinstance(cause, FileNotFoundError) else getattr(cause, "strerror", cause)
        raise GitError(
            f"git could not be started: {why}", fix="install git and put it on PATH", code="git-missing"
        ) from None
    process, handle.proc = handle.proc, None  # its wrapper would end the process when collected
    assert process is not None
    if "GIT_OPTIONAL_LOCKS" in env:  # it reads
        with _counting:
            _readers.add(process)
        if _ending.is_set():
            process.kill()
    return process


def end_reading() -> None:
    """Give up all current and future reads through git, because this process is about to end."""
    _ending.set()
    with _counting:
        running = list(_readers)
    for process in running:
        if process.poll() is None:
            process.kill()


def patiently(work: Callable[[], T]) -> T:
    """Do work with git that leaves nothing behind when it fails, and retry while another git holds a lock."""
    for pause in _PAUSES:
        try:
            return work()
        except GitError as error:
            if error.code != "git-busy":
                raise
        time.sleep(pause)
    return work()


@functools.cache
def version() -> tuple[int, ...]:
    """git's version. Raises `GitError` if it is older than `MINIMUM_VERSION`. Cached for the process."""
    try:
        text = os.fsdecode(run(["version"], cwd=os.sep, env=quiet())).strip()
    except GitError as error:
        if error.code != GitError.code:
            raise
        raise GitError(str(error), fix="run `git version` to see why, and install git anew") from None
    match = re.search(r"\d+(\.\d+)+", text)
    installed = tuple(int(part) for part in match[0].split(".")) if match else ()
    if installed < MINIMUM_VERSION:
        minimum = ".".join(map(str, MINIMUM_VERSION))
        raise GitError(f"{text} is too old for Forksight", fix=f"install git {minimum} or newer", code="git-too-old")
    return installed


def _gitpython() -> "tuple[Git, type[Exception]]":
    """GitPython's command class, and the exception that it raises if there is no git.

    `import git` imports all of GitPython and runs git for its version, which takes 150 ms. So only the class's module is
    imported, below empty packages that are removed again: a later `import git` gets the whole package.
    """
    with _loading:
        return _load_gitpython()


@functools.cache
def _load_gitpython() -> "tuple[Git, type[Exception]]":
    bare = {name for name in ("git", "gitdb") if name not in sys.modules}
    for name in bare:
        spec = importlib.util.find_spec(name)
        assert spec is not None, "GitPython is a dependency"
        sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        command = importlib.import_module("git.cmd")
        errors = importlib.import_module("git.exc")
    finally:
        for loaded in list(sys.modules):
            if loaded.partition(".")[0] in bare:
                del sys.modules[loaded]
    return command.Git(), errors.GitCommandNotFound
