"""Scans the transcripts for one repository's sessions: which sessions are the repository's, and what follows from their rows."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from forksight.adapters.claude.checkouts import Checkouts
from forksight.adapters.claude.files import Transcript
from forksight.adapters.claude.transcript_problems import broken_rows, no_rows
from forksight.adapters.claude.transcripts.conclusions import decoded, digest, encoded
from forksight.adapters.claude.transcripts.current_entries import CurrentEntries
from forksight.adapters.claude.transcripts.index import SessionIndex
from forksight.core.claude.project_folders import is_folder_of
from forksight.core.problems import Problem
from forksight.core.sessions.booking import Member
from forksight.core.sessions.lineage import Descent, families, trace
from forksight.core.sessions.session import Scope, Session, seconds
from forksight.core.sessions.transcripts.outline import Outline


class Scan:
    """Infers the repository's sessions from the entries of all files.

    `current` must have been made with the same scope and checkouts.
    """

    def __init__(self, index: SessionIndex, scope: Scope, current: CurrentEntries, checkouts: Checkouts) -> None:
        self.conclusions: list[tuple[str, bytes]] = []  # (key, encoded sessions) to be added to the index
        self._index = index
        self._scope = scope
        self._checkouts = checkouts
        self._current = current
        self._groups = self._grouped(current.relevant)
        self._ours = self._chosen()

    def sessions(self) -> tuple[Session, ...]:
        """The repository's sessions, oldest first."""
        keyed = [(self._key(family), family) for family in self._ours]
        kept = self._index.conclusions([key for key, _ in keyed])
        sessions: list[Session] = []
        for key, family in keyed:
            conclusion = decoded(kept.get(key))
            if conclusion is not None:
                sessions += conclusion[0]
                continue
            concluded, complete = self._conclude(family)
            if complete:
                self.conclusions.append((key, encoded(concluded)))
            sessions += concluded
        return tuple(sorted(sessions, key=lambda session: (session.started, session.id)))

    def problems(self) -> tuple[Problem, ...]:
        """The problems with files of the repository's sessions, and with all files that could not be read."""
        files = sorted(path for family in self._ours for session in family for path in self._files(session))
        noticed = [
            broken_rows(path, entry.broken)
            for path in files
            if (entry := self._current.by_path.get(path)) and entry.broken
        ]
        empty = sorted(path for path, entry in self._current.by_path.items() if entry.whole and not entry.rows)
        empty = [path for path in empty if self._is_here(os.path.basename(os.path.dirname(path)))]
        broken = [path for path in empty if self._current.by_path[path].broken]
        noticed += no_rows([path for path in empty if path not in broken], "hold no conversation")
        noticed += no_rows(broken, "have no row that can be read")
        return (*noticed, *self._current.failures.values())

    def _is_here(self, folder: str) -> bool:
        """Whether a project folder's name is that of one of the repository's worktrees."""
        return any(is_folder_of(folder, path) for path in self._scope.worktrees)

    def _grouped(self, relevant: Sequence[Transcript]) -> dict[str, list[Transcript]]:
        """Session id -> its files, the best first: its transcript, copies of it, and subagents' files of older versions."""
        groups: dict[str, list[Transcript]] = {}
        for transcript in relevant:
            entry = self._current.by_path[transcript.path]
            if transcript.session and entry.rows:
                groups.setdefault(transcript.session, []).append(transcript)
        for transcript in relevant:
            owner = self._current.by_path[transcript.path].owner
            if not transcript.session and owner in groups:
                groups[owner].append(transcript)
        for transcripts in groups.values():
            transcripts.sort(
                key=lambda t: (bool(t.session), self._current.by_path[t.path].rows, t.stat[3]), reverse=True
            )
        return groups

    def _chosen(self) -> list[list[str]]:
        """The families (lists of session ids) of which at least one session belongs to the repository."""
        ties = {
            session: {tie for t in transcripts if t.session for tie in self._current.by_path[t.path].all_ties}
            for session, transcripts in self._groups.items()
        }
        return [family for family in families(ties) if any(self._belongs(session) for session in family)]

    def _belongs(self, session: str) -> bool:
        """Whether a session certainly belongs to the repository: it worked in a checkout, or the ledger names it."""
        entry = self._current.by_path[self._groups[session][0].path]
        return bool(self._checkouts.hold_any((entry.first, entry.last))) or session in self._current.named

    def _files(self, session: str) -> Iterator[str]:
        """The paths of a session's files and of its subagents', its transcript first."""
        for transcript in self._groups[session]:
            yield transcript.path
            yield from (path for path, _ in transcript.agents)

    def _key(self, family: Sequence[str]) -> str:
        """The index's key for a family: it changes with the state of its files and with its parents in the ledger."""
        recorded = [(session, self._scope.parents.get(session)) for session in sorted(family)]
        return digest([t for session, _ in recorded for t in self._groups[session]], recorded)

    def _conclude(self, family: Sequence[str]) -> tuple[list[Session], bool]:
        """The sessions of a family, without those that can't be read, and whether all of the family's files were read."""
        paths = [path for session in family for path in self._files(session)]
        outlines = self._current.outlines(paths)
        if complete := len(outlines) == len(set(paths)):
            readable = list(family)
        else:
            readable = [session for session in family if self._keep_read(session, outlines)]
            if not any(self._belongs(session) for session in readable):
                return [], False
        members = []
        active: dict[str, str] = {}  # session id -> the newest stamp in its files
        for session in readable:
            own, *others = (outlines[path] for path in self._files(session) if path in outlines)
            extra = {
                key: message for other in others for key, message in other.messages.items() if key not in own.messages
            }
            members.append(Member(session, own, extra))
            active[session] = max(outline.last for outline in (own, *others))
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

    def _keep_read(self, session: str, outlines: Mapping[str, Outline]) -> bool:
        """Drop those of a session's files that were not read; returns whether a transcript of it is left."""
        self._groups[session] = [t for t in self._groups[session] if t.path in outlines]
        return any(t.session for t in self._groups[session])

    def _cwd(self, member: Member) -> str:
        """A session's working directory: the last one, unless its project folder is that of the first one and not of the last."""
        transcript = self._groups[member.id][0]
        first, last = self._current.by_path[transcript.path].first or "", member.outline.cwd or ""
        began = bool(first) and is_folder_of(transcript.folder, first)
        return first if began and not is_folder_of(transcript.folder, last) else last or first

    def _edits(self, member: Member, descent: Descent, outlines: Mapping[str, Outline]) -> tuple[str, ...]:
        """The absolute paths that a session itself and its subagents edited outside of the directories in which they began."""
        own = {path for row, _, path in member.outline.edits if row >= descent.rows.inherited}
        agents = self._edits_of_agents(member.id, outlines) - self._edits_of_agents(descent.parent, outlines)
        return tuple(sorted(own.union(path for _, path in agents)))

    def _edits_of_agents(self, session: str | None, outlines: Mapping[str, Outline]) -> set[tuple[str, str]]:
        """(tool call, absolute path) of each edit by a session's subagents outside of the directories in which they began."""
        paths = [path for t in self._groups.get(session or "", ()) for path, _ in t.agents]
        paths += [t.path for t in self._groups.get(session or "", ()) if not t.session]
        return {(call, edited) for path in paths if path in outlines for _, call, edited in outlines[path].edits}


def _session(transcript: Transcript, outline: Outline, cwd: str, descent: Descent, active: str) -> Session:
    """The session of a transcript. `active` is the newest stamp in its files."""
    modified = transcript.stat[3] / 1e9
    started = seconds(descent.started)
    last = seconds(active) if descent.rows.own else started
    return Session(
        id=transcript.session,
        transcript=transcript.path,
        title=outline.name or outline.generated_title or outline.prompt or transcript.session[:8],
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
        exempt_from_cleanup=outline.exempt_from_cleanup,
        last_sentence=outline.answer[1] if outline.answer and outline.answer[0] >= descent.rows.inherited else None,
    )
