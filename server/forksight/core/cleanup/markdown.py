"""A plan to clean up as a Markdown document, for an editor."""

from forksight.core.cleanup import wording
from forksight.core.cleanup.proposal import CleanPlan
from forksight.core.words.markdown import code, escaped


def markdown(plan: CleanPlan) -> str:
    """The plan as a document."""
    lines = ["# Clean up", ""]
    if not plan.entries:
        lines += ["No abandoned forks.", ""]
    for entry in plan.entries:
        lines += [f"## {escaped(entry.facts.node.title)}", "", code(entry.session), ""]
        facts = [("why", wording.why(entry)), ("goes", ", ".join(wording.goes(entry)))]
        facts += [("stays", text) for text in entry.stays]
        facts += [("**lost**", text) for text in wording.loss_lines(entry.lost)]
        facts += [("seen", text) for text in entry.seen]
        facts += [("**doubt**", text) for text in wording.doubts(entry)]
        facts += [("**held**", hold.text) for hold in entry.holds]
        lines += [*(f"- {label}: {escaped(text)}" for label, text in facts), ""]
    if plan.problems:
        lines += ["## Not covered", "", *(f"- {escaped(problem.message)}" for problem in plan.problems), ""]
    return "\n".join(lines)
