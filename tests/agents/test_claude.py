"""The plugin with the real Claude Code, judged by what the requests to the model contain."""

import json
import os
import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.agents.checkouts import SEEN, SINCE, Checkouts, lines
from tests.agents.plugin_rig import EVENTS, OURS, PLUGIN, PluginRig, read_by_model
from tests.claude.rig import Claude
from tests.rigs import ROOT
from tests.waiting import wait_for

pytestmark = [pytest.mark.claude, pytest.mark.timeout(600)]

REFUSED = rf"PreToolUse:\w+ hook error: Nothing was written, because merging would conflict\. {SEEN.pattern}"
STOPS = "conflicts now with feature/pay: merging will stop there."
# Claude Code 2.1.197 starts without a server that takes over two seconds: until the model's next turn it has no hooks.
UNTIL_HOOKED = """BASH timeout 60 sh -c 'until [ -n "$(ls ~/.cache/forksight/residents)" ]; do sleep 0.1; done'"""


def by_conversation(requests: list[dict[str, Any]]) -> list[str]:
    """What was read in each conversation (the session's, and those of its subagents) in its longest request."""
    conversations: dict[str, list[dict[str, Any]]] = {}
    for request in requests:
        conversations.setdefault(json.dumps(request["messages"][0]), []).append(request)
    return [read_by_model(own) for own in conversations.values()]


def also_changed(rig: PluginRig, files: dict[str, tuple[str, str]]) -> None:
    """More files for both worktrees; the other one has changed each: `{name: (before, after)}`."""
    rig.checkouts.main.commit({name: before for name, (before, _) in files.items()}, "more files")
    rig.checkouts.pay.git("merge", "--quiet", "main")
    rig.checkouts.pay.write({name: after for name, (_, after) in files.items()})


def contexts(heard: str) -> list[tuple[str, str]]:
    """What hooks added: which hook, and the first line, without the time."""
    lines = re.findall(r"(\w+(?::\w+)?) hook additional context: (.*)", heard)
    return [(hook, re.sub(f" {SINCE}", "", text)) for hook, text in lines]


def test_what_it_sees_and_writes_is_told_with_any_tool(rig: PluginRig) -> None:
    names = ("cat.py", "sed.py", "here.py", "script.py", "grep.py")
    also_changed(rig, {name: (lines(), lines(five="five of pay")) for name in names})
    document = lines(five="five of main").replace("\n", "\\n")
    script = "import sys; open('script.py', 'w').write(open('cat.py').read().replace('line 5', '5')); sys.exit(3)"
    steps = [
        f"READ {rig.app}",
        f"EDIT {rig.app} line 5=>five of main",
        "BASH cat cat.py",
        "BASH sed -i 's/line 5/five of main/' sed.py",
        f"BASH cat > here.py <<'EOF'\\n{document}EOF",
        f'BASH python3 -c "{script}"',
        f"GREP {rig.checkouts.main.path}/grep.py line 5",
        "BASH cat README cat.py",
    ]
    heard = rig.heard("\n".join(steps), "--tools", "Read,Edit,Bash,Grep")
    assert contexts(heard) == [
        ("PostToolUse:Read", "app.py:5 is also changed in feature/pay:"),
        ("PostToolUse:Edit", f"app.py:5 {STOPS}"),
        ("PostToolUse:Bash", "cat.py:5 is also changed in feature/pay:"),
        ("PostToolUse:Bash", f"sed.py:5 {STOPS} Their version:"),
        ("PostToolUse:Bash", f"here.py:5 {STOPS} Their version:"),
        ("PostToolUseFailure:Bash", f"script.py:5 {STOPS} Their version:"),
        ("PostToolUse:Grep", "grep.py:5 is also changed in feature/pay:"),
    ]
    assert heard.count("  | five of pay") == 6, "each fact is told once"
    assert rig.app.read_text() == (rig.app.parent / "here.py").read_text() == lines(five="five of main")


BOOK = json.dumps(
    {
        "cells": [{"cell_type": "markdown", "id": "c1", "metadata": {}, "source": "a book"}],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    },
    indent=1,
)


