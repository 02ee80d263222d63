"""Translates what git and the host print about a failed push or fetch into one sentence and advice."""

import re

from forksight.core.words.terminal import printable

_LONGEST = 200  # characters of a quoted message

# Each: a pattern in git's standard error, what it means, and advice. The first pattern that matches is used.
_MEANINGS = (
    (
        r"(?m)^(?:fatal|error): .*\.lock': File exists",  # a remote's own lines begin with `remote:`
        "another git works on what is kept of sharing here, or was killed",
        "try again: a lock that a killed git left is removed after ten minutes",
    ),
    (
        r"Host key verification failed|HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known",
        "ssh does not know the remote's host key, or knows a different one",
        "connect once with `ssh` and check the key",
    ),
    (
        r"(code|error:) 407\b|[Rr]esolve proxy|CONNECT tunnel failed",
        "the proxy refused git's connection",
        "check `git config http.proxy` and the variables http_proxy and https_proxy",
    ),
    (
        r"could not read (Username|Password)|Authentication failed|returned error: 40[13]\b|Permission denied \(",
        "the remote requires a user name and password, or a key, that git does not have",
        "set up a credential helper or an ssh agent, so that `git fetch` asks nothing",
    ),
    (
        r"not appear to be a git repository|[Rr]epository .*not found|returned error: 404\b|not exported|no such repository",
        "the remote has no such repository",
        "check its address with `git remote -v`",
    ),
    (
        r"[Cc]ould not resolve|unable to access|unable to connect|[Cc]onnection (refused|timed out)|not reach|No route",
        "the remote can't be reached",
        "",
    ),
    (
        r"early EOF|hung up|RPC failed|unexpected disconnect|[Cc]onnection (reset|closed)|[Bb]roken pipe|closed by remote",
        "the connection to the remote was lost",
        "",
    ),
)
# Lines that git prints beside a more specific message.
_GENERAL = re.compile(
    r"Could not read from remote repository|hung up unexpectedly|early EOF|index-pack|failed to push|fetch-pack"
)
_COMPLAINT = re.compile(r"(?:fatal|error|ERROR|remote: error|remote: fatal): *")
_PROGRESS = re.compile(
    r"(remote: )?[A-Z][\w ]+: +\d+|(remote: )?Total \d|From |To |POST git|Pushing to|Everything up|Done"
)
_REFUSED = re.compile(r"^!\t\S+\t\[(?:remote )?rejected\] \((.*)\)$", re.MULTILINE)
_DAMAGED = re.compile(
    r"fsck|bad object|missing blob|unresolved deltas|missing necessary objects|did not send all|died of signal|File too large"
    r"|corruption on the remote side"
    r"|cannot lock ref ('[^']{260}|.*(File name too long|exists; cannot create))"  # ref names that clash, or that the file system can't have
)
_OURS_DAMAGED = re.compile(
    r"bad shallow line|(unterminated|unexpected) line in|bad config line|reference broken|not a git repository: '"
    r"|missing object .* for refs/|unable to resolve reference"
)
_UNFINISHED = re.compile(r"index-pack|unpack-objects")
_BROKEN_OFF = re.compile(_MEANINGS[-1][0])


def failure(verb: str, printed: str, complaint: str) -> tuple[str, str]:
    """A clause that says why `git push`, `fetch` or `ls-remote` (`verb`) failed, and advice ("" if the person can only wait).

    `printed` is git's standard output, which lists the refs that a push could not update (`--porcelain`); `complaint` is its standard error.
    """
    lines = [line for line in map(str.strip, complaint.splitlines()) if line and not _PROGRESS.match(line)]
    if refused := _REFUSED.search(printed):
        messages = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
        return f"the remote refused the push: {_shown(refused[1])}{_aside(next(filter(None, messages), ''))}", ""
    specific = [line for line in lines if not _GENERAL.search(line)] or lines
    line = next((line for line in specific if _COMPLAINT.match(line)), next(iter(specific), "git said nothing"))
    message = _COMPLAINT.sub("", line).strip()
    for pattern, meaning, advice in _MEANINGS:
        if re.search(pattern, complaint):
            return f"{meaning}{_aside(message)}", advice
    return f"{'the push' if verb == 'push' else 'git ' + verb} failed: {_shown(message)}", ""


def is_damaged(complaint: str) -> bool:
    """Whether a fetch failed because the received data are damaged or too large, and not because the connection was lost."""
    return bool(_DAMAGED.search(complaint) or (_UNFINISHED.search(complaint) and not _BROKEN_OFF.search(complaint)))


def is_ours_damaged(complaint: str) -> bool:
    """Whether git may have failed because our own repository is damaged.

    If git talked to a remote, this is only a suspicion: the remote's programs print the same messages about their own repository.
    """
    return _OURS_DAMAGED.search(complaint) is not None


def _aside(message: str) -> str:
    return f" ({_shown(message)})" if message else ""


def _shown(message: str) -> str:
    """A message in a form that can be shown: without a user name and password in an address, and cut to `_LONGEST`."""
    return printable(re.sub(r"//[^/@\s]*@", "//", message)[:_LONGEST]).rstrip(".")
