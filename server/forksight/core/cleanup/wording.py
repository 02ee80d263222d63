"""A plan to clean up in words: lines for a person, Markdown for an editor."""

from collections.abc import Sequence

from forksight.core.cleanup.facts import CleanPlan, Entry, Lost

_MOST = 5  # names of a long list


def goes(entry: Entry) -> list[str]:
    """What goes with a fork."""
    found = [f"worktree {entry.worktree}"] if entry.worktree else []
    found += [f"branch {entry.branch.name}"] if entry.branch else []
    return found + (["transcript (to the archive)"] if entry.transcript else [])


def losses(lost: Lost) -> list[str]:
    """What would be lost, a line for each kind."""
    lists = (
        ("uncommitted", lost.uncommitted),
        ("untracked", lost.untracked),
        ("ignored, and nowhere else", lost.ignored),
    )
    told = [f"{len(paths)} {what}: {some(paths)}" for what, paths in lists if paths]
    if lost.stashes:
        entries = many(len(lost.stashes), "stash entry", "stash entries")
        told.append(f"{entries} of the branch: {some([stash.subject for stash in lost.stashes])}")
    if lost.commits:
        subjects = some([commit.subject for commit in lost.commits])
        told.append(f"{many(len(lost.commits), 'commit')} in no other branch: {subjects}")
    return told


def risk(entry: Entry) -> str:
    """Why a fork goes only with a yes of its own."""
    parts = losses(entry.lost)
    return f"this would be lost ({'; '.join(parts)})" if parts else "it may be about to start"


def why(entry: Entry) -> str:
    """Why a fork is proposed."""
    return "; ".join(reason.text for reason in entry.reasons)


def markdown(plan: CleanPlan) -> str:
    """The plan as a document."""
    lines = ["# Clean up", ""]
    if not plan.entries:
        lines += ["No abandoned forks.", ""]
    for entry in plan.entries:
        lines += [f"## {_text(entry.facts.node.title)}", "", f"`{entry.session}`", ""]
        facts = [("why", why(entry)), ("goes", ", ".join(goes(entry)) or "nothing but our record of it")]
        facts += [("stays", text) for text in entry.stays]
        facts += [("**lost**", text) for text in losses(entry.lost)]
        facts += [("**fresh**", "it may be about to start")] if entry.fresh else []
        facts += [("**held**", hold.text) for hold in entry.holds]
        lines += [*(f"- {label}: {_text(text)}" for label, text in facts), ""]
    if plan.problems:
        lines += ["## Not covered", "", *(f"- {_text(problem.message)}" for problem in plan.problems), ""]
    return "\n".join(lines)


def some(names: Sequence[str]) -> str:
    """The first names of a list, and how many more there are."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def many(count: int, what: str, several: str | None = None) -> str:
    """A count with its noun."""
    return f"{count} {what}" if count == 1 else f"{count} {several or what + 's'}"


def _text(text: str) -> str:
    """Data as it is, in Markdown."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in " ".join(text.split()))
