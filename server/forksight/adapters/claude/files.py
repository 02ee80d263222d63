"""Where Claude Code keeps its sessions: the transcripts, and the companion folder that each may have beside it."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from forksight.adapters.claude.transcript_problems import not_read
from forksight.core.claude.unread import FOLDER
from forksight.core.problems import Problem

# Claude Code takes nothing else for a session: no sync conflict, no copy with a number, no `.orphaned-…`. Older versions put
# their subagents' transcripts beside those of sessions.
_TRANSCRIPT = re.compile(r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|agent-.+)\.jsonl").fullmatch

Stat = tuple[int, int, int, int]  # device, inode, size, mtime in nanoseconds


class Transcript(NamedTuple):
    """A transcript as a file."""

    path: str
    session: str  # its id; "" for a subagent's transcript that lies beside those of sessions
    stat: Stat
    agents: tuple[tuple[str, Stat], ...] = ()  # its subagents' transcripts, from the companion folder

    @property
    def folder(self) -> str:
        """The project folder's name: the directory where the session was started, encoded with loss (`encode`)."""
        return os.path.basename(os.path.dirname(self.path))


def config_dir(environ: Mapping[str, str]) -> str:
    """Claude Code's folder: CLAUDE_CONFIG_DIR, else ~/.claude."""
    return os.path.abspath(environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))


def find(projects: str) -> tuple[list[Transcript], list[Problem]]:
    """All transcripts below a projects folder. A folder that can't be listed is a problem, one that is not there is empty."""
    transcripts: list[Transcript] = []
    problems: list[Problem] = []
    for project in _list(projects, problems):
        if not _is_folder(project, problems):
            continue
        entries = _list(project.path, problems)
        folders = {entry.name for entry in entries if not entry.name.endswith(".jsonl")}
        for entry in entries:
            name = entry.name
            if not _TRANSCRIPT(name):
                continue
            try:
                stat = _stat(entry)
            except FileNotFoundError:  # gone since it was listed
                continue
            except OSError as error:
                problems.append(not_read(entry.path, error.strerror or str(error)))
                continue
            session = name[:-6] if not name.startswith("agent-") else ""  # where older versions put their subagents
            agents = tuple(_agents(entry.path[:-6], problems)) if session in folders else ()
            transcripts.append(Transcript(entry.path, session, stat, agents))
    transcripts.sort()
    return transcripts, problems


def has_transcript(folder: str, session: str) -> bool:
    """Whether Claude Code's folder has a transcript of a session."""
    try:
        with os.scandir(os.path.join(folder, "projects")) as entries:
            return any(os.path.isfile(os.path.join(entry.path, f"{session}.jsonl")) for entry in entries)
    except OSError:
        return False


def agents_of(companion: str) -> tuple[list[str], list[Problem]]:
    """The transcripts of a session's subagents, from its companion folder."""
    problems: list[Problem] = []
    return [path for path, _ in _agents(companion, problems)], problems


def _agents(companion: str, problems: list[Problem]) -> list[tuple[str, Stat]]:
    files = []
    pending = [os.path.join(companion, "subagents")]
    while pending:
        for entry in _list(pending.pop(), problems):
            try:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.name.startswith("agent-") and entry.name.endswith(".jsonl"):
                    files.append((entry.path, _stat(entry)))
            except FileNotFoundError:  # gone since it was listed
                continue
            except OSError as error:
                problems.append(not_read(entry.path, error.strerror or str(error)))
    return sorted(files)


def _is_folder(entry: "os.DirEntry[str]", problems: list[Problem]) -> bool:
    """Whether an entry is a folder; one that nobody can look at is a problem."""
    try:
        return entry.is_dir()
    except OSError as error:
        problems.append(_unlisted(entry.path, error))
        return False


def _list(folder: str, problems: list[Problem]) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        problems.append(_unlisted(folder, error))
    return []


def _unlisted(folder: str, error: OSError) -> Problem:
    text = f"{folder} can't be listed ({error.strerror}): its sessions are missing here; check who owns it."
    return Problem(FOLDER, text, folder)


def _stat(entry: "os.DirEntry[str]") -> Stat:
    stat = entry.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
