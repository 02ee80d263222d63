"""What the JSON documents of all subjects share. A subject's own is its `document`; the shapes are in docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forksight.core.words.terminal import printable

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from collections.abc import Iterable

    from forksight.core.problems import Problem

Plain = dict[str, Any]


def problems(problems: Iterable[Problem]) -> list[Plain]:
    """What a result does not cover."""
    return [{"code": problem.code, "message": printable(problem.message), "path": problem.path} for problem in problems]


def warnings(warnings: Iterable[Problem]) -> list[Plain]:
    """What a person should know before going on."""
    return [{"code": warning.code, "message": printable(warning.message)} for warning in warnings]
