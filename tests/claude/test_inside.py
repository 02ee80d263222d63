"""Forks made inside a session (`/branch`, `/fork`), and sessions that run: the real Claude Code under tmux."""

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from forksight.adapters.claude.transcripts.index import SessionIndex
from forksight.adapters.claude.transcripts.reader import TranscriptReader
from forksight.core.sessions.session import Evidence, Node, Rows, Scope, State
from forksight.core.sessions.wording import state_text
from tests.claude.billed_sessions import tree_of
from tests.claude.fixtures import install
from tests.claude.model import Model
from tests.claude.rig import Claude, Terminal, is_recorded, rows_in
from tests.conftest import Checkout
from tests.waiting import wait_for

CHOSEN = "\u276f"  # stands before the chosen line, and in the input box

pytestmark = [pytest.mark.claude, pytest.mark.xdist_group("claude-inside")]


@pytest.fixture
def trusted(claude: Claude, repo: Checkout) -> Iterator[Claude]:
    """A Claude Code that asks nothing when it starts in the repository, and whose daemon is gone afterwards."""
    claude.trust(repo.path)
    yield claude
    claude.stop_daemon()


def live(repo: Checkout, claude: Claude) -> dict[str, Node]:
    """The nodes that a process runs, by id."""
    return {node.id: node for node in tree_of(repo, claude.config).nodes if node.live}


def test_branch_inside_a_session(tmp_path: Path, repo: Checkout, model: Model) -> None:
    claude = install("claude-old", tmp_path / "home", model)
    claude.trust(repo.path)
    with claude.interactive(repo.path, "--name", "base") as terminal:
        terminal.ask("READ README")
        base = claude.one_running()
        terminal.type("/branch")
        terminal.wait("Branched conversation")
        terminal.ask("on the branch")
        branch = claude.one_running(base)
        terminal.type("/branch twice")
        terminal.wait("Branched conversation .twice")
        terminal.ask("on the second")
        second = claude.one_running(base, branch)
    forked = claude.fork(repo.path, second, "from outside")
    nodes = {node.id: node for node in tree_of(repo, claude.config).nodes}
    assert [nodes[session].parent for session in (base, branch, second, forked)] == [None, base, branch, second]
    assert [nodes[session].evidence for session in (base, branch, second, forked)] == [
        Evidence.NONE,
        Evidence.FORKED_FROM,
        Evidence.FORKED_FROM,
        Evidence.ROWS,
    ]
    marked = [row for row in claude.rows(second) if "forkedFrom" in row]
    assert nodes[second].rows.inherited == len(marked)
    assert nodes[second].title == "twice"
    claude.transcript(branch).unlink()
    orphan = next(node for node in tree_of(repo, claude.config).nodes if node.id == second)
    assert (orphan.parent, orphan.evidence) == (None, Evidence.FORKED_FROM)
    assert orphan.rows == nodes[second].rows


@pytest.mark.parametrize("version", ["claude", "claude-old"])
@pytest.mark.parametrize(("work", "begun"), [("HOLD", "HOLD"), ("BASH sleep 60", "toolu_.*sleep 60")])
def test_a_fork_of_a_session_in_mid_turn(
    tmp_path: Path, repo: Checkout, model: Model, version: str, work: str, begun: str
) -> None:
    claude = install(version, tmp_path / "home", model)
    claude.trust(repo.path)
    with claude.interactive(repo.path, "--name", "base") as terminal:
        terminal.ask("READ README")
        base = claude.one_running()
        terminal.type(work)
        wait_for("it on disk", lambda: any(re.search(begun, str(row.get("message"))) for row in claude.rows(base)))
        fork = claude.fork(repo.path, base, "hello")
        shared = {row["uuid"] for row in claude.rows(base) if "uuid" in row}
        model.release()
    node = next(node for node in tree_of(repo, claude.config).nodes if node.id == fork)
    assert (node.parent, node.evidence) == (base, Evidence.ROWS)
    assert node.rows.inherited == len([row for row in claude.rows(fork) if row.get("uuid") in shared])


