"""Whatever a plan names: a step touches only what it may, looked at when it runs."""

from typing import Any

import pytest

from forksight.core.claude import launch
from forksight.core.plans.plan import Action, Step
from forksight.core.problems import ClaudeError, ForksightError
from forksight.features.plans.step_check import CHECKS, check
from tests.forks.sessions_repo import SessionsRepo

ID = "5b1b3c5e-0a3e-4a9e-8f5e-6f1f6f0c9a11"
COMMIT = "c0ffee" + "0" * 34


@pytest.mark.parametrize(
    ("action", "data"),
    [
        (Action.REMOVE_TRANSCRIPT, {"session": ID, "transcript": f"/home/me/{ID}.jsonl"}),
        (Action.RETURN_TRANSCRIPT, {"session": ID, "transcript": f"{{projects}}/../-x/{ID}.jsonl"}),
        (Action.RETURN_TRANSCRIPT, {"session": ID, "transcript": f"{{projects}}/-x/y/{ID}.jsonl"}),
        (Action.KEEP_TRANSCRIPT, {"session": ID, "transcript": "{projects}/-x/another.jsonl"}),
        (Action.RETURN_TRANSCRIPT, {"session": "../x", "transcript": "{projects}/-x/../x.jsonl"}),
        (Action.RESTORE_TRANSCRIPT, {"session": "--settings=x"}),
        (Action.DROP_ARCHIVE, {"session": "-x", "folder": "/home/me"}),
        (Action.CLEAR_WORKTREE, {"path": "{main}"}),
        (Action.CLEAR_WORKTREE, {"path": "{outside}"}),
        (Action.RETURN_WORKTREE, {"worktree": {"path": "{main}/.git/hooks"}}),
        (Action.RETURN_WORKTREE, {"worktree": {"path": "{main}"}}),
        (Action.RETURN_WORKTREE, {"worktree": {"path": "relative"}}),
        (Action.CREATE_WORKTREE, {"path": "{outside}/new", "branch": "x"}),
        (Action.CREATE_WORKTREE, {"path": "{main}", "branch": "x"}),
        (Action.COPY_FILES, {"source": "{outside}", "target": "{main}", "paths": ["a"]}),
        (Action.COPY_FILES, {"source": "{main}", "target": "{outside}", "paths": ["a"]}),
        (Action.COPY_FILES, {"source": "{main}", "target": "{main}", "paths": ["../a"]}),
        (Action.LINK_FOLDERS, {"source": "{main}", "target": "{main}", "folders": ["/etc"]}),
        (Action.SET_UP, {"command": "id", "worktree": "{main}"}),
        (Action.SET_UP, {"command": "npm ci", "worktree": "{outside}"}),
        (Action.IGNORE_WORKTREES, {"pattern": "a\n!secret", "folder": "{main}"}),
        (Action.CREATE_BRANCH, {"name": "-D", "commit": COMMIT, "upstream": None}),
        (Action.CREATE_BRANCH, {"name": "x", "commit": "HEAD", "upstream": None}),
        (Action.CREATE_BRANCH, {"name": "x", "commit": COMMIT, "upstream": "--force"}),
        (Action.RECORD_FORK, {"launch": ID, "parent": "--resume"}),
    ],
)
def test_what_a_step_may_not_touch(sessions_repo: SessionsRepo, action: Action, data: dict[str, Any]) -> None:
    context = sessions_repo.context(worktree={"setup": "npm ci"})
    outside = sessions_repo.repo.path.parent / "outside"
    outside.mkdir()
    places = {"main": str(sessions_repo.repo.path), "outside": str(outside), "projects": context.claude.projects}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        return value.format(**places) if isinstance(value, str) else value

    with pytest.raises(ForksightError):
        check(context, Step(action, "as said", filled(data)))


def test_what_a_step_may_touch(sessions_repo: SessionsRepo) -> None:
    context = sessions_repo.context(worktree={"setup": "npm ci"})
    pay = str(sessions_repo.repo.worktree("pay").path)
    main, transcript = str(sessions_repo.repo.path), f"{context.claude.projects}/-x/{ID}.jsonl"
    for action, data in (
        (Action.REMOVE_TRANSCRIPT, {"session": ID, "transcript": transcript}),
        (Action.CLEAR_WORKTREE, {"path": pay}),
        (Action.CLEAR_WORKTREE, {"path": f"{pay}-gone"}),
        (Action.RETURN_WORKTREE, {"worktree": {"path": f"{pay}-gone"}}),
        (Action.CREATE_WORKTREE, {"path": pay, "branch": "pay"}),
        (Action.COPY_FILES, {"source": main, "target": pay, "paths": ["a/b"]}),
        (Action.SET_UP, {"command": "npm ci", "worktree": pay}),
        (Action.CREATE_BRANCH, {"name": "x", "commit": COMMIT, "upstream": "origin/x"}),
    ):
        check(context, Step(action, "as said", data))


def test_every_action_has_its_check() -> None:
    assert {*Action} == {*CHECKS, Action.START}  # Claude Code is started by features.forks.start


@pytest.mark.parametrize("wrong", ["--dangerously-skip-permissions", "-r", "", "a b", "../x", "a\nb"])
def test_an_id_on_the_command_line_looks_like_one(wrong: str) -> None:
    program = launch.Program("/bin/claude")
    with pytest.raises(ClaudeError, match="can't be a session's id"):
        launch.resume(program, session=wrong, title="t", cwd="/w")
    for parent, session in ((wrong, ID), (ID, wrong)):
        with pytest.raises(ClaudeError, match="can't be a session's id"):
            launch.fork(program, parent=parent, session=session, title="t", cwd="/w")
    with pytest.raises(ClaudeError, match="a session can't be called"):
        launch.fork(program, parent=ID, session=ID, title="--settings=x", cwd="/w")
