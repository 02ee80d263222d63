"""The plan and the state of sharing as Markdown, for editors."""

from forksight.core.teams import wording
from forksight.core.teams.standing import SharePlan, Standing
from forksight.core.words.markdown import code, escaped


def plan(share_plan: SharePlan) -> str:
    """What would leave this machine, by worktree."""
    lines = [
        "# Share with colleagues",
        "",
        f"{escaped(wording.heading(share_plan))}: {escaped(wording.summary(share_plan))}.",
        "",
    ]
    for shared in share_plan.worktrees:
        lines += [f"## {escaped(shared.worktree.label)}", "", code(shared.worktree.path), ""]
        lines += [f"- {code(name)}" for name in wording.file_lines(shared)]
        lines += [f"- stays here: {code(left.path)}: {escaped(left.why)}" for left in shared.left_out]
        lines.append("")
    lines += [f"- {escaped(problem.message)}" for problem in share_plan.problems]
    return "\n".join([*lines, wording.NO_WAY_BACK, ""])


def standing(share: Standing) -> str:
    """Whether and how this repository is shared."""
    lines = [f"- {escaped(line)}" if line.startswith(" ") else f"\n{escaped(line)}\n" for line in wording.lines(share)]
    notes = [f"\nnote: {escaped(problem.message)}" for problem in share.problems]
    return "\n".join(["# Sharing with colleagues", *lines, *notes, ""])
