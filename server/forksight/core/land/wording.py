"""Landing in words, for every surface."""

from collections.abc import Mapping, Sequence

from forksight.core.compare.test_runs import Run
from forksight.core.land.proposal import Entry, Fate, LandPlan, Stop
from forksight.core.overlaps.overlap import WHOLE, Lines
from forksight.core.store.ledger import Landing
from forksight.core.words.markdown import code
from forksight.core.words.quantities import many
from forksight.core.words.terminal import printable

_NAMED = 3  # conflicts that are named; more are counted
_HEADINGS = {
    Fate.PROPOSED: "can land, in this order",
    Fate.LANDED: "landed",
    Fate.STOPS: "would stop at a conflict",
    Fate.WAITS: "would stop at a conflict",
    Fate.HELD: "can't land now",
    Fate.FAILED: "was not landed",
}
YES, NO = "Land", "Cancel"  # to `question`, as titles of buttons
_DONE = {"merge": "merged into", "squash": "squashed into", "rebase": "put onto"}


def outcome(plan: LandPlan, entry: Entry, fate: Fate) -> str:
    """What would become, or became, of a fork, as a phrase after its name."""
    target = entry.target.branch if entry.target else "its target"
    commits = many(len(entry.commits), "commit")
    match fate:
        case Fate.PROPOSED:
            broken = f"; merges cleanly, with {many(len(entry.breaks), 'break')}" if entry.breaks else ""
            return f"{commits}, to be {_DONE[plan.method]} {target}{broken}"
        case Fate.LANDED:
            return f"{commits}, {_DONE[plan.method]} {target}"
        case Fate.STOPS:
            return f"conflicts with {' and '.join(dict.fromkeys(stop.other for stop in entry.stops))}"
        case Fate.WAITS:
            return "waits: it comes after one that stops"
        case Fate.HELD:
            return "; ".join(hold.text for hold in entry.holds)
        case Fate.FAILED:
            return f"was not landed in {target}"


def heading(fate: Fate) -> str:
    """The heading of a checklist under which a fork is shown."""
    return _HEADINGS[fate]


def details(entry: Entry, fate: Fate) -> list[str]:
    """The lines below a fork's outcome: conflicts, breaks, and what has to be done first."""
    stopped = stops(entry) if fate is Fate.STOPS else []
    first = [f"first: {hold.command}" for hold in entry.holds if hold.command is not None]
    return [*stopped, *breaks(entry), *first]


def refusal(plan: LandPlan, entry: Entry, fate: Fate) -> str | None:
    """A sentence that says why a fork can't land; None if it can, or has landed."""
    if fate in (Fate.PROPOSED, Fate.LANDED):
        return None
    return f"{entry.branch} can't land: {'; '.join([outcome(plan, entry, fate), *stops(entry)])}."


def stops(entry: Entry) -> list[str]:
    """The conflicts of merging a fork, one line each: the file, its lines (1-based), and with whom."""
    lines = [stop_line(stop) for stop in entry.stops[:_NAMED]]
    more = len(entry.stops) - _NAMED
    return [*lines, f"and {many(more, 'more file')}"] if more > 0 else lines


def breaks(entry: Entry) -> list[str]:
    """The breaks of merging a fork, one line each: the file, the line (1-based), and with whom."""
    lines = [
        f"{stop.path}{_where(stop)}: `{stop.symbol}` breaks with {stop.other} ({stop.kind.value})"
        for stop in entry.breaks[:_NAMED]
    ]
    more = len(entry.breaks) - _NAMED
    return [*lines, f"and {many(more, 'more break')}"] if more > 0 else lines


def stop_line(stop: Stop) -> str:
    """The line for one conflict."""
    return f"{stop.path}{_where(stop)}: {stop.kind.value} with {stop.other}"


def summary(plan: LandPlan, fates: Mapping[str, Fate]) -> str:
    """A plan's outcome in one sentence."""
    if not plan.entries:
        return "No fork has anything to land."
    counts = [(fate, sum(became is fate for became in fates.values())) for fate in Fate]
    words = {
        Fate.PROPOSED: "can land",
        Fate.LANDED: "landed",
        Fate.STOPS: "stopped by a conflict",
        Fate.WAITS: "waiting",
        Fate.HELD: "held",
        Fate.FAILED: "failed",
    }
    return f"{', '.join(f'{count} {words[fate]}' for fate, count in counts if count)}."


def taken_back(run: Sequence[Landing], *, done: bool) -> str:
    """A sentence for each branch that was, or would be, moved back."""
    verb = "is" if done else "would be"
    return " ".join(printable(f"{landing.branch} {verb} back at {landing.before[:10]}.") for landing in run)


def question(plan: LandPlan) -> tuple[str, str]:
    """The question before forks land, and its details: a line on what becomes of each fork, in the order of the plan."""
    fates = plan.fates()
    proposed = [entry for entry in plan.entries if fates[entry.branch] is Fate.PROPOSED]
    named = printable(proposed[0].branch) if len(proposed) == 1 else f"these {len(proposed)} forks"
    lines = []
    for entry in plan.entries:
        lines.append(printable(f"{entry.branch}: {outcome(plan, entry, fates[entry.branch])}"))
        lines += [f"    {printable(text)}" for text in stops(entry)] if fates[entry.branch] is Fate.STOPS else []
        lines += [f"    {printable(text)}" for text in breaks(entry)]
    after = ["", printable(f"After each, this is run: {plan.test}")] if plan.test else []
    return f"Land {named}?", "\n".join(
        [*lines, *after, "", "You can undo this as long as nothing is committed on top."]
    )


def title(entry: Entry) -> str:
    """The pull request's title: the subject of the only commit, else the fork's title, else its branch."""
    return entry.commits[0].subject if len(entry.commits) == 1 else entry.label


def body(entry: Entry, first_prompt: str | None, tests: Sequence[Run]) -> str:
    """The pull request's body: the fork's first prompt, its commits, and its last test runs."""
    paragraphs = [first_prompt] if first_prompt else []
    paragraphs.append("\n".join(f"- {commit.subject}" for commit in reversed(entry.commits)))
    if tests:
        last = tests[-1]
        paragraphs.append(f"Last test run: {code(last.command)} {'passed' if last.passed else 'failed'}.")
    return "\n\n".join(paragraphs)


def _where(stop: Stop) -> str:
    """The lines of a conflict, with a leading space; empty if it has none."""
    numbers = ", ".join(_lines(lines) for lines in stop.lines if lines != WHOLE)
    return f" {numbers}" if numbers else ""


def _lines(lines: Lines) -> str:
    first, last = lines.start + 1, max(lines.end, lines.start + 1)
    return f"line {first}" if first == last else f"lines {first} to {last}"
