"""StyLua and luacheck are content with the plugin."""

import os
import subprocess

import pytest

from tests.neovim.rig import ROOT


def test_formatted_and_free_of_warnings() -> None:
    done = subprocess.run([ROOT / "scripts/lua.sh"], capture_output=True, text=True, check=False)
    if done.returncode == 2 and os.environ.get("CI") != "true":
        pytest.skip("StyLua and luacheck are not set up: run scripts/rigs/lua.sh")
    assert done.returncode == 0, done.stdout + done.stderr
