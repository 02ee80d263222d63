"""Several servers and command lines on one repository at work; at rest all of them agree with a new process and with git.

A run has rounds: work with everybody looking on, then rest. What is compared at rest is a promise of its own line in `_agree`.
"""

import json
import os
import random
import subprocess
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from forksight.adapters.system.disk.temporary import remove_abandoned_folders
from tests.soak.agreement import disagreements
from tests.soak.observers import Observer, command_line, fresh_document, fresh_matrix, fresh_overlaps, git_matrix
from tests.soak.work import Work

_ROUND = 8.0  # seconds of work between two rests
_PATIENCE = 180.0  # seconds at most until a server agrees
_SERVERS = 3
_TOKEN = "FORKSIGHT_SOAK"  # in the environment of every process that is started
_MOST_DONE = 40  # things done, in a failure's report


@dataclass
class Soak:
    """One run."""

    folder: Path
    seed: int
    say: Callable[[str], None]
    failures: list[str] = field(default_factory=list)  # what differed, in words

    def run(self, seconds: float) -> bool:
        """Run for so long; whether everything agreed and nothing was left."""
        self._rng = random.Random(self.seed)
        self._env = self._environment()
        os.environ.update(self._env)
        self._work = Work(self.folder, self._rng)
        self._observers = [self._observer() for _ in range(_SERVERS)]
        self._lines: list[subprocess.Popen[bytes]] = []
        end = time.monotonic() + seconds
        rounds = 0
        try:
            while time.monotonic() < end and not self.failures:
                self._busy(min(_ROUND, max(1.0, end - time.monotonic())))
                self._rest()
                rounds += 1
            self._as_small_as_new()
            self._leave()
        finally:
            for observer in self._observers:
                observer.editor.kill()
        self.say(f"seed {self.seed}: {rounds} rounds, {len(self._work.done)} steps, {len(self.failures)} failures")
        return not self.failures

    def _environment(self) -> dict[str, str]:
        for name in ("home", "tmp", "claude"):
            (self.folder / name).mkdir()
        people = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return {
            **people,
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "CLAUDE_CONFIG_DIR": str(self.folder / "claude"),
            "GIT_CONFIG_NOSYSTEM": "1",
            _TOKEN: str(self.folder),
        }

    def _observer(self) -> Observer:
        observer = Observer(self._rng.choice(self._work.checkouts), self._env)
        for path in sorted(observer.checkout.path.rglob("f*.txt"))[:4]:
            observer.open_file(path)
        return observer

    # -------------------------------------------------------------------------------------------------- at work

    def _busy(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._work.step()
            self._type()
            if self._rng.random() < 0.05:
                words = self._rng.choice((("overlaps",), ("matrix",), ("tree",)))
                self._lines.append(command_line(self._rng.choice(self._work.checkouts), self._env, *words))
            if self._rng.random() < 0.01:
                self._start_another()
            time.sleep(self._rng.random() * 0.1)

    def _type(self) -> None:
        observer = self._rng.choice(self._observers)
        if not observer.open:
            return
        uri = self._rng.choice(sorted(observer.open))
        if self._rng.random() < 0.1:
            observer.close_file(uri)
            return
        lines = observer.open[uri].split("\n")
        lines[self._rng.randrange(len(lines))] = f"typed {self._rng.randrange(3)}"
        observer.type(uri, "\n".join(lines))

    def _start_another(self) -> None:
        """A server is killed, as an editor that crashes does it, and another one starts elsewhere."""
        number = self._rng.randrange(len(self._observers))
        self._work.note(None, f"kill server {number}")
        self._observers[number].editor.kill()
        self._observers[number] = self._observer()

    # -------------------------------------------------------------------------------------------------- at rest

    def _rest(self) -> None:
        self._work.settle()
        for process in self._lines:
            out, err = process.communicate(timeout=120)
            if process.returncode not in (0, 1, 2) or b"Traceback" in err:
                self._fail(f"{process.args!r} ended with {process.returncode}", out.decode(), err.decode())
        self._lines.clear()
        self._follow_moves()
        for observer in self._observers:
            observer.follow_disk()
        self._agree()

    def _follow_moves(self) -> None:
        """Whose worktree was moved or removed opens another one, as a person would."""
        places = {checkout.path for checkout in self._work.checkouts}
        for number, observer in enumerate(self._observers):
            if observer.checkout.path not in places:
                if (status := observer.leave()) != 0:
                    self._fail(f"a server whose worktree is gone left with {status}")
                self._observers[number] = self._observer()

    def _agree(self) -> None:
        ours = fresh_matrix(self._work.main, self._env)
        git = git_matrix(self._work.main, self._work.checkouts)
        if set(ours) != git:
            self._fail(
                "`forksight matrix` and git differ", f"only we: {set(ours) - git}", f"only git: {git - set(ours)}"
            )
        for observer in self._observers:
            expected = fresh_overlaps(observer.checkout, self._env)
            patience = time.monotonic() + _PATIENCE
            while (wrong := disagreements(observer.shown(), expected)) and time.monotonic() < patience:
                time.sleep(0.05)
            if wrong:
                where = f"the server in {observer.checkout.path.name} disagrees with a fresh `forksight overlaps`"
                later = disagreements(observer.shown(), fresh_overlaps(observer.checkout, self._env))
                still = "and stays so" if later else "it does after all"
                self._fail(where, still, *map(str, wrong), *self._evidence(observer, {place.path for place in wrong}))

    def _evidence(self, observer: Observer, paths: Collection[str]) -> list[str]:
        """Everything about these files of its worktree."""
        fresh = fresh_document(observer.checkout, self._env)
        overlaps = [overlap for overlap in fresh["overlaps"] if overlap["path"] in paths]
        names = sorted({*paths, *(overlap["other"]["path"] for overlap in overlaps)})
        files = [checkout.path / name for checkout in self._work.checkouts for name in names]
        return [
            *(line for path in sorted(paths) for line in observer.details(path)),
            "a fresh process says:",
            *(json.dumps(overlap) for overlap in overlaps),
            *(json.dumps(problem) for problem in fresh["problems"]),
            *(f"{path}: {path.read_text()!r}" for path in files if path.is_file()),
        ]

    # -------------------------------------------------------------------------------------------------- at the end

    def _as_small_as_new(self) -> None:
        """A server that has seen all of it holds as many descriptors, watches and threads as one that has just started."""
        for observer in self._observers:
            new = Observer(observer.checkout, self._env)
            try:
                for uri in observer.open:
                    new.open_file(Path(os.fsdecode(uri.removeprefix("file://"))))
                expected = fresh_overlaps(observer.checkout, self._env)
                patience = time.monotonic() + _PATIENCE
                old_size, new_size = size_of(observer.pid), size_of(new.pid)
                while time.monotonic() < patience and (
                    disagreements(new.shown(), expected) or not fits(old_size, new_size)
                ):
                    time.sleep(0.1)
                    old_size, new_size = size_of(observer.pid), size_of(new.pid)
                if not fits(old_size, new_size):
                    self._fail("a server holds more than a new one", f"it: {old_size}", f"new: {new_size}")
                new.leave()
            finally:
                new.editor.kill()

    def _leave(self) -> None:
        statuses = [observer.leave() for observer in self._observers]
        if any(statuses):
            self._fail(f"servers left with {statuses}")
        patience = time.monotonic() + _PATIENCE
        while (left := processes_of(self.folder)) and time.monotonic() < patience:
            time.sleep(0.1)
        if left:
            self._fail("processes are left", *left)
        locks = [str(path) for path in (self._work.main.path / ".git").rglob("*.lock")]
        if locks:
            self._fail("locks are left", *locks)
        temporary = self.folder / "tmp"
        remove_abandoned_folders(str(temporary))  # as the next process does with what a killed one left
        if left := sorted(os.listdir(temporary)):
            self._fail("temporary files are left", *left)

    def _fail(self, what: str, *details: str) -> None:
        recent = "\n    ".join(self._work.done[-_MOST_DONE:])
        failure = "\n  ".join([what, *details])
        self.failures.append(failure)
        self.say(f"FAILED {failure}\n  after\n    {recent}")


@dataclass(frozen=True)
class Size:
    """What a server holds."""

    descriptors: int
    watches: int
    threads: int


def size_of(process: int) -> Size:
    """What a process holds now, its children's apart."""
    folder = f"/proc/{process}"
    watches = 0
    descriptors = os.listdir(f"{folder}/fdinfo")
    for descriptor in descriptors:
        try:
            watches += Path(f"{folder}/fdinfo/{descriptor}").read_text().count("inotify wd:")
        except OSError:
            continue
    return Size(len(descriptors), watches, len(os.listdir(f"{folder}/task")))


def fits(old: Size, new: Size) -> bool:
    """Whether an old server is as small as a new one, give or take what comes and goes by itself."""
    return old.descriptors <= new.descriptors + 4 and old.watches <= new.watches + 2 and old.threads <= new.threads + 4


def processes_of(folder: Path) -> list[str]:
    """The processes that still run of those that this run started."""
    running = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = Path(f"/proc/{number}/environ").read_bytes()
            words = Path(f"/proc/{number}/cmdline").read_bytes()
        except OSError:
            continue
        if int(number) != os.getpid() and f"{_TOKEN}={folder}".encode() in environment.split(b"\0"):
            running.append(f"{number} {os.fsdecode(words).replace(chr(0), ' ')}")
    return running
