"""Plans to clean up and to restore as plain data: the documents that `--json` prints and that travel over LSP."""

from collections.abc import Mapping, Sequence

from forksight.core import document
from forksight.core.cleanup import wording
from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate, Hold, Lost
from forksight.core.document import Plain
from forksight.core.problems import Problem
from forksight.core.sessions.session import stamp
from forksight.core.store.ledger import Archive
from forksight.core.store.plan import Plan


def clean(plan: CleanPlan, fates: Mapping[str, Fate], steps: Mapping[str, Plan], problems: Sequence[Problem]) -> Plain:
    """A plan to clean up and what became of it. `steps` are the plans of entries, by session, where they are to be shown."""
    return {
        "version": 1,
        "repository": plan.repository,
        "forks": [entry(each, fates[each.session], steps.get(each.session)) for each in plan.entries],
        "summary": wording.summary(plan, fates),
        "problems": document.problems((*plan.problems, *problems)),
    }


def entry(each: Entry, fate: Fate, steps: Plan | None) -> Plain:
    """One fork in it."""
    node, branch = each.facts.node, each.facts.branch
    found: Plain = {
        "session": each.session,
        "title": node.title,
        "branch": each.facts.expected,
        "worktree": node.worktree,
        "state": node.state.value,
        "last_active": stamp(node.last_active),
        "target": branch.target if branch else None,
        "reasons": [{"code": reason.why.value, "message": reason.text} for reason in each.reasons],
        "goes": {
            "worktree": each.worktree,
            "branch": each.branch.name if each.branch else None,
            "transcript": each.transcript,
        },
        "stays": list(each.stays),
        "lost": lost(each.lost),
        "held": [hold(one) for one in each.holds],
        "at_risk": each.at_risk,
        "outcome": fate.value,
        "words": words(each),
    }
    return {**found, "steps": _steps(steps)} if steps is not None else found


def words(each: Entry) -> Plain:
    """The same for a person, in phrases that an editor shows as they are."""
    message, detail = wording.question(each)
    return {
        "why": wording.why_after_title(each),
        "why_short": wording.why_short(each),
        "goes": wording.goes_short(each),
        "risk": wording.risk_phrase(each, short=False),
        "risk_short": wording.risk_phrase(each, short=True),
        "losses": [{"text": loss.text, "names": list(loss.names)} for loss in wording.losses(each.lost)],
        "held": "; ".join(hold.text for hold in each.holds) or None,
        "question": {"message": message, "detail": detail},
    }


def lost(what: Lost) -> Plain:
    """What would be lost."""
    return {
        "uncommitted": list(what.uncommitted),
        "untracked": list(what.untracked),
        "ignored": list(what.ignored),
        "stashes": [{"ref": stash.ref, "subject": stash.subject} for stash in what.stashes],
        "commits": {
            "count": len(what.commits),
            "subjects": [commit.subject for commit in what.commits],
            "ids": [commit.id for commit in what.commits],
        },
    }


def hold(what: Hold) -> Plain:
    """What holds a fork."""
    return {"code": what.bar.value, "message": what.text, "pid": what.pid, "alive": what.alive}


def restored(archive: Archive, *, done: bool, steps: Plan | None, problems: Sequence[Problem]) -> Plain:
    """A fork that was, or would be, brought back."""
    found: Plain = {**_archive(archive), "version": 1, "restored": done, "problems": document.problems(tuple(problems))}
    return {**found, "steps": _steps(steps)} if steps is not None else found


def archived(repository: str, archives: Sequence[Archive], problems: Sequence[Problem]) -> Plain:
    """The forks that can be brought back."""
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
