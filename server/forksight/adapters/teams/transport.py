"""Pushes to and fetches from the remote, without prompts or hooks, and without changing stored passwords.

When a remote refuses a password, git tells the user's credential helper to erase it. Therefore git gets a helper of ours that
passes on what theirs answers to `get`, and ignores `store` and `erase`. The effect of every flag and setting was tested; see
https://git-scm.com/docs/git-fetch and https://git-scm.com/docs/git-push.
"""

import glob
import os
import re
from collections.abc import Collection, Sequence
from contextlib import suppress

from forksight.adapters.teams import remote_git
from forksight.core.problems import TeamError

_LARGEST_PACK = 256 << 20  # bytes of one file that a fetch writes

_CREDENTIAL_HELPER = '!f() { test "$1" = get || return 0; unset GIT_CONFIG_PARAMETERS; git -c credential.interactive=false credential fill; }; f'
_SETTINGS = (
    ("core.hooksPath", os.devnull),
    ("credential.helper", ""),
    ("credential.helper", _CREDENTIAL_HELPER),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("fetch.unpackLimit", "1"),
    ("fetch.fsckObjects", "true"),
    ("fetch.writeCommitGraph", "false"),
    ("http.lowSpeedLimit", "100"),
    ("http.lowSpeedTime", "20"),
    ("core.bigFileThreshold", "8m"),  # git streams larger files rather than loading them into memory
    ("core.alternateRefsCommand", "true"),  # the program `true`, which prints no refs of the alternates
    ("protocol.ext.allow", "never"),
)
_FETCH = (
    "--quiet",  # without it the remote's progress messages are larger than the fetched data
    "--no-write-fetch-head",
    "--no-tags",
    "--no-auto-gc",
    "--refmap=",
    "--no-recurse-submodules",
)


def fetch(folder: str, remote: str, pattern: str, skipped: Sequence[str]) -> None:
    """Fetch the refs that match a pattern, except the `skipped` ones, under their own names. Refs that the remote lacks are deleted here.

    Raises `TeamError`; `remote_git.UnusableError` if some of the data are damaged or too large: then nothing was fetched.
    """
    refspecs = [f"+{pattern}:{pattern}", *(f"^{ref}" for ref in skipped)]
    _fetch(folder, remote, ["--prune"], refspecs)


def fetch_refs(folder: str, remote: str, refs: Sequence[str]) -> None:
    """Fetch these refs only. Raises `TeamError`, `remote_git.UnusableError`."""
    refspecs = [f"+{ref}:{ref}" for ref in refs]
    _fetch(folder, remote, [], refspecs)


def _fetch(folder: str, remote: str, options: Sequence[str], refspecs: Sequence[str]) -> None:
    """Fetch refspecs, which git reads from standard input: anybody who may push can make more refs than fit in a command line."""
    arguments = [*_flags(), "fetch", *_FETCH, *options, "--stdin", "--", remote]
    stdin = os.fsencode("".join(f"{refspec}\n" for refspec in refspecs))
    try:
        remote_git.run(arguments, "fetch", folder, stdin=stdin, most=_LARGEST_PACK)
    except TeamError:
        # git does not delete an unfinished pack after a failure.
        for unfinished in glob.iglob(f"{glob.escape(folder)}/objects/pack/tmp_*"):
            with suppress(OSError):
                os.unlink(unfinished)
        raise


def listed(folder: str, remote: str, pattern: str) -> dict[str, str]:
    """Maps the remote's refs that match a pattern to their object ids. Slow: the remote may send all its refs. Raises `TeamError`."""
    printed = remote_git.run([*_flags(), "ls-remote", "--refs", "--", remote, pattern], "ls-remote", folder)
    lines = (line.partition("\t") for line in printed.splitlines())
    return {ref: oid for oid, _, ref in lines if ref}


def missing(folder: str, remote: str, commits: Collection[str]) -> set[str]:
    """Those of the commits that the remote lacks; none if its git is too old to say. Raises `TeamError`."""
    tips = [f"--negotiation-tip={commit}" for commit in commits]
    try:
        printed = remote_git.run(
            [*_flags(), "fetch", *_FETCH, "--negotiate-only", *tips, "--", remote], "fetch", folder
        )
    except TeamError as error:
        if "received 'packfile'" in str(error):  # git's failure if the remote has none of them
            return set(commits)
        if re.search(r"wait-for-done|negotiate-only|protocol v2", str(error)):
            return set()
        raise
    return set(commits) - set(printed.split())


def push(folder: str, remote: str, refspec: str, *, negotiate: bool = False, lease: str = "") -> None:
    """Force-push one ref. With a `lease` (`REF:COMMIT`) only if the remote's ref still is that commit (or, if empty, does not exist).

    Raises `TeamError`; `remote_git.OutdatedError` if the lease does not hold: then nothing is sent.
    """
    arguments = [
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
    remote_git.run(arguments, "push", folder)


def _flags() -> list[str]:
    return [word for key, value in _SETTINGS for word in ("-c", f"{key}={value}")]
