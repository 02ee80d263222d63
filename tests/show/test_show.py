"""`forksight show`: what is in a fork, from git and its transcript."""

import json

from tests.cleanup.yard import Yard
from tests.land.forks_to_land import LINES, done, line


def test_what_is_in_a_fork(yard: Yard) -> None:
    yard.repo.commit({"code.py": LINES})
    fork = done(yard, "feature/a", {"code.py": line(3, "a")}, "change line 3")
    done(yard, "feature/b", {"code.py": line(3, "b")}, "too")
    fork.checkout.write({"new.py": "n\n"})
    yard.repo.commit({"main.py": "m\n"})
    path = f"{fork.checkout.path}/code.py"
    yard.stage.fork_of(yard.parent, fork.id, str(fork.checkout.path), "feature/a", edits=[path, path], runs=["pytest"])
    shown = yard.stage.cli("show", "feature/a", "--json")
    assert shown.returncode == 1, shown.stderr
    document = json.loads(shown.stdout)
    assert (document["target"], document["ahead"], document["behind"]) == ("main", 1, 1)
    assert document["uncommitted"] == ["new.py"]
    assert document["conflicts"] == [{"with": "feature/b", "files": ["code.py"]}]
    assert (document["asked"], document["edited"]) == (["go on"], [path])  # nothing of what it inherited
    assert document["commands"] == {"count": 1, "failed": 0}
    assert [run["command"] for run in document["tests"]] == ["pytest"]
    assert document["last_sentence"] == "Gone on."
    text = yard.stage.cli("show", fork.id).stdout
    assert "1 ahead of main, 1 behind" in text
    assert "feature/b: code.py" in text


def test_a_fork_whose_branch_was_renamed_and_whose_worktree_is_elsewhere(yard: Yard) -> None:
    yard.repo.commit({"code.py": LINES})
    forks = [done(yard, name, {f"{name}.py": "x\n"}, name) for name in ("a", "b")]
    for fork in forks:
        path = str(fork.checkout.path)
        yard.stage.fork_of(yard.parent, fork.id, path, fork.branch, edits=[f"{path}/{fork.branch}.py"])
    assert yard.stage.cli("tree").returncode == 0
    yard.repo.git("branch", "--move", "a", "renamed")
    moved = forks[0].checkout.path.with_name("elsewhere")
    yard.repo.git("worktree", "move", str(forks[0].checkout.path), str(moved))
    document = json.loads(yard.stage.cli("show", "renamed", "--json").stdout)
    assert (document["session"], document["edited"]) == (forks[0].id, [f"{moved}/a.py"])
    yard.repo.git("worktree", "remove", str(moved))
    for name in ("a", "renamed"):
        compared = json.loads(yard.stage.cli("compare", name, "b", "--json").stdout)
        assert [fork["session"] for fork in compared["forks"]] == [forks[0].id, forks[1].id]
    landing = json.loads(yard.stage.cli("land", "--dry-run", "--json").stdout)
    assert {fork["branch"]: fork["session"] for fork in landing["forks"]} == {
        "renamed": forks[0].id,
        "b": forks[1].id,
    }
    cleaning = json.loads(yard.stage.cli("clean", "renamed", "--json").stdout)
    assert [fork["session"] for fork in cleaning["forks"]] == [forks[0].id]


def test_a_branch_without_a_session(yard: Yard) -> None:
    yard.repo.git("branch", "plain")
    shown = yard.stage.cli("show", "plain", "--json")
    assert (shown.returncode, json.loads(shown.stdout)["session"]) == (0, None)
    assert yard.stage.cli("show", "nothing").returncode == 2
