"""The documents name only files that exist, mention every command, and map exactly the folders of the package."""

import re
from pathlib import Path

import pytest

from forksight.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:tests|core|adapters|features|lsp|cli|scripts|bench)/[\w./]+\.py)`", text)
    homes = (ROOT, ROOT / "server/forksight")
    missing += [name for name in named if not any((home / name).exists() for home in homes)]
    assert not missing


def test_some_document_mentions_every_command() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    assert [name for name in COMMANDS if f"forksight {name}" not in text] == []


def test_the_changelog_has_no_links_into_the_repository() -> None:
    """The extension ships it without the repository, and `vsce` refuses relative links."""
    assert not re.findall(r"\]\((?!https://)", (ROOT / "CHANGELOG.md").read_text())


PACKAGE = ROOT / "server/forksight"


def code_map() -> dict[str, dict[str, str]]:
    """ARCHITECTURE.md's code map: for each layer, the description of each name in the first column."""
    text = (ROOT / "ARCHITECTURE.md").read_text().split("## Code map")[1].split("\n**")[0]
    layers: dict[str, dict[str, str]] = {}
    for row in re.findall(r"(?m)^\| (`.*?) \| (.*) \|$", text):
        names = re.findall(r"`([^`]+)`", row[0])
        if names[0].strip("/") in ("app", "core", "features", "adapters", "lsp", "cli") and names[0].endswith("/"):
            layer = layers.setdefault(names[0].strip("/"), {})
        elif layers and "/" not in names[0]:
            layer.update(dict.fromkeys(names, row[1]))
    return layers


def test_the_code_map_lists_exactly_the_folders() -> None:
    layers = code_map()
    assert layers.keys() == {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    for layer, descriptions in layers.items():
        inside = [path for path in (PACKAGE / layer).iterdir() if path.name != "__pycache__"]
        assert descriptions.keys() - {"__init__"} == {path.stem for path in inside} - {"__init__"}, layer
        for room in (path for path in inside if path.is_dir()):
            folders = {path.name for path in room.iterdir() if path.is_dir() and path.name != "__pycache__"}
            by_subject = "by subject" in descriptions[room.name]  # its folders are then named as in the core
            unnamed = {name for name in folders if f"`{name}" not in descriptions[room.name]}
            assert {name for name in unnamed if not (by_subject and (PACKAGE / "core" / name).is_dir())} == set(), room
