"""Opening an untrusted repository runs no program that it names, tested on one that tries every way."""

import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from forksight.adapters.git import process
from forksight.adapters.git.repository import GitRepository
from forksight.adapters.git.survey import GitSurvey
from forksight.adapters.git.worktrees.discovery import find_common_dir
from forksight.core.ports.git import Repository
from forksight.core.problems import GitError
from tests.conftest import Checkout
from tests.git.hostile import Trap


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    made = Trap(tmp_path.resolve())
    made.sprung()
    return made


def questions(repository: GitRepository, trap: Trap) -> dict[str, Callable[[], object]]:
    """One call or more of every method of the port."""
    worktrees, problems = repository.worktrees()
    assert ({worktree.path for worktree in worktrees}, problems) == ({str(trap.repo.path), str(trap.linked.path)}, ())
    ours, theirs = (repository.scan(worktree)[0] for worktree in worktrees)
    assert {"app.py", "lib", "new.txt"} <= set(ours.changes)
    assert {"app.py", "new.txt"} <= set(ours.not_covered)
    head, other = str(ours.worktree.head), str(theirs.worktree.head)
    paths = ["app.py", "x.if", "x.wt", "notes.txt", "lib/lib.py"]

    def prepare_conversion() -> None:
        for worktree in worktrees:
            repository.prepare_conversion(worktree, paths)

    return {
        "common_dir": lambda: repository.common_dir,
        # Whatever is asked next reads it too.
        "borrow": lambda: repository.borrow(f"{trap.repo.path}/.git/not-there/objects"),
        "worktrees": repository.worktrees,
        "scan": lambda: [repository.scan(worktree) for worktree in worktrees],
        "tree_changes": lambda: repository.tree_changes([(str(ours.tree), str(theirs.tree))]),
        "entry_at": lambda: [repository.entry_at(str(ours.tree), path) for path in paths],
        "files_of": lambda: repository.files_of(str(ours.tree)),
        "trees": lambda: repository.trees([head, "main~2", "linked"]),
        "merge_bases": lambda: repository.merge_bases([(head, other), *[(head, f"{other}~{n}") for n in range(1, 3)]]),
        "blobs": lambda: repository.blobs([trap.lost, *(c.new.oid for c in ours.changes.values() if c.new)]),
        "on_disk": lambda: repository.on_disk(f"{trap.repo.path}/app.py"),
        "container": lambda: repository.container(str(trap.repo.path)),
        "merge_state": repository.merge_state,
        "is_shallow": repository.is_shallow,
        "conflict_style": lambda: [repository.conflict_style(worktree) for worktree in worktrees],
        "renormalized": lambda: [
            repository.renormalized(worktree, [(path, c.new.oid) for path, c in ours.changes.items() if c.new])
            for worktree in worktrees
        ],
        "hold": lambda: repository.hold(ours.worktree, "app.py", b"unsaved\n"),
        "directories": lambda: repository.directories(head),
        "attributes": lambda: [repository.attributes(worktree, paths) for worktree in worktrees],
        "prepare_conversion": prepare_conversion,
        "to_git": lambda: [repository.to_git(worktree, path, b"x\r\n") for worktree in worktrees for path in paths],
        "merges": lambda: repository.merges([(ours, theirs), (theirs, ours)]),
        "merges_in_turn": lambda: repository.merges_in_turn(str(trap.repo.path), head, [other, f"{other}~1"]),
        "renames": lambda: repository.renames([(theirs, ours), (ours, theirs)]),
        "virtual_bases": lambda: repository.virtual_bases([(ours, theirs, [head, other])]),
        "ref_directories": lambda: repository.ref_directories(everything=True),
        "entries": repository.entries,
        "branches": repository.branches,
        "refs": lambda: repository.refs(["main", "linked", "refs/*", "origin/*", "nope"]),
    }


