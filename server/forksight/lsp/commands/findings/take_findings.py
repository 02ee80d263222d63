"""`forksight.takeFindings {uri?, session?, question?, again?, yes?}`: what a fork found (by session or branch, else this worktree's).

It is asked after a question that says what that costs; `yes` answers it. What was kept is shown at once, and costs nothing.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forksight.core.findings import document, wording
from forksight.core.findings.markdown import markdown
from forksight.core.words import shell
from forksight.core.words.question import Choice, Question
from forksight.features.findings.take import carry_out, propose
from forksight.lsp.arguments import PLACE, branch_here, context_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.dialog.progress import progress
from forksight.lsp.dialog.show import show_text
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"session", "branch", "question", "again", "yes"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Show it: what `forksight findings --json` prints, with `{uri, shown}` of the document; `{text: null, command}` if not asked."""
    context = await context_in(ls, arguments)
    selector = optional_text(arguments, "session", "branch")
    if selector is None:
        selector = await asyncio.to_thread(branch_here, context)
    request = await asyncio.to_thread(propose, context, selector, optional_text(arguments, "question"))
    findings = None if arguments.get("again") is True else request.kept
    asked = findings is None
    if findings is None:
        if arguments.get("yes") is not True:
            hint = shell.join(["forksight", "findings", request.node.id])
            question = Question(wording.cost_before(request), (Choice("Ask it", "ask"),), hint)
            if await ask(ls, question) is None:
                return {"version": 1, "session": request.node.id, "text": None, "command": hint, "problems": []}
        show_warnings(ls, request.warnings)
        async with progress(ls, f"Asking “{request.node.title}” what it found"):
            findings = await asyncio.to_thread(carry_out, context, request)
        ls.sessions.check_soon()
        show_message(ls, wording.cost_after(findings.tokens))
    shown = await show_text(ls, f"findings-{findings.session[:8]}.md", markdown(findings))
    return dict(plainly({**document.findings(findings, asked=asked, trouble=request.problems), **shown}))
