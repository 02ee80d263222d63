"""The plans of publishing and fetching a baseline as Markdown, for editors."""

from collections.abc import Sequence

from forksight.core.problems import Problem
from forksight.core.teams.baseline import wording
from forksight.core.teams.baseline.plans import FetchPlan, PublishPlan
from forksight.core.teams.wording import NO_WAY_BACK
from forksight.core.words.markdown import escaped


def publish(plan: PublishPlan) -> str:
    """The plan of publishing: what would leave this machine."""
    last = (wording.WORDS_TRAVEL, NO_WAY_BACK)
    return _page("Publish a baseline", wording.publish_heading(plan), wording.publish_lines(plan), plan.warnings, last)


def fetch(plan: FetchPlan) -> str:
    """The plan of fetching: what would come to this machine."""
    lines, last = wording.fetch_lines(plan), (wording.OF_STRANGERS,)
    return _page("Fetch a baseline", wording.fetch_heading(plan), lines, (*plan.warnings, *plan.problems), last)


def _page(title: str, heading: str, lines: Sequence[str], notes: Sequence[Problem], last: Sequence[str]) -> str:
    return "\n".join(
        [
            f"# {title}",
            "",
            f"{escaped(heading)}.",
            "",
            *(f"- {escaped(line)}" for line in lines),
            "",
            *(f"- {escaped(note.message)}" for note in notes),
            "",
            *map(escaped, last),
            "",
        ]
    )
