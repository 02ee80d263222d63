"""What would be lost with a fork: files, commits, stashes that nothing else has."""

from pathlib import Path

from tests.cleanup.forks_repo import OLD, ForksRepo, of
from tests.conftest import Content


def test_work_in_the_worktree_is_named(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({".gitignore": "*.log\n/build/\n__pycache__/\n.env\n"}, "ignore")
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"app.py": "changed\n", "README": None, "new.txt": "n\n", "d/deep.bin": b"\0", "x.log": "l\n"})
    fork.checkout.write({"build/out.o": b"\0", "pkg/__pycache__/m.pyc": b"\0"})
    entry = of(forks_repo.plan(), fork)
    assert entry.lost.uncommitted == ("README", "app.py")
    assert entry.lost.untracked == ("d/deep.bin", "new.txt")
    assert entry.lost.ignored == ("build/", "x.log")
    assert entry.facts.place is not None
    assert entry.facts.place.contents is not None
    assert entry.facts.place.contents.caches == ("pkg/__pycache__/",)
    assert entry.at_risk


def test_ignored_files_that_are_elsewhere_are_no_loss(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({".gitignore": ".env\n/local/\n/cache/\nnode_modules\n"}, "ignore")
    copied: dict[str, Content] = {".env": "KEY=1\n", "local/a": "a\n", "local/b/c": b"\0\1"}
    forks_repo.repo.write({**copied, "node_modules/x/index.js": "x\n"})
    fork, edited = forks_repo.add_fork("same"), forks_repo.add_fork("edited")
    for checkout in (fork.checkout, edited.checkout):
        checkout.write(copied)
        (checkout.path / "node_modules").symlink_to(forks_repo.repo.path / "node_modules")
        checkout.write({"cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n", "cache/big": b"\0"})
    edited.checkout.write({".env": "KEY=2\n", "local/more": "m\n"})
    plan = forks_repo.plan()
    assert not of(plan, fork).at_risk
    assert of(plan, edited).lost.ignored == (".env", "local/")


def test_edits_that_git_was_told_to_overlook_are_a_loss(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("update-index", "--assume-unchanged", "app.py")
    fork.checkout.git("update-index", "--skip-worktree", "README")
    assert not of(forks_repo.plan(), fork).lost
    fork.checkout.write({"app.py": "mine\n", "README": "mine too\n"})
    assert fork.checkout.git("status", "--porcelain") == ""
    assert of(forks_repo.plan(), fork).lost.uncommitted == ("README", "app.py")


def test_commits_count_only_if_nothing_else_has_them(forks_repo: ForksRepo, tmp_path: Path) -> None:
    alone, pushed, elsewhere = (forks_repo.add_fork(name) for name in ("alone", "pushed", "elsewhere"))
    for fork in (alone, pushed, elsewhere):
        fork.checkout.commit({fork.branch: "1\n"}, f"{fork.branch} one")
        fork.checkout.commit({fork.branch: "2\n"}, f"{fork.branch} two")
    forks_repo.repo.git("init", "--quiet", "--bare", str(tmp_path / "origin.git"))
    forks_repo.repo.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    pushed.checkout.git("push", "--quiet", "origin", "pushed")
    forks_repo.repo.git("branch", "copy", "elsewhere~1")
    plan = forks_repo.plan()
    assert [commit.subject for commit in of(plan, alone).lost.commits] == ["alone two", "alone one"]
    assert of(plan, pushed).lost.commits == ()
    assert of(plan, pushed).at_risk  # it may be under review
    assert [commit.subject for commit in of(plan, elsewhere).lost.commits] == ["elsewhere two"]


def test_commits_that_two_forks_share_go_with_the_last_one(forks_repo: ForksRepo) -> None:
    first = forks_repo.add_fork("first", age=3 * OLD)
    first.checkout.commit({"a": "a\n"}, "shared")
    second = forks_repo.add_fork("second", age=2 * OLD, parent=first.id)
    second.checkout.git("reset", "--quiet", "--hard", "first")
    plan = forks_repo.plan()
    assert [(entry.session, entry.at_risk) for entry in plan.entries] == [(first.id, True), (second.id, True)]
    assert of(plan, first).lost.commits == ()
    assert [commit.subject for commit in of(plan, second).lost.commits] == ["shared"]
    forks_repo.clean(discard=[first])
    (left,) = forks_repo.plan().entries
    assert (left.session, left.at_risk) == (second.id, True)


def test_commits_on_no_branch_at_all(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    fork.checkout.commit({"a": "a\n"}, "on nothing")
    assert [commit.subject for commit in of(forks_repo.plan(), fork).lost.commits] == ["on nothing"]


def test_stashes_of_the_branch(forks_repo: ForksRepo) -> None:
    fork, other = forks_repo.add_fork("feature/pay"), forks_repo.add_fork("feature/other")
    fork.checkout.write({"app.py": "stashed\n"}).git("stash", "push", "--quiet", "--message", "half a thought")
    entry = of(forks_repo.plan(), fork)
    assert [stash.subject for stash in entry.lost.stashes] == ["On feature/pay: half a thought"]
    assert entry.at_risk
    assert not of(forks_repo.plan(), other).at_risk
