"""Transcripts that exist and can't be read: which sessions they may be, judged by their paths."""

import os
from collections.abc import Iterable

from forksight.core.claude.project_folders import LONGEST, encode
from forksight.core.problems import Problem

# The codes of the problems: a transcript can't be read, a folder of transcripts can't be listed.
FILE, FOLDER = "transcript-unreadable", "transcripts-unreadable"
# The code of the problem that Claude Code's records of running sessions can't be read: any session may be live then.
LIVE = "live-state-unreadable"


def unread_in(problems: Iterable[Problem], projects: str, worktree: str) -> str | None:
    """An unreadable path that may hold a session of that worktree (or of a folder in it); None if there is none.

    `projects` is Claude Code's folder of project folders, which are named after the directory in which their sessions began.
    """
    name = encode(worktree)[:LONGEST]
    return next((path for path in _unread(problems) if _may_be_in(path, projects, name)), None)


def is_unread(problems: Iterable[Problem], session: str, projects: str, folder: str | None = None) -> bool:
    """Whether one of these problems may be about the transcript of this session, in any project folder or (given one) in `folder`.

    `projects` is Claude Code's folder of project folders; `folder` is the name of one of them.
    """
    return any(path.endswith(f"/{session}.jsonl") or _may_hold(path, projects, folder) for path in _unread(problems))


def _may_hold(path: str, projects: str, folder: str | None) -> bool:
    """Whether this is the folder of projects, or a project folder in it. Companion folders hold no session's own transcript."""
    above, name = os.path.split(path)
    return path == projects or (above == projects and folder in (None, name))


def _unread(problems: Iterable[Problem]) -> Iterable[str]:
    return (problem.path for problem in problems if problem.path and problem.code in (FILE, FOLDER))


def _may_be_in(path: str, projects: str, name: str) -> bool:
    """Whether this is the folder of projects, a project folder whose name begins with `name`, or a transcript in one.

    Files in companion folders don't count: they say nothing about where sessions work.
    """
    if path == projects:
        return True
    project, _, file = path.removeprefix(f"{projects}/").partition("/")
    return project.startswith(name) and (not file or ("/" not in file and file.endswith(".jsonl")))
