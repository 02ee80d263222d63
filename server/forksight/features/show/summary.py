"""Summarises a fork from git and its transcript. No model is asked."""

from forksight.core.compare.test_runs import runs_of_tests
from forksight.core.show.summary import Conflict, Summary
from forksight.features.cleanup.facts import repository_at_work
from forksight.features.context import Context
from forksight.features.git.merge_targets import merge_targets
from forksight.features.land.propose import branch_named
from forksight.features.overlaps.engine import OverlapEngine
from forksight.features.sessions import find
from forksight.features.sessions.own_activity import own_activity


def summary(context: Context, selector: str) -> Summary:
    """The summary of the fork that a session or branch names. Raises `UsageError`, `GitError`, `NotARepositoryError`."""
    repository = repository_at_work(context)
    name, node = branch_named(repository, find.required("the fork", selector))
    branch = repository.branches.local[name]
    aims = merge_targets(context, repository.branches, [name])[name]
    target, commit = next(iter(aims.items()), (None, None))
    places = (place for place in repository.places.values() if not place.missing and not place.broken)
    place = next((place for place in places if place.worktree.branch == name), None)
    contents = context.survey.contents(place.worktree, repository.main) if place is not None else None
    activity, problems = own_activity(context, node)
    edited = dict.fromkeys(repository.today.locate(edit.path).path for edit in activity.edits)
    return Summary(
        branch=name,
        node=node,
        worktree=place.worktree.path if place is not None else None,
        target=target,
        behind=context.history.commits(branch.commit, commit) if commit is not None else None,
        commits=context.survey.commits(commit, branch.commit) if commit is not None else (),
        uncommitted=(*contents.uncommitted, *contents.untracked) if contents is not None else (),
        conflicts=_conflicts(context, place.worktree.path) if place is not None else (),
        prompts=tuple(prompt.text for prompt in activity.prompts),
        edited=tuple(edited),
        commands=len(activity.commands),
        failed=sum(command.failed for command in activity.commands),
        tests=tuple(runs_of_tests(activity.commands)),
        answer=activity.answer.text if activity.answer else None,
        problems=problems,
    )


def _conflicts(context: Context, path: str) -> tuple[Conflict, ...]:
    """The worktrees with which this one conflicts, uncommitted work included."""
    engine = OverlapEngine(context.repository)
    engine.refresh()
    matrix = engine.matrix()
    conflicts = []
    for pair in matrix.pairs:
        sides = matrix.worktrees[pair.a], matrix.worktrees[pair.b]
        if path in (sides[0].path, sides[1].path):
            other = sides[1] if sides[0].path == path else sides[0]
            conflicts.append(Conflict(other.full_label, tuple(file.path for file in pair.files)))
    return tuple(conflicts)
