"""Web hosts of remotes: parses a remote's URL, and says where and how a pull request is opened there."""

import re
from urllib.parse import quote, urlencode, urlsplit

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]+):(?P<path>[^/].*)")  # git@host:owner/name.git


def compare_address(url: str, base: str, branch: str, project: str) -> str | None:
    """The web page on which a pull request of a branch into `base` is opened; None if the URLs are of no known host.

    `url` is the remote with the branch, `project` the remote with `base`: the same one, or the one of which it is a fork.
    """
    host, path = host_and_path(url)
    if not host:
        return None
    page = f"https://{host}/{quote(path)}"
    if "gitlab" in host:  # from a fork, it proposes the project that it was forked from
        query = {"merge_request[source_branch]": branch, "merge_request[target_branch]": base}
        return f"{page}/-/merge_requests/new?{urlencode(query)}"
    if "bitbucket" in host:  # it proposes the project of a fork too
        return f"{page}/pull-requests/new?{urlencode({'source': branch, 'dest': base})}"
    page = f"https://{host}/{quote(host_and_path(project)[1])}"
    theirs = f"{owner}:" if (owner := _other_owner(url, project)) else ""
    return f"{page}/compare/{quote(base)}...{theirs}{quote(branch)}{'?expand=1' if 'github' in host else ''}"


def host_program(url: str) -> str | None:
    """The program that opens pull requests at the remote's host, `gh` or `glab`; None for other hosts."""
    host, _ = host_and_path(url)
    return "gh" if "github" in host else "glab" if "gitlab" in host else None


def opening(url: str, base: str, branch: str, project: str, *, title: str, body: str) -> tuple[str, ...] | None:
    """The command line of `gh` or `glab` that opens a pull request without asking; None for other hosts. See `compare_address`."""
    match host_program(url):
        case "gh":
            owner = _other_owner(url, project)
            head = f"{owner}:{branch}" if owner else branch
            return ("gh", "pr", "create", "--base", base, "--head", head, f"--title={title}", f"--body={body}")
        case "glab":
            fork = ("--head", host_and_path(url)[1]) if _other_owner(url, project) else ()
            flags = ("--yes", "--target-branch", base, "--source-branch", branch, *fork)
            return ("glab", "mr", "create", *flags, f"--title={title}", f"--description={body}")
    return None


def host_and_path(url: str) -> tuple[str, str]:
    """A URL's host, in lower case, and the repository's path at it; both empty if the URL has no host."""
    if "://" in url:
        parts = urlsplit(url)
        host, path = (parts.hostname or "", parts.path) if parts.scheme in ("https", "http", "ssh", "git") else ("", "")
    else:
        match = _SCP.fullmatch(url)
        host, path = (match["host"].lower(), match["path"]) if match else ("", "")
    path = path.strip("/").removesuffix(".git")
    return (host, path) if host and path else ("", "")


def _other_owner(url: str, project: str) -> str | None:
    """The owner of the repository at `url`, if that is another repository than `project`."""
    ours, theirs = host_and_path(url)[1], host_and_path(project)[1]
    return ours.rpartition("/")[0] if ours.lower() != theirs.lower() else None
