"""Landing forks: their order, what holds them, where it stops, each way to merge, tests between, and taking it back."""

import json

import pytest

from forksight.core.land.proposal import Bar, Fate, Method
from forksight.core.overlaps.overlap import Lines
from forksight.core.problems import ForksightError, UsageError
from forksight.features.land.propose import propose
from tests.cleanup.yard import Yard
from tests.forks.stage import Quiet
from tests.land.forks_to_land import LINES, done, finish, landed, line, outcomes, proposed, state, undo

METHODS: tuple[Method, ...] = ("merge", "squash", "rebase")


@pytest.fixture
def lines(yard: Yard) -> str:
    """A file of 20 lines on main."""
    return yard.repo.commit({"code.py": LINES})


@pytest.mark.parametrize("method", METHODS)
def test_forks_land_in_the_person_s_own_way(yard: Yard, lines: str, method: Method) -> None:
    done(yard, "feature/a", {"a.py": "a\n"}, "add a")
    fork = done(yard, "feature/b", {"b.py": "b\n"}, "add b")
    fork.checkout.commit({"b.py": "b\nb\n"}, "more of b")
    yard.repo.commit({"main.py": "main\n"}, "on main")
    before = state(yard)
    result = landed(yard, method=method)
    assert outcomes(result) == {"feature/a": Fate.LANDED, "feature/b": Fate.LANDED}
    assert result.problems == ()
    assert (yard.repo.path / "a.py").read_text() == "a\n"
    assert (yard.repo.path / "b.py").read_text() == "b\nb\n"
    assert yard.repo.git("status", "--porcelain") == ""
    subjects = yard.repo.git("log", "--first-parent", "--format=%s", "-4").splitlines()
    expected = {
        "merge": ["Merge branch 'feature/b'", "Merge branch 'feature/a'", "on main"],
        "squash": ["Merge feature/b", "add a", "on main"],
        "rebase": ["more of b", "add b", "add a", "on main"],
    }
    assert subjects[: len(expected[method])] == expected[method]
    assert proposed(yard).entries == ()
    undo(yard)
    assert state(yard) == before
    with pytest.raises(UsageError, match="nothing was landed"):
        undo(yard)


def test_the_order_has_the_fewest_conflicts_and_stops_at_the_first(yard: Yard, lines: str) -> None:
    done(yard, "feature/many", {"code.py": line(3, "many", line(9, "many"))})
    done(yard, "feature/one", {"code.py": line(3, "one")})
    done(yard, "feature/two", {"code.py": line(9, "two")})
    plan = proposed(yard)
    assert [entry.branch for entry in plan.entries] == ["feature/one", "feature/two", "feature/many"]
    assert plan.fates() == {"feature/one": Fate.PROPOSED, "feature/two": Fate.PROPOSED, "feature/many": Fate.STOPS}
    stops = plan.entries[-1].stops
    assert [(stop.path, stop.lines, stop.other) for stop in stops] == [
        ("code.py", (Lines(2, 3),), "feature/one"),
        ("code.py", (Lines(8, 9),), "feature/two"),
    ]
    result = landed(yard)
    assert outcomes(result)["feature/many"] is Fate.STOPS
    assert (yard.repo.path / "code.py").read_text() == line(3, "one", line(9, "two"))


def test_a_conflict_with_the_target_itself(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"code.py": line(5, "a")})
    yard.repo.commit({"code.py": "new\n" + line(5, "main")})
    (entry,) = proposed(yard).entries
    assert [(stop.lines, stop.other) for stop in entry.stops] == [((Lines(4, 5),), "main")]
    head = yard.repo.git("rev-parse", "HEAD")
    assert outcomes(landed(yard)) == {"feature/a": Fate.STOPS}
    assert yard.repo.git("rev-parse", "HEAD") == head


