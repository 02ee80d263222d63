"""Commands to paste: every shell that people sit at must read the words that were meant."""

import json
import shlex
import shutil
import subprocess
import sys

import pytest

from forksight.core.words.shell import join, quote

WORDS = [
    *("", " ", "plain", "a/b.c:d,e@f+g=h", "=z", "%self", "~", "~root", "-x", "--"),
    *(
        "it's",
        '"',
        "''",
        "\\",
        "\\\\",
        "end\\",
        "\\'",
        "'\\'",
        "\\n",
        "a\\ b",
        "!!",
        "!$ !-1 !x",
        "`id`",
        "$(id)",
        "$HOME $$",
    ),
    *("a;b&c|d>e<f", "*?[x]{a,b}^#", "line\nbreak\ttab", "my shop 🛒", "ü\u00a0é", "(x)", "\x01"),
]


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish"])
def test_what_a_shell_reads(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    say = "import json, sys; print(json.dumps(sys.argv[1:]))"
    bare = {"zsh": ["-f"], "fish": ["--no-config"]}.get(shell, [])
    command = join([sys.executable, "-c", say, *WORDS])
    done = subprocess.run([shell, *bare, "-c", command], capture_output=True, check=True)
    assert json.loads(done.stdout) == WORDS


@pytest.mark.parametrize("word", WORDS)
def test_pythons_own_reading(word: str) -> None:
    assert shlex.split(quote(word)) == [word]


def test_what_needs_no_quotes_has_none() -> None:
    assert join(["claude", "--name", "feature/pay", "a@b", "/w/x-y_z.1"]) == "claude --name feature/pay a@b /w/x-y_z.1"
    assert join(["cd", "/my shop", "it's"]) == "cd '/my shop' 'it'\"'\"'s'"
