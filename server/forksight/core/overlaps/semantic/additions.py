"""What both sides add: two definitions of one name, and subclasses that lack a new abstract method."""

from collections.abc import Iterator

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot, text_of
from forksight.core.overlaps.semantic.edits import FileChange
from forksight.core.overlaps.semantic.resolve import Found, Missing, at, look_up, member, names_in, single
from forksight.core.overlaps.semantic.sides import Sides, still_inside
from forksight.core.syntax.facts import Definition, Form


def defined_twice(sides: Sides) -> Iterator[Break]:
    """Names that both sides add to one scope of one file or package, on lines that a merge takes from either."""
    for mine in sides.user.changes:
        if not mine.may_define:
            continue
        yield from _twice_in_package(sides, mine)
        theirs = sides.changer.by_base_path.get(mine.base_path) if mine.base_path is not None else None
        if theirs is None or not theirs.added:  # theirs first: it is cached, while ours changes with each key stroke
            continue
        for names, ours in mine.added.items():
            other = theirs.added.get(names)
            if other is not None and (
                len(names) == 1
                or (
                    still_inside(sides, mine, ours.line, names[:-1])
                    and still_inside(sides.reversed, theirs, other.line, names[:-1])
                )
            ):
                yield _pair(mine, theirs, ".".join(names), (ours, other))


def _twice_in_package(sides: Sides, mine: FileChange) -> Iterator[Break]:
    """Names that both sides add to a package, in different files."""
    if mine.now is None or mine.path is None or not mine.now.language.joins_package(mine.path, mine.now.text):
        return
    package = f"{mine.path.rpartition('/')[0]}/"
    for theirs in sides.changer.changes:
        beside = (
            theirs.path is not None and theirs.path != mine.path and f"{theirs.path.rpartition('/')[0]}/" == package
        )
        if (
            not beside
            or theirs.now is None
            or not theirs.now.language.joins_package(theirs.path or "", theirs.now.text)
        ):
            continue
        for names, ours in mine.added.items():
            other = theirs.added.get(names)
            if other is not None and len(names) == 1 and names_in(sides.base, package, *names) is Missing.ABSENT:
                yield _pair(mine, theirs, *names, (ours, other))


def _pair(mine: FileChange, theirs: FileChange, symbol: str, definitions: tuple[Definition, Definition]) -> Break:
    ours, other = definitions
    return Break(
        Cause.TWICE,
        symbol,
        mine.base_path or "",
        Spot(mine.path or "", Lines(ours.line, ours.line + 1)),
        Spot(theirs.path or "", Lines(other.line, other.line + 1)),
        before=text_of(mine.now, ours) if mine.now else b"",
        after=text_of(theirs.now, other) if theirs.now else b"",
    )


def missing_abstract(sides: Sides) -> Iterator[Break]:
    """Classes that the user adds and that lack an abstract method which the changer adds to one of their base classes."""
    if sides.user.words.isdisjoint(sides.changer.near):
        return
    for change in sides.user.changes:
        if change.now is None or change.path is None or change.words.isdisjoint(sides.changer.near):
            continue
        if change.words.isdisjoint(change.now.language.defining_words):
            continue
        for definitions in change.now.outline.names.values():
            definition = single(definitions)
            if definition and definition.form is Form.CLASS and change.changed_line(definition.line):
                yield from _lacking(sides, Found(change.path, (definition.name,), definition))


def _lacking(sides: Sides, added: Found) -> Iterator[Break]:
    if any(member.abstract for members in added.definition.members.values() for member in members):
        return
    for base in added.definition.bases:
        base_class = look_up(sides.user, added.path, base) if base else Missing.UNKNOWN
        base_path = sides.user.base_path(base_class.path) if isinstance(base_class, Found) else None
        their_path = sides.changer.path(base_path) if base_path is not None else None
        if (
            base_path is None
            or their_path is None
            or not isinstance(base_class, Found)
            or their_path not in sides.changer.by_path
        ):
            continue
        old, new = at(sides.base, base_path, base_class.names), at(sides.changer, their_path, base_class.names)
        if not isinstance(old, Found) or not isinstance(new, Found):
            continue
        for name, members in new.definition.members.items():
            method = single(members)
            before = old.definition.members.get(name)
            if method and method.abstract and not before and member(sides.user, added, name) is Missing.ABSENT:
                symbol = ".".join((*new.names, name))
                spot = Spot(their_path, Lines(method.line, method.line + 1))
                use = Spot(added.path, Lines(added.definition.line, added.definition.line + 1))
                file = sides.changer.file(their_path)
                text = text_of(file, method) if file else b""
                yield Break(Cause.ABSTRACT, symbol, base_path, use, spot, added.definition.name, after=text)
