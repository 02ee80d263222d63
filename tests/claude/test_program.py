"""Claude Code as a program: found, asked for its version, run in print mode and in the background, for real."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from forksight.adapters.claude import program as claude_program
from forksight.core.claude import launch as launches
from forksight.core.claude.background import Agent, agent_of
from forksight.core.claude.launch import Launch, Program
from forksight.core.problems import ClaudeError
from forksight.core.store.ledger import Fork, Mode
from tests.claude.rig import Claude, rows_in
from tests.conftest import Checkout
from tests.waiting import wait_for


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def cancel_at_once(path: str, cwd: Path) -> None:
    with claude_program.print_run([path], cwd=str(cwd), env={}) as run:
        for _ in run.events():
            run.cancel()


def test_the_variable_beats_the_setting_beats_the_path(tmp_path: Path) -> None:
    on_path = script(tmp_path / "bin" / "claude", "")
    configured, given = script(tmp_path / "set", ""), script(tmp_path / "given", "")
    environ = {"PATH": str(on_path.parent)}
    assert claude_program.find("claude", environ) == str(on_path)
    assert claude_program.find(str(configured), environ) == str(configured)
    assert claude_program.find(str(configured), {**environ, "FORKSIGHT_CLAUDE": str(given)}) == str(given)
    assert claude_program.find("claude", {**environ, "FORKSIGHT_CLAUDE": ""}) == str(on_path)


def test_where_its_installers_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    installed = script(tmp_path / ".local" / "bin" / "claude", "")
    assert claude_program.find("claude", {"PATH": "/nowhere"}) == str(installed)
    with pytest.raises(ClaudeError):
        claude_program.find("claude-next", {"PATH": "/nowhere"})


@pytest.mark.parametrize("wrong", ["/nowhere/claude", "/tmp", "no-such-command"])
def test_a_missing_binary_is_named_with_the_fix(wrong: str) -> None:
    with pytest.raises(ClaudeError, match=wrong) as raised:
        claude_program.find("claude", {"PATH": "/nowhere", "FORKSIGHT_CLAUDE": wrong})
    assert "FORKSIGHT_CLAUDE" in raised.value.sentence


def test_nothing_of_an_outer_session_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDECODE", "1")
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", "outer")
    monkeypatch.setenv("KEPT", "yes")
    binary = script(
        tmp_path / "claude", 'echo "${CLAUDECODE-unset} ${CLAUDE_CODE_SESSION_ID-unset} $KEPT" >out; echo x'
    )
    program = Program(str(binary), config_dir="/config")
    start = launches.background_fork(program, parent="p", launch="l", title="t", cwd=str(tmp_path))
    assert claude_program.start_in_background(start) is None
    assert (tmp_path / "out").read_text() == "unset unset yes\n"
    assert start.env["CLAUDE_CONFIG_DIR"] == "/config"


def test_what_it_complains_of_is_passed_on(tmp_path: Path) -> None:
    binary = script(tmp_path / "claude", "echo first >&2; echo Workspace not trusted. >&2; exit 1")
    with pytest.raises(ClaudeError, match="Workspace not trusted"):
        claude_program.version(str(binary))
    with pytest.raises(ClaudeError, match="could not be started"):
        claude_program.version(str(tmp_path / "gone"))


def test_print_runs_can_be_followed_and_cancelled(tmp_path: Path) -> None:
    binary = script(tmp_path / "claude", """echo '{"type": "system"}'; echo nonsense; echo '{"type": "result"}'""")
    with claude_program.print_run([str(binary)], cwd=str(tmp_path), env={}) as run:
        assert [event["type"] for event in run.events()] == ["system", "result"]
    slow = script(tmp_path / "slow", """echo '{"type": "system"}'; exec sleep 60""")
    with pytest.raises(ClaudeError, match="ended by SIGTERM"):
        cancel_at_once(str(slow), tmp_path)


def test_a_printed_command_is_quoted() -> None:
    start = Launch("s", "it's", "/a b", ("/bin/claude", "--name", "it's", "$(x)"), {"CLAUDECODE": None, "A": "b c"})
    assert (
        start.command({"CLAUDECODE"}) == "cd '/a b' && env -u CLAUDECODE 'A=b c' /bin/claude --name 'it'\"'\"'s' '$(x)'"
    )
    plain = Launch("s", "t", "/w", ("/bin/claude", "--resume", "x"), {"CLAUDECODE": None})
    assert plain.command(()) == "cd /w && /bin/claude --resume x"


def test_flag_and_value_are_two_words_and_no_prompt_unless_asked() -> None:
    program = Program("/bin/claude", ("--model", "opus"))
    start = launches.fork(program, parent="p", session="s", title="t", cwd="/w")
    assert start.argv == (
        *("/bin/claude", "--resume", "p", "--fork-session", "--session-id", "s", "--name", "t"),
        *("--model", "opus"),
    )
    asked = launches.fork(Program("/bin/claude"), parent="p", session="s", title="t", cwd="/w", prompt="do it")
    assert asked.argv[-1] == "do it"
    assert "--" not in asked.argv
    dashed = launches.fork(Program("/bin/claude"), parent="p", session="s", title="t", cwd="/w", prompt="-v")
    assert dashed.argv[-2:] == ("--", "-v")


def test_a_background_fork_is_known_by_its_short_id_or_else_its_place_and_name() -> None:
    fork = Fork("l", None, "p", None, None, "x", "/w/x", "x", Mode.BACKGROUND, 1.0, short="aaaa1111")
    agents = [
        Agent("bbbb2222-1", "bbbb2222", "/w/x", "x", None, None),
        Agent("aaaa1111-2", "aaaa1111", "/w/y", "y", 5, "idle"),
        Agent("cccc3333-2", "cccc3333", "/w/x", "x", 6, "idle"),
    ]
    assert agent_of(fork, agents, ()) == agents[1]
    unnoted = Fork("l", None, "p", None, None, "x", "/w/x", "x", Mode.BACKGROUND, 1.0)
    assert agent_of(unnoted, agents, ()) is None
    assert agent_of(unnoted, agents, ["bbbb2222-1"]) == agents[2]


@pytest.fixture
def outside(claude: Claude, monkeypatch: pytest.MonkeyPatch) -> Iterator[Claude]:
    """This process runs in the rig's environment."""
    for name, value in claude.env.items():
        monkeypatch.setenv(name, value)
    yield claude
    claude.stop_daemon()


