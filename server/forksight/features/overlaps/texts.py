"""Reads and caches the texts that are compared. They are read in portions, kept as diffs of their base, and share lines.

Nothing is cached that was made without the bytes of a text, since they may be readable the next time.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

from forksight.core.git.snapshot import GITLINK, Entry
from forksight.core.merge.diff import Text, sharing, split_lines
from forksight.core.merge.three_way import Version, version
from forksight.core.overlaps.check import ABSENT, Driver, Opponent
from forksight.core.overlaps.overlap import Side
from forksight.core.ports.git import Repository
from forksight.features.overlaps.pairs.pair import States

K = TypeVar("K")
V = TypeVar("V")
VersionKey = tuple[str, str]  # the object ids of base and side; "" where there is none
_EMPTY = Text([])
_MOST = 20_000  # texts and versions of one kind that are remembered in a turn
_PORTION = 8  # states whose blobs are in memory at a time, if they must be read


class Recent(Generic[K, V]):
    """A cache that drops at each `turn` what was not used since the previous turn. Thread-safe.

    It turns by itself when it has `most` values, so it never holds more than twice as many.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._now: dict[K, V] = {}
        self._before: dict[K, V] = {}

    def recall(self, key: K) -> V | None:
        """The value, which is kept for another turn; None if it is not cached."""
        with self._lock:
            return self._recall(key)

    def put(self, key: K, value: V) -> V:
        """Cache a value unless the key has one; returns the cached value."""
        with self._lock:
            cached = self._recall(key)
            if cached is not None:
                return cached
            self._keep(key, value)
            return value

    def drop(self, key: K) -> None:
        """Drop a value."""
        with self._lock:
            self._now.pop(key, None)
            self._before.pop(key, None)

    def turn(self) -> None:
        """Begin a new turn."""
        with self._lock:
            self._before, self._now = self._now, {}

    def _recall(self, key: K) -> V | None:
        if key not in self._now and key in self._before:
            self._keep(key, self._before[key])
        return self._now.get(key)

    def _keep(self, key: K, value: V) -> None:
        if len(self._now) >= self._most:
            self._before, self._now = self._now, {}
        self._now[key] = value


class Reading:
    """The texts for one answer. It belongs to that answer alone, so other threads don't change it."""

    def __init__(self) -> None:
        self.whole: dict[str, Text] = {}  # by object id: bases, and texts that were asked for as such
        self.versions: dict[VersionKey, Version] = {}
        self.absent: set[str] = set()  # object ids

    def missing(self, state: States) -> bool:
        """Whether one of these texts can't be read: a partial clone lacks it, or a file has changed since it was scanned."""
        return bool(self.absent) and not self.absent.isdisjoint(_oids(state))

    def base(self, state: States) -> Text:
        """The base's text."""
        return self.text(_base_of_text(state))

    def text(self, entry: Entry | None) -> Text:
        """An entry's text; a submodule's is its commit id. Empty if there is no entry, or if it can't be read."""
        if entry is None or not entry.oid:
            return _EMPTY
        if entry.mode == GITLINK:
            return Text([entry.oid.encode()])
        return self.whole.get(entry.oid, _EMPTY)

    def version(self, state: States, base: Text, entry: Entry | None) -> Version:
        """A side's text diffed against the base (`base(state)`)."""
        key = _key(state, entry)
        if key not in self.versions:
            self.versions[key] = version(base, sharing(base, self.text(entry)))
        return self.versions[key]

    def opponent(self, state: States, sides: Sequence[Side], driver: Driver) -> Opponent:
        """The other side as an opponent to check against."""
        base = self.base(state)
        base_mode, mode = (entry.mode if entry else ABSENT for entry in (state.base, state.theirs))
        theirs = self.version(state, base, state.theirs)
        return Opponent(tuple(sides), base_mode, base, mode, theirs, driver, state.fixed, state.settled, state.style)


