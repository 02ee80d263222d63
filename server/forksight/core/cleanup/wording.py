"""A plan to clean up in words: phrases, lines and questions for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate, Lost, Why
from forksight.core.words import shell
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable

_MOST = 5  # names in one line; the others are counted
_MOST_LISTED = 8  # names of each kind in a question
_NAMED = 2  # forks that a summary names; more are counted
FRESH = "it may be about to start"
_REASONS = {
    Why.IDLE: "idle",
    Why.MERGED: "merged",
    Why.BRANCH_GONE: "branch gone",
    Why.WORKTREE_GONE: "worktree gone",
    Why.EMPTY: "empty",
    Why.NEVER_STARTED: "never started",
    Why.REFRESH: "failed refresh",
    Why.FINDINGS: "findings taken",
    Why.ASKED: "asked for",
}


_BECAME = {Fate.CLEANED: "cleaned up", Fate.FAILED: "not cleaned up"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled fact about a fork, as one phrase or several."""

    label: str
    phrases: tuple[str, ...]
    warns: bool = False  # whether it speaks against cleaning up the fork


@dataclass(frozen=True, slots=True)
class Loss:
    """The losses of one kind (commits, untracked files …) in words."""

    short: str  # for a column: “2 untracked”
    text: str  # for a sentence: “2 untracked files”
    names: tuple[str, ...]  # paths in the worktree, or subjects of commits and stash entries; all of them


def facts(entry: Entry) -> list[Fact]:
    """All facts about a fork, in the order in which they are shown."""
    return [
        Fact("why", tuple(reason.text for reason in entry.reasons)),
        Fact("goes", _goes(entry)),
        *(Fact("stays", (text,)) for text in entry.stays),
        *(Fact("lost", (text,), warns=True) for text in _loss_lines(entry.lost)),
        *(Fact("seen", (text,)) for text in entry.seen),
        *(Fact("doubt", (text,), warns=True) for text in doubts(entry)),
        *(Fact("held", (hold.text,), warns=True) for hold in entry.holds),
    ]


def heading(entry: Entry) -> str:
    """The heading of a checklist under which a fork is shown."""
    if entry.holds:
        return "can't go now"
    return "at risk: asked about one by one" if entry.at_risk else "nothing would be lost"


def detail(entry: Entry) -> str:
    """The line below a fork's title in a checklist: why it can't be cleaned up, else what is at risk, else what is removed."""
    if entry.holds:
        return _held(entry)
    if (phrase := risk_phrase(entry, short=False)) is not None:
        return phrase
    return "; ".join([f"goes: {goes_short(entry)}", *([f"seen: {text}"] if (text := seen(entry)) else [])])


def refusal(entry: Entry) -> str | None:
    """A sentence that says why a fork can't be cleaned up; None if it can."""
    return f"“{entry.facts.node.title}” can't be cleaned up: {_held(entry)}." if entry.holds else None


def became(fate: Fate) -> str | None:
    """What became of a fork, as a phrase after its title; None if nothing was done."""
    return _BECAME.get(fate)


def goes_short(entry: Entry) -> str:
    """What is removed with a fork, without paths."""
    parts = ["worktree"] if entry.worktree else []
    parts += [f"branch {entry.branch.name}"] if entry.branch else []
    parts += ["transcript"] if entry.transcript else []
    return ", ".join(parts) or "only our record of it"


def losses(lost: Lost) -> tuple[Loss, ...]:
    """What would be lost, by kind."""
    commits = [commit.subject for commit in lost.commits]
    stashes = [stash.subject for stash in lost.stashes]
    kinds = (
        (commits, many(len(commits), "commit"), f"{many(len(commits), 'commit')} in no other branch"),
        (lost.uncommitted, f"{len(lost.uncommitted)} uncommitted", many(len(lost.uncommitted), "uncommitted file")),
        (lost.untracked, f"{len(lost.untracked)} untracked", many(len(lost.untracked), "untracked file")),
        (lost.ignored, f"{len(lost.ignored)} ignored", f"{many(len(lost.ignored), 'ignored file')} found nowhere else"),
        (stashes, f"{len(stashes)} stashed", f"{many(len(stashes), 'stash entry', 'stash entries')} of the branch"),
    )
    return tuple(Loss(short, text, tuple(names)) for names, short, text in kinds if names)


def _loss_lines(lost: Lost) -> list[str]:
    """What would be lost: one line for each kind, with the first names."""
    return [f"{loss.text}: {some(loss.names)}" for loss in losses(lost)]


def risk(entry: Entry) -> str:
    """Why a fork is at risk, as the end of a sentence that begins with “although”."""
    lines = _loss_lines(entry.lost)
    return f"this would be lost ({'; '.join(lines)})" if lines else "; ".join(doubts(entry))


def doubts(entry: Entry) -> tuple[str, ...]:
    """Why a fork is at risk, besides what would be lost."""
    return (FRESH,) if entry.fresh else entry.unseen