def test_what_would_conflict_or_break_is_refused_once_and_then_written(rig: PluginRig) -> None:
    shop = "import util\n\n\ndef pay():\n    return 1\n"
    files = {
        "mind.py": (lines(), lines(five="five of pay")),
        "shop.py": (shop, shop),
        "util.py": ("def charge():\n    pass\n", "def bill():\n    pass\n"),
        "book.ipynb": (BOOK, BOOK),
    }
    also_changed(rig, files)
    main, pay = rig.checkouts.main.path, rig.checkouts.pay.path
    (pay / "new.py").write_text("new of pay\n")
    os.utime(pay / "util.py", (1, 1))  # what is being written just now breaks nothing yet
    (pay.parent / "book").write_text(BOOK.replace("a book", "a book of pay"))
    steps = [
        *[f"EDIT {rig.app} line 5=>five of main"] * 2,
        *[f"WRITE {main}/new.py new of main\\n"] * 2,
        f"EDIT {main}/mind.py line 5=>five of main",
        f"EDIT {main}/mind.py line 5=>five of pay",
        *[f"EDIT {main}/shop.py return 1=>return util.charge()"] * 2,
        f"READ {main}/book.ipynb",
        f"BASH cp {pay.parent}/book {pay}/book.ipynb",
        *[f"NOTEBOOK {main}/book.ipynb c1 a book of main"] * 2,
    ]
    requests = rig.prompt(main, "\n".join(steps))
    refused = re.findall(
        r"PreToolUse:(\w+) hook error: Nothing was written, because .*?[.:] (\S+?):? ", read_by_model(requests)
    )
    assert refused == [
        ("Edit", "app.py:5"),
        ("Write", "new.py"),
        ("Edit", "mind.py:5"),
        ("Edit", "shop.py:5"),
        ("NotebookEdit", "book.ipynb:7"),
    ]
    first = next(request for request in requests if "Nothing was written" in read_by_model([request]))
    assert re.search(REFUSED, read_by_model([first]))
    assert "has been updated successfully" not in read_by_model([first]), "it is told before it writes"
    assert rig.app.read_text() == lines(five="five of main")
    assert (main / "new.py").read_text() == "new of main\n"
    assert (main / "mind.py").read_text() == lines(five="five of pay"), "it has changed its mind"
    assert "util.charge()" in (main / "shop.py").read_text()
    assert "a book of main" in (main / "book.ipynb").read_text()


def test_other_worktrees_paths_are_refused_once_and_what_commands_change_there_is_told(rig: PluginRig) -> None:
    main, pay = rig.checkouts.main.path, rig.checkouts.pay.path
    cart, docs = (rig.checkouts.main.worktree(name, f"feature/{name}").path for name in ("cart", "docs"))
    script = main.parent / "script"
    script.write_text(f"echo more >> {docs}/README\n")
    steps = [
        *[f"EDIT {main}/README hello=>bye"] * 2,
        *[f"EDIT {cart}/README hello=>bye"] * 2,
        f"BASH sh {script}",
        f"BASH rm {docs}/README",
    ]
    heard = read_by_model(rig.prompt(pay, "\n".join(steps)))
    assert heard.count("Nothing was written: ") == 2
    for place in (main, cart):
        assert f"Nothing was written: {place}/README is in " in heard
        assert (place / "README").read_text() == "bye\n"
    assert heard.count(f"That file is {pay}/README: edit it there.") == 2
    told = [text for hook, text in contexts(heard) if hook == "PostToolUse:Bash"]
    there, here = f"the worktree of feature/docs ({docs})", f"You work in the worktree of feature/pay ({pay})."
    assert told == [
        f"While that command ran, README changed in {there}, where no other session is known to work. {here}",
        f"That command changed README in {there}. {here}",
    ]


def test_a_session_that_is_resumed_or_forked_hears_of_a_branch_that_moved_and_nothing_twice(rig: PluginRig) -> None:
    session, pay = str(uuid.uuid4()), rig.checkouts.pay.path
    first = rig.heard(f"READ {rig.app}", "--session-id", session)
    assert first.count("five of pay") == 1
    rig.checkouts.pay.write({"app.py": lines(five="five of pay", nine="nine of pay")})
    again = read_by_model(rig.prompt(rig.checkouts.main.path, f"READ {rig.app}", "--resume", session))
    assert again.count("five of pay") == 1, "what stands in its context is not said again by a new process"
    assert contexts(again)[1:] == [("UserPromptSubmit", "Other worktrees edit files that this session works with.")]
    assert "app.py:9 is also changed in feature/pay" in again
    rig.checkouts.main.commit({"README": "moved\n"})
    transcript = rig.claude.transcript(session)
    transcript.write_text(re.sub(r'"timestamp":"20\d\d', '"timestamp":"2020', transcript.read_text()))
    heard = rig.prompt(pay, "hello", "--resume", session, "--fork-session", *EVENTS)
    moved = "SessionStart hook additional context: main has 1 commit that feature/pay does not have"
    assert moved in read_by_model(heard)
    assert "Its prompt cache has likely expired" not in read_by_model(heard), "that is for the person"
    assert re.search(r"Its prompt cache has likely expired: the first answer pays for [\d,]+ tokens", rig.printed[-1])


def test_without_an_overlap_the_model_gets_not_one_token(rig: PluginRig) -> None:
    readme = rig.checkouts.main.path / "README"
    prompt = f"READ {readme}\nEDIT {readme} hello=>bye\nBASH cat README; ls > list.txt\nWRITE {readme.parent}/new.py x\nAGENT BASH cat README"
    with_plugin = rig.prompt(rig.checkouts.main.path, prompt)
    assert not OURS.search(read_by_model(with_plugin))
    names = {tool["name"] for request in with_plugin for tool in request.get("tools", [])}
    assert not [name for name in names if "forksight" in name.lower() or name.startswith("mcp__")]
    for request in with_plugin:
        assert "forksight" not in json.dumps(request).lower().replace(str(ROOT).lower(), "")


