"""A repository and Claude Code's folder with hand-made sessions in it: for what does not need the real Claude Code.

The rows are as Claude Code 2.1.330 writes them, less what Forksight does not read.
"""

import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from forksight.app.workbench import Forksight
from forksight.core.claude.launch import Launch
from forksight.core.forks.proposal import Outcome, Proposal
from forksight.core.settings import read_settings
from forksight.core.store.ledger import Mode
from forksight.features.baseline import baselines
from forksight.features.context import Context
from forksight.features.forks.fork import ForkRequest, propose
from forksight.features.forks.resume import propose_resume
from forksight.features.forks.start import start
from tests import command_line
from tests.conftest import Checkout, put

DAY = 86_400.0


class Sections(TypedDict, total=False):
    """Sections of the settings, as an editor sends them."""

    worktree: dict[str, str]


SETTINGS: Sections = {"worktree": {"setup": "echo done > made"}}  # each new worktree gets a file


class RecordedProgress:
    """Progress that is kept. `stop_at`: the person cancels at the step whose detail contains this."""

    def __init__(self, stop_at: str | None = None) -> None:
        self.steps: list[str] = []
        self.lines: list[str] = []
        self._stop_at = stop_at

    def step(self, detail: str) -> None:
        self.steps.append(detail)

    def output(self, line: str) -> None:
        self.lines.append(line)

    def stopped(self) -> bool:
        return self._stop_at is not None and any(self._stop_at in step for step in self.steps)


