"""Whether forks merge, judged by git, what breaks where they do, and in which order to merge them."""

import json
import uuid

from forksight.core.overlaps.overlap import Kind
from tests.cleanup.forks_repo import ForksRepo
from tests.compare.conftest import LINES, compare
from tests.conftest import Checkout
from tests.forks.sessions_repo import DAY


def merges(forks_repo: ForksRepo, ours: str, theirs: str) -> bool:
    """Whether git merges two commits without stopping."""
    try:
        forks_repo.repo.git("merge-tree", "--write-tree", ours, theirs)
    except AssertionError:
        return False
    return True


def recorded(checkout: Checkout) -> str:
    """What is in a worktree as a commit."""
    index = {"GIT_INDEX_FILE": str(checkout.path.parent / f"index-{uuid.uuid4()}")}
    checkout.git("read-tree", "HEAD", env=index)
    checkout.git("add", "--all", env=index)
    return checkout.git("commit-tree", "-p", "HEAD", "-m", "all", checkout.git("write-tree", env=index))


def test_whether_they_merge_is_what_git_says(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"app.py": LINES, "lib.py": LINES, "old.py": LINES})
    forks = {name: forks_repo.add_fork(name, age=0) for name in ("a", "b", "c", "d")}
    forks["a"].checkout.write({"app.py": LINES.replace("line 5\n", "a\n").replace("line 20\n", "same\n")})
    forks["b"].checkout.commit({"app.py": LINES.replace("line 5\n", "b\nb\n").replace("line 20\n", "same\n")})
    forks["c"].checkout.commit({"lib.py": LINES.replace("line 9\n", "c\n")})
    forks["c"].checkout.git("mv", "old.py", "renamed.py")
    forks["c"].checkout.write({"renamed.py": LINES.replace("line 1\n", "c\n")})
    forks["d"].checkout.write({"old.py": LINES.replace("line 39\n", "d\n"), "app.py": None})
    forks_repo.repo.commit({"lib.py": LINES.replace("line 9\n", "main\n")})
    comparison = compare(forks_repo, *forks.values())
    heads = {name: recorded(fork.checkout) for name, fork in forks.items()}
    assert comparison.target == "main"
    names = list(forks)
    for pair in comparison.pairs:
        assert (not pair.stops) == merges(forks_repo, heads[names[pair.a]], heads[names[pair.b]]), pair
    for compared in comparison.forks:
        assert (not compared.stops) == merges(forks_repo, "main", heads[compared.label]), compared.label
    ab = next(pair for pair in comparison.pairs if (pair.a, pair.b) == (0, 1))
    (shared,) = ab.shared
    assert (shared.path, shared.kind, shared.conflicting, shared.identical) == ("app.py", Kind.CONFLICT, 2, 1)
    assert [(file.path, file.kind) for file in comparison.forks[2].stops] == [("lib.py", Kind.CONFLICT)]
    assert not comparison.clean


def test_forks_that_do_not_meet(forks_repo: ForksRepo) -> None:
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    a.checkout.write({"a.py": "a\n"})
    b.checkout.write({"b.py": "b\n"})
    comparison = compare(forks_repo, "a", "b")
    assert comparison.clean
    (pair,) = comparison.pairs
    assert (pair.shared, pair.stops) == ((), ())
    assert comparison.ancestor is not None
    assert comparison.ancestor.id == forks_repo.parent


def test_what_merges_cleanly_and_breaks_is_counted_apart(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"util.py": "def charge():\n    pass\n", "app.py": "import util\n"})
    a, b, c = (forks_repo.add_fork(name, age=age) for name, age in (("a", 300), ("b", 200), ("c", 100)))
    a.checkout.write({"util.py": "def bill():\n    pass\n"})
    b.checkout.write({"app.py": "import util\n\nutil.charge()\n"})
    c.checkout.write({"c.py": "1\n"})
    comparison = compare(forks_repo, "a", "b")
    (pair,) = comparison.pairs
    assert (pair.stops, [(file.path, file.kind, file.symbol) for file in pair.breaks]) == (
        (),
        [("util.py", Kind.SEMANTIC_GONE, "charge")],
    )
    assert not comparison.clean
    order = [(comparison.candidates[merge.branch].label, merge.breaks) for merge in comparison.order]
    assert order == [("a", ()), ("c", ()), ("b", (0,))], "whoever breaks nothing goes first"
    done = forks_repo.cli("compare", "a", "b")
    assert done.returncode == 1
    assert "a and b: they merge, with 1 break\n  util.py: `charge` breaks (semantic-gone)\n" in done.stdout
    assert "3. b  breaks with a" in done.stdout
    document = json.loads(forks_repo.cli("compare", "a", "b", "--json").stdout)
    assert document["pairs"][0]["merges"] == {
        "clean": True,
        "files": [],
        "breaks": [{"path": "util.py", "kind": "semantic-gone", "symbol": "charge"}],
    }
    assert [merge["breaks_with"] for merge in document["merge_order"]] == [[], [], ["a"]]


def test_a_merge_order_of_all_active_forks(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"app.py": LINES})
    for number, name in enumerate(("a", "b", "c", "idle")):
        fork = forks_repo.add_fork(name, age=60 * DAY if name == "idle" else (5 - number) * 60)
        changed = {"a": (5, 20), "b": (5,), "c": (20,), "idle": ()}[name]
        text = LINES
        for line in changed:
            text = text.replace(f"line {line}\n", f"{name} {line}\n")
        fork.checkout.write({"app.py": text})
    comparison = compare(forks_repo, "a", "b")
    order = [
        (comparison.candidates[merge.branch].label, [comparison.candidates[foe].label for foe in merge.conflicts])
        for merge in comparison.order
    ]
    assert order == [("b", []), ("c", []), ("a", ["b", "c"])]


def test_the_target_is_compared_but_not_merged_into_itself(forks_repo: ForksRepo) -> None:
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=60)
    forks_repo.repo.git("update-ref", "refs/remotes/origin/main", "main")
    forks_repo.repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    a.checkout.write({"app.py": "a\n"})
    forks_repo.repo.commit({"app.py": "main\n"})
    comparison = compare(forks_repo, "main", "a")
    assert comparison.target == "main"
    assert [compared.label for compared in comparison.forks] == ["main", "a"]
    assert [comparison.candidates[merge.branch].label for merge in comparison.order] == [b.branch, a.branch]
    assert [merge.stops for merge in comparison.order] == [False, True]
    assert "Merge all active forks in this order" in forks_repo.cli("compare", "main", "a").stdout
