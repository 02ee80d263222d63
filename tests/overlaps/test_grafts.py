"""Histories that are replaced, grafted or deepened: a repository that is open sees them as git does, at its next look."""

from collections.abc import Callable

import pytest

from forksight.features.overlaps.engine import OverlapEngine
from tests.conftest import Checkout
from tests.overlaps.meetings import NINE, changed


def replace(repo: Checkout, there: Checkout) -> None:
    repo.git("replace", "--graft", there.git("rev-parse", "HEAD"), "main~")


def replace_and_pack(repo: Checkout, there: Checkout) -> None:
    replace(repo, there)
    repo.git("pack-refs", "--all")


def graft(repo: Checkout, there: Checkout) -> None:
    """The old way, which git still reads."""
    parents = f"{there.git('rev-parse', 'HEAD')} {repo.git('rev-parse', 'main~')}\n"
    (repo.path / ".git/info/grafts").write_text(parents)


@pytest.mark.parametrize("renamed", [False, True], ids=["by us", "by git"])
@pytest.mark.parametrize("story", [replace, replace_and_pack, graft])
def test_parents_that_are_not_the_commits_own(
    repo: Checkout, story: Callable[[Checkout, Checkout], None], renamed: bool
) -> None:
    """A branch of its own beginning becomes one of main's, and from then on only what both changed is a conflict."""
    there = repo.worktree("there")
    there.git("checkout", "--quiet", "--orphan", "imported")
    there.git("mv" if renamed else "status", *(["app.py", "moved.py"] if renamed else ["--short"]))
    there.commit({"moved.py" if renamed else "app.py": changed("line 2", "theirs")})
    repo.commit({"app.py": changed("line 2", "ours", changed("line 8", "ours"))})
    engine = OverlapEngine(repo.open())
    engine.refresh()
    assert [problem.code for problem in engine.matrix().problems] == ["no-common-history"]
    story(repo, there)
    merged = ["merge-tree", "--write-tree", "main", "imported"]
    with pytest.raises(AssertionError):  # it stops at conflicts
        repo.git(*merged)
    assert engine.refresh()
    matrix = engine.matrix()
    assert matrix.problems == ()
    assert [file.path for pair in matrix.pairs for file in pair.files] == ["app.py"]
    assert [region.lines.start for report in engine.report(str(repo.path)) for region in report.regions] == [1]


def test_a_clone_that_is_deepened(repo: Checkout) -> None:
    there = repo.worktree("there")
    there.commit({"app.py": changed("line 2", "theirs")})
    repo.commit({"app.py": changed("line 8", "ours")})
    (repo.path / ".git/shallow").write_text(
        "".join(sorted(f"{tip}\n" for tip in repo.git("rev-parse", "main", "there").split()))
    )
    engine = OverlapEngine(repo.open())
    engine.refresh()
    assert [problem.code for problem in engine.matrix().problems] == ["no-common-history"]
    (repo.path / ".git/shallow").unlink()
    assert engine.refresh()
    assert (engine.matrix().problems, engine.matrix().pairs) == ((), ())


def test_a_setting_of_merges_that_changes(repo: Checkout) -> None:
    there = repo.worktree("there")
    there.commit({"app.py": NINE.replace("\n", "\r\n")})
    repo.commit({"app.py": changed("line 2", "ours"), ".gitattributes": "* text\n"})
    engine = OverlapEngine(repo.open())
    engine.refresh()
    assert engine.matrix().pairs
    repo.git("config", "merge.renormalize", "true")
    assert engine.refresh()
    assert not engine.matrix().pairs
