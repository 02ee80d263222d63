"""What a status bar shows for one worktree, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from forksight.core.document import Plain
from forksight.core.overlaps.overlap import Conflicts
from forksight.core.overlaps.wording import conflicts_text
from forksight.core.sessions.session import ForkTree, Node
from forksight.core.sessions.tree import Forks, is_fork
from forksight.core.sessions.wording import state_text, title_text
from forksight.core.store.ledger import Baseline
from forksight.core.words.markdown import code, escaped
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable

# Codes of problems that nobody should have to ask for.
_TROUBLES = ("fork-empty", "ledger-unreadable", "ledger-set-aside")


class Level(StrEnum):
    """How much attention it wants."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Freshness:
    """A baseline and what speaks against using it as it is."""

    baseline: Baseline
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """What is shown for one worktree."""

    worktree: str  # its path
    branch: str | None  # None when detached
    fork: Node | None  # the one that works, or last worked, there; sessions that are no forks do not count
    baseline: Freshness | None
    overlaps: Conflicts
    forks: Forks  # of the whole repository
    waiting: tuple[Node, ...] = ()  # the sessions of the whole repository that wait for a person
    working: int = 0  # how many sessions of the whole repository work on a turn
    shared: tuple[Node, ...] = ()  # the live sessions there, if they are two or more
    troubles: tuple[str, ...] = ()  # sentences about what does not work
    nudges: tuple[str, ...] = ()  # sentences of advice
    sharing: str = ""  # one sentence; "" while sharing is off

    @property
    def level(self) -> Level:
        """How much attention it wants."""
        if self.troubles:
            return Level.ERROR
        stale = self.baseline is not None and bool(self.baseline.reasons)
        wants = stale or self.overlaps.conflicts or self.overlaps.breaks or len(self.shared) > 1 or self.waiting
        return Level.WARNING if wants else Level.OK

    @property
    def _waits(self) -> str:
        """Who waits for a person: the fork here with what it waits for, the others counted; empty if none does."""
        own = [node for node in self.waiting if self.fork is not None and node.id == self.fork.id]
        others = len(self.waiting) - len(own)
        if not own:
            return f"{many(others, 'session')} wait{'s' if others == 1 else ''}" if others else ""
        return state_text(own[0]) + (f", and {many(others, 'other')}" if others else "")

    @property
    def text(self) -> str:
        """A few words, for the bar itself."""
        parts = [printable(self.branch or "detached")]
        if self._waits:
            parts.append(self._waits)
        if self.working:
            parts.append(f"{self.working} working")
        if self.overlaps.conflicts:
            parts.append(many(self.overlaps.conflicts, "conflict"))
        if self.overlaps.breaks:
            parts.append(many(self.overlaps.breaks, "break"))
        if len(self.shared) > 1:
            parts.append(f"{len(self.shared)} sessions here")
        if self.baseline is not None and self.baseline.reasons:
            parts.append("baseline stale")
        if self.sharing:
            parts.append("sharing")
        return " · ".join(parts)

    @property
    def tooltip(self) -> str:
        """All that there is to say about the worktree, as Markdown."""
        lines = [f"**{escaped(self.branch or 'detached HEAD')}** in {code(self.worktree)}"]
        if self.fork is not None:
            lines.append(f"Fork: {escaped(self.fork.title)} ({state_text(self.fork)})")
        if self.baseline is not None:
            name = f"{escaped(self.baseline.baseline.name)}, generation {self.baseline.baseline.current}"
            lines.append(f"Baseline: {name}" + "".join(f"  \n- {escaped(reason)}" for reason in self.baseline.reasons))
        met = f"{many(self.overlaps.conflicts, 'conflict')}, {many(self.overlaps.files, 'file')} in common with others"
        breaks = f", {many(self.overlaps.breaks, 'break')} of clean merges" if self.overlaps.breaks else ""
        lines.append(f"Overlaps: {met}{breaks}")
        lines.append(f"Forks: {self.forks.active} active, {self.forks.abandoned} abandoned")
        lines += [f"{escaped(title_text(node))} {state_text(node)}" for node in self.waiting]
        if len(self.shared) > 1:
            lines.append("Works here at the same time: " + ", ".join(escaped(node.title) for node in self.shared))
        if self.sharing:
            lines.append(escaped(self.sharing))
        return "\n\n".join([*lines, *map(escaped, (*self.nudges, *self.troubles))])


def troubles(tree: ForkTree) -> Sequence[str]:
    """The problems that a person should see without asking."""
    return [problem.message for problem in tree.problems if problem.code in _TROUBLES]


def document(status: Status) -> Plain:
    """The JSON of `forksight/status`; see docs/json.md."""
    fork, staleness = status.fork, status.baseline
    return {
        "worktree": status.worktree,
        "branch": status.branch,
        "fork": {
            "id": fork.id,
            "title": fork.title,
            "parent": fork.parent,
            "state": fork.state.value,
            "stateText": state_text(fork),
            "isFork": is_fork(fork),
        }
        if fork
        else None,
        "baseline": {
            "name": staleness.baseline.name,
            "generation": staleness.baseline.current,
            "stale": bool(staleness.reasons),
            "reasons": list(staleness.reasons),
        }
        if staleness
        else None,
        "overlaps": {
            "conflicts": status.overlaps.conflicts,
            "files": status.overlaps.files,
            "breaks": status.overlaps.breaks,
            "text": printable(conflicts_text(status.overlaps)),
        },
        "forks": {"active": status.forks.active, "abandoned": status.forks.abandoned},
        "sessions": {"waiting": [node.id for node in status.waiting], "working": status.working},
        "sharing": status.sharing or None,
        "text": status.text,
        "tooltip": status.tooltip,
        "level": status.level.value,
    }
