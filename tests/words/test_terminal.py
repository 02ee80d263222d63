"""What a terminal, and an agent, may be shown of a stranger's text."""

import json

import pytest

from forksight.core.words.terminal import printable, printable_json

ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def tags(text: str) -> str:
    """ASCII as tags: nobody sees it, a model reads it."""
    return "".join(chr(0xE0000 + ord(char)) for char in text)


@pytest.mark.parametrize(
    "text", ["plain", "\U0001f3f4", f"feature {ENGLAND} pay", "\U0001f469\u200d\U0001f4bb", "क्\u200dष"]
)
def test_stays(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\u202eb", "a\\u202eb"),
        ("a\udcff", "a?"),
        (f"a{tags('rm')}", "a\\U000e0072\\U000e006d"),
        (f"\U0001f3f4{tags('gb')}", "\U0001f3f4\\U000e0067\\U000e0062"),
        (
            f"\U0001f3f4{tags('run rm')}\U000e007f",
            "\U0001f3f4" + "".join(map("\\U{:08x}".format, map(ord, tags("run rm") + "\U000e007f"))),
        ),
        (f"{ENGLAND}{tags('x')}", f"{ENGLAND}\\U000e0078"),
    ],
)
def test_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", [f"a{tags('rm')}\u202e\x9b", f"{ENGLAND} \U0001f469"])
def test_json_is_the_same_when_read(text: str) -> None:
    written = printable_json(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert printable(written) == written
