"""The only reader of Claude Code's sessions. Nothing is ever written beside them.

What was read is kept in `SessionIndex`: the next look reads only what grew, and concludes anew only for the families
(sessions that share rows) in which something changed.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from forksight.adapters.claude.files import Transcript, agents_of, find
from forksight.adapters.claude.live import live_processes, out_of_sight
from forksight.adapters.claude.transcript_problems import broken_rows, not_read
from forksight.adapters.claude.transcripts.conclusions import decoded, digest, encoded
from forksight.adapters.claude.transcripts.index import Entry, SessionIndex
from forksight.adapters.memo import Memo
from forksight.adapters.system.disk.birth import born
from forksight.adapters.system.disk.regular_file import open_regular, read_regular
from forksight.core.problems import ForksightError, Problem
from forksight.core.sessions.session import Activity, LiveProcess, State

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from forksight.core.git.snapshot import Worktree
    from forksight.core.savings.spending import Answer, Spending
    from forksight.core.sessions.session import Scope, Session


_LARGEST = 256 << 20  # bytes of a transcript that is read at once


class TranscriptReader:
    """Claude Code's folder `config_dir`, read through an index (`core.ports.claude.SessionReader`)."""

    def __init__(self, config_dir: str, index: SessionIndex) -> None:
        self._config_dir = config_dir
        self._index = index
        self._lock = threading.Lock()
        self._activities: Memo[tuple[str, int, int, int], tuple[Activity, int]] = Memo(20)
        self._entries: dict[str, Entry] | None = None
        self._identities: dict[tuple[str, int, float | None], str] = {}
        self._placed: tuple[tuple[tuple[str, str], ...], Mapping[str, str]] = (), {}
        # By repository: what the answer follows from, the answer, and whether former checkouts were known then.
        self._last: dict[str, tuple[object, tuple[Session, ...], tuple[Problem, ...], bool]] = {}

    def live(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        listed = [live_processes(folder) for folder in dict.fromkeys((self._config_dir, *sorted(also)))]
        running = {
            (process.pid, process.session): process for processes, _ in reversed(listed) for process in processes
        }
        return tuple(running.values()), tuple(problem for _, problems in listed for problem in problems)

    def running(self, also: Collection[str] = ()) -> tuple[tuple[LiveProcess, ...], tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        from forksight.adapters.claude import machine_wide

        running, hidden = machine_wide.look()
        folders = {self._config_dir, *also, *(claude.folder for claude in running if claude.folder)}
        listed, problems = self.live(folders)
        known = {process.pid for process in listed}
        others = [
            LiveProcess(claude.pid, "", claude.cwd, state=State.LIVE_IDLE)
            for claude in running
            if claude.cwd and claude.pid not in known
        ]
        contained = [process for folder in sorted(folders) for process in out_of_sight(folder)]
        return (*listed, *others, *contained), (*problems, *((_hidden(hidden),) if hidden else ()))

    def former_paths(self, worktrees: Sequence[Worktree]) -> Mapping[str, str]:
        """See `core.ports.claude.SessionReader`."""
        named = ((identity, worktree.path) for worktree in worktrees if (identity := self._identity(worktree)))
        places = tuple(named)
        with self._lock:
            if self._placed[0] != places:
                noted = self._index.places([identity for identity, _ in places])
                known = sorted(noted or (), key=_made)
                if new := set(places).difference(known):
                    self._index.note_places(sorted(new))
                today = dict(places)
                # Of two that were at one path, the later one was there last.
                former = {path: today[identity] for identity, path in known if path != today[identity]}
                if noted is None:  # asked again next time
                    return former
                self._placed = places, former
            return self._placed[1]

    def _identity(self, worktree: Worktree) -> str | None:
        """What stands for a checkout wherever it is moved: its git dir as a folder. None where the system does not tell."""
        try:
            inode = os.stat(worktree.git_dir).st_ino
            key = worktree.git_dir, inode, worktree.made
            if key not in self._identities:
                birth = born(worktree.git_dir)
                self._identities[key] = f"{inode}-{birth}" if birth else ""
        except OSError:
            return None
        return self._identities[key] or None

    def activity(self, session: Session) -> tuple[Activity, tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        from forksight.core.sessions.activity import activity

        try:
            with open_regular(session.transcript) as file:
                stat = os.fstat(file.fileno())
                key = session.transcript, stat.st_ino, stat.st_size, stat.st_mtime_ns
                done, unreadable = self._activities.get([key], lambda _: {key: activity(file)})[key]
        except OSError as error:
            return Activity(), (not_read(session.transcript, error.strerror or str(error)),)
        return done, (broken_rows(session.transcript, unreadable),) if unreadable else ()

    def spending(self, session: Session) -> tuple[Spending, tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        from forksight.core.savings.spending import Spending

        files, problems = agents_of(session.companion)
        main, *others = (self._answers(path, problems) for path in (session.transcript, *files))
        agents = {answer.id: answer for spent in others for answer in spent}
        return Spending(main, tuple(agents.values())), tuple(problems)

    def _answers(self, path: str, problems: list[Problem]) -> tuple[Answer, ...]:
        from forksight.core.savings.spending import answers

        try:
            with open_regular(path) as file:
                billed, unreadable = answers(file.read())
        except OSError as error:
            problems.append(not_read(path, error.strerror or str(error)))
            return ()
        if unreadable:
            problems.append(broken_rows(path, unreadable))
        return billed

    def transcript(self, session: Session) -> bytes:
        """See `core.ports.claude.SessionReader`."""
        try:
            data = read_regular(session.transcript, _LARGEST)
        except OSError as error:
            why = error.strerror or str(error)
            raise ForksightError(f"{session.transcript} can't be read ({why})", fix="check who owns it") from error
        return data[: data.rfind(b"\n") + 1]

    def sessions(self, scope: Scope) -> tuple[tuple[Session, ...], tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        with self._lock:
            files, problems = find(f"{self._config_dir}/projects")
            scope_key = scope.worktrees, scope.past, sorted(scope.parents.items()), sorted(scope.sessions)
            last = self._last.get(scope.common_dir)
            if last and (files, scope_key) == last[0] and (last[3] or self._index.checkouts(scope.common_dir) is None):
                return last[1], (*problems, *last[2])
            sessions, noticed, complete, checkouts_known = self._scan(scope, files, digest(files, scope_key))
            self._last.pop(scope.common_dir, None)
            if complete:  # a file that could not be read may be readable soon, and look the same
                self._last[scope.common_dir] = (files, scope_key), sessions, noticed, checkouts_known
            return sessions, (*problems, *noticed)

    def _scan(
        self, scope: Scope, files: list[Transcript], key: str
    ) -> tuple[tuple[Session, ...], tuple[Problem, ...], bool, bool]:
        """The sessions, what is wrong with their files, whether all of these were read, and whether former checkouts are known.

        `key` stands for the state of the files and for what was asked: under it the answer is remembered.
        """
        known = decoded(self._index.conclusions([key]).get(key))
        if known is not None:
            return (*known, True, True)
        from forksight.adapters.claude.transcripts.scan import Scan  # where no file changed, none of it is needed
        from forksight.adapters.system.parallel import beside, uncollected

        entries = self._index.entries() if self._entries is None else self._entries
        checkouts = self._index.checkouts(scope.common_dir)
        with uncollected():
            scan = Scan(self._index, scope, files, entries, checkouts or frozenset())
            self._index.close()  # no connection may be shared with a copy of this process
            with beside(scan.store, scan.size):
                sessions, problems = scan.sessions(), scan.problems()
            self._entries, complete, conclusions = scan.entries, scan.complete, scan.conclusions
            del scan  # else the collector, when it is back, looks through all that was read
        if complete:
            conclusions.append((key, encoded(sessions, problems)))
        self._index.remember(conclusions if checkouts is not None else (), scope.common_dir, scope.worktrees)
        return sessions, problems, complete, checkouts is not None


def _made(place: tuple[str, str]) -> int:
    """When the checkout at a place was made, of its identity (ns since the epoch)."""
    return int(place[0].rpartition("-")[2])


def _hidden(processes: Sequence[int]) -> Problem:
    ids = ", ".join(map(str, processes))
    message = f"Another user of this machine runs Claude Code (process {ids}), and nobody here can tell where: look before you clean up."
    return Problem("session-hidden", message)
