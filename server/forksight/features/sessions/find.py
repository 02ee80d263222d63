"""Finds the session or baseline that a person names."""

from collections.abc import Iterable

from forksight.core.problems import LedgerError, UsageError
from forksight.core.sessions.session import Node, State
from forksight.core.store.ledger import Baseline, LedgerView
from forksight.core.words import shell

_SHORTEST = 4  # characters of an id that may stand for it


def given(what: str, value: str | None) -> str | None:
    """An optional argument. Raises `UsageError` if it is empty, which is never the same as omitted."""
    if value is not None and not value.strip():
        raise UsageError(f"{what} is empty", fix="leave it out, or give it a value")
    return value


def required(what: str, value: str) -> str:
    """A required argument. Raises `UsageError` if it is empty."""
    if not value.strip():
        raise UsageError(f"{what} is empty", fix="name one: `forksight tree` lists them")
    return value


def is_beginning(identity: str, text: str) -> bool:
    """Whether a text is a beginning of an id, long enough to stand for it."""
    return len(text) >= _SHORTEST and identity.startswith(text)


def session(
    nodes: Iterable[Node], selector: str, *, where: str = "in this repository", listed: str = "forksight tree"
) -> Node:
    """The session with that id, unique beginning of an id, or unique title. Raises `UsageError`."""
    nodes = list(nodes)
    for node in nodes:
        if node.id == selector:
            return node
    by_id = [node for node in nodes if is_beginning(node.id, selector)]
    by_title = [node for node in nodes if node.title == selector]
    matches = by_id or by_title
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(node.id for node in matches[:4])
        raise UsageError(f"`{selector}` means {len(matches)} sessions ({ids})", fix="use one of the ids")
    raise UsageError(f"there is no session `{selector}` {where}", fix=f"see `{listed}`")


def meant_by_branch(nodes: Iterable[Node]) -> list[Node]:
    """The sessions for which a branch's name stands, the last active one first: its forks, else its baselines.

    A baseline only if there is nothing else, since every later fork inherits what is said in it. Archived sessions, and
    attempts to refresh a baseline, are left out.
    """
    candidates = [node for node in nodes if node.state is not State.ARCHIVED and not node.attempt]
    meant = [node for node in candidates if node.baseline is None] or candidates
    return sorted(meant, key=lambda node: node.last_active, reverse=True)


def may_be_a_colleagues(view: LedgerView, name: str) -> bool:
    """Whether this may be the name of a colleague's published baseline (`USER/NAME`) that does not exist here."""
    return "/" in name and view.unread is None and view.baseline(name) is None


def baseline(view: LedgerView, name: str | None) -> Baseline:
    """The baseline of that name; None is the only one. Raises `UsageError`, `LedgerError`."""
    if view.unread is not None:
        raise LedgerError(view.unread.message.rstrip("."), code=view.unread.code)
    names = ", ".join(baseline.name for baseline in view.baselines)
    if name is not None and may_be_a_colleagues(view, name):
        fetch = shell.join(["forksight", "baseline", "fetch", name])
        fix = f"if a colleague published it, fetch it first: `{fetch}`"
        raise UsageError(f"there is no baseline `{name}` here", fix=fix, code="no-baseline")
    if not names:
        fix = "mark a session as one: `forksight baseline set SESSION --name NAME`"
        raise UsageError("this repository has no baseline yet", fix=fix, code="no-baseline")
    if name is not None:
        named = view.baseline(name)
        if named is None:
            raise UsageError(f"there is no baseline `{name}`", fix=f"choose one of: {names}", code="no-baseline")
        return named
    if len(view.baselines) > 1:
        raise UsageError("there are several baselines", fix=f"name one of: {names}", code="several-baselines")
    return view.baselines[0]
