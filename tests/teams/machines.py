"""Two machines with a home of their own each, and the remote that both have cloned."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner

from forksight.app.workbench import Forksight
from forksight.cli import group
from tests.conftest import Checkout, Content
from tests.forks.sessions_repo import SessionsRepo

NUMBERS = "".join(f"line {number}\n" for number in range(1, 21))


def five(text: str) -> str:
    """The numbered lines with another fifth one."""
    return NUMBERS.replace("line 5\n", text)


@dataclass(frozen=True)
class Machine:
    """A person's machine: its data folder, and its clone."""

    name: str
    data: Path
    clone: Checkout

    @property
    def claude(self) -> Path:
        """Claude Code's folder."""
        return self.data.parent / ".claude"

    @property
    def sessions(self) -> SessionsRepo:
        """The sessions in its clone."""
        return SessionsRepo(self.clone, self.claude, self.env)

    @property
    def homes(self) -> dict[str, str]:
        """Where the person and their Claude Code live, for what does not live elsewhere."""
        return {"HOME": str(self.data.parent), "CLAUDE_CONFIG_DIR": str(self.claude)}

    @property
    def env(self) -> dict[str, str]:
        return {
            "XDG_DATA_HOME": str(self.data),
            "GIT_AUTHOR_NAME": self.name,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "forksight.teams.label",
            "GIT_CONFIG_VALUE_0": f"{self.name.lower()}-laptop",
        }

    def run(self, *arguments: str, ends: int | None = 0, cwd: Path | None = None) -> str:
        """What `forksight` prints on this machine, in this process: a start takes longer than most commands."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.env, **self.homes}.items():
                patch.setenv(name, value)
            done = CliRunner().invoke(group, ["-C", str(cwd or self.clone.path), *arguments], obj=Forksight())
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert ends is None or done.exit_code == ends, f"{done.exit_code}: {done.output}"
        return done.stdout + (done.stderr if done.exit_code == 2 else "")

    def json(self, *arguments: str, ends: int | None = 0) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--json", ends=ends))
        return answer

    def write(self, files: Mapping[str, Content]) -> "Machine":
        self.clone.write(files)
        return self


class MakeMachine(Protocol):
    """Makes a machine that has cloned the remote, or an address that leads to it."""

    def __call__(self, name: str, address: str | None = None) -> Machine: ...


@pytest.fixture
def remote(tmp_path: Path) -> Checkout:
    """A bare repository."""
    remote = Checkout(tmp_path.resolve() / "remote.git")
    remote.path.mkdir()
    remote.git("init", "--quiet", "--bare", "--initial-branch=main")
    return remote


@pytest.fixture
def machine(remote: Checkout, tmp_path: Path) -> MakeMachine:
    """Makes machines."""

    def make(name: str, address: str | None = None) -> Machine:
        place = tmp_path.resolve() / name.lower()
        place.mkdir()
        Checkout(place).git("clone", "--quiet", address or str(remote.path), "shop")
        return Machine(name, place / "data", Checkout(place / "shop"))

    return make


@pytest.fixture
def ada(machine: MakeMachine) -> Machine:
    """Ada's machine, who pushed the first commit: `pay.py` and `cart.py` of 20 numbered lines."""
    ada = machine("Ada")
    ada.clone.git("symbolic-ref", "HEAD", "refs/heads/main")
    ada.clone.commit({"pay.py": NUMBERS, "cart.py": NUMBERS, ".gitignore": "*.log\n"}, "base")
    ada.clone.git("push", "--quiet", "--set-upstream", "origin", "main")
    return ada


@pytest.fixture
def bob(ada: Machine, machine: MakeMachine) -> Machine:
    """Bob's machine."""
    return machine("Bob")