class Texts:
    """One repository's texts. Thread-safe; a thread only waits for another that is computing the very version it needs."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._whole: Recent[str, Text] = Recent()
        self._versions: Recent[VersionKey, Future[Version]] = Recent()

    def turn(self) -> None:
        """Something has changed: forget what nobody asked for since it last did."""
        self._whole.turn()
        self._versions.turn()

    def drop(self, oid: str) -> None:
        """Drop a text that will not be asked for again."""
        self._whole.drop(oid)

    def whole(self, oid: str, data: bytes) -> Text:
        """The text of a blob with id `oid` and these bytes, from the cache if possible."""
        return self._whole.recall(oid) or self._whole.put(oid, split_lines(data))

    def version(self, key: VersionKey, base: Text, text: Callable[[], Text]) -> Version:
        """A text diffed against its base: the cached version, or that which another thread is computing, else a new one."""
        pending: Future[Version] = Future()
        known = self._versions.put(key, pending)
        if known is pending:
            try:
                pending.set_result(version(base, sharing(base, text())))
            except BaseException as error:
                self._versions.drop(key)
                pending.set_exception(error)
                raise
        return known.result()

    def read(self, states: Iterable[States], *, here: bool = False) -> Reading:
        """Read the bases and both sides' versions; with `here`, the other side's version and this side's whole text."""
        reading = Reading()
        todo = [state for state in dict.fromkeys(states) if not self._recalled(reading, state, here)]
        for first in range(0, len(todo), _PORTION):
            portion = todo[first : first + _PORTION]
            oids = dict.fromkeys(oid for state in portion for oid in _oids(state))
            cached = {oid: text for oid in oids if (text := self._whole.recall(oid)) is not None}
            unknown = [oid for oid in oids if oid not in cached]
            blobs = self._repository.blobs(unknown)
            reading.absent.update(oid for oid in unknown if oid not in blobs)
            for state in portion:
                if not reading.missing(state):
                    self._take_in(reading, state, here, cached, blobs)
        return reading

    def _recalled(self, reading: Reading, state: States, here: bool) -> bool:
        """Put these states' texts into the reading if all of them are cached; returns whether they were."""
        texts = {entry.oid: self._whole.recall(entry.oid) for entry in _whole_texts(state, here)}
        keys = [_key(state, entry) for entry in _sides(state, here)]
        versions = {key: self._versions.recall(key) for key in keys}
        if None in texts.values() or None in versions.values():
            return False
        reading.whole |= {oid: text for oid, text in texts.items() if text is not None}
        reading.versions |= {key: future.result() for key, future in versions.items() if future is not None}
        return True

    def _take_in(
        self, reading: Reading, state: States, here: bool, cached: Mapping[str, Text], blobs: Mapping[str, bytes]
    ) -> None:
        def text(entry: Entry | None) -> Text:
            if entry is None or not entry.oid or entry.mode == GITLINK:
                return reading.text(entry)
            whole = reading.whole.get(entry.oid) or cached.get(entry.oid)
            return whole or split_lines(blobs[entry.oid])

        for entry in _whole_texts(state, here):
            reading.whole[entry.oid] = self._whole.put(entry.oid, text(entry))
        base = reading.base(state)
        for side in _sides(state, here):
            key = _key(state, side)
            if key not in reading.versions:
                reading.versions[key] = self.version(key, base, partial(text, side))


def _whole_texts(state: States, here: bool) -> list[Entry]:
    """The entries whose whole texts are kept: the base's and, with `here`, this side's."""
    entries = (_base_of_text(state), *((state.ours,) if here else ()))
    return [entry for entry in entries if entry and entry.oid and entry.mode != GITLINK]


def _sides(state: States, here: bool) -> list[Entry | None]:
    """The sides that are kept as diffs against the base."""
    return [state.theirs, *(() if here else (state.ours,))]


def _oids(state: States) -> list[str]:
    """The ids of the blobs that comparing these states reads."""
    entries = (_base_of_text(state), state.ours, state.theirs)
    return [entry.oid for entry in entries if entry and entry.oid and entry.mode != GITLINK]


def _base_of_text(state: States) -> Entry | None:
    """The base's entry for a merge of texts; None if its type is neither side's (a symlink that became a file on both sides)."""
    kinds = {entry.mode >> 12 for entry in (state.ours, state.theirs) if entry}
    return state.base if state.base and state.base.mode >> 12 in kinds else None


def _key(state: States, entry: Entry | None) -> VersionKey:
    base = _base_of_text(state)
    return base.oid if base else "", entry.oid if entry else ""
