"""Whatever two machines do, what one is told of the other is what it would be told of a worktree of its own with the same content."""

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import command_line
from tests.conftest import Checkout
from tests.teams.machines import NUMBERS, Machine

ACTIONS = (
    *("edit", "edit", "edit", "edit", "edit", "delete", "commit", "push"),
    *("amend", "now", "kill", "forget", "rewrite", "fetch", "kill"),
)
FILES = ("pay.py", "cart.py", "new.py", "docs/guide.md")


class TwoMachines:
    """Two machines, and a third clone where both are worktrees of one repository."""

    def __init__(self, ada: Machine, bob: Machine, remote: Checkout, seed: int) -> None:
        self.ada, self.bob, self.remote = ada, bob, remote
        self.chance = random.Random(seed)
        self.done: list[str] = []
        self.actions = self.chance.sample(ACTIONS, len(ACTIONS))
        for machine in (ada, bob):
            machine.clone.git("checkout", "--quiet", "-b", machine.name)
            machine.clone.commit({f"{machine.name}.md": "hello\n"}, "first work")  # to be amended: all have the base
            machine.run("share", "on", "--yes")
        self.judge = Checkout(remote.path.parent / "judge")
        remote.git("clone", "--quiet", str(remote.path), str(self.judge.path))
        self.there = self.judge.worktree("there", "there")

    def step(self) -> None:
        """One of the things that people, hosts and power cuts do."""
        machine = self.chance.choice((self.ada, self.bob))
        clone, path = machine.clone, self.chance.choice(FILES)
        action = self.actions.pop()
        self.done.append(f"{machine.name} {action} {path}")
        if action == "edit":
            file = clone.path / path
            lines = (file.read_text() if file.exists() else NUMBERS).splitlines(keepends=True)
            lines[self.chance.randrange(3, 6)] = f"{machine.name} {len(self.done)}\n"
            clone.write({path: "".join(lines)})
        elif action == "delete":
            (clone.path / path).unlink(missing_ok=True)
        elif action == "commit":
            clone.git("add", "--all")
            clone.git("commit", "--quiet", "--allow-empty", "--message", "work")
        elif action == "push":
            clone.git("push", "--quiet", "--force", "origin", "HEAD")
        elif action == "amend":
            clone.git("commit", "--quiet", "--amend", "--allow-empty", "--message", f"again {len(self.done)}")
        elif action == "rewrite":  # the default branch begins anew, and the host throws away what it had before
            anew = clone.git("commit-tree", "-m", f"anew {len(self.done)}", "origin/main^{tree}").strip()
            clone.git("push", "--quiet", "--force", "origin", f"{anew}:refs/heads/main")
            self.remote.git("gc", "--quiet", "--prune=now")
        elif action == "fetch":
            clone.git("fetch", "--quiet", "--prune")
        elif action == "now":
            machine.run("share", "now", ends=None)
        elif action == "kill":
            self.kill(machine)
        else:
            refs = self.remote.git("for-each-ref", "--format=%(refname)", "refs/forksight").split()
            chosen = int(self.chance.random() * len(refs))  # drawn in any case: what comes next is the same
            for ref in refs[chosen : chosen + 1]:
                self.remote.git("update-ref", "-d", ref)

    def forget_all(self) -> None:
        """Somebody deletes what both have published."""
        for ref in self.remote.git("for-each-ref", "--format=%(refname)", "refs/forksight").split():
            self.remote.git("update-ref", "-d", ref)

    def kill(self, machine: Machine) -> None:
        """Publish, and be killed with everything that was started, at any moment."""
        moment = self.chance.uniform(0.0, 0.6)
        command_line.run_for(moment, "share", "now", cwd=machine.clone.path, env={**os.environ, **machine.env})
        for lock in machine.data.rglob("team/**/*.lock"):
            os.utime(lock, (1, 1))  # as if some minutes had passed

    def warnings(self, machine: Machine) -> list[Any] | None:
        """What a machine is told of the other one, once both have published and looked; None if the other one says why not."""
        other = self.ada if machine is self.bob else self.bob
        other.run("share", "now", ends=None)
        machine.run("share", "now", ends=None)
        status = other.json("share", "status")
        if status["not_shared"]:
            assert comparable(machine.json("overlaps", ends=None)) == []
        if status["not_shared"] or status["error"]:
            return None
        return comparable(machine.json("overlaps", ends=None))

    def expected(self, machine: Machine) -> list[Any]:
        """The same of two worktrees of one repository."""
        other = self.ada if machine is self.bob else self.bob
        for worktree, source in ((self.judge, machine), (self.there, other)):
            head = source.clone.git("rev-parse", "HEAD").strip()
            worktree.git("fetch", "--quiet", str(source.clone.path), "HEAD")
            worktree.git("reset", "--quiet", "--hard", head)
            mirror(source.clone.path, worktree.path)
        return comparable(Machine("Judge", machine.data, self.judge).json("overlaps", ends=None))


def mirror(source: Path, target: Path) -> None:
    for place in target.iterdir():
        if place.name != ".git":
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))


def comparable(report: dict[str, Any]) -> list[Any]:
    assert report["problems"] == []
    keys = ("path", "kind", "lines")
    return sorted(
        [*(overlap[key] for key in keys), overlap["other"]["path"], overlap["other"]["lines"]]
        for overlap in report["overlaps"]
    )


@pytest.mark.parametrize("seed", [1])  # more of them, when something here changes
def test_a_colleague_is_told_as_a_worktree_here_is(ada: Machine, bob: Machine, remote: Checkout, seed: int) -> None:
    machines = TwoMachines(ada, bob, remote, seed)
    conflicts = 0
    for last in (False, False, True):
        for _ in range(5):
            machines.step()
        if last:
            machines.forget_all()
        for machine in (ada, bob):
            warnings = machines.warnings(machine)
            if warnings is not None:
                assert warnings == machines.expected(machine), machines.done
                conflicts += len(warnings)
    assert conflicts, "a sequence without any conflict shows nothing"
