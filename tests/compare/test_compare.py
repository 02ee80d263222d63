"""Comparing forks: which are meant, where they come from, what is printed."""

import json

import pytest

from forksight.core.overlaps.overlap import Kind
from forksight.core.problems import UsageError
from forksight.features.compare.compare import compare_forks
from tests.cleanup.forks_repo import ForksRepo
from tests.compare.conftest import LINES, compare
from tests.forks.sessions_repo import DAY


def test_the_nearest_common_ancestor(forks_repo: ForksRepo) -> None:
    middle = forks_repo.add_fork("middle", age=3 * DAY)
    first, second = (
        forks_repo.add_fork("one", age=2 * DAY, parent=middle.id),
        forks_repo.add_fork("two", age=DAY, parent=middle.id),
    )
    other = forks_repo.add_fork("other", age=0)
    ancestor = compare(forks_repo, first, second).ancestor
    assert ancestor is not None
    assert ancestor.id == middle.id
    ancestor = compare(forks_repo, first, other).ancestor
    assert ancestor is not None
    assert ancestor.id == forks_repo.parent


def test_a_branch_whose_worktree_is_gone_and_one_without_a_session(forks_repo: ForksRepo) -> None:
    gone, other = forks_repo.add_fork("gone", age=0), forks_repo.add_fork("other", age=0)
    gone.checkout.commit({"app.py": "gone\n"})
    forks_repo.repo.git("worktree", "remove", str(gone.checkout.path))
    forks_repo.repo.git("branch", "plain", "main")
    other.checkout.write({"app.py": "other\n"})
    comparison = compare(forks_repo, "gone", "other", "plain")
    assert [compared.worktree for compared in comparison.forks] == [None, str(other.checkout.path), None]
    assert [compared.node is None for compared in comparison.forks] == [False, False, True]
    assert [(file.path, file.kind) for file in comparison.pairs[0].stops] == [("app.py", Kind.CONFLICT)]
    assert comparison.ancestor is None


def test_what_is_meant_must_be_clear(forks_repo: ForksRepo) -> None:
    a = forks_repo.add_fork("a", age=0)
    same = forks_repo.add_second_fork(a, age=0)
    archived = forks_repo.add_fork("away")
    forks_repo.clean("away")
    for names, said in (
        (["a"], "two forks are needed"),
        ([a.id, same.id], "have the same worktree"),
        (["a", "nobody"], "there is no session"),
        (["a", ""], "is empty"),
        ([a.id, archived.id], "is archived"),
    ):
        with pytest.raises(UsageError, match=said):
            compare(forks_repo, *names)


def test_a_fork_that_can_not_be_read_is_named(forks_repo: ForksRepo) -> None:
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    (forks_repo.repo.path / ".git" / "worktrees" / "a" / "index").write_bytes(b"garbage")
    with pytest.raises(Exception, match=str(a.checkout.path)):
        compare(forks_repo, a, b)
    done = forks_repo.cli("compare", "b", "main", "--json")
    assert done.returncode == 0
    assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == ["worktree-unreadable"]


def test_json_and_text(forks_repo: ForksRepo) -> None:
    a, b = forks_repo.add_fork("feature/a", age=0), forks_repo.add_fork("feature/b", age=0)
    a.checkout.write({"app.py": "a\n"})
    b.checkout.write({"app.py": "b\n"})
    done = forks_repo.cli("compare", "feature/a", b.id[:8], "--json")
    assert (done.returncode, done.stderr) == (1, "")
    document = json.loads(done.stdout)
    assert [fork["session"] for fork in document["forks"]] == [a.id, b.id]
    assert document["pairs"][0]["files"] == [
        {
            "path": "app.py",
            "kind": "conflict",
            "lines": {"conflicting": 1, "identical": 0},
            "a": str(a.checkout.path / "app.py"),
            "b": str(b.checkout.path / "app.py"),
        }
    ]
    done = forks_repo.cli("compare", "feature/a", "feature/b")
    assert done.returncode == 1
    assert "a merge stops at 1 file" in done.stdout
    (b.checkout.path / "app.py").write_text((forks_repo.repo.path / "app.py").read_text())
    assert forks_repo.cli("compare", "feature/a", "feature/b").returncode == 0
    assert forks_repo.cli("compare", "feature/a").returncode == 2


def test_comparing_again_sees_what_changed_since(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"util.py": "def charge():\n    pass\n", "app.py": "import util\n", "text": LINES})
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    context = forks_repo.context()
    edits = (
        (a, {"util.py": "def bill():\n    pass\n"}),
        (b, {"app.py": "import util\n\nutil.charge()\n", "text": LINES.replace("5", "five")}),
        (a, {"text": LINES.replace("5", "cinq")}),
        (b, {"app.py": None, "text": None}),
    )
    merged = []
    for fork, files in edits:
        fork.checkout.write(files)
        comparison = compare_forks(context, ["a", "b"])
        assert comparison == compare(forks_repo, "a", "b"), "as a process tells it that has never looked"
        merged.append((len(comparison.pairs[0].stops), len(comparison.pairs[0].breaks)))
        assert compare_forks(context, ["a", "b"]) == comparison
    assert merged == [(0, 0), (0, 1), (1, 1), (1, 0)]
