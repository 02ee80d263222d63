"""`forksight setup`, with the real Claude Code: what it changes in the settings, and that nothing of it stays behind."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from tests.agents.checkouts import Checkouts
from tests.claude.rig import Claude, processes_of
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(600), pytest.mark.usefixtures("program")]

MINE = (
    '{\n    "model": "opus",\n    "statusLine": {"type": "command", "command": "echo \'my line\'", "padding": 0}\n}\n'
)


def setup(claude: Claude, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Run `forksight setup`, with more in its environment."""
    env = {**claude.env, "FORKSIGHT_CLAUDE": str(claude.path), "NO_COLOR": "1", **env}
    argv = [sys.executable, "-m", "forksight", "setup", *arguments]
    return subprocess.run(argv, cwd=claude.home, env=env, input=stdin, capture_output=True, text=True, check=False)


def settings_of(claude: Claude) -> Path:
    """The user's settings file, which is not there yet."""
    claude.config.mkdir(exist_ok=True)
    return claude.config / "settings.json"


def files_of(claude: Claude) -> dict[str, str]:
    """What in the home speaks of us, but for what Claude Code's own uninstalling leaves: copies that it has marked for deletion,
    and its note in ~/.claude.json that this plugin is not wanted.
    """
    cache = claude.config / "plugins/cache/forksight"
    assert not cache.exists() or list(cache.glob("*/*/.orphaned_at"))
    texts = {}
    for path in claude.home.rglob("*"):
        if path.is_file() and cache not in path.parents and ".claude/backups" not in str(path):
            text = path.read_text(errors="replace")
            if path.name == ".claude.json":
                text = json.dumps(
                    {name: value for name, value in json.loads(text).items() if name != "declinedPlugins"}
                )
            if "forksight" in f"{path.relative_to(claude.home)} {text}".lower():
                texts[str(path.relative_to(claude.home))] = text
    return texts


