"""Making and removing worktrees and branches: what fails says one sentence and leaves nothing behind."""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.adapters.git import process
from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.forks.conftest import common_dir, trace, write
from tests.git.conftest import head, place
from tests.permissions import unreadable

CREATES = """
import sys
from forksight.adapters.git.worktrees.maker import GitWorktreeMaker
from forksight.core.problems import GitError
try:
    GitWorktreeMaker(sys.argv[1]).create(sys.argv[2], sys.argv[3])
except GitError as error:
    print(error.sentence)
"""


def test_bare_repositories_that_git_finds_only_when_told(
    repo: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = tmp_path.resolve() / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    for name, value in {"COUNT": "1", "KEY_0": "safe.bareRepository", "VALUE_0": "explicit"}.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    maker = GitWorktreeMaker(str(bare))
    assert maker.commit("HEAD", str(bare)) == head(repo)
    maker.create_branch("x", head(repo), None)
    maker.create(str(tmp_path / "w"), "x")
    assert maker.is_disposable(str(tmp_path / "w"))


def test_a_worktree_of_exactly_that_branch(repo: Checkout, maker: GitWorktreeMaker) -> None:
    before = trace(repo)
    repo.git("branch", "feature/pay")
    maker.create(place(repo), "feature/pay")
    assert Checkout(Path(place(repo))).git("branch", "--show-current") == "feature/pay"
    assert [(worktree.path, worktree.branch, worktree.main) for worktree in maker.registered()] == [
        (str(repo.path), "main", True),
        (place(repo), "feature/pay", False),
    ]
    assert maker.is_disposable(place(repo))
    Path(place(repo), "new.py").write_text("x")
    assert not maker.is_disposable(place(repo))
    maker.remove(place(repo))
    repo.git("branch", "-D", "feature/pay")
    assert trace(repo) == before


def test_the_persons_own_hooks_run(repo: Checkout, maker: GitWorktreeMaker) -> None:
    hook = write(repo, ".git/hooks/post-checkout", "#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    repo.git("branch", "x")
    maker.create(place(repo), "x")
    assert Path(place(repo), "hooked").exists()


def test_a_failing_post_checkout_hook_leaves_a_whole_worktree(repo: Checkout, maker: GitWorktreeMaker) -> None:
    hook = write(repo, ".git/hooks/post-checkout", "#!/bin/sh\necho 'no node_modules' >&2; exit 3\n")
    hook.chmod(0o755)
    repo.git("branch", "x")
    (problem,) = maker.create(place(repo), "x")
    assert (problem.code, problem.path) == ("hook-failed", place(repo))
    assert "no node_modules" in problem.message
    assert Checkout(Path(place(repo))).git("status", "--porcelain", "--branch") == "## x"


@pytest.mark.parametrize("how", ["exit 3", "kill -KILL $PPID"])
def test_a_checkout_that_fails_is_taken_back(repo: Checkout, maker: GitWorktreeMaker, how: str) -> None:
    """A filter that git can't do without ends before all files are there, and so does a git that is killed then."""
    repo.commit({".gitattributes": "*.big filter=big\n", "a.big": "x\n"})
    repo.git("config", "filter.big.smudge", how)
    repo.git("config", "filter.big.required", "true")
    repo.git("branch", "x")
    before = trace(repo)
    with pytest.raises(GitError):
        maker.create(place(repo), "x")
    assert trace(repo) == before


@pytest.mark.parametrize("place_of_config", ["config", "config.worktree"])
def test_what_only_looks_runs_no_program(repo: Checkout, maker: GitWorktreeMaker, place_of_config: str) -> None:
    repo.commit({".worktreeinclude": ".env\n", ".gitignore": ".env\n", ".gitattributes": "* filter=trap\n"})
    repo.write({".env": "K=1\n", "README": "changed\n"})
    ran = repo.path.parent / "ran"
    repo.git("config", "extensions.worktreeConfig", "true")
    for key in ("core.fsmonitor", "filter.trap.clean", "filter.trap.smudge"):
        repo.git("config", "--file", f".git/{place_of_config}", key, f"touch {ran}; cat")
    assert maker.included(str(repo.path))[0] == (".env",)
    assert not maker.is_disposable(str(repo.path))
    assert maker.ignores(str(repo.path), ".env")
    maker.registered()
    maker.branch("main")
    maker.remote_branches("main")
    maker.commit("HEAD", str(repo.path))
    maker.tracked(head(repo), ["README"])
    maker.check(place(repo), "main")
    assert not ran.exists()


def test_a_folder_in_the_way_stays_as_it_is(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("branch", "x")
    precious = write(repo, ".claude/worktrees/x/precious.txt", "mine")
    before = trace(repo)
    with pytest.raises(GitError, match=r"could not be made \(it already exists\)"):
        maker.create(place(repo), "x")
    assert trace(repo) == before
    assert precious.read_text() == "mine"
    precious.unlink()
    maker.create(place(repo), "x")  # an empty folder is nothing


def test_a_branch_that_is_checked_out_elsewhere(repo: Checkout, maker: GitWorktreeMaker) -> None:
    before = trace(repo)
    with pytest.raises(GitError, match="already checked out"):
        maker.create(place(repo), "main")
    assert trace(repo) == before


def test_a_locked_repository(repo: Checkout, maker: GitWorktreeMaker) -> None:
    write(repo, ".git/refs/heads/x.lock", "")
    before = trace(repo)
    with pytest.raises(GitError) as raised:
        maker.create_branch("x", head(repo), None)
    assert "another git is at work" in raised.value.sentence
    assert trace(repo) == before


def test_a_full_disk_leaves_nothing(repo: Checkout) -> None:
    repo.commit({"large.bin": "x" * 3_000_000})
    repo.git("branch", "x")
    before = trace(repo)

    def small_files_only() -> None:  # what a full disk does to a large file, without a disk to fill
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    command = [sys.executable, "-c", CREATES, common_dir(repo), place(repo), "x"]
    done = subprocess.run(command, preexec_fn=small_files_only, capture_output=True, text=True, check=True)
    assert "could not be made" in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert trace(repo) == before


def test_what_to_do_follows_from_what_git_says(repo: Checkout, maker: GitWorktreeMaker) -> None:
    with pytest.raises(GitError) as raised:
        maker.create_branch("x" * 300, head(repo), None)
    assert raised.value.fix == "choose a shorter name"
    repo.commit({".gitattributes": "*.bin filter=failing\n", "large.bin": "x\n"})
    repo.git("config", "filter.failing.required", "true")
    repo.git("branch", "x")
    for said, fix in (
        ("unable to write file large.bin", "free some space and try again"),  # git's words on a full disk
        ("cannot lock ref 'x': Unable to create 'x.lock': Permission denied", "check the folder's permissions"),
    ):
        repo.git("config", "filter.failing.smudge", f'echo "fatal: {said}" >&2; exit 1')
        with pytest.raises(GitError) as raised:
            maker.create(place(repo), "x")
        assert raised.value.fix == fix


def test_what_a_killed_git_left_is_removed(repo: Checkout, maker: GitWorktreeMaker) -> None:
    before = trace(repo)
    repo.git("branch", "x")
    maker.create(place(repo), "x")
    admin = repo.path / ".git" / "worktrees" / "x"
    (admin / "locked").write_text("initializing")
    (admin / "index").unlink()
    assert maker.is_disposable(place(repo))
    Path(place(repo), ".git").unlink()
    maker.remove(place(repo))
    maker.remove(place(repo))
    repo.git("branch", "-D", "x")
    assert trace(repo) == before


def test_what_a_killed_removal_left_is_disposable_until_it_has_work(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.commit({"other.py": "x\n"})
    repo.git("branch", "x")
    maker.create(place(repo), "x")
    Path(place(repo), ".git").unlink()
    Path(place(repo), "app.py").unlink()
    assert maker.is_disposable(place(repo))
    Path(place(repo), "other.py").write_text("work\n")
    assert not maker.is_disposable(place(repo))


def test_a_worktree_that_lost_its_index_is_somebodys(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("branch", "x")
    maker.create(place(repo), "x")
    (repo.path / ".git" / "worktrees" / "x" / "index").unlink()
    assert not maker.is_disposable(place(repo))


def test_a_worktree_whose_git_dir_is_out_of_reach_is_somebodys(repo: Checkout, maker: GitWorktreeMaker) -> None:
    repo.git("branch", "x")
    maker.create(place(repo), "x")
    git_dir = repo.path / ".git" / "worktrees" / "x"
    git_dir.rename(git_dir.parent / "elsewhere")
    git_dir.symlink_to(git_dir)
    assert not maker.is_disposable(place(repo))


def test_a_folder_that_git_does_not_know_is_disposable_only_if_it_is_empty(
    repo: Checkout, maker: GitWorktreeMaker
) -> None:
    Path(place(repo)).mkdir(parents=True)
    assert maker.is_disposable(place(repo))
    Path(place(repo), "notes.md").write_text("x")
    assert not maker.is_disposable(place(repo))


def test_included_files_are_the_ignored_ones_that_are_wanted(repo: Checkout, maker: GitWorktreeMaker) -> None:
    assert maker.included(str(repo.path)) == ((), ())
    write(
        repo,
        ".worktreeinclude",
        "# secrets\n.env*\n!.env.example\nconfig/*.local\nnot-ignored\nspaces in name\nnested/\n",
    )
    write(repo, ".gitignore", ".env*\nconfig/\nspaces*\nnested/\nother\n")
    for name in (
        ".env",
        ".env.example",
        "sub/.env.test",
        "config/a.local",
        "config/b",
        "not-ignored",
        "spaces in name",
        "other",
    ):
        write(repo, name, name)
    write(repo, "nested/deep/x", "x")
    repo.git("init", "-q", str(repo.path / "own"))
    write(repo, "own/.env", "another repository's")
    assert sorted(maker.included(str(repo.path))[0]) == [
        ".env",
        "config/a.local",
        "nested/deep/x",
        "spaces in name",
        "sub/.env.test",
    ]


@pytest.mark.permissions
def test_an_exclude_file_that_cannot_be_read_is_not_taken_for_one_without_the_line(
    repo: Checkout, maker: GitWorktreeMaker
) -> None:
    maker.exclude(".claude/worktrees/")
    with unreadable(repo.path / ".git" / "info" / "exclude"), pytest.raises(GitError, match="can't be read"):
        maker.excludes(".claude/worktrees/")


def test_the_exclude_file_gets_a_line_once(repo: Checkout, maker: GitWorktreeMaker) -> None:
    exclude = repo.path / ".git" / "info" / "exclude"
    exclude.write_text("*.swp")
    assert not maker.excludes(".claude/worktrees/")
    maker.exclude(".claude/worktrees/")
    maker.exclude(".claude/worktrees/")
    assert maker.excludes(".claude/worktrees/")
    assert exclude.read_text() == "*.swp\n.claude/worktrees/\n"
    write(repo, ".claude/worktrees/x/a", "a")
    assert maker.ignores(str(repo.path), ".claude/worktrees/x")
    assert not maker.ignores(str(repo.path), "app.py")
    assert repo.git("status", "--porcelain") == ""
    os.remove(exclude)
    exclude.parent.rmdir()
    assert not maker.excludes("y/")
    maker.exclude("y/")
    assert maker.excludes("y/")


@pytest.mark.parametrize("before", ["", "# mine\n", "*.o\n*.pyc", None])
def test_a_line_that_was_just_added_is_taken_out_again(
    repo: Checkout, maker: GitWorktreeMaker, before: str | None
) -> None:
    path = repo.path / ".git" / "info" / "exclude"
    path.unlink(missing_ok=True)
    if before is not None:
        path.write_text(before)
    maker.exclude("w/")
    maker.stop_excluding("w/")
    assert path.read_text().rstrip("\n") == (before or "").rstrip("\n")
    path.write_text("w/\nmore\nnew/\n")
    maker.stop_excluding("w/")
    assert path.read_text() == "w/\nmore\nnew/\n"  # only the end is ever cut off


def test_a_bare_repository(repo: Checkout, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    maker = GitWorktreeMaker(str(bare))
    assert maker.registered() == ()
    maker.create(str(tmp_path / "w"), "main")
    assert [(worktree.path, worktree.main) for worktree in maker.registered()] == [(str(tmp_path / "w"), False)]


def test_another_git_in_the_middle_of_something_is_waited_for(repo: Checkout) -> None:
    repo = Checkout(repo.path.rename(repo.path.parent / "two words"))
    maker = GitWorktreeMaker(str(repo.path / ".git"))
    repo.git("update-ref", "refs/remotes/origin/x", head(repo))
    repo.git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    half_made = repo.path / ".git" / "worktrees" / "other"  # as `git worktree add` of another process begins it
    half_made.mkdir(parents=True)
    for name, text in (("HEAD", head(repo)), ("gitdir", "/gone/.git"), ("commondir", ""), ("locked", "initializing")):
        (half_made / name).write_text(text)
    lock = write(repo, ".git/config.lock", "")
    unlocked = threading.Timer(0.3, lock.unlink)
    unlocked.start()
    maker.create_branch("x", head(repo), "origin/x")
    unlocked.join()
    whole = threading.Timer(0.3, lambda: (half_made / "commondir").write_text("../..\n"))
    whole.start()
    maker.create(place(repo), "x")
    whole.join()
    assert repo.git("config", "branch.x.merge").strip() == "refs/heads/x"
    assert Checkout(Path(place(repo))).git("branch", "--show-current").strip() == "x"


def test_the_lock_of_a_reftable_is_named(
    tmp_path: Path, newer_git: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    newer_git()
    monkeypatch.setattr(process, "_PAUSES", ())
    repo = Checkout(tmp_path.resolve() / "repo")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--ref-format=reftable", "--initial-branch=main")
    commit = repo.commit({"a": "a\n"})
    maker = GitWorktreeMaker(common_dir(repo))
    lock = repo.path / ".git" / "reftable" / "tables.list.lock"
    lock.touch()
    with pytest.raises(GitError) as failed:
        maker.create_branch("feature/pay", commit, None)
    assert f"remove the lock: `rm {lock}`" in failed.value.fix
    lock.unlink()
    maker.create_branch("feature/pay", commit, None)
    assert maker.branch("feature/pay") == commit
