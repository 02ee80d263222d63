"""What a semantic overlap is about: what one side changed, and what the other side's lines rely on."""

from enum import Enum

from forksight.core.frozen import dataclass


class Cause(Enum):
    """What the change did."""

    DROPPED_IMPORT = "dropped-import"
    REMOVED = "removed"
    MODULE_GONE = "module-gone"
    SIGNATURE = "signature"
    TWICE = "twice"
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a semantic overlap says beside its lines."""

    cause: Cause
    symbol: str  # as it is defined: `Order.total`; a module as it is imported
    home: str  # the path of the file that defines it, in the base
    changed_here: bool  # this side made the change, and the other side's lines rely on what was before
    detail: str = (
        ""  # what does not fit, in a few words; the class that lacks a method; where a module went, if anywhere
    )
    before: bytes = b""  # the definition's lines in the base; of a name defined twice, this side's
    after: bytes = b""  # and as it was changed; of a name defined twice, the other side's
    keep: tuple[int, str] | None = (
        None  # of a dropped import: the line of the user's file before which this line keeps it
    )
    certain: bool = True  # False: the class of what is used is not known, it is the only one that has such a member
