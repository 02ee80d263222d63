"""The man page says what `--help` says, and troff can show it."""

import re
import shutil
import subprocess

import pytest
from scripts.generate_man import PAGE, page


def test_it_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "run: python -m scripts.generate_man"


def test_troff_shows_it_without_a_warning() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    shown = subprocess.run(["groff", "-man", "-ww", "-Tascii", PAGE], capture_output=True, text=True, check=True)
    assert shown.stderr == ""
    text = re.sub(".\b", "", shown.stdout)  # bold is a letter typed twice
    assert "forksight land" in text
    assert "--dry-run" in text
