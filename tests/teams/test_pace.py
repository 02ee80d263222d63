"""How often machines publish: all together within what hosts recommend, and soon where they have something to tell each other."""

from bench.teams.scale import simulate

from forksight.core.git.snapshot import Change, Colleague, Entry, Snapshot, Worktree
from forksight.core.teams.pace import publish_pause
from forksight.features.teams.colleagues import machines_meeting

NOW = 1_000_000.0


def changed(machine: str, *paths: str) -> Snapshot:
    place = Worktree(machine, "", "c" * 40, "main", colleague=Colleague("Ada", "laptop", machine, "d" * 40))
    return Snapshot(place, "e" * 40, {path: Change(None, Entry(0o100644, "f" * 40)) for path in paths})


def test_turns_are_taken_by_those_that_are_active() -> None:
    assert publish_pause(NOW, [], 10) == 10
    assert publish_pause(NOW, [NOW - 60] * 9 + [NOW - 7200] * 50, 10) == 100
    assert publish_pause(NOW, [], 60) == 60
    assert publish_pause(NOW, [NOW - 60] * 400 + [NOW - 7200] * 599, 10) == 10_000


def test_who_changes_the_same_file_does_not_wait_for_all_others() -> None:
    ours = [changed("", "pay.py", "cart.py")]
    theirs = [changed("a", "pay.py"), changed("b", "docs.md"), changed("a", "cart.py"), changed("c", "cart.py")]
    assert machines_meeting(ours, theirs) == 2
    assert publish_pause(NOW, [NOW] * 99, 10, meeting=2) == 30
    assert publish_pause(NOW, [NOW] * 99, 10, meeting=500) == 1000, (
        "a file that everybody changes is no reason to hurry"
    )


def test_all_together_stay_within_what_hosts_recommend() -> None:
    """GitHub: 6 pushes a minute for a repository. Beyond 360 machines not each has a turn in an hour."""
    for machines in (30, 370):
        assert simulate(machines).busiest < 6.7
