"""The meaning of a semantic overlap: what one side changed that the other side's lines rely on."""

from enum import Enum

from forksight.core.frozen import dataclass


class Cause(Enum):
    """What the change did."""

    DROPPED_IMPORT = "dropped-import"
    REMOVED = "removed"
    MODULE_GONE = "module-gone"
    SIGNATURE = "signature"
    TWICE = "twice"  # both sides define the name
    ABSTRACT = "abstract"  # an abstract method was added


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is known of a semantic overlap besides its lines."""

    cause: Cause
    symbol: str  # the path of names of the definition (`Order.total`), or a module as it is imported
    home: str  # the base's path of the file that defines it
    # True: this side made the change and the other side's lines rely on it; False: the other way round.
    changed_here: bool
    # SIGNATURE: how the call does not fit; ABSTRACT: the class that lacks the method; MODULE_GONE: its new path, if any.
    detail: str = ""
    # The definition's text in the base and after the change; for TWICE, this side's and the other side's.
    before: bytes = b""
    after: bytes = b""
    # DROPPED_IMPORT: the line (0-based) of the user's file to insert an import before, and that import.
    keep: tuple[int, str] | None = None
    certain: bool = True  # False: the class is not known, but only one has such a member