@dataclass
class SessionsRepo:
    """A repository, and sessions of Claude Code as its own files would tell of them."""

    repo: Checkout
    config: Path  # Claude Code's folder
    env: dict[str, str] = field(default_factory=dict)  # what a command line runs in

    def session(
        self,
        title: str = "payments",
        *,
        cwd: str | None = None,
        branch: str = "main",
        age: float = 0.0,
        edits: int = 0,
        reads: Sequence[str] = ("app.py",),
    ) -> str:
        """A session that read files; its id. `age` in seconds."""
        identity, place = str(uuid.uuid4()), cwd or str(self.repo.path)
        writer = _Writer(identity, place, branch, time.time() - age)
        rows = [{"type": "custom-title", "customTitle": title, "sessionId": identity}, writer.prompt(f"read {title}")]
        for name in reads:
            rows += writer.read(f"{place}/{name}")
        for _ in range(edits):
            rows += writer.call("Edit", {"file_path": f"{place}/app.py"}, "done")
        rows.append(writer.answer("I know it."))
        self._write(identity, place, rows, age)
        return identity

    def fork_of(
        self,
        parent: str,
        identity: str,
        cwd: str,
        branch: str,
        *,
        title: str | None = None,
        empty: bool = False,
        age: float = 0.0,
        edits: Sequence[str] = (),
        runs: Sequence[str] = (),
    ) -> None:
        """What Claude Code writes for a fork after its first turn; `empty` as when it silently lost what it should inherit.

        It is called `title`, or like its branch. `edits` are absolute paths that it edited, `runs` shell commands.
        """
        rows = (
            [] if empty else [self._inherited(row, parent, identity, cwd) for row in self.rows(parent) if "uuid" in row]
        )
        writer = _Writer(identity, cwd, branch, time.time() - age, after=rows[-1]["uuid"] if rows else None)
        named = {"type": "custom-title", "customTitle": title or branch, "sessionId": identity}
        rows += [writer.prompt("go on")]
        for path in edits:
            rows += writer.call("Edit", {"file_path": path}, "done")
        for command in runs:
            rows += writer.call("Bash", {"command": command}, "")
        self._write(identity, cwd, [named, *rows, writer.answer("Gone on.")], age)

    def remove_copy(self, session: str) -> None:
        """Remove our copy of a session."""
        for path in Path(self.context().vault.folder).glob(f"{session}*"):
            path.unlink()

    def transcript(self, session: str) -> Path:
        """Where a session is stored."""
        (path,) = (self.config / "projects").glob(f"*/{session}.jsonl")
        return path

    def rows(self, session: str) -> list[dict[str, Any]]:
        """A session's rows."""
        return [json.loads(line) for line in self.transcript(session).read_bytes().splitlines()]

    def run_in(
        self,
        session: str,
        cwd: str,
        *,
        kind: str = "interactive",
        pid: int | None = None,
        status: str = "idle",
        waiting_for: str = "",
        name: str = "",
    ) -> None:
        """Claude Code says that a process (this one) runs a session there; it is one that really lives."""
        number = pid or os.getpid()
        state = {"pid": number, "sessionId": session, "cwd": cwd, "kind": kind, "status": status}
        state |= {"name": name} if name else {}
        state |= {"waitingFor": waiting_for} if waiting_for else {}
        folder = self.config / "sessions"
        folder.mkdir(exist_ok=True)
        put(folder / f"{number}.json", json.dumps({**state, "startedAt": time.time() * 1000}))

    @contextmanager
    def another_process(self) -> Iterator[int]:
        """A process that lives for the time of the block; its id."""
        process = subprocess.Popen(["sleep", "3600"])
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()

    def quit(self) -> None:
        """It runs no more."""
        (self.config / "sessions" / f"{os.getpid()}.json").unlink()

    def context(self, place: Path | None = None, **settings: Any) -> Context:
        """A context with nothing remembered, as a new process has it."""
        chosen, problems = read_settings(settings)
        assert not problems
        return Forksight().open(str(place or self.repo.path), chosen)

    def place(self, name: str) -> Path:
        """Where a fork's worktree of that name lies."""
        return self.repo.path / ".claude" / "worktrees" / name

    def mark(self, session: str, name: str = "payments") -> None:
        """Mark a baseline."""
        baselines.mark(self.context(), session, name)

    def propose(self, branch: str | None = None, *, at: Path | None = None, **request: Any) -> Proposal:
        """What forking would do."""
        return propose(self.context(at), ForkRequest(branch, **{"mode": Mode.PRINT, **request}))

    def fork(
        self,
        branch: str | None = None,
        *,
        at: Path | None = None,
        progress: RecordedProgress | None = None,
        **rest: Any,
    ) -> Outcome:
        """Fork. What is no part of a request is a section of the settings."""
        settings = {name: rest.pop(name) for name in ("worktree", "claude") if name in rest}
        context = self.context(at, **settings)
        proposal = propose(context, ForkRequest(branch, **{"mode": Mode.PRINT, **rest}))
        assert proposal.question is None, proposal.question
        return start(context, proposal, nowhere, progress or RecordedProgress())

    def resume(self, wanted: str | None = None, *, at: Path | None = None, mode: Mode = Mode.PRINT) -> Outcome:
        """Resume."""
        context = self.context(at)
        proposal = propose_resume(context, wanted, mode)
        assert proposal.plan is not None, proposal.warnings
        return start(context, proposal, nowhere, RecordedProgress())

    def cli(self, *arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The command line in a process of its own."""
        return command_line.run(*arguments, cwd=at or self.repo.path, env={**os.environ, **self.env})

    def _write(self, session: str, cwd: str, rows: list[dict[str, Any]], age: float) -> None:
        name = re.sub(r"[^a-zA-Z0-9]", "-", cwd)
        folder = self.config / "projects" / (name if len(name) <= 200 else f"{name[:200]}-1a2b3c")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{session}.jsonl"
        path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
        os.utime(path, (time.time() - age, time.time() - age))

    @staticmethod
    def _inherited(row: dict[str, Any], parent: str, identity: str, cwd: str) -> dict[str, Any]:
        copied = {**row, "sessionId": identity, "cwd": cwd}
        return (
            {**copied, "requestSessionId": row.get("requestSessionId", parent)}
            if row["type"] == "assistant"
            else copied
        )


class _Writer:
    """Makes the rows of one session, each the child of the one before."""

    def __init__(self, session: str, cwd: str, branch: str, moment: float, after: str | None = None) -> None:
        self._common = {
            "sessionId": session,
            "cwd": cwd,
            "gitBranch": branch,
            "version": "2.1.330",
            "isSidechain": False,
        }
        self._moment = moment
        self._last = after

    def prompt(self, text: str) -> dict[str, Any]:
        return self._row("user", {"message": {"role": "user", "content": text}})

    def answer(self, text: str) -> dict[str, Any]:
        return self._assistant([{"type": "text", "text": text}])

    def read(self, path: str) -> list[dict[str, Any]]:
        file = {"filePath": path, "content": "x\n", "numLines": 1, "startLine": 1, "totalLines": 1}
        return self.call("Read", {"file_path": path}, "1\tx", {"type": "text", "file": file})

    def call(self, tool: str, arguments: dict[str, Any], result: str, outcome: Any = None) -> list[dict[str, Any]]:
        identity = f"toolu_{uuid.uuid4().hex}"
        block = {"type": "tool_use", "id": identity, "name": tool, "input": arguments}
        answer = [{"type": "tool_result", "tool_use_id": identity, "content": result}]
        return [
            self._assistant([block]),
            self._row("user", {"message": {"role": "user", "content": answer}, "toolUseResult": outcome}),
        ]

    def _assistant(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        usage = {
            "input_tokens": 5,
            "output_tokens": 7,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 50,
        }
        message = {"id": f"msg_{uuid.uuid4().hex}", "role": "assistant", "content": content, "usage": usage}
        return self._row("assistant", {"message": message})

    def _row(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        stamp = datetime.fromtimestamp(self._moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        row = {
            "type": kind,
            "uuid": str(uuid.uuid4()),
            "parentUuid": self._last,
            "timestamp": stamp,
            **fields,
            **self._common,
        }
        self._last = row["uuid"]
        return row


def nowhere(_: Launch) -> str | None:
    """An opener that can't open anything."""
    return None
