"""The cost of findings in words."""

from forksight.core.findings.request import FindingsRequest
from forksight.core.sessions.session import Tokens


def cost_before(request: FindingsRequest) -> str:
    """What asking will cost, as far as that is known."""
    title = request.node.title
    if not request.context:
        return f"Asking “{title}”: the size of its context is unknown."
    return (
        f"Asking “{title}”: its context of {request.context:,} tokens is read, from the cache if that is still warm, "
        "else at the full price."
    )


def cost_after(tokens: Tokens) -> str:
    """What asking has cost."""
    return f"It cost {tokens.total:,} tokens, {tokens.cache_read:,} of them read from the cache."
