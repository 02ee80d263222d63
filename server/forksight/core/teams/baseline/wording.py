"""Sentences about publishing and fetching a baseline, for the terminal and editors."""

from datetime import datetime

from forksight.core.teams.baseline.plans import FetchPlan, Published, PublishPlan
from forksight.core.teams.baseline.record import Record
from forksight.core.words import shell
from forksight.core.words.quantities import many

WORDS_TRAVEL = (
    "Apart from that, what you and the model said, and the files that the model read, leave this machine unchanged."
)
OF_STRANGERS = "Every fork will trust what this baseline says as its own knowledge: fetch only from people whose code you would merge."
_NAMED = 20  # masked rows that are listed; more are only counted


def publish_heading(plan: PublishPlan) -> str:
    """Which generation would leave, through which remote, and the names of person and machine that others would see."""
    record = plan.record
    return (
        f"{record.called}, generation {record.generation}, through {plan.remote} ({plan.address}),"
        f" as {record.user} ({record.host})"
    )


def publish_lines(plan: PublishPlan) -> list[str]:
    """What would leave, what would not, and what was masked, a line each."""
    record, transcript = plan.record, plan.transcript
    size = f"{many(record.rows, 'row')} of its transcript ({record.size:,} bytes)"
    before = plan.before.record if plan.before else None
    masked = [f"masked in row {mask.row}: {mask.why}" for mask in transcript.masked[:_NAMED]]
    more = len(transcript.masked) - _NAMED
    return [
        f"leaves: {size}, including {many(transcript.prompts, 'prompt')} of yours",
        "leaves as placeholders: the paths of this checkout, of your home and of Claude Code's folder",
        f"leaves with it: the commit {_commit(record)}, Claude Code's version {record.cli}",
        *([f"follows: generation {before.generation}, published by {before.user} ({before.host})"] if before else []),
        *(f"stays here: {what} ({count})" for what, count in transcript.left_out.items()),
        *masked,
        *([f"masked in {more} more rows"] if more > 0 else []),
    ]


def published(plan: PublishPlan) -> str:
    """That a baseline is published."""
    fetch = shell.join(["forksight", "baseline", "fetch", plan.record.name])
    published_as = "is published already" if plan.is_there else "is published"
    return f"{plan.record.called} {published_as} as generation {plan.record.generation}. Colleagues fetch it with `{fetch}`."


def fetch_heading(plan: FetchPlan) -> str:
    """Which generation would come, from where, and who published it."""
    record = plan.published.record
    return f"{plan.name}, generation {record.generation}, from {plan.remote} ({plan.address}), by {record.user} ({record.host})"


def fetch_lines(plan: FetchPlan) -> list[str]:
    """What would change on this machine, a line each."""
    record = plan.published.record
    cost = [f"costs: a first fork writes about {record.context:,} tokens to the cache"] if record.context else []
    return [
        f"brings: {many(record.rows, 'row')} of a transcript, {record.size:,} bytes, published {_clock(record.at)}",
        f"knows: the project at commit {_commit(record)}; Claude Code {record.cli} wrote it",
        f"becomes: the session {plan.session} of Claude Code, with the paths of {plan.checkout}",
        f"becomes: generation {plan.number} of the baseline {plan.name} here",
        *cost,
    ]


def fetched(plan: FetchPlan) -> str:
    """That a baseline was fetched, or that it was here before."""
    fork = shell.join(["forksight", "fork", "BRANCH", "--baseline", plan.name])
    if plan.is_there:
        return f"{plan.name} is here already, at generation {plan.number}. Fork it with `{fork}`."
    return f"{plan.name} is a baseline here now, at generation {plan.number}. Fork it with `{fork}`."


def newer(called: str, tip: Published) -> str:
    """That a colleague published a newer generation than the one here."""
    record = tip.record
    fetch = shell.join(["forksight", "baseline", "fetch", called])
    return f"{record.user} published generation {record.generation} of {called}: fetch it with `{fetch}`."


def published_by_another(before: Record) -> str:
    """A warning before a generation follows one that somebody else published."""
    return f"{before.user} ({before.host}) published {before.name} last: yours becomes its next generation."


def no_commit(name: str) -> str:
    """A warning that the drift of a baseline can't be computed."""
    return (
        f"It is unknown at which commit the baseline {name} learned the project, so what changed since can't be shown."
    )


def not_pushed(commit: str, remote: str) -> str:
    """A warning that others can't compute the drift of a baseline."""
    return f"The baseline learned the project at commit {commit[:10]}, which {remote} does not have: until you push it, colleagues can't see what changed since."


def commit_missing(commit: str) -> str:
    """A warning that the drift of a baseline can't be computed before a fetch."""
    return f"The baseline learned the project at commit {commit[:10]}, which is not in this repository: run `git fetch` to see what changed since."


def other_version(theirs: str, here: str) -> str:
    """A warning that another version of Claude Code wrote a transcript."""
    return f"Claude Code {theirs} wrote the transcript, and {here} is installed here: it ignores what it does not know."


def busy(name: str) -> str:
    """A warning that the session of a baseline is in the middle of a turn."""
    return f"The baseline {name} is at work now: only what its transcript holds so far is published."


def _commit(record: Record) -> str:
    return f"{record.commit[:10] if record.commit else 'unknown'}{f' of {record.branch}' if record.branch else ''}"


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")
