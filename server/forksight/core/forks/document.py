"""The JSON of forking and resuming, printed by `--json` and sent over LSP; see docs/json.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forksight.core import document

if TYPE_CHECKING:  # a document loads what it shows, not what others would
    from collections.abc import Sequence

    from forksight.core.claude.launch import Launch
    from forksight.core.document import Plain
    from forksight.core.forks.proposal import Origin, Outcome, Proposal
    from forksight.core.problems import Problem


def result(proposal: Proposal, outcome: Outcome | None) -> Plain:
    """A proposal and its outcome; without an outcome nothing was done."""
    warnings = (*proposal.warnings, *(outcome.warnings if outcome else ()))
    problems = (*proposal.problems, *(outcome.problems if outcome else ()))
    return {
        **_place(proposal),
        "launch": launch(outcome.launch) if outcome else None,
        "warnings": document.warnings(warnings),
        "problems": document.problems(problems),
    }


def several(forks: Sequence[Plain], problems: Sequence[Problem] = ()) -> Plain:
    """Several forks, each as in its own document, and why some were not started."""
    return {"version": 1, "forks": list(forks), "problems": document.problems(problems)}


def steps(proposal: Proposal) -> Plain:
    """The steps of a proposal; none while a question is open."""
    planned = [
        {"action": step.action.value, "detail": step.detail} for step in (proposal.plan.steps if proposal.plan else ())
    ]
    if proposal.running is not None and planned:
        detail = f"End process {proposal.running.pid}, which runs it in {proposal.running.cwd}"
        planned.insert(0, {"action": "end-process", "detail": detail})
    return {
        **_place(proposal),
        "steps": planned,
        "warnings": document.warnings(proposal.warnings),
        "problems": document.problems(proposal.problems),
    }


def launch(start: Launch) -> Plain:
    """A start of Claude Code. Environment variables that are null must be unset."""
    return {
        "session": start.session,
        "title": start.title,
        "cwd": start.cwd,
        "argv": list(start.argv),
        "env": dict(start.env),
    }


def origin(baseline: Origin | None) -> Plain | None:
    """The baseline that a fork comes from."""
    if baseline is None:
        return None
    return {"name": baseline.name, "generation": baseline.generation, "session": baseline.session}


def _place(proposal: Proposal) -> Plain:
    return {
        "version": 1,
        "worktree": proposal.worktree,
        "branch": proposal.branch,
        "baseline": origin(proposal.baseline),
    }
