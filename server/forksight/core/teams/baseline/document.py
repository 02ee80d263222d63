"""The JSON of `forksight baseline publish` and `fetch` (see docs/json.md)."""

from forksight.core.document import Plain, problems, warnings
from forksight.core.sessions.session import stamp
from forksight.core.teams.baseline.plans import FetchPlan, PublishPlan
from forksight.core.teams.baseline.record import Record


def publish(plan: PublishPlan, *, done: bool) -> Plain:
    """The JSON of `baseline publish`: what would leave this machine, or just left it (`done`)."""
    return {
        "version": 1,
        "published": done,
        "remote": plan.remote,
        "address": plan.address,
        "baseline": _record(plan.record),
        "before": _record(plan.before.record) if plan.before else None,
        "prompts": plan.transcript.prompts,
        "left_out": [{"what": what, "count": count} for what, count in plan.transcript.left_out.items()],
        "masked": [{"row": mask.row, "why": mask.why, "times": mask.times} for mask in plan.transcript.masked],
        "warnings": warnings(plan.warnings),
        "problems": problems(plan.problems),
    }


def fetch(plan: FetchPlan, *, done: bool) -> Plain:
    """The JSON of `baseline fetch`: what would come to this machine, or just came (`done`)."""
    return {
        "version": 1,
        "fetched": done,
        "remote": plan.remote,
        "address": plan.address,
        "published": _record(plan.published.record),
        "baseline": {"name": plan.name, "generation": plan.number, "session": plan.session},
        "checkout": plan.checkout,
        "warnings": warnings(plan.warnings),
        "problems": problems(plan.problems),
    }


def _record(record: Record) -> Plain:
    return {
        "name": record.name,
        "generation": record.generation,
        "user": record.user,
        "machine": record.host,
        "published": stamp(record.at),
        "commit": record.commit,
        "branch": record.branch,
        "claude": record.cli,
        "sha256": record.sha256,
        "size": record.size,
        "rows": record.rows,
        "context": record.context,
    }
