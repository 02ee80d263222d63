"""Uses that the other side's change breaks: what is gone, and what takes other arguments.

The user's side is the one whose changed lines use a name, the changer's the one that took it away or changed it.
"""

from collections.abc import Iterator, Set
from dataclasses import replace

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot, text_of
from forksight.core.overlaps.semantic.edits import FileChange
from forksight.core.overlaps.semantic.misfit import misfit_of
from forksight.core.overlaps.semantic.only_member import only_holder
from forksight.core.overlaps.semantic.resolve import (
    Answer,
    Found,
    Missing,
    Module,
    ancestry,
    at,
    exports_of,
    import_from,
    instance_class,
    look_up,
    member,
    module_at,
    names_in,
    submodule_at,
)
from forksight.core.overlaps.semantic.sides import Sides, Site, as_theirs, in_base
from forksight.core.syntax.facts import (
    Definition,
    Form,
    ImportUse,
    MemberUse,
    NameUse,
    Receiver,
    Through,
    Use,
)


def broken_uses(sides: Sides) -> Iterator[Break]:
    """Every use that breaks, one way round. Only files in which a changed name stands on a changed line are parsed."""
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
    return _member(site, use)


# ---------------------------------------------------------------------------------------------- names


def _name(site: Site, use: NameUse) -> Break | None:
    sides, change = site.sides, site.change
    bound = names_in(sides.user, site.path, use.name)
    if isinstance(bound, Missing):
        return None
    own = any(change.changed_line(binding.line) for binding in bound)
    there = None if own or change.base_path is None else sides.changer.path(change.base_path)
    if there is not None and change.base_path is not None:
        before, after = names_in(sides.base, change.base_path, use.name), names_in(sides.changer, there, use.name)
        if after is Missing.ABSENT and not isinstance(before, Missing):
            file = sides.changer.file(there)
            alive = file is None or site.language.built_in(use.name) or file.mentions(use.name)
            return None if use.guarded or alive else _gone(site, Found(change.base_path, (use.name,), before[-1]))
    mine = look_up(sides.user, site.path, use.name)
    return misfit_of(site, use.call, mine, look_up(sides.changer, there, use.name) if there else as_theirs(sides, mine))


# ---------------------------------------------------------------------------------------------- modules


def _import(site: Site, use: ImportUse) -> Break | None:
    if use.name is None:
        return _module_gone(site, use.module)
    here = module_at(site.sides.user, site.path, use.module, site.language)
    if here is None or isinstance(exports_of(site.sides.user, here, use.name), Missing):
        inner = site.language.submodule(use.module, use.name)
        return _module_gone(site, inner) if inner else None
    if submodule_at(site.sides.changer, site.path, (use.module, use.name), site.language):
        return None
    return _gone_from(site, use.name, here)


def _module_gone(site: Site, module: str) -> Break | None:
    """Whether a module is gone, as a file and by its name (as the user's side writes it)."""
    sides = site.sides
    here = module_at(sides.user, site.path, module, site.language)
    base_path = sides.user.base_path(here) if here is not None else None
    taken = sides.changer.by_base_path.get(base_path) if base_path is not None else None
    if taken is None or taken.path == base_path or base_path is None:
        return None
    if module_at(sides.changer, site.path, module, site.language) is not None or sides.changer.paths.ending(base_path):
        return None
    spot = Spot(taken.path or base_path, Lines(0, 1), gone=taken.path is None)
    went = taken.path if taken.path and taken.now and taken.now.text else ""  # empty files are all alike
    return Break(Cause.MODULE_GONE, module, base_path, site.spot, spot, went)


def _gone_from(site: Site, name: str, here: str) -> Break | None:
    """Whether a name is gone from a module, by the path that the user's side has it at."""
    sides = site.sides
    base_path = sides.user.base_path(here)
    if base_path is None or sides.changer.path(base_path) != base_path:
        return None  # a module that moved is gone as a module
    before, after = exports_of(sides.base, base_path, name), exports_of(sides.changer, base_path, name)
    if after is not Missing.ABSENT or isinstance(before, Missing) or _is_mine(sides, here, name):
        return None
    return _gone(site, Found(base_path, (name,), before[-1]))


def _is_mine(sides: Sides, path: str, name: str) -> bool:
    """Whether the user's side binds a name of a module on lines of its own: those stay."""
    own = exports_of(sides.user, path, name)
    for definition in () if isinstance(own, Missing) else own:
        file, line = sides.user.place(path, definition.line)
        change = sides.user.by_path.get(file)
        if change is not None and change.changed_line(line):
            return True
    return False


# ---------------------------------------------------------------------------------------------- members


def _member(site: Site, use: MemberUse) -> Break | None:
    through = use.through
    if through is Through.UNKNOWN:
        return _likely(site, use)
    owner = look_up(site.sides.user, site.path, use.owner)
    if isinstance(owner, Module):
        return _of_module(site, use, owner.path) if through is Through.OWNER else None
    if isinstance(owner, Found) and through is Through.OWNER:
        through = Through.CLASS if owner.definition.form is Form.CLASS else Through.INSTANCE
        owner = instance_class(site.sides.user, owner)
        if isinstance(owner, Found) and owner.definition.form is Form.VALUE:
            return _likely(site, use)
    if not isinstance(owner, Found) or owner.definition.form is not Form.CLASS:
        return None
    return _of_class(site, use, owner, through)


