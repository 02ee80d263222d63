"""`forksight land --pr`: nothing is pushed without a yes; then the branch, its request, or where that is begun."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from forksight.core.land.pull_request import compare_address, host_and_path, host_program
from tests.cleanup.yard import Yard
from tests.land.scene import done

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


def test_the_page_on_which_a_request_is_begun() -> None:
    assert compare_address("git@github.com:ada/shop.git", "main", "feature/a") == GITHUB
    assert compare_address("https://gitlab.com/g/shop.git", "main", "a b") == (
        "https://gitlab.com/g/shop/-/merge_requests/new"
        "?merge_request%5Bsource_branch%5D=a+b&merge_request%5Btarget_branch%5D=main"
    )
    assert compare_address("https://bitbucket.org/a/s", "main", "f") == (
        "https://bitbucket.org/a/s/pull-requests/new?source=f&dest=main"
    )
    assert compare_address("https://codeberg.org/a/s.git", "main", "f") == ("https://codeberg.org/a/s/compare/main...f")
    assert compare_address("/srv/git/shop.git", "main", "f") is None


@pytest.fixture
def origin(yard: Yard, tmp_path: Path) -> Path:
    """A bare repository that git reaches, by what it takes for ssh, under an address at GitHub."""
    path = tmp_path / "origin.git"
    yard.repo.git("init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    program(tmp_path / "ssh", f'for last; do :; done; exec "${{last%% *}}" {path}')
    yard.repo.git("config", "core.sshCommand", str(tmp_path / "ssh"))
    yard.repo.git("config", "ssh.variant", "simple")
    yard.repo.git("remote", "add", "origin", "git@github.com:ada/shop.git")
    return path


def program(path: Path, script: str) -> None:
    """An executable shell script."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def gh(yard: Yard, tmp_path: Path) -> Path:
    """Where another `gh` writes its arguments, one a line; it prints an address. A file `refuses` lets it fail."""
    log = tmp_path / "gh.log"
    script = f"""printf '%s\\n' "$@" > {log}
if test -e {tmp_path}/refuses; then echo 'a pull request for it exists' >&2; exit 1; fi
echo https://github.com/ada/shop/pull/7"""
    program(tmp_path / "bin" / "gh", script)
    yard.stage.env["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return log


@pytest.fixture
def no_program(yard: Yard, tmp_path: Path) -> None:
    """A PATH without `gh`."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in ("git", "sh", "git-receive-pack"):
        (bin_ / name).symlink_to(shutil.which(name) or "")
    yard.stage.env["PATH"] = str(bin_)


def run(yard: Yard, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of `forksight land --pr … --json`."""
    result = yard.stage.cli("land", "--pr", *arguments, "--json")
    return result.returncode, json.loads(result.stdout) if result.stdout else {"said": result.stderr}


def branches(yard: Yard, origin: Path) -> str:
    """The branches at the remote, with their commits."""
    return yard.repo.git("--git-dir", str(origin), "for-each-ref", "--format=%(refname:short) %(objectname)")


def test_a_branch_is_pushed_after_a_yes_and_its_request_opened(yard: Yard, origin: Path, gh: Path) -> None:
    done(yard, "feature/a", {"a.py": "a\n"}, "Add a")
    before = yard.repo.git("for-each-ref")
    for arguments in (["--dry-run"], []):
        status, shown = run(yard, *arguments)
        (request,) = shown["requests"]
        assert (status, request["outcome"], request["base"]) == (1, "proposed", "main")
        assert branches(yard, origin) == ""
        assert not gh.exists()
    assert "'--title=Add a'" in request["command"]
    status, shown = run(yard, "feature/a", "--yes")
    assert (status, shown["requests"][0]["outcome"]) == (0, "pushed")
    assert shown["requests"][0]["page"] == "https://github.com/ada/shop/pull/7"
    assert branches(yard, origin) == f"feature/a {yard.repo.git('rev-parse', 'feature/a')}"
    said = gh.read_text().splitlines()
    assert said[:6] == ["pr", "create", "--base", "main", "--head", "feature/a"]
    assert "--title=Add a" in said
    assert "- Add a" in said
    assert yard.repo.git("for-each-ref", "refs/heads") == before  # nothing is merged here


def test_without_the_program_the_address_is_printed(yard: Yard, origin: Path, no_program: None) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    shown = yard.stage.cli("land", "--pr", "--yes")
    assert (shown.returncode, f"feature/a: {GITHUB}" in shown.stdout.splitlines()) == (0, True), shown.stderr
    assert branches(yard, origin).startswith("feature/a ")


def test_a_program_that_refuses_leaves_the_branch_pushed(yard: Yard, origin: Path, gh: Path, tmp_path: Path) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    (tmp_path / "refuses").touch()
    status, shown = run(yard, "--yes")
    assert (status, shown["requests"][0]["outcome"], shown["requests"][0]["page"]) == (2, "failed", GITHUB)
    assert shown["problems"][0]["message"] == "feature/a: gh failed: a pull request for it exists."
    assert branches(yard, origin).startswith("feature/a ")


def test_what_is_not_pushed(yard: Yard, origin: Path, gh: Path) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    done(yard, "feature/b", {"b.py": "b\n"}).checkout.write({"more.py": "m\n"})
    yard.repo.write({"app.py": "edited here\n"})  # what is uncommitted in the target's worktree does not matter
    status, shown = run(yard, "feature/a", "feature/b", "--yes")
    assert (status, [request["outcome"] for request in shown["requests"]]) == (1, ["proposed", "held"])
    assert branches(yard, origin) == ""
    for more in (["--undo"], ["--method", "squash"], ["--test", "true"]):
        assert run(yard, *more)[0] == 2
    yard.repo.git("remote", "remove", "origin")
    assert run(yard, "feature/a", "--yes")[1]["requests"][0]["held"] == [
        "no remote is configured that it could be pushed to"
    ]


def test_commits_of_others_at_the_remote_are_kept(yard: Yard, origin: Path, gh: Path) -> None:
    fork = done(yard, "feature/a", {"a.py": "a\n"})
    assert run(yard, "--yes")[0] == 0
    theirs = fork.checkout.commit({"theirs.py": "t\n"})
    fork.checkout.git("push", "--quiet", "origin", "feature/a")
    fork.checkout.git("reset", "--quiet", "--hard", "HEAD^")
    fork.checkout.commit({"ours.py": "o\n"})
    status, shown = run(yard, "--yes")
    assert (status, shown["requests"][0]["outcome"], shown["requests"][0]["page"]) == (2, "failed", None)
    assert branches(yard, origin) == f"feature/a {theirs}"
