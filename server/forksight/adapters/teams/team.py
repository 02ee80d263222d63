"""Sharing one repository through a git remote (`core.ports.teams.Team`)."""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
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
from forksight.core.problems import ForksightError, GitError, Problem, TeamError
from forksight.core.teams.sharing import Changed, SharedWorktree
from forksight.core.teams.state import Consent, State
from forksight.core.teams.wire import REFS, Roster, refs_of, shown_name

T = TypeVar("T")

_CONSENT, _MACHINE = "consent.json", "machine.json"
_ROSTER = "refs/forksight/own/roster"  # what this machine published last


class GitTeam:
    """One repository, by its common dir. Every method may be called from any thread."""

    def __init__(self, repository: Repository, ours: OwnRepository) -> None:
        self._repository = repository
        self._common_dir = repository.common_dir
        self._ours = ours
        self._lock = threading.Lock()
        self._rosters: tuple[FileState, tuple[Mapping[str, Roster], tuple[Problem, ...]]] | None = None
        self._addresses: dict[str, tuple[Config, str]] = {}  # by remote, as that configuration has them
        self._known: dict[str, Reading] = {}  # by the roster's commit

    # ------------------------------------------------------------------------------------------ what is kept

    def consent(self) -> Consent:
        """See `core.ports.teams.Team`. What can't be read is no consent, nor is what was said of another folder at this path."""
        try:
            return Consent.read(self._ours.read_sealed(_CONSENT))
        except FileNotFoundError:
            return Consent()
        except (OSError, KeyError, TypeError, ValueError):
            return Consent(is_lost=True)

    def say(self, consent: Consent) -> None:
        """See `core.ports.teams.Team`."""
        with suppress(OSError):  # where there is no such folder, nobody looks for what we keep
            os.makedirs(os.path.join(self._common_dir, "forksight"), mode=0o700, exist_ok=True)
            mark = os.path.join(self._common_dir, "forksight", "sharing")
            os.close(os.open(mark, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600))
        self._ours.write_sealed(_CONSENT, {**consent.plain(), "machine": self.machine()})

    def state(self) -> State:
        """See `core.ports.teams.Team`. Who can't read it does not know what was published."""
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
        """See `core.ports.teams.Team`. A copy of this user's files on another machine has another id."""
        for name in (_MACHINE, _CONSENT):  # the latter has it too, should the other be damaged
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
        if (known := self._addresses.get(remote)) is None or known[0] is not config:
            try:
                places = [*self._urls(remote), *self._urls(remote, "--push", "--all")]
            except GitError:
                return ""
            known = self._addresses[remote] = config, ", ".join(dict.fromkeys(map(without_password, places)))
        return known[1]

    def host(self) -> tuple[str, str]:
        """See `core.ports.teams.Team`."""
        return shown_name(self._ours.person().partition(" <")[0]), shown_name(socket.gethostname().partition(".")[0])

    def changed(self, snapshots: Sequence[Snapshot], remote: str) -> tuple[tuple[Changed, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`."""
        default = self._default(remote)
        changed, problems = [], []
        for snapshot in snapshots:
            worktree = snapshot.worktree
            if worktree.head is None:
                continue
            if not snapshot.changes and default and not self._ahead(worktree.head, default):
                continue
            parents = self._on_remote(worktree.head, remote)
            if not parents:
                why = "none of its commits is on the remote"
                message = f"{worktree.label} is not shared: {why}; push its branch, or fetch."
                problems.append(Problem("not-shared", message, worktree.path))
                continue
            committed, tree = self._repository.trees([parents[0], worktree.head])
            (apart,) = self._repository.tree_changes([(committed, tree)])
            changed.append(
                Changed(
                    worktree,
                    parents,
                    overlay(apart, snapshot.changes),
                    self._committed(worktree.head),
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
            raise TeamError(f"{len(missing)} files changed while they were read", fix="it is tried again")
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
            transport.push(self._ours.folder, remote, f":{ref}")
            self._ours.point(ref, None)
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
        known = self._ours.objects.infos([ref, _ROSTER])
        return ref in known and _ROSTER in known and known[ref].oid == known[_ROSTER].oid

    def forget(self, remote: str, machine: str) -> None:
        """See `core.ports.teams.Team`."""
        seen = self._ours.objects.infos(refs_of(machine))
        for ref, known in seen.items():
            transport.push(self._ours.folder, remote, f":{ref}", lease=f"{ref}:{known.oid}")
            self._ours.point(ref, None)
        self._rosters = None

    def poll(self, remote: str, *, asked: bool = False) -> None:
        """See `core.ports.teams.Team`."""
        before, folder = self._left_out(), self._ours.folder
        left_out = self._repaired(lambda: polling.poll(folder, remote, before, time.time()), trusted=asked)
        self._ours.write("left_out.json", json.dumps(left_out))
        self._rosters = None
        tidy(self._ours.folder)

    def lend(self) -> None:
        """See `core.ports.teams.Team`. Not before there are any: a git that runs looks only once whether there is such a folder."""
        objects = self._ours.path("objects")
        if os.path.isdir(objects):
            self._repository.borrow(objects)

    def rosters(self) -> tuple[Mapping[str, Roster], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`."""
        state = file_state(self._ours.path("state.json"))  # whichever process talks to the remote writes how that went
        known = self._rosters
        if known is not None and known[0] == state:
            return known[1]
        if not self._ours.is_there():
            return {}, ()
        try:
            read = read_rosters(
                self._ours.objects,
                folder=self._ours.folder,
                env=self._ours.reading_ours(),
                own=self.machine(),
                left_out=self._left_out(),
            )
        except ForksightError as error:
            return {}, (unreadable(error),)
        self._rosters = state, read
        return read

    def snapshots(self, rosters: Mapping[str, Roster]) -> tuple[tuple[Snapshot, ...], tuple[Problem, ...]]:
        """See `core.ports.teams.Team`. A roster that is known is not read again."""
        objects = self._ours.objects
        bases = Bases(self._common_dir, self._ours.folder, self._ours.configs)
        with self._lock, closing(bases):
            trees = Trees(objects)
            now = time.time()
            still = {commit: reading for commit, reading in self._known.items() if reading.stands(now)}
            read: dict[str, Reading] = {}
            problems = []
            wanted = within_limit(rosters)
            try:
                for commit, roster in wanted.items():
                    read[commit] = still.get(commit) or read_snapshots(objects, roster, trees, bases)
                    if commit not in still:
                        read = paths_within_limit(read, rosters)
            except ForksightError as error:
                read |= {commit: still[commit] for commit in wanted if commit in still}
                problems.append(unreadable(error))
            self._known = read
            readings = tuple(self._known.values())
        problems += [problem for reading in readings for problem in reading.problems]
        return (
            tuple(snapshot for reading in readings for snapshot in reading.snapshots),
            (*problems, *([TOO_MANY] if len(wanted) < len(rosters) else [])),
        )

    # ------------------------------------------------------------------------------------------ helpers

    def _repaired(self, work: Callable[[], T], *, trusted: bool = False, again: bool = True) -> T:
        return self._ours.repaired(work, trusted=trusted or self.consent().on is True, again=again)

    def _left_out(self) -> polling.LeftOut:
        with suppress(OSError, TypeError, ValueError):
            return polling.read_left_out(parsed(read_own(self._ours.path("left_out.json"))))
        return {}

    def _urls(self, remote: str, *which: str) -> list[str]:
        """Where git goes for a remote, as it rewrites that (`url.*.insteadOf`, `pushurl`). Raises `GitError`."""
        return self._ours.ask("remote", "get-url", *which, "--", remote).splitlines()

    def _default(self, remote: str) -> str | None:
        """The remote's default branch as last fetched, or else the usual one that there is."""
        names = [f"refs/remotes/{remote}/{name}" for name in ("HEAD", "main", "master", "trunk")]
        known = self._ours.ask("for-each-ref", "--format=%(objectname) %(refname)", *names).splitlines()
        by_name = {ref: oid for oid, _, ref in (line.partition(" ") for line in known)}
        return next((by_name[name] for name in names if name in by_name), None)

    def _ahead(self, head: str, default: str) -> bool:
        return bool(self._ours.ask("rev-list", "--max-count=1", head, f"^{default}").strip())

    def _on_remote(self, head: str, remote: str) -> tuple[str, ...]:
        """The newest commits of a HEAD that the remote has, as last fetched or pushed: itself, if it has that."""
        listed = self._ours.ask("rev-list", "--boundary", head, "--not", f"--remotes={remote}").split()
        boundary = [line[1:] for line in listed if line.startswith("-")]
        if not listed:
            return (head,)
        if len(boundary) > 1:
            boundary = self._ours.ask("merge-base", "--independent", *boundary).split()
        return tuple(boundary)

    def _committed(self, commit: str) -> float:
        return float(self._ours.ask("show", "--no-patch", "--format=%ct", commit) or 0)
