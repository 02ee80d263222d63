"""Finds the shell commands of a session that ran tests."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forksight.core.sessions.session import Command

_PARTS = re.compile(r"&&|\|\||[;|\n()]")  # what stands between two commands of a line
_BEFORE = re.compile(  # what stands before the program that does the work
    r"(?:\w+=\S*\s+"
    r"|(?:sudo|time|nice|env|exec|command|npx|bunx|timeout\s+\S+)\s+"
    r"|(?:uv|poetry|pipenv|hatch|pdm|rye|bundle|pnpm|yarn)\s+(?:run|exec)\s+"
    r"|(?:\S*/)?python[\d.]*\s+-m\s+)*"
)
_RUNNER = re.compile(
    r"(?:\S*/)?(?:pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|ava|rspec|phpunit|ctest|bats|busted|minitest)(?:\s|$)"
    r"|(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?test(?:[:\s]|$)"
    r"|(?:make|just|rake|task)\s+(?:\S+\s+)*(?:test|check)s?(?:\s|$)"
    r"|cargo\s+(?:nextest|test)\b|(?:go|deno|mix|swift|dotnet|zig\s+build|rails|bazel|playwright)\s+test\b"
    r"|(?:\S*/)?(?:mvnw?|gradlew?)\s+(?:\S+\s+)*(?:\S*:)?(?:test|verify|check)\b"
)


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ran tests, and whether it succeeded."""

    command: str
    passed: bool


def runs_of_tests(commands: Iterable[Command]) -> Iterator[Run]:
    """Those of the commands that ran tests, in order."""
    for command in commands:
        if any(_runs_tests(part.strip()) for part in _PARTS.split(command.text)):
            yield Run(command.text, not command.failed)


def _runs_tests(part: str) -> bool:
    before = _BEFORE.match(part)
    return _RUNNER.match(part, before.end() if before else 0) is not None
