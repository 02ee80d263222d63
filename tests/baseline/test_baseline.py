"""Baselines: marked, listed, checked, unset; their copies; their names."""

import os
import re
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from forksight.core.baseline.standing import Report
from forksight.core.problems import ForksightError, LedgerError, UsageError
from forksight.core.store.copies import Copy
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline import baselines
from forksight.features.sessions.tree import fork_tree
from tests.forks.conftest import write
from tests.forks.sessions_repo import DAY, SessionsRepo
from tests.permissions import unreadable


def codes(report: Report) -> list[str]:
    return [warning.code for warning in report.warnings]


def test_marking_notes_the_commit_and_keeps_a_copy(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session()
    known = sessions_repo.repo.git("rev-parse", "HEAD")
    report = baselines.mark(sessions_repo.context(), session, "payments")
    assert codes(report) == []
    (standing,) = report.standings
    assert standing.baseline == Baseline(
        "payments", 1, (Generation(1, session, known, standing.baseline.generation.created),)
    )
    assert standing.node is not None
    assert standing.copy is not None
    assert standing.copy.size == sessions_repo.transcript(session).stat().st_size
    assert standing.expiry is not None
    assert standing.expiry.days == 29
    (mark,) = [node.baseline for node in fork_tree(sessions_repo.context()).nodes]
    assert mark is not None
    assert (mark.name, mark.generation, mark.current) == ("payments", 1, True)


def test_a_copy_that_is_not_recorded_yet_is_no_sign_of_a_lost_ledger(
    sessions_repo: SessionsRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, context, views = sessions_repo.session(), sessions_repo.context(), []
    keep = context.vault.keep

    def keep_and_be_seen(*arguments: Any) -> Copy:
        copy = keep(*arguments)
        views.append(sessions_repo.context().ledger.view())  # another process looks right now
        return copy

    monkeypatch.setattr(context.vault, "keep", keep_and_be_seen)
    (standing,) = baselines.mark(context, session, "payments").standings
    ((before, problems),) = views
    assert (before.baselines, problems) == ((), ())
    assert sessions_repo.context().ledger.view()[0].baselines == (standing.baseline,)


def test_by_beginning_and_by_title(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session("the payment service")
    baselines.mark(sessions_repo.context(), session[:6], "payments")
    baselines.unmark(sessions_repo.context(), None)
    baselines.mark(sessions_repo.context(), "the payment service", "payments")
    assert sessions_repo.context().ledger.view()[0].generations.keys() == {session}


@pytest.mark.parametrize(("session", "name"), [("", "x"), ("x", ""), ("x", " "), ("nope", "payments"), ("abc", "-rf")])
def test_what_cannot_be_marked(sessions_repo: SessionsRepo, session: str, name: str) -> None:
    sessions_repo.session()
    with pytest.raises(UsageError):
        baselines.mark(sessions_repo.context(), session, name)
    assert sessions_repo.context().ledger.view()[0].baselines == ()
    assert not (sessions_repo.repo.path / ".git" / "forksight").exists()


def test_marking_again_learns_what_is_new(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    before = sessions_repo.context().ledger.view()[0].baselines
    sessions_repo.mark(baseline_id)
    assert sessions_repo.context().ledger.view()[0].baselines == before
    with sessions_repo.transcript(baseline_id).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payments","sessionId":"x"}\n')
    sessions_repo.mark(baseline_id)
    copy = sessions_repo.context().vault.find(baseline_id)
    assert copy is not None
    assert copy.size == sessions_repo.transcript(baseline_id).stat().st_size


def test_a_name_or_session_that_is_taken(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    other = sessions_repo.session("search")
    with pytest.raises(UsageError, match="is another session"):
        baselines.mark(sessions_repo.context(), other, "payments")
    with pytest.raises(UsageError, match="is the baseline payments already"):
        baselines.mark(sessions_repo.context(), baseline_id, "again")


def test_the_command_that_frees_a_name_can_be_pasted(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    name = "shop's core; v2"
    other = sessions_repo.session("other")
    baselines.mark(sessions_repo.context(), other, name)
    for session, wanted in ((baseline_id, name), (other, "new name")):
        with pytest.raises(UsageError) as refused:
            baselines.mark(sessions_repo.context(), session, wanted)
        (command,) = re.findall("`(.*)`", refused.value.fix or "")
        assert shlex.split(command) == ["forksight", "baseline", "unset", name]


def test_a_vague_name_is_questioned_and_a_better_one_offered(sessions_repo: SessionsRepo) -> None:
    report = baselines.mark(sessions_repo.context(), sessions_repo.session("the payment service"), "test")
    assert codes(report) == ["vague-name"]
    assert "payment-service-baseline" in report.warnings[0].message


def test_a_better_name_comes_from_whatever_the_session_tells(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session("test", reads=("shop/till.py", "shop/basket.py", "README"))
    report = baselines.mark(sessions_repo.context(), session, "test")
    assert "“shop-baseline”" in report.warnings[0].message  # its title and first prompt say no more than its name


def test_doubts_are_said_at_marking_and_by_check(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session(edits=2)
    assert codes(baselines.mark(sessions_repo.context(), session, "payments")) == ["edits"]
    result = baselines.check(sessions_repo.context(), None)
    assert not result.fit
    (reason,) = result.reasons
    assert reason.code == "edits"
    assert [sessions_repo.rows(session)[row - 1]["message"]["content"][0]["name"] for row in reason.rows] == [
        "Edit",
        "Edit",
    ]


def test_a_fit_one(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    assert baselines.check(sessions_repo.context(), "payments").fit


def test_which_one_is_meant(sessions_repo: SessionsRepo) -> None:
    assert baselines.survey(sessions_repo.context()).standings == ()
    for action in (baselines.show, baselines.check, baselines.unmark):
        with pytest.raises(UsageError, match="no baseline yet"):
            action(sessions_repo.context(), None)
    sessions_repo.mark(sessions_repo.session("payments"), "payments")
    sessions_repo.mark(sessions_repo.session("search"), "search")
    assert [standing.baseline.name for standing in baselines.survey(sessions_repo.context()).standings] == [
        "payments",
        "search",
    ]
    with pytest.raises(UsageError) as raised:
        baselines.show(sessions_repo.context(), None)
    assert raised.value.sentence == "there are several baselines: name one of: payments, search"
    with pytest.raises(UsageError, match="is empty"):
        baselines.show(sessions_repo.context(), "")
    assert baselines.show(sessions_repo.context(), "search").standings[0].baseline.name == "search"


def test_its_forks_are_counted(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.fork("x")
    outcome = sessions_repo.fork("y")
    sessions_repo.fork_of(baseline_id, outcome.launch.session, outcome.launch.cwd, "y")
    assert baselines.show(sessions_repo.context(), None).standings[0].forks == 2


def test_unsetting_keeps_the_session_and_the_last_copy(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.fork("x")
    assert codes(baselines.unmark(sessions_repo.context(), "payments")) == []
    view, _ = sessions_repo.context().ledger.view()
    assert view.baselines == ()
    assert len(view.forks) == 1
    assert sessions_repo.context().vault.find(baseline_id) is None
    assert sessions_repo.transcript(baseline_id).exists()
    sessions_repo.mark(baseline_id)
    sessions_repo.transcript(baseline_id).unlink()
    assert codes(baselines.unmark(sessions_repo.context(), None)) == ["last-copy"]
    assert sessions_repo.context().vault.find(baseline_id) is not None


def test_unsetting_keeps_the_copy_that_has_more_than_the_transcript(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    path = sessions_repo.transcript(baseline_id)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n", len(whole) // 2) + 1])
    report = baselines.unmark(sessions_repo.context(), None)
    assert codes(report) == ["last-copy"]
    path.unlink()
    sessions_repo.context().vault.restore(baseline_id, str(path.parents[1]))
    assert path.read_bytes() == whole


def test_an_earlier_copy_that_no_index_tells_of_is_named(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    context = sessions_repo.context()
    copy = context.vault.find(baseline_id)
    assert copy is not None
    Path(context.vault.folder, f"{baseline_id}.json").write_text("{")
    path = sessions_repo.transcript(baseline_id)
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    baselines.survey(context)
    report = sessions_repo.cli("doctor").stdout
    assert f"! copies      {copy.archive} is an earlier copy of a transcript" in report


@pytest.mark.permissions
@pytest.mark.parametrize("folder", [False, True], ids=["transcript", "folder"])
def test_a_baseline_that_cannot_be_read_is_not_deleted(
    sessions_repo: SessionsRepo, baseline_id: str, folder: bool
) -> None:
    path = sessions_repo.transcript(baseline_id)
    closed = path.parent if folder else path
    os.utime(path)  # else it is known as it was
    with unreadable(closed):
        listed = baselines.survey(sessions_repo.context())
        tree = sessions_repo.cli("tree").stderr
        doctor = sessions_repo.cli("doctor").stdout
        with pytest.raises(ForksightError, match="not all transcripts can be read"):
            sessions_repo.fork("x")
    assert codes(listed) == []
    assert [problem.path for problem in listed.problems] == [str(closed)]
    assert "not there any more" not in tree + doctor
    assert f"{closed} can't be" in doctor
    assert sessions_repo.fork("x").proposal.launch is not None


@pytest.mark.permissions
def test_a_deleted_baseline_is_put_back_though_another_project_cannot_be_read(
    sessions_repo: SessionsRepo, baseline_id: str
) -> None:
    path = sessions_repo.transcript(baseline_id)
    path.unlink()
    closed = path.parents[1] / "-another"
    closed.mkdir(0)
    warnings = sessions_repo.fork("x").proposal.warnings
    assert [warning.code for warning in warnings] == ["transcript-restored"]
    assert path.exists()


def test_a_copy_that_cannot_be_read_is_not_taken_for_none(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.transcript(baseline_id).unlink()
    Path(sessions_repo.context().vault.folder, f"{baseline_id}.json").write_text("{")
    (warning,) = baselines.survey(sessions_repo.context()).warnings
    assert "our copy can't be read" in warning.message
    with pytest.raises(ForksightError, match="our copy of it can't be used"):
        sessions_repo.fork("x")


def test_what_claude_code_deleted_or_will_delete(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session(age=27 * DAY)
    sessions_repo.mark(session)
    report = baselines.survey(sessions_repo.context())
    assert codes(report) == ["baseline-expires"]
    assert "in 2 days" in report.warnings[0].message
    write(sessions_repo.repo, ".claude/settings.json", '{"cleanupPeriodDays": 100}')
    assert codes(baselines.survey(sessions_repo.context())) == []
    sessions_repo.transcript(session).unlink()
    report = baselines.survey(sessions_repo.context())
    assert codes(report) == ["transcript-gone"]
    assert report.standings[0].node is None
    assert "“payments”" in sessions_repo.cli("baseline", "show").stdout
    sessions_repo.remove_copy(session)
    assert (
        "The transcript of payments is not there any more, and there is no copy"
        in sessions_repo.cli("baseline", "list").stderr
    )
    assert not baselines.check(sessions_repo.context(), None).fit


def test_a_lost_ledger_gets_its_baselines_back_from_the_copies(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    path = Path(sessions_repo.repo.path, ".git", "forksight", "ledger.db")
    known = sessions_repo.context().ledger.view()[0].baselines
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else its write-ahead log alone brings everything back
    other.close()
    path.write_bytes(b"not a database, whatever its name says, and longer than a header of sixteen bytes")
    view, problems = sessions_repo.context().ledger.view()
    assert view.baselines == known
    assert [problem.code for problem in problems] == ["ledger-set-aside"]
    assert sessions_repo.fork("x").launch.argv[2] == baseline_id


def test_a_ledger_that_cannot_be_written_leaves_no_copy(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session()
    (sessions_repo.repo.path / ".git" / "forksight" / "ledger.db").mkdir(parents=True)
    with pytest.raises(LedgerError):
        baselines.mark(sessions_repo.context(), session, "payments")
    assert sessions_repo.context().vault.copies() == ((), ())


def test_a_session_must_be_named(sessions_repo: SessionsRepo) -> None:
    with pytest.raises(UsageError) as raised:
        baselines.mark(sessions_repo.context(), "", "payments")
    assert raised.value.sentence == "the session is empty: name one: `forksight tree` lists them"
