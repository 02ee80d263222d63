"""What tests of a team's baselines look at: the transcripts and files of a machine, and what the remote holds."""

import json
import subprocess
from pathlib import Path

from tests.conftest import Checkout
from tests.teams.machines import Machine

REF = "refs/forksight/v1/b/shop-core"


def transcripts(machine: Machine) -> list[Path]:
    """The transcripts in its Claude Code's folder."""
    return sorted(machine.claude.glob("projects/*/*.jsonl"))


def files_of(machine: Machine) -> set[Path]:
    """What there is on a machine but for what git fetched, and for caches."""
    return {path for path in machine.data.parent.rglob("*") if not {"team", ".cache"} & set(path.parts)}


def everything_in(remote: Checkout) -> bytes:
    """The bytes of each object that a repository holds, reachable or not."""
    asked = ["git", "cat-file", "--batch-all-objects", "--batch"]
    return subprocess.run(asked, cwd=remote.path, capture_output=True, check=True).stdout


def one_more(machine: Machine, session: str) -> str:
    """One more answer in a session."""
    rows = machine.sessions.rows(session)
    last = next(row for row in reversed(rows) if row["type"] == "assistant")
    more = {**last, "uuid": last["uuid"][:-4] + "beef", "parentUuid": rows[-1]["uuid"]}
    return json.dumps({**more, "message": {**last["message"], "id": f"msg_{len(rows)}"}}) + "\n"
