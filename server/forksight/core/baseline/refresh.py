"""Refreshing a baseline: the plan, its cost and steps in words, and refreshes that did not finish."""

from dataclasses import dataclass

from forksight.core.baseline.drift import Drift
from forksight.core.baseline.wording import phrases
from forksight.core.claude.launch import Launch
from forksight.core.problems import Problem
from forksight.core.sessions.session import ForkTree
from forksight.core.store.ledger import Baseline, Generation
from forksight.core.words.quantities import many

_LEAST_TURNS = 2  # one that reads, and one that answers


@dataclass(frozen=True, slots=True)
class Refresh:
    """The plan of a refresh."""

    baseline: Baseline
    # The next generation, which it makes.
    generation: Generation
    # What changed since the current one; None if that is unknown.
    drift: Drift | None
    # The absolute paths of the files that must be read again.
    read: tuple[str, ...]
    prompt: str
    # Starts the next generation.
    launch: Launch
    # Our copy of the current generation's transcript is put back first.
    restore: bool = False
    warnings: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    # Why the baseline is stale, a phrase each; empty: it need not be refreshed yet.
    stale: tuple[str, ...] = ()
    # The tokens that each turn reads at least: what the current generation knows. 0 if its transcript does not tell.
    context: int = 0

    @property
    def cost(self) -> str:
        """The least that it costs, as a sentence."""
        files = many(len(self.read), "file")
        least = f", for at least {_LEAST_TURNS * self.context:,} tokens" if self.context else ""
        return f"A refresh of {self.baseline.name} reads {files} again{least}."

    @property
    def question(self) -> str | None:
        """The question to ask before refreshing; None if the baseline is stale, since then nobody needs to be asked."""
        return None if self.stale else f"{self.baseline.name} is not stale yet. {self.cost} Refresh it anyway?"

    @property
    def needed(self) -> bool:
        """Whether there is anything to learn."""
        return self.drift is None or bool(phrases(self.drift))

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """The steps as (action, sentence)."""
        now, place = self.baseline.generation, self.launch.cwd
        back = (("restore-transcript", f"Put our copy of the session {now.session} back"),) if self.restore else ()
        return (
            *back,
            ("fork", f"Fork generation {now.number} ({now.session}) as {self.generation.session} in {place}"),
            ("read", f"Let it read {many(len(self.read), 'file')} again, and write nothing"),
            ("verify", "Check that it inherited its context, read the files and ended without an error"),
            ("promote", f"Make it generation {self.generation.number} of {self.baseline.name}"),
        )


def next_generation(baseline: Baseline) -> int:
    """The number of the generation that a refresh makes."""
    return 1 + max(generation.number for generation in baseline.generations)


def title(name: str, generation: int) -> str:
    """What the session of a generation is called."""
    return f"{name} (generation {generation})"


def unfinished(tree: ForkTree, name: str, generations: tuple[Generation, ...]) -> tuple[Problem, ...]:
    """A baseline's refreshes that failed, were stopped or were killed, each with what it cost."""
    first = 1 + max(generation.number for generation in generations)
    parents = {generation.session for generation in generations}
    attempts = [node for node in tree.nodes if node.title == title(name, first) and node.parent in parents]
    return tuple(
        Problem(
            "refresh-unfinished",
            f"A refresh of {name} did not finish (session {node.id}, {node.own.total:,} tokens): nothing was changed by it.",
        )
        for node in attempts
        if node.baseline is None
    )
