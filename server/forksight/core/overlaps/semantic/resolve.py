"""Resolves names in one side's tree. What can't be decided is `Missing.UNKNOWN`, never a guess."""

from collections.abc import Iterator
from enum import Enum

from forksight.core.frozen import dataclass
from forksight.core.overlaps.semantic.edits import Edits
from forksight.core.syntax.facts import Definition, Form, Source
from forksight.core.syntax.language import Language

_DEEPEST = 8  # re-imports, or levels of base classes, that are followed


class Missing(Enum):
    """Why a name could not be resolved."""

    ABSENT = "absent"  # it certainly does not exist
    UNKNOWN = "unknown"  # that can't be decided
    OUTSIDE = "outside"  # no class in the tree has it, but a base class outside of the tree may


@dataclass(frozen=True, slots=True)
class Found:
    """A definition, the path of its file (or package), and its path of names there (`("Outer", "method")`)."""

    path: str
    names: tuple[str, ...]
    definition: Definition


@dataclass(frozen=True, slots=True)
class Module:
    """A module, by the path of its file (or package)."""

    path: str


Answer = Found | Module | Missing


def single(definitions: tuple[Definition, ...]) -> Definition | None:
    """The only definition; None if there are none or several."""
    return definitions[0] if len(definitions) == 1 else None


def names_in(edits: Edits, path: str, name: str) -> tuple[Definition, ...] | Missing:
    """The definitions of a name at the top level of a file."""
    file = edits.file(path)
    if file is None or file.outline.broken:
        return Missing.UNKNOWN
    definitions = file.outline.names.get(name)
    if definitions:
        return definitions
    return Missing.UNKNOWN if file.outline.open else Missing.ABSENT


def exports_of(edits: Edits, path: str, name: str) -> tuple[Definition, ...] | Missing:
    """The definitions of a name that other files can import from this one."""
    file = edits.file(path)
    if file is None or file.outline.broken:
        return Missing.UNKNOWN
    if file.outline.exports is None:
        own = names_in(edits, path, name)
        return Missing.UNKNOWN if own is Missing.ABSENT and file.outline.dynamic else own
    definitions = file.outline.exports.get(name)
    if definitions:
        return definitions
    return Missing.UNKNOWN if file.outline.open else Missing.ABSENT


def language_at(edits: Edits, path: str) -> Language | None:
    """The language of a file."""
    file = edits.file(path)
    return file.language if file else None


def module_at(edits: Edits, importer: str, module: str, language: Language) -> str | None:
    """The path of the module that the file `importer` names `module`; None if it is not in the tree, or unknown."""
    return language.find_module(module, importer, edits.paths)


def submodule_at(edits: Edits, importer: str, source: tuple[str, str], language: Language) -> str | None:
    """The path of a submodule; `source` is its package and its name as `importer` writes them. None if there is none."""
    written = language.submodule(*source)
    return module_at(edits, importer, written, language) if written else None


def look_up(edits: Edits, path: str, dotted: str) -> Answer:
    """What a dotted name means in a file, following imports. One with a leading dot is of the file's own package."""
    head, *rest = dotted.split(".")
    if head:
        answer = _followed(edits, path, names_in(edits, path, head), 0)
    else:
        language = language_at(edits, path)
        package = module_at(edits, path, ".", language) if language else None
        answer, rest = Module(package) if package else Missing.UNKNOWN, [name for name in rest if name]
    for name in rest:
        answer = _inside(edits, answer, name)
    return answer


def import_from(edits: Edits, path: str, name: str, depth: int = 0) -> Answer:
    """What a name that other files import from this one means, following further imports."""
    if depth > _DEEPEST:
        return Missing.UNKNOWN
    return _followed(edits, path, exports_of(edits, path, name), depth)


def _followed(edits: Edits, path: str, definitions: tuple[Definition, ...] | Missing, depth: int) -> Answer:
    if isinstance(definitions, Missing):
        return definitions
    definition = single(definitions)
    if definition is None:
        return Missing.UNKNOWN
    if definition.form is Form.IMPORT and definition.source:
        return _imported(edits, path, definition.source, depth)
    return Found(path, (definition.name,), definition)


