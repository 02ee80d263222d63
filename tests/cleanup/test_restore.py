"""Bringing forks back: byte for byte, and never over something else."""

import shutil
from pathlib import Path

import pytest

from forksight.core.problems import ArchiveError, UsageError
from forksight.core.sessions.session import State, Tokens
from forksight.features.cleanup import restore
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.forks_repo import Forked, ForksRepo, bytes_below
from tests.forks.sessions_repo import RecordedProgress


def away(forks_repo: ForksRepo, fork: Forked) -> None:
    cleaned = forks_repo.clean(fork.id, discard=[fork])
    assert cleaned.problems == ()
    assert not fork.checkout.path.exists()


def there_and_back(forks_repo: ForksRepo, fork: Forked) -> None:
    before = forks_repo.state(fork)
    away(forks_repo, fork)
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before
    assert forks_repo.archived() == ([], "")


def test_everything_that_can_be_in_a_worktree(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({".gitignore": "*.log\n/.env\n", "tool.sh": "#!/bin/sh\n", "gone.txt": "g\n"}, "more")
    forks_repo.repo.write({".env": "KEY=1\n"})
    fork = forks_repo.add_fork("feature/pay")
    write = fork.checkout.write
    write({"committed.py": "c\n"}).commit(message="own")
    write({"staged.bin": b"\0\xff\1", "both.txt": "staged\n"}).git("add", "staged.bin", "both.txt")
    write({"both.txt": "and then changed\n", "app.py": "changed\n", "gone.txt": None, "README": None})
    write({"caf\udce9.txt": "not utf-8\n", "a b/c\nd.txt": "odd names\n", "notes.log": "ignored\n", ".env": "KEY=1\n"})
    (fork.checkout.path / "README").symlink_to("app.py")
    (fork.checkout.path / "dangling").symlink_to("/nowhere/at/all")
    (fork.checkout.path / "empty" / "deeper").mkdir(parents=True)
    (fork.checkout.path / "tool.sh").chmod(0o755)
    forks_repo.companion(fork, {"subagents/x/agent-1.jsonl": b"{}\n", "results/1.txt": bytes(range(256)) * 500})
    there_and_back(forks_repo, fork)


def test_a_nested_repository_is_just_files(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    nested = fork.checkout.path / "vendor"
    nested.mkdir()
    fork.checkout.git("init", "--quiet", str(nested))
    (nested / "x").write_text("x")
    before = bytes_below(nested, ())
    away(forks_repo, fork)
    forks_repo.restore(fork)
    assert bytes_below(nested, ()) == before


def test_line_endings_stay_as_they_are(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({".gitattributes": "*.txt text eol=crlf\n*.bat text eol=lf\n"})
    fork.checkout.write({"unix.txt": "a\nb\n", "mixed.txt": "a\r\nb\n", "dos.bat": "a\r\nb\r\n"})
    fork.checkout.git("add", "--all")
    fork.checkout.git("commit", "--quiet", "--message", "as they are on disk")
    assert fork.checkout.git("status", "--porcelain") == ""
    there_and_back(forks_repo, fork)


def test_branch_settings_and_upstream(forks_repo: ForksRepo) -> None:
    forks_repo.repo.git("init", "--quiet", "--bare", str(forks_repo.repo.path.parent / "origin.git"))
    forks_repo.repo.git("remote", "add", "origin", str(forks_repo.repo.path.parent / "origin.git"))
    fork = forks_repo.add_fork("feature/pay")
    fork.checkout.git("push", "--quiet", "--set-upstream", "origin", "feature/pay")
    forks_repo.repo.git("config", "branch.feature/pay.description", "two\nlines")
    forks_repo.repo.git("config", "--add", "branch.feature/pay.mergeOptions", "--no-ff")
    there_and_back(forks_repo, fork)
    assert (
        forks_repo.repo.git("rev-parse", "--symbolic-full-name", "feature/pay@{u}") == "refs/remotes/origin/feature/pay"
    )


def test_a_sparse_checkout_stays_sparse(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"in/a": "a\n", "out/b": "b\n"})
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("sparse-checkout", "set", "--cone", "in")
    assert not (fork.checkout.path / "out").exists()
    fork.checkout.write({"in/a": "changed\n"})
    there_and_back(forks_repo, fork)
    assert fork.checkout.git("sparse-checkout", "list") == "in"


def test_detached_worktrees(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    fork.checkout.commit({"a": "a\n"}, "on nothing")
    fork.checkout.write({"b": "b\n"})
    there_and_back(forks_repo, fork)


def test_worktrees_elsewhere_and_folders_that_are_gone(forks_repo: ForksRepo, tmp_path: Path) -> None:
    fork = forks_repo.add_fork("pay", where="deep/down/pay")
    before = forks_repo.state(fork)
    away(forks_repo, fork)
    (forks_repo.repo.path / "deep" / "down").rmdir()
    (forks_repo.repo.path / "deep").rmdir()
    for folder in (forks_repo.config / "projects").iterdir():
        if not list(folder.iterdir()):
            folder.rmdir()
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_a_fork_without_a_worktree(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"a": "a\n"})
    forks_repo.repo.git("worktree", "remove", "--force", str(fork.checkout.path))
    before = forks_repo.state()
    assert forks_repo.clean(discard=[fork]).problems == ()
    assert forks_repo.repo.git("branch", "--list", "pay") == ""
    forks_repo.restore(fork)
    assert forks_repo.state() == before


def test_the_tree_and_the_next_clean_up_know_that_it_is_back(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    away(forks_repo, fork)
    states = {node.id: node.state for node in fork_tree(forks_repo.context()).nodes}
    assert states[fork.id] is State.ARCHIVED
    forks_repo.restore("pay")
    states = {node.id: node.state for node in fork_tree(forks_repo.context()).nodes}
    assert states[fork.id] is State.IDLE
    assert forks_repo.plan().entries == ()  # old as it is: somebody wanted it back


def test_the_last_one_of_a_branch_is_meant(forks_repo: ForksRepo) -> None:
    first = forks_repo.add_fork("pay")
    second = forks_repo.add_second_fork(first, age=86_400 * 29)
    cleaned = forks_repo.clean()
    assert cleaned.problems == ()
    forks_repo.restore("pay")
    assert forks_repo.transcript(second.id).exists()
    forks_repo.restore("pay")
    assert forks_repo.transcript(first.id).exists()
    with pytest.raises(UsageError, match="no fork is archived"):
        forks_repo.restore("pay")


def test_what_is_meant_must_be_clear(forks_repo: ForksRepo) -> None:
    away(forks_repo, forks_repo.add_fork("pay"))
    for wrong, said in (("nothing", "there is no session `nothing` in the archive"), ("", "is empty")):
        with pytest.raises(UsageError, match=said):
            forks_repo.restore(wrong)


def test_nothing_is_put_over_something_else(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.commit({"a": "a\n"})
    before = forks_repo.state(fork)
    transcript = forks_repo.transcript(fork.id)
    away(forks_repo, fork)

    fork.checkout.path.mkdir()
    (fork.checkout.path / "mine").write_text("mine")
    with pytest.raises(ArchiveError, match="is in the way"):
        forks_repo.restore(fork)
    assert (fork.checkout.path / "mine").read_text() == "mine"
    (fork.checkout.path / "mine").unlink()

    forks_repo.repo.git("branch", "pay")
    with pytest.raises(ArchiveError, match="there is another branch pay now") as refused:
        forks_repo.restore(fork)
    assert "git branch -m pay NEW-NAME" in refused.value.sentence
    forks_repo.repo.git("branch", "-D", "pay")

    transcript.parent.mkdir(exist_ok=True)
    transcript.write_text("another one\n")
    with pytest.raises(ArchiveError, match="something else is at"):
        forks_repo.restore(fork)
    assert transcript.read_text() == "another one\n"
    assert not fork.checkout.path.exists()
    assert forks_repo.repo.git("branch", "--list", "pay") == ""
    transcript.unlink()

    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


def test_what_was_staged_meanwhile_in_a_lost_worktree_at_its_path_stays(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"staged.py": "x = 1\n"}).git("add", "staged.py")
    away(forks_repo, fork)
    path = fork.checkout.path
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "newer", str(path))
    fork.checkout.write({"newer.py": "x = 2\n"}).git("add", "newer.py")
    git_dir = fork.checkout.git("rev-parse", "--absolute-git-dir")
    shutil.rmtree(path)
    with pytest.raises(ArchiveError, match=r"only in git's index of it \(newer.py\)"):
        forks_repo.restore(fork)
    path.mkdir()
    (path / ".git").write_text(f"gitdir: {git_dir}\n")
    assert fork.checkout.git("show", ":newer.py") == "x = 2"
    forks_repo.repo.git("worktree", "remove", "--force", str(path))
    forks_repo.restore(fork)
    assert fork.checkout.git("show", ":staged.py") == "x = 1"


def test_a_branch_that_is_checked_out_elsewhere(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    away(forks_repo, fork)
    head = forks_repo.repo.git("for-each-ref", "--format=%(objectname)", f"refs/forksight/archive/{fork.id}/branch")
    forks_repo.repo.git("worktree", "add", "--quiet", "-b", "pay", str(forks_repo.repo.path.parent / "other"), head)
    with pytest.raises(ArchiveError, match=r"pay is checked out in .*/other now"):
        forks_repo.restore(fork)
    forks_repo.repo.git("worktree", "remove", str(forks_repo.repo.path.parent / "other"))
    forks_repo.restore(fork)
    assert fork.checkout.git("branch", "--show-current") == "pay"


def test_a_default_branch_that_moved_on(forks_repo: ForksRepo) -> None:
    forks_repo.repo.git("checkout", "--quiet", "-b", "work")
    place = forks_repo.repo.path.parent / "main"
    forks_repo.repo.git("worktree", "add", "--quiet", str(place), "main")
    fork = Forked("22222222-2222-4222-8222-222222222222", type(forks_repo.repo)(place), "main")
    forks_repo.fork_of(forks_repo.parent, fork.id, str(place), "main", age=99 * 86_400)
    fork.checkout.write({"app.py": "changed\n"})
    files = bytes_below(place, ())
    away(forks_repo, fork)
    forks_repo.repo.git("branch", "--force", "main", forks_repo.repo.commit({"app.py": "newer\n"}))
    context = forks_repo.context()
    (problem,) = restore.restore(context, restore.propose_restore(context, fork.id), RecordedProgress())
    assert problem.code == "branch-moved"
    assert bytes_below(place, ()) == files
    assert fork.checkout.git("branch", "--show-current") == ""


@pytest.mark.parametrize("name", ["transcript.tar.gz", "worktree.tar.gz"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_archive_brings_nothing_back(forks_repo: ForksRepo, name: str, damage: str) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"new.bin": bytes(range(256)) * 40})
    away(forks_repo, fork)
    archive = forks_repo.context().ledger.view()[0].archives[0]
    path = Path(archive.file) / name
    data = path.read_bytes()
    middle = len(data) // 2
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            data[:middle] if damage == "cut" else data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        )
    gone = forks_repo.state(fork)
    with pytest.raises(ArchiveError):
        forks_repo.restore(fork)
    assert forks_repo.state(fork) == gone
    path.write_bytes(data)
    forks_repo.restore(fork)
    assert (fork.checkout.path / "new.bin").read_bytes() == bytes(range(256)) * 40


def test_hooks_do_not_run(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    before = forks_repo.state(fork)
    away(forks_repo, fork)
    hook = forks_repo.repo.path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    forks_repo.restore(fork)
    assert forks_repo.state(fork) == before


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_each_message_counts_once_whoever_is_put_away(forks_repo: ForksRepo, order: str) -> None:
    forks = {"a": forks_repo.add_fork("a")}
    forks["b"] = forks_repo.add_fork("b", parent=forks["a"].id)
    paid = billed(forks_repo)
    for name in order:
        assert forks_repo.clean(forks[name].id, discard=[forks[name]]).problems == ()
        assert billed(forks_repo) == paid
    for name in reversed(order):
        forks_repo.restore(forks[name])
        assert billed(forks_repo) == paid


def billed(forks_repo: ForksRepo) -> Tokens:
    """What all sessions of the tree paid."""
    return sum((node.own for node in fork_tree(forks_repo.context()).nodes), Tokens())


def test_a_link_in_place_of_a_companion_folder_is_put_away_as_a_link(forks_repo: ForksRepo, tmp_path: Path) -> None:
    fork = forks_repo.add_fork("pay")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious\n")
    companion = forks_repo.transcript(fork.id).with_suffix("")
    companion.symlink_to(elsewhere)
    away(forks_repo, fork)
    assert not companion.is_symlink()
    assert (elsewhere / "precious").exists()
    forks_repo.restore(fork)
    assert companion.readlink() == elsewhere
