"""A resident process without its pipes: hooks are asked for directly, in real worktrees."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from forksight.adapters.store.told_files import ToldFiles
from forksight.adapters.system.watching.inotify import InotifyWatcher
from forksight.app.workbench import Forksight
from forksight.core.settings import Settings
from forksight.features.agents.resident import Resident
from tests.conftest import Checkout, put
from tests.waiting import wait_for

BUDGET = 240.0  # seconds for an answer: none comes too late for a reason that a test is not about


@dataclass
class Agent:
    """One agent that works in a checkout, and what its hooks are answered."""

    resident: Resident
    checkout: Checkout
    session: str = "session-1"
    agent: str = ""
    failures: list[Exception] = field(default_factory=list)
    in_time: bool = True  # whether Claude Code still waits for the answers

    def hook(
        self, event: str, tool: str = "", tool_input: dict[str, Any] | None = None, **fields: Any
    ) -> dict[str, Any]:
        """The answer to a hook, whose fields are as Claude Code fills in those of an MCP tool."""
        answers: list[dict[str, Any]] = []

        def reply(answer: dict[str, Any]) -> bool:
            answers.append(answer)
            return self.in_time

        self.resident.answer(
            {
                "hook_event_name": event,
                "session_id": self.session,
                "agent_id": self.agent,
                "cwd": str(self.checkout.path),
                "tool_name": tool,
                "tool_input": json.dumps(tool_input) if tool_input is not None else "",
                **{name: json.dumps(value) for name, value in fields.items()},
            },
            reply,
        )
        assert not self.failures
        (answer,) = answers
        return answer

    def catch_up(self) -> None:
        """Wait until all is seen that was changed before."""
        wait_for("a scan", lambda: self.resident.knows(str(self.checkout.path)))

    def context(self, event: str, tool: str = "", tool_input: dict[str, Any] | None = None, **fields: Any) -> str:
        """The text that an agent is told."""
        output = self.hook(event, tool, tool_input, **fields).get("hookSpecificOutput", {})
        assert "permissionDecision" not in output
        return str(output.get("additionalContext", ""))

    def path(self, name: str) -> str:
        """The absolute path of a file here."""
        return str(self.checkout.path / name)

    def read(self, name: str, **more: int) -> str:
        """What is told after Read."""
        return self.context("PostToolUse", "Read", {"file_path": self.path(name), **more})

    def edit(self, name: str, old: str, new: str) -> str:
        """Edit as Claude Code would: why it was refused, or what was told afterwards once it is written."""
        call = {"file_path": self.path(name), "old_string": old, "new_string": new}
        output = self.hook("PreToolUse", "Edit", call).get("hookSpecificOutput", {})
        if output.get("permissionDecision") == "deny":
            return f"refused: {output['permissionDecisionReason']}"
        file = Path(self.path(name))
        file.write_text(file.read_text().replace(old, new, 1))
        return str(output.get("additionalContext", "")) + self.context("PostToolUse", "Edit", call)

    def bash(self, command: str) -> str:
        """Run a command with its hooks around it: what is told afterwards."""
        call = {"command": command}
        assert self.hook("PreToolUse", "Bash", call) == {}
        done = subprocess.run(command, shell=True, cwd=self.checkout.path, capture_output=True, check=False)
        return self.context("PostToolUse" if done.returncode == 0 else "PostToolUseFailure", "Bash", call)


class Employ(Protocol):
    """Makes an agent in a checkout."""

    def __call__(
        self, checkout: Checkout, session: str = "session-1", agent: str = "", settings: Settings | None = None
    ) -> Agent: ...


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Employ]:
    """Makes agents in checkouts of one repository, whose first scan may still be under way; each is a session of its own or a
    subagent. A hook waits for it a moment."""
    failures: list[Exception] = []
    residents: list[Resident] = []
    workbench = Forksight()

    def make(
        checkout: Checkout, session: str = "session-1", agent: str = "", settings: Settings | None = None
    ) -> Agent:
        if not residents:
            workbench.told_facts = ToldFiles(str(tmp_path / "cache"))
            residents.append(Resident(workbench, lambda _what, error: failures.append(error), BUDGET, settings))
        (resident,) = residents
        resident.warm(str(checkout.path))
        return Agent(resident, checkout, session, agent, failures)

    yield make
    for resident in residents:
        resident.close()
        watcher = workbench.watcher()
        if isinstance(watcher, InotifyWatcher):
            watcher.close()  # a user has few instances, for all tests and programs


@pytest.fixture
def employ(newcomer: Employ) -> Employ:
    """Like `newcomer`, once the repository was looked at and is followed."""

    def make(
        checkout: Checkout, session: str = "session-1", agent: str = "", settings: Settings | None = None
    ) -> Agent:
        made = newcomer(checkout, session, agent, settings)
        made.catch_up()
        return made

    return make


@contextmanager
def somebody_in(checkout: Checkout) -> Iterator[None]:
    """Another session, “refunds”, is open in that worktree, as Claude Code would note it; this process stands for it."""
    noted = Path(os.environ["HOME"]) / f".claude/sessions/{os.getpid()}.json"
    noted.parent.mkdir(parents=True, exist_ok=True)
    session = {"sessionId": "other", "cwd": str(checkout.path), "name": "refunds", "status": "busy"}
    put(noted, json.dumps({"pid": os.getpid(), "startedAt": time.time() * 1000, **session}))
    try:
        yield
    finally:
        noted.unlink()
