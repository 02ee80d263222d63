"""Whatever state a repository is in, nothing goes without risk whose commits no branch that stays has, or that the archive lacks."""

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from forksight.core.cleanup.proposal import Fate, Why
from forksight.features.sessions.settle import settled_tree
from tests.cleanup.forks_repo import OLD, Forked, ForksRepo
from tests.conftest import Checkout

SEEDS = range(16)
SOMETHING_GOES = {0, 2, 5, 6, 7, 9, 10, 11, 12, 14, 15}  # seeds whose repository has something that goes without risk


@dataclass
class History:
    """A repository to which things happen, and the forks in it."""

    forks_repo: ForksRepo
    dice: random.Random
    forks: list[Forked]

    def happen(self, fork: Forked, *choices: Callable[[Forked], object]) -> None:
        """One of these things happens to a fork."""
        self.dice.choice(choices)(fork)


def nothing(_: Forked) -> None:
    """Nothing happens."""


def commits(fork: Forked) -> None:
    fork.checkout.commit({f"{fork.branch}.txt": "1\n"}, "one")
    fork.checkout.commit({f"{fork.branch}.txt": "1\n2\n"}, "two")


def takes_back(fork: Forked) -> None:
    commits(fork)
    fork.checkout.git("revert", "--no-edit", "HEAD~1..HEAD")


def leaves_files(fork: Forked) -> None:
    fork.checkout.write({"app.py": "changed\n", "new/file.txt": "new\n", "x.log": "ignored\n"})
    fork.checkout.git("add", "app.py")


def pushes(name: str, *options: str) -> Callable[[Forked], None]:
    def push(fork: Forked) -> None:
        fork.checkout.git("push", "--quiet", *options, "origin", f"HEAD:refs/heads/{name.format(fork.branch)}")

    return push


def merges(target: Checkout, *how: str) -> Callable[[Forked], None]:
    def merge(fork: Forked) -> None:
        target.git("merge", "--quiet", *how, fork.branch)
        if "--squash" in how and target.git("diff", "--cached", "--name-only"):
            target.commit(message=f"squash {fork.branch}")

    return merge


def is_moved(fork: Forked) -> None:
    fork.checkout.git("worktree", "move", str(fork.checkout.path), str(_moved(fork).checkout.path))


def _moved(fork: Forked) -> Forked:
    """The same fork where it would be moved to."""
    path = fork.checkout.path
    return replace(fork, checkout=Checkout(path.with_name(f"moved-{path.name}")))


def is_detached(fork: Forked) -> None:
    fork.checkout.git("checkout", "--quiet", "--detach")


def loses_its_branch(fork: Forked) -> None:
    is_detached(fork)
    fork.checkout.git("branch", "-D", fork.branch)


def gets_another_name(fork: Forked) -> None:
    fork.checkout.git("branch", "--move", fork.branch, f"{fork.branch}-again")


def loses_its_folder(fork: Forked) -> None:
    shutil.rmtree(fork.checkout.path, ignore_errors=True)


def make_history(forks_repo: ForksRepo, seed: int, tmp_path: Path) -> History:
    """The repository of a seed."""
    dice = random.Random(seed)
    history = History(forks_repo, dice, [])
    repo = forks_repo.repo
    repo.commit({".gitignore": "*.log\n"}, "ignore")
    repo.git("init", "--quiet", "--bare", "--initial-branch", "main", str(tmp_path / "origin.git"))
    repo.git("remote", "add", "origin", f"file://{tmp_path}/origin.git")
    repo.git("push", "--quiet", "origin", "main")
    develop = repo.worktree("develop", "develop")
    forks_repo.mark(forks_repo.parent)
    for number in range(6):
        name = f"fork{number}"
        if dice.random() < 0.5:
            fork = forks_repo.add_fork(name, age=dice.choice([0, OLD]))
        else:
            fork = forks_repo.make_fork(name)
            if dice.random() < 0.7:
                age = dice.choice([0, OLD])
                forks_repo.fork_of(forks_repo.parent, fork.id, str(fork.checkout.path), name, age=age)
        history.forks.append(fork)
        history.happen(fork, nothing, commits, commits, commits, takes_back)
        history.happen(
            fork, nothing, merges(repo), merges(repo, "--no-ff", "--no-edit"), merges(repo, "--squash"), merges(develop)
        )
        history.happen(fork, nothing, pushes("{0}"), pushes("review/{0}"), pushes("review/{0}", "--set-upstream"))
    settled_tree(forks_repo.context())
    for fork in history.forks:
        history.happen(fork, nothing, nothing, commits, leaves_files)
        history.happen(fork, nothing, nothing, is_moved, is_detached, loses_its_branch, gets_another_name)
        if dice.random() < 0.2:
            forks_repo.transcript(fork.id).unlink() if fork.id in _transcripts(forks_repo) else None
        if dice.random() < 0.15:
            loses_its_folder(fork)
    history.forks = [fork if fork.checkout.path.exists() else _moved(fork) for fork in history.forks]
    return history


