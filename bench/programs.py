"""Programs made from a seed: modules that use each other, and edits that take something away with all its uses."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from forksight.core.merge.diff import split_lines
from forksight.core.merge.three_way import version
from forksight.core.overlaps.semantic.edits import BaseTree, Edits, FileChange, PathIndex
from forksight.core.overlaps.semantic.rule import Breaks, breaks
from forksight.core.syntax.language import language_of
from forksight.core.syntax.source_file import SourceFile

Files = Mapping[str, str | None]  # a path that is None is deleted


@dataclass(frozen=True)
class Edit:
    """One side's change: the whole files, and the name whose new uses it breaks."""

    files: Files
    name: str
    what: str


@dataclass(frozen=True)
class Program:
    """A made-up program."""

    files: dict[str, str]  # the text of each module, by its path
    functions: dict[str, str]  # by name, the module that defines it; so are the two below
    classes: dict[str, str]
    values: dict[str, str]

    def home(self, name: str) -> str:
        return {**self.functions, **self.classes, **self.values}[name.partition(".")[0]]

    def using(self, name: str) -> Files:
        """A new module and a new function in an old one, which use a name as the program does."""
        module = self.home(name)
        head, _, member = name.partition(".")
        use = f"{head}({self.arguments(head)}).{member}(1)" if member else self.use(head)
        text = f"from shop.{module} import {head}\n\n\ndef func_added():\n    return {use}\n"
        return {"shop/added.py": text}

    def use(self, name: str) -> str:
        return name if name in self.values else f"{name}({self.arguments(name)})"

    def arguments(self, name: str) -> str:
        return "" if name in self.classes else "1, 2"

    def moved(self, chance: random.Random) -> tuple[Files, str]:
        """A function moved to a new module, with every import of it."""
        name = chance.choice(sorted(self.functions))
        module = self.functions[name]
        text = self.files[f"shop/{module}.py"]
        match = re.search(rf"def {name}\(.*?\n\n\n", text, re.DOTALL)
        assert match
        files: dict[str, str] = {}
        rest = text.replace(match[0], "")
        if re.search(rf"\b{name}\(", rest):
            rest = f"from shop.moved import {name}\n" + rest
        files[f"shop/{module}.py"] = rest
        imports = "".join(line + "\n" for line in text.splitlines() if line.startswith("from "))
        own = "".join(
            f"from shop.{module} import {other}\n"
            for other in (*self.functions, *self.classes, *self.values)
            if other != name and self.home(other) == module and re.search(rf"\b{other}\b", match[0])
        )
        files["shop/moved.py"] = imports + own + "\n\n" + match[0]
        for path, other in self.files.items():
            if path != f"shop/{module}.py" and f"import {name}\n" in other:
                files[path] = other.replace(f"from shop.{module} import {name}\n", f"from shop.moved import {name}\n")
        return files, name


def program(seed: int) -> Program:
    """Three to five modules with functions, classes and values; a module uses what those before it define."""
    chance = random.Random(seed)
    files: dict[str, str] = {"shop/__init__.py": ""}
    functions: dict[str, str] = {}
    classes: dict[str, str] = {}
    values: dict[str, str] = {}
    for number in range(chance.randint(3, 5)):
        module = f"mod{number}"
        known = {**functions, **classes, **values}
        used = chance.sample(sorted(known), min(len(known), 4))
        lines = [f"from shop.{known[name]} import {name}\n" for name in used]
        here = Program(files, functions, classes, values)
        uses = [here.use(name) for name in used] or ["1"]
        lines.append(f"\nVALUE_{number} = {number}\n\n\n")
        for index in range(chance.randint(2, 4)):
            name = f"func_{number}_{index}"
            lines.append(f"def {name}(arg_a, arg_b):\n    total = arg_a\n    return total, {chance.choice(uses)}\n\n\n")
            functions[name] = module
        lines.append(_class(number))
        classes[f"Kind_{number}"] = module
        values[f"VALUE_{number}"] = module
        files[f"shop/{module}.py"] = "".join(lines)
    return Program(files, functions, classes, values)


def _class(number: int) -> str:
    return (
        f"class Kind_{number}:\n"
        f"    def method_a{number}(self, arg_c):\n        return self.method_b{number}(arg_c)\n\n"
        f"    def method_b{number}(self, arg_c):\n        return arg_c\n\n\n"
    )


def mutated(base: Program, chance: random.Random) -> Edit:
    """One of the edits that break new uses, made with all its uses in the program."""
    return chance.choice(EDITS)(base, chance)


def _everywhere(base: Program, old: str, new: str) -> Files:
    return {path: re.sub(old, new, text) for path, text in base.files.items() if re.search(old, text)}


