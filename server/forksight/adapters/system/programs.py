"""Runs other programs with the person's own settings and credentials."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from forksight.core.problems import ForksightError

_PATIENCE = 120.0  # seconds for a program that asks a server
_ASK_NOTHING = {"GH_PROMPT_DISABLED": "1", "GLAB_NO_PROMPT": "1", "NO_PROMPT": "1"}
_LONGEST_QUOTE = 400  # characters


class InstalledPrograms:
    """The programs on PATH (`core.ports.system.Programs`)."""

    def has(self, name: str) -> bool:
        """See `core.ports.system.Programs`."""
        return shutil.which(name) is not None

    def run(self, command: Sequence[str], folder: str) -> str:
        """See `core.ports.system.Programs`."""
        try:
            completed = subprocess.run(
                command,
                cwd=folder,
                env={**os.environ, **_ASK_NOTHING},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
                text=True,
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ForksightError(f"{command[0]} could not be run: {error}", code="program-failed") from error
        if completed.returncode != 0:
            reason = " ".join((completed.stderr.strip() or completed.stdout.strip() or "it said nothing").split())
            raise ForksightError(f"{command[0]} failed: {reason[:_LONGEST_QUOTE].rstrip('.')}", code="program-failed")
        return (completed.stdout.strip().splitlines() or [""])[-1]
