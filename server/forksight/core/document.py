"""The JSON that several subjects' documents share. Each subject has its own module `document`; docs/json.md describes the shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forksight.core.words.terminal import printable

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from collections.abc import Iterable

    from forksight.core.problems import Problem

Plain = dict[str, Any]


def problems(problems: Iterable[Problem]) -> list[Plain]:
    """The problems of a result."""
    return [{"code": problem.code, "message": printable(problem.message), "path": problem.path} for problem in problems]


def warnings(warnings: Iterable[Problem]) -> list[Plain]:
    """The warnings of a result."""
    return [{"code": warning.code, "message": printable(warning.message)} for warning in warnings]