def test_what_holds_a_fork(yard: Yard, lines: str) -> None:
    live = done(yard, "feature/live", {"live.py": "l\n"})
    dirty = done(yard, "feature/dirty", {"dirty.py": "d\n"})
    dirty.checkout.write({"more.py": "m\n", "code.py": "edited\n"})
    done(yard, "feature/ready", {"ready.py": "r\n"})
    yard.stage.run_in(live.id, str(live.checkout.path))
    plan = proposed(yard)
    assert plan.entries[0].branch == "feature/ready"
    holds = {entry.branch: [hold.bar for hold in entry.holds] for entry in plan.entries}
    assert holds == {"feature/live": [Bar.LIVE], "feature/dirty": [Bar.UNCOMMITTED], "feature/ready": []}
    command = next(hold.command for entry in plan.entries for hold in entry.holds if hold.bar is Bar.UNCOMMITTED)
    path = dirty.checkout.path
    assert command == f"git -C {path} add --all && git -C {path} commit -m feature/dirty"
    assert outcomes(landed(yard))["feature/ready"] is Fate.LANDED
    assert not (yard.repo.path / "live.py").exists()
    assert not (yard.repo.path / "dirty.py").exists()


def test_uncommitted_work_at_the_target_holds_all(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    yard.repo.write({"code.py": "mine\n"})
    (entry,) = proposed(yard).entries
    assert [hold.bar for hold in entry.holds] == [Bar.TARGET_UNCOMMITTED]
    assert outcomes(landed(yard)) == {"feature/a": Fate.HELD}
    assert (yard.repo.path / "code.py").read_text() == "mine\n"


def test_a_target_that_is_checked_out_nowhere(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    yard.repo.git("switch", "--quiet", "-c", "elsewhere")
    (entry,) = proposed(yard).entries
    assert [(hold.bar, hold.command) for hold in entry.holds] == [
        (Bar.TARGET_ELSEWHERE, f"git -C {yard.repo.path} switch main")
    ]


def test_what_is_in_already_is_not_landed(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    yard.fork("feature/empty")
    yard.repo.git("merge", "--quiet", "--no-edit", "feature/a")
    assert proposed(yard).entries == ()
    assert [problem.code for problem in proposed(yard, "feature/a").problems] == ["nothing-to-land"]


def test_something_that_changed_since_is_not_landed(yard: Yard, lines: str) -> None:
    fork = done(yard, "feature/a", {"a.py": "a\n"})
    plan = proposed(yard)
    fork.checkout.commit({"later.py": "l\n"})
    from forksight.features.land.land import land

    result = land(yard.stage.context(), plan, Quiet())
    assert [problem.code for problem in result.problems] == ["changed"]
    assert not (yard.repo.path / "a.py").exists()


@pytest.mark.parametrize("method", METHODS)
def test_tests_that_fail_take_that_fork_back(yard: Yard, lines: str, method: Method) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    done(yard, "feature/b", {"b.py": "b\n"})
    done(yard, "feature/c", {"c.py": "c\n"})
    result = landed(yard, method=method, test="test ! -e b.py")
    assert outcomes(result) == {"feature/a": Fate.LANDED, "feature/b": Fate.FAILED, "feature/c": Fate.WAITS}
    assert [problem.code for problem in result.problems] == ["tests-failed"]
    assert sorted(path.name for path in yard.repo.path.glob("?.py")) == ["a.py"]
    assert yard.repo.git("status", "--porcelain") == ""
    assert [run.forks for run in yard.stage.context().ledger.view()[0].landings] == [("feature/a",)]


@pytest.mark.parametrize("method", METHODS)
def test_a_hook_that_refuses_leaves_everything_as_it_was(yard: Yard, lines: str, method: Method) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    yard.repo.commit({"main.py": "main\n"})
    hook = yard.repo.path / ".git" / "hooks" / "commit-msg"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    before = state(yard)
    result = landed(yard, method=method)
    if method == "rebase":  # as with git's own rebase: what was committed once is not asked about again
        assert outcomes(result) == {"feature/a": Fate.LANDED}
    else:
        assert outcomes(result) == {"feature/a": Fate.FAILED}
        assert state(yard) == before
    assert not (yard.repo.path / ".git" / "MERGE_HEAD").exists()
    assert not (yard.repo.path / ".git" / "SQUASH_MSG").exists()


def test_a_target_that_moved_since_stays(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    landed(yard)
    head = yard.repo.commit({"later.py": "l\n"})
    with pytest.raises(ForksightError, match="and landing left it at") as error:
        undo(yard)
    assert "git revert" in error.value.sentence
    assert yard.repo.git("rev-parse", "HEAD") == head


def test_all_targets_of_a_run_are_taken_back_together_or_none(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    release = yard.repo.worktree("release")
    done(yard, "fix/b", {"b.py": "b\n"})
    yard.repo.git("config", "branch.fix/b.gh-merge-base", "release")
    before = state(yard)
    assert len(landed(yard).runs) == 2
    assert (yard.repo.path / "a.py").exists()
    assert (release.path / "b.py").exists()
    head = yard.repo.git("rev-parse", "main")
    after = release.git("rev-parse", "HEAD")
    release.git("commit", "--quiet", "--allow-empty", "--message", "later")
    with pytest.raises(ForksightError, match="release is at"):
        undo(yard)
    assert yard.repo.git("rev-parse", "main") == head
    release.git("reset", "--quiet", "--hard", after)
    undo(yard)
    assert state(yard) == before
    with pytest.raises(ForksightError, match="nothing was landed"):
        undo(yard)


def test_taking_back_keeps_what_was_edited_since(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    landed(yard)
    yard.repo.write({"code.py": "edited\n", "new.py": "new\n"})
    undo(yard)
    assert not (yard.repo.path / "a.py").exists()
    assert (yard.repo.path / "code.py").read_text() == "edited\n"
    assert (yard.repo.path / "new.py").read_text() == "new\n"


def test_the_reflog_names_the_run(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    (run,) = landed(yard).runs
    undo(yard)
    entries = yard.repo.git("log", "--walk-reflogs", "--format=%gs", "-2", "main").splitlines()
    assert all(entry.startswith(f"forksight land {run.id}") for entry in entries)


def test_a_look_changes_nothing(yard: Yard, lines: str) -> None:
    done(yard, "feature/a", {"a.py": "a\n"})
    before = state(yard)
    propose(yard.stage.context())
    assert state(yard) == before
    finish(yard)
    assert state(yard) == before


def test_breaks_of_clean_merges_are_in_the_plan_and_land_nevertheless(yard: Yard) -> None:
    yard.repo.commit({"util.py": "def charge():\n    pass\n", "app.py": "import util\n"})
    done(yard, "feature/a", {"util.py": "def bill():\n    pass\n"})
    done(yard, "feature/b", {"app.py": "import util\n\nutil.charge()\n"})
    plan = proposed(yard)
    assert [(entry.branch, entry.stops) for entry in plan.entries] == [("feature/a", ()), ("feature/b", ())]
    (broken,) = plan.entries[1].breaks
    assert (broken.path, broken.lines, broken.other, broken.symbol) == ("app.py", (Lines(2, 3),), "feature/a", "charge")
    assert plan.entries[0].breaks == ()
    shown = yard.stage.cli("land", "--dry-run").stdout
    assert "1 commit, to be merged into main; merges cleanly, with 1 break" in " ".join(shown.split())
    assert "app.py line 3: `charge` breaks with feature/a (semantic-gone)" in " ".join(shown.split())
    document = json.loads(yard.stage.cli("land", "--dry-run", "--json").stdout)
    assert document["forks"][1]["breaks"][0]["symbol"] == "charge"
    assert "`charge` breaks with feature/a" in document["words"]["question"]["detail"]
    assert outcomes(landed(yard)) == {"feature/a": Fate.LANDED, "feature/b": Fate.LANDED}
