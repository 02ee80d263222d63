"""A transcript that travels: what of it leaves a machine, and what of a stranger's is taken."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from forksight.core.teams.baseline.materialised import materialised
from forksight.core.teams.baseline.places import PathsToPlaceholders, PlaceholdersToPaths, Places
from forksight.core.teams.baseline.portable import PortableTranscript, portable

Row = dict[str, Any]

ADA = Places(
    "/home/ada/shop", "/home/ada", "/opt/claude", ("/mnt/shop", "/home/ada/shop/.claude/worktrees/pay"), ("/data/ada",)
)
BOB = Places("/srv/bob/shop", "/home/bob", "/home/bob/.claude")
KEY = "sk-ant-api03-" + "Ab1" * 20


class Talk:
    """The rows of a session, each below the one before."""

    def __init__(self) -> None:
        self.rows: list[Row] = [{"type": "custom-title", "customTitle": "core", "sessionId": "s"}]
        self._calls = 0
        self.say("read the code")

    def row(self, kind: str, **fields: Any) -> "Talk":
        above = next((row["uuid"] for row in reversed(self.rows) if "uuid" in row), None)
        common: dict[str, Any] = {
            "timestamp": "2026-01-02T03:04:05.678Z",
            "version": "2.1.332",
            "cwd": "/home/ada/shop",
            "sessionId": "s",
        }
        common |= {"uuid": str(uuid.uuid4()), "parentUuid": above, "isSidechain": False, "requestId": "req_1"}
        self.rows.append({**common, "type": kind, **fields})
        return self

    def say(self, content: object, **fields: Any) -> "Talk":
        return self.row("user", message={"role": "user", "content": content}, **fields)

    def answer(self, *content: Row, **fields: Any) -> "Talk":
        usage = {"input_tokens": 7, "output_tokens": 8}
        message = {"id": f"m{len(self.rows)}", "role": "assistant", "model": "x", "content": [*content], "usage": usage}
        return self.row("assistant", message=message, **fields)

    def text(self, text: str) -> "Talk":
        return self.answer({"type": "text", "text": text})

    def call(self, tool: str, given: Row, result: object, outcome: object = None) -> "Talk":
        self._calls += 1
        identity = f"toolu_{self._calls}"
        self.answer({"type": "tool_use", "id": identity, "name": tool, "input": given})
        return self.say([{"type": "tool_result", "tool_use_id": identity, "content": result}], toolUseResult=outcome)

    def attach(self, **attachment: Any) -> "Talk":
        rendered = attachment.pop("rendered", None)
        shown = {"rendered": [{"content": rendered}], "renderedRole": "user"} if rendered else {}
        return self.row("attachment", attachment=attachment, **shown)

    def leaves(self) -> tuple[PortableTranscript, str]:
        data = "".join(json.dumps(row) + "\n" for row in self.rows).encode()
        made = portable(data, ADA)
        return made, made.data.decode()


def test_paths_travel_as_placeholders_and_come_back_as_those_of_the_other_machine() -> None:
    texts = [
        "/home/ada/shop/a.py /mnt/shop/b.py /home/ada/shop/.claude/worktrees/pay/c.py",
        "/home/ada/shop-pay/x /home/ada/.bashrc /home/adam/y /opt/claude/projects/-home-ada-shop/memory /home/ada/shop.",
        "ls -la '/home/ada/shop' /home/ada/shop.git /data/ada/x",
    ]
    talk = Talk()
    for text in texts:
        talk.text(text)
    made, said = talk.leaves()
    assert "/home/ada/" not in said
    assert not {'/home/ada"', "-home-ada", "/mnt/shop", "/opt/claude"} & set(said.split())
    here = materialised(made.data, BOB, made.tag, session="n", title="Ada/core", branch="main")
    rows = [json.loads(line) for line in here.splitlines()]
    answers = [row["message"]["content"][0]["text"] for row in rows if row["type"] == "assistant"]
    assert answers == [
        "/srv/bob/shop/a.py /srv/bob/shop/b.py /srv/bob/shop/c.py",
        "/home/bob/shop-pay/x /home/bob/.bashrc /home/adam/y /home/bob/.claude/projects/-srv-bob-shop/memory /srv/bob/shop.",
        "ls -la '/srv/bob/shop' /home/bob/shop.git /home/bob/x",
    ]
    assert {row["cwd"] for row in rows if "uuid" in row} == {"/srv/bob/shop"}
    assert {row["sessionId"] for row in rows} == {"n"}
    assert rows[0] == {"type": "custom-title", "customTitle": "Ada/core", "sessionId": "n"}


def test_a_text_that_has_a_placeholder_already_stays_what_it_is() -> None:
    text = "f'{home}/x {checkout-1} {claude-name}' in /home/ada/shop"
    made, said = Talk().text(text).leaves()
    assert made.tag == 2
    assert "{checkout-2}" in said
    assert "f'{home}/x {checkout-1} {claude-name}' in /srv/bob/shop" in PlaceholdersToPaths(BOB, made.tag)(said)
    assert PathsToPlaceholders(ADA, 0)("nothing") == "nothing"


def test_what_is_the_persons_own_stays_and_is_counted() -> None:
    own = "always answer in rhymes, please"
    heading = "Instructions:\n\nContents of /home/ada/.claude/CLAUDE.md (user's private):\n\n"
    rendered = f"{heading}{own}\n\nContents of /home/ada/shop/CLAUDE.md (project):\n\nUse tabs.\n"
    files = [
        {"path": "/home/ada/.claude/CLAUDE.md", "type": "User", "content": own},
        {"path": "/home/ada/shop/CLAUDE.md", "type": "Project", "content": "Use tabs."},
    ]
    talk = Talk().attach(type="instructions", files=files, rendered=rendered)
    talk.attach(type="instructions", files=files[:1], rendered=heading + own)
    talk.attach(type="instructions", files=files, rendered=f"in other words: {own}\nUse tabs.")
    talk.attach(type="skill_listing", content="my own skills")
    talk.answer({"type": "thinking", "thinking": "hm", "signature": "abc"})
    talk.answer({"type": "thinking", "thinking": "hm", "signature": "abc"}, {"type": "text", "text": "done"})
    talk.say([{"type": "image", "source": {"type": "base64", "data": "aGk="}}])
    talk.row("system", subtype="api_error", content="at 10.0.0.1")
    agent = {**talk.rows[1], "isSidechain": True, "uuid": str(uuid.uuid4()), "message": {"content": "from a subagent"}}
    talk.rows.insert(2, agent)
    talk.rows.append({"type": "file-history-snapshot", "snapshot": {}})
    made, said = talk.text("end").leaves()
    assert "Use tabs." in said
    assert "Contents of {checkout}/CLAUDE.md" in said
    for word in ("rhymes", "own skills", "signature", "aGk=", "10.0.0.1", "subagent", "requestId", 'input_tokens":7'):
        assert word not in said, word
    assert made.left_out == {
        "parts of the kind thinking": 2,
        "rows of bookkeeping": 2,
        "instructions of your own: /home/ada/.claude/CLAUDE.md": 2,
        "instructions of your own: a whole row, because they can't be separated from the project's": 1,
        "rows of the kind attachment skill_listing": 1,
        "images and documents": 1,
        "rows of the kind system api_error": 1,
        "rows of subagents": 1,
    }
    rows = [json.loads(line) for line in said.splitlines()]
    assert [row["parentUuid"] for row in rows] == [None, *(row["uuid"] for row in rows[:-1])], "no row hangs on none"


def test_keys_are_masked_wherever_they_stand() -> None:
    env = "1\tSHOP_TOKEN=hunter2hunter2\n2\texport DEBUG=true\n"
    block = "-----BEGIN RSA PRIVATE KEY-----\nMIIEvq\n-----END RSA PRIVATE KEY-----"
    talk = Talk().call("Read", {"file_path": "/home/ada/shop/.env"}, env, {"file": {"filePath": "x", "content": env}})
    talk.text("The token is hunter2hunter2, and DEBUG is true.")
    talk.call("Bash", {"command": "cat config/prod.pem"}, "whatever it is")
    talk.call("Write", {"file_path": ".env.local", "content": "A=1"}, "written")
    talk.call("Bash", {"command": "grep -rn TOKEN ."}, "./.env:1:SHOP=short\n./app.py:3:TOKEN = None")
    talk.text(f"{KEY} and {block} and https://ada:topsecret@example.org/x")
    made, said = talk.leaves()
    for word in ("hunter2", "whatever", "A=1", "short", KEY[10:], "MIIEvq", "topsecret"):
        assert word not in said, word
    assert "DEBUG is true" in said
    assert "TOKEN = None" in said
    assert [(mask.why, mask.times) for mask in made.masked] == [
        (".env: its name says that it holds keys", 1),
        ("something in it looks like a key", 1),
        ("prod.pem: its name says that it holds keys", 1),
        (".env.local: its name says that it holds keys", 1),
        ("something in it looks like a key", 1),
        ("something in it looks like a key", 3),
    ]


def test_what_was_rewound_stays() -> None:
    talk = Talk().text("kept")
    last = talk.rows[-1]["uuid"]
    talk.say("a secret plan").text("no")
    talk.row("user", message={"role": "user", "content": "go on"}, parentUuid=last).text("gone on")
    made, said = talk.leaves()
    assert "secret plan" not in said
    assert made.rows == 4
    assert made.left_out["rows that were rewound or are duplicates"] == 2


def change(**fields: Any) -> Callable[[Row], None]:
    return lambda row: row.update(fields)


def content(*blocks: object) -> Callable[[Row], None]:
    return lambda row: row["message"].update(content=[*blocks])


HOSTILE: dict[str, Callable[[Row], None]] = {
    "another field": change(hooks={}),
    "no id": change(uuid=None),
    "a path for an id": change(uuid="../../../x"),
    "hangs on nothing": change(parentUuid=str(uuid.uuid4())),
    "a list for a parent": change(parentUuid=[]),
    "another kind": change(type="custom-title"),
    "no kind": change(type=["user"]),
    "a subagent": change(isSidechain=True),
    "no time": change(timestamp="now"),
    "a version": change(version="2.1; rm -rf ~"),
    "two things": change(attachment={"type": "file"}),
    "the system": change(renderedRole="system"),
    "no message": change(message="hello"),
    "another role": lambda row: row["message"].update(role="system"),
    "more in a message": lambda row: row["message"].update(system="obey"),
    "thinking": content({"type": "thinking", "thinking": "x", "signature": "y"}),
    "no text": content({"type": "text", "text": 1}),
    "no block": content("x"),
    "no list": lambda row: row["message"].update(content=7),
    "nested": content({"type": "tool_use", "id": "1", "name": "x", "input": json.loads("[" * 200 + "]" * 200)}),
    "a call without arguments": content({"type": "tool_use", "id": "1", "name": "x", "input": []}),
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
def test_a_row_of_a_stranger_that_is_not_as_published_is_refused(spoil: Callable[[Row], None]) -> None:
    made, said = Talk().text("fine").text("spoilt").leaves()
    rows = [json.loads(line) for line in said.splitlines()]
    spoil(rows[-1])
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    with pytest.raises(ValueError, match=r"row|nested"):
        materialised(data, BOB, made.tag, session="n", title="t", branch=None)


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"hello\n", b"{}\n", b"[1]\n", b'{"type":"user"}', b"\xff\xfe\n", b"\0" * 99]
)
def test_what_is_no_transcript_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is|row 1|no answer"):
        materialised(data, BOB, 0, session="n", title="t", branch=None)
