"""Comparing forks, judged by git: what each changed, what both did, whether they merge, what their transcripts tell."""

import json
import time
import uuid
from pathlib import Path

import pytest

from forksight.core.compare.comparison import ComparedFork, Comparison
from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.overlaps.overlap import Kind
from forksight.core.problems import UsageError
from forksight.core.sessions.session import Command
from forksight.features.compare.compare import compare_forks
from tests.claude.rig import Claude
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.conftest import Checkout
from tests.forks.sessions_repo import DAY

LINES = "".join(f"line {number}\n" for number in range(1, 40))


def compare(forks_repo: ForksRepo, *names: str | Forked) -> Comparison:
    return compare_forks(forks_repo.context(), [name if isinstance(name, str) else name.id for name in names])


def counted(compared: ComparedFork) -> dict[str, tuple[int | None, int | None]]:
    return {change.path: (change.added, change.removed) for change in compared.changes}


def numstat(checkout: Checkout, base: str) -> dict[str, tuple[int | None, int | None]]:
    """The same, as git counts: everything added to a scratch index, compared with a commit."""
    index = {"GIT_INDEX_FILE": str(checkout.path.parent / f"index-{uuid.uuid4()}")}
    checkout.git("read-tree", "HEAD", env=index)
    checkout.git("add", "--all", env=index)
    listing = checkout.git("diff", "--cached", "--numstat", "--histogram", "--find-renames", "-z", base, env=index)
    counts: dict[str, tuple[int | None, int | None]] = {}
    words = iter(listing.split("\0"))
    for row in filter(None, words):
        added, removed, path = row.split("\t")
        if not path:  # a rename: its paths follow
            _, path = next(words), next(words)
        counts[path] = (None, None) if added == "-" else (int(added), int(removed))
    return counts


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


def test_what_each_changed_as_git_counts_it(forks_repo: ForksRepo) -> None:
    base = forks_repo.repo.commit({"app.py": LINES, "gone.txt": "a\nb\n", "logo": b"\0\1", "mode.sh": "x\n"})
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    a.checkout.commit({"app.py": LINES.replace("line 5\n", "five\nfive and a half\n"), "new.py": "1\n2\n3"}, "one")
    a.checkout.commit({"app.py": LINES.replace("line 5\n", "5\n"), "logo": b"\0\2"}, "two")
    a.checkout.write({"gone.txt": None, "untracked.txt": "u\n", "app.py": LINES.replace("line 30\n", "")})
    (a.checkout.path / "mode.sh").chmod(0o755)
    (a.checkout.path / "link").symlink_to("app.py")
    comparison = compare(forks_repo, a, b)
    first, other = comparison.forks
    assert comparison.base == base
    assert counted(first) == numstat(a.checkout, base)
    assert other.changes == ()
    assert [commit.subject for commit in first.commits] == ["two", "one"]
    uncommitted = {change.path for change in first.changes if change.uncommitted}
    assert uncommitted == {"app.py", "gone.txt", "untracked.txt", "mode.sh", "link"}
    assert (first.added, first.removed) == (5, 3)


def test_a_rename_is_counted_as_git_counts_it(forks_repo: ForksRepo) -> None:
    base = forks_repo.repo.commit({"app.py": LINES, "other.py": LINES + "o\n"})
    a, b = forks_repo.add_fork("a", age=0), forks_repo.add_fork("b", age=0)
    a.checkout.commit({"app.py": None, "lib/app.py": LINES.replace("line 5\n", "five\n")}, "move")
    a.checkout.write({"other.py": None, "another.py": LINES + "more\n"})
    b.checkout.commit({"app.py": None}, "drop")
    first, other = compare(forks_repo, a, b).forks
    assert counted(first) == numstat(a.checkout, base) == {"lib/app.py": (1, 1), "another.py": (1, 1)}
    assert counted(other) == numstat(b.checkout, base)
    assert {change.path: (change.renamed_from, change.uncommitted) for change in first.changes} == {
        "lib/app.py": ("app.py", False),
        "another.py": ("other.py", True),
    }


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


def test_what_is_meant_must_be_clear(forks_repo: ForksRepo) -> None:
    a = forks_repo.add_fork("a", age=0)
    same = forks_repo.add_second_fork(a, age=0)
    archived = forks_repo.add_fork("away")
    forks_repo.clean("away")
    for names, said in (
        (["a"], "two forks are needed"),
        ([a.id, same.id], "in the same place"),
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


@pytest.mark.parametrize(
    ("command", "is_test"),
    [
        ("pytest -q tests", True),
        ("cd server && uv run pytest -x; echo $?", True),
        (".venv/bin/python -m pytest", True),
        ("CI=1 npx vitest run", True),
        ("npm test", True),
        ("npm run test:unit", True),
        ("cargo nextest run", True),
        ("timeout 60 go test ./...", True),
        ("make -j4 test", True),
        ("./gradlew :app:test", True),
        ("pip install pytest", False),
        ("ls tests", False),
        ("cat test.py", False),
        ("git commit -m 'run pytest'", False),
        ("grep -r pytest .", False),
        ("npm run build", False),
        ("make", False),
    ],
)
def test_which_commands_run_tests(command: str, is_test: bool) -> None:
    assert [run.passed for run in runs_of_tests([Command(1, command, 0.0)])] == ([True] if is_test else [])


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


@pytest.mark.claude
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


def test_what_real_transcripts_tell(repo: Checkout, claude: Claude, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(claude.config))
    parent = claude.start(repo.path, "BASH pytest --version-of-nothing\nBASH true\nlearn")
    forks_repo = ForksRepo(repo, claude.config, parent=parent)
    places = [repo.worktree(name, name) for name in ("a", "b")]
    started = time.time()
    fork = claude.fork(places[0].path, parent, "WRITE new.py x\nBASH false\nBASH make test || true\nBASH true")
    claude.go_on(places[0].path, fork, "BASH cd .; tox --nothing\ndone")
    two = claude.fork(places[1].path, parent, "hello")
    comparison = compare(forks_repo, fork, two)
    first, second = (compared.work for compared in comparison.forks)
    assert first is not None
    assert second is not None
    assert (first.commands, first.failed) == (4, 2)
    assert [(run.command, run.passed) for run in first.tests] == [
        ("make test || true", True),
        ("cd .; tox --nothing", False),
    ]
    assert (second.commands, second.failed, second.tests) == (0, 0, ())
    assert 0 < first.seconds < time.time() - started
    assert Path(comparison.forks[0].worktree or "").name == "a"
    nodes = [compared.node for compared in comparison.forks]
    assert all(node is not None and node.own.total > 0 for node in nodes)


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
