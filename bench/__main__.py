"""Measures Forksight side by side with git, ccusage and simpler rules, in one run, and prints one table."""

import argparse
import compileall
import os
import shutil
import sys
import sysconfig
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from bench import table
from bench.options import Options
from bench.parts import PARTS, measure
from bench.repositories import isolate
from bench.sources import ROOT


def main() -> None:
    """Run the requested parts, each in its own process, so that none measures what another left in memory."""
    chosen = arguments()
    # Compile first what an editable checkout and `uv` leave uncompiled: else the measured starts would include compiling it.
    for modules in (ROOT / "server", sysconfig.get_path("purelib")):
        compileall.compile_dir(modules, quiet=2)
    folder = Path(tempfile.mkdtemp(prefix="forksight-bench-")).resolve()
    try:
        isolate(folder / "home")
        parts = []
        for letter in chosen.only:
            print(f"({letter}) {PARTS[letter]} …", file=sys.stderr, flush=True)
            part_folder = folder / letter
            part_folder.mkdir()
            options = Options(part_folder, chosen.quick, tuple(path.resolve() for path in chosen.history) or (ROOT,))
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                parts.append(pool.submit(measure, letter, options).result())
            shutil.rmtree(part_folder)
        table.show(parts)
        print(f"Written to {os.path.relpath(table.write(parts))}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def arguments() -> argparse.Namespace:
    """The parsed command line; `only` is a list of letters of `PARTS`."""
    listed = ", ".join(f"{letter}: {name}" for letter, name in PARTS.items())
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__, epilog=listed)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, smaller fixtures")
    parser.add_argument(
        "--only", metavar="LETTERS", default="".join(PARTS), help="measure only these parts, for example a,c"
    )
    parser.add_argument(
        "--history",
        metavar="PATH",
        type=Path,
        action="append",
        default=[],
        help="a repository whose merges are replayed instead of this one's",
    )
    parsed = parser.parse_args()
    parsed.only = [letter for letter in parsed.only if letter.isalnum()]
    if unknown := set(parsed.only) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))} ({listed})")
    return parsed


if __name__ == "__main__":
    main()
