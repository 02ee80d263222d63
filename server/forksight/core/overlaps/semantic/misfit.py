"""Calls that fit the base's signature of a function and not the changed one of the other side."""

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
    """The break of a call that fits the base's signature, and not that of `after`, which only the changer's side changed.

    `mine` is what the user's side calls, `after` the same as the changer's side has it.
    """
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
    their_file, base_file = site.sides.changer.file(after.path), site.sides.base.file(before.path)
    if detail is None or their_file is None or base_file is None:
        return None
    path, line = site.sides.changer.place(after.path, new.line)
    spot = Spot(path, Lines(line, line + 1))
    texts = text_of(base_file, old), text_of(their_file, new)
    return Break(Cause.SIGNATURE, ".".join(before.names), before.path, site.spot, spot, detail, *texts)


def _changed_here(site: Site, after: Found) -> bool:
    """Whether the user's side changed the signature of `after`, the definition that the changer's side has the call reach now."""
    base_path = site.sides.changer.base_path(after.path)
    own_path = site.sides.user.path(base_path) if base_path is not None else None
    mine = at(site.sides.user, own_path, after.names) if own_path is not None else Missing.UNKNOWN
    base = at(site.sides.base, base_path, after.names) if base_path is not None else Missing.UNKNOWN
    if not isinstance(mine, Found) or not isinstance(base, Found):
        return False
    own, old = (_callable(side.definition, site.language) for side in (mine, base))
    return own is None or old is None or own.signature != old.signature


def _why(call: Call, old: Signature, new: Signature, *, new_call: bool) -> str | None:
    """How the call does not fit the new signature; None if it does, or did not fit the old one either.

    For a `new_call`, arguments that reach other parameters than before count too. A call that the base had is left out: the
    changer's side adapts such calls itself, and where both sides edited one git stops.
    """
    if old == new or misfit(call, old):
        return None
    elsewhere = lands_elsewhere(call, old, new) if new_call else None
    return misfit(call, new) or (f"takes {elsewhere} at another place" if elsewhere else None)


def _replaces_call(site: Site, name: str) -> bool:
    """Whether the base's lines which the use's hunk replaces contain a call of this name."""
    before, version, line = site.change.before, site.change.version, site.spot.lines.start
    hunk = next((hunk for hunk in version.hunks if hunk.start <= line < hunk.end), None) if version else None
    if before is None or hunk is None:
        return False
    starts = before.line_starts
    replaced = before.text[starts[hunk.base_start] : starts[min(hunk.base_end, len(starts) - 1)]]
    return re.search(rb"(?<![\w$])%s\s*\(" % re.escape(name.encode()), replaced) is not None


def _callable(definition: Definition, language: Language) -> Definition | None:
    """The function that a call of a definition runs: itself, or a class's own constructor. None if unknown."""
    if definition.form is Form.FUNCTION:
        return definition
    if definition.form is not Form.CLASS or definition.dynamic or definition.remade:
        return None
    return single(definition.members.get(language.instantiates(definition), ()))
