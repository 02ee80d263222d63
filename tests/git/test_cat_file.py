"""Objects, trees and differences between them, in every kind of repository that git makes."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from forksight.adapters.git import process as git
from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.git.repository import GitRepository
from forksight.core.git.snapshot import Change, Entry
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.git.add_all import recorded_by_add
from tests.waiting import wait_for


@pytest.fixture
def repository(repo: Checkout) -> Iterator[GitRepository]:
    made = repo.open()
    yield made
    made.close()


def batch_processes() -> set[psutil.Process]:
    """Those that run: one that ended and was not waited for yet has no command line any more."""
    running = set()
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "--batch-command" in child.cmdline():
                running.add(child)
    return running


def test_whoever_has_it_no_more_leaves_no_git_behind(repo: Checkout) -> None:
    before = batch_processes()
    GitRepository(repo.open().common_dir).blobs(["HEAD:app.py"])
    gc.collect()
    wait_for("git to end", lambda: batch_processes() <= before)


def test_blobs_of_every_size(repo: Checkout, repository: GitRepository) -> None:
    texts = [b"", b"\n", b"\0" * 100_000, b"x" * 3_000_000, b"missing\n", *(b"%d" % number for number in range(2_000))]
    repo.commit({f"f{number}": text for number, text in enumerate(texts)})
    ids = [line.split()[2] for line in repo.git("ls-tree", "HEAD").splitlines() if "\tf" in line]
    assert set(repository.blobs(ids).values()) == set(texts)
    assert repository.blobs(ids[:1]).keys() == {ids[0]}


def test_what_is_no_blob_or_does_not_exist_is_left_out(repo: Checkout, repository: GitRepository) -> None:
    tree, commit = repo.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    readme = repo.git("rev-parse", "HEAD:README")
    assert repository.blobs([tree, commit, "0" * 40, "f" * 40, readme]) == {readme: b"hello\n"}
    assert repository.blobs([]) == {}


def test_one_process_serves_all_and_is_started_again_when_it_dies(repo: Checkout, repository: GitRepository) -> None:
    readme = repo.git("rev-parse", "HEAD:README")
    before = batch_processes()
    for _ in range(3):
        assert repository.blobs([readme])
    (process,) = batch_processes() - before
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert repository.blobs([readme]) == {readme: b"hello\n"}
    repository.close()
    assert not batch_processes() - before
    assert repository.blobs([readme]) == {readme: b"hello\n"}, "closing is no end"


def test_a_damaged_object_hides_no_other(repo: Checkout, repository: GitRepository) -> None:
    app, readme = repo.git("rev-parse", "HEAD:app.py", "HEAD:README").split()
    file = repo.path / ".git" / "objects" / app[:2] / app[2:]
    os.chmod(file, 0o644)
    file.write_bytes(b"garbage")
    assert repository.blobs([readme, app, readme]) == {readme: b"hello\n"}
    assert repository.blobs([app, readme]) == {readme: b"hello\n"}


def test_objects_that_come_later_are_found(repo: Checkout, repository: GitRepository) -> None:
    repository.blobs(["f" * 40])
    repo.commit({"later": "later\n"})
    repo.git("gc", "--quiet")
    oid = repo.git("rev-parse", "HEAD:later")
    assert repository.blobs([oid]) == {oid: b"later\n"}


def test_trees(repo: Checkout, repository: GitRepository) -> None:
    head, tree = repo.git("rev-parse", "HEAD", "HEAD^{tree}").split()
    assert repository.trees([head, "main", "refs/heads/main"]) == [tree] * 3
    repo.commit({"more": "x"})
    assert repository.trees(["main", head]) == [repo.git("rev-parse", "HEAD^{tree}"), tree], "a ref may move"
    for wrong in ("nope", "f" * 40, "", "a\0b", "-h"):
        with pytest.raises(GitError, match="no commit"):
            repository.trees([wrong])


def test_tree_changes(repo: Checkout, repository: GitRepository) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.commit({"app.py": None, "new\nline\tand 'quote\"": "x", "deep/er/file": "y", "README": "changed\n"})
    os.chmod(repo.path / "deep/er/file", 0o755)
    os.symlink("README", repo.path / "link")
    repo.commit()
    other = repo.git("rev-parse", "HEAD^{tree}")
    there, back, same = repository.tree_changes([(tree, other), (other, tree), (tree, tree)])
    assert set(there) == {"app.py", "new\nline\tand 'quote\"", "deep/er/file", "README", "link"}
    assert there["deep/er/file"] == Change(None, Entry(0o100755, repo.git("rev-parse", "HEAD:deep/er/file")))
    assert there["link"].new is not None
    assert there["link"].new.mode == 0o120000
    assert back == {path: Change(change.new, change.old) for path, change in there.items()}
    assert same == {}
    assert repository.tree_changes([]) == []
    with pytest.raises(GitError):
        repository.tree_changes([(tree, "f" * 40)])


def test_differences_are_remembered(repo: Checkout, repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = repo.git("rev-parse", "HEAD^{tree}")
    repo.commit({"app.py": "x"})
    pair = (tree, repo.git("rev-parse", "HEAD^{tree}"))
    first = repository.tree_changes([pair])
    monkeypatch.setenv("PATH", "/nowhere")
    assert repository.tree_changes([pair, pair]) == first * 2


def test_a_tree_is_read_as_git_lists_it(repo: Checkout, repository: GitRepository) -> None:
    repo.commit({"new\nline\tand 'quote\"": "x", "deep/er/file": "y", "deep/er.py": "z", "deep-er": "z"})
    os.symlink("README", repo.path / "deep" / "link")
    repo.commit()
    tree = repo.git("rev-parse", "HEAD^{tree}")
    listed = {}
    for line in repo.git("ls-tree", "-r", "-z", "HEAD").split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        mode, _, oid = facts.split(" ")
        listed[path] = Entry(int(mode, 8), oid)
    assert repository.files_of(tree) == listed
    assert {path: repository.entry_at(tree, path) for path in listed} == listed
    assert repository.entry_at(tree, "deep") == Entry(0o040000, repo.git("rev-parse", "HEAD:deep"))
    assert [repository.entry_at(tree, path) for path in ("deep/e", "deep/er/file/x", "de", "nowhere/at/all", "")] == [
        None
    ] * 5
    for ask in (repository.files_of, lambda missing: repository.entry_at(missing, "README")):
        with pytest.raises(GitError):
            ask("f" * 40)


def test_directories(repo: Checkout, repository: GitRepository) -> None:
    head = repo.commit({"a/b/c": "x", "a/d": "y", "new\nline/x": "z"})
    assert repository.directories(head) == {"a", "a/b", "new\nline"}


def test_refs(repo: Checkout, repository: GitRepository) -> None:
    head = repo.git("rev-parse", "HEAD")
    repo.git("branch", "feature/a")
    repo.git("tag", "--annotate", "--message", "one", "v1")
    repo.git("tag", "blob", "HEAD:README")
    repo.git("update-ref", "refs/remotes/origin/main", head)
    repo.git("update-ref", "refs/remotes/origin/topic", head)
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    resolved, problems = repository.refs(
        ["origin/main", "origin/*", "v*", "feature/?", "v1", "main", "blob", "nope", "nope/*"]
    )
    assert dict(resolved) == dict.fromkeys(["origin/main", "origin/topic", "v1", "feature/a", "main"], head)
    assert len(resolved) == 5
    assert [problem.code for problem in problems] == ["ref-unknown"] * 3
    assert "nope/*" in problems[2].message


def test_a_sha256_repository(tmp_path: Path) -> None:
    repo = Checkout(tmp_path.resolve() / "repo")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    _everything_works(repo)


def test_a_reftable_repository(tmp_path: Path, newer_git: Callable[[], None]) -> None:
    newer_git()
    repo = Checkout(tmp_path.resolve() / "repo")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--ref-format=reftable", "--initial-branch=main")
    _everything_works(repo)
    assert (repo.path / ".git" / "reftable").is_dir()


def test_a_shallow_clone(repo: Checkout, tmp_path: Path) -> None:
    for number in range(4):
        repo.commit({"app.py": f"{number}\n"})
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.path}", str(tmp_path / "shallow"))
    _everything_works(Checkout(tmp_path.resolve() / "shallow"))


def test_a_clone_that_borrows_objects(repo: Checkout, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--shared", str(repo.path), str(tmp_path / "borrower"))
    borrower = Checkout(tmp_path.resolve() / "borrower")
    lent = os.path.relpath(repo.path / ".git" / "objects", borrower.path / ".git" / "objects")
    (borrower.path / ".git" / "objects" / "info" / "alternates").write_text(f"{lent}\n")
    _everything_works(borrower)


def _everything_works(repo: Checkout) -> None:
    repo.commit({"app.py": "1\n", "same": "x\n"})
    other = repo.worktree("other-side")
    other.commit({"app.py": "theirs\n", "more": "y\n"})
    repo.write({"app.py": "ours\n", "untracked": b"1\r\n", ".gitattributes": "*.txt text\n"})
    repository = repo.open()
    try:
        worktrees, problems = repository.worktrees()
        assert problems == ()
        ours, theirs = (repository.scan(worktree)[0] for worktree in worktrees)
        assert ours.changes == recorded_by_add(repo)
        (bases,) = repository.merge_bases([(str(ours.worktree.head), str(theirs.worktree.head))])
        assert bases == (ours.worktree.head,)
        (changes,) = repository.tree_changes([(str(ours.tree), str(theirs.tree))])
        assert set(changes) == {"app.py", "more"}
        ids = [change.new.oid for change in (*changes.values(), *ours.changes.values()) if change.new]
        assert {b"theirs\n", b"y\n", b"ours\n", b"1\r\n"} <= set(repository.blobs(ids).values())
        (result,) = repository.merges([(ours, theirs)])
        assert result is not None
        assert set(result.stages) == {"app.py"}
        assert dict(repository.refs(["main"])[0]) == {"main": ours.worktree.head}
    finally:
        repository.close()


def test_a_partial_clone_fetches_nothing(repo: Checkout, tmp_path: Path) -> None:
    """What is missing stays missing, at no cost of a process each; what is there is found."""
    repo.git("config", "uploadpack.allowFilter", "true")
    names = [f"f{number}" for number in range(50)]
    repo.commit({name: name for name in names})
    repo.git(
        "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(tmp_path / "partial")
    )
    partial = Checkout(tmp_path.resolve() / "partial")
    partial.git("checkout", "--quiet", "HEAD", "--", "f7")
    missing = [repo.git("rev-parse", f"HEAD:{name}") for name in names if name != "f7"]
    there = repo.git("rev-parse", "HEAD:f7")
    repository = partial.open()
    try:
        assert repository.blobs([*missing, there]) == {there: b"f7"}
        before = batch_processes()
        assert repository.blobs([*missing, there]) == {there: b"f7"}
        assert not batch_processes() - before
        snapshot, problems = repository.scan(partial.seen_by(repository))
        assert problems == ()
        assert snapshot.worktree.head is not None
    finally:
        repository.close()
    assert count_missing(partial) == len(missing)


def count_missing(checkout: Checkout) -> int:
    listed = checkout.git("rev-list", "--objects", "--all", "--missing=print", "--no-object-names")
    return sum(line.startswith("?") for line in listed.splitlines()) - 2  # of the first commit: app.py and README


def test_many_threads_ask_at_once(repo: Checkout, repository: GitRepository) -> None:
    repo.commit({f"f{number}": f"{number}" for number in range(200)})
    ids = {line.split("\t")[1]: line.split()[2] for line in repo.git("ls-tree", "HEAD").splitlines()}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: repository.blobs([ids[f"f{number}"]]), range(200)))
    assert [next(iter(answer.values())) for answer in answers] == [str(number).encode() for number in range(200)]


def test_a_hung_git_is_given_up(repo: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stuck = tmp_path / "bin" / "git"
    stuck.parent.mkdir()
    stuck.write_text("#!/bin/sh\nexec sleep 600\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stuck.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(GitError, match=r"longer than 0\.2 s") as caught:
        git.run(["status"], cwd=str(repo.path), env=git.quiet(), timeout=0.2)
    assert caught.value.code == "git-timeout"
    monkeypatch.setattr(git, "TIMEOUT", 0.2)
    with pytest.raises(GitError, match="took longer"):
        repo_objects(repo).infos(["HEAD"])
    assert not [child for child in psutil.Process().children() if "sleep" in child.name()]


def repo_objects(repo: Checkout) -> Objects:
    return Objects(str(repo.path), git.quiet)


def test_the_processes_end_with_us(repo: Checkout) -> None:
    """Killed without a chance to clean up: the long-lived git sees its input end."""
    program = (
        "import sys, os\n"
        "from forksight.adapters.git.repository import GitRepository\n"
        "repository = GitRepository(sys.argv[1])\n"
        "repository.trees(['HEAD'])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(repo.path / ".git")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    children = psutil.Process(process.pid).children()
    assert len(children) == 1
    process.kill()
    process.communicate()
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert (len(gone), alive) == (1, [])
