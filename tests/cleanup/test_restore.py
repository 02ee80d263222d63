"""Bringing forks back: byte for byte, and never over something else."""

from pathlib import Path

import pytest

from forksight.core.problems import ArchiveError, UsageError
from forksight.core.sessions.session import State, Tokens
from forksight.features.cleanup import restore
from forksight.features.sessions.tree import fork_tree
from tests.cleanup.yard import Forked, Yard, bytes_below
from tests.forks.stage import Quiet


def away(yard: Yard, fork: Forked) -> None:
    cleaned = yard.clean(fork.id, discard=[fork])
    assert cleaned.problems == ()
    assert not fork.checkout.path.exists()


def there_and_back(yard: Yard, fork: Forked) -> None:
    before = yard.world(fork)
    away(yard, fork)
    yard.restore(fork)
    assert yard.world(fork) == before
    assert yard.archived() == ([], "")


def test_everything_that_can_be_in_a_worktree(yard: Yard) -> None:
    yard.repo.commit({".gitignore": "*.log\n/.env\n", "tool.sh": "#!/bin/sh\n", "gone.txt": "g\n"}, "more")
    yard.repo.write({".env": "KEY=1\n"})
    fork = yard.fork("feature/pay")
    write = fork.checkout.write
    write({"committed.py": "c\n"}).commit(message="own")
    write({"staged.bin": b"\0\xff\1", "both.txt": "staged\n"}).git("add", "staged.bin", "both.txt")
    write({"both.txt": "and then changed\n", "app.py": "changed\n", "gone.txt": None, "README": None})
    write({"caf\udce9.txt": "not utf-8\n", "a b/c\nd.txt": "odd names\n", "notes.log": "ignored\n", ".env": "KEY=1\n"})
    (fork.checkout.path / "README").symlink_to("app.py")
    (fork.checkout.path / "dangling").symlink_to("/nowhere/at/all")
    (fork.checkout.path / "empty" / "deeper").mkdir(parents=True)
    (fork.checkout.path / "tool.sh").chmod(0o755)
    yard.companion(fork, {"subagents/x/agent-1.jsonl": b"{}\n", "results/1.txt": bytes(range(256)) * 500})
    there_and_back(yard, fork)


def test_a_nested_repository_is_just_files(yard: Yard) -> None:
    fork = yard.fork("pay")
    nested = fork.checkout.path / "vendor"
    nested.mkdir()
    fork.checkout.git("init", "--quiet", str(nested))
    (nested / "x").write_text("x")
    before = bytes_below(nested, ())
    away(yard, fork)
    yard.restore(fork)
    assert bytes_below(nested, ()) == before


