"""`forksight statusline`: one line, at once, that is right with a resident process and without."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.adapters.store.status_files import StatusFiles, cache_folder, parse_json
from forksight.app.workbench import Forksight
from forksight.core.agents.status_line import line, segments
from forksight.features.agents.keep_status import keep_once
from tests.agents.checkouts import Checkouts, lines
from tests.agents.conftest import Employ
from tests.conftest import Checkout
from tests.forks.sessions_repo import SessionsRepo
from tests.waiting import wait_for

PROGRAM = Path(sys.executable).with_name("forksight")
LONG = 120  # seconds


@pytest.fixture(autouse=True)
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is kept of earlier tests."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path / "caches"


def show(cwd: Path, *arguments: str, text: str | None = None, **fields: object) -> str:
    """What is printed for a session that works in `cwd`, without its line break."""
    document = {"session_id": "s", "cwd": "/", "workspace": {"current_dir": str(cwd)}, **fields}
    done = subprocess.run(
        [PROGRAM, "statusline", *arguments],
        input=(json.dumps(document) if text is None else text).encode(errors="surrogateescape"),
        capture_output=True,
        cwd="/",
        check=True,
    )
    assert done.stdout.endswith(b"\n")
    return done.stdout.decode()[:-1]


def is_shown(cwd: Path, expected: str, *, session_id: str = "s") -> None:
    """Wait until a line is that."""
    shown = ""

    def probe() -> bool:
        nonlocal shown
        shown = show(cwd, session_id=session_id)
        return shown == expected

    try:
        wait_for(expected, probe, LONG)
    except TimeoutError as error:
        raise AssertionError(f"{error}, not: {shown}") from error


@pytest.fixture
def sessions_repo(checkouts: Checkouts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SessionsRepo:
    """A baseline, its fork on feature/pay, and conflicting edits."""
    config = tmp_path / "claude"
    (config / "projects").mkdir(parents=True)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(config))
    made = SessionsRepo(checkouts.main, config)
    base = made.session("shop")
    made.mark(base, "shop-core")
    made.fork_of(base, "f0000000-0000-4000-8000-000000000000", str(checkouts.pay.path), "feature/pay", title="pay")
    checkouts.main.write({"app.py": lines(five="five of main")})
    return made


@pytest.fixture
def kept(checkouts: Checkouts) -> Iterator[Path]:
    """What another process keeps of feature/pay: "feature/pay · 2 conflicts"."""
    files, path = StatusFiles(cache_folder(os.environ)), str(checkouts.pay.path)
    files.read(path)
    assert files.hold(path)
    files.keep(path, json.dumps({"version": 1, "worktree": path, "branch": "feature/pay", "conflicts": "2 conflicts"}))
    yield next(Path(cache_folder(os.environ)).glob("status/*.json"))
    files.release(path)


FORK = "f0000000-0000-4000-8000-000000000000"


def test_without_anybody_who_looks_it_looks_itself(sessions_repo: SessionsRepo, checkouts: Checkouts) -> None:
    first = show(checkouts.pay.path)
    assert first.startswith("feature/pay")
    is_shown(checkouts.pay.path, "feature/pay · 1 conflict · shop-core 1")
    checkouts.main.write({"app.py": lines()})
    is_shown(checkouts.pay.path, "feature/pay · shop-core 1")
    checkouts.pay.git("switch", "--quiet", "-c", "feature/cart")
    is_shown(checkouts.pay.path, "feature/cart · shop-core 1")


def test_a_resident_process_keeps_it_current(sessions_repo: SessionsRepo, checkouts: Checkouts, employ: Employ) -> None:
    checkouts.main.git("config", "forksight.baseline.staleAfterCommits", "1")
    files, path = StatusFiles(cache_folder(os.environ)), str(checkouts.pay.path)
    files.read(path)  # as a status line does
    employ(checkouts.pay)
    wait_for("somebody who keeps it", lambda: files.read(path)[1], LONG)
    assert show(checkouts.pay.path) == "feature/pay · 1 conflict · shop-core 1"
    kept = next(Path(cache_folder(os.environ)).glob("status/*.json"))
    checkouts.main.write({"app.py": lines()})
    wait_for("the end of the conflict", lambda: json.loads(kept.read_text())["conflicts"] == "", LONG)
    assert show(checkouts.pay.path) == "feature/pay · shop-core 1"
    checkouts.main.commit({"CLAUDE.md": "rules\n"})
    wait_for("the stale baseline", lambda: json.loads(kept.read_text())["stale"] is True, LONG)
    assert show(checkouts.pay.path) == "feature/pay · shop-core 1 is stale: 1 commit; CLAUDE.md changed"


def test_a_session_that_waits_is_named_but_to_itself(
    sessions_repo: SessionsRepo, checkouts: Checkouts, employ: Employ
) -> None:
    employ(checkouts.main)
    sessions_repo.run_in(FORK, str(checkouts.pay.path), status="waiting", waiting_for="permission prompt")
    is_shown(checkouts.main.path, "main · 1 conflict · “pay” waits for a permission · shop-core 1")
    is_shown(checkouts.pay.path, "feature/pay · fork “pay” · 1 conflict · shop-core 1", session_id=FORK)
    sessions_repo.quit()
    is_shown(checkouts.main.path, "main · 1 conflict · shop-core 1")


def test_nobody_keeps_what_is_not_shown(
    sessions_repo: SessionsRepo, checkouts: Checkouts, employ: Employ, caches: Path
) -> None:
    agent = employ(checkouts.pay)
    agent.read("app.py")
    files, path = StatusFiles(cache_folder(os.environ)), str(checkouts.main.path)
    files.read(path)
    wait_for("somebody who keeps it", lambda: files.read(path)[1], LONG)
    names = {json.loads(path.read_text())["worktree"] for path in (caches / "forksight/status").glob("*.json")}
    assert names == {str(checkouts.main.path)}


def test_of_several_processes_one_keeps_it_and_the_next_takes_over(checkouts: Checkouts) -> None:
    path = str(checkouts.main.path)
    first, second = StatusFiles(cache_folder(os.environ)), StatusFiles(cache_folder(os.environ))
    assert not first.hold(path), "no status line is shown there"
    first.read(path)
    assert first.hold(path)
    assert not second.hold(path)
    first.keep(path, json.dumps({"version": 1, "worktree": path}))
    assert second.read(path) == ({"version": 1, "worktree": path}, True)
    first.release(path)
    assert second.hold(path)
    assert second.read(path)[1] is False, "the second has not looked yet"


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", "[" * 10_000, '{"cwd": 1, "workspace": []}', '{"cwd": "/\udcff"}']
)
def test_whatever_comes_it_exits_with_0(text: str) -> None:
    assert show(Path("/"), text=text) == ""


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&- <&-", ">/dev/full", "<&- >&- 2>&-", "< <(printf '{')"])
def test_whatever_is_closed_it_exits_with_0(checkouts: Checkouts, kept: Path, streams: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f'exec "$0" statusline {streams}', PROGRAM],
        cwd=checkouts.pay.path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    said = "" if ">&-" in streams.replace("2>&-", "") or "full" in streams else "feature/pay · 2 conflicts\n"
    assert (done.stdout, done.stderr) == (said, "")


def test_outside_of_a_repository_the_line_is_empty(tmp_path: Path) -> None:
    assert show(tmp_path) == ""
    assert show(tmp_path / "gone") == ""


def test_without_a_cache_there_is_still_a_line(checkouts: Checkouts, caches: Path) -> None:
    caches.write_text("no folder\n")
    assert show(checkouts.pay.path) == "feature/pay · …"


@pytest.mark.parametrize("text", ["[", "[]", "{}", '{"worktree": "/elsewhere", "branch": "other"}', "\x00"])
def test_a_broken_file_counts_for_nothing(checkouts: Checkouts, kept: Path, text: str) -> None:
    kept.write_text(text)
    assert show(checkouts.pay.path) == "feature/pay · …"


def test_what_the_person_had_before_comes_first(checkouts: Checkouts, kept: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    shown = show(checkouts.pay.path, "--first", f"cat > {seen}; printf 'mine'; exit 3", session_id="x" * 300_000)
    assert shown == "mine\nfeature/pay · 2 conflicts"
    assert json.loads(seen.read_text())["session_id"] == "x" * 300_000
    assert show(checkouts.pay.path, "--first", "true") == "feature/pay · 2 conflicts"


def test_the_program_with_options_prints_the_same(checkouts: Checkouts, kept: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "-C", checkouts.pay.path, "statusline"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "feature/pay · 2 conflicts\n"


def test_names_of_strangers_move_no_cursor(repo: Checkout) -> None:
    repo.git("switch", "--quiet", "-c", "a\u202eb")
    assert show(repo.path).startswith("a\\u202eb")
    keep_once(Forksight().open(str(repo.path)))  # or the process that the line started does, if it still looks
    folder = Path(cache_folder(os.environ))
    kept = wait_for("a status that is kept", lambda: next(folder.glob("status/*.json"), None), LONG)
    assert json.loads(kept.read_text())["branch"] == "a\\u202eb"


def test_it_is_cut_to_the_width_of_the_terminal(
    checkouts: Checkouts, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "8")
    assert show(checkouts.pay.path) == "feature…"


KEPT = {
    "branch": "feature/pay",
    "forks": {"s": "fork “pay”"},
    "conflicts": "2 conflicts",
    "waiting": [["s", "“pay” waits for a permission"], ["t", "“a” waits for you"], ["u", "“b” waits for you"]],
    "baseline": "shop 2 is stale: 3 commits",
    "stale": True,
}


def test_colours_and_none() -> None:
    parts = segments(KEPT, "s")
    plain = "feature/pay · fork “pay” · 2 conflicts · 2 sessions wait for you · shop 2 is stale: 3 commits"
    assert line(parts, more=False, columns=None, colours=False) == plain
    coloured = line(parts, more=False, columns=None, colours=True)
    assert coloured.startswith("\x1b[1mfeature/pay\x1b[0m · fork “pay” · \x1b[33m2 conflicts\x1b[0m")
    assert line(parts, more=True, columns=None, colours=False) == f"{plain} · …"
    called_so = segments({"branch": "feature/pay", "forks": {"s": "fork “feature/pay”"}}, "s")
    assert line(called_so, more=False, columns=None, colours=False) == "feature/pay · fork"


@given(st.integers(1, 90), st.sampled_from(["漢字かな", "e\u0301e\u0301", "plain"]), st.booleans())
def test_a_line_is_never_wider_than_asked(columns: int, words: str, more: bool) -> None:
    from rich.cells import cell_len

    shown = line(segments({**KEPT, "branch": words * 5}, "t"), more=more, columns=columns, colours=False)
    assert shown
    assert cell_len(shown) <= columns


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda of: st.lists(of) | st.dictionaries(st.text(), of)
    )
)
def test_json_is_read_as_by_json(value: object) -> None:
    assert parse_json(f" {json.dumps(value)}\n") == value
    for broken in ("", "{", '{"a": 1,}', "nope"):
        with pytest.raises(ValueError, match=r"JSON|Expecting|property"):
            parse_json(broken)


def test_the_cache_is_where_all_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("/elsewhere", "", None):
        monkeypatch.setenv("XDG_CACHE_HOME", value) if value is not None else monkeypatch.delenv("XDG_CACHE_HOME")
        assert cache_folder(os.environ) == platformdirs.user_cache_dir("forksight", appauthor=False)


@pytest.mark.parametrize("current", [True, False])
def test_it_loads_next_to_nothing(checkouts: Checkouts, current: bool) -> None:
    files, path = StatusFiles(cache_folder(os.environ)), str(checkouts.main.path)
    if current:
        files.read(path)
        assert files.hold(path)
        files.keep(path, json.dumps({"version": 1, "worktree": path, "branch": "main"}))
    code = (
        "import sys; before = set(sys.modules); sys.argv = ['forksight', 'statusline']\n"
        "from forksight.__main__ import main; main(); print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    shown, modules = done.stdout.splitlines()
    assert shown == ("main" if current else "main · …")
    loaded = {name for name in modules.split() if not name.startswith("forksight")}
    assert loaded <= {"fcntl", "_json", "_blake2", "time"}
