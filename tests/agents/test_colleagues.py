"""An agent is told of lines that a colleague has changed on another machine, before it writes over them."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from forksight.core.settings import read_settings
from tests.agents.conftest import Employ
from tests.agents.plugin_rig import PLUGIN, read_by_model
from tests.claude.rig import Claude
from tests.conftest import MOMENT
from tests.teams.machines import Machine, five
from tests.waiting import wait_for

TOLD = rf"pay\.py:5 is also changed in Ada \(ada-laptop\) \(uncommitted, seen {MOMENT}\):\n  \| ada's"


@pytest.mark.claude
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("patient_program")
def test_the_real_agent_is_told_before_it_writes(
    ada: Machine,
    bob: Machine,
    claude: Claude,
    patient_plugins: Path,
) -> None:
    ada.write({"pay.py": five("ada's\n")}).run("share", "on", "--yes")
    replace(bob, data=claude.home / ".local/share").run("share", "on", "--yes")
    clone = bob.clone.path
    edit = f"EDIT {clone / 'pay.py'} line 5=>bob's"
    plugin = ("--plugin-dir", str(patient_plugins / PLUGIN.name))
    arguments = ("-p", "--dangerously-skip-permissions", *plugin, "--", f"{edit}\n{edit}")
    before = len(claude.model.requests)
    claude.run(clone, *arguments)
    heard = read_by_model(claude.model.requests[before:])
    refused = rf"PreToolUse:\w+ hook error: Nothing was written, because merging would conflict\. {TOLD}"
    assert len(re.findall(refused, heard)) == 1
    assert (clone / "pay.py").read_text() == five("bob's\n")


def test_what_is_published_while_an_agent_works_is_told_with_its_next_tool(
    ada: Machine,
    bob: Machine,
    employ: Employ,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    for name, value in bob.env.items():
        monkeypatch.setenv(name, value)
    agent = employ(bob.clone, settings=read_settings({"teams": {"poll": 1}})[0])
    assert agent.read("pay.py") == ""
    ada.write({"pay.py": five("ada's\n")})
    publish = [sys.executable, "-m", "forksight", "-C", str(ada.clone.path), "share", "now"]
    # Not in this process: that is Bob's.
    subprocess.run(publish, env={**os.environ, **ada.env}, capture_output=True, check=True)
    told = wait_for("news of a colleague", lambda: agent.read("pay.py"))
    assert re.match(TOLD, told)
    assert agent.read("pay.py") == ""
