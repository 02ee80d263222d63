"""Landing forks: their order, what holds them, where it stops, each way to merge, tests between, and taking it back."""

import json
import os

import pytest

from forksight.core.land.proposal import Bar, Fate, Method
from forksight.core.overlaps.overlap import Lines
from forksight.core.problems import ForksightError, UsageError
from forksight.features.land.propose import propose
from tests.cleanup.forks_repo import ForksRepo
from tests.forks.sessions_repo import RecordedProgress
from tests.land.forks_to_land import LINES, done, finish, landed, line, outcomes, proposed, state, undo

METHODS: tuple[Method, ...] = ("merge", "squash", "rebase")


@pytest.fixture
def lines(forks_repo: ForksRepo) -> str:
    """A file of 20 lines on main."""
    return forks_repo.repo.commit({"code.py": LINES})


@pytest.mark.parametrize("method", METHODS)
def test_forks_land_in_the_person_s_own_way(forks_repo: ForksRepo, lines: str, method: Method) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"}, "add a")
    fork = done(forks_repo, "feature/b", {"b.py": "b\n"}, "add b")
    fork.checkout.commit({"b.py": "b\nb\n"}, "more of b")
    forks_repo.repo.commit({"main.py": "main\n"}, "on main")
    before = state(forks_repo)
    result = landed(forks_repo, method=method)
    assert outcomes(result) == {"feature/a": Fate.LANDED, "feature/b": Fate.LANDED}
    assert result.problems == ()
    assert (forks_repo.repo.path / "a.py").read_text() == "a\n"
    assert (forks_repo.repo.path / "b.py").read_text() == "b\nb\n"
    assert forks_repo.repo.git("status", "--porcelain") == ""
    subjects = forks_repo.repo.git("log", "--first-parent", "--format=%s", "-4").splitlines()
    expected = {
        "merge": ["Merge branch 'feature/b'", "Merge branch 'feature/a'", "on main"],
        "squash": ["Merge feature/b", "add a", "on main"],
        "rebase": ["more of b", "add b", "add a", "on main"],
    }
    assert subjects[: len(expected[method])] == expected[method]
    assert proposed(forks_repo).entries == ()
    undo(forks_repo)
    assert state(forks_repo) == before
    with pytest.raises(UsageError, match="there is no landing to undo"):
        undo(forks_repo)


def test_the_order_has_the_fewest_conflicts_and_stops_at_the_first(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/many", {"code.py": line(3, "many", line(9, "many"))})
    done(forks_repo, "feature/one", {"code.py": line(3, "one")})
    done(forks_repo, "feature/two", {"code.py": line(9, "two")})
    plan = proposed(forks_repo)
    assert [entry.branch for entry in plan.entries] == ["feature/one", "feature/two", "feature/many"]
    assert plan.fates() == {"feature/one": Fate.PROPOSED, "feature/two": Fate.PROPOSED, "feature/many": Fate.STOPS}
    stops = plan.entries[-1].stops
    assert [(stop.path, stop.lines, stop.other) for stop in stops] == [
        ("code.py", (Lines(2, 3),), "feature/one"),
        ("code.py", (Lines(8, 9),), "feature/two"),
    ]
    result = landed(forks_repo)
    assert outcomes(result)["feature/many"] is Fate.STOPS
    assert (forks_repo.repo.path / "code.py").read_text() == line(3, "one", line(9, "two"))


def test_a_conflict_with_the_target_itself(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"code.py": line(5, "a")})
    forks_repo.repo.commit({"code.py": "new\n" + line(5, "main")})
    (entry,) = proposed(forks_repo).entries
    assert [(stop.lines, stop.other) for stop in entry.stops] == [((Lines(4, 5),), "main")]
    head = forks_repo.repo.git("rev-parse", "HEAD")
    assert outcomes(landed(forks_repo)) == {"feature/a": Fate.STOPS}
    assert forks_repo.repo.git("rev-parse", "HEAD") == head


