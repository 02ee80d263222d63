"""The facts about source files that the semantic rule reads, the same for all languages. Lines are 0-based and half-open."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import NamedTuple

from forksight.core.frozen import dataclass

Span = tuple[int, int]  # first line, and the one after the last


class Form(Enum):
    """What a name is bound to."""

    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"
    IMPORT = "import"


class Accepts(Enum):
    """Which arguments a parameter accepts."""

    PLACE = "place"
    EITHER = "either"
    KEYWORD = "keyword"
    REST = "rest"  # any further arguments by place
    KEYWORDS = "keywords"  # any further arguments by keyword


class Through(Enum):
    """Through what a member is used. `OWNER` is a name that may mean a module or a class."""

    OWNER = "owner"
    INSTANCE = "instance"
    CLASS = "class"
    SUPER = "super"
    UNKNOWN = "unknown"  # a value whose class the file does not tell; it has no owner


class Receiver(Enum):
    """What a method gets as its implicit first argument."""

    NOTHING = "nothing"
    INSTANCE = "instance"
    CLASS = "class"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    accepts: Accepts
    required: bool  # a call must give it


@dataclass(frozen=True, slots=True)
class Signature:
    """A function's parameters in order, the receiver (`self`) left out where there is one."""

    parameters: tuple[Parameter, ...]
    receiver: Receiver = Receiver.NOTHING


@dataclass(frozen=True, slots=True)
class Source:
    """Where an import takes a name from."""

    module: str  # as written (`..a.b`)
    name: str | None  # None: the module itself


@dataclass(frozen=True, slots=True)
class Definition:
    """One binding of a name in a scope."""

    name: str
    form: Form
    line: int  # where its name stands
    lines: Span  # the whole definition
    signature: Signature | None = None  # None where it can't be told (a decorator that nobody knows)
    bases: tuple[str, ...] = ()  # dotted names as written; "" for a base that is no name
    members: Mapping[str, tuple["Definition", ...]] = field(default_factory=dict)
    source: Source | None = None
    made_by: str | None = None  # the class that a value was made of, a dotted name as written
    abstract: bool = False
    optional: bool = False  # bound only sometimes (a branch, a guarded import)
    repeatable: bool = False  # more of one name are meant (overloads, setters)
    scattered: bool = False  # its members may stand outside of its lines
    dynamic: bool = False  # a class whose members nobody can list
    remade: bool = False  # a class under a decorator that may change how it is made


@dataclass(frozen=True, slots=True)
class Outline:
    """The names that a file binds at its top level."""

    names: Mapping[str, tuple[Definition, ...]] = field(default_factory=dict)
    # what another file can import, by the names that it has there; None: all of the names
    exports: Mapping[str, tuple[Definition, ...]] | None = None
    broken: bool = False  # it does not parse: nothing else is told of it
    open: bool = False  # it binds names that nobody can list
    dynamic: bool = False  # others can import names from it that it does not bind


@dataclass(frozen=True, slots=True)
class Call:
    """The arguments of a call."""

    places: int  # how many are given by place
    keywords: frozenset[str] = frozenset()
    more: bool = False  # an unpacked sequence stands for any number of them
    more_keywords: bool = False  # an unpacked mapping does
    names: tuple[str, ...] = ()  # of those given by place: the variable that each is, "" where it is anything else


@dataclass(frozen=True, slots=True)
class NameUse:
    """A use of a name that no enclosing function binds: it is the file's or its package's."""

    name: str
    line: int
    call: Call | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class ImportUse:
    """A use of a name, or of a module itself, by an import."""

    module: str  # as written
    name: str | None  # None: the module itself
    line: int
    guarded: bool = False


class Owner(NamedTuple):
    """The expression through which a member is used."""

    name: str  # a dotted name that can be looked up in this file; "" through `UNKNOWN`
    through: Through
    declared: int | None = None  # the line that says which class a local is an instance of


@dataclass(frozen=True, slots=True)
class MemberUse:
    """A use of a member of a module, class or value."""

    name: str  # the member's
    line: int
    owner: Owner
    call: Call | None = None
    guarded: bool = False


Use = NameUse | ImportUse | MemberUse
