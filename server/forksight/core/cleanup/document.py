"""Plans to clean up and to restore as plain data: the documents that `--json` prints and that travel over LSP."""

from collections.abc import Mapping, Sequence

from forksight.core import document
from forksight.core.cleanup import wording
from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate, Hold, Lost
from forksight.core.document import Plain
from forksight.core.plans.plan import Plan
from forksight.core.problems import Problem
from forksight.core.sessions.session import stamp
from forksight.core.store.ledger import Archive
from forksight.core.words.terminal import printable


def clean(plan: CleanPlan, fates: Mapping[str, Fate], steps: Mapping[str, Plan], problems: Sequence[Problem]) -> Plain:
    """A plan to clean up and its outcome. `steps` maps sessions to the plans whose steps are to be shown."""
    return {
        "version": 1,
        "repository": plan.repository,
        "forks": [entry(proposed, fates[proposed.session], steps.get(proposed.session)) for proposed in plan.entries],
        "summary": wording.summary(plan, fates),
        "problems": document.problems((*plan.problems, *problems)),
    }


def entry(proposed: Entry, fate: Fate, steps: Plan | None) -> Plain:
    """One fork in a plan to clean up, and what became of it; with its steps if they are given."""
    node, branch = proposed.facts.node, proposed.facts.branch
    shown: Plain = {
        "session": proposed.session,
        "title": node.title,
        "branch": proposed.facts.expected,
        "worktree": node.worktree,
        "state": node.state.value,
        "last_active": stamp(node.last_active),
        "target": branch.target if branch else None,
        "reasons": [{"code": reason.why.value, "message": reason.text} for reason in proposed.reasons],
        "goes": {
            "worktree": proposed.worktree,
            "branch": proposed.branch.name if proposed.branch else None,
            "transcript": proposed.transcript,
        },
        "stays": list(proposed.stays),
        "seen": list(proposed.seen),
        "unseen": list(proposed.unseen),
        "lost": lost(proposed.lost),
        "held": [hold(held) for held in proposed.holds],
        "at_risk": proposed.at_risk,
        "outcome": fate.value,
        "words": words(proposed, fate),
    }
    return {**shown, "steps": _steps(steps)} if steps is not None else shown


def words(proposed: Entry, fate: Fate) -> Plain:
    """One fork of a plan to clean up, in phrases that an editor shows unchanged."""
    message, detail = wording.question(proposed)
    yes, no = wording.answers(proposed)
    return {
        "heading": wording.heading(proposed),
        "detail": printable(wording.detail(proposed)),
        "why": printable(wording.why_after_title(proposed)),
        "why_short": wording.why_short(proposed),
        "goes": printable(wording.goes_short(proposed)),
        "risk": wording.risk_phrase(proposed, short=False),
        "risk_short": wording.risk_phrase(proposed, short=True),
        "losses": [
            {"text": loss.text, "names": [printable(name) for name in loss.names]}
            for loss in wording.losses(proposed.lost)
        ],
        "seen": printable(wording.seen(proposed) or "") or None,
        "held": "; ".join(printable(hold.text) for hold in proposed.holds) or None,
        "facts": [
            {"label": fact.label, "phrases": [printable(phrase) for phrase in fact.phrases], "warns": fact.warns}
            for fact in wording.facts(proposed)
        ],
        "refusal": printable(wording.refusal(proposed) or "") or None,
        "outcome": wording.became(fate),
        "question": {"message": message, "detail": detail, "yes": yes, "no": no},
    }


def lost(losses: Lost) -> Plain:
    """What would be lost with a fork, by name."""
    return {
        "uncommitted": list(losses.uncommitted),
        "untracked": list(losses.untracked),
        "ignored": list(losses.ignored),
        "stashes": [{"ref": stash.ref, "subject": stash.subject} for stash in losses.stashes],
        "commits": {
            "count": len(losses.commits),
            "subjects": [commit.subject for commit in losses.commits],
            "ids": [commit.id for commit in losses.commits],
        },
    }


def hold(held: Hold) -> Plain:
    """What prevents a fork from being cleaned up."""
    return {"code": held.bar.value, "message": held.text, "pid": held.pid, "alive": held.alive}


def restored(archive: Archive, *, done: bool, steps: Plan | None, problems: Sequence[Problem]) -> Plain:
    """A fork that was, or would be, restored."""
    shown: Plain = {**_archive(archive), "version": 1, "restored": done, "problems": document.problems(tuple(problems))}
    return {**shown, "steps": _steps(steps)} if steps is not None else shown


def archived(repository: str, archives: Sequence[Archive], problems: Sequence[Problem]) -> Plain:
    """The forks that can be restored."""
    return {
        "version": 1,
        "repository": repository,
        "archives": [_archive(archive) for archive in archives],
        "problems": document.problems(tuple(problems)),
    }


def _archive(archive: Archive) -> Plain:
    branch, worktree = archive.branch, archive.worktree
    return {
        "session": archive.session,
        "title": archive.node.title,
        "archived": stamp(archive.created),
        "transcript": archive.transcript or None,
        "branch": {"name": branch.name, "commit": branch.commit} if branch else None,
        "worktree": {"path": worktree.path, "head": worktree.head, "branch": worktree.branch} if worktree else None,
    }


def _steps(plan: Plan) -> list[Plain]:
    return [{"action": step.action.value, "detail": step.detail} for step in plan.steps]