def _rename(names: Callable[[Program], dict[str, str]], what: str) -> Callable[[Program, random.Random], Edit]:
    def edit(base: Program, chance: random.Random) -> Edit:
        name = chance.choice(sorted(names(base)))
        return Edit(_everywhere(base, rf"\b{name}\b", f"new_{name}"), name, f"{what} renamed")

    return edit


def method_renamed(base: Program, chance: random.Random) -> Edit:
    kind = chance.choice(sorted(base.classes))
    method = f"method_a{kind.rpartition('_')[2]}"
    return Edit(_everywhere(base, rf"\b{method}\b", f"new_{method}"), f"{kind}.{method}", "method renamed")


def method_parameter(base: Program, chance: random.Random) -> Edit:
    kind = chance.choice(sorted(base.classes))
    method = f"method_a{kind.rpartition('_')[2]}"
    files = _everywhere(base, rf"def {method}\(self, arg_c\)", f"def {method}(self, arg_c, arg_new)")
    return Edit(files, f"{kind}.{method}", "method parameter added")


def _parameter(base: Program, chance: random.Random) -> Edit:
    name = chance.choice(sorted(base.functions))
    text = dict(_everywhere(base, rf"\b{name}\(1, 2\)", f"{name}(1, 2, 3)"))
    path = f"shop/{base.functions[name]}.py"
    text[path] = (text.get(path) or base.files[path]).replace(
        f"def {name}(arg_a, arg_b)", f"def {name}(arg_a, arg_b, arg_new)"
    )
    return Edit(text, name, "parameter added")


def _remove_parameter(base: Program, chance: random.Random) -> Edit:
    name = chance.choice(sorted(base.functions))
    text = dict(_everywhere(base, rf"\b{name}\(1, 2\)", f"{name}(1)"))
    path = f"shop/{base.functions[name]}.py"
    text[path] = (text.get(path) or base.files[path]).replace(f"def {name}(arg_a, arg_b)", f"def {name}(arg_a)")
    return Edit(text, name, "parameter removed")


def _move(base: Program, chance: random.Random) -> Edit:
    files, name = base.moved(chance)
    return Edit(files, name, "function moved")


def _move_module(base: Program, chance: random.Random) -> Edit:
    name = chance.choice(sorted(base.functions))
    module = base.functions[name]
    files = dict(_everywhere(base, rf"\bshop\.{module}\b", f"shop.new_{module}"))
    path = f"shop/{module}.py"
    edited = files.pop(path, base.files[path])
    return Edit({**files, path: None, f"shop/new_{module}.py": edited}, name, "module renamed")


EDITS = (
    _rename(lambda base: base.functions, "function"),
    _rename(lambda base: base.classes, "class"),
    _rename(lambda base: base.values, "constant"),
    method_renamed,
    method_parameter,
    _parameter,
    _remove_parameter,
    _move,
    _move_module,
)


def module(rng: random.Random, number: int) -> str:
    """A module of about 200 lines."""
    lines = [f"VALUE_{number} = {number}\n\n\n"]
    for index in range(14):
        lines.append(f"def func_{number}_{index}(arg_a, arg_b):\n")
        lines += [f"    total = {rng.randrange(10_000)}\n    arg_a = arg_b + total\n" for _ in range(rng.randint(4, 7))]
        lines.append("    return arg_a\n\n\n")
    return "".join(lines)


def source(path: str, text: str | None) -> SourceFile | None:
    language = language_of(path)
    return SourceFile(language, text.encode()) if language and text is not None else None


def base_tree(base: Files) -> BaseTree:
    return BaseTree(
        lambda: PathIndex(base),
        lambda path: source(path, base.get(path)),
        lambda name: [path for path, text in base.items() if text and name in text],
    )


def edits(base: Files, edited: Files, renames: Mapping[str, str] | None = None) -> Edits:
    """`edited` are the files that a side changed, added or deleted; `renames` its renames, old to new."""
    old_names = {new: old for old, new in (renames or {}).items()}
    changes = []
    for path, text in edited.items():
        old = old_names.get(path, path)
        if old == path and text == base.get(path):
            continue
        before = base.get(old)
        made = None
        if before is not None and text is not None:
            made = version(split_lines(before.encode()), split_lines(text.encode()))
        changes.append(
            FileChange(
                old if before is not None else None,
                path if text is not None else None,
                source(old, before),
                source(path, text),
                made,
            )
        )
    return Edits(base_tree(base), changes)


def merged(
    base: Files, ours: Files, theirs: Files, their_renames: Mapping[str, str] | None = None, *, likely: bool = False
) -> Breaks:
    return breaks(edits(base, ours), edits(base, theirs, their_renames), likely=likely)


def broken_by(base: Program, edit: Callable[[Program, random.Random], Edit], chance: random.Random) -> bool:
    """Whether an edit that breaks new uses is found to do so."""
    made = edit(base, chance)
    return bool(merged(base.files, base.using(made.name), made.files).here)
