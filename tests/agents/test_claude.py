"""The plugin with the real Claude Code, judged by what the requests to the model contain."""

import json
import os
import re
import shutil
import signal
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.agents.conftest import Two, lines
from tests.claude.conftest import claude, claude_old, model  # noqa: F401 - fixtures, by their names
from tests.claude.rig import Claude
from tests.rigs import ROOT
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(240)]

PLUGIN = ROOT / "editors/claude"
SINCE = r"\(uncommitted, since \d\d:\d\d\)"
SEEN = rf"app\.py:5 is also changed in feature/pay {SINCE}:\n  \| five of pay"
REFUSED = rf"PreToolUse:\w+ hook error: Nothing was written, because merging would conflict\. {SEEN}"

OURS = re.compile(r"hook (additional context|success|error)|orksight")


@dataclass(frozen=True)
class Team:
    """Two worktrees, and a Claude Code with the plugin."""

    two: Two
    claude: Claude

    def prompt(self, cwd: Path, prompt: str, *arguments: str) -> list[dict[str, Any]]:
        """The requests that a new `-p` session makes."""
        before = len(self.claude.model.requests)
        plugin = ("--plugin-dir", str(PLUGIN))
        self.claude.run(cwd, "-p", "--dangerously-skip-permissions", *plugin, *arguments, "--", prompt)
        return self.claude.model.requests[before:]

    def heard(self, prompt: str, *arguments: str) -> str:
        """All that a session in the main checkout has read when it ends."""
        return read_by_model(self.prompt(self.two.main.path, prompt, *arguments))

    @property
    def app(self) -> Path:
        """The file that both change."""
        return self.two.main.path / "app.py"


def read_by_model(requests: list[dict[str, Any]]) -> str:
    """The texts of the longest conversation among requests: prompts, tool results, and what hooks add to them."""
    longest = max((request["messages"] for request in requests), key=len)
    return "\n".join(texts(longest))


