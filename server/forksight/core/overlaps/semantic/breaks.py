"""What the semantic rule finds: a use on one side, and the change of the other side that it breaks on."""

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
    """Lines of a file as one side has it."""

    path: str  # its last one, if it is gone
    lines: Lines
    gone: bool = False  # this side has no such file any more


@dataclass(frozen=True, slots=True)
class Break:
    """One break of one merge; the fields that `Meaning` has too mean the same."""

    cause: Cause
    symbol: str
    home: str
    use: Spot  # where the user's side relies on it
    change: Spot  # where the other side changed it
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
