"""When a machine publishes and polls: pushes are the scarce good, shared by all machines of a repository without a coordinator.

GitHub recommends at most 6 pushes a minute for a repository, everybody's together. Each machine knows from the rosters' own
times how many published in the last hour, and waits ten seconds for each of them between two pushes of its own. Of more machines than
have a turn in an hour those of the last day count: whoever waits longer than an hour would else not be counted.
"""

from collections.abc import Iterable

QUIET = 2.0  # seconds without a change before a publish
_A_TURN = 10.0  # seconds for each machine that published in the last hour
_ACTIVE, _DAY = 3600.0, 86400.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 900.0  # seconds after a failure, and after many
ASLEEP = 60.0  # seconds that the clock went on by itself: the machine slept, and may be on another network now


def publish_pause(now: float, times: Iterable[float], least: float, meeting: int = 0) -> float:
    """Seconds between two pushes of this machine. `times`: when each other machine last published, by its own clock.

    `meeting`: how many other machines change a file that is changed here too: where there are any, these alone take turns, for
    they have something to tell each other.
    """
    ages = [abs(now - moment) for moment in times]
    active = 1 + sum(age < _ACTIVE for age in ages)
    if active * _A_TURN > _ACTIVE:
        active = 1 + sum(age < _DAY for age in ages)
    return max(least, _A_TURN * (min(active, 1 + meeting) if meeting else active))


def past(moment: float | None, now: float) -> float:
    """A noted moment, seconds since the epoch; 0 if there is none, or it lies ahead, since the clock was set back."""
    return moment if moment is not None and moment <= now else 0.0


def jittered(seconds: float, chance: float) -> float:
    """A pause made longer by up to a fifth, so that machines that woke together do not stay together. `chance`: 0 to 1."""
    return seconds * (1 + chance / 5)


def pause_after_failures(failures: int) -> float:
    """Seconds to leave a remote alone after that many failures in a row."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10)) if failures else 0.0
