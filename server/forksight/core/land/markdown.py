"""A plan to land as a Markdown document, for an editor."""

from forksight.core.land import wording
from forksight.core.land.proposal import LandPlan
from forksight.core.words.markdown import code, escaped


def markdown(plan: LandPlan) -> str:
    """The plan as a document, in the order in which forks land."""
    fates = plan.fates()
    lines = ["# Land", "", escaped(wording.summary(plan, fates)), ""]
    for entry in plan.entries:
        fate = fates[entry.branch]
        lines += [f"## {escaped(entry.branch)}", "", escaped(wording.outcome(plan, entry, fate)), ""]
        lines += [f"- commit: {escaped(commit.subject)}" for commit in reversed(entry.commits)]
        lines += [f"- **stops**: {escaped(text)}" for text in wording.stops(entry)]
        lines += [f"- **breaks**: {escaped(text)}" for text in wording.breaks(entry)]
        lines += [f"- first: {code(hold.command)}" for hold in entry.holds if hold.command is not None]
        lines += [""]
    if plan.test:
        lines += [f"After each, {code(plan.test)} is run; a fork that breaks it is taken back.", ""]
    if plan.problems:
        lines += ["## Not covered", "", *(f"- {escaped(problem.message)}" for problem in plan.problems), ""]
    return "\n".join(lines)
