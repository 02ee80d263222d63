"""Transcripts made by hand, in the shapes that Claude Code writes, for what real ones can't be made to show."""

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from forksight.core.sessions.session import Session

Row = dict[str, Any]
START = datetime(2026, 5, 1, 12, tzinfo=UTC)


def at(minute: float) -> str:
    """A stamp, so many minutes after the start of all stories."""
    moment = START + timedelta(minutes=minute)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uuid(name: str) -> str:
    """A uuid that is the same for the same name."""
    number = random.Random(name).getrandbits(128)
    return f"{number:032x}"[:8] + "-0000-4000-8000-" + f"{number:032x}"[-12:]


NAMES: dict[str, str] = {}  # by id: what the stories call a session


def session_id(name: str) -> str:
    """The id under which a session of that name is written: Claude Code takes only a uuid for one."""
    identity = name if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", name) else uuid(f"session {name}")
    return NAMES.setdefault(identity, name) and identity


def named(sessions: Iterable[Session]) -> dict[str, Session]:
    """Sessions as they were read, under the names that the stories give them and their parents."""
    renamed = (
        replace(session, id=NAMES[session.id], parent=NAMES.get(session.parent or "", session.parent))
        for session in sessions
    )
    return {session.id: session for session in renamed}


@dataclass
class HandmadeTranscript:
    """A session being written: rows in order, each under the one before."""

    session: str
    cwd: str = "/gone/nowhere"
    branch: str = "main"
    rows: list[Row] = field(default_factory=list)
    minute: float = 0.0

    def _add(self, name: str, row: Row, *, root: bool = False) -> "HandmadeTranscript":
        above = next((old["uuid"] for old in reversed(self.rows) if "uuid" in old), None)
        self.minute += 1
        tail = {"cwd": self.cwd, "sessionId": self.session, "version": "2.1.330", "gitBranch": self.branch}
        stamp = {"uuid": uuid(name), "timestamp": at(self.minute)}
        self.rows.append({"parentUuid": None if root else above, "isSidechain": False, **row, **stamp, **tail})
        return self

    def says(self, name: str, text: str) -> "HandmadeTranscript":
        """A prompt."""
        return self._add(name, {"type": "user", "message": {"role": "user", "content": text}})

    def answers(
        self,
        name: str,
        *tools: Row,
        usage: tuple[int, int, int, int] = (1, 2, 3, 4),
        message: str | None = None,
        model: str = "m",
    ) -> "HandmadeTranscript":
        """An answer, with tool calls if any are given. Usage is input, output, cache read, cache write."""
        counts = {
            "input_tokens": usage[0],
            "cache_creation_input_tokens": usage[3],
            "cache_read_input_tokens": usage[2],
            "output_tokens": usage[1],
        }
        head = {"id": message or f"msg_{name}", "type": "message", "role": "assistant", "model": model}
        content = list(tools) or [{"type": "text", "text": name}]
        return self._add(name, {"message": {**head, "content": content, "usage": counts}, "type": "assistant"})

    def result(
        self, name: str, text: str, *, tool: str = "t1", failed: bool = False, **more: object
    ) -> "HandmadeTranscript":
        """A tool's result."""
        block: Row = {"tool_use_id": tool, "type": "tool_result", "content": text}
        if failed:
            block = {"type": "tool_result", "content": text, "is_error": True, "tool_use_id": tool}
        return self._add(name, {"type": "user", "message": {"role": "user", "content": [block]}, **more})

    def notes(self, kind: str, **values: object) -> "HandmadeTranscript":
        """A bookkeeping row."""
        self.rows.append({"type": kind, **values, "sessionId": self.session})
        return self

    def fork(
        self, session: str, *, minute: float, paid: bool = True, queued: bool = True, pointer: bool = False
    ) -> "HandmadeTranscript":
        """A fork made at a minute: with the payers of 2.1.330 (`paid`), its bookkeeping (`queued`), `/branch`'s pointer."""
        child = HandmadeTranscript(session, self.cwd, self.branch, minute=minute)
        if queued:
            child.notes("queue-operation", operation="enqueue", timestamp=at(minute))
        for row in self.rows:
            if "uuid" in row:
                copied = {**row, "sessionId": session}
                if paid and row["type"] == "assistant":
                    copied.setdefault("requestSessionId", self.session)
                if pointer:
                    copied["forkedFrom"] = {"sessionId": self.session, "messageUuid": row["uuid"]}
                child.rows.append(copied)
        return child

    @property
    def data(self) -> bytes:
        """The transcript as Claude Code writes it."""
        return lines([_written(row) for row in self.rows])

    def write(self, projects: Path, folder: str | None = None) -> Path:
        """Put it where Claude Code would."""
        name = folder or "".join(char if char.isalnum() else "-" for char in self.cwd)
        path = projects / name / f"{session_id(self.session)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.data)
        return path


def _written(row: Row) -> Row:
    """A row with the ids of the sessions that it names."""
    changed: Row = {key: session_id(row[key]) for key in ("sessionId", "requestSessionId") if key in row}
    if "forkedFrom" in row:
        changed["forkedFrom"] = {**row["forkedFrom"], "sessionId": session_id(row["forkedFrom"]["sessionId"])}
    return {**row, **changed}


def lines(rows: Sequence[Row], *, shuffled: bool = False) -> bytes:
    """Rows as lines; `shuffled` with their keys in another order, as another writer might."""
    if shuffled:
        rows = [dict(sorted(row.items(), key=lambda pair: pair[0][::-1])) for row in rows]
    return b"".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for row in rows)


def tool(name: str, identity: str = "t1", **arguments: object) -> Row:
    """A tool call."""
    return {"type": "tool_use", "id": identity, "name": name, "input": arguments}
