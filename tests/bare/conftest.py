"""Fixtures for editors with nothing of ours in them."""

from pathlib import Path

import pytest

from tests.bare.documented_setup import Setting, setting_in


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    """A person's home, and the shop that they work in."""
    return setting_in(tmp_path)
