"""What agents are told of commands, and of what changes in other worktrees: the resident process without its pipes."""

import re

import pytest

from tests.agents.checkouts import SEEN, SINCE, Checkouts, lines
from tests.agents.conftest import Employ, somebody_in


@pytest.mark.parametrize(
    "command", ["cat app.py", "cat ./'app.py' | head -3", "cd . && grep -n 5 app.py", "cat app.py; false"]
)
def test_a_command_that_names_a_file_has_seen_it(checkouts: Checkouts, employ: Employ, command: str) -> None:
    agent = employ(checkouts.main)
    assert SEEN.fullmatch(agent.bash(command))
    assert agent.bash(command) == ""


@pytest.mark.parametrize(
    "command", ["sed -i 's/line 5/five of main/' app.py", f"cat > app.py <<'EOF'\n{lines(five='5')}EOF"]
)
def test_a_command_that_has_made_a_conflict_is_told_of(checkouts: Checkouts, employ: Employ, command: str) -> None:
    agent = employ(checkouts.main)
    said = agent.bash(command)
    assert re.match(
        rf"app.py:5 conflicts now with feature/pay {SINCE}: merging will stop there\. Their version:\n  \| five of pay",
        said,
    )
    assert agent.bash("true") == ""


def test_conflicts_that_were_there_before_are_no_news_of_a_command(checkouts: Checkouts, employ: Employ) -> None:
    checkouts.main.write({"app.py": lines(five="five of main")})
    assert employ(checkouts.main).bash("true") == ""


def test_an_edit_in_another_worktree_is_refused_once_with_the_path_at_home(
    checkouts: Checkouts, employ: Employ
) -> None:
    agent = employ(checkouts.pay)
    call = {"file_path": str(checkouts.main.path / "README"), "old_string": "hello", "new_string": "bye"}
    answer = agent.hook("PreToolUse", "Edit", call)
    assert answer["systemMessage"] == (
        f"{checkouts.main.path}/README was not edited: it is in the main checkout ({checkouts.main.path}), "
        f"and this session works in the worktree of feature/pay ({checkouts.pay.path})"
    )
    output = answer["hookSpecificOutput"]
    assert output["permissionDecision"] == "deny"
    reason = output["permissionDecisionReason"]
    assert (
        f"{checkouts.main.path}/README is in the main checkout ({checkouts.main.path}), and you work in the worktree of feature/pay"
        in reason
    )
    assert f"That file is {checkouts.pay.path}/README: edit it there." in reason
    assert agent.hook("PreToolUse", "Edit", call) == {}
    other = {"file_path": str(checkouts.main.path / "app.py"), "content": "x"}
    assert agent.hook("PreToolUse", "Write", other) == {}, "who repeats a call means that worktree"


def test_a_command_that_changes_another_worktree_is_told_of(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.pay)
    said = agent.bash(f"echo more >> {checkouts.main.path}/README")
    assert said == (
        f"That command changed README in the main checkout ({checkouts.main.path}). "
        f"You work in the worktree of feature/pay ({checkouts.pay.path})."
    )
    assert agent.bash(f"cat {checkouts.main.path}/README") == ""


def test_what_changes_in_another_worktree_while_a_command_runs_is_told_unless_somebody_works_there(
    checkouts: Checkouts, employ: Employ
) -> None:
    agent = employ(checkouts.main)
    script = checkouts.main.path.parent / "script"
    script.write_text(
        f"echo more >> {checkouts.pay.path}/README; rm {checkouts.pay.path}/app.py; echo x > {checkouts.pay.path}/new.py\n"
    )
    said = agent.bash(f"sh {script}")
    assert said == (
        f"While that command ran, README, app.py, new.py changed in the worktree of feature/pay ({checkouts.pay.path}), "
        f"where no other session is known to work. You work in the main checkout ({checkouts.main.path})."
    )
    assert agent.bash(f"touch {checkouts.pay.path.parent}/*/README") == "", "no content has changed"
    script.write_text(f"cd {checkouts.pay.path} && git add -A && git commit --quiet -m work\n")
    assert agent.bash(f"sh {script}") == "", "nothing was written"
    script.write_text(f"echo less > {checkouts.pay.path}/README\n")
    assert "README changed in" in agent.bash(f"sh {script}")
    script.write_text(f"git -C {checkouts.pay.path} checkout --quiet README\n")
    assert "README changed in" in agent.bash(f"sh {script}"), "work that was there is gone"
    employ(checkouts.pay, agent="a1").read("README")
    script.write_text(f"echo least > {checkouts.pay.path}/README\n")
    assert agent.bash(f"sh {script}") == "", "a subagent works there"


def test_a_worktree_in_which_another_session_works_changes_by_itself(checkouts: Checkouts, employ: Employ) -> None:
    agent = employ(checkouts.main)
    with somebody_in(checkouts.pay):
        assert agent.bash(f"echo more >> {checkouts.pay.path}/README") == ""
    assert "That command changed README in" in agent.bash(f"echo more >> {checkouts.pay.path}/README")
