"""What a remote sends is data of strangers: each of these machines costs itself alone, and nothing of theirs is obeyed."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from forksight.adapters.git import process
from forksight.adapters.teams import transport
from forksight.app.workbench import Forksight
from forksight.core.teams import wire
from tests.conftest import Checkout
from tests.teams.machines import Machine, five
from tests.teams.stranger import EMPTY, REFS, WHO, Stranger

SUBMODULE = b'[submodule "x"]\n\tpath = x\n\turl = -u./payload\n'
MUCH_MEMORY = 300 << (20 if sys.platform == "darwin" else 10)  # bytes, or KiB


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
    return sorted(overlap["other"]["user"] for overlap in report["overlaps"]), [
        problem["message"] for problem in report["problems"] if problem["code"] == "colleague-unreadable"
    ]


def test_each_broken_machine_costs_itself_alone(bob: Machine, stranger: Stranger) -> None:
    say, file = stranger.publish, stranger.file(b"pay.py")
    bomb = blob = stranger.store("blob", b"x")
    broken = stranger.damage(stranger.store("blob", os.urandom(900)))
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    for _ in range(8):
        bomb = stranger.tree({b"%02d" % number: (b"40000" if _ else b"100644", bomb) for number in range(20)})
    whole = {
        "parent folder": say(stranger.snapshot(stranger.file(b"../pay.py"))),
        "absolute": say(stranger.snapshot(stranger.tree({b"/etc/passwd": (b"100644", blob)}))),
        "git's own": say(stranger.snapshot(stranger.file(b".git/config"))),
        "git's own elsewhere": say(stranger.snapshot(stranger.file(b"src/.GIT\xe2\x80\x8c/hooks/post-checkout"))),
        "a submodule's address": say(stranger.snapshot(stranger.file(b".gitmodules", SUBMODULE))),
        "a parent that is nowhere": say("1" * 40),
        "a parent that is none": say(stranger.store("blob", b"hello")),
        "a damaged file": say(stranger.snapshot(stranger.tree({b"pay.py": (b"100644", broken)}))),
        "two gigabytes": say(stranger.snapshot(stranger.tree({b"pay.py": (b"100644", stranger.promise(2 << 30))}))),
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
    module = stranger.tree(
        {b"pay.py": (b"160000", "2" * 40), b"cart.py": (b"120000", stranger.store("blob", b"../.."))}
    )
    say(*snapshots.values(), stranger.snapshot(module, label="fit to be told"))
    users, problems = told(bob)
    assert users == ["Ada", "Eve"], "a submodule and a link are told, and nothing follows them"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(used, MUCH_MEMORY)
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


def test_names_are_what_every_editor_takes(bob: Machine, stranger: Stranger) -> None:
    """Neovim takes no line break in a row, and hardly anybody a lone surrogate in a message: one would cost all that is in it."""
    file = stranger.file(b"pay.py")
    stranger.publish(
        stranger.snapshot(file, label="l\ud800x\n", branch="\x1b[31m\udfff\ny"), user="E\udc80ve\n\n![x](http://evil/x)"
    )
    stranger.publish(stranger.snapshot(file, unmerged=["a\ud800"]), user="Dee")
    users, (problem,) = told(bob)
    assert users == ["Ada", "E?ve\\n\\n![x](http://evil/x)"]
    assert "of Dee (evil) is left out" in problem
    shown = json.dumps([bob.json("tree")["colleagues"], bob.json("overlaps", ends=1), bob.json("share", "status")])
    assert "\\ud" not in shown
    assert "\\u001b" not in shown


def test_names_of_refs_that_can_not_be_here(ada: Machine, bob: Machine, stranger: Stranger, remote: Checkout) -> None:
    """A host may keep what a folder can't: names that are too long, and one where another is a folder here. No machine has them."""
    file = stranger.file(b"pay.py")
    stranger.publish(stranger.snapshot(file), user="Dee", name=f"ab/ab{'e' * 30}")
    assert told(bob) == (["Ada", "Dee"], [])
    stranger.publish("1" * 40, user="Dee", name=f"ab/ab{'e' * 30}")
    assert len(told(bob)[1]) == 1
    remote.git("update-ref", "-d", f"{REFS}ab/ab{'e' * 30}")
    stranger.publish(stranger.snapshot(file), name="ab")
    ada.write({"cart.py": five("ada's cart\n")}).run("share", "now")
    bob.write({"cart.py": five("bob's cart\n")})
    assert told(bob)[0] == ["Ada", "Ada"]
    roster = remote.git("rev-parse", f"{REFS}ab").strip()
    remote.git("pack-refs", "--all")
    packed = remote.path / "packed-refs"
    for name in ("b" * 300, "/".join(["a" * 240] * 17)[:4050]):
        packed.write_text(f"{packed.read_text()}{roster} {REFS}zz{name}\n")
        stranger.publish(stranger.snapshot(file, label=name[:9]), user="Fay", name="f" * 32)
        users, (problem,) = told(bob)
        assert users == ["Ada", "Ada", "Fay"]
        assert "The machine abeeeeee is left out" in problem


