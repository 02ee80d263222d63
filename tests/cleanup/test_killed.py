"""Killed at any step, the next run finishes or takes back: nothing is ever lost, and nothing is left lying about."""

from collections.abc import Callable, Sequence

import pytest

from forksight.features.cleanup.interrupted import finish_interrupted
from tests.cleanup.fork_at_risk import ForkAtRisk
from tests.cleanup.killed import kill_points, killed_at
from tests.forks.sessions_repo import RecordedProgress

PARTS = 2  # the kill points are spread over as many tests, so that they can run side by side


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_clean_up_is_finished_or_taken_back(fork_at_risk: ForkAtRisk, part: int) -> None:
    points = kill_points(fork_at_risk.clean, fork_at_risk.backup)
    assert not fork_at_risk.is_there()
    left = _left_by_kills(fork_at_risk, points[part::PARTS], fork_at_risk.clean)
    assert left.count(True) >= 2, left
    assert left.count(False) >= 2, left


@pytest.mark.parametrize("part", range(PARTS))
def test_a_killed_restore_is_finished_or_taken_back(fork_at_risk: ForkAtRisk, part: int) -> None:
    def restore() -> None:
        fork_at_risk.forks_repo.restore(fork_at_risk.fork)

    fork_at_risk.clean()
    fork_at_risk.backup.take()
    points = kill_points(restore, fork_at_risk.backup)
    assert fork_at_risk.is_there()
    assert _left_by_kills(fork_at_risk, points[part::PARTS], restore).count(True) >= 2


def _left_by_kills(fork_at_risk: ForkAtRisk, points: Sequence[int], work: Callable[[], object]) -> list[bool]:
    """Whether the fork is there, whole, once the next run saw to what a kill at each of these points left."""
    left = []
    for number in points:
        fork_at_risk.backup.put_back()
        assert killed_at(number, work)
        fork_at_risk.forks_repo.finish_interrupted()
        left.append(fork_at_risk.is_there())
        if not left[-1]:
            fork_at_risk.forks_repo.restore(fork_at_risk.fork)
            assert fork_at_risk.is_there()
    return left


def test_nothing_goes_whose_copy_is_damaged_by_now(fork_at_risk: ForkAtRisk) -> None:
    """What is finished after a kill is read back first, however whole it was when it was written."""
    transcript, folder = (
        fork_at_risk.forks_repo.transcript(fork_at_risk.fork.id),
        fork_at_risk.forks_repo.repo.path / ".git/forksight/archive",
    )
    # What is damaged, and whether the transcript is there then.
    wanted = {("worktree", False), ("transcript", True), ("transcript", False)}
    for number in range(44, 70):
        assert killed_at(number, fork_at_risk.clean), wanted
        context, was_there = fork_at_risk.forks_repo.context(), transcript.exists()
        spoilt = next((what for what, there in wanted if there == was_there), "worktree")
        if context.ledger.view()[0].archives and fork_at_risk.fork.checkout.path.exists():
            (packed,) = folder.glob(f"*/{spoilt}.tar.gz")
            data = bytearray(packed.read_bytes())
            data[len(data) // 2] ^= 0xFF
            packed.write_bytes(data)
            # Without one it is taken back: it had not come so far.
            if problems := finish_interrupted(context, RecordedProgress()):
                assert packed.parent.name in problems[0].message
                wanted -= {(spoilt, was_there)}
            if transcript.exists():
                assert fork_at_risk.is_there()
            else:  # its copy is damaged: it can't come back, so that nothing more goes
                assert (spoilt, was_there) == ("transcript", False)
                assert fork_at_risk.fork.checkout.path.exists()
                assert packed.exists()
        if not wanted:
            return
        fork_at_risk.backup.put_back()
    raise AssertionError(wanted)


def test_killed_again_while_it_is_seen_to(fork_at_risk: ForkAtRisk) -> None:
    """Every third kill point of the clean-up, and each time one while that is mended."""
    points = kill_points(fork_at_risk.clean, fork_at_risk.backup)
    for number in points[::3]:
        fork_at_risk.backup.put_back()
        assert killed_at(number, fork_at_risk.clean)
        killed_at(number % 7, fork_at_risk.forks_repo.finish_interrupted)
        fork_at_risk.forks_repo.finish_interrupted()
        if not fork_at_risk.is_there():
            fork_at_risk.forks_repo.restore(fork_at_risk.fork)
            assert fork_at_risk.is_there()
