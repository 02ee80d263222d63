"""The real programs that tests drive, set up by scripts/rigs/: a missing one skips a test, except in CI, where it fails it."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
RIGS = Path(os.environ.get("FORKSIGHT_RIGS") or ROOT / ".rigs")


def missing(program: str, script: str) -> NoReturn:
    """End the test for want of a program that `scripts/rigs/<script>` sets up."""
    _end(f"{program} is not set up: run scripts/rigs/{script}")


def not_installed(program: str, package: str) -> NoReturn:
    """End the test for want of a program of the system's."""
    _end(f"{program} is not installed: it is in Debian's {package}")


def _end(text: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(text, pytrace=False)
    pytest.skip(text)
