"""The JSON of `forksight setup`; see docs/json.md."""

from forksight.core.document import Plain, problems
from forksight.core.setup.plan import UNDO, Setup, SetupPlan, difference


def plan(shown: SetupPlan, *, done: bool) -> Plain:
    """The JSON of `forksight setup claude`."""
    return {
        "version": 1,
        "settings": shown.settings,
        "change": difference(shown),
        "steps": [{"action": step.action.value, "detail": step.detail} for step in shown.steps],
        "stays": [{"path": kept.path, "why": kept.why} for kept in shown.stays],
        "done": done,
        "undo": None if shown.undo else UNDO,
        "problems": [],
    }


def setup(now: Setup) -> Plain:
    """The JSON of `forksight setup`."""
    return {
        "version": 1,
        "claude": {
            "settings": now.settings,
            "status_line": now.status_line,
            "plugins": [
                {"id": plugin.id, "version": plugin.version, "enabled": plugin.enabled} for plugin in now.plugins
            ],
        },
        "problems": problems(now.problems),
    }