@pytest.mark.parametrize("before", [None, MINE], ids=["none", "mine"])
def test_it_is_set_up_and_taken_back_and_nothing_is_left(claude: Claude, before: str | None) -> None:
    settings = settings_of(claude)
    if before is not None:
        settings.write_text(before)
    done = setup(claude, "claude", "--yes", *(["--worktrees", "--lsp"] if before else []))
    assert done.returncode == 0, done.stderr
    assert "To undo this: forksight setup claude --undo" in done.stdout
    written = json.loads(settings.read_text())
    expected = "forksight statusline --first 'echo '\"'\"'my line'\"'\"''" if before == MINE else "forksight statusline"
    assert written["statusLine"] == {
        "type": "command",
        "command": expected,
        **({"padding": 0} if before == MINE else {"refreshInterval": 10}),
    }
    assert written["enabledPlugins"]["forksight@forksight"] is True
    listed = setup(claude, "--json")
    assert listed.returncode == 0
    listing = json.loads(listed.stdout)["claude"]
    assert (listing["status_line"], listing["settings"]) == ("ours", str(settings))
    assert {plugin["id"] for plugin in listing["plugins"]} == {
        "forksight@forksight",
        *(["forksight-worktrees@forksight", "forksight-lsp@forksight"] if before else []),
    }
    assert (
        setup(claude, "claude", "--yes", *(["--worktrees", "--lsp"] if before else [])).stdout
        == "Everything is set up already.\n"
    )
    undone = setup(claude, "claude", "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert (settings.read_text() if settings.exists() else None) == before
    assert files_of(claude) == {}
    assert setup(claude, "claude", "--undo").stdout == "Nothing is set up.\n"


def test_it_is_shown_and_asked_first(claude: Claude) -> None:
    settings = settings_of(claude)
    settings.write_text(MINE)
    for arguments, stdin in ((["claude"], "n\n"), (["claude"], ""), (["claude", "--dry-run"], "y\n")):
        done = setup(claude, *arguments, stdin=stdin)
        assert done.returncode == 1
        assert re.search(r"^-.*echo 'my line'.*\n(\+.*\n)*\+.*forksight statusline --first", done.stdout, re.MULTILINE)
        assert "claude plugin install forksight@forksight" in done.stdout
        assert "Nothing was changed." in done.stdout
    document = json.loads(setup(claude, "claude", "--json").stdout)
    assert (document["done"], [step["action"] for step in document["steps"]]) == (False, ["write", "run", "run"])
    assert settings.read_text() == MINE
    assert not (claude.config / "plugins/installed_plugins.json").exists()
    assert setup(claude).returncode == 1
    assert "another one is set up" in setup(claude).stdout


@pytest.mark.parametrize(
    "data", [b'{"model": "opus",}\n', b"// mine\n{}\n", b"[]\n", b"\xff{}\n", b'{"statusLine": {"type": "new"}}\n']
)
def test_settings_that_can_not_be_read_lose_no_byte(claude: Claude, data: bytes) -> None:
    settings = settings_of(claude)
    settings.write_bytes(data)
    for arguments in (["--yes"], ["--yes", "--undo"])[: 1 if b"new" in data else 2]:
        done = setup(claude, "claude", *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("forksight: ")
    assert settings.read_bytes() == data


def test_another_configuration_folder_and_a_linked_file(claude: Claude, tmp_path: Path) -> None:
    folder, dotfiles = tmp_path / "config", tmp_path / "dotfiles"
    folder.mkdir()
    dotfiles.mkdir()
    (dotfiles / "settings.json").write_text('{"a": 1}\n')
    (dotfiles / "settings.json").chmod(0o640)
    (folder / "settings.json").symlink_to(dotfiles / "settings.json")
    assert setup(claude, "claude", "--yes", CLAUDE_CONFIG_DIR=str(folder)).returncode == 0
    assert (folder / "settings.json").is_symlink()
    assert os.stat(dotfiles / "settings.json").st_mode & 0o777 == 0o640
    assert "forksight statusline" in (dotfiles / "settings.json").read_text()
    assert not (claude.config / "settings.json").exists()


def caches_of(claude: Claude) -> Path:
    """Where our caches are."""
    return claude.home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "forksight"


def test_the_line_comes_below_the_one_there_was_and_nothing_of_a_session_is_left(
    claude: Claude, checkouts: Checkouts, patient_folder: Path
) -> None:
    settings = settings_of(claude)
    settings.write_text(MINE)
    checkouts.main.write({"app.py": "other\n"})
    assert setup(claude, "claude", "--yes").returncode == 0
    claude.trust(checkouts.pay.path)
    kept = caches_of(claude) / "status"

    def is_kept() -> bool:
        return any(json.loads(file.read_text()).get("conflicts") == "1 conflict" for file in kept.glob("*.json"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{patient_folder}:{os.environ['PATH']}")
        with claude.interactive(checkouts.pay.path) as terminal:
            terminal.type(f"READ {checkouts.pay.path}/app.py")
            terminal.wait("OK: ")
            wait_for("what the resident process keeps for the line", is_kept)
            terminal.type("hello again")  # Claude Code asks for the line with each message, and not in between
            terminal.wait(r"my line\s*\n\s*feature/pay · 1 conflict")
    wait_for("the resident process has ended", lambda: not processes_of(claude.home))
    told = claude.config / "plugins/data/forksight-forksight/told"
    assert kept.is_dir()
    assert len(list(told.iterdir())) == 1
    shown = setup(claude, "claude", "--undo", "--dry-run").stdout
    assert f"remove what agents were told and what status lines show, in {kept.parent}\n" in shown
    assert f"remove what was read of sessions, in {kept.parent}; editors and `forksight tree` read it again\n" in shown
    assert "Not removed:" not in shown
    assert setup(claude, "claude", "--undo", "--yes").returncode == 0
    assert json.loads(settings.read_text())["statusLine"] == json.loads(MINE)["statusLine"]
    assert not kept.parent.exists()
    assert not told.parent.exists(), "Claude Code removes it with the plugin"


def test_an_undo_leaves_what_people_made_and_what_is_in_use(claude: Claude, checkouts: Checkouts) -> None:
    caches = caches_of(claude)
    (caches / "told").mkdir(parents=True)
    (caches / "views").mkdir()
    index = caches / "sessions-0.sqlite3"
    with closing(sqlite3.connect(index)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE files (path)")
        db.commit()
        used = setup(claude, "claude", "--undo", "--yes")
        assert (used.returncode, used.stderr) == (
            2,
            f"forksight: {index} is in use by an editor or a session: close it, and try again\n",
        )
    assert {path.name for path in caches.iterdir()} >= {"views", index.name}
    session = str(uuid.uuid4())
    claude.run(checkouts.main.path, "-p", "--session-id", session, "--", "hello")
    marked = [sys.executable, "-m", "forksight", "baseline", "set", session, "--name", "base"]
    subprocess.run(marked, cwd=checkouts.main.path, env=claude.env, check=True, capture_output=True)
    (caches / "told").mkdir()
    plan = json.loads(setup(claude, "claude", "--undo", "--yes", "--json").stdout)
    ours = checkouts.main.path / ".git/forksight"
    stays = {kept["path"]: kept["why"] for kept in plan["stays"]}
    assert stays[str(ours)] == "your baselines, forks and archives"
    keys = next(Path(path) for path, why in stays.items() if why == "the keys that say that those are yours")
    assert [path.is_dir() for path in keys.iterdir()] == [True]
    assert stays[str(index)] == "where the sessions of your forks are"
    assert stays[str(caches / "views")] == "what an editor shows, for a week"
    assert not (caches / "told").exists()
    assert all(Path(path).exists() for path in stays)


def test_the_old_claude_code_is_set_up_too(claude_old: Claude) -> None:
    assert setup(claude_old, "claude", "--yes").returncode == 0
    assert json.loads(setup(claude_old, "--json").stdout)["claude"]["status_line"] == "ours"
