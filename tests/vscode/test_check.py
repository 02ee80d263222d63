"""The extension's own checks (format, lint, types and unit tests), and what is in its package."""

import json
import zipfile

from tests.vscode.rig import REPOSITORY, Rig


def test_npm_run_check(rig: Rig) -> None:
    rig.run("npm", "run", "--silent", "check")


def test_the_package_has_what_a_marketplace_shows(rig: Rig) -> None:
    with zipfile.ZipFile(rig.vsix) as package:
        files = {name.removeprefix("extension/").lower(): name for name in package.namelist()}
        manifest = json.loads(package.read(files["package.json"]))
        readme = package.read(files["readme.md"]).decode()
    assert {"changelog.md", "license.txt", "media/icon.png", "dist/extension.js", "walkthrough/fork.md"} <= files.keys()
    assert manifest["repository"]["url"] == manifest["homepage"] == REPOSITORY
    assert manifest["bugs"]["url"] == f"{REPOSITORY}/issues"
    assert manifest["categories"] == ["Other"]  # it is no SCM provider
    assert manifest["galleryBanner"]["theme"] == "dark"
    assert f"]({REPOSITORY}/raw/HEAD/docs/vscode-forks.png)" in readme
    assert "npm ci" not in readme