def texts(value: Any) -> Iterator[str]:
    """Every text in messages, but for what the model itself says."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            if not (isinstance(item, dict) and item.get("role") == "assistant"):
                yield from texts(item)
    elif isinstance(value, dict):
        yield from texts(value.get("content", value.get("text")))


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> None:
    """`forksight` is on PATH, as after an installation; nothing ties Claude Code to whoever runs the tests."""
    for name in ("TMUX", "CLAUDE_CONFIG_DIR", "CLAUDECODE", "CLAUDE_CODE_SESSION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


@pytest.fixture
def team(two: Two, claude: Claude, program: None) -> Team:  # noqa: F811 - a fixture
    return Team(two, claude)


def without_program(monkeypatch: pytest.MonkeyPatch, *instead: Path) -> None:
    """Take `forksight` off PATH; folders may come in its place."""
    here = Path(sys.executable).parent
    rest = [folder for folder in os.environ["PATH"].split(":") if folder != str(here)]
    assert shutil.which("forksight", path=":".join(rest)) is None
    monkeypatch.setenv("PATH", ":".join([*map(str, instead), *rest]))


def test_it_reads_hears_and_edits(team: Team) -> None:
    heard = team.heard(f"READ {team.app}\nEDIT {team.app} line 5=>five of main")
    assert re.search(rf"PostToolUse:Read hook additional context: {SEEN}", heard)
    assert re.search(
        rf"PostToolUse:Edit hook additional context: app\.py:5 conflicts now with feature/pay {SINCE}", heard
    )
    assert heard.count("five of pay") == 1, "the same fact is told once"
    assert team.app.read_text() == lines(five="five of main")


def test_an_edit_without_reading_is_refused_once_and_then_written(team: Team) -> None:
    requests = team.prompt(
        team.two.main.path, f"EDIT {team.app} line 5=>five of main\nEDIT {team.app} line 5=>five of main"
    )
    assert re.search(REFUSED, read_by_model(requests[:2]))
    assert "has been updated successfully" not in read_by_model(requests[:2]), "it is told before it writes"
    assert "has been updated successfully" in read_by_model(requests)
    assert team.app.read_text() == lines(five="five of main")


def test_lines_that_would_break_a_clean_merge_are_refused_once(team: Team) -> None:
    main, pay = team.two.main, team.two.pay
    main.commit(
        {"util.py": "def charge():\n    pass\n", "shop.py": "import util\n\n\ndef pay():\n    return 1\n"}, "shop"
    )
    pay.git("merge", "--quiet", "main")
    pay.write({"util.py": "def bill():\n    pass\n"})
    os.utime(pay.path / "util.py", (1, 1))
    shop = main.path / "shop.py"
    edit = f"EDIT {shop} return 1=>return util.charge()"
    heard = team.heard(f"{edit}\n{edit}")
    assert len(re.findall("shop.py:5: feature/pay removes `charge` from util.py ", heard)) == 1
    assert "and the merge would be broken" in heard
    assert "util.charge()" in shop.read_text()


def test_it_may_change_its_mind(team: Team) -> None:
    heard = team.heard(f"EDIT {team.app} line 5=>five of main\nEDIT {team.app} line 5=>five of pay")
    assert len(re.findall(REFUSED, heard)) == 1
    assert team.app.read_text() == lines(five="five of pay")


def test_write_is_refused_too(team: Team) -> None:
    text = lines(five="five of main").replace("\n", "\\n")
    heard = team.heard(f"WRITE {team.app} {text}\nWRITE {team.app} {text}")
    assert len(re.findall(REFUSED, heard)) == 1


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cat app.py", SEEN),
        (
            "sed -i 's/line 5/five of main/' app.py",
            rf"app\.py:5 conflicts now with feature/pay {SINCE}: merging will stop there\. Their version:\n  \| five of pay",
        ),
    ],
)
def test_bash_is_followed(team: Team, command: str, expected: str) -> None:
    assert re.search(f"PostToolUse:Bash hook additional context: {expected}", team.heard(f"BASH {command}"))


def test_a_heredoc_and_a_failing_command_are_followed(team: Team) -> None:
    script = (
        "import sys; text = open('app.py').read(); open('app.py', 'w').write(text.replace('line 5', '5')); sys.exit(3)"
    )
    heard = team.heard(f'BASH python3 -c "{script}"')
    assert re.search(
        r"PostToolUseFailure:Bash hook additional context: app\.py:5 conflicts now with feature/pay", heard
    )


def test_another_worktrees_path_is_refused_once(team: Team) -> None:
    main, pay = team.two.main.path, team.two.pay.path
    heard = read_by_model(team.prompt(pay, f"EDIT {main}/README hello=>bye\nEDIT {main}/README hello=>bye"))
    assert heard.count("Nothing was written: ") == 1
    assert f"That file is {pay}/README: edit it there." in heard
    assert (main / "README").read_text() == "bye\n"


def test_a_session_that_is_resumed_hears_of_a_branch_that_moved_and_nothing_twice(team: Team) -> None:
    session, pay = str(uuid.uuid4()), team.two.pay.path
    first = team.heard(f"READ {team.app}", "--session-id", session)
    assert first.count("five of pay") == 1
    again = read_by_model(team.prompt(team.two.main.path, f"READ {team.app}", "--resume", session))
    assert again.count("five of pay") == 1, "what stands in its context is not said again by a new process"
    team.two.main.commit({"README": "moved\n"})
    heard = read_by_model(team.prompt(pay, "hello"))
    assert "SessionStart hook additional context: main has 1 commit that feature/pay does not have" in heard


def test_without_an_overlap_the_model_gets_not_one_token(team: Team) -> None:
    readme = team.two.main.path / "README"
    prompt = f"READ {readme}\nEDIT {readme} hello=>bye\nBASH cat README; ls > list.txt\nWRITE {readme.parent}/new.py x\nAGENT BASH cat README"
    with_plugin = team.prompt(team.two.main.path, prompt)
    assert not OURS.search(read_by_model(with_plugin))
    names = {tool["name"] for request in with_plugin for tool in request.get("tools", [])}
    assert not [name for name in names if "forksight" in name.lower() or name.startswith("mcp__")]
    for request in with_plugin:
        assert "forksight" not in json.dumps(request).lower().replace(str(ROOT).lower(), "")


def test_a_subagent_hears_at_its_start_of_files_that_its_session_works_with(team: Team) -> None:
    requests = team.prompt(team.two.main.path, f"READ {team.app}\nAGENT EDIT {team.app} line 5=>five of main")
    heard = [read_by_model([request]) for request in requests]
    assert any(
        re.search(rf"SubagentStart hook additional context: Other worktrees edit .*\n{SEEN}", text) for text in heard
    )


def test_a_subagent_is_refused_for_itself(team: Team) -> None:
    prompt = f"AGENT EDIT {team.app} line 5=>five of main\nEDIT {team.app} line 5=>five of main"
    requests = team.prompt(team.two.main.path, prompt)
    refused = {text for request in requests for text in texts(request["messages"]) if re.search(REFUSED, text)}
    assert refused
    assert team.app.read_text() == lines(), "each of them was refused once, and did not repeat"


def test_in_a_worktree_that_has_just_been_made_it_hears_from_the_first_edit_on(team: Team) -> None:
    worktrees = str(ROOT / "editors/claude-worktrees")
    place = team.two.main.path / ".claude/worktrees/feature-auth"
    prompt = f"EDIT {place}/app.py line 5=>five of auth\nEDIT {team.two.main.path}/README hello=>bye\nBASH echo done"
    heard = team.heard(prompt, "--plugin-dir", worktrees, "--worktree", "feature/auth")
    assert re.search(REFUSED, heard)
    assert (place / "app.py").read_text() == lines()
    # Of a worktree that it asked for itself, Claude Code 2.1.332 refuses the main checkout's paths before any hook.
    assert (team.two.main.path / "README").read_text() == "hello\n"


def test_in_a_terminal_the_person_sees_it(team: Team) -> None:
    team.claude.trust(team.two.main.path)
    before = len(team.claude.model.requests)
    with team.claude.interactive(team.two.main.path, "--plugin-dir", str(PLUGIN)) as terminal:
        terminal.type(f"EDIT {team.app} line 5=>five of main")
        terminal.wait("OK: EDIT")
        assert "app.py:5 is also changed in feature/pay" in terminal.screen()
        terminal.type("EDIT app.py line 5=>five of main again")
        wait_for("the edit", lambda: "five of main again" in team.app.read_text())
    assert re.search(REFUSED, read_by_model(team.claude.model.requests[before:]))


def test_the_old_claude_code_tells_too(two: Two, claude_old: Claude, program: None) -> None:  # noqa: F811 - a fixture
    team = Team(two, claude_old)
    heard = team.heard(f"READ {team.app}\nEDIT {team.app} line 5=>five of main")
    assert re.search(SEEN, heard)


# ---------------------------------------------------------------------------------------------- failures of ours


def work(team: Team, *arguments: str) -> str:
    """A session that reads, edits and runs a command, all of which must go well; what it has read."""
    heard = team.heard(f"READ {team.app}\nEDIT {team.app} line 5=>five of main\nBASH echo done > done.txt", *arguments)
    assert team.app.read_text() == lines(five="five of main")
    assert (team.app.parent / "done.txt").read_text() == "done\n"
    return heard


def start_message(team: Team) -> str:
    """What the person is told at the start of a session."""
    done = team.claude.run(
        team.two.main.path,
        "-p",
        "--verbose",
        "--output-format=stream-json",
        "--include-hook-events",
        "--plugin-dir",
        str(PLUGIN),
        "--",
        "hello",
        ok=False,
    )
    return done.stdout


def test_without_the_program_everything_goes_on(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    without_program(monkeypatch)
    assert not OURS.search(work(team))
    assert "Forksight is not installed" in start_message(team)


def test_with_an_older_program_everything_goes_on(team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "forksight").write_text(
        f"#!{sys.executable}\nfrom forksight import cli\nfrom forksight.app.workbench import main\n"
        "del cli.COMMANDS['mcp'], cli.COMMANDS['hook']\nmain()\n"
    )
    (old / "forksight").chmod(0o755)
    without_program(monkeypatch, old)
    assert not OURS.search(work(team))
    assert "is older than its plugin" in start_message(team)


def test_with_strict_mcp_config_everything_goes_on(team: Team) -> None:
    assert not OURS.search(work(team, "--strict-mcp-config"))


def resident(team: Team) -> psutil.Process:
    """The resident process of the session that runs now."""

    def find() -> psutil.Process | None:
        for process in psutil.process_iter(["cmdline"]):
            command = process.info["cmdline"] or []
            if (
                command[-1:] == ["mcp"]
                and "python" in command[0]
                and process.environ().get("HOME") == str(team.claude.home)
            ):
                return process
        return None

    return wait_for("the resident process", find)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["crashed", "hanging"])
def test_with_a_resident_process_that_is_gone_or_hangs_everything_goes_on(team: Team, number: signal.Signals) -> None:
    team.claude.trust(team.two.main.path)
    with team.claude.interactive(team.two.main.path, "--plugin-dir", str(PLUGIN)) as terminal:
        terminal.type("BASH true")
        terminal.wait("OK: BASH true")
        process = resident(team)
        process.send_signal(number)
        try:
            terminal.type(f"EDIT {team.app} line 5=>five of main")
            wait_for("the edit", lambda: team.app.read_text() == lines(five="five of main"))
            terminal.wait("OK: EDIT")
            terminal.type("EDIT app.py line 6=>six of main")
            wait_for("another edit", lambda: "six of main" in team.app.read_text())
        finally:
            if number is signal.SIGSTOP:
                process.kill()
