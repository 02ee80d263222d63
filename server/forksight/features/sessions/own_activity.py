"""A session's own activity, without the inherited part."""

from forksight.core.problems import Problem
from forksight.core.sessions.session import Activity, Node
from forksight.features.context import Context


def own_activity(context: Context, node: Node | None) -> tuple[Activity, tuple[Problem, ...]]:
    """The edits, commands, prompts and answer since a session's first own turn, and what could not be read. Empty for None."""
    if node is None or node.session is None:
        return Activity(), ()
    activity, problems = context.sessions.activity(node.session)
    since = node.started if node.rows.inherited else 0.0
    return Activity(
        edits=tuple(edit for edit in activity.edits if edit.moment >= since),
        commands=tuple(command for command in activity.commands if command.moment >= since),
        prompts=tuple(prompt for prompt in activity.prompts if prompt.moment >= since),
        answer=activity.answer if activity.answer is not None and activity.answer.moment >= since else None,
    ), problems
