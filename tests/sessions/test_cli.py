"""`forksight tree` in a terminal: what stands in its lines, and what is cut."""

import re
import uuid
from pathlib import Path

from tests.command_line import document
from tests.forks.sessions_repo import SessionsRepo


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
