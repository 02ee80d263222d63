"""Names of worktrees' folders, made from branch names. None is one that Claude Code takes for its own."""

import re
from collections.abc import Collection

_LONGEST = 80  # bytes; room for a suffix, and for file systems that encrypt names (143)
# Claude Code cleans up folders of these names under .claude/worktrees: agent, workflow, bridge and background worktrees.
_RESERVED = re.compile(r"(agent-a[0-9a-f]+|wf-\d+|wf_.*|bridge-.*|(job|bg)-.*-[0-9a-f]{8})", re.IGNORECASE)


def slug(branch: str, taken: Collection[str] = ()) -> str:
    """A folder name for a branch's worktree that differs from all names in `taken`, ignoring case.

    It consists of letters, digits, `-`, `_` and `.`, begins with a letter, digit or `_`, and is at most 90 bytes long.
    """
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in branch)
    name = _shorten(re.sub(r"-{2,}", "-", name).strip("-.")) or "worktree"
    if is_reserved(name):
        name = f"fork-{name}"
    used = {folder.casefold() for folder in taken}
    candidate, number = name, 1
    while candidate.casefold() in used or is_reserved(candidate):
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def is_reserved(name: str) -> bool:
    """Whether Claude Code would take a folder of this name for one of its own."""
    return _RESERVED.fullmatch(name) is not None


def _shorten(name: str) -> str:
    return name.encode("utf-8", "ignore")[:_LONGEST].decode("utf-8", "ignore").strip("-.")
