"""Translates the messages of git and of the host after a failed push or fetch into one sentence and a piece of advice."""

import re

from forksight.core.words.terminal import printable

_LONGEST = 200  # characters of a host's own message

# A pattern of git's standard error, its meaning, and advice. The first pattern that matches counts.
_MEANINGS = (
    (
        r"(?m)^(?:fatal|error): .*\.lock': File exists",  # a remote's own lines begin with `remote:`
        "another git works on what is kept of sharing here, or was killed",
        "try again: a lock that a killed git left is removed after ten minutes",
    ),
    (
        r"Host key verification failed|HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known",
        "ssh does not know the remote's host key, or knew another one",
        "connect to it once with `ssh` to check that",
    ),
    (
        r"(code|error:) 407\b|[Rr]esolve proxy|CONNECT tunnel failed",
        "the proxy does not let git through",
        "check `git config http.proxy` and the proxy's variables",
    ),
    (
        r"could not read (Username|Password)|Authentication failed|returned error: 40[13]\b|Permission denied \(",
        "the remote wants a name and a password, or a key, that git does not know",
        "let a credential helper or an ssh agent know it: `git fetch` must not ask",
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
        "the connection to the remote broke off",
        "",
    ),
)
# Lines that git adds to a more specific message.
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
    """A sentence on why `git push`, `fetch` or `ls-remote` (`verb`) failed, and advice ("" if the person can only wait).

    `printed` is its standard output, which holds the refusals of a push (`--porcelain`), `complaint` its standard error.
    """
    lines = [line for line in map(str.strip, complaint.splitlines()) if line and not _PROGRESS.match(line)]
    if refused := _REFUSED.search(printed):
        messages = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
        return f"the remote took no push: {_shown(refused[1])}{_aside(next(filter(None, messages), ''))}", ""
    specific = [line for line in lines if not _GENERAL.search(line)] or lines
    line = next((line for line in specific if _COMPLAINT.match(line)), next(iter(specific), "git said nothing"))
    message = _COMPLAINT.sub("", line).strip()
    for pattern, meaning, advice in _MEANINGS:
        if re.search(pattern, complaint):
            return f"{meaning}{_aside(message)}", advice
    return f"the remote {'took no push' if verb == 'push' else 'gave nothing'}: {_shown(message)}", ""


def is_damaged(complaint: str) -> bool:
    """Whether a fetch failed because the received data are damaged or too large, rather than because the connection broke off."""
    return bool(_DAMAGED.search(complaint) or (_UNFINISHED.search(complaint) and not _BROKEN_OFF.search(complaint)))


def is_ours_damaged(complaint: str) -> bool:
    """Whether git may have failed because our own repository is damaged.

    Only a suspicion if a remote was talked to: its programs print the same messages about its own repository.
    """
    return _OURS_DAMAGED.search(complaint) is not None


def _aside(message: str) -> str:
    return f" ({_shown(message)})" if message else ""


def _shown(said: str) -> str:
    return printable(re.sub(r"//[^/@\s]*@", "//", said)[:_LONGEST]).rstrip(".")
