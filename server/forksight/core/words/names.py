"""Checks names that people give: whether they are valid, and whether they are meaningful."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from forksight.core.problems import UsageError
from forksight.core.words.terminal import can_be_shown

LONGEST = 100  # characters
_VAGUE = frozenset(
    [
        "a",
        "agent",
        "asdf",
        "b",
        "bar",
        "base",
        "baseline",
        "chat",
        "claude",
        "claude-code",
        "conversation",
        "current",
        "data",
        "default",
        "demo",
        "dev",
        "draft",
        "example",
        "final",
        "foo",
        "fork",
        "hello",
        "hi",
        "main",
        "master",
        "misc",
        "my-session",
        "name",
        "new",
        "new-session",
        "none",
        "old",
        "other",
        "qwerty",
        "random",
        "run",
        "sample",
        "session",
        "something",
        "start",
        "stuff",
        "task",
        "temp",
        "test",
        "testing",
        "thing",
        "things",
        "tmp",
        "todo",
        "try",
        "untitled",
        "wip",
        "work",
        "x",
        "xxx",
        "y",
        "z",
    ]
)
_FOLDERS = re.compile(r"(?<!\S)(?:~|\.{1,2})?/(?:\S*/)?")  # of a path among words only its end tells something
_PARTS = frozenset(["a", "an", "my", "new", "old", "the", "this", "that"])


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a name is not meaningful, and a better one (None if none is known)."""

    reason: str
    suggestion: str | None


def check_name(what: str, name: str) -> str:
    """The name without surrounding blanks. Raises `UsageError` if it is empty, too long, not one line, or begins with a dash."""
    text = name.strip()
    if not text:
        raise UsageError(f"{what} is empty", fix="give it a name")
    if len(text) > LONGEST:
        raise UsageError(f"{what} is longer than {LONGEST} characters", fix="choose a shorter one")
    if not can_be_shown(text):
        raise UsageError(f"{what} has characters that can't be shown", fix="choose one of plain text")
    if text.startswith("-"):
        raise UsageError(
            f"{what} begins with a dash: {text}", fix="Claude Code would take it for an option; choose another"
        )
    return text


def free_title(name: str, taken: Collection[str]) -> str:
    """A title for a new session, made of a branch's name: with a number if the title is taken."""
    name = name[: LONGEST - 4]
    title, number = name, 1
    while title in taken:
        number += 1
        title = f"{name} {number}"
    return title


def doubt(name: str, *, hints: Sequence[str | None] = (), taken: Collection[str] = ()) -> Doubt | None:
    """Why a baseline's name is too vague to be recognised later; None if it is a good one.

    `hints` are sources for a better name, the best first: title, first words, branch, folders.
    """
    words = [word for word in re.split(r"[\W_]+", name.casefold()) if word]
    telling = [word for word in words if not word.isdigit() and word not in _PARTS and not _is_counted(word)]
    if not words or not telling or all(word in _VAGUE for word in telling):
        return Doubt(f"“{name}” does not say what the session knows", _suggest(name, hints, taken))
    if len("".join(telling)) < 3 and name.isascii():
        return Doubt(f"“{name}” is too short to be recognised", _suggest(name, hints, taken))
    return None


def suggestions(*, branch: str | None, content: str | None, taken: Collection[str]) -> tuple[str, ...]:
    """Meaningful, free names for a baseline; at least one."""
    suggested = [_suggest("", [hint], taken) for hint in (content, branch)]
    number, last = 1, "project-baseline"
    while last in taken:
        number += 1
        last = f"project-baseline-{number}"
    return tuple(dict.fromkeys([*filter(None, suggested), last]))


def _is_counted(word: str) -> bool:
    """A vague word with a number stuck to it: `test2`, `session01`, `v3`."""
    match = re.fullmatch(r"([^\W\d_]+)\d+", word)
    return match is not None and (match[1] in _VAGUE or match[1] == "v")


def _suggest(name: str, hints: Sequence[str | None], taken: Collection[str]) -> str | None:
    for hint in hints:
        words = re.findall(r"[^\W_]+", _FOLDERS.sub("", hint or "").casefold())
        telling = [word for word in words if word not in _FILLERS and not word.isdigit()]
        if not telling or all(word in _VAGUE for word in telling):
            continue
        words = telling[:4]
        candidate = "-".join(words if words[-1] == "baseline" else [*words, "baseline"])
        if candidate not in taken and candidate != name:
            return candidate
    return None


_FILLERS = _PARTS | frozenset(
    [
        "all",
        "and",
        "are",
        "as",
        "at",
        "be",
        "can",
        "code",
        "do",
        "file",
        "files",
        "find",
        "for",
        "from",
        "go",
        "have",
        "how",
        "i",
        "in",
        "into",
        "is",
        "it",
        "its",
        "look",
        "make",
        "me",
        "of",
        "on",
        "or",
        "our",
        "out",
        "please",
        "read",
        "see",
        "so",
        "some",
        "tell",
        "there",
        "they",
        "to",
        "up",
        "us",
        "want",
        "we",
        "what",
        "with",
        "you",
        "your",
    ]
)
