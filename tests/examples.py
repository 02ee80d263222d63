"""The examples of property tests: the same in every run, or, to look for what they miss, new ones and more of them.

`FORKSIGHT_EXAMPLES=20 pytest -o timeout=3000 tests/overlaps` draws twenty times as many as usual, and others in each run.
"""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers

_TIMES = int(os.environ.get("FORKSIGHT_EXAMPLES") or 0)


def examples(count: int) -> settings:
    """As a decorator: draw this many as a rule; the fixtures of the test serve all of them."""
    checks = (*settings().suppress_health_check, HealthCheck.function_scoped_fixture)
    return settings(max_examples=count * max(1, _TIMES), suppress_health_check=checks)


def use_the_same_in_every_run() -> None:
    """Makes a test's examples depend on its own text alone, and a failure name its example before the test's time is over."""
    # Hypothesis also draws constants of the modules that are imported by then: others in each worker of each run, and others
    # after each change of the program.
    providers._get_local_constants = lambda: providers._local_constants
    named = (Phase.explicit, Phase.generate)
    settings.register_profile(
        "forksight",
        max_examples=100 * max(1, _TIMES),
        derandomize=not _TIMES,
        database=None,
        deadline=None,
        phases=(*named, Phase.shrink) if _TIMES else named,  # to shrink what runs programs takes longer than a test may
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("forksight")
