"""What the semantic rule finds: a use on one side, and the change on the other side that breaks it."""

from forksight.core.frozen import dataclass
from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Kind, Lines
from forksight.core.syntax.facts import Definition
from forksight.core.syntax.source_file import SourceFile

_KINDS = {
    Cause.DROPPED_IMPORT: Kind.SEMANTIC_GONE,
    Cause.REMOVED: Kind.SEMANTIC_GONE,
    Cause.MODULE_GONE: Kind.SEMANTIC_GONE,
    Cause.SIGNATURE: Kind.SEMANTIC_SIGNATURE,
    Cause.TWICE: Kind.SEMANTIC_TWICE,
    Cause.ABSTRACT: Kind.SEMANTIC_ABSTRACT,
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Lines of a file on one side."""

    path: str  # the base's path if `gone`
    lines: Lines
    gone: bool = False  # this side deleted the file


@dataclass(frozen=True, slots=True)
class Break:
    """One break of one merge. For the other fields see `Meaning`."""

    cause: Cause
    symbol: str
    home: str
    use: Spot  # the user's lines, which rely on the symbol
    change: Spot  # the changer's lines, which changed it
    detail: str = ""
    before: bytes = b""
    after: bytes = b""
    keep: tuple[int, str] | None = None
    certain: bool = True

    @property
    def kind(self) -> Kind:
        """The kind of overlap that this is."""
        return _KINDS[self.cause]


def text_of(file: SourceFile, definition: Definition) -> bytes:
    """The lines of a definition."""
    first, end = definition.lines
    starts = file.line_starts
    return file.text[starts[first] : starts[min(end, len(starts) - 1)]]
