"""Polls the remote: all rosters at once, and if what came is damaged or too large, all but those that are at fault.

git takes what it fetches whole or not at all: without this one machine could keep all others from being seen. It writes a file for
each ref: of more than are looked at no more are fetched than that.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.teams import transport
from forksight.adapters.teams.object_store import environment
from forksight.adapters.teams.remote_git import UnusableError
from forksight.core.teams.wire import MOST_MACHINES, REFS, machine_of

_MOST_TRIES = 200  # fetches in one poll
LEFT_ALONE = 3600.0  # seconds until what could not be taken is tried again

# When each machine's roster could not be taken, seconds since the epoch, by its ref without `REFS`.
LeftOut = Mapping[str, float]


def read_left_out(body: object) -> LeftOut:
    """From JSON. Raises `TypeError`, `ValueError`."""
    if not isinstance(body, dict):
        raise TypeError("machines that are left out")
    return {str(machine): float(moment) for machine, moment in body.items()}


def poll(
    folder: str,
    remote: str,
    left_out: LeftOut,
    now: float,
    *,
    below: str = REFS,
    is_fit: Callable[[str], object] = machine_of,
) -> LeftOut:
    """Fetch the rosters of all machines, this one's too, which costs nothing; those that are left out now. `below`: refs of another
    kind instead, whose names are left out then; `is_fit`: whether anything can come of a ref. Raises `TeamError`."""
    left_out = {machine: moment for machine, moment in left_out.items() if 0 <= now - moment < LEFT_ALONE}
    but = [f"{below}{machine}" for machine in left_out]
    try:
        if len(_refs(folder, below)) > MOST_MACHINES:
            raise UnusableError("more machines share than are looked at")
        transport.fetch(folder, remote, f"{below}*", but)
    except UnusableError:
        there = transport.listed(folder, remote, f"{below}*")
        here = _whole_refs(folder, below)
        unfit = [ref for ref in there if not is_fit(ref)]
        wanted = [ref for ref in there if ref not in but and is_fit(ref)][
            : MOST_MACHINES + 1
        ]  # one more tells that there are
        _forget(folder, here.keys() - set(wanted))
        news = [ref for ref in wanted if here.get(ref) != there[ref]]
        at_fault = list(_fetch_apart(folder, remote, sorted(news, key=lambda ref: ref not in here)))
        _forget(folder, here.keys() & set(at_fault))  # what is left of it here could stand in the way of others
        left_out |= {ref.removeprefix(below): now for ref in [*at_fault, *unfit][:MOST_MACHINES]}
    return left_out


def _refs(folder: str, below: str) -> dict[str, str]:
    """What each ref here points at."""
    asked = ["for-each-ref", "--format=%(objectname) %(refname)", below]
    lines = process.run(asked, cwd=folder, env=environment(folder)).splitlines()
    return {os.fsdecode(ref): oid.decode() for oid, _, ref in (line.partition(b" ") for line in lines)}


def _whole_refs(folder: str, below: str) -> dict[str, str]:
    """What each ref here points at, after those were taken away whose objects were lost here: that is no fault of theirs."""
    refs = _refs(folder, below)
    asked = "".join(f"{oid}\n" for oid in refs.values()).encode()
    env = environment(folder)
    printed = process.run(["cat-file", "--batch-check=%(objecttype)"], cwd=folder, env=env, stdin=asked).splitlines()
    lost = [ref for ref, kind in zip(refs, printed, strict=True) if kind.endswith(b" missing")]
    _forget(folder, lost)
    return {ref: oid for ref, oid in refs.items() if ref not in lost}


def _forget(folder: str, refs: Collection[str]) -> None:
    """Take refs away here."""
    if refs:
        request = os.fsencode("".join(f"delete {ref}\n" for ref in sorted(refs)))
        env = {**environment(folder), "GIT_OPTIONAL_LOCKS": "1"}
        process.run(["update-ref", "--stdin"], cwd=folder, env=env, stdin=request)


def _fetch_apart(folder: str, remote: str, refs: Sequence[str]) -> Iterator[str]:
    """Bring what can be brought of refs that do not come together, by halves, and halves of these; those that can't be.

    What is still together after `_MOST_TRIES` can't be.
    """
    tries, together = 0, [refs] if refs else []
    while together:
        group = together.pop()
        if tries >= _MOST_TRIES:
            yield from group
            continue
        tries += 1
        try:
            transport.fetch_refs(folder, remote, group)
        except UnusableError:
            middle = len(group) // 2
            if middle:
                together += [group[middle:], group[:middle]]
            else:
                yield from group
