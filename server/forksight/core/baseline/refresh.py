"""Refreshing a baseline: what it is asked to read again, and how far it has come. Values and words only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from forksight.core.baseline.drift import Drift, Fate
from forksight.core.baseline.wording import phrases
from forksight.core.claude.launch import Launch
from forksight.core.problems import Problem
from forksight.core.sessions.session import ForkTree, Tokens
from forksight.core.store.ledger import Baseline, Generation
from forksight.core.words.quantities import many

TEMPLATE = """\
The project has changed since you learned it. Bring your knowledge up to date; do not change anything.

What changed:
{changes}

Read these files again, each of them completely:
{read}

Forget what you know of these, they are gone:
{forget}

Then say in a few sentences what is different now for whoever goes on from here."""

_LEAST_TURNS = 2  # one that reads, and one that answers


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh as it was decided."""

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
        """What it costs at least, for people."""
        files = many(len(self.read), "file")
        least = f", for at least {_LEAST_TURNS * self.context:,} tokens" if self.context else ""
        return f"A refresh of {self.baseline.name} reads {files} again{least}."

    @property
    def question(self) -> str | None:
        """What a person is asked before; None if the baseline is stale."""
        return None if self.stale else f"{self.baseline.name} is not stale yet. {self.cost} Refresh it all the same?"

    @property
    def needed(self) -> bool:
        """Whether there is anything to learn."""
        return self.drift is None or bool(phrases(self.drift))

    @property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """What is done, for people: (action, detail)."""
        now, place = self.baseline.generation, self.launch.cwd
        back = (("restore-transcript", f"Put our copy of the session {now.session} back"),) if self.restore else ()
        return (
            *back,
            ("fork", f"Fork generation {now.number} ({now.session}) as {self.generation.session} in {place}"),
            ("read", f"Let it read {many(len(self.read), 'file')} again, and write nothing"),
            ("verify", "Look whether it inherited its context, read the files and ended without an error"),
            ("promote", f"Make it generation {self.generation.number} of {self.baseline.name}"),
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a run has come, from the events that it prints."""

    # The absolute paths of the files that must be read again, and those of them that were.
    wanted: frozenset[str]
    read: frozenset[str] = frozenset()
    turns: int = 0
    # What each message was billed, by its id.
    usages: Mapping[str, Tokens] = field(default_factory=dict)
    # It came to its end without an error; else `complaint` has the first line of what Claude Code said.
    ended: bool = False
    complaint: str | None = None

    @property
    def tokens(self) -> Tokens:
        """What was billed so far, as far as the events tell."""
        return sum(self.usages.values(), Tokens())

    @property
    def sentence(self) -> str:
        """How far it has come, for people."""
        files = [f"{len(self.read)} of {len(self.wanted)} files read"] if self.wanted else []
        turns = many(self.turns, "turn")
        return " · ".join([*files, turns, f"{self.tokens.total:,} tokens"])


def next_generation(baseline: Baseline) -> int:
    """The number of the generation that a refresh makes."""
    return 1 + max(generation.number for generation in baseline.generations)


def title(name: str, generation: int) -> str:
    """What the session of a generation is called."""
    return f"{name} (generation {generation})"


def unfinished(tree: ForkTree, name: str, generations: tuple[Generation, ...]) -> tuple[Problem, ...]:
    """The refreshes of a baseline that did not come to their end (failed, stopped, killed), and what each cost."""
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


def prompt(template: str, drift: Drift | None, read: Sequence[str]) -> str:
    """The prompt, from a template with `{changes}`, `{read}` and `{forget}`. Paths are data: nothing else is filled in."""
    gone = [
        f"{file.path} (now {file.now})" if file.fate is Fate.MOVED else file.path
        for file in (drift.files if drift else ())
        if file.fate is not Fate.CHANGED
    ]
    changes = phrases(drift) if drift else ("it is not known what changed",)
    filled = {
        "changes": "\n".join(f"- {change}" for change in changes),
        "read": "\n".join(read),
        "forget": "\n".join(gone),
    }
    parts = [template or TEMPLATE]
    for name, text in filled.items():
        split: list[str] = []
        for number, part in enumerate(parts):
            # What was filled in stands at the odd places: it is not looked into again.
            split += [part] if number % 2 else _between(part.split(f"{{{name}}}"), text or "(nothing)")
        parts = split
    return "".join(parts)


def take(tally: Tally, event: Mapping[str, Any]) -> Tally:
    """A tally after one more event of `--output-format stream-json`."""
    kind, message = event.get("type"), event.get("message")
    read, turns, usages = tally.read, tally.turns, tally.usages
    if kind == "assistant" and isinstance(message, Mapping) and isinstance(message.get("usage"), Mapping):
        identity = str(message.get("id"))
        turns += identity not in usages
        usages = {**usages, identity: _tokens(message["usage"])}
    result = event.get("tool_use_result")
    file = result.get("file") if isinstance(result, Mapping) else None
    if isinstance(file, Mapping) and file.get("filePath") in tally.wanted:
        read |= {str(file["filePath"])}
    if kind != "result":
        return Tally(tally.wanted, read, turns, usages, tally.ended, tally.complaint)
    failed = event.get("is_error") is True or event.get("subtype") != "success"
    reason = str(event.get("result") or event.get("subtype") or "no reason given").strip().splitlines()
    if isinstance(event.get("usage"), Mapping):
        usages = {"result": _tokens(event["usage"])}
    return Tally(tally.wanted, read, turns, usages, not failed, reason[0] if failed and reason else None)


def _between(parts: Sequence[str], text: str) -> list[str]:
    joined = [parts[0]]
    for part in parts[1:]:
        joined += [text, part]
    return joined


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    return Tokens(*(value if isinstance(value := usage.get(name), int) else 0 for name in names))
