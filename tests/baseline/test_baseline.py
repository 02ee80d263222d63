"""Baselines: marked, listed, checked, unset; their copies; their names."""

import re
import shlex
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from forksight.core.problems import LedgerError, UsageError
from forksight.core.store.copies import Copy
from forksight.core.store.ledger import Baseline, Generation
from forksight.features.baseline import baselines
from tests.forks.conftest import write
from tests.forks.stage import DAY, Stage


def codes(report: baselines.Report) -> list[str]:
    return [warning.code for warning in report.warnings]


def test_marking_notes_the_commit_and_keeps_a_copy(stage: Stage) -> None:
    session = stage.session()
    known = stage.repo.git("rev-parse", "HEAD")
    report = baselines.mark(stage.context(), session, "payments")
    assert codes(report) == []
    (standing,) = report.standings
    assert standing.baseline == Baseline(
        "payments", 1, (Generation(1, session, known, standing.baseline.generation.created),)
    )
    assert standing.node is not None
    assert standing.copy is not None
    assert standing.copy.size == stage.transcript(session).stat().st_size
    assert standing.expiry is not None
    assert standing.expiry.days == 29
    (mark,) = [node.baseline for node in baselines.fork_tree(stage.context()).nodes]
    assert mark is not None
    assert (mark.name, mark.generation, mark.current) == ("payments", 1, True)


