"""`forksight.landForks {uri?, sessions?, method?, yes?, dryRun?, confirmed?, undo?}`: merge forks that are done, or take that back.

`sessions` are sessions or branches. `yes` lands all that can land; `dryRun` changes nothing. `confirmed` are entries of a
dry run's answer that a person agreed to: they land, if all of them and their targets are as they were shown; the caller
shows the result. With none of these the person is asked. `undo` takes the last run back (true), or what it did to one branch
(the id of an entry of `landed`).
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from forksight.core.land import document, wording
from forksight.core.land.consent import changed, consents
from forksight.core.land.markdown import markdown
from forksight.core.land.proposal import Fate, LandPlan, Method
from forksight.core.problems import Problem, UsageError
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.context import Context
from forksight.features.land.interrupted import finish_interrupted
from forksight.features.land.land import Landed, land, plan_of, propose_undo, undo
from forksight.features.land.propose import propose
from forksight.lsp.arguments import PLACE, context_in, names_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"sessions", "method", "yes", "dryRun", "confirmed", "undo"}

_LAND, _SHOW = "land", "show"


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Land: what `forksight land --json` prints, and `command`, what does it by hand where nothing was done."""
    context = await context_in(ls, arguments)
    dry, yes = arguments.get("dryRun") is True, arguments.get("yes") is True
    notes: tuple[Problem, ...] = ()
    if not dry:
        async with progress(ls, "Looking for interrupted landings") as client_progress:
            notes = await asyncio.to_thread(finish_interrupted, context, client_progress)
    if (to_undo := arguments.get("undo")) not in (None, False):
        return await _undo(ls, context, to_undo, notes, dry=dry, yes=yes)
    agreed = consents(arguments["confirmed"]) if "confirmed" in arguments else None
    names = tuple(consent.branch for consent in agreed) if agreed else names_in(arguments, "sessions")
    plan = await asyncio.to_thread(lambda: propose(context, names, method=_method(arguments)))
    fates = plan.fates()
    hint = shell.join(["forksight", "land", *names, "--yes"])
    if dry:
        proposed = [entry for entry in plan.entries if fates[entry.branch] is Fate.PROPOSED]
        steps = {entry.branch: plan_of(context, plan, entry) for entry in proposed}
        return _answer(Landed(plan, fates), notes, hint if proposed else None, steps=steps)
    if agreed is not None:
        refused = changed(plan, agreed)
        landed = Landed(plan, fates) if refused or not agreed else await _land(ls, context, plan)
        return _answer(landed, (*notes, *refused), None)
    if not (yes or await _agrees(ls, plan, hint)):
        return _answer(Landed(plan, fates), notes, hint if Fate.PROPOSED in fates.values() else None)
    landed = await _land(ls, context, plan)
    summary = wording.summary(landed.plan, landed.fates)
    back = " Take it back with `forksight land --undo`; clean up what landed with `forksight clean`."
    show_message(ls, summary + (back if landed.runs else ""))
    for problem in landed.problems:
        show_message(ls, problem.message)
    return _answer(landed, notes, None)


def _method(arguments: Mapping[str, Any]) -> Method | None:
    """The way to merge that was asked for. Raises `UsageError` for one that there is not."""
    name = optional_text(arguments, "method")
    for method in get_args(Method):
        if method == name:
            return method  # type: ignore[no-any-return]
    if name is not None:
        raise UsageError(f"{name!r} is no way to land", fix=f"it is one of {', '.join(get_args(Method))}")
    return None


async def _land(ls: "ForksightServer", context: Context, plan: LandPlan) -> Landed:
    async with progress(ls, "Landing forks") as client_progress:
        landed = await asyncio.to_thread(land, context, plan, client_progress)
    ls.sessions.check_soon()
    return landed


async def _agrees(ls: "ForksightServer", plan: LandPlan, hint: str) -> bool:
    """Whether the person says yes, after having seen the plan if they wish."""
    fates = plan.fates()
    proposed_count = sum(fate is Fate.PROPOSED for fate in fates.values())
    if not proposed_count:
        held = [f" {entry.branch}: {wording.outcome(plan, entry, fates[entry.branch])}." for entry in plan.entries[:1]]
        show_message(ls, wording.summary(plan, fates) + "".join(held))
        return False
    message, detail = wording.question(plan)
    title = "Land it" if proposed_count == 1 else f"Land {proposed_count} forks"
    question = Question(
        f"{message} {' '.join(detail.split())}", (Choice(title, _LAND), Choice("Show the plan", _SHOW)), hint
    )
    choice = await ask(ls, question)
    if choice is not None and choice.command == _SHOW:
        await show_text(ls, "Land.md", markdown(plan))
        choice = await ask(ls, Question(question.message, question.choices[:1], hint))
    return choice is not None and choice.command == _LAND


async def _undo(
    ls: "ForksightServer", context: Context, to_undo: object, notes: tuple[Problem, ...], *, dry: bool, yes: bool
) -> dict[str, Any]:
    """Take a run back: what `forksight land --undo --json` prints, and `command`."""
    if to_undo is not True and not isinstance(to_undo, str):
        raise UsageError("undo must be true or an id of what landed", fix='give it as {"undo": true}')
    run = await asyncio.to_thread(propose_undo, context, to_undo if isinstance(to_undo, str) else None)
    hint = "forksight land --undo"
    if not (dry or yes):
        question = Question(
            f"{'; '.join(plan.steps[0].detail for _, plan in run)}?", (Choice("Take it back", _LAND),), hint
        )
        yes = await ask(ls, question) is not None
    if dry or not yes:
        result = document.taken_back(run, done=False, problems=notes)
        return dict(plainly({**result, "command": hint}))
    async with progress(ls, "Undoing the landing") as client_progress:
        problems = await asyncio.to_thread(undo, context, [plan for _, plan in run], client_progress)
    ls.sessions.check_soon()
    result = document.taken_back(run, done=True, problems=(*notes, *problems))
    return dict(plainly({**result, "command": None}))


def _answer(
    landed: Landed, notes: tuple[Problem, ...], command: str | None, *, steps: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    problems = (*notes, *landed.problems)
    answer = document.land(landed.plan, landed.fates, steps=steps or {}, problems=problems, runs=landed.runs)
    return dict(plainly({**answer, "command": command}))
