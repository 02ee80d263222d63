"""What sharing is about as Markdown, for editors."""

from forksight.core.teams import wording
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.words.markdown import code, escaped


def plan(shown: SharePlan) -> str:
    """What would leave this machine."""
    lines = [
        "# Share with colleagues",
        "",
        f"{escaped(wording.heading(shown))}: {escaped(wording.summary(shown))}.",
        "",
    ]
    for shared in shown.worktrees:
        lines += [f"## {escaped(shared.worktree.label)}", "", code(shared.worktree.path), ""]
        lines += [f"- {code(name)}" for name in wording.file_lines(shared)]
        lines += [f"- stays here: {code(left.path)}: {escaped(left.why)}" for left in shared.left_out]
        lines.append("")
    lines += [f"- {escaped(problem.message)}" for problem in shown.problems]
    return "\n".join([*lines, wording.NO_WAY_BACK, ""])


def standing(shown: Standing) -> str:
    """How sharing stands."""
    said = [f"- {escaped(line)}" if line.startswith(" ") else f"\n{escaped(line)}\n" for line in wording.lines(shown)]
    notes = [f"\nnote: {escaped(problem.message)}" for problem in shown.problems]
    return "\n".join(["# Sharing with colleagues", *said, *notes, ""])
