"""The `forksight` command, and the workbench of its edges: opens contexts, serves clients, watches files.

Adapters are imported at their first use, so that `forksight --help` is fast.
"""

import os
from functools import cached_property
from typing import TYPE_CHECKING

from forksight.app.context import RepositoryContext
from forksight.app.shared import SharedPorts

if TYPE_CHECKING:
    import socket
    from typing import BinaryIO

    from forksight.core.ports.store import Residents, ToldFacts
    from forksight.core.ports.system import Watcher
    from forksight.core.problems import Problem
    from forksight.core.settings import Settings
    from forksight.features.context import Context


class Forksight:
    """Opens contexts, and holds what concerns the whole process (`features.context.Workbench`)."""

    def __init__(self) -> None:
        self._shared = SharedPorts()

    def setting_problems(self) -> "tuple[Problem, ...]":
        """The problems with settings in git's configuration that were read so far."""
        return self._shared.setting_problems()

    def open(self, cwd: str, settings: "Settings | None" = None) -> "Context":
        """The context of a place. Cheap: nothing is read before a port is used."""
        return RepositoryContext(self._shared, os.path.realpath(cwd), settings)

    def serve(self, tcp: str | None, pipe: str | None) -> int:
        """Serve editors over TCP at `HOST:PORT`, a unix socket at a path, or standard input and output."""
        import gc
        import sys

        gc.disable()  # what is loaded here stays: collecting would slow the start, and key strokes later
        from forksight.lsp.wire.lazy_types import import_lsprotocol

        import_lsprotocol()  # before anything else does
        from forksight.lsp import serve as transport

        gc.freeze()
        gc.set_threshold(20_000)  # a key stroke makes thousands of small values, and none of them is garbage in a cycle
        gc.enable()
        # seconds; a key stroke passes through three threads, and waits for each no longer than this
        sys.setswitchinterval(0.0005)
        if tcp is not None:
            return transport.serve_tcp(self, *transport.parse_address(tcp))
        return transport.serve_stdio(self) if pipe is None else transport.serve_pipe(self, pipe)

    def own_stdio(self) -> "tuple[BinaryIO, BinaryIO]":
        """Reserve standard input and output for a protocol; everything else prints to standard error from now on."""
        from forksight.adapters.system.stdio import own_stdio

        return own_stdio()

    def print_status_line(self, cwd: str | None, first: str | None) -> None:
        """Print the status line of a place (None: the one that the input names), after the output of the shell command `first`. Never fails."""
        from forksight import statusline

        statusline.run(["--first", first] if first is not None else [], cwd)

    def is_same_user(self, connection: "socket.socket") -> bool | None:
        """Whether the other end of a connection on this machine is a process of our user; None if this system can't tell."""
        from forksight.adapters.system.peer import is_same_user

        return is_same_user(connection)

    def watcher(self) -> "Watcher | None":
        """The watcher of changes on disk; None if this system has none."""
        return self._watcher

    def leave(self) -> None:
        """Give up git processes that only read, because this process is about to end."""
        from forksight.adapters.git.process import end_reading

        end_reading()

    @cached_property
    def _watcher(self) -> "Watcher | None":
        from forksight.adapters.system.watching.watcher import make_watcher

        return make_watcher()

    @cached_property
    def told_facts(self) -> "ToldFacts":
        """What agents were told."""
        from forksight.adapters.store.status_files import cache_folder
        from forksight.adapters.store.told_files import ToldFiles

        return ToldFiles(cache_folder(os.environ), os.environ.get("CLAUDE_PLUGIN_DATA"))

    @cached_property
    def residents(self) -> "Residents":
        """The residents of the Claude Code that started this process, which the plugin's `bin/forksight` names."""
        from forksight.adapters.store.residents import ResidentFiles
        from forksight.adapters.store.status_files import cache_folder

        return ResidentFiles(cache_folder(os.environ), os.environ.get("FORKSIGHT_HOOKS_OF"))


def main() -> None:
    """Run the `forksight` command."""
    import gc

    gc.set_threshold(100_000)  # a command makes much and throws little away; `serve` has its own way
    from forksight import cli

    try:
        cli.run(Forksight())
    finally:
        gc.freeze()  # else a last collection at exit goes through everything, for nothing