def test_what_holds_a_fork(forks_repo: ForksRepo, lines: str) -> None:
    live = done(forks_repo, "feature/live", {"live.py": "l\n"})
    dirty = done(forks_repo, "feature/dirty", {"dirty.py": "d\n"})
    dirty.checkout.write({"more.py": "m\n", "code.py": "edited\n"})
    done(forks_repo, "feature/ready", {"ready.py": "r\n"})
    forks_repo.run_in(live.id, str(live.checkout.path))
    plan = proposed(forks_repo)
    assert plan.entries[0].branch == "feature/ready"
    holds = {entry.branch: [hold.bar for hold in entry.holds] for entry in plan.entries}
    assert holds == {"feature/live": [Bar.LIVE], "feature/dirty": [Bar.UNCOMMITTED], "feature/ready": []}
    command = next(hold.command for entry in plan.entries for hold in entry.holds if hold.bar is Bar.UNCOMMITTED)
    path = dirty.checkout.path
    assert command == f"git -C {path} add --all && git -C {path} commit -m feature/dirty"
    assert outcomes(landed(forks_repo))["feature/ready"] is Fate.LANDED
    assert not (forks_repo.repo.path / "live.py").exists()
    assert not (forks_repo.repo.path / "dirty.py").exists()


def test_uncommitted_work_at_the_target_holds_all(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    forks_repo.repo.write({"code.py": "mine\n"})
    (entry,) = proposed(forks_repo).entries
    assert [hold.bar for hold in entry.holds] == [Bar.TARGET_UNCOMMITTED]
    assert outcomes(landed(forks_repo)) == {"feature/a": Fate.HELD}
    assert (forks_repo.repo.path / "code.py").read_text() == "mine\n"


def test_a_target_that_is_checked_out_nowhere(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    forks_repo.repo.git("switch", "--quiet", "-c", "elsewhere")
    (entry,) = proposed(forks_repo).entries
    assert [(hold.bar, hold.command) for hold in entry.holds] == [
        (Bar.TARGET_ELSEWHERE, f"git -C {forks_repo.repo.path} switch main")
    ]


def test_what_is_in_already_is_not_landed(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    forks_repo.add_fork("feature/empty")
    forks_repo.repo.git("merge", "--quiet", "--no-edit", "feature/a")
    assert proposed(forks_repo).entries == ()
    assert [problem.code for problem in proposed(forks_repo, "feature/a").problems] == ["nothing-to-land"]


def test_something_that_changed_since_is_not_landed(forks_repo: ForksRepo, lines: str) -> None:
    fork = done(forks_repo, "feature/a", {"a.py": "a\n"})
    plan = proposed(forks_repo)
    fork.checkout.commit({"later.py": "l\n"})
    from forksight.features.land.land import land

    result = land(forks_repo.context(), plan, RecordedProgress())
    assert [problem.code for problem in result.problems] == ["changed"]
    assert not (forks_repo.repo.path / "a.py").exists()


@pytest.mark.parametrize("method", METHODS)
def test_tests_that_fail_take_that_fork_back(forks_repo: ForksRepo, lines: str, method: Method) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    done(forks_repo, "feature/b", {"b.py": "b\n"})
    done(forks_repo, "feature/c", {"c.py": "c\n"})
    result = landed(forks_repo, method=method, test="test ! -e b.py")
    assert outcomes(result) == {"feature/a": Fate.LANDED, "feature/b": Fate.FAILED, "feature/c": Fate.WAITS}
    assert [problem.code for problem in result.problems] == ["tests-failed"]
    assert sorted(path.name for path in forks_repo.repo.path.glob("?.py")) == ["a.py"]
    assert forks_repo.repo.git("status", "--porcelain") == ""
    assert [run.forks for run in forks_repo.context().ledger.view()[0].landings] == [("feature/a",)]


@pytest.mark.parametrize("method", METHODS)
def test_a_hook_that_refuses_leaves_everything_as_it_was(forks_repo: ForksRepo, lines: str, method: Method) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    forks_repo.repo.commit({"main.py": "main\n"})
    hook = forks_repo.repo.path / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = state(forks_repo)
    result = landed(forks_repo, method=method)
    if method == "rebase":  # as with git's own rebase: what was committed once is not asked about again
        assert outcomes(result) == {"feature/a": Fate.LANDED}
    else:
        assert outcomes(result) == {"feature/a": Fate.FAILED}
        assert state(forks_repo) == before
    assert not (forks_repo.repo.path / ".git" / "MERGE_HEAD").exists()
    assert not (forks_repo.repo.path / ".git" / "SQUASH_MSG").exists()


def test_a_target_that_moved_since_stays(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    landed(forks_repo)
    head = forks_repo.repo.commit({"later.py": "l\n"})
    with pytest.raises(ForksightError, match="and landing left it at") as error:
        undo(forks_repo)
    assert "git revert" in error.value.sentence
    assert forks_repo.repo.git("rev-parse", "HEAD") == head


def test_all_targets_of_a_run_are_taken_back_together_or_none(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    release = forks_repo.repo.worktree("release")
    done(forks_repo, "fix/b", {"b.py": "b\n"})
    forks_repo.repo.git("config", "branch.fix/b.gh-merge-base", "release")
    before = state(forks_repo)
    assert len(landed(forks_repo).runs) == 2
    assert (forks_repo.repo.path / "a.py").exists()
    assert (release.path / "b.py").exists()
    head = forks_repo.repo.git("rev-parse", "main")
    after = release.git("rev-parse", "HEAD")
    release.git("commit", "--quiet", "--allow-empty", "--message", "later")
    with pytest.raises(ForksightError, match="release is at"):
        undo(forks_repo)
    assert forks_repo.repo.git("rev-parse", "main") == head
    release.git("reset", "--quiet", "--hard", after)
    undo(forks_repo)
    assert state(forks_repo) == before
    with pytest.raises(ForksightError, match="there is no landing to undo"):
        undo(forks_repo)


def test_taking_back_keeps_what_was_edited_since(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    landed(forks_repo)
    forks_repo.repo.write({"code.py": "edited\n", "new.py": "new\n"})
    undo(forks_repo)
    assert not (forks_repo.repo.path / "a.py").exists()
    assert (forks_repo.repo.path / "code.py").read_text() == "edited\n"
    assert (forks_repo.repo.path / "new.py").read_text() == "new\n"


def test_a_file_that_was_only_touched_stops_nothing(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"code.py": line(2, "a")})
    landed(forks_repo)
    os.utime(forks_repo.repo.path / "code.py", (1, 1))
    undo(forks_repo)
    assert (forks_repo.repo.path / "code.py").read_text() == LINES


def test_the_reflog_names_the_run(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    (run,) = landed(forks_repo).runs
    undo(forks_repo)
    entries = forks_repo.repo.git("log", "--walk-reflogs", "--format=%gs", "-2", "main").splitlines()
    assert all(entry.startswith(f"forksight land {run.id}") for entry in entries)


def test_a_look_changes_nothing(forks_repo: ForksRepo, lines: str) -> None:
    done(forks_repo, "feature/a", {"a.py": "a\n"})
    before = state(forks_repo)
    propose(forks_repo.context())
    assert state(forks_repo) == before
    finish(forks_repo)
    assert state(forks_repo) == before


def test_breaks_of_clean_merges_are_in_the_plan_and_land_nevertheless(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"util.py": "def charge():\n    pass\n", "app.py": "import util\n"})
    done(forks_repo, "feature/a", {"util.py": "def bill():\n    pass\n"})
    done(forks_repo, "feature/b", {"app.py": "import util\n\nutil.charge()\n"})
    plan = proposed(forks_repo)
    assert [(entry.branch, entry.stops) for entry in plan.entries] == [("feature/a", ()), ("feature/b", ())]
    (broken,) = plan.entries[1].breaks
    assert (broken.path, broken.lines, broken.other, broken.symbol) == ("app.py", (Lines(2, 3),), "feature/a", "charge")
    assert plan.entries[0].breaks == ()
    shown = forks_repo.cli("land", "--dry-run").stdout
    assert "1 commit, to be merged into main; merges cleanly, with 1 break" in " ".join(shown.split())
    assert "app.py line 3: `charge` breaks with feature/a (semantic-gone)" in " ".join(shown.split())
    document = json.loads(forks_repo.cli("land", "--dry-run", "--json").stdout)
    assert document["forks"][1]["breaks"][0]["symbol"] == "charge"
    assert "`charge` breaks with feature/a" in document["words"]["question"]["detail"]
    assert outcomes(landed(forks_repo)) == {"feature/a": Fate.LANDED, "feature/b": Fate.LANDED}