def risk_phrase(entry: Entry, *, short: bool) -> str | None:
    """What is at risk with a fork, by kind and without names; None if nothing is."""
    if not entry.at_risk:
        return None
    kinds = losses(entry.lost)
    if kinds:
        return ", ".join(loss.short if short else loss.text for loss in kinds)
    return "; ".join(doubts(entry)) if entry.fresh or not short else "not all was seen"


def seen(entry: Entry) -> str | None:
    """The evidence that makes cleaning up a fork safe, in one line; None without any."""
    return "; ".join(entry.seen) or None


def why_after_title(entry: Entry) -> str:
    """Why a fork is proposed, as a phrase after its title. A reason that begins with the title does not repeat it."""
    return "; ".join(reason.text.removeprefix(f"{entry.facts.node.title} ") for reason in entry.reasons)


def why_short(entry: Entry) -> str:
    """Why a fork is proposed, in a word or two for each reason."""
    return ", ".join(_REASONS[reason.why] for reason in entry.reasons)


def question(entry: Entry) -> tuple[str, str]:
    """The question before a fork at risk is cleaned up, and its details in paragraphs: all losses, and what is removed.

    At most eight names of a kind are listed: dialogs don't scroll.
    """
    kinds = losses(entry.lost)
    paragraphs = ["\n".join([f"{loss.text}:", *_listed(loss.names)]) for loss in kinds]
    paragraphs += [printable(f"{text[0].upper()}{text[1:]}.") for text in doubts(entry)] if not kinds else []
    paragraphs.append(f"What goes: {printable(goes_short(entry))}.")
    paragraphs += (
        [f"What stays: {'; '.join(printable(text.replace(' stays: ', ': ')) for text in entry.stays)}."]
        if entry.stays
        else []
    )
    paragraphs += ["\n".join(["What was seen:", *_listed(entry.seen)])] if entry.seen else []
    paragraphs.append("The archive keeps all of it: restoring the fork brings it back.")
    only_here = " Its work is nowhere else." if kinds else ""
    return f"Clean up “{printable(entry.facts.node.title)}”?{only_here}", "\n\n".join(paragraphs)


def answers(entry: Entry) -> tuple[str, str]:
    """The titles of that question's buttons for yes and no."""
    return ("Clean Up All the Same" if entry.lost else "Clean Up"), "Keep It"


def summary(plan: CleanPlan, fates: Mapping[str, Fate]) -> str:
    """One sentence on a plan, or on its outcome. `fates` maps sessions to what became of them."""
    if not plan.entries:
        return "No fork is abandoned: there is nothing to clean up."
    cleaned = [entry.facts.node.title for entry in plan.entries if fates[entry.session] is Fate.CLEANED]
    if cleaned:
        named = " and ".join(f"“{printable(title)}”" for title in cleaned)
        return f"Cleaned up {named if len(cleaned) <= _NAMED else many(len(cleaned), 'fork')}."
    if Fate.FAILED in fates.values():
        return "Nothing was cleaned up."
    free = [entry for entry in plan.entries if not entry.holds]
    at_risk, held = sum(entry.at_risk for entry in free), len(plan.entries) - len(free)
    counts = ((len(free) - at_risk, "can go without risk"), (at_risk, "only at risk"), (held, "not now"))
    return f"Of {many(len(plan.entries), 'fork')}, {', '.join(f'{count} {how}' for count, how in counts if count)}."


def folder_again(path: str, git_dir: str) -> str:
    """The shell command, in Markdown's backticks, that restores a worktree's folder and its `.git` file, so that git finds it again."""
    return f"`mkdir {shell.quote(path)} && echo {shell.quote(f'gitdir: {git_dir}')} > {shell.quote(f'{path}/.git')}`"


def worktree_is_archived(entry: Entry) -> str:
    """A sentence that says that a worktree alone was archived, what only it had, and how to restore it."""
    node = entry.facts.node
    had = "; ".join(_loss_lines(entry.lost)) or "commits on no branch"
    back = shell.join(["forksight", "restore", node.branch or entry.session])
    return printable(
        f"The worktree of {node.title} ({node.worktree}) was removed. What only it had is archived ({had}): `{back}` brings it back."
    )


def some(names: Sequence[str]) -> str:
    """The first names of a list, and the number of the others."""
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _goes(entry: Entry) -> tuple[str, ...]:
    parts = [f"worktree {entry.worktree}"] if entry.worktree else []
    parts += [f"branch {entry.branch.name}"] if entry.branch else []
    parts += ["transcript (to the archive)"] if entry.transcript else []
    return tuple(parts) or ("nothing but our record of it",)


def _held(entry: Entry) -> str:
    return "; ".join(hold.text for hold in entry.holds)


def _listed(names: Sequence[str]) -> list[str]:
    rest = len(names) - _MOST_LISTED
    shown = names[:_MOST_LISTED] if rest > 1 else names
    return [f"  • {printable(name)}" for name in shown] + ([f"  and {rest} more"] if rest > 1 else [])
