"""Uses of members (of modules, classes and instances) that the other side's change breaks."""

from collections.abc import Set
from dataclasses import replace

from forksight.core.overlaps.semantic.breaks import Break
from forksight.core.overlaps.semantic.gone import gone, gone_from, on_own_line
from forksight.core.overlaps.semantic.misfit import misfit_of
from forksight.core.overlaps.semantic.only_member import only_holder
from forksight.core.overlaps.semantic.resolve import (
    Answer,
    Found,
    Missing,
    Module,
    ancestry,
    at,
    import_from,
    instance_class,
    look_up,
    member,
    names_in,
)
from forksight.core.overlaps.semantic.sides import Sides, Site, as_theirs, in_base, still_inside
from forksight.core.overlaps.semantic.spans import contains
from forksight.core.syntax.facts import (
    Definition,
    Form,
    MemberUse,
    Owner,
    Receiver,
    Through,
)


def member_use(site: Site, use: MemberUse) -> Break | None:
    """The break of a use of a member; None if there is none, or if that can't be decided."""
    through = use.owner.through
    if through is Through.UNKNOWN:
        return _likely(site, use)
    owner = look_up(site.sides.user, site.path, use.owner.name)
    if _they_mean_another(site, use.owner, owner):
        return None
    if isinstance(owner, Module):
        return _of_module(site, use, owner.path) if through is Through.OWNER else None
    if isinstance(owner, Found) and through is Through.OWNER:
        through = Through.CLASS if owner.definition.form is Form.CLASS else Through.INSTANCE
        owner = instance_class(site.sides.user, owner)
        if isinstance(owner, Found) and owner.definition.form is Form.VALUE:
            return _likely(site, use)
    is_class = isinstance(owner, Found) and owner.definition.form is Form.CLASS
    return _of_class(site, use, owner, through) if isinstance(owner, Found) and is_class else None


def _they_mean_another(site: Site, owner: Owner, mine: Answer) -> bool:
    """Whether the name through which a member is used may mean another module or class after the merge."""
    sides, head = site.sides, owner.name.partition(".")[0]
    if owner.declared is not None:
        return _they_changed(site, owner.declared)
    their_path = site.there.path if site.there else None
    ours = names_in(sides.user, site.path, head) if head and their_path else Missing.UNKNOWN
    others = (
        names_in(sides.changer, their_path, head) if their_path and not isinstance(ours, Missing) else Missing.UNKNOWN
    )
    if not isinstance(ours, Missing) and not isinstance(others, Missing):
        sources = ({definition.source for definition in bound} for bound in (ours, others))
        if len({*map(frozenset, sources)}) > 1 and not any(site.change.changed_line(own.line) for own in ours):
            return True
    if isinstance(mine, Found) and mine.path == site.path and contains([mine.definition.lines], site.spot.lines.start):
        return not still_inside(sides, site.change, site.spot.lines.start, mine.names)
    theirs = as_theirs(sides, mine)
    made_by = mine.definition.made_by if isinstance(mine, Found) else None
    return isinstance(theirs, Found) and theirs.definition.made_by != made_by


def _they_changed(site: Site, line: int) -> bool:
    """Whether the changer's side changed this line (0-based) of the user's file, and the user's side did not."""
    their_change = site.there
    if site.change.changed_line(line) or their_change is None or their_change.version is None:
        return False
    base_line = site.change.base_line(line)
    return any(hunk.base_start <= base_line < hunk.base_end for hunk in their_change.version.hunks)


def _likely(site: Site, use: MemberUse) -> Break | None:
    """The uncertain break of a use through a value of unknown class, if only one class has such a member."""
    owner = only_holder(site, use) if site.sides.likely else None
    verdict = _of_class(site, use, owner, Through.INSTANCE) if owner else None
    return replace(verdict, certain=False) if verdict else None


def _of_module(site: Site, use: MemberUse, path: str) -> Break | None:
    removed = None if use.guarded else gone_from(site, use.name, path)
    mine = import_from(site.sides.user, path, use.name)
    return removed or misfit_of(site, use.call, mine, as_theirs(site.sides, mine))


def _of_class(site: Site, use: MemberUse, owner: Found, through: Through) -> Break | None:
    mine = member(site.sides.user, owner, use.name, inherited_only=through is Through.SUPER)
    before = in_base(site.sides, mine)
    if not isinstance(mine, Found) or not isinstance(before, Found) or on_own_line(site.sides, mine):
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
    """The changer's class and its member. The class is the one that the user names, else the one that defines the member."""
    name = mine.names[-1]
    for path, names in ((owner.path, owner.names), (mine.path, mine.names[:-1])):
        base_path = sides.user.base_path(path)
        their_path = sides.changer.path(base_path) if base_path is not None else None
        holder = at(sides.changer, their_path, names) if their_path is not None else Missing.UNKNOWN
        if isinstance(holder, Found):
            inherited = through is Through.SUPER and (path, names) == (owner.path, owner.names)
            return holder, member(sides.changer, holder, name, inherited_only=inherited)
    return None, Missing.UNKNOWN


def _member_gone(site: Site, before: Found, holder: Found) -> Break | None:
    """The break of a use of a member that neither the changer's class (`holder`) nor its base classes in the tree have.

    None if a base class outside the tree may have it, or a file of these classes may set it at run time.
    """
    sides, name = site.sides, before.names[-1]
    path, _ = sides.base.place(before.path, before.definition.line)
    their_change = sides.changer.by_base_path.get(path)
    now = their_change.now or sides.changer.file(before.path) if their_change else None
    if now is None:
        return None
    bases = list(ancestry(sides.changer, holder))
    outside = {written for written, base in bases if not isinstance(base, Found)}
    if outside - _outside_before(sides, holder):
        return None  # a base class that they added is outside of their tree, and may have it
    classes = [holder, *(base for _, base in bases if isinstance(base, Found))]
    files = [sides.changer.file(definer.path) for definer in classes]
    mentions = site.language.mentions_member if outside else site.language.sets_member
    alive = any(file is None or mentions(file.text, name) for file in (now, *files))
    return None if alive else gone(site, before)


def _outside_before(sides: Sides, theirs: Found) -> Set[str]:
    """The base classes outside of the tree, as written, that the changer's class `theirs` had in the merge base."""
    path = sides.changer.base_path(theirs.path)
    before = at(sides.base, path, theirs.names) if path is not None else Missing.UNKNOWN
    bases = ancestry(sides.base, before) if isinstance(before, Found) else ()
    return {written for written, base in bases if not isinstance(base, Found)}


def _takes_instance(definition: Definition) -> bool:
    return definition.signature is not None and definition.signature.receiver is Receiver.INSTANCE
