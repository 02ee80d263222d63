"""The group "Colleagues" of the fork tree: on the command line, on the dashboard, and as editors get it."""

from typing import Any

import pytest

from forksight.app.workbench import Forksight
from forksight.features.dashboard.differences import differences
from forksight.features.dashboard.live_board import board_now
from forksight.features.overlaps.configured_engine import configured_engine
from tests.lsp.client import uri_of
from tests.teams.conftest import EditorOn
from tests.teams.machines import Machine, five
from tests.teams.test_editor import content
from tests.waiting import wait_for


@pytest.fixture
def meeting(ada: Machine, bob: Machine) -> Machine:
    """Bob's machine after Ada shared two files, one of which Bob edits on the same line; he shares nothing of his."""
    ada.clone.git("checkout", "--quiet", "-b", "feature/pay")
    ada.write({"pay.py": five("ada's\n"), "new.py": "new\n", ".env": "KEY=1\n"}).run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    return bob.write({"pay.py": five("bob's\n")})


def test_the_tree_has_colleagues_and_how_sharing_goes(ada: Machine, meeting: Machine) -> None:
    tree = meeting.json("tree")
    (colleague,) = tree["colleagues"]
    assert (colleague["user"], colleague["machine"], colleague["branch"]) == ("Ada", "ada-laptop", "feature/pay")
    assert colleague["files"] == 2
    assert colleague["paths"] == ["new.py", "pay.py"]
    assert colleague["conflicts"] == [{"with": "main", "worktree": str(meeting.clone.path), "path": "pay.py"}]
    assert colleague["since"].endswith("Z")
    assert tree["sharing"].startswith("Sharing through origin: nothing published; 1 other machine")
    printed = meeting.run("tree")
    assert "Colleagues · Sharing through origin" in printed
    assert f"Ada (ada-laptop)  {colleague['text']}" in printed
    assert colleague["text"].endswith("conflicts with main in pay.py")
    assert "1 left out" in ada.run("tree")
    meeting.run("share", "off")
    tree = meeting.json("tree")
    assert (tree["sharing"], tree["colleagues"]) == (None, [])
    assert "Colleagues" not in meeting.run("tree")


def test_the_dashboard_has_them_too(meeting: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = meeting.run("tree", "--watch")
    assert "Colleagues · Sharing through origin" in picture
    assert "Ada (ada-laptop)  feature/pay · 2 files · seen" in picture
    for name, value in meeting.env.items():
        monkeypatch.setenv(name, value)
    context = Forksight().open(str(meeting.clone.path))
    engine = configured_engine(context)
    (row,) = board_now(context, engine).rows  # the worktree here; a colleague's is none
    assert [other.label for other in row.opponents] == ["Ada (ada-laptop)"]
    shown = differences(engine, row, str(meeting.clone.path))
    assert "-bob's\n+ada's\n" in shown


def test_editors_get_them_and_hear_of_news(ada: Machine, meeting: Machine, editor_on: EditorOn) -> None:
    meeting.run("share", "now")  # what the editor would publish is news of the tree, too
    here = editor_on(meeting)
    uri = here.open(meeting.clone.path / "pay.py")
    here.diagnostics(uri)
    place = {"textDocument": {"uri": uri}}
    (colleague,) = here.request("forksight/forkTree", place)["colleagues"]
    assert colleague["label"] == "Ada (ada-laptop)"
    assert "conflicts with main in pay.py" in colleague["text"]

    def answer(command: str, path: str, **options: object) -> dict[str, Any]:
        argument = {"uri": uri_of(meeting.clone.path / path), "worktree": colleague["worktree"], **options}
        params = {"command": f"forksight.{command}", "arguments": [argument]}
        result: dict[str, Any] = here.request("workspace/executeCommand", params)
        return result

    def shown(command: str, path: str) -> str:
        return content(answer(command, path)["uri"])

    here.close(uri)
    assert "-bob's\n+ada's\n" in shown("diffTheirs", "pay.py")  # of files that are not open, from their row
    assert shown("openTheirs", "new.py") == "new\n"
    version = answer("openTheirs", "pay.py", show=False)  # for who puts it beside something
    assert (version["shown"], version["label"], version["text"]) == (False, "Ada (ada-laptop)", five("ada's\n"))
    assert content(version["uri"]) == version["text"]
    uri = here.open(meeting.clone.path / "pay.py")
    mark = here.mark()
    ada.write({"more.py": "more\n"}).run("share", "now")
    here.wait(lambda message: message.get("method") == "forksight/forkTreeChanged", since=mark)
    wait_for("a third file", lambda: here.request("forksight/forkTree", place)["colleagues"][0]["files"] == 3)
