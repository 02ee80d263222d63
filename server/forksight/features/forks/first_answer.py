"""Lets the first of several simultaneous forks answer first: with a cold cache each would pay for the whole context."""

from forksight.core.ports.system import Progress
from forksight.core.problems import Problem
from forksight.core.store.ledger import Fork, Mode
from forksight.features.context import Context
from forksight.features.sessions.settle import settled_tree

LIFETIME = 300.0  # seconds that the API keeps a cached prefix after its last use
PATIENCE = 30.0  # seconds that the others wait for the first one's answer
_PAUSE = 0.5


def wait_for_first_answer(context: Context, fork: Fork, progress: Progress) -> tuple[Problem, ...]:
    """Record that this fork starts; if another fork of the same context just started with a cold cache, wait for its answer.

    Only for forks with a prompt: an interactive one is never delayed. Returns why it waited, if it did.
    """
    begun = context.clock.now()
    context.ledger.note_start(fork.launch, begun)
    ahead = _fork_ahead(context, fork)
    if ahead is None:
        return ()
    sentence = f"“{ahead.title}” started from the same context just before: once it has answered, this one pays far less for it."
    progress.step(sentence)
    while _fork_ahead(context, fork) is not None and not progress.stopped():
        context.clock.sleep(_PAUSE)
    waited = context.clock.now() - begun
    return (Problem("cold-cache", f"Waited {waited:.0f} s: {sentence}"),)


def _fork_ahead(context: Context, fork: Fork) -> Fork | None:
    """The fork that is warming the cache right now; None if there is no need to wait."""
    view, _ = context.ledger.view()
    own = next((other for other in view.forks if other.launch == fork.launch), fork)
    candidates = [other for other in view.forks if _is_before(other, own) and other.started and _asks(other)]
    if not candidates:
        return None
    if _is_warm(context, fork.parent):
        return None
    first = min(candidates, key=lambda other: (other.started or 0.0, other.launch))
    late = context.clock.now() - (first.started or 0.0) > PATIENCE
    return None if late else first


def _is_before(other: Fork, own: Fork) -> bool:
    return (
        other.parent == own.parent
        and other.launch != own.launch
        and (other.started or 0.0, other.launch) < (own.started or 0.0, own.launch)
    )


def _asks(fork: Fork) -> bool:
    return fork.mode is not Mode.PRINT and fork.prompt is not None


def _is_warm(context: Context, parent: str) -> bool:
    """Whether the context is cached: the parent or a fork of it had an answer recently."""
    tree = settled_tree(context)
    view, _ = context.ledger.view()
    since = context.clock.now() - LIFETIME
    family = {parent} | {fork.session for fork in view.forks if fork.parent == parent}
    return any(node.id in family and node.own.output and node.last_active > since for node in tree.nodes)
