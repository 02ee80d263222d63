"""What Claude Code is about to delete is said: by the tree, by doctor, and only of what somebody would miss."""

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forksight.core.claude.settings import ClaudeSettings, expiry, merge
from forksight.core.overlaps.overlap import Conflicts
from forksight.core.sessions.session import Evidence, Rows, Session, Tokens
from forksight.features.sessions.expiring import expiring
from forksight.features.sessions.settle import settled_tree
from forksight.features.status import status
from tests.forks.conftest import write
from tests.forks.sessions_repo import DAY, SessionsRepo


def messages(sessions_repo: SessionsRepo) -> list[str]:
    context = sessions_repo.context()
    return [problem.message for problem in expiring(context, settled_tree(context))]


def test_baselines_and_forks_and_nothing_else(sessions_repo: SessionsRepo) -> None:
    baseline = sessions_repo.session(age=26.5 * DAY)
    sessions_repo.session("nobody's", age=28 * DAY)
    sessions_repo.mark(baseline)
    fork = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline, fork.session, fork.cwd, "x", age=29.5 * DAY)
    assert [message.split(":")[0] for message in messages(sessions_repo)] == [
        "Claude Code deletes the transcript of the baseline payments in 3 days",
        "Claude Code deletes the transcript of the fork “x” at its next start",
    ]
    for command in ("tree", "doctor"):
        done = sessions_repo.cli(command)
        assert "the baseline payments in 3 days" in done.stdout + done.stderr, command
    write(sessions_repo.repo, ".claude/settings.json", '{"cleanupPeriodDays": 90}')
    assert messages(sessions_repo) == []


def test_a_baseline_that_is_deleted_already(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.transcript(baseline_id).unlink()
    said = "The transcript of payments is not there any more: our copy is put back at the next fork."
    assert messages(sessions_repo) == [said]
    for command in ("tree", "doctor"):
        done = sessions_repo.cli(command)
        assert said in done.stdout + done.stderr, command
    assert "(deleted by Claude Code)" in sessions_repo.cli("baseline", "list").stdout
    sessions_repo.fork("x")
    assert messages(sessions_repo) == []


def test_doctor_reads_the_copies(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    """A copy that would not do is no comfort: whether it can be made anew, or the session is lost."""
    assert "✓ copies      1 whole copy of a transcript\n" in sessions_repo.cli("doctor").stdout
    folder = sessions_repo.repo.path / ".git" / "forksight" / "transcripts"
    (archive,), (index,) = folder.glob("*.tar.gz"), folder.glob("*.json")
    whole, listed = archive.read_bytes(), index.read_bytes()
    damages: dict[str, Callable[[], object]] = {
        f"{archive} is damaged": lambda: archive.write_bytes(whole[:200] + b"xxxx" + whole[204:]),
        f"{archive} is damaged ": lambda: archive.write_bytes(whole[:-100]),
        f"{archive} is missing": archive.unlink,
        f"{index} can't be read": lambda: index.write_bytes(b"{"),
    }
    for why, damage in damages.items():
        path = sessions_repo.transcript(baseline_id)
        kept = path.read_bytes()
        damage()
        lines = sessions_repo.cli("doctor").stdout.splitlines()
        (number,) = (
            number for number, line in enumerate(lines) if "copies      our copy of the transcript of " in line
        )
        assert lines[number].startswith("! copies ")
        # Without its index, the archive is no copy any more.
        earlier = f"! copies      {archive} is an earlier copy of a transcript"
        assert any(line.startswith(earlier) for line in lines) == why.startswith(f"{index} ")
        assert lines[number].endswith(f" is of no use: {why.rstrip()}")
        path.unlink()
        lost = sessions_repo.cli("doctor").stdout
        assert f"is of no use: {why.rstrip()}, and the original is not there any more\n" in lost
        assert "fix: get that file back from a backup, or mark another session" in lost
        assert "put back at the next fork" not in lost
        path.write_bytes(kept)
        remedy = lines[number + 1].partition("fix: run `")[2].partition("`")[0]
        subprocess.run(shlex.split(remedy), check=True)
        assert sessions_repo.cli("baseline", "list").returncode == 0
        assert "✓ copies " in sessions_repo.cli("doctor").stdout, why
        archive.write_bytes(whole)
        index.write_bytes(listed)


def test_the_status_tells_of_the_fork_here(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    fork = sessions_repo.fork("x").launch
    sessions_repo.fork_of(baseline_id, fork.session, fork.cwd, "x", age=29.5 * DAY)
    context = sessions_repo.context(Path(fork.cwd))
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
        ([{"cleanupPeriodDays": 0, "worktree": {"symlinkDirectories": ["a"]}}, {"cleanupPeriodDays": 9}], 9, ()),
        ([{"cleanupPeriodDays": 10**30}], 36_500, ()),
        ([{"worktree": {"symlinkDirectories": ["a", 5, "a", "b"]}}], 30, ("a", "b")),
        ([{"worktree": "nonsense"}, {"worktree": {"symlinkDirectories": "a"}}], 30, ()),
    ],
)
def test_the_strongest_setting_counts(layers: list[dict[str, object]], days: int, linked: tuple[str, ...]) -> None:
    assert merge(layers) == ClaudeSettings(days, linked)


def session(*, exempt_from_cleanup: bool = False) -> Session:
    """A session that was last written to at the epoch."""
    nothing = Rows(), Tokens(), Tokens()
    return Session(
        "s", "/s.jsonl", "s", False, "/", None, None, Evidence.NONE, 0.0, 0.0, 0.0, *nothing, exempt_from_cleanup
    )


def test_when_it_goes() -> None:
    end = expiry(session(), ClaudeSettings(30), 24 * DAY)
    assert end is not None
    assert (end.at, end.days, end.soon) == (30 * DAY, 6, True)
    late, early = (expiry(session(), ClaudeSettings(30), now) for now in (40 * DAY, 0.0))
    assert late is not None
    assert late.days == 0
    assert early is not None
    assert not early.soon


def test_what_the_desktop_app_wrote_never_goes() -> None:
    assert expiry(session(exempt_from_cleanup=True), ClaudeSettings(30), 400 * DAY) is None


def test_a_file_that_claude_code_refuses_sets_nothing(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    path = write(
        sessions_repo.repo,
        ".claude/settings.json",
        '{"cleanupPeriodDays": 0, "worktree": {"symlinkDirectories": ["a"]}}',
    )
    settings, problems = sessions_repo.context().claude.settings(str(sessions_repo.repo.path))
    assert settings == ClaudeSettings()
    assert [(problem.code, problem.path) for problem in problems] == [("claude-settings", str(path))]
    assert "cleanupPeriodDays below 1" in problems[0].message


def test_settings_that_cannot_be_read_are_said_and_never_changed(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    path = write(sessions_repo.repo, ".claude/settings.json", "{broken")
    settings, problems = sessions_repo.context().claude.settings(str(sessions_repo.repo.path))
    assert settings == ClaudeSettings()
    assert [problem.code for problem in problems] == ["claude-settings"]
    assert [problem.code for problem in sessions_repo.fork("x").proposal.problems] == ["claude-settings"]
    assert path.read_text() == "{broken"
