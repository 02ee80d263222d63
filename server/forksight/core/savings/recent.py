"""What a session was billed lately, from its answers."""

from forksight.core.savings.spending import Spending


def own_since(spending: Spending, inherited: int, moment: float) -> int:
    """The tokens of the answers that a session with so many inherited rows paid itself since that moment (seconds since the epoch)."""
    own = {answer.id: answer for answer in spending.main if answer.row >= inherited}
    copied = {answer.id for answer in spending.main}
    own |= {answer.id: answer for answer in spending.agents if answer.id not in copied}
    return sum(answer.billed.total for answer in own.values() if answer.moment >= moment)
