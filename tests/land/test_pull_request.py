"""`forksight land --pr`: nothing is pushed without a yes; then the branch, its request, or where that is begun."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from forksight.core.git.branches import Remote
from forksight.core.git.hosts import compare_address, host_and_path, host_program
from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import done

PROGRAMS = {  # what `gh pr create --help` (2.102) and `glab mr create --help` (1.53) say of the arguments that matter here
    "gh": """
import argparse, json, os, sys
parser = argparse.ArgumentParser("gh", allow_abbrev=False)
parser.add_argument("command", choices=["pr"])
parser.add_argument("what", choices=["create"])
for name in ("--base", "--body", "--head", "--title"):
    parser.add_argument(name, required=True)
page = "https://github.com/ada/shop/pull/7"
""",
    "glab": """
import argparse, json, os, sys
parser = argparse.ArgumentParser("glab", allow_abbrev=False)
parser.add_argument("command", choices=["mr"])
parser.add_argument("what", choices=["create"])
for name in ("--source-branch", "--target-branch", "--title", "--description"):
    parser.add_argument(name, required=True)
parser.add_argument("--head")
parser.add_argument("--yes", action="store_true", required=True)
page = "https://gitlab.com/ada/shop/-/merge_requests/7"
""",
}
SPEAKS = """
given = vars(parser.parse_args())
given = {{name: value for name, value in given.items() if value and name not in ("command", "what", "yes")}}
with open({log!r}, "w") as log:
    json.dump(given, log)
if os.path.exists({refuses!r}):
    sys.exit("To get started with GitHub CLI, please run:  gh auth login\\nAlternatively, set GH_TOKEN.")
