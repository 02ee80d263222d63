"""Sharing one repository through a git remote (`core.ports.teams.Team`)."""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TypeVar

from forksight.adapters.git.config import Config
from forksight.adapters.store.own_files import exclusively_within, read_own
from forksight.adapters.store.seal import parsed
from forksight.adapters.system.disk.file_state import FileState, file_state
from forksight.adapters.teams import polling, transport
from forksight.adapters.teams.bases import Bases
from forksight.adapters.teams.object_store import tidy
from forksight.adapters.teams.own_repository import OwnRepository
from forksight.adapters.teams.publishing import push_roster
from forksight.adapters.teams.reading import (
    TOO_MANY,
    Reading,
    paths_within_limit,
    read_rosters,
    read_snapshots,
    unreadable,
    within_limit,
)
from forksight.adapters.teams.snapshot_commits import commit_roster, commit_snapshots
from forksight.adapters.teams.trees import Trees
from forksight.core.git.remotes import remotes, without_password
from forksight.core.git.snapshot import GITLINK, Snapshot
from forksight.core.overlaps.pairing import overlay
from forksight.core.ports.git import Repository
from forksight.core.problems import ForksightError, GitError, Problem, TeamError, undone
from forksight.core.teams.sharing import Changed, SharedWorktree
from forksight.core.teams.state import Consent, State
from forksight.core.teams.wire import REFS, Roster, refs_of, shown_name

T = TypeVar("T")

_CONSENT, _MACHINE = "consent.json", "machine.json"
_ROSTER = "refs/forksight/own/roster"  # the roster that this machine published last


