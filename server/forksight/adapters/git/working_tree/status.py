"""Arguments and parser of `git status --porcelain=v2 --branch -z`."""

import os
from dataclasses import field

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Entry

ARGUMENTS = (
    "status",
    "--porcelain=v2",
    "--branch",
    "--no-ahead-behind",
    "--untracked-files=all",
    "--no-renames",
    "--ignore-submodules=dirty",  # a submodule is its HEAD; looking further would start git in it, with its own config
    "-z",
)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A path that differs between HEAD, index and disk."""

    head: Entry | None
    index: Entry | None
    on_disk: int | None  # its mode; None where disk and index agree, 0 where it is gone


@dataclass(slots=True)
class Status:
    """The status of one worktree."""

    head: str | None = None  # None on an unborn branch
    branch: str | None = None  # None when detached
    tracked: dict[str, Tracked] = field(default_factory=dict)
    unmerged: set[str] = field(default_factory=set)
    untracked: list[str] = field(default_factory=list)  # a nested repository ends with "/"
    ignored: list[str] = field(default_factory=list)  # only if it was asked for; a folder ends with "/"


def parse(output: bytes) -> Status:
    """Parse the output of `git status` with `ARGUMENTS`. Unknown kinds of lines are ignored, as git's documentation demands."""
    status = Status()
    for line in os.fsdecode(output).split("\0"):
        kind = line[:2]
        if kind == "1 ":
            _, change, _, mode_head, mode_index, mode_disk, head, index, path = line.split(" ", 8)
            status.tracked[path] = Tracked(
                head=_entry(mode_head, head),
                index=_entry(mode_index, index),
                on_disk=None if change[1] == "." else int(mode_disk, 8),
            )
        elif kind == "? ":
            status.untracked.append(line[2:])
        elif kind == "! ":
            status.ignored.append(line[2:])
        elif kind == "u ":
            status.unmerged.add(line.split(" ", 10)[10])
        elif line.startswith("# branch.oid "):
            status.head = None if line.endswith(" (initial)") else line[13:]
        elif line.startswith("# branch.head "):
            status.branch = None if line.endswith(" (detached)") else line[14:]
    return status


def _entry(mode: str, oid: str) -> Entry | None:
    number = int(mode, 8)
    return Entry(number, oid) if number else None
