"""Replaces the paths of one machine by placeholders, and the placeholders by the paths of another machine.

A path is replaced everywhere in a text, also in the form in which Claude Code names a folder after it. The placeholders are chosen
for each transcript, so that the transcript does not contain them already.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forksight.core.claude.project_folders import LONGEST, encode

_NAMES = ("checkout", "home", "claude")
# What follows a path: `/home/ada` is not replaced in `/home/adam`.
_ENDS = r"(?![A-Za-z0-9_-]|\.[A-Za-z0-9_])"
_NAME_ENDS = r"(?![A-Za-z0-9])"  # what follows a folder's name, in which all characters but these are dashes
MOST_TAGS = 1000


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one machine whose paths are replaced: absolute paths without a slash at the end."""

    checkout: str
    home: str
    claude: str  # Claude Code's own folder, `~/.claude` by default
    aliases: tuple[
        str, ...
    ] = ()  # other paths of the same checkout: through symbolic links, or from before it was moved
    homes: tuple[str, ...] = ()  # other paths of the same home

    def by_placeholder(self, tag: int) -> dict[str, str]:
        """Placeholder -> the path, or the folder's name, that it stands for on this machine."""
        paths = dict(zip(_NAMES, (self.checkout, self.home, self.claude), strict=True))
        names = {f"{name}-name": encode(path)[:LONGEST] for name, path in paths.items()}
        return {_placeholder(name, tag): text for name, text in (paths | names).items()}


def free_tag(texts: Iterable[bytes]) -> int:
    """The smallest number (0 to `MOST_TAGS`) whose placeholders are in none of the texts. Raises `ValueError` if there is none."""
    used: set[int] = set()
    for text in texts:
        for match in _ANY.finditer(text):
            used.add(int(match[1] or 0))
    tag = next(number for number in range(len(used) + 1) if number not in used)
    if tag > MOST_TAGS:
        raise ValueError("it contains all placeholders that could stand for a path")
    return tag


_ANY = re.compile(rb"\{(?:checkout|home|claude)(?:-name)?(?:-(\d{1,4}))?\}")


class PathsToPlaceholders:
    """Replaces one machine's paths by placeholders."""

    def __init__(self, places: Places, tag: int) -> None:
        placeholders: dict[str, str] = {}  # by path or folder's name
        for placeholder, text in places.by_placeholder(tag).items():
            placeholders.setdefault(text, placeholder)
        for name, aliases in (("checkout", places.aliases), ("home", places.homes)):
            for alias in aliases:
                placeholders.setdefault(alias, _placeholder(name, tag))
                placeholders.setdefault(encode(alias)[:LONGEST], _placeholder(f"{name}-name", tag))
        self._placeholders = {text: placeholder for text, placeholder in placeholders.items() if len(text) > 1}
        ordered = sorted(self._placeholders, key=len, reverse=True)
        self._pattern = re.compile(
            "|".join(re.escape(text) + (_ENDS if text.startswith("/") else _NAME_ENDS) for text in ordered) or r"(?!)"
        )

    def __call__(self, text: str) -> str:
        """The text with placeholders in place of this machine's paths."""
        return self._pattern.sub(lambda match: self._placeholders[match[0]], text)


class PlaceholdersToPaths:
    """Replaces placeholders by this machine's paths. Such a path is only shown to the model, never opened by Forksight."""

    def __init__(self, places: Places, tag: int) -> None:
        self._paths: Mapping[str, str] = places.by_placeholder(tag)
        self._pattern = re.compile("|".join(map(re.escape, sorted(self._paths, key=len, reverse=True))))

    def __call__(self, text: str) -> str:
        """The text with this machine's paths in place of placeholders."""
        return self._pattern.sub(lambda match: self._paths[match[0]], text) if "{" in text else text


def _placeholder(name: str, tag: int) -> str:
    return f"{{{name}-{tag}}}" if tag else f"{{{name}}}"
