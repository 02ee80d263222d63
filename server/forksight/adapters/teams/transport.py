"""Pushes to and fetches from the remote that is shared through: quietly, without a question, a hook, or a lost password.

A refused password would be erased from the user's credential helper, so git is given a helper of ours that hands on what
theirs knows and tells it nothing. Every flag and setting is measured: https://git-scm.com/docs/git-fetch, git-push.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.teams.object_store import environment
from forksight.core.problems import GitError, TeamError
from forksight.core.words import shell
from forksight.core.words.terminal import printable

TIMEOUT = 40.0  # seconds
_LARGEST_PACK = 256 << 20  # bytes that a fetch may write in one file

_HAND_ON = '!f() { test "$1" = get || return 0; unset GIT_CONFIG_PARAMETERS; git credential fill; }; f'
_SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("credential.helper", ""),
    ("credential.helper", _HAND_ON),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.fsckObjects", "true"),
    ("fetch.writeCommitGraph", "false"),
    ("http.lowSpeedLimit", "100"),
    ("http.lowSpeedTime", "20"),
    ("core.bigFileThreshold", "8m"),  # what is larger is never held in memory as a whole
    ("core.alternateRefsCommand", "true"),  # the program: it names no ref
    ("protocol.ext.allow", "never"),
)
_FETCH = (
    "--quiet",
    "--no-write-fetch-head",
    "--no-tags",
    "--no-auto-gc",
    "--refmap=",
    "--no-recurse-submodules",
)
_UNUSABLE = re.compile(
    r"index-pack|unpack-objects|unresolved deltas|fsck|bad object|missing necessary objects|did not send all"
    r"|died of signal|File too large"
)
_SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=10"


class UnusableError(TeamError):
    """What a remote sent is damaged, or larger than may be sent."""


def fetch(folder: str, remote: str, pattern: str, but: Sequence[str]) -> None:
    """Bring the refs that a pattern matches but for some, under the same names; what is gone there goes here.

    Raises `TeamError`; `UnusableError` if something that came is damaged or too large: then nothing came.
    """
    refspecs = [f"+{pattern}:{pattern}", *(f"^{ref}" for ref in but)]
    _run([*_flags(), "fetch", *_FETCH, "--prune", remote, *refspecs], folder, most=_LARGEST_PACK)


def fetch_refs(folder: str, remote: str, refs: Sequence[str]) -> None:
    """Bring these refs alone. Raises `TeamError`, `UnusableError`."""
    refspecs = [f"+{ref}:{ref}" for ref in refs]
    _run([*_flags(), "fetch", *_FETCH, remote, *refspecs], folder, most=_LARGEST_PACK)


def listed(folder: str, remote: str, pattern: str) -> dict[str, str]:
    """The refs of the remote that a pattern matches, with what each points at. It lists all of its refs: dear. Raises `TeamError`."""
    printed = _run([*_flags(), "ls-remote", "--refs", remote, pattern], folder)
    lines = (line.partition("\t") for line in printed.splitlines())
    return {ref: oid for oid, _, ref in lines if ref}


def push(folder: str, remote: str, refspec: str, *, negotiate: bool = False, lease: str = "") -> None:
    """Push one ref, whatever the remote has; with a `lease` (`REF:COMMIT`) only over that. Raises `TeamError`."""
    asked = [
        *_flags(),
        "-c",
        f"push.negotiate={'true' if negotiate else 'false'}",
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        f"--force-with-lease={lease}" if lease else "--force",
        remote,
        refspec,
    ]
    _run(asked, folder)


def _flags() -> list[str]:
    return [word for key, value in _SETTINGS for word in ("-c", f"{key}={value}")]


def _environment(folder: str) -> Mapping[str, str]:
    named = process.run(["config", "--get", "core.sshCommand"], cwd=folder, env=environment(folder), accept=(0, 1))
    ssh = os.environ.get("GIT_SSH_COMMAND") or os.fsdecode(named).strip()
    if not ssh:
        ssh = shell.quote(os.environ["GIT_SSH"]) if os.environ.get("GIT_SSH") else "ssh"
    plain = re.search(r"(^|/)ssh(\.exe)?['\"]?(\s|$)", ssh) is not None  # plink and others know no such options
    return {
        **process.TRUSTED,
        "GIT_DIR": folder,
        "GIT_ASKPASS": "",  # empty, not unset: otherwise SSH_ASKPASS would be run
        "SSH_ASKPASS": "",
        "GIT_SSH_COMMAND": f"{ssh} {_SSH_OPTIONS}" if plain else ssh,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TRACE": "",
    }


def _run(asked: Sequence[str], folder: str, most: int | None = None) -> str:
    verb = next(word for word in asked if word in ("fetch", "push", "ls-remote"))
    try:
        running = process.start(asked, cwd=folder, env=_environment(folder), pipe_stdin=False)
    except GitError as error:
        raise TeamError(str(error), fix=error.fix) from error
    if most is not None:
        _limit(running.pid, most)
    try:
        printed, complaint = running.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired as error:
        running.kill()
        running.communicate()
        raise TeamError(f"the remote did not answer within {TIMEOUT:g} s", fix="it is tried again later") from error
    if running.returncode != 0:
        said = os.fsdecode(complaint)
        unusable = verb == "fetch" and _UNUSABLE.search(said)
        raise (UnusableError if unusable else TeamError)(_reason(verb, os.fsdecode(printed), said))
    return os.fsdecode(printed)


def _limit(pid: int, largest: int) -> None:
    """Let a process and those that it starts write no file larger than this, where the system can."""
    try:
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest, largest))
    except (AttributeError, OSError, ValueError):  # macOS has no prlimit
        pass


def _reason(verb: str, printed: str, complaint: str) -> str:
    """One calm sentence of what git and the host said."""
    refused = re.search(r"^!\t\S+\t\[(?:remote )?rejected\] \((.*)\)$", printed, re.MULTILINE)
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    failure = next((line for line in lines if line.startswith(("fatal:", "error:", "remote: error", "ERROR"))), "")
    text = refused[1] if refused else failure.partition(":")[2].strip() or (lines[0] if lines else "it said nothing")
    said = printable(_clipped(text))
    if re.search(r"could not read (Username|Password)|Authentication failed|403|401|Permission denied", complaint):
        why = "the remote wants a name and a password, or a key, that git does not know"
        return f"{why} ({said})"
    if re.search(r"Could not resolve|unable to access|Connection|timed out|unable to connect|not reach", complaint):
        return f"the remote can't be reached ({said})"
    what = "took no push" if verb == "push" else "gave nothing"
    return f"the remote {what}: {said}"


def _clipped(text: str) -> str:
    return re.sub(r"//[^/@\s]*@", "//", text)[:200]
