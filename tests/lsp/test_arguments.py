"""Which place a request or command is about, and what is said of parameters that can't be read."""

import importlib
import re
from typing import Any

import pytest

from forksight.lsp.arguments import PLACE
from forksight.lsp.commands import COMMANDS
from tests.conftest import Checkout
from tests.lsp.client import Editor, RefusedError, uri_of
from tests.lsp.fixtures import Start

REQUESTS = ("status", "forkTree", "worktrees", "branches", "committed")


@pytest.fixture
def other(shop: Checkout) -> Checkout:
    """A second repository, open as the editor's second folder."""
    path = shop.path.parent / "other"
    path.mkdir()
    repository = Checkout(path)
    repository.git("init", "--initial-branch=trunk")
    repository.commit({"app.py": "print()\n"}, "base")
    return repository


@pytest.fixture
def both(start: Start, shop: Checkout, other: Checkout) -> Editor:
    """An editor with both repositories open."""
    editor = start(shop.path)
    editor.initialize(shop.path, other.path)
    return editor


def execute(editor: Editor, command: str, argument: object) -> Any:
    return editor.request("workspace/executeCommand", {"command": command, "arguments": [argument]})


def test_a_request_is_answered_for_its_own_repository(both: Editor, shop: Checkout, other: Checkout) -> None:
    for repository, branch in (shop, "main"), (other, "trunk"):
        for path in repository.path, next(repository.path.glob("*.py")):
            document = {"textDocument": {"uri": uri_of(path)}}
            assert both.request("forksight/status", document)["branch"] == branch
            assert both.request("forksight/worktrees", document)["repository"] == str(repository.path / ".git")
            assert both.request("forksight/forkTree", document)["repository"] == str(repository.path / ".git")
            current = [known["name"] for known in both.request("forksight/branches", document)["branches"]]
            assert current == [branch]


@pytest.mark.parametrize("request_name", REQUESTS)
def test_parameters_that_can_not_be_read_are_an_error(both: Editor, other: Checkout, request_name: str) -> None:
    document = {"uri": uri_of(other.path), "textDocument": {"uri": uri_of(other.path)}}
    for params, sentence in (
        ([document, None], r"the parameters are no object but \[\{"),
        (None, "the parameters are no object but null"),
        ({"textDocument": {}}, "textDocument has no uri"),
        ({"textDocument": uri_of(other.path)}, "textDocument has no uri"),
        ({"textDocument": {"uri": 7}}, "7 is no uri"),
        ({"textDocument": {"uri": "app.py"}}, "app.py is no file of this machine"),
        ({"textDocument": {"uri": "file:///nowhere/app.py"}}, "/nowhere/app.py is in no git repository"),
    ):
        with pytest.raises(RefusedError, match=sentence):
            both.request(f"forksight/{request_name}", params)


@pytest.mark.parametrize("request_name", REQUESTS[:4])
def test_what_names_no_place_is_about_the_first_folder_with_a_repository(
    start: Start, shop: Checkout, other: Checkout, request_name: str
) -> None:
    notes = shop.path.parent / "notes"
    notes.mkdir()
    editor = start(notes)
    editor.initialize(notes, other.path, shop.path)
    answer = editor.request(f"forksight/{request_name}", {})
    assert answer == editor.request(f"forksight/{request_name}", {"uri": uri_of(other.path)})
    assert execute(editor, "forksight.showOverlaps", {})["worktree"] == str(other.path)


def test_a_key_that_a_command_does_not_know_is_named(both: Editor, other: Checkout) -> None:
    with pytest.raises(RefusedError) as refused:
        execute(both, "forksight.forkSession", {"uri": uri_of(other.path), "brnach": "x", "tilte": "y"})
    message = refused.value.error["message"]
    assert message.startswith("forksight.forkSession does not know brnach, tilte: it knows again, background, ")
    assert other.git("branch", "--format=%(refname:short)") == "trunk"  # nothing was done
    with pytest.raises(RefusedError, match=r"forksight\.showForkTree does not know session"):
        execute(both, "forksight.showForkTree", {"session": "x"})
    with pytest.raises(RefusedError, match="textDocument has no uri"):
        execute(both, "forksight.showForkTree", {"textDocument": {}})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_takes(name: str) -> None:
    module = importlib.import_module(f"forksight.lsp.commands.{COMMANDS[name]}")
    documented = re.search(rf"`{re.escape(name)} {{(.*?)}}`", module.__doc__ or "", re.DOTALL)
    assert documented is not None
    keys = {key.strip(" ?") for key in documented[1].split(",")}
    assert keys <= module.ARGUMENTS
    assert module.ARGUMENTS >= PLACE


def test_ignoring_needs_no_open_document(both: Editor, shop: Checkout, other: Checkout) -> None:
    result = execute(both, "forksight.ignoreOverlaps", {"uri": uri_of(other.path), "label": "feature/pay"})
    assert result == {"ignored": ["feature/pay"]}
    for repository, ignored in (shop, []), (other, ["feature/pay"]):
        answer = both.request("forksight/worktrees", {"textDocument": {"uri": uri_of(repository.path)}})
        assert answer["ignored"] == ignored
    with pytest.raises(RefusedError, match="uri is missing"):
        execute(both, "forksight.stopIgnoring", {"label": "feature/pay"})
    assert execute(both, "forksight.stopIgnoring", {"uri": uri_of(other.path), "label": "feature/pay"})["ignored"] == []
