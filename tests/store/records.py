"""Records as the ledger and the vault keep them: a fork, a baseline, an archive, a session with its copy."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from forksight.adapters.store.vault import Vault
from forksight.core.sessions.session import Evidence, Node, Rows, Session, State, Tokens
from forksight.core.store.archives import archived
from forksight.core.store.ledger import Archive, Baseline, Fork, Generation, KeptBranch, KeptWorktree, Mode

SESSION = "075d472b-d8fc-4d92-beef-e5b09b1ff9f3"
ROWS = b'{"uuid": "1"}\n{"uuid": "2"}\n'


def fork(**changes: Any) -> Fork:
    identity = str(uuid.uuid4())
    made = Fork(identity, identity, "parent", "base", 1, "feature/x", "/w/x", "x", Mode.TERMINAL, 12.5)
    return replace(made, **changes)


def baseline(name: str = "base", session: str = "s1") -> Baseline:
    return Baseline(name, 1, (Generation(1, session, "c0ffee", 1.5),))


def archive(session: str, record: Fork | None = None) -> Archive:
    node = Node(
        session, "pay", "parent", Evidence.ROWS, State.IDLE, "/w/caf\udce9", "pay", 1.0, 2.0, Rows(3, 4), Tokens(5)
    )
    branch = KeptBranch("pay", "c0ffee", (("remote", "origin"), ("merge", "refs/heads/pay")))
    worktree = KeptWorktree("/w/caf\udce9", "c0ffee", "pay")
    return Archive(session, "/a/s", "/t/s.jsonl", 3.0, archived(node), branch, worktree, record)


def session(transcript: str) -> Session:
    return Session(
        SESSION,
        transcript,
        "payments",
        True,
        "/r",
        "main",
        None,
        Evidence.NONE,
        0.0,
        0.0,
        0.0,
        Rows(),
        Tokens(),
        Tokens(),
    )


def keep(vault: Vault, transcript: Path) -> None:
    generation = Generation(1, SESSION, "c0ffee", 1.0)
    vault.keep(session(str(transcript)), Baseline("payments", 1, (generation,)), generation)
