"""Breaks of the kind "gone": a definition of the base that the changer's side removed."""

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot, text_of
from forksight.core.overlaps.semantic.edits import FileChange
from forksight.core.overlaps.semantic.resolve import Found, Missing, exports_of
from forksight.core.overlaps.semantic.sides import Sides, Site
from forksight.core.syntax.facts import Definition, Form


def gone(site: Site, before: Found) -> Break | None:
    """The break of a use of the definition `before`, which the changer's side lacks; None if that side did not change its file."""
    path, line = site.sides.base.place(before.path, before.definition.line)
    their_change, whole = site.sides.changer.by_base_path.get(path), site.sides.base.file(before.path)
    if their_change is None or whole is None or (their_change.path is None and path == before.path):
        return None
    definition = before.definition
    # An import of the user's own file that they dropped. Of another file's imports the user uses the name that they bind.
    dropped = definition.form is Form.IMPORT and their_change is site.there
    cause = Cause.DROPPED_IMPORT if dropped else Cause.REMOVED
    lines = Lines(*their_change.place_of(line)) if their_change.path else Lines(0, 1)
    spot = Spot(their_change.path or path, lines, gone=their_change.path is None)
    old = text_of(whole, definition)
    keep = _keep(site, definition, their_change) if dropped else None
    return Break(cause, ".".join(before.names), before.path, site.spot, spot, before=old, keep=keep)


def _keep(site: Site, definition: Definition, their_change: FileChange) -> tuple[int, str] | None:
    """Where to insert which import to keep a dropped name, such that it merges cleanly: (line of `now` to insert before, its text)."""
    ours, theirs, file = site.change.version, their_change.version, site.change.now
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


def gone_from(site: Site, name: str, own_path: str) -> Break | None:
    """The break of a use of a module's name that the changer's side removed; `own_path` is the user's path of the module."""
    sides = site.sides
    base_path = sides.user.base_path(own_path)
    if base_path is None or sides.changer.path(base_path) != base_path:
        return None  # a module that moved is a break of its own: `uses._module_gone`
    before, after = exports_of(sides.base, base_path, name), exports_of(sides.changer, base_path, name)
    if after is not Missing.ABSENT or isinstance(before, Missing) or _is_mine(sides, own_path, name):
        return None
    files = (sides.changer.file(base_path), sides.user.file(own_path), sides.base.file(base_path))
    theirs, own, old = (file is None or site.language.sets_member(file.text, name) for file in files)
    if theirs or (own and not old):
        return None  # a string names it: the module may make the name on demand (`__getattr__`)
    return gone(site, Found(base_path, (name,), before[-1]))


def _is_mine(sides: Sides, path: str, name: str) -> bool:
    """Whether the user's side binds a module's name on lines that it changed itself: those survive the merge."""
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
