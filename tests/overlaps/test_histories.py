"""Histories that `git merge` refuses, and merges that are not committed yet: told as git would have it."""

import pytest

from tests.conftest import Checkout
from tests.overlaps.meetings import Build, changed, run_json


def orphan(there: Checkout, _: Checkout) -> None:
    there.git("checkout", "--quiet", "--orphan", "fresh")
    there.write({"app.py": changed("line 2", "theirs")})


def web_site(there: Checkout, repo: Checkout) -> None:
    orphan(there, repo)
    there.commit({"README": "# site"})


def shallow(there: Checkout, repo: Checkout) -> None:
    """Two branches of one history, each fetched one commit deep."""
    there.commit({"app.py": changed("line 2", "theirs")})
    repo.commit({"app.py": changed("line 8", "ours")})
    tips = repo.git("rev-parse", "main", "there")
    (repo.path / ".git/shallow").write_text("".join(sorted(f"{tip}\n" for tip in tips.split())))


@pytest.mark.parametrize(
    ("story", "why"),
    [(orphan, "nothing is committed on fresh"), (web_site, "no commit in common"), (shallow, "--unshallow")],
)
def test_what_git_refuses_to_merge_is_no_conflict(repo: Checkout, story: Build, why: str) -> None:
    there = repo.worktree("there")
    story(there, repo)
    with pytest.raises(AssertionError, match=r"unrelated histories|not something we can merge"):
        repo.git("merge", there.git("branch", "--show-current"))
    for command, place in (("overlaps", repo), ("overlaps", there), ("matrix", repo)):
        status, document = run_json(place, command)
        assert (status, document.get("overlaps"), document.get("pairs")) in ((0, [], None), (0, None, []))
        (problem,) = document["problems"]
        assert problem["code"] == "no-common-history"
        assert why in problem["message"]


@pytest.mark.parametrize("committed", [False, True])
def test_a_resolved_merge_has_two_parents(repo: Checkout, committed: bool) -> None:
    """Whether it is committed already makes no difference to what others meet."""
    topic = repo.worktree("topic")
    repo.commit({"app.py": changed("line 8", "main", changed("line 2", "main"))})
    after = repo.worktree("after")
    after.write({"app.py": changed("line 8", "after", changed("line 2", "main"))})
    topic.commit({"app.py": changed("line 2", "topic")})
    with pytest.raises(AssertionError):
        topic.git("merge", "main")
    topic.write({"app.py": changed("line 8", "main", changed("line 2", "both"))}).git("add", "app.py")
    if committed:
        topic.git("commit", "--quiet", "--message", "merged")
    assert run_json(topic, "overlaps")[1]["overlaps"] == []
    assert run_json(after, "overlaps")[1]["overlaps"] == []
    after.write({"app.py": changed("line 8", "main", changed("line 2", "after"))})
    assert [overlap["other"]["branch"] for overlap in run_json(after, "overlaps")[1]["overlaps"]] == ["topic"]


def test_a_resolved_merge_of_one_that_merges_too(repo: Checkout) -> None:
    """Both in the middle of a merge, of each other's first commit: their bases are several, and git makes one of them."""
    left, right = repo.worktree("one"), repo.worktree("two")
    first, second = left.commit({"one": "1\n"}), right.commit({"two": "2\n"})
    left.git("merge", "--quiet", "--no-commit", second)
    right.git("merge", "--quiet", "--no-commit", first)
    left.write({"app.py": changed("line 2", "one")})
    assert run_json(left, "overlaps")[1]["overlaps"] == []
    right.write({"app.py": changed("line 2", "two")})
    assert [overlap["kind"] for overlap in run_json(left, "overlaps")[1]["overlaps"]] == ["conflict"]
    left.git("commit", "--quiet", "--all", "--message", "merged")
    right.git("commit", "--quiet", "--all", "--message", "merged")
    assert [overlap["kind"] for overlap in run_json(left, "overlaps")[1]["overlaps"]] == ["conflict"]
