"""`make soak`: ten minutes, or `--seconds`; with `--seed` the same run again."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Soak


def main() -> None:
    """Run it; exit status 1 if anything differed or was left."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--keep", action="store_true", help="leave the repository there after a failure")
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    folder = tempfile.mkdtemp(prefix="soak-")
    passed = False
    try:
        passed = Soak(Path(folder).resolve(), given.seed, lambda text: print(text, flush=True)).run(given.seconds)
    finally:
        if given.keep and not passed:
            print(f"what is left of it: {folder}", flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if passed else 1)


main()
