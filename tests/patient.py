"""`forksight` that gives nothing up within a minute: on a machine with much else to do, an answer must not come too late.

What is about how long something may take runs the real program, and Claude Code with the plugins as they are.
"""

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

PATIENCE = 60  # seconds
ARGV = (sys.executable, "-P", __file__)  # what to run in place of `forksight`


def main() -> None:
    """Run the command in `sys.argv`."""
    if sys.argv[1:2] in (["mcp"], ["hook"]):
        from forksight.cli.commands.agents import hook, mcp

        _give_time("_BUDGET", mcp, hook)
    elif sys.argv[1:2] == ["server"]:
        from forksight.lsp.wire.lazy_types import import_lsprotocol

        import_lsprotocol()
        from forksight.lsp.diagnostics import regions
        from forksight.lsp.dialog import progress, show

        _give_time("_PATIENCE", regions, progress, show)
    elif sys.argv[1:2] != ["statusline"]:
        from forksight.features.forks import running, start

        _give_time("_PATIENCE", running, start)
    from forksight.__main__ import main as run

    run()


def _give_time(name: str, *modules: ModuleType) -> None:
    """Set that constant of each module. Raises AttributeError where there is none."""
    for module in modules:
        getattr(module, name)
        setattr(module, name, float(PATIENCE))


def make_program(folder: Path) -> Path:
    """A command `forksight` in a new folder."""
    folder.mkdir()
    program = folder / "forksight"
    program.write_text(f'#!/bin/sh\nexec {" ".join(ARGV)} "$@"\n')
    program.chmod(0o755)
    return program


def make_plugin(plugin: Path, folder: Path) -> Path:
    """A copy of a plugin in a new folder, whose hooks Claude Code waits for as long."""
    shutil.copytree(plugin, folder)
    hooks = folder / "hooks/hooks.json"
    settings = json.loads(hooks.read_text())
    for group in (group for groups in settings["hooks"].values() for group in groups):
        for hook in group["hooks"]:
            hook["timeout"] = max(hook["timeout"], PATIENCE + 10)
    hooks.write_text(json.dumps(settings))
    return folder


if __name__ == "__main__":
    main()
