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
        for fact in wording.facts(entry):
            label = f"**{fact.label}**" if fact.warns else fact.label
            text = "; ".join(fact.phrases)
            lines.append(f"- {label}: {escaped(text)}")
        lines.append("")
    if plan.problems:
        lines += ["## Not covered", "", *(f"- {escaped(problem.message)}" for problem in plan.problems), ""]
    return "\n".join(lines)
