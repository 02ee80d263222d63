"""The tasks for several forks in one Markdown file, one below each heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.problems import UsageError

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Task:
    """A branch and the prompt of its fork."""

    branch: str
    prompt: str


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    body: str

    @property
    def prompt(self) -> str:
        return "\n\n".join(part for part in (self.heading, self.body) if part)


def tasks(text: str, branches: Sequence[str]) -> tuple[Task, ...]:
    """The tasks in a Markdown file, for these branches in order; without branches, the headings name them.

    Each heading of the highest level that the file uses begins a task. If the headings are the names of the branches, each
    branch gets the task below its name, and the heading is not part of the prompt. Raises `UsageError` if tasks and branches
    don't match.
    """
    sections = _sections(text)
    if not sections:
        if len(branches) == 1 and text.strip():
            return (Task(branches[0], text.strip()),)
        raise UsageError("the file of prompts has no heading", fix="begin each task with a heading: `# feature/pay`")
    named = {section.heading: section for section in sections}
    if len(named) < len(sections):
        raise UsageError("two tasks have the same heading", fix="give each its own")
    if not branches or set(branches) == set(named):
        assigned = [Task(branch, named[branch].body) for branch in branches or named]
    elif len(branches) == len(sections):
        assigned = [Task(branch, section.prompt) for branch, section in zip(branches, sections, strict=True)]
    else:
        raise UsageError(
            f"the file of prompts has {len(sections)} tasks, and {len(branches)} branches are named",
            fix="one heading begins one task",
        )
    empty = next((task.branch for task in assigned if not task.prompt), None)
    if empty is not None:
        raise UsageError(f"the task of {empty} is empty", fix="write under its heading what it is to do")
    return tuple(assigned)


def _sections(text: str) -> list[_Section]:
    """The text below each heading of the highest level. Text before the first heading belongs to no task."""
    lines = text.splitlines()
    levels = _levels(lines)
    highest = min((level for level in levels if level), default=0)
    starts = [number for number, level in enumerate(levels) if level and level == highest]
    sections = []
    for start, end in zip(starts, [*starts, len(lines)][1:], strict=True):
        match = _HEADING.fullmatch(lines[start])
        assert match is not None
        sections.append(_Section(match[2], "\n".join(lines[start + 1 : end]).strip()))
    return sections


def _levels(lines: Sequence[str]) -> list[int]:
    """For each line the level of its heading, 1 to 6; 0 for all other lines, including those in fenced code."""
    levels, fence = [], ""
    for line in lines:
        marks = _FENCE.match(line)
        if fence:
            closes = marks is not None and marks[1].startswith(fence) and not line.strip().strip(fence[0])
            fence = "" if closes else fence
            levels.append(0)
        elif marks is not None:
            fence = marks[1]
            levels.append(0)
        else:
            heading = _HEADING.fullmatch(line)
            levels.append(len(heading[1]) if heading else 0)
    return levels
