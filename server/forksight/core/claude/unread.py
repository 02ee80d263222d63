"""Transcripts that are there and can't be read: whose sessions they are, as far as their paths tell."""

from collections.abc import Iterable

from forksight.core.claude.project_folders import LONGEST, encode
from forksight.core.problems import Problem

# The codes of the problems: a transcript can't be read, a folder of transcripts can't be listed.
FILE, FOLDER = "transcript-unreadable", "transcripts-unreadable"


def unread_in(problems: Iterable[Problem], projects: str, worktree: str) -> str | None:
    """The path of what can't be read and may be a session's in that worktree or in a folder of it; None if there is none.

    `projects` is the folder of Claude Code's projects, each of which is named after where its sessions began.
    """
    name = encode(worktree)[:LONGEST]
    return next((path for path in _unread(problems) if _may_be_in(path, projects, name)), None)


def is_unread(problems: Iterable[Problem], session: str) -> bool:
    """Whether the transcript of a session may be what can't be read."""
    return any(not path.endswith(".jsonl") or path.endswith(f"/{session}.jsonl") for path in _unread(problems))


def _unread(problems: Iterable[Problem]) -> Iterable[str]:
    return (problem.path for problem in problems if problem.path and problem.code in (FILE, FOLDER))


def _may_be_in(path: str, projects: str, name: str) -> bool:
    """Whether this is the folder of projects, a project folder that begins with `name`, or a transcript in such a one.

    What lies beside a transcript, in its companion folder, says nothing of where sessions are at work.
    """
    if path == projects:
        return True
    project, _, file = path.removeprefix(f"{projects}/").partition("/")
    return project.startswith(name) and (not file or ("/" not in file and file.endswith(".jsonl")))
