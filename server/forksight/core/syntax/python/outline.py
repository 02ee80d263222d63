"""The names that a Python file binds: at its top, and in its classes."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Accepts, Definition, Form, Outline, Parameter, Receiver, Signature, Source
from forksight.core.syntax.nodes import field, line_of, lines_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

# Decorators that leave a function's parameters as they are written.
_TRANSPARENT = {
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "override",
    "final",
    "cache",
    "lru_cache",
    "contextmanager",
    "asynccontextmanager",
    "deprecated",
}
_REPEATING = {"overload", "setter", "getter", "deleter", "register"}
_BRANCHES = {"if_statement", "try_statement", "match_statement", "while_statement", "for_statement"}
_PATTERNS = {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "tuple", "list"}
_DYNAMIC = {"__getattr__", "__getattribute__"}
_CLASS_DECORATORS = {"dataclass", "final", "total_ordering", "runtime_checkable", "define", "frozen"}


def outline_of(tree: "Tree") -> Outline:
    """The outline of a file."""
    root = tree.root_node
    names = _by_name(_bindings(root, optional=False, method=False))
    stars = any(binding.name == "*" for binding in names.get("*", ()))
    return Outline(names, open=stars, dynamic="__getattr__" in names)


def _by_name(definitions: Iterator[Definition]) -> Mapping[str, tuple[Definition, ...]]:
    names: dict[str, tuple[Definition, ...]] = {}
    for definition in definitions:
        names[definition.name] = (*names.get(definition.name, ()), definition)
    return names


def _bindings(block: "Node", *, optional: bool, method: bool) -> Iterator[Definition]:
    """What the statements of a block bind, those in branches and loops too."""
    for statement in block.named_children:
        kind = statement.type
        if kind == "expression_statement":
            for expression in statement.named_children:
                yield from _expression(expression, optional=optional)
        elif kind in ("function_definition", "class_definition"):
            yield _defined(statement, statement, (), optional=optional, method=method)
        elif kind == "decorated_definition":
            inner = field(statement, "definition")
            if inner:
                decorators = tuple(child for child in statement.named_children if child.type == "decorator")
                yield _defined(inner, statement, decorators, optional=optional, method=method)
        elif kind in ("import_statement", "import_from_statement"):
            yield from imports_of(statement, optional=optional)
        elif kind in _BRANCHES or kind == "with_statement":
            yield from _inside(statement, optional=optional or kind in _BRANCHES, method=method)
        elif kind == "type_alias_statement":
            name = text_of(field(statement, "left")).partition("[")[0]
            yield Definition(name, Form.VALUE, line_of(statement), lines_of(statement), optional=optional)


def _inside(node: "Node", *, optional: bool, method: bool) -> Iterator[Definition]:
    """What a compound statement binds: by itself (`for x`, `as x`), and in its blocks."""
    for child in node.named_children:
        if child.type == "block":
            yield from _bindings(child, optional=optional, method=method)
        elif child.type.endswith("_clause") or child.type in ("with_item", "as_pattern"):
            yield from _inside(child, optional=optional, method=method)
        elif child.type == "as_pattern_target":
            yield from _targets(child, child, optional=optional)
        elif child.type == "named_expression":
            yield from _targets(field(child, "name"), child, optional=optional)
    if node.type == "for_statement":
        yield from _targets(field(node, "left"), node, optional=optional)


def _expression(node: "Node", *, optional: bool) -> Iterator[Definition]:
    if node.type == "assignment":
        right = field(node, "right")
        yield from _targets(field(node, "left"), node, optional=optional)
        if right and right.type == "assignment":
            yield from _expression(right, optional=optional)
    elif node.type == "named_expression":
        yield from _targets(field(node, "name"), node, optional=optional)


def _targets(target: "Node | None", statement: "Node", *, optional: bool) -> Iterator[Definition]:
    if target is None:
        return
    if target.type == "identifier":
        made_by = _made_by(statement) if statement.type == "assignment" else None
        yield Definition(
            text_of(target), Form.VALUE, line_of(target), lines_of(statement), made_by=made_by, optional=optional
        )
    elif target.type in _PATTERNS or target.type == "as_pattern_target":
        for child in target.named_children:
            yield from _targets(child, child, optional=optional)


def _made_by(assignment: "Node") -> str | None:
    """The class that a value is made of: its annotation, or what is called, if that is a dotted name."""
    annotation = field(assignment, "type")
    if annotation:
        return dotted(annotation.named_children[0]) if annotation.named_children else None
    right = field(assignment, "right")
    return dotted(field(right, "function")) if right and right.type == "call" else None


def dotted(node: "Node | None") -> str | None:
    """`a.b.c`, if a node is that and nothing else; a name in quotes counts as that name."""
    if node is None:
        return None
    if node.type == "identifier":
        return text_of(node)
    if node.type == "attribute":
        head = dotted(field(node, "object"))
        return f"{head}.{text_of(field(node, 'attribute'))}" if head else None
    if node.type == "string":
        name = text_of(node).strip("\"'")
        return name if all(part.isidentifier() for part in name.split(".")) else None
    return None


def imports_of(statement: "Node", *, optional: bool = False) -> Iterator[Definition]:
    """What an import binds; `from m import *` binds `*`."""
    module = field(statement, "module_name")
    line, lines = line_of(statement), lines_of(statement)
    if any(child.type == "wildcard_import" for child in statement.named_children):
        yield Definition("*", Form.IMPORT, line, lines, source=Source(text_of(module), "*"))
    for child in statement.children_by_field_name("name"):
        alias = field(child, "alias") if child.type == "aliased_import" else None
        name = text_of(field(child, "name") if alias else child)
        if module is not None:
            source, bound = Source(text_of(module), name), text_of(alias) or name
        else:
            head = name.partition(".")[0]
            source, bound = Source(name if alias else head, None), text_of(alias) or head
        yield Definition(bound, Form.IMPORT, line_of(child), lines, source=source, optional=optional)


def _defined(
    node: "Node", whole: "Node", decorators: tuple["Node", ...], *, optional: bool, method: bool
) -> Definition:
    name = field(node, "name")
    decorator_names = {_decorator(decorator) for decorator in decorators}
    line, lines = line_of(name or node), lines_of(whole)
    repeatable = bool(decorator_names & _REPEATING)
    if node.type == "class_definition":
        return _class(node, text_of(name), decorator_names, line, lines, optional=optional)
    signature = (
        signature_of(node, decorator_names, method=method)
        if decorator_names <= _TRANSPARENT and not repeatable
        else None
    )
    return Definition(
        text_of(name),
        Form.FUNCTION,
        line,
        lines,
        signature,
        abstract="abstractmethod" in decorator_names,
        optional=optional,
        repeatable=repeatable,
    )


def _class(
    node: "Node", name: str, decorator_names: set[str], line: int, lines: tuple[int, int], *, optional: bool
) -> Definition:
    arguments = field(node, "superclasses")
    values = arguments.named_children if arguments else []
    values = [argument for argument in values if argument.type != "comment"]
    bases = tuple(_base(argument) for argument in values if argument.type != "keyword_argument")
    metaclass = next(
        (text_of(field(argument, "value")) for argument in values if argument.type == "keyword_argument"), "ABCMeta"
    )
    body = field(node, "body")
    members = _by_name(_bindings(body, optional=False, method=True)) if body else {}
    return Definition(
        name,
        Form.CLASS,
        line,
        lines,
        bases=bases,
        members=members,
        optional=optional,
        dynamic=not _DYNAMIC.isdisjoint(members) or metaclass.rpartition(".")[2] != "ABCMeta",
        remade=not decorator_names <= _CLASS_DECORATORS,
    )


def _base(node: "Node") -> str:
    """A base class as a dotted name, without what stands in brackets; "" if it is none."""
    if node.type == "subscript":
        node = field(node, "value") or node
    return dotted(node) or ""


def _decorator(node: "Node") -> str:
    """The last word of a decorator's name."""
    inner = node.named_children[0] if node.named_children else None
    if inner and inner.type == "call":
        inner = field(inner, "function")
    return text_of(inner).rpartition(".")[2]


