"""Members of values of unknown class, if only one class of the base has a member of that name: likely breaks, never certain."""

from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from forksight.core.overlaps.semantic.resolve import Found, at
from forksight.core.overlaps.semantic.sides import Site
from forksight.core.syntax.facts import Definition, Form, MemberUse
from forksight.core.syntax.language import language_of
from forksight.core.syntax.source_file import SourceFile

_SHORTEST = 4  # characters; shorter names are too common to conclude anything from
_MOST_FILES = 200  # files that mention a name; with more, searching takes too long and the name is too common


class _Holder(NamedTuple):
    """A class of the base: the path of its file or package, and its path of names there."""

    path: str
    names: tuple[str, ...]


def only_holder(site: Site, use: MemberUse) -> Found | None:
    """The user's version of the only class that has a method of this name; None if there may be others on any side."""
    name, language = use.name, site.language
    if use.guarded or len(name) < _SHORTEST or name.startswith("__") or language.common_member(name):
        return None
    sides = site.sides
    paths = sides.base.base.mentioning(name)
    if paths is None or len(paths) > _MOST_FILES:
        return None
    holders = _holders(((path, sides.base.file(path)) for path in paths if _alike(path, language.name)), name)
    if holders is None or len(holders) != 1:
        return None
    (holder,) = holders
    for side in (sides.user, sides.changer):
        edited = ((change.base_path or change.path or "", change.now) for change in side.changes)
        added = _holders(((path, file) for path, file in edited if file and _alike(path, language.name)), name)
        if added is None or not added <= holders:
            return None
    own_path = holder.path if language.packages else sides.user.path(holder.path)
    owner = at(sides.user, own_path, holder.names) if own_path is not None else None
    return owner if isinstance(owner, Found) and owner.definition.form is Form.CLASS else None


def _alike(path: str, name: str) -> bool:
    """Whether a value in the language of this name can be of a class in the file at `path`."""
    language = language_of(path)
    pair = {language.name if language else "", name}
    return len(pair) == 1 or pair == {"javascript", "typescript"}


def _holders(files: Iterator[tuple[str, SourceFile | None]], name: str) -> Set[_Holder] | None:
    """The classes with a method of this name; None if the name may mean something else in one of the files."""
    holders: set[_Holder] = set()
    for path, file in files:
        if file is None:
            return None
        if name.encode() not in file.text:
            continue
        outline = file.outline
        if outline.broken or name in outline.names or file.language.sets_member(file.text, name):
            return None
        home = f"{path.rpartition('/')[0]}/" if file.language.packages else path
        for names, definition in _with_member(outline.names, name, ()):
            if definition.form is not Form.FUNCTION:
                return None
            holders.add(_Holder(home, names))
    return holders


def _with_member(
    definitions: Mapping[str, tuple[Definition, ...]], name: str, outer: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Definition]]:
    """Everything that has a member of this name, by the names that lead to it, with that member."""
    for own, same_named in definitions.items():
        for definition in same_named:
            names = (*outer, own)
            for member in definition.members.get(name, ()):
                yield names, member
            yield from _with_member(definition.members, name, names)
