"""Fetches the rosters of all machines at once; if that fails because some are damaged or too large, all but those.

git accepts the pack of a fetch as a whole or not at all, so one damaged roster would hide all machines. git also writes a file per ref:
at most `MOST_MACHINES` + 1 are fetched.
"""

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from forksight.adapters.git import process
from forksight.adapters.teams import transport
from forksight.adapters.teams.object_store import environment
from forksight.adapters.teams.remote_git import UnusableError
from forksight.core.teams.wire import MOST_MACHINES, REFS, machine_of

_MOST_TRIES = 200  # fetches in one poll
LEFT_ALONE = 3600.0  # seconds until something unusable is fetched or read again

# Refs whose fetch failed: the ref without `REFS` -> when, seconds since the epoch.
LeftOut = Mapping[str, float]


def read_left_out(body: object) -> LeftOut:
    """Parse a JSON value. Raises `TypeError`, `ValueError`."""
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
    """Fetch all refs below `below`: by default the machines' rosters, this machine's included. Raises `TeamError`.

    `left_out` are the refs that earlier polls could not fetch, `now` is in seconds since the epoch. Returns the refs that are left out
    from now on, without the prefix `below`. `is_fit` returns something true for refs with a valid name; others are never fetched one by one.
    """
    left_out = {machine: moment for machine, moment in left_out.items() if 0 <= now - moment < LEFT_ALONE}
    skipped = [f"{below}{machine}" for machine in left_out]
    try:
        if len(_refs(folder, below)) > MOST_MACHINES:
            raise UnusableError("more machines share than are looked at")
        transport.fetch(folder, remote, f"{below}*", skipped)
    except UnusableError:
        remote_refs = transport.listed(folder, remote, f"{below}*")
        local_refs = _whole_refs(folder, below)
        unfit = [ref for ref in remote_refs if not is_fit(ref)]
        fit = [ref for ref in remote_refs if ref not in skipped and is_fit(ref)]
        wanted = fit[: MOST_MACHINES + 1]  # one more than are read: it shows that there are too many
        _delete(folder, local_refs.keys() - set(wanted))
        changed = [ref for ref in wanted if local_refs.get(ref) != remote_refs[ref]]
        at_fault = list(_fetch_apart(folder, remote, sorted(changed, key=lambda ref: ref not in local_refs)))
        _delete(folder, local_refs.keys() & set(at_fault))  # an old ref could clash with the names of others
        left_out |= {ref.removeprefix(below): now for ref in [*at_fault, *unfit][:MOST_MACHINES]}
    return left_out


def _refs(folder: str, below: str) -> dict[str, str]:
    """Maps each ref below `below` in our repository to the object id that it points at."""
    arguments = ["for-each-ref", "--format=%(objectname) %(refname)", below]
    lines = process.run(arguments, cwd=folder, env=environment(folder)).splitlines()
    return {os.fsdecode(ref): oid.decode() for oid, _, ref in (line.partition(b" ") for line in lines)}


def _whole_refs(folder: str, below: str) -> dict[str, str]:
    """Like `_refs`, after deleting those whose objects are missing here, so that they are fetched again."""
    refs = _refs(folder, below)
    request = "".join(f"{oid}\n" for oid in refs.values()).encode()
    env = environment(folder)
    printed = process.run(["cat-file", "--batch-check=%(objecttype)"], cwd=folder, env=env, stdin=request).splitlines()
    lost = [ref for ref, kind in zip(refs, printed, strict=True) if kind.endswith(b" missing")]
    _delete(folder, lost)
    return {ref: oid for ref, oid in refs.items() if ref not in lost}


def _delete(folder: str, refs: Collection[str]) -> None:
    """Delete refs of our repository."""
    if refs:
        request = os.fsencode("".join(f"delete {ref}\n" for ref in sorted(refs)))
        env = {**environment(folder), "GIT_OPTIONAL_LOCKS": "1"}
        process.run(["update-ref", "--stdin"], cwd=folder, env=env, stdin=request)


def _fetch_apart(folder: str, remote: str, refs: Sequence[str]) -> Iterator[str]:
    """Fetch refs that can't be fetched all together, by bisection: halves that fail are halved again. Yields those that fail alone.

    It also yields the refs of all groups that are left after `_MOST_TRIES` fetches. Raises `TeamError` for other failures.
    """
    tries, groups = 0, [refs] if refs else []
    while groups:
        group = groups.pop()
        if tries >= _MOST_TRIES:
            yield from group
            continue
        tries += 1
        try:
            transport.fetch_refs(folder, remote, group)
        except UnusableError:
            middle = len(group) // 2
            if middle:
                groups += [group[middle:], group[:middle]]
            else:
                yield from group
