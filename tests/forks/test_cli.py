"""The command line's contract: documents, exit statuses, one sentence on stderr."""

import json
import os
import re
import shlex
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.forks.conftest import trace
from tests.forks.sessions_repo import SessionsRepo

SHAPE = {"version", "worktree", "branch", "baseline", "warnings", "problems"}


def document(done: "subprocess.CompletedProcess[str]", status: int = 0) -> dict[str, Any]:
    assert done.returncode == status, done.stderr
    document = json.loads(done.stdout)
    assert document["version"] == 1
    return dict(document)


def refusal(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


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


def test_the_life_of_a_baseline(sessions_repo: SessionsRepo) -> None:
    session = sessions_repo.session("the payment service")
    marked = document(sessions_repo.cli("baseline", "set", session[:7], "--name", "test", "--json"))
    assert marked["baseline"]["session"] == session
    assert [warning["code"] for warning in marked["warnings"]] == ["vague-name"]
    assert marked["problems"] == []
    listed = document(sessions_repo.cli("baseline", "list", "--json"))
    assert [baseline["name"] for baseline in listed["baselines"]] == ["test"]
    assert document(sessions_repo.cli("baseline", "show", "--json"))["baseline"] == listed["baselines"][0]
    checked = document(sessions_repo.cli("baseline", "check", "test", "--json"))
    assert (checked["fit"], checked["reasons"]) == (True, [])
    assert document(sessions_repo.cli("baseline", "unset", "--json"))["baseline"]["name"] == "test"
    assert document(sessions_repo.cli("baseline", "list", "--json"))["baselines"] == []


def test_an_unfit_baseline_is_exit_status_1(sessions_repo: SessionsRepo) -> None:
    sessions_repo.mark(sessions_repo.session(edits=3))
    checked = document(sessions_repo.cli("baseline", "check", "--json"), 1)
    assert checked["fit"] is False
    (reason,) = checked["reasons"]
    assert reason["code"] == "edits"
    assert len(reason["rows"]) == 3
    output = sessions_repo.cli("baseline", "check")
    assert output.returncode == 1
    assert "rows" in output.stdout


def test_people_get_sentences(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    for arguments, says in (
        (("baseline", "list"), "payments"),
        (("baseline", "show"), "generation 1 (current)"),
        (("baseline", "check"), "fit to fork from"),
        (("resume", "payments", "--print"), f"--resume {baseline_id}"),
        (("baseline", "unset"), "no baseline any more"),
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


def test_the_tree_counts_breaks_apart(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.commit({"util.py": "def charge(amount):\n    return amount\n"})
    edits = {
        "a": {"util.py": "def charge(amount, account):\n    return amount\n"},
        "b": {"new.py": "from util import charge\n\ncharge(1)\n"},
    }
    for name, files in edits.items():
        fork = sessions_repo.fork(name).launch
        sessions_repo.fork_of(baseline_id, fork.session, fork.cwd, name)
        for path, text in files.items():
            (Path(fork.cwd) / path).write_text(text)
    lines = [line for line in sessions_repo.cli("tree").stdout.splitlines() if "○" in line]
    assert ["1 break" in line for line in lines] == [False, True, True]
    assert not any("conflicts with" in line for line in lines)


def test_the_tree_tells_who_conflicts_and_who_shares_a_worktree(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    places = {}
    for name in ("a", "b"):
        fork = sessions_repo.fork(name).launch
        sessions_repo.fork_of(baseline_id, fork.session, fork.cwd, name)
        places[name] = fork
        (Path(fork.cwd) / "app.py").write_text(f"{name}\n")
    lines = sessions_repo.cli("tree").stdout.splitlines()
    assert [line.partition("conflicts with ")[2][:1] for line in lines if "○" in line] == ["", "b", "a"]
    again = sessions_repo.fork("a", again=True).launch
    sessions_repo.fork_of(baseline_id, again.session, again.cwd, "a")
    with sessions_repo.another_process() as first, sessions_repo.another_process() as second:
        sessions_repo.run_in(places["a"].session, again.cwd, pid=first)
        sessions_repo.run_in(again.session, again.cwd, pid=second)
        problems = document(sessions_repo.cli("tree", "--json"))["problems"]
    assert [(problem["code"], problem["path"]) for problem in problems] == [("shared-worktree", again.cwd)]


def test_a_list_of_baselines_is_a_table(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    other = sessions_repo.session("the whole of the search engine")
    sessions_repo.mark(other, "search-with-a-name-that-goes-on-and-on-and-on")
    head, first, second = sessions_repo.cli("baseline", "list").stdout.splitlines()
    assert [line.index(part) for line, part in ((head, "id"), (first, baseline_id), (second, other))] == [
        head.index("id")
    ] * 3
    sessions_repo.env |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    lines = re.sub(r"\x1b\[[0-9;]*m", "", sessions_repo.cli("baseline", "list").stdout).splitlines()
    assert [line.split()[-4:-1] for line in lines[1:]] == [[baseline_id[:8], "1", "0"], [other[:8], "1", "0"]]


def test_long_names_leave_room_for_what_became_of_a_fork(sessions_repo: SessionsRepo) -> None:
    """On a terminal a title and a branch are cut, not the state and the age behind them; elsewhere nothing is."""
    name = "feature/👩\u200d👩\u200d👧 " + " ".join(["a long title that goes on"] * 4)
    origin, first, second = sessions_repo.session(age=9000), str(uuid.uuid4()), str(uuid.uuid4())
    sessions_repo.fork_of(origin, first, str(sessions_repo.repo.path), name, age=7300)
    sessions_repo.fork_of(first, second, str(sessions_repo.repo.path), name, age=60)
    sessions_repo.run_in(second, str(sessions_repo.repo.path))
    assert f"{name}  {name}" in sessions_repo.cli("tree").stdout
    sessions_repo.env |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    lines = re.sub(r"\x1b\[[0-9;]*m", "", sessions_repo.cli("tree").stdout).splitlines()
    idle, live = [line for line in lines if "feature/" in line]
    assert idle.endswith("…  2 h ago")
    assert live.endswith("…  your turn")
    assert idle.count("feature/👩") == live.count("feature/👩") == 1  # title and branch are alike


def test_a_narrow_screen_cuts_a_path_and_not_what_became_of_it(sessions_repo: SessionsRepo) -> None:
    origin, fork = sessions_repo.session(age=9000), str(uuid.uuid4())
    gone = sessions_repo.repo.path.parent / "-".join(["a-folder-with-a-long-name"] * 4)
    gone.mkdir()
    sessions_repo.fork_of(origin, fork, str(gone), "pay", age=7300)
    gone.rmdir()
    sessions_repo.env |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    shown = re.sub(r"\x1b\[[0-9;]*m", "", sessions_repo.cli("tree").stdout)
    assert re.search(rf"{fork[:8]} · .* · its worktree is gone: \S+…$", shown, re.MULTILINE), shown


def test_from_anywhere_by_path(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    printed = document(
        sessions_repo.cli("-C", str(sessions_repo.repo.path), "fork", "x", "--print", "--json", at=sessions_repo.config)
    )
    assert printed["worktree"] == f"{sessions_repo.repo.path}/.claude/worktrees/x"
    assert "in no git repository" in refusal(sessions_repo.cli("fork", "x", at=sessions_repo.config))


def test_c_stands_before_a_command_or_after_it(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    inner = sessions_repo.repo.path / "inner"
    inner.mkdir()
    for argv in (
        ("baseline", "list", "--json", "-C", str(inner)),
        ("-C", str(inner), "baseline", "list", "-C", "..", "--json"),
    ):
        assert [baseline["session"] for baseline in document(sessions_repo.cli(*argv, at=Path("/")))["baselines"]] == [
            baseline_id
        ]
    assert "no such folder: ../nowhere" in refusal(sessions_repo.cli("-C", str(inner), "tree", "-C", "../nowhere"))
    assert "-C needs a path" in refusal(sessions_repo.cli("tree", "-C", ""))


def test_arguments_of_the_whole_program_are_refused_in_one_sentence_too(sessions_repo: SessionsRepo) -> None:
    assert re.fullmatch(r"forksight: No such option '--nope': see `.* --help`\n", refusal(sessions_repo.cli("--nope")))
    assert "requires an argument" in refusal(sessions_repo.cli("-C"))
    for argv in ((), ("baseline",)):
        done = sessions_repo.cli(*argv)
        assert done.returncode == 2
        assert re.fullmatch(rf"forksight: no command was named: see `.*{' '.join(argv)} --help`\n", done.stderr)
        assert done.stdout == sessions_repo.cli(*argv, "--help").stdout


def test_a_folder_that_was_deleted_under_us(sessions_repo: SessionsRepo) -> None:
    command = f'mkdir gone; cd gone; rmdir "$PWD"; exec {shlex.quote(sys.executable)} -m forksight tree'
    done = subprocess.run(["sh", "-c", command], check=False, cwd=sessions_repo.config, capture_output=True, text=True)
    assert "was deleted: go into one that is there" in refusal(done)


def test_a_terminal_of_another_age_and_a_full_disk(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.env["PYTHONIOENCODING"] = "ascii"
    shown = sessions_repo.cli("tree")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "o payments" in shown.stdout
    assert "?" not in shown.stdout
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "forksight", "tree"]
        done = subprocess.run(
            command,
            check=False,
            cwd=sessions_repo.repo.path,
            env={**os.environ, **sessions_repo.env},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no space left" in done.stderr


def test_an_error_of_its_own_is_one_sentence_too(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    bad = sessions_repo.config / "bad"
    bad.mkdir()
    (bad / "sqlite3.py").write_text("raise ZeroDivisionError('on purpose')\n")  # what no code of ours expects
    sessions_repo.env["PYTHONPATH"] = str(bad)
    assert "on purpose" in refusal(sessions_repo.cli("baseline", "list"))
    sessions_repo.env["FORKSIGHT_DEBUG"] = "1"
    assert "Traceback" in sessions_repo.cli("baseline", "list").stderr
