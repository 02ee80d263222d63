"""`forksight hook`: what is said at the start of a session, and that nothing makes it fail."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agents.conftest import Two
from tests.conftest import Checkout

FORKSIGHT = (sys.executable, "-m", "forksight")


def hook(cwd: Path, text: str, *arguments: str) -> tuple[int, str]:
    """The exit status and stdout of `forksight hook`."""
    done = subprocess.run(
        [*FORKSIGHT, *arguments, "hook"], cwd=cwd, input=text, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def start(checkout: Checkout, **fields: object) -> dict[str, object]:
    """What is answered to SessionStart."""
    text = json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(checkout.path), **fields})
    status, answer = hook(checkout.path, text)
    assert status == 0
    plain = json.loads(answer)
    assert isinstance(plain, dict)
    return plain


def test_nothing_is_said_where_there_is_nothing_to_say(two: Two) -> None:
    assert start(two.main) == {}
    assert start(two.pay, source="startup") == {}


def test_a_main_branch_that_moved_is_told_to_both(two: Two) -> None:
    two.main.commit({"new": "x"})
    assert start(two.pay) == {
        "hookSpecificOutput": {
            "hookEventName": "SessionStart",
            "additionalContext": "main has 1 commit that feature/pay does not have.",
        },
        "systemMessage": "main has 1 commit that feature/pay does not have.",
    }
    assert start(two.main) == {}


def test_what_a_cold_cache_costs_is_told_to_the_person_alone(two: Two) -> None:
    cold = {"prompt_cache_likely_expired": True, "context_tokens": 182345, "estimated_cache_write_usd": 0.9123}
    assert start(two.main, source="resume", **cold) == {
        "systemMessage": "Its prompt cache has likely expired: the first answer pays for 182,345 tokens of context again, about $0.91."
    }
    assert start(two.main, source="resume", **{**cold, "prompt_cache_likely_expired": False}) == {}


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"hook_event_name": "SessionStart"}'])
def test_what_is_no_hook_decides_nothing(two: Two, text: str) -> None:
    assert hook(two.main.path, text) == (0, "{}\n")


def test_outside_of_a_repository_and_in_a_folder_that_is_gone_it_exits_with_0(tmp_path: Path) -> None:
    text = json.dumps({"hook_event_name": "SessionStart", "session_id": "s", "cwd": str(tmp_path)})
    assert hook(tmp_path, text) == (0, "{}\n")
    assert hook(tmp_path, text, "-C", "/no/such/folder") == (0, "")
    gone = tmp_path / "gone"
    gone.mkdir()
    shell = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", shell, "sh", str(gone), *FORKSIGHT, "hook", "--new-option"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
