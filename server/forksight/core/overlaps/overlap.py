"""The values that say where two worktrees meet. Lines are 0-based and half-open, in this side's text."""

from collections.abc import Iterable
from dataclasses import field
from enum import StrEnum

from forksight.core.frozen import dataclass
from forksight.core.git.snapshot import Colleague, Worktree
from forksight.core.overlaps.meaning import Meaning
from forksight.core.problems import Problem


class Kind(StrEnum):
    """What kind of meeting; the first word is this side (`delete-modify` = deleted here)."""

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
        """Whether `git merge` is clean here, and what comes out is broken."""
        return self.value.startswith("semantic-")


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines `start <= n < end`, 0-based; `start == end` is the empty place before line `start`."""

    start: int
    end: int


WHOLE = Lines(0, 1)  # a meeting that has no lines of its own


@dataclass(frozen=True, slots=True)
class Side:
    """The other end of an overlap."""

    worktree: str  # its path; for a compared ref (`overlaps.refs`) the ref's name
    branch: str | None  # None if detached
    path: str  # of the file there, relative to the worktree
    lines: Lines = WHOLE  # in the file there
    uncommitted: bool = False  # the file differs from HEAD there
    since: float | None = None  # when it was last written there, seconds since the epoch; None if committed or unknown
    gone: bool = False  # there is no such file there
    colleague: Colleague | None = None  # on whose machine; None for this one

    @property
    def label(self) -> str:
        """What a person calls this side: the branch, else the worktree's folder name; a colleague's by whose it is."""
        if self.colleague:
            return self.colleague.label
        return self.branch or self.worktree.rstrip("/").rpartition("/")[2]

    def at(self, lines: Lines) -> "Side":
        """This side, at these lines of its file."""
        return Side(  # a key stroke asks for hundreds: `replace` takes three times as long
            self.worktree, self.branch, self.path, lines, self.uncommitted, self.since, self.gone, self.colleague
        )


@dataclass(frozen=True, slots=True)
class Overlap:
    """One region of one file here, and one other worktree that meets it."""

    path: str
    kind: Kind
    lines: Lines
    other: Side
    base: str | None = None  # the merge base, a commit; None with several or none
    symbol: str | None = None  # what a semantic kind is about


@dataclass(frozen=True, slots=True)
class Region:
    """An overlap as a person sees it: all other sides that have the same text there."""

    path: str
    kind: Kind
    lines: Lines
    others: tuple[Side, ...]  # the first is named first
    ours: bytes = b""  # this side's bytes; empty, as the next, for kinds without lines
    theirs: bytes = b""  # the other side's, already in the repository's line endings
    meaning: Meaning | None = None  # of a semantic kind
    texts: int = 1  # how many other texts it stands for; of several `theirs` is empty


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything to say about one file here."""

    path: str
    regions: tuple[Region, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def semantic(self) -> bool:
        """Whether it is about merges that are clean and break something."""
        return any(region.kind.semantic for region in self.regions)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How many overlaps a worktree has."""

    conflicts: int = 0  # places where merging will stop
    files: int = 0  # files that meet others
    breaks: int = 0  # places where merging is clean and breaks something
    others: tuple[str, ...] = ()  # the labels of those whom it conflicts with
    paths: tuple[str, ...] = ()  # of the files that conflict

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
    """A file on which a pair of worktrees would stop a merge, or which a clean merge breaks."""

    path: str
    kind: Kind  # as seen from the first of the pair
    symbol: str | None = None  # what a semantic kind is about

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
