"""Publishing and fetching a baseline in words, for terminal and editors."""

from datetime import datetime

from forksight.core.teams.baseline.plans import FetchPlan, Published, PublishPlan
from forksight.core.teams.baseline.record import Record
from forksight.core.words import shell
from forksight.core.words.quantities import many

WORDS_TRAVEL = "What you and the model said in it, and the files that it read, leave as they are but for that."
OF_STRANGERS = (
    "Every fork takes what stands in it for what it knows itself: fetch from people whose code you would merge."
)
_NAMED = 20  # masked rows; more are counted


def publish_heading(plan: PublishPlan) -> str:
    """What would leave, through which remote, as whose."""
    record = plan.record
    return (
        f"{record.called}, generation {record.generation}, through {plan.remote} ({plan.address}),"
        f" as {record.user} ({record.host})"
    )


def publish_lines(plan: PublishPlan) -> list[str]:
    """What would leave of it, what would not, and what was masked, a sentence each."""
    record, transcript = plan.record, plan.transcript
    size = f"{many(record.rows, 'row')} of its transcript, {record.size:,} bytes"
    before = plan.before.record if plan.before else None
    masked = [f"masked in row {mask.row}: {mask.why}" for mask in transcript.masked[:_NAMED]]
    more = len(transcript.masked) - _NAMED
    return [
        f"leaves: {size}, {many(transcript.prompts, 'prompt')} of yours among them",
        "leaves as placeholders: the paths of this checkout, of your home and of Claude Code's folder",
        f"leaves with it: the commit {_commit(record)}, Claude Code's version {record.cli}",
        *([f"goes on: generation {before.generation}, by {before.user} ({before.host})"] if before else []),
        *(f"stays here: {what} ({count})" for what, count in transcript.left_out.items()),
        *masked,
        *([f"masked in {more} more rows"] if more > 0 else []),
    ]


def published(plan: PublishPlan) -> str:
    """That it is published."""
    fetch = shell.join(["forksight", "baseline", "fetch", plan.record.name])
    was = "is published already" if plan.is_there else "is published"
    return f"{plan.record.called} {was} as generation {plan.record.generation}. Colleagues get it with `{fetch}`."


def fetch_heading(plan: FetchPlan) -> str:
    """What would come, from where, and whose it is."""
    record = plan.published.record
    return f"{plan.name}, generation {record.generation}, from {plan.remote} ({plan.address}), by {record.user} ({record.host})"


def fetch_lines(plan: FetchPlan) -> list[str]:
    """What would be different here, a sentence each."""
    record = plan.published.record
    cost = [f"costs: a first fork writes about {record.context:,} tokens to the cache"] if record.context else []
    return [
        f"brings: {many(record.rows, 'row')} of a transcript, {record.size:,} bytes, published {_clock(record.at)}",
        f"knows: the commit {_commit(record)}, by Claude Code {record.cli}",
        f"becomes: the session {plan.session} of Claude Code, with the paths of {plan.checkout}",
        f"becomes: generation {plan.number} of the baseline {plan.name} here",
        *cost,
    ]


def fetched(plan: FetchPlan) -> str:
    """That it is here."""
    fork = shell.join(["forksight", "fork", "BRANCH", "--baseline", plan.name])
    if plan.is_there:
        return f"{plan.name} is here already, at generation {plan.number}. Fork it with `{fork}`."
    return f"{plan.name} is a baseline here now, at generation {plan.number}. Fork it with `{fork}`."


def newer(called: str, tip: Published) -> str:
    """That a colleague published a newer generation than the one here."""
    record = tip.record
    fetch = shell.join(["forksight", "baseline", "fetch", called])
    return f"{record.user} published generation {record.generation} of {called}: `{fetch}` brings it."


def published_by_another(before: Record) -> str:
    """A warning before somebody else's baseline goes on."""
    return (
        f"{before.name} was published by {before.user} ({before.host}) last: yours becomes the next generation of it."
    )


def no_commit(name: str) -> str:
    """A warning that drift can't be counted."""
    return f"The commit that the baseline {name} knew is unknown: what changed since can't be told."


def not_pushed(commit: str, remote: str) -> str:
    """A warning that others can't count drift."""
    return f"The commit {commit[:10]} that it knew is not on {remote}: colleagues can't tell what changed since before it is pushed."


def commit_missing(commit: str) -> str:
    """A warning that drift can't be counted before a fetch."""
    return f"The commit {commit[:10]} that it knew is not here: what changed since can be told after a `git fetch`."


def other_version(theirs: str, here: str) -> str:
    """A warning that another Claude Code wrote it."""
    return f"Claude Code {theirs} wrote it, and {here} is here: what one does not know of the other is left out by it."


def busy(name: str) -> str:
    """A warning that it is in the middle of a turn."""
    return f"The baseline {name} is at work now: it is published only as far as it is written."


def _commit(record: Record) -> str:
    return f"{record.commit[:10] if record.commit else 'unknown'}{f' of {record.branch}' if record.branch else ''}"


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")
