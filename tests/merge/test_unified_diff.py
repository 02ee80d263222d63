"""Two texts as a unified diff: `patch` makes theirs of ours with it."""

import subprocess

import pytest

from forksight.core.merge.diff import split_lines
from forksight.core.merge.unified_diff import unified


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\n", "a\nb\n"),
        ("a\nb\n", "b\n"),
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\n"),
        ("a\nb", "a\nB"),
        ("".join(f"{n}\n" for n in range(40)), "".join(f"{n}\n" for n in range(40) if n not in (3, 9, 30)) + "end\n"),
        ("same\n", "same\n"),
    ],
)
def test_a_difference_can_be_applied(ours: str, theirs: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("patch")
    (folder / "file").write_text(ours)
    text = unified(split_lines(ours.encode()), split_lines(theirs.encode()), "a/file", "b/file")
    if text:
        subprocess.run(["git", "apply", "--unidiff-zero", "-"], cwd=folder, input=text, text=True, check=True)
    assert (folder / "file").read_text() == theirs
