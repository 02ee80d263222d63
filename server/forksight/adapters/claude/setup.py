"""Sets up this user's Claude Code: edits its settings file, keeps a copy of what was there before, and runs `claude plugin`."""

import os
import shutil
import stat
import sys
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import orjson
from platformdirs import user_data_dir

from forksight.adapters.claude.program import InstalledClaude, run
from forksight.adapters.store.own_files import read_own, write_whole
from forksight.adapters.system.disk.regular_file import read_regular
from forksight.core.problems import ClaudeError, ForksightError

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class ClaudeSetup:
    """The set-up of one configuration folder (`core.ports.claude.ClaudeSetup`)."""

    def __init__(self, claude: InstalledClaude) -> None:
        self._claude = claude
        self.path = os.path.join(claude.config_dir, "settings.json")
        digest = blake2b(os.fsencode(self.path), digest_size=6).hexdigest()
        self._copy = os.path.join(user_data_dir("forksight", appauthor=False), f"claude-settings-{digest}.json")

    @property
    def program(self) -> str:
        """The command that runs this Forksight: `forksight` if that is what PATH finds, else its absolute path."""
        own = os.path.join(os.path.dirname(sys.executable), "forksight")
        named = shutil.which("forksight")
        if not os.path.exists(own) or (named is not None and os.path.samefile(named, own)):
            return "forksight"
        return own

    @property
    def marketplace(self) -> str:
        """The folder with our plugins' `.claude-plugin/marketplace.json`. Raises `ForksightError` if none is installed."""
        for folder in (os.path.join(_PACKAGE, "marketplace"), os.path.dirname(os.path.dirname(_PACKAGE))):
            if os.path.exists(os.path.join(folder, ".claude-plugin", "marketplace.json")):
                return folder
        raise ForksightError(
            "this installation of Forksight has no plugins",
            fix="run `claude plugin marketplace add OWNER/REPO`, then try again",
        )

    def read(self) -> str | None:
        """See `core.ports.claude.ClaudeSetup`."""
        try:
            return read_regular(self.path).decode()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise ForksightError(
                f"{self.path} can't be read ({error}): it is left as it is",
                fix="correct it, and try again",
                code="claude-settings",
            ) from None

    def write(self, before: str | None, after: str | None) -> None:
        """See `core.ports.claude.ClaudeSetup`."""
        if self.read() != before:
            raise ForksightError(f"{self.path} has changed meanwhile: nothing was written", fix="try again")
        target = os.path.realpath(self.path)  # a symbolic link is kept; the file that it points to is written
        try:
            if after is None:
                os.unlink(target)
                return
            os.makedirs(os.path.dirname(target), exist_ok=True)
            mode = stat.S_IMODE(os.stat(target).st_mode) if before is not None else None
            write_whole(target, after)
            if mode is not None:
                os.chmod(target, mode)
        except OSError as error:
            raise ForksightError(
                f"{self.path} can't be written ({error.strerror})",
                fix="check its permissions and the space left, and try again",
            ) from None

    def keep_copy(self, text: str | None) -> None:
        """See `core.ports.claude.ClaudeSetup`. Without a copy, an undo only removes our member from the settings."""
        try:
            os.makedirs(os.path.dirname(self._copy), mode=0o700, exist_ok=True)
            write_whole(self._copy, text or "")
        except OSError:
            return

    def copy(self) -> str | None:
        """See `core.ports.claude.ClaudeSetup`."""
        try:
            return read_own(self._copy).decode()
        except (OSError, UnicodeDecodeError):
            return None

    def forget_copy(self) -> None:
        """See `core.ports.claude.ClaudeSetup`."""
        if os.path.lexists(self._copy):
            os.unlink(self._copy)

    def run(self, arguments: Sequence[str]) -> str:
        """See `core.ports.claude.ClaudeSetup`."""
        program = self._claude.program()
        return run([program.path, *arguments], cwd=os.path.expanduser("~"), env=program.environment())

    def ask(self, arguments: Sequence[str]) -> list[dict[str, Any]]:
        """See `core.ports.claude.ClaudeSetup`."""
        try:
            rows = orjson.loads(self.run(arguments))
        except orjson.JSONDecodeError:
            raise ClaudeError(
                f"`claude {' '.join(arguments)}` did not answer with JSON", fix="update Claude Code"
            ) from None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
