"""Lists Claude Code's transcripts, and the subagents' transcripts in the companion folder that each may have beside it."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from forksight.adapters.claude.transcript_problems import not_read
from forksight.core.claude.unread import FOLDER
from forksight.core.problems import Problem

# The names of transcripts. Claude Code ignores all other files: sync conflicts, numbered copies, `.orphaned-…`. Older versions
# put subagents' transcripts (`agent-…`) beside those of sessions.
_TRANSCRIPT = re.compile(r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|agent-.+)\.jsonl").fullmatch

Stat = tuple[int, int, int, int]  # device, inode, size, mtime in nanoseconds


class Transcript(NamedTuple):
    """The file of a transcript."""

    path: str
    # The session's id; "" for a subagent's transcript that an older version wrote beside those of sessions.
    session: str
    stat: Stat
    agents: tuple[
        tuple[str, Stat], ...
    ] = ()  # (path, stat) of each subagent's transcript in the companion folder, sorted

    @property
    def folder(self) -> str:
        """The project folder's name: the directory where the session was started, as `encode` makes it (not invertible)."""
        return os.path.basename(os.path.dirname(self.path))


def config_dir(environ: Mapping[str, str]) -> str:
    """Claude Code's configuration folder, as an absolute path: CLAUDE_CONFIG_DIR, else ~/.claude."""
    return os.path.abspath(environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))


def find(projects: str) -> tuple[list[Transcript], list[Problem]]:
    """The transcripts below a `projects` folder, sorted by path. What can't be listed is a problem; a missing folder is empty."""
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
            except FileNotFoundError:  # deleted since the folder was listed
                continue
            except OSError as error:
                problems.append(not_read(entry.path, error.strerror or str(error)))
                continue
            session = "" if name.startswith("agent-") else name[:-6]
            agents = tuple(_agents(entry.path[:-6], problems)) if session in folders else ()
            transcripts.append(Transcript(entry.path, session, stat, agents))
    transcripts.sort()
    return transcripts, problems


def has_transcript(folder: str, session: str) -> bool:
    """Whether a configuration folder of Claude Code has a transcript of a session. False if it can't be listed."""
    try:
        with os.scandir(os.path.join(folder, "projects")) as entries:
            return any(os.path.isfile(os.path.join(entry.path, f"{session}.jsonl")) for entry in entries)
    except OSError:
        return False


def agents_of(companion: str) -> tuple[list[str], list[Problem]]:
    """The paths of the transcripts of a session's subagents; `companion` is the session's companion folder."""
    problems: list[Problem] = []
    return [path for path, _ in _agents(companion, problems)], problems


def _agents(companion: str, problems: list[Problem]) -> list[tuple[str, Stat]]:
    """Path and stat of each subagent's transcript in a companion folder, sorted. Adds what can't be read to `problems`."""
    files = []
    pending = [os.path.join(companion, "subagents")]
    while pending:
        for entry in _list(pending.pop(), problems):
            try:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                elif entry.name.startswith("agent-") and entry.name.endswith(".jsonl"):
                    files.append((entry.path, _stat(entry)))
            except FileNotFoundError:  # deleted since the folder was listed
                continue
            except OSError as error:
                problems.append(not_read(entry.path, error.strerror or str(error)))
    return sorted(files)


def _is_folder(entry: "os.DirEntry[str]", problems: list[Problem]) -> bool:
    """Whether an entry is a folder or a link to one. If that can't be found out, it is added to `problems`."""
    try:
        return entry.is_dir()
    except OSError as error:
        problems.append(_unlisted(entry.path, error))
        return False


def _list(folder: str, problems: list[Problem]) -> "list[os.DirEntry[str]]":
    """The entries of a folder; none if it is missing. One that can't be listed is added to `problems`."""
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
