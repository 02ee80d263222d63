"""What a colleague edits shows in an open editor, without anybody asking."""

from collections.abc import Callable

from tests.lsp.client import Editor
from tests.teams.conftest import NUMBERS, Machine, five

UTIL = """\
from functools import wraps


def charge(amount):
    return wraps(amount)


def refund(amount):
    return amount
"""


def test_a_colleagues_save_shows_here_and_goes_again(
    ada: Machine, bob: Machine, editor_on: Callable[..., Editor]
) -> None:
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    here = editor_on(bob)
    uri = here.open(bob.clone.path / "pay.py", five("bob's\n"))
    ada.write({"pay.py": five("ada's\n")}).run("share", "now")
    (diagnostic,) = here.diagnostics(uri)
    assert diagnostic["message"].startswith("Ada (ada-laptop) changed these lines too (uncommitted, seen")
    assert diagnostic["severity"] == 3  # Information
    assert diagnostic["range"]["start"]["line"] == 4
    mark = here.mark()
    ada.write({"pay.py": NUMBERS}).run("share", "now")
    here.diagnostics(uri, lambda diagnostics: not diagnostics, since=mark)
    assert here.shown() == []


def test_an_editor_publishes_what_is_saved(ada: Machine, bob: Machine, editor_on: Callable[..., Editor]) -> None:
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    there, here = editor_on(ada, publish=1), editor_on(bob, severity="warning")
    there.open(ada.clone.path / "pay.py")
    uri = here.open(bob.clone.path / "pay.py", five("bob's\n"))
    ada.write({"pay.py": five("ada's\n")})
    (diagnostic,) = here.diagnostics(uri)
    assert "Ada (ada-laptop)" in diagnostic["message"]
    assert diagnostic["severity"] == 2  # Warning, as the setting says
    worktree = diagnostic["data"]["others"][0]
    answer = here.request(
        "workspace/executeCommand",
        {"command": "forksight.openTheirs", "arguments": [{"uri": uri, "worktree": worktree, "path": "pay.py"}]},
    )
    assert answer


def test_a_break_is_shown_as_the_repositorys_setting_says(
    ada: Machine, bob: Machine, editor_on: Callable[..., Editor]
) -> None:
    ada.clone.commit({"util.py": UTIL}, "util")
    ada.clone.git("push", "--quiet")
    bob.clone.git("pull", "--quiet")
    bob.clone.git("config", "forksight.teams.severity", "hint")
    ada.run("share", "on", "--yes")
    bob.run("share", "on", "--yes")
    dropped = UTIL.replace("from functools import wraps\n", "").replace("return wraps(amount)", "return amount")
    ada.write({"util.py": dropped}).run("share", "now")
    here = editor_on(bob)
    uri = here.open(bob.clone.path / "util.py", f"{UTIL}\n\ndef again(amount):\n    return wraps(amount)\n")
    (diagnostic,) = here.diagnostics(uri)
    assert (diagnostic["code"], diagnostic["severity"]) == ("semantic-gone", 4)  # Hint
