"""The names that Go text binds: a file, or all files of a package one after the other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from forksight.core.syntax.facts import Accepts, Definition, Form, Outline, Parameter, Signature, Source
from forksight.core.syntax.nodes import field, line_of, lines_of, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

Definitions = dict[str, tuple[Definition, ...]]


def outline_of(tree: "Tree") -> Outline:
    """The outline of a text. Methods of a type that is not in the text are members of a stand-in value of that name."""
    nodes = tree.root_node.named_children
    names = _by_name(definition for node in nodes for definition in _declared(node))
    methods: dict[str, list[Definition]] = {}
    for node in nodes:
        owner = receiver_of(node) if node.type == "method_declaration" else None
        if owner:
            methods.setdefault(owner, []).append(_function(node))
    for owner, own in methods.items():
        types = names.get(owner, ())
        if len(types) == 1:
            names[owner] = (replace(types[0], members=_by_name(own, types[0].members), scattered=True),)
        elif not types:
            first, members = own[0], _by_name(own)
            names[owner] = (Definition(owner, Form.VALUE, first.line, first.lines, members=members, scattered=True),)
    # It is open where `import . "…"` binds names that nobody lists.
    return Outline(names, open="." in names)


def imports_of(tree: "Tree") -> Definitions:
    """A file's imports, by local name."""
    imports = (node for node in tree.root_node.named_children if node.type == "import_declaration")
    return _by_name(definition for node in imports for definition in _declared(node))


def _by_name(
    definitions: Iterable[Definition], before: Mapping[str, tuple[Definition, ...]] | None = None
) -> Definitions:
    """The definitions by name, added to those of `before`."""
    names = dict(before or {})
    for definition in definitions:
        names[definition.name] = (*names.get(definition.name, ()), definition)
    return names


def _declared(node: "Node") -> Iterator[Definition]:
    """The names that a top-level declaration binds; none for a method."""
    if node.type == "function_declaration":
        function = _function(node)
        if function.name not in ("init", "_"):
            yield function
    elif node.type == "import_declaration":
        for spec in _specs(node, "import_spec"):
            yield from _import(spec)
    elif node.type == "type_declaration":
        for spec in node.named_children:
            name = field(spec, "name")
            if name is not None:
                yield _type(spec, name, node)
    elif node.type in ("const_declaration", "var_declaration"):
        for spec in (*_specs(node, "const_spec"), *_specs(node, "var_spec")):
            for name in spec.children_by_field_name("name"):
                if name.type == "identifier" and text_of(name) != "_":
                    type_name = made_by(spec)
                    yield Definition(text_of(name), Form.VALUE, line_of(name), lines_of(spec), made_by=type_name)


def _specs(node: "Node", kind: str) -> Iterator["Node"]:
    for child in node.named_children:
        if child.type == kind:
            yield child
        elif child.type.endswith("_list"):
            yield from _specs(child, kind)


def _import(spec: "Node") -> Iterator[Definition]:
    module = text_of(field(spec, "path"))[1:-1]
    alias = text_of(field(spec, "name"))
    last = module.rpartition("/")[2]
    plain = last.isidentifier() and not (last[:1] == "v" and last[1:].isdigit())
    name = alias or (last if plain else "")  # `go-yaml` and `v2` don't say what the package calls itself
    if name and name != "_":
        yield Definition(name, Form.IMPORT, line_of(spec), lines_of(spec), source=Source(module, None))


def _function(node: "Node") -> Definition:
    name = field(node, "name")
    return Definition(text_of(name), Form.FUNCTION, line_of(name or node), lines_of(node), signature_of(node))


def signature_of(node: "Node") -> Signature | None:
    """A function's parameters: positional and required, except for a variadic one."""
    listed = field(node, "parameters")
    if listed is None or listed.has_error:
        return None
    parameters: list[Parameter] = []
    for declared in listed.named_children:
        if declared.type not in ("parameter_declaration", "variadic_parameter_declaration"):
            continue
        rest = declared.type.startswith("variadic")
        names = [text_of(name) for name in declared.children_by_field_name("name")] or [
            text_of(field(declared, "type"))
        ]
        accepts = Accepts.REST if rest else Accepts.PLACE
        parameters += [Parameter(name, accepts, required=not rest) for name in names]
    return Signature(tuple(parameters))


def _type(spec: "Node", name: "Node", whole: "Node") -> Definition:
    type_node = field(spec, "type")
    lines = lines_of(spec if len(whole.named_children) > 1 else whole)
    definition = Definition(text_of(name), Form.VALUE, line_of(name), lines)
    if type_node is None or spec.type != "type_spec" or type_node.type not in ("struct_type", "interface_type"):
        alias = spec.type == "type_alias"
        return replace(definition, form=Form.VALUE if alias else Form.CLASS, dynamic=alias)
    members: Definitions = {}
    bases: list[str] = []
    for element in _elements(type_node):
        if element.type == "type_elem":
            bases += [named(child) or "" for child in element.named_children]
        elif element.type == "method_elem":
            method = _function(element)
            members[method.name] = (*members.get(method.name, ()), method)
        elif fields := element.children_by_field_name("name"):
            for own in fields:
                named_field = Definition(text_of(own), Form.VALUE, line_of(own), lines_of(element))
                members[named_field.name] = (*members.get(named_field.name, ()), named_field)
        else:
            base = field(element, "type")
            bases.append(named(base) or "")
            embedded = text_of(base).rpartition(".")[2].lstrip("*")
            members[embedded] = (Definition(embedded, Form.VALUE, line_of(element), lines_of(element)),)
    return replace(definition, form=Form.CLASS, members=members, bases=tuple(bases))


def _elements(type_node: "Node") -> Iterator["Node"]:
    for child in type_node.named_children:
        if child.type == "field_declaration_list":
            yield from _elements(child)
        elif child.type in ("field_declaration", "method_elem", "type_elem"):
            yield child


def receiver_of(method: "Node") -> str | None:
    """The type that a method belongs to."""
    receiver = field(method, "receiver")
    for declared in receiver.named_children if receiver is not None else ():
        name = named(field(declared, "type"))
        return name.removeprefix(".") if name else None
    return None


def named(type_node: "Node | None") -> str | None:
    """A type as a dotted name: `.Order` of this package, `pay.Order` of another; None if it is not a named type."""
    if type_node is None:
        return None
    if type_node.type in ("pointer_type", "parenthesized_type"):
        return named(type_node.named_children[0])
    if type_node.type == "generic_type":
        return named(field(type_node, "type"))
    if type_node.type == "type_identifier":
        return f".{text_of(type_node)}"
    if type_node.type == "qualified_type":
        return f"{text_of(field(type_node, 'package'))}.{text_of(field(type_node, 'name'))}"
    return None


def made_by(declaration: "Node") -> str | None:
    """The type of the only variable in a declaration: as written, or that of its literal."""
    written = field(declaration, "type")
    if written is not None:
        return named(written)
    value = field(declaration, "value") or field(declaration, "right")
    if value is None or value.type != "expression_list" or len(value.named_children) != 1:
        return None
    expression = value.named_children[0]
    if expression.type == "unary_expression" and text_of(expression)[:1] == "&":
        expression = field(expression, "operand") or expression
    return named(field(expression, "type")) if expression.type == "composite_literal" else None
