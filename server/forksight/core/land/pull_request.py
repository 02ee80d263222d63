"""Pull requests instead of merges: what one is called and says, and where a remote's host takes it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, urlencode, urlsplit

from forksight.core.git.branches import Remote
from forksight.core.problems import Problem

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]+):(?P<path>[^/].*)")  # git@host:owner/name.git


class PullFate(StrEnum):
    """What became of a fork whose branch is to be pushed."""

    PROPOSED = "proposed"
    PUSHED = "pushed"
    HELD = "held"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One fork's branch, to be pushed, and the request to pull it."""

    branch: str
    commit: str
    # A path in which git and the host's program run: the branch's worktree, else where the person is.
    worktree: str
    remote: Remote | None
    # The branch that it is to be merged into, as the remote calls it.
    base: str | None
    title: str
    body: str
    # The host's program with its arguments; None where there is none, or it is not installed.
    command: tuple[str, ...] | None = None
    # What keeps it from being pushed; empty: nothing.
    held: tuple[str, ...] = ()

    @property
    def address(self) -> str | None:
        """Where a person opens the request in a browser; None for a remote that is no web host's."""
        return compare_address(self.remote.url, self.base, self.branch) if self.remote and self.base else None


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of requests, by branch, and the page of each branch that was pushed: of its request, else where that is begun."""

    fates: Mapping[str, PullFate]
    pages: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def compare_address(url: str, base: str, branch: str) -> str | None:
    """The page on which a pull request is begun, by the address of the remote; None if that is no web host's."""
    host, path = host_and_path(url)
    if not host:
        return None
    page = f"https://{host}/{quote(path)}"
    if "gitlab" in host:
        asked = {"merge_request[source_branch]": branch, "merge_request[target_branch]": base}
        return f"{page}/-/merge_requests/new?{urlencode(asked)}"
    if "bitbucket" in host:
        return f"{page}/pull-requests/new?{urlencode({'source': branch, 'dest': base})}"
    return f"{page}/compare/{quote(base)}...{quote(branch)}{'?expand=1' if 'github' in host else ''}"


def host_program(url: str) -> str | None:
    """The program that opens pull requests at the host of a remote: `gh` or `glab`; None if neither does."""
    host, _ = host_and_path(url)
    return "gh" if "github" in host else "glab" if "gitlab" in host else None


def opening(program: str, base: str, branch: str, title: str, body: str) -> tuple[str, ...]:
    """The arguments with which `gh` or `glab` opens a pull request. They ask nothing."""
    if program == "gh":
        what = ("pr", "create", "--base", base, "--head", branch)
        return (program, *what, f"--title={title}", f"--body={body}")
    how = ("mr", "create", "--yes", "--target-branch", base, "--source-branch", branch)
    return (program, *how, f"--title={title}", f"--description={body}")


def host_and_path(url: str) -> tuple[str, str]:
    """The host of a remote's address, in lower case, and the repository's path there; both empty for one that is no host's."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = (parts.hostname or "", parts.path) if parts.scheme in ("https", "http", "ssh", "git") else ("", "")
    else:
        match = _SCP.fullmatch(url)
        host, path = (match["host"].lower(), match["path"]) if match else ("", "")
    path = path.strip("/").removesuffix(".git")
    return (host, path) if host and path else ("", "")


def outcome(request: PullRequest, fate: PullFate, page: str | None) -> str:
    """What would become of a fork, or what became of it, as a phrase after its name."""
    where = request.remote.name if request.remote else "its remote"
    match fate:
        case PullFate.HELD:
            return "; ".join(request.held)
        case PullFate.PROPOSED:
            how = f", then {request.command[0]} opens the request" if request.command else ""
            return f"to be pushed to {where}, for {request.base}{how}: {request.title}"
        case PullFate.PUSHED:
            return f"pushed to {where}" + (f": {page}" if page else "")
        case PullFate.FAILED:
            return "was not pushed" if page is None else "was pushed, and has no request"


def summary(requests: Sequence[PullRequest], fates: Mapping[str, PullFate]) -> str:
    """What came of all of them, in one sentence."""
    if not requests:
        return "No fork has anything to push."
    counts = [(fate, sum(became is fate for became in fates.values())) for fate in PullFate]
    words = {PullFate.PROPOSED: "can be pushed"}
    return f"{', '.join(f'{count} {words.get(fate, fate.value)}' for fate, count in counts if count)}."
