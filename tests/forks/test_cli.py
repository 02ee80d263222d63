"""Forking and resuming on the command line: documents, exit statuses, one sentence on stderr."""

import shlex

import pytest

from tests.command_line import document, refusal
from tests.forks.conftest import trace
from tests.forks.sessions_repo import SessionsRepo

SHAPE = {"version", "worktree", "branch", "baseline", "warnings", "problems"}


def test_fork_print_json(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    first = document(
        sessions_repo.cli("fork", "feature/pay", "--print", "--json", "--prompt", "do it", "--name", "Pay")
    )
    assert set(first) == {*SHAPE, "launch"}
    assert first["baseline"] == {"name": "payments", "generation": 1, "session": baseline_id}
    assert first["worktree"] == first["launch"]["cwd"] == f"{sessions_repo.repo.path}/.claude/worktrees/feature-pay"
    assert set(first["launch"]) == {"session", "title", "cwd", "argv", "env"}
    argv = first["launch"]["argv"]
    assert argv[argv.index("--resume") + 1] == baseline_id
    assert argv[argv.index("--session-id") + 1] == first["launch"]["session"]
    assert argv[argv.index("--name") + 1] == "Pay"
    assert argv[-1] == "do it"
    assert first["launch"]["env"]["CLAUDECODE"] is None
    again = document(sessions_repo.cli("fork", "feature/pay", "--print", "--json"), 1)
    assert again["launch"] is None
    assert [set(warning) for warning in again["warnings"]] == [{"code", "message"}]
    assert again["warnings"][0]["code"] == "fork-exists"
    third = document(sessions_repo.cli("fork", "feature/pay", "--print", "--json", "--again"))
    assert third["launch"]["session"] != first["launch"]["session"]


def test_fork_dry_run(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    before = trace(sessions_repo.repo)
    dry_run = document(sessions_repo.cli("fork", "x", "--dry-run", "--json"))
    assert set(dry_run) == {*SHAPE, "steps"}
    assert [step["action"] for step in dry_run["steps"]][-2:] == ["record-fork", "start-session"]
    assert all(set(step) == {"action", "detail"} for step in dry_run["steps"])
    output = sessions_repo.cli("fork", "x", "--dry-run")
    assert output.returncode == 0
    assert "Create branch x at" in output.stdout
    assert trace(sessions_repo.repo) == before


def test_the_printed_command_alone_is_on_stdout(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    done = sessions_repo.cli("fork", "x", "--print")
    (line,) = done.stdout.splitlines()
    assert shlex.split(line)[:3] == ["cd", f"{sessions_repo.repo.path}/.claude/worktrees/x", "&&"]
    shown = sessions_repo.cli("fork", "y")  # no tmux, no editor: the command is shown
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"cd {sessions_repo.repo.path}/.claude/worktrees/y && ")
    assert "Start it with:" in shown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("fork", ""),
        ("fork", "x", "--baseline", ""),
        ("fork", "x", "--name", ""),
        ("fork", "x", "--start-point", ""),
        ("fork", "x", "--prompt", ""),
        ("fork", "a..b"),
        ("fork", "--", "-x"),
        ("fork", "x", "--baseline", "nope"),
        ("fork", "x", "--start-point", "nope"),
        ("fork", "x", "--print", "--background"),
        ("resume", ""),
        ("resume", "nope"),
        ("baseline", "set", "", "--name", "payments"),
        ("baseline", "set", "nope", "--name", "payments"),
        ("baseline", "set", "payments"),
        ("fork", "x", "--nonsense"),
        ("baseline", "show", ""),
        ("baseline", "check", "nope"),
        ("baseline", "unset", "nope"),
    ],
)
@pytest.mark.parametrize("how", [(), ("--json",)])
def test_what_cannot_be_done_is_one_sentence(
    sessions_repo: SessionsRepo, baseline_id: str, arguments: tuple[str, ...], how: tuple[str, ...]
) -> None:
    before = trace(sessions_repo.repo)
    place = arguments.index("--") if "--" in arguments else len(arguments)
    assert refusal(sessions_repo.cli(*arguments[:place], *how, *arguments[place:])).startswith("forksight: ")
    assert trace(sessions_repo.repo) == before


def test_resume_json(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    launch = document(sessions_repo.cli("fork", "x", "--print", "--json"))["launch"]
    sessions_repo.fork_of(baseline_id, launch["session"], launch["cwd"], "x")
    resumed = document(sessions_repo.cli("resume", "x", "--print", "--json"))
    assert set(resumed) == {*SHAPE, "launch"}
    assert resumed["launch"]["argv"][1:] == ["--resume", launch["session"]]
    assert resumed["baseline"] == {"name": "payments", "generation": 1, "session": baseline_id}
    sessions_repo.session("another", cwd=launch["cwd"], branch="x", age=9000)
    assert document(sessions_repo.cli("resume", "x", "--print", "--json"))["warnings"][0]["code"] == "several-sessions"
    sessions_repo.run_in(launch["session"], launch["cwd"])
    live = document(sessions_repo.cli("resume", launch["session"], "--print", "--json"), 1)
    assert live["launch"] is None
    assert live["warnings"][0]["code"] == "session-live"


def test_people_get_sentences(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    for arguments, says in (
        (("baseline", "list"), "payments"),
        (("baseline", "show"), "generation 1 (current)"),
        (("baseline", "check"), "fit to fork from"),
        (("resume", "payments", "--print"), f"--resume {baseline_id}"),
        (("baseline", "unset"), "no longer a baseline"),
        (("baseline", "list"), "No baseline yet"),
    ):
        done = sessions_repo.cli(*arguments)
        assert done.returncode == 0, done.stderr
        assert says in done.stdout
        assert "\x1b" not in done.stdout + done.stderr


def test_damaged_transcripts_take_one_line(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    for title in ("one", "two"):
        with sessions_repo.transcript(sessions_repo.session(title)).open("ab") as file:
            file.write(b"\xff\n")
    for arguments in (("baseline", "list"), ("fork", "topic", "--dry-run"), ("resume", baseline_id, "--print")):
        assert (
            sessions_repo.cli(*arguments).stderr.count("could not be read in full: `forksight doctor` says which") == 1
        )
        assert "can't be read" not in sessions_repo.cli(*arguments).stderr
    assert sessions_repo.cli("tree").stderr.count("1 row of ") == 2
    assert sessions_repo.cli("doctor").stdout.count("1 row of ") == 2
    assert len(document(sessions_repo.cli("baseline", "list", "--json"))["problems"]) == 2
    with sessions_repo.transcript(baseline_id).open("ab") as file:
        file.write(b"\xff\n")
    stderr = sessions_repo.cli("baseline", "check").stderr  # what it is about is told in full
    assert f"1 row of {sessions_repo.transcript(baseline_id)} can't be read" in stderr
    assert "2 transcripts could not be read" in stderr
