"""The extension's own checks: format, lint, types and unit tests."""

from tests.vscode.rig import Rig


def test_npm_run_check(rig: Rig) -> None:
    rig.run("npm", "run", "--silent", "check")
