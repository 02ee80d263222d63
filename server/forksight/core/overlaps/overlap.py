"""Overlaps between worktrees, as values. Lines are 0-based and half-open, in this side's text."""

from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Colleague, Worktree
from forksight.core.overlaps.meaning import Meaning
from forksight.core.problems import Problem


class Kind(StrEnum):
    """The kind of an overlap. The first word is about this side: `delete-modify` is deleted here."""

    CONFLICT = "conflict"
    IDENTICAL = "identical"
    DELETE_MODIFY = "delete-modify"
    MODIFY_DELETE = "modify-delete"
    ADD_ADD = "add-add"
    RENAME = "rename"
    BINARY = "binary"
    SUBMODULE = "submodule"
    TYPE = "type"
    SEMANTIC_GONE = "semantic-gone"
    SEMANTIC_SIGNATURE = "semantic-signature"
    SEMANTIC_TWICE = "semantic-twice"
    SEMANTIC_ABSTRACT = "semantic-abstract"

    @property
    def stops_merge(self) -> bool:
        """Whether `git merge` would stop here."""
        return self is not Kind.IDENTICAL and not self.semantic

    @property
    def semantic(self) -> bool:
        """Whether `git merge` is clean here and breaks the code."""
        return self.value.startswith("semantic-")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `start <= n < end`, 0-based; `start == end` is the empty place before line `start`."""

    start: int
    end: int


WHOLE = Lines(0, 1)  # the lines of an overlap of whole files


@dataclass(frozen=True, slots=True)
class Side:
    """The other end of an overlap."""

    worktree: str  # its path; for a compared ref (`overlaps.refs`) the ref's name
    branch: str | None  # None if detached
    path: str  # the other side's path of the file, relative to its worktree
    lines: Lines = WHOLE  # in the other side's file
    uncommitted: bool = False  # the file differs from that worktree's HEAD
    # When the file was last written, in seconds since the epoch; None if committed or unknown.
    since: float | None = None
    gone: bool = False  # the other side has no such file
    colleague: Colleague | None = None  # whose machine has the worktree; None for this machine

    @property
    def label(self) -> str:
        """The name to show: the branch, else the worktree's folder name; for a colleague's worktree, the colleague's label."""
        if self.colleague:
            return self.colleague.label
        return self.branch or self.worktree.rstrip("/").rpartition("/")[2]

    def at(self, lines: Lines) -> "Side":
        """This side with other lines."""
        return Side(  # called hundreds of times at a key stroke; `replace` takes three times as long
            self.worktree, self.branch, self.path, lines, self.uncommitted, self.since, self.gone, self.colleague
        )


@dataclass(frozen=True, slots=True)
class Overlap:
    """One region of a file of this worktree that overlaps with one other worktree."""

    path: str
    kind: Kind
    lines: Lines
    other: Side
    base: str | None = None  # the merge base's commit id; None with several or none
    symbol: str | None = None  # of a semantic kind: see `Meaning`


@dataclass(frozen=True, slots=True)
class Region:
    """An overlap as it is shown: one region with all other sides that have the same text there."""

    path: str
    kind: Kind
    lines: Lines
    others: tuple[Side, ...]  # in the order in which they are named
    # The lines' bytes as git records them, on this and on the other side; both empty for kinds without lines.
    ours: bytes = b""
    theirs: bytes = b""
    meaning: Meaning | None = None  # set for semantic kinds
    texts: int = 1  # how many different texts of other sides it stands for; with several, `theirs` is empty


@dataclass(frozen=True, slots=True)
class FileReport:
    """The overlaps of one file of this worktree."""

    path: str
    regions: tuple[Region, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def semantic(self) -> bool:
        """Whether any region is of a semantic kind."""
        return any(region.kind.semantic for region in self.regions)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How many overlaps a worktree has."""

    conflicts: int = 0  # regions at which `git merge` would stop
    files: int = 0  # files with overlaps of any kind
    breaks: int = 0  # regions of semantic kinds
    others: tuple[str, ...] = ()  # the labels of the sides it conflicts with
    paths: tuple[str, ...] = ()  # the files that conflict

    @classmethod
    def counted(cls, reports: Iterable[FileReport]) -> "Conflicts":
        """The count for a worktree, from the reports about its files; a file may have several."""
        regions = [region for report in reports for region in report.regions]
        stops = [region for region in regions if region.kind.stops_merge]
        return cls(
            len(stops),
            len({region.path for region in regions}),
            sum(region.kind.semantic for region in regions),
            tuple(dict.fromkeys(side.label for region in stops for side in region.others)),
            tuple(dict.fromkeys(region.path for region in stops)),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """One worktree against all others."""

    worktree: Worktree
    overlaps: tuple[Overlap, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PairFile:
    """A file at which merging a pair of worktrees would stop, or which a clean merge breaks."""

    path: str
    kind: Kind  # the pair's first worktree is this side
    symbol: str | None = None  # of a semantic kind: see `Meaning`

    @classmethod
    def of(cls, region: Region) -> "PairFile":
        """The file of a region on the first one's side."""
        return cls(region.path, region.kind, region.meaning.symbol if region.meaning else None)


@dataclass(frozen=True, slots=True)
class Pair:
    """Indices into `Matrix.worktrees`, `a < b`, and what they conflict on."""

    a: int
    b: int
    files: tuple[PairFile, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All worktrees against each other."""

    worktrees: tuple[Worktree, ...]
    pairs: tuple[Pair, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