def _transcripts(forks_repo: ForksRepo) -> set[str]:
    return {path.stem for path in (forks_repo.config / "projects").glob("*/*.jsonl")}


def shallow(history: History) -> None:
    history.forks_repo.repo.git("fetch", "--quiet", "--depth", "1", "origin", "main")


def unborn(history: History) -> None:
    history.forks_repo.repo.git("checkout", "--quiet", "--orphan", "unborn")
    history.forks_repo.repo.git("branch", "--move", "main", "formerly")


def another_account(history: History) -> None:
    history.forks_repo.config.joinpath("projects").rename(history.forks_repo.config / "projects-of-another")


STATES: list[Callable[[History], object]] = [lambda _: None, lambda _: None, shallow, unborn, another_account]


def is_kept(repo: Checkout, commit: str) -> bool:
    """Whether a branch has a commit, or all that it changed."""
    if repo.git("for-each-ref", f"--contains={commit}", "refs/heads", "refs/remotes"):
        return True
    targets = repo.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").split()
    return any(not _changes(repo, target, commit) for target in targets)


def _changes(repo: Checkout, target: str, commit: str) -> bool:
    """Whether merging a commit would change a target."""
    try:
        merged = repo.git("merge-tree", "--write-tree", "--allow-unrelated-histories", target, commit)
    except AssertionError:  # it conflicts
        return True
    return merged.split("\n")[0] != repo.git("rev-parse", f"{target}^{{tree}}")


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_goes_without_risk_that_was_not_seen_to_be_safe(
    forks_repo: ForksRepo, seed: int, tmp_path: Path
) -> None:
    history = make_history(forks_repo, seed, tmp_path)
    STATES[seed % len(STATES)](history)
    repo = forks_repo.repo
    tips = {
        fork.id: repo.git("rev-parse", f"refs/heads/{name}")
        for fork in history.forks
        for name in (fork.branch, f"{fork.branch}-again")
        if repo.git("for-each-ref", f"refs/heads/{name}")
    }
    heads = {
        fork.id: fork.checkout.git("rev-parse", "HEAD")
        for fork in history.forks
        if (fork.checkout.path / ".git").exists()
    }
    plan = forks_repo.plan()
    for entry in plan.entries:
        if Why.MERGED in {reason.why for reason in entry.reasons}:
            assert entry.facts.branch is not None
            assert entry.facts.branch.target in ("main", "origin/main"), "neither what it was pushed to, nor develop"
        if not entry.at_risk and not entry.holds:
            assert entry.seen, entry
            assert not entry.unseen, entry
            assert not entry.lost, entry
    before = forks_repo.state(*history.forks)
    cleaned = forks_repo.clean()
    assert cleaned.problems == ()
    gone = [entry for entry in cleaned.plan.entries if cleaned.fates[entry.session] is Fate.CLEANED]
    assert gone or seed not in SOMETHING_GOES
    for entry in gone:
        for commit in {tips.get(entry.session), heads.get(entry.session)} - {None}:
            assert is_kept(repo, str(commit)), (entry.seen, entry.reasons)
    for entry in reversed(gone):
        forks_repo.restore(entry.session)
    after = forks_repo.state(*history.forks)
    missing = {entry.worktree for entry in gone if entry.facts.place and entry.facts.place.missing}
    for key in ("refs", "transcripts", "files"):
        assert {name: what for name, what in _items(after[key]) if name not in missing} == {
            name: what for name, what in _items(before[key]) if name not in missing
        }


def _items(what: object) -> list[tuple[str, object]]:
    return list(what.items()) if isinstance(what, dict) else [("", what)]
