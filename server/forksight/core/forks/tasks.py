"""Tasks for several forks, from one Markdown file: one task a heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from forksight.core.problems import UsageError

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Task:
    """What one fork is asked: the prompt of its branch."""

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
    """The tasks in a Markdown file, for these branches in their order; without branches the headings name them.

    Headings of the highest level that the file has begin a task. Where they are the branches' own names, each branch has the
    one under its name, and the heading is not part of the prompt. Raises `UsageError` where tasks and branches don't match.
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
    """What stands below each heading of the highest level; what comes before the first is nobody's."""
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
    """The level of the heading on each line, 1 to 6; 0 for other lines, those in fenced code included."""
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
