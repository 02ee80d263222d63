"""What holds for every command: where it works, options of the program, terminals, failures of its own."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.command_line import document, refusal
from tests.forks.sessions_repo import SessionsRepo


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
        assert re.fullmatch(rf"forksight: no command was given: see `.*{' '.join(argv)} --help`\n", done.stderr)
        assert done.stdout == sessions_repo.cli(*argv, "--help").stdout


def test_a_folder_that_was_deleted_under_us(sessions_repo: SessionsRepo) -> None:
    command = f'mkdir gone; cd gone; rmdir "$PWD"; exec {shlex.quote(sys.executable)} -m forksight tree'
    done = subprocess.run(["sh", "-c", command], check=False, cwd=sessions_repo.config, capture_output=True, text=True)
    assert "was deleted: change to a folder that exists" in refusal(done)


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
    assert "the disk is full" in done.stderr


def test_an_error_of_its_own_is_one_sentence_too(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    bad = sessions_repo.config / "bad"
    bad.mkdir()
    (bad / "sqlite3.py").write_text("raise ZeroDivisionError('on purpose')\n")  # what no code of ours expects
    sessions_repo.env["PYTHONPATH"] = str(bad)
    assert "on purpose" in refusal(sessions_repo.cli("baseline", "list"))
    sessions_repo.env["FORKSIGHT_DEBUG"] = "1"
    assert "Traceback" in sessions_repo.cli("baseline", "list").stderr
