"""`forksight clean` and `forksight restore`: documents, exit statuses, questions on a terminal."""

import json
import os
import pty
import re
import select
import sys
from collections.abc import Sequence
from itertools import count
from typing import Any

from forksight.features.cleanup.interrupted import interrupted_plans
from tests.cleanup.forks_repo import Forked, ForksRepo
from tests.cleanup.killed import killed_at
from tests.forks.sessions_repo import SessionsRepo


def run(forks_repo: ForksRepo, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document of a command with `--json`."""
    done = forks_repo.cli(*arguments, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def at_terminal(sessions_repo: SessionsRepo, *arguments: str, answers: Sequence[str]) -> tuple[int, str]:
    """A command in a terminal of its own, with these answers typed; its exit status and all that it shows."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(sessions_repo.repo.path)
        os.execve(
            sys.executable,
            [sys.executable, "-m", "forksight", *arguments],
            {**os.environ, **sessions_repo.env, "TERM": "dumb"},
        )
    shown, left = "", list(answers)
    while True:
        ready, _, _ = select.select([terminal], [], [], 60)
        assert ready, shown
        try:
            data = os.read(terminal, 65_536)
        except OSError:  # it has ended
            break
        if not data:
            break
        shown += data.decode()
        if shown.rstrip().endswith("[y/N]:") and left:
            os.write(terminal, (left.pop(0) + "\n").encode())
            shown += "\n"
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown


def safe_and_dirty(forks_repo: ForksRepo) -> tuple[Forked, Forked]:
    """A fork without risk, and one with."""
    safe, dirty = forks_repo.add_fork("safe", age=90 * 86_400), forks_repo.add_fork("dirty")
    dirty.checkout.write({"app.py": "changed\n", "new.txt": "n\n"})
    dirty.checkout.commit({"a": "a\n"}, "own work")
    dirty.checkout.write({"README": "changed\n", "more.txt": "m\n"})
    return safe, dirty


def test_the_document(forks_repo: ForksRepo) -> None:
    safe, dirty = safe_and_dirty(forks_repo)
    status, document = run(forks_repo, "clean", "--dry-run")
    assert status == 1
    assert (document["version"], document["repository"], document["problems"]) == (
        1,
        str(forks_repo.repo.path / ".git"),
        [],
    )
    first, second = document["forks"]
    assert first == {
        "session": safe.id,
        "title": "safe",
        "branch": "safe",
        "worktree": str(safe.checkout.path),
        "state": "idle",
        "last_active": first["last_active"],
        "target": "main",
        "reasons": [{"code": "idle", "message": "nothing happened in it for 90 days"}],
        "goes": {
            "worktree": str(safe.checkout.path),
            "branch": "safe",
            "transcript": str(forks_repo.transcript(safe.id)),
        },
        "stays": [],
        "seen": (seen := [
            "main has every commit of safe",
            "its worktree was read: nothing is only there",
            f"the last thing in its transcript is of {first['last_active'][:10]}",
        ]),
        "unseen": [],
        "lost": {
            "uncommitted": [], "untracked": [], "ignored": [], "stashes": [],
            "commits": {"count": 0, "subjects": [], "ids": []},
        },
        "held": [],
        "at_risk": False,
        "outcome": "proposed",
        "words": {
            "heading": "nothing would be lost",
            "detail": f"goes: worktree, branch safe, transcript; seen: {'; '.join(seen)}",
            "why": "nothing happened in it for 90 days",
            "why_short": "idle",
            "goes": "worktree, branch safe, transcript",
            "risk": None,
            "risk_short": None,
            "losses": [],
            "seen": "; ".join(seen),
            "held": None,
            "facts": [
                {"label": label, "phrases": phrases, "warns": False}
                for label, phrases in (
                    ("why", ["nothing happened in it for 90 days"]),
                    ("goes", [f"worktree {safe.checkout.path}", "branch safe", "transcript (to the archive)"]),
                    *(("seen", [text]) for text in seen),
                )
            ],
            "refusal": None,
            "outcome": None,
            "question": {
                "yes": "Clean Up",
                "no": "Keep It",
                "message": "Clean up “safe”?",
                "detail": "What goes: worktree, branch safe, transcript.\n\nWhat was seen:\n"
                + "".join(f"  • {text}\n" for text in seen) + "\n"
                "The archive keeps all of it: restoring the fork brings it back.",
            },
        },
        "steps": first["steps"],
    }  # fmt: skip
    assert [step["action"] for step in first["steps"]] == [
        "check", "keep-transcript", "keep-worktree", "keep-commits", "record-archive",
        "remove-transcript", "clear-worktree", "clear-branch",
    ]  # fmt: skip
    assert second["at_risk"] is True
    assert second["lost"] == {
        "uncommitted": ["README"],
        "untracked": ["more.txt"],
        "ignored": [],
        "stashes": [],
        "commits": {"count": 1, "subjects": ["own work"], "ids": [dirty.checkout.git("rev-parse", "HEAD").strip()]},
    }
    assert document["summary"] == "Of 2 forks, 1 can go without risk, 1 only at risk."
    assert second["words"]["losses"] == [
        {"text": "1 commit in no other branch", "names": ["own work"]},
        {"text": "1 uncommitted file", "names": ["README"]},
        {"text": "1 untracked file", "names": ["more.txt"]},
    ]
    assert second["words"]["risk"] == "1 commit in no other branch, 1 uncommitted file, 1 untracked file"
    assert second["words"]["heading"] == "at risk: asked about one by one"
    assert second["words"]["detail"] == second["words"]["risk"]
    assert [fact["label"] for fact in second["words"]["facts"] if fact["warns"]] == ["lost", "lost", "lost", "doubt"]
    assert second["words"]["risk_short"] == "1 commit, 1 uncommitted, 1 untracked"
    assert second["words"]["question"] == {
        "yes": "Clean Up All the Same",
        "no": "Keep It",
        "message": "Clean up “dirty”? Its work is nowhere else.",
        "detail": "1 commit in no other branch:\n  • own work\n\n1 uncommitted file:\n  • README\n\n"
        "1 untracked file:\n  • more.txt\n\nWhat goes: worktree, branch dirty, transcript.\n\nWhat was seen:\n"
        "  • its worktree was read: what is only there is named here\n"
        f"  • the last thing in its transcript is of {second['last_active'][:10]}\n\n"
        "The archive keeps all of it: restoring the fork brings it back.",
    }


def test_exit_statuses(forks_repo: ForksRepo) -> None:
    assert run(forks_repo, "clean")[0] == 0
    safe, dirty = safe_and_dirty(forks_repo)
    assert run(forks_repo, "clean")[0] == 1
    assert safe.checkout.path.exists()
    status, document = run(forks_repo, "clean", "--yes")
    assert (status, [fork["outcome"] for fork in document["forks"]]) == (1, ["cleaned", "proposed"])
    assert run(forks_repo, "clean", "--dry-run", "--yes", "--discard", "dirty")[0] == 1
    assert dirty.checkout.path.exists()
    assert run(forks_repo, "clean", "--discard", dirty.id[:8])[0] == 0
    assert run(forks_repo, "clean", "--dry-run")[0] == 0
    status, document = run(forks_repo, "restore")
    assert (status, [archive["title"] for archive in document["archives"]]) == (1, ["dirty", "safe"])
    for path in (forks_repo.repo.path / ".git" / "forksight").glob("ledger.db*"):
        path.unlink()
    lost, still = run(forks_repo, "restore")
    assert (lost, still["archives"]) == (status, document["archives"])  # each archive says what it is of
    assert [problem["code"] for problem in still["problems"]] == ["ledger-rebuilt"]
    status, document = run(forks_repo, "restore", "dirty", "--dry-run")
    assert (status, document["restored"], len(document["steps"])) == (0, False, 6)
    assert not dirty.checkout.path.exists()
    status, document = run(forks_repo, "restore", "dirty")
    assert (status, document["restored"], document["worktree"]["path"]) == (0, True, str(dirty.checkout.path))
    assert run(forks_repo, "restore", "safe")[0] == 0
    assert run(forks_repo, "restore") == (
        0,
        {"version": 1, "repository": str(forks_repo.repo.path / ".git"), "archives": [], "problems": []},
    )


def test_a_person_is_told_what_was_not_seen(forks_repo: ForksRepo) -> None:
    forks_repo.add_fork("ahead").checkout.commit({"new.py": "x\n"}, "half an idea")
    shown = forks_repo.cli("clean", "--dry-run").stdout
    assert "\n  doubt no branch that stays was seen to have the commits of ahead\n" in shown


def test_saying_yes_to_a_fork_is_naming_it(forks_repo: ForksRepo) -> None:
    busy, left = forks_repo.add_fork("busy", age=0), forks_repo.add_fork("left")
    busy.checkout.write({"app.py": "changed\n"})
    assert "1 fork without risk: forksight clean left --yes\n" in forks_repo.cli("clean", "left").stderr
    hint = forks_repo.cli("clean", "busy").stderr.splitlines()[-1]
    assert hint == f"“busy” is at risk: forksight clean --discard {busy.id}"
    status, document = run(forks_repo, "clean", "--discard", busy.id)
    assert (status, {fork["title"]: fork["outcome"] for fork in document["forks"]}) == (
        1,
        {"busy": "cleaned", "left": "proposed"},
    )
    assert left.checkout.path.exists()
    assert "is archived already" in forks_repo.cli("clean", "--discard", "busy").stderr


def test_what_can_not_be_done_is_one_sentence(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    forks_repo.run_in(fork.id, str(fork.checkout.path))
    for arguments, said in (
        (("clean", "nobody"), "there is no session `nobody`"),
        (("clean", ""), "is empty"),
        (("clean", "--discard", fork.id), "can't be cleaned up: it is live"),
        (("restore", "pay"), "no fork is archived here"),
    ):
        done = forks_repo.cli(*arguments)
        assert done.returncode == 2
        assert re.fullmatch(f"forksight: .*{re.escape(said)}.*\n", done.stderr), done.stderr
    status, document = run(forks_repo, "clean", "--yes")
    assert (status, document["forks"][0]["outcome"], document["forks"][0]["held"][0]["code"]) == (1, "held", "live")


def test_names_that_are_no_text(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    fork.checkout.write({"caf\udce9": "x\n"})
    done = forks_repo.cli("clean", "--dry-run", "--json")
    assert json.loads(done.stdout)["forks"][0]["lost"]["untracked"] == ["caf\udce9"]
    assert "caf?" in forks_repo.cli("clean").stdout
    status, document = run(forks_repo, "clean", "--discard", "pay")
    assert (status, document["forks"][0]["outcome"]) == (0, "cleaned")
    assert run(forks_repo, "restore", "pay")[0] == 0
    assert (fork.checkout.path / "caf\udce9").read_text() == "x\n"


def test_on_a_terminal_the_default_answer_is_no(forks_repo: ForksRepo) -> None:
    safe, dirty = safe_and_dirty(forks_repo)
    status, shown = at_terminal(forks_repo, "clean", answers=("", ""))
    assert status == 1
    assert "Clean up 1 fork without risk? [y/N]:" in shown
    assert "Clean up “dirty” although this would be lost" in shown
    assert safe.checkout.path.exists()
    assert dirty.checkout.path.exists()


def test_on_a_terminal_each_one_is_asked_about(forks_repo: ForksRepo) -> None:
    safe, dirty = safe_and_dirty(forks_repo)
    status, shown = at_terminal(forks_repo, "clean", answers="ny")
    assert status == 1
    assert "Cleaned up 1 fork" in shown
    assert safe.checkout.path.exists()
    assert not dirty.checkout.path.exists()


def test_what_was_interrupted_is_told_before_and_seen_to(forks_repo: ForksRepo) -> None:
    fork = forks_repo.add_fork("pay")
    before = forks_repo.state(fork)
    for number in count():
        assert killed_at(number, forks_repo.clean)
        if interrupted_plans(forks_repo.context()):
            break
    status, document = run(forks_repo, "clean", "--dry-run")
    assert [problem["code"] for problem in document["problems"]] == ["interrupted"]
    status, document = run(forks_repo, "restore")
    assert document["problems"] == []
    if status == 1:
        assert run(forks_repo, "restore", "pay")[0] == 0
    assert forks_repo.state(fork) == before
