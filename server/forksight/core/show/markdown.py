"""What is in a fork as a Markdown document, for an editor."""

from forksight.core.show.summary import Summary
from forksight.core.show.wording import rows
from forksight.core.words.markdown import escaped


def markdown(summary: Summary) -> str:
    """The whole document."""
    title = summary.node.title if summary.node is not None else summary.branch
    lines = [f"# {escaped(title)}", ""]
    for heading, texts in rows(summary):
        if len(texts) == 1:
            lines.append(f"- **{heading}**: {escaped(texts[0])}")
        else:
            lines += [f"- **{heading}**:", *(f"  - {escaped(text)}" for text in texts)]
    if summary.answer:
        lines += ["", "## Its last answer", "", *(escaped(line) for line in summary.answer.strip().splitlines())]
    if summary.problems:
        lines += ["", "## Not covered", "", *(f"- {escaped(problem.message)}" for problem in summary.problems)]
    return "\n".join([*lines, ""])
