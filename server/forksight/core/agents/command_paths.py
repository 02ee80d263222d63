"""The files that a shell command may read or write, guessed from the paths among its words.

The command's meaning is not analysed: the caller has to check which of the paths exist.
"""

import re

_WORD = re.compile(r"""(?:[^\s'"<>|&;()`\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+""")
_MOST = 200  # words; what a longer command names beyond them is not looked at
_LONGEST = 65_536  # characters that are looked at


def command_words(command: str) -> tuple[str, ...]:
    """The words of a command that may be paths: unquoted, in order, without duplicates.

    The part after a `=` (`--file=a.py`, `of=a.py`) is a word too. Options and words with a `$`, `*` or `?` are left out.
    """
    words: dict[str, None] = {}
    for match in _WORD.finditer(command[:_LONGEST]):
        word = _unquoted(match[0])
        for candidate in (word, word.partition("=")[2]):
            if candidate and not candidate.startswith("-") and not set(candidate) & set("$*?\0\n"):
                words[candidate] = None
        if len(words) >= _MOST:
            break
    return tuple(words)[:_MOST]


def _unquoted(word: str) -> str:
    text = re.sub(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)", lambda match: match[1] or match[2] or match[3] or "", word)
    return text if len(text) < 4096 else ""