def test_a_copy_that_is_not_recorded_yet_is_no_sign_of_a_lost_ledger(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, context, views = stage.session(), stage.context(), []
    keep = context.vault.keep

    def keep_and_be_seen(*arguments: Any) -> Copy:
        copy = keep(*arguments)
        views.append(stage.context().ledger.view())  # another process looks right now
        return copy

    monkeypatch.setattr(context.vault, "keep", keep_and_be_seen)
    (standing,) = baselines.mark(context, session, "payments").standings
    ((before, problems),) = views
    assert (before.baselines, problems) == ((), ())
    assert stage.context().ledger.view()[0].baselines == (standing.baseline,)


def test_by_beginning_and_by_title(stage: Stage) -> None:
    session = stage.session("the payment service")
    baselines.mark(stage.context(), session[:6], "payments")
    baselines.unmark(stage.context(), None)
    baselines.mark(stage.context(), "the payment service", "payments")
    assert stage.context().ledger.view()[0].generations.keys() == {session}


@pytest.mark.parametrize(("session", "name"), [("", "x"), ("x", ""), ("x", " "), ("nope", "payments"), ("abc", "-rf")])
def test_what_cannot_be_marked(stage: Stage, session: str, name: str) -> None:
    stage.session()
    with pytest.raises(UsageError):
        baselines.mark(stage.context(), session, name)
    assert stage.context().ledger.view()[0].baselines == ()
    assert not (stage.repo.path / ".git" / "forksight").exists()


def test_marking_again_learns_what_is_new(stage: Stage, warm: str) -> None:
    before = stage.context().ledger.view()[0].baselines
    stage.mark(warm)
    assert stage.context().ledger.view()[0].baselines == before
    with stage.transcript(warm).open("a") as stream:
        stream.write('{"type":"custom-title","customTitle":"payments","sessionId":"x"}\n')
    stage.mark(warm)
    copy = stage.context().vault.find(warm)
    assert copy is not None
    assert copy.size == stage.transcript(warm).stat().st_size


def test_a_name_or_session_that_is_taken(stage: Stage, warm: str) -> None:
    other = stage.session("search")
    with pytest.raises(UsageError, match="is another session"):
        baselines.mark(stage.context(), other, "payments")
    with pytest.raises(UsageError, match="is the baseline payments already"):
        baselines.mark(stage.context(), warm, "again")


def test_the_command_that_frees_a_name_can_be_pasted(stage: Stage, warm: str) -> None:
    name = "shop's core; v2"
    other = stage.session("other")
    baselines.mark(stage.context(), other, name)
    for session, wanted in ((warm, name), (other, "new name")):
        with pytest.raises(UsageError) as refused:
            baselines.mark(stage.context(), session, wanted)
        (command,) = re.findall("`(.*)`", refused.value.fix or "")
        assert shlex.split(command) == ["forksight", "baseline", "unset", name]


def test_a_vague_name_is_questioned_and_a_better_one_offered(stage: Stage) -> None:
    report = baselines.mark(stage.context(), stage.session("the payment service"), "test")
    assert codes(report) == ["vague-name"]
    assert "payment-service-baseline" in report.warnings[0].message


def test_a_better_name_comes_from_whatever_the_session_tells(stage: Stage) -> None:
    session = stage.session("test", reads=("shop/till.py", "shop/basket.py", "README"))
    report = baselines.mark(stage.context(), session, "test")
    assert "“shop-baseline”" in report.warnings[0].message  # its title and first prompt say no more than its name


def test_doubts_are_said_at_marking_and_by_check(stage: Stage) -> None:
    session = stage.session(edits=2)
    assert codes(baselines.mark(stage.context(), session, "payments")) == ["edits"]
    result = baselines.check(stage.context(), None)
    assert not result.fit
    (reason,) = result.reasons
    assert reason.code == "edits"
    assert [stage.rows(session)[row - 1]["message"]["content"][0]["name"] for row in reason.rows] == ["Edit", "Edit"]


def test_a_fit_one(stage: Stage, warm: str) -> None:
    assert baselines.check(stage.context(), "payments").fit


def test_which_one_is_meant(stage: Stage) -> None:
    assert baselines.survey(stage.context()).standings == ()
    for action in (baselines.show, baselines.check, baselines.unmark):
        with pytest.raises(UsageError, match="no baseline yet"):
            action(stage.context(), None)
    stage.mark(stage.session("payments"), "payments")
    stage.mark(stage.session("search"), "search")
    assert [standing.baseline.name for standing in baselines.survey(stage.context()).standings] == [
        "payments",
        "search",
    ]
    with pytest.raises(UsageError) as raised:
        baselines.show(stage.context(), None)
    assert raised.value.sentence == "there are several baselines: name one of: payments, search"
    with pytest.raises(UsageError, match="is empty"):
        baselines.show(stage.context(), "")
    assert baselines.show(stage.context(), "search").standings[0].baseline.name == "search"


def test_its_forks_are_counted(stage: Stage, warm: str) -> None:
    stage.fork("x")
    outcome = stage.fork("y")
    stage.fork_of(warm, outcome.launch.session, outcome.launch.cwd, "y")
    assert baselines.show(stage.context(), None).standings[0].forks == 2


def test_unsetting_keeps_the_session_and_the_last_copy(stage: Stage, warm: str) -> None:
    stage.fork("x")
    assert codes(baselines.unmark(stage.context(), "payments")) == []
    view, _ = stage.context().ledger.view()
    assert view.baselines == ()
    assert len(view.forks) == 1
    assert stage.context().vault.find(warm) is None
    assert stage.transcript(warm).exists()
    stage.mark(warm)
    stage.transcript(warm).unlink()
    assert codes(baselines.unmark(stage.context(), None)) == ["last-copy"]
    assert stage.context().vault.find(warm) is not None


def test_what_claude_code_deleted_or_will_delete(stage: Stage) -> None:
    session = stage.session(age=27 * DAY)
    stage.mark(session)
    report = baselines.survey(stage.context())
    assert codes(report) == ["baseline-expires"]
    assert "in 2 days" in report.warnings[0].message
    write(stage.repo, ".claude/settings.json", '{"cleanupPeriodDays": 100}')
    assert codes(baselines.survey(stage.context())) == []
    stage.transcript(session).unlink()
    report = baselines.survey(stage.context())
    assert codes(report) == ["transcript-gone"]
    assert report.standings[0].node is None
    assert "“payments”" in stage.cli("baseline", "show").stdout
    stage.context().vault.drop(session)
    assert (
        "The transcript of payments is not there any more, and there is no copy" in stage.cli("baseline", "list").stderr
    )
    assert not baselines.check(stage.context(), None).fit


def test_a_lost_ledger_gets_its_baselines_back_from_the_copies(stage: Stage, warm: str) -> None:
    path = Path(stage.repo.path, ".git", "forksight", "ledger.db")
    known = stage.context().ledger.view()[0].baselines
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else its write-ahead log alone brings everything back
    other.close()
    path.write_bytes(b"not a database, whatever its name says, and longer than a header of sixteen bytes")
    view, problems = stage.context().ledger.view()
    assert view.baselines == known
    assert [problem.code for problem in problems] == ["ledger-set-aside"]
    assert stage.fork("x").launch.argv[2] == warm


def test_a_ledger_that_cannot_be_written_leaves_no_copy(stage: Stage) -> None:
    session = stage.session()
    (stage.repo.path / ".git" / "forksight" / "ledger.db").mkdir(parents=True)
    with pytest.raises(LedgerError):
        baselines.mark(stage.context(), session, "payments")
    assert stage.context().vault.copies() == ((), ())


def test_a_session_must_be_named(stage: Stage) -> None:
    with pytest.raises(UsageError) as raised:
        baselines.mark(stage.context(), "", "payments")
    assert raised.value.sentence == "the session is empty: name one: `forksight tree` lists them"
