"""Any value of any row may be broken: it costs itself and is counted, and all else is told by every command as before."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from forksight.adapters.claude.transcripts.index import pack, unpack
from forksight.app.workbench import Forksight
from forksight.cli import group
from forksight.core.savings.spending import answers
from forksight.core.sessions.activity import activity
from forksight.core.sessions.booking import Member
from forksight.core.sessions.lineage import links, trace
from forksight.core.sessions.transcripts.outline import Outline
from forksight.core.sessions.transcripts.transcript import fold
from forksight.core.store.ledger import Baseline, Generation
from tests.conftest import Checkout
from tests.examples import examples
from tests.sessions.handmade import HandmadeTranscript, at, session_id, tool, uuid

# JSON texts, as bytes; some are none.
BROKEN = (
    b"null",
    b"true",
    b"-1",
    b"1e400",
    b"NaN",
    b"123456789012345678901234567890",
    b"9223372036854775807",
    b'"\xff\xfe"',
    b'"\\ud800"',
    b'"\\u0000"',
    b'"/a\\u0000b"',
    b'"\\n"',
    b'""',
    b'"0001-01-01T00:00:00+14:00"',
    b'"9999-12-31T23:59:59-14:00"',
    b"[]",
    b"{}",
    b"[" * 100_000 + b"]" * 100_000,
    b"[{}, null, 3]",
    b'"' + b"x" * 100_000 + b'"',
)
MARK = "\u2042"  # stands for a broken value until the row is JSON


def conversation(session: str, cwd: str) -> HandmadeTranscript:
    """A session with each kind of row that is asked anything."""
    handmade = HandmadeTranscript(session, cwd).notes("queue-operation", operation="enqueue", timestamp=at(0))
    handmade.notes(
        "file-history-snapshot", messageId=uuid("u1"), snapshot={"timestamp": at(0), "messageId": uuid("u1")}
    )
    handmade.says("u1", "learn").answers("a1", tool("Read", "t1", file_path="a.txt"))
    file = {"type": "text", "file": {"filePath": f"{cwd}/a.txt", "numLines": 1}}
    handmade.result("r1", "text", tool="t1", toolUseResult=file)
    handmade.answers(
        "a2", tool("Edit", "t2", file_path="/elsewhere/b"), tool("Bash", "t3", command="ls > /elsewhere/c")
    )
    usage = handmade.rows[-1]["message"]["usage"]
    usage["cache_creation"] = {"ephemeral_1h_input_tokens": 1}
    usage["iterations"] = [
        {"type": "advisor_message", "model": "b", **{k: v for k, v in usage.items() if k.endswith("tokens")}}
    ]
    handmade.result("r2", "no", tool="t2", failed=True).says("f", "")
    handmade.rows[-1] |= {"type": "attachment", "attachment": {"type": "file", "content": file}}
    handmade.says("b", "compacted").rows[-1] |= {
        "type": "system",
        "subtype": "compact_boundary",
        "logicalParentUuid": uuid("f"),
    }
    for title in ("custom-title", "agent-name", "ai-title"):
        handmade.notes(title, customTitle="t", agentName="t", aiTitle="t")
    return handmade.says("u2", "go on").answers("a3")


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value inside a row."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def broken(handmade: HandmadeTranscript, number: int, path: tuple[str | int, ...], value: bytes) -> bytes:
    """The transcript with that value at one place of one row."""
    rows = [json.loads(line) for line in handmade.data.splitlines()]
    inner = rows[number]
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = MARK
    texts = (json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode() for row in rows)
    return b"".join(text.replace(f'"{MARK}"'.encode(), value) + b"\n" for text in texts)


def fork() -> HandmadeTranscript:
    """A fork that names its parent in every way, with work of its own."""
    parent = conversation("base", "/r")
    handmade = parent.fork("fork", minute=60, pointer=True).says("u3", "mine").answers("a4")
    handmade.rows[-1] |= {"entrypoint": "cli", "isMeta": False, "isCompactSummary": False, "toolDenialKind": "x"}
    return handmade


FORK = fork()
PLACES = [(number, path) for number, row in enumerate(FORK.rows) for path in places(row)]


@pytest.mark.parametrize("value", BROKEN, ids=[value[:30].decode(errors="replace") for value in BROKEN])
def test_what_is_computed_takes_any_value(value: bytes) -> None:
    parent = Outline()
    fold(parent, conversation("base", "/r").data)
    seen = set()
    for number, path in PLACES:
        kind = FORK.rows[number].get("type"), tuple(key for key in path if isinstance(key, str))
        if kind in seen:
            continue
        seen.add(kind)
        data, outline = broken(FORK, number, path, value), Outline()
        assert fold(outline, data) == len(data)
        assert unpack(pack(outline)) == outline
        assert outline.messages
        orjson.dumps(sorted(links(outline)))
        members = [Member("base", parent, {}), Member(session_id("fork"), outline, {})]
        descents = trace(members, {})
        assert descents["base"].rows.own == len(parent.rows)
        orjson.dumps(
            [(descent.parent, descent.own, descent.inherited, descent.started) for descent in descents.values()]
        )
        happened, _ = activity(data.splitlines(keepends=True))
        assert not any("\0" in path for path in (*happened.files_read, *(edit.path for edit in happened.edits)))
        orjson.dumps([answers(data), happened])
        assert len(outline.rows) >= len([row for row in FORK.rows if "uuid" in row]) - 1


COMMANDS = (
    ("tree",),
    ("savings",),
    ("baseline", "check", "warm"),
    ("clean", "--dry-run"),
    ("compare", session_id("base"), session_id("other")),
)


def run_json(repo: Checkout, *command: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    result = CliRunner().invoke(
        group, ["-C", str(repo.path), *command, "--json"], obj=Forksight(), catch_exceptions=False
    )
    assert "an internal error" not in result.stderr
    if command[0] == "compare" and result.exit_code == 2:  # where a session works may be what is broken
        return {}
    assert result.exit_code in (0, 1), (command, result.stderr)
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def family(cwd: str) -> dict[str, HandmadeTranscript]:
    """A session and its fork, by name."""
    base = conversation("base", cwd)
    return {"base": base, "fork": base.fork("fork", minute=60, pointer=True).says("u3", "mine").answers("a4")}


# (name of the transcript, number of the row, way to the value in it)
PLACES_OF_FAMILY = [
    (name, number, path)
    for name, transcript in family("/r").items()
    for number, row in enumerate(transcript.rows)
    for path in places(row)
]


@examples(15)
@given(place=st.sampled_from(PLACES_OF_FAMILY), value=st.sampled_from(BROKEN))
def test_every_command_tells_the_other_sessions_as_before(
    repo: Checkout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: tuple[str, int, tuple[str | int, ...]],
    value: bytes,
) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shutil.rmtree(tmp_path / "claude", ignore_errors=True)
    projects, cwd = tmp_path / "claude" / "projects", str(repo.path)
    transcripts = family(cwd)
    files = {name: transcript.write(projects) for name, transcript in transcripts.items()}
    there = tmp_path / "topic"
    if not there.exists():
        repo.worktree("../topic", "topic")
    other = HandmadeTranscript("other", str(there)).says("o1", "something else").answers("o2")
    other.write(projects)
    ledger = Forksight().open(cwd).ledger
    if ledger.view()[0].baseline("warm") is None:
        ledger.save_baseline(Baseline("warm", 1, (Generation(1, session_id("base"), None, 0.0),)), replacing=None)
    name, number, path = place
    before = {node["id"]: node for node in run_json(repo, "tree")["sessions"]}
    files[name].write_bytes(broken(transcripts[name], number, path, value))
    after = {node["id"]: node for node in run_json(repo, "tree")["sessions"]}
    assert after.keys() == before.keys()
    assert after[session_id("other")] == before[session_id("other")]
    for command in COMMANDS[1:]:
        run_json(repo, *command)
