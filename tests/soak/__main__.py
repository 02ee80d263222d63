"""`make soak`: ten minutes, or `--seconds`; with `--seed` the same run again."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Soak


def main() -> None:
    """Run it; exit status 1 if anything differed or was left."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as folder:
        soak = Soak(Path(folder).resolve(), given.seed, lambda text: print(text, flush=True))
        sys.exit(0 if soak.run(given.seconds) else 1)


main()