def _likely(site: Site, use: MemberUse) -> Break | None:
    """A use through a value whose class nobody can tell, where one class alone has such a member."""
    owner = only_holder(site, use) if site.sides.likely else None
    verdict = _of_class(site, use, owner, Through.INSTANCE) if owner else None
    return replace(verdict, certain=False) if verdict else None


def _of_module(site: Site, use: MemberUse, path: str) -> Break | None:
    gone = None if use.guarded else _gone_from(site, use.name, path)
    mine = import_from(site.sides.user, path, use.name)
    return gone or misfit_of(site, use.call, mine, as_theirs(site.sides, mine))


def _of_class(site: Site, use: MemberUse, owner: Found, through: Through) -> Break | None:
    mine = member(site.sides.user, owner, use.name, inherited_only=through is Through.SUPER)
    before = in_base(site.sides, mine)
    if not isinstance(mine, Found) or not isinstance(before, Found):
        return None
    holder, after = _their_member(site.sides, owner, mine, through)
    if after in (Missing.ABSENT, Missing.OUTSIDE):
        return None if use.guarded or holder is None else _member_gone(site, before, holder)
    return (
        None
        if through is Through.CLASS and _takes_instance(before.definition)
        else misfit_of(site, use.call, mine, after)
    )


def _their_member(sides: Sides, owner: Found, mine: Found, through: Through) -> tuple[Found | None, Answer]:
    """The member as the changer's side has it, and the class there: the user's, or the one that holds it, if they lack that one."""
    name = mine.names[-1]
    for path, names in ((owner.path, owner.names), (mine.path, mine.names[:-1])):
        base_path = sides.user.base_path(path)
        there = sides.changer.path(base_path) if base_path is not None else None
        holder = at(sides.changer, there, names) if there is not None else Missing.UNKNOWN
        if isinstance(holder, Found):
            inherited = through is Through.SUPER and (path, names) == (owner.path, owner.names)
            return holder, member(sides.changer, holder, name, inherited_only=inherited)
    return None, Missing.UNKNOWN


def _member_gone(site: Site, before: Found, holder: Found) -> Break | None:
    """A member that the class of the changer's (`holder`) has no more, nor any in the tree that it derives from."""
    sides, name = site.sides, before.names[-1]
    path, _ = sides.base.place(before.path, before.definition.line)
    taken = sides.changer.by_base_path.get(path)
    now = taken.now or sides.changer.file(before.path) if taken else None
    if now is None:
        return None
    bases = list(ancestry(sides.changer, holder))
    outside = {written for written, base in bases if not isinstance(base, Found)}
    if outside - _outside_before(sides, holder):
        return None  # what they derive from now is not in their tree, and may have it
    classes = [holder, *(base for _, base in bases if isinstance(base, Found))]
    files = [sides.changer.file(known.path) for known in classes]
    mentions = site.language.mentions_member if outside else site.language.sets_member
    alive = any(file is None or mentions(file.text, name) for file in (now, *files))
    return None if alive else _gone(site, before)


def _outside_before(sides: Sides, theirs: Found) -> Set[str]:
    """The classes outside the tree that a class of the changer's derived from in the base."""
    path = sides.changer.base_path(theirs.path)
    before = at(sides.base, path, theirs.names) if path is not None else Missing.UNKNOWN
    bases = ancestry(sides.base, before) if isinstance(before, Found) else ()
    return {written for written, base in bases if not isinstance(base, Found)}


def _takes_instance(definition: Definition) -> bool:
    return definition.signature is not None and definition.signature.receiver is Receiver.INSTANCE


# ---------------------------------------------------------------------------------------------- findings


def _gone(site: Site, before: Found) -> Break | None:
    path, line = site.sides.base.place(before.path, before.definition.line)
    taken, whole = site.sides.changer.by_base_path.get(path), site.sides.base.file(before.path)
    if taken is None or whole is None or (taken.path is None and path == before.path):
        return None
    definition = before.definition
    dropped = (
        definition.form is Form.IMPORT and taken is site.there
    )  # else it is a name of another module like any other
    cause = Cause.DROPPED_IMPORT if dropped else Cause.REMOVED
    lines = Lines(*taken.place_of(line)) if taken.path else Lines(0, 1)
    spot = Spot(taken.path or path, lines, gone=taken.path is None)
    old = text_of(whole, definition)
    keep = _keep(site, definition, taken) if dropped else None
    return Break(cause, ".".join(before.names), before.path, site.spot, spot, before=old, keep=keep)


def _keep(site: Site, definition: Definition, taken: FileChange) -> tuple[int, str] | None:
    """The line that keeps a dropped import, and where it stands without a conflict with the lines that they changed."""
    ours, theirs, file = site.change.version, taken.version, site.change.now
    line = site.language.import_line(definition)
    tree = file.tree() if file else None
    if ours is None or theirs is None or line is None or tree is None:
        return None
    for place in site.language.import_places(tree, site.spot.lines.start):
        at_base = place - sum(
            hunk.end - hunk.start - (hunk.base_end - hunk.base_start) for hunk in ours.hunks if hunk.end <= place
        )
        if not any(hunk.base_start <= at_base <= hunk.base_end for hunk in theirs.hunks):
            return place, line
    return None
