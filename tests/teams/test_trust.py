"""What a remote sends is data of strangers: each of these machines costs itself alone, and nothing of theirs is obeyed."""

import json
import os
import subprocess
from collections.abc import Mapping

import pytest

from forksight.adapters.teams import transport
from forksight.core.teams import wire
from tests.conftest import Checkout
from tests.teams.conftest import Machine, five

REFS = "refs/forksight/v1/m/"
EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
WHO = "Eve <eve@example.org> 1767225600 +0000"


class Stranger:
    """Writes to the remote whatever git can store, past every check of a client's."""

    def __init__(self, remote: Checkout) -> None:
        self.remote = remote
        self.base = remote.git("rev-parse", "main").strip()
        self.count = 0

    def store(self, kind: str, data: bytes) -> str:
        asked = ["git", "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
        done = subprocess.run(asked, cwd=self.remote.path, input=data, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def tree(self, entries: Mapping[bytes, tuple[bytes, str]]) -> str:
        data = (mode + b" " + name + b"\0" + bytes.fromhex(oid) for name, (mode, oid) in sorted(entries.items()))
        return self.store("tree", b"".join(data))

    def file(self, path: bytes, data: bytes = b"theirs\n", mode: bytes = b"100644") -> str:
        """A tree with one file, in folders or not."""
        *folders, name = path.split(b"/")
        tree = self.tree({name: (mode, self.store("blob", data))})
        for folder in reversed(folders):
            tree = self.tree({folder: (b"40000", tree)})
        return tree

    def commit(self, tree: str, message: object, *parents: str) -> str:
        text = message if isinstance(message, bytes) else json.dumps(message).encode()
        head = "".join([f"tree {tree}\n", *(f"parent {parent}\n" for parent in parents)])
        return self.store("commit", f"{head}author {WHO}\ncommitter {WHO}\n\n".encode() + text)

    def snapshot(self, tree: str, *parents: str, **more: object) -> str:
        said = {"v": 1, "label": "main", "branch": "main", "gone": [], "since": {}, "unmerged": [], "left_out": 0}
        return self.commit(tree, {**said, **more}, *(parents or (self.base,)))

    def publish(self, *snapshots: str, user: object = "Eve", message: object = None, name: str = "") -> str:
        """A machine with these snapshots; the start of its id, as problems name it."""
        self.count += 1
        machine = name or f"{self.count:08x}" + "e" * 24
        said = {"v": 1, "user": user, "host": "evil", "at": 1767225600}
        roster = self.commit(EMPTY, said if message is None else message, *snapshots)
        self.remote.git("update-ref", f"{REFS}{machine}", roster)
        return machine[:8]


@pytest.fixture
def stranger(ada: Machine, bob: Machine, remote: Checkout) -> Stranger:
    """After Ada shared a conflict with Bob, who has looked once."""
    remote.git("hash-object", "-t", "tree", "-w", os.devnull)
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.write({"pay.py": five("bob's\n")}).run("share", "on", "--yes")
    return Stranger(remote)


def told(bob: Machine) -> tuple[list[str], list[str]]:
    """Whose lines conflict with Bob's, and the problems, after a look."""
    bob.run("share", "now")
    report = bob.json("overlaps", ends=1)
    return [overlap["other"]["user"] for overlap in report["overlaps"]], [
        problem["message"] for problem in report["problems"] if problem["code"] == "colleague-unreadable"
    ]


def test_each_broken_machine_costs_itself_alone(bob: Machine, stranger: Stranger) -> None:
    say, file = stranger.publish, stranger.file(b"pay.py")
    bomb = stranger.store("blob", b"x")
    for _ in range(8):
        bomb = stranger.tree({b"%02d" % number: (b"40000" if _ else b"100644", bomb) for number in range(20)})
    whole = {
        "parent folder": say(stranger.snapshot(stranger.file(b"../pay.py"))),
        "no author": say(stranger.store("commit", f"tree {EMPTY}\n\nhello\n".encode())),
        "no JSON": say(message=b"hello"),
        "other version": say(message={"v": 2, "user": "Eve", "host": "h", "at": 1}),
        "endless message": say(message=b" " * (wire.LONGEST_MESSAGE + 1)),
        "no name": say(user=["Eve"]),
        "too many worktrees": say(*[stranger.snapshot(file)] * 101),
    }
    snapshots = {
        "outside": stranger.snapshot(EMPTY, gone=["/etc/passwd"]),
        "up": stranger.snapshot(EMPTY, unmerged=["a/../../b"]),
        "no parent": stranger.commit(file, {"v": 1, "label": "x", "branch": None}),
        "not a snapshot": stranger.base,
        "a bomb": stranger.snapshot(bomb),
        "from a bomb": stranger.snapshot(file, stranger.commit(bomb, b"release")),
        "many parents": stranger.snapshot(file, *[stranger.base] * 17),
    }
    say(*snapshots.values())
    users, problems = told(bob)
    assert users == ["Ada"]
    for name, machine in whole.items():
        assert len([problem for problem in problems if machine in problem]) == 1, (name, problems)
    assert len([problem for problem in problems if "of Eve (evil)" in problem]) == len(snapshots), problems
    assert len(problems) == len(whole) + len(snapshots)
    assert told(bob) == (users, problems), "what could not be taken is left alone, and still named"


def test_names_and_paths_of_strangers_are_shown_as_words(bob: Machine, stranger: Stranger) -> None:
    secret = bob.clone.path / "pay.py"
    link = stranger.snapshot(stranger.file(b"pay.py", str(secret).encode(), b"120000"), label="link\x1b[2J")
    stranger.publish(link, user="Eve\x1b]0;pwned\x07\n" + "x" * 500)
    bob.write({"a\nb.py": "mine\n"})
    stranger.publish(stranger.snapshot(stranger.file(b"a\nb.py")), user="\u202eMallory")
    bob.run("share", "now")
    for printed in (
        bob.run("overlaps", ends=1),
        bob.run("tree"),
        bob.run("share", "status"),
        bob.run("matrix", ends=None),
    ):
        assert not {"\x1b", "\x07", "\u202e"} & set(printed)
        assert "x" * (wire.LONGEST_NAME + 1) not in printed
        assert "Mallory" in printed
    overlaps = bob.json("overlaps", ends=1)["overlaps"]
    assert {overlap["kind"] for overlap in overlaps if overlap["other"]["user"].startswith("Eve")} == {"type"}


def test_what_is_too_large_is_left_out(bob: Machine, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = os.urandom(wire.LARGEST_FILE + 1)
    machine = stranger.publish(stranger.snapshot(stranger.file(b"pay.py", noise)))
    assert told(bob)[0] == ["Ada"]
    (problem,) = [p for p in bob.json("overlaps", ends=1)["problems"] if p["code"] == "not-covered"]
    assert "larger" in problem["message"]
    monkeypatch.setattr(transport, "_LARGEST_PACK", 1 << 20)
    stranger.publish(stranger.snapshot(stranger.file(b"pay.py", noise + noise)), name=machine + "e" * 24)
    users, problems = told(bob)
    assert users == ["Ada"]
    assert [machine in problem for problem in problems] == [True]


def test_more_machines_than_are_looked_at(bob: Machine, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = b"".join(
        b"reset %s%08xff%022x\ncommit %s%08xff%022x\ncommitter %s\ndata %d\n%s\n"
        % (REFS.encode(), 0xFFFFFFFF, number, REFS.encode(), 0xFFFFFFFF, number, WHO.encode(), len(said), said)
        for number in range(1200)
        if (said := json.dumps({"v": 1, "user": "Eve", "host": f"h{number}", "at": number}).encode())
    )
    subprocess.run(["git", "fast-import", "--quiet"], cwd=stranger.remote.path, input=stream, check=True)
    users, problems = told(bob)
    assert users == ["Ada"]
    assert problems == ["More than 1000 machines share here: the first 1000 are looked at."]
    assert len(bob.json("share", "status")["colleagues"]) <= wire.MOST_MACHINES
