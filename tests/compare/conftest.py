"""What the tests of comparing share."""

from forksight.core.compare.comparison import Comparison
from forksight.features.compare.compare import compare_forks
from tests.cleanup.forks_repo import Forked, ForksRepo

LINES = "".join(f"line {number}\n" for number in range(1, 40))


def compare(forks_repo: ForksRepo, *names: str | Forked) -> Comparison:
    """Forks side by side, by name or as they were made."""
    return compare_forks(forks_repo.context(), [name if isinstance(name, str) else name.id for name in names])
