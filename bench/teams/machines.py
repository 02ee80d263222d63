"""Machines for the benchmark: each is a data folder and a clone of one bare repository."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import sources
from bench.client import Client
from bench.repositories import create, git
from forksight.app.workbench import Forksight
from forksight.core.teams.state import Consent
from forksight.features.context import Context


@dataclass(frozen=True)
class Machine:
    """A person's machine."""

    name: str
    data: Path
    clone: Path

    def open(self) -> Context:
        """Open its clone. Forksight's data folder is looked up now, since the environment has one machine's at a time."""
        with self.here():
            context = Forksight().open(str(self.clone))
            context.team.consent()
        return context

    @contextmanager
    def here(self) -> Iterator[None]:
        """A context manager: programs that start in its block run on this machine."""
        before = {name: os.environ.get(name) for name in self._variables}
        os.environ |= self._variables
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)

    def share(self, remote: str = "origin") -> "Machine":
        """Turn sharing on, without publishing anything yet; returns the machine."""
        with self.here():
            context = Forksight().open(str(self.clone))
            context.team.say(Consent(True, remote, context.team.address(remote), context.clock.now()))
        return self

    def status(self) -> str:
        """The JSON of `forksight share status` on it."""
        command = [sys.executable, "-m", "forksight", "-C", str(self.clone), "share", "status", "--json"]
        return subprocess.run(
            command, env={**os.environ, **self._variables}, capture_output=True, text=True, check=False
        ).stdout

    @property
    def _variables(self) -> dict[str, str]:
        return {"XDG_DATA_HOME": str(self.data), "XDG_CACHE_HOME": str(self.data / "cache")}

    def editor(self, **teams: object) -> Client:
        """A client with a server in the clone, to be entered; `teams` are its settings `forksight.teams`."""
        with self.here():
            return Client(self.clone, {"overlaps": {"delay": 0}, "teams": teams})


def shop(folder: Path, files: int = 20, lines: int = 300) -> tuple[Path, list[str]]:
    """Make a bare repository `shop.git` in a folder; returns it and the lines of its src/app.py. It has `files` more files of that length."""
    rng = random.Random(5)
    base = sources.source(rng, lines)
    others = {f"src/part_{n % 20}/module_{n}.py": sources.encode(sources.source(rng, lines)) for n in range(files)}
    original = create(folder / "made", {**others, "src/app.py": sources.encode(base)})
    git(folder, "clone", "--quiet", "--bare", str(original), "shop.git")
    shutil.rmtree(original)
    return folder / "shop.git", base


def machine(folder: Path, name: str, bare: Path, address: str | None = None) -> Machine:
    """Make a machine with a clone of a bare repository, whose remote `origin` is at `address` (by default the repository's path)."""
    place = folder / name
    place.mkdir(parents=True)
    git(place, "clone", "--quiet", str(bare), "shop")
    git(place / "shop", "remote", "set-url", "origin", address or str(bare))
    return Machine(name, place / "data", place / "shop")