def signature_of(function: "Node", decorators: set[str], *, method: bool) -> Signature:
    """A function's signature; a method's receiver is left out of its parameters."""
    parameters: list[Parameter] = []
    accepts = Accepts.EITHER
    node = field(function, "parameters")
    for child in node.named_children if node else ():
        if child.type == "positional_separator":
            parameters = [Parameter(parameter.name, Accepts.PLACE, parameter.required) for parameter in parameters]
        elif child.type == "keyword_separator":
            accepts = Accepts.KEYWORD
        elif child.type in ("default_parameter", "typed_default_parameter"):
            parameters.append(Parameter(text_of(field(child, "name")), accepts, required=False))
        elif child.type == "identifier":
            parameters.append(Parameter(text_of(child), accepts, required=True))
        else:
            inner = child.named_children[0] if child.type == "typed_parameter" else child
            if inner.type == "list_splat_pattern":
                parameters.append(Parameter("*", Accepts.REST, required=False))
                accepts = Accepts.KEYWORD
            elif inner.type == "dictionary_splat_pattern":
                parameters.append(Parameter("**", Accepts.KEYWORDS, required=False))
            elif inner.type == "identifier":
                parameters.append(Parameter(text_of(inner), accepts, required=True))
    receiver = Receiver.NOTHING
    if method and "staticmethod" not in decorators and parameters and parameters[0].accepts is not Accepts.REST:
        receiver = Receiver.CLASS if "classmethod" in decorators else Receiver.INSTANCE
        parameters = parameters[1:]
    return Signature(tuple(parameters), receiver)