print(page)
"""
GITHUB = "https://github.com/ada/shop/compare/main...feature/a?expand=1"


@pytest.mark.parametrize(
    ("url", "host", "path", "program"),
    [
        ("https://github.com/ada/shop.git", "github.com", "ada/shop", "gh"),
        ("https://ada:secret@GitHub.com/ada/shop", "github.com", "ada/shop", "gh"),
        ("git@github.com:ada/shop.git", "github.com", "ada/shop", "gh"),
        ("ssh://git@gitlab.example.org:2222/group/sub/shop.git", "gitlab.example.org", "group/sub/shop", "glab"),
        ("https://codeberg.org/ada/shop.git", "codeberg.org", "ada/shop", None),
        ("/srv/git/shop.git", "", "", None),
        ("file:///srv/git/shop.git", "", "", None),
        ("../shop.git", "", "", None),
    ],
)
def test_where_a_remote_is(url: str, host: str, path: str, program: str | None) -> None:
    assert (*host_and_path(url), host_program(url)) == (host, path, program)


@pytest.mark.parametrize(
    ("url", "project", "branch", "page"),
    [
        ("git@github.com:ada/shop.git", "https://github.com/ada/shop", "feature/a", GITHUB),
        (
            *("git@github.com:ada/shop.git", "https://github.com/acme/shop", "feature/a"),
            "https://github.com/acme/shop/compare/main...ada:feature/a?expand=1",
        ),
        (
            *("https://gitlab.com/g/shop.git", "https://gitlab.com/acme/shop.git", "a b"),
            "https://gitlab.com/g/shop/-/merge_requests/new"
            "?merge_request%5Bsource_branch%5D=a+b&merge_request%5Btarget_branch%5D=main",
        ),
        (
            *("https://bitbucket.org/a/s", "https://bitbucket.org/a/s", "f"),
            "https://bitbucket.org/a/s/pull-requests/new?source=f&dest=main",
        ),
        (
            *("https://codeberg.org/a/s.git", "https://codeberg.org/a/s.git", "f"),
            "https://codeberg.org/a/s/compare/main...f",
        ),
        ("/srv/git/shop.git", "/srv/git/shop.git", "f", None),
    ],
)
def test_the_page_on_which_a_request_is_begun(url: str, project: str, branch: str, page: str | None) -> None:
    assert compare_address(url, "main", branch, project) == page


@pytest.fixture
def origin(forks_repo: ForksRepo, tmp_path: Path) -> Path:
    """A bare repository that git reaches, by what it takes for ssh, under an address at GitHub."""
    path = tmp_path / "origin.git"
    forks_repo.repo.git("init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    program(tmp_path / "ssh", f'for last; do :; done; exec "${{last%% *}}" {path}')
    forks_repo.repo.git("config", "core.sshCommand", str(tmp_path / "ssh"))
    forks_repo.repo.git("config", "ssh.variant", "simple")
    forks_repo.repo.git("remote", "add", "origin", "git@github.com:ada/shop.git")
    return path


def program(path: Path, script: str) -> None:
    """An executable shell script."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def gh(forks_repo: ForksRepo, tmp_path: Path) -> Path:
    """Where a `gh` and a `glab` that take the arguments of theirs which we give, and no others, write them as JSON.

    They print an address. A file `refuses` lets them fail, and say what `gh` says to whom is not logged in.
    """
    log = tmp_path / "gh.json"
    for name, source in PROGRAMS.items():
        body = source + SPEAKS.format(log=str(log), refuses=str(tmp_path / "refuses"))
        program(tmp_path / "bin" / name, f'exec {sys.executable} -c {shlex.quote(body)} "$@"')
    forks_repo.env["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return log


@pytest.fixture
def no_program(forks_repo: ForksRepo, tmp_path: Path) -> None:
    """A PATH without `gh`."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in ("git", "sh", "git-receive-pack"):
        (bin_ / name).symlink_to(shutil.which(name) or "")
    forks_repo.env["PATH"] = str(bin_)


def run(forks_repo: ForksRepo, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of `forksight land --pr … --json`."""
    result = forks_repo.cli("land", "--pr", *arguments, "--json")
    return result.returncode, json.loads(result.stdout) if result.stdout else {"said": result.stderr}


def branches(forks_repo: ForksRepo, origin: Path) -> str:
    """The branches at the remote, with their commits."""
    return forks_repo.repo.git("--git-dir", str(origin), "for-each-ref", "--format=%(refname:short) %(objectname)")


def test_a_branch_is_pushed_after_a_yes_and_its_request_opened(forks_repo: ForksRepo, origin: Path, gh: Path) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"}, "Add a")
    before = forks_repo.repo.git("for-each-ref")
    for arguments in (["--dry-run"], []):
        status, shown = run(forks_repo, *arguments)
        (request,) = shown["requests"]
        assert (status, request["outcome"], request["base"]) == (1, "proposed", "main")
        assert branches(forks_repo, origin) == ""
        assert not gh.exists()
    assert "'--title=Add a'" in request["command"]
    status, shown = run(forks_repo, "feature/a", "--yes")
    assert (status, shown["requests"][0]["outcome"]) == (0, "pushed")
    assert shown["requests"][0]["page"] == "https://github.com/ada/shop/pull/7"
    assert branches(forks_repo, origin) == f"feature/a {forks_repo.repo.git('rev-parse', 'feature/a')}"
    given = json.loads(gh.read_text())
    assert "- Add a" in given.pop("body").splitlines()
    assert given == {"base": "main", "head": "feature/a", "title": "Add a"}
    assert forks_repo.repo.git("for-each-ref", "refs/heads") == before  # nothing is merged here


def test_without_the_program_the_address_is_printed(forks_repo: ForksRepo, origin: Path, no_program: None) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    shown = forks_repo.cli("land", "--pr", "--yes")
    assert (shown.returncode, f"feature/a: {GITHUB}" in shown.stdout.splitlines()) == (0, True), shown.stderr
    assert branches(forks_repo, origin).startswith("feature/a ")


def test_a_program_that_refuses_leaves_the_branch_pushed(
    forks_repo: ForksRepo, origin: Path, gh: Path, tmp_path: Path
) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    (tmp_path / "refuses").touch()
    status, shown = run(forks_repo, "--yes")
    assert (status, shown["requests"][0]["outcome"], shown["requests"][0]["page"]) == (2, "failed", GITHUB)
    assert shown["problems"][0]["message"] == (
        "feature/a: it was pushed, and gh failed: To get started with GitHub CLI, please run: gh auth login Alternatively, "
        f"set GH_TOKEN: do it again, or open its request at {GITHUB}."
    )
    assert branches(forks_repo, origin).startswith("feature/a ")


def test_what_is_not_pushed(forks_repo: ForksRepo, origin: Path, gh: Path) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    done(forks_repo, "feature/b", {"b.py": "b\n"}).checkout.write({"more.py": "m\n"})
    forks_repo.repo.write({"app.py": "edited here\n"})  # what is uncommitted in the target's worktree does not matter
    status, shown = run(forks_repo, "feature/a", "feature/b", "--yes")
    assert (status, [request["outcome"] for request in shown["requests"]]) == (1, ["proposed", "held"])
    assert branches(forks_repo, origin) == ""
    for more in (["--undo"], ["--method", "squash"], ["--test", "true"]):
        assert run(forks_repo, *more)[0] == 2
    forks_repo.repo.git("remote", "remove", "origin")
    assert run(forks_repo, "feature/a", "--yes")[1]["requests"][0]["held"] == [
        "no remote is configured that it could be pushed to"
    ]


def test_commits_of_others_at_the_remote_are_kept(forks_repo: ForksRepo, origin: Path, gh: Path) -> None:
    fork = done(forks_repo, "feature/a", {"a.py": "a\n"})
    assert run(forks_repo, "--yes")[0] == 0
    theirs = fork.checkout.commit({"theirs.py": "t\n"})
    fork.checkout.git("push", "--quiet", "origin", "feature/a")
    fork.checkout.git("reset", "--quiet", "--hard", "HEAD^")
    fork.checkout.commit({"ours.py": "o\n"})
    status, shown = run(forks_repo, "--yes")
    assert (status, shown["requests"][0]["outcome"], shown["requests"][0]["page"]) == (2, "failed", None)
    assert branches(forks_repo, origin) == f"feature/a {theirs}"


@pytest.mark.parametrize(
    ("host", "given", "page"),
    [
        ("github.com", {"base": "main", "head": "ada:feature/a"}, "https://github.com/ada/shop/pull/7"),
        (
            "gitlab.com",
            {"source_branch": "feature/a", "target_branch": "main", "head": "ada/shop"},
            "https://gitlab.com/ada/shop/-/merge_requests/7",
        ),
    ],
)
def test_from_a_fork_it_is_asked_of_the_repository_that_was_forked(
    forks_repo: ForksRepo, origin: Path, gh: Path, host: str, given: dict[str, str], page: str
) -> None:
    """`gh` and `glab`, which must not ask, take the remote `upstream` for where requests go: there is no such branch there."""
    forks_repo.repo.git("remote", "set-url", "origin", f"git@{host}:ada/shop.git")
    forks_repo.repo.git("remote", "add", "upstream", f"https://{host}/acme/shop.git")
    done(forks_repo, "feature/a", {"a.py": "a\n"}, "Add a")
    status, shown = run(forks_repo, "--yes")
    assert (status, shown["requests"][0]["page"]) == (0, page), shown
    assert branches(forks_repo, origin).startswith("feature/a ")
    written = json.loads(gh.read_text())
    assert {name: value for name, value in written.items() if name not in ("title", "body", "description")} == given


def test_no_remote_is_taken_for_the_project_of_another_host(forks_repo: ForksRepo) -> None:
    remotes = forks_repo.context().remotes
    origin = Remote("origin", "git@github.com:ada/shop.git")
    forks_repo.repo.git("remote", "add", "origin", origin.url)
    forks_repo.repo.git("remote", "add", "upstream", "https://gitlab.com/acme/shop.git")
    assert remotes.requested_at(origin) == origin
    forks_repo.repo.git("remote", "add", "team", "https://github.com/team/shop.git")
    forks_repo.repo.git("config", "remote.team.gh-resolved", "base")
    assert forks_repo.context().remotes.requested_at(origin).name == "team"