@pytest.mark.claude
def test_the_real_one(outside: Claude, repo: Checkout) -> None:
    path = claude_program.find(str(outside.path), {"PATH": os.environ["PATH"]})
    assert claude_program.version(path)[0].isdigit()
    program = Program(path)
    with pytest.raises(ClaudeError, match="not trusted"):
        claude_program.start_in_background(
            launches.background_fork(program, parent=str(uuid.uuid4()), launch="l", title="t", cwd=str(repo.path))
        )
    outside.trust(repo.path)
    session = outside.start(repo.path, f"READ {repo.path}/app.py", "--name", "baseline")
    start = launches.background_fork(
        program, parent=session, launch="l", title="in the back", cwd=str(repo.path), prompt="-hello"
    )
    short = claude_program.start_in_background(start)
    assert short is not None

    def listed() -> Agent | None:
        fork = Fork(
            "l", None, session, None, None, None, str(repo.path), "in the back", Mode.BACKGROUND, 1.0, short=short
        )
        return agent_of(fork, claude_program.agents(path, program.environment()), [session])

    agent = wait_for("the agent", listed)
    assert agent.name == "in the back"
    glob = (outside.config / "projects").glob
    name = f"*/{agent.session}.jsonl"
    wait_for("its answer", lambda: [path for path in glob(name) if "OK: -hello" in str(rows_in(path))])
    assert any(row.get("type") == "assistant" for row in outside.rows(agent.session))


@pytest.mark.claude
def test_a_session_is_called_otherwise_and_its_conversation_stays(
    claude_old: Claude, repo: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old Claude Code; what the current one does while the session goes on: tests/agents/test_skills.py."""
    for name, value in claude_old.env.items():
        monkeypatch.setenv(name, value)
    program, session = Program(str(claude_old.path)), claude_old.start(repo.path, "hello")
    before = claude_old.transcript(session).read_bytes()
    asked = len(claude_old.model.requests)
    claude_program.rename(program, session, "mine", str(repo.path))
    rows = claude_old.rows(session)[before.count(b"\n") :]
    assert claude_old.transcript(session).read_bytes().startswith(before)
    assert [row["customTitle"] for row in rows if "customTitle" in row] == ["mine"]
    assert not [row for row in rows if "uuid" in row], "nothing was said in it"
    assert len(claude_old.model.requests) == asked
    with pytest.raises(ClaudeError, match="No conversation found"):
        claude_program.rename(program, str(uuid.uuid4()), "mine", str(repo.path))
