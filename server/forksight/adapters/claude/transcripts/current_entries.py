"""Brings the entries and outlines of all transcripts up to date: reads the files that changed, and where they grew only the rest."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from forksight.adapters.claude.checkouts import Checkouts
from forksight.adapters.claude.files import Stat, Transcript
from forksight.adapters.claude.transcript_problems import not_read
from forksight.adapters.claude.transcripts.index import Entry, Packed, SessionIndex
from forksight.adapters.claude.transcripts.transcript_file import peek, read
from forksight.adapters.system.parallel import spread
from forksight.core.claude.project_folders import LONGEST, encode
from forksight.core.problems import Problem
from forksight.core.sessions.session import Scope
from forksight.core.sessions.transcripts.outline import Outline


class _File(NamedTuple):
    """A file that may have to be read."""

    path: str
    session: str  # the session's id; "" for a subagent's transcript
    stat: Stat
    always: bool  # True if its rows are read wherever its session worked


class _Result(NamedTuple):
    """What reading a file gave."""

    path: str
    entry: Entry | None  # None if it could not be read
    outline: Packed | None = None  # None if only the directories were read
    failure: str = ""  # why it could not be read; "" if it was deleted meanwhile


class CurrentEntries:
    """The entries of all transcripts as they are now, and the outlines of those that may concern a repository.

    The constructor reads what changed. A file whose session worked elsewhere gets an entry with its directories only.
    """

    def __init__(
        self,
        index: SessionIndex,
        scope: Scope,
        files: Sequence[Transcript],
        entries: Mapping[str, Entry],
        checkouts: Checkouts,
    ) -> None:
        """`entries` are those of the last scan, by path."""
        self.by_path = dict(entries)
        self.complete = True  # False if a file could not be read: then conclusions must not be kept
        self.failures: dict[str, Problem] = {}  # path -> why the file could not be read
        self.named = frozenset((*scope.sessions, *scope.parents))  # ids of the sessions that the ledger names
        self._index = index
        self._checkouts = checkouts
        self._prefixes = tuple(encode(path)[:LONGEST] for path in scope.worktrees)
        self._fresh: dict[str, Packed] = {}  # path -> the outline, if it was read now
        self._updated: dict[str, Entry] = {}  # path -> the entry, if it changed now
        self._before: dict[str, Outline] = {}  # path -> the kept outline of a file that is being read
        self._update([_File(t.path, t.session, t.stat, always=False) for t in files])
        # The files whose rows were read, and whose sessions may belong to the repository.
        self.relevant = [
            t for t in files if (entry := self.by_path.get(t.path)) and entry.whole and self._wants(entry, t.session)
        ]
        self._update([_File(path, "", stat, always=True) for t in self.relevant for path, stat in t.agents])
        self._deleted = self._drop_deleted(files)
        self._tie()

    @property
    def size(self) -> int:
        """How many bytes the files have that were read now."""
        return sum(self.by_path[path].used for path in self._fresh if path in self.by_path)

    def store(self) -> None:
        """Keep the changed entries and outlines in the index."""
        files = [(path, entry, self._fresh.get(path)) for path, entry in self._updated.items()]
        self._index.store(files, self._deleted)

    def outlines(self, paths: Sequence[str]) -> dict[str, Outline]:
        """The outlines of these files, by path, without those that can't be read."""
        outlines = {path: self._fresh[path].outline for path in paths if path in self._fresh}
        kept = {path: self.by_path[path] for path in paths if path not in outlines and path in self.by_path}
        if kept:
            outlines.update(self._index.outlines(kept))
        # Of these the index is unreadable or deleted, or its outline is of other bytes.
        for path in kept.keys() - outlines.keys():
            try:
                _, outlines[path] = read(path, None, None)
            except FileNotFoundError:
                self._miss(path, "")
            except OSError as error:
                self._miss(path, error.strerror or str(error))
        return outlines

    def _update(self, files: Sequence[_File]) -> None:
        """Read those of the files whose entries are missing, outdated, or lack the rows that are wanted."""
        outdated = [
            file
            for file in files
            if (entry := self.by_path.get(file.path)) is None
            or entry.stat != file.stat
            or (not entry.whole and (file.always or self._wants(entry, file.session)))
        ]
        grown = [file.path for file in outdated if (entry := self.by_path.get(file.path)) and entry.whole]
        self._before = self._index.outlines({path: self.by_path[path] for path in grown}) if grown else {}
        for result in spread(self._read, outdated, lambda file: file.stat[2]):
            if result.entry is None:
                self.by_path.pop(result.path, None)
                self._miss(result.path, result.failure)
            else:
                self.by_path[result.path] = self._updated[result.path] = result.entry
                if result.outline is not None:
                    self._fresh[result.path] = result.outline

    def _read(self, file: _File) -> _Result:
        earlier = self.by_path.get(file.path)
        try:
            if not file.always and not (earlier and earlier.whole) and not self._is_named_like_ours(file.path):
                peeked = peek(file.path, earlier, self._checkouts.holds)
                if not self._wants(peeked, file.session):
                    return _Result(file.path, peeked)
            entry, outline = read(file.path, earlier, self._before.get(file.path))
        except FileNotFoundError:
            return _Result(file.path, None)
        except OSError as error:
            return _Result(file.path, None, failure=error.strerror or str(error))
        return _Result(file.path, entry, Packed.of(outline))

    def _miss(self, path: str, failure: str) -> None:
        """Note that a file could not be read, and why; `failure` is "" if it was deleted since it was listed."""
        self.complete = False
        if failure:
            self.failures[path] = not_read(path, failure)

    def _is_named_like_ours(self, path: str) -> bool:
        """Whether a transcript's project folder is named like those of our worktrees. Folders of other paths may be, too."""
        return os.path.basename(os.path.dirname(path)).startswith(self._prefixes)

    def _wants(self, entry: Entry, session: str) -> bool:
        """Whether a session belongs to the repository, or may, because its directories do not decide it."""
        return session in self.named or self._checkouts.hold_any((entry.first, entry.last)) is not False

    def _drop_deleted(self, files: Sequence[Transcript]) -> list[str]:
        """Remove the entries of files that no longer exist; returns their paths."""
        present = {path for transcript in files for path in (transcript.path, *(path for path, _ in transcript.agents))}
        deleted = [path for path in self.by_path if path not in present]
        for path in deleted:
            del self.by_path[path]
        return deleted

    def _tie(self) -> None:
        """Tie each transcript that begins with a compaction to the sessions that have the row which it continues (`seeks`).

        For a transcript that was read now, the kept outlines of all files are searched; else only those read now.
        """
        seekers = {path: entry for path, entry in self.by_path.items() if entry.seeks}
        if not seekers:
            return
        holders: dict[str, set[str]] = {entry.seeks: set() for entry in seekers.values()}
        sought = {row.encode(): sessions for row, sessions in holders.items()}
        for path, packed in self._fresh.items():
            for row in sought.keys() & packed.data.split(b"\n"):
                sought[row].add(_session_of(path))
        for uuid in {entry.seeks for path, entry in seekers.items() if path in self._updated and not entry.ties}:
            holders[uuid].update(map(_session_of, self._holders(uuid)))
        for path, entry in seekers.items():
            ties = tuple(sorted({*entry.ties, *holders[entry.seeks]}))
            if ties != entry.ties:
                self.by_path[path] = self._updated[path] = replace(entry, ties=ties)

    def _holders(self, row: str) -> Iterator[str]:
        """The paths of files that have the row with that uuid. Files that were read now may be left out."""
        indexed = self._index.holders(row)
        yield from (path for path, holds in indexed.items() if holds)
        others = [path for path, entry in self.by_path.items() if entry.whole and path not in indexed]
        for path, outline in self.outlines([path for path in others if path not in self._fresh]).items():
            if row in outline.rows:
                yield path


def _session_of(path: str) -> str:
    """The id of a transcript's session."""
    return os.path.basename(path).removesuffix(".jsonl")
