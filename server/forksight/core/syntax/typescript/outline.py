"""The names that a TypeScript or JavaScript file binds and exports."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Accepts, Definition, Form, Outline, Parameter, Receiver, Signature, Source
from forksight.core.syntax.nodes import field, line_of, lines_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

Definitions = Mapping[str, tuple[Definition, ...]]

_FUNCTIONS = {"function_declaration", "generator_function_declaration", "function_signature"}
_VALUES = {"function_expression", "arrow_function", "generator_function"}
_CLASSES = {"class_declaration", "abstract_class_declaration", "interface_declaration"}
_NAMED = {"type_alias_declaration", "enum_declaration", "internal_module", "module"}
_VARIABLES = {"lexical_declaration", "variable_declaration"}
_PARAMETERS = {"required_parameter", "optional_parameter"}


def outline_of(tree: "Tree", *, typed: bool) -> Outline:
    """The outline of a file. Without types (`typed`), the number of required arguments is unknown."""
    root = tree.root_node
    bound: list[Definition] = []
    exported: list[tuple[str, Definition]] = []
    renamed: list[tuple[str, str, Definition]] = []
    everything = False
    for statement in root.named_children:
        if statement.type == "export_statement":
            declared = list(_declared(field(statement, "declaration"), statement, typed=typed))
            bound += declared
            default = any(child.type == "default" for child in statement.children)
            exported += [("default" if default else declaration.name, declaration) for declaration in declared]
            if default and not declared:
                exported.append(("default", _value("default", statement, statement)))
            renamed += _clause(statement)
            everything = everything or _exports_everything(statement)
        elif statement.type == "import_statement":
            bound += imports_of(statement)
        else:
            bound += _declared(statement, statement, typed=typed)
    names = _by_name((definition.name, definition) for definition in bound)
    for name, local, definition in renamed:
        local_definitions = names.get(local, ()) if definition.source is None else ()
        exported += [(name, exported_definition) for exported_definition in local_definitions or (definition,)]
    return Outline(names, _by_name(exported), open=everything)


def _by_name(definitions: Iterable[tuple[str, Definition]]) -> Definitions:
    names: dict[str, tuple[Definition, ...]] = {}
    for name, definition in definitions:
        names[name] = (*names.get(name, ()), definition)
    return names


def _value(name: str, node: "Node", whole: "Node", made_by: str | None = None) -> Definition:
    return Definition(name, Form.VALUE, line_of(node), lines_of(whole), made_by=made_by)


def _exports_everything(statement: "Node") -> bool:
    """`export * from 'm'`."""
    plain = not any(child.type in ("export_clause", "namespace_export") for child in statement.named_children)
    return plain and field(statement, "source") is not None


def _clause(statement: "Node") -> Iterator[tuple[str, str, Definition]]:
    """The exports of `export { a as b }`: (exported name, local name, definition if it is of another module)."""
    module = module_of(statement)
    for child in statement.named_children:
        if child.type == "namespace_export" and module:
            name = text_of(child.named_children[0])
            source = Source(module, None)
            yield name, name, Definition(name, Form.IMPORT, line_of(child), lines_of(statement), source=source)
        for specifier in child.named_children if child.type == "export_clause" else ():
            local = text_of(field(specifier, "name"))
            name = text_of(field(specifier, "alias")) or local
            if module:
                source = Source(module, local)
                yield name, local, Definition(name, Form.IMPORT, line_of(specifier), lines_of(statement), source=source)
            else:
                yield name, local, _value(local, specifier, statement)


def module_of(statement: "Node") -> str | None:
    """The module that an import or export names after `from`."""
    source = field(statement, "source")
    return text_of(source)[1:-1] if source else None


def imports_of(statement: "Node") -> Iterator[Definition]:
    """What an import binds."""
    module = module_of(statement)
    clause = next((child for child in statement.named_children if child.type == "import_clause"), None)
    if module is None or clause is None:
        return
    for child in clause.named_children:
        if child.type == "identifier":
            yield _import(text_of(child), child, statement, Source(module, "default"))
        elif child.type == "namespace_import":
            yield _import(text_of(child.named_children[0]), child, statement, Source(module, None))
        for specifier in child.named_children if child.type == "named_imports" else ():
            name = text_of(field(specifier, "name"))
            yield _import(text_of(field(specifier, "alias")) or name, specifier, statement, Source(module, name))


def _import(name: str, node: "Node", statement: "Node", source: Source) -> Definition:
    return Definition(name, Form.IMPORT, line_of(node), lines_of(statement), source=source)


def _declared(node: "Node | None", whole: "Node", *, typed: bool) -> Iterator[Definition]:
    """What a declaration binds."""
    if node is None:
        return
    if node.type == "ambient_declaration":
        for child in node.named_children:
            yield from _declared(child, whole, typed=typed)
    name = field(node, "name")
    if node.type in _FUNCTIONS and name:
        signature = signature_of(node) if typed else None
        repeatable = node.type == "function_signature"
        yield Definition(text_of(name), Form.FUNCTION, line_of(name), lines_of(whole), signature, repeatable=repeatable)
    elif node.type in _CLASSES and name:
        yield _class(node, whole, typed=typed)
    elif node.type in _NAMED and name:
        yield _value(text_of(name), name, whole)
    elif node.type in _VARIABLES:
        for declarator in node.named_children:
            yield from _variable(declarator, whole, typed=typed)


def _variable(declarator: "Node", whole: "Node", *, typed: bool) -> Iterator[Definition]:
    name, value = field(declarator, "name"), field(declarator, "value")
    if name is None:
        return
    if name.type != "identifier":
        for bound in _bound_in(name):
            yield _value(text_of(bound), bound, whole)
    elif value is not None and value.type in _VALUES:
        typed = typed and field(declarator, "type") is None
        signature = signature_of(value) if typed else None
        yield Definition(text_of(name), Form.FUNCTION, line_of(name), lines_of(whole), signature)
    else:
        yield _value(text_of(name), name, whole, made_by(declarator))


def _bound_in(pattern: "Node") -> Iterator["Node"]:
    if pattern.type in ("identifier", "shorthand_property_identifier_pattern"):
        yield pattern
    for child in pattern.named_children:
        yield from _bound_in(child)


def made_by(declarator: "Node") -> str | None:
    """The class that a variable is an instance of: its annotation, or what `new` makes."""
    annotation, value = field(declarator, "type"), field(declarator, "value")
    if annotation is not None:
        return dotted(annotation.named_children[0])
    return dotted(field(value, "constructor")) if value is not None and value.type == "new_expression" else None


def dotted(node: "Node | None") -> str | None:
    """`a.b.c`, if a node is that and nothing else."""
    if node is None:
        return None
    if node.type in ("identifier", "type_identifier"):
        return text_of(node)
    if node.type in ("member_expression", "nested_type_identifier"):
        inner, last = node.named_children[0], node.named_children[-1]
        head = dotted(inner)
        return f"{head}.{text_of(last)}" if head and len(node.named_children) == 2 else None
    return None


def _class(node: "Node", whole: "Node", *, typed: bool) -> Definition:
    name, body = field(node, "name"), field(node, "body")
    members = _by_name((member.name, member) for member in _members(body, typed=typed)) if body else {}
    decorated = any(child.type == "decorator" for child in (*node.named_children, *whole.named_children))
    listable = not any(child.type == "index_signature" for child in (body.named_children if body else ()))
    return Definition(
        text_of(name),
        Form.CLASS,
        line_of(name or node),
        lines_of(whole),
        bases=tuple(_bases(node)),
        members=members,
        repeatable=node.type == "interface_declaration",
        dynamic=decorated or not listable,
    )


def _bases(node: "Node") -> Iterator[str]:
    for heritage in node.named_children:
        if heritage.type == "extends_type_clause":
            yield from (_base(child) for child in heritage.named_children)
        for clause in heritage.named_children if heritage.type == "class_heritage" else ():
            if clause.type == "extends_clause":
                yield dotted(field(clause, "value")) or ""
            elif clause.type != "implements_clause":
                yield dotted(clause) or ""


def _base(node: "Node") -> str:
    return dotted(field(node, "name") if node.type == "generic_type" else node) or ""


def _members(body: "Node", *, typed: bool) -> Iterator[Definition]:
    for child in body.named_children:
        name = field(child, "name")
        if name is None or name.type not in ("property_identifier", "private_property_identifier"):
            continue
        if child.type in ("method_definition", "abstract_method_signature", "method_signature"):
            kinds = {part.type for part in child.children}
            accessor = bool(kinds & {"get", "set"})
            receiver = Receiver.NOTHING if "static" in kinds else Receiver.INSTANCE
            yield Definition(
                text_of(name),
                Form.FUNCTION,
                line_of(name),
                lines_of(child),
                signature_of(child, receiver) if typed and not accessor else None,
                abstract=child.type == "abstract_method_signature",
                repeatable=accessor or child.type == "method_signature",
            )
            if text_of(name) == "constructor":
                yield from _parameter_properties(child)
        else:
            yield _value(text_of(name), name, child)


def _parameter_properties(constructor: "Node") -> Iterator[Definition]:
    """`constructor(private total: number)` makes a member of its parameter."""
    parameters = field(constructor, "parameters")
    for child in parameters.named_children if parameters else ():
        pattern = field(child, "pattern")
        modified = any(part.type in ("accessibility_modifier", "readonly") for part in child.children)
        if modified and pattern is not None:
            yield _value(text_of(pattern), pattern, child)


def signature_of(function: "Node", receiver: Receiver = Receiver.NOTHING) -> Signature:
    """A function's signature. A parameter that is a pattern is named by its position."""
    parameters: list[Parameter] = []
    node = field(function, "parameters")
    single = field(function, "parameter")
    if single is not None:
        parameters.append(Parameter(text_of(single), Accepts.PLACE, required=True))
    for child in node.named_children if node else ():
        if child.type not in _PARAMETERS:
            continue
        pattern = field(child, "pattern")
        if pattern is not None and pattern.type == "rest_pattern":
            parameters.append(Parameter("...", Accepts.REST, required=False))
        elif pattern is not None and pattern.type != "this":
            name = text_of(pattern) if pattern.type == "identifier" else f"#{len(parameters)}"
            required = child.type == "required_parameter" and field(child, "value") is None
            parameters.append(Parameter(name, Accepts.PLACE, required=required))
    return Signature(tuple(parameters), receiver)
