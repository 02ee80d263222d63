"""One scan of the transcripts: which files to read, which sessions are this repository's, what follows from them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from forksight.adapters.claude.checkouts import Checkouts
from forksight.adapters.claude.files import Stat, Transcript
from forksight.adapters.claude.transcript_problems import broken_rows, no_rows, not_read
from forksight.adapters.claude.transcripts.conclusions import decoded, digest, encoded
from forksight.adapters.claude.transcripts.index import Entry, Packed, SessionIndex
from forksight.adapters.claude.transcripts.transcript_file import peek, read
from forksight.adapters.system.parallel import spread
from forksight.core.claude.project_folders import LONGEST, encode, is_folder_of
from forksight.core.problems import Problem
from forksight.core.sessions.booking import Member
from forksight.core.sessions.lineage import Descent, families, trace
from forksight.core.sessions.session import Scope, Session, seconds
from forksight.core.sessions.transcripts.outline import Outline

Result = tuple[str, Entry | None, Packed | None, str]  # path, what is known of it, its outline, why it was not read


class Scan:
    """Reads the files that changed, then tells what follows from all of them."""

    def __init__(
        self,
        index: SessionIndex,
        scope: Scope,
        files: Sequence[Transcript],
        entries: Mapping[str, Entry],
        checkouts: frozenset[str],
    ) -> None:
        """`checkouts` are paths that were once the repository's."""
        self.entries = dict(entries)  # what is known of the files, by path
        self.conclusions: list[tuple[str, bytes]] = []  # what is new to remember, by key
        self.complete = True  # whether every file was read: else what follows is not remembered
        self._failed: dict[str, Problem] = {}  # files that could not be read, by path
        self._index = index
        self._scope = scope
        self._checkouts = Checkouts(scope, checkouts)
        self._named = {*scope.sessions, *scope.parents}
        self._prefixes = tuple(encode(path)[:LONGEST] for path in scope.worktrees)
        self._fresh: dict[str, Packed] = {}
        self._read_now: dict[str, Entry] = {}
        self._before: dict[str, Outline] = {}
        self._refresh([(t.path, t.session, t.stat, False) for t in files])
        relevant = [
            t for t in files if (entry := self.entries.get(t.path)) and entry.whole and self._wants(entry, t.session)
        ]
        self._refresh([(path, "", stat, True) for t in relevant for path, stat in t.agents])
        self._gone = self._forget(files)
        self._tie()
        self._groups = self._grouped(relevant)
        self._ours = self._chosen()

    def sessions(self) -> tuple[Session, ...]:
        """The repository's sessions, oldest first."""
        keyed = [(self._key(family), family) for family in self._ours]
        known = self._index.conclusions([key for key, _ in keyed])
        sessions: list[Session] = []
        for key, family in keyed:
            remembered = decoded(known.get(key))
            if remembered is not None:
                sessions += remembered[0]
                continue
            concluded, complete = self._conclude(family)
            if complete:
                self.conclusions.append((key, encoded(concluded)))
            sessions += concluded
        return tuple(sorted(sessions, key=lambda session: (session.started, session.id)))

    def store(self) -> None:
        """Keep what was read."""
        files = [(path, entry, self._fresh.get(path)) for path, entry in self._read_now.items()]
        self._index.store(files, self._gone)

    @property
    def size(self) -> int:
        """How many bytes of transcripts were read."""
        return sum(self.entries[path].used for path in self._fresh if path in self.entries)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with files of the repository's sessions, and which files could not be read."""
        files = sorted(path for family in self._ours for identity in family for path in self._files(identity))
        noticed = [
            broken_rows(path, entry.broken) for path in files if (entry := self.entries.get(path)) and entry.broken
        ]
        empty = sorted(path for path, entry in self.entries.items() if entry.whole and not entry.rows)
        empty = [path for path in empty if self._is_here(os.path.basename(os.path.dirname(path)))]
        broken = [path for path in empty if self.entries[path].broken]
        noticed += no_rows([path for path in empty if path not in broken], "hold no conversation")
        noticed += no_rows(broken, "have no row that can be read")
        return (*noticed, *self._failed.values())

    def _is_here(self, folder: str) -> bool:
        """Whether a project folder may be that of a checkout here."""
        return any(is_folder_of(folder, path) for path in self._scope.worktrees)

    def _refresh(self, files: Sequence[tuple[str, str, Stat, bool]]) -> None:
        """Read the files (path, session, state, whether its rows are read wherever it was) that are not known as they are."""
        jobs = [
            (path, session, stat, anywhere)
            for path, session, stat, anywhere in files
            if (entry := self.entries.get(path)) is None
            or entry.stat != stat
            or (not entry.whole and (anywhere or self._wants(entry, session)))
        ]
        grown = [path for path, *_ in jobs if (entry := self.entries.get(path)) and entry.whole]
        self._before = self._index.outlines({path: self.entries[path] for path in grown}) if grown else {}
        results = spread(self._read, jobs, lambda job: job[2][2])
        for path, entry, outline, trouble in results:
            if entry is None:
                self.entries.pop(path, None)
                self._miss(path, trouble)
            else:
                self.entries[path] = self._read_now[path] = entry
                if outline is not None:
                    self._fresh[path] = outline

    def _read(self, job: tuple[str, str, Stat, bool]) -> Result:
        path, session, _, anywhere = job
        known = self.entries.get(path)
        try:
            if not anywhere and not (known and known.whole) and not self._named_like(path):
                peeked = peek(path, known, self._checkouts.holds)
                if not self._wants(peeked, session):
                    return path, peeked, None, ""
            entry, outline = read(path, known, self._before.get(path))
        except FileNotFoundError:
            return path, None, None, ""
        except OSError as error:
            return path, None, None, error.strerror or str(error)
        return path, entry, Packed.of(outline), ""

    def _miss(self, path: str, trouble: str) -> None:
        """Note that a file was not read; without `trouble` because it is gone since it was listed."""
        self.complete = False
        if trouble:
            self._failed[path] = not_read(path, trouble)

    def _named_like(self, path: str) -> bool:
        """Whether a transcript lies where those of sessions here do, by the folder's name; strangers' may do so too."""
        return os.path.basename(os.path.dirname(path)).startswith(self._prefixes)

    def _wants(self, entry: Entry, session: str) -> bool:
        return session in self._named or self._place(entry) is not False

    def _place(self, entry: Entry) -> bool | None:
        """Whether a session was in this repository; None if it was somewhere that is gone, or does not say."""
        verdicts = {self._checkouts.holds(cwd) for cwd in (entry.first, entry.last)}
        return True if True in verdicts else False if False in verdicts else None

    def _tie(self) -> None:
        """Tie what begins with a compaction to the sessions that have the row which it goes on from.

        All that is known is searched once, what is read afterwards as it comes.
        """
        seekers = {path: entry for path, entry in self.entries.items() if entry.seeks}
        if not seekers:
            return
        holders: dict[str, set[str]] = {entry.seeks: set() for entry in seekers.values()}
        sought = {row.encode(): sessions for row, sessions in holders.items()}
        for path, packed in self._fresh.items():
            for row in sought.keys() & packed.data.split(b"\n"):
                sought[row].add(_session_of(path))
        for uuid in {entry.seeks for path, entry in seekers.items() if path in self._read_now and not entry.ties}:
            holders[uuid].update(map(_session_of, self._holders(uuid)))
        for path, entry in seekers.items():
            ties = tuple(sorted({*entry.ties, *holders[entry.seeks]}))
            if ties != entry.ties:
                self.entries[path] = self._read_now[path] = replace(entry, ties=ties)

    def _holders(self, row: str) -> Iterator[str]:
        """The files that are known and have a row of the conversation with that uuid; those of `_fresh` may be left out."""
        indexed = self._index.holders(row)
        yield from (path for path, holds in indexed.items() if holds)
        others = [path for path, entry in self.entries.items() if entry.whole and path not in indexed]
        for path, outline in self._outlines([path for path in others if path not in self._fresh]).items():
            if row in outline.rows:
                yield path

    def _forget(self, files: Sequence[Transcript]) -> list[str]:
        present = {path for transcript in files for path in (transcript.path, *(path for path, _ in transcript.agents))}
        absent = [path for path in self.entries if path not in present]
        for path in absent:
            del self.entries[path]
        return absent

    def _grouped(self, relevant: Sequence[Transcript]) -> dict[str, list[Transcript]]:
        """The files of each session: one as a rule, several if it was copied; subagents' files of older versions too."""
        groups: dict[str, list[Transcript]] = {}
        for transcript in relevant:
            entry = self.entries[transcript.path]
            if transcript.session and entry.rows:
                groups.setdefault(transcript.session, []).append(transcript)
        for transcript in relevant:
            owner = self.entries[transcript.path].owner
            if not transcript.session and owner in groups:
                groups[owner].append(transcript)
        for transcripts in groups.values():
            transcripts.sort(key=lambda t: (bool(t.session), self.entries[t.path].rows, t.stat[3]), reverse=True)
        return groups

    def _chosen(self) -> list[list[str]]:
        """The families that belong to this repository: because one of them is, or was, here."""
        ties = {
            identity: {tie for t in transcripts if t.session for tie in self.entries[t.path].all_ties}
            for identity, transcripts in self._groups.items()
        }
        return [family for family in families(ties) if any(self._belongs(identity) for identity in family)]

    def _belongs(self, identity: str) -> bool:
        """Whether a session itself was here, or we made it: not because a folder or a branch of its is called as ours."""
        entry = self.entries[self._groups[identity][0].path]
        return bool(self._place(entry)) or identity in self._named

    def _files(self, identity: str) -> Iterator[str]:
        for transcript in self._groups[identity]:
            yield transcript.path
            yield from (path for path, _ in transcript.agents)

    def _key(self, family: Sequence[str]) -> str:
        recorded = [(identity, self._scope.parents.get(identity)) for identity in sorted(family)]
        return digest([t for identity, _ in recorded for t in self._groups[identity]], recorded)

    def _conclude(self, family: Sequence[str]) -> tuple[list[Session], bool]:
        """The sessions of a family, without those that can't be read, and whether all of its files were read."""
        paths = [path for identity in family for path in self._files(identity)]
        outlines = self._outlines(paths)
        if complete := len(outlines) == len(set(paths)):
            readable = list(family)
        else:
            readable = [identity for identity in family if self._keep_read(identity, outlines)]
            if not any(self._belongs(identity) for identity in readable):
                return [], False
        members = []
        active: dict[str, str] = {}
        for identity in readable:
            own, *others = (outlines[path] for path in self._files(identity) if path in outlines)
            extra = {
                key: message for other in others for key, message in other.messages.items() if key not in own.messages
            }
            members.append(Member(identity, own, extra))
            active[identity] = max(outline.last for outline in (own, *others))
        descents = trace(members, self._scope.parents)
        sessions = [
            replace(
                _session(
                    self._groups[member.id][0],
                    member.outline,
                    self._cwd(member),
                    descents[member.id],
                    active[member.id],
                ),
                edits=self._edits(member, descents[member.id], outlines),
            )
            for member in members
        ]
        return sessions, complete

    def _keep_read(self, identity: str, outlines: Mapping[str, Outline]) -> bool:
        """Leave those of a session's files out that were not read; whether a transcript of it is left."""
        self._groups[identity] = [t for t in self._groups[identity] if t.path in outlines]
        return any(t.session for t in self._groups[identity])

    def _cwd(self, member: Member) -> str:
        """Where a session is at home: where it was last, unless it only went there from where its folder says it began."""
        transcript = self._groups[member.id][0]
        first, last = self.entries[transcript.path].first or "", member.outline.cwd or ""
        began = bool(first) and is_folder_of(transcript.folder, first)
        return first if began and not is_folder_of(transcript.folder, last) else last or first

    def _edits(self, member: Member, descent: Descent, outlines: Mapping[str, Outline]) -> tuple[str, ...]:
        """The absolute paths that a session and its subagents edited outside the directories that they began in."""
        own = {path for row, _, path in member.outline.edits if row >= descent.rows.inherited}
        agents = self._edits_of_agents(member.id, outlines) - self._edits_of_agents(descent.parent, outlines)
        return tuple(sorted(own.union(path for _, path in agents)))

    def _edits_of_agents(self, identity: str | None, outlines: Mapping[str, Outline]) -> set[tuple[str, str]]:
        """What a session's subagents edited outside the directories that they began in: (tool call, absolute path)."""
        paths = [path for t in self._groups.get(identity or "", ()) for path, _ in t.agents]
        paths += [t.path for t in self._groups.get(identity or "", ()) if not t.session]
        return {(call, edited) for path in paths if path in outlines for _, call, edited in outlines[path].edits}

    def _outlines(self, paths: Sequence[str]) -> dict[str, Outline]:
        """What is in these files, without those that can't be read."""
        outlines = {path: self._fresh[path].outline for path in paths if path in self._fresh}
        known = {path: self.entries[path] for path in paths if path not in outlines and path in self.entries}
        if known:
            outlines.update(self._index.outlines(known))
        for path in (
            known.keys() - outlines.keys()
        ):  # the index can't be read, was deleted under us, or knows other bytes
            try:
                _, outlines[path] = read(path, None, None)
            except FileNotFoundError:
                self._miss(path, "")
            except OSError as error:
                self._miss(path, error.strerror or str(error))
        return outlines


def _session_of(path: str) -> str:
    return os.path.basename(path).removesuffix(".jsonl")


def _session(transcript: Transcript, outline: Outline, cwd: str, descent: Descent, active: str) -> Session:
    modified = transcript.stat[3] / 1e9
    started = seconds(descent.started)
    last = seconds(active) if descent.rows.own else started
    return Session(
        id=transcript.session,
        transcript=transcript.path,
        title=outline.name or outline.idea or outline.prompt or transcript.session[:8],
        named=outline.name is not None,
        cwd=cwd,
        branch=outline.branch,
        parent=descent.parent,
        evidence=descent.evidence,
        started=modified if started is None else started,
        last_active=modified if last is None else last,
        modified=modified,
        rows=descent.rows,
        own=descent.own,
        inherited=descent.inherited,
        spared=outline.spared,
        said=outline.answer[1] if outline.answer and outline.answer[0] >= descent.rows.inherited else None,
    )
