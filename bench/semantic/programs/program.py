"""Made-up programs, independent of a language: modules with functions, classes and values that use what earlier modules define."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum


class Kind(Enum):
    """The kind of an item."""

    FUNCTION = "function"
    CLASS = "class"
    VALUE = "value"


class Receiver(Enum):
    """Where a function gets the object from whose method it calls."""

    MADE = "made"  # it is made in the expression of the call
    LOCAL = "local"  # from a local variable, to which a new object was assigned
    PARAMETER = "parameter"  # from a parameter with a type annotation
    ELEMENT = "element"  # from a sequence: only a type checker knows its class


@dataclass(frozen=True)
class Method:
    """A method. Its name is unique in the program."""

    name: str
    parameters: tuple[str, ...]
    abstract: bool = False


@dataclass(frozen=True)
class Item:
    """One definition of a module."""

    name: str
    kind: Kind
    parameters: tuple[str, ...] = ()  # of a function
    uses: tuple[
        str, ...
    ] = ()  # of a function: items of other modules, or methods of their classes (`Kind_0.method_a0`)
    methods: tuple[Method, ...] = ()  # of a class
    base: str | None = None  # of a class: the abstract class that it derives from
    abstract: bool = False
    receiver: Receiver = Receiver.MADE  # where a function gets the objects from whose methods it uses


@dataclass(frozen=True)
class Program:
    """The items of each module, in order; an item uses only those of modules before its own."""

    modules: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)

    def items(self) -> Iterator[tuple[str, Item]]:
        """Every item, with its module."""
        return ((module, item) for module, items in self.modules.items() for item in items)

    def named(self, name: str) -> tuple[str, Item]:
        """An item and its module, by its name or that of one of its methods."""
        head = name.partition(".")[0]
        return next((module, item) for module, item in self.items() if item.name == head)

    def of(self, kind: Kind) -> list[str]:
        """The names of the items of a kind, without abstract classes and those that derive from them."""
        return [item.name for _, item in self.items() if item.kind is kind and not item.abstract and not item.base]

    def methods(self) -> list[str]:
        """The methods that other modules may use, with their classes."""
        return [f"{name}.{self.named(name)[1].methods[0].name}" for name in self.of(Kind.CLASS)]

    def users(self, name: str) -> list[str]:
        """The modules that use an item or a method."""
        return list(dict.fromkeys(module for module, item in self.items() if name in item.uses))

    def changed(self, change: Callable[[Item], Item | None]) -> "Program":
        """The program with `change` applied to each item, without the items for which that is None."""
        edited = {module: [change(item) for item in items] for module, items in self.modules.items()}
        return Program({module: tuple(item for item in items if item) for module, items in edited.items()})

    def added(self, module: str, item: Item, *, first: bool = False) -> "Program":
        """The program with one more item at the end (`first`: at the beginning) of a module, which may be new."""
        items = self.modules.get(module, ())
        return Program({**self.modules, module: (item, *items) if first else (*items, item)})

    def renamed(self, names: Mapping[str, str]) -> "Program":
        """The program with other names for items and methods, everywhere."""

        def new(name: str) -> str:
            return ".".join(names.get(part, part) for part in name.split("."))

        def change(item: Item) -> Item:
            methods = tuple(replace(method, name=new(method.name)) for method in item.methods)
            base = new(item.base) if item.base else None
            return replace(item, name=new(item.name), uses=tuple(map(new, item.uses)), methods=methods, base=base)

        return self.changed(change)


def program(seed: int, *, derives: bool = True) -> Program:
    """A program of three to five modules; with `derives`, it also has an abstract class and one that derives from it."""
    chance = random.Random(seed)
    result = Program()
    count = chance.randint(3, 5)
    for number in range(count):
        module = f"mod{number}"
        names = [name for kind in Kind for name in result.of(kind)] + result.methods()
        used = chance.sample(names, min(len(names), 4))
        result = result.added(module, Item(f"VALUE_{number}", Kind.VALUE))
        if derives and number == 0:
            outline = Method("method_outline", ("arg_c",))
            result = result.added(module, Item("Shape_0", Kind.CLASS, methods=(outline,), abstract=True))
        if derives and number == count - 1:
            result = result.added(module, Item("Square_0", Kind.CLASS, base="Shape_0"))
        for index in range(chance.randint(2, 4)):
            uses = tuple(used[index : index + 1]) or ((chance.choice(used),) if used else ())
            result = result.added(module, Item(f"func_{number}_{index}", Kind.FUNCTION, ("arg_a", "arg_b"), uses))
        methods = (Method(f"method_a{number}", ("arg_c",)), Method(f"method_b{number}", ("arg_c",)))
        result = result.added(module, Item(f"Kind_{number}", Kind.CLASS, methods=methods))
    return result
