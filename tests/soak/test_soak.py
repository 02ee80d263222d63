"""The short forms of `make soak` and of `python -m tests.soak.documents`."""

import os
import sys
from pathlib import Path

import pytest

from tests.soak.documents import grown
from tests.soak.soak import Soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is read from /proc")


@pytest.mark.timeout(900)
def test_twenty_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    seed = int(os.environ.get("FORKSIGHT_SOAK_SEED", "1"))
    soak = Soak(tmp_path.resolve(), seed, print)
    assert soak.run(20), soak.failures


@pytest.mark.timeout(900)
def test_documents_leave_nothing(tmp_path: Path) -> None:
    # Caches with a limit fill meanwhile (about 900 bytes each); what pygls kept of each came to 4,000 more.
    assert grown(tmp_path.resolve(), 3_000, print) < 2_000
