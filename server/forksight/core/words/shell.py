"""Quotes commands for people to paste, so that bash, zsh, dash and fish all read the same words."""

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[\w@+:,./-][\w@%+=:,./-]*", re.ASCII)  # zsh expands a leading `=`, fish once did a leading `%`


def quote(word: str) -> str:
    """One word. Backslashes stand in double quotes: between single ones fish takes them for escapes, the others do not."""
    if _PLAIN.fullmatch(word):
        return word
    return "'" + re.sub(r"['\\]+", lambda run: "'\"" + run[0].replace("\\", "\\\\") + "\"'", word) + "'"


def join(words: Iterable[str]) -> str:
    """A whole command."""
    return " ".join(map(quote, words))
