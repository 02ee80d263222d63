"""Polls the remote: all rosters at once, and if what came is damaged or too large, all but those that are at fault.

git takes what it fetches whole or not at all: without this one machine could keep all others from being seen.
"""

from collections.abc import Iterator, Mapping, Sequence

from forksight.adapters.git.objects.cat_file import Objects
from forksight.adapters.teams import transport
from forksight.adapters.teams.remote_git import UnusableError
from forksight.core.teams.wire import MOST_MACHINES, REFS

LEFT_ALONE = 3600.0  # seconds until what could not be taken is tried again

# When each machine's roster could not be taken, seconds since the epoch, by its ref without `REFS`.
LeftOut = Mapping[str, float]


def read_left_out(body: object) -> LeftOut:
    """From JSON. Raises `TypeError`, `ValueError`."""
    if not isinstance(body, dict):
        raise TypeError("machines that are left out")
    return {str(machine): float(moment) for machine, moment in body.items()}


def poll(folder: str, remote: str, left_out: LeftOut, now: float, *, objects: Objects, below: str = REFS) -> LeftOut:
    """Fetch the rosters of all machines, this one's too, which costs nothing; those that are left out now. `below`: refs of another
    kind instead, whose names are left out then. Raises `TeamError`."""
    left_out = {machine: moment for machine, moment in left_out.items() if 0 <= now - moment < LEFT_ALONE}
    but = [f"{below}{machine}" for machine in left_out]
    try:
        transport.fetch(folder, remote, f"{below}*", but)
    except UnusableError:
        there = transport.listed(folder, remote, f"{below}*")
        known = objects.infos(there)
        news = [ref for ref, oid in there.items() if ref not in but and (ref not in known or known[ref].oid != oid)]
        at_fault = list(_fetch_apart(folder, remote, news))
        left_out |= {ref.removeprefix(below): now for ref in at_fault[:MOST_MACHINES]}
    return left_out


def _fetch_apart(folder: str, remote: str, refs: Sequence[str]) -> Iterator[str]:
    """Bring what can be brought of refs that do not come together, by halves, and halves of these; those that can't be."""
    if len(refs) == 1:
        yield refs[0]
        return
    for half in (refs[: len(refs) // 2], refs[len(refs) // 2 :]):
        if half:
            try:
                transport.fetch_refs(folder, remote, half)
            except UnusableError:
                yield from _fetch_apart(folder, remote, half)
