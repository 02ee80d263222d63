"""The texts that answers are made of: read in portions, remembered as what they changed of their base, shared line by line."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from forksight.core.git.snapshot import GITLINK, Entry
from forksight.core.merge.diff import Text, sharing, split_lines
from forksight.core.merge.three_way import Version, version
from forksight.core.overlaps.check import ABSENT, Driver, Opponent
from forksight.core.overlaps.overlap import Side
from forksight.core.ports.git import Repository
from forksight.features.overlaps.pairs import States

K = TypeVar("K")
V = TypeVar("V")
_EMPTY = Text([])
_PORTION = 8  # states whose blobs are in memory at a time, if they must be read


class _Recent(dict[K, V]):
    """A cache that forgets at each `turn` what was not asked for since the turn before."""

    def __init__(self) -> None:
        self._before: dict[K, V] = {}

    def recall(self, key: K) -> V | None:
        """The value, kept for another turn; None if it is not known."""
        if key not in self and key in self._before:
            self[key] = self._before[key]
        return self.get(key)

    def turn(self) -> None:
        """Begin a new turn."""
        self._before = dict(self)
        self.clear()


class Texts:
    """One repository's texts. `read` first; the rest answers from memory. For one thread at a time."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._whole: _Recent[str, Text] = _Recent()  # bases, and texts that were asked for as such
        self._versions: _Recent[tuple[str, str], Version] = _Recent()
        self._passing: dict[str, bytes] = {}
        self._missing: set[str] = set()

    def turn(self) -> None:
        """Something has changed: forget what nobody asked for since it last did."""
        self._whole.turn()
        self._versions.turn()
        self._missing.clear()

    def read(self, wanted: Iterable[States], *, here: bool = False) -> None:
        """Get ready to tell the versions of both sides; with `here`, of the other side, and this side's text."""
        todo = [state for state in dict.fromkeys(wanted) if not self._ready(state, here)]
        for first in range(0, len(todo), _PORTION):
            portion = todo[first : first + _PORTION]
            entries = (entry for state in portion for entry in (_base_of_text(state), state.ours, state.theirs))
            oids = dict.fromkeys(entry.oid for entry in entries if entry and entry.oid and entry.mode != GITLINK)
            unknown = [oid for oid in oids if self._whole.recall(oid) is None]
            self._passing = dict(self._repository.blobs(unknown))
            self._missing.update(oid for oid in unknown if oid not in self._passing)
            for state in portion:
                self._take_in(state, here)
            self._passing.clear()

    def missing(self, state: States) -> bool:
        """Whether one of these texts, which were read, is not to be had: a partial clone has not fetched it."""
        if not self._missing:
            return False
        entries = (_base_of_text(state), state.ours, state.theirs)
        return any(entry is not None and entry.oid in self._missing for entry in entries)

    def base(self, state: States) -> Text:
        """What both sides are compared with."""
        return self.text(_base_of_text(state))

    def text(self, entry: Entry | None) -> Text:
        """A state's text; a submodule's is its commit. Empty where there is none, or none to be had."""
        if entry is None or not entry.oid:
            return _EMPTY
        if entry.mode == GITLINK:
            return Text([entry.oid.encode()])
        text = self._whole.recall(entry.oid)
        if text is None and entry.oid in self._passing:
            text = split_lines(self._passing[entry.oid])
        return text or _EMPTY

    def version(self, state: States, base: Text, entry: Entry | None) -> Version:
        """What a side changed of the base (`base(found)`)."""
        key = _key(state, entry)
        known = self._versions.recall(key)
        if known is None:
            known = self._versions[key] = version(base, sharing(base, self.text(entry)))
        return known

    def opponent(self, state: States, sides: Sequence[Side], driver: Driver) -> Opponent:
        """The other side, to be checked against."""
        base = self.base(state)
        base_mode, mode = (entry.mode if entry else ABSENT for entry in (state.base, state.theirs))
        theirs = self.version(state, base, state.theirs)
        return Opponent(tuple(sides), base_mode, base, mode, theirs, driver, state.fixed, state.settled)

    def _ready(self, state: States, here: bool) -> bool:
        known = self._whole.recall
        bases = [_base_of_text(state), *((state.ours,) if here else ())]
        sides = [state.theirs, *(() if here else (state.ours,))]
        return all(
            known(entry.oid) is not None for entry in bases if entry and entry.oid and entry.mode != GITLINK
        ) and all(self._versions.recall(_key(state, entry)) is not None for entry in sides)

    def _take_in(self, state: States, here: bool) -> None:
        for entry in (_base_of_text(state), *((state.ours,) if here else ())):
            if entry and entry.oid in self._passing:
                self._whole[entry.oid] = self.text(entry)
        base = self.base(state)
        for side in (state.theirs, *(() if here else (state.ours,))):
            self.version(state, base, side)


def _base_of_text(state: States) -> Entry | None:
    """What a text is merged against: nothing, where the base is no file (a symlink that became one on both sides)."""
    kinds = {entry.mode >> 12 for entry in (state.ours, state.theirs) if entry}
    return state.base if state.base and state.base.mode >> 12 in kinds else None


def _key(state: States, entry: Entry | None) -> tuple[str, str]:
    base = _base_of_text(state)
    return base.oid if base else "", entry.oid if entry else ""
