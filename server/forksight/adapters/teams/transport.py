"""Pushes to and fetches from the remote that is shared through: quietly, without a question, a hook, or a lost password.

A refused password would be erased from the user's credential helper, so git is given a helper of ours that hands on what
theirs knows and tells it nothing. Every flag and setting is measured: https://git-scm.com/docs/git-fetch, git-push.
"""

import glob
import os
import re
from collections.abc import Collection, Sequence
from contextlib import suppress

from forksight.adapters.teams import remote_git
from forksight.core.problems import TeamError

_LARGEST_PACK = 256 << 20  # bytes that a fetch may write in one file

_HAND_ON = '!f() { test "$1" = get || return 0; unset GIT_CONFIG_PARAMETERS; git -c credential.interactive=false credential fill; }; f'
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
    "--quiet",  # else the remote tells how far it is, in more bytes than a colleague's news have
    "--no-write-fetch-head",
    "--no-tags",
    "--no-auto-gc",
    "--refmap=",
    "--no-recurse-submodules",
)


def fetch(folder: str, remote: str, pattern: str, but: Sequence[str]) -> None:
    """Bring the refs that a pattern matches but for some, under the same names; what is gone there goes here.

    Raises `TeamError`; `remote_git.UnusableError` if something that came is damaged or too large: then nothing came.
    """
    refspecs = [f"+{pattern}:{pattern}", *(f"^{ref}" for ref in but)]
    _fetch(folder, remote, ["--prune"], refspecs)


def fetch_refs(folder: str, remote: str, refs: Sequence[str]) -> None:
    """Bring these refs alone. Raises `TeamError`, `remote_git.UnusableError`."""
    refspecs = [f"+{ref}:{ref}" for ref in refs]
    _fetch(folder, remote, [], refspecs)


def _fetch(folder: str, remote: str, options: Sequence[str], refspecs: Sequence[str]) -> None:
    """The refspecs are read from standard input: a command line holds too few, and whoever may push makes as many refs as they like."""
    asked = [*_flags(), "fetch", *_FETCH, *options, "--stdin", "--", remote]
    stdin = os.fsencode("".join(f"{refspec}\n" for refspec in refspecs))
    try:
        remote_git.run(asked, "fetch", folder, stdin=stdin, most=_LARGEST_PACK)
    except TeamError:
        for unfinished in glob.iglob(f"{glob.escape(folder)}/objects/pack/tmp_*"):  # git never removes it
            with suppress(OSError):
                os.unlink(unfinished)
        raise


def listed(folder: str, remote: str, pattern: str) -> dict[str, str]:
    """The refs of the remote that a pattern matches, with what each points at. It lists all of its refs: dear. Raises `TeamError`."""
    printed = remote_git.run([*_flags(), "ls-remote", "--refs", "--", remote, pattern], "ls-remote", folder)
    lines = (line.partition("\t") for line in printed.splitlines())
    return {ref: oid for oid, _, ref in lines if ref}


def missing(folder: str, remote: str, commits: Collection[str]) -> set[str]:
    """Those commits that the remote does not have; none where a host is too old to be asked. Raises `TeamError`."""
    tips = [f"--negotiation-tip={commit}" for commit in commits]
    try:
        printed = remote_git.run(
            [*_flags(), "fetch", *_FETCH, "--negotiate-only", *tips, "--", remote], "fetch", folder
        )
    except TeamError as error:
        if "received 'packfile'" in str(error):  # how git fails if nothing is common
            return set(commits)
        if re.search(r"wait-for-done|negotiate-only|protocol v2", str(error)):
            return set()
        raise
    return set(commits) - set(printed.split())


def push(folder: str, remote: str, refspec: str, *, negotiate: bool = False, lease: str = "") -> None:
    """Push one ref, whatever the remote has; with a `lease` (`REF:COMMIT`) only over that: nothing is sent otherwise.

    Raises `TeamError`, `remote_git.OutdatedError`.
    """
    asked = [
        *_flags(),
        "-c",
        f"push.negotiate={'true' if negotiate else 'false'}",
        "push",
        "--porcelain",
        "--progress",
        "--no-verify",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        f"--force-with-lease={lease}" if lease else "--force",
        "--",
        remote,
        refspec,
    ]
    remote_git.run(asked, "push", folder)


def _flags() -> list[str]:
    return [word for key, value in _SETTINGS for word in ("-c", f"{key}={value}")]
