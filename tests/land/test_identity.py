"""Any landing carried out and taken back is the identity on refs and worktrees; killed at any step, the second run mends it."""

import shutil

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forksight.core.land.proposal import Fate, Method
from tests.cleanup.backup import FolderBackup
from tests.cleanup.forks_repo import ForksRepo
from tests.cleanup.killed import kill_points, killed_at
from tests.examples import examples
from tests.land.forks_to_land import (
    LINES,
    carried_out,
    done,
    finish,
    forks_to_merge,
    landed,
    line,
    proposed,
    state,
    undo,
)

PARTS = 2  # the kill points are spread over as many tests, so that they can run side by side

EDITS = st.lists(
    st.one_of(
        st.builds(lambda number, text: {"code.py": line(number, text)}, st.integers(1, 20), st.sampled_from("ab")),
        st.builds(lambda name: {name: "new\n"}, st.sampled_from(["new", "dir/new", "caf\udce9.txt", "sp ace"])),
        st.sampled_from([{"code.py": None}, {"code.py": None, "moved.py": LINES}, {"code.py": b"\0binary"}, {}]),
    ),
    min_size=1,
    max_size=2,
)
TESTS = st.sampled_from(["", "true", "test ! -e new", "test -e code.py", "touch made.log"])


@example(  # whoever is merged second finds nothing that is like the file any more, though each two of the three merge cleanly
    forks=[([{"code.py": None, "moved.py": LINES}], "main"), ([{"new": "new\n"}, {"code.py": b"\0binary"}], "main")],
    main=[{"code.py": b"\0binary"}],
    method="merge",
    test="",
)
@examples(15)
@given(
    forks=st.lists(st.tuples(EDITS, st.sampled_from(["main", "release"])), min_size=1, max_size=3),
    main=st.one_of(st.none(), EDITS),
    method=st.sampled_from(["merge", "squash", "rebase"]),
    test=TESTS,
)
def test_landing_and_taking_back_is_the_identity(
    forks_repo: ForksRepo,
    backup: FolderBackup,
    forks: list[tuple[list[dict[str, str | bytes | None]], str]],
    main: object,
    method: Method,
    test: str,
) -> None:
    backup.put_back()
    forks_repo.repo.worktree("release")
    for number, (commits, target) in enumerate(forks):
        fork = done(forks_repo, f"feature/{number}", commits[0], f"work {number}")
        forks_repo.repo.git("config", f"branch.feature/{number}.gh-merge-base", target)
        for files in commits[1:]:
            fork.checkout.commit(files, "more")
    for files in main if isinstance(main, list) else ():
        forks_repo.repo.commit(files, "on main")
    before = state(forks_repo)
    fates = proposed(forks_repo).fates()
    result = landed(forks_repo, method=method, test=test)
    made = [branch for branch, fate in result.fates.items() if fate is Fate.LANDED]
    assert {landing.branch for landing in result.runs} == {
        entry.target.branch for entry in result.plan.entries if entry.branch in made and entry.target
    }
    if method == "merge" and test in ("", "true"):  # what is foretold is what git does
        assert made == [branch for branch, fate in fates.items() if fate is Fate.PROPOSED]
    assert forks_repo.repo.git("status", "--porcelain") == ""
    if made:
        assert state(forks_repo) != before
        undo(forks_repo)
    for log in forks_repo.repo.path.parent.glob("*/made.log"):
        log.unlink()
    assert state(forks_repo) == before
    for path in forks_repo.repo.path.parent.iterdir():
        if path != forks_repo.repo.path:
            shutil.rmtree(path)


@pytest.mark.parametrize(("method", "targets"), [("merge", 2), ("squash", 1), ("rebase", 1)])
@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_landing_is_finished_or_taken_back(
    forks_repo: ForksRepo, backup: FolderBackup, method: Method, targets: int, part: int
) -> None:
    before = forks_to_merge(forks_repo, backup, targets=targets)
    plan = proposed(forks_repo, method=method, test="true")

    def land() -> None:
        carried_out(forks_repo, plan)

    points = kill_points(land, backup)[part::PARTS]
    undo(forks_repo)
    assert state(forks_repo) == before
    assert len(points) >= 2
    for number in points:
        backup.put_back()
        assert killed_at(number, land)
        finish(forks_repo)
        assert forks_repo.context().ledger.interrupted() == ()
        assert not any(
            (forks_repo.repo.path / ".git" / name).exists() for name in ("MERGE_HEAD", "SQUASH_MSG", "sequencer")
        )
        assert forks_repo.repo.git("status", "--porcelain") == ""
        landings = forks_repo.context().ledger.view()[0].landings
        names = [name for landing in landings for name in landing.forks]
        there = [file for branch in ("main", "release")[:targets] for file in files_of(forks_repo, branch)]
        assert ("a.py" in there, "dir/b.py" in there) == ("feature/a" in names, "feature/b" in names)
        if landings:
            undo(forks_repo)
        assert state(forks_repo) == before


def files_of(forks_repo: ForksRepo, branch: str) -> list[str]:
    """What is in a branch."""
    return forks_repo.repo.git("ls-tree", "-r", "--name-only", branch).splitlines()


def test_a_killed_undo_is_finished_or_taken_back(forks_repo: ForksRepo, backup: FolderBackup) -> None:
    before = forks_to_merge(forks_repo, backup, targets=2)
    carried_out(forks_repo, proposed(forks_repo))
    after = state(forks_repo)
    backup.take()
    points = kill_points(lambda: undo(forks_repo), backup)
    assert state(forks_repo) == before
    seen = {"both": 0, "one": 0, "none": 0}
    for number in points:
        backup.put_back()
        assert killed_at(number, lambda: undo(forks_repo))
        finish(forks_repo)
        left = forks_repo.context().ledger.view()[0].landings
        if len(left) == 2:
            assert state(forks_repo) == after
        elif left:  # the second run takes the other one back
            undo(forks_repo)
        if len(left) < 2:
            assert state(forks_repo) == before
        seen[("none", "one", "both")[len(left)]] += 1
    assert min(seen.values()) >= 1, seen
