"""`forksight.forkSession {uri?, branch?, baseline?, title?, startPoint?, prompt?, again?, background?}`: fork for a branch."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forksight.core.store.ledger import Mode
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.context import Context
from forksight.features.forks.fork import ForkRequest, propose
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.commands.forks.session_start import carry_out, nothing, resume
from forksight.lsp.dialog.ask import ask

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"branch", "baseline", "title", "name", "startPoint", "prompt", "again", "background"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Fork the baseline; what has to be asked first is asked."""
    context = await context_in(ls, arguments)
    request = _request(arguments)
    baselines = (await asyncio.to_thread(context.ledger.view))[0].baselines
    if request.baseline is None and len(baselines) > 1:
        question = _which_baseline(request, [baseline.name for baseline in baselines])
        choice = await ask(ls, question)
        if choice is None:
            return {"launch": None, "opened": False, "command": question.hint, "warnings": [], "problems": []}
        request = ForkRequest(**choice.arguments)
    return await _fork(ls, context, request)


async def _fork(ls: "ForksightServer", context: Context, request: ForkRequest) -> dict[str, Any]:
    proposal = await asyncio.to_thread(propose, context, request)
    if proposal.question is None:
        return await carry_out(ls, context, proposal, f"Forking for {proposal.branch}")
    choice = await ask(ls, proposal.question)
    if choice is None:
        return nothing(proposal, proposal.question.hint)
    if choice.command == "resume":
        return await resume(ls, context, choice.arguments["session"])
    return await _fork(ls, context, ForkRequest(**choice.arguments))


def _request(arguments: Mapping[str, Any]) -> ForkRequest:
    return ForkRequest(
        branch=optional_text(arguments, "branch"),
        baseline=optional_text(arguments, "baseline"),
        title=optional_text(arguments, "title", "name"),
        start_point=optional_text(arguments, "startPoint"),
        prompt=optional_text(arguments, "prompt"),
        again=arguments.get("again") is True,
        mode=Mode.BACKGROUND if arguments.get("background") is True else Mode.TERMINAL,
    )


def _which_baseline(request: ForkRequest, names: list[str]) -> Question:
    choices = tuple(Choice(name, "fork", {**request.arguments(), "baseline": name}) for name in names[:MOST])
    return Question("Fork which baseline?", choices, replace(request, baseline=names[0]).command())