def test_subagents_hear_for_themselves(rig: PluginRig) -> None:
    also_changed(rig, {"apart.py": (lines(), lines(five="five of pay"))})
    edit = f"EDIT {rig.app} line 5=>five of main"
    apart = "APART BASH sed -i 's/line 5/five apart/' apart.py"
    requests = rig.prompt(
        rig.checkouts.main.path, f"AGENT {edit}\n{edit}\nAGENT READ {rig.checkouts.main.path}/README\n{apart}"
    )
    conversations = by_conversation(requests)
    assert rig.app.read_text() == lines(), "each was refused once, and none of them repeated"
    session = read_by_model(requests)
    first, second, third = (
        next(text for text in conversations if f"\n{prompt}" in text and text != session)
        for prompt in (edit, "READ", "BASH sed")
    )
    assert len(re.findall(REFUSED, first)) == len(re.findall(REFUSED, session)) == 1
    news = rf"SubagentStart hook additional context: Other worktrees edit files .*\n{SEEN.pattern}"
    assert not re.search(news, first), "its session had seen nothing yet"
    assert re.search(news, second)
    assert ("PostToolUse:Bash", f"apart.py:5 {STOPS} Their version:") in contexts(third), "in its own worktree"
    assert "apart.py" not in "".join(text for _, text in contexts(session))


def test_in_a_worktree_that_has_just_been_made_it_hears_from_the_first_edit_on(rig: PluginRig) -> None:
    worktrees = str(ROOT / "editors/claude-worktrees")
    place = rig.checkouts.main.path / ".claude/worktrees/feature-auth"
    prompt = (
        f"EDIT {place}/app.py line 5=>five of auth\nEDIT {rig.checkouts.main.path}/README hello=>bye\nBASH echo done"
    )
    heard = rig.heard(prompt, "--plugin-dir", worktrees, "--worktree", "feature/auth")
    assert re.search(REFUSED, heard)
    assert (place / "app.py").read_text() == lines()
    # Of a worktree that it asked for itself, Claude Code 2.1.332 refuses the main checkout's paths before any hook.
    assert (rig.checkouts.main.path / "README").read_text() == "hello\n"


def test_in_a_terminal_the_person_sees_it_and_the_next_prompt_brings_news(rig: PluginRig) -> None:
    rig.claude.trust(rig.checkouts.main.path)
    before = len(rig.claude.model.requests)
    with rig.claude.interactive(rig.checkouts.main.path, "--plugin-dir", str(rig.plugin)) as terminal:
        terminal.type(f"EDIT {rig.app} line 5=>five of main")
        terminal.wait("OK: EDIT")
        assert "app.py:5 is also changed in feature/pay" in terminal.screen()
        terminal.type("EDIT app.py line 5=>five of main again")
        terminal.wait("OK: EDIT .*again")
        assert "five of main again" in rig.app.read_text()
        assert re.search(REFUSED, read_by_model(rig.claude.model.requests[before:]))
        rig.checkouts.pay.write({"app.py": lines(five="five of pay", nine="nine of pay")})
        terminal.type("go on")
        terminal.wait("OK: go on")
        heard = read_by_model(rig.claude.model.requests[before:])
        assert contexts(heard)[-1] == (
            "UserPromptSubmit",
            "Other worktrees edit files that this session works with.",
        )
        assert "app.py:9 is also changed in feature/pay" in heard
        beside = read_by_model(rig.prompt(rig.checkouts.main.path, "hello"))
        assert "SessionStart hook additional context: Another Claude Code session works in this worktree" in beside


def test_a_background_session_is_refused_once_too(rig: PluginRig) -> None:
    """In a worktree of its own: in the main checkout Claude Code lets no background session edit."""
    cart = rig.checkouts.main.worktree("cart", "feature/cart").path
    rig.claude.trust(cart)
    before = len(rig.claude.model.requests)
    options = ("--dangerously-skip-permissions", "--plugin-dir", str(rig.plugin))
    edit = f"EDIT {cart}/app.py line 5=>five of cart"
    try:
        rig.claude.run(cart, "--bg", *options, f"{edit}\n{edit}")
        wait_for("the edit", lambda: (cart / "app.py").read_text() == lines(five="five of cart"))
        heard = "\n".join(by_conversation(rig.claude.model.requests[before:]))
        assert len(re.findall(REFUSED, heard)) == 1
    finally:
        rig.claude.stop_daemon()


def test_the_old_claude_code_tells_too(
    checkouts: Checkouts, claude_old: Claude, patient_program: None, patient_plugins: Path
) -> None:
    rig = PluginRig(checkouts, claude_old, patient_plugins / PLUGIN.name)
    edit = f"EDIT {rig.app} line 5=>five of main"
    work = f"BASH cat app.py\n{edit}\nAGENT READ {rig.checkouts.main.path}/README\nREAD {rig.app}"
    heard = rig.heard(f"{UNTIL_HOOKED}\n{work}")
    assert re.search(SEEN, heard)
    assert contexts(heard) == [
        ("PostToolUse:Bash", "app.py:5 is also changed in feature/pay:"),
        ("PostToolUse:Edit", f"app.py:5 {STOPS}"),
    ]
