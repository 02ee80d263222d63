"""Seeded breaks: one side removes or changes a definition with all its uses, the other side adds a use of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.semantic.programs.dialects import Dialect
from bench.semantic.programs.program import Item, Kind, Method, Program, Receiver, program

Sides = tuple[Program, Program]
Edit = Callable[[Program, random.Random], Sides]


@dataclass(frozen=True)
class Seed:
    """A merge that is clean but broken."""

    what: str  # the name of the edit
    dialect: Dialect
    base: Program
    ours: Program  # adds a use of what `theirs` removes or changes
    theirs: Program


def seeded(edit: Edit, dialect: Dialect, seed: int) -> Seed:
    """The merge that an edit makes of the program with this seed."""
    base = program(seed, derives=dialect.derives)
    ours, theirs = edit(base, random.Random(seed))
    receiver = list(Receiver)[seed % len(Receiver)]
    ours = ours.changed(lambda item: replace(item, receiver=receiver) if item.name == "func_added" else item)
    return Seed(edit.__name__, dialect, base, ours, theirs)


def edits_for(dialect: Dialect) -> list[Edit]:
    """The edits that break something in a language."""
    return [edit for edit in EDITS if dialect.derives or edit is not abstract_method_added]


def _using(base: Program, name: str, chance: random.Random, *, imports: bool = False) -> Program:
    """The program with a new function that uses `name`: in a new module or, without `imports`, also in one that uses it already."""
    module = chance.choice(["added", *([] if imports else base.users(name))])
    return base.added(module, Item("func_added", Kind.FUNCTION, ("arg_a",), (name,)))


def _renamed(base: Program, name: str, chance: random.Random) -> Sides:
    last = name.rpartition(".")[2]
    return _using(base, name, chance), base.renamed({last: f"{last}_new"})


def function_renamed(base: Program, chance: random.Random) -> Sides:
    return _renamed(base, chance.choice(base.of(Kind.FUNCTION)), chance)


def class_renamed(base: Program, chance: random.Random) -> Sides:
    return _renamed(base, chance.choice(base.of(Kind.CLASS)), chance)


def constant_renamed(base: Program, chance: random.Random) -> Sides:
    return _renamed(base, chance.choice(base.of(Kind.VALUE)), chance)


def method_renamed(base: Program, chance: random.Random) -> Sides:
    return _renamed(base, chance.choice(base.methods()), chance)


def function_deleted(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.of(Kind.FUNCTION))

    def without(item: Item) -> Item | None:
        uses = tuple(use for use in item.uses if use != name)
        return None if item.name == name else replace(item, uses=uses)

    return _using(base, name, chance), base.changed(without)


def _with_parameters(base: Program, name: str, parameters: tuple[str, ...]) -> Program:
    def change(item: Item) -> Item:
        methods = tuple(
            replace(method, parameters=parameters) if f"{item.name}.{method.name}" == name else method
            for method in item.methods
        )
        return replace(item, parameters=parameters if item.name == name else item.parameters, methods=methods)

    return base.changed(change)


def parameter_added(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.of(Kind.FUNCTION))
    return _using(base, name, chance), _with_parameters(base, name, ("arg_a", "arg_b", "arg_new"))


def parameter_removed(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.of(Kind.FUNCTION))
    return _using(base, name, chance), _with_parameters(base, name, ("arg_a",))


def method_parameter_added(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.methods())
    return _using(base, name, chance), _with_parameters(base, name, ("arg_c", "arg_new"))


def moved(base: Program, name: str, to: str = "moved") -> Program:
    """The program with a function moved to another module, and its imports changed accordingly."""
    module, item = base.named(name)
    modules: dict[str, tuple[Item, ...]] = {}
    for name_of_module, items in base.modules.items():
        if name_of_module == module:
            modules[to] = (item,)
        modules[name_of_module] = tuple(other for other in items if other is not item)
    return Program(modules)


def function_moved(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.of(Kind.FUNCTION))
    return _using(base, name, chance, imports=True), moved(base, name)


def module_renamed(base: Program, chance: random.Random) -> Sides:
    name = chance.choice(base.of(Kind.FUNCTION))
    module, _ = base.named(name)
    modules = {
        f"{name_of_module}_new" if name_of_module == module else name_of_module: items
        for name_of_module, items in base.modules.items()
    }
    return _using(base, name, chance, imports=True), Program(modules)


def import_dropped(base: Program, chance: random.Random) -> Sides:
    """One side removes all uses and imports of one module from another one; the other side adds a use there."""
    module, use = chance.choice([(module, use) for module, item in base.items() for use in item.uses])
    home, _ = base.named(use)

    def without(item: Item) -> Item:
        return replace(item, uses=tuple(other for other in item.uses if base.named(other)[0] != home))

    theirs = Program({**base.modules, module: tuple(map(without, base.modules[module]))})
    return base.added(module, Item("func_added", Kind.FUNCTION, ("arg_a",), (use,))), theirs


def defined_twice(base: Program, chance: random.Random) -> Sides:
    module = chance.choice(list(base.modules))
    added = Item("func_added", Kind.FUNCTION, ("arg_a",))
    return base.added(module, added), base.added(module, added, first=True)


def abstract_method_added(base: Program, _: random.Random) -> Sides:
    """One side adds an abstract method and implements it in all classes; the other side adds a class without it."""

    def change(item: Item) -> Item:
        if item.name == "Shape_0":
            return replace(item, methods=(*item.methods, Method("method_new", ("arg_c",), abstract=True)))
        own = Method("method_new", ("arg_c",))
        return replace(item, methods=(*item.methods, own)) if item.base == "Shape_0" else item

    return base.added("added", Item("Circle_0", Kind.CLASS, base="Shape_0")), base.changed(change)


EDITS: tuple[Edit, ...] = (
    function_renamed,
    class_renamed,
    constant_renamed,
    method_renamed,
    function_deleted,
    parameter_added,
    parameter_removed,
    method_parameter_added,
    function_moved,
    module_renamed,
    import_dropped,
    defined_twice,
    abstract_method_added,
)
