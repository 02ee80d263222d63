"""`forksight.setBaseline {uri?, session?, name?}`: mark a session as a baseline; asks for what is not given."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from forksight.core import document
from forksight.core.git.paths import inside
from forksight.core.problems import UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.words import shell
from forksight.core.words.names import suggestions
from forksight.core.words.question import MOST, Choice, Question
from forksight.features.baseline import baselines
from forksight.features.sessions import find
from forksight.features.sessions.settle import settled_tree
from forksight.lsp.arguments import PLACE, context_in, optional_text
from forksight.lsp.dialog.ask import ask, show_message, show_warnings
from forksight.lsp.wire.plain_json import plainly

if TYPE_CHECKING:
    from forksight.lsp.server import ForksightServer

ARGUMENTS = PLACE | {"session", "name"}


async def run(ls: "ForksightServer", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Mark it: `{baseline: {name, generation, session}, command, warnings, problems}`."""
    context = await context_in(ls, arguments)
    selector = find.given("the session", optional_text(arguments, "session"))
    name = find.given("the name", optional_text(arguments, "name"))
    tree = await asyncio.to_thread(settled_tree, context)
    taken = [node.baseline.name for node in tree.nodes if node.baseline]
    if selector is None:
        question = _which_session(tree.nodes, context.cwd, name, taken)
        choice = await ask(ls, question)
        if choice is None:
            return _nothing(question)
        selector = str(choice.arguments["session"])
    if name is None:
        question = _which_name(find.session(tree.nodes, selector), taken)
        choice = await ask(ls, question)
        if choice is None:
            return _nothing(question)
        name = str(choice.arguments["name"])
    report = await asyncio.to_thread(baselines.mark, context, selector, name)
    ls.sessions.check_soon()
    show_warnings(ls, report.warnings)
    marked = report.standings[0].baseline
    show_message(ls, f"{marked.name} is a baseline now.")
    result = {
        "baseline": {"name": marked.name, "generation": marked.current, "session": marked.generation.session},
        "command": None,
        "warnings": document.warnings(report.warnings),
        "problems": document.problems(report.problems),
    }
    return dict(plainly(result))


def _which_session(nodes: Sequence[Node], path: str, name: str | None, taken: Sequence[str]) -> Question:
    """The sessions that may be meant: this worktree's first, then the last active ones."""
    able = [
        node for node in nodes if node.session is not None and node.state is not State.ARCHIVED and not node.baseline
    ]
    if not able:
        raise UsageError("there is no session to mark yet", fix="start Claude Code here and let it read the project")
    able.sort(
        key=lambda node: (node.worktree is not None and inside(path, node.worktree), node.last_active), reverse=True
    )
    choices: dict[str, Choice] = {}
    for node in able[:MOST]:
        title = node.title if node.title not in choices else f"{node.title} ({node.id[:8]})"
        choices[title] = Choice(title, "set", {"session": node.id})
    name = name or _names(able[0], taken)[0]
    hint = shell.join(["forksight", "baseline", "set", able[0].id, "--name", name])
    return Question("Which session knows what every fork should know?", tuple(choices.values()), hint)


def _which_name(node: Node, taken: Sequence[str]) -> Question:
    names = _names(node, taken)
    choices = tuple(Choice(name, "set", {"name": name}) for name in names[:MOST])
    hint = shell.join(["forksight", "baseline", "set", node.id, "--name", names[0]])
    return Question(f"What should “{node.title}” be called as a baseline?", choices, hint)


def _names(node: Node, taken: Sequence[str]) -> tuple[str, ...]:
    return suggestions(branch=node.branch, content=node.title, taken=taken)


def _nothing(question: Question) -> dict[str, Any]:
    return {"baseline": None, "command": question.hint, "warnings": [], "problems": []}
