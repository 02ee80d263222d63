"""What a session did itself, without what it inherited."""

from forksight.core.problems import Problem
from forksight.core.sessions.session import Activity, Node
from forksight.features.context import Context


def own_activity(context: Context, node: Node | None) -> tuple[Activity, tuple[Problem, ...]]:
    """What a session did since its first own turn, and what of it could not be read. Nothing for none."""
    if node is None or node.session is None:
        return Activity(), ()
    activity, problems = context.sessions.activity(node.session)
    since = node.started if node.rows.inherited else 0.0
    return Activity(
        edits=tuple(edit for edit in activity.edits if edit.moment >= since),
        commands=tuple(command for command in activity.commands if command.moment >= since),
        asked=tuple(said for said in activity.asked if said.moment >= since),
        answer=activity.answer if activity.answer is not None and activity.answer.moment >= since else None,
    ), problems
