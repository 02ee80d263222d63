"""StyLua and luacheck are content with the plugin."""

import subprocess

from tests.rigs import ROOT, missing


def test_formatted_and_free_of_warnings() -> None:
    done = subprocess.run([ROOT / "scripts/lua.sh"], capture_output=True, text=True, check=False)
    if done.returncode == 2:
        missing("StyLua or luacheck", "lua.sh")
    assert done.returncode == 0, done.stdout + done.stderr
