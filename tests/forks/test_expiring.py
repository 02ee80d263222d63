"""What Claude Code is about to delete is said: by the tree, by doctor, and only of what somebody would miss."""

from pathlib import Path

import pytest

from forksight.core.claude_settings import ClaudeSettings, expiry, merge
from forksight.core.overlaps import Conflicts
from forksight.features.expiring import expiring
from forksight.features.settle import settled_tree
from forksight.features.status import status
from tests.forks.conftest import write
from tests.forks.stage import DAY, Stage


def told(stage: Stage) -> list[str]:
    context = stage.context()
    return [problem.message for problem in expiring(context, settled_tree(context))]


def test_baselines_and_forks_and_nothing_else(stage: Stage) -> None:
    baseline = stage.session(age=26.5 * DAY)
    stage.session("nobody's", age=28 * DAY)
    stage.mark(baseline)
    fork = stage.fork("x").launch
    stage.fork_of(baseline, fork.session, fork.cwd, "x", age=29.5 * DAY)
    assert [message.split(":")[0] for message in told(stage)] == [
        "Claude Code deletes the transcript of the baseline payments in 3 days",
        "Claude Code deletes the transcript of the fork “x” at its next start",
    ]
    for command in ("tree", "doctor"):
        done = stage.cli(command)
        assert "the baseline payments in 3 days" in done.stdout + done.stderr, command
    write(stage.repo, ".claude/settings.json", '{"cleanupPeriodDays": 90}')
    assert told(stage) == []


def test_a_baseline_that_is_deleted_already(stage: Stage, warm: str) -> None:
    stage.transcript(warm).unlink()
    said = "Claude Code deleted the transcript of payments: our copy is put back at the next fork."
    assert told(stage) == [said]
    for command in ("tree", "doctor"):
        done = stage.cli(command)
        assert said in done.stdout + done.stderr, command
    assert "(deleted by Claude Code)" in stage.cli("baseline", "list").stdout
    stage.fork("x")
    assert told(stage) == []


def test_the_status_tells_of_the_fork_here(stage: Stage, warm: str) -> None:
    fork = stage.fork("x").launch
    stage.fork_of(warm, fork.session, fork.cwd, "x", age=29.5 * DAY)
    context = stage.context(Path(fork.cwd))
    shown = status(context, settled_tree(context), context.here, Conflicts())
    assert "the transcript of the fork “x” at its next start" in shown.tooltip


@pytest.mark.parametrize(
    ("layers", "days", "linked"),
    [
        ([], 30, ()),
        ([{"cleanupPeriodDays": 5}, {"cleanupPeriodDays": 9}], 5, ()),
        (
            [
                {"cleanupPeriodDays": "many"},
                {"cleanupPeriodDays": True},
                {"cleanupPeriodDays": -1},
                {"cleanupPeriodDays": 9},
            ],
            9,
            (),
        ),
        ([{"worktree": {"symlinkDirectories": ["a", 5, "a", "b"]}}], 30, ("a", "b")),
        ([{"worktree": "nonsense"}, {"worktree": {"symlinkDirectories": "a"}}], 30, ()),
    ],
)
def test_the_strongest_setting_counts(layers: list[dict[str, object]], days: int, linked: tuple[str, ...]) -> None:
    assert merge(layers) == ClaudeSettings(days, linked)


def test_when_it_goes() -> None:
    end = expiry(0.0, ClaudeSettings(30), 24 * DAY)
    assert (end.at, end.days, end.soon) == (30 * DAY, 6, True)
    assert expiry(0.0, ClaudeSettings(30), 40 * DAY).days == 0
    assert not expiry(0.0, ClaudeSettings(30), 0.0).soon


def test_settings_that_cannot_be_read_are_said_and_never_changed(stage: Stage, warm: str) -> None:
    path = write(stage.repo, ".claude/settings.json", "{broken")
    settings, problems = stage.context().claude.settings(str(stage.repo.path))
    assert settings == ClaudeSettings()
    assert [problem.code for problem in problems] == ["claude-settings"]
    assert [problem.code for problem in stage.fork("x").proposal.problems] == ["claude-settings"]
    assert path.read_text() == "{broken"
