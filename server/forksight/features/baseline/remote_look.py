"""Asks the remote which baselines are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core.problems import TeamError
from forksight.features.teams.sharing import alone

if TYPE_CHECKING:
    from forksight.core.problems import Problem
    from forksight.features.context import Context


class UnaskedError(TeamError):
    """The remote gave no answer without a program that only the repository's own configuration names."""


def look(context: Context, remote: str, *, agreed: bool) -> tuple[Problem, ...]:
    """Fetch what is published; returns what is wrong with some of it. Raises `TeamError`, `UnaskedError`.

    `agreed`: the person has said yes to the plan that follows. Without that, and unless they said yes to sharing this
    repository, git runs no program that the repository's own configuration names (core.sshCommand, credential.helper, …).
    """
    trusted = agreed or context.team.consent().on is True
    try:
        with alone(context):
            return context.team_baselines.look(remote, trusted=trusted)
    except TeamError as error:
        if trusted:
            raise
        raise UnaskedError(
            f"{remote} gave no answer, without the programs that this repository's own configuration may name:"
            f" {error.sentence}",
            fix="if you trust that configuration, run the same command with --yes",
        ) from error
