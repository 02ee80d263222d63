"""A session's recently billed tokens, from its answers."""

from forksight.core.savings.spending import Spending


def own_since(spending: Spending, inherited: int, moment: float) -> int:
    """The tokens that a session with `inherited` inherited rows was billed itself since a moment (seconds since the epoch)."""
    own = {answer.id: answer for answer in spending.main if answer.row >= inherited}
    copied = {answer.id for answer in spending.main}
    own |= {answer.id: answer for answer in spending.agents if answer.id not in copied}
    return sum(answer.billed.total for answer in own.values() if answer.moment >= moment)