@pytest.mark.parametrize("version", ["claude", "claude-old"])
def test_forks_that_are_compacted_before_they_are_asked_anything(
    tmp_path: Path, repo: Checkout, model: Model, version: str
) -> None:
    claude = install(version, tmp_path / "home", model)
    claude.trust(repo.path)
    ids = {"base": claude.start(repo.path, "READ README")}
    claude.go_on(repo.path, ids["base"], "hello")
    family = {"base": None, "first": "base", "of it": "first", "twice": "first", "late": "base"}
    reader = TranscriptReader(str(claude.config), SessionIndex(str(tmp_path / "index.sqlite3")))
    scope = Scope(str(repo.path / ".git"), (str(repo.path),))
    for name, parent in family.items():
        if parent is None:
            continue
        if name == "late":
            claude.go_on(repo.path, ids["base"], "on")
        with claude.interactive(repo.path, "--resume", ids[parent], "--fork-session", "--name", name) as terminal:
            if name != "of it":
                _compact(terminal, model)
            terminal.type(f"work {name}")
            terminal.wait(f"(?s)OK: .*work {name}")
            wait_for("its answer on disk", partial(is_recorded, claude.config, f"work {name}"))
            ids[name] = claude.one_running(*ids.values())
        reader.sessions(scope)  # so that each is read when its parent is known, and not again
    fresh = {node.id: (node.parent, node.rows) for node in tree_of(repo, claude.config).nodes}
    known = {session.id: (session.parent, session.rows) for session in reader.sessions(scope)[0]}
    assert fresh == known
    assert {name: fresh[ids[name]][0] for name in family} == {
        name: ids[parent] if parent else None for name, parent in family.items()
    }
    for name, parent in family.items():
        uuids = {row["uuid"] for row in claude.rows(ids[name]) if "uuid" in row}
        above = {row["uuid"] for row in claude.rows(ids[parent]) if "uuid" in row} if parent else set()
        assert fresh[ids[name]][1] == Rows(len(uuids - above), len(uuids & above)), name


def _compact(terminal: Terminal, model: Model) -> None:
    """Have a session compact itself. What it shows does not say that it did: a compaction of its parent's may stand there too."""

    def summaries() -> int:
        return sum("summary of the conversation" in json.dumps(request["messages"]) for request in model.requests)

    before = summaries()
    terminal.type("/compact")
    wait_for("the summary", lambda: summaries() > before)
    terminal.wait(r"Compacted \(")


def test_a_cleared_session_is_nobodys_fork(claude: Claude, repo: Checkout) -> None:
    claude.trust(repo.path)
    with claude.interactive(repo.path, "--name", "base") as terminal:
        terminal.ask("READ README")
        before = claude.one_running()
        terminal.type("/clear")
        claude.one_running(before)
        terminal.ask("afterwards")
    (node,) = (node for node in tree_of(repo, claude.config).nodes if node.id != before)
    assert (node.parent, node.evidence, node.rows.inherited) == (None, Evidence.NONE, 0)


def test_background_fork_inside_a_session(trusted: Claude, repo: Checkout) -> None:
    with trusted.interactive(repo.path, "--name", "base") as terminal:
        terminal.ask("READ README")
        terminal.type("/fork look around")
        terminal.wait("session running")
        parent = next(state["sessionId"] for state in trusted.running() if state["kind"] == "interactive")
        copies = (trusted.config / "projects").glob("*/*.jsonl")
        fork = wait_for("the fork's answer", lambda: _answered(trusted, parent))
        assert fork in {path.stem for path in copies}
        nodes = {node.id: node for node in tree_of(repo, trusted.config).nodes}
        assert (nodes[fork].parent, nodes[fork].evidence) == (parent, Evidence.ROWS)
        shared = {row["uuid"] for row in trusted.rows(parent) if "uuid" in row}
        inherited = [row for row in trusted.rows(fork) if row.get("uuid") in shared]
        assert nodes[fork].rows.inherited == len(inherited)
        assert nodes[fork].title == "base ⑂ look around"
        kinds = {node.id: node.live.kind for node in live(repo, trusted).values() if node.live}
        assert kinds == {parent: "interactive", fork: "bg"}


def _answered(claude: Claude, parent: str) -> str | None:
    """The id of a session besides the parent that has an answer of its own."""
    for path in (claude.config / "projects").glob("*/*.jsonl"):
        answers = [row for row in rows_in(path) if row.get("type") == "assistant" and "requestSessionId" not in row]
        if path.stem != parent and answers:
            return path.stem
    return None


