"""Where Claude Code keeps its sessions: the transcripts, and the companion folder that each may have beside it."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from forksight.core.problems import Problem

Stat = tuple[int, int, int, int]  # device, inode, size, mtime in nanoseconds


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript as a file. `agents` are its subagents' transcripts, from the companion folder."""

    path: str
    session: str
    stat: Stat
    agents: tuple[tuple[str, Stat], ...] = ()

    @property
    def folder(self) -> str:
        """The project folder's name: the directory where the session was started, encoded with loss (`encode`)."""
        return os.path.basename(os.path.dirname(self.path))


def config_dir(environ: Mapping[str, str]) -> str:
    """Claude Code's folder."""
    return os.path.abspath(environ.get("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude"))


def encode(directory: str) -> str:
    """The name of a directory's project folder."""
    return re.sub(r"[^a-zA-Z0-9]", "-", directory)


def find(projects: str) -> tuple[list[Transcript], list[Problem]]:
    """All transcripts below a projects folder. A folder that can't be listed is a problem, one that is not there is empty."""
    found: list[Transcript] = []
    loose: list[tuple[str, Stat]] = []
    problems: list[Problem] = []
    for project in _list(projects, problems):
        if not project.is_dir():
            continue
        entries = list(_list(project.path, problems))
        folders = {entry.name for entry in entries if not entry.name.endswith(".jsonl")}
        for entry in entries:
            if not entry.name.endswith(".jsonl"):
                continue
            with suppress(OSError):  # gone since it was listed
                stat = _stat(entry)
                session = entry.name.removesuffix(".jsonl")
                if session.startswith("agent-"):  # where older versions put their subagents
                    loose.append((entry.path, stat))
                    continue
                agents = tuple(_agents(os.path.join(project.path, session), problems)) if session in folders else ()
                found.append(Transcript(entry.path, session, stat, agents))
    found.extend(Transcript(path, "", stat) for path, stat in loose)
    return found, problems


def _agents(companion: str, problems: list[Problem]) -> Iterator[tuple[str, Stat]]:
    pending = [os.path.join(companion, "subagents")]
    while pending:
        for entry in _list(pending.pop(), problems):
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            elif entry.name.startswith("agent-") and entry.name.endswith(".jsonl"):
                with suppress(OSError):
                    yield entry.path, _stat(entry)


def _list(folder: str, problems: list[Problem]) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        text = f"{folder} can't be listed ({error.strerror}): its sessions are missing here; check who owns it."
        problems.append(Problem("transcripts-unreadable", text, folder))


def _stat(entry: "os.DirEntry[str]") -> Stat:
    stat = entry.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns
