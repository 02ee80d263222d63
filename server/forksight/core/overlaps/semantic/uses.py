"""Uses that the other side's change breaks: of names that are gone, and calls whose arguments no longer fit.

The *user* is the side whose changed lines use a name, the *changer* the side that removed or changed what it means.
"""

from collections.abc import Iterator

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot
from forksight.core.overlaps.semantic.gone import gone, gone_from
from forksight.core.overlaps.semantic.member_uses import member_use
from forksight.core.overlaps.semantic.misfit import misfit_of
from forksight.core.overlaps.semantic.resolve import (
    Found,
    Missing,
    exports_of,
    look_up,
    module_at,
    names_in,
    submodule_at,
)
from forksight.core.overlaps.semantic.sides import Sides, Site, as_theirs
from forksight.core.syntax.facts import ImportUse, NameUse, Use


def broken_uses(sides: Sides) -> Iterator[Break]:
    """The user's uses that the changer's side breaks. Only files with a changed name on a changed line are parsed."""
    if sides.user.words.isdisjoint(sides.changer.near):
        return
    for change in sides.user.changes:
        file, names = change.now, sides.changer.touched(change.words)
        if file is None or not names:
            continue
        tree = file.tree()
        for use in file.language.uses(file.text, tree, names, change.lines) if tree else ():
            site = Site(sides, change, file.language, Spot(change.path or "", Lines(use.line, use.line + 1)))
            verdict = _judged(site, use)
            if verdict:
                yield verdict


def _judged(site: Site, use: Use) -> Break | None:
    if isinstance(use, NameUse):
        return _name(site, use)
    if isinstance(use, ImportUse):
        return None if use.guarded else _import(site, use)
    return member_use(site, use)


# ---------------------------------------------------------------------------------------------- names


def _name(site: Site, use: NameUse) -> Break | None:
    sides, change = site.sides, site.change
    bound = names_in(sides.user, site.path, use.name)
    if isinstance(bound, Missing):
        return None
    own = any(change.changed_line(binding.line) for binding in bound)
    their_path = None if own or change.base_path is None else sides.changer.path(change.base_path)
    if their_path is not None and change.base_path is not None:
        before, after = names_in(sides.base, change.base_path, use.name), names_in(sides.changer, their_path, use.name)
        if after is Missing.ABSENT and not isinstance(before, Missing):
            file = sides.changer.file(their_path)
            alive = file is None or site.language.built_in(use.name) or file.mentions(use.name)
            return (
                None
                if use.guarded or alive or _bound_there(site, use.name)
                else gone(site, Found(change.base_path, (use.name,), before[-1]))
            )
    mine = look_up(sides.user, site.path, use.name)
    return misfit_of(
        site, use.call, mine, look_up(sides.changer, their_path, use.name) if their_path else as_theirs(sides, mine)
    )


def _bound_there(site: Site, name: str) -> bool:
    """Whether the changer's side binds the name in a function around the use, as when it moved an import into that function."""
    their_change, here = site.there, site.change.now
    their_file = their_change.now if their_change else None
    if their_change is None or their_file is None or not their_file.has_word(name):
        return False
    their_tree, tree = their_file.tree(), here.tree() if here else None
    if their_tree is None or tree is None:
        return False
    line = site.spot.lines.start
    lines = [line, *(first for first, _ in site.language.scopes_around(tree, line))]
    places = [their_change.place_of(site.change.base_line(line)) for line in lines]
    return any(
        site.language.bound_around(their_file.text, their_tree, name, (first, max(end, first + 1)))
        for first, end in places
    )


# ---------------------------------------------------------------------------------------------- modules


def _import(site: Site, use: ImportUse) -> Break | None:
    if use.name is None:
        return _module_gone(site, use.module)
    module_path = module_at(site.sides.user, site.path, use.module, site.language)
    if module_path is None or isinstance(exports_of(site.sides.user, module_path, use.name), Missing):
        inner = site.language.submodule(use.module, use.name)
        return _module_gone(site, inner) if inner else None
    if submodule_at(site.sides.changer, site.path, (use.module, use.name), site.language):
        return None
    return gone_from(site, use.name, module_path)


def _module_gone(site: Site, module: str) -> Break | None:
    """The break of an import of a module that the changer's side deleted or moved; `module` is its name as the user writes it."""
    sides = site.sides
    module_path = module_at(sides.user, site.path, module, site.language)
    base_path = sides.user.base_path(module_path) if module_path is not None else None
    their_change = sides.changer.by_base_path.get(base_path) if base_path is not None else None
    if their_change is None or their_change.path == base_path or base_path is None:
        return None
    added = [path for path, change in sides.user.by_path.items() if change.base_path != path]
    merged = sides.changer.paths.changed((), added)
    found_there = any(site.language.find_module(module, site.path, paths) for paths in (sides.changer.paths, merged))
    if found_there or sides.changer.paths.ending(base_path):
        return None
    new_path = their_change.path
    spot = Spot(new_path or base_path, Lines(0, 1), gone=new_path is None)
    # git detects a rename between any two empty files.
    moved_to = new_path if new_path and their_change.now and their_change.now.text else ""
    return Break(Cause.MODULE_GONE, module, base_path, site.spot, spot, moved_to)