def test_line_endings_stay_as_they_are(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.commit({".gitattributes": "*.txt text eol=crlf\n*.bat text eol=lf\n"})
    fork.checkout.write({"unix.txt": "a\nb\n", "mixed.txt": "a\r\nb\n", "dos.bat": "a\r\nb\r\n"})
    fork.checkout.git("add", "--all")
    fork.checkout.git("commit", "--quiet", "--message", "as they are on disk")
    assert fork.checkout.git("status", "--porcelain") == ""
    there_and_back(yard, fork)


def test_branch_settings_and_upstream(yard: Yard) -> None:
    yard.repo.git("init", "--quiet", "--bare", str(yard.repo.path.parent / "origin.git"))
    yard.repo.git("remote", "add", "origin", str(yard.repo.path.parent / "origin.git"))
    fork = yard.fork("feature/pay")
    fork.checkout.git("push", "--quiet", "--set-upstream", "origin", "feature/pay")
    yard.repo.git("config", "branch.feature/pay.description", "two\nlines")
    yard.repo.git("config", "--add", "branch.feature/pay.mergeOptions", "--no-ff")
    there_and_back(yard, fork)
    assert yard.repo.git("rev-parse", "--symbolic-full-name", "feature/pay@{u}") == "refs/remotes/origin/feature/pay"


def test_a_sparse_checkout_stays_sparse(yard: Yard) -> None:
    yard.repo.commit({"in/a": "a\n", "out/b": "b\n"})
    fork = yard.fork("pay")
    fork.checkout.git("sparse-checkout", "set", "--cone", "in")
    assert not (fork.checkout.path / "out").exists()
    fork.checkout.write({"in/a": "changed\n"})
    there_and_back(yard, fork)
    assert fork.checkout.git("sparse-checkout", "list") == "in"


def test_detached_worktrees(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.git("checkout", "--quiet", "--detach")
    fork.checkout.commit({"a": "a\n"}, "on nothing")
    fork.checkout.write({"b": "b\n"})
    there_and_back(yard, fork)


def test_worktrees_elsewhere_and_folders_that_are_gone(yard: Yard, tmp_path: Path) -> None:
    fork = yard.fork("pay", where="deep/down/pay")
    before = yard.world(fork)
    away(yard, fork)
    (yard.repo.path / "deep" / "down").rmdir()
    (yard.repo.path / "deep").rmdir()
    for folder in (yard.stage.config / "projects").iterdir():
        if not list(folder.iterdir()):
            folder.rmdir()
    yard.restore(fork)
    assert yard.world(fork) == before


def test_a_fork_without_a_worktree(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.commit({"a": "a\n"})
    yard.repo.git("worktree", "remove", "--force", str(fork.checkout.path))
    before = yard.world()
    assert yard.clean(discard=[fork]).problems == ()
    assert yard.repo.git("branch", "--list", "pay") == ""
    yard.restore(fork)
    assert yard.world() == before


def test_the_tree_and_the_next_clean_up_know_that_it_is_back(yard: Yard) -> None:
    fork = yard.fork("pay")
    away(yard, fork)
    states = {node.id: node.state for node in fork_tree(yard.stage.context()).nodes}
    assert states[fork.id] is State.ARCHIVED
    yard.restore("pay")
    states = {node.id: node.state for node in fork_tree(yard.stage.context()).nodes}
    assert states[fork.id] is State.IDLE
    assert yard.plan().entries == ()  # old as it is: somebody wanted it back


def test_the_last_one_of_a_branch_is_meant(yard: Yard) -> None:
    first = yard.fork("pay")
    second = yard.again(first, age=86_400 * 29)
    cleaned = yard.clean()
    assert cleaned.problems == ()
    yard.restore("pay")
    assert yard.stage.transcript(second.id).exists()
    yard.restore("pay")
    assert yard.stage.transcript(first.id).exists()
    with pytest.raises(UsageError, match="no fork is archived"):
        yard.restore("pay")


def test_what_is_meant_must_be_clear(yard: Yard) -> None:
    away(yard, yard.fork("pay"))
    for wrong, said in (("nothing", "there is no session `nothing` in the archive"), ("", "is empty")):
        with pytest.raises(UsageError, match=said):
            yard.restore(wrong)


def test_nothing_is_put_over_something_else(yard: Yard) -> None:
    fork = yard.fork("pay")
    fork.checkout.commit({"a": "a\n"})
    before = yard.world(fork)
    transcript = yard.stage.transcript(fork.id)
    away(yard, fork)

    fork.checkout.path.mkdir()
    (fork.checkout.path / "mine").write_text("mine")
    with pytest.raises(ArchiveError, match="is in the way"):
        yard.restore(fork)
    assert (fork.checkout.path / "mine").read_text() == "mine"
    (fork.checkout.path / "mine").unlink()

    yard.repo.git("branch", "pay")
    with pytest.raises(ArchiveError, match="there is another branch pay now") as refused:
        yard.restore(fork)
    assert "git branch -m pay NEW-NAME" in refused.value.sentence
    yard.repo.git("branch", "-D", "pay")

    transcript.parent.mkdir(exist_ok=True)
    transcript.write_text("another one\n")
    with pytest.raises(ArchiveError, match="something else is at"):
        yard.restore(fork)
    assert transcript.read_text() == "another one\n"
    assert not fork.checkout.path.exists()
    assert yard.repo.git("branch", "--list", "pay") == ""
    transcript.unlink()

    yard.restore(fork)
    assert yard.world(fork) == before


def test_a_branch_that_is_checked_out_elsewhere(yard: Yard) -> None:
    fork = yard.fork("pay")
    away(yard, fork)
    head = yard.repo.git("for-each-ref", "--format=%(objectname)", f"refs/forksight/archive/{fork.id}/branch")
    yard.repo.git("worktree", "add", "--quiet", "-b", "pay", str(yard.repo.path.parent / "other"), head)
    with pytest.raises(ArchiveError, match=r"pay is checked out in .*/other now"):
        yard.restore(fork)
    yard.repo.git("worktree", "remove", str(yard.repo.path.parent / "other"))
    yard.restore(fork)
    assert fork.checkout.git("branch", "--show-current") == "pay"


def test_a_default_branch_that_moved_on(yard: Yard) -> None:
    yard.repo.git("checkout", "--quiet", "-b", "work")
    place = yard.repo.path.parent / "main"
    yard.repo.git("worktree", "add", "--quiet", str(place), "main")
    fork = Forked("22222222-2222-4222-8222-222222222222", type(yard.repo)(place), "main")
    yard.stage.fork_of(yard.parent, fork.id, str(place), "main", age=99 * 86_400)
    fork.checkout.write({"app.py": "changed\n"})
    files = bytes_below(place, ())
    away(yard, fork)
    yard.repo.git("branch", "--force", "main", yard.repo.commit({"app.py": "newer\n"}))
    context = yard.stage.context()
    (problem,) = restore.restore(context, restore.propose_restore(context, fork.id), Quiet())
    assert problem.code == "branch-moved"
    assert bytes_below(place, ()) == files
    assert fork.checkout.git("branch", "--show-current") == ""


@pytest.mark.parametrize("name", ["transcript.tar.gz", "worktree.tar.gz"])
@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_a_damaged_archive_brings_nothing_back(yard: Yard, name: str, damage: str) -> None:
    fork = yard.fork("pay")
    fork.checkout.write({"new.bin": bytes(range(256)) * 40})
    away(yard, fork)
    archive = yard.stage.context().ledger.view()[0].archives[0]
    path = Path(archive.file) / name
    data = path.read_bytes()
    middle = len(data) // 2
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            data[:middle] if damage == "cut" else data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        )
    gone = yard.world(fork)
    with pytest.raises(ArchiveError):
        yard.restore(fork)
    assert yard.world(fork) == gone
    path.write_bytes(data)
    yard.restore(fork)
    assert (fork.checkout.path / "new.bin").read_bytes() == bytes(range(256)) * 40


def test_hooks_do_not_run(yard: Yard) -> None:
    fork = yard.fork("pay")
    before = yard.world(fork)
    away(yard, fork)
    hook = yard.repo.path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)
    yard.restore(fork)
    assert yard.world(fork) == before


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_each_message_counts_once_whoever_is_put_away(yard: Yard, order: str) -> None:
    forks = {"a": yard.fork("a")}
    forks["b"] = yard.fork("b", parent=forks["a"].id)
    paid = billed(yard)
    for name in order:
        assert yard.clean(forks[name].id, discard=[forks[name]]).problems == ()
        assert billed(yard) == paid
    for name in reversed(order):
        yard.restore(forks[name])
        assert billed(yard) == paid


def billed(yard: Yard) -> Tokens:
    """What all sessions of the tree paid."""
    return sum((node.own for node in fork_tree(yard.stage.context()).nodes), Tokens())


def test_a_link_in_place_of_a_companion_folder_is_put_away_as_a_link(yard: Yard, tmp_path: Path) -> None:
    fork = yard.fork("pay")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious\n")
    companion = yard.stage.transcript(fork.id).with_suffix("")
    companion.symlink_to(elsewhere)
    away(yard, fork)
    assert not companion.is_symlink()
    assert (elsewhere / "precious").exists()
    yard.restore(fork)
    assert companion.readlink() == elsewhere