def test_many_more_refs_than_are_looked_at(
    ada: Machine, bob: Machine, stranger: Stranger, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a file here, which takes its time: no more are fetched than are read, however many there are."""
    for module in ("polling", "reading"):
        monkeypatch.setattr(f"forksight.adapters.teams.{module}.MOST_MACHINES", 20)
    roster = remote.git("for-each-ref", "--count=1", "--format=%(objectname)", REFS).strip()
    request = "".join(f"create {REFS}{number:032x} {roster}\n" for number in range(16**32 - 50, 16**32))
    subprocess.run(["git", "update-ref", "--stdin"], cwd=remote.path, input=request.encode(), check=True)
    told(bob)
    users, problems = told(bob)
    assert "Ada" in users
    assert problems == ["More than 20 machines share here: the first 20 are looked at."]
    assert len(list(bob.data.rglob("team/refs/forksight/v1/m/*"))) == 21
    for line in remote.git("for-each-ref", "--format=%(refname)", f"{REFS}{'f' * 29}*").split():
        remote.git("update-ref", "-d", line)
    assert told(bob) == (["Ada"], [])


def test_what_is_given_up_leaves_nothing_on_the_disk(
    bob: Machine, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_LARGEST_PACK", 1 << 20)
    stranger.publish(stranger.snapshot(stranger.file(b"pay.py", os.urandom(2 << 20))))
    assert len(told(bob)[1]) == 1
    assert list(bob.data.rglob("team/objects/pack/tmp_*")) == []


def test_more_files_than_are_looked_at(bob: Machine, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree that many worktrees share takes no room there, and a lot here."""
    monkeypatch.setattr("forksight.adapters.teams.reading.MOST_PATHS_OF_MACHINE", 45)
    monkeypatch.setattr("forksight.adapters.teams.reading.MOST_PATHS_IN_ALL", 80)
    blob = stranger.store("blob", b"x")
    tree = stranger.tree({b"%02d" % number: (b"100644", blob) for number in range(19)} | {b"pay.py": (b"100644", blob)})
    stranger.publish(*(stranger.snapshot(tree, label=f"{number}") for number in range(9)))
    assert told(bob) == (
        ["Ada", "Eve", "Eve"],
        ["Of Eve (evil) some worktrees are left out: they share more than 45 files."],
    )
    for number in range(3):
        stranger.publish(stranger.snapshot(tree, label=f"{number}"), user="Dee")
    users, problems = told(bob)
    assert users == ["Ada", "Dee", "Dee", "Dee"]
    assert problems == ["What Eve (evil) shares is left out: colleagues share more than 80 files."]


def test_what_worktrees_start_from_is_bounded(
    bob: Machine, stranger: Stranger, remote: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that is not here may differ from what is in no more than can be looked at."""
    monkeypatch.setattr("forksight.adapters.teams.reading.MOST_PATHS_OF_MACHINE", 45)
    blob = stranger.store("blob", b"x")
    file = stranger.file(b"pay.py")
    large = stranger.tree({b"%03d" % number: (b"100644", blob) for number in range(100)})
    small = stranger.tree({b"%03d" % number: (b"100644", blob) for number in range(30)})
    stranger.publish(stranger.snapshot(file, stranger.commit(large, b"release", stranger.base)), user="Dee")
    stranger.publish(stranger.snapshot(file, stranger.commit(small, b"another beginning")), user="Eve")
    news = stranger.commit(small, b"release", stranger.base)
    for number in range(3):  # which is no more for three than for one
        stranger.publish(stranger.snapshot(file, news, label=f"{number}"), user="Fay")
    assert told(bob) == (
        ["Ada", "Fay", "Fay", "Fay"],
        [
            "Of Dee (evil) some worktrees are left out: they share more than 45 files.",
            "A worktree of Eve (evil) is left out: a commit that it starts from has no history in common with those here.",
        ],
    )
    monkeypatch.setattr("forksight.adapters.teams.bases.LONGEST_HISTORY", 200)
    last = stranger.base
    for number in range(9):
        last = stranger.commit(EMPTY, b"%d" % number, last)
    stranger.publish(stranger.snapshot(file, last), user="Gil")
    assert "is too far from those here" in " ".join(told(bob)[1])


def test_a_ref_that_points_at_ones_own_is_no_colleague(bob: Machine, stranger: Stranger, remote: Checkout) -> None:
    before = told(bob)
    for line in remote.git("for-each-ref", "--format=%(objectname)", REFS).split():
        remote.git("update-ref", f"{REFS}{line[:2]}{'f' * 30}", line)
    users, problems = told(bob)
    assert (set(users), problems) == (set(before[0]), [])


def test_more_machines_need_no_more_gits(bob: Machine, stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    start = process.start

    def counted(arguments: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        started.append(arguments[0])
        return start(arguments, **options)

    monkeypatch.setattr(process, "start", counted)

    def gits() -> int:
        assert told(bob)[1] == []
        started.clear()
        bob.json("overlaps", ends=1)
        return len(started)

    few = gits()
    for number in range(10):
        stranger.publish(stranger.snapshot(stranger.file(b"src/a/b.py", b"%d\n" % number)))
    assert gits() <= few + 2, started


def test_a_machine_in_a_shard(ada: Machine, bob: Machine, stranger: Stranger, remote: Checkout) -> None:
    """Versions to come may keep machines in folders: this one reads them, and forgets them."""
    machine = "ab" + "e" * 30
    theirs = stranger.snapshot(stranger.file(b"pay.py"))
    stranger.publish(theirs, user="Dee", name=f"ab/{machine}")
    stranger.publish(theirs, user="Eve", name=f"cd/{machine}")  # its shard is another
    assert told(bob) == (["Ada", "Dee"], [])
    stranger.publish(theirs, user="Dee", name=machine)  # where it was before
    assert told(bob) == (["Ada", "Dee"], [])
    stranger.publish("1" * 40, user="Dee", name=f"ab/ab{'f' * 30}")
    users, (problem,) = told(bob)
    assert users == ["Ada", "Dee"]
    assert problem.startswith("The machine abffffff is left out")
    bob.run("share", "forget", "Dee")
    assert machine not in remote.git("for-each-ref", "--format=%(refname)", f"{REFS}{machine}", f"{REFS}ab/{machine}")


def test_a_git_that_says_nothing_is_no_fault_of_a_colleague(
    ada: Machine, bob: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    for name, value in bob.env.items():
        monkeypatch.setenv(name, value)
    team = Forksight().open(str(bob.clone.path)).team
    rosters, _ = team.rosters()
    with monkeypatch.context() as without_git:
        without_git.setenv("PATH", "")
        snapshots, (problem,) = team.snapshots(rosters)
    assert (snapshots, "git could not be started" in problem.message) == ((), True)
    (snapshot,), problems = team.snapshots(rosters)
    assert (list(snapshot.changes), problems) == (["pay.py"], ())
