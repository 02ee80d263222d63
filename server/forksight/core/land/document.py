"""The JSON of landing, printed by `--json` and sent over LSP; see docs/json.md."""

from collections.abc import Mapping, Sequence

from forksight.core import document
from forksight.core.document import Plain
from forksight.core.land import pull_request, wording
from forksight.core.land.proposal import Entry, Fate, LandPlan, Stop
from forksight.core.land.pull_request import PullRequest, Pushed
from forksight.core.plans.plan import Plan
from forksight.core.problems import Problem
from forksight.core.sessions.session import stamp
from forksight.core.store.ledger import Landing
from forksight.core.words import shell
from forksight.core.words.terminal import printable


def land(
    plan: LandPlan,
    fates: Mapping[str, Fate],
    *,
    steps: Mapping[str, Plan],
    problems: Sequence[Problem],
    runs: Sequence[Landing] = (),
) -> Plain:
    """A plan to land forks and its outcome. `steps` maps branches to the plans whose steps are to be shown."""
    question = wording.question(plan) if Fate.PROPOSED in fates.values() else None
    return {
        "version": 1,
        "repository": plan.repository,
        "method": plan.method,
        "test": plan.test or None,
        "forks": [_entry(plan, entry, fates[entry.branch], steps.get(entry.branch)) for entry in plan.entries],
        "landed": [landing(run) for run in runs],
        "summary": wording.summary(plan, fates),
        "words": {"question": _question(*question) if question else None},
        "problems": document.problems((*plan.problems, *problems)),
    }


def taken_back(run: Sequence[tuple[Landing, Plan]], *, done: bool, problems: Sequence[Problem]) -> Plain:
    """A run that was, or would be, undone: the newest landing first. Steps are only given for what would be done."""
    landings = [landing(landed) if done else {**landing(landed), "steps": _steps(plan)} for landed, plan in run]
    return {
        "version": 1,
        "taken_back": done,
        "landings": landings,
        "summary": wording.taken_back([landed for landed, _ in run], done=done),
        "problems": document.problems(problems),
    }


def pull_requests(
    plan: LandPlan, requests: Sequence[PullRequest], pushed: Pushed, problems: Sequence[Problem]
) -> Plain:
    """The branches to push, or that were pushed, each with its pull request."""
    return {
        "version": 1,
        "repository": plan.repository,
        "requests": [_request(request, pushed) for request in requests],
        "summary": pull_request.summary(requests, pushed.fates),
        "problems": document.problems((*plan.problems, *problems, *pushed.problems)),
    }


def landing(run: Landing) -> Plain:
    """What a run did to one branch: the commits before and after, and the forks that landed."""
    return {
        "run": run.id,
        "branch": run.branch,
        "worktree": run.worktree,
        "before": run.before,
        "after": run.after,
        "forks": list(run.forks),
        "landed_at": stamp(run.created),
    }


def _entry(plan: LandPlan, entry: Entry, fate: Fate, steps: Plan | None) -> Plain:
    target = entry.target
    shown: Plain = {
        "branch": entry.branch,
        "session": entry.session,
        "title": entry.label,
        "worktree": entry.worktree,
        "head": entry.commit,
        "target": {"branch": target.branch, "worktree": target.worktree, "head": target.commit} if target else None,
        "commits": [{"id": commit.id, "subject": commit.subject} for commit in entry.commits],
        "held": [{"code": hold.bar.value, "message": hold.text, "command": hold.command} for hold in entry.holds],
        "stops": [_stop(stop) for stop in entry.stops],
        "breaks": [{**_stop(stop), "symbol": stop.symbol} for stop in entry.breaks],
        "outcome": fate.value,
        "words": {
            "heading": wording.heading(fate),
            "outcome": printable(wording.outcome(plan, entry, fate)),
            "details": [printable(text) for text in wording.details(entry, fate)],
            "stops": [printable(text) for text in wording.stops(entry)],
            "breaks": [printable(text) for text in wording.breaks(entry)],
            "refusal": printable(wording.refusal(plan, entry, fate) or "") or None,
        },
    }
    return {**shown, "steps": _steps(steps)} if steps is not None else shown


def _question(message: str, detail: str) -> Plain:
    return {"message": message, "detail": detail, "yes": wording.YES, "no": wording.NO}


def _request(request: PullRequest, pushed: Pushed) -> Plain:
    fate, page = pushed.fates[request.branch], pushed.pages.get(request.branch)
    return {
        "branch": request.branch,
        "head": request.commit,
        "remote": request.remote.name if request.remote else None,
        "base": request.base,
        "title": request.title,
        "body": request.body,
        "command": shell.join(request.command) if request.command else None,
        "address": request.address,
        "held": list(request.held),
        "outcome": fate.value,
        "page": page or None,
        "words": {"outcome": printable(pull_request.outcome(request, fate, page))},
    }


def _stop(stop: Stop) -> Plain:
    return {
        "path": stop.path,
        "kind": stop.kind.value,
        "lines": [[lines.start, lines.end] for lines in stop.lines],
        "with": stop.other,
    }


def _steps(plan: Plan) -> list[Plain]:
    return [{"action": step.action.value, "detail": step.detail} for step in plan.steps]
