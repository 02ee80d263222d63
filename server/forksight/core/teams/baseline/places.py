"""Paths of one machine as placeholders, and placeholders as the paths of another.

A path is replaced wherever it stands in a text, also in the way that Claude Code makes a folder's name of it. Which words stand
for paths is decided for each transcript, so that none of them was there before.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forksight.core.claude.project_folders import LONGEST, encode

_NAMES = ("checkout", "home", "claude")
# Behind a path: the name of a file that it is the beginning of does not count.
_ENDS = r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9_])"
_NAME_ENDS = r"(?![A-Za-z0-9])"  # behind a folder's name, in which every other character is a dash
MOST_TAGS = 1000


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one machine that a transcript names: absolute paths, without a slash at the end."""

    checkout: str
    home: str
    claude: str  # Claude Code's own folder, `~/.claude` by default
    aliases: tuple[str, ...] = ()  # other paths of the same checkout: through links, or where it was once
    homes: tuple[str, ...] = ()  # other paths of the same home

    def by_placeholder(self, tag: int) -> dict[str, str]:
        """The path, or folder's name, that each placeholder stands for here."""
        paths = dict(zip(_NAMES, (self.checkout, self.home, self.claude), strict=True))
        names = {f"{name}-name": encode(path)[:LONGEST] for name, path in paths.items()}
        return {_placeholder(name, tag): text for name, text in (paths | names).items()}


def free_tag(texts: Iterable[bytes]) -> int:
    """The first number whose placeholders stand in none of the texts. Raises `ValueError` if there is none."""
    taken: set[int] = set()
    for text in texts:
        for match in _ANY.finditer(text):
            taken.add(int(match[1] or 0))
    tag = next(number for number in range(len(taken) + 1) if number not in taken)
    if tag > MOST_TAGS:
        raise ValueError("it holds every placeholder that could stand for a path")
    return tag


_ANY = re.compile(rb"\{(?:checkout|home|claude)(?:-name)?(?:-(\d{1,4}))?\}")


class Portable:
    """Puts placeholders in the place of one machine's paths."""

    def __init__(self, places: Places, tag: int) -> None:
        meant: dict[str, str] = {}
        for placeholder, text in places.by_placeholder(tag).items():
            meant.setdefault(text, placeholder)
        for name, aliases in (("checkout", places.aliases), ("home", places.homes)):
            for alias in aliases:
                meant.setdefault(alias, _placeholder(name, tag))
                meant.setdefault(encode(alias)[:LONGEST], _placeholder(f"{name}-name", tag))
        self._meant = {text: word for text, word in meant.items() if len(text) > 1}
        ordered = sorted(self._meant, key=len, reverse=True)
        self._pattern = re.compile(
            "|".join(re.escape(text) + (_ENDS if text.startswith("/") else _NAME_ENDS) for text in ordered) or r"(?!)"
        )

    def __call__(self, text: str) -> str:
        """A text with placeholders for this machine's paths."""
        return self._pattern.sub(lambda match: self._meant[match[0]], text)


class Here:
    """Puts this machine's paths in the place of placeholders. Nothing is done with such a path but to say it."""

    def __init__(self, places: Places, tag: int) -> None:
        self._meant: Mapping[str, str] = places.by_placeholder(tag)
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._meant, key=len, reverse=True))))

    def __call__(self, text: str) -> str:
        """A text with this machine's paths."""
        return self._pattern.sub(lambda match: self._meant[match[0]], text) if "{" in text else text


def _placeholder(name: str, tag: int) -> str:
    return f"{{{name}-{tag}}}" if tag else f"{{{name}}}"
