"""Settings from git's configuration: without an editor, and below an editor's."""

import json
import subprocess
from pathlib import Path

import pytest

from forksight.app.workbench import Forksight
from forksight.core.git_settings import GitSetting, settings_from
from forksight.core.settings import Overlaps, Settings, read_settings
from tests import command_line
from tests.conftest import Checkout
from tests.lsp.fixtures import NUMBERS, Start

MINE = NUMBERS.replace("line 5\n", "mine\n")


def entries(*pairs: tuple[str, str], scope: str = "local") -> list[GitSetting]:
    return [GitSetting(scope, key, value) for key, value in pairs]


def test_values_are_read_as_git_reads_them() -> None:
    sourced = settings_from(
        entries(
            ("forksight.overlaps.enabled", "off"),
            ("forksight.overlaps.delay", "1k"),
            ("forksight.overlaps.ignore", "wip/*"),
            ("forksight.overlaps.ignore", "tmp/*"),
            ("forksight.overlaps.semanticlanguages", "python"),
            ("forksight.forks.maxactive", "9"),
            ("forksight.trace", "verbose"),
        )
    )
    assert sourced.problems == ()
    overlaps = Overlaps(enabled=False, delay=1024, ignore=("wip/*", "tmp/*"), semantic_languages=("python",))
    assert (sourced.settings.overlaps, sourced.settings.forks.max_active) == (overlaps, 9)
    assert sourced.settings.trace == "verbose"
    assert dict(sourced.sources)["forksight.overlaps.semanticLanguages"] == "local"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("forksight.overlaps.delay", "soon", "Setting forksight.overlaps.delay: "),
        ("forksight.overlaps.scope", "some", "Setting forksight.overlaps.scope: "),
        ("forksight.overlap.delay", "1", "forksight.overlap.delay in git's configuration: there is no such setting"),
        ("forksight.claude.path", "/tmp/x", "since it names a program"),
        ("forksight.worktree.setup", "rm -rf .", "since it names a program"),
        ("forksight.claude.extraargs", "--x", "since it names a program"),
        ("forksight.worktree.directory", "/tmp/x", "since it names a folder outside of the repository"),
        ("forksight.worktree.directory", "a/../../x", "since it names a folder outside of the repository"),
        ("forksight.worktree.directory", "~/x", "since it names a folder outside of the repository"),
    ],
)
@pytest.mark.parametrize("scope", ["local", "worktree"])
def test_what_is_wrong_is_told_and_costs_its_own_default(key: str, value: str, words: str, scope: str) -> None:
    given = entries((key, value), ("forksight.forks.maxactive", "9"), scope=scope)
    sourced = settings_from(given)
    (problem,) = sourced.problems
    assert words in problem.message
    assert sourced.settings == read_settings({"forks": {"maxActive": 9}})[0]


@pytest.mark.parametrize("scope", ["system", "global", "command"])
def test_a_person_names_programs_in_their_own_configuration(scope: str) -> None:
    given = entries(("forksight.worktree.setup", "make"), ("forksight.worktree.directory", "/w"), scope=scope)
    sourced = settings_from(given)
    assert sourced.problems == ()
    assert (sourced.settings.worktree.setup, sourced.settings.worktree.directory) == ("make", "/w")


def test_an_editors_values_stand_above() -> None:
    editor, _ = read_settings({"overlaps": {"delay": 0, "enabled": True}, "forks": {"maxActive": 7}})
    given = entries(
        ("forksight.overlaps.delay", "9"), ("forksight.overlaps.enabled", "no"), ("forksight.trace", "verbose")
    )
    sourced = settings_from(given, editor)
    assert sourced.settings.overlaps.delay == 0
    assert not sourced.settings.overlaps.enabled  # the editor's is the default: nobody has chosen it
    assert dict(sourced.sources) == {
        "forksight.forks.maxActive": "the editor",
        "forksight.overlaps.delay": "the editor",
        "forksight.overlaps.enabled": "local",
        "forksight.trace": "local",
    }


def test_the_command_line_obeys_them(shop: Checkout, pay: Checkout) -> None:
    shop.write({"pay.py": MINE})
    assert len(overlaps(shop)["overlaps"]) == 1
    shop.git("config", "forksight.overlaps.ignore", "feature/*")
    assert overlaps(shop)["overlaps"] == []
    shop.git("config", "--unset", "forksight.overlaps.ignore")
    shop.git("config", "extensions.worktreeConfig", "true")
    shop.git("config", "--worktree", "forksight.overlaps.ignore", "feature/*")
    assert overlaps(shop)["overlaps"] == []
    assert len(overlaps(pay)["overlaps"]) == 1


def test_what_is_wrong_is_said_on_standard_error(shop: Checkout, tmp_path: Path) -> None:
    shop.git("config", "forksight.worktree.setup", f"touch {tmp_path}/ran")
    shop.git("config", "forksight.overlaps.refs", "HEAD")
    done = command(shop, "overlaps", "--json")
    assert (
        done.stderr.count("Setting forksight.worktree.setup is not taken from the repository's own configuration") == 1
    )
    assert str(tmp_path / "ran") not in done.stdout + command(shop, "fork", "x", "--dry-run", "--json").stdout
    report = command(shop, "doctor").stdout
    assert "overlaps.refs (local)" in report
    assert "forksight.worktree.setup" in report


def test_the_own_configuration_of_one_repository(
    shop: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    own, extra = tmp_path / "gitconfig", tmp_path / "extra"
    own.write_text(f'[includeIf "gitdir:{shop.path}/"]\n\tpath = {extra}\n')
    extra.write_text('[forksight "worktree"]\n\tsetup = make ready\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(own))
    assert Forksight().open(str(shop.path)).settings.worktree.setup == "make ready"
    assert Forksight().open(str(tmp_path)).settings == Settings()


def test_the_server_obeys_them(start: Start, shop: Checkout, pay: Checkout) -> None:
    shop.git("config", "forksight.overlaps.enabled", "false")
    shop.git("config", "forksight.overlaps.delay", "many")
    editor = start(shop.path)
    editor.initialize(shop.path)
    uri = editor.open(shop.path / "pay.py", MINE)
    shown = editor.wait(lambda message: message.get("method") == "window/showMessage")["params"]["message"]
    assert "Setting forksight.overlaps.delay: " in shown
    editor.request("forksight/worktrees", {"uri": uri})
    assert not [message for message in editor.messages if message.get("method") == "textDocument/publishDiagnostics"]


def command(checkout: Checkout, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return command_line.run(*arguments, cwd=checkout.path)


def overlaps(checkout: Checkout) -> dict[str, list[object]]:
    document: dict[str, list[object]] = json.loads(command(checkout, "overlaps", "--json").stdout)
    return document
