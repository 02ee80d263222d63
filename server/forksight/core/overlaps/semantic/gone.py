"""What the changer's side has no more: the finding, who keeps it, and the import that would."""

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot, text_of
from forksight.core.overlaps.semantic.edits import FileChange
from forksight.core.overlaps.semantic.resolve import (
    Found,
    Missing,
    exports_of,
)
from forksight.core.overlaps.semantic.sides import Sides, Site
from forksight.core.syntax.facts import (
    Definition,
    Form,
)


def gone(site: Site, before: Found) -> Break | None:
    """That the changer's side has a definition of the base no more; None where nothing says so."""
    path, line = site.sides.base.place(before.path, before.definition.line)
    taken, whole = site.sides.changer.by_base_path.get(path), site.sides.base.file(before.path)
    if taken is None or whole is None or (taken.path is None and path == before.path):
        return None
    definition = before.definition
    # An import that they dropped; any other is a name of another module.
    dropped = definition.form is Form.IMPORT and taken is site.there
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


def gone_from(site: Site, name: str, here: str) -> Break | None:
    """Whether a name is gone from a module, by the path that the user's side has it at."""
    sides = site.sides
    base_path = sides.user.base_path(here)
    if base_path is None or sides.changer.path(base_path) != base_path:
        return None  # a module that moved is gone as a module
    before, after = exports_of(sides.base, base_path, name), exports_of(sides.changer, base_path, name)
    if after is not Missing.ABSENT or isinstance(before, Missing) or _is_mine(sides, here, name):
        return None
    files = (sides.changer.file(base_path), sides.user.file(here), sides.base.file(base_path))
    theirs, own, old = (file is None or site.language.sets_member(file.text, name) for file in files)
    if theirs or (own and not old):
        return None  # said in a string: a table of names that the module makes when they are asked for
    return gone(site, Found(base_path, (name,), before[-1]))


def _is_mine(sides: Sides, path: str, name: str) -> bool:
    """Whether the user's side binds a name of a module on lines of its own: those stay."""
    own = exports_of(sides.user, path, name)
    definitions = () if isinstance(own, Missing) else own
    return any(on_own_line(sides, Found(path, (name,), definition)) for definition in definitions)


def on_own_line(sides: Sides, mine: Found) -> bool:
    """Whether the user's side changed or moved the line of a definition, or moved its file into the package."""
    file, line = sides.user.place(mine.path, mine.definition.line)
    change = sides.user.by_path.get(file)
    if change is None:
        return False
    came = file != mine.path and (change.base_path or "").rpartition("/")[0] != file.rpartition("/")[0]
    return came or change.changed_line(line)
