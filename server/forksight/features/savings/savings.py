"""Computes what the sessions of a repository were billed, and what forking saved."""

from forksight.core.problems import Problem
from forksight.core.savings.prices import Prices
from forksight.core.savings.savings import Savings, families
from forksight.core.savings.spending import Spending, book, spent
from forksight.features.context import Context
from forksight.features.sessions.settle import settled_tree


def savings(context: Context, prices: Prices | None = None) -> Savings:
    """Read every transcript of the repository. Raises `NotARepositoryError`, `GitError`."""
    tree = settled_tree(context)
    read: dict[str, Spending] = {}
    problems: list[Problem] = list(tree.problems)
    for node in tree.nodes:
        if node.session is not None:
            read[node.id], trouble = context.sessions.spending(node.session)
            problems += trouble
    owned = book(tree.nodes, read)
    bills = tuple(spent(node, owned[node.id].values(), has_transcript=node.id in read) for node in tree.nodes)
    if prices is not None:
        used = {model for bill in bills for model in bill.models}
        problems += [_unpriced(model) for model in sorted(used - prices.models.keys())]
    return Savings(
        repository=tree.repository,
        spent=tuple(bill for bill in bills if bill.models),
        families=families(tree.nodes, read, owned),
        prices=prices,
        problems=tuple(dict.fromkeys(problems)),
    )


def _unpriced(model: str) -> Problem:
    name = model or "tokens of archived sessions, whose model is not known,"
    return Problem("price-missing", f"{name} has no price: what it cost is missing here; add it to the price table.")