def _imported(edits: Edits, path: str, source: Source, depth: int) -> Answer:
    language = language_at(edits, path)
    if language is None:
        return Missing.UNKNOWN
    if source.name is None:
        module = module_at(edits, path, source.module, language)
        return Module(module) if module else Missing.UNKNOWN
    inner = submodule_at(edits, path, (source.module, source.name), language)
    module = module_at(edits, path, source.module, language)
    if module is None:
        return Module(inner) if inner else Missing.UNKNOWN
    if inner and names_in(edits, module, source.name) is Missing.ABSENT:
        return Module(inner)
    return import_from(edits, module, source.name, depth + 1)


def _inside(edits: Edits, answer: Answer, name: str) -> Answer:
    """What `name` means in a module or class, the `answer` so far."""
    if isinstance(answer, Module):
        language = language_at(edits, answer.path)
        absent = names_in(edits, answer.path, name) is Missing.ABSENT
        inner = submodule_at(edits, answer.path, (".", name), language) if absent and language else None
        return Module(inner) if inner else import_from(edits, answer.path, name, 1)
    if isinstance(answer, Found) and answer.definition.form is Form.CLASS:
        member = single(answer.definition.members.get(name, ()))
        return Found(answer.path, (*answer.names, name), member) if member else Missing.UNKNOWN
    return Missing.UNKNOWN


def at(edits: Edits, path: str, names: tuple[str, ...]) -> Answer:
    """The definition with this path of names in a file. Imports are not followed."""
    definitions = names_in(edits, path, names[0])
    if isinstance(definitions, Missing):
        return definitions
    for name in names[1:]:
        outer = single(definitions)
        definitions = outer.members.get(name, ()) if outer else ()
        if not definitions:
            return Missing.ABSENT if outer else Missing.UNKNOWN
    definition = single(definitions)
    return Found(path, names, definition) if definition else Missing.UNKNOWN


def member(edits: Edits, holder: Found, name: str, *, inherited_only: bool = False, depth: int = 0) -> Answer:
    """A class's member, its own or inherited: base classes are searched depth first, in the order in which they are written."""
    if depth > _DEEPEST or holder.definition.form is not Form.CLASS or holder.definition.dynamic:
        return Missing.UNKNOWN
    own = holder.definition.members.get(name, ())
    if own and not inherited_only:
        definition = single(own)
        return Found(holder.path, (*holder.names, name), definition) if definition else Missing.UNKNOWN
    outside = False
    for base in _bases(edits, holder):
        if base is Missing.OUTSIDE:
            outside = True
            continue
        answer = member(edits, base, name, depth=depth + 1) if isinstance(base, Found) else Missing.UNKNOWN
        if answer is Missing.OUTSIDE:
            outside = True
        elif answer is not Missing.ABSENT:
            return answer
    return Missing.OUTSIDE if outside else Missing.ABSENT


def _bases(edits: Edits, holder: Found) -> Iterator[Found | Missing]:
    for _, answer in _derived_from(edits, holder):
        yield answer


def _derived_from(edits: Edits, holder: Found) -> Iterator[tuple[str, Found | Missing]]:
    """A class's direct base classes, each as written and resolved; those that bring no members (`known_base`) are left out."""
    language = language_at(edits, holder.path)
    for base in holder.definition.bases:
        if language and language.known_base(base):
            continue
        answer = look_up(edits, holder.path, base) if base else Missing.UNKNOWN
        in_tree = isinstance(answer, Found) and answer.definition.form is Form.CLASS
        yield base, answer if isinstance(answer, Found) and in_tree else Missing.OUTSIDE


def ancestry(edits: Edits, holder: Found, depth: int = 0) -> Iterator[tuple[str, Found | Missing]]:
    """All base classes of a class, each as written and resolved (`OUTSIDE` if it is not in the tree)."""
    for base, answer in _derived_from(edits, holder) if depth <= _DEEPEST else ():
        yield base, answer
        if isinstance(answer, Found):
            yield from ancestry(edits, answer, depth + 1)


def instance_class(edits: Edits, answer: Answer) -> Answer:
    """The class that a value is an instance of, if that is known; any other answer unchanged."""
    if isinstance(answer, Found) and answer.definition.form is Form.VALUE and answer.definition.made_by:
        return look_up(edits, answer.path, answer.definition.made_by)
    return answer
