"""Calls that fit the definition of the base, and not what the other side made of it."""

import re

from forksight.core.overlaps.meaning import Cause
from forksight.core.overlaps.overlap import Lines
from forksight.core.overlaps.semantic.breaks import Break, Spot, text_of
from forksight.core.overlaps.semantic.resolve import Answer, Found, Missing, at, single
from forksight.core.overlaps.semantic.sides import Site, in_base
from forksight.core.syntax.calls import lands_elsewhere, misfit
from forksight.core.syntax.facts import Call, Definition, Form, Signature
from forksight.core.syntax.language import Language


def misfit_of(site: Site, call: Call | None, mine: Answer, after: Answer) -> Break | None:
    """A call that fits the definition of the base, and not the one that only the changer's side made of it."""
    before = in_base(site.sides, mine)
    if call is None or not (isinstance(mine, Found) and isinstance(before, Found) and isinstance(after, Found)):
        return None
    old, own, new = (_callable(side.definition, site.language) for side in (before, mine, after))
    if not (old and own and new and old.signature and own.signature and new.signature):
        return None
    if own.signature != old.signature or old.signature.receiver is not new.signature.receiver:
        return None
    if (after.path, after.names) != (before.path, before.names) and _changed_here(site, after):
        return None
    detail = _why(call, old.signature, new.signature, new_call=not _replaces_call(site, mine.names[-1]))
    there, here = site.sides.changer.file(after.path), site.sides.base.file(before.path)
    if detail is None or there is None or here is None:
        return None
    path, line = site.sides.changer.place(after.path, new.line)
    spot = Spot(path, Lines(line, line + 1))
    texts = text_of(here, old), text_of(there, new)
    return Break(Cause.SIGNATURE, ".".join(before.names), before.path, site.spot, spot, detail, *texts)


def _changed_here(site: Site, after: Found) -> bool:
    """Whether the user's side changed the parameters of what the changer's side has its file mean now: those are merged too."""
    base_path = site.sides.changer.base_path(after.path)
    here = site.sides.user.path(base_path) if base_path is not None else None
    mine = at(site.sides.user, here, after.names) if here is not None else Missing.UNKNOWN
    base = at(site.sides.base, base_path, after.names) if base_path is not None else Missing.UNKNOWN
    if not isinstance(mine, Found) or not isinstance(base, Found):
        return False
    own, old = (_callable(side.definition, site.language) for side in (mine, base))
    return own is None or old is None or own.signature != old.signature


def _why(call: Call, old: Signature, new: Signature, *, new_call: bool) -> str | None:
    """What does not fit any more; None if the call fits, or never did.

    Only a `new_call` can fit and yet give its arguments to other parameters: one that was there before is changed with
    them, so where both sides changed it git stops, and a side that has the new order already was written for it.
    """
    if old == new or misfit(call, old):
        return None
    elsewhere = lands_elsewhere(call, old, new) if new_call else None
    return misfit(call, new) or (f"takes {elsewhere} at another place" if elsewhere else None)


def _replaces_call(site: Site, name: str) -> bool:
    """Whether the lines of the base that a use stands in place of call something of this name."""
    before, made, line = site.change.before, site.change.version, site.spot.lines.start
    hunk = next((hunk for hunk in made.hunks if hunk.start <= line < hunk.end), None) if made else None
    if before is None or hunk is None:
        return False
    starts = before.line_starts
    replaced = before.text[starts[hunk.base_start] : starts[min(hunk.base_end, len(starts) - 1)]]
    return re.search(rb"(?<![\w$])%s\s*\(" % re.escape(name.encode()), replaced) is not None


def _callable(definition: Definition, language: Language) -> Definition | None:
    """The function that a call of this runs: a class's own constructor."""
    if definition.form is Form.FUNCTION:
        return definition
    if definition.form is not Form.CLASS or definition.dynamic or definition.remade:
        return None
    return single(definition.members.get(language.instantiates(definition), ()))
