"""Shell completion of arguments: branches, titles of sessions, names of baselines. Offers nothing if the repository can't be read."""

import os
from collections.abc import Callable, Iterable

import click

from forksight.core.problems import ForksightError
from forksight.core.sessions.session import State
from forksight.features.context import Context, Workbench

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _offering(names: Callable[[Context], Iterable[str]]) -> Complete:
    """A completion callback that offers those of `names` that begin with the typed text and are not on the command line yet."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        workbench: Workbench = ctx.obj
        folder = ctx.meta.get("forksight.cwd") or ctx.find_root().params.get("path") or "."
        already_given = ctx.params.get(param.name or "") or ()
        try:
            offered = sorted(set(names(workbench.open(os.path.abspath(folder)))))
        except (ForksightError, OSError):
            return []
        return [name for name in offered if name.startswith(incomplete) and name not in already_given]

    return complete


def _branches(context: Context) -> Iterable[str]:
    return context.survey.branches().local


def _sessions(context: Context) -> Iterable[str]:
    from forksight.features.sessions.tree import fork_tree

    return (node.title for node in fork_tree(context).nodes if node.state is not State.ARCHIVED)


def _forks(context: Context) -> Iterable[str]:
    return (*_branches(context), *_sessions(context))


def _archived(context: Context) -> Iterable[str]:
    return (archive.node.title for archive in context.ledger.view()[0].archives)


def _baselines(context: Context) -> Iterable[str]:
    return (baseline.name for baseline in context.ledger.view()[0].baselines)


branches, sessions, forks = _offering(_branches), _offering(_sessions), _offering(_forks)
archived, baselines = _offering(_archived), _offering(_baselines)
