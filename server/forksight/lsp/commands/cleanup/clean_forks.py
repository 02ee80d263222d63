"""`forksight.cleanForks {uri?, sessions?, yes?, discard?, dryRun?, confirmed?, occupied?}`: clean up abandoned forks, or the named ones.

`yes` cleans up what is without risk, each of `discard` (sessions) although work in it is at risk; `dryRun` changes nothing.
`confirmed` are entries of a dry run's answer that a person agreed to: exactly those go, and only if no more is lost by now;
the caller shows the result. `occupied` are paths of folders that the person is in besides the workspace's: what holds them
does not go. With none of these the person is asked: about all that is without risk at
once, about each of the others by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forksight.core.cleanup import document
from forksight.core.cleanup.consent import consents
from forksight.core.cleanup.markdown import markdown
from forksight.core.cleanup.proposal import CleanPlan, Entry, Fate
from forksight.core.cleanup.wording import losses, risk, some
from forksight.core.problems import Problem
from forksight.core.words import shell
from forksight.core.words.quantities import many
from forksight.core.words.question import Choice, Question
from forksight.features.cleanup.clean import (
    Cleaned,
    clean,
    covered,
    discarded,
    plan_of,
    runnable,
    untouched,
)
from forksight.features.cleanup.interrupted import finish_interrupted
from forksight.features.cleanup.propose import propose
from forksight.features.context import Context
from forksight.lsp.arguments import PLACE, context_in, names_in
from forksight.lsp.dialog.ask import ask, show_message
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly
from forksight.lsp.wire.uris import path_of

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

_SHOW, _CLEAN, _KEEP, _STOP = "show", "clean", "keep", "stop"

ARGUMENTS = PLACE | {"sessions", "yes", "discard", "dryRun", "confirmed", "occupied"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Clean up: what `forksight clean --json` prints, and `command`, what does it by hand where nothing was done."""
    context = await context_in(ls, arguments)
    agreed = consents(arguments["confirmed"]) if "confirmed" in arguments else None
    names = tuple(consent.session for consent in agreed) if agreed else names_in(arguments, "sessions")
    discard = names_in(arguments, "discard")
    dry, yes = arguments.get("dryRun") is True, arguments.get("yes") is True
    folders = [path for folder in ls.workspace.folders.values() if (path := path_of(folder.uri)) is not None]
    folders += names_in(arguments, "occupied")
    notes: tuple[Problem, ...] = ()
    if not dry:
        async with progress(ls, "Looking for abandoned forks") as client_progress:
            notes = await asyncio.to_thread(finish_interrupted, context, client_progress)
    plan = await asyncio.to_thread(lambda: propose(context, names, also=discard, occupied=folders))
    hint = shell.join(["forksight", "clean", *names])
    if dry:
        steps = {entry.session: plan_of(context, entry) for entry in plan.entries if not entry.holds}
        return _answer(untouched(plan), notes, hint, steps=steps)
    if agreed is not None:
        chosen, refused = covered(plan, agreed)
        return _answer(await _clean(ls, context, plan, chosen), (*notes, *refused), None)
    if yes or discard:
        chosen = runnable(plan, yes=yes, discard=discarded(plan, discard))
    else:
        chosen, hint = await _ask(ls, plan, hint)
    if not chosen:
        return _answer(untouched(plan), notes, hint if plan.entries else None)
    cleaned = await _clean(ls, context, plan, chosen)
    if cleaned_count := sum(fate is Fate.CLEANED for fate in cleaned.fates.values()):
        show_message(ls, f"Cleaned up {many(cleaned_count, 'fork')}; “Restore fork” brings each back.")
    for problem in cleaned.problems:
        show_message(ls, problem.message)
    return _answer(cleaned, notes, None)


async def _clean(ls: "ForksightServer", context: Context, plan: CleanPlan, chosen: Sequence[Entry]) -> Cleaned:
    if not chosen:
        return untouched(plan)
    async with progress(ls, f"Cleaning up {many(len(chosen), 'fork')}") as client_progress:
        cleaned = await asyncio.to_thread(clean, context, plan, chosen, client_progress)
    ls.sessions.check_soon()
    return cleaned


async def _ask(ls: "ForksightServer", plan: CleanPlan, hint: str) -> tuple[tuple[Entry, ...], str]:
    """The entries that the person says yes to, and the command line for what was not answered."""
    free = [entry for entry in plan.entries if not entry.holds]
    safe = [entry for entry in free if not entry.at_risk]
    if not free:
        held = f" {many(len(plan.entries), 'fork')} can't be: {plan.entries[0].holds[0].text}." if plan.entries else ""
        show_message(ls, f"There is nothing to clean up.{held}")
        return (), hint
    chosen: list[Entry] = []
    if safe:
        question = _about_safe(safe, len(free) - len(safe), hint)
        answer = await _answered(ls, plan, question)
        if answer not in (_CLEAN, _KEEP):
            return (), question.hint
        chosen += safe if answer == _CLEAN else []
    for entry in free:
        if entry.at_risk:
            question = _about_risk(entry)
            hint = question.hint
            answer = await _answered(ls, plan, question)
            if answer == _CLEAN:
                chosen.append(entry)
            elif answer != _KEEP:
                break
    return tuple(entry for entry in plan.entries if entry in chosen), hint


async def _answered(ls: "ForksightServer", plan: CleanPlan, question: Question) -> str:
    """The answer to a question; whoever wants to see the plan first is asked again."""
    while True:
        choice = await ask(ls, question)
        if choice is None or choice.command != _SHOW:
            return choice.command if choice is not None else _STOP
        await show_text(ls, "Clean up.md", markdown(plan))
        remaining = tuple(choice for choice in question.choices if choice.command != _SHOW)
        question = Question(question.message, remaining, question.hint)


def _about_safe(safe: Sequence[Entry], at_risk: int, hint: str) -> Question:
    names = some([f"“{entry.facts.node.title}”" for entry in safe])
    more = f" {many(at_risk, 'more is', 'more are')} at risk." if at_risk else ""
    choices = [Choice(f"Clean up {many(len(safe), 'fork')}", _CLEAN), Choice("Show the plan", _SHOW)]
    if at_risk:
        choices.append(Choice("Only those at risk", _KEEP))
    return Question(f"{many(len(safe), 'fork')} can go without risk: {names}.{more}", tuple(choices), f"{hint} --yes")


def _about_risk(entry: Entry) -> Question:
    title = entry.facts.node.title
    choices = (
        Choice(f"Clean up “{title}” all the same", _CLEAN),
        Choice("Keep it", _KEEP),
        Choice("Show the plan", _SHOW),
        Choice("Keep all the rest", _STOP),
    )
    hint = shell.join(["forksight", "clean", "--discard", entry.session])
    reassurance = " It is kept in the archive, and “Restore fork” brings it back." if losses(entry.lost) else ""
    return Question(f"Clean up “{title}” although {risk(entry)}?{reassurance}", choices, hint)


def _answer(
    cleaned: Cleaned, notes: tuple[Problem, ...], command: str | None, *, steps: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    answer = document.clean(cleaned.plan, cleaned.fates, steps or {}, (*notes, *cleaned.problems))
    return dict(plainly({**answer, "command": command}))
