"""The short form of `make soak`."""

import os
import sys
from pathlib import Path

import pytest

from tests.soak.soak import Soak


@pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")
@pytest.mark.timeout(300)
def test_twenty_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    seed = int(os.environ.get("FORKSIGHT_SOAK_SEED", "1"))
    soak = Soak(tmp_path.resolve(), seed, print)
    assert soak.run(20), soak.failures