class GitTeam:
    """Sharing of one repository. `ours` is the repository of its snapshots. Every method may be called from any thread."""

    def __init__(self, repository: Repository, ours: OwnRepository) -> None:
        self._repository = repository
        self._common_dir = repository.common_dir
        self._ours = ours
        self._lock = threading.Lock()
        # The rosters and problems, as of the state file that they were read at.
        self._rosters: tuple[FileState, tuple[Mapping[str, Roster], tuple[Problem, ...]]] | None = None
        self._addresses: dict[str, tuple[Config, str]] = {}  # remote -> configuration, address in it
        self._readings: dict[str, Reading] = {}  # by the roster's commit

    # ------------------------------------------------------------------------------------------ what is kept

    def consent(self) -> Consent:
        """See `core.ports.teams.Team`. A file that can't be read, or is sealed for another repository, is no consent."""
        try:
            return Consent.read(self._ours.read_sealed(_CONSENT))
        except FileNotFoundError:
            return Consent()
        except (OSError, KeyError, TypeError, ValueError):
            return Consent(is_lost=True)

    def say(self, consent: Consent) -> None:
        """See `core.ports.teams.Team`."""
        with suppress(OSError):  # a repository that can't be written to works without the mark
            os.makedirs(os.path.join(self._common_dir, "forksight"), mode=0o700, exist_ok=True)
            mark = os.path.join(self._common_dir, "forksight", "sharing")
            os.close(os.open(mark, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))
        self._ours.write_sealed(_CONSENT, {**consent.plain(), "machine": self.machine()})

    def state(self) -> State:
        """See `core.ports.teams.Team`. If the file can't be read, what was published is unknown (`unsure`)."""
        try:
            return State.read(parsed(read_own(self._ours.path("state.json"))))
        except FileNotFoundError:
            return State()
        except (OSError, KeyError, TypeError, ValueError):
            return State(unsure=True)

    def note(self, state: State) -> None:
        """See `core.ports.teams.Team`."""
        self._ours.write("state.json", json.dumps(state.plain()))

    @contextmanager
    def alone(self, patience: float = 0.0) -> Iterator[bool]:
        """See `core.ports.teams.Team`."""
        with ExitStack() as stack:
            with self._ours.writing_files():
                alone = stack.enter_context(exclusively_within(self._ours.path("lock"), patience))
            yield alone

    def machine(self) -> str:
        """See `core.ports.teams.Team`. The files are sealed, so a copy of the home folder on another machine gets another id."""
        for name in (_MACHINE, _CONSENT):  # the consent holds a copy, in case the first file is damaged
            with suppress(OSError, KeyError):
                return str(self._ours.read_sealed(name)["machine"])
        machine = secrets.token_hex(16)
        self._ours.write_sealed(_MACHINE, {"machine": machine})
        return machine

    # ------------------------------------------------------------------------------------------ this repository

    def remotes(self) -> tuple[str, ...]:
        """See `core.ports.teams.Team`."""
        return remotes(self._ours.configs.shared().values)

    def address(self, remote: str) -> str:
        """See `core.ports.teams.Team`."""
        config = self._ours.configs.shared()
        config_and_address = self._addresses.get(remote)
        if config_and_address is None or config_and_address[0] is not config:
            try:
                urls = [*self._urls(remote), *self._urls(remote, "--push", "--all")]
            except GitError:
                return ""
            address = ", ".join(dict.fromkeys(map(without_password, urls)))
            config_and_address = self._addresses[remote] = config, address
        return config_and_address[1]

    def host(self) -> tuple[str, str]:
        """See `core.ports.teams.Team`."""
        return shown_name(self._ours.person().partition(" <")[0]), shown_name(socket.gethostname().partition(".")[0])

    def changed(self, snapshots: Sequence[Snapshot], remote: str) -> tuple[tuple[Changed, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`."""
        default_head = self._default_head(remote)
        changed, problems = [], []
        for snapshot in snapshots:
            worktree = snapshot.worktree
            if worktree.head is None:
                continue
            if not snapshot.changes and default_head and not self._is_ahead(worktree.head, default_head):
                continue
            parents = self._newest_on_remote(worktree.head, remote)
            if not parents:
                why = "none of its commits is on the remote"
                message = f"{worktree.label} is not shared: {why}; push its branch, or fetch."
                problems.append(Problem("not-shared", message, worktree.path))
                continue
            parent_tree, head_tree = self._repository.trees([parents[0], worktree.head])
            (committed_changes,) = self._repository.tree_changes([(parent_tree, head_tree)])
            changed.append(
                Changed(
                    worktree,
                    parents,
                    overlay(committed_changes, snapshot.changes),
                    self._commit_date(worktree.head),
                    snapshot.since,
                    snapshot.unmerged,
                    snapshot.not_covered,
                )
            )
        return tuple(changed), tuple(problems)

    # ------------------------------------------------------------------------------------------ the remote

    def commit(self, worktrees: Sequence[SharedWorktree]) -> tuple[str, ...]:
        """See `core.ports.teams.Team`."""
        wanted = {entry.oid for shared in worktrees for entry in shared.files.values() if entry.mode != GITLINK}
        contents = self._repository.blobs(wanted)
        if missing := wanted - contents.keys():
            raise TeamError(
                f"{len(missing)} files changed while they were read", fix="try again, or wait for the next exchange"
            )
        person, ours = self._ours.person(), self._ours
        return self._repaired(
            lambda: commit_snapshots(worktrees, contents, person, folder=ours.folder, env=ours.writing_ours())
        )

    def publish(self, remote: str, roster: Roster, *, asked: bool = False) -> None:
        """See `core.ports.teams.Team`."""
        person = self._ours.person()
        self._repaired(lambda: self._publish(remote, roster, person), trusted=asked, again=False)

    def _publish(self, remote: str, roster: Roster, person: str) -> None:
        ref = f"{REFS}{roster.machine}"
        if not roster.snapshots:
            self._ours.point(ref, None)  # first: a failure after the deletion would be taken for one of the deletion
            transport.push(self._ours.folder, remote, f":{ref}")
            return
        before = self._ours.objects.infos([_ROSTER])[_ROSTER].oid if self.is_published() else None
        commit = commit_roster(
            _ROSTER,
            roster.message(),
            roster.snapshots,
            person,
            roster.at,
            folder=self._ours.folder,
            env=self._ours.writing_ours(),
        )
        push_roster(self._ours.folder, remote, f"{_ROSTER}:{ref}", roster.snapshots, before)
        self._ours.point(ref, commit)

    def is_published(self) -> bool:
        """See `core.ports.teams.Team`."""
        ref = f"{REFS}{self.machine()}"
        infos = self._ours.objects.infos([ref, _ROSTER])
        return ref in infos and _ROSTER in infos and infos[ref].oid == infos[_ROSTER].oid

    def forget(self, remote: str, machine: str) -> None:
        """See `core.ports.teams.Team`."""
        infos = self._ours.objects.infos(refs_of(machine))
        for ref, info in infos.items():
            self._ours.point(ref, None)  # first: what the remote has no longer could not be forgotten again
            with undone(partial(self._ours.point, ref, info.oid)):
                transport.push(self._ours.folder, remote, f":{ref}", lease=f"{ref}:{info.oid}")
        self._rosters = None

    def poll(self, remote: str, *, asked: bool = False) -> None:
        """See `core.ports.teams.Team`."""
        left_out_before, folder = self._left_out(), self._ours.folder
        left_out = self._repaired(lambda: polling.poll(folder, remote, left_out_before, time.time()), trusted=asked)
        self._ours.write("left_out.json", json.dumps(left_out))
        self._rosters = None
        tidy(self._ours.folder)

    def lend(self) -> None:
        """See `core.ports.teams.Team`. Does nothing until the folder exists: a running `git cat-file` checks its alternates only once."""
        objects = self._ours.path("objects")
        if os.path.isdir(objects):
            self._repository.borrow(objects)

    def rosters(self) -> tuple[Mapping[str, Roster], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`."""
        state = file_state(self._ours.path("state.json"))  # written after each exchange of any process
        last = self._rosters
        if last is not None and last[0] == state:
            return last[1]
        if not self._ours.is_there():
            return {}, ()
        try:
            rosters_and_problems = read_rosters(
                self._ours.objects,
                folder=self._ours.folder,
                env=self._ours.reading_ours(),
                own=self.machine(),
                left_out=self._left_out(),
            )
        except ForksightError as error:
            return {}, (unreadable(error),)
        self._rosters = state, rosters_and_problems
        return rosters_and_problems

    def snapshots(self, rosters: Mapping[str, Roster]) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`. A roster's snapshots are read once; with problems, again after an hour."""
        objects = self._ours.objects
        bases = Bases(self._common_dir, self._ours.folder, self._ours.configs)
        with self._lock, closing(bases):
            trees = Trees(objects)
            now = time.time()
            standing = {commit: reading for commit, reading in self._readings.items() if reading.stands(now)}
            readings: dict[str, Reading] = {}
            problems = []
            wanted = within_limit(rosters)
            try:
                for commit, roster in wanted.items():
                    readings[commit] = standing.get(commit) or read_snapshots(objects, roster, trees, bases)
                    if commit not in standing:
                        readings = paths_within_limit(readings, rosters)
            except ForksightError as error:
                readings |= {commit: standing[commit] for commit in wanted if commit in standing}
                problems.append(unreadable(error))
            self._readings = readings
        problems += [problem for reading in readings.values() for problem in reading.problems]
        return (
            tuple(snapshot for reading in readings.values() for snapshot in reading.snapshots),
            (*problems, *([TOO_MANY] if len(wanted) < len(rosters) else [])),
        )

    # ------------------------------------------------------------------------------------------ helpers

    def _repaired(self, work: Callable[[], T], *, trusted: bool = False, again: bool = True) -> T:
        """See `OwnRepository.repaired`. A person's yes to sharing makes it `trusted`."""
        return self._ours.repaired(work, trusted=trusted or self.consent().on is True, again=again)

    def _left_out(self) -> polling.LeftOut:
        """The refs that the last polls could not fetch; empty if the file is missing or can't be read."""
        with suppress(OSError, TypeError, ValueError):
            return polling.read_left_out(parsed(read_own(self._ours.path("left_out.json"))))
        return {}

    def _urls(self, remote: str, *which: str) -> list[str]:
        """A remote's addresses after git's rewriting (`url.*.insteadOf`, `pushurl`). Raises `GitError`."""
        return self._ours.ask("remote", "get-url", *which, "--", remote).splitlines()

    def _default_head(self, remote: str) -> str | None:
        """The commit of the remote's default branch as last fetched; if its name is unknown, of main, master or trunk. None without these."""
        names = [f"refs/remotes/{remote}/{name}" for name in ("HEAD", "main", "master", "trunk")]
        lines = self._ours.ask("for-each-ref", "--format=%(objectname) %(refname)", *names).splitlines()
        by_name = {ref: oid for oid, _, ref in (line.partition(" ") for line in lines)}
        return next((by_name[name] for name in names if name in by_name), None)

    def _is_ahead(self, head: str, default_head: str) -> bool:
        return bool(self._ours.ask("rev-list", "--max-count=1", head, f"^{default_head}").strip())

    def _newest_on_remote(self, head: str, remote: str) -> tuple[str, ...]:
        """The newest commits of HEAD's history that the remote has, by the remote-tracking refs: HEAD itself if the remote has it."""
        listed = self._ours.ask("rev-list", "--boundary", head, "--not", f"--remotes={remote}").split()
        boundary = [line[1:] for line in listed if line.startswith("-")]
        if not listed:
            return (head,)
        if len(boundary) > 1:
            boundary = self._ours.ask("merge-base", "--independent", *boundary).split()
        return tuple(boundary)

    def _commit_date(self, commit: str) -> float:
        """Seconds since the epoch."""
        return float(self._ours.ask("show", "--no-patch", "--format=%ct", commit) or 0)
