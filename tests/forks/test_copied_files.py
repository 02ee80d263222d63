"""What a new worktree gets from the main checkout: wanted files, linked folders, the set-up."""

import json
from pathlib import Path

import pytest

from forksight.core.plans.plan import Action
from forksight.core.problems import ForksightError
from tests.conftest import Checkout
from tests.forks.conftest import trace, write
from tests.forks.sessions_repo import RecordedProgress, SessionsRepo
from tests.forks.test_fork import actions, steps_of


def test_wanted_files_linked_folders_and_the_set_up(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.commit({".gitignore": ".env\nnode_modules/\nmade\n", ".worktreeinclude": ".env\n"})
    write(sessions_repo.repo, ".env", "SECRET=1\n")
    write(sessions_repo.repo, "node_modules/left-pad/index.js", "x")
    write(
        sessions_repo.repo,
        ".claude/settings.local.json",
        json.dumps({"worktree": {"symlinkDirectories": ["node_modules", ".."]}}),
    )
    sessions_repo.repo.git("update-index", "--refresh")
    progress = RecordedProgress()
    outcome = sessions_repo.fork("x", worktree={"setup": "echo hello; pwd > made"}, progress=progress)
    made = Checkout(sessions_repo.place("x"))
    assert (made.path / ".env").read_text() == "SECRET=1\n"
    assert (made.path / "node_modules" / "left-pad" / "index.js").exists()
    assert (made.path / "made").read_text() == f"{made.path}\n"
    assert progress.lines == ["hello"]
    assert made.git("status", "--porcelain") == ""
    assert [problem.code for problem in outcome.proposal.problems] == ["not-linked"]
    assert Action.COPY_FILES in actions(outcome.proposal)
    assert (sessions_repo.repo.path / ".git" / "info" / "exclude").read_text().splitlines()[-1] == "/node_modules"
    again = sessions_repo.fork("x", again=True, worktree={"setup": "exit 1"})
    assert actions(again.proposal) == [Action.RECORD_FORK]  # an existing worktree is left alone


def test_a_list_of_wanted_files_that_is_none(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    """Whatever is wrong with it is said, and the fork is made."""
    sessions_repo.repo.commit({".gitignore": ".env\ngr*\n.worktreeinclude\n"})
    for name in (".env", "größe"):
        write(sessions_repo.repo, name, "x")
    wanted = sessions_repo.repo.path / ".worktreeinclude"
    wanted.mkdir()
    (problem,) = sessions_repo.fork("folder").proposal.problems
    assert (
        problem.message
        == f"{wanted} can't be read (not a regular file): no ignored files are copied into a new worktree."
    )
    wanted.rmdir()
    wanted.symlink_to("gone")
    (problem,) = sessions_repo.fork("link").proposal.problems
    assert "can't be read (No such file or directory)" in problem.message
    wanted.unlink()
    wanted.write_bytes(".env\ngröße\n".encode("latin-1"))
    done = sessions_repo.cli("fork", "latin", "--print")
    assert done.returncode == 0
    assert f"note: {wanted} is not UTF-8, so it may not name the files that it should: save it as UTF-8." in done.stderr
    assert (sessions_repo.place("latin") / ".env").exists()
    wanted.write_text(".env\ngröße\n")
    assert sessions_repo.fork("fine").proposal.problems == ()
    assert (sessions_repo.place("fine") / "größe").exists()


@pytest.mark.permissions
def test_a_list_of_wanted_files_that_may_not_be_read(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    write(sessions_repo.repo, ".worktreeinclude", ".env\n").chmod(0)
    (problem,) = sessions_repo.fork("x").proposal.problems
    assert "can't be read (Permission denied)" in problem.message


def test_a_plan_names_what_is_copied_and_linked_and_nothing_else(sessions_repo: SessionsRepo, baseline_id: str) -> None:
    sessions_repo.repo.commit(
        {".gitignore": ".claude\nnode_modules\ndeep/\n.env*\n", ".worktreeinclude": ".env*\nnode_modules/\n"}
    )
    other = sessions_repo.repo.worktree("other")
    other.write({".env.theirs": "their own\n", "vendor/lib": "their own\n"})
    other.git("add", "--force", ".env.theirs", "vendor")
    other.git("commit", "-qm", "what is ignored or not there elsewhere")
    sessions_repo.repo.git("worktree", "remove", str(other.path))
    for name in ("node_modules/x", "a[b]/deep/x", "vendor/x", ".env", ".env.theirs"):
        write(sessions_repo.repo, name, "x")
    folders = ["node_modules", "a[b]/deep/", "missing", "app.py", "vendor", "a[b]/deep"]
    write(sessions_repo.repo, ".claude/settings.local.json", json.dumps({"worktree": {"symlinkDirectories": folders}}))
    exclude = sessions_repo.repo.path / ".git" / "info" / "exclude"
    before = trace(sessions_repo.repo)
    details = [step.detail for step in steps_of(sessions_repo.propose("other"))]
    assert [detail for detail in details if detail.startswith(("Copy", "Link"))] == [
        f"Copy .env from {sessions_repo.repo.path}",
        f"Link node_modules, a[b]/deep to those in {sessions_repo.repo.path}",
    ]
    with pytest.raises(ForksightError, match="exit status 1"):
        sessions_repo.fork("other", worktree={"setup": f"cp {exclude} {sessions_repo.config}/seen; exit 1"})
    assert (sessions_repo.config / "seen").read_text().splitlines()[-1] == r"/a\[b]/deep"
    assert trace(sessions_repo.repo) == before  # what was ignored for it is no longer
    made = Checkout(Path(sessions_repo.fork("other").launch.cwd))
    assert made.git("status", "--porcelain") == ""
    assert sorted(str(path.relative_to(made.path)) for path in made.path.rglob("*") if path.is_symlink()) == [
        "a[b]/deep",
        "node_modules",
    ]
    assert "/node_modules" not in exclude.read_text()  # that one is ignored as a link too
    with pytest.raises(ForksightError, match="exit status 1"):
        sessions_repo.fork("y", worktree={"setup": "exit 1"})
    assert made.git("status", "--porcelain") == ""  # the line that another worktree needs stays
