"""Where the markers would stand follows the person's merge.conflictStyle."""

import pytest

from tests.conftest import Checkout
from tests.overlaps.meetings import NINE, regions, run_json

OURS = NINE.replace("line 3\nline 4\nline 5\n", "both\nours\nsame\nours too\nboth too\n")
THEIRS = NINE.replace("line 3\nline 4\nline 5\n", "both\ntheirs\nsame\ntheirs too\nboth too\n")


@pytest.mark.parametrize(("style", "lines"), [(None, [3, 6]), ("merge", [3, 6]), ("zdiff3", [3, 6]), ("diff3", [2, 7])])
def test_the_lines_between_the_markers(repo: Checkout, style: str | None, lines: list[int]) -> None:
    there = repo.worktree("there")
    there.commit({"app.py": THEIRS})
    repo.commit({"app.py": OURS})
    if style:
        repo.git("config", "merge.conflictStyle", style)
    assert regions(run_json(repo, "overlaps")[1]) == [("app.py", "conflict", lines, lines)]
    with pytest.raises(AssertionError, match=r"^git merge"):
        repo.git("merge", "there")
    merged = (repo.path / "app.py").read_text().splitlines()
    between = next(number for number, line in enumerate(merged) if line.startswith(("|||||||", "=======")))
    assert [merged.index("<<<<<<< HEAD"), between - 1] == lines
