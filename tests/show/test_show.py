"""`forksight show`: what is in a fork, from git and its transcript."""

import json

from tests.cleanup.forks_repo import ForksRepo
from tests.land.forks_to_land import LINES, done, line


def test_what_is_in_a_fork(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"code.py": LINES})
    fork = done(forks_repo, "feature/a", {"code.py": line(3, "a")}, "change line 3")
    done(forks_repo, "feature/b", {"code.py": line(3, "b")}, "too")
    fork.checkout.write({"new.py": "n\n"})
    forks_repo.repo.commit({"main.py": "m\n"})
    path = f"{fork.checkout.path}/code.py"
    forks_repo.fork_of(
        forks_repo.parent, fork.id, str(fork.checkout.path), "feature/a", edits=[path, path], runs=["pytest"]
    )
    shown = forks_repo.cli("show", "feature/a", "--json")
    assert shown.returncode == 1, shown.stderr
    document = json.loads(shown.stdout)
    assert (document["target"], document["ahead"], document["behind"]) == ("main", 1, 1)
    assert document["uncommitted"] == ["new.py"]
    assert document["conflicts"] == [{"with": "feature/b", "files": ["code.py"]}]
    assert (document["asked"], document["edited"]) == (["go on"], [path])  # nothing of what it inherited
    assert document["commands"] == {"count": 1, "failed": 0}
    assert [run["command"] for run in document["tests"]] == ["pytest"]
    assert document["last_sentence"] == "Gone on."
    text = forks_repo.cli("show", fork.id).stdout
    assert "1 ahead of main, 1 behind" in text
    assert "feature/b: code.py" in text


def test_a_fork_whose_branch_was_renamed_and_whose_worktree_is_elsewhere(forks_repo: ForksRepo) -> None:
    forks_repo.repo.commit({"code.py": LINES})
    forks = [done(forks_repo, name, {f"{name}.py": "x\n"}, name) for name in ("a", "b")]
    for fork in forks:
        path = str(fork.checkout.path)
        forks_repo.fork_of(forks_repo.parent, fork.id, path, fork.branch, edits=[f"{path}/{fork.branch}.py"])
    assert forks_repo.cli("tree").returncode == 0
    forks_repo.repo.git("branch", "--move", "a", "renamed")
    moved = forks[0].checkout.path.with_name("elsewhere")
    forks_repo.repo.git("worktree", "move", str(forks[0].checkout.path), str(moved))
    document = json.loads(forks_repo.cli("show", "renamed", "--json").stdout)
    assert (document["session"], document["edited"]) == (forks[0].id, [f"{moved}/a.py"])
    forks_repo.repo.git("worktree", "remove", str(moved))
    for name in ("a", "renamed"):
        compared = json.loads(forks_repo.cli("compare", name, "b", "--json").stdout)
        assert [fork["session"] for fork in compared["forks"]] == [forks[0].id, forks[1].id]
    landing = json.loads(forks_repo.cli("land", "--dry-run", "--json").stdout)
    assert {fork["branch"]: fork["session"] for fork in landing["forks"]} == {
        "renamed": forks[0].id,
        "b": forks[1].id,
    }
    cleaning = json.loads(forks_repo.cli("clean", "renamed", "--json").stdout)
    assert [fork["session"] for fork in cleaning["forks"]] == [forks[0].id]


def test_a_branch_without_a_session(forks_repo: ForksRepo) -> None:
    forks_repo.repo.git("branch", "plain")
    shown = forks_repo.cli("show", "plain", "--json")
    assert (shown.returncode, json.loads(shown.stdout)["session"]) == (0, None)
    assert forks_repo.cli("show", "nothing").returncode == 2
