"""Folder names for worktrees."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forksight.core.forks.folder_names import is_reserved, slug


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("feature/auth", "feature-auth"),
        ("fix_1.2", "fix_1.2"),
        ("größe/über", "größe-über"),
        ("a//b", "a-b"),
        ("-.-", "worktree"),
        ("wf-3", "fork-wf-3"),
        ("wf_anything", "fork-wf_anything"),
        ("agent-abc123", "fork-agent-abc123"),
        ("agent-smith", "agent-smith"),
        ("bridge/over", "fork-bridge-over"),
        ("job/mail/0123abcd", "fork-job-mail-0123abcd"),
        ("bg/x/0123ABCD", "fork-bg-x-0123ABCD"),
        ("job/mail", "job-mail"),
        ("🚀/launch", "launch"),
    ],
)
def test_branch_to_folder(branch: str, expected: str) -> None:
    assert slug(branch) == expected


def test_a_taken_name_gets_a_number() -> None:
    assert slug("feature/auth", {"feature-auth"}) == "feature-auth-2"
    assert slug("Feature/Auth", {"feature-auth", "feature-auth-2"}) == "Feature-Auth-3"


@given(st.text(min_size=1, max_size=300), st.lists(st.sampled_from(["worktree", "a", "wf-1", "x-y"])))
def test_every_slug_is_a_safe_folder_name(branch: str, taken: list[str]) -> None:
    made = slug(branch, taken)
    assert not is_reserved(made)
    assert made not in taken
    assert len(made.encode()) <= 90
    assert made[0] not in "-."
    assert all(char.isalnum() or char in "-_." for char in made)
    assert all(char in string.printable or char.isalnum() for char in made)