def test_a_session_that_asks_for_a_permission_waits(claude: Claude, repo: Checkout) -> None:
    claude.trust(repo.path)
    with claude.interactive(repo.path, asks=True) as terminal:
        terminal.type("BASH touch asked")
        terminal.wait("Do you want to proceed")

        def waiting() -> list[Node]:
            return [node for node in live(repo, claude).values() if node.state is State.LIVE_WAITING]

        (node,) = wait_for("a waiting session", waiting)
        assert state_text(node) == "waits for a permission"

        def answered() -> bool:  # the question does not hear a key that comes too early
            terminal.press("Enter")
            return "OK: BASH touch asked" in terminal.screen()

        wait_for("the answer", answered)
        wait_for("an idle session", lambda: [n for n in live(repo, claude).values() if n.state is State.LIVE_IDLE])
    assert (repo.path / "asked").exists()


def test_an_interactive_session_is_live_idle_and_busy(claude: Claude, repo: Checkout, model: Model) -> None:
    claude.trust(repo.path)
    with claude.interactive(repo.path) as terminal:
        terminal.ask("hello there")
        (node,) = wait_for(
            "an idle session", lambda: [n for n in live(repo, claude).values() if n.state is State.LIVE_IDLE]
        )
        assert node.title == "hello there"
        assert node.live is not None
        process = psutil.Process(node.live.pid)
        terminal.type("HOLD")
        assert model.held.wait(60)
        wait_for("a busy session", lambda: [n for n in live(repo, claude).values() if n.state is State.LIVE_BUSY])
        model.release()
        terminal.wait("OK: HOLD")
        process.kill()
        process.wait(60)
        assert (claude.config / "sessions" / f"{process.pid}.json").exists(), "a crash leaves its file behind"
        assert live(repo, claude) == {}
    assert tree_of(repo, claude.config).nodes[0].state is State.IDLE


def test_a_fork_gets_what_was_not_rewound(tmp_path: Path, claude: Claude, repo: Checkout) -> None:
    """Parallel calls and `/rewind`: what we say that a session knows is what the real fork of it gets."""
    repo.commit({"a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n"})
    claude.trust(repo.path)
    with claude.interactive(repo.path, "--name", "base") as terminal:
        terminal.ask("READ a.txt && READ b.txt")
        terminal.ask("READ c.txt")
        terminal.type("/rewind")
        terminal.wait(rf"Restore the code and/or conversation(?s:.*){CHOSEN} \(current\)")
        terminal.press("Up")
        terminal.wait(rf"(?s)\A(?!.*{CHOSEN} \(current\)).*Restore the code")
        terminal.press("Enter")
        terminal.wait(rf"{CHOSEN} 1. Restore conversation")
        terminal.press("Enter")
        # The prompt is back in the input box.
        terminal.wait(rf"(?s)\A(?!.*(Restore conversation|OK: READ c.txt)).*{CHOSEN}\s+READ c.txt")
        terminal.press("C-u")
        terminal.wait(r"(?s)\A(?!.*READ c.txt)")
        terminal.ask("rather this")
        session = claude.one_running()
    fork = claude.fork(repo.path, session, "hello")
    reader = TranscriptReader(str(claude.config), SessionIndex(str(tmp_path / "index.sqlite3")))
    sessions, problems = reader.sessions(Scope(str(repo.path / ".git"), (str(repo.path),)))
    assert problems == ()
    known = {read.id: reader.activity(read)[0] for read in sessions}
    assert {Path(path).name for path in known[session].files_read} == {"a.txt", "b.txt"}
    assert known[session].files_read.keys() == known[fork].files_read.keys()
    assert (known[session].tool_calls, known[fork].tool_calls) == (2, 2)
    rewound = [
        answer for answer in reader.spending(next(s for s in sessions if s.id == session))[0].main if not answer.kept
    ]
    assert len(rewound) == 2  # the call and the answer, which were billed
    inherited = {row["message"].get("id") for row in claude.rows(fork) if row["type"] == "assistant"}
    assert not inherited & {answer.id for answer in rewound}
