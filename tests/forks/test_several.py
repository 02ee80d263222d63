"""Several forks at once: the tasks in a file, all decided before the first is made, and the first one ahead of the others."""

import json
from pathlib import Path

import pytest

from forksight.core.forks.tasks import Task, tasks
from forksight.core.problems import UsageError
from tests.forks.conftest import trace
from tests.forks.sessions_repo import SessionsRepo

FILE = """\
Notes that are nobody's task.

## feature/pay

Retry three times.

```
# not a heading
```

### Why

The bank is slow.

## feature/vat ##
Raise it.
"""
PAY = "Retry three times.\n\n```\n# not a heading\n```\n\n### Why\n\nThe bank is slow."


def test_headings_that_name_branches() -> None:
    both = (Task("feature/pay", PAY), Task("feature/vat", "Raise it."))
    assert tasks(FILE, ()) == both
    assert tasks(FILE, ("feature/vat", "feature/pay")) == both[::-1]


def test_headings_that_are_titles_go_to_the_branches_in_their_order() -> None:
    assert tasks("# Pay later\nRetry.\n# Raise VAT\n", ("feature/pay", "feature/vat")) == (
        Task("feature/pay", "Pay later\n\nRetry."),
        Task("feature/vat", "Raise VAT"),
    )
    assert tasks("Just do it.\n", ("feature/pay",)) == (Task("feature/pay", "Just do it."),)


@pytest.mark.parametrize(
    ("text", "branches", "why"),
    [
        ("do it\n", (), "no heading"),
        ("", ("a",), "no heading"),
        ("# a\nx\n# b\ny\n", ("a",), "2 tasks, and 1 branches"),
        ("# a\nx\n# a\ny\n", (), "same heading"),
        ("# a\nx\n# b\n\n", (), "task of b is empty"),
    ],
)
def test_tasks_that_do_not_match(text: str, branches: tuple[str, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        tasks(text, branches)


def test_each_is_prepared_with_its_own_task(sessions_repo: SessionsRepo, baseline_id: str, tmp_path: Path) -> None:
    (tmp_path / "tasks.md").write_text(FILE)
    before = trace(sessions_repo.repo)
    dry_run = sessions_repo.cli("fork", "--prompt-file", str(tmp_path / "tasks.md"), "--dry-run", "--json")
    planned = json.loads(dry_run.stdout)["forks"]
    assert [fork["branch"] for fork in planned] == ["feature/pay", "feature/vat"]
    assert trace(sessions_repo.repo) == before
    done = sessions_repo.cli("fork", "--prompt-file", str(tmp_path / "tasks.md"), "--print", "--json")
    assert done.returncode == 0, done.stderr
    forks = json.loads(done.stdout)["forks"]
    assert [fork["launch"]["argv"][-1] for fork in forks] == [PAY, "Raise it."]
    assert all(Path(fork["worktree"]).is_dir() for fork in forks)
    assert len({fork["launch"]["session"] for fork in forks}) == 2


def test_a_question_about_one_leaves_all_undone(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    assert sessions_repo.cli("fork", "feature/pay", "--print").returncode == 0
    before = trace(sessions_repo.repo)
    again = sessions_repo.cli("fork", "feature/new", "feature/pay", "--prompt", "go", "--print", "--json")
    assert again.returncode == 1
    assert [len(fork["steps"]) > 0 for fork in json.loads(again.stdout)["forks"]] == [True, False]
    assert trace(sessions_repo.repo) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["a", "a"],
        ["a", "b", "--name", "x"],
        ["a", "--prompt", "x", "--prompt-file", "/dev/null"],
        ["a", "--prompt-file", "/nowhere/tasks.md"],
        ["a", "b c"],
    ],
)
def test_what_can_not_be_meant(sessions_repo: SessionsRepo, baseline_id: str, arguments: list[str]) -> None:
    before = trace(sessions_repo.repo)
    refused = sessions_repo.cli("fork", *arguments, "--print")
    assert (refused.returncode, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1), refused.stderr
    assert trace(sessions_repo.repo) == before
