"""The documents name what is there."""

import re
from pathlib import Path

import pytest

from forksight.cli import COMMANDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text()
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:tests|core|adapters|features|lsp|cli|scripts|bench)/[\w./]+\.py)`", text)
    homes = (ROOT, ROOT / "server/forksight")
    missing += [name for name in named if not any((home / name).exists() for home in homes)]
    assert not missing


def test_every_command_is_told_of() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    assert [name for name in COMMANDS if f"forksight {name}" not in text] == []
