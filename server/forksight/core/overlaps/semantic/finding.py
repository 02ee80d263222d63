"""What the semantic rule finds: a use on one side, and the change of the other side that it breaks on."""

from dataclasses import dataclass
from enum import Enum

from forksight.core.overlaps.overlap import Kind, Lines


class Cause(Enum):
    """What the change did."""

    DROPPED_IMPORT = "dropped-import"
    REMOVED = "removed"
    MODULE_GONE = "module-gone"
    SIGNATURE = "signature"
    TWICE = "twice"
    ABSTRACT = "abstract"

    @property
    def kind(self) -> Kind:
        """The kind of overlap that it makes."""
        return _KINDS[self]


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
    """Lines of a file as one side has it; `gone`: it has no such file any more, and `path` is its last one."""

    path: str
    lines: Lines
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Break:
    """One break of one merge. `use` is where the user's side uses it, `change` where the other side changed it.

    `symbol` is the name as it is defined (`Order.total`), `home` the file that defines it (in the base), `detail` what does
    not fit, in a few words. `before` is the base's text of the definition, `after` the changed one.
    """

    cause: Cause
    symbol: str
    home: str
    use: Spot
    change: Spot
    detail: str = ""
    before: bytes = b""
    after: bytes = b""
