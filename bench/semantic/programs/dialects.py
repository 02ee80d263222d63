"""Writes made-up programs in Python, TypeScript and Go."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.semantic.programs.program import Item, Kind, Method, Program, Receiver

Texts = dict[str, str]  # path -> text of a file


@dataclass(frozen=True)
class Dialect:
    """How a language writes a program."""

    name: str
    derives: bool  # whether it has abstract classes
    files: Mapping[str, str]  # files that every program has besides its modules, by path
    path: Callable[[str], str]  # name of a module -> its path
    text: Callable[[Program, str], str]  # a program, name of a module -> its text

    def texts(self, program: Program) -> Texts:
        """The files of a program."""
        return {**self.files, **{self.path(module): self.text(program, module) for module in program.modules}}


def _used(program: Program, module: str) -> set[str]:
    """The names of the items of other modules that a module uses."""
    items = program.modules[module]
    used = [*(use for item in items for use in item.uses), *(item.base for item in items if item.base)]
    return {use.partition(".")[0] for use in used}


def _numbers(parameters: Iterable[str]) -> str:
    return ", ".join(str(number) for number, _ in enumerate(parameters, 1))


def _parts(program: Program, use: str) -> tuple[Item, Method | None]:
    """The item of a use (`Kind_0.method_a0`), and its method; None if the item itself is used."""
    _, item = program.named(use)
    name = use.partition(".")[2]
    return item, next((method for method in item.methods if method.name == name), None)


# ---------------------------------------------------------------------------------------------- Python


def _python(program: Program, module: str) -> str:
    items = program.modules[module]
    lines = [f"from shop.{program.named(name)[0]} import {name}" for name in sorted(_used(program, module))]
    if any(item.abstract for item in items):
        lines.append("from abc import ABC, abstractmethod")
    return "\n".join([*lines, "", "", *(line for item in items for line in _python_item(program, item))])


def _python_item(program: Program, item: Item) -> list[str]:
    if item.kind is Kind.VALUE:
        return [f"{item.name} = 1", "", ""]
    if item.kind is Kind.CLASS:
        bases = f"({item.base})" if item.base else "(ABC)" if item.abstract else ""
        methods = [line for method in item.methods for line in _python_method(method)]
        return [f"class {item.name}{bases}:", *(methods or ['    """Like its base."""', ""]), ""]
    parameters, body, results = list(item.parameters), [], ["arg_a"]
    for use in item.uses:
        used, method = _parts(program, use)
        if method is None:
            call = "" if used.kind is Kind.VALUE else f"({_numbers(used.parameters)})"
            results.append(f"{used.name}{call}")
            continue
        kind = used.name
        objects = {
            Receiver.MADE: f"{kind}()", Receiver.LOCAL: "made", Receiver.PARAMETER: "given", Receiver.ELEMENT: "several[0]",
        }  # fmt: skip
        body += [f"    made = {kind}()"] if item.receiver is Receiver.LOCAL else []
        parameters += [f"given: {kind}"] if item.receiver is Receiver.PARAMETER else []
        parameters += [f"several: list[{kind}]"] if item.receiver is Receiver.ELEMENT else []
        results.append(f"{objects[item.receiver]}.{method.name}({_numbers(method.parameters)})")
    return [f"def {item.name}({', '.join(parameters)}):", *body, f"    return {', '.join(results)}", "", ""]


def _python_method(method: Method) -> list[str]:
    head = ["    @abstractmethod"] if method.abstract else []
    return [*head, f"    def {method.name}({', '.join(('self', *method.parameters))}):", "        return arg_c", ""]


PYTHON = Dialect("python", True, {"shop/__init__.py": ""}, lambda module: f"shop/{module}.py", _python)  # fmt: skip


# ---------------------------------------------------------------------------------------------- TypeScript


def _typescript(program: Program, module: str) -> str:
    items = program.modules[module]
    lines = [f"import {{ {name} }} from './{program.named(name)[0]}';" for name in sorted(_used(program, module))]
    # an empty file is no module
    return "\n".join(
        [*lines, "", "export {};", "", *(line for item in items for line in _typescript_item(program, item))]
    )


def _typed(parameters: Iterable[str]) -> list[str]:
    return [f"{parameter}: number" for parameter in parameters]


def _typescript_item(program: Program, item: Item) -> list[str]:
    if item.kind is Kind.VALUE:
        return [f"export const {item.name} = 1;", ""]
    if item.kind is Kind.CLASS:
        head = f"export {'abstract ' if item.abstract else ''}class {item.name}"
        base = f" extends {item.base}" if item.base else ""
        return [f"{head}{base} {{", *(line for method in item.methods for line in _typescript_method(method)), "}", ""]
    parameters, body, results = _typed(item.parameters), [], ["arg_a"]
    for use in item.uses:
        used, method = _parts(program, use)
        made = f"new {used.name}()"
        if method is None:
            calls = {
                Kind.VALUE: used.name,
                Kind.CLASS: made,
                Kind.FUNCTION: f"{used.name}({_numbers(used.parameters)})",
            }
            results.append(calls[used.kind])
            continue
        objects = {
            Receiver.MADE: made, Receiver.LOCAL: "made", Receiver.PARAMETER: "given", Receiver.ELEMENT: "several[0]",
        }  # fmt: skip
        body += [f"  const made = {made};"] if item.receiver is Receiver.LOCAL else []
        parameters += [f"given: {used.name}"] if item.receiver is Receiver.PARAMETER else []
        parameters += [f"several: {used.name}[]"] if item.receiver is Receiver.ELEMENT else []
        results.append(f"{objects[item.receiver]}.{method.name}({_numbers(method.parameters)})")
    head = f"export function {item.name}({', '.join(parameters)}): unknown {{"
    return [head, *body, f"  return [{', '.join(results)}];", "}", ""]


def _typescript_method(method: Method) -> list[str]:
    head = f"{method.name}({', '.join(_typed(method.parameters))}): number"
    return [f"  abstract {head};"] if method.abstract else [f"  {head} {{", "    return arg_c;", "  }"]


TYPESCRIPT = Dialect("typescript", True, {}, lambda module: f"src/{module}.ts", _typescript)


# ---------------------------------------------------------------------------------------------- Go


def _package(program: Program, use: str) -> str:
    return program.named(use)[0]


def _go(program: Program, module: str) -> str:
    lines = [f"package {module}", ""]
    for package in sorted({_package(program, use) for use in _used(program, module)}):
        lines += [f'import "example.com/shop/{package}"', ""]
    return "\n".join([*lines, *(line for item in program.modules[module] for line in _go_item(program, item))])


def _go_name(name: str) -> str:
    return name[:1].upper() + name[1:]


def _go_item(program: Program, item: Item) -> list[str]:
    name = _go_name(item.name)
    if item.kind is Kind.VALUE:
        return [f"const {name} = 1", ""]
    if item.kind is Kind.CLASS:
        return [f"type {name} struct{{}}", "", *(line for method in item.methods for line in _go_method(name, method))]
    parameters, body, results = [f"{parameter} int" for parameter in item.parameters], [], ["arg_a"]
    for use in item.uses:
        used, method = _parts(program, use)
        qualified = f"{_package(program, use)}.{_go_name(used.name)}"
        made = f"&{qualified}{{}}"
        if method is None:
            calls = {
                Kind.VALUE: qualified,
                Kind.CLASS: made,
                Kind.FUNCTION: f"{qualified}({_numbers(used.parameters)})",
            }
            results.append(calls[used.kind])
            continue
        objects = {
            Receiver.MADE: f"({made})", Receiver.LOCAL: "made", Receiver.PARAMETER: "given", Receiver.ELEMENT: "several[0]",
        }  # fmt: skip
        body += [f"\tmade := {made}"] if item.receiver is Receiver.LOCAL else []
        parameters += [f"given *{qualified}"] if item.receiver is Receiver.PARAMETER else []
        parameters += [f"several []*{qualified}"] if item.receiver is Receiver.ELEMENT else []
        results.append(f"{objects[item.receiver]}.{_go_name(method.name)}({_numbers(method.parameters)})")
    head = f"func {name}({', '.join(parameters)}) interface{{}} {{"
    return [head, *body, f"\treturn []interface{{}}{{{', '.join(results)}}}", "}", ""]


def _go_method(kind: str, method: Method) -> list[str]:
    parameters = ", ".join(f"{parameter} int" for parameter in method.parameters)
    return [f"func (k *{kind}) {_go_name(method.name)}({parameters}) int {{", "\treturn arg_c", "}", ""]


GO = Dialect(
    "go", False, {"go.mod": "module example.com/shop\n\ngo 1.18\n"}, lambda module: f"{module}/{module}.go", _go
)  # fmt: skip

DIALECTS = (PYTHON, TYPESCRIPT, GO)
