"""Facts of a source file that the semantic rule reads, the same for every language. Lines are 0-based and half-open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

Span = tuple[int, int]  # first line, and the one after the last


class Form(Enum):
    """What a name is bound to."""

    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"
    IMPORT = "import"


class Accepts(Enum):
    """How an argument reaches a parameter."""

    PLACE = "place"
    EITHER = "either"
    KEYWORD = "keyword"
    REST = "rest"  # any further arguments by place
    KEYWORDS = "keywords"  # any further arguments by keyword


class Through(Enum):
    """What a member is reached through; `OWNER` is a name that may turn out a module or a class."""

    OWNER = "owner"
    INSTANCE = "instance"
    CLASS = "class"
    SUPER = "super"


class Receiver(Enum):
    """What a method is given before its arguments."""

    NOTHING = "nothing"
    INSTANCE = "instance"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function; `required` if a call must give it."""

    name: str
    accepts: Accepts
    required: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's parameters in order, the receiver (`self`) left out where there is one."""

    parameters: tuple[Parameter, ...]
    receiver: Receiver = Receiver.NOTHING


@dataclass(frozen=True, slots=True)
class Source:
    """Where an import takes a name from: `module` as written (`..a.b`), `name` None for the module itself."""

    module: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """One place that binds a name in a scope.

    `lines` is the whole definition, `line` where its name stands. `signature` is None where it can't be told (a decorator
    that nobody knows). `bases` and `made_by` (the class that a value was made of) are dotted names as written; a base that is
    no name is "". `optional`: bound only sometimes (a branch, a guarded import). `repeatable`: more of one name are meant
    (overloads, setters). `dynamic`: a class whose members nobody can list.
    """

    name: str
    form: Form
    line: int
    lines: Span
    signature: Signature | None = None
    bases: tuple[str, ...] = ()
    members: Mapping[str, tuple["Definition", ...]] = field(default_factory=dict)
    source: Source | None = None
    made_by: str | None = None
    abstract: bool = False
    optional: bool = False
    repeatable: bool = False
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """The names that a file binds at its top. `broken`: it does not parse; `open`: it binds names that nobody can list.

    `exports` are those that another file can import, by the names that they have there; None if that is all of them.
    """

    names: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    exports: Mapping[str, tuple[Definition, ...]] | None = None
    broken: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call. `more` and `more_keywords`: an unpacked sequence or mapping stands for any of them."""

    places: int
    keywords: frozenset[str] = frozenset()
    more: bool = False
    more_keywords: bool = False


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name that no function around it binds: it is the file's, or its package's."""

    name: str
    line: int
    call: Call | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class ImportUse:
    """An import of `name` from `module` (as written), or of the module itself (`name` is None)."""

    module: str
    name: str | None
    line: int
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class MemberUse:
    """`name` of `owner`, a dotted name that can be looked up in this file."""

    name: str
    line: int
    owner: str
    through: Through
    call: Call | None = None
    guarded: bool = False


Use = NameUse | ImportUse | MemberUse
