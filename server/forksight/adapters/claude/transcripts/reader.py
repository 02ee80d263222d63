"""Reads Claude Code's sessions; nothing else does. It never writes to Claude Code's folders.

`SessionIndex` keeps the results: the next call reads only the rows that were added since, and recomputes only the families
(sessions that share rows) in which a file changed.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, NamedTuple

from forksight.adapters.claude.files import Transcript, agents_of, find
from forksight.adapters.claude.live import live_processes, uncheckable
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


_LARGEST = 256 << 20  # bytes; larger transcripts are not read as a whole


class _Answer(NamedTuple):
    """A repository's sessions, and how far they can be relied on."""

    sessions: tuple[Session, ...]
    problems: tuple[Problem, ...]  # with their files
    complete: bool  # whether every file could be read
    checkouts_known: bool  # whether the former checkouts were known


class TranscriptReader:
    """Reads the sessions of one configuration folder through an index (`core.ports.claude.SessionReader`)."""

    def __init__(self, config_dir: str, index: SessionIndex) -> None:
        self._config_dir = config_dir
        self._index = index
        self._lock = threading.Lock()
        # (path, inode, size, mtime in nanoseconds) -> the activity, the number of unreadable rows.
        self._activities: Memo[tuple[str, int, int, int], tuple[Activity, int]] = Memo(20)
        self._entries: dict[str, Entry] | None = None  # transcript's path -> entry, after the first scan
        # (git dir, its inode, when it was made) -> identity; "" if the system does not tell when a folder was created.
        self._identities: dict[tuple[str, int, float | None], str] = {}
        # The last (identity, path) of all checkouts, and what `former_paths` returned for them.
        self._placed: tuple[tuple[tuple[str, str], ...], Mapping[str, str]] = (), {}
        # Git common dir -> the inputs of the last scan, and its answer.
        self._last: dict[str, tuple[object, _Answer]] = {}

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

        running, unreadable = machine_wide.find_running()
        folders = {self._config_dir, *also, *(claude.config_dir for claude in running if claude.config_dir)}
        listed, problems = self.live(folders)
        listed_pids = {process.pid for process in listed}
        unlisted = [
            LiveProcess(claude.pid, "", claude.cwd, state=State.LIVE_IDLE)
            for claude in running
            if claude.cwd and claude.pid not in listed_pids
        ]
        unchecked = [process for folder in sorted(folders) for process in uncheckable(folder)]
        return (*listed, *unlisted, *unchecked), (*problems, *((_hidden(unreadable),) if unreadable else ()))

    def former_paths(self, worktrees: Sequence[Worktree]) -> Mapping[str, str]:
        """See `core.ports.claude.SessionReader`."""
        places = tuple((identity, worktree.path) for worktree in worktrees if (identity := self._identity(worktree)))
        with self._lock:
            if self._placed[0] != places:
                kept = self._index.places([identity for identity, _ in places])
                earlier = sorted(kept or (), key=_created)
                if new := set(places).difference(earlier):
                    self._index.note_places(sorted(new))
                paths = dict(places)
                # Of two checkouts that were at one path, the one created later replaces the other.
                former = {path: paths[identity] for identity, path in earlier if path != paths[identity]}
                if kept is None:  # the index can't be read now: the next call tries again
                    return former
                self._placed = places, former
            return self._placed[1]

    def _identity(self, worktree: Worktree) -> str | None:
        """`<inode>-<creation time in ns>` of a checkout's git dir, which moving the checkout does not change.

        None if the system does not tell when a folder was created, or if there is no git dir.
        """
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
                recorded, unreadable = self._activities.get([key], lambda _: {key: activity(file)})[key]
        except OSError as error:
            return Activity(), (not_read(session.transcript, error.strerror or str(error)),)
        return recorded, (broken_rows(session.transcript, unreadable),) if unreadable else ()

    def spending(self, session: Session) -> tuple[Spending, tuple[Problem, ...]]:
        """See `core.ports.claude.SessionReader`."""
        from forksight.core.savings.spending import Spending

        files, problems = agents_of(session.companion)
        main, *others = (self._answers(path, problems) for path in (session.transcript, *files))
        agents = {answer.id: answer for spent in others for answer in spent}
        return Spending(main, tuple(agents.values())), tuple(problems)

    def _answers(self, path: str, problems: list[Problem]) -> tuple[Answer, ...]:
        """The billed answers in a transcript. What can't be read is added to `problems`."""
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
            inputs = files, scope_key
            last_inputs, last = self._last.get(scope.common_dir, (None, None))
            if (
                last
                and inputs == last_inputs
                and (last.checkouts_known or self._index.checkouts(scope.common_dir) is None)
            ):
                return last.sessions, (*problems, *last.problems)
            answer = self._scan(scope, files, digest(files, scope_key))
            self._last.pop(scope.common_dir, None)
            if answer.complete:  # a file that could not be read may become readable without a change of its stat
                self._last[scope.common_dir] = inputs, answer
            return answer.sessions, (*problems, *answer.problems)

    def _scan(self, scope: Scope, files: list[Transcript], key: str) -> _Answer:
        """The answer for these files and this scope. `key` is their digest, under which the index keeps it."""
        kept = decoded(self._index.conclusions([key]).get(key))
        if kept is not None:
            return _Answer(*kept, complete=True, checkouts_known=True)
        # Not loaded while no file changes.
        from forksight.adapters.claude.checkouts import Checkouts
        from forksight.adapters.claude.transcripts.current_entries import CurrentEntries
        from forksight.adapters.claude.transcripts.scan import Scan
        from forksight.adapters.system.parallel import beside, uncollected

        entries = self._index.entries() if self._entries is None else self._entries
        known = self._index.checkouts(scope.common_dir)
        with uncollected():
            checkouts = Checkouts(scope, known or frozenset())
            current = CurrentEntries(self._index, scope, files, entries, checkouts)
            scan = Scan(self._index, scope, current, checkouts)
            self._index.close()  # a forked process must not share a connection with its parent
            with beside(current.store, current.size):
                sessions, problems = scan.sessions(), scan.problems()
            self._entries, complete, conclusions = current.by_path, current.complete, scan.conclusions
            del scan, current  # else the garbage collector, once it is on again, traverses all outlines
        if complete:
            conclusions.append((key, encoded(sessions, problems)))
        self._index.remember(conclusions if known is not None else (), scope.common_dir, scope.worktrees)
        return _Answer(sessions, problems, complete, checkouts_known=known is not None)


def _created(place: tuple[str, str]) -> int:
    """When the checkout of an (identity, path) was created, in nanoseconds since the epoch."""
    return int(place[0].rpartition("-")[2])


def _hidden(processes: Sequence[int]) -> Problem:
    """The problem of Claude Code processes, given by id, whose directories this user may not read."""
    ids = ", ".join(map(str, processes))
    message = f"Another user of this machine runs Claude Code (process {ids}), and Forksight can't see where: check that before you clean up."
    return Problem("session-hidden", message)
