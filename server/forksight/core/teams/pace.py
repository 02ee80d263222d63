"""Computes when a machine publishes and polls, so that all machines that share a repository stay below the host's limit without a coordinator.

GitHub recommends at most 6 pushes a minute for a repository. Each machine reads from the rosters how many machines published in the
last hour, and waits ten seconds for each of them between two of its own pushes. If these waits add up to more than an hour, it counts
the machines that published in the last day instead, because not all of them can have published in the last hour.
"""

from collections.abc import Iterable

QUIET = 2.0  # seconds without a change, after which a machine publishes
_A_TURN = 10.0  # seconds for each machine that published in the last hour
_ACTIVE, _DAY = 3600.0, 86400.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 900.0  # seconds after a failure, and after many
ASLEEP = 60.0  # if the wall clock advances so many seconds more than the time awake, the machine slept, and may be on another network


def publish_pause(now: float, times: Iterable[float], least: float, meeting: int = 0) -> float:
    """Seconds between two pushes of this machine.

    `now` and `times` are in seconds since the epoch; `times` are when each other machine last published, by its own clock. `least` is
    the shortest pause in seconds. `meeting` is how many other machines change a file that is changed here too: if there are any, only
    these take turns, since they need each other's changes.
    """
    ages = [abs(now - moment) for moment in times]
    active = 1 + sum(age < _ACTIVE for age in ages)
    if active * _A_TURN > _ACTIVE:
        active = 1 + sum(age < _DAY for age in ages)
    return max(least, _A_TURN * (min(active, 1 + meeting) if meeting else active))


def past(moment: float | None, now: float) -> float:
    """A stored moment in seconds since the epoch; 0 if there is none, or if it is in the future because the clock was set back."""
    return moment if moment is not None and moment <= now else 0.0


def jittered(seconds: float, chance: float) -> float:
    """A pause in seconds, lengthened by `chance` (0 to 1) times a fifth, so that machines that started together do not stay in step."""
    return seconds * (1 + chance / 5)


def pause_after_failures(failures: int) -> float:
    """Seconds to wait before contacting the remote again, after `failures` failures in a row; 0 after none."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10)) if failures else 0.0