def test_no_program_runs(trap: Trap) -> None:
    repository = GitRepository(find_common_dir(str(trap.linked.path)))
    asked = questions(repository, trap)
    assert trap.sprung() == set()
    assert set(asked) == {name for name in vars(Repository) if not name.startswith("_")}, "every method is asked"
    for name, ask in asked.items():
        ask()
        assert trap.sprung() == set(), name
    with suppress(GitError):  # its object is missing, which makes git want to fetch
        repository.merges([(repository.scan(repository.worktrees()[0][0])[0],) * 2])
    assert repository.blobs([trap.lost]) == {}
    with pytest.raises(GitError):
        repository.trees([f"{trap.lost}"])
    repository.close()
    assert trap.sprung() == set()


def test_no_program_runs_under_an_old_git_that_fetches_what_is_missing(
    trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(process._QUIET, "GIT_NO_LAZY_FETCH")
    repository = GitRepository(find_common_dir(str(trap.repo.path)))
    for ask in questions(repository, trap).values():
        ask()
    with pytest.raises(GitError):
        repository.trees([trap.lost])
    repository.close()
    assert trap.sprung() == set()


def test_each_trap_can_spring(trap: Trap) -> None:
    """Git as a person runs it falls into them: if it did not, the tests above would prove nothing."""

    def plain(*arguments: str, checkout: Checkout = trap.repo) -> set[str]:
        subprocess.run(
            ["git", *arguments], cwd=checkout.path, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        return trap.sprung()

    assert {"fsmonitor", "process"} <= plain("status")
    # A bogus process stops git; without it, it goes on to the next trap.
    on = ("-c", "filter.second.process=", "-c", "filter.second.required=false", "status")
    assert {"fsmonitor", "clean", "clean-included", "hook-post-index-change", "submodule-fsmonitor"} <= plain(*on)
    assert {"fsmonitor-worktree", "clean-worktree", "clean-on-branch"} <= plain(*on, checkout=trap.linked)
    assert "diff-command" in plain("diff")
    assert "gpg" in plain("log", "--max-count=1", "--format=%ct")
    assert "textconv" in plain("diff", "--no-ext-diff")
    assert "ext" in plain("cat-file", "blob", trap.lost)
    assert "merge-driver" in plain("-c", "merge.renormalize=false", "merge-tree", "--write-tree", "main", "linked")
    assert "hook-reference-transaction" in plain("update-ref", "refs/heads/x", "HEAD")


def test_no_program_runs_for_what_cleaning_up_must_know(trap: Trap) -> None:
    survey = GitSurvey(find_common_dir(str(trap.repo.path)))
    head = trap.repo.git("rev-parse", "HEAD").strip()
    trap.sprung()
    survey.origins(["main", "linked"])
    assert trap.sprung() == set()
    survey.renamed()
    survey.branches()
    survey.commits(None, head)
    survey.unshared({"main": head}, [])
    trap.repo.git("-c", "core.hooksPath=/dev/null", "update-ref", "refs/stash", head)
    trap.sprung()
    survey.stashes()
    assert trap.sprung() == set()


def test_settings_that_appear_later_are_switched_off_too(trap: Trap) -> None:
    repository = GitRepository(find_common_dir(str(trap.repo.path)))
    worktrees, _ = repository.worktrees()
    for worktree in worktrees:
        repository.scan(worktree)
    trap.repo.git("config", "filter.later.clean", trap.program("later"))
    trap.linked.git("config", "--worktree", "filter.wtlater.clean", trap.program("worktree-later"))
    (trap.folder / "included").write_text(f'[filter "included"]\n\tclean = {trap.program("included-later")}\n')
    for checkout in (trap.repo, trap.linked):
        checkout.write(
            {
                ".gitattributes": "*.txt filter=later\n*.wt filter=wtlater\n*.if filter=included\n",
                "y.wt": "y",
                "y.if": "y",
            }
        )
    trap.sprung()
    for worktree in worktrees:
        repository.scan(worktree)
    assert trap.sprung() == set()
    for checkout in (trap.repo, trap.linked):  # plain git runs them: else the line above would prove nothing
        subprocess.run(["git", "status"], cwd=checkout.path, capture_output=True, check=False)
    assert {"later", "worktree-later", "included-later"} <= trap.sprung()
